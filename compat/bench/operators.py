"""The cases of single operators, family by family; ``shrink`` divides large dimensions, for quick tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from compat.bench.case import Case, Input, Shape

SIZES = {"1K": 1_000, "100K": 100_000, "1M": 1_000_000, "10M": 10_000_000}
N, P, M = "normal", "positive", "mask"

# name, kinds of the inputs, MXNet, PyTorch; both take out=
POINTWISE: list[tuple[str, tuple[Any, ...], Callable[..., Any], Callable[..., Any]]] = [
    ("relu", (N,), lambda mx, x, **o: mx.nd.relu(x, **o), lambda t, x, **o: t.clamp_min(x, 0, **o)),
    ("leaky", (N,), lambda mx, x, **o: mx.nd.LeakyReLU(x, act_type="leaky", slope=0.25, **o),
     lambda t, x, **o: t._C._nn.leaky_relu(x, 0.25, **o)),
    ("elu", (N,), lambda mx, x, **o: mx.nd.LeakyReLU(x, act_type="elu", slope=1.0, **o),
     lambda t, x, **o: t._C._nn.elu(x, 1.0, **o)),
    ("selu", (N,), lambda mx, x, **o: mx.nd.LeakyReLU(x, act_type="selu", **o),
     lambda t, x, **o: t._C._nn.elu(x, 1.6732632423543772, 1.0507009873554805, **o)),
    ("gelu", (N,), lambda mx, x, **o: mx.nd.LeakyReLU(x, act_type="gelu", **o),
     lambda t, x, **o: t._C._nn.gelu(x, **o)),
    ("sigmoid", (N,), lambda mx, x, **o: mx.nd.sigmoid(x, **o), lambda t, x, **o: t.sigmoid(x, **o)),
    ("tanh", (N,), lambda mx, x, **o: mx.nd.tanh(x, **o), lambda t, x, **o: t.tanh(x, **o)),
    ("softrelu", (N,), lambda mx, x, **o: mx.nd.Activation(x, act_type="softrelu", **o),
     lambda t, x, **o: t._C._nn.softplus(x, **o)),
    ("exp", (N,), lambda mx, x, **o: mx.nd.exp(x, **o), lambda t, x, **o: t.exp(x, **o)),
    ("log", (P,), lambda mx, x, **o: mx.nd.log(x, **o), lambda t, x, **o: t.log(x, **o)),
    ("erf", (N,), lambda mx, x, **o: mx.nd.erf(x, **o), lambda t, x, **o: t.erf(x, **o)),
    ("sqrt", (P,), lambda mx, x, **o: mx.nd.sqrt(x, **o), lambda t, x, **o: t.sqrt(x, **o)),
    ("square", (N,), lambda mx, x, **o: mx.nd.square(x, **o), lambda t, x, **o: t.square(x, **o)),
    ("x + y", (N, N), lambda mx, x, y, **o: mx.nd.elemwise_add(x, y, **o), lambda t, x, y, **o: t.add(x, y, **o)),
    ("x * y", (N, N), lambda mx, x, y, **o: mx.nd.elemwise_mul(x, y, **o), lambda t, x, y, **o: t.mul(x, y, **o)),
    ("x * 2", (N,), lambda mx, x: x * 2, lambda t, x: x * 2),
    ("clip", (N,), lambda mx, x, **o: mx.nd.clip(x, -1, 1, **o), lambda t, x, **o: t.clamp(x, -1, 1, **o)),
    ("where", (M, N, N), lambda mx, m, x, y, **o: mx.nd.where(m, x, y, **o),
     lambda t, m, x, y, **o: t.where(m, x, y, **o)),
]  # fmt: skip
OUT = ("relu", "leaky", "elu", "gelu", "sigmoid", "x + y")
SMALLER = (("1K", ("elu", "tanh")), ("100K", ("relu", "leaky", "elu", "gelu", "sigmoid", "x + y", "clip")))
GRADIENTS = ("relu", "leaky", "elu", "selu", "gelu", "sigmoid", "tanh", "softrelu", "exp", "sqrt", "x * y")


def _into(call: Callable[..., Any]) -> Callable[..., Any]:
    return lambda library, *inputs: call(library, *inputs[:-1], out=inputs[-1])


def pointwise(shrink: int) -> Iterator[Case]:
    rows = {row[0]: row for row in POINTWISE}

    def case(name: str, size: str, label: str = "", **more: Any) -> Case:
        _, kinds, mx, torch = rows[name]
        inputs = tuple(Input((SIZES[size] // shrink,), kind) for kind in kinds)
        if label == "out=":
            inputs, mx, torch = (*inputs, Input(inputs[0].shape, "fixed")), _into(mx), _into(torch)
        return Case(f"{name} {size} {label}".strip(), more.pop("family", "pointwise"), inputs, mx, torch, **more)

    for size, names in SMALLER:
        yield from (case(name, size) for name in names)
    yield from (case(name, "10M") for name in rows)
    yield from (case(name, "10M", "out=") for name in OUT)
    for size in ("1M", "10M"):
        for name in GRADIENTS if size == "10M" else ("relu", "gelu", "x * y"):
            yield case(name, size, "backward", family="gradients", mode="backward")


def broadcasting(shrink: int) -> Iterator[Case]:
    image, rows = (8, 64, 56 // min(shrink, 8), 56), max(4096 // shrink, 2)
    for name, left, right in (
        ("bias (8,64,56,56)+(1,64,1,1)", image, (1, 64, 1, 1)),
        ("row (4096,1000)+(1,1000)", (rows, 1000), (1, 1000)),
        ("column (4096,1000)+(4096,1)", (rows, 1000), (rows, 1)),
    ):
        for mode in ("forward", "backward"):
            yield Case(f"{name} {mode}".removesuffix(" forward"), "broadcasting", (Input(left), Input(right)),
                       lambda mx, x, y: mx.nd.broadcast_add(x, y), lambda t, x, y: x + y, mode)  # fmt: skip
    yield Case("scale (8,64,56,56)*(1,64,1,1)", "broadcasting", (Input(image), Input((1, 64, 1, 1))),
               lambda mx, x, y: mx.nd.broadcast_mul(x, y), lambda t, x, y: x * y)  # fmt: skip
    yield Case("broadcast_to (4096,1) to (4096,1000)", "broadcasting", (Input((rows, 1)),),
               lambda mx, x: mx.nd.broadcast_to(x, shape=(0, 1000)),
               lambda t, x: x.expand(-1, 1000).contiguous())  # fmt: skip


def reductions(shrink: int) -> Iterator[Case]:
    table, image = (max(4096 // shrink, 2), 1000), (8, 64, 56 // min(shrink, 8), 56)
    flat = (10_000_000 // shrink,)
    for name, shape, mx, torch in (
        ("sum 10M", flat, lambda mx, x: mx.nd.sum(x), lambda t, x: t.sum(x)),
        ("max 10M", flat, lambda mx, x: mx.nd.max(x), lambda t, x: t.max(x)),
        ("norm 10M", flat, lambda mx, x: mx.nd.norm(x), lambda t, x: t.linalg.vector_norm(x)),
        ("sum axis 0 of 4096x1000", table, lambda mx, x: mx.nd.sum(x, axis=0), lambda t, x: t.sum(x, 0)),
        ("sum axis 1 of 4096x1000", table, lambda mx, x: mx.nd.sum(x, axis=1), lambda t, x: t.sum(x, 1)),
        ("max axis 1 of 4096x1000", table, lambda mx, x: mx.nd.max(x, axis=1), lambda t, x: t.amax(x, 1)),
        ("argmax axis 1 of 4096x1000", table, lambda mx, x: mx.nd.argmax(x, axis=1), lambda t, x: t.argmax(x, 1)),
        ("argmax axis 0 of 4096x1000", table, lambda mx, x: mx.nd.argmax(x, axis=0), lambda t, x: t.argmax(x, 0)),
        ("mean (0,2,3) of (8,64,56,56)", image, lambda mx, x: mx.nd.mean(x, axis=(0, 2, 3)),
         lambda t, x: t.mean(x, (0, 2, 3))),
    ):  # fmt: skip
        yield Case(name, "reductions", (Input(shape),), mx, torch)
        if name in ("sum 10M", "mean (0,2,3) of (8,64,56,56)"):
            yield Case(name + " backward", "reductions", (Input(shape),), mx, torch, "backward")


def normalization(shrink: int) -> Iterator[Case]:
    rows = max(4096 // shrink, 2)
    for name, mx, torch in (
        ("softmax 4096x1000", lambda mx, x: mx.nd.softmax(x), lambda t, x: t.softmax(x, -1)),
        ("log_softmax 4096x1000", lambda mx, x: mx.nd.log_softmax(x), lambda t, x: t.log_softmax(x, -1)),
    ):
        yield Case(name, "normalization", (Input((rows, 1000)),), mx, torch)
        yield Case(name + " backward", "normalization", (Input((rows, 1000)),), mx, torch, "backward")

    layer = (Input((rows, 768)), Input((768,)), Input((768,)))
    for mode in ("forward", "backward"):
        yield Case(f"LayerNorm 4096x768 {mode}".removesuffix(" forward"), "normalization", layer,
                   lambda mx, x, g, b: mx.nd.LayerNorm(x, g, b),
                   lambda t, x, g, b: t.nn.functional.layer_norm(x, (768,), g, b), mode)  # fmt: skip

    each = Input((64,)), Input((64,)), Input((64,), "fixed"), Input((64,), "fixed")
    batch = (Input((8, 64, 56 // min(shrink, 8), 56)), *each)

    def training(mx: Any, *inputs: Any) -> Any:
        with mx.autograd.train_mode():
            return mx.nd.BatchNorm(*inputs, fix_gamma=False, eps=1e-5)

    def torch_training(t: Any, x: Any, g: Any, b: Any, m: Any, v: Any) -> Any:
        return t.nn.functional.batch_norm(x, m, v, g, b, training=True)

    name = "BatchNorm (8,64,56,56)"
    yield Case(f"{name} training", "normalization", batch, training, torch_training)
    yield Case(f"{name} training backward", "normalization", batch, training, torch_training, "backward")
    yield Case(f"{name} inference", "normalization", batch,
               lambda mx, *inputs: mx.nd.BatchNorm(*inputs, fix_gamma=False, eps=1e-5),
               lambda t, x, g, b, m, v: t.nn.functional.batch_norm(x, m, v, g, b))  # fmt: skip
    yield Case("Dropout 1M backward", "normalization", (Input((1_000_000 // shrink,)),),
               lambda mx, x: mx.nd.Dropout(x, p=0.5), lambda t, x: t.nn.functional.dropout(x, 0.5),
               "backward", same=False)  # fmt: skip


def matrices(shrink: int) -> Iterator[Case]:
    for size in (256, 1024):
        square = Input((size // min(shrink, 16),) * 2)
        yield Case(f"dot {size}", "matrices", (square, square), lambda mx, x, y: mx.nd.dot(x, y),
                   lambda t, x, y: t.mm(x, y))  # fmt: skip
    batch = max(64 // shrink, 2)
    for mode in ("forward", "backward"):
        yield Case(f"batch_dot 64x128x64x128 {mode}".removesuffix(" forward"), "matrices",
                   (Input((batch, 128, 64)), Input((batch, 64, 128))),
                   lambda mx, x, y: mx.nd.batch_dot(x, y), lambda t, x, y: t.bmm(x, y), mode)  # fmt: skip
    full = (Input((max(256 // shrink, 2), 1024)), Input((1024, 1024), "weight"), Input((1024,), "weight"))
    for mode in ("forward", "backward"):
        yield Case(f"FullyConnected 256x1024 to 1024 {mode}".removesuffix(" forward"), "matrices", full,
                   lambda mx, x, w, b: mx.nd.FullyConnected(x, w, b, num_hidden=1024),
                   lambda t, x, w, b: t.nn.functional.linear(x, w, b), mode)  # fmt: skip


def convolutions(shrink: int) -> Iterator[Case]:
    def case(n: int, channels: int, size: int, filters: int, kernel: int, stride: int = 1, groups: int = 1,
             mode: Any = "forward") -> Case:  # fmt: skip
        given = {"kernel": (kernel,) * 2, "stride": (stride,) * 2, "pad": (kernel // 2,) * 2, "num_filter": filters}
        weight: Shape = (filters, channels // groups, kernel, kernel)
        kind = "depthwise" if groups > 1 else "conv"
        words = [kind, f"{kernel}x{kernel}", f"{channels}-{filters}", f"at {size}", "stride 2" * (stride == 2)]
        small = max(size // min(shrink, 8), 2)
        return Case(" ".join(filter(None, [*words, f"n{n}", "backward" * (mode == "backward")])),
                    "convolution" if mode == "forward" else "convolution backward",
                    (Input((n, channels, small, small)), Input(weight, "weight")),
                    lambda mx, x, w: mx.nd.Convolution(x, w, no_bias=True, num_group=groups, **given),
                    lambda t, x, w: t.nn.functional.conv2d(x, w, None, stride, kernel // 2, 1, groups),
                    mode)  # fmt: skip

    layers = [(64 * k, 56 // k, 64 * k, 3) for k in (1, 2, 4, 8)]
    layers += [(64, 56, 256, 1), (256, 56, 64, 1), (3, 224, 64, 7, 2)]
    for n in (1, 8):
        yield from (case(n, *layer) for layer in layers)
    others = [(512, 7, 2048, 1), (256, 56, 512, 1, 2), (128, 56, 128, 3, 2), (64, 56, 64, 3, 1, 64)]
    yield from (case(8, *layer) for layer in others)
    for layer in [layers[0], layers[2], layers[3], layers[4], layers[6], *others[1:]]:
        yield case(8, *layer, mode="backward")
    for mode, family in (("forward", "convolution"), ("backward", "convolution backward")):
        side = 28 // min(shrink, 8)
        yield Case(f"Deconvolution 4x4 64-32 at 28 stride 2 n8 {mode}".removesuffix(" forward"), family,
                   (Input((8, 64, side, side)), Input((64, 32, 4, 4), "weight")),
                   lambda mx, x, w: mx.nd.Deconvolution(x, w, kernel=(4, 4), stride=(2, 2), pad=(1, 1), num_filter=32),
                   lambda t, x, w: t.nn.functional.conv_transpose2d(x, w, None, 2, 1), mode)  # fmt: skip


def poolings(shrink: int) -> Iterator[Case]:
    side = 112 // min(shrink, 8)
    image, deep = Input((8, 64, side, side)), Input((8, 2048 // min(shrink, 64), 7, 7))
    for name, data, mx, torch, modes in (
        ("max 3x3 stride 2 (8,64,112,112)", image,
         lambda mx, x: mx.nd.Pooling(x, kernel=(3, 3), stride=(2, 2), pad=(1, 1), pool_type="max"),
         lambda t, x: t.nn.functional.max_pool2d(x, 3, 2, 1), ("forward", "backward")),
        ("max 2x2 (8,64,112,112)", image,
         lambda mx, x: mx.nd.Pooling(x, kernel=(2, 2), stride=(2, 2), pool_type="max"),
         lambda t, x: t.nn.functional.max_pool2d(x, 2, 2), ("forward",)),
        ("average 2x2 (8,64,112,112)", image,
         lambda mx, x: mx.nd.Pooling(x, kernel=(2, 2), stride=(2, 2), pool_type="avg"),
         lambda t, x: t.nn.functional.avg_pool2d(x, 2, 2), ("forward", "backward")),
        ("global average (8,2048,7,7)", deep,
         lambda mx, x: mx.nd.Pooling(x, global_pool=True, kernel=(7, 7), pool_type="avg"),
         lambda t, x: t.nn.functional.adaptive_avg_pool2d(x, 1), ("forward", "backward")),
    ):  # fmt: skip
        for mode in modes:
            yield Case(f"pool {name} {mode}".removesuffix(" forward"), "pooling", (data,), mx, torch, mode)


def ordering(shrink: int) -> Iterator[Case]:
    table = Input((max(128 // shrink, 2), 10_000))
    ids, vectors = Input((64, max(128 // shrink, 2)), "index", 10_000), Input((10_000, 256), "weight")
    for name, inputs, mx, torch in (
        ("take 8192 of 10000x256", (vectors, ids), lambda mx, w, i: mx.nd.take(w, i),
         lambda t, w, i: t.index_select(w, 0, i.reshape(-1)).reshape(*i.shape, -1)),
        ("pick 4096x1000", (Input((4096, 1000)), Input((4096,), "index", 1000)), lambda mx, x, i: mx.nd.pick(x, i),
         lambda t, x, i: x.gather(1, i[:, None])[:, 0]),
        ("one_hot 4096 of 1000", (Input((4096,), "index", 1000),), lambda mx, i: mx.nd.one_hot(i, 1000),
         lambda t, i: t.nn.functional.one_hot(i, 1000).float()),
        ("topk 10 of 128x10000", (table,), lambda mx, x: mx.nd.topk(x, k=10), lambda t, x: t.topk(x, 10)[1]),
        ("topk 100 of 1x1M", (Input((1, 1_000_000 // shrink)),), lambda mx, x: mx.nd.topk(x, k=100),
         lambda t, x: t.topk(x, 100)[1]),
        ("sort 128x10000", (table,), lambda mx, x: mx.nd.sort(x), lambda t, x: t.sort(x)[0]),
        ("argsort 128x10000", (table,), lambda mx, x: mx.nd.argsort(x), lambda t, x: t.argsort(x)),
    ):  # fmt: skip
        yield Case(name, "indexing and order", inputs, mx, torch)
    for mode in ("forward", "backward"):
        yield Case(f"Embedding 64x128 of 10000x256 {mode}".removesuffix(" forward"), "indexing and order",
                   (ids, vectors), lambda mx, i, w: mx.nd.Embedding(i, w, input_dim=10_000, output_dim=256),
                   lambda t, i, w: t.nn.functional.embedding(i, w), mode)  # fmt: skip


def layout(shrink: int) -> Iterator[Case]:
    side, image = 2048 // min(shrink, 64), Input((8, 64, 56 // min(shrink, 8), 56))
    for name, inputs, mx, torch in (
        ("transpose 2048x2048", (Input((side, side)),), lambda mx, x: mx.nd.transpose(x),
         lambda t, x: x.t().contiguous()),
        ("NCHW to NHWC (8,64,56,56)", (image,), lambda mx, x: mx.nd.transpose(x, axes=(0, 2, 3, 1)),
         lambda t, x: x.permute(0, 2, 3, 1).contiguous()),
        ("concat two (8,64,56,56)", (image, image), lambda mx, x, y: mx.nd.concat(x, y, dim=1),
         lambda t, x, y: t.cat((x, y), 1)),
        ("slice 1024x1024 of 2048x2048", (Input((side, side)),),
         lambda mx, x: mx.nd.slice(x, begin=(side // 4, side // 4), end=(side * 3 // 4, side * 3 // 4)),
         lambda t, x: x[side // 4 : side * 3 // 4, side // 4 : side * 3 // 4].contiguous()),
    ):  # fmt: skip
        yield Case(name, "layout", inputs, mx, torch)


def recurrent(shrink: int) -> Iterator[Case]:
    time, batch, wide = max(32 // shrink, 2), max(32 // shrink, 2), 256 // min(shrink, 16)
    for kind, gates in (("lstm", 4), ("gru", 3)):

        def mx_form(mx: Any, x: Any, flat: Any, *states: Any, kind: str = kind) -> Any:
            return mx.nd.RNN(x, flat, *states, state_size=wide, num_layers=1, mode=kind)

        def torch_form(t: Any, x: Any, h: Any, c: Any, *weights: Any, kind: str = kind) -> Any:
            start = (h, c) if kind == "lstm" else h
            return getattr(t._VF, kind)(x, start, weights, True, 1, 0.0, False, False, False)[0]

        def apart(t: Any, x: Any, flat: Any, h: Any, c: Any = None, gates: int = gates) -> Any:
            sizes = [gates * wide * wide] * 2 + [gates * wide] * 2
            i2h, h2h, *biases = flat.split(sizes)
            return x, h, c, i2h.reshape(-1, wide), h2h.reshape(-1, wide), *biases

        start = [Input((1, batch, wide), "fixed")] * (2 if kind == "lstm" else 1)
        inputs = (Input((time, batch, wide)), Input((gates * 2 * (wide + 1) * wide,), "weight"), *start)
        for mode in ("forward", "backward"):
            yield Case(f"{kind} t32 n32 h256 {mode}".removesuffix(" forward"), "recurrent", inputs, mx_form, torch_form,
                       mode, apart)  # fmt: skip


def updates(shrink: int) -> Iterator[Case]:
    def torch_sgd_mom(t: Any, w: Any, g: Any, mom: Any) -> Any:
        mom.mul_(0.9).add_(g, alpha=-0.1)
        return w.add_(mom)

    def torch_adam(t: Any, w: Any, g: Any, mean: Any, var: Any) -> Any:
        mean.lerp_(g, 0.1)
        var.mul_(0.999).addcmul_(g, g, value=0.001)
        return w.addcdiv_(mean, var.sqrt().add_(1e-8), value=-0.1)

    for size in ("1M", "10M"):
        one, state = Input((SIZES[size] // shrink,)), Input((SIZES[size] // shrink,), "fixed")
        for name, inputs, mx, torch in (
            ("sgd_update", (one, one), lambda mx, w, g: mx.nd.sgd_update(w, g, lr=0.1, out=w),
             lambda t, w, g: w.add_(g, alpha=-0.1)),
            ("sgd_mom_update", (one, one, state),
             lambda mx, w, g, m: mx.nd.sgd_mom_update(w, g, m, lr=0.1, momentum=0.9, out=w), torch_sgd_mom),
            ("adam_update", (one, one, one, state),
             lambda mx, w, g, m, v: mx.nd.adam_update(w, g, m, v, lr=0.1, out=w), torch_adam),
        ):  # fmt: skip
            yield Case(f"{name} {size}", "optimizers", inputs, mx, torch)


def small(shrink: int) -> Iterator[Case]:
    for size, some in ((10, None), (1000, ("x + y", "LeakyReLU"))):
        flat, table = Input((size,)), Input((size // 5, 5))
        for name, inputs, mx, torch in (
            ("x + y", (flat, flat), lambda mx, x, y: x + y, lambda t, x, y: x + y),
            ("relu", (flat,), lambda mx, x: mx.nd.relu(x), lambda t, x: t.relu(x)),
            ("LeakyReLU", (flat,), lambda mx, x: mx.nd.LeakyReLU(x), lambda t, x: t.nn.functional.leaky_relu(x, 0.25)),
            ("sum", (flat,), lambda mx, x: mx.nd.sum(x), lambda t, x: t.sum(x)),
            ("dot", (table, Input((5, 5))), lambda mx, x, y: mx.nd.dot(x, y), lambda t, x, y: t.mm(x, y)),
            ("softmax", (table,), lambda mx, x: mx.nd.softmax(x), lambda t, x: t.softmax(x, -1)),
            ("broadcast_add", (table, Input((1, 5))), lambda mx, x, y: mx.nd.broadcast_add(x, y),
             lambda t, x, y: x + y),
        ):  # fmt: skip
            if some and name not in some:
                continue
            yield Case(f"small {name} {size}", "small calls", inputs, mx, torch)
            if name in ("x + y", "LeakyReLU", "dot", "softmax"):
                yield Case(f"small {name} {size} backward", "small calls backward", inputs, mx, torch, "backward")


FAMILIES = (pointwise, broadcasting, reductions, normalization, matrices, convolutions, poolings, ordering, layout,
            recurrent, updates, small)  # fmt: skip
