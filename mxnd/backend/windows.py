"""What convolution and pooling share: where windows lie along an axis, and jobs over blocks in scratch memory."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from . import blas, threads

Dims = tuple[int, ...]
Geometry = tuple[Dims, Dims, Dims, int]
"""(stride, dilate, pad, groups), the first three with a number per spatial axis."""
Term = tuple[int, int, int, int]
"""Elements ``lo`` to ``hi`` of what is written meet those of what is read from ``start`` on, every ``step``-th."""

LARGE = 1 << 18  # elements of a job from which on it pays to use threads


def in_float32(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of two arrays that computes float16 in float32."""

    @functools.wraps(function)
    def wider(a: Any, b: Any, *rest: Any) -> Any:
        if a.dtype == np.float16:
            return function(a.astype(np.float32), b.astype(np.float32), *rest).astype(np.float16)
        return function(a, b, *rest)

    return wider


def out_size(size: Dims, kernel: Dims, stride: Dims, dilate: Dims, pad: Dims) -> Dims:
    """How many places a kernel takes along each axis."""
    return tuple((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, d, p in zip(size, kernel, stride, dilate, pad))


def padded(x: Any, pad: Dims) -> Any:
    """x with zeros around its spatial axes; x itself when there are none."""
    if not any(pad):
        return x
    out = np.zeros((*x.shape[:2], *(n + 2 * p for n, p in zip(x.shape[2:], pad))), x.dtype)
    out[inner(x.shape[2:], pad)] = x
    return out


def inner(size: Dims, pad: Dims) -> tuple[Any, ...]:
    """The key of what is not padding."""
    return (slice(None), slice(None), *(slice(p, p + n) for n, p in zip(size, pad)))


def tap(place: Dims, out: Dims, stride: Dims, dilate: Dims) -> tuple[Any, ...]:
    """The key of what one element of the kernel meets."""
    return (..., *(slice(k * d, k * d + s * (n - 1) + 1, s) for k, n, s, d in zip(place, out, stride, dilate)))


def along(axis: int, start: int, count: int, step: int = 1) -> tuple[Any, ...]:
    """The key of ``count`` elements along an axis."""
    return (slice(None),) * axis + (slice(start, start + step * (count - 1) + 1, step),)


@functools.lru_cache(1024)
def gathering(n: int, k: int, s: int, p: int, o: int) -> tuple[Term | None, ...]:
    """For each element of a window of k: the places (of o) whose element lies in the data (of n), and where; or None.

    Windows begin every s elements, the first p before the data.
    """
    terms: list[Term | None] = []
    for i in range(k):
        lo, hi = max(0, -((i - p) // s)), min(o, (n - 1 + p - i) // s + 1)
        terms.append((lo, hi, lo * s - p + i, s) if lo < hi else None)
    return tuple(terms)


@functools.lru_cache(1024)
def spreading(n: int, k: int, s: int, p: int, o: int) -> list[tuple[int, tuple[Term, ...]]]:
    """The adjoint of ``gathering``: for each remainder of the stride its first element of the data, and which places
    its elements meet."""
    found = []
    for rest in range(min(s, n)):
        first = (rest - p) % s
        count = len(range(first, n, s))
        ahead = (first + p) // s
        terms = []
        for t in range(len(range(rest, k, s))):
            lo, hi = max(0, t - ahead), min(count, o + t - ahead)
            if lo < hi:
                terms.append((lo, hi, ahead + lo - t, 1))
        if count:
            found.append((first, tuple(terms)))
    return found


Step = tuple[Any, ...]
OUT, X, OUT_LINE, X_LINE = range(4)


@functools.lru_cache(1024)
def folding(
    out: Dims, x: Dims, axis: int, terms: tuple[Term | None, ...], first: int = 0, every: int = 1
) -> list[Step]:
    """The steps of ``fold``: each (array and key of what is written, the same of one or two things that are read)."""
    there = [term for term in terms if term]
    length = len(range(first, out[axis], every))
    if axis == len(out) - 1 and there:
        step = there[0][3]
        low, high = max(term[0] for term in there), min(term[1] for term in there)
        ends = [*range(low), *range(high, length)]
        met = [[start + (place - lo) * step for lo, hi, start, _ in there if lo <= place < hi] for place in ends]
        if x[-1] == step * length and out[-1] == every * length and 4 * len(ends) <= length and all(met):
            # All lines as one, which makes long loops; then the ends, where the terms ran into the next line.
            total = math.prod(out[:-1]) * length
            laid = []
            for lo, _, start, _ in there:
                ahead = start - lo * step
                lo, hi = max(0, -(ahead // step)), min(total, (step * total - 1 - ahead) // step + 1)
                laid.append((lo, hi, lo * step + ahead, step))
            steps = _steps(0, total, laid, OUT_LINE, X_LINE, first, every)
            for place, meets in zip(ends, met):
                steps += _first(OUT, (..., first + place * every), [(X, (..., i)) for i in meets])
            return steps
    return _steps(axis, length, there, OUT, X, first, every)


def _first(to: int, key: Any, read: list[tuple[int, Any]]) -> list[Step]:
    """All that is read put together at one place."""
    steps: list[Step] = [(to, key, *read[0], *(read[1] if len(read) > 1 else (None, None)))]
    return steps + [(to, key, to, key, *other) for other in read[2:]]


def _steps(axis: int, length: int, terms: list[Term], to: int, x: int, first: int, every: int) -> list[Step]:
    def place(lo: int, hi: int) -> Any:
        return along(axis, first + lo * every, hi - lo, every)

    rest = list(terms)
    whole = next((term for term in rest if term[0] == 0 and term[1] == length), None)
    steps: list[Step] = []
    if whole is None:
        steps.append((to, place(0, length), None, None, None, None))
    else:
        rest.remove(whole)
        _, _, start, step = whole
        lo, hi = 0, 0
        if rest:
            lo, hi, other, _ = rest.pop(0)
            both = [(x, along(axis, begin, hi - lo, step)) for begin in (start + lo * step, other)]
            steps += _first(to, place(lo, hi), both)
        for a, b in ((0, lo), (hi, length)):
            if a < b:
                steps.append((to, place(a, b), x, along(axis, start + a * step, b - a, step), None, None))
    for lo, hi, start, step in rest:
        key = place(lo, hi)
        steps.append((to, key, to, key, x, along(axis, start, hi - lo, step)))
    return steps


def fold(out: Any, x: Any, steps: list[Step], function: Any, fill: float) -> None:
    """Write into ``out`` what ``function`` makes of all terms along an axis; ``fill`` where there is none."""
    spaces = (out, x, out.reshape(-1), x.reshape(-1))
    for to, key, one, one_key, other, other_key in steps:
        target = spaces[to][key]
        if other is not None:
            function(spaces[one][one_key], spaces[other][other_key], target)
        else:
            target[...] = fill if one is None else spaces[one][one_key]


def run(task: Callable[[Any], None], blocks: Iterable[Any], size: int) -> None:
    """``task`` for every block; on all threads when the job, of so many elements, is large.

    With several blocks BLAS keeps to one thread in any case: results are the same with any number of ours, and its own
    threads, which stay awake for a while, are not in their way.
    """
    waiting = list(blocks)
    if len(waiting) == 1:
        task(waiting[0])
        return
    with blas.one_thread():
        if size >= LARGE:
            threads.spread(task, waiting)
        else:
            for block in waiting:
                task(block)
