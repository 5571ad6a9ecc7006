"""The functions of ``mx.nd.contrib`` that MXNet wrote in Python, but for control flow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..context import Context, as_context
from .creation import full
from .functions import function
from .ndarray import NDArray

__all__ = [
    *("adamw_update", "isfinite", "isinf", "isnan", "mp_adamw_update", "multi_adamw_update", "multi_lamb_update"),
    *("multi_mp_adamw_update", "multi_mp_lamb_update", "rand_zipfian"),
]
Arrays = Sequence[NDArray]


def isnan(data: NDArray) -> NDArray:
    """1 where an element is NaN, else 0, in the dtype of ``data``."""
    return data != data


def isfinite(data: NDArray) -> NDArray:
    """1 where an element is neither infinite nor NaN, else 0, in the dtype of ``data``."""
    return (data - data) == 0


def isinf(data: NDArray) -> NDArray:
    """1 where an element is infinite, of either sign, else 0, in the dtype of ``data``."""
    return isnan(data - data) * (data == data)


def rand_zipfian(
    true_classes: NDArray, num_sampled: int, range_max: int, ctx: Context | str | None = None
) -> tuple[NDArray, NDArray, NDArray]:
    """Class numbers at random, k with the probability ``log((k + 2) / (k + 1)) / log(range_max + 1)``.

    true_classes: The classes that are right. num_sampled: How many are drawn. range_max: How many classes there are.
    Returns what was drawn, int64; how often each true class is expected among them, and each of the drawn, float64.
    """
    context = as_context(ctx)
    width = math.log(range_max + 1)
    drawn = function("_random_uniform")(0.0, width, (num_sampled,), str(context), "float64")
    classes = (drawn.exp() - 1).astype("int64") % range_max

    def expected(numbers: NDArray) -> NDArray:
        k = numbers.as_in_context(context).astype("float64")
        return ((k + 2.0) / (k + 1.0)).log() / width * num_sampled

    return classes, expected(true_classes), expected(classes)


def _scale(rescale_grad: NDArray | float, weight: NDArray) -> NDArray:
    if isinstance(rescale_grad, NDArray):
        return rescale_grad.as_in_context(weight.context)
    return full((1,), rescale_grad, ctx=weight.context)


def adamw_update(
    weight: NDArray, grad: NDArray, mean: NDArray, var: NDArray, rescale_grad: NDArray | float, lr: float, eta: float,
    **options: Any,
) -> Any:  # fmt: skip
    """A step of AdamW, see ``_adamw_update``; ``rescale_grad`` may be a number."""
    scale = _scale(rescale_grad, weight)
    return function("_adamw_update")(weight, grad, mean, var, scale, lr=lr, eta=eta, **options)


def mp_adamw_update(
    weight: NDArray, grad: NDArray, mean: NDArray, var: NDArray, weight32: NDArray, rescale_grad: NDArray | float,
    lr: float, eta: float, **options: Any,
) -> Any:  # fmt: skip
    """A step of AdamW in mixed precision, see ``_mp_adamw_update``; ``rescale_grad`` may be a number."""
    scale = _scale(rescale_grad, weight)
    return function("_mp_adamw_update")(weight, grad, mean, var, weight32, scale, lr=lr, eta=eta, **options)


def _by_weight(*lists: Arrays) -> list[NDArray]:
    return [array for group in zip(*lists, strict=True) for array in group]


def multi_adamw_update(
    weights: Arrays, grads: Arrays, mean: Arrays, var: Arrays, rescale_grad: NDArray | float, lrs: Any, wds: Any,
    etas: Any, size: int = 0, **options: Any,
) -> Any:  # fmt: skip
    """A step of AdamW for many weights. size: How many there are; counted when left out."""
    arrays = [*_by_weight(weights, grads, mean, var), _scale(rescale_grad, weights[0])]
    rates = dict(lrs=lrs, wds=wds, etas=etas, num_weights=size or len(weights))
    return function("_multi_adamw_update")(*arrays, **rates, **options)


def multi_mp_adamw_update(
    weights: Arrays, grads: Arrays, mean: Arrays, var: Arrays, weights32: Arrays, rescale_grad: NDArray | float,
    lrs: Any, wds: Any, etas: Any, size: int = 0, **options: Any,
) -> Any:  # fmt: skip
    """A step of AdamW for many weights in mixed precision. size: How many there are; counted when left out."""
    arrays = [*_by_weight(weights, grads, mean, var, weights32), _scale(rescale_grad, weights[0])]
    rates = dict(lrs=lrs, wds=wds, etas=etas, num_weights=size or len(weights))
    return function("_multi_mp_adamw_update")(*arrays, **rates, **options)


def multi_lamb_update(
    weights: Arrays, grads: Arrays, mean: Arrays, var: Arrays, step_count: Any, lrs: Any, wds: Any,
    num_tensors: int = 0, **options: Any,
) -> Any:  # fmt: skip
    """A step of LAMB for many weights. num_tensors: How many there are; counted when left out."""
    rates = dict(step_count=step_count, learning_rates=lrs, wds=wds, num_tensors=num_tensors or len(weights))
    return function("_multi_lamb_update")(*_by_weight(weights, grads, mean, var), **rates, **options)


def multi_mp_lamb_update(
    weights: Arrays, grads: Arrays, mean: Arrays, var: Arrays, weights32: Arrays, step_count: Any, lrs: Any, wds: Any,
    num_tensors: int = 0, **options: Any,
) -> Any:  # fmt: skip
    """A step of LAMB for many weights in mixed precision. num_tensors: How many there are; counted when left out."""
    rates = dict(step_count=step_count, learning_rates=lrs, wds=wds, num_tensors=num_tensors or len(weights))
    return function("_multi_mp_lamb_update")(*_by_weight(weights, grads, mean, var, weights32), **rates, **options)
