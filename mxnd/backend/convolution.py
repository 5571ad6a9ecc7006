"""Convolution and its two adjoints as matrix products, over a block of images at a time.

A geometry is (stride, dilate, pad, groups), the first three with a number per spatial axis. Shapes: x (N, C, *size),
w (filters, C / groups, *kernel), y (N, filters, *out). Any number of spatial axes; float16 is computed in float32.

The taps of the kernel along every spatial axis but the first are copied side by side; a tap along the first axis then
is a run of rows, a view that the product reads in place (one copy for each remainder of the stride). With few channels
or few places the taps of the first axis are copied too, so that one product does it all. A transposed convolution
with a stride is one without for each remainder.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

Dims = tuple[int, ...]
Geometry = tuple[Dims, Dims, Dims, int]

FEW = 64  # rows of a matrix too short to be worth a product of its own
WIDE = 512  # columns that make a product efficient: small images are joined up to this


def out_size(size: Dims, kernel: Dims, stride: Dims, dilate: Dims, pad: Dims) -> Dims:
    """How many places a kernel takes along each axis."""
    return tuple((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, d, p in zip(size, kernel, stride, dilate, pad))


def padded(x: Any, pad: Dims) -> Any:
    """x with zeros around its spatial axes; x itself when there are none."""
    if not any(pad):
        return x
    out = np.zeros((*x.shape[:2], *(n + 2 * p for n, p in zip(x.shape[2:], pad))), x.dtype)
    out[inner(x.shape[2:], pad)] = x
    return out


def inner(size: Dims, pad: Dims) -> tuple[Any, ...]:
    """The key of what is not padding."""
    return (slice(None), slice(None), *(slice(p, p + n) for n, p in zip(size, pad)))


def tap(place: Dims, out: Dims, stride: Dims, dilate: Dims) -> tuple[Any, ...]:
    """The key of what one element of the kernel meets."""
    return (..., *(slice(k * d, k * d + s * (n - 1) + 1, s) for k, n, s, d in zip(place, out, stride, dilate)))


def _wide(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of two arrays that computes float16 in float32."""

    @functools.wraps(function)
    def wider(a: Any, b: Any, *rest: Any) -> Any:
        if a.dtype == np.float16:
            return function(a.astype(np.float32), b.astype(np.float32), *rest).astype(np.float16)
        return function(a, b, *rest)

    return wider


