"""Decompositions, inverses and determinants of the matrices in the last two axes."""

from __future__ import annotations

from typing import Any

from ..core.errors import ArgumentError
from ..core.formula import Rule
from ..core.op import op
from ..core.params import Array
from .matrix import turned
from .triangular import DEFINITE, SOLVE, mirrored, square, unit, wide

GENERAL = [[2.0, 1.0, 0.5], [-1.0, 3.0, 0.25], [0.5, 1.5, -2.0]]


def _lq_pull(F: Any, cts: list[Any], y: Any) -> tuple[Any]:
    """Seeger et al., Auto-differentiating linear algebra (2017)."""
    q, lower = y
    dq, dl = (F.zeros(part.shape, part.dtype) if ct is None else ct for ct, part in zip(cts, y))
    inner = F.matmul(turned(F, lower), dl) - F.matmul(dq, turned(F, q))
    return (SOLVE(F, turned(F, lower), dq + F.matmul(mirrored(F, inner), q), False),)


LQ = Rule(lambda F, a: F.lq(a), _lq_pull)


@op(
    name="_linalg_gelqf",
    aliases=("linalg_gelqf",),
    dtypes="float",
    outputs=2,
    samples=[dict(A=GENERAL[:2]), dict(A=[GENERAL, DEFINITE])],
)
def linalg_gelqf(F, A: Array):
    """Orthonormal rows Q and a lower triangle L with ``A = L . Q``; returns Q and L.

    A: Matrices of full rank with at least as many columns as rows.
    """
    if A.ndim < 2 or A.shape[-2] > A.shape[-1]:
        raise ArgumentError(f"A must hold matrices with at least as many columns as rows, not {A.shape}")
    return LQ(F, wide(F, A))


def _eigh_pull(F: Any, cts: list[Any], y: Any) -> tuple[Any]:
    """``U^T . (sym(dU . U^T / gaps) + dL) . U``. Equal eigenvalues count as far apart as in MXNet."""
    vectors, values = y
    n = values.shape[-1]
    inner: Any = 0.0
    if cts[0] is not None:
        turn = F.matmul(cts[0], turned(F, vectors))
        row, column = F.reshape(F.arange(n), (-1, 1)), F.arange(n)
        higher, lower = F.reshape(values, (*values.shape, 1)), F.reshape(values, (*values.shape[:-1], 1, n))
        least = 1e-100 if values.dtype == "float64" else 1e-30
        gaps = F.maximum(F.where(row >= column, higher - lower, lower - higher), least)
        inner = (turn - turned(F, turn)) * 0.5 / F.where(row >= column, gaps, -gaps)
    if cts[1] is not None:
        inner = inner + F.reshape(cts[1], (*values.shape, 1)) * unit(F, vectors)
    return (F.matmul(turned(F, vectors), F.matmul(inner, vectors)),)


EIGH = Rule(lambda F, a: F.eigh(a), _eigh_pull)


@op(
    name="_linalg_syevd",
    dtypes="float",
    outputs=2,
    derivative=False,  # it is the derivative for symmetric changes
    samples=[dict(A=DEFINITE), dict(A=[DEFINITE, DEFINITE])],
)
def linalg_syevd(F, A: Array):
    """Eigenvectors U, as rows, and eigenvalues L of symmetric matrices: ``A = U^T . diag(L) . U``; returns U and L.

    Eigenvalues come from the smallest on; the largest component of each eigenvector is positive. The gradient is
    symmetric: that of symmetric changes of ``A``.

    A: Symmetric matrices; the lower triangle is read.
    """
    square(A)
    return EIGH(F, wide(F, A))


def _inverse_pull(F: Any, ct: Any, y: Any) -> tuple[Any]:
    back = turned(F, y)
    return (-F.matmul(back, F.matmul(ct, back)),)


INVERSE = Rule(lambda F, a: F.inverse(a), _inverse_pull)


@op(
    name="_linalg_inverse",
    aliases=("linalg_inverse",),
    dtypes="float",
    samples=[dict(A=GENERAL), dict(A=[GENERAL, DEFINITE])],
)
def linalg_inverse(F, A: Array):
    """The inverse of square matrices.

    A: The matrices; a singular one is an error.
    """
    square(A)
    return INVERSE(F, wide(F, A))


def _log_gradient(F: Any, ct: Any, a: Any, singular: Any) -> Any:
    """``ct * a^-T``, the gradient of the logarithm of the determinant; 0 where ``singular``."""
    whole = (*ct.shape, 1, 1)
    singular = F.reshape(singular, whole)
    kept = F.where(singular, unit(F, a), a)
    return F.where(singular, 0.0, F.reshape(ct, whole) * turned(F, INVERSE(F, kept)))


DET = Rule(lambda F, a: F.det(a), lambda F, ct, a, y: (_log_gradient(F, ct * y, a, y == 0),))

SLOGDET = Rule(
    lambda F, a: F.slogdet(a),
    lambda F, cts, a, y: (None if cts[1] is None else _log_gradient(F, cts[1], a, y[0] == 0),),
)


def _shaped(F: Any, x: Any) -> Any:
    return x if x.ndim else F.reshape(x, (1,))


@op(name="_linalg_det", aliases=("linalg_det",), dtypes="float", samples=[dict(A=GENERAL), dict(A=[GENERAL, DEFINITE])])
def linalg_det(F, A: Array):
    """The determinant of square matrices; of shape (1,) for one matrix.

    A: The matrices. The gradient of a singular one is 0, as in MXNet.
    """
    square(A)
    return _shaped(F, DET(F, wide(F, A)))


@op(
    name="_linalg_slogdet",
    aliases=("linalg_slogdet",),
    dtypes="float",
    outputs=2,
    samples=[dict(A=GENERAL), dict(A=[GENERAL, DEFINITE])],
)
def linalg_slogdet(F, A: Array):
    """The sign of the determinant and the logarithm of its absolute value; of shape (1,) for one matrix.

    A: The matrices. Of a singular one they are 0 and -inf, with a gradient of 0.
    """
    square(A)
    sign, size = SLOGDET(F, wide(F, A))
    return _shaped(F, F.asarray(sign)), _shaped(F, size)
