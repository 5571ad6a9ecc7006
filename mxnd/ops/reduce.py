"""Reductions: along some axes, many elements become one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, Literal

from ..core.errors import ArgumentError, ArgumentTypeError
from ..core.formula import Rule
from ..core.language import kept
from ..core.op import declare, op, registry
from ..core.params import Array, Shape
from ..core.shapes import axes_of, axis_of, shaped

Dims = tuple[int, ...]


def wide(F: Any, x: Any) -> Any:
    """x in a dtype that sums of many elements fit in; the machine casts the result back."""
    if x.dtype.kind == "f":
        return F.cast(x, "float32") if x.dtype.itemsize == 2 else x
    return F.cast(x, "int64")


def left(shape: Dims, axes: Dims, keepdims: bool) -> Dims:
    """The shape after a reduction; (1,) when no axis is left."""
    if keepdims:
        return kept(shape, axes)
    return tuple([n for i, n in enumerate(shape) if i not in axes]) or (1,)


def reduction(
    name: str,
    summary: str,
    value: Callable[..., Any],
    aliases: Iterable[str] = (),
    method: bool = True,
    bools: bool = True,
) -> None:
    """An operator from ``value(F, x, axes, keepdims)``. ``bools``: whether it means something for bool too."""

    def body(F, data: Array, axis: Shape | None = None, keepdims: bool = False, exclude: bool = False):
        if data.dtype.kind == "V":
            raise ArgumentTypeError("bfloat16 is only stored and cast; convert with astype")
        axes = axes_of(axis, data.ndim, exclude)
        if len(axes) == data.ndim and not keepdims:  # everything: MXNet's shape is (1,)
            if data.ndim == 1:
                return value(F, data, axes, True)
            return value(F, F.reshape(data, (1, data.size)), (1,), False)
        return value(F, data, axes, keepdims)

    doc = f"""{summary}

    data: The input, of any shape.
    axis: The axis or axes to go along, negative ones counted from the end; all of them when left out or ``()``.
    keepdims: Keep the reduced axes, with size 1.
    exclude: Go along all axes but those in ``axis``.
    """
    samples = ({"data": (2, 3, 4)}, {"data": (2, 3, 4), "axis": (0, 2)}, {"data": (2, 3), "axis": 1, "keepdims": True})
    options = {"aliases": tuple(aliases), "method": (name,) if method else False, "samples": samples}
    registry.add(declare(body, name, doc, dtypes="any" if bools else "number", **options))


def mean(F: Any, x: Any, axes: Dims, keepdims: bool) -> Any:
    count = math.prod(x.shape[a] for a in axes)
    total = F.sum(wide(F, x), axes, keepdims)
    return total / count if total.dtype.kind == "f" else F.int_divide(total, count)


def product(F: Any, x: Any, axes: Dims, keepdims: bool) -> Any:
    return F.prod(wide(F, x) if x.dtype.kind == "f" else x, axes, keepdims)


def without_nan(F: Any, x: Any, neutral: float) -> Any:
    return F.where(x == x, x, neutral) if x.dtype.kind == "f" else x


def extreme(word: str) -> Callable[..., Any]:
    def value(F: Any, x: Any, axes: Dims, keepdims: bool) -> Any:
        if any(x.shape[a] == 0 for a in axes):
            raise ArgumentError(f"no elements have no {word}imum")
        return getattr(F, word)(x, axes, keepdims)

    return value


reduction("sum", "Sum along axes.", lambda F, x, axes, keep: F.sum(x, axes, keep), aliases=("sum_axis",))
reduction("mean", "Mean along axes; of integers cut toward zero.", mean, bools=False)
reduction("prod", "Product along axes.", product)
reduction(
    "nansum", "Sum along axes, NaN taken as 0.", lambda F, x, axes, keep: F.sum(without_nan(F, x, 0.0), axes, keep)
)
reduction("nanprod", "Product along axes, NaN taken as 1.",
          lambda F, x, axes, keep: product(F, without_nan(F, x, 1.0), axes, keep))  # fmt: skip
reduction("max", "The largest along axes; NaN where there is one.", extreme("max"), aliases=("max_axis",))
reduction("min", "The smallest along axes; NaN where there is one.", extreme("min"), aliases=("min_axis",))
reduction("_square_sum", "Sum of squares along axes.",
          lambda F, x, axes, keep: F.sum(F.square(wide(F, x)), axes, keep), method=False, bools=False)  # fmt: skip


def _euclid(F: Any, x: Any, axes: Dims) -> Any:
    """In float64, or divided by the largest element first, so that no square overflows or vanishes."""
    if x.dtype.itemsize < 8:
        return F.cast(F.sqrt(F.sum(F.square(F.cast(x, "float64")), axes, True)), x.dtype)
    top = F.max(F.abs(x), axes, True)
    top = F.where(F.logical_and(top > 0, F.isfinite(top)), top, 1.0)
    return top * F.sqrt(F.sum(F.square(x / top), axes, True))


EUCLID = Rule(_euclid, lambda F, ct, x, y: (ct * (x / y),), kernel="euclid")


@op(
    method=True,
    dtype="out_dtype",
    samples=[dict(data=(2, 3)), dict(data=(2, 3), ord=1, axis=1), dict(data=(2, 3), axis=(0, 1), keepdims=True)],
)
def norm(
    F,
    data: Array,
    ord: int = 2,
    axis: Shape | None = None,
    out_dtype: Literal[None, "float16", "float32", "float64", "int32", "int64", "int8"] = None,
    keepdims: bool = False,
):
    """Sum of absolute values, or square root of the sum of squares, along axes.

    data: The input, of any shape.
    ord: 1 or 2.
    axis: The axis or axes to go along; all of them when left out.
    out_dtype: The dtype of the result; the input's by default.
    keepdims: Keep the reduced axes, with size 1.
    """
    if ord not in (1, 2):
        raise ArgumentError(f"ord={ord} must be 1 or 2")
    axes = axes_of(axis, data.ndim)
    x = wide(F, data)
    if ord == 1 or data.size == 0:
        y = F.sum(F.abs(x), axes, True)
    else:
        y = EUCLID(F, x if x.dtype.kind == "f" else F.cast(x, "float64"), axes)
    return shaped(F, y, left(data.shape, axes, keepdims))


def _positions(F: Any, word: str, data: Any, axis: int | None, keepdims: bool) -> Any:
    if data.size == 0:
        raise ArgumentError(f"no elements have no {word}")
    ndim = data.ndim
    if axis is None:
        found, axes = getattr(F, word)(F.reshape(data, (data.size,)), 0), tuple(range(ndim))
    else:
        axes = (axis_of(axis, ndim),)
        found = getattr(F, word)(data, axes[0])
    found = F.cast(found, data.dtype)
    return found if len(axes) < ndim and not keepdims else F.reshape(found, left(data.shape, axes, keepdims))


def position(word: str, what: str) -> None:
    def body(F, data: Array, axis: int | None = None, keepdims: bool = False):
        return _positions(F, word, data, axis, keepdims)

    doc = f"""Index of {what} along an axis, in the input's dtype; the first of equal ones, or the first NaN.

    A float32 holds indices exactly up to 2**24.

    data: The input, of any shape.
    axis: The axis to go along; when left out, the index into the flattened input.
    keepdims: Keep the reduced axis, with size 1.
    """
    samples = ({"data": (2, 3)}, {"data": (2, 3), "axis": 1}, {"data": (2, 3), "axis": 0, "keepdims": True})
    registry.add(declare(body, word, doc, method=True, samples=samples))


position("argmax", "the largest element")
position("argmin", "the smallest element")


@op(method=True, differentiable=False, samples=[dict(data=(2, 3))])
def argmax_channel(F, data: Array):
    """Index of the largest element along axis 1, in the input's dtype.

    data: The input, with two axes or more.
    """
    return _positions(F, "argmax", data, axis_of(1, data.ndim), False)


@op(outputs=2, samples=[dict(data=(2, 3), axes=(0,)), dict(data=(2, 3, 4), axes=(0, 2), keepdims=True)])
def moments(F, data: Array, axes: Shape | None = None, keepdims: bool = False):
    """Mean and (biased) variance along axes.

    data: The input, of any shape.
    axes: The axis or axes to go along; there must be one.
    keepdims: Keep the reduced axes, with size 1.
    """
    if not axes:
        raise ArgumentError(f"axes={axes} must name at least one axis; name all of them for the moments of everything")
    axes = axes_of(axes, data.ndim)
    x = wide(F, data)
    center = mean(F, x, axes, True)
    spread = mean(F, F.square(x - center), axes, True)
    shape = left(data.shape, axes, keepdims)
    return F.reshape(center, shape), F.reshape(spread, shape)
