"""The samplers as one compiled loop over streams, which makes a stream's words and reads them at once.

Used for large draws where Numba is installed. What each value is, twister.py, reals.py, rejection.py and generator.py
say in NumPy; the tests compare the two.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import threads
from .compiled import kernel, part
from .reals import CUBIC, FACTORIALS, FIRST, INVERSE, LOG, STIRLING

UNITS, MASK, NORMAL, GAMMA, COUNTS = range(5)
_STREAMS = 128  # in a block: a thread keeps the interpreter from the others between blocks
_A, _B, _C = CUBIC
_LN2 = math.log(2)


@part()
def _extend(raw: Any, words: Any, count: int) -> None:
    """So many words behind the first 624 of ``raw``, and what they are to be."""
    for k in range(count):
        low = raw[k + 1]
        both = np.uint32((raw[k] & np.uint32(0x80000000)) | (low & np.uint32(0x7FFFFFFF)))
        odd = np.uint32(np.uint32(low & np.uint32(1)) * np.uint32(0x9908B0DF))
        w = np.uint32(np.uint32(both >> np.uint32(1)) ^ odd ^ raw[k + 397])
        raw[k + 624] = w
        w = np.uint32(w ^ (w >> np.uint32(11)))
        w = np.uint32(w ^ (np.uint32(w << np.uint32(7)) & np.uint32(0x9D2C5680)))
        w = np.uint32(w ^ (np.uint32(w << np.uint32(15)) & np.uint32(0xEFC60000)))
        words[k] = w ^ (w >> np.uint32(18))


@part()
def _unit(word: Any) -> Any:
    return min(np.float32(word) * np.float32(2.0**-32), np.float32(1 - 2.0**-24))


@part()
def _log(x: Any) -> Any:
    pattern = np.float32(x).view(np.int32)
    bits = pattern - np.int32(FIRST)
    part = (bits >> 19) & 15
    near = np.int32(pattern - (bits & np.int32(-(1 << 23))))
    r = np.float64(np.int32(near).view(np.float32)) * INVERSE[part] - 1.0
    tail = ((_A * r + _B) * r + _C) * r * r
    return np.float32(tail + ((LOG[part] + np.float64(bits >> 23) * _LN2) + r))


@part()
def _log_factorial(n: Any) -> Any:
    if n < np.float32(7):
        return _log(FACTORIALS[int(n)])
    x = n + np.float32(1)
    inverse = np.float32(1) / x
    square = inverse * inverse
    tail = np.float32(0)
    for i in range(6, 0, -1):
        tail = STIRLING[i] + square * tail
    return (x - np.float32(0.5)) * (_log(x) - np.float32(1)) + (STIRLING[0] + inverse * tail)


@kernel()
def _units(kind: Any, states: Any, start: Any, step: Any, low: Any, span: Any, out: Any) -> None:
    """Of ``step`` numbers u in [0, 1) from each of the streams low + span * u or, for a mask, 1 where u is at most
    ``low`` and 0 elsewhere, into ``out`` from ``start`` on, up to its end.
    """
    raw, words = np.empty(624 + 2496, np.uint32), np.empty(2496, np.uint32)
    for lane in range(states.shape[0]):
        raw[:624] = states[lane]
        at = start + lane * step
        stop = min(at + step, out.size)
        while at < stop:
            some = min(stop - at, 2496)
            _extend(raw, words, some)
            part = out[at : at + some]
            if kind == UNITS:
                for j in range(some):
                    part[j] = low + span * _unit(words[j])
            else:
                for j in range(some):
                    part[j] = np.float32(1) if _unit(words[j]) <= low else np.float32(0)
            for j in range(624):
                raw[j] = raw[some + j]
            at += some
        states[lane] = raw[:624]


@kernel()
def _values(
    kind: Any, states: Any, start: Any, step: Any, each: Any, alpha: Any, beta: Any, mean: Any, units: Any, out: Any
) -> None:
    """``step`` values of ``kind`` from each of the streams, into ``out`` from ``start`` on, up to its end.

    ``units`` is room for 624 numbers, or for 312 that take two words each. ``each`` values share a parameter. A normal
    is alpha * z + beta, a count a Poisson value of mean ``mean`` or, where ``alpha`` is not negative, gamma(alpha) *
    beta; a mean beyond 2**31 is given instead, negative.
    """
    real, one = units.dtype.type, units.dtype.type(1)
    two, tiny = real(2), np.finfo(units.dtype).tiny
    stride = 624 // units.size
    raw, words = np.empty(1248, np.uint32), np.empty(624, np.uint32)
    for lane in range(states.shape[0]):
        raw[:624] = states[lane]
        at = have = 0
        i = start + lane * step
        stop = min(i + step, out.size)
        fresh, phase, p = True, 0, 0
        small, d, k, scale, value = False, one, one, beta[0], one
        now, limit, product, count = np.float32(-1), np.float32(0), np.float32(1), 0
        root, logarithm, peak = np.float32(0), np.float32(0), np.float32(0)
        while i < stop:
            if at + 3 > have:  # the numbers that are left are made again
                for j in range(624):
                    raw[j] = raw[at * stride + j]
                _extend(raw, words, 624)
                if stride == 1:
                    for j in range(624):
                        units[j] = _unit(words[j])
                else:
                    for j in range(312):
                        pair = (np.float64(words[2 * j + 1]) * 2.0**32 + np.float64(words[2 * j])) * 2.0**-64
                        units[j] = min(pair, 1 - 2.0**-53)
                at, have = 0, units.size
            if fresh:
                fresh, phase = False, 0
                p = i // each
                if kind != NORMAL:
                    if kind == COUNTS and alpha[p] < 0:
                        phase, value = 2, real(mean[p])
                    else:
                        small, scale = alpha[p] < 1, beta[p]
                        d = real(np.float64(alpha[p]) + (2 / 3 if small else -1 / 3))
                        k = real(np.sqrt(9.0 * np.float64(d)))
            if phase == 0:  # a normal and, for a gamma, Marsaglia's and Tsang's step
                x, y = two * units[at] - one, two * units[at + 1] - one
                radius = x * x + y * y
                at += 2
                if radius > one or radius == 0:
                    continue
                logged = _log(np.float32(radius)) if stride == 1 else math.log(radius)
                z = y * np.sqrt(real(-2) * real(logged) / radius)
                if kind == NORMAL:
                    out[i] = z * alpha[p] + beta[p]
                    i += 1
                    fresh = True
                    continue
                if z <= -k:
                    continue
                unit64, wide = np.float64(units[at]), np.float64(z)
                at += 1
                x = one + (one / k) * z
                v = max(x * x * x, tiny)
                volume = np.float64(v)
                right = 0.5 * wide * wide + np.float64(d) * (1.0 - volume + math.log(volume))
                if math.log(1.0 - unit64) >= right:
                    continue
                value = real(d * v * scale)
                phase = 1
            elif phase == 1:
                if small:
                    power = real(1.0 / np.float64(alpha[p]))
                    value = real(np.float64(value) * math.pow(np.float64(units[at]), np.float64(power)))
                    at += 1
                phase = 2
            elif phase == 2:
                if kind == GAMMA:
                    out[i] = value
                    i += 1
                    fresh = True
                    continue
                if not value < 2.0**31:
                    out[i] = -value
                    i += 1
                    fresh = True
                    continue
                m = np.float32(value)
                if m != now:
                    now = m
                    if m < np.float32(12):
                        limit = np.float32(math.exp(-np.float64(m)))
                    else:
                        root = np.float32(np.sqrt(2 * np.float64(m)))
                        logarithm = _log(m)
                        peak = m * logarithm - _log_factorial(m)
                product, count = np.float32(1), 0
                phase = 3 if m < np.float32(12) else 4
            elif phase == 3:  # Knuth's product
                while at < have:
                    product *= np.float32(units[at])
                    at += 1
                    if product <= limit:
                        out[i] = count
                        i += 1
                        fresh = True
                        break
                    count += 1
            else:  # the Lorentzian comparison function
                tangent = np.float32(math.tan(np.float64(np.float32(np.pi) * np.float32(units[at]))))
                guess = root * tangent + now
                at += 1
                if guess < 0:
                    continue
                whole = np.float32(np.floor(guess))
                exponent = whole * logarithm - _log_factorial(whole) - peak
                ratio = 0.9 * (1.0 + np.float64(tangent * tangent)) * np.float64(np.float32(math.exp(exponent)))
                won = np.float32(units[at]) <= np.float32(ratio)
                at += 1
                if won:
                    out[i] = whole
                    i += 1
                    fresh = True
        states[lane] = raw[at * stride : at * stride + 624]


@kernel()
def _rows(raw: Any, words: Any) -> None:
    for lane in range(len(raw)):
        _extend(raw[lane], words[lane], words.shape[1])


def extend(raw: np.ndarray, words: np.ndarray) -> None:
    """From the first 624 of ``raw`` (streams, 624 + n) all others, and the words (streams, n) that they are to be."""
    _rows(raw, words)


_NONE = np.zeros(1, np.float32)


def units(kind: int, states: np.ndarray, step: int, out: np.ndarray, low: np.float32, span: np.float32) -> None:
    """Fill ``out``, float32, with ``step`` numbers from each of the streams, whose states go on."""
    threads.spread(
        lambda at: _units(kind, states[at], at.start * step, step, low, span, out),
        threads.pieces(len(states), _STREAMS),
    )


def values(
    kind: int,
    states: np.ndarray,
    step: int,
    out: np.ndarray,
    real: Any,
    each: int = 1,
    alpha: np.ndarray = _NONE,
    beta: np.ndarray = _NONE,
    mean: np.ndarray = _NONE,
) -> None:
    """Fill ``out``, float32 or float64, with ``step`` values from each of the streams, whose states go on."""

    def run(at: slice) -> None:
        units = np.empty(624 if real is np.float32 else 312, real)
        _values(kind, states[at], at.start * step, step, each, alpha, beta, mean, units, out)

    threads.spread(run, threads.pieces(len(states), _STREAMS))
