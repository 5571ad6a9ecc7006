"""Linear algebra on the matrices in the last two axes."""

from __future__ import annotations

import math
from typing import Any

from ..core.errors import ArgumentError
from ..core.op import op
from ..core.params import Array, Double
from .matrix import product, turned


def _rows_at(axis: int, ndim: int) -> tuple[int, ...]:
    """The order of axes that brings the one of the rows next to the last."""
    place = axis + ndim if axis < 0 else axis
    if not 0 <= place < ndim - 1:
        raise ArgumentError(f"axis={axis} must name an axis of {ndim} dimension(s) other than the last")
    return (*(i for i in range(ndim - 1) if i != place), place, ndim - 1)


def _gemm(F: Any, A: Any, B: Any, transpose_a: bool, transpose_b: bool, alpha: float, axis: int) -> Any:
    if A.ndim < 2 or A.ndim != B.ndim:
        raise ArgumentError("A and B must have the same number of dimensions, at least 2")
    order = _rows_at(axis, A.ndim)
    a, b = F.transpose(A, order), F.transpose(B, order)
    if a.shape[:-2] != b.shape[:-2]:
        raise ArgumentError("A and B must have the same sizes in all axes but those of rows and columns")
    c = product(F, turned(F, a) if transpose_a else a, turned(F, b) if transpose_b else b)
    c = F.transpose(c, tuple(sorted(range(c.ndim), key=order.__getitem__)))
    return c if alpha == 1 else c * alpha


@op(
    name="_linalg_gemm",
    aliases=("linalg_gemm",),
    dtypes="float",
    samples=[
        dict(A=(2, 3), B=(3, 2), C=(2, 2)),
        dict(A=(3, 2), B=(4, 3), C=(2, 4), transpose_a=True, transpose_b=True, alpha=2.0, beta=0.5),
    ],
)
def linalg_gemm(
    F,
    A: Array,
    B: Array,
    C: Array,
    transpose_a: bool = False,
    transpose_b: bool = False,
    alpha: Double = 1.0,
    beta: Double = 1.0,
    axis: int = -2,
):
    """``alpha * A . B + beta * C``.

    A: The left matrices.
    B: The right matrices; the axes before the last two are those of ``A``.
    C: What is added, in the shape of the product.
    transpose_a: Transpose the left matrices first.
    transpose_b: Transpose the right matrices first.
    alpha: The factor of the product.
    beta: The factor of ``C``.
    axis: The axis of the rows; that of the columns is the last.
    """
    c = _gemm(F, A, B, transpose_a, transpose_b, alpha, axis)
    if c.shape != C.shape:
        raise ArgumentError(f"C has shape {C.shape}; the product has {c.shape}")
    return c + C * beta


@op(
    name="_linalg_gemm2",
    aliases=("linalg_gemm2",),
    dtypes="float",
    samples=[dict(A=(2, 2, 3), B=(2, 3, 2), alpha=2.0), dict(A=(3, 4, 2), B=(3, 4, 2), transpose_b=True, axis=0)],
)
def linalg_gemm2(
    F,
    A: Array,
    B: Array,
    transpose_a: bool = False,
    transpose_b: bool = False,
    alpha: Double = 1.0,
    axis: int = -2,
):
    """``alpha * A . B``.

    A: The left matrices.
    B: The right matrices; the axes before the last two are those of ``A``.
    transpose_a: Transpose the left matrices first.
    transpose_b: Transpose the right matrices first.
    alpha: The factor of the product.
    axis: The axis of the rows; that of the columns is the last.
    """
    return _gemm(F, A, B, transpose_a, transpose_b, alpha, axis)


@op(
    name="_linalg_syrk",
    aliases=("linalg_syrk",),
    dtypes="float",
    samples=[dict(A=(2, 3)), dict(A=(2, 2, 3), transpose=True, alpha=0.5)],
)
def linalg_syrk(F, A: Array, transpose: bool = False, alpha: Double = 1.0):
    """``alpha * A . A^T``.

    A: The matrices.
    transpose: ``alpha * A^T . A`` instead.
    alpha: The factor.
    """
    if A.ndim < 2:
        raise ArgumentError("A must have at least 2 dimensions")
    a, b = (turned(F, A), A) if transpose else (A, turned(F, A))
    return F.matmul(a, b) * alpha


# Diagonals and triangles are places in the flattened matrix.


def _diagonal(F: Any, n: int, offset: int) -> Any:
    """The places of a diagonal of n x n matrices, from the top."""
    return F.arange(n - abs(offset)) * (n + 1) + (offset if offset > 0 else -offset * n)


