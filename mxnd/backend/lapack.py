"""Factors and inverses of the matrices in the last two axes, float32 and float64."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.errors import ArgumentError


def cholesky(a: Any) -> Any:
    """The lower factor of positive definite matrices, from their lower triangle."""
    try:
        return np.linalg.cholesky(a)
    except np.linalg.LinAlgError:
        raise ArgumentError("A holds a matrix that is not positive definite") from None


def inverse(a: Any) -> Any:
    """The inverse; a singular matrix is an error."""
    try:
        return np.linalg.inv(a)
    except np.linalg.LinAlgError:
        raise ArgumentError("A holds a singular matrix") from None


def solve_triangular(a: Any, b: Any, lower: bool) -> Any:
    """The solution x of ``a . x = b``, where only one triangle of ``a`` is read."""
    if (np.diagonal(a, axis1=-2, axis2=-1) == 0).any():
        raise ArgumentError("A holds a singular matrix: there is a 0 on its diagonal")
    if lower:  # read from its end it is an upper one, which elimination leaves as it is
        return solve_triangular(a[..., ::-1, ::-1], b[..., ::-1, :], False)[..., ::-1, :]
    return np.linalg.solve(np.triu(a), b)


def lq(a: Any) -> tuple[Any, Any]:
    """Rows that are orthonormal, and the lower triangle that makes the matrices of them."""
    q, r = np.linalg.qr(a.swapaxes(-1, -2))
    return q.swapaxes(-1, -2), r.swapaxes(-1, -2)


def eigh(a: Any) -> tuple[Any, Any]:
    """Eigenvectors as rows, and eigenvalues from the smallest, of symmetric matrices (their lower triangle is read).

    The largest component of each eigenvector is positive.
    """
    try:
        values, columns = np.linalg.eigh(a)
    except np.linalg.LinAlgError:
        raise ArgumentError("the eigenvalues of A cannot be computed") from None
    vectors = columns.swapaxes(-1, -2)
    largest = np.take_along_axis(vectors, np.argmax(np.abs(vectors), -1)[..., None], -1)
    return np.where(largest < 0, -vectors, vectors), values


def det(a: Any) -> Any:
    """The determinant."""
    return np.asarray(np.linalg.det(a))


def slogdet(a: Any) -> tuple[Any, Any]:
    """Sign of the determinant and logarithm of its size; 0 and -inf for singular matrices."""
    sign, size = np.linalg.slogdet(a)
    return np.asarray(sign), np.asarray(size)
