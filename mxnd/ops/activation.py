"""Activations."""

from __future__ import annotations

from typing import Literal

from ..core.errors import ArgumentError
from ..core.formula import formula
from ..core.op import op, registry
from ..core.params import Array, required
from . import unary  # noqa: F401  the rows relu, sigmoid, softsign and tanh

# The constants of SELU (Klambauer et al., 2017).
ALPHA, LAMBDA = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
SQRT_HALF, TWO_PI = 0.5**0.5, 6.283185307179586


def _gentle(s):
    """Then leaky and elu are the larger of two, and NumPy takes half the time of a choice."""
    return s.__class__ is float and 0 < s <= 1


def _leaky(F, x, s):
    return F.maximum(x, s * x) if _gentle(s) else F.where(x > 0, x, s * x)


def _elu(F, x, s):
    if F.fuses or not _gentle(s):
        return F.where(x > 0, x, s * F.expm1(x))
    return F.maximum(x, s * F.expm1(0.0 - F.abs(x)))


CURVES = {
    "leaky": formula(
        _leaky,
        lambda F, ct, x, s: (F.where(x > 0, ct, s * ct), F.where(x > 0, 0.0, ct * x)),
    ),
    "elu": formula(
        _elu,
        lambda F, ct, x, y, s: (F.where(x > 0, ct, ct * (y + s)),),
    ),
    "selu": formula(
        lambda F, x: LAMBDA * F.where(x > 0, x, ALPHA * F.expm1(x)),
        lambda F, ct, x, y: (ct * F.where(x > 0, LAMBDA, y + LAMBDA * ALPHA),),
    ),
    "gelu": formula(
        lambda F, x: x * (0.5 + 0.5 * F.erf(x * SQRT_HALF)),
        lambda F, ct, x: (ct * (0.5 + 0.5 * F.erf(x * SQRT_HALF) + x * F.exp(-0.5 * (x * x)) * TWO_PI**-0.5),),
    ),
}


@op(
    dtypes="float",
    samples=[
        dict(data=(2, 3)),
        dict(data=(2, 3), act_type="elu", slope=0.5),
        dict(data=(2, 3), act_type="selu"),
        dict(data=(2, 3), act_type="gelu"),
        dict(data=(2, 3, 4), gamma=(3,), act_type="prelu"),
        dict(data=(2, 3), act_type="rrelu"),
    ],
)
def LeakyReLU(
    F,
    data: Array,
    gamma: Array | None = None,
    act_type: Literal["elu", "gelu", "leaky", "prelu", "rrelu", "selu"] = "leaky",
    slope: float = 0.25,
    lower_bound: float = 0.125,
    upper_bound: float = 0.334,
):
    """Leaky rectified linear unit and its relatives, element by element.

    Positive elements pass; the others are scaled down instead of being cut to 0.

    - ``leaky``: ``x > 0 ? x : slope * x``
    - ``elu``: ``x > 0 ? x : slope * (exp(x) - 1)``
    - ``selu``: ``lambda * (x > 0 ? x : alpha * (exp(x) - 1))`` with the constants of the SELU paper
    - ``gelu``: ``x * Phi(x)``, Phi the distribution function of the standard normal
    - ``prelu``: ``leaky`` with the learned slope ``gamma``
    - ``rrelu``: ``leaky`` with a slope drawn for each element from [lower_bound, upper_bound) in training, and with
      their mean otherwise

    data: The input, of any shape; floating.
    gamma: The learned slope, for ``prelu`` only: one element, or one for each index of data's second axis.
    act_type: Which curve.
    slope: The slope of ``leaky`` and the scale of ``elu``.
    lower_bound: The least slope of ``rrelu``.
    upper_bound: The bound the slope of ``rrelu`` stays below.
    """
    if (gamma is not None) != (act_type == "prelu"):
        need = "needs the input gamma" if gamma is None else "takes no gamma; only prelu does"
        raise ArgumentError(f"act_type={act_type!r} {need}")
    if act_type == "prelu":
        return CURVES["leaky"](F, data, F.reshape(gamma, _channels(data.shape, gamma)))
    if act_type == "rrelu":
        if lower_bound > upper_bound:
            raise ArgumentError(f"lower_bound={lower_bound} is above upper_bound={upper_bound}")
        if F.training:
            return CURVES["leaky"](F, data, F.random.uniform(lower_bound, upper_bound, data.shape, data.dtype))
        return CURVES["leaky"](F, data, (lower_bound + upper_bound) / 2)
    if act_type in ("leaky", "elu"):
        return CURVES[act_type](F, data, slope)
    return CURVES[act_type](F, data)


def _channels(shape: tuple[int, ...], gamma) -> tuple[int, ...]:
    """The shape in which gamma broadcasts along data's second axis (the only one of 1-D data)."""
    axis = min(1, len(shape) - 1)
    if gamma.size not in (1, shape[axis]):
        raise ArgumentError(f"gamma must have 1 element or {shape[axis]}, the size of data's axis {axis}")
    return tuple(gamma.size if i == axis else 1 for i in range(len(shape)))


@op(
    dtypes="float",
    samples=[dict(data=(2, 3), act_type=name) for name in ("relu", "sigmoid", "softrelu", "softsign", "tanh")],
)
def Activation(F, data: Array, act_type: Literal["relu", "sigmoid", "softrelu", "softsign", "tanh"] = required):
    """An activation, element by element.

    - ``relu``: ``max(x, 0)``
    - ``sigmoid``: ``1 / (1 + exp(-x))``
    - ``softrelu``: ``log(1 + exp(x))``
    - ``softsign``: ``x / (1 + |x|)``
    - ``tanh``: the hyperbolic tangent

    data: The input, of any shape; floating.
    act_type: Which curve.
    """
    return F.softplus(data) if act_type == "softrelu" else registry[act_type].body(F, data)