def _triangle(F: Any, n: int, offset: int, lower: bool) -> Any:
    """The places of the triangle from a diagonal down to the corner, row by row; an upper one's column by column."""
    row, column = F.reshape(F.arange(n), (-1, 1)), F.arange(n)
    (places,) = F.nonzero(F.reshape(row - column >= abs(offset), (-1,)))
    if offset > 0 or (offset == 0 and not lower):
        return places % n * n + places // n
    return places


def _extract(F: Any, A: Any, offset: int, places: Any) -> Any:
    return F.take(F.reshape(A, (*A.shape[:-2], A.shape[-1] ** 2)), places, A.ndim - 2)


def _make(F: Any, A: Any, n: int, places: Any) -> Any:
    flat = F.zeros((*A.shape[:-1], n * n), A.dtype)
    return F.reshape(F.replace(flat, (Ellipsis, places), A), (*A.shape[:-1], n, n))


def _square(A: Any, offset: int = 0) -> int:
    """The size of square matrices; ArgumentError when they are not, or have no such diagonal."""
    if A.ndim < 2 or A.shape[-1] != A.shape[-2]:
        raise ArgumentError("A must hold square matrices in its last two axes")
    if abs(offset) >= A.shape[-1]:
        raise ArgumentError(f"offset={offset} lies outside matrices of size {A.shape[-1]}")
    return A.shape[-1]


def _row(A: Any) -> int:
    """The size of the last axis; ArgumentError when there is none."""
    if not A.ndim:
        raise ArgumentError("A must have at least 1 dimension")
    return A.shape[-1]


@op(
    name="_linalg_sumlogdiag",
    aliases=("linalg_sumlogdiag",),
    dtypes="float",
    samples=[dict(A=(2, 3, 3), domain=(0.5, 2.0)), dict(A=[[1.0, 2.0], [3.0, 4.0]])],
)
def linalg_sumlogdiag(F, A: Array):
    """The sum of the logarithms of the main diagonal.

    A: Square matrices with a positive diagonal.
    """
    diagonal = _extract(F, A, 0, _diagonal(F, _square(A), 0))
    return F.reshape(F.sum(F.log(diagonal), diagonal.ndim - 1), A.shape[:-2] or (1,))


@op(
    name="_linalg_extractdiag",
    aliases=("linalg_extractdiag",),
    dtypes="float",
    samples=[dict(A=(3, 3)), dict(A=(2, 3, 3), offset=-1)],
)
def linalg_extractdiag(F, A: Array, offset: int = 0):
    """A diagonal of square matrices.

    A: The matrices.
    offset: Which diagonal: positive above the main one, negative below it.
    """
    return _extract(F, A, offset, _diagonal(F, _square(A, offset), offset))


@op(
    name="_linalg_makediag",
    aliases=("linalg_makediag",),
    dtypes="float",
    samples=[dict(A=(3,)), dict(A=(2, 2), offset=1)],
)
def linalg_makediag(F, A: Array, offset: int = 0):
    """Square matrices with a given diagonal and zeros elsewhere.

    A: The diagonals, in the last axis.
    offset: Which diagonal they become: positive above the main one, negative below it.
    """
    n = _row(A) + abs(offset)
    return _make(F, A, n, _diagonal(F, n, offset))


@op(
    name="_linalg_extracttrian",
    aliases=("linalg_extracttrian",),
    dtypes="float",
    samples=[dict(A=(3, 3)), dict(A=(2, 3, 3), lower=False), dict(A=(3, 3), offset=-1)],
)
def linalg_extracttrian(F, A: Array, offset: int = 0, lower: bool = True):
    """A triangle of square matrices in one row: a lower one row by row, an upper one column by column.

    A: The matrices.
    offset: The diagonal the triangle starts at; a positive one starts an upper, a negative one a lower triangle.
    lower: With offset 0, whether it is the lower triangle.
    """
    return _extract(F, A, offset, _triangle(F, _square(A, offset), offset, lower))


@op(
    name="_linalg_maketrian",
    aliases=("linalg_maketrian",),
    dtypes="float",
    samples=[dict(A=(6,)), dict(A=(2, 3), lower=False), dict(A=(3,), offset=1)],
)
def linalg_maketrian(F, A: Array, offset: int = 0, lower: bool = True):
    """Square matrices with a given triangle and zeros elsewhere: the opposite of ``linalg_extracttrian``.

    A: The triangles, in the last axis; 1, 3, 6, 10 ... elements.
    offset: The diagonal the triangle starts at; a positive one makes it an upper, a negative one a lower triangle.
    lower: With offset 0, whether it is the lower triangle.
    """
    count = _row(A)
    side = (math.isqrt(8 * count + 1) - 1) // 2
    if side * (side + 1) // 2 != count or not count:
        raise ArgumentError(f"A has {count} elements in its last axis; a triangle has 1, 3, 6, 10 ...")
    n = side + abs(offset)
    return _make(F, A, n, _triangle(F, n, offset, lower))
