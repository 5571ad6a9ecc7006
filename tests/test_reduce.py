"""What the recorded answers cannot show of reductions: where MXNet overflows, or divides by zero."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import mxnd as mx


@pytest.mark.parametrize("row", [[2.0, 3, 5], [0, 3, 5], [0, 3, 0, 2], [0, 0, 0], [4], [1, 2, 3, 4, 5, 6, 7]])
def test_derivatives_of_a_product_at_zeros(row):
    """First: the product of the others. Second, of the sum of those: the sum of the products of all but two."""
    x = mx.nd.array([row], dtype="float64")
    x.attach_grad()
    with mx.autograd.record():
        y = mx.nd.prod(x, axis=1)
        first = mx.autograd.grad(y, x, create_graph=True, retain_graph=True)[0]
        total = first.sum()
    others = [math.prod(row[:i] + row[i + 1 :]) for i in range(len(row))]
    np.testing.assert_array_equal(first.asnumpy(), [others])
    if len(row) > 1:
        total.backward()
        want = np.zeros(len(row))
        for pair in itertools.combinations(range(len(row)), 2):
            want[list(pair)] += math.prod(v for i, v in enumerate(row) if i not in pair)
        np.testing.assert_array_equal(x.grad.asnumpy(), [want])


def test_no_overflow_on_the_way():
    assert mx.nd.mean(mx.nd.full((1000,), 250, dtype="uint8")).asscalar() == 250
    assert mx.nd.mean(mx.nd.full((4000,), 1000, dtype="float16")).asscalar() == 1000
    for dtype, size in (
        ("float32", 1e30),
        ("float32", 1e-30),
        ("float64", 1e300),
        ("float64", 1e-300),
        ("float16", 3e4),
    ):
        length = mx.nd.norm(mx.nd.array([3 * size / 5, 4 * size / 5], dtype=dtype)).asscalar()
        assert length == pytest.approx(size, rel=1e-3 if dtype == "float16" else 1e-6)


def test_nothing_to_reduce():
    empty = mx.nd.ones((2, 3))[:, 3:]
    assert empty.shape == (2, 0)
    for name, neutral in (("sum", 0), ("prod", 1), ("nansum", 0), ("nanprod", 1), ("norm", 0)):
        np.testing.assert_array_equal(getattr(mx.nd, name)(empty, axis=1).asnumpy(), [neutral] * 2)
    for name in ("max", "min", "argmax", "argmin"):
        with pytest.raises(mx.MXNetError, match="no elements"):
            getattr(mx.nd, name)(empty, axis=1)


def test_booleans():
    flags = mx.nd.array([[True, False], [True, True]], dtype="bool")
    for name, want in (("sum", [1, 1]), ("prod", [0, 1]), ("max", [1, 1]), ("min", [0, 1])):
        got = getattr(mx.nd, name)(flags, axis=1)
        assert got.dtype == np.bool_
        np.testing.assert_array_equal(got.asnumpy(), np.array(want, bool))
