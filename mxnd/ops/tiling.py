"""The elements repeated, or surrounded by more."""

from __future__ import annotations

from typing import Literal

from ..core.errors import ArgumentError
from ..core.op import op
from ..core.params import Array, Double, Shape
from ..core.shapes import axis_of


@op(method=True, dtypes="any", samples=[dict(data=(2, 3), reps=(2, 2)), dict(data=(3,), reps=(2, 1))])
def tile(F, data: Array, reps: Shape):
    """The whole input, several times along each axis.

    data: The input, of any shape.
    reps: How often along each axis. The shorter one of this and the input's shape is filled up with 1 on the left.
    """
    if any(n < 1 for n in reps):
        raise ArgumentError(f"reps={reps} must be at least 1 each")
    ndim = max(data.ndim, len(reps))
    shape = (1,) * (ndim - data.ndim) + data.shape
    reps = (1,) * (ndim - len(reps)) + reps
    apart = F.reshape(data, tuple(size for n in shape for size in (1, n)))
    copies = F.broadcast_to(apart, tuple(size for pair in zip(reps, shape) for size in pair))
    return F.reshape(copies, tuple(r * n for r, n in zip(reps, shape)))


@op(method=True, dtypes="any", samples=[dict(data=(2, 3), repeats=2), dict(data=(2, 3), repeats=2, axis=1)])
def repeat(F, data: Array, repeats: int, axis: int | None = None):
    """Each element several times in a row.

    data: The input, of any shape.
    repeats: How often.
    axis: The axis to repeat along; the flattened input when left out.
    """
    if repeats < 0:
        raise ArgumentError(f"repeats={repeats} must not be negative")
    shape = (data.size,) if axis is None else data.shape
    place = axis_of(0 if axis is None else axis, len(shape)) + 1
    apart = F.reshape(data, (*shape[:place], 1, *shape[place:]))
    copies = F.broadcast_to(apart, (*shape[:place], repeats, *shape[place:]))
    return F.reshape(copies, (*shape[: place - 1], shape[place - 1] * repeats, *shape[place:]))


@op(
    aliases=("pad",),
    method=("pad",),
    dtypes="float",
    samples=[
        dict(data=(1, 2, 3, 2), mode="constant", pad_width=(0, 0, 0, 0, 1, 2, 1, 0), constant_value=2.0),
        dict(data=(1, 2, 3, 2), mode="edge", pad_width=(0, 0, 0, 0, 1, 2, 1, 0)),
        dict(data=(1, 2, 3, 2), mode="reflect", pad_width=(0, 0, 0, 0, 1, 2, 1, 0)),
    ],
)
def Pad(F, data: Array, mode: Literal["constant", "edge", "reflect"], pad_width: Shape, constant_value: Double = 0.0):
    """The input with more elements around it, along all axes but the first two.

    data: The input, with 4 or 5 axes; floating.
    mode: What the new elements are: one value (``constant``), the nearest element (``edge``), or the elements mirrored
      at the border, which is not doubled (``reflect``).
    pad_width: For each axis how many before and how many after; the first four are 0.
    constant_value: The value of the new elements of ``constant``.
    """
    if data.ndim not in (4, 5):
        raise ArgumentError(f"data must have 4 or 5 axes, not {data.ndim}")
    if len(pad_width) != 2 * data.ndim:
        raise ArgumentError(f"pad_width={pad_width} must hold two numbers for each of {data.ndim} axes")
    if min(pad_width) < 0 or any(pad_width[:4]):
        raise ArgumentError(f"pad_width={pad_width} must not be negative, and 0 for the first two axes")
    widths = list(zip(pad_width[::2], pad_width[1::2]))
    if mode == "constant":
        shape = tuple(before + n + after for n, (before, after) in zip(data.shape, widths))
        key = tuple(slice(before, before + n) for n, (before, _) in zip(data.shape, widths))
        if constant_value == 0:
            return F.unindex(data, key, shape)
        return F.replace(F.full(shape, constant_value, data.dtype), key, data)
    for axis, (n, width) in enumerate(zip(data.shape, widths)):
        if mode == "reflect" and max(width) >= n:
            raise ArgumentError(f"pad_width {width[0]}, {width[1]} along axis {axis} must be less than its size {n}")
        if not n and max(width):
            raise ArgumentError(f"axis {axis} has no element to be continued at its edge")
    return F.pad(data, widths, mode)
