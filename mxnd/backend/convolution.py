"""Convolution and its two adjoints as matrix products, some images or rows at a time, side by side on all threads.

A geometry is (stride, dilate, pad, groups), the first three with a number per spatial axis. Shapes: x (N, C, *size),
w (filters, C / groups, *kernel), y (N, filters, *out). Any number of spatial axes; float16 is computed in float32.

The taps of the kernel along every spatial axis but the first are copied side by side; a tap along the first axis then
is a run of rows, a view that the product reads in place (one copy for each remainder of the stride). With few channels
or few places the taps of the first axis are copied too, so that one product does it all. A transposed convolution
with a stride is one without for each remainder. Small groups have ways of their own, in ``convolution_banded``,
``convolution_shifted`` and ``convolution_loops``.
"""

from __future__ import annotations

import functools
import itertools
import math
from typing import Any

import numpy as np

from . import convolution_banded as banded
from . import convolution_loops as loops
from . import convolution_shifted as shifted
from . import deconvolution_loops, threads
from .memory import empty
from .onednn import convolution as onednn
from .threads import arrays
from .windows import Dims, Geometry, in_float32, inner, out_size, run, tap

FEW = 64  # rows of a matrix too short to be worth a product of its own
WIDE = 512  # columns that make a product efficient: small images are joined up to this
SHORT = 16  # how many times more filters than rows make it better to copy than to compute rows for nothing
FEW_CHANNELS = 8  # oneDNN gives images of fewer more slowly
COLUMNS = 5 << 17  # elements of the columns made at once


