"""Weighted sums of rows on the GPU against the CPU."""

import numpy as np
import pytest

from mxnd.backend import blend as host
from mxnd.backend.cuda import blend

pytestmark = pytest.mark.gpu
RNG = np.random.default_rng(5)
TOLERANCE = {"float16": 1e-3, "float32": 1e-6, "float64": 1e-12}


def close(have, want, dtype, size=1.0):
    assert have.dtype == dtype
    assert have.shape == want.shape
    np.testing.assert_allclose(have.get().astype("float64"), want, TOLERANCE[dtype], TOLERANCE[dtype] * size)


@pytest.mark.parametrize(
    ("dtype", "kind"), [("float16", "float16"), ("float32", "float32"), ("float64", "float64"), ("float32", "float64")]
)
@pytest.mark.parametrize("columns", [1, 3, 70])
def test_blends(cuda, dtype, kind, columns):
    rows, count, terms = 9, 14, 4
    x = RNG.normal(size=(columns, rows)).T.astype(dtype)
    weights = RNG.uniform(0, 1, (count, terms)).astype(kind)
    places = RNG.integers(0, rows, (count, terms))
    ct = RNG.normal(size=(count, columns)).astype(dtype)
    exact = [a.astype("float64") for a in (x, ct)]
    given = [cuda.asarray(a) for a in (x, ct, places, weights)]
    close(blend.blend(given[0], *given[2:]), host.blend(exact[0], places, weights), dtype)
    close(blend.unblend(given[1], *given[2:], rows), host.unblend(exact[1], places, weights, rows), dtype, 10)
    close(blend.blend_products(given[0], given[1], given[2]), host.blend_products(*exact, places), dtype, 10)
    assert host.blend(x, places, weights).dtype == dtype


def test_nothing_to_blend(cuda):
    x, places = cuda.ones((3, 2)), cuda.zeros((0, 4), np.int64)
    assert blend.blend(x, places, cuda.zeros((0, 4))).shape == (0, 2)
    assert blend.blend(x, cuda.zeros((5, 0), np.int64), cuda.zeros((5, 0))).tolist() == [[0, 0]] * 5
    assert blend.unblend(x[:0], places, cuda.zeros((0, 4)), 3).tolist() == [[0, 0]] * 3
    assert blend.blend_products(x, x[:0], places).shape == (0, 4)
    assert blend.blend_products(x[:, :0], x[:1, :0], cuda.zeros((1, 2), np.int64)).tolist() == [[0, 0]]
