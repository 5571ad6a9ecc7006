"""Pooling of large arrays, in blocks on several threads: held to the plain definition, and to the same bits always."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from mxnd.backend import pooling as p
from mxnd.backend import threads

WINDOWS = [  # size, kernel, stride, pad, out
    ((56, 56), (3, 3), (2, 2), (1, 1), (28, 28)),
    ((56, 56), (3, 3), (2, 2), (0, 0), (28, 28)),
    ((57, 55), (3, 3), (2, 2), (1, 1), (29, 28)),
    ((56, 56), (2, 2), (2, 2), (0, 0), (28, 28)),
    ((30, 31), (3, 3), (1, 1), (1, 1), (30, 31)),
    ((30, 31), (2, 3), (1, 2), (1, 0), (31, 15)),
    ((30, 31), (2, 2), (3, 4), (0, 1), (10, 8)),
    ((30, 30), (9, 9), (3, 3), (4, 4), (10, 10)),
    ((30, 20), (30, 20), (1, 1), (0, 0), (1, 1)),
    ((200,), (3,), (2,), (1,), (100,)),
    ((12, 10, 14), (2, 3, 2), (2, 1, 2), (0, 1, 0), (6, 10, 7)),
]


def padded(x, window, fill):
    """x with enough of ``fill`` around it for all windows."""
    kernel, stride, pad, out = window
    behind = [max(0, s * (o - 1) + k - q - n) for n, k, s, q, o in zip(x.shape[2:], kernel, stride, pad, out)]
    return np.pad(x, [(0, 0), (0, 0), *zip(pad, behind)], constant_values=fill)


def elements(window):
    """(number, key) of each element of all windows in the padded data, in order."""
    kernel, stride, _, out = window
    for number, place in enumerate(itertools.product(*map(range, kernel))):
        yield number, (..., *(slice(k, k + s * (o - 1) + 1, s) for k, s, o in zip(place, stride, out)))


def expected(x, ct, window):
    """Sum, maximum, spread sum and what the first maxima get, as float64."""
    x = x.astype("f8")
    around, low = padded(x, window, 0), padded(x, window, -np.inf)
    keys = list(elements(window))
    total, most = sum(around[key] for _, key in keys), np.maximum.reduce([low[key] for _, key in keys])
    spread, back = np.zeros_like(around), np.zeros_like(around)
    free = np.ones(most.shape, bool)
    for _, key in keys:
        spread[key] += ct
        first = free & (low[key] == most)
        back[key] += np.where(first, ct, 0)
        free &= ~first
    inside = (..., *(slice(q, q + n) for q, n in zip(window[2], x.shape[2:])))
    return total, most, spread[inside], back[inside]


def data(size, window, planes, dtype):
    rng = np.random.RandomState(0)
    x = rng.randint(-3, 4, size=(2, planes, *size)).astype(dtype)  # with ties, and exact in every dtype
    return x, rng.randint(-3, 4, size=(2, planes, *window[3])).astype(dtype)


@pytest.mark.parametrize("block", [1 << 12, 1 << 19])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("case", WINDOWS, ids=str)
def test_agrees_with_the_definition(case, dtype, block, monkeypatch):
    monkeypatch.setattr(p, "BLOCK", block)
    size, window = case[0], case[1:]
    x, ct = data(size, window, 21, dtype)
    most = p.pool_max(x, window)
    taps = p.pool_taps(x, most, window)
    found = p.pool_sum(x, window), most, p.unpool_sum(ct, window, size), p.pool_unpick(ct, taps, window, size)
    for one, right in zip(found, expected(x, ct, window)):
        np.testing.assert_array_equal(one, right)
        assert one.dtype == x.dtype
    np.testing.assert_array_equal(p.pool_pick(x, taps, window), most)


@pytest.mark.parametrize("with_pad", [False, True])
@pytest.mark.parametrize("case", WINDOWS, ids=str)
def test_means_and_their_adjoint(case, with_pad):
    size, window = case[0], case[1:]
    x, ct = data(size, window, 3, "float64")
    counts = sum(padded(np.ones_like(x), window, 0)[key] for _, key in elements(window))
    if with_pad:  # what lies behind the padding never counts
        ones = np.pad(np.ones_like(x), [(0, 0), (0, 0), *((q, q) for q in window[2])], constant_values=1)
        counts = sum(padded(ones, (*window[:2], (0,) * len(size), window[3]), 0)[key] for _, key in elements(window))
    means = p.pool_sum(x, window, with_pad)
    np.testing.assert_allclose(means, expected(x, ct, window)[0] / np.maximum(counts, 1))
    assert (means * ct).sum() == pytest.approx((p.unpool_sum(ct, window, size, with_pad) * x).sum())


def test_any_memory_layout_and_no_images():
    size, window = WINDOWS[0][0], WINDOWS[0][1:]
    x, ct = data(size, window, 8, "float32")
    odd, odd_ct = (a.transpose(0, 1, 3, 2).copy().transpose(0, 1, 3, 2)[::-1] for a in (x, ct))
    most = p.pool_max(odd, window)
    np.testing.assert_array_equal(most, p.pool_max(x, window)[::-1])
    np.testing.assert_array_equal(p.unpool_sum(odd_ct, window, size), p.unpool_sum(ct, window, size)[::-1])
    taps = p.pool_taps(odd, most, window)
    np.testing.assert_array_equal(taps, p.pool_taps(x, p.pool_max(x, window), window)[::-1])
    for empty in (x[:0], x[:, :0]):
        most = p.pool_max(empty, window)
        assert most.shape == (*empty.shape[:2], 28, 28)
        assert p.pool_sum(empty, window, True).shape == most.shape
        taps = p.pool_taps(empty, most, window)
        assert p.pool_unpick(most, taps, window, size).shape == empty.shape
        assert p.unpool_sum(most, window, size, True).shape == empty.shape


def test_what_is_not_finite_stays_in_its_window():
    size, window = WINDOWS[0][0], WINDOWS[0][1:]
    x, ct = data(size, window, 8, "float32")
    x[0, 0, 10, 55], x[1, 3, 0, 0] = np.inf, np.nan
    ct[0, 2, 5, 27] = np.nan
    inside, right = p.pool_sum(x, window), expected(x, ct, window)
    np.testing.assert_array_equal(np.isfinite(inside), np.isfinite(right[0]))
    np.testing.assert_array_equal(np.isnan(p.unpool_sum(ct, window, size)), np.isnan(right[2]))
    most = p.pool_max(x, window)
    assert np.isfinite(most).sum() == most.size - (x[0, 0] == np.inf).sum()
    back = p.pool_unpick(ct, p.pool_taps(x, most, window), window, size)
    assert np.isnan(back).sum() == 1


@pytest.mark.parametrize("case", WINDOWS[:2] + WINDOWS[3:5] + WINDOWS[8:9], ids=str)
def test_the_same_bits_with_any_number_of_threads(case):
    size, window = case[0], case[1:]
    rng = np.random.RandomState(0)
    x = rng.normal(size=(4, 64, *size)).astype("f4")
    before, found = threads.count(), []
    try:
        for number in (1, 2, 3):
            threads.set_count(number)
            most = p.pool_max(x, window)
            taps = p.pool_taps(x, most, window)
            sums = p.pool_sum(x, window, True)
            spread = p.unpool_sum(sums, window, size, False)
            found.append([most, taps, sums, spread, p.pool_unpick(most, taps, window, size)])
    finally:
        threads.set_count(before)
    for other in found[1:]:
        for a, b in zip(found[0], other):
            assert a.tobytes() == b.tobytes()
