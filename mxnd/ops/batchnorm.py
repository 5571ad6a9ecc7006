"""Batch normalization."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping, Sequence
from typing import Any

from ..core.errors import ArgumentError
from ..core.formula import Rule
from ..core.op import op
from ..core.params import Array, Double, required
from ..core.shapes import axis_of

Dims = tuple[int, ...]

WORDS = {
    "data": "The input; floating.",
    "gamma": "What each channel is multiplied by, of shape (channels,); set to 1 with ``fix_gamma``.",
    "beta": "What is added then, of the same shape.",
    "moving_mean": "The moving mean of each channel, of the same shape; a training step's backward updates it.",
    "moving_var": "The moving variance of each channel, likewise.",
    "eps": "What is added to the variance.",
    "momentum": "How much of the moving statistics stays in an update.",
    "fix_gamma": "Set gamma to 1; its gradient is 0.",
    "use_global_stats": "Use the moving statistics in training too; they stay as they are.",
    "output_mean_var": "Whether the mean and {second} of each channel are returned too. They carry no gradient.",
    "axis": "The axis of the channels.",
    "cudnn_off": "Ignored.",
    "min_calib_range": "Ignored.",
    "max_calib_range": "Ignored.",
    "ndev": "Ignored: on how many devices the layer runs.",
    "key": "Ignored: what the devices find the layer by.",
}
"""What these operators take, in words."""


def _per_channel(F: Any, x: Any, shape: Dims, axis: int) -> Any:
    return F.reshape(x, tuple(n if i == axis else 1 for i, n in enumerate(shape)))


def _moments(F: Any, x: Any, axes: Dims) -> tuple[Any, Any, Any]:
    """Mean and variance over all axes but the channels', which stay with size 1; and x without its mean."""
    count = max(math.prod(x.shape[axis] for axis in axes), 1)
    mean = F.sum(x, axes, True) / count
    centred = x - mean
    return mean, F.sum(F.square(centred), axes, True) / count, centred


def _value(F: Any, x: Any, gamma: Any, beta: Any, axes: Dims, eps: float, momentum: float, moving: Any) -> Any:
    _, var, centred = _moments(F, x, axes)
    return centred * (gamma / F.sqrt(var + eps)) + beta


def _pull(F: Any, ct: Any, x: Any, gamma: Any, axes: Dims, eps: float, momentum: float, moving: Any) -> tuple[Any, ...]:
    """The gradients; and, as MXNet does it here, the update of the moving statistics."""
    count = math.prod(x.shape[axis] for axis in axes)
    mean, var, centred = _moments(F, x, axes)
    for old, new in zip(moving, (mean, var)):
        F.write(old, momentum * old + (1.0 - momentum) * F.reshape(F.asarray(new), old.shape))
    inverse = 1.0 / F.sqrt(var + eps)
    standard = centred * inverse
    to_beta = F.sum(ct, axes, True)
    to_gamma = F.sum(ct * standard, axes, True)
    return lambda: (ct - to_beta / count - standard * (to_gamma / count)) * (gamma * inverse), to_gamma, to_beta


BATCH = Rule(_value, _pull, along="axes", kernel="batch")
"""Normalization by the statistics of the batch; gamma, beta and the moving ones have axes of size 1 beside the
channels."""


def _fixed(F: Any, x: Any, gamma: Any, beta: Any, mean: Any, var: Any, axes: Dims, eps: float) -> Any:
    return (x - mean) * (gamma * (1.0 / F.sqrt(var + eps))) + beta


def _fixed_pull(F: Any, ct: Any, x: Any, gamma: Any, mean: Any, var: Any, axes: Dims, eps: float) -> tuple[Any, ...]:
    inverse = 1.0 / F.sqrt(var + eps)
    return (
        lambda: ct * (gamma * inverse),
        lambda: F.sum(ct * (x - mean), axes, True) * inverse,
        lambda: F.sum(ct, axes, True),
    )


FIXED = Rule(_fixed, _fixed_pull, kernel="fixed")
"""Normalization by given statistics."""

ONES = Rule(lambda F, ones, gamma: ones, lambda F, ct, gamma: (None, F.zeros(gamma.shape, gamma.dtype)))
"""Ones in the place of gamma, whose gradient then is zero."""