class _Plan:
    """How the columns of a convolution are laid out: for each phase of the first axis an array of shape
    (groups, height, rows, images and other axes), height being channels / groups times the copied taps."""

    def __init__(self, x_shape: Dims, filters: int, kernel: Dims, geometry: Geometry) -> None:
        self.stride, self.dilate, self.pad, self.groups = geometry
        self.channels, self.size, self.kernel = x_shape[1], x_shape[2:], kernel
        self.out = out_size(self.size, kernel, *geometry[:3])
        places = max(1, math.prod(self.out))
        self.images = max(1, min(x_shape[0], WIDE // places))
        few = self.groups == 1 and x_shape[1] * math.prod(kernel[1:]) < FEW
        self.copies_rows = few or x_shape[0] * places < filters  # else the filters are copied, tap by tap
        step, spread = self.stride[0], self.dilate[0]
        # Where the rows of each tap of the first axis lie: (phase, first row).
        self.taps = (
            [(0, 0)] if self.copies_rows else [(k * spread % step, k * spread // step) for k in range(kernel[0])]
        )
        self.rows: dict[int, int] = {}
        for phase, first in self.taps:
            self.rows[phase] = max(self.rows.get(phase, 0), first + self.out[0])

    def copied(self) -> Dims:
        """The kernel's axes whose taps are copied."""
        return self.kernel if self.copies_rows else self.kernel[1:]

    def blocks(self, n: int) -> list[slice]:
        return [slice(i, i + self.images) for i in range(0, n, self.images)]

    def columns(self, x: Any) -> dict[int, Any]:
        """The columns of some images, by phase."""
        x = padded(x, self.pad)
        image, channel, *axes = x.strides
        steps = [s * a for s, a in zip(self.stride, axes)]
        spreads = [d * a for d, a in zip(self.dilate, axes)]
        found = {}
        for phase, rows in self.rows.items():
            view = np.lib.stride_tricks.as_strided(
                x[:, :, phase:] if phase else x,
                (self.channels, *self.copied(), rows, len(x), *self.out[1:]),
                (channel, *(spreads if self.copies_rows else spreads[1:]), steps[0], image, *steps[1:]),
                writeable=False,
            )
            found[phase] = np.ascontiguousarray(view).reshape(self._shape(rows, len(x)))
        return found

    def _shape(self, rows: int, images: int) -> Dims:
        return (self.groups, -1, rows, images * math.prod(self.out[1:]))

    def empty_columns(self, images: int, dtype: Any) -> dict[int, Any]:
        """Columns of zeros."""
        height = self.channels // self.groups * math.prod(self.copied())
        return {
            phase: np.zeros((self.groups, height, *self._shape(rows, images)[2:]), dtype)
            for phase, rows in self.rows.items()
        }

    def run(self, columns: dict[int, Any], number: int) -> Any:
        """The matrix that a tap multiplies: a view of shape (groups, height, places)."""
        phase, first = self.taps[number]
        rows = columns[phase][:, :, first : first + self.out[0]]
        return rows.reshape(*rows.shape[:2], -1)

    def uncolumns(self, columns: dict[int, Any], images: int) -> Any:
        """The adjoint of ``columns``."""
        spatial = tuple(n + 2 * p for n, p in zip(self.size, self.pad))
        out = np.zeros((images, self.channels, *spatial), next(iter(columns.values())).dtype)
        target = np.moveaxis(out, 0, 2)  # channels, first axis, images, other axes
        for phase, rows in self.rows.items():
            parts = columns[phase].reshape(self.channels, *self.copied(), rows, images, *self.out[1:])
            for place in itertools.product(*map(range, self.copied())):
                first = place[0] * self.dilate[0] if self.copies_rows else phase
                lead = slice(first, first + self.stride[0] * (rows - 1) + 1, self.stride[0])
                rest = place[1:] if self.copies_rows else place
                others = tap(rest, self.out[1:], self.stride[1:], self.dilate[1:])[1:]
                target[(slice(None), lead, slice(None), *others)] += parts[(slice(None), *place)]
        return out[inner(self.size, self.pad)]

    def weights(self, w: Any) -> list[Any]:
        """The matrix of each tap, of shape (groups, filters / groups, height)."""
        w = w.reshape(self.groups, -1, *w.shape[1:])
        parts = [w] if self.copies_rows else [w[:, :, :, k] for k in range(self.kernel[0])]
        return [np.ascontiguousarray(part).reshape(*w.shape[:2], -1) for part in parts]

    def flat(self, y: Any) -> Any:
        """Some images of y in the columns' order: (groups, filters / groups, places)."""
        images, filters = y.shape[:2]
        if images > 1:
            y = np.ascontiguousarray(np.moveaxis(y, 0, 2))
        return y.reshape(self.groups, filters // self.groups, -1)

    def unflat(self, y: Any, images: int) -> Any:
        """The adjoint of ``flat``: (images, filters, *out)."""
        y = y.reshape(y.shape[0] * y.shape[1], self.out[0], images, *self.out[1:])
        return np.moveaxis(y, 2, 0)


_plan = functools.lru_cache(256)(_Plan)


def _pointwise(kernel: Dims, geometry: Geometry) -> bool:
    """Is each place its own window?"""
    stride, _, pad, _ = geometry
    return set(kernel) | set(stride) == {1} and not any(pad)


def _grouped(x: Any, groups: int) -> Any:
    """x as (N, groups, channels / groups, places), or without the axis of a single group."""
    lead = (len(x), groups) if groups > 1 else (len(x),)
    return np.ascontiguousarray(x).reshape(*lead, x.shape[1] // groups, math.prod(x.shape[2:]))


def _matrix(w: Any, groups: int) -> Any:
    return w.reshape(*((groups,) if groups > 1 else ()), len(w) // groups, w.shape[1])


@_wide
def conv(x: Any, w: Any, geometry: Geometry) -> Any:
    """Convolution (correlation, in mathematical terms): (N, filters, *out)."""
    kernel, groups = w.shape[2:], geometry[3]
    if _pointwise(kernel, geometry):
        y = np.matmul(_matrix(w, groups), _grouped(x, groups))
        return y.reshape(len(x), len(w), *x.shape[2:])
    plan = _plan(x.shape, len(w), kernel, geometry)
    matrices = plan.weights(w)
    y = np.empty((len(x), len(w), *plan.out), x.dtype)
    for block in plan.blocks(len(x)):
        columns = plan.columns(x[block])
        target = y[block]
        images = len(target)
        total = target.reshape(groups, len(w) // groups, -1) if images == 1 else None
        total = np.matmul(matrices[0], plan.run(columns, 0), out=total)
        for number in range(1, len(matrices)):
            total += np.matmul(matrices[number], plan.run(columns, number))
        if images > 1:
            target[...] = plan.unflat(total, images)
    return y


@_wide
def conv_transpose(y: Any, w: Any, geometry: Geometry, size: Dims) -> Any:
    """The adjoint of ``conv`` in x, whose spatial axes have ``size``."""
    kernel, (stride, dilate, pad, groups) = w.shape[2:], geometry
    channels = w.shape[1] * groups
    if _pointwise(kernel, geometry):
        x = np.matmul(np.swapaxes(_matrix(w, groups), -1, -2), _grouped(y, groups))
        return x.reshape(len(y), channels, *size)
    turned_pad = tuple(d * (k - 1) - p for d, k, p in zip(dilate, kernel, pad))
    if set(stride) == {1} and min(turned_pad) >= 0:
        turned = np.flip(w, range(2, w.ndim)).reshape(groups, -1, *w.shape[1:])
        turned = np.swapaxes(turned, 1, 2).reshape(channels, -1, *kernel)
        return conv(y, turned, (stride, dilate, turned_pad, groups))
    apart = all(k <= s for k, s in zip(kernel, stride))
    if set(dilate) == {1} and (apart or len(w) * stride[0] <= 2 * channels * kernel[0]):  # else adding up is cheaper
        return _by_phase(y, w, geometry, size)
    plan = _plan((len(y), channels, *size), len(w), kernel, geometry)
    matrices = [np.swapaxes(matrix, 1, 2) for matrix in plan.weights(w)]
    x = np.empty((len(y), channels, *size), y.dtype)
    for block in plan.blocks(len(y)):
        ct = plan.flat(y[block])
        images = len(y[block])
        columns = plan.empty_columns(images, y.dtype)
        for (phase, first), matrix in zip(plan.taps, matrices):
            rows = columns[phase][:, :, first : first + plan.out[0]]
            rows += np.matmul(matrix, ct).reshape(rows.shape)
        x[block] = plan.uncolumns(columns, images)
    return x


def _by_phase(y: Any, w: Any, geometry: Geometry, size: Dims) -> Any:
    """``conv_transpose`` without dilation, for each remainder of the strides by itself."""
    stride, _, pad, groups = geometry
    ones, none = (1,) * len(size), (0,) * len(size)
    x = np.zeros((len(y), w.shape[1] * groups, *size), y.dtype)
    for phase in itertools.product(*map(range, stride)):
        part = w[(..., *(slice(r, None, s) for r, s in zip(phase, stride)))]
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
    return x


@_wide
def conv_weight(x: Any, y: Any, geometry: Geometry, kernel: Dims) -> Any:
    """The adjoint of ``conv`` in w, whose spatial axes have the size of ``kernel``."""
    groups = geometry[3]
    filters, channels = y.shape[1], x.shape[1] // groups
    if _pointwise(kernel, geometry):
        parts = np.matmul(_grouped(y, groups), np.swapaxes(_grouped(x, groups), -1, -2))
        return parts.sum(0).reshape(filters, channels, *kernel)
    plan = _plan(x.shape, filters, kernel, geometry)
    height = channels * math.prod(plan.copied())
    totals = [np.zeros((groups, filters // groups, height), y.dtype) for _ in plan.taps]
    for block in plan.blocks(len(x)):
        columns, ct = plan.columns(x[block]), plan.flat(y[block])
        for number in range(len(totals)):
            totals[number] += np.matmul(ct, np.swapaxes(plan.run(columns, number), 1, 2))
    shape = (filters, channels, *plan.copied())
    if plan.copies_rows:
        return totals[0].reshape(shape)
    return np.stack([total.reshape(shape) for total in totals], 2)


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
    wide = columns.astype(np.float32) if columns.dtype == np.float16 else columns
    parts = wide.reshape(len(wide), wide.shape[1] // math.prod(kernel), *kernel, *out)
    total = np.zeros((*parts.shape[:2], *spatial), parts.dtype)
    for place in itertools.product(*map(range, kernel)):
        total[tap(place, out, stride, dilate)] += parts[(slice(None), slice(None), *place)]
    return total[inner(size, pad)].astype(columns.dtype, copy=False)
