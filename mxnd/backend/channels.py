"""Arrays as (before, channels, behind): normalized by each channel's statistics in loops, with Numba.

Places of unsigned type let the compiler add up many elements at a time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import threads
from .compiled import SUMS, kernel
from .memory import empty_like
from .reductions import STRETCH, total_of

BLOCK = 1 << 17  # elements that a thread takes at once
THREADED = 1 << 19  # elements from which threads pay


def spread(task: Callable[[slice], None], rows: int, width: int) -> None:
    with np.errstate(all="ignore"):
        threads.spread(task, threads.pieces(rows, max(1, BLOCK // width)), rows * width >= THREADED)


@kernel(*SUMS)
def _moments(x: Any, first: int, last: int, count: Any, mean: Any, var: Any) -> None:
    """Mean and variance of some channels of x, of shape (A, C, N)."""
    for c in range(first, last):
        total = 0.0
        for a in range(x.shape[0]):
            for j in range(0, x.shape[2], STRETCH):
                total += total_of(x[a, c, j : j + STRETCH])
        middle = x.dtype.type(total / count)
        total = 0.0
        for a in range(x.shape[0]):
            for at in range(0, x.shape[2], STRETCH):
                some = x.dtype.type(0)
                for j in range(np.uintp(at), np.uintp(min(at + STRETCH, x.shape[2]))):
                    some += (x[a, c, j] - middle) * (x[a, c, j] - middle)
                total += some
        mean[c] = middle
        var[c] = total / count


@kernel(*SUMS)
def _scale(x: Any, first: int, last: int, mean: Any, scale: Any, beta: Any, out: Any) -> None:
    for c in range(first, last):
        for a in range(x.shape[0]):
            for j in range(x.shape[2]):
                out[a, c, j] = (x[a, c, j] - mean[c]) * scale[c] + beta[c]


@kernel(*SUMS)
def _pull(
    ct: Any,
    x: Any,
    first: int,
    last: int,
    gamma: Any,
    count: Any,
    mean: Any,
    inverse: Any,
    out: Any,
    to_gamma: Any,
    to_beta: Any,
) -> None:
    for c in range(first, last):
        all_plain = 0.0
        all_weighed = 0.0
        for a in range(x.shape[0]):
            for at in range(0, x.shape[2], STRETCH):
                some = x.dtype.type(0)
                some_weighed = x.dtype.type(0)
                for j in range(np.uintp(at), np.uintp(min(at + STRETCH, x.shape[2]))):
                    some += ct[a, c, j]
                    some_weighed += ct[a, c, j] * ((x[a, c, j] - mean[c]) * inverse[c])
                all_plain += some
                all_weighed += some_weighed
        to_beta[c] = all_plain
        to_gamma[c] = all_weighed
        plain = x.dtype.type(all_plain / count)
        weighed = x.dtype.type(all_weighed / count)
        scale = gamma[c] * inverse[c]
        for a in range(x.shape[0]):
            for j in range(x.shape[2]):
                out[a, c, j] = (ct[a, c, j] - plain - (x[a, c, j] - mean[c]) * inverse[c] * weighed) * scale


def of(x: Any, axes: Sequence[int]) -> Any:
    """x as (before, channels, behind); None where the layout or dtype does not fit."""
    axis = next(i for i in range(x.ndim) if i not in axes)
    fits = (
        x.dtype.char in "fd" and x.flags.c_contiguous and len(axes) == x.ndim - 1 and math.prod(x.shape[axis + 1 :]) > 8
    )
    return x.reshape(math.prod(x.shape[:axis]), x.shape[axis], -1) if fits else None


def _spread(task: Callable[[slice], None], x: Any) -> None:
    spread(task, x.shape[1], x.shape[0] * x.shape[2])


def normalized(x: Any, gamma: Any, beta: Any, eps: float) -> Any:
    """x, of shape (before, channels, behind), normalized by the statistics of each channel."""
    out, (mean, var, scale) = empty_like(x), np.empty((3, x.shape[1]), x.dtype)
    count = x.dtype.type(x.shape[0] * x.shape[2])

    def task(part: slice) -> None:
        _moments(x, part.start, part.stop, count, mean, var)
        scale[part] = gamma[part] / np.sqrt(var[part] + x.dtype.type(eps))
        _scale(x, part.start, part.stop, mean, scale, beta, out)

    _spread(task, x)
    return out


def scaled(x: Any, mean: Any, scale: Any, shift: Any) -> Any:
    """``(x - mean) * scale + shift``, with one of these for each channel."""
    out = empty_like(x)
    _spread(lambda part: _scale(x, part.start, part.stop, mean, scale, shift, out), x)
    return out


def pulled(ct: Any, x: Any, gamma: Any, eps: float) -> tuple[Any, ...]:
    """The gradient of x, the mean and variance of each channel, and the gradients of gamma and beta."""
    ct, out, count = np.ascontiguousarray(ct), empty_like(x), x.dtype.type(x.shape[0] * x.shape[2])
    mean, var, inverse, to_gamma, to_beta = np.empty((5, x.shape[1]), x.dtype)

    def task(part: slice) -> None:
        c = part.start, part.stop
        _moments(x, *c, count, mean, var)
        inverse[part] = 1 / np.sqrt(var[part] + x.dtype.type(eps))
        _pull(ct, x, *c, gamma, count, mean, inverse, out, to_gamma, to_beta)

    _spread(task, x)
    return out, mean, var, to_gamma, to_beta
