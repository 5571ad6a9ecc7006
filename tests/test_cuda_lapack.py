"""Decompositions on the GPU against the CPU: of one matrix, of stacks of them, and of matrices that have none."""

import numpy as np
import pytest

from mxnd.backend import lapack as host
from mxnd.backend.cuda import lapack
from mxnd.core.errors import ArgumentError

pytestmark = pytest.mark.gpu
RNG = np.random.default_rng(7)
NEAR = {"float32": 2e-4, "float64": 1e-10}
LEADS = [(), (3,), (2, 2), (0,)]


def general(*shape):
    return RNG.normal(size=shape) + 3 * np.eye(*shape[-2:])


def definite(*shape):
    a = RNG.normal(size=shape)
    return a @ a.swapaxes(-1, -2) + shape[-1] * np.eye(shape[-1])


def same(cuda, have, want, dtype):
    have, want = ((x if isinstance(x, tuple) else (x,)) for x in (have, want))
    for mine, expected in zip(have, want, strict=True):
        assert (mine.dtype, mine.shape) == (expected.dtype, expected.shape)
        np.testing.assert_allclose(cuda.asnumpy(mine), expected, NEAR[dtype], NEAR[dtype])


@pytest.mark.parametrize("dtype", NEAR)
@pytest.mark.parametrize("lead", LEADS)
@pytest.mark.parametrize("name", ["cholesky", "inverse", "lq", "eigh", "det", "slogdet"])
def test_decompositions(cuda, name, lead, dtype):
    a = (definite if name in ("cholesky", "eigh") else general)(*lead, 4, 6 if name == "lq" else 4).astype(dtype)
    if name in ("cholesky", "eigh"):
        a += np.triu(np.ones_like(a), 1)  # which nobody reads
    want = getattr(host, name)(a)
    have = getattr(lapack, name)(cuda.asarray(a.swapaxes(-1, -2)).swapaxes(-1, -2))
    same(cuda, have, want, dtype)


@pytest.mark.parametrize("dtype", NEAR)
@pytest.mark.parametrize("lower", [True, False])
@pytest.mark.parametrize(
    ("lead", "n", "columns"), [((), 5, 3), ((2, 3), 4, 1), ((2,), 130, 7), ((0,), 3, 2), ((), 3, 0)]
)
def test_solve_triangular(cuda, lead, n, columns, lower, dtype):
    a = (RNG.normal(size=(*lead, n, n)) / n + 2 * np.eye(n)).astype(dtype)
    b = RNG.normal(size=(*lead, n, columns)).astype(dtype)
    given = b.copy()
    on = cuda.asarray(b)
    same(cuda, lapack.solve_triangular(cuda.asarray(a), on, lower), host.solve_triangular(a, b, lower), dtype)
    assert (cuda.asnumpy(on) == given).all()


@pytest.mark.parametrize("stacked", [False, True])
@pytest.mark.parametrize(
    ("name", "a", "says"),
    [
        ("cholesky", [[1, 2], [2, 1]], "positive definite"),
        ("inverse", [[1, 2], [2, 4]], "singular"),
        ("solve_triangular", [[0, 0], [2, 4]], "there is a 0"),
    ],
)
def test_matrices_that_have_none(cuda, name, a, says, stacked):
    a = np.array([np.eye(2), a] if stacked else a, np.float32)
    more = (np.ones_like(a), True) if name == "solve_triangular" else ()
    with pytest.raises(ArgumentError, match=says):
        getattr(host, name)(a, *more)
    with pytest.raises(ArgumentError, match=says):
        getattr(lapack, name)(cuda.asarray(a), *(cuda.asarray(m) if m is not True else m for m in more))


def test_singular_matrices_have_a_determinant(cuda):
    a = np.array([[[1, 2], [2, 4]], [[0, 0], [0, 0]], [[2, 0], [0, -3]]], np.float32)
    same(cuda, lapack.det(cuda.asarray(a)), host.det(a), "float32")
    same(cuda, lapack.slogdet(cuda.asarray(a)), host.slogdet(a), "float32")
