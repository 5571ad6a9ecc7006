"""Softmax and its relatives."""

from __future__ import annotations

from typing import Any, Literal

from ..core.errors import ArgumentError
from ..core.formula import Rule
from ..core.op import op
from ..core.params import Array, Double
from ..core.shapes import axis_of

FloatDtype = Literal[None, "float16", "float32", "float64"]

SAMPLES = (dict(data=(2, 3)), dict(data=(2, 3), axis=0, temperature=2.0), dict(data=(2, 3), dtype="float64"))


def _prepared(F: Any, x: Any, temperature: float | None, dtype: str | None) -> Any:
    """x / temperature, in the wider of its own dtype and the wanted one; float16 is divided in float32."""
    tempered = temperature is not None and temperature != 1.0
    if dtype is None and not tempered:
        return x
    wide = max(x.dtype.name, dtype or "", "float32" if tempered else "")  # the names are in the order of the widths
    if wide != x.dtype.name:
        x = F.cast(x, wide)
    return x / temperature if tempered else x


def _no_length(use_length: bool | None) -> None:
    if use_length:
        raise ArgumentError("use_length=True: there is no input for the lengths; only softmax has one")


@op(
    method=True,
    dtypes="float",
    dtype="dtype",
    free=("length",),
    samples=[*SAMPLES, dict(data=(2, 3), length=[1, 3], use_length=True)],
)
def softmax(
    F,
    data: Array,
    length: Array | None = None,
    axis: int = -1,
    temperature: Double | None = None,
    dtype: FloatDtype = None,
    use_length: bool | None = False,
):
    """Exponentials along an axis over their sum.

    data: The input, of any shape; floating.
    length: With ``use_length``: how many elements from the beginning of ``axis`` count; the others give 0. Its shape is
      that of ``data`` without ``axis``.
    axis: The axis along which the results sum up to 1.
    temperature: What the input is divided by first; larger is more even. 1 when None.
    dtype: The dtype of the result; that of ``data`` when None.
    use_length: Whether ``length`` is given.
    """
    axis = axis_of(axis, data.ndim)
    if (length is not None) != bool(use_length):
        raise ArgumentError(f"use_length={use_length} but length is {'missing' if length is None else 'given'}")
    x = _prepared(F, data, temperature, dtype)
    if length is None:
        return F.softmax(x, axis)
    mask = _within(F, length, data.shape, axis)
    return F.where(mask, F.softmax(F.where(mask, x, float("-inf")), axis), 0.0)


def _within(F: Any, length: Any, shape: tuple[int, ...], axis: int) -> Any:
    """True where the place along ``axis`` is below ``length``."""
    outer = shape[:axis] + shape[axis + 1 :]
    if length.shape != outer:
        raise ArgumentError(f"length has shape {length.shape}; it takes {outer}, data's without axis {axis}")
    places = F.reshape(F.arange(shape[axis]), (-1,) + (1,) * (len(shape) - 1 - axis))
    return F.reshape(length, shape[:axis] + (1,) + shape[axis + 1 :]) > places


@op(method=True, dtypes="float", dtype="dtype", samples=SAMPLES)
def log_softmax(
    F,
    data: Array,
    axis: int = -1,
    temperature: Double | None = None,
    dtype: FloatDtype = None,
    use_length: bool | None = False,
):
    """The logarithm of softmax, exact where softmax itself would vanish.

    data: The input, of any shape; floating.
    axis: The axis of the softmax.
    temperature: What the input is divided by first; larger is more even. 1 when None.
    dtype: The dtype of the result; that of ``data`` when None.
    use_length: Must be False: only ``softmax`` takes lengths.
    """
    _no_length(use_length)
    return F.log_softmax(_prepared(F, data, temperature, dtype), axis_of(axis, data.ndim))


@op(method=True, dtypes="float", dtype="dtype", samples=SAMPLES)
def softmin(
    F,
    data: Array,
    axis: int = -1,
    temperature: Double | None = None,
    dtype: FloatDtype = None,
    use_length: bool | None = False,
):
    """Softmax of the negated input: the smallest element weighs most.

    data: The input, of any shape; floating.
    axis: The axis along which the results sum up to 1.
    temperature: What the input is divided by first; larger is more even. 1 when None.
    dtype: The dtype of the result; that of ``data`` when None.
    use_length: Must be False: only ``softmax`` takes lengths.
    """
    _no_length(use_length)
    return F.softmax(_prepared(F, F.negative(data), temperature, dtype), axis_of(axis, data.ndim))


@op(dtypes="float", samples=[dict(data=(2, 3)), dict(data=(2, 3, 2), mode="channel")])
def SoftmaxActivation(F, data: Array, mode: Literal["channel", "instance"] = "instance"):
    """Softmax over the last axis, or over the second one.

    data: The input; floating.
    mode: ``instance``: results sum up to 1 along the last axis; ``channel``: along axis 1 of 3 axes or more.
    """
    if mode == "channel" and data.ndim < 3:
        raise ArgumentError(f"mode='channel' takes 3 axes or more, not {data.ndim}")
    return F.softmax(data, 1 if mode == "channel" else data.ndim - 1)


CROSS_ENTROPY = Rule(
    lambda F, x, hot: F.reshape(-F.sum(F.log(F.maximum(F.sum(F.softmax(x, 1) * hot, 1), 1e-8))), (1,)),
    lambda F, ct, x, hot: (ct * (F.softmax(x, 1) - hot),),
)


@op(dtypes="float", free=("label",), samples=[dict(data=(2, 3), label=[0, 2])])
def softmax_cross_entropy(F, data: Array, label: Array):
    """The summed cross entropy of softmax against class numbers, of shape (1,).

    data: Scores, of shape (rows, classes); floating.
    label: The class of each row, of shape (rows,): whole numbers from 0 to classes - 1. A probability below 1e-8 counts
      as 1e-8. It has no gradient.
    """
    if data.ndim != 2 or label.shape != data.shape[:1]:
        raise ArgumentError("data must be (rows, classes) and label (rows,)")
    number = F.indices(label, data.shape[1], "raise")
    return CROSS_ENTROPY(F, data, F.reshape(one_hot(F, number, (*data.shape, 1), data.dtype), data.shape))


def one_hot(F: Any, label: Any, view: tuple[int, int, int], dtype: Any) -> Any:
    """1 at the class that ``label`` names, else 0, in the shape ``view`` of (rows, classes, rest).

    Fractions are cut off; a number that is no class has no 1.
    """
    rows, classes, rest = view
    hot = F.one_hot(F.cast(F.reshape(label, (rows, rest)), "int64"), classes, 1, 0, dtype)
    return F.transpose(hot, (0, 2, 1)) if rest > 1 else F.reshape(hot, view)
