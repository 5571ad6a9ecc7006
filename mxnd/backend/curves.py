"""Curves of float32 arrays of tens of thousands of elements as loops of their own, where Numba is installed: one loop
with a polynomial costs less than NumPy's exponential and the steps around it.

They are used by size and not by how often something ran, so that a call always gives the same bits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .compiled import LOOPED, kernel, numba, part
from .memory import empty

# exp(t) is 2^n * exp(r) with n whole and |r| <= ln(2) / 2: a number made of its exponent times a polynomial.
LOWEST = np.float32(-88)  # where n is -127, whose power is 0
EXP = tuple(map(np.float32, (
    1.4426950408889634,  # 1 / ln(2), and ln(2) in two parts
    0.693359375,
    -2.1219444e-4,
    12582912,  # 1.5 * 2**23: a number added to it has n in its last bits
    0.00019875691, 0.0013981999, 0.008333454, 0.0416665, 0.16666654, 0.5,
)))  # fmt: skip
LOG1P = tuple(map(np.float32, (
    -0.002390800462159143, 0.043139525762894294, 0.7264175367776182, 0.9999999657778353,
    0.3230679068125151, 1.2264141337614414,
)))  # fmt: skip
"""log1p(e) / e for e from 0 to 1, to 4e-8 of its value: a polynomial over another that ends with 1. Fitted by least
squares, with more weight where the error was large."""
ERF = tuple(map(np.float32, (
    2.0503036150519373e-06, 0.0002848667963005732, 0.0037647109441613638, 0.052745906508509265, 0.19038470792037318,
    1.1283791463949353,
    3.809314691476823e-05, 0.001162325020445117, 0.01496738555764938, 0.11410017533338866, 0.50205679879068,
)))  # fmt: skip
"""erf(x) / x as such a fraction of x * x, to 2e-8 of its value, for x up to FAR, from where on erf is 1 in float32."""
FAR = np.float32(3.92)


@part("contract")
def exp_of(t: Any) -> Any:
    """exp(t) of a float32 below 88, to 2e-7 of its value; 0 where it would be denormal."""
    to_two, high, low, whole, c7, c6, c5, c4, c3, c2 = EXP
    t = LOWEST if t < LOWEST else t
    shifted = np.float32(t * to_two + whole)
    n = shifted - whole
    r = (t - n * high) - n * low
    p = ((((c7 * r + c6) * r + c5) * r + c4) * r + c3) * r + c2
    power = np.int32((shifted.view(np.int32) + np.int32(127)) << np.int32(23)).view(np.float32)
    return (p * r * r + (r + np.float32(1))) * power


@part("contract")
def softplus_of(x: Any) -> Any:
    """log(1 + exp(x)) of a float32, to 3e-7 of its value; 0 where exp(x) would be denormal."""
    p3, p2, p1, p0, q2, q1 = LOG1P
    zero, one = np.float32(0), np.float32(1)
    e = exp_of(-abs(x))
    return e * (((p3 * e + p2) * e + p1) * e + p0) / ((q2 * e + q1) * e + one) + (x if x > zero else zero)


@part("contract")
def sigmoid_of(x: Any) -> Any:
    """1 / (1 + exp(-x)) of a float32, to 4e-7 of its value; 0 where exp(x) would be denormal."""
    one = np.float32(1)
    e = exp_of(-abs(x))
    y = one / (one + e)
    return y if x >= np.float32(0) else e * y


@part("contract")
def erf_of(x: Any) -> Any:
    """erf of a float32, to 4e-7 of its value."""
    p5, p4, p3, p2, p1, p0, q5, q4, q3, q2, q1 = ERF
    far, one = FAR, np.float32(1)
    x = far if x > far else x
    x = -far if x < -far else x
    t = x * x
    over = ((((p5 * t + p4) * t + p3) * t + p2) * t + p1) * t + p0
    y = x * over / (((((q5 * t + q4) * t + q3) * t + q2) * t + q1) * t + one)
    y = one if y > one else y
    return -one if y < -one else y


@kernel()
def _softplus(x: Any, out: Any) -> None:
    for i in range(x.shape[0]):
        out[i] = softplus_of(x[i])


@kernel()
def _sigmoid(x: Any, out: Any) -> None:
    for i in range(x.shape[0]):
        out[i] = sigmoid_of(x[i])


@kernel()
def _erf(x: Any, out: Any) -> None:
    for i in range(x.shape[0]):
        out[i] = erf_of(x[i])


def _step(loop: Callable[..., None]) -> Callable[..., Any]:
    def step(x: Any, out: Any = None) -> Any:
        """The step of a program, and a function of an array."""
        if out is None:
            out = empty(x.shape, x.dtype)
        if x.shape == out.shape and x.flags.c_contiguous and out.flags.c_contiguous:
            loop(x.reshape(-1), out.reshape(-1))
        else:
            flat = np.empty(out.size, out.dtype)
            loop(np.ascontiguousarray(np.broadcast_to(x, out.shape)).reshape(-1), flat)
            out[...] = flat.reshape(out.shape)
        return out

    return step


softplus, sigmoid, erf = _step(_softplus), _step(_sigmoid), _step(_erf)
PARTS = {softplus: softplus_of, sigmoid: sigmoid_of, erf: erf_of}
"""What a step becomes in a kernel."""


def fits(x: Any) -> bool:
    """Has an array a loop here?"""
    return x.dtype.char == "f" and x.size >= LOOPED and numba() is not None
