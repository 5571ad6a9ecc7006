"""Pooling on a GPU, held to the CPU's."""

from __future__ import annotations

import numpy as np
import pytest

from mxnd.backend import pooling as cpu
from mxnd.backend.cuda import pooling as gpu

pytestmark = pytest.mark.gpu

WINDOWS = {  # size, (kernel, stride, pad, out)
    "one axis": ((7,), ((3,), (2,), (1,), (4,))),
    "beyond the end": ((6, 5), ((2, 2), (2, 2), (0, 0), (3, 3))),
    "overlapping": ((6, 5), ((3, 2), (1, 3), (1, 1), (6, 2))),
    "gaps, only padding": ((5, 5), ((2, 2), (4, 4), (1, 1), (2, 3))),
    "all": ((6, 5), ((6, 5), (1, 1), (0, 0), (1, 1))),
    "large": ((20, 20), ((17, 17), (1, 1), (0, 0), (1, 2))),
    "three axes": ((4, 5, 3), ((2, 3, 1), (1, 2, 2), (1, 0, 0), (5, 2, 2))),
}
TYPES = ["float16", "float32", "float64"]


def data(size, dtype):
    return np.random.RandomState(0).randint(-4, 5, (2, 3, *size)).astype(dtype)  # with ties, exact in every dtype


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("case", WINDOWS)
def test_sums_and_means(cuda, case, dtype):
    size, window = WINDOWS[case]
    x = data(size, dtype)
    for counted in (None, True, False):
        y, got = cpu.pool_sum(x, window, counted), gpu.pool_sum(cuda.asarray(x), window, counted)
        assert got.dtype == dtype
        np.testing.assert_allclose(cuda.asnumpy(got), y, np.finfo(dtype).eps * 4)
        back = cpu.unpool_sum(y, window, size, counted)
        got = gpu.unpool_sum(cuda.asarray(y), window, size, counted)
        assert got.dtype == dtype
        eps = np.finfo(dtype).eps
        np.testing.assert_allclose(cuda.asnumpy(got), back, eps * 4, eps * 4 * np.abs(y).max())


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("case", WINDOWS)
def test_maxima(cuda, case, dtype):
    size, window = WINDOWS[case]
    x = data(size, dtype)
    y = cpu.pool_max(x, window)
    got = gpu.pool_max(cuda.asarray(x), window)
    assert got.dtype == dtype
    np.testing.assert_array_equal(cuda.asnumpy(got), y)
    filled = y > -5  # the tap of a window of padding may be any
    taps, found = cpu.pool_taps(x, y, window), gpu.pool_taps(cuda.asarray(x), got, window)
    assert found.dtype == taps.dtype
    np.testing.assert_array_equal(cuda.asnumpy(found)[filled], taps[filled])
    ct = np.where(filled, data(window[3], dtype), 0)
    back = gpu.pool_unpick(cuda.asarray(ct), cuda.asarray(taps), window, size)
    assert back.dtype == dtype
    np.testing.assert_array_equal(cuda.asnumpy(back), cpu.pool_unpick(ct, taps, window, size))
    picked = gpu.pool_pick(cuda.asarray(x), cuda.asarray(taps), window)
    assert picked.dtype == dtype
    np.testing.assert_array_equal(cuda.asnumpy(picked), cpu.pool_pick(x, taps, window))


@pytest.mark.parametrize("case", ["overlapping", "all"])
def test_nan_is_passed_over(cuda, case):
    size, window = WINDOWS[case]
    x = data(size, "float32")
    x[0, 0] = np.nan
    x[0, 1, :3] = np.nan
    x[0, 2, 0, 0], x[1, 0, 2, 3], x[1, 1] = np.nan, np.inf, -np.inf
    got = cuda.asnumpy(gpu.pool_max(cuda.asarray(x), window))
    np.testing.assert_array_equal(got, cpu.pool_max(x, window))
    assert np.isnan(got[0, 0]).all()
    assert (got[1, 1] == -np.inf).all()


def test_arrays_that_lie_otherwise_and_empty_ones(cuda):
    size, window = WINDOWS["overlapping"]
    x = data(size, "float32")
    other = cuda.asarray(np.ascontiguousarray(x.transpose(0, 3, 2, 1))).transpose(0, 3, 2, 1)
    np.testing.assert_array_equal(cuda.asnumpy(gpu.pool_sum(other, window)), cpu.pool_sum(x, window))
    np.testing.assert_array_equal(cuda.asnumpy(gpu.pool_max(other, window)), cpu.pool_max(x, window))
    spread = cuda.broadcast_to(cuda.asarray(np.ones((1, 1, 1, 1), "float32")), (2, 3, *window[3]))
    wanted = cpu.unpool_sum(np.ones(spread.shape, "float32"), window, size)
    np.testing.assert_array_equal(cuda.asnumpy(gpu.unpool_sum(spread, window, size)), wanted)
    for case in ("overlapping", "all"):
        size, window = WINDOWS[case]
        empty = cuda.asarray(np.zeros((0, 3, *size), "float32"))
        small = gpu.pool_max(empty, window)
        assert small.shape == gpu.pool_sum(empty, window).shape == (0, 3, *window[3])
        taps = gpu.pool_taps(empty, small, window)
        assert gpu.pool_unpick(small, taps, window, size).shape == empty.shape
