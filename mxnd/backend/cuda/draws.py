"""Kernels that make of CuPy's random numbers those that were asked for: each writes the result's dtype at once.

A result may be the array of the numbers themselves. Parameters are numbers, or float64 arrays that broadcast.
"""

from __future__ import annotations

from .kernels import WIDE, elementwise

UNIFORM = elementwise(
    "U unit, float64 low, float64 high",
    "T y",
    """
    T found = (T)(W)(low + (high - low) * (double)unit), first = (T)(W)low, past = (T)(W)high;
    W least = (W)first, end = (W)past;
    if (end > least && (W)found >= end) {  // rounded up to high: the number below it, or low where there is none
        double steps = sizeof(T) == 2 ? 2048.0 : sizeof(T) == 4 ? 16777216.0 : 9007199254740992.0;
        found = (T)(end - (end < 0 ? -end : end) * (W)(1.25 / steps));  // 5/8 to 5/4 of the way to that number
        if (!((W)found >= least && (W)found < end)) found = first;
    }
    y = found;
    """,
    "uniform",
    WIDE,
)
"""Of numbers in [0, 1), numbers in [low, high), both rounded to the dtype."""

SCALED = elementwise(
    "U number, float64 factor, float64 shift", "T y", "y = (T)(W)(number * factor + shift)", "scaled", WIDE
)

DIVIDED = elementwise("U number, float64 divisor", "T y", "y = (T)(W)(number / divisor)", "divided", WIDE)

BERNOULLI = elementwise("float32 unit, float32 p", "T y", "y = (T)(unit < p ? 1.0f : 0.0f)", "bernoulli")
"""Of numbers in [0, 1), 1 with probability p, else 0."""

MANY = 2.0**31
"""A mean from which on counts are infinite; also how CuPy is given it."""

LEAST = 1e-30
"""``alpha`` of a generalized negative binomial from which on it differs from 0."""

_MEAN = f"y = mean < {MANY} ? mean : {MANY};"  # not a number becomes MANY

NEGATIVE_BINOMIAL = elementwise(
    "float64 gamma, float64 p", "float64 y", f"double mean = gamma > 0 ? gamma * ((1 - p) / p) : 0; {_MEAN}",
    "negative_binomial",
)  # fmt: skip
"""Of standard gamma numbers of shape k, means of Poisson numbers, at most MANY."""

GENERALIZED_NEGATIVE_BINOMIAL = elementwise(
    "float64 gamma, float64 mu, float64 alpha", "float64 y",
    f"double mean = alpha > {LEAST} ? gamma * alpha * mu : mu; {_MEAN}", "generalized_negative_binomial",
)  # fmt: skip
"""Of standard gamma numbers of shape 1 / alpha, means of Poisson numbers, at most MANY."""

COUNT = elementwise(
    "int64 count, float64 mean",
    "T y",
    f"""
    long long most = 2147483520;  // what float32 has below 2**31
    y = (T)(mean < {MANY} ? (W)(count < most ? count : most) : (W)INFINITY);
    """,
    "count",
    WIDE,
)
"""Of Poisson numbers and their means, counts below 2**31, or infinity where the mean is MANY."""

WHOLE = elementwise(
    "int64 left, int64 right, int64 low, uint64 span",
    "T y",
    """
    typedef unsigned long long word;
    word high = (word)left << 1 | (word)right >> 62, rest = (word)right << 2;  // a fraction, 126 bits of it
    word under = upper(rest, span), middle = high * span + under;
    y = (T)(long long)((word)low + upper(high, span) + (middle < under));
    """,
    "whole",
    """
    __device__ inline unsigned long long upper(unsigned long long a, unsigned long long b) {  // of the product's words
        unsigned long long c = (unsigned int)a, d = (unsigned int)b, e = a >> 32, f = b >> 32;
        unsigned long long g = e * d + (c * d >> 32), h = c * f + (unsigned int)g;
        return e * f + (g >> 32) + (h >> 32);
    }
    """,
)
"""Of pairs of 63 random bits, whole numbers in [low, low + span)."""

CATEGORY = elementwise(
    "float32 unit, raw T table, int64 categories, int64 count",
    "int64 y",
    """
    W wanted = (W)(T)unit;
    long long row = i / count * categories, left = 0, right = categories;
    while (left < right) {
        long long middle = (left + right) / 2;
        if ((W)table[row + middle] < wanted) left = middle + 1;
        else right = middle;
    }
    y = left;
    """,
    "category",
    WIDE,
)
"""The first category at which the probabilities add up to a number in [0, 1): ``count`` of them for each row."""
