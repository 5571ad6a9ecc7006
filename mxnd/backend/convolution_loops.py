"""Depthwise convolution of images and its adjoints as compiled loops: sums of planes moved by the taps of a kernel.

Used for large float32 and float64 arrays where Numba is installed; planes are laid as ``laying`` says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import compiled, threads
from .compiled import SUMS, kernel, part
from .laying import Layout, gathered, spread
from .memory import empty
from .threads import arrays
from .windows import Dims, Geometry, out_size

LEAST = 1 << 15  # elements that are worth a compiled loop
BLOCK = 1 << 16  # elements of a task, at least
MOST = 64  # elements of a kernel

U = np.uintp  # unsigned indices: Numba would look for negative ones, which keeps loops from becoming vectors


@part()
def lay(x: Any, start: Any, width: Any, lays: Any, pitch: Any, laid: Any) -> None:
    """A plane, in x laid flat from ``start`` on, laid by ``lays`` in ``laid``. Compiled as a part of kernels.

    Even and odd columns of the same rows are read together, as vectors. That skips rows, which processors do not
    foresee: so an element of each cache line is read in order before. Their sum goes to the last place, nobody's.
    """
    if lays[0, 5] == 2:
        end, total = start, x.dtype.type(0)
        for r in range(lays.shape[0]):
            end = max(end, start + (lays[r, 1] + (lays[r, 3] - 1) * lays[r, 2] + 1) * width)
        for k in range(start, end, 64 // x.itemsize):
            total += x[U(k)]
        laid[laid.size - 1] = total
    r = 0
    while r < lays.shape[0]:
        a, b = r, min(r + 1, lays.shape[0] - 1)
        ahead, step = lays[b, 4] - lays[a, 4], lays[a, 5]
        if step == 2 and (ahead == 1 or ahead == -1) and lays[a, 1] == lays[b, 1] and lays[a, 3] == lays[b, 3]:
            if ahead < 0:
                a, b = b, a
            both = min(lays[a, 6], lays[b, 6])
            for i in range(lays[a, 3]):
                to, beside = U(lays[a, 0] + i * pitch), U(lays[b, 0] + i * pitch)
                at = U(start + (lays[a, 1] + i * lays[a, 2]) * width + lays[a, 4])
                for j in range(both):
                    laid[to + U(j)] = x[at + U(2) * U(j)]
                    laid[beside + U(j)] = x[at + U(2) * U(j) + U(1)]
                for j in range(both, lays[a, 6]):
                    laid[to + U(j)] = x[at + U(2) * U(j)]
                for j in range(both, lays[b, 6]):
                    laid[beside + U(j)] = x[at + U(2) * U(j) + U(1)]
            r += 2
            continue
        for i in range(lays[r, 3]):
            to = U(lays[r, 0] + i * pitch)
            at = U(start + (lays[r, 1] + i * lays[r, 2]) * width + lays[r, 4])
            if step == 1:
                for j in range(lays[r, 6]):
                    laid[to + U(j)] = x[at + U(j)]
            else:
                for j in range(lays[r, 6]):
                    laid[to + U(j)] = x[at + U(step) * U(j)]
        r += 1


@kernel("contract")
def _correlate(
    x: Any, w: Any, first: int, last: int, lays: Any, taps: Any, outs: Any, pitch: int, plane: Any, flat: Any, y: Any
) -> None:
    """Some planes of y from those of x, laid in ``plane``; each channel with its row of w."""
    given, taken = y.reshape(-1), x.reshape(-1)
    plane[:] = y.dtype.type(0)
    for p in range(first, last):
        lay(taken, p * x.shape[1] * x.shape[2], x.shape[2], lays, pitch, plane)
        weights = w[p % w.shape[0]]
        for o in range(outs.shape[0]):
            final, rows, columns = outs[o, 1], outs[o, 2], outs[o, 3]
            places = (rows * pitch + 31) // 32 * 32
            for begin in range(0, places, 2048):
                n = min(places - begin, 2048)
                part = flat[begin : begin + n]
                first_tap = t = outs[o, 0]
                if t == final:
                    part[:] = y.dtype.type(0)
                while t + 4 <= final:
                    w0, x0 = weights[taps[t, 0]], plane[begin + taps[t, 1] :]
                    w1, x1 = weights[taps[t + 1, 0]], plane[begin + taps[t + 1, 1] :]
                    w2, x2 = weights[taps[t + 2, 0]], plane[begin + taps[t + 2, 1] :]
                    w3, x3 = weights[taps[t + 3, 0]], plane[begin + taps[t + 3, 1] :]
                    if t == first_tap:
                        for i in range(n):
                            part[i] = w0 * x0[i] + w1 * x1[i] + w2 * x2[i] + w3 * x3[i]
                    else:
                        for i in range(n):
                            part[i] = part[i] + w0 * x0[i] + w1 * x1[i] + w2 * x2[i] + w3 * x3[i]
                    t += 4
                while t < final:
                    w0, x0 = weights[taps[t, 0]], plane[begin + taps[t, 1] :]
                    if t == first_tap:
                        for i in range(n):
                            part[i] = w0 * x0[i]
                    else:
                        for i in range(n):
                            part[i] += w0 * x0[i]
                    t += 1
            step = outs[o, 7]
            for i in range(rows):
                start = (p * y.shape[1] + outs[o, 4] + i * outs[o, 5]) * y.shape[2] + outs[o, 6]
                if step == 1:
                    for j in range(columns):
                        given[U(start) + U(j)] = flat[U(i * pitch) + U(j)]
                else:
                    for j in range(columns):
                        given[U(start) + U(step) * U(j)] = flat[U(i * pitch) + U(j)]


@kernel(*SUMS)
def _weigh(
    x: Any,
    ct: Any,
    first: int,
    last: int,
    lays: Any,
    taps: Any,
    beside: Any,
    pitch: int,
    plane: Any,
    flat: Any,
    to: Any,
) -> None:
    """For some planes of x, laid in ``plane``, and of ct, laid in ``flat``, the sum of their products for each tap."""
    taken, given, zero, count = x.reshape(-1), ct.reshape(-1), x.dtype.type(0), taps.shape[0]
    plane[:] = zero
    flat[:] = zero
    for p in range(first, last):
        lay(taken, p * x.shape[1] * x.shape[2], x.shape[2], lays, pitch, plane)
        lay(given, p * ct.shape[1] * ct.shape[2], ct.shape[2], beside, pitch, flat)
        for begin in range(0, flat.size, 2048):
            part = flat[begin : begin + 2048]
            for t in range(0, count, 3):
                x0 = plane[begin + taps[t, 1] :]
                x1 = plane[begin + taps[min(t + 1, count - 1), 1] :]  # the last one may be taken twice
                x2 = plane[begin + taps[min(t + 2, count - 1), 1] :]
                s0, s1, s2 = zero, zero, zero
                for i in range(part.size):
                    s0 += part[i] * x0[i]
                    s1 += part[i] * x1[i]
                    s2 += part[i] * x2[i]
                to[p, t] += s0
                to[p, t + 1] += s1
                to[p, t + 2] += s2


def fits(x: Any, w: Any, geometry: Geometry) -> bool:
    """Is this a large depthwise convolution, or its transpose, with a small kernel?"""
    return (
        w.ndim == 4 and 1 < geometry[3] == x.shape[1] == len(w) and w.shape[1] == 1 and w.size <= MOST * len(w)
        and suits(x) and w.dtype == x.dtype and w.size > 0
    )  # fmt: skip


def suits(x: Any) -> bool:
    """Is Numba there, and are these images of a dtype and size that it pays for?"""
    return x.ndim == 4 and x.size >= LEAST and x.dtype.char in "fd" and compiled.numba() is not None


def planes(x: Any) -> Any:
    return np.ascontiguousarray(x).reshape(-1, *x.shape[2:])


def each(task: Callable[[int, int], None], number: int, elements: int) -> None:
    """``task(first, last)`` for planes of so many elements all together, some at a time, on all threads."""
    parts = max(1, min(8, elements // BLOCK), elements // (16 * BLOCK))
    threads.spread(lambda part: task(part.start, part.stop), threads.pieces(number, -(-number // parts)))


def apply(x: Any, w: Any, it: Layout, out: Any) -> Any:
    """Write into ``out`` what a layout makes of x and of the weights of its channels, of shape (channels, taps)."""
    flat, target = planes(x), out.reshape(-1, *out.shape[2:])

    def task(first: int, last: int) -> None:
        plane, line = arrays((x.dtype, (it.room,)), (x.dtype, (it.places,)))
        _correlate(flat, w, first, last, it.lays, it.taps, it.outs, it.pitch, plane, line, target)

    each(task, len(flat), max(x.size, out.size))
    return out


def _weights(w: Any) -> Any:
    return np.ascontiguousarray(w).reshape(len(w), -1)


def conv(x: Any, w: Any, geometry: Geometry) -> Any:
    """Depthwise convolution: (N, channels, *out)."""
    steps, size, kernel = geometry[:3], x.shape[2:], w.shape[2:]
    out = out_size(size, kernel, *steps)
    return apply(x, _weights(w), gathered(size, kernel, *steps, out), empty((*x.shape[:2], *out), x.dtype))


def conv_transpose(y: Any, w: Any, geometry: Geometry, size: Dims) -> Any:
    """The adjoint of ``conv`` in x, whose spatial axes have ``size``."""
    layout = spread(size, w.shape[2:], *geometry[:3], y.shape[2:])
    return apply(y, _weights(w), layout, empty((*y.shape[:2], *size), y.dtype))


def conv_weight(x: Any, y: Any, geometry: Geometry, kernel: Dims) -> Any:
    """The adjoint of ``conv`` in w; None when it is not finite: what lies between lines then may have taken part."""
    it = gathered(x.shape[2:], kernel, *geometry[:3], y.shape[2:])
    beside = np.array([(0, 0, 1, y.shape[2], 0, 1, y.shape[3])], np.int64)
    flat, cts = planes(x), planes(y)
    count = len(it.taps)
    total = np.zeros((len(flat), -(-count // 3) * 3), x.dtype)

    def task(first: int, last: int) -> None:
        plane, line = arrays((x.dtype, (it.room,)), (x.dtype, (it.places,)))
        _weigh(flat, cts, first, last, it.lays, it.taps, beside, it.pitch, plane, line, total)

    each(task, len(flat), x.size)
    w = total.reshape(*x.shape[:2], -1).sum(0)[:, :count].reshape(-1, 1, *kernel)
    return w if np.isfinite(w).all() else None
