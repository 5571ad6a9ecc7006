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


def _taps(window: Window) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """The elements of a window in their order: number, and key of what it meets in all windows."""
    kernel, stride, _, out = window
    ones = (1,) * len(kernel)
    for number, place in enumerate(itertools.product(*map(range, kernel))):
        yield number, tap(place, out, stride, ones)


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
        wide = np.ascontiguousarray(_wide(x)).reshape(*x.shape[:2], -1)
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
    """Which element of its window each maximum of ``pool_max`` is, the first one if several are."""
    size, count = x.shape[2:], math.prod(window[0])
    taps = np.zeros(y.shape, np.min_scalar_type(count))
    flat, ys = taps.reshape(-1, *window[3]), _wide(y).reshape(-1, *window[3])
    for block, part in _blocks(_wide(x), size):
        part = _padded(part, size, window, np.nan)
        before = np.ones(ys[block].shape, bool)
        for _, key in _taps(window):
            before &= part[key] != ys[block]
            flat[block] += before
    return taps


def _kept(x: Any, mask: Any) -> Any:
    """x where the mask is True, else 0; several times faster than ``where``, and without inf * 0."""
    bits = np.dtype(f"i{x.dtype.itemsize}")
    return (x.view(bits) & np.negative(mask.view(np.int8), dtype=bits)).view(x.dtype)


def pool_unpick(ct: Any, taps: Any, window: Window, size: Dims) -> Any:
    """Each element added to the place of its window that ``taps`` names."""
    x = np.empty((*ct.shape[:2], *size), ct.dtype)
    target, chosen = x.reshape(-1, *size), taps.reshape(-1, *window[3])
    extent = _extent(size, window)
    for block, part in _blocks(np.ascontiguousarray(_wide(ct)), extent):
        spread = np.zeros((len(part), *extent), part.dtype)
        for number, key in _taps(window):
            spread[key] += _kept(part, chosen[block] == number)
        target[block] = spread[_inside(size, window)]
    return x


def pool_pick(x: Any, taps: Any, window: Window) -> Any:
    """The adjoint of ``pool_unpick``: of each window the element that ``taps`` names."""
    y = np.zeros(taps.shape, x.dtype)
    target, chosen = y.reshape(-1, *window[3]), taps.reshape(-1, *window[3])
    for block, part in _blocks(x, x.shape[2:]):
        part = _padded(part, x.shape[2:], window, 0.0)
        for number, key in _taps(window):
            np.copyto(target[block], part[key], where=chosen[block] == number)
    return y
