"""Windows reduced to one element each: sums and maxima, and what is spread back over the windows.

A window is (kernel, stride, pad, out), each with a number per spatial axis; ``pad`` is what stands before the first
element, and behind the last there is as much as the windows need. Arrays are (N, C, *size). Work goes through blocks
that stay in the cache, and along one axis after the other where it can; float16 is computed in float32.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from .convolution import tap

Dims = tuple[int, ...]
Window = tuple[Dims, Dims, Dims, Dims]

BLOCK = 1 << 17  # elements


def _wide(x: Any) -> Any:
    return x.astype(np.float32) if x.dtype == np.float16 else x


def _blocks(x: Any, size: Dims) -> Iterator[tuple[slice, Any]]:
    """Slices of the images and channels taken as one axis, and x there."""
    flat = x.reshape(-1, *x.shape[2:])
    step = max(1, BLOCK // max(1, math.prod(size)))
    for start in range(0, len(flat), step):
        yield slice(start, start + step), flat[start : start + step]


def _extent(size: Dims, window: Window) -> Dims:
    """How long each axis is that the windows lie on, padding included."""
    return tuple(max(p + n, s * (o - 1) + k) for n, k, s, p, o in zip(size, *window))


def _inside(size: Dims, window: Window) -> tuple[Any, ...]:
    return (..., *(slice(p, p + n) for n, p in zip(size, window[2])))


def _padded(x: Any, size: Dims, window: Window, fill: float) -> Any:
    extent = _extent(size, window)
    if extent == size:
        return x
    out = np.full((len(x), *extent), fill, x.dtype)
    out[_inside(size, window)] = x
    return out


def _along(axis: int, start: int, count: int, step: int) -> tuple[Any, ...]:
    return (slice(None),) * axis + (slice(start, start + step * (count - 1) + 1, step),)


def _reduce(x: Any, window: Window, function: Any, fill: float) -> Any:
    size = x.shape[2:]
    y = np.empty((*x.shape[:2], *window[3]), x.dtype)
    target = y.reshape(-1, *window[3])
    for block, part in _blocks(_wide(x), size):
        part = _padded(part, size, window, fill)
        for axis, (k, s, _, o) in reversed(list(enumerate(zip(*window), 1))):
            if o == 1:
                part = function.reduce(part[_along(axis, 0, k, 1)], axis, keepdims=True)
                continue
            whole, part = part, part[_along(axis, 0, o, s)]
            for i in range(1, k):
                other = whole[_along(axis, i, o, s)]
                part = function(part, other) if i == 1 else function(part, other, out=part)
        target[block] = part
    return y


def pool_sum(x: Any, window: Window) -> Any:
    """The sum of each window; padding counts as 0."""
    if window[0] == x.shape[2:] and math.prod(window[3]) == 1:  # one window: a product with ones is fastest
        wide = np.ascontiguousarray(_wide(x)).reshape(*x.shape[:2], math.prod(x.shape[2:]))
        total = np.matmul(wide, np.ones(wide.shape[2], wide.dtype)).astype(x.dtype, copy=False)
        return total.reshape(*x.shape[:2], *window[3])
    return _reduce(x, window, np.add, 0.0)


def pool_max(x: Any, window: Window) -> Any:
    """The largest element of each window that is not NaN; the least number where there is only padding."""
    return _reduce(x, window, np.fmax, float(np.finfo(x.dtype).min))


def unpool_sum(ct: Any, window: Window, size: Dims) -> Any:
    """The adjoint of ``pool_sum``: each element added to all places of its window."""
    x = np.empty((*ct.shape[:2], *size), ct.dtype)
    target = x.reshape(-1, *size)
    extent = _extent(size, window)
    for block, part in _blocks(_wide(ct), extent):
        for axis, (n, k, s, _, o) in enumerate(zip(extent, *window), 1):
            spread = np.zeros((*part.shape[:axis], n, *part.shape[axis + 1 :]), part.dtype)
            if o == 1:
                spread[_along(axis, 0, k, 1)] = part
                part = spread
                continue
            for i in range(k):
                if k <= s:  # windows do not overlap
                    spread[_along(axis, i, o, s)] = part
                else:
                    spread[_along(axis, i, o, s)] += part
            part = spread
        target[block] = part[_inside(size, window)]
    return x


def pool_taps(x: Any, y: Any, window: Window) -> Any:
    """Which element of its window each maximum of ``pool_max`` is, the first one if several are; any for NaN."""
    size, count = x.shape[2:], math.prod(window[0])
    small = count <= 256
    taps = np.zeros(y.shape, np.uint8 if small else np.int32)
    flat, ys = taps.reshape(-1, *window[3]), _wide(y).reshape(-1, *window[3])
    ones = (1,) * len(size)
    for block, part in _blocks(_wide(x), size):
        part = _padded(part, size, window, np.nan)
        if math.prod(window[3]) == 1:
            whole = part[(slice(None), *map(slice, window[0]))].reshape(len(part), -1)
            flat[block] = (whole == ys[block].reshape(-1, 1)).argmax(1).reshape(ys[block].shape)
            continue
        before = np.ones(ys[block].shape, bool)
        for place in itertools.islice(itertools.product(*map(range, window[0])), count - 1):
            before &= part[tap(place, window[3], window[1], ones)] != ys[block]
            flat[block] += before.view(np.uint8) if small else before
    return taps


def _chosen(taps: Any, size: Dims, window: Window) -> Iterator[tuple[slice, Any]]:
    """For each block the places that ``taps`` name, in the block's padded images laid flat."""
    kernel, stride, _, out = window
    extent = _extent(size, window)
    steps = [math.prod(extent[i + 1 :]) for i in range(len(extent))]
    origin = np.zeros(out, np.intp)
    for axis, (s, o, step) in enumerate(zip(stride, out, steps)):
        origin += (np.arange(o) * (s * step)).reshape((-1,) + (1,) * (len(out) - 1 - axis))
    offsets = np.array([sum(map(math.prod, zip(place, steps))) for place in itertools.product(*map(range, kernel))])
    for block, part in _blocks(taps, extent):
        places = np.take(offsets, part)
        places += origin
        places += (np.arange(len(part)) * math.prod(extent)).reshape((-1,) + (1,) * len(out))
        yield block, places


def pool_unpick(ct: Any, taps: Any, window: Window, size: Dims) -> Any:
    """Each element added to the place of its window that ``taps`` names."""
    x = np.empty((*ct.shape[:2], *size), ct.dtype)
    target, flat = x.reshape(-1, *size), ct.reshape(-1, *window[3])
    extent = _extent(size, window)
    for block, places in _chosen(taps, size, window):
        spread = np.bincount(places.ravel(), flat[block].ravel(), len(places) * math.prod(extent))
        target[block] = spread.reshape(-1, *extent)[_inside(size, window)]
    return x


def pool_pick(x: Any, taps: Any, window: Window) -> Any:
    """The adjoint of ``pool_unpick``: of each window the element that ``taps`` names."""
    y = np.empty(taps.shape, x.dtype)
    target, flat = y.reshape(-1, *window[3]), x.reshape(-1, *x.shape[2:])
    for block, places in _chosen(taps, x.shape[2:], window):
        np.take(_padded(flat[block], x.shape[2:], window, 0.0), places, out=target[block])
    return y
