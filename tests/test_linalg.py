"""Decompositions: what they promise, and derivatives along symmetric changes, which single elements cannot show."""

from __future__ import annotations

import numpy as np
import pytest

import mxnd as mx

RNG = np.random.RandomState(3)
N = 4


def symmetric(rng=RNG):
    x = rng.normal(size=(2, N, N))
    return x + x.swapaxes(1, 2)


def definite():
    x = RNG.normal(size=(2, N, N))
    return x @ x.swapaxes(1, 2) + N * np.eye(N)


def nd(x):
    return mx.nd.array(x, dtype="float64")


def test_factors_make_the_matrix_again():
    a = definite()
    lower = mx.nd.linalg.potrf(nd(a)).asnumpy()
    np.testing.assert_allclose(lower @ lower.swapaxes(1, 2), a, rtol=1e-12)
    np.testing.assert_allclose(mx.nd.linalg.potri(nd(lower)).asnumpy(), np.linalg.inv(a), rtol=1e-10)
    s = symmetric()
    vectors, values = (x.asnumpy() for x in mx.nd.linalg.syevd(nd(s)))
    np.testing.assert_allclose(vectors.swapaxes(1, 2) @ (values[..., None] * vectors), s, atol=1e-12)
    assert (np.diff(values, axis=1) >= 0).all()
    g = RNG.normal(size=(2, 3, 5))
    q, lower = (x.asnumpy() for x in mx.nd.linalg.gelqf(nd(g)))
    np.testing.assert_allclose(lower @ q, g, atol=1e-12)
    np.testing.assert_allclose(q @ q.swapaxes(1, 2), np.broadcast_to(np.eye(3), (2, 3, 3)), atol=1e-12)


@pytest.mark.parametrize("name", ["potrf", "syevd"])
def test_derivatives_along_symmetric_changes(name):
    """First and second, against differences of values and of first derivatives."""
    a, change, step = definite(), symmetric(), 1e-6
    function = getattr(mx.nd.linalg, name)
    listed = lambda r: r if isinstance(r, list) else [r]  # noqa: E731
    heads = [nd(RNG.uniform(0.5, 1.5, r.shape)) for r in listed(function(nd(a)))]

    def gradient(at, order):
        x = nd(at)
        x.attach_grad()
        with mx.autograd.record():
            outputs = listed(function(x))
            if order == 2:
                (first,) = mx.autograd.grad(outputs, [x], heads, create_graph=True)
                outputs = [(first * first).sum()]
        mx.autograd.backward(outputs, heads if order == 1 else None)
        return x.grad.asnumpy()

    def value(at):
        return sum(float((h * r).sum().asscalar()) for h, r in zip(heads, listed(function(nd(at)))))

    want = (value(a + step * change) - value(a - step * change)) / (2 * step)
    assert (gradient(a, 1) * change).sum() == pytest.approx(want, rel=1e-6)
    squares = [(gradient(a + sign * step * change, 1) ** 2).sum() for sign in (1, -1)]
    assert (gradient(a, 2) * change).sum() == pytest.approx((squares[0] - squares[1]) / (2 * step), rel=1e-5)


@pytest.mark.parametrize(
    ("name", "matrix", "says"),
    [
        ("potrf", [[1.0, 2.0], [2.0, 1.0]], "not positive definite"),
        ("inverse", [[1.0, 2.0], [2.0, 4.0]], "singular"),
        ("potri", [[0.0, 0.0], [2.0, 4.0]], "singular"),
        ("det", [[1.0, 2.0]], "square"),
        ("gelqf", [[1.0], [2.0]], "at least as many columns"),
        ("syevd", [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]], "square"),
    ],
)
def test_errors_say_what_is_wrong(name, matrix, says):
    with pytest.raises(mx.MXNetError, match=f"_linalg_{name}: .*{says}"):
        getattr(mx.nd.linalg, name)(mx.nd.array(matrix))
