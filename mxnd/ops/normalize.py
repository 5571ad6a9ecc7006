"""Normalization by the statistics of the input itself."""

from __future__ import annotations

import math
from typing import Any, Literal

from ..core.errors import ArgumentError
from ..core.formula import Rule
from ..core.op import op
from ..core.params import Array, Size, required
from ..core.shapes import axis_of

Dims = tuple[int, ...]


def _mean(F: Any, x: Any, axes: Dims) -> Any:
    return F.sum(x, axes, True) / math.prod(x.shape[axis] for axis in axes)


def _moments(F: Any, x: Any, axes: Dims, eps: float) -> tuple[Any, Any, Any]:
    """Mean and sqrt(variance + eps) over some axes, which stay with size 1; and x without its mean."""
    mean = _mean(F, x, axes)
    centred = x - mean
    return mean, F.sqrt(_mean(F, F.square(centred), axes) + eps), centred


def _standard(F: Any, x: Any, gamma: Any, beta: Any, axes: Dims, eps: float) -> Any:
    _, deviation, centred = _moments(F, x, axes, eps)
    return centred / deviation * gamma + beta


def _standard_pull(F: Any, ct: Any, x: Any, gamma: Any, axes: Dims, eps: float) -> tuple[Any, ...]:
    _, deviation, centred = _moments(F, x, axes, eps)
    y = centred / deviation

    def to_x() -> Any:
        scaled = ct * gamma
        return (scaled - _mean(F, scaled, axes) - y * _mean(F, scaled * y, axes)) / deviation

    return to_x, lambda: F.sum_to(ct * y, gamma.shape), lambda: F.sum_to(ct, gamma.shape)


STANDARD = Rule(_standard, _standard_pull, along="axes", kernel="standard")
"""x without its mean along some axes, over its standard deviation, times gamma, plus beta; these two, of one shape,
broadcast."""


def _wide(F: Any, *arrays: Any) -> Any:
    """float16 as float32, all else as it is."""
    return [F.cast(x, "float32") if x.dtype == "float16" else x for x in arrays]


def _fit(name: str, x: Any, size: int) -> None:
    if x.shape != (size,):
        raise ArgumentError(f"{name} has shape {x.shape}; it takes {(size,)}")


@op(
    dtypes="float",
    outputs=lambda axis, eps, output_mean_var: 3 if output_mean_var else 1,
    samples=[
        dict(data=(2, 3), gamma=(3,), beta=(3,)),
        dict(data=(2, 3, 4), gamma=(3,), beta=(3,), axis=1, eps=0.1),
    ],
)
def LayerNorm(
    F, data: Array, gamma: Array, beta: Array, axis: int = -1, eps: float = 1e-5, output_mean_var: bool = False
):
    """Subtracts the mean along an axis and divides by the standard deviation; then scales and shifts.

    ``(x - mean) / sqrt(variance + eps) * gamma + beta``

    data: The input, of any shape; floating.
    gamma: What each element along the axis is multiplied by, of shape (size of the axis,).
    beta: What is added then, of the same shape.
    axis: The axis of mean and variance.
    eps: What is added to the variance.
    output_mean_var: Whether mean and standard deviation are returned too, ``axis`` kept with size 1. They carry no
      gradient.
    """
    axis = axis_of(axis, data.ndim)
    size = data.shape[axis]
    _fit("gamma", gamma, size)
    _fit("beta", beta, size)
    data, gamma, beta = _wide(F, data, gamma, beta)
    row = (1,) * axis + (size,) + (1,) * (data.ndim - 1 - axis)
    result = STANDARD(F, data, F.reshape(gamma, row), F.reshape(beta, row), (axis,), eps)
    return (result, *_moments(F, F.asarray(data), (axis,), eps)[:2]) if output_mean_var else result


@op(dtypes="float", samples=[dict(data=(2, 3, 4), gamma=(3,), beta=(3,))])
def InstanceNorm(F, data: Array, gamma: Array, beta: Array, eps: float = 1e-3):
    """Subtracts the mean of each channel and instance and divides by the standard deviation; then scales and shifts.

    data: The input, of shape (instances, channels, ...) with at least 3 axes; floating.
    gamma: What each channel is multiplied by, of shape (channels,).
    beta: What is added then, of the same shape.
    eps: What is added to the variance.
    """
    if data.ndim < 3:
        raise ArgumentError(f"data has {data.ndim} axes; it takes 3 or more")
    _fit("gamma", gamma, data.shape[1])
    _fit("beta", beta, data.shape[1])
    column = (1, -1) + (1,) * (data.ndim - 2)
    data, gamma, beta = _wide(F, data, gamma, beta)
    return STANDARD(F, data, F.reshape(gamma, column), F.reshape(beta, column), tuple(range(2, data.ndim)), eps)


