"""Windows of images as the columns of a matrix, and their adjoint."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from . import threads
from .memory import empty
from .threads import arrays
from .windows import Dims, Geometry, inner, out_size, padded, run, tap

COLUMNS = 5 << 17  # elements made at once


def im2col(x: Any, kernel: Dims, geometry: Geometry) -> Any:
    """Every window of x as a column: (N, C * elements of the kernel, places)."""
    stride, dilate, pad, _ = geometry
    out = out_size(x.shape[2:], kernel, stride, dilate, pad)
    x = padded(x, pad)
    axes = x.strides[2:]
    view = np.lib.stride_tricks.as_strided(
        x,
        (*x.shape[:2], *kernel, *out),
        (*x.strides[:2], *(d * a for d, a in zip(dilate, axes)), *(s * a for s, a in zip(stride, axes))),
        writeable=False,
    )
    return np.ascontiguousarray(view).reshape(len(x), x.shape[1] * math.prod(kernel), math.prod(out))


def col2im(columns: Any, kernel: Dims, geometry: Geometry, size: Dims) -> Any:
    """The adjoint of ``im2col``: columns added up where windows overlap, (N, C, *size)."""
    stride, dilate, pad, _ = geometry
    out = out_size(size, kernel, stride, dilate, pad)
    spatial = tuple(n + 2 * p for n, p in zip(size, pad))
    channels = columns.shape[1] // math.prod(kernel)
    x = empty((len(columns), channels, *size), columns.dtype)
    parts = columns.reshape(len(columns), channels, *kernel, *out)
    dtype = np.dtype(np.float32) if columns.dtype == np.float16 else columns.dtype

    def task(block: tuple[int, slice]) -> None:
        image, some = block
        part = parts[image, some].astype(dtype, copy=False)
        (total,) = arrays((dtype, (len(part), *spatial)))
        total[...] = 0
        for place in itertools.product(*map(range, kernel)):
            total[tap(place, out, stride, dilate)] += part[(slice(None), *place)]
        x[image, some] = total[inner(size, pad)[1:]]

    some = threads.pieces(channels, max(1, COLUMNS // max(1, math.prod(kernel) * math.prod(out))))
    run(task, list(itertools.product(range(len(x)), some)), columns.size)
    return x
