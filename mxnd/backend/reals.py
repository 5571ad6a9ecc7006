"""How the words of MXNet's CPU samplers become real numbers, and its logarithms.

Source of the facts: measured on MXNet 1.9.1 (``compat/record_random.py``); see ``docs/random.md``.
"""

from __future__ import annotations

import bisect
import functools

import numpy as np
from scipy.special import xlogy


def unit32(words: np.ndarray) -> np.ndarray:
    """One word each to float32 in [0, 1): rounded to nearest, and what rounds to 1 becomes the float below 1."""
    out = words.astype(np.float32)
    out *= np.float32(2**-32)
    return np.minimum(out, np.float32(1 - 2**-24), out=out)


def unit64(words: np.ndarray) -> np.ndarray:
    """Two words each, the low one first, along the last axis to float64 in [0, 1)."""
    out = words[..., 1::2] * 2.0**32
    out += words[..., 0::2]
    out *= 2.0**-64
    return np.minimum(out, 1 - 2.0**-53, out=out)


# The C library's float32 logarithm (glibc 2.28 and later) is not rounded correctly, and Marsaglia's method shows it in
# one normal out of 300. It splits [0.699, 1.398) by the bits of the float in 16 parts, each with its centre c, and adds
# log(c), the power of two and a polynomial in x/c - 1, in float64. Two centres are not in the middle: the one at 1 and
# the one after it (given as 1/c).
FIRST = 0x3F330000
_EDGES = (FIRST + (np.arange(17) << 19)).astype(np.uint32).view(np.float32).astype(np.float64)
INVERSE = 2 / (_EDGES[1:] + _EDGES[:-1])
INVERSE[9:11] = 1, float.fromhex("0x1.e608cfd9a47acp-1")
LOG = -np.log(INVERSE)
CUBIC = tuple(map(float.fromhex, ("-0x1.00ea348b88334p-2", "0x1.5575b0be00b6ap-2", "-0x1.ffffef20a4123p-2")))


def log(x: np.ndarray) -> np.ndarray:
    """The C library's natural logarithm of positive, normal float32 or float64, in the same dtype.

    NumPy's own differs in the last bit now and then, and by processor.
    """
    if x.dtype != np.float32:
        return xlogy(1.0, x)  # calls the platform's log
    bits = x.view(np.int32) - np.int32(FIRST)
    part = (bits >> 19) & 15
    r = (x.view(np.int32) - (bits & np.int32(-(1 << 23)))).view(np.float32) * INVERSE[part] - 1
    a, b, c = CUBIC
    tail = ((a * r + b) * r + c) * r * r
    return (tail + ((LOG[part] + (bits >> 23) * np.log(2)) + r)).astype(np.float32)


def polar(units: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Marsaglia's polar method on pairs along the last axis: which pairs are taken, and their y and squared radius.

    MXNet throws away the other normal of each pair: every value begins with a fresh pair.
    """
    two = units.dtype.type(2)
    x, y = two * units[..., 0::2] - 1, two * units[..., 1::2] - 1
    radius = x * x + y * y
    return (radius <= 1) & (radius != 0), y, radius


def bell(y: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """The standard normal of a pair that ``polar`` took, in the pair's dtype."""
    return y * np.sqrt(y.dtype.type(-2) * log(radius) / radius)


# Stirling's series for log(x!), its constant 0.5 log(2 pi) - 0.5 first, fitted for float32 as in the C library
STIRLING = np.array(
    [
        0.41893854737,
        0.083333335817,
        -0.0027777778450,
        7.9365057172e-4,
        -5.9518753551e-4,
        8.3633989561e-4,
        -1.6309292987e-3,
    ],
    np.float32,
)
FACTORIALS = np.array([1, 1, 2, 6, 24, 120, 720], np.float32)


def log_factorial(n: np.ndarray) -> np.ndarray:
    """log(n!) in float32 as the C library's lgammaf(n + 1) gives it, n whole or at least 7.

    Its errors must be the same: for a mean of 1000 one unit in the last place here is 0.0005 in the exponent.
    """
    x = n + np.float32(1)
    inverse = 1 / np.maximum(x, np.float32(8))
    square = inverse * inverse
    tail = np.float32(0)
    for factor in STIRLING[:0:-1]:
        tail = factor + square * tail
    out = (x - np.float32(0.5)) * (log(np.maximum(x, np.float32(8))) - 1) + (STIRLING[0] + inverse * tail)
    few = n < 7
    out[few] = log(FACTORIALS)[n[few].astype(np.int64)]
    return out


def whole(words: np.ndarray) -> np.ndarray:
    """Two words each, the high one first, to int64; the 31 bits between them, and the wrap, are MXNet's."""
    wide = words.astype(np.uint64)
    return ((wide[:, 0::2] << np.uint64(31)) + wide[:, 1::2]).view(np.int64)


@functools.lru_cache
def words_up_to(limit: float) -> int:
    """How many words give a float32 number of at most ``limit``: they are the smallest."""
    return bisect.bisect_right(range(2**32), limit, key=lambda word: unit32(np.array([word], np.uint32))[0])
