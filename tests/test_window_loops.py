"""Depthwise convolution and pooling by compiled loops against NumPy's paths: many windows, dtypes, NaN and threads."""

from __future__ import annotations

import numpy as np
import pytest
from test_goldens import CASES, unexplained

from mxnd import autograd, nd
from mxnd.backend import compiled, convolution, convolution_loops, deconvolution_loops, pooling, pooling_loops, threads
from mxnd.backend.windows import out_size

pytest.importorskip("numba")

KERNELS = [  # size, kernel, stride, dilate, pad
    ((56, 56), (3, 3), (1, 1), (1, 1), (1, 1)),
    ((57, 55), (3, 3), (2, 2), (1, 1), (1, 1)),
    ((20, 31), (5, 4), (1, 3), (2, 1), (3, 0)),
    ((20, 31), (2, 2), (3, 4), (1, 1), (0, 1)),
    ((9, 7), (7, 5), (2, 1), (1, 2), (4, 4)),
    ((14, 14), (1, 3), (1, 2), (1, 3), (0, 2)),
    ((3, 4), (3, 3), (2, 2), (1, 1), (2, 2)),
    ((7, 7), (1, 1), (1, 1), (1, 1), (0, 0)),
]
WINDOWS = [  # size, (kernel, stride, pad, out)
    ((56, 56), ((3, 3), (2, 2), (1, 1), (28, 28))),
    ((57, 55), ((3, 3), (2, 2), (1, 1), (29, 28))),
    ((56, 54), ((2, 2), (2, 2), (0, 0), (28, 27))),
    ((31, 30), ((3, 2), (2, 2), (0, 0), (16, 15))),  # the last window reaches behind the data
    ((30, 31), ((3, 3), (1, 1), (1, 1), (30, 31))),
    ((30, 31), ((2, 3), (1, 2), (1, 0), (31, 15))),
    ((30, 31), ((2, 2), (3, 4), (0, 1), (10, 8))),
    ((30, 30), ((8, 8), (3, 3), (4, 4), (11, 11))),
    ((9, 9), ((3, 3), (2, 2), (4, 4), (8, 8))),  # some windows lie in padding alone
]


@pytest.fixture
def with_numba(monkeypatch):
    monkeypatch.delenv("MXND_COMPILE", raising=False)
    monkeypatch.setattr(convolution_loops, "LEAST", 1)
    compiled.numba.cache_clear()
    assert compiled.numba() is not None
    yield
    monkeypatch.setenv("MXND_COMPILE", "0")
    compiled.numba.cache_clear()


def both(monkeypatch, function):
    """What a function gives with the loops, and what it gives without."""
    fast = function()
    with monkeypatch.context() as without:
        without.setattr(compiled, "numba", lambda: None)
        return fast, function()


def data(*shape, seed=0, dtype="float32"):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def near(fast, plain):
    exact = plain[0].dtype == np.float64
    for one, two in zip(fast, plain, strict=True):
        assert one.dtype == two.dtype
        scale = max(1.0, np.nanmax(np.abs(two), initial=0.0, where=np.isfinite(two)))
        np.testing.assert_allclose(one, two, rtol=1e-12 if exact else 1e-5, atol=scale * (1e-13 if exact else 2e-6))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", KERNELS, ids=str)
def test_depthwise_convolution(with_numba, monkeypatch, case, dtype):
    size, kernel, *steps = case
    geometry = (*steps, 10)
    x, w = data(3, 10, *size, dtype=dtype), data(10, 1, *kernel, seed=1, dtype=dtype)
    ct = data(3, 10, *out_size(size, kernel, *steps), seed=2, dtype=dtype)
    assert convolution_loops.fits(x, w, geometry)

    def results():
        return (
            convolution.conv(x, w, geometry),
            convolution.conv_transpose(ct, w, geometry, size),
            convolution.conv_weight(x, ct, geometry, kernel),
        )

    near(*both(monkeypatch, results))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", KERNELS[1:-1], ids=str)
