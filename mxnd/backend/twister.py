"""The words MXNet's CPU samplers read: many mt19937 streams side by side.

Source of the facts: measured on MXNet 1.9.1 (``compat/record_random.py``); see ``docs/random.md``.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import numpy as np
from numpy.random.bit_generator import ISeedSequence

from ..core.state import LARGE
from . import random_loops, threads
from .compiled import numba

_LENGTH, _MIDDLE = 624, 397  # of mt19937: word k + 624 is made of the words k, k + 1 and k + 397
_FREE = _LENGTH - _MIDDLE  # so many words in a row depend on older ones alone
_BLOCK = 1 << 18  # words made at once: smaller blocks would stay in the cache, but not let other threads work
_AHEAD = 454, 1 << 13  # words made when fewer are wanted: of each stream, and of all together


class _NoEntropy(ISeedSequence):
    """Zeros in place of operating system entropy: the streams are always seeded afterwards, and this is 3x faster."""

    def generate_state(self, n_words: int, dtype: type = np.uint32) -> np.ndarray:
        return np.zeros(n_words, dtype)


class Stream:
    """One stream of 32-bit mt19937 words."""

    def __init__(self, seed: int) -> None:
        self.bits = np.random.MT19937(_NoEntropy())
        self._state = np.random.RandomState(self.bits)
        self.reseed(seed)

    def reseed(self, seed: int) -> None:
        """Start again, from the seed modulo 2**32."""
        self._state.seed(seed % 2**32)

    def take(self, words: int) -> np.ndarray:
        """Use up the next words, uint32 of shape (words,)."""
        return self.bits.random_raw(words).astype(np.uint32)


class Lanes:
    """``most`` streams of 32-bit mt19937 words; stream ``i`` starts from seed ``seed + i`` (modulo 2**32).

    The state of a stream is the last 624 words of its recurrence, oldest first. Streams are seeded when they are first
    read. Words are looked at with ``peek`` and used up with ``skip``, so a sampler that rejects can look further than
    it needs; ``draw`` does both for many streams. Words looked at are kept for the next time.
    """

    def __init__(self, seed: int, most: int) -> None:
        self._stream = Stream(seed)
        key = ctypes.c_uint32 * _LENGTH
        self._key = np.frombuffer(key.from_address(self._stream.bits.ctypes.state_address), np.uint32)
        self._states = np.empty((most, _LENGTH), np.uint32)
        self.reseed(seed)

    def reseed(self, seed: int) -> None:
        """Start every stream again."""
        self._seed, self._seeded = seed, 0
        self._forget()

    def peek(self, first: int, count: int, words: int) -> np.ndarray:
        """The next words of ``count`` streams from ``first`` on, uint32 of shape (count, words), not used up.

        They are for reading, and only until the next call.
        """
        start = first - self._first
        if start >= 0 and start + count <= len(self._used):
            used = self._used[start : start + count]
            low, high = (used[0],) * 2 if count == 1 else (used.min(), used.max())
            if high + words <= self._words.shape[1]:
                rows = self._words[start : start + count]
                if low == high:
                    return rows[:, low : low + words]
                return np.take_along_axis(rows, used[:, None] + np.arange(words), axis=1)
        self._settle()
        self._seed_up_to(first + count)
        ahead = max(words, min(_AHEAD[0], _AHEAD[1] // count))
        self._first, self._used = first, np.zeros(count, np.int64)
        self._raw = np.empty((count, _LENGTH + ahead), np.uint32)
        self._words = np.empty((count, ahead), np.uint32)
        some = max(1, _BLOCK // ahead)

        def make(at: slice) -> None:
            self._raw[at, :_LENGTH] = self._states[first : first + count][at]
            _extend(self._raw[at], self._words[at], count * ahead)

        threads.spread(make, threads.pieces(count, some))
        return self._words[:, :words]

    def skip(self, first: int, count: int, used: np.ndarray | int) -> None:
        """Use up that many (of stream ``first + j``: ``used[j]``) of the words that these streams last showed."""
        start = first - self._first
        self._used[start : start + count] += used

    def draw(self, count: int, words: int, use: Callable[[int, np.ndarray], np.ndarray | int | None]) -> None:
        """Show the next words of the first ``count`` streams and use up some.

        ``use(first, rows)`` gets the words of ``len(rows)`` streams from ``first`` on, at least ``words`` of each; it
        may be called by several threads at once. It returns how many it used (of row ``j``: ``[j]``) or None to see
        twice as many.
        """
        if count * words <= _AHEAD[1]:
            while (used := use(0, self.peek(0, count, words))) is None:
                words *= 2
            self.skip(0, count, used)
            return
        every = self.states(count)

        def run(at: slice) -> None:
            states, seen, used = every[at], words, None
            while used is None:
                raw, rows = threads.arrays(*((states.dtype, (len(states), n + seen)) for n in (_LENGTH, 0)))
                raw[:, :_LENGTH] = states
                _extend(raw, rows, count * words)
                used = use(at.start, rows)
                seen *= 2
            _move(raw, used, states)

        threads.spread(run, threads.pieces(count, max(1, _BLOCK // words)))

    def states(self, count: int) -> np.ndarray:
        """The states of the first ``count`` streams, shape (count, 624), to be changed in place by who draws."""
        self._settle()
        self._seed_up_to(count)
        return self._states[:count]

    def _settle(self) -> None:
        """The streams go on behind the words that were used up."""
        if len(self._used):
            _move(self._raw, self._used, self._states[self._first : self._first + len(self._used)])
        self._forget()

    def _forget(self) -> None:
        self._first, self._used = 0, np.empty(0, np.int64)

    def _seed_up_to(self, count: int) -> None:
        for lane in range(self._seeded, count):
            self._stream.reseed(self._seed + lane)
            self._states[lane] = self._key
        self._seeded = max(self._seeded, count)


def _move(raw: np.ndarray, used: np.ndarray | int, states: np.ndarray) -> None:
    """The states of streams that used so many of the words beyond the first 624."""
    if np.min(used) == (most := np.max(used)):
        states[:] = raw[:, most : most + _LENGTH]
    else:
        for state, row, n in zip(states, raw, used.tolist()):
            state[:] = row[n : n + _LENGTH]


def _extend(raw: np.ndarray, words: np.ndarray, total: int) -> None:
    """From the first 624 of ``raw`` (streams, 624 + n) all others, and the words (streams, n) that they are to be.

    ``total`` says how many words are made in all, here and elsewhere.
    """
    if total >= LARGE and numba() is not None:
        random_loops.extend(raw, words)
        return
    upper, lower, matrix, one = (np.uint32(n) for n in (0x80000000, 0x7FFFFFFF, 0x9908B0DF, 1))
    for start in range(_LENGTH, raw.shape[1], _LENGTH - 1):
        stop = min(start + _LENGTH - 1, raw.shape[1])
        odd = raw[:, start - _LENGTH + 1 : stop - _LENGTH + 1] & lower
        mixed = raw[:, start - _LENGTH : stop - _LENGTH] & upper
        mixed |= odd
        mixed >>= one
        odd &= one
        odd *= matrix
        mixed ^= odd
        for at in range(start, stop, _FREE):
            end = min(at + _FREE, stop)
            np.bitwise_xor(mixed[:, at - start : end - start], raw[:, at - _FREE : end - _FREE], out=raw[:, at:end])
    fresh = raw[:, _LENGTH:]
    np.right_shift(fresh, np.uint32(11), out=words)
    words ^= fresh
    shifted = np.empty_like(words)
    for shift, mask in ((7, 0x9D2C5680), (15, 0xEFC60000)):
        np.left_shift(words, np.uint32(shift), out=shifted)
        shifted &= np.uint32(mask)
        words ^= shifted
    np.right_shift(words, np.uint32(18), out=shifted)
    words ^= shifted
