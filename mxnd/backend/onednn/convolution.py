"""Convolution and its two adjoints, for float32 arrays of one to three spatial axes.

Images are computed some at a time, so that copies in oneDNN's own layouts stay small. The functions give None where
oneDNN has nothing quick. Products are added up in an order that depends on the number of threads.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from .. import threads
from ..memory import empty, empty_like
from ..windows import Dims, Geometry, out_size
from .library import usable
from .plan import Handle, Plan, Port, any_layout, described, dims, layout, rows

TRAINING, DIRECT = 64, 1  # dnnl_forward_training, dnnl_convolution_direct
SLOW = (
    "brgconv_strided"  # gradients of images by windows with steps; what oneDNN would take next is up to twice as fast
)
MOST = 1 << 21  # elements of images and results computed at once
WEIGHTS = 1 << 21  # elements of filters laid at once
FEW = 1 << 20  # multiplications that one thread does as fast as several awake ones, and far sooner than sleeping ones
SMALL = 64  # places of an image up to which a product of matrices of its own is slow

# What each operation takes and, last, gives: its number as an argument (DNNL_ARG_*).
KINDS = {
    "forward": {"x": 1, "w": 33, "y": 17},
    "backward_data": {"y": 145, "w": 33, "x": 129},
    "backward_weights": {"x": 1, "y": 145, "w": 161},
}


def _descriptor(kind: str, layouts: dict[str, Handle], geometry: tuple[Any, ...]) -> Handle | None:
    x, w, y = (layouts[name] for name in "xwy")
    forward = described("convolution_forward", TRAINING, DIRECT, x, w, None, y, *geometry)
    if kind == "forward" or forward is None:
        return forward
    if kind == "backward_data":
        of = (DIRECT, x, w, y, *geometry, forward)
        return described("convolution_backward_data", *of, instead_of=SLOW)
    return described("convolution_backward_weights", DIRECT, x, w, None, y, *geometry, forward)


Use = tuple[Handle, list[Port]]


def _use(kind: str, x: Dims, w: Dims, geometry: Geometry, steps: tuple[Dims, Dims], places: Dims) -> Use | None:
    """An operation on images and results with these strides and weights row by row, as a plan takes it."""
    stride, dilate, pad, groups = geometry
    y = (x[0], w[0], *out_size(x[2:], w[2:], stride, dilate, pad))
    behind = [  # below the padding in front where no window reaches the last places
        (o - 1) * s + d * (k - 1) + 1 - n - p for o, s, d, k, n, p in zip(y[2:], stride, dilate, w[2:], x[2:], pad)
    ]
    numbers = tuple(dims(each) for each in (stride, [d - 1 for d in dilate], pad, behind))
    grouped = w if groups == 1 else (groups, w[0] // groups, *w[1:])
    ours = {"x": layout(x, steps[0]), "w": rows(grouped), "y": layout(y, steps[1])}
    best = {"x": any_layout(x), "w": any_layout(grouped), "y": any_layout(y)}
    found, small = None, x[0] > 1 and kind != "backward_weights" and math.prod(y[2:]) <= SMALL
    if set(w[2:]) == {1} and not small:  # products of matrices, which need no other layout of images
        found = _descriptor(kind, {**ours, "w": best["w"]}, numbers)
    found = found or _descriptor(kind, best, numbers)
    if found is None:
        return None
    *given, made = KINDS[kind].items()
    ports = [Port(argument, ours[name], place) for (name, argument), place in zip(given, places)]
    return found, [*ports, Port(made[1], ours[made[0]], places[-1], True)]


@functools.lru_cache(512)
def _plan(
    kind: str, x: Dims, w: Dims, geometry: Geometry, steps: tuple[Dims, Dims], filters: Dims | None = None
) -> Plan | None:
    """The plan of an operation, or of one for each of these numbers of filters, which takes images, filters and results
    in turn."""
    uses = []
    for i, number in enumerate(filters or (w[0],)):
        use = _use(kind, x, (number, *w[1:]), geometry, steps, (0, 2 * i + 1, 2 * i + 2))
        if use is None:
            return None
        uses.append(use)
    return Plan(*uses)


def _ready(x: Any) -> Any:
    """x with strides that oneDNN takes."""
    return x if min(x.strides) > 0 and not any(s % 4 for s in x.strides) else np.ascontiguousarray(x)


def _run(kind: str, x: Any, w: Any, y: Any, geometry: Geometry) -> bool:
    plan = _plan(kind, x.shape, w.shape, geometry, (x.strides, y.strides))
    if plan is None:
        return False
    arrays = {"x": x, "w": w, "y": y}
    plan(*(arrays[name] for name in KINDS[kind]), most=_most(w, y))
    return True


def _most(w: Any, y: Any) -> int:
    """How many threads may work."""
    return 1 if y.size * math.prod(w.shape[1:]) < FEW else threads.count()


def _images(x: Any, y: Any) -> list[slice]:
    return threads.pieces(len(x), max(1, MOST * len(x) // (x.size + y.size)))


def _filters(w: Any, groups: int) -> list[slice]:
    """Results some at a time, so that their filters in oneDNN's layout are in the cache when they are used."""
    return threads.pieces(len(w), max(1, WEIGHTS * len(w) // w.size)) if groups == 1 else [slice(None)]


def fits(x: Any, w: Any, geometry: Geometry) -> bool:
    """Can oneDNN convolve these arrays here and now?"""
    return x.dtype == w.dtype == np.float32 and 3 <= x.ndim <= 5 and bool(x.size and w.size) and usable() is not None


def conv(x: Any, w: Any, geometry: Geometry) -> Any:
    x, w = _ready(x), np.ascontiguousarray(w)
    y = empty((len(x), len(w), *out_size(x.shape[2:], w.shape[2:], *geometry[:3])), x.dtype)
    filters = _filters(w, geometry[3])
    numbers = tuple(len(w[these]) for these in filters)
    for some in _images(x, y):
        plan = _plan("forward", x[some].shape, w.shape, geometry, (x.strides, y.strides), numbers)
        if plan is None:
            return None
        plan(x[some], *[array for these in filters for array in (w[these], y[some, these])], most=_most(w, y))
    return y


def conv_transpose(y: Any, w: Any, geometry: Geometry, size: Dims) -> Any:
    y, w = _ready(y), np.ascontiguousarray(w)
    x = empty((len(y), w.shape[1] * geometry[3], *size), y.dtype)
    return x if all(_run("backward_data", x[some], w, y[some], geometry) for some in _images(x, y)) else None


def conv_weight(x: Any, y: Any, geometry: Geometry, kernel: Dims) -> Any:
    x, y = _ready(x), _ready(y)
    total = empty((y.shape[1], x.shape[1] // geometry[3], *kernel), x.dtype)
    first, *others = _images(x, y)
    if not _run("backward_weights", x[first], total, y[first], geometry):
        return None
    part = empty_like(total) if others else None
    for some in others:
        if not _run("backward_weights", x[some], part, y[some], geometry):
            return None
        total += part
    return total
