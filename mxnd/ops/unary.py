"""Curves of one input: one row per operator."""

from __future__ import annotations

from ..core.formula import formula
from ..core.op import op
from ..core.params import Array, required
from .family import unary

DEGREE = 0.017453292519943295

unary("abs", "Absolute value.", lambda F, x: F.abs(x))
unary("sign", "-1, 0 or 1 by the sign.", lambda F, x: F.sign(x))
unary("square", "Square.", lambda F, x: F.square(x))
unary("sqrt", "Square root; NaN below 0.", lambda F, x: F.sqrt(x))
unary("rsqrt", "One over the square root.", lambda F, x: F.rsqrt(x))
unary("cbrt", "Cube root.", lambda F, x: F.cbrt(x))
unary("rcbrt", "One over the cube root.", lambda F, x: F.rcbrt(x))
unary("reciprocal", "One over the input.", lambda F, x: F.reciprocal(x))
unary("negative", "The input with its sign turned.", lambda F, x: F.negative(x), method=False)
unary("exp", "e to the power of the input.", lambda F, x: F.exp(x))
unary("expm1", "exp(x) - 1, exact near 0.", lambda F, x: F.expm1(x))
unary("log", "Natural logarithm; NaN below 0, -inf at 0.", lambda F, x: F.log(x))
unary("log2", "Logarithm to base 2.", lambda F, x: F.log2(x))
unary("log10", "Logarithm to base 10.", lambda F, x: F.log10(x))
unary("log1p", "log(1 + x), exact near 0.", lambda F, x: F.log1p(x))

unary("sin", "Sine of an angle in radians.", lambda F, x: F.sin(x))
unary("cos", "Cosine of an angle in radians.", lambda F, x: F.cos(x))
unary("tan", "Tangent of an angle in radians.", lambda F, x: F.tan(x))
unary("arcsin", "Inverse sine, in [-pi/2, pi/2]; NaN outside [-1, 1].", lambda F, x: F.arcsin(x))
unary("arccos", "Inverse cosine, in [0, pi]; NaN outside [-1, 1].", lambda F, x: F.arccos(x))
unary("arctan", "Inverse tangent, in (-pi/2, pi/2).", lambda F, x: F.arctan(x))
unary("sinh", "Hyperbolic sine.", lambda F, x: F.sinh(x))
unary("cosh", "Hyperbolic cosine.", lambda F, x: F.cosh(x))
unary("tanh", "Hyperbolic tangent.", lambda F, x: F.tanh(x))
unary("arcsinh", "Inverse hyperbolic sine.", lambda F, x: F.arcsinh(x))
unary("arccosh", "Inverse hyperbolic cosine; NaN below 1.", lambda F, x: F.arccosh(x))
unary("arctanh", "Inverse hyperbolic tangent; NaN outside [-1, 1].", lambda F, x: F.arctanh(x))
unary("degrees", "Radians to degrees.", lambda F, x: x * (1 / DEGREE))
unary("radians", "Degrees to radians.", lambda F, x: x * DEGREE)

unary("floor", "The largest whole number not above the input.", lambda F, x: F.floor(x))
unary("ceil", "The smallest whole number not below the input.", lambda F, x: F.ceil(x))
unary("trunc", "The input without its fraction.", lambda F, x: F.trunc(x))
unary("fix", "The nearest whole number toward 0.", lambda F, x: F.trunc(x))
unary("round", "The nearest whole number, halves away from 0.", lambda F, x: F.round(x))
unary("rint", "The nearest whole number, halves down.", lambda F, x: F.ceil(x - 0.5))
unary("logical_not", "1 where the input is 0, and 0 elsewhere.", lambda F, x: F.cast(x == 0, x.dtype), method=False)

unary("relu", "The input where it is positive, 0 elsewhere.", formula(
    lambda F, x: F.maximum(x, 0),
    lambda F, ct, y: (F.where(y > 0, ct, 0.0),)))  # fmt: skip
unary("sigmoid", "1 / (1 + exp(-x)).", lambda F, x: F.sigmoid(x))
unary("softsign", "x / (1 + |x|).", formula(
    lambda F, x: x / (1.0 + F.abs(x)),
    lambda F, ct, x: (ct / F.square(1.0 + F.abs(x)),)), method=False)  # fmt: skip
unary("erf", "The error function.", lambda F, x: F.erf(x), method=False)
unary("erfinv", "The inverse of the error function.", lambda F, x: F.erfinv(x), method=False)
unary("gamma", "The gamma function.", lambda F, x: F.gamma(x), method=False)
unary("gammaln", "Logarithm of the absolute value of the gamma function.", lambda F, x: F.gammaln(x), method=False)


@op(samples=[dict(data=(2, 3)), dict(data=(2, 3), alpha=0.5, beta=0.1)])
def hard_sigmoid(F, data: Array, alpha: float = 0.2, beta: float = 0.5):
    """A straight line cut to [0, 1]: ``clip(alpha * x + beta, 0, 1)``.

    data: The input, of any shape.
    alpha: The slope.
    beta: The value at 0.
    """
    return HARD_SIGMOID(F, data, alpha, beta)


HARD_SIGMOID = formula(
    lambda F, x, alpha, beta: F.clip(alpha * x + beta, 0.0, 1.0),
    lambda F, ct, y, alpha: (F.where((y > 0) & (y < 1), alpha * ct, 0.0),),
)


@op(method=True, samples=[dict(data=(2, 3), a_min=-0.5, a_max=0.5)])
def clip(F, data: Array, a_min: float, a_max: float):
    """The input, cut to an interval.

    data: The input, of any shape.
    a_min: The lower end.
    a_max: The upper end.
    """
    return F.clip(data, F.scalar(a_min, data.dtype), F.scalar(a_max, data.dtype))


@op(samples=[dict(data=(2, 3), scalar=2.0)])
def smooth_l1(F, data: Array, scalar: float = required):
    """Square near 0, absolute value beyond: the loss of Fast R-CNN.

    ``0.5 * (scalar * x)^2`` where ``|x| < 1 / scalar^2``, and ``|x| - 0.5 / scalar^2`` elsewhere.

    data: The input, of any shape.
    scalar: Where the two parts meet.
    """
    return SMOOTH_L1(F, data, scalar * scalar)


SMOOTH_L1 = formula(
    lambda F, x, s: F.where(F.abs(x) < 1 / s, 0.5 * s * F.square(x), F.abs(x) - 0.5 / s),
    lambda F, ct, x, s: (ct * F.clip(x * s, -1.0, 1.0),),
)