@op(
    dtypes="float",
    outputs=lambda num_groups, eps, output_mean_var: 3 if output_mean_var else 1,
    samples=[dict(data=(2, 4, 3), gamma=(2,), beta=(2,), num_groups=2), dict(data=(2, 4, 3), gamma=(1,), beta=(1,))],
)
def GroupNorm(
    F, data: Array, gamma: Array, beta: Array, num_groups: int = 1, eps: float = 1e-5, output_mean_var: bool = False
):
    """Subtracts the mean of each group of channels and divides by its standard deviation; then scales and shifts.

    data: The input, of shape (instances, channels, ...) with at least 3 axes; floating.
    gamma: What each group is multiplied by, of shape (num_groups,).
    beta: What is added then, of the same shape.
    num_groups: Into how many groups of neighbours the channels are divided.
    eps: What is added to the variance.
    output_mean_var: Whether mean and standard deviation are returned too, of shape (instances, num_groups). They carry
      no gradient.
    """
    if data.ndim < 3:
        raise ArgumentError(f"data has {data.ndim} axes; it takes 3 or more")
    if num_groups < 1 or data.shape[1] % num_groups:
        raise ArgumentError(f"num_groups={num_groups} does not divide {data.shape[1]} channels")
    _fit("gamma", gamma, num_groups)
    _fit("beta", beta, num_groups)
    shape = data.shape
    data, gamma, beta = _wide(F, data, gamma, beta)
    groups = F.reshape(data, (shape[0], num_groups, -1))
    column = (1, num_groups, 1)
    result = STANDARD(F, groups, F.reshape(gamma, column), F.reshape(beta, column), (2,), eps)
    moments = _moments(F, F.asarray(groups), (2,), eps)[:2] if output_mean_var else ()
    results = (F.reshape(result, shape), *(F.reshape(m, shape[:1] + (num_groups,)) for m in moments))
    return results if output_mean_var else results[0]


@op(
    dtypes="float",
    samples=[dict(data=(2, 3)), dict(data=(2, 3, 4), mode="channel"), dict(data=(2, 3, 4), mode="spatial", eps=0.1)],
)
def L2Normalization(F, data: Array, eps: float = 1e-10, mode: Literal["channel", "instance", "spatial"] = "instance"):
    """Divides by the Euclidean norm: ``x / sqrt(sum(x^2) + eps)``.

    data: The input; floating. Axis 0 holds the instances.
    eps: What is added to the sum of squares.
    mode: What the norm is taken over: all axes but the first (``instance``), axis 1 (``channel``) or all axes but the
      first two (``spatial``); the last two need at least 3 axes.
    """
    if mode != "instance" and data.ndim < 3:
        raise ArgumentError(f"mode={mode!r} takes 3 axes or more, not {data.ndim}")
    axes = {"instance": tuple(range(1, data.ndim)), "channel": (1,), "spatial": tuple(range(2, data.ndim))}[mode]
    (x,) = _wide(F, data)
    return UNIT(F, x, axes, eps)


def _norm(F: Any, x: Any, axes: Dims, eps: float) -> Any:
    return F.sqrt(F.sum(F.square(x), axes, True) + eps)


UNIT = Rule(
    lambda F, x, axes, eps: x / _norm(F, x, axes, eps),
    lambda F, ct, x, y, axes, eps: ((ct - y * F.sum(ct * y, axes, True)) / _norm(F, x, axes, eps),),
    along="axes",
)


@op(
    dtypes="float",
    samples=[dict(data=(1, 4, 2), nsize=3), dict(data=(1, 4, 2), nsize=5, alpha=0.5, beta=0.6, knorm=1.5)],
)
def LRN(F, data: Array, alpha: float = 1e-4, beta: float = 0.75, knorm: float = 2.0, nsize: Size = required):
    """Local response normalization: each channel divided by what its neighbours hold.

    ``x / (knorm + alpha / nsize * s) ** beta``, s the sum of squares over ``nsize`` channels around it.

    data: The input, of shape (instances, channels, ...); floating.
    alpha: The weight of the mean square.
    beta: The exponent.
    knorm: What is added to it.
    nsize: How many channels count, an odd number: the channel itself and as many on each side.
    """
    if data.ndim < 2:
        raise ArgumentError(f"data has {data.ndim} axis; it takes 2 or more")
    if nsize % 2 == 0:
        raise ArgumentError(f"nsize={nsize} must be odd")
    (x,) = _wide(F, data)
    side, channels = nsize // 2, data.shape[1]
    padded_shape = (data.shape[0], channels + 2 * side, *data.shape[2:])
    padded = F.unindex(F.square(x), (slice(None), slice(side, side + channels)), padded_shape)
    total = F.index(padded, (slice(None), slice(0, channels)))
    for start in range(1, nsize):
        total = total + F.index(padded, (slice(None), slice(start, start + channels)))
    return x * F.power(knorm + alpha / nsize * total, -beta)
