"""Products of float32 matrices. They have the same bits on any number of threads."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from .. import threads
from ..memory import empty
from .library import usable
from .plan import Dims, Plan, Port, described, layout, rows

LEFT, RIGHT, RESULT = 1, 33, 17  # DNNL_ARG_*
AXES = 12  # DNNL_MAX_NDIMS
LEAST = 1 << 21  # multiplications from which it is faster than BLAS on one thread, whose calls take 10 us less
THREADED = 1 << 24  # multiplications from which threads pay, which may have to be woken


@functools.lru_cache(2048)
def _plan(a: Dims, b: Dims, steps: tuple[Dims, Dims]) -> Plan | None:
    left, right, result = layout(a, steps[0]), layout(b, steps[1]), rows((*a[:-1], b[-1]))
    found = described("matmul", left, right, None, result)
    if found is None:
        return None
    return Plan((found, (Port(LEFT, left, 0), Port(RIGHT, right, 1), Port(RESULT, result, 2, True))))


def _is_laid(x: Any) -> bool:
    """Do the elements of each row, or those of each column, lie beside each other, and none twice?"""
    (rows, columns), (*_, down, along) = x.shape[-2:], x.strides
    beside = (along == 4 and down >= 4 * columns) or (down == 4 and along >= 4 * rows)
    return beside and x.ndim <= AXES and all(step > 0 and step % 4 == 0 for step in x.strides)


def matmul(a: Any, b: Any, out: Any = None, most: int | None = None) -> Any:
    """Products of the last two axes of arrays that have the other axes in common, in C order, into ``out`` or a new
    array; None where oneDNN does not serve here and now, or is slow.

    most: How many threads may work; by default what pays where they are asleep.
    """
    (*many, m, k), n = a.shape, b.shape[-1]
    if min(m, n) < 2 or not a.dtype == b.dtype == np.float32 or not (_is_laid(a) and _is_laid(b) and usable()):
        return None
    plan = _plan(a.shape, b.shape, (a.strides, b.strides))
    if plan is None:
        return None
    if out is None:
        out = empty((*many, m, n), a.dtype)
    if most is None:
        most = threads.count() if math.prod(many) * m * k * n >= THREADED else 1
    plan(a, b, out, most=most)
    return out
