"""Products of matrices on the GPU against the CPU."""

import numpy as np
import pytest

from mxnd.backend import products as host
from mxnd.backend.cuda import products

pytestmark = pytest.mark.gpu
RNG = np.random.default_rng(5)
NEAR = {"float16": 1e-3, "float32": 1e-6, "float64": 1e-12}
SHAPES = [
    ((2, 3), (3, 4)), ((1, 50), (50, 1)), ((5, 1), (1, 6)), ((4, 2, 3), (4, 3, 5)), ((2, 1, 3, 4), (5, 4, 2)),
    ((0, 3), (3, 2)), ((2, 0), (0, 3)), ((2, 3, 0), (2, 0, 4)), ((3, 1, 8), (3, 8, 1)),
]  # fmt: skip


@pytest.mark.parametrize("dtype", [*NEAR, "int32", "int64", "int8", "uint8"])
@pytest.mark.parametrize(("left", "right"), SHAPES)
def test_matmul(cuda, dtype, left, right):
    a, b = ((RNG.normal(size=shape) * 5).astype(dtype) for shape in (left, right))
    for x, y in ((a, b), (np.asfortranarray(a), b), (a, np.asfortranarray(b))):
        want = host.matmul(x, y)
        have = products.matmul(cuda.asarray(x), cuda.asarray(y))
        assert (have.shape, have.dtype) == (want.shape, want.dtype)
        size = 25 * 4 * np.sqrt(left[-1] + 1)
        near = NEAR.get(dtype, 0)
        np.testing.assert_allclose(cuda.asnumpy(have), want, near, near * size)


def test_matmul_of_two_dtypes(cuda):
    a, b = RNG.normal(size=(3, 4)).astype(np.float16), RNG.normal(size=(4, 2))
    for x, y in ((a, b.astype(np.float32)), (a.astype(np.float32), b.astype(np.float16)), (a.astype(np.float32), b)):
        want = host.matmul(x, y)
        have = products.matmul(cuda.asarray(x), cuda.asarray(y))
        assert have.dtype == want.dtype
        np.testing.assert_allclose(cuda.asnumpy(have), want, 1e-3, 1e-5)


def test_float16_adds_up_in_float32(cuda):
    """In float16 the sum would stop at 2048."""
    ones = cuda.ones((1, 4096), np.float16)
    assert cuda.asnumpy(products.matmul(ones, ones.T)) == 4096
    assert (cuda.asnumpy(products.matmul(cuda.ones((2, 4096), np.float16), ones.T)) == 4096).all()


@pytest.mark.parametrize("dtype", NEAR)
def test_affine(cuda, dtype):
    x, w, b = (RNG.normal(size=shape).astype(dtype) for shape in ((7, 5), (4, 5), (4,)))
    want = host.affine(x, w, b)
    have = products.affine(cuda.asarray(x), cuda.asarray(np.asfortranarray(w)), cuda.asarray(b))
    assert have.dtype == want.dtype
    np.testing.assert_allclose(cuda.asnumpy(have), want, 2 * NEAR[dtype], 8 * NEAR[dtype])
    assert products.affine(cuda.zeros((0, 5), dtype), cuda.asarray(w), cuda.asarray(b)).shape == (0, 4)
