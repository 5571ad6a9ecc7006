"""The cases of the benchmark on a GPU; ``shrink`` divides large dimensions, for quick tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from compat.bench.case import Case, Input
from compat.bench.operators import POINTWISE

GIB = 2**30
BOTH = ("float32", "float16")
SIZE = {"float32": 4, "float16": 2}
FORWARD = ("relu", "leaky", "elu", "gelu", "sigmoid", "tanh", "exp", "erf", "clip", "x + y", "x * y", "where")
PULLED = {"relu": 3, "leaky": 3, "elu": 3, "gelu": 3, "sigmoid": 3, "tanh": 3, "x + y": 3, "x * y": 5}
"""Arrays that a gradient reads and writes at least."""


class GpuCase(NamedTuple):
    """A case with what bounds it: ``moved`` bytes of memory (the fewest: each array once, or as often as it must be) or
    ``flops`` operations; 0 where neither says much. Its ``backward`` is the pull alone. ``cupy`` names its twin among
    bare kernels."""

    case: Case
    dtype: str = "float32"
    moved: int = 0
    flops: int = 0
    cupy: str = ""

    @property
    def name(self) -> str:
        return self.case.name


def _named(name: str, dtype: str, mode: str) -> str:
    return " ".join([name, *["half"] * (dtype == "float16"), *["backward"] * (mode == "backward")])


def _torch_adam(t: Any, w: Any, g: Any, mean: Any, var: Any) -> Any:
    mean.lerp_(g, 0.1)
    var.mul_(0.999).addcmul_(g, g, value=0.001)
    return w.addcdiv_(mean, var.sqrt().add_(1e-8), value=-0.1)


def _torch_momentum(t: Any, w: Any, g: Any, mom: Any) -> Any:
    mom.mul_(0.9).add_(g, alpha=-0.1)
    return w.add_(mom)


def overhead(shrink: int) -> Iterator[GpuCase]:
    """What the host takes for a call of ten elements."""
    flat, table = Input((10,)), Input((2, 5))
    for name, inputs, mx, torch, cupy in (
        ("x + y", (flat, flat), lambda mx, x, y: x + y, lambda t, x, y: x + y, "add"),
        ("LeakyReLU", (flat,), lambda mx, x: mx.nd.LeakyReLU(x), lambda t, x: t.nn.functional.leaky_relu(x, 0.25),
         "leaky"),
        ("relu", (flat,), lambda mx, x: mx.nd.relu(x), lambda t, x: t.relu(x), ""),
        ("broadcast_add", (table, Input((1, 5))), lambda mx, x, y: mx.nd.broadcast_add(x, y), lambda t, x, y: x + y,
         "add"),
        ("sum", (flat,), lambda mx, x: mx.nd.sum(x), lambda t, x: t.sum(x), ""),
        ("softmax", (table,), lambda mx, x: mx.nd.softmax(x), lambda t, x: t.softmax(x, -1), ""),
        ("dot", (table, Input((5, 5))), lambda mx, x, y: mx.nd.dot(x, y), lambda t, x, y: t.mm(x, y), ""),
    ):  # fmt: skip
        yield GpuCase(Case(f"call {name}", "overhead", inputs, mx, torch), cupy=cupy)
        if name in ("x + y", "LeakyReLU", "softmax"):
            yield GpuCase(Case(f"call {name} backward", "overhead", inputs, mx, torch, "backward"))


def pointwise(shrink: int) -> Iterator[GpuCase]:
    """On arrays of 1 GiB each."""
    rows = {row[0]: row for row in POINTWISE}
    for dtype in BOTH:
        for mode, names in (("forward", FORWARD), ("backward", tuple(PULLED))):
            for name in names:
                _, kinds, mx, torch = rows[name]
                inputs = tuple(Input((GIB // SIZE[dtype] // shrink,), kind) for kind in kinds)
                arrays = len(kinds) + 1 if mode == "forward" else PULLED[name]
                yield GpuCase(Case(_named(name, dtype, mode), "pointwise", inputs, mx, torch, mode), dtype,
                              arrays * GIB // shrink)  # fmt: skip


def broadcasting(shrink: int) -> Iterator[GpuCase]:
    for dtype in BOTH:
        rows = max(GIB // SIZE[dtype] // 4096 // shrink, 2)
        size = rows * 4096 * SIZE[dtype]
        for mode in ("forward", "backward"):
            for name, shape, right in (
                ("channels", (rows // 2, 2, 64, 64), (1, 2, 1, 1)),
                ("row", (rows, 4096), (1, 4096)),
            ):
                yield GpuCase(Case(_named(f"broadcast_add of {name}", dtype, mode), "broadcasting",
                                   (Input(shape), Input(right)), lambda mx, x, y: mx.nd.broadcast_add(x, y),
                                   lambda t, x, y: x + y, mode), dtype, 2 * size)  # fmt: skip


def updates(shrink: int) -> Iterator[GpuCase]:
    one, state = Input((GIB // 4 // shrink,)), Input((GIB // 4 // shrink,), "fixed")
    for name, arrays, inputs, mx, torch in (
        ("sgd_update", 3, (one, one), lambda mx, w, g: mx.nd.sgd_update(w, g, lr=0.1, out=w),
         lambda t, w, g: w.add_(g, alpha=-0.1)),
        ("sgd_mom_update", 5, (one, one, state),
         lambda mx, w, g, m: mx.nd.sgd_mom_update(w, g, m, lr=0.1, momentum=0.9, out=w), _torch_momentum),
        ("adam_update", 7, (one, one, one, state),
         lambda mx, w, g, m, v: mx.nd.adam_update(w, g, m, v, lr=0.1, out=w), _torch_adam),
    ):  # fmt: skip
        yield GpuCase(Case(name, "optimizers", inputs, mx, torch), moved=arrays * GIB // shrink)


def reductions(shrink: int) -> Iterator[GpuCase]:
    side = max(16384 // min(shrink, 1024), 16)
    table, image = Input((side, side)), Input((max(64 // shrink, 2), 64, max(256 // shrink, 4), 256))
    for name, data, mx, torch in (
        ("sum", table, lambda mx, x: mx.nd.sum(x), lambda t, x: t.sum(x)),
        ("max", table, lambda mx, x: mx.nd.max(x), lambda t, x: t.max(x)),
        ("norm", table, lambda mx, x: mx.nd.norm(x), lambda t, x: t.linalg.vector_norm(x)),
        ("sum axis 0", table, lambda mx, x: mx.nd.sum(x, axis=0), lambda t, x: t.sum(x, 0)),
        ("sum axis 1", table, lambda mx, x: mx.nd.sum(x, axis=1), lambda t, x: t.sum(x, 1)),
        ("argmax axis 1", table, lambda mx, x: mx.nd.argmax(x, axis=1), lambda t, x: t.argmax(x, 1)),
        ("mean axes 0, 2, 3", image, lambda mx, x: mx.nd.mean(x, axis=(0, 2, 3)), lambda t, x: t.mean(x, (0, 2, 3))),
    ):  # fmt: skip
        yield GpuCase(Case(name, "reductions", (data,), mx, torch), moved=_size(data))


def _size(each: Input, dtype: str = "float32") -> int:
    count = SIZE[dtype]
    for n in each.shape:
        count *= n
    return count


def normalization(shrink: int) -> Iterator[GpuCase]:
    def rows(columns: int, dtype: str) -> Input:
        return Input((max(GIB // SIZE[dtype] // columns // shrink, 2), columns))

    for dtype in BOTH:
        large, small, layer = rows(4096, dtype), Input((max(4096 // shrink, 2), 1000)), rows(4096, dtype)
        for name, data, mx, torch in (
            ("softmax rows of 4096", large, lambda mx, x: mx.nd.softmax(x), lambda t, x: t.softmax(x, -1)),
            ("log_softmax rows of 4096", large, lambda mx, x: mx.nd.log_softmax(x), lambda t, x: t.log_softmax(x, -1)),
            ("softmax 4096x1000", small, lambda mx, x: mx.nd.softmax(x), lambda t, x: t.softmax(x, -1)),
        ):
            for mode, arrays in (("forward", 2), ("backward", 3)):
                yield GpuCase(Case(_named(name, dtype, mode), "normalization", (data,), mx, torch, mode), dtype,
                              arrays * _size(data, dtype))  # fmt: skip
        for mode, arrays in (("forward", 2), ("backward", 3)):
            yield GpuCase(Case(_named("LayerNorm rows of 4096", dtype, mode), "normalization",
                               (layer, Input((4096,)), Input((4096,))), lambda mx, x, g, b: mx.nd.LayerNorm(x, g, b),
                               lambda t, x, g, b: t.nn.functional.layer_norm(x, (4096,), g, b), mode), dtype,
                          arrays * _size(layer, dtype))  # fmt: skip

    def training(mx: Any, *inputs: Any) -> Any:
        with mx.autograd.train_mode():
            return mx.nd.BatchNorm(*inputs, fix_gamma=False, eps=1e-5)

    def torch_training(t: Any, x: Any, g: Any, b: Any, m: Any, v: Any) -> Any:
        return t.nn.functional.batch_norm(x, m, v, g, b, training=True)

    each = Input((64,)), Input((64,)), Input((64,), "fixed"), Input((64,), "fixed")
    side = max(256 // shrink, 4)
    for name, data in (("64x256x256", Input((max(64 // shrink, 2), 64, side, side))),
                       ("64x56x56", Input((max(32 // shrink, 2), 64, min(side, 56), min(side, 56))))):  # fmt: skip
        for mode, arrays in (("forward", 3), ("backward", 5)):  # data is read twice: for the sums, then for the result
            yield GpuCase(Case(_named(f"BatchNorm training {name}", "", mode), "normalization", (data, *each), training,
                               torch_training, mode), moved=arrays * _size(data))  # fmt: skip


def matrices(shrink: int) -> Iterator[GpuCase]:
    few = min(shrink, 64)
    for dtype, sizes in (("float32", (1024, 2048, 4096, 8192)), ("float16", (4096, 8192))):
        for n in sizes:
            square = Input((n // few,) * 2)
            yield GpuCase(Case(_named(f"dot {n}", dtype, ""), "matrices", (square, square),
                               lambda mx, x, y: mx.nd.dot(x, y), lambda t, x, y: t.mm(x, y)), dtype,
                          flops=2 * (n // few) ** 3)  # fmt: skip
    side = 512 // few
    stack = Input((64, side, side))
    full = (
        Input((4096 // few, 4096 // few)),
        Input((4096 // few, 4096 // few), "weight"),
        Input((4096 // few,), "weight"),
    )
    for mode, times in (("forward", 2), ("backward", 4)):
        yield GpuCase(Case(_named("batch_dot 64x512x512x512", "", mode), "matrices", (stack, stack),
                           lambda mx, x, y: mx.nd.batch_dot(x, y), lambda t, x, y: t.bmm(x, y), mode),
                      flops=times * 64 * side**3)  # fmt: skip
        for dtype in BOTH:
            yield GpuCase(Case(_named("FullyConnected 4096x4096 to 4096", dtype, mode), "matrices", full,
                               lambda mx, x, w, b: mx.nd.FullyConnected(x, w, b, num_hidden=w.shape[0]),
                               lambda t, x, w, b: t.nn.functional.linear(x, w, b), mode), dtype,
                          flops=times * (4096 // few) ** 3)  # fmt: skip


def convolutions(shrink: int) -> Iterator[GpuCase]:
    """Layers of a ResNet, 32 images."""
    images = max(32 // shrink, 2)

    def case(
        channels: int, size: int, filters: int, kernel: int, stride: int, groups: int, dtype: str, mode: Any
    ) -> Any:
        given = {"kernel": (kernel,) * 2, "stride": (stride,) * 2, "pad": (kernel // 2,) * 2, "num_filter": filters}
        side = max(size // min(shrink, 8), 4)
        out = (side + 2 * (kernel // 2) - kernel) // stride + 1
        name = f"{'depthwise' if groups > 1 else 'conv'} {kernel}x{kernel} {channels}-{filters} at {size}"
        inputs = Input((images, channels, side, side)), Input((filters, channels // groups, kernel, kernel), "weight")
        work = 2 * images * filters * out * out * channels // groups * kernel * kernel
        return GpuCase(Case(_named(name, dtype, mode), "convolution", inputs,
                            lambda mx, x, w: mx.nd.Convolution(x, w, no_bias=True, num_group=groups, **given),
                            lambda t, x, w: t.nn.functional.conv2d(x, w, None, stride, kernel // 2, 1, groups), mode),
                       dtype, flops=work * (1 if mode == "forward" else 2))  # fmt: skip

    layers = [(64 * k, 56 // k, 64 * k, 3, 1, 1) for k in (1, 2, 4, 8)]
    layers += [(64, 56, 256, 1, 1, 1), (256, 56, 64, 1, 1, 1), (128, 56, 128, 3, 2, 1), (3, 224, 64, 7, 2, 1)]
    layers += [(64, 56, 64, 3, 1, 64)]
    for mode in ("forward", "backward"):
        yield from (case(*layer, "float32", mode) for layer in layers)
        yield from (case(*layer, "float16", mode) for layer in (layers[0], layers[2], layers[4]))


def poolings(shrink: int) -> Iterator[GpuCase]:
    side = max(112 // min(shrink, 8), 8)
    image, deep = Input((max(32 // shrink, 2), 64, side, side)), Input((max(32 // shrink, 2), 2048, 7, 7))
    for name, data, part, mx, torch in (
        ("max 3x3 stride 2", image, 4, lambda mx, x: mx.nd.Pooling(x, kernel=(3, 3), stride=(2, 2), pad=(1, 1),
                                                                   pool_type="max"),
         lambda t, x: t.nn.functional.max_pool2d(x, 3, 2, 1)),
        ("average 2x2", image, 4, lambda mx, x: mx.nd.Pooling(x, kernel=(2, 2), stride=(2, 2), pool_type="avg"),
         lambda t, x: t.nn.functional.avg_pool2d(x, 2, 2)),
        ("global average", deep, 49, lambda mx, x: mx.nd.Pooling(x, global_pool=True, kernel=(7, 7), pool_type="avg"),
         lambda t, x: t.nn.functional.adaptive_avg_pool2d(x, 1)),
    ):  # fmt: skip
        for mode in ("forward", "backward"):
            yield GpuCase(Case(_named(f"pool {name}", "", mode), "pooling", (data,), mx, torch, mode),
                          moved=_size(data) + _size(data) // part)  # fmt: skip


def ordering(shrink: int) -> Iterator[GpuCase]:
    rows, words = max(1024 // shrink, 2), max(50_000 // shrink, 100)
    table, line = Input((rows, 10_000)), Input((1, max(2**24 // shrink, 1000)))
    ids, vectors = Input((max(64 // shrink, 2), 1024), "index", words), Input((words, 512), "weight")
    found = 2 * 4 * 512 * ids.shape[0] * ids.shape[1]
    for name, inputs, moved, mx, torch, modes in (
        ("Embedding 65536 of 50000x512", (ids, vectors), found,
         lambda mx, i, w: mx.nd.Embedding(i, w, input_dim=words, output_dim=512),
         lambda t, i, w: t.nn.functional.embedding(i, w), ("forward", "backward")),
        ("take 65536 of 50000x512", (vectors, ids), found, lambda mx, w, i: mx.nd.take(w, i),
         lambda t, w, i: t.index_select(w, 0, i.reshape(-1)).reshape(*i.shape, -1), ("forward",)),
        ("topk 10 of 1024x10000", (table,), 0, lambda mx, x: mx.nd.topk(x, k=10), lambda t, x: t.topk(x, 10)[1],
         ("forward",)),
        ("topk 100 of 1x16M", (line,), 0, lambda mx, x: mx.nd.topk(x, k=100, ret_typ="value"),
         lambda t, x: t.topk(x, 100)[0], ("forward",)),
        ("sort 1024x10000", (table,), 0, lambda mx, x: mx.nd.sort(x), lambda t, x: t.sort(x)[0], ("forward",)),
        ("argsort 1024x10000", (table,), 0, lambda mx, x: mx.nd.argsort(x), lambda t, x: t.argsort(x), ("forward",)),
    ):  # fmt: skip
        for mode in modes:
            yield GpuCase(Case(_named(name, "", mode), "indexing and order", inputs, mx, torch, mode,
                               same=not name.startswith("argsort")), moved=moved)  # fmt: skip


def layout(shrink: int) -> Iterator[GpuCase]:
    side, image = 16384 // min(shrink, 1024), Input((max(64 // shrink, 2), 64, max(256 // shrink, 4), 256))
    square = Input((side, side))
    for name, inputs, size, mx, torch in (
        ("transpose 16384x16384", (square,), 2 * _size(square), lambda mx, x: mx.nd.transpose(x),
         lambda t, x: x.t().contiguous()),
        ("NCHW to NHWC 64x64x256x256", (image,), 2 * _size(image), lambda mx, x: mx.nd.transpose(x, axes=(0, 2, 3, 1)),
         lambda t, x: x.permute(0, 2, 3, 1).contiguous()),
        ("concat two 64x64x256x256", (image, image), 4 * _size(image), lambda mx, x, y: mx.nd.concat(x, y, dim=1),
         lambda t, x, y: t.cat((x, y), 1)),
    ):  # fmt: skip
        yield GpuCase(Case(name, "layout", inputs, mx, torch), moved=size)


def recurrent(shrink: int) -> Iterator[GpuCase]:
    time, batch, wide = max(64 // shrink, 2), max(64 // shrink, 2), 512 // min(shrink, 32)

    def apart(t: Any, x: Any, flat: Any, h: Any, c: Any) -> Any:
        i2h, h2h, *biases = flat.split([4 * wide * wide] * 2 + [4 * wide] * 2)
        return x, h, c, i2h.reshape(-1, wide), h2h.reshape(-1, wide), *biases

    def torch_form(t: Any, x: Any, h: Any, c: Any, *weights: Any) -> Any:
        return t._VF.lstm(x, (h, c), weights, True, 1, 0.0, True, False, False)[0]

    start = [Input((1, batch, wide), "fixed")] * 2
    inputs = (Input((time, batch, wide)), Input((8 * (wide + 1) * wide,), "weight"), *start)
    for mode, times in (("forward", 1), ("backward", 2)):
        yield GpuCase(Case(_named("LSTM t64 n64 h512", "", mode), "recurrent", inputs,
                           lambda mx, x, w, *s: mx.nd.RNN(x, w, *s, state_size=wide, num_layers=1, mode="lstm"),
                           torch_form, mode, apart), flops=times * 2 * time * batch * 8 * wide * wide)  # fmt: skip


FAMILIES: tuple[Callable[[int], Iterator[GpuCase]], ...] = (
    overhead, pointwise, broadcasting, updates, reductions, normalization, matrices, convolutions, poolings, ordering,
    layout, recurrent,
)  # fmt: skip


def gpu_catalogue(shrink: int = 1) -> list[GpuCase]:
    """Every case, in the order of the report."""
    return [case for family in FAMILIES for case in family(shrink)]