def _normalize(F: Any, p: Mapping[str, Any], axis: int = 1, relu: bool = False, variance: bool = False) -> Any:
    """The results, and the new gamma for ``mutates``. ``p`` holds all arguments by name."""
    data, beta = p["data"], p["beta"]
    axis = axis_of(axis, data.ndim)
    size, shape = data.shape[axis], data.shape
    for name in ("gamma", "beta", "moving_mean", "moving_var"):
        if p[name].shape != (size,):
            raise ArgumentError(f"{name} has shape {p[name].shape}; it takes {(size,)}, the size of axis {axis}")
    x = F.cast(data, "float32") if data.dtype == "float16" else data
    ones = F.ones((size,), p["gamma"].dtype) if p["fix_gamma"] else None
    gamma = p["gamma"] if ones is None else ONES(F, ones, p["gamma"])
    gamma, beta = (_per_channel(F, F.cast(v, x.dtype), shape, axis) for v in (gamma, beta))
    moving = tuple(F.asarray(p[name]) for name in ("moving_mean", "moving_var"))
    axes = tuple(i for i in range(data.ndim) if i != axis)
    if F.training and not p["use_global_stats"]:
        y = BATCH(
            F, x, gamma, beta, axes, p["eps"], p["momentum"], tuple(_per_channel(F, m, shape, axis) for m in moving)
        )
        mean, var = (
            (F.reshape(m, (size,)) for m in _moments(F, F.asarray(x), axes)[:2]) if p["output_mean_var"] else moving
        )
    else:
        mean, var = moving
        given = (_per_channel(F, F.cast(v, x.dtype), shape, axis) for v in moving)
        y = FIXED(F, x, gamma, beta, *given, axes, p["eps"])
    y = F.cast(F.maximum(y, 0.0) if relu else y, data.dtype)
    more = (mean, var if variance else 1.0 / F.sqrt(var + p["eps"])) if p["output_mean_var"] else ()
    return (y, *more, ones)


def _declare(samples: Sequence[Mapping[str, Any]] = ({},), second: str = "1 / sqrt(variance + eps)") -> Any:
    """Declare a batch normalization: what all of them have in common."""
    parts = ("gamma", "beta", "moving_mean", "moving_var")
    inputs = dict(data=(2, 3, 2, 2), **dict.fromkeys(parts, (3,)), domain=(0.2, 2.0))

    def register(body: Any) -> Any:
        names = list(inspect.signature(body).parameters)[1:]
        words = [f"{name}: {WORDS[name].format(second=second)}" for name in names]
        return op(
            body,
            doc="\n".join([inspect.cleandoc(body.__doc__ or ""), "", *words]),
            dtypes="float",
            dtype=None,
            free=parts,
            mutates=("gamma",),
            outputs=lambda output_mean_var, **_: 3 if output_mean_var else 1,
            samples=[dict(inputs, **sample) for sample in samples],
        )

    return register


@_declare([{}, dict(fix_gamma=False), dict(fix_gamma=False, eps=0.1, output_mean_var=True), dict(axis=-3)])
def BatchNorm(
    F,
    data: Array,
    gamma: Array,
    beta: Array,
    moving_mean: Array,
    moving_var: Array,
    eps: Double = 0.0010000000474974513,
    momentum: float = 0.9,
    fix_gamma: bool = True,
    use_global_stats: bool = False,
    output_mean_var: bool = False,
    axis: int = 1,
    cudnn_off: bool = False,
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
):
    """Subtracts the mean of each channel and divides by the standard deviation; then scales and shifts.

    ``(x - mean) / sqrt(variance + eps) * gamma + beta``, with the statistics of the batch in training and the moving
    ones otherwise. Every backward through it in training moves them:
    ``moving = momentum * moving + (1 - momentum) * statistic``.
    """
    return _normalize(F, locals(), axis)


@_declare([{}, dict(fix_gamma=False)])
def _contrib_BatchNormWithReLU(
    F,
    data: Array,
    gamma: Array,
    beta: Array,
    moving_mean: Array,
    moving_var: Array,
    eps: Double = 0.0010000000474974513,
    momentum: float = 0.9,
    fix_gamma: bool = True,
    use_global_stats: bool = False,
    output_mean_var: bool = False,
    axis: int = 1,
    cudnn_off: bool = False,
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
):
    """BatchNorm with negative results set to 0."""
    return _normalize(F, locals(), axis, relu=True)


@_declare([dict(key="a"), dict(key="b", fix_gamma=False)], second="variance")
def _contrib_SyncBatchNorm(
    F,
    data: Array,
    gamma: Array,
    beta: Array,
    moving_mean: Array,
    moving_var: Array,
    eps: float = 1e-3,
    momentum: float = 0.9,
    fix_gamma: bool = True,
    use_global_stats: bool = False,
    output_mean_var: bool = False,
    ndev: int = 1,
    key: str = required,
):
    """BatchNorm over the channels of axis 1, for layers whose batch is spread over several devices; here it is one."""
    return _normalize(F, locals(), variance=True)


@_declare([{}, dict(fix_gamma=False)], second="variance")
def BatchNorm_v1(
    F,
    data: Array,
    gamma: Array,
    beta: Array,
    moving_mean: Array,
    moving_var: Array,
    eps: float = 1e-3,
    momentum: float = 0.9,
    fix_gamma: bool = True,
    use_global_stats: bool = False,
    output_mean_var: bool = False,
):
    """The first version of BatchNorm, over the channels of axis 1; it computes the same."""
    return _normalize(F, locals(), variance=True)
