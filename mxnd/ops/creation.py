"""Arrays made from nothing."""

from __future__ import annotations

import math
from typing import Literal

from ..core.errors import ArgumentError
from ..core.op import op
from ..core.params import Array, Double, Long, Shape, required

AnyDtype = Literal["bfloat16", "bool", "float16", "float32", "float64", "int32", "int64", "int8", "uint8"]
RangeDtype = Literal["bfloat16", "float16", "float32", "float64", "int32", "int64", "int8", "uint8"]
EyeDtype = Literal["float16", "float32", "float64", "int32", "int64", "int8", "uint8"]


def known_shape(shape: Shape) -> Shape:
    """A shape without 0 (MXNet 1.x reads 0 as "not known yet") and not empty."""
    if not shape or min(shape) <= 0:
        raise ArgumentError(f"shape={shape} must have at least one axis and only positive sizes")
    return shape


def _computed(dtype: str) -> str:
    """The dtype in which values are made: bfloat16 is cast to at the end."""
    return "float32" if dtype == "bfloat16" else dtype


@op(dtype="dtype", samples=[dict(shape=(2, 3))])
def _zeros(F, shape: Shape = (), ctx: str = "", dtype: AnyDtype = "float32"):
    """An array of zeros.

    shape: Its shape.
    ctx: Where to make it; the current context by default.
    dtype: Its element type.
    """
    return F.zeros(known_shape(shape), _computed(dtype))


@op(dtype="dtype", samples=[dict(shape=(2, 3))])
def _ones(F, shape: Shape = (), ctx: str = "", dtype: AnyDtype = "float32"):
    """An array of ones.

    shape: Its shape.
    ctx: Where to make it; the current context by default.
    dtype: Its element type.
    """
    return F.ones(known_shape(shape), _computed(dtype))


@op(dtype="dtype", samples=[dict(shape=(2, 3), value=7.0)])
def _full(F, shape: Shape | None = None, ctx: str = "", dtype: AnyDtype = "float32", value: Double = required):
    """An array of one value.

    shape: Its shape.
    ctx: Where to make it; the current context by default.
    dtype: Its element type.
    value: The value of every element.
    """
    return F.full(known_shape(shape or ()), value, _computed(dtype))


@op(dtype="dtype", samples=[dict(start=2.0, stop=8.0, step=2.0)])
def _arange(
    F,
    start: Double,
    stop: Double | None = None,
    step: Double = 1.0,
    repeat: int = 1,
    infer_range: bool = False,
    ctx: str = "",
    dtype: RangeDtype = "float32",
):
    """Evenly spaced numbers from ``start`` up to but without ``stop``.

    start: The first number; with ``stop`` left out, the end of a range that starts at 0.
    stop: The end, which is not part of the range.
    step: The distance between neighbours; negative counts down.
    repeat: How often each number stands in a row.
    infer_range: Kept for Symbol files; a range without an end must be given one.
    ctx: Where to make it; the current context by default.
    dtype: Its element type.
    """
    if stop is None:
        start, stop = 0.0, start
    if step == 0 or not all(map(math.isfinite, (start, stop, step))):
        raise ArgumentError(f"no range goes from {start} to {stop} by {step}")
    if repeat < 1:
        raise ArgumentError(f"repeat={repeat} must be at least 1")
    if (stop - start) * step <= 0:
        raise ArgumentError(f"the range from {start} to {stop} by {step} is empty")
    numbers = F.arange(start, stop, step, dtype="float64")
    if repeat == 1:
        return numbers
    return F.reshape(F.broadcast_to(F.reshape(numbers, (-1, 1)), (numbers.size, repeat)), (-1,))


@op(dtype="dtype", samples=[dict(start=0.0, stop=1.0, step=0.25)])
def _linspace(
    F,
    start: Double,
    stop: Double | None = None,
    step: Double = 1.0,
    repeat: int = 1,
    infer_range: bool = False,
    ctx: str = "",
    dtype: RangeDtype = "float32",
):
    """Evenly spaced numbers, as ``_arange``; ``mx.nd.linspace`` is the form with a count.

    start: The first number.
    stop: The end.
    step: The distance between neighbours.
    repeat: How often each number stands in a row.
    infer_range: Kept for Symbol files.
    ctx: Where to make it; the current context by default.
    dtype: Its element type.
    """
    return _arange(F, start, stop, step, repeat, infer_range, ctx, dtype)


@op(dtype="dtype", samples=[dict(N=3)])
def _eye(F, N: Long, M: Long = 0, k: Long = 0, ctx: str = "", dtype: EyeDtype = "float32"):
    """Ones on a diagonal, zeros elsewhere.

    N: Rows.
    M: Columns; as many as rows when 0.
    k: Which diagonal: positive above the main one, negative below it.
    ctx: Where to make it; the current context by default.
    dtype: Its element type.
    """
    rows, columns = N, M or N
    if min(rows, columns) < 0:
        raise ArgumentError(f"N={N} and M={M} must not be negative")
    return F.cast(F.reshape(F.arange(rows), (-1, 1)) + k == F.arange(columns), dtype)


@op(method=True, samples=[dict(data=(2, 3))])
def zeros_like(F, data: Array):
    """Zeros in the shape and dtype of the input.

    data: The input.
    """
    return F.zeros(data.shape, data.dtype)


@op(method=True, samples=[dict(data=(2, 3))])
def ones_like(F, data: Array):
    """Ones in the shape and dtype of the input.

    data: The input.
    """
    return F.ones(data.shape, data.dtype)
