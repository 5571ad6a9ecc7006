"""The cases of whole programs: training steps, a ResNet's stack, and a chain of small calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from compat.bench.case import Case, Input

RATE = 1e-4


def mlp(mx: Any, x: Any, *weights: Any) -> Any:
    """784-128-64-10 with ReLU between."""
    for layer in range(3):
        w, b = weights[2 * layer : 2 * layer + 2]
        x = mx.nd.FullyConnected(x, w, b, num_hidden=w.shape[0])
        if layer < 2:
            x = mx.nd.Activation(x, act_type="relu")
    return x


def torch_mlp(t: Any, x: Any, *weights: Any) -> Any:
    for layer in range(3):
        x = t.nn.functional.linear(x, *weights[2 * layer : 2 * layer + 2])
        if layer < 2:
            x = t.relu(x)
    return x


def lenet(mx: Any, x: Any, *weights: Any) -> Any:
    """Two 5x5 convolutions with tanh and pooling, two fully connected layers."""
    for layer in range(2):
        w, b = weights[2 * layer : 2 * layer + 2]
        x = mx.nd.tanh(mx.nd.Convolution(x, w, b, kernel=(5, 5), num_filter=w.shape[0]))
        x = mx.nd.Pooling(x, kernel=(2, 2), stride=(2, 2), pool_type="max")
    x = mx.nd.tanh(mx.nd.FullyConnected(x, *weights[4:6], num_hidden=500))
    return mx.nd.FullyConnected(x, *weights[6:8], num_hidden=10)


def torch_lenet(t: Any, x: Any, *weights: Any) -> Any:
    for layer in range(2):
        x = t.tanh(t.nn.functional.conv2d(x, *weights[2 * layer : 2 * layer + 2]))
        x = t.nn.functional.max_pool2d(x, 2)
    x = t.tanh(t.nn.functional.linear(x.flatten(1), *weights[4:6]))
    return t.nn.functional.linear(x, *weights[6:8])


def step(network: Callable[..., Any]) -> Callable[..., Any]:
    """A step of plain SGD with the cross entropy, as a loop with autograd writes it."""

    def run(mx: Any, x: Any, label: Any, *weights: Any) -> Any:
        with mx.autograd.record():
            loss = mx.nd.softmax_cross_entropy(network(mx, x, *weights), label)
        loss.backward()
        for w in weights:
            mx.nd.sgd_update(w, w.grad, lr=RATE, out=w)
        return loss

    return run


def output_step(network: Callable[..., Any]) -> Callable[..., Any]:
    """The same step with the loss output of Module programs."""

    def run(mx: Any, x: Any, label: Any, *weights: Any) -> Any:
        with mx.autograd.record():
            y = mx.nd.SoftmaxOutput(network(mx, x, *weights), label)
        y.backward()
        for w in weights:
            mx.nd.sgd_update(w, w.grad, lr=RATE, out=w)
        return y

    return run


def torch_step(network: Callable[..., Any], result: str = "loss") -> Callable[..., Any]:
    def run(t: Any, x: Any, label: Any, *weights: Any) -> Any:
        y = network(t, x, *weights)
        loss = t.nn.functional.cross_entropy(y, label, reduction="sum")
        loss.backward()
        with t.no_grad():
            for w in weights:
                w.add_(w.grad, alpha=-RATE)
                w.grad = None
            return loss if result == "loss" else t.softmax(y, -1)

    return run


# a block: whether its shortcut has a convolution, then filters, kernel and stride of the others
BLOCKS = [
    [True, (64, 1, 1), (64, 3, 1), (256, 1, 1)],
    [False, (64, 1, 1), (64, 3, 1), (256, 1, 1)],
    [False, (64, 1, 1), (64, 3, 1), (256, 1, 1)],
    [True, (128, 1, 1), (128, 3, 2), (512, 1, 1)],
    [False, (128, 1, 1), (128, 3, 1), (512, 1, 1)],
]


def resnet(layer: Callable[..., Any], relu: Callable[..., Any], x: Any, weights: Any) -> Any:
    """Bottleneck blocks of ResNet-50; ``layer(x, kernel, stride, w, gamma, beta, mean, var)``."""
    left = iter(weights)

    def next_layer(x: Any, kernel: int, stride: int) -> Any:
        return layer(x, kernel, stride, *(next(left) for _ in range(5)))

    for own, *body in BLOCKS:
        shortcut = next_layer(x, 1, body[1][2]) if own else x
        for _, kernel, stride in body[:2]:
            x = relu(next_layer(x, kernel, stride))
        x = relu(next_layer(x, 1, 1) + shortcut)
    return x


def resnet_inputs(n: int, size: int) -> tuple[Input, ...]:
    out, channels = [Input((n, 64, size, size), "fixed")], 64

    def add(filters: int, channels: int, kernel: int) -> None:
        each = (filters,)
        out.extend([Input((filters, channels, kernel, kernel), "weight"), Input(each, "fixed"), Input(each, "weight"),
                    Input(each, "weight"), Input(each, "fixed")])  # fmt: skip

    for own, *body in BLOCKS:
        if own:
            add(body[2][0], channels, 1)
        for filters, kernel, _ in body:
            add(filters, channels, kernel)
            channels = filters
    return tuple(out)


def mx_resnet(mx: Any, x: Any, *weights: Any) -> Any:
    def layer(x: Any, kernel: int, stride: int, w: Any, *each: Any) -> Any:
        x = mx.nd.Convolution(x, w, no_bias=True, num_filter=w.shape[0], kernel=(kernel, kernel),
                              stride=(stride, stride), pad=(kernel // 2, kernel // 2))  # fmt: skip
        return mx.nd.BatchNorm(x, *each, fix_gamma=False, eps=1e-5)

    return resnet(layer, mx.nd.relu, x, weights)


def torch_resnet(t: Any, x: Any, *weights: Any) -> Any:
    def layer(x: Any, kernel: int, stride: int, w: Any, g: Any, b: Any, m: Any, v: Any) -> Any:
        return t.nn.functional.batch_norm(t.nn.functional.conv2d(x, w, None, stride, kernel // 2), m, v, g, b)

    return resnet(layer, t.relu, x, weights)


def chain(library: Any, x: Any) -> Any:
    """100 small calls, waited for once: what an engine that runs behind the program can hide."""
    for _ in range(50):
        x = x * 0.5 + 1.0
    return x


def programs(shrink: int) -> Iterator[Case]:
    n = max(64 // shrink, 2)
    sizes = (784, 128, 64, 10)
    dense = [Input(s, "weight") for i, o in pairwise(sizes) for s in ((o, i), (o,))]
    data = (Input((n, 784), "fixed"), Input((n,), "index", 10), *dense)
    yield Case("MLP training step, batch 64", "programs", data, step(mlp), torch_step(torch_mlp), "program")
    yield Case("MLP with SoftmaxOutput, batch 64", "programs", data, output_step(mlp), torch_step(torch_mlp, "y"),
               "program")  # fmt: skip
    n = max(32 // shrink, 2)
    shapes = [(20, 1, 5, 5), (20,), (50, 20, 5, 5), (50,), (500, 800), (500,), (10, 500), (10,)]
    data = (Input((n, 1, 28, 28), "fixed"), Input((n,), "index", 10), *(Input(s, "weight") for s in shapes))
    yield Case("LeNet training step, batch 32", "programs", data, step(lenet), torch_step(torch_lenet), "program")
    for n in (1, 8):
        yield Case(f"ResNet stack inference, batch {n}", "programs", resnet_inputs(n, 56 // min(shrink, 7)),
                   mx_resnet, torch_resnet)  # fmt: skip
    yield Case("chain of 100 small calls", "programs", (Input((1000,)),), chain, chain)