def test_transposed_convolution(with_numba, monkeypatch, case, dtype):
    size, kernel, *steps = case
    geometry = (*steps, 1)
    w = data(6, 10, *kernel, seed=1, dtype=dtype)
    ct = data(3, 6, *out_size(size, kernel, *steps), seed=2, dtype=dtype)
    ct[0, 1, 0, 0] = np.inf
    assert deconvolution_loops.fits(ct, w, geometry)
    with np.errstate(invalid="ignore"):
        near(*both(monkeypatch, lambda: [convolution.conv_transpose(ct, w, geometry, size)]))
        w[2, 3, 0, 0] = np.inf  # which zeros beside the data must not meet
        near(*both(monkeypatch, lambda: [convolution.conv_transpose(ct, w, geometry, size)]))


def test_what_is_not_finite_stays_where_it_belongs(with_numba):
    size, kernel, geometry = *KERNELS[0][:2], (*KERNELS[0][2:], 10)
    x, w, ct = data(2, 10, *size), data(10, 1, *kernel, seed=1), data(2, 10, *size, seed=2)
    x[0, 3, 20, 55], ct[1, 4, 7, 0] = np.inf, np.nan
    y = convolution.conv(x, w, geometry)
    back = convolution.conv_transpose(ct, w, geometry, size)
    assert np.argwhere(~np.isfinite(y)).tolist() == [[0, 3, i, j] for i in (19, 20, 21) for j in (54, 55)]
    assert np.argwhere(~np.isfinite(back)).tolist() == [[1, 4, i, j] for i in (6, 7, 8) for j in (0, 1)]
    ct[1, 4, 7, 0] = 0
    to_w = convolution.conv_weight(x, ct, geometry, kernel)
    # Its column is the last one, which the kernel's first column meets nowhere.
    assert np.isfinite(to_w[3, 0]).tolist() == [[True, False, False]] * 3 or not np.isfinite(to_w[3]).any()
    assert np.isfinite(np.delete(to_w, 3, 0)).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", WINDOWS, ids=str)
def test_sums_and_means(with_numba, monkeypatch, case, dtype):
    size, window = case
    x, ct = data(2, 5, *size, dtype=dtype), data(2, 5, *window[3], seed=1, dtype=dtype)
    assert pooling_loops.fits(x, window)

    def results():
        sums = [pooling.pool_sum(x, window, counted) for counted in (None, False, True)]
        return sums + [pooling.unpool_sum(ct, window, size, counted) for counted in (None, False, True)]

    near(*both(monkeypatch, results))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", WINDOWS, ids=str)
def test_maxima_with_ties_and_nan(with_numba, monkeypatch, case, dtype):
    size, window = case
    x = np.random.default_rng(0).integers(-2, 3, (2, 5, *size)).astype(dtype)
    x[np.random.default_rng(1).random(x.shape) < 0.4] = np.nan
    x[0, 0, 2:6, 2:6] = -np.inf
    ct = data(2, 5, *window[3], seed=2, dtype=dtype)

    def results():
        most = pooling.pool_max(x, window)
        taps = pooling.pool_taps(x, most, window)
        return most, taps, pooling.pool_unpick(ct, taps, window, size)

    fast, plain = both(monkeypatch, results)
    np.testing.assert_array_equal(fast[0], plain[0])
    np.testing.assert_array_equal(fast[1], plain[1])
    assert np.isnan(fast[0]).any() == pooling_loops.fits_most(x, window)
    near(fast[2:], plain[2:])


def test_where_padding_may_be_the_largest_the_loops_are_not_used(with_numba):
    fits = [pooling_loops.fits_most(np.zeros((2, 5, *size), "f4"), window) for size, window in WINDOWS]
    assert fits == [True, True, True, True, True, False, True, False, False]


