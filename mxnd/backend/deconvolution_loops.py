"""Transposed convolution of images with a stride: what the filters give for each tap as one product, added up by a
compiled loop. Used for large float32 and float64 arrays without groups where Numba is installed; see ``laying``.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from . import threads
from .compiled import kernel
from .convolution_loops import MOST, U, lay, planes, suits
from .laying import spread
from .memory import empty
from .threads import arrays
from .windows import Dims, Geometry

COLUMNS = 1 << 19  # elements of the parts that a task makes at once


@kernel()
def _add_up(parts: Any, filters: int, first: int, taps: Any, outs: Any, pitch: int, flat: Any, y: Any) -> None:
    """Planes of y, from the first on: for each place the sum of what the taps have for it.

    ``parts`` are (filters, taps, places laid).
    """
    given = y.reshape(-1)
    for p in range(first, first + filters):
        for o in range(outs.shape[0]):
            final, rows, columns = outs[o, 1], outs[o, 2], outs[o, 3]
            part, t = flat[: (rows * pitch + 31) // 32 * 32], outs[o, 0]
            part[:] = y.dtype.type(0)
            while t + 4 <= final:
                x0 = parts[p - first, taps[t, 0], taps[t, 1] :]
                x1 = parts[p - first, taps[t + 1, 0], taps[t + 1, 1] :]
                x2 = parts[p - first, taps[t + 2, 0], taps[t + 2, 1] :]
                x3 = parts[p - first, taps[t + 3, 0], taps[t + 3, 1] :]
                for i in range(part.size):
                    part[i] = part[i] + x0[i] + x1[i] + x2[i] + x3[i]
                t += 4
            while t < final:
                x0 = parts[p - first, taps[t, 0], taps[t, 1] :]
                for i in range(part.size):
                    part[i] += x0[i]
                t += 1
            step = outs[o, 7]
            for i in range(rows):
                start = U((p * y.shape[1] + outs[o, 4] + i * outs[o, 5]) * y.shape[2] + outs[o, 6])
                for j in range(columns):
                    given[start + U(step) * U(j)] = flat[U(i * pitch) + U(j)]


@kernel()
def _laid(x: Any, first: int, lays: Any, pitch: int, laid: Any) -> None:
    """Planes of x, from the first on, as rows."""
    taken = x.reshape(-1)
    laid[:] = x.dtype.type(0)
    for p in range(laid.shape[0]):
        lay(taken, (first + p) * x.shape[1] * x.shape[2], x.shape[2], lays, pitch, laid[p])


def fits(y: Any, w: Any, geometry: Geometry) -> bool:
    """Is this a large transposed convolution with a stride, many channels and a small kernel?"""
    return (
        suits(y) and w.ndim == 4 and w.dtype == y.dtype and geometry[3] == 1
        and math.prod(w.shape[2:]) <= MOST and w.shape[1] > 0
    )  # fmt: skip


def conv_transpose(y: Any, w: Any, geometry: Geometry, size: Dims) -> Any:
    """The adjoint of ``conv`` in x, whose spatial axes have ``size``."""
    it = spread(size, w.shape[2:], *geometry[:3], y.shape[2:])
    count = math.prod(w.shape[2:])
    x = empty((len(y), w.shape[1], *size), y.dtype)
    flat, target = planes(y), x.reshape(-1, *size)
    matrix = np.ascontiguousarray(w.reshape(len(w), -1).T)  # (channels of x * taps, filters)
    most = max(1, COLUMNS // (count * it.room))

    def task(block: tuple[int, slice]) -> None:
        image, some = block
        number = some.stop - some.start
        laid, parts, line = arrays(
            (y.dtype, (len(w), it.room)), (y.dtype, (number * count, it.room)), (y.dtype, (it.places,))
        )
        _laid(flat, image * len(w), it.lays, it.pitch, laid)
        np.matmul(matrix[some.start * count : some.stop * count], laid, out=parts)
        parts = parts.reshape(number, count, it.room)
        _add_up(parts, number, image * w.shape[1] + some.start, it.taps, it.outs, it.pitch, line, target)

    threads.spread(task, list(itertools.product(range(len(y)), threads.pieces(w.shape[1], most))))
    return x