class _Plan:
    """How the columns of a convolution are laid out: for each phase of the first axis an array of shape
    (products, groups, height, rows, images and other axes), height being channels / groups times the copied taps.

    ``tasks`` are (images, how many of them are joined in a product, rows of the result).
    """

    def __init__(self, x_shape: Dims, filters: int, kernel: Dims, geometry: Geometry) -> None:
        self.stride, self.dilate, self.pad, self.groups = geometry
        self.channels, self.size, self.kernel = x_shape[1], x_shape[2:], kernel
        self.out = out_size(self.size, kernel, *geometry[:3])
        n, places = x_shape[0], max(1, math.prod(self.out))
        few = self.groups == 1 and x_shape[1] * math.prod(kernel[1:]) < FEW
        # Otherwise the rows around a part of the result are computed for all taps.
        self.copies_rows = few or filters * (kernel[0] - 1) >= SHORT * self.groups * self.out[0]
        self.copied = kernel if self.copies_rows else kernel[1:]  # the kernel's axes whose taps are copied
        step, spread = self.stride[0], self.dilate[0]
        # For each phase the taps of the first axis that it meets: (tap, first row).
        self.taps: dict[int, list[tuple[Any, int]]] = {0: [(slice(None), 0)]} if self.copies_rows else {}
        for k in range(0 if self.copies_rows else kernel[0]):
            self.taps.setdefault(k * spread % step, []).append((k, k * spread // step))
        self.height = self.channels // self.groups * math.prod(self.copied)
        self.work = n * places * filters * self.channels * math.prod(kernel) // self.groups // 16
        self.tasks = self._tasks(n, places)

    def _tasks(self, n: int, places: int) -> list[tuple[slice, int, slice]]:
        elements = self.groups * self.height * places * len(self.taps)
        joined = max(1, min(WIDE // places, -(-n // 2)))
        pieces = -(-elements // COLUMNS)
        rows = threads.pieces(self.out[0], -(-self.out[0] // max(1, min(pieces, 2 * places // WIDE))))
        even = n // joined * joined
        many = max(1, min(COLUMNS // max(1, elements * joined), -(-even // joined // 2)))
        many = joined * max(1, *(piece.stop - piece.start for piece in threads.pieces(even // joined, many)))
        images = [(slice(i, min(i + many, even)), joined) for i in range(0, even, many)]
        images += [(slice(even, n), n - even)] if even < n else []
        return [(some, number, part) for some, number in images for part in rows]

    def rows(self, phase: int, out: int) -> int:
        """How many rows of a phase go into so many of the result."""
        return max(first for _, first in self.taps[phase]) + out

    def columns(self, x: Any, joined: int, out: int, filters: int) -> tuple[list[Any], list[Any]]:
        """The columns of some images, padded, for each phase, and as many arrays of the shape
        (products, groups, taps of the phase, filters, rows, images and other axes)."""
        products, size = len(x) // joined, self.out[1:]
        lead, wide = (products, self.groups), joined * math.prod(size)
        rows = [self.rows(phase, out) for phase in self.taps]
        shapes: list[Dims] = [(*lead, self.height, number, wide) for number in rows]
        shapes += [(*lead, len(taps), filters, number, wide) for number, taps in zip(rows, self.taps.values())]
        spaces = arrays(*((x.dtype, shape) for shape in shapes))
        image, channel, *axes = x.strides
        steps = [s * a for s, a in zip(self.stride, axes)]
        spreads = [d * a for d, a in zip(self.dilate, axes)]
        for phase, number, space in zip(self.taps, rows, spaces):
            view = np.lib.stride_tricks.as_strided(
                x[:, :, phase:] if phase else x,
                (products, self.channels, *self.copied, number, joined, *size),
                (joined * image, channel, *spreads[len(spreads) - len(self.copied) :], steps[0], image, *steps[1:]),
                writeable=False,
            )
            np.copyto(space.reshape(view.shape), view)
        return spaces[: len(rows)], spaces[len(rows) :]

    def of_taps(self, spaces: list[Any], out: int) -> list[Any]:
        """What belongs to each tap in those arrays: (products, groups, filters, rows of the result, other axes)."""
        stacked = zip(spaces, self.taps.values())
        return [s[:, :, i, :, first : first + out] for s, taps in stacked for i, (_, first) in enumerate(taps)]

    def band(self, x: Any, rows: slice) -> Any:
        """What some rows of the result come from, with its padding."""
        stride, dilate, pad, size = self.stride[0], self.dilate[0], self.pad[0], self.size[0]
        begin = rows.start * stride - pad
        end = (rows.stop - 1) * stride - pad + dilate * (self.kernel[0] - 1) + 1
        part = x[:, :, max(0, begin) : max(0, min(end, size))]
        if begin >= 0 and end <= size and not any(self.pad[1:]):
            return part
        out = np.zeros((*x.shape[:2], end - begin, *(n + 2 * p for n, p in zip(self.size[1:], self.pad[1:]))), x.dtype)
        first = max(0, -begin)
        key = (slice(first, first + part.shape[2]), *(slice(p, p + n) for p, n in zip(self.pad[1:], self.size[1:])))
        out[(slice(None), slice(None), *key)] = part
        return out

    def add_up(self, columns: Any, out: Any) -> None:
        """The adjoint of ``columns`` with all taps copied, for some channels of joined images, with their padding."""
        out[...] = 0
        target = np.moveaxis(out, 0, 2)  # channels, first axis, images, other axes
        parts = columns.reshape(out.shape[1], *self.kernel, self.out[0], len(out), *self.out[1:])
        for place in itertools.product(*map(range, self.kernel)):
            lead, *others = tap(place, self.out, self.stride, self.dilate)[1:]
            target[(slice(None), lead, slice(None), *others)] += parts[(slice(None), *place)]

    def weights(self, w: Any) -> list[Any]:
        """For each phase the matrices of its taps below each other: (groups, taps * filters / groups, height)."""
        w = w.reshape(self.groups, -1, *w.shape[1:])
        if self.copies_rows:
            return [np.ascontiguousarray(w).reshape(self.groups, -1, self.height)]
        found = []
        for taps in self.taps.values():
            parts = np.stack([w[:, :, :, tap] for tap, _ in taps], 1)
            found.append(parts.reshape(self.groups, -1, self.height))
        return found

    def flat(self, y: Any, joined: int) -> Any:
        """Some images of y in the columns' order: (products, groups, filters / groups, places)."""
        images, filters = y.shape[:2]
        if joined > 1:
            y = np.moveaxis(y.reshape(images // joined, joined, *y.shape[1:]), 1, 3)
        return np.ascontiguousarray(y).reshape(images // joined, self.groups, filters // self.groups, -1)


_plan = functools.lru_cache(256)(_Plan)


def _pointwise(kernel: Dims, geometry: Geometry) -> bool:
    """Is each place its own window?"""
    stride, _, pad, _ = geometry
    return set(kernel) | set(stride) == {1} and not any(pad)


def _grouped(x: Any, groups: int) -> Any:
    """x as (N, groups, channels / groups, places)."""
    return np.ascontiguousarray(x).reshape(len(x), groups, x.shape[1] // groups, math.prod(x.shape[2:]))


def _matrix(w: Any, groups: int) -> Any:
    return np.ascontiguousarray(w).reshape(groups, len(w) // groups, w.shape[1])


def _multiply(w: Any, x: Any) -> Any:
    """The product of matrices with those of each image."""
    y = empty((len(x), len(w), w.shape[-2], x.shape[-1]), x.dtype)
    run(lambda image: np.matmul(w, x[image], out=y[image]), range(len(x)), x.size * w.shape[-2] // 16)
    return y


def _inner(y: Any, x: Any) -> Any:
    """The sum over all images of the products of y with x transposed."""
    n, groups, rows, _ = y.shape
    lanes = max(1, min(n, 4))
    totals = np.zeros((lanes, groups, rows, x.shape[2]), x.dtype)

    def task(lane: int) -> None:
        for image in range(lane, n, lanes):
            totals[lane] += np.matmul(y[image], x[image].swapaxes(-1, -2))

    run(task, range(lanes), x.size * rows // 16)
    return totals.sum(0)


@in_float32
def conv(x: Any, w: Any, geometry: Geometry) -> Any:
    """Convolution (correlation, in mathematical terms): (N, filters, *out)."""
    if loops.fits(x, w, geometry):
        return loops.conv(x, w, geometry)
    if onednn.fits(x, w, geometry) and (y := onednn.conv(x, w, geometry)) is not None:
        return y
    kernel, groups = w.shape[2:], geometry[3]
    if _pointwise(kernel, geometry):
        return _multiply(_matrix(w, groups), _grouped(x, groups)).reshape(len(x), len(w), *x.shape[2:])
    out = out_size(x.shape[2:], kernel, *geometry[:3])
    if shifted.fits(x, w, geometry) and math.prod(out) >= shifted.LONG:
        return shifted.conv(x, w, geometry)
    if banded.fits(x, w, geometry) and (y := banded.conv(x, w, geometry)) is not None:
        return y
    y = empty((len(x), len(w), *out), x.dtype)
    plan = _plan(x.shape, len(w), kernel, geometry)
    matrices = plan.weights(w)

    def task(block: tuple[slice, int, slice]) -> None:
        images, joined, rows = block
        part, height = plan.band(x[images], rows), rows.stop - rows.start
        columns, spaces = plan.columns(part, joined, height, len(w) // groups)
        target = y[images, :, rows]
        products = len(part) // joined
        alone = len(matrices) == len(plan.taps[0]) == 1
        if joined == 1:
            total = target.reshape(products, groups, len(w) // groups, height, -1)
        else:
            total = plan.of_taps(spaces, height)[0]
        for matrix, each, space in zip(matrices, columns, spaces):
            product = total if alone else space
            # Only rows and other axes are one here, which lie in memory as one.
            np.matmul(
                matrix, each.reshape(*each.shape[:3], -1), out=product.reshape(products, groups, matrix.shape[1], -1)
            )
        first, *others = plan.of_taps(spaces, height)
        if not alone:
            np.add(first, others.pop(0), out=total)
            for other in others:
                np.add(total, other, out=total)
        if joined > 1:
            laid = total.reshape(products, len(w), height, joined, *plan.out[1:])
            target.reshape(products, joined, *target.shape[1:])[...] = np.moveaxis(laid, 3, 1)

    run(task, plan.tasks, plan.work)
    return y


@in_float32
def conv_transpose(y: Any, w: Any, geometry: Geometry, size: Dims) -> Any:
    """The adjoint of ``conv`` in x, whose spatial axes have ``size``."""
    if not len(y):
        return np.zeros((0, w.shape[1] * geometry[3], *size), y.dtype)
    if loops.fits(y, w, geometry) and np.isfinite(w).all():
        return loops.conv_transpose(y, w, geometry, size)
    few = w.shape[1] < FEW_CHANNELS and len(w) > geometry[3]
    if not few and onednn.fits(y, w, geometry) and (x := onednn.conv_transpose(y, w, geometry, size)) is not None:
        return x
    kernel, (stride, dilate, pad, groups) = w.shape[2:], geometry
    channels = w.shape[1] * groups
    if _pointwise(kernel, geometry):
        x = _multiply(np.swapaxes(_matrix(w, groups), -1, -2), _grouped(y, groups))
        return x.reshape(len(y), channels, *size)
    turned_pad = tuple(d * (k - 1) - p for d, k, p in zip(dilate, kernel, pad))
    if set(stride) == {1} and min(turned_pad) >= 0:
        turned = np.flip(w, tuple(range(2, w.ndim))).reshape(groups, -1, *w.shape[1:])
        turned = np.ascontiguousarray(np.swapaxes(turned, 1, 2)).reshape(channels, -1, *kernel)
        return conv(y, turned, (stride, dilate, turned_pad, groups))
    if deconvolution_loops.fits(y, w, geometry) and np.isfinite(w.sum()):
        return deconvolution_loops.conv_transpose(y, w, geometry, size)
    if banded.fits(y, w, geometry) and (x := banded.conv_transpose(y, w, geometry, size)) is not None:
        return x
    x = np.zeros((len(y), channels, *size), y.dtype)
    work = y.size * w.size // max(1, len(w)) // 16
    apart = all(k <= s for k, s in zip(kernel, stride))
    if set(dilate) == {1} and (apart or len(w) * stride[0] <= 2 * channels * kernel[0]):  # else adding up is cheaper
        _by_phase(y, w, geometry, x)
        return x
    plan = _plan((len(y), channels, *size), len(w), kernel, geometry)
    matrices = w.reshape(groups, len(w) // groups, w.shape[1], -1)
    spatial = tuple(n + 2 * p for n, p in zip(size, pad))

    def task(block: tuple[slice, slice]) -> None:
        images, some = block
        ct = plan.flat(y[images], number := len(y[images]))[0]
        matrix = matrices[:, :, some].reshape(groups, len(w) // groups, -1)
        each = some.stop - some.start
        parts, laid = arrays(
            (y.dtype, (groups, matrix.shape[-1], ct.shape[-1])), (y.dtype, (number, groups * each, *spatial))
        )
        np.matmul(np.swapaxes(matrix, 1, 2), ct, out=parts)
        plan.add_up(parts, laid)
        target = x[images].reshape(number, groups, w.shape[1], *size)
        target[:, :, some] = laid[inner(size, pad)].reshape(number, groups, each, *size)

    images = threads.pieces(len(y), max(1, WIDE // max(1, math.prod(plan.out))))
    elements = groups * math.prod(kernel) * math.prod(plan.out) * (images[0].stop if images else 1)
    run(
        task, list(itertools.product(images, threads.pieces(w.shape[1], max(1, 3 * COLUMNS // max(1, elements))))), work
    )
    return x


def _by_phase(y: Any, w: Any, geometry: Geometry, x: Any) -> None:
    """``conv_transpose`` without dilation, for each remainder of the strides by itself, written into x."""
    stride, _, pad, groups = geometry
    size = x.shape[2:]
    ones, none = (1,) * len(size), (0,) * len(size)
    for phase in itertools.product(*map(range, stride)):
        part = np.ascontiguousarray(w[(..., *(slice(r, None, s) for r, s in zip(phase, stride)))])
        if not part.size:
            continue
        full = tuple(n + k - 1 for n, k in zip(y.shape[2:], part.shape[2:]))
        laid = conv_transpose(y, part, (ones, ones, none, groups), full)
        # Element i of laid belongs to place r + s * i - p, where that lies within size.
        begin = [max(0, -((r - p) // s)) for r, s, p in zip(phase, stride, pad)]
        first = [r + s * b - p for r, s, b, p in zip(phase, stride, begin, pad)]
        count = [max(0, min(n - b, -((f - m) // s))) for n, b, f, m, s in zip(full, begin, first, size, stride)]
        target = (..., *(slice(f, f + s * c, s) for f, s, c in zip(first, stride, count)))
        x[target] = laid[(..., *(slice(b, b + c) for b, c in zip(begin, count)))]


@in_float32
def conv_weight(x: Any, y: Any, geometry: Geometry, kernel: Dims) -> Any:
    """The adjoint of ``conv`` in w, whose spatial axes have the size of ``kernel``."""
    groups = geometry[3]
    filters, channels = y.shape[1], x.shape[1] // groups
    if not len(x):
        return np.zeros((filters, channels, *kernel), x.dtype)
    like = np.empty((filters, channels, *kernel), x.dtype)  # for its shape and dtype
    for way in (loops, onednn):
        if way.fits(x, like, geometry) and (w := way.conv_weight(x, y, geometry, kernel)) is not None:
            return w
    if _pointwise(kernel, geometry):
        return _inner(_grouped(y, groups), _grouped(x, groups)).reshape(filters, channels, *kernel)
    for way in (shifted, banded):
        if way.fits(x, like, geometry) and (w := way.conv_weight(x, y, geometry, kernel)) is not None:
            return w
    plan = _plan(x.shape, filters, kernel, geometry)
    shapes = [(groups, len(taps) * (filters // groups), plan.height) for taps in plan.taps.values()]
    lanes = max(1, min(len(plan.tasks), max(2, (1 << 22) // (filters * channels * math.prod(kernel))), 16))
    totals = [[np.zeros(shape, x.dtype) for shape in shapes] for _ in range(lanes)]

    def task(lane: int) -> None:
        for images, joined, rows in plan.tasks[lane::lanes]:
            part, height = plan.band(x[images], rows), rows.stop - rows.start
            columns, spaces = plan.columns(part, joined, height, filters // groups)
            if not plan.copies_rows:
                for space in spaces:
                    space[...] = 0
            ct = plan.flat(y[images, :, rows], joined)
            for target in plan.of_taps(spaces, height):
                target[...] = ct.reshape(target.shape)
            for each, space, total in zip(columns, spaces, totals[lane]):
                for stacked, column in zip(space, each):
                    total += np.matmul(stacked.reshape(*total.shape[:2], -1), _turned(column))

    run(task, range(lanes), plan.work)
    for lane in totals[1:]:
        for total, other in zip(totals[0], lane):
            total += other
    if plan.copies_rows:
        return totals[0][0].reshape(filters, channels, *kernel)
    w = empty((groups, filters // groups, channels, *kernel), x.dtype)
    for total, taps in zip(totals[0], plan.taps.values()):
        parts = total.reshape(groups, len(taps), filters // groups, channels, *plan.copied)
        for i, (k, _) in enumerate(taps):
            w[:, :, :, k] = parts[:, i]
    return w.reshape(filters, channels, *kernel)


def _turned(columns: Any) -> Any:
    """A product's columns as matrices of shape (groups, places, height)."""
    return columns.reshape(*columns.shape[:2], -1).swapaxes(1, 2)
