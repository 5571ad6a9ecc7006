"""The words MXNet's CPU samplers read: many mt19937 streams side by side, and how words become real numbers.

Source of the facts: measured on MXNet 1.9.1 (``compat/record_random.py``); see ``docs/random.md``.
"""

from __future__ import annotations

import numpy as np
from numpy.random.bit_generator import ISeedSequence
from scipy.special import xlogy


class _NoEntropy(ISeedSequence):
    """Zeros in place of operating system entropy: the streams are always seeded afterwards, and this is 3x faster."""

    def generate_state(self, n_words: int, dtype: type = np.uint32) -> np.ndarray:
        return np.zeros(n_words, dtype)


class Lanes:
    """Streams of 32-bit mt19937 words; stream ``i`` starts from seed ``seed + i`` (modulo 2**32).

    Each stream is made when it is first read. Words are looked at with ``peek`` and used up with ``skip``, so a
    sampler that rejects can look further than it needs.
    """

    def __init__(self, seed: int) -> None:
        self._made: list[tuple[np.random.MT19937, np.random.RandomState]] = []
        self._ahead: list[np.ndarray] = []
        self.reseed(seed)

    def reseed(self, seed: int) -> None:
        """Start every stream again."""
        self._seed = seed
        self._ahead.clear()

    def peek(self, first: int, count: int, words: int) -> np.ndarray:
        """The next words of ``count`` streams from ``first`` on, uint32 of shape (count, words), not used up."""
        while len(self._ahead) < first + count:
            self._start(len(self._ahead))
        rows = np.empty((count, words), np.uint32)
        for row, lane in enumerate(range(first, first + count)):
            ahead = self._ahead[lane]
            if len(ahead) < words:
                fresh = self._made[lane][0].random_raw(words - len(ahead)).astype(np.uint32)
                ahead = self._ahead[lane] = np.concatenate((ahead, fresh)) if len(ahead) else fresh
            rows[row] = ahead[:words]
        return rows

    def skip(self, first: int, used: np.ndarray) -> None:
        """Use up ``used[j]`` of the words that stream ``first + j`` last showed."""
        for lane, words in enumerate(used.tolist(), first):
            self._ahead[lane] = self._ahead[lane][words:].copy()

    def take(self, words: int) -> np.ndarray:
        """Use up the next words of the first stream, uint32 of shape (words,)."""
        rows = self.peek(0, 1, words)
        self.skip(0, np.array([words]))
        return rows[0]

    def _start(self, lane: int) -> None:
        if lane == len(self._made):
            bits = np.random.MT19937(_NoEntropy())
            self._made.append((bits, np.random.RandomState(bits)))
        self._made[lane][1].seed((self._seed + lane) % 2**32)
        self._ahead.append(np.empty(0, np.uint32))


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
_FIRST = 0x3F330000
_EDGES = (_FIRST + (np.arange(17) << 19)).astype(np.uint32).view(np.float32).astype(np.float64)
_INVERSE = 2 / (_EDGES[1:] + _EDGES[:-1])
_INVERSE[9:11] = 1, float.fromhex("0x1.e608cfd9a47acp-1")
_LOG = -np.log(_INVERSE)
_CUBIC = tuple(map(float.fromhex, ("-0x1.00ea348b88334p-2", "0x1.5575b0be00b6ap-2", "-0x1.ffffef20a4123p-2")))


def log(x: np.ndarray) -> np.ndarray:
    """The C library's natural logarithm of positive, normal float32 or float64, in the same dtype.

    NumPy's own differs in the last bit now and then, and by processor.
    """
    if x.dtype != np.float32:
        return xlogy(1.0, x)  # calls the platform's log
    bits = x.view(np.int32) - np.int32(_FIRST)
    part = (bits >> 19) & 15
    r = (x.view(np.int32) - (bits & np.int32(-(1 << 23)))).view(np.float32) * _INVERSE[part] - 1
    a, b, c = _CUBIC
    tail = ((a * r + b) * r + c) * r * r
    return (tail + ((_LOG[part] + (bits >> 23) * np.log(2)) + r)).astype(np.float32)


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
