"""mxnd.strict(): what MXNet clips or ignores becomes an error that names the index."""

from __future__ import annotations

import pytest

import mxnd as mx
from mxnd import nd

X = nd.arange(6).reshape((3, 2))
BAD = nd.array([0, 7])
LENIENT = [
    (lambda: nd.take(X, BAD), [[0, 1], [4, 5]]),
    (lambda: nd.pick(nd.ones((2, 3)), BAD), [1, 1]),
    (lambda: nd.Embedding(BAD, X, input_dim=3, output_dim=2), [[0, 1], [4, 5]]),
    (lambda: nd.batch_take(nd.ones((2, 3)), nd.array([0, 7], dtype="int32")), [1, 1]),
    (lambda: nd.one_hot(BAD, 3), [[1, 0, 0], [0, 0, 0]]),
]


@pytest.mark.parametrize(("call", "want"), LENIENT)
def test_lenient_by_default_strict_on_request(call, want):
    assert call().asnumpy().tolist() == want
    with mx.strict(), pytest.raises(IndexError, match="index 7 is out of bounds") as caught:
        call()
    assert isinstance(caught.value, mx.MXNetError)
    assert call().asnumpy().tolist() == want


def test_what_is_in_range_is_the_same():
    with mx.strict():
        assert nd.take(X, nd.array([2, 0])).asnumpy().tolist() == [[4, 5], [0, 1]]
        assert nd.take(X, BAD, mode="wrap").asnumpy().tolist() == [[0, 1], [2, 3]]
        assert nd.one_hot(nd.array([1]), 2).asnumpy().tolist() == [[0, 1]]


def test_as_a_switch():
    mx.strict()
    try:
        with mx.strict(False):
            nd.take(X, BAD)
        with pytest.raises(mx.MXNetError, match="take: index 7"):
            nd.take(X, BAD)
    finally:
        mx.strict(False)
    nd.take(X, BAD)
