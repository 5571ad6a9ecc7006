"""The same elements in another shape or order."""

from __future__ import annotations

import math
from typing import Any

from ..core import shapes
from ..core.errors import ArgumentError
from ..core.op import op
from ..core.params import Array, Shape
from ..core.shapes import axes_of, axis_of
from .identity import BESIDE


def _legacy_shape(shape: Shape, target: Shape, keep_highest: bool) -> Shape:
    """What ``target_shape`` asks for: a 0 stands for what is left over."""
    if keep_highest:
        target = (shape[0], *target[1:])
    if target.count(0) > 1 or min(target) < 0:
        raise ArgumentError(f"target_shape={target} may leave one size open with 0; the others are positive")
    return tuple(n or -1 for n in target)


@op(
    aliases=("reshape",),
    dtypes="any",
    samples=[
        dict(data=(2, 3, 4), shape=(4, 0, 2)),
        dict(data=(2, 3, 4), shape=(-3, -1)),
        dict(data=(2, 3, 4), shape=(-4, 1, 2, -2)),
        dict(data=(2, 3, 4), shape=(-1, 0), reverse=True),
    ],
)
def Reshape(
    F, data: Array, shape: Shape = (), reverse: bool = False, target_shape: Shape = (), keep_highest: bool = False
):
    """The input in another shape of as many elements.

    Sizes in ``shape`` may be codes:

    - ``0``: the size of the input in this place
    - ``-1``: what is left over; once
    - ``-2``: all further sizes of the input
    - ``-3``: the product of the next two sizes of the input
    - ``-4, a, b``: the next size of the input, split into a times b; one of them may be -1

    data: The input.
    shape: The shape to reach.
    reverse: Read both shapes from the right; ``-4`` then stands right of its sizes: ``a, b, -4``.
    target_shape: The shape as older scripts give it, 0 being what is left over; used when ``shape`` is not given.
    keep_highest: The first size of ``target_shape`` is the input's.
    """
    if shape:
        return F.reshape(data, shapes.reshape(data.shape, shape, reverse))
    if not target_shape:
        raise ArgumentError("shape is missing")
    return F.reshape(data, shapes.reshape(data.shape, _legacy_shape(data.shape, target_shape, keep_highest)))


def _stretch(name: str, begin: int | None, end: int | None, ndim: int) -> tuple[int, int]:
    """Two ends among ndim axes, counted from the left."""
    first = 0 if begin is None else begin + ndim * (begin < 0)
    last = ndim if end is None else end + ndim * (end < 0)
    if not 0 <= first < last <= ndim:
        raise ArgumentError(f"{name}_begin={begin}, {name}_end={end} hold none of {ndim} axes")
    return first, last


@op(
    method=True,
    dtypes="any",
    free=("rhs",),
    samples=[
        dict(lhs=(2, 6), rhs=(3, 4)),
        dict(lhs=(6, 2), rhs=(2, 3, 5), lhs_begin=0, lhs_end=1, rhs_begin=0, rhs_end=2),
    ],
)
def reshape_like(
    F,
    lhs: Array,
    rhs: Array,
    lhs_begin: int | None = None,
    lhs_end: int | None = None,
    rhs_begin: int | None = None,
    rhs_end: int | None = None,
):
    """The left input in the shape of the right one, or with some axes replaced by some of the right one's.

    lhs: The input.
    rhs: The array that lends its shape.
    lhs_begin: The first axis to replace; 0 when left out.
    lhs_end: The axis after the last one to replace; as many as there are when left out.
    rhs_begin: The first axis to take; 0 when left out.
    rhs_end: The axis after the last one to take; as many as there are when left out.
    """
    i, j = _stretch("lhs", lhs_begin, lhs_end, lhs.ndim)
    k, m = _stretch("rhs", rhs_begin, rhs_end, rhs.ndim)
    shape = lhs.shape[:i] + rhs.shape[k:m] + lhs.shape[j:]
    if math.prod(shape) != lhs.size:
        raise ArgumentError(f"shape {lhs.shape} has {lhs.size} elements, the new shape {shape} {math.prod(shape)}")
    return F.reshape(BESIDE(F, lhs, rhs), shape)


