"""Curves of one input: one row per operator."""

from __future__ import annotations

from ..core.formula import formula
from ..core.op import op
from ..core.params import Array
from .family import unary

DEGREE = 0.017453292519943295

unary("abs", "Absolute value.", lambda F, x: F.abs(x), exact=True)
unary("sign", "-1, 0 or 1 by the sign.", lambda F, x: F.sign(x), exact=True)
unary("square", "Square.", lambda F, x: F.square(x), exact=True)
unary("sqrt", "Square root; NaN below 0.", lambda F, x: F.sqrt(x), domain=(0.2, 2.0))
unary("rsqrt", "One over the square root.", lambda F, x: F.rsqrt(x), domain=(0.2, 2.0))
unary("cbrt", "Cube root.", lambda F, x: F.cbrt(x), domain=(0.2, 2.0))
unary("rcbrt", "One over the cube root.", lambda F, x: F.rcbrt(x), domain=(0.2, 2.0))
unary("reciprocal", "One over the input.", lambda F, x: F.reciprocal(x), domain=(0.2, 2.0))
unary("negative", "The input with its sign turned.", lambda F, x: F.negative(x), method=False, exact=True)
unary("exp", "e to the power of the input.", lambda F, x: F.exp(x))
unary("expm1", "exp(x) - 1, exact near 0.", lambda F, x: F.expm1(x))
unary("log", "Natural logarithm; NaN below 0, -inf at 0.", lambda F, x: F.log(x), domain=(0.2, 2.0))
unary("log2", "Logarithm to base 2.", lambda F, x: F.log2(x), domain=(0.2, 2.0))
unary("log10", "Logarithm to base 10.", lambda F, x: F.log10(x), domain=(0.2, 2.0))
unary("log1p", "log(1 + x), exact near 0.", lambda F, x: F.log1p(x), domain=(-0.9, 0.9))

unary("sin", "Sine of an angle in radians.", lambda F, x: F.sin(x))
unary("cos", "Cosine of an angle in radians.", lambda F, x: F.cos(x))
unary("tan", "Tangent of an angle in radians.", lambda F, x: F.tan(x))
unary("arcsin", "Inverse sine, in [-pi/2, pi/2]; NaN outside [-1, 1].", lambda F, x: F.arcsin(x), domain=(-0.9, 0.9))
unary("arccos", "Inverse cosine, in [0, pi]; NaN outside [-1, 1].", lambda F, x: F.arccos(x), domain=(-0.9, 0.9))
unary("arctan", "Inverse tangent, in (-pi/2, pi/2).", lambda F, x: F.arctan(x))
unary("sinh", "Hyperbolic sine.", lambda F, x: F.sinh(x))
unary("cosh", "Hyperbolic cosine.", lambda F, x: F.cosh(x))
unary("tanh", "Hyperbolic tangent.", lambda F, x: F.tanh(x))
unary("arcsinh", "Inverse hyperbolic sine.", lambda F, x: F.arcsinh(x))
unary("arccosh", "Inverse hyperbolic cosine; NaN below 1.", lambda F, x: F.arccosh(x), domain=(1.1, 3.0))
unary("arctanh", "Inverse hyperbolic tangent; NaN outside [-1, 1].", lambda F, x: F.arctanh(x), domain=(-0.9, 0.9))
unary("degrees", "Radians to degrees.", lambda F, x: x * (1 / DEGREE))
unary("radians", "Degrees to radians.", lambda F, x: x * DEGREE)

unary("floor", "The largest whole number not above the input.", lambda F, x: F.floor(x), exact=True)
unary("ceil", "The smallest whole number not below the input.", lambda F, x: F.ceil(x), exact=True)
unary("trunc", "The input without its fraction.", lambda F, x: F.trunc(x), exact=True)
unary("fix", "The nearest whole number toward 0.", lambda F, x: F.trunc(x), exact=True)
unary("round", "The nearest whole number, halves away from 0.", lambda F, x: F.round(x), exact=True)
unary("rint", "The nearest whole number, halves down.", lambda F, x: F.ceil(x - 0.5), exact=True)
unary(
    "logical_not",
    "1 where the input is 0, and 0 elsewhere.",
    lambda F, x: F.cast(x == 0, x.dtype),
    method=False,
    exact=True,
)

unary("relu", "The input where it is positive, 0 elsewhere.", formula(
    lambda F, x: F.maximum(x, 0),
    lambda F, ct, y: (F.where(y > 0, ct, ct * y),)), exact=True)  # fmt: skip
unary("sigmoid", "1 / (1 + exp(-x)).", lambda F, x: F.sigmoid(x))
unary("softsign", "x / (1 + |x|).", formula(
    lambda F, x: x / (1.0 + F.abs(x)),
    lambda F, ct, x: (ct / F.square(1.0 + F.abs(x)),)), method=False)  # fmt: skip
unary("erf", "The error function.", lambda F, x: F.erf(x), method=False, exact=True)
unary("erfinv", "The inverse of the error function.", lambda F, x: F.erfinv(x), method=False, domain=(-0.9, 0.9))
unary("gamma", "The gamma function.", lambda F, x: F.gamma(x), method=False, domain=(0.2, 2.0))
unary(
    "gammaln",
    "Logarithm of the absolute value of the gamma function.",
    lambda F, x: F.gammaln(x),
    method=False,
    domain=(0.2, 2.0),
)


@op(dtypes="float", samples=[dict(data=(2, 3)), dict(data=(2, 3), alpha=0.5, beta=0.1)])
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
    low, high = F.scalar(a_min, data.dtype), F.scalar(a_max, data.dtype)
    if a_min > a_max:  # nothing lies between: what is above a_max goes to a_max, the rest to a_min
        return F.where(data > high, high, F.where(data < low, low, data))
    return F.clip(data, low, high)


@op(samples=[dict(data=(2, 3), scalar=2.0)])
def smooth_l1(F, data: Array, scalar: float = 1.0):
    """Square near 0, absolute value beyond: the loss of Fast R-CNN.

    ``0.5 * (scalar * x)^2`` where ``|x| < 1 / scalar^2``, and ``|x| - 0.5 / scalar^2`` elsewhere.

    data: The input, of any shape.
    scalar: Where the two parts meet.
    """
    square = scalar * scalar
    return SMOOTH_L1(F, data, square, 1 / square if square else float("inf"))


SMOOTH_L1 = formula(
    lambda F, x, s, edge: F.where(F.abs(x) > edge, F.abs(x) - 0.5 * edge, 0.5 * s * F.square(x)),
    lambda F, ct, x, s: (ct * F.clip(x * s, -1.0, 1.0),),
)
