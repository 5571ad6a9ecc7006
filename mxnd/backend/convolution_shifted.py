"""Depthwise convolution of images without stride: the padded image, laid flat and moved by each tap, times its weight.

A tap is a view of the padded images laid flat, so one sum of products over all taps runs through long loops. It also
computes what begins in one line and ends in the next, which is left out.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from . import threads
from .memory import empty
from .threads import arrays
from .windows import Dims, Geometry, out_size, run

WORK = 1 << 17  # elements laid flat for a task
LONG = 1500  # places of a result from which on loops are long enough for ``conv``


def fits(x: Any, w: Any, geometry: Geometry) -> bool:
    """Is this depthwise and without stride?"""
    return w.ndim == 4 and 1 < geometry[3] == x.shape[1] == len(w) and geometry[0] == (1, 1) and x.size > 0


@functools.lru_cache(256)
def _blocks(n: int, channels: int, plane: int) -> list[tuple[int, slice]]:
    """An image and some channels for each task."""
    most = min(max(1, WORK // plane), -(-channels // (2 if n == 1 else 1)))
    return [(i, some) for i in range(n) for some in threads.pieces(channels, most)]


class _Flat:
    """An image's padded channels laid flat: ``taps``, of shape (channels, *kernel, places), and beside them
    ``product``, of shape (channels, places); places are those of the padded lines."""

    def __init__(self, x: Any, out: Dims, kernel: Dims, geometry: Geometry) -> None:
        _, (down, across), (top, left), _ = geometry
        channels, *size = x.shape
        height, pitch = (n + 2 * p for n, p in zip(size, (top, left)))
        places = out[0] * pitch
        tail = across * (kernel[1] - 1)  # behind the last line
        laid, self.product = arrays((x.dtype, (channels, height * pitch + tail)), (x.dtype, (channels, places)))
        laid[...] = 0
        laid[:, : height * pitch].reshape(channels, height, pitch)[:, top : top + size[0], left : left + size[1]] = x
        i = x.itemsize
        strides = (laid.strides[0], down * pitch * i, across * i, i)
        self.taps: Any = np.ndarray((channels, *kernel, places), x.dtype, laid, 0, strides)
        self.lines = self.product.reshape(channels, out[0], pitch)
        self.valid = self.lines[:, :, : out[1]]


def conv(x: Any, w: Any, geometry: Geometry) -> Any:
    """Convolution: (N, channels, *out)."""
    kernel = w.shape[2:]
    out = out_size(x.shape[2:], kernel, *geometry[:3])
    y = empty((*x.shape[:2], *out), x.dtype)
    w = w[:, 0]

    def task(block: tuple[int, slice]) -> None:
        image, some = block
        flat = _Flat(x[image, some], out, kernel, geometry)
        # In Fortran's order the places come first: the loops run along them.
        np.einsum("cab,cabi->ic", w[some], flat.taps, out=flat.product.T, order="F")
        y[image, some] = flat.valid

    run(task, _blocks(*x.shape[:2], math.prod(x.shape[2:])), y.size)
    return y


def conv_weight(x: Any, y: Any, geometry: Geometry, kernel: Dims) -> Any:
    """The adjoint of ``conv`` in w; None when the result is not finite, where lines may have met the next ones."""
    out = y.shape[2:]
    parts = empty((*x.shape[:2], *kernel), x.dtype)

    def task(block: tuple[int, slice]) -> None:
        image, some = block
        flat = _Flat(x[image, some], out, kernel, geometry)
        flat.lines[:, :, out[1] :] = 0
        flat.valid[...] = y[image, some]
        np.einsum("ci,cabi->cab", flat.product, flat.taps, out=parts[image, some])

    run(task, _blocks(*x.shape[:2], math.prod(x.shape[2:])), y.size)
    total = parts.sum(0)[:, None]
    return total if np.isfinite(total).all() else None
