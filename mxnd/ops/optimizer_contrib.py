"""AdamW, LAMB for many weights at once, and AdaGrad with one rate for each row."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from ..core.errors import ArgumentError
from ..core.op import declare, op, registry
from ..core.params import Array, Floats, Shape, required
from .optimizer import ARGUMENTS, moving, scaled, step
from .optimizer_mixed import lamb_update_phase1, lamb_update_phase2

RESCALE = dict(eta=0.5, wd=0.1)


def _adamw(F: Any, arrays: Any, rescale: Any, rates: Any, betas: Any, epsilon: float, clip: float) -> list[Any]:
    """New weight, mean and variance (Loshchilov and Hutter, 2019)."""
    weight, grad, mean, var = arrays
    lr, wd, eta = rates
    rescale = F.cast(rescale, weight.dtype)
    grad = grad * rescale
    grad = F.clip(grad, -clip, clip) if clip >= 0 else grad
    new_mean, new_var = moving(F, mean, grad, betas[0]), moving(F, var, F.square(grad), betas[1])
    return [weight - eta * (lr * new_mean / (F.sqrt(new_var) + epsilon) + wd * weight), new_mean, new_var]


def _if_sound(F: Any, rescale: Any, after: Any, before: Any) -> tuple[Any, ...]:
    """What came out, or what was there when the gradients had overflowed."""
    sound = F.isfinite(rescale) & (rescale != 0)
    return tuple(F.where(sound, new, old) for new, old in zip(after, before))


@step(
    "mean",
    "var",
    single=("rescale_grad",),
    free=("rescale_grad",),
    samples=[RESCALE, dict(eta=1.0, clip_gradient=0.25)],
)
def _adamw_update(
    F, weight: Array, grad: Array, mean: Array, var: Array, rescale_grad: Array, lr: float, beta1: float = 0.9,
    beta2: float = 0.999, epsilon: float = 1e-8, wd: float = 0.0, eta: float = required, clip_gradient: float = -1.0,
):  # fmt: skip
    """Adam with weight decay of its own: ``weight - eta * (lr * mean / (sqrt(var) + epsilon) + wd * weight)``.

    rescale_grad: What the gradient is multiplied by first, of shape (1,); if 0, infinite or NaN, nothing changes.
    eta: The factor of the whole step.
    wd: Weight decay, apart from the gradient.
    """
    arrays = (weight, grad, mean, var)
    after = _adamw(F, arrays, rescale_grad, (lr, wd, eta), (beta1, beta2), epsilon, clip_gradient)
    return _if_sound(F, rescale_grad, after, (weight, mean, var))


@step("mean", "var", "weight32", single=("rescale_grad",), mixed=True, samples=[RESCALE])
def _mp_adamw_update(
    F, weight: Array, grad: Array, mean: Array, var: Array, weight32: Array, rescale_grad: Array, lr: float,
    beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8, wd: float = 0.0, eta: float = required,
    clip_gradient: float = -1.0,
):  # fmt: skip
    """``_adamw_update`` in mixed precision.

    rescale_grad: What the gradient is multiplied by first, of shape (1,); if 0, infinite or NaN, nothing changes.
    eta: The factor of the whole step.
    wd: Weight decay, apart from the gradient.
    """
    arrays = (weight32, F.cast(grad, weight32.dtype), mean, var)
    new, *states = _adamw(F, arrays, rescale_grad, (lr, wd, eta), (beta1, beta2), epsilon, clip_gradient)
    after = (F.cast(new, weight.dtype), *states, new)
    return _if_sound(F, rescale_grad, after, (weight, mean, var, weight32))


@op(
    dtypes="float",
    differentiable=False,
    mutates=("history",),
    samples=[dict(weight=(2, 3), grad=(2, 3), history=(2, 1), lr=0.1, epsilon=0.1, domain=(0.1, 2.0))],
)
def _contrib_group_adagrad_update(
    F, weight: Array, grad: Array, history: Array, lr: float, rescale_grad: float = 1.0, clip_gradient: float = -1.0,
    epsilon: float = 1e-5,
):  # fmt: skip
    """AdaGrad with one rate for each row: ``weight - lr * grad / sqrt(history + epsilon)``.

    weight: The weight, of at least 2 dimensions; floating.
    grad: Its gradient, of the same shape and dtype.
    history: The sum of the mean squared gradients of each row, of shape (rows, 1); updated.
    lr: The learning rate.
    rescale_grad: What the gradient is multiplied by first.
    clip_gradient: To what size the gradient is cut then; not at all when negative.
    epsilon: What is added to the history.
    """
    if weight.ndim < 2 or grad.shape != weight.shape or history.shape != (weight.shape[0],) + (1,) * (weight.ndim - 1):
        raise ArgumentError("grad must have the shape of weight, and history one number for each row, (rows, 1)")
    grad = scaled(F, grad, rescale_grad, clip_gradient)
    history = history + F.sum(F.square(grad), tuple(range(1, grad.ndim)), True) * (grad.shape[0] / grad.size)
    return weight - lr * grad / F.sqrt(history + epsilon), history


def _groups(data: Any, count: int, width: int, extra: int, name: str, rates: dict[str, Any]) -> list[Any]:
    """The arrays of each weight; ArgumentError when there are not enough of them, or of the numbers for each."""
    if count < 1 or len(data) != count * width + extra:
        needs = f"{width} for each weight" + (f" and {extra}" if extra else "")
        raise ArgumentError(f"{len(data)} arrays are given; {name}={count} takes {needs}")
    for rate, values in rates.items():
        if len(values) != count:
            raise ArgumentError(f"{rate} has {len(values)} numbers for {count} weights")
    return [data[i * width : (i + 1) * width] for i in range(count)]


def _multi_adamw(F: Any, *data: Array, lrs: Floats = required, beta1: float = 0.9, beta2: float = 0.999,
                 epsilon: float = 1e-8, wds: Floats = required, etas: Floats = required, clip_gradient: float = -1.0,
                 num_weights: int = 1, mixed: bool = False) -> Any:  # fmt: skip
    update = _mp_adamw_update if mixed else _adamw_update
    rates = {"lrs": lrs, "wds": wds, "etas": etas}
    rescale = data[-1]
    weights: list[Any] = []
    changed: list[Any] = []
    for i, arrays in enumerate(_groups(data, num_weights, 5 if mixed else 4, 1, "num_weights", rates)):
        step_of_one = (lrs[i], beta1, beta2, epsilon, wds[i], etas[i], clip_gradient)
        new, *states = update(F, *arrays, rescale, *step_of_one)
        weights.append(new)
        changed += [None, None, *states]
    return (*weights, *changed, None)


def _multi_lamb(F: Any, *data: Array, learning_rates: Floats = required, beta1: float = 0.9, beta2: float = 0.999,
                epsilon: float = 1e-6, wds: Floats = required, rescale_grad: float = 1.0, lower_bound: float = -1.0,
                upper_bound: float = -1.0, clip_gradient: float = -1.0, bias_correction: bool = True,
                step_count: Shape = required, num_tensors: int = 1, mixed: bool = False) -> Any:  # fmt: skip
    rates = {"learning_rates": learning_rates, "wds": wds, "step_count": step_count}
    weights: list[Any] = []
    changed: list[Any] = []
    for i, (weight, grad, mean, var, *rest) in enumerate(
        _groups(data, num_tensors, 5 if mixed else 4, 0, "num_tensors", rates)
    ):
        full = rest[0] if mixed else weight
        direction, new_mean, new_var = lamb_update_phase1(
            F, full, F.cast(grad, full.dtype), mean, var, beta1, beta2, epsilon, step_count[i], bias_correction, wds[i],
            rescale_grad, clip_gradient,
        )  # fmt: skip
        norms = [F.reshape(F.sqrt(F.sum(F.square(x))), (1,)) for x in (F.cast(weight, full.dtype), direction)]
        new = lamb_update_phase2(F, full, direction, *norms, learning_rates[i], lower_bound, upper_bound)
        weights.append(F.cast(new, weight.dtype))
        changed += [None, None, new_mean, new_var, *([new] if mixed else [])]
    return (*weights, *changed)


WORDS = {
    **ARGUMENTS,
    "lrs": "The learning rate of each weight.",
    "learning_rates": "The learning rate of each weight.",
    "wds": "The weight decay of each weight.",
    "etas": "The factor of the whole step, of each weight.",
    "lower_bound": "The least norm of a weight; none when negative.",
    "upper_bound": "The largest norm of a weight; none when negative.",
    "bias_correction": "Whether mean and var are first divided by ``1 - beta ** t``.",
    "step_count": "The number of this step, from 1, for each weight.",
    "num_weights": "How many weights there are.",
    "num_tensors": "How many weights there are.",
}


def many(name: str, many_steps: Callable[..., Any], of_one: str, arrays: str, sample: dict[str, Any]) -> None:
    """An update of many weights at once. arrays: What stands in ``data`` for each weight, and at its end."""
    each, _, last = arrays.partition("; ")
    width, mixed = len(each.split()), "weight32" in each

    def body(F: Any, *data: Array, **options: Any) -> Any:
        return many_steps(F, *data, mixed=mixed, **options)

    hidden = [p for n, p in inspect.signature(many_steps).parameters.items() if n != "mixed"]
    body.__signature__ = inspect.Signature(hidden)  # type: ignore[attr-defined]
    body.__annotations__ = {p.name: inspect.get_annotations(many_steps, eval_str=True)[p.name] for p in hidden}
    doc = f"``{of_one}`` of many weights at once.\n\ndata: The arrays, weight by weight: {each}"
    doc += f"; then {last}.\n" if last else ".\n"
    doc += "\n".join(f"{p.name}: {WORDS[p.name]}" for p in hidden if p.name in WORDS)
    shapes = [(2, 3)] * width + [(2,)] * width + ([(1,)] if last else [])
    number = "num_weights" if "num_weights" in WORDS and "lrs" in sample else "num_tensors"
    samples = ({"data": shapes, number: 2, "domain": (0.1, 2.0), "wds": (0.0, 0.1), **sample},)
    registry.add(
        declare(
            body,
            name,
            doc,
            dtypes="float",
            differentiable=False,
            dtype=None,
            free=("data",),
            mutates=("data",),
            outputs=lambda num_weights=0, num_tensors=0, **_: num_weights or num_tensors,
            samples=samples,
        )
    )


_ADAMW = dict(lrs=(0.1, 0.2), etas=(0.5, 1.0))
_LAMB = dict(learning_rates=(0.1, 0.2), step_count=(1, 2))
many("_multi_adamw_update", _multi_adamw, "_adamw_update", "weight grad mean var; rescale_grad", _ADAMW)
many("_multi_mp_adamw_update", _multi_adamw, "_adamw_update", "weight grad mean var weight32; rescale_grad", _ADAMW)
many("_multi_lamb_update", _multi_lamb, "lamb_update_phase1", "weight grad mean var", _LAMB)
many("_multi_mp_lamb_update", _multi_lamb, "lamb_update_phase1", "weight grad mean var weight32", _LAMB)
