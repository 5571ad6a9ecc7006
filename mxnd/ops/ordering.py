"""Sorting along an axis. Equal values keep their order and NaN comes last, in either direction."""

from __future__ import annotations

from typing import Any, Literal

from ..core.errors import ArgumentError
from ..core.op import op
from ..core.params import Array
from ..core.shapes import axis_of

IndexDtype = Literal["float16", "float32", "float64", "int32", "int64", "uint8"]


def _along(F: Any, data: Any, axis: int | None) -> tuple[Any, int]:
    """The array to sort and the axis: all elements in a row if ``axis`` is None."""
    return (F.reshape(data, (-1,)), 0) if axis is None else (data, axis_of(axis, data.ndim))


@op(method=True, samples=[dict(data=(3, 4)), dict(data=(3, 4), axis=0, is_ascend=False)])
def sort(F, data: Array, axis: int | None = -1, is_ascend: bool = True):
    """The values in order along an axis.

    data: The input.
    axis: The axis; None sorts all elements into one row.
    is_ascend: The smallest first, or the largest.
    """
    x, axis = _along(F, data, axis)
    return F.sort(x, axis, not is_ascend)


@op(method=True, dtype="dtype", samples=[dict(data=(3, 4)), dict(data=(3, 4), axis=0, is_ascend=False, dtype="int32")])
def argsort(F, data: Array, axis: int | None = -1, is_ascend: bool = True, dtype: IndexDtype = "float32"):
    """The indices that put the values in order along an axis.

    data: The input.
    axis: The axis; None sorts all elements, with indices into the flattened array.
    is_ascend: The smallest first, or the largest.
    dtype: The element type of the indices; float32 holds them exactly up to 2^24.
    """
    x, axis = _along(F, data, axis)
    return F.order(x, axis, not is_ascend)


@op(
    method=True,
    dtype=None,
    outputs=lambda ret_typ, **_: 2 if ret_typ == "both" else 1,
    samples=[
        dict(data=(3, 5), k=2),
        dict(data=(3, 5), k=2, axis=0, ret_typ="value", is_ascend=True),
        dict(data=(3, 5), k=2, ret_typ="mask"),
        dict(data=(3, 5), k=3, ret_typ="both"),
    ],
)
def topk(
    F,
    data: Array,
    axis: int | None = -1,
    k: int = 1,
    ret_typ: Literal["both", "indices", "mask", "value"] = "indices",
    is_ascend: bool = False,
    dtype: IndexDtype = "float32",
):
    """The k largest (or smallest) values along an axis, in order.

    data: The input.
    axis: The axis; None looks at all elements, with indices into the flattened array.
    k: How many; all of them when it is 0 or negative.
    ret_typ: What is returned: the ``value``, the ``indices``, ``both`` in this order, or a ``mask`` in the shape of
        ``data`` that holds 1 at the k places and 0 elsewhere.
    is_ascend: The smallest values instead of the largest.
    dtype: The element type of the indices.
    """
    x, axis = _along(F, data, axis)
    size = x.shape[axis]
    if k > size:
        raise ArgumentError(f"k={k} is more than the {size} elements there are")
    places = F.order(x, axis, not is_ascend, k if k > 0 else None)
    if ret_typ == "mask":
        mask = F.untake_along_axis(F.ones(places.shape, data.dtype), places, axis, x.shape)
        return F.reshape(mask, data.shape)
    if ret_typ == "indices":
        return F.cast(places, dtype)
    value = F.take_along_axis(x, places, axis)
    return value if ret_typ == "value" else (value, F.cast(places, dtype))