@op(aliases=("flatten",), method=("flatten",), dtypes="any", samples=[dict(data=(2, 3, 4))])
def Flatten(F, data: Array):
    """The first axis kept, all others made one.

    data: The input, with one axis or more.
    """
    return F.reshape(data, (data.shape[0], math.prod(data.shape[1:])))


@op(dtypes="any", samples=[dict(data=(2, 3)), dict(data=(2, 3, 4), axes=(1, 0, 2))])
def transpose(F, data: Array, axes: Shape = ()):
    """The axes in another order.

    data: The input, of any shape.
    axes: For each axis of the result the axis of the input; their reverse when left out.
    """
    if not axes:
        return F.transpose(data, tuple(range(data.ndim))[::-1])
    order = tuple(axis_of(a, data.ndim) for a in axes)
    if len(order) != data.ndim or len(set(order)) != data.ndim:
        raise ArgumentError(f"axes={axes} must name each of {data.ndim} axes once")
    return F.transpose(data, order)


@op(
    aliases=("swapaxes",),
    method=("swapaxes",),
    dtypes="any",
    samples=[dict(data=(2, 3, 4), dim1=0, dim2=2)],
)
def SwapAxis(F, data: Array, dim1: int = 0, dim2: int = 0):
    """Two axes, each in the place of the other.

    data: The input, of any shape.
    dim1: One axis.
    dim2: The other.
    """
    order = list(range(data.ndim))
    i, j = axis_of(dim1, data.ndim), axis_of(dim2, data.ndim)
    order[i], order[j] = j, i
    return F.transpose(data, tuple(order))


@op(method=True, dtypes="any", samples=[dict(data=(2, 3), axis=1), dict(data=(2, 3), axis=-1)])
def expand_dims(F, data: Array, axis: int):
    """A new axis of size 1.

    data: The input, of any shape.
    axis: Where it stands in the result; negative ones are counted from the end.
    """
    place = axis_of(axis, data.ndim + 1)
    return F.reshape(data, (*data.shape[:place], 1, *data.shape[place:]))


@op(method=True, dtypes="any", samples=[dict(data=(1, 3, 1)), dict(data=(1, 3, 1), axis=2)])
def squeeze(F, data: Array, axis: Shape | None = None):
    """Axes of size 1 left out; one of them stays when there are no others.

    data: The input, of any shape.
    axis: The axis or axes to leave out; all of size 1 when not given.
    """
    if axis is None:
        axes = tuple(i for i, n in enumerate(data.shape) if n == 1)
    else:
        axes = axes_of(axis, data.ndim) if axis else ()
    for a in axes:
        if data.shape[a] != 1:
            raise ArgumentError(f"axis={axis}: axis {a} has size {data.shape[a]}, not 1")
    return F.reshape(data, tuple(n for i, n in enumerate(data.shape) if i not in axes) or (1,))


@op(
    aliases=("flip",),
    method=("flip",),
    dtypes="any",
    samples=[dict(data=(2, 3), axis=1), dict(data=(2, 3, 4), axis=(0, 2))],
)
def reverse(F, data: Array, axis: Shape):
    """The elements in reverse order along axes.

    data: The input, of any shape.
    axis: The axis or axes.
    """
    return F.flip(data, tuple(a for a in range(data.ndim) if [axis_of(b, data.ndim) for b in axis].count(a) % 2))


