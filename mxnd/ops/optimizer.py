"""One step of an optimizer: returns the new weight and moves its states. ``out=weight`` writes it back."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..core.errors import ArgumentError
from ..core.op import op
from ..core.params import Array, Double, required

ARGUMENTS = {
    "weight": "The weight; floating.",
    "grad": "Its gradient, of the same shape and dtype.",
    "mom": "The momentum; updated.",
    "mean": "The moving mean of the gradient; updated.",
    "var": "The moving mean of the squared gradient; updated.",
    "weight32": "The weight in float32, which the step is computed from; updated.",
    "lr": "The learning rate.",
    "momentum": "How much of the last step is made again.",
    "beta1": "How much of the old moving mean of the gradient stays.",
    "beta2": "How much of the old moving mean of the squared gradient stays.",
    "epsilon": "What is added to a denominator so that it is not 0.",
    "wd": "Weight decay: how much of the weight is added to the gradient.",
    "rescale_grad": "What the gradient is multiplied by first.",
    "clip_gradient": "To what size the gradient is cut then; not at all when negative.",
    "clip_weights": "To what size the new weight is cut; not at all when negative.",
    "lazy_update": "For sparse gradients; a dense one always updates everything.",
}
"""What most of these operators take, in words."""


def step(
    *states: str,
    samples: Iterable[Mapping[str, Any]] = ({},),
    single: Iterable[str] = (),
    mixed: bool = False,
    free: Iterable[str] = (),
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare an update.

    states: The inputs that the body's results after the first are written back into.
    samples: Parameters; all inputs have one shape.
    single: The inputs that have one element; all others have the shape of the first.
    mixed: Whether the dtypes differ: float16 weight and gradient, float32 states.
    free: The inputs whose dtype may differ anyway.
    """

    def register(body: Callable[..., Any]) -> Callable[..., Any]:
        parameters = inspect.signature(body).parameters
        inputs = [name for name, p in parameters.items() if p.annotation == "Array"]
        said = inspect.cleandoc(body.__doc__ or "")
        words = [f"{n}: {text}" for n, text in ARGUMENTS.items() if n in parameters and f"\n{n}: " not in said]

        ones, number = frozenset(single), len(inputs)

        @functools.wraps(body)
        def checked(F: Any, *args: Any) -> Any:
            shape = args[0].shape
            for x in args[1:number]:
                if x.shape != shape or ones:
                    check(args)
                    break
            return body(F, *args)

        def check(args: Any) -> None:
            shape = args[0].shape
            for name, x in zip(inputs[1:], args[1:]):
                wanted = (1,) if name in ones else shape
                if x.shape != wanted:
                    raise ArgumentError(
                        f"{name} has shape {x.shape}; beside {inputs[0]} of shape {shape} it takes {wanted}"
                    )

        shapes = {name: (1,) if name in ones else (2, 3) for name in inputs}
        rate = {"lr": 0.1} if "lr" in parameters else {}
        return op(
            checked,
            doc="\n".join([said, "", *words]),
            dtypes="float",
            dtype=None if mixed else "like",
            free=tuple(inputs[1:]) if mixed else tuple(free),
            differentiable=False,
            mutates=states,
            samples=[{**shapes, "domain": (0.1, 2.0), **rate, **sample} for sample in samples],
        )

    return register


def scaled(F: Any, grad: Any, rescale: float, clip: float) -> Any:
    """The gradient rescaled and cut; what would change nothing is left out."""
    grad = grad if rescale == 1.0 else grad * rescale
    return F.clip(grad, -clip, clip) if clip >= 0 else grad


def decayed(F: Any, grad: Any, weight: Any, wd: float) -> Any:
    """The gradient with the weight's decay; ``wd`` may be an array."""
    return grad if isinstance(wd, float) and not wd else grad + wd * weight


def moving(F: Any, old: Any, new: Any, stays: float) -> Any:
    """A moving mean, one step on."""
    return stays * old + (1.0 - stays) * new


