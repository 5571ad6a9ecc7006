"""Looking up and sorting large arrays against the plainest way, with any number of threads."""

from __future__ import annotations

import numpy as np
import pytest

from mxnd.backend import compiled, gather, ordering

RNG = np.random.RandomState(7)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int32"])
def test_rows(dtype, some_threads):
    x, places = (RNG.normal(size=(50, 300)) * 9).astype(dtype), RNG.randint(0, 50, (160, 101))
    assert places.size * 150 > 8 * gather.THREADED
    np.testing.assert_array_equal(gather.take(x, places, 0), x[places])
    np.testing.assert_array_equal(gather.take(x[:, ::2], places, 0), x[places][..., ::2])


@pytest.fixture(params=["0", "1"])
def perhaps_numba(request, monkeypatch):
    if request.param == "1":
        pytest.importorskip("numba")
    monkeypatch.setenv("MXND_COMPILE", request.param)
    compiled.numba.cache_clear()
    assert (compiled.numba() is None) == (request.param == "0")
    yield
    monkeypatch.setenv("MXND_COMPILE", "0")
    compiled.numba.cache_clear()


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int32"])
@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("size", [1, 7, 90])
def test_rows_are_added_up(dtype, axis, size, perhaps_numba, some_threads, monkeypatch):
    """Whole numbers, every order of which adds up to the same."""
    monkeypatch.setattr(gather, "THREADED", 1)
    places = RNG.randint(0, size, (5, 8))
    cts = RNG.randint(-9, 10, (5, 8, 6) if axis == 0 else (6, 5, 8)).astype(dtype)
    want = np.zeros((size, 6) if axis == 0 else (6, size))
    np.add.at(want, (places,) if axis == 0 else (slice(None), places), cts)
    have = gather.untake(cts, places, axis, want.shape)
    assert have.dtype == dtype
    np.testing.assert_array_equal(have, want)


@pytest.mark.parametrize("depth", [0, 1, 7, 600])
def test_one_hot(depth, some_threads):
    places = RNG.randint(-2, depth + 2, (30, 20))
    have = gather.one_hot(places, depth, 3, -1, np.dtype("int32"))
    np.testing.assert_array_equal(have, np.where(places[..., None] == np.arange(depth), 3, -1))
    assert have.dtype == np.int32


def test_one_of_each_row():
    x, places = RNG.normal(size=(4, 6, 5)), RNG.randint(0, 5, (4, 6, 1))
    np.testing.assert_array_equal(gather.take_along_axis(x, places, 2), np.take_along_axis(x, places, 2))
    turned = x.transpose(1, 0, 2)
    some = places.transpose(1, 0, 2)
    np.testing.assert_array_equal(gather.take_along_axis(turned, some, 2), np.take_along_axis(turned, some, 2))
    want = np.zeros_like(x)
    np.put_along_axis(want, places, 2.5, 2)
    np.testing.assert_array_equal(gather.untake_along_axis(np.full(places.shape, 2.5), places, 2, x.shape), want)


def test_the_last_value_stays():
    have = gather.place(np.array([1.0, 2, 3]), np.array([1, 0, 1]), (3,))
    assert have.tolist() == [2, 3, 0]


KINDS = {
    "any": lambda shape: RNG.normal(size=shape),
    "ties": lambda shape: RNG.randint(0, 50, shape),
    "all equal": lambda shape: np.ones(shape),
    "nan": lambda shape: np.where(RNG.uniform(size=shape) < 1e-3, np.nan, RNG.normal(size=shape)),
    "infinite": lambda shape: np.where(RNG.uniform(size=shape) < 0.1, -np.inf, RNG.normal(size=shape)),
    "rising": lambda shape: np.broadcast_to(np.arange(shape[-1]), shape),
}


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int32"])
@pytest.mark.parametrize("kind", KINDS)
def test_first_of_long_rows(kind, dtype, some_threads):
    """Rows long enough that only groups with large extremes are looked at, and enough of them for threads."""
    if dtype == "int32" and kind in ("nan", "infinite"):
        pytest.skip("integers have none")
    for shape in ((1, 30_011), (70, 4_099)):
        x = KINDS[kind](shape).astype(dtype)
        for descending in (False, True):
            key = -x.astype("float64") if descending else x
            want = np.argsort(key, axis=-1, kind="stable")
            for k in (1, 5, 40):
                np.testing.assert_array_equal(ordering.order(x, -1, descending, k), want[:, :k])
            np.testing.assert_array_equal(ordering.order(x, 1, descending), want)
