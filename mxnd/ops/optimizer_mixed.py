"""Optimizer steps in mixed precision (a float16 weight beside a float32 copy) and for many weights at once."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from ..core.errors import ArgumentError
from ..core.op import declare, op, registry
from ..core.params import Array, Floats, required
from .optimizer import ARGUMENTS, decayed, moving, nag_mom_update, scaled, sgd_mom_update, sgd_update, step

LARGE = dict(wd=0.1, t=2)


def _narrow(F: Any, weight: Any, result: Any) -> tuple[Any, ...]:
    """What a step gave for the float32 weight: in the dtype of ``weight``, the new states, and as it is."""
    new, *states = result if isinstance(result, tuple) else (result,)
    return F.cast(new, weight.dtype), *states, new


@step("weight32", mixed=True)
def mp_sgd_update(
    F, weight: Array, grad: Array, weight32: Array, lr: float, wd: float = 0.0, rescale_grad: float = 1.0,
    clip_gradient: float = -1.0, lazy_update: bool = True,
):  # fmt: skip
    """``sgd_update`` in mixed precision."""
    grad = F.cast(grad, weight32.dtype)
    return _narrow(F, weight, sgd_update(F, weight32, grad, lr, wd, rescale_grad, clip_gradient))


@step("mom", "weight32", mixed=True, samples=[dict(momentum=0.9)])
def mp_sgd_mom_update(
    F, weight: Array, grad: Array, mom: Array, weight32: Array, lr: float, momentum: float = 0.0, wd: float = 0.0,
    rescale_grad: float = 1.0, clip_gradient: float = -1.0, lazy_update: bool = True,
):  # fmt: skip
    """``sgd_mom_update`` in mixed precision."""
    grad = F.cast(grad, weight32.dtype)
    return _narrow(F, weight, sgd_mom_update(F, weight32, grad, mom, lr, momentum, wd, rescale_grad, clip_gradient))


@step("mom", "weight32", mixed=True, samples=[dict(momentum=0.9)])
def mp_nag_mom_update(
    F, weight: Array, grad: Array, mom: Array, weight32: Array, lr: float, momentum: float = 0.0, wd: float = 0.0,
    rescale_grad: float = 1.0, clip_gradient: float = -1.0,
):  # fmt: skip
    """``nag_mom_update`` in mixed precision."""
    grad = F.cast(grad, weight32.dtype)
    return _narrow(F, weight, nag_mom_update(F, weight32, grad, mom, lr, momentum, wd, rescale_grad, clip_gradient))


@step("mean", "var", samples=[LARGE])
def lamb_update_phase1(
    F, weight: Array, grad: Array, mean: Array, var: Array, beta1: float = 0.9, beta2: float = 0.999,
    epsilon: float = 1e-6, t: int = required, bias_correction: bool = True, wd: float = required,
    rescale_grad: float = 1.0, clip_gradient: float = -1.0,
):  # fmt: skip
    """The direction of LAMB (You et al., 2020): ``mean / (sqrt(var) + epsilon) + wd * weight``.

    t: The number of this step, from 1.
    bias_correction: Whether mean and var are first divided by ``1 - beta ** t``.
    wd: Weight decay: how much of the weight is added to the direction.
    """
    grad = scaled(F, grad, rescale_grad, clip_gradient)
    mean, var = moving(F, mean, grad, beta1), moving(F, var, F.square(grad), beta2)
    unbiased = (mean / (1.0 - beta1**t), var / (1.0 - beta2**t)) if bias_correction else (mean, var)
    return decayed(F, unbiased[0] / (F.sqrt(unbiased[1]) + epsilon), weight, wd), mean, var


@step("mean", "var", mixed=True, samples=[LARGE])
def mp_lamb_update_phase1(
    F, weight: Array, grad: Array, mean: Array, var: Array, weight32: Array, beta1: float = 0.9, beta2: float = 0.999,
    epsilon: float = 1e-6, t: int = required, bias_correction: bool = True, wd: float = required,
    rescale_grad: float = 1.0, clip_gradient: float = -1.0,
):  # fmt: skip
    """``lamb_update_phase1`` in mixed precision; the direction is float32.

    weight32: The weight in float32.
    t: The number of this step, from 1.
    bias_correction: Whether mean and var are first divided by ``1 - beta ** t``.
    wd: Weight decay: how much of the weight is added to the direction.
    """
    grad = F.cast(grad, weight32.dtype)
    return lamb_update_phase1(
        F, weight32, grad, mean, var, beta1, beta2, epsilon, t, bias_correction, wd, rescale_grad, clip_gradient
    )


@step(single=("r1", "r2"))
def lamb_update_phase2(
    F, weight: Array, g: Array, r1: Array, r2: Array, lr: float, lower_bound: float = -1.0, upper_bound: float = -1.0
):
    """The step of LAMB along its direction: ``weight - lr * r1 / r2 * g``; without the quotient where one of both is 0.

    g: The direction, from ``lamb_update_phase1``.
    r1: The norm of the weight, of shape (1,).
    r2: The norm of the direction, of shape (1,).
    lower_bound: The least r1; none when negative.
    upper_bound: The largest r1; none when negative.
    """
    r1 = F.maximum(r1, lower_bound) if lower_bound >= 0 else r1
    r1 = F.minimum(r1, upper_bound) if upper_bound >= 0 else r1
    return weight - lr * F.where((r1 == 0) | (r2 == 0), F.ones((1,), r1.dtype), r1 / r2) * g


@step("weight32", single=("r1", "r2"), mixed=True)
def mp_lamb_update_phase2(
    F, weight: Array, g: Array, r1: Array, r2: Array, weight32: Array, lr: float, lower_bound: float = -1.0,
    upper_bound: float = -1.0,
):  # fmt: skip
    """``lamb_update_phase2`` in mixed precision.

    g: The direction, from ``mp_lamb_update_phase1``.
    r1: The norm of the weight, of shape (1,).
    r2: The norm of the direction, of shape (1,).
    lower_bound: The least r1; none when negative.
    upper_bound: The largest r1; none when negative.
    """
    return _narrow(F, weight, lamb_update_phase2(F, weight32, g, r1, r2, lr, lower_bound, upper_bound))


@op(
    dtypes="float",
    differentiable=False,
    samples=[dict(lrs=(3,), weights_sum_sq=(3,), grads_sum_sq=(3,), wds=(3,), eta=0.1, eps=0.01, domain=(0.1, 2.0))],
)
def multi_lars(
    F, lrs: Array, weights_sum_sq: Array, grads_sum_sq: Array, wds: Array, eta: float, eps: float,
    rescale_grad: float = 1.0,
):  # fmt: skip
    """Learning rates for many weights by LARS (You et al., 2017): ``lr * eta * |w| / (|grad| + wd * |w| + eps)``.

    Where a norm is 0, the learning rate stays.

    lrs: The learning rate of each weight.
    weights_sum_sq: The sum of squares of each weight, ``|w|`` squared.
    grads_sum_sq: The sum of squares of each gradient, ``|grad|`` squared.
    wds: The weight decay of each weight.
    eta: The trust in a step.
    eps: What is added to the denominator.
    rescale_grad: What the gradients are multiplied by.
    """
    if not lrs.shape == weights_sum_sq.shape == grads_sum_sq.shape == wds.shape:
        raise ArgumentError("lrs, weights_sum_sq, grads_sum_sq and wds must have one shape")
    weight, grad = F.sqrt(weights_sum_sq), F.sqrt(grads_sum_sq) * rescale_grad
    rates = lrs * (eta * weight / (grad + wds * weight + eps))
    return F.where((weight > 0) & (grad > 0), rates, lrs)


def many(name: str, update: Callable[..., Any], arrays: str, loaded: bool = False) -> None:
    """An update of many weights at once, each by ``update``.

    arrays: What stands in ``data`` for each weight, in the order of ``update``.
    loaded: Whether learning rates and decays are the last two arrays, instead of parameters.
    """
    width = len(arrays.split())
    extra = 2 if loaded else 0
    with_momentum = "mom" in arrays.split()
    mixed = "weight32" in arrays.split()

    def body(
        F, *data: Array, lrs: Floats = required, wds: Floats = required, momentum: float = 0.0,
        rescale_grad: float = 1.0, clip_gradient: float = -1.0, num_weights: int = 1,
    ):  # fmt: skip
        if num_weights < 1 or len(data) != num_weights * width + extra:
            needs = f"{width} for each weight" + (" and 2" if loaded else "")
            raise ArgumentError(f"{len(data)} arrays are given; num_weights={num_weights} takes {needs}: {arrays}")
        if loaded:
            lrs, wds = data[-2:]
        if len(lrs) != num_weights or len(wds) != num_weights:
            raise ArgumentError(f"{len(lrs)} lrs and {len(wds)} wds are given for {num_weights} weights")
        weights: list[Any] = []
        changed: list[Any] = []
        for i in range(num_weights):
            group = data[i * width : (i + 1) * width]
            rates = (lrs[i], momentum, wds[i]) if with_momentum else (lrs[i], wds[i])
            result = update(F, *group, *rates, rescale_grad, clip_gradient)
            new, *states = result if isinstance(result, tuple) else (result,)
            weights.append(new)
            changed += [None, None, *states]
        return (*weights, *changed, *[None] * extra) if width > 2 else tuple(weights)

    parameters = inspect.signature(body).parameters
    left_out = {"lrs", "wds"} if loaded else set()
    left_out |= set() if with_momentum else {"momentum"}
    body.__signature__ = inspect.Signature([p for n, p in parameters.items() if n not in left_out])  # type: ignore[attr-defined]
    words = {
        "data": f"The arrays, weight by weight: {arrays}"
        + ("; then the learning rates and the decays." if loaded else "."),
        "lrs": "The learning rate of each weight.",
        "wds": "The weight decay of each weight.",
        **ARGUMENTS,
        "num_weights": "How many weights there are.",
    }
    doc = f"``{update.__name__}`` of many weights at once.\n\n"
    doc += "\n".join(f"{n}: {words[n]}" for n in parameters if n in words and n not in left_out)
    rates = {} if loaded else {"lrs": (0.1, 0.2), "wds": (0.0, 0.1)}
    sample = {
        "data": [(2, 3)] * width + [(2,)] * width + [(2,)] * extra,
        "num_weights": 2,
        "domain": (0.1, 2.0),
        **rates,
    }
    options = dict(dtypes="float", differentiable=False, dtype=None if mixed else "like", samples=(sample,))
    options |= dict(outputs=lambda num_weights, **_: num_weights, free=("data",) if mixed or loaded else ())
    registry.add(declare(body, name, doc, mutates=("data",) if width > 2 else (), **options))


for _prefix, _loaded in (("", False), ("preloaded_", True)):
    many(f"{_prefix}multi_sgd_update", sgd_update, "weight grad", _loaded)
    many(f"{_prefix}multi_sgd_mom_update", sgd_mom_update, "weight grad mom", _loaded)
    many(f"{_prefix}multi_mp_sgd_update", mp_sgd_update, "weight grad weight32", _loaded)
    many(f"{_prefix}multi_mp_sgd_mom_update", mp_sgd_mom_update, "weight grad mom weight32", _loaded)