@step(samples=[{}, dict(wd=0.1, rescale_grad=0.5, clip_gradient=0.25)])
def sgd_update(
    F, weight: Array, grad: Array, lr: float, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0,
    lazy_update: bool = True,
):  # fmt: skip
    """Gradient descent: ``weight - lr * (grad + wd * weight)``."""
    return weight - lr * decayed(F, scaled(F, grad, rescale_grad, clip_gradient), weight, wd)


@step("mom", samples=[dict(momentum=0.9)])
def sgd_mom_update(
    F, weight: Array, grad: Array, mom: Array, lr: float, momentum: float = 0.0, wd: float = 0.0,
    rescale_grad: float = 1.0, clip_gradient: float = -1.0, lazy_update: bool = True,
):  # fmt: skip
    """Gradient descent with momentum: ``mom = momentum * mom - lr * (grad + wd * weight)``, ``weight + mom``."""
    mom = momentum * mom - lr * decayed(F, scaled(F, grad, rescale_grad, clip_gradient), weight, wd)
    return weight + mom, mom


@step("mom", samples=[dict(momentum=0.9)])
def nag_mom_update(
    F, weight: Array, grad: Array, mom: Array, lr: float, momentum: float = 0.0, wd: float = 0.0,
    rescale_grad: float = 1.0, clip_gradient: float = -1.0,
):  # fmt: skip
    """Nesterov's accelerated gradient: a momentum step and a look ahead.

    ``mom = momentum * mom - lr * g``, ``weight + momentum * mom - lr * g`` with ``g = grad + wd * weight``. The
    momentum that is kept has the decay of the new weight, as in MXNet, which updates in place.
    """
    grad = scaled(F, grad, rescale_grad, clip_gradient)
    down = lr * decayed(F, grad, weight, wd)
    mom = momentum * mom
    weight = weight + momentum * (mom - down) - down
    return weight, mom - (lr * decayed(F, grad, weight, wd) if wd else down)


@step("mean", "var")
def adam_update(
    F, weight: Array, grad: Array, mean: Array, var: Array, lr: float, beta1: float = 0.9, beta2: float = 0.999,
    epsilon: float = 1e-8, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0,
    lazy_update: bool = True,
):  # fmt: skip
    """Adam (Kingma and Ba, 2015), without the correction of its bias, which is part of the learning rate.

    ``weight - lr * mean / (sqrt(var) + epsilon)``, mean and var the moving means of ``g = grad + wd * weight`` and of
    its square. Clipping comes after the decay.
    """
    grad = scaled(F, decayed(F, scaled(F, grad, rescale_grad, -1.0), weight, wd), 1.0, clip_gradient)
    mean, var = moving(F, mean, grad, beta1), beta2 * var + (1.0 - beta2) * grad * grad
    return weight - lr * mean / (F.sqrt(var) + epsilon), mean, var


@step("d", "v", "z", samples=[dict(t=2)])
def ftml_update(
    F, weight: Array, grad: Array, d: Array, v: Array, z: Array, lr: float, beta1: float = 0.6, beta2: float = 0.999,
    epsilon: Double = 9.9999999392252903e-09, t: int = required, wd: float = 0.0, rescale_grad: float = 1.0,
    clip_grad: float = -1.0,
):  # fmt: skip
    """Follow the moving leader (Zheng and Kwok, 2017). Clipping comes after the decay.

    d: The state of that name; updated.
    v: The moving mean of the squared gradient; updated.
    z: The state of that name; updated.
    t: The number of this step, from 1.
    clip_grad: To what size the gradient is cut; not at all when negative.
    """
    grad = scaled(F, decayed(F, scaled(F, grad, rescale_grad, -1.0), weight, wd), 1.0, clip_grad)
    v = moving(F, v, F.square(grad), beta2)
    new_d = (F.sqrt(v / (1.0 - beta2**t)) + epsilon) * (1.0 - beta1**t) / lr
    z = moving(F, z, grad, beta1) - (new_d - beta1 * d) * weight
    return -z / new_d, new_d, v, z


