"""Factors and inverses of the matrices in the last two axes, float32 and float64: cuSOLVER and cuBLAS.

Whether a matrix is one that an error is due for can only be known when it is computed: these words wait for that.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...core.errors import ArgumentError
from ..device import cp, cpx
from .kernels import elementwise

BLOCK = 64  # rows of a triangle that one kernel goes through


@contextlib.contextmanager
def _checked(message: str) -> Iterator[None]:
    """What the library reports as an error is one."""
    try:
        with cpx.errstate(linalg="raise"):
            yield
    except np.linalg.LinAlgError:
        raise ArgumentError(message) from None


def cholesky(a: Any) -> Any:
    """The lower factor of positive definite matrices, from their lower triangle."""
    with _checked("A holds a matrix that is not positive definite"):
        return cp.linalg.cholesky(a)


def inverse(a: Any) -> Any:
    """The inverse; a singular matrix is an error."""
    with _checked("A holds a singular matrix"):
        return cp.linalg.inv(a)


SOLVE = elementwise(
    "raw T a, int64 begin, int64 end, int64 size, int64 columns, bool lower",
    "raw T x",
    """
    const long long from = i / columns * size, column = i % columns;
    for (long long k = begin; k < end; k++) {
        const long long row = lower ? k : begin + end - 1 - k;
        const long long first = lower ? begin : row + 1, last = lower ? row : end;
        T v = x[(from + row) * columns + column];
        for (long long j = first; j < last; j++) v -= a[(from + row) * size + j] * x[(from + j) * columns + column];
        x[(from + row) * columns + column] = v / a[(from + row) * size + row];
    }""",
    "solve_triangular",
)


def solve_triangular(a: Any, b: Any, lower: bool) -> Any:
    """The solution x of ``a . x = b``, where only one triangle of ``a`` is read."""
    if (cp.diagonal(a, axis1=-2, axis2=-1) == 0).any():
        raise ArgumentError("A holds a singular matrix: there is a 0 on its diagonal")
    a, x = cp.ascontiguousarray(a), cp.array(b, a.dtype, order="C")
    n, columns = x.shape[-2:]
    starts = range(0, n, BLOCK)
    for start in (starts if lower else reversed(starts)) if x.size else ():
        end = min(start + BLOCK, n)
        done = slice(0, start) if lower else slice(end, n)
        if done.start < done.stop:
            rows = x[..., start:end, :]
            rows -= cp.matmul(a[..., start:end, done], x[..., done, :])
        SOLVE(a, start, end, n, columns, lower, x, size=math.prod(x.shape[:-2]) * columns)
    return x


def lq(a: Any) -> tuple[Any, Any]:
    """Rows that are orthonormal, and the lower triangle that makes the matrices of them."""
    q, r = cp.linalg.qr(a.swapaxes(-1, -2))
    return q.swapaxes(-1, -2), r.swapaxes(-1, -2)


def eigh(a: Any) -> tuple[Any, Any]:
    """Eigenvectors as rows, and eigenvalues from the smallest, of symmetric matrices (their lower triangle is read).

    The largest component of each eigenvector is positive.
    """
    with _checked("the eigenvalues of A cannot be computed"):
        values, columns = cp.linalg.eigh(a)
    vectors = columns.swapaxes(-1, -2)
    if not vectors.size:
        return vectors, values
    largest = cp.take_along_axis(vectors, cp.argmax(cp.abs(vectors), -1)[..., None], -1)
    return cp.where(largest < 0, -vectors, vectors), values


def det(a: Any) -> Any:
    """The determinant."""
    return cp.linalg.det(a)


def slogdet(a: Any) -> tuple[Any, Any]:
    """Sign of the determinant and logarithm of its size; 0 and -inf for singular matrices."""
    sign, size = cp.linalg.slogdet(a)
    return sign, size
