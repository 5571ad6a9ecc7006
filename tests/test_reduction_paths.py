"""Reductions of large arrays along every pattern of axes against NumPy's in float64, with Numba and without."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from mxnd import nd
from mxnd.backend import compiled, host, reductions, threads

SHAPES = [
    (300_000,),
    (4097, 70),
    (70, 4097),
    (3, 100_003),  # more columns than a thread takes, and few rows
    (100_003, 3),
    (5, 67, 9, 101),
    (2, 3, 1, 5, 7, 11),
]


@pytest.fixture(params=["Numba", "NumPy"])
def way(request, monkeypatch):
    monkeypatch.setenv("MXND_COMPILE", "1" if request.param == "Numba" else "0")
    compiled.numba.cache_clear()
    yield request.param
    monkeypatch.setenv("MXND_COMPILE", "0")
    compiled.numba.cache_clear()


@pytest.fixture
def in_pieces(monkeypatch):
    """Small pieces, all of them for threads."""
    for name, value in {"PIECE": 1 << 10, "NARROW": 16, "THREADED": 0, "QUICK": 0}.items():
        monkeypatch.setattr(reductions, name, value)


def axes_of(shape):
    return [axes for n in range(len(shape) + 1) for axes in itertools.combinations(range(len(shape)), n)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", SHAPES)
def test_sums(way, in_pieces, shape, dtype):
    x = np.random.default_rng(0).standard_normal(shape).astype(dtype)
    size = np.abs(x, dtype=np.float64)
    eps = np.finfo(dtype).eps
    for axes in axes_of(shape):
        found = reductions.reduce(np.add, x, axes)
        assert found.dtype == dtype
        exact = np.add.reduce(x, axes, np.float64, keepdims=True)
        assert (np.abs(found - exact) <= 16 * eps * np.add.reduce(size, axes, keepdims=True)).all(), axes


@pytest.mark.parametrize("ufunc", [np.maximum, np.minimum])
@pytest.mark.parametrize("shape", SHAPES)
def test_extremes(in_pieces, shape, ufunc):
    x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    x.flat[[7, 11]] = np.nan, np.inf
    for axes in axes_of(shape):
        np.testing.assert_array_equal(reductions.reduce(ufunc, x, axes), ufunc.reduce(x, axes, keepdims=True))


@pytest.mark.parametrize("shape", SHAPES)
def test_the_number_of_threads_changes_nothing(way, in_pieces, shape):
    x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    before = threads.set_count(1)
    try:
        alone = [reductions.reduce(np.add, x, axes) for axes in axes_of(shape)]
        threads.set_count(3)
        for one, axes in zip(alone, axes_of(shape)):
            np.testing.assert_array_equal(reductions.reduce(np.add, x, axes), one)
    finally:
        threads.set_count(before)


def test_infinities_and_nan_stay_what_they_are(way):
    x = np.ones((3, 200_000), np.float32)
    x[0, 5], x[1, 7], x[1, 9] = np.inf, np.inf, -np.inf
    np.testing.assert_array_equal(nd.sum(nd.array(x), axis=1).asnumpy(), [np.inf, np.nan, 200_000])


def test_operators_go_this_way(monkeypatch):
    ufuncs = []
    monkeypatch.setattr(reductions, "reduce", lambda *args, own=reductions.reduce: ufuncs.append(args[0]) or own(*args))
    x = nd.array(np.arange(600_000, dtype=np.float32).reshape(600, 1000))
    for function, exact in ((nd.sum, 179_999_700_000), (nd.mean, 299_999.5), (nd.max, 599_999), (nd.min, 0)):
        assert function(x).asscalar() == np.float32(exact)
    assert ufuncs == [np.add, np.add, np.maximum, np.minimum]
    signs = np.where(np.random.default_rng(0).random((600, 1000)) < 0.5, -1, 1).astype(np.float32)
    for axis in (0, 1):
        np.testing.assert_array_equal(nd.prod(nd.array(signs), axis=axis).asnumpy(), np.prod(signs, axis))
    assert ufuncs[4:] == [np.multiply] * 2


@pytest.mark.parametrize("way", ["Numba"], indirect=True)
@pytest.mark.parametrize("shape", SHAPES)
def test_norms(way, in_pieces, shape):
    x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    for axes in axes_of(shape):
        found = reductions.euclid(x, axes)
        if len(shape) - 1 in axes:
            exact = np.sqrt(np.add.reduce(np.square(x, dtype=np.float64), axes, keepdims=True))
            assert found.dtype == np.float32
            np.testing.assert_allclose(found, exact, rtol=1e-7)
        else:
            assert found is NotImplemented
    x[(0,) * x.ndim] = np.inf
    assert reductions.euclid(x, range(x.ndim)).item() == np.inf
    x[(-1,) * x.ndim] = np.nan
    assert np.isnan(reductions.euclid(x, range(x.ndim))).item()


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_norm_neither_overflows_nor_vanishes(way, scale):
    x = np.random.default_rng(0).standard_normal((600, 1000)) * scale
    for dtype, near in (("float32", 1e-6), ("float64", 1e-13)):
        found = nd.norm(nd.array(x, dtype=dtype), axis=1).asnumpy()
        np.testing.assert_allclose(found, np.sqrt((x.astype(dtype).astype(np.longdouble) ** 2).sum(1)), rtol=near)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("shape", [(2, 5), (64, 10), (7, 1), (1, 32), (5, 33), (300, 30)])
def test_softmax_of_short_rows(shape, dtype, turned):
    """Sums as products of matrices, of rows of any numbers."""
    x = np.random.default_rng(0).standard_normal(shape).astype(dtype) * 5
    if turned:
        x = np.asfortranarray(x)
    if len(x) > 3 and x.shape[1] > 1:
        x[0, :2], x[1, :2], x[2, 0] = [np.inf, 1], [-np.inf, -6e4], np.nan
    with np.errstate(invalid="ignore"):
        t = x.astype(np.float64) - x.max(1, keepdims=True)
        log = t - np.log(np.exp(t).sum(1, keepdims=True))
        found = [host.softmax(x, 1).astype(np.float64), host.log_softmax(x, -1).astype(np.float64)]
    near = {"float16": 1e-3, "float32": 1e-6, "float64": 1e-14}[dtype]
    np.testing.assert_allclose(found[0], np.exp(log), rtol=2 * near, atol=near / 100)
    np.testing.assert_allclose(found[1], log, rtol=2 * near, atol=2 * near)
