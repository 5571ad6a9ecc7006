"""Pooling of images as compiled loops, for large float32 and float64 arrays where Numba is installed.

Planes are laid as in ``convolution_loops``, of which sums over windows are a case: all weights are one.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .compiled import kernel, part
from .convolution_loops import MOST, U, apply, each, lay, planes, suits
from .laying import Layout, gathered, spread
from .memory import empty
from .threads import arrays
from .windows import Dims, gathering

Window = tuple[Dims, Dims, Dims, Dims]

PLACES = 16  # of a result, from which on loops pay
ONES = (1, 1)


@part()
def larger(a: Any, b: Any) -> Any:
    """The larger of two elements, passing over NaN."""
    return b if (a < b) | (a != a) else a


@kernel()
def _most(
    x: Any, first: int, last: int, lays: Any, taps: Any, pitch: int, rows: int, plane: Any, flat: Any, y: Any
) -> None:
    """The largest elements of windows, passing over NaN, which also is what lies around the data."""
    taken, given, columns = x.reshape(-1), y.reshape(-1), y.shape[2]
    final, places, together = taps.shape[0] - 1, rows * y.shape[2], pitch == y.shape[2]
    plane[:] = x.dtype.type(np.nan)
    for p in range(first, last):
        lay(taken, p * x.shape[1] * x.shape[2], x.shape[2], lays, pitch, plane)
        for begin in range(0, flat.size, 2048):
            part = flat[begin : begin + 2048]
            if together:  # no gaps between the rows
                part = given[p * places + begin : p * places + min(begin + 2048, places)]
            for t in range(0, final + 1, 4):
                x0 = plane[begin + taps[t, 1] :]
                x1 = plane[begin + taps[min(t + 1, final), 1] :]
                x2 = plane[begin + taps[min(t + 2, final), 1] :]
                x3 = plane[begin + taps[min(t + 3, final), 1] :]
                if t == 0:
                    for i in range(part.size):
                        part[i] = larger(larger(x0[i], x1[i]), larger(x2[i], x3[i]))
                else:
                    for i in range(part.size):
                        part[i] = larger(part[i], larger(larger(x0[i], x1[i]), larger(x2[i], x3[i])))
        if not together:
            for i in range(rows):
                to, at = U((p * rows + i) * columns), U(i * pitch)
                for j in range(columns):
                    given[to + U(j)] = flat[at + U(j)]


@kernel()
def _which(
    x: Any, most: Any, first: int, last: int, lays: Any, taps: Any, beside: Any, pitch: int, plane: Any, flat: Any,
    found: Any, out: Any,
) -> None:  # fmt: skip
    """The number of the first element that is the largest; of the last element if none is."""
    taken, tops, given = x.reshape(-1), most.reshape(-1), out.reshape(-1)
    rows, columns, count = out.shape[1], out.shape[2], taps.shape[0]
    plane[:] = x.dtype.type(np.nan)
    flat[:] = x.dtype.type(0)
    for p in range(first, last):
        lay(taken, p * x.shape[1] * x.shape[2], x.shape[2], lays, pitch, plane)
        lay(tops, p * rows * columns, columns, beside, pitch, flat)
        for begin in range(0, flat.size, 2048):
            part, top = found[begin : begin + 2048], flat[begin : begin + 2048]
            part[:] = np.int32(count - 1)
            for t in range(count - 2, -1, -2):
                s = max(0, t - 1)
                late, early, x0, x1 = np.int32(t), np.int32(s), plane[begin + taps[t, 1] :], plane[begin + taps[s, 1] :]
                for i in range(part.size):
                    a = late if x0[i] == top[i] else part[i]
                    part[i] = early if x1[i] == top[i] else a
        for i in range(rows):
            to, at = U((p * rows + i) * columns), U(i * pitch)
            for j in range(columns):
                given[to + U(j)] = found[at + U(j)]


@kernel()
def _give(ct: Any, taps: Any, first: int, last: int, places: Any, down: int, across: int, x: Any) -> None:
    """Each element added to the place of its window that its tap names, unless that is padding.

    ``places`` are (row, column) of the window's elements, from the place ``down * i``, ``across * j`` of the data.
    """
    given, height, width = x.reshape(-1), x.shape[1], x.shape[2]
    top, left, bottom, right = places[0, 0], places[0, 1], places[-1, 0], places[-1, 1]
    ahead = np.empty(places.shape[0], np.int64)
    for k in range(places.shape[0]):
        ahead[k] = places[k, 0] * width + places[k, 1]
    for p in range(first, last):
        base = p * height * width
        for m in range(height * width):
            given[U(base) + U(m)] = x.dtype.type(0)
        for i in range(ct.shape[1]):
            within = i * down + top >= 0 and i * down + bottom < height
            for j in range(ct.shape[2]):
                k = taps[p, i, j]
                if within and j * across + left >= 0 and j * across + right < width:
                    given[U(base + i * down * width + j * across + ahead[k])] += ct[p, i, j]
                else:
                    row, column = i * down + places[k, 0], j * across + places[k, 1]
                    if 0 <= row < height and 0 <= column < width:
                        given[U(base + row * width + column)] += ct[p, i, j]


def fits(x: Any, window: Window) -> bool:
    """Are these large images, and small windows?"""
    return suits(x) and math.prod(window[0]) <= MOST and math.prod(window[3]) >= PLACES


def fits_most(x: Any, window: Window) -> bool:
    """Does some element of the windows always lie in the data, too? Then padding never is the largest."""
    return fits(x, window) and all(
        any(term and term[:2] == (0, row[4]) for term in gathering(*row)) for row in zip(x.shape[2:], *window)
    )


def _layout(size: Dims, window: Window) -> Layout:
    kernel, stride, pad, out = window
    return gathered(size, kernel, stride, ONES, pad, out)


def _weights(window: Window, counts: Any, dtype: Any) -> tuple[Any, Any]:
    """One for each element of a window, or its share where that is the same everywhere; else what to divide by."""
    weights = np.ones((1, math.prod(window[0])), dtype)
    if counts is not None and counts.min() == counts.max():
        return weights / counts.flat[0], None
    return weights, counts


def pool_sum(x: Any, window: Window, counts: Any) -> Any:
    """The sum of each window, over its count."""
    y = empty((*x.shape[:2], *window[3]), x.dtype)
    layout, (weights, counts) = _layout(x.shape[2:], window), _weights(window, counts, x.dtype)
    if counts is None:
        return apply(x, weights, layout, y)
    flat, target = planes(x)[:, None], y.reshape(-1, 1, *window[3])

    def task(first: int, last: int) -> None:
        part = apply(flat[first:last], weights, layout, target[first:last])
        np.divide(part, counts, out=part)

    each(task, len(flat), x.size)
    return y


def unpool_sum(ct: Any, window: Window, size: Dims, counts: Any) -> Any:
    """The adjoint of ``pool_sum``."""
    kernel, stride, pad, out = window
    x = empty((*ct.shape[:2], *size), ct.dtype)
    layout, (weights, counts) = spread(size, kernel, stride, ONES, pad, out), _weights(window, counts, ct.dtype)
    if counts is None:
        return apply(ct, weights, layout, x)
    flat, target = planes(ct)[:, None], x.reshape(-1, 1, *size)

    def task(first: int, last: int) -> None:
        apply(flat[first:last] / counts, weights, layout, target[first:last])

    each(task, len(flat), x.size)
    return x


def pool_max(x: Any, window: Window) -> Any:
    """The largest element of each window that is not NaN."""
    it, flat = _layout(x.shape[2:], window), planes(x)
    y = empty((*x.shape[:2], *window[3]), x.dtype)
    target = y.reshape(-1, *window[3])

    def task(first: int, last: int) -> None:
        plane, line = arrays((x.dtype, (it.room,)), (x.dtype, (it.places,)))
        _most(flat, first, last, it.lays, it.taps, it.pitch, window[3][0], plane, line, target)

    each(task, len(flat), x.size)
    return y


def pool_taps(x: Any, y: Any, window: Window) -> Any:
    """Which element of its window each maximum is, the first one if several are."""
    it, flat, most = _layout(x.shape[2:], window), planes(x), planes(y)
    taps = empty(y.shape, np.uint8)
    target, beside = planes(taps), np.array([(0, 0, 1, y.shape[2], 0, 1, y.shape[3])], np.int64)
    whole = np.dtype(np.int32)

    def task(first: int, last: int) -> None:
        plane, line, found = arrays((x.dtype, (it.room,)), (x.dtype, (it.places,)), (whole, (it.places,)))
        _which(flat, most, first, last, it.lays, it.taps, beside, it.pitch, plane, line, found, target)

    each(task, len(flat), x.size)
    return taps


def pool_unpick(ct: Any, taps: Any, window: Window, size: Dims) -> Any:
    """Each element added to the place of its window that ``taps`` names."""
    kernel, stride, pad, _ = window
    places = np.array([(i - pad[0], j - pad[1]) for i in range(kernel[0]) for j in range(kernel[1])], np.int64)
    x = empty((*ct.shape[:2], *size), ct.dtype)
    flat, chosen, target = planes(ct), planes(taps), planes(x)
    each(lambda first, last: _give(flat, chosen, first, last, places, *stride, target), len(flat), x.size)
    return x
