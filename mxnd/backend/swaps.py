"""What a long sequence of swaps does, without doing them one after the other.

Both functions take whole numbers ``picks`` with ``picks[i] <= i`` and return what a list 0, 1, 2 ... becomes when its
places ``i`` and ``picks[i]`` are swapped for every i. They take fewer than 2**31 of them, and return int32.
"""

from __future__ import annotations

import numpy as np


def upward(picks: np.ndarray) -> np.ndarray:
    """For i from 0 on.

    Place i, untouched until step i, then gets what stands in place p = picks[i], and p gets i. So p held the latest
    earlier step that picked it or, when there is none, what its own step gave it.
    """
    picks, at, steps, places, again = _grouped(picks)
    held = np.where(picks == at, at, np.int32(-1))
    held[steps[again + 1]] = steps[again]
    out = held.copy()
    out[places] = steps  # of steps that picked the same place the last one stays
    left = np.flatnonzero(out < 0)
    source = picks[left]
    while len(left):
        found = held[source]
        out[left] = found
        unknown = np.flatnonzero(found < 0)
        left, source = left[unknown], picks[source[unknown]]
    return out


def downward(picks: np.ndarray) -> np.ndarray:
    """For i from the end on.

    Place i is final after step i, which takes what stands in place picks[i]: what the step before (the next larger i)
    that picked it put there. That step put there what stood in its own place: what the last step to pick that (the
    smallest larger i) put there, and so on.
    """
    picks, at, steps, places, again = _grouped(picks)
    previous = np.full(len(picks), -1, np.int32)
    previous[steps[again]] = steps[again + 1]
    origin = np.full(len(picks), -1, np.int32)
    origin[places[::-1]] = steps[::-1]
    own = np.flatnonzero(origin == at)
    origin[own] = previous[own]
    out = picks.copy()
    left = np.flatnonzero(previous >= 0)
    step = previous[left]
    while len(left):
        out[left] = step
        further = origin[step]
        known = np.flatnonzero(further >= 0)
        left, step = left[known], further[known]
    return out


def _grouped(picks: np.ndarray) -> tuple[np.ndarray, ...]:
    """Picks and their indices as int32; the steps ordered by the place they pick, then by time; those places; and
    after which of the ordered steps another one of the same place follows.
    """
    at = np.arange(len(picks), dtype=np.int32)
    keys = (picks.astype(np.int64) << 32) | at
    keys.sort()
    steps, places = keys.astype(np.int32), (keys >> 32).astype(np.int32)
    return picks.astype(np.int32), at, steps, places, np.flatnonzero(places[1:] == places[:-1])
