"""Linear algebra with triangles: Cholesky factors, and products and equations with triangular matrices."""

from __future__ import annotations

from typing import Any

from ..core.errors import ArgumentError
from ..core.formula import Rule
from ..core.op import op
from ..core.params import Array, Double
from .matrix import turned


def square(A: Any) -> None:
    """ArgumentError unless the last two axes hold square matrices."""
    if A.ndim < 2 or A.shape[-1] != A.shape[-2]:
        raise ArgumentError(f"A must hold square matrices in its last two axes, not {A.shape}")


def wide(F: Any, x: Any) -> Any:
    """float16 as float32, which LAPACK computes in; all else as it is."""
    return F.cast(x, "float32") if x.dtype == "float16" else x


def triangle(F: Any, x: Any, lower: bool = True, diagonal: bool = True) -> Any:
    """The matrices with zeros outside one triangle."""
    row, column = F.reshape(F.arange(x.shape[-2]), (-1, 1)), F.arange(x.shape[-1])
    inside = (row >= column if lower else row <= column) if diagonal else (row > column if lower else row < column)
    return F.where(inside, x, 0.0)


def mirrored(F: Any, x: Any) -> Any:
    """The lower triangle and its mirror image above."""
    return triangle(F, x) + turned(F, triangle(F, x, diagonal=False))


def unit(F: Any, like: Any) -> Any:
    """Unit matrices in the shape and dtype of others."""
    n = like.shape[-1]
    eye = F.cast(F.reshape(F.arange(n), (-1, 1)) == F.arange(n), like.dtype)
    return F.broadcast_to(eye, like.shape)


def _solve_pull(F: Any, ct: Any, a: Any, y: Any, lower: bool) -> tuple[Any, Any]:
    back = SOLVE(F, turned(F, a), ct, not lower)
    return (lambda: -triangle(F, F.matmul(back, turned(F, y)), lower)), back


SOLVE = Rule(lambda F, a, b, lower: F.solve_triangular(a, b, lower), _solve_pull)
"""x of ``a . x = b``, with one triangle of ``a``."""


def _cholesky_pull(F: Any, ct: Any, y: Any) -> tuple[Any]:
    """The symmetric gradient: ``y^-T . mirrored(y^T . ct) . y^-1 / 2``."""
    left = turned(F, y)
    half = SOLVE(F, left, mirrored(F, F.matmul(left, ct)), False)
    return (turned(F, SOLVE(F, left, turned(F, half), False)) * 0.5,)


CHOLESKY = Rule(lambda F, a: F.cholesky(a), _cholesky_pull)

DEFINITE = [[4.0, 1.0, 0.5], [1.0, 3.0, 0.25], [0.5, 0.25, 2.0]]
FACTORS = [[[2.0, 0.0], [0.5, 1.5]], [[1.0, 0.0], [-0.5, 3.0]]]


@op(
    name="_linalg_potrf",
    aliases=("linalg_potrf",),
    dtypes="float",
    derivative=False,  # it is the derivative for symmetric changes
    samples=[dict(A=DEFINITE), dict(A=[DEFINITE, DEFINITE])],
)
def linalg_potrf(F, A: Array):
    """The lower Cholesky factor L of positive definite matrices: ``A = L . L^T``.

    The gradient is symmetric: that of symmetric changes of ``A``.

    A: Symmetric, positive definite matrices; the lower triangle is read.
    """
    square(A)
    return CHOLESKY(F, wide(F, A))


@op(name="_linalg_potri", aliases=("linalg_potri",), dtypes="float", samples=[dict(A=FACTORS[0]), dict(A=FACTORS)])
def linalg_potri(F, A: Array):
    """The inverse of the matrices that have these Cholesky factors: ``(A . A^T)^-1``.

    A: Lower triangular matrices, from ``linalg_potrf``; only the lower triangle is read.
    """
    square(A)
    A = wide(F, A)
    inverse = SOLVE(F, A, unit(F, A), True)
    return F.matmul(turned(F, inverse), inverse)


def _beside(A: Any, B: Any, rightside: bool) -> None:
    square(A)
    if A.shape[:-2] != B.shape[:-2] or B.ndim < 2 or B.shape[-1 if rightside else -2] != A.shape[-1]:
        side = "right" if rightside else "left"
        raise ArgumentError(f"A of shape {A.shape} does not stand {side} of B of shape {B.shape}")


SIDES = [
    dict(A=FACTORS[0], B=(2, 3)),
    dict(A=FACTORS, B=(2, 3, 2), rightside=True, transpose=True, alpha=2.0),
    dict(A=FACTORS[0], B=(2, 3), transpose=True),
    dict(A=[[2.0, 0.5], [0.0, 1.5]], B=(2, 2), lower=False, rightside=True, alpha=0.5),
]


@op(name="_linalg_trmm", aliases=("linalg_trmm",), dtypes="float", samples=SIDES)
def linalg_trmm(
    F,
    A: Array,
    B: Array,
    transpose: bool = False,
    rightside: bool = False,
    lower: bool = True,
    alpha: Double = 1.0,
):
    """``alpha * A . B`` with triangular A.

    A: Triangular matrices; only one triangle is read.
    B: The other factors; the axes before the last two are those of ``A``.
    transpose: Transpose ``A``.
    rightside: ``alpha * B . A`` instead.
    lower: Whether the lower triangle of ``A`` is meant.
    alpha: The factor.
    """
    _beside(A, B, rightside)
    a = triangle(F, A, lower)
    a = turned(F, a) if transpose else a
    return (F.matmul(B, a) if rightside else F.matmul(a, B)) * alpha


@op(name="_linalg_trsm", aliases=("linalg_trsm",), dtypes="float", samples=SIDES)
def linalg_trsm(
    F,
    A: Array,
    B: Array,
    transpose: bool = False,
    rightside: bool = False,
    lower: bool = True,
    alpha: Double = 1.0,
):
    """The solution X of ``A . X = alpha * B`` with triangular A.

    A: Triangular matrices without a 0 on the diagonal; only one triangle is read.
    B: The right sides; the axes before the last two are those of ``A``.
    transpose: Transpose ``A``.
    rightside: The solution of ``X . A = alpha * B`` instead.
    lower: Whether the lower triangle of ``A`` is meant.
    alpha: The factor.
    """
    _beside(A, B, rightside)
    a, b = wide(F, A), wide(F, B) * alpha
    if rightside:  # X . A = B is A^T . X^T = B^T
        b = turned(F, b)
    x = SOLVE(F, turned(F, a), b, not lower) if transpose != rightside else SOLVE(F, a, b, lower)
    return turned(F, x) if rightside else x