def test_any_memory_layout_and_no_images(with_numba, monkeypatch):
    size, window = WINDOWS[0]
    x, w, geometry = data(4, 10, *size), data(10, 1, 3, 3, seed=1), ((1, 1), (1, 1), (1, 1), 10)
    odd = np.asfortranarray(x)[::-1]
    odd.flags.writeable = False

    def results(x):
        most, y = pooling.pool_max(x, window), convolution.conv(x, w, geometry)
        taps = pooling.pool_taps(x, most, window)
        return [most, y, pooling.pool_unpick(most, taps, window, size), pooling.pool_sum(x, window, True),
                convolution.conv_transpose(x, w, geometry, size)]  # fmt: skip

    for one, two in zip(results(odd), results(x)):
        np.testing.assert_array_equal(one, two[::-1])
    np.testing.assert_array_equal(
        convolution.conv_weight(odd, odd, geometry, (3, 3)),
        convolution.conv_weight(x[::-1].copy(), x[::-1].copy(), geometry, (3, 3)),
    )
    for empty in (x[:0], x[:, :0]):
        most = pooling.pool_max(empty, window)
        assert most.shape == (*empty.shape[:2], 28, 28)
        assert pooling.pool_unpick(most, pooling.pool_taps(empty, most, window), window, size).shape == empty.shape
        assert pooling.unpool_sum(most, window, size, True).shape == empty.shape
    assert convolution.conv(x[:0], w, geometry).shape == (0, 10, 56, 56)


def test_the_same_bits_with_any_number_of_threads(with_numba):
    size, window = WINDOWS[0]
    x, w, geometry = data(4, 64, *size), data(64, 1, 3, 3, seed=1), ((2, 2), (1, 1), (1, 1), 64)
    before, found = threads.count(), []
    try:
        for number in (1, 2, 3):
            threads.set_count(number)
            most, y = pooling.pool_max(x, window), convolution.conv(x, w, geometry)
            taps = pooling.pool_taps(x, most, window)
            means = [pooling.pool_sum(x, window, counted) for counted in (None, False, True)]
            back = [pooling.unpool_sum(most, window, size, counted) for counted in (None, False, True)]
            adjoint = convolution.conv_transpose(y, w, geometry, size), convolution.conv_weight(x, y, geometry, (3, 3))
            dense = convolution.conv_transpose(y, data(64, 20, 3, 3, seed=2), (*geometry[:3], 1), size)
            found.append([dense, most, y, taps, *means, *back, *adjoint, pooling.pool_unpick(most, taps, window, size)])
    finally:
        threads.set_count(before)
    for other in found[1:]:
        for a, b in zip(found[0], other):
            assert a.tobytes() == b.tobytes()


def test_gradients_of_a_layer(with_numba, monkeypatch):
    x, w = data(2, 8, 20, 21), data(8, 1, 3, 3, seed=1)

    def results():
        a, b = nd.array(x), nd.array(w)
        a.attach_grad()
        b.attach_grad()
        with autograd.record():
            y = nd.Convolution(a, b, no_bias=True, kernel=(3, 3), pad=(1, 1), num_filter=8, num_group=8)
            z = nd.Pooling(y, kernel=(3, 3), stride=(2, 2), pad=(1, 1), pool_type="max")
            z = z * nd.Pooling(y, kernel=(3, 3), stride=(2, 2), pad=(1, 1), pool_type="avg", count_include_pad=False)
        z.backward()
        return [v.asnumpy() for v in (z, a.grad, b.grad)]

    near(*both(monkeypatch, results))


def test_recorded_answers(with_numba):
    names = ("Convolution", "Deconvolution", "Pooling")
    cases = [case for case in CASES if any(name in case.id for name in names)]
    assert cases
    found = [f"{case.id}: {'; '.join(s)}" for case in cases if (s := unexplained(case))]
    assert not found, "\n".join(found)
