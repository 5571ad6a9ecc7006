"""Convolution of images with few channels and filters to a group, above all depthwise, as products of banded matrices.

A band of rows of the result is one product of what lies under it, with the columns' taps copied side by side, and a
matrix that holds the rows' taps, moved on from row to row. Narrow images are laid side by side, so that products are
wide. The transpose lays down bands in the same way, for each remainder of the stride along the columns by itself. The
gradient of the weights is the gradient of that matrix, summed along its diagonals.

Beside the diagonals the matrices hold zeros, which must not meet infinities or NaN: then the functions give None.
"""

from __future__ import annotations

import functools
import math
import threading
from typing import Any

import numpy as np

from . import threads
from .memory import empty
from .threads import arrays
from .windows import Dims, Geometry, out_size, run

WORK = 1 << 19  # elements of copied columns of a task
WIDE = 64  # columns up to which images are laid side by side
TALL = 8  # rows of a matrix
NARROW = 16  # filters times channels of a group up to which this is worth while


def fits(x: Any, w: Any, geometry: Geometry) -> bool:
    """Are these images with small groups, and no window all in the padding?"""
    _, dilate, pad, groups = geometry
    if any(p > d * (k - 1) for p, d, k in zip(pad, dilate, w.shape[2:])):
        return False
    return w.ndim == 4 and groups > 1 and w.shape[1] * (len(w) // groups) <= NARROW and x.size > 0


class _Bands:
    """How what is written comes from what is read, by rows and columns.

    A band has ``tall`` rows, ``rows`` are read for it, ``step`` more for the next one, beginning ``top`` rows above.
    A diagonal is (row of the kernel, first row written, its step, first row read, its step, how many). ``taps`` are the
    columns of the kernel that take part, a slice, ``number`` of them. The first begins at ``start`` in lines of
    ``pitch`` columns with ``left`` in front, the next ``apart`` behind; ``places`` are every ``stride``-th from there.
    """

    def __init__(self, read: Dims, written: Dims, tall: int) -> None:
        self.read, self.written = read, written
        self.bands = -(-written[0] // max(1, tall))
        self.tall = -(-written[0] // self.bands)
        self.diagonals: list[Dims] = []

    def finish(self, width: int) -> _Bands:
        self.height = (self.bands - 1) * self.step + self.rows
        self.pitch = -(-width // self.stride) * self.stride
        self.places = self.pitch // self.stride
        self.copied = (min(self.read[0], self.height - self.top), min(self.read[1], self.pitch - self.left))
        return self

    top: int
    rows: int
    step: int
    left: int
    start: int
    apart: int
    stride: int
    taps: slice
    number: int


@functools.lru_cache(256)
def _gathered(size: Dims, kernel: Dims, geometry: Geometry, few: int) -> _Bands:
    """The bands of ``conv``."""
    (s, sw), (d, dw), (p, pw), _ = geometry
    out = out_size(size, kernel, *geometry[:3])
    it = _Bands(size, out, max(1, TALL // (few * s)))
    it.top, it.step, it.rows = p, it.tall * s, (it.tall - 1) * s + d * (kernel[0] - 1) + 1
    it.diagonals = [(k, 0, 1, k * d, s, it.tall) for k in range(kernel[0])]
    it.left, it.start, it.apart, it.stride = pw, 0, dw, sw
    it.taps, it.number = slice(None), kernel[1]
    return it.finish((out[1] - 1) * sw + dw * (kernel[1] - 1) + 1)


@functools.lru_cache(256)
def _spread(size: Dims, kernel: Dims, geometry: Geometry, few: int, column: int) -> _Bands | None:
    """The bands of ``conv_transpose`` for every column of x that is ``column`` behind a multiple of the stride; None
    when no tap meets them."""
    (s, sw), (d, dw), (p, pw), _ = geometry
    out = out_size(size, kernel, *geometry[:3])
    it = _Bands(out, (size[0], len(range(column, size[1], sw))), max(s, TALL // few // s * s))
    it.tall = -(-it.tall // s) * s
    least, most = min(0, -((d * (kernel[0] - 1) - p) // s)), (it.tall - 1 + p) // s
    it.top, it.step, it.rows = -least, it.tall // s, most - least + 1
    for k in range(kernel[0]):
        first = (k * d - p) % s
        count = len(range(first, it.tall, s))
        if count:
            it.diagonals.append((k, first, s, (first + p - k * d) // s - least, 1, count))
    taps = [k for k in range(kernel[1]) if (column + pw - k * dw) % sw == 0]
    if not taps:
        return None
    ahead = [(column + pw - k * dw) // sw for k in taps]
    apart = taps[1] - taps[0] if len(taps) > 1 else 1
    it.taps, it.number = slice(taps[0], taps[-1] + 1, apart), len(taps)
    it.left, it.stride = max(0, -min(ahead)), 1
    it.start, it.apart = ahead[0] + it.left, -(apart * dw // sw)
    return it.finish(max(it.written[1] + max(0, max(ahead)) + it.left, it.left + 1))


class _Desk:
    """The arrays on which a thread works on some images and groups: padded input, laid side by side, columns, matrices
    and product."""

    def __init__(self, it: _Bands, n: int, g: int, c: int, f: int, dtype: Any, weights: bool) -> None:
        self.it, self.n, self.g, self.c, self.f = it, n, g, c, f
        line = n * it.pitch
        length, tail = g * c * it.height * line, (it.number + 1) * (abs(it.apart) + 1)
        below, wide = c * it.number * it.rows, n * it.places
        matrix = (g, it.bands if weights else 1, f * it.tall, below)
        self.laid, self.columns, self.matrix, self.product, self.total = arrays(
            (dtype, (length + tail,)),
            (dtype, (g, it.bands, below, wide)),
            (dtype, matrix),
            (dtype, (g, it.bands, f * it.tall, wide)),
            (dtype, (g, 1, f * it.tall, below) if weights else (0,)),
        )
        rows, columns = it.copied
        inside = (..., slice(it.top, it.top + rows), slice(None), slice(it.left, it.left + columns))
        self.inside = self.laid[:length].reshape(g, c, it.height, n, it.pitch)[inside]
        i = dtype.itemsize
        steps = (c * it.height * line, it.step * line, it.height * line, it.apart, line, it.stride)
        shape = (g, it.bands, c, it.number, it.rows, wide)
        self.taps: Any = np.ndarray(shape, dtype, self.laid, it.start * i, tuple(step * i for step in steps))
        self.parts = self.columns.reshape(shape)
        self.diagonals = []
        target = self.total if weights else self.matrix
        for k, first, by, source, step, count in it.diagonals:
            strides = (f * it.tall * below, it.tall * below, by * below + step, it.number * it.rows, it.rows)
            view: Any = np.ndarray(
                (g, f, count, c, it.number), dtype, target, (first * below + source) * i, tuple(i * t for t in strides)
            )
            self.diagonals.append((k, view))
        product = self.product.reshape(g, it.bands, f, it.tall, n, it.places).transpose(4, 0, 2, 1, 3, 5)
        self.full, self.rest = divmod(it.written[0], it.tall)
        self.whole = product[:, :, :, : self.full, :, : it.written[1]]
        self.last = product[:, :, :, -1, : self.rest, : it.written[1]]

    def load(self, x: Any) -> bool:
        """Lay out the columns of x; whether it is finite."""
        rows, columns = self.it.copied
        self.laid[...] = 0
        x = x.reshape(self.n, self.g, self.c, *self.it.read)[..., :rows, :columns]
        np.copyto(self.inside, x.transpose(1, 2, 3, 0, 4))
        np.copyto(self.parts, self.taps)
        return math.isfinite(np.dot(self.laid, self.laid))

    def by_rows(self, y: Any) -> list[tuple[Any, Any]]:
        """Pairs of views: parts of y, and where they lie in the product."""
        height, width = self.it.written
        y = y.reshape(self.n, self.g, self.f, height, width)
        full = self.full * self.it.tall
        pairs = [(y[:, :, :, :full].reshape(*y.shape[:3], self.full, self.it.tall, width), self.whole)]
        return pairs if full == height else [*pairs, (y[:, :, :, full:], self.last)]


class _Desks(threading.local):
    """The desks of a thread, which hold as long as its scratch memory stays where it is."""

    def __init__(self) -> None:
        self.memory: Any = None
        self.desks: dict[Any, _Desk] = {}

    def get(self, *what: Any) -> _Desk:
        memory = threads.scratch(1).base
        if memory is not self.memory or what not in self.desks or len(self.desks) > 64:
            desk = _Desk(*what)
            if self.memory is not desk.laid.base:
                self.desks.clear()
            self.memory = desk.laid.base if desk.laid.base is threads.scratch(1).base else None
            self.desks[what] = desk
        return self.desks[what]


_desks = _Desks()


def _blocks(it: _Bands, x: Any, channels: int) -> tuple[list[tuple[slice, slice]], int]:
    """(images, groups) of each task, and how many blocks of images there are."""
    number, groups = len(x), x.shape[1] // channels
    n = min(number, max(1, -(-WIDE // it.places)))
    each = it.bands * channels * it.number * it.rows * n * it.places
    g = max(1, min(WORK // each, groups if number > n else -(-groups // 2)))
    tasks = [
        (slice(i, min(i + n, number)), slice(j, min(j + g, groups)))
        for i in range(0, number, n)
        for j in range(0, groups, g)
    ]
    return tasks, -(-number // n)


def _times(groups: slice, each: int) -> slice:
    return slice(groups.start * each, groups.stop * each)


def _compute(it: _Bands, x: Any, w: Any, y: Any) -> bool:
    """Write into y what the matrices of w, of shape (groups, filters, channels, *kernel), make of x; False when x is
    not finite."""
    filters, channels = w.shape[1:3]
    finite = []

    def task(block: tuple[slice, slice]) -> None:
        images, groups = block
        at = _desks.get(it, images.stop - images.start, groups.stop - groups.start, channels, filters, x.dtype, False)
        finite.append(at.load(x[images, _times(groups, channels)]))
        if not finite[-1]:
            return
        at.matrix[...] = 0
        part = w[groups]
        for k, diagonal in at.diagonals:
            diagonal[...] = part[:, :, None, :, k, it.taps]
        np.matmul(at.matrix, at.columns, out=at.product)
        for target, source in at.by_rows(y[images, _times(groups, filters)]):
            target[...] = source

    run(task, _blocks(it, x, channels)[0], y.size)
    return all(finite)


def conv(x: Any, w: Any, geometry: Geometry) -> Any:
    """Convolution: (N, filters, *out)."""
    kernel, groups = w.shape[2:], geometry[3]
    it = _gathered(x.shape[2:], kernel, geometry, len(w) // groups)
    y = empty((len(x), len(w), *it.written), x.dtype)
    return y if _compute(it, x, w.reshape(groups, -1, *w.shape[1:]), y) else None


def conv_transpose(y: Any, w: Any, geometry: Geometry, size: Dims) -> Any:
    """The adjoint of ``conv`` in x, whose spatial axes have ``size``."""
    kernel, groups, (_, step) = w.shape[2:], geometry[3], geometry[0]
    x = empty((len(y), w.shape[1] * groups, *size), y.dtype)
    w = w.reshape(groups, -1, *w.shape[1:]).swapaxes(1, 2)
    for column in range(min(step, size[1])):
        it = _spread(size, kernel, geometry, w.shape[1], column)
        target = x[..., column::step]
        if it is None:
            target[...] = 0
        elif not _compute(it, y, w, target):
            return None
    return x


def conv_weight(x: Any, y: Any, geometry: Geometry, kernel: Dims) -> Any:
    """The adjoint of ``conv`` in w, whose spatial axes have the size of ``kernel``."""
    groups = geometry[3]
    channels, filters = x.shape[1] // groups, y.shape[1] // groups
    it = _gathered(x.shape[2:], kernel, geometry, filters)
    blocks, number = _blocks(it, x, channels)
    n = blocks[0][0].stop
    parts = np.zeros((number, groups, filters, channels, *kernel), x.dtype)
    finite = []

    def task(block: tuple[slice, slice]) -> None:
        images, some = block
        at = _desks.get(it, images.stop - images.start, some.stop - some.start, channels, filters, x.dtype, True)
        fine = at.load(x[images, _times(some, channels)])
        at.product[...] = 0
        for source, target in at.by_rows(y[images, _times(some, filters)]):
            target[...] = source
        line = at.product.reshape(-1)
        finite.append(fine and math.isfinite(np.dot(line, line)))
        if not finite[-1]:
            return
        np.matmul(at.product, at.columns.swapaxes(2, 3), out=at.matrix)
        np.add.reduce(at.matrix, 1, out=at.total, keepdims=True)
        for k, diagonal in at.diagonals:
            parts[images.start // n, some, :, :, k] = diagonal.sum(2)

    run(task, blocks, y.size)
    return parts.sum(0).reshape(groups * filters, channels, *kernel) if all(finite) else None