@step("z", "n")
def ftrl_update(
    F, weight: Array, grad: Array, z: Array, n: Array, lr: float, lamda1: float = 0.01, beta: float = 1.0,
    wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0,
):  # fmt: skip
    """Follow the regularized leader (McMahan et al., 2013).

    z: The state of that name; updated.
    n: The sum of squared gradients; updated.
    lamda1: The weight of the absolute values: weights that need less become 0.
    beta: What is added to the root of n.
    wd: The weight of the squares.
    """
    grad = scaled(F, grad, rescale_grad, clip_gradient)
    new_n = n + F.square(grad)
    z = z + grad - (F.sqrt(new_n) - F.sqrt(n)) * weight / lr
    weight = (F.sign(z) * lamda1 - z) / ((beta + F.sqrt(new_n)) / lr + wd)
    return weight * F.cast(F.abs(z) > lamda1, weight.dtype), z, new_n


@step("n", samples=[{}, dict(clip_weights=0.5)])
def rmsprop_update(
    F, weight: Array, grad: Array, n: Array, lr: float, gamma1: float = 0.95, epsilon: float = 1e-8, wd: float = 0.0,
    rescale_grad: float = 1.0, clip_gradient: float = -1.0, clip_weights: float = -1.0,
):  # fmt: skip
    """RMSProp (Tieleman and Hinton, 2012): ``weight - lr * g / sqrt(n + epsilon)``. Clipping comes after the decay.

    n: The moving mean of the squared gradient; updated.
    gamma1: How much of the old mean stays.
    """
    grad = scaled(F, decayed(F, scaled(F, grad, rescale_grad, -1.0), weight, wd), 1.0, clip_gradient)
    n = moving(F, n, F.square(grad), gamma1)
    return scaled(F, weight - lr * grad / F.sqrt(n + epsilon), 1.0, clip_weights), n


@step("n", "g", "delta", samples=[dict(epsilon=4.0)])
def rmspropalex_update(
    F, weight: Array, grad: Array, n: Array, g: Array, delta: Array, lr: float, gamma1: float = 0.95,
    gamma2: float = 0.9, epsilon: float = 1e-8, wd: float = 0.0, rescale_grad: float = 1.0,
    clip_gradient: float = -1.0, clip_weights: float = -1.0,
):  # fmt: skip
    """RMSProp of Graves (2013): divided by the standard deviation, with momentum. Clipping comes after the decay.

    n: The moving mean of the squared gradient; updated.
    g: The moving mean of the gradient; updated.
    delta: The last step; updated.
    gamma1: How much of the old means stays.
    gamma2: How much of the last step is made again.
    """
    grad = scaled(F, decayed(F, scaled(F, grad, rescale_grad, -1.0), weight, wd), 1.0, clip_gradient)
    n, g = moving(F, n, F.square(grad), gamma1), moving(F, g, grad, gamma1)
    delta = gamma2 * delta - lr * grad / F.sqrt(n - F.square(g) + epsilon)
    return scaled(F, weight + delta, 1.0, clip_weights), n, g, delta


@step(samples=[{}, dict(wd=0.1)])
def signsgd_update(
    F, weight: Array, grad: Array, lr: float, wd: float = 0.0, rescale_grad: float = 1.0, clip_gradient: float = -1.0
):
    """Descent by the sign of the gradient: ``weight - lr * (sign(grad) + wd * weight)``.

    rescale_grad: Kept for the family; the sign does not depend on it.
    clip_gradient: Kept for the family; the sign does not depend on it.
    """
    return weight - lr * decayed(F, F.sign(grad), weight, wd)


@step("mom", samples=[dict(momentum=0.9, wd_lh=0.1)])
def signum_update(
    F, weight: Array, grad: Array, mom: Array, lr: float, momentum: float = 0.0, wd: float = 0.0,
    rescale_grad: float = 1.0, clip_gradient: float = -1.0, wd_lh: float = 0.0,
):  # fmt: skip
    """Descent by the sign of the momentum.

    ``mom = momentum * mom - (1 - momentum) * (grad + wd * weight)``, ``(1 - lr * wd_lh) * weight + lr * sign(mom)``

    wd_lh: Weight decay apart from the gradient (Loshchilov and Hutter, 2019).
    """
    grad = decayed(F, scaled(F, grad, rescale_grad, clip_gradient), weight, wd)
    mom = momentum * mom - (1.0 - momentum) * grad
    return (1.0 - lr * wd_lh) * weight + lr * F.sign(mom), mom