def _blocks(data: Any, block_size: int, *checked: tuple[int, int]) -> None:
    """ArgumentError unless data is 4-D and each axis (first of a pair) is a multiple of a number (second)."""
    if data.ndim != 4:
        raise ArgumentError(f"data must have 4 axes, not {data.ndim}")
    if block_size < 1:
        raise ArgumentError(f"block_size={block_size} must be at least 1")
    for axis, factor in checked:
        if data.shape[axis] % factor:
            raise ArgumentError(f"axis {axis} has size {data.shape[axis]}, which is no multiple of {factor}")


@op(method=True, dtypes="any", samples=[dict(data=(1, 4, 2, 3), block_size=2)])
def depth_to_space(F, data: Array, block_size: int):
    """Channels laid out as blocks of pixels: (N, C, H, W) becomes (N, C / b^2, H * b, W * b).

    data: The input, with 4 axes.
    block_size: The side b of a block; b^2 divides the number of channels.
    """
    b = block_size
    _blocks(data, b, (1, b * b))
    n, c, h, w = data.shape
    x = F.transpose(F.reshape(data, (n, b, b, c // b**2, h, w)), (0, 3, 4, 1, 5, 2))
    return F.reshape(x, (n, c // b**2, h * b, w * b))


@op(method=True, dtypes="any", samples=[dict(data=(1, 1, 4, 6), block_size=2)])
def space_to_depth(F, data: Array, block_size: int):
    """Blocks of pixels laid out as channels: (N, C, H, W) becomes (N, C * b^2, H / b, W / b).

    data: The input, with 4 axes.
    block_size: The side b of a block, which divides height and width.
    """
    b = block_size
    _blocks(data, b, (2, b), (3, b))
    n, c, h, w = data.shape
    x = F.transpose(F.reshape(data, (n, c, h // b, b, w // b, b)), (0, 3, 5, 1, 2, 4))
    return F.reshape(x, (n, c * b**2, h // b, w // b))


@op(
    method=True,
    dtypes="any",
    samples=[dict(data=(3,)), dict(data=(3, 4), k=1), dict(data=(2, 3, 4), axis1=0, axis2=2)],
)
def diag(F, data: Array, k: int = 0, axis1: int = 0, axis2: int = 1):
    """A diagonal of the input, as its last axis; or of 1-D input the matrix with this diagonal.

    data: The input, with one axis or more.
    k: Which diagonal: positive above the main one, negative below it.
    axis1: The axis of the rows.
    axis2: The axis of the columns.
    """
    if data.ndim == 1:
        n = data.size + abs(k)
        return F.reshape(F.unindex(data, _diagonal(data.size, n, k), (n * n,)), (n, n))
    rows, columns = axis_of(axis1, data.ndim), axis_of(axis2, data.ndim)
    if rows == columns:
        raise ArgumentError(f"axis1={axis1} and axis2={axis2} are the same axis")
    m, n = data.shape[rows], data.shape[columns]
    length = min(m + min(k, 0), n - max(k, 0))
    if length < 0:
        raise ArgumentError(f"k={k}: {m} rows and {n} columns have no such diagonal")
    rest = tuple(i for i in range(data.ndim) if i not in (rows, columns))
    matrices = F.transpose(data, (*rest, rows, columns))
    flat = F.reshape(matrices, (*(data.shape[i] for i in rest), m * n))
    return F.index(flat, (slice(None),) * len(rest) + (_diagonal(length, n, k),))


def _diagonal(length: int, columns: int, k: int) -> slice:
    """Where the k-th diagonal stands in the flat elements of a matrix."""
    start = k if k >= 0 else -k * columns
    return slice(start, start + length * (columns + 1), columns + 1)


@op(method=True, dtypes="any", dtype=None, samples=[dict(data=(2, 3))])
def shape_array(F, data: Array):
    """The shape of the input, as int64.

    data: The input.
    """
    return F.asarray(data.shape, "int64")


@op(method=True, dtypes="any", dtype=None, samples=[dict(data=(2, 3))])
def size_array(F, data: Array):
    """The number of elements of the input, as one int64.

    data: The input.
    """
    return F.asarray((data.size,), "int64")
