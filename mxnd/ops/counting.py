"""Running sums, histograms, and whole-array checks of many arrays at once."""

from __future__ import annotations

import functools
from typing import Any, Literal

from ..core.errors import ArgumentError
from ..core.op import op
from ..core.params import Array, Count, Floats
from ..core.shapes import axis_of


@op(
    aliases=("_np_cumsum",),
    dtypes="any",
    dtype=None,
    samples=[dict(a=(2, 3)), dict(a=(2, 3), axis=0), dict(a=(2, 3), axis=1, dtype="float64")],
)
def cumsum(
    F,
    a: Array,
    axis: int | None = None,
    dtype: Literal[None, "float16", "float32", "float64", "int32", "int64", "int8"] = None,
):
    """Running sums along an axis.

    a: The input.
    axis: The axis; None sums through all elements in a row.
    dtype: The element type of the result, and that of the sums; by default that of ``a`` (int64 for bool).
    """
    x = F.reshape(a, (-1,)) if axis is None else a
    kind = dtype or ("int64" if a.dtype.kind == "b" else a.dtype)
    return F.cumsum(F.cast(x, kind), axis_of(axis or 0, x.ndim))


@op(
    dtype=None,
    differentiable=False,
    outputs=2,
    samples=[dict(data=(2, 5), bins=[-1.0, 0.0, 1.5]), dict(data=(2, 5), bin_cnt=3, range=(-1.0, 2.0))],
)
def _histogram(F, data: Array, bins: Array | None = None, bin_cnt: int | None = None, range: Floats | None = None):
    """How many elements lie in each of some neighbouring intervals: the counts (int64), and the edges.

    An interval holds its left edge and the last one its right edge too. Elements outside all, and NaN, are not counted.

    data: The input.
    bins: The edges, ascending, in a row.
    bin_cnt: The number of intervals of equal width, instead of ``bins``.
    range: The first and the last edge of those.
    """
    if bins is None:
        bins = F.cast(F.asarray(_edges(bin_cnt, range)), data.dtype)
    elif bin_cnt is not None or range is not None:
        raise ArgumentError("bins is given; bin_cnt and range are for making bins")
    elif bins.ndim != 1 or bins.size < 2:
        raise ArgumentError(f"bins has shape {bins.shape}; it must be a row of at least 2 edges")
    if F.any(F.asarray(bins)[1:] < F.asarray(bins)[:-1]):
        raise ArgumentError("bins must not fall")
    counts, _ = F.histogram(data, bins)
    return counts, bins


def _edges(count: int | None, ends: tuple[float, ...] | None) -> list[float]:
    if count is None or ends is None:
        raise ArgumentError("either bins or both bin_cnt and range must be given")
    if count < 1 or len(ends) != 2 or ends[0] > ends[1]:
        raise ArgumentError(f"bin_cnt={count} must be at least 1, and range={ends} two numbers in ascending order")
    low, high = ends if ends[0] < ends[1] else (ends[0] - 0.5, ends[0] + 0.5)
    return [(low * (count - i) + high * i) / count for i in range(count + 1)]


def _finite(F: Any, arrays: tuple[Any, ...], init_output: bool, out: Any) -> Any:
    """1 if every element of every array is finite, 0 otherwise; float32 of shape (1,)."""
    if not init_output and out is None:
        raise ArgumentError("init_output=False starts from what out= holds, and no out was given")
    flags = [F.all(F.isfinite(x)) for x in arrays]
    flag = F.cast(F.reshape(F.asarray(functools.reduce(F.logical_and, flags)), (1,)), "float32")
    return flag if init_output else F.minimum(flag, out)


@op(dtypes="float", dtype=None, differentiable=False, samples=[dict(data=(2, 3))])
def all_finite(F, data: Array, init_output: bool = True, out: Any = None):
    """1 if every element is finite, 0 if any is infinite or NaN; float32 of shape (1,).

    data: The array.
    init_output: Start from 1. False starts from what ``out`` holds.
    """
    return _finite(F, (data,), init_output, out)


@op(dtypes="float", dtype=None, differentiable=False, samples=[dict(data=[(2, 3), (4,)])])
def multi_all_finite(F, *data: Array, num_arrays: Count = 1, init_output: bool = True, out: Any = None):
    """1 if every element of every array is finite, 0 if any is infinite or NaN; float32 of shape (1,).

    data: The arrays.
    num_arrays: How many.
    init_output: Start from 1. False starts from what ``out`` holds.
    """
    return _finite(F, data, init_output, out)


@op(dtypes="float", dtype=None, differentiable=False, samples=[dict(data=[(2, 3), (4,)])])
def multi_sum_sq(F, *data: Array, num_arrays: Count):
    """The sum of squares of each array; float32 of shape (number of arrays,).

    data: The arrays.
    num_arrays: How many.
    """
    rows = [F.reshape(x if x.dtype.itemsize > 2 else F.cast(x, "float32"), (1, -1)) for x in data]
    return F.cast(F.concat(0, *(F.reshape(F.matmul(x, F.reshape(x, (-1, 1))), (1,)) for x in rows)), "float32")


@op(
    dtypes="float",
    dtype=None,
    differentiable=False,
    outputs=0,
    mutates=("data",),
    samples=[dict(data=[(2, 3), (4,)])],
)
def reset_arrays(F, *data: Array, num_arrays: Count):
    """Fill arrays with zeros, in place.

    data: The arrays.
    num_arrays: How many.
    """
    return tuple(F.zeros(x.shape, x.dtype) for x in data)
