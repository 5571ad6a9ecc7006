"""Pointwise words as runs of ufuncs over blocks: what each word becomes in a program.

``lower(b, word, operands)`` emits the steps and returns the result. ``b`` is a builder (program.py); its ``step`` takes
a function with ``out``. Here stand only the words for which another sequence is faster than NumPy's or SciPy's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import curves
from .compiled import numba

DIRECT = {
    "add": np.add, "subtract": np.subtract, "multiply": np.multiply, "divide": np.true_divide, "power": np.power,
    "negative": np.negative, "hypot": np.hypot, "abs": np.abs, "square": np.square, "sqrt": np.sqrt, "exp": np.exp,
    "expm1": np.expm1, "log": np.log, "log2": np.log2, "log10": np.log10, "log1p": np.log1p, "sin": np.sin,
    "cos": np.cos, "tan": np.tan, "arcsin": np.arcsin, "arccos": np.arccos, "arctan": np.arctan, "sinh": np.sinh,
    "cosh": np.cosh, "tanh": np.tanh, "arcsinh": np.arcsinh, "arccosh": np.arccosh, "arctanh": np.arctanh,
    "rint": np.rint, "floor": np.floor, "ceil": np.ceil, "trunc": np.trunc, "cbrt": np.cbrt, "isnan": np.isnan,
    "isfinite": np.isfinite, "logical_not": np.logical_not, "logical_and": np.logical_and,
    "logical_or": np.logical_or, "logical_xor": np.logical_xor, "equal": np.equal, "not_equal": np.not_equal,
    "greater": np.greater, "greater_equal": np.greater_equal, "less": np.less, "less_equal": np.less_equal,
}  # fmt: skip
"""Words that are one ufunc."""

# tanh(x * P(x^2)) is erf to 3e-7 of its value; the coefficients of P are a least-squares fit of atanh(erf(x)) / x.
ERF = (
    1.1283792742957162, 0.10276905586693127, -0.00019183092831926292, -0.0006197845826805441, 8.76373092974762e-05,
    -5.668474122098806e-06, 1.418522060182234e-07,
)  # fmt: skip


def lower(b: Any, word: str, operands: tuple[Any, ...], dtype: Any) -> Any:
    """Emit the steps of a word whose result has ``dtype``; None where nothing here fits these operands."""
    ufunc = DIRECT.get(word)
    if ufunc is not None:
        return b.step(ufunc, *operands)
    shortcut = SHORTCUTS.get(word)
    return shortcut(b, dtype, *operands) if shortcut is not None else None


def _where(b: Any, dtype: Any, condition: Any, x: Any, y: Any) -> Any:
    """A choice by arithmetic on the bits, ``y ^ (x ^ y) * mask``. NumPy's own branches on every element, eight times
    slower."""
    numbers = (x.dtype is None) + (y.dtype is None)
    zero = x.is_zero or y.is_zero
    if (
        dtype.itemsize not in (4, 8)
        or any(v.dtype is not None and v.dtype != dtype for v in (x, y))
        or (numbers == 2 > zero)
    ):
        return None
    if condition.dtype is None:
        return None
    if condition.dtype != np.bool_:
        condition = b.step(np.not_equal, condition, b.constant(0))
    if zero:
        chosen = b.step(np.multiply, b.bits(x if y.is_zero else y, dtype), b.mask(condition, dtype, x.is_zero))
    else:
        x, y = b.bits(x, dtype), b.bits(y, dtype)
        chosen = b.step(np.multiply, b.step(np.bitwise_xor, x, y), b.mask(condition, dtype, False))
        chosen = b.step(np.bitwise_xor, chosen, y)
    return b.view(chosen, dtype)


def _extreme(ufunc: Any) -> Any:
    def lowered(b: Any, dtype: Any, x: Any, y: Any) -> Any:
        return b.step(ufunc, b.full(x, y), b.full(y, x))  # twice as fast with an array as with a number

    return lowered


def _clip(b: Any, dtype: Any, x: Any, low: Any, high: Any) -> Any:
    x = b.step(np.maximum, x, b.full(low, x))
    return b.step(np.minimum, x, b.full(high, x))


def _floating(function: Any) -> Any:
    def lowered(b: Any, dtype: Any, x: Any) -> Any:
        return function(b, x) if x.dtype is not None and x.dtype.kind == "f" and x.dtype == dtype else None

    return lowered


def _has_loop(b: Any, x: Any) -> bool:
    """Are these the operands of a curve that has a loop of its own?"""
    return b.large and x.dtype == np.float32 and numba() is not None


def _sigmoid(b: Any, x: Any) -> Any:
    if _has_loop(b, x):
        return b.step(curves.sigmoid, x, dtype=x.dtype)
    e = b.step(np.exp, b.step(np.negative, x))
    return b.step(np.reciprocal, b.step(np.add, e, b.constant(1)))


def _softplus(b: Any, x: Any) -> Any:
    if _has_loop(b, x):
        return b.step(curves.softplus, x, dtype=x.dtype)
    tail = b.step(np.log1p, b.step(np.exp, b.step(np.negative, b.step(np.abs, x))))
    return b.step(np.add, b.step(np.maximum, x, b.full(b.constant(0), x)), tail)


def _erf(b: Any, x: Any) -> Any:
    if x.dtype != np.float32:
        return None
    if _has_loop(b, x):
        return b.step(curves.erf, x, dtype=x.dtype)
    square = b.step(np.square, x)
    p = b.step(np.multiply, square, b.constant(ERF[-1]))
    for c in ERF[-2:0:-1]:
        p = b.step(np.multiply, b.step(np.add, p, b.constant(c)), square)
    return b.step(np.tanh, b.step(np.multiply, b.step(np.add, p, b.constant(ERF[0])), x))


def _cast(b: Any, dtype: Any, x: Any, to: Any) -> Any:
    return b.cast(x, dtype) if x.dtype is not None and dtype.kind in "biuf" and x.dtype.kind in "biuf" else None


SHORTCUTS: dict[str, Callable[..., Any]] = {
    "where": _where,
    "maximum": _extreme(np.maximum),
    "minimum": _extreme(np.minimum),
    "clip": _clip,
    "sigmoid": _floating(_sigmoid),
    "softplus": _floating(_softplus),
    "erf": _floating(_erf),
    "reciprocal": _floating(lambda b, x: b.step(np.reciprocal, x)),
    "rsqrt": _floating(lambda b, x: b.step(np.reciprocal, b.step(np.sqrt, x))),
    "rcbrt": _floating(lambda b, x: b.step(np.reciprocal, b.step(np.cbrt, x))),
    "cast": _cast,
}
