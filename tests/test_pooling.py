"""Pooling's kernels, block by block, held to the plain definition and to their adjoints."""

from __future__ import annotations

import numpy as np
import pytest

import mxnd as mx
from mxnd import nd
from mxnd.backend import pooling as p

WINDOWS = [  # size, kernel, stride, pad, out
    ((7,), (3,), (2,), (1,), (4,)),
    ((6, 5), (2, 2), (2, 2), (0, 0), (3, 3)),
    ((6, 5), (3, 2), (1, 3), (1, 1), (6, 2)),
    ((5, 5), (2, 2), (4, 4), (1, 1), (2, 2)),
    ((6, 5), (6, 5), (1, 1), (0, 0), (1, 1)),
    ((20, 20), (17, 17), (1, 1), (0, 0), (1, 2)),
    ((4, 5, 3), (2, 3, 1), (1, 2, 2), (1, 0, 0), (5, 2, 2)),
]


def windows(x, window):
    """(place, element numbers) -> the elements of each window that lie in the data, in order."""
    kernel, stride, pad, out = window
    for place in np.ndindex(*out):
        begins = [o * s - q for o, s, q in zip(place, stride, pad)]
        key = tuple(slice(max(b, 0), max(b + k, 0)) for b, k in zip(begins, kernel))
        yield (..., *place), (..., *key)


@pytest.fixture(params=[1, 100, 1 << 17], autouse=True)
def block(request, monkeypatch):
    monkeypatch.setattr(p, "BLOCK", request.param)


@pytest.mark.parametrize("case", WINDOWS, ids=str)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_agrees_with_the_definition(case, dtype):
    size, window = case[0], case[1:]
    rng = np.random.RandomState(0)
    x = rng.randint(-3, 4, size=(2, 3, *size)).astype(dtype)  # with ties, and exact in every dtype
    axes = tuple(range(2, x.ndim))
    total, most = p.pool_sum(x, window), p.pool_max(x, window)
    ct = rng.randint(-3, 4, size=total.shape).astype(dtype)
    taps = p.pool_taps(x, most, window)
    spread, back = np.zeros_like(x), np.zeros_like(x)
    for place, key in windows(x, window):
        np.testing.assert_array_equal(total[place], x[key].sum(axes))
        np.testing.assert_array_equal(most[place], x[key].max(axes))
        spread[key] += ct[place].reshape(2, 3, *(1,) * len(size))
        for n, c in np.ndindex(2, 3):
            view = back[(n, c, *key[1:])]
            view[np.unravel_index(x[(n, c, *key[1:])].argmax(), view.shape)] += ct[(n, c, *place[1:])]
    np.testing.assert_array_equal(p.unpool_sum(ct, window, size), spread)
    np.testing.assert_array_equal(p.pool_unpick(ct, taps, window, size), back)
    np.testing.assert_array_equal(p.pool_pick(x, taps, window), most)
    assert {a.dtype for a in (total, most, spread, back)} == {np.dtype(dtype)}


def test_nan_is_passed_over_and_infinity_stays_in_its_place():
    x = nd.array([[[1, np.nan, 3, 2, np.nan, np.nan]]])
    x.attach_grad()
    with mx.autograd.record():
        y = nd.Pooling(x, kernel=(2,), stride=(2,))
    y.backward(nd.array([[[np.inf, 5, 7]]]))
    np.testing.assert_array_equal(y.asnumpy(), [[[1, 3, np.nan]]])
    np.testing.assert_array_equal(x.grad.asnumpy()[..., :4], [[[np.inf, 0, 5, 0]]])
