"""Several arrays into one, and one into several."""

from __future__ import annotations

import functools
import itertools
from typing import Any

from ..core.errors import ArgumentError, ArgumentTypeError
from ..core.formula import Rule, formula
from ..core.op import op
from ..core.params import Array, Count, Shape, required
from ..core.shapes import axis_of, same_shape
from .identity import COPY


@op(
    aliases=("concat",),
    dtypes="any",
    samples=[dict(data=[(2, 1), (2, 3)]), dict(data=[(1, 2), (2, 2), (1, 2)], dim=0)],
)
def Concat(F, *data: Array, num_args: Count = required, dim: int = 1):
    """The inputs one after the other along an axis.

    data: The inputs; of one shape but for that axis.
    num_args: How many there are; counted when left out.
    dim: The axis.
    """
    first = data[0].shape
    axis = axis_of(dim, len(first))
    for x in data:
        if x.shape != first:
            _check_beside(axis, [x.shape for x in data])
            break
    return F.concat(axis, *data)


def _check_beside(axis: int, shapes: list[tuple[int, ...]]) -> None:
    """ArgumentError unless the shapes are equal but for an axis."""
    first = shapes[0]
    for i, shape in enumerate(shapes):
        if len(shape) != len(first) or shape[:axis] + shape[axis + 1 :] != first[:axis] + first[axis + 1 :]:
            raise ArgumentError(f"shapes {first} and {shape} of inputs 0 and {i} differ beside axis {axis}")


op(Concat, name="_rnn_param_concat", dtypes="any", samples=[dict(data=[(2,), (3,)], dim=0)])


@op(dtypes="any", samples=[dict(data=[(2, 3), (2, 3)]), dict(data=[(2, 3), (2, 3)], axis=-1)])
def stack(F, *data: Array, axis: int = 0, num_args: Count = required):
    """The inputs side by side along a new axis.

    data: The inputs, of one shape.
    axis: Where the new axis stands in the result.
    num_args: How many inputs there are; counted when left out.
    """
    shape = data[0].shape
    place = axis_of(axis, len(shape) + 1)
    for i, x in enumerate(data):
        if x.shape != shape:
            raise ArgumentError(f"shapes {shape} and {x.shape} of inputs 0 and {i} differ")
    return STACK(F, place, *data)


def _stacked(F: Any, axis: int, *xs: Any) -> Any:
    shape = xs[0].shape
    return F.concat(axis, *[F.reshape(x, (*shape[:axis], 1, *shape[axis:])) for x in xs])


def _unstacked(F: Any, ct: Any, axis: int, xs_shapes: Any) -> tuple[Any, ...]:
    before = (slice(None),) * axis
    return None, *[F.index(ct, (*before, i)) for i in range(len(xs_shapes))]


STACK = Rule(_stacked, _unstacked)


@op(aliases=("ElementWiseSum",), samples=[dict(args=[(2, 3), (2, 3), (2, 3)])])
def add_n(F, *args: Array):
    """Sum of all inputs.

    args: The inputs, of one shape.
    """
    for x in args:
        same_shape(args[0].shape, x.shape)
    return functools.reduce(F.add, args) if len(args) > 1 else COPY(F, args[0])


@op(differentiable=False, samples=[dict(lhs=(2, 3), rhs=(2, 3))])
def _grad_add(F, lhs: Array, rhs: Array):
    """Sum of two gradients.

    lhs: One.
    rhs: The other, of the same shape.
    """
    same_shape(lhs.shape, rhs.shape)
    return F.add(lhs, rhs)


CHOICE = formula(
    lambda F, c, x, y: F.where(c != 0, x, y),
    lambda F, ct, c: (
        lambda: F.zeros(c.shape, c.dtype),
        lambda: F.where(c != 0, ct, 0.0),
        lambda: F.where(c != 0, 0.0, ct),
    ),
)


@op(
    dtypes="any",
    dtype=None,
    free=("x", "y"),
    samples=[dict(condition=(2, 3), x=(2, 3), y=(2, 3)), dict(condition=(2,), x=(2, 3), y=(2, 3))],
)
def where(F, condition: Array, x: Array, y: Array):
    """Elements of ``x`` where the condition is not 0, and of ``y`` elsewhere.

    condition: An array of the shape of ``x``, or 1-D with one element for each row of it.
    x: Elements for where it holds.
    y: Elements for where it does not; of the shape and dtype of ``x``.
    """
    if x.dtype != y.dtype:
        raise ArgumentTypeError(f"x is {x.dtype} and y is {y.dtype}; convert one with astype")
    shape = x.shape
    same_shape(shape, y.shape)
    if condition.shape != shape:
        if condition.shape != shape[:1]:
            raise ArgumentError(f"condition has shape {condition.shape}; it must be {shape} or {shape[:1]}")
        condition = F.reshape(condition, shape[:1] + (1,) * (x.ndim - 1))
    return CHOICE(F, condition, x, y)


def _cut(F: Any, x: Any, axis: int, ends: list[int]) -> tuple[Any, ...]:
    before = (slice(None),) * axis
    return tuple(F.index(x, (*before, slice(i, j))) for i, j in itertools.pairwise(ends))


def _joined(F: Any, cts: list[Any], x: Any, axis: int, ends: list[int]) -> tuple[Any]:
    """The cotangents of the parts side by side, zeros where none came."""
    sizes = [j - i for i, j in itertools.pairwise(ends)]
    shapes = [(*x.shape[:axis], size, *x.shape[axis + 1 :]) for size in sizes]
    return (F.concat(axis, *(F.zeros(shape, x.dtype) if ct is None else ct for ct, shape in zip(cts, shapes))),)


CUT = Rule(_cut, _joined)


def _pieces(F: Any, data: Any, axis: int, ends: list[int], squeeze: bool) -> tuple[Any, ...]:
    """The parts between neighbouring ends along an axis; ``squeeze`` leaves the axis, of size 1, out."""
    if squeeze and any(j - i != 1 for i, j in itertools.pairwise(ends)):
        raise ArgumentError(f"squeeze_axis=True needs pieces of size 1 along axis {axis} of shape {data.shape}")
    parts = CUT(F, data, axis, ends)
    if squeeze:
        return tuple(F.reshape(part, part.shape[:axis] + part.shape[axis + 1 :]) for part in parts)
    return parts


def _equal_ends(size: int, count: int, axis: int) -> list[int]:
    if count < 1 or size % count:
        raise ArgumentError(f"axis {axis} of size {size} does not split into {count} equal parts")
    return [size // count * i for i in range(count + 1)]


@op(
    aliases=("split",),
    method=("split",),
    dtypes="any",
    outputs=lambda num_outputs, **_: num_outputs,
    samples=[dict(data=(2, 4), num_outputs=2), dict(data=(2, 4), num_outputs=2, axis=0, squeeze_axis=True)],
)
def SliceChannel(F, data: Array, num_outputs: int, axis: int = 1, squeeze_axis: bool = False):
    """The input cut into equal parts along an axis.

    data: The input, of any shape.
    num_outputs: How many parts; it divides the size of the axis.
    axis: The axis.
    squeeze_axis: Leave the axis out; each part must be of size 1 along it.
    """
    shape = data.shape
    place = axis_of(axis, len(shape))
    return _pieces(F, data, place, _equal_ends(shape[place], num_outputs, axis), squeeze_axis)


@op(
    dtypes="any",
    outputs=lambda indices, sections=0, **_: sections or len(indices),
    samples=[
        dict(data=(5, 2), indices=(0, 2, 3), axis=0),
        dict(data=(2, 4), indices=(), axis=1, sections=2),
    ],
)
def _split_v2(F, data: Array, indices: Shape, axis: int = 1, squeeze_axis: bool = False, sections: int = 0):
    """The input cut into parts along an axis.

    data: The input, of any shape.
    indices: Where each part begins; the first is 0.
    axis: The axis.
    squeeze_axis: Leave the axis out; each part must be of size 1 along it.
    sections: Cut into this many equal parts instead, when not 0.
    """
    place = axis_of(axis, data.ndim)
    size = data.shape[place]
    if sections:
        return _pieces(F, data, place, _equal_ends(size, sections, axis), squeeze_axis)
    ends = [*indices, size]
    if ends[0] != 0 or any(i > j for i, j in itertools.pairwise(ends)):
        raise ArgumentError(f"indices={indices} must begin with 0 and rise, to at most {size}")
    return _pieces(F, data, place, ends, squeeze_axis)
