"""Looking up by index on the GPU against the CPU."""

import functools

import numpy as np
import pytest
from cuda_inputs import DTYPES, same, whole_numbers

from mxnd.backend import gather as host
from mxnd.backend import host as words
from mxnd.backend.cuda import gather, keys
from mxnd.core.errors import OutOfBoundsError
from mxnd.core.state import strict

pytestmark = pytest.mark.gpu
RNG = np.random.default_rng(2)
whole = functools.partial(whole_numbers, RNG)


@pytest.mark.parametrize("dtype", ["float32", "float16", "int64", "uint8"])
def test_indices(cuda, dtype):
    inside = RNG.integers(0, 5, (3, 4)).astype(dtype)
    x = inside if dtype == "uint8" else inside - 3
    for mode in ("clip", "wrap", "end"):
        same(gather.indices(cuda.asarray(x.T), 5, mode), host.indices(x.T, 5, mode))
    same(gather.indices(cuda.asarray(inside), 5, "raise"), host.indices(inside, 5, "raise"))
    same(gather.indices(cuda.asarray(inside[:0]), 0, "raise"), host.indices(inside[:0], 0, "raise"))
    for mode, size in (("raise", 3), ("end", 3)):
        with pytest.raises(OutOfBoundsError) as want:
            host.indices(x + 4, size, mode)
        with pytest.raises(OutOfBoundsError) as have:
            gather.indices(cuda.asarray(x + 4), size, mode)
        assert str(have.value) == str(want.value)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_numbers_that_are_no_index(cuda, dtype):
    """They are what an int64 makes of them on x86: the least one."""
    x = np.array([np.inf, -np.inf, np.nan] + [1e19, -1e19] * (dtype != "float16"), dtype)
    least = np.full(x.shape, -(2**63))
    for mode in ("clip", "wrap"):
        same(gather.indices(cuda.asarray(x), 7, mode), host.indices(least, 7, mode))
    for mode in ("raise", "end"):
        with np.errstate(invalid="ignore"), pytest.raises(OutOfBoundsError, match=f"index {-(2**63)} is out of bounds"):
            gather.indices(cuda.asarray(x), 7, mode)


def test_strict_indices(cuda):
    x = cuda.asarray([0.5, 7.0, -8.0])
    assert gather.indices(x, 3, "clip").tolist() == [0, 2, 0]
    with strict(), pytest.raises(OutOfBoundsError, match="index 7 is out of bounds for an axis of size 3"):
        gather.indices(x, 3, "clip")


@pytest.mark.parametrize("dtype", DTYPES)
def test_take_and_its_adjoint(cuda, dtype):
    x = whole(dtype, 4, 5, 12)
    places = RNG.integers(0, 4, (2, 3))
    for axis, view in ((0, x), (1, x), (2, x), (1, x[:, :, ::5]), (0, x.T), (0, x[:, 1:, 0])):
        here = cuda.asarray(x)[:, 1:, 0] if view.ndim == 2 else cuda.asarray(view)
        taken = host.take(view, places, axis)
        same(gather.take(here, cuda.asarray(places), axis), taken)
        want = host.untake(taken.astype("int64"), places, axis, view.shape).astype(dtype)
        same(gather.untake(cuda.asarray(taken), cuda.asarray(places), axis, view.shape), want)
    same(gather.take(cuda.asarray(x), cuda.asarray(places[:0]), 1), host.take(x, places[:0], 1))
    same(gather.untake(cuda.zeros((0, 5, 12), dtype), cuda.asarray(places[0, :0]), 0, x.shape), np.zeros_like(x))
    with pytest.raises(IndexError):
        gather.take(cuda.zeros((0, 3), dtype), cuda.asarray(places), 0)


@pytest.mark.parametrize("dtype", ["bool", "int32", "float16"])
def test_one_hot(cuda, dtype):
    places = RNG.integers(-2, 6, (3, 4))
    for depth in (0, 1, 4):
        want = host.one_hot(places, depth, 1, 0, np.dtype(dtype))
        same(gather.one_hot(cuda.asarray(places), depth, 1, 0, np.dtype(dtype)), want)
    same(gather.one_hot(cuda.asarray(places[:0]), 3, 1, 0, np.dtype(dtype)), np.zeros((0, 4, 3), dtype))


@pytest.mark.parametrize("dtype", ["int8", "float16", "float64"])
def test_along_an_axis(cuda, dtype):
    x = whole(dtype, 4, 5, 3)
    for axis in range(3):
        order = np.argsort(RNG.random(x.shape), axis)[tuple(slice(2) if a == axis else slice(None) for a in range(3))]
        for data, places in ((x, order), (x.transpose(0, 2, 1).copy().transpose(0, 2, 1), order)):
            taken = host.take_along_axis(data, places, axis)
            same(gather.take_along_axis(cuda.asarray(data), cuda.asarray(places), axis), taken)
            want = host.untake_along_axis(taken, places, axis, x.shape)
            same(gather.untake_along_axis(cuda.asarray(taken), cuda.asarray(places), axis, x.shape), want)
    time = RNG.integers(0, 4, (6, 5, 1)).astype("int32")  # the other axes broadcast
    same(gather.take_along_axis(cuda.asarray(x), cuda.asarray(time), 0), host.take_along_axis(x, time, 0))
    narrow = x[:, :1]
    same(gather.take_along_axis(cuda.asarray(narrow), cuda.asarray(time), 0), host.take_along_axis(narrow, time, 0))
    assert gather.take_along_axis(cuda.asarray(x[:0]), cuda.asarray(time[:0]), 0).shape == (0, 5, 3)


SOME, OTHER = np.array([[2, 0, -1], [1, 1, 2]]), np.array([0, 3, 3])
MASK = RNG.random((4, 5)) < 0.4
KEYS = {
    "one array": SOME,
    "a list": [1, 0],
    "along the last axis": (Ellipsis, OTHER),
    "with a slice": (slice(None, None, -1), SOME, slice(1, None, 2)),
    "two arrays": (SOME, OTHER),
    "two arrays apart": (SOME, slice(1, 4), OTHER),
    "with a number": (1, slice(None), OTHER),
    "a number beside it": (slice(None), 2, OTHER),
    "kept apart by nothing": (slice(None), SOME, ..., OTHER),
    "with new axes": (None, SOME, None, slice(2, 3)),
    "numbers of one byte": OTHER.astype("uint8"),
    "no dimensions": (np.array(2), slice(None), np.array(-1)),
    "empty": (SOME[:0], OTHER),
    "a mask": MASK,
    "a mask of one axis": (slice(None), MASK[0]),
    "a mask beside an array": (np.array([True, False, True, True]), slice(None), OTHER),
    "nothing holds": np.zeros((4, 5, 6), bool),
    "a single boolean": True,
    "slices alone": (slice(1, 3), ..., slice(None, None, -2)),
    "a number alone": (2, 3),
    "a single element": (2, 3, 4),
}


def moved(cuda, key, device):
    """A key with its arrays on the device."""
    parts = key if isinstance(key, tuple) else (key,)
    parts = tuple(cuda.asarray(p) if device and isinstance(p, np.ndarray) else p for p in parts)
    return parts if isinstance(key, tuple) else parts[0]


@pytest.mark.parametrize("name", KEYS)
def test_index_and_its_adjoint(cuda, name):
    x, key = np.arange(120.0).reshape(4, 5, 6), KEYS[name]
    want = x[key]
    for device in (False, True):
        there = moved(cuda, key, device)
        same(gather.index(cuda.asarray(x), there), want)
        same(gather.index(cuda.asarray(x.T.copy()).T, there), want)
        if not keys.is_basic(key):
            same(keys.places_of(there, x.shape), np.asarray(want).astype("int64"))
        same(gather.unindex(cuda.asarray(want), there, x.shape), words.unindex(want, key, x.shape))
        same(gather.replace(cuda.asarray(x), there, -1.0), words.replace(x, key, -1.0))
        values = RNG.normal(size=want.shape)
        same(gather.replace(cuda.asarray(x), there, cuda.asarray(values)), words.replace(x, key, values))
        same(gather.place(cuda.asarray(values), there, x.shape), host.place(values, key, x.shape))


@pytest.mark.parametrize("dtype", DTYPES)
def test_added_and_placed_in_every_dtype(cuda, dtype):
    ct, places = whole(dtype, 6, 4), np.array([0, 2, 0, 0, 2, 4])
    want = words.unindex(ct.astype("int64"), (places,), (5, 4)).astype(dtype)
    same(gather.unindex(cuda.asarray(ct), (cuda.asarray(places),), (5, 4)), want)
    same(gather.place(cuda.asarray(ct), cuda.asarray(places), (5, 4)), host.place(ct, places, (5, 4)))
    x = whole(dtype, 5, 4)
    same(gather.replace(cuda.asarray(x), (places,), cuda.asarray(ct[0])), words.replace(x, (places,), ct[0]))


def test_bad_keys(cuda):
    x = np.zeros((2, 3))
    for key in (np.array([0, 2]), (slice(None), np.array([-4])), np.array([True]), (SOME, OTHER, OTHER)):
        with pytest.raises(IndexError):
            x[key]
        for function in (gather.index, lambda x, key: gather.unindex(x[:0], key, x.shape)):
            with pytest.raises(IndexError):
                function(cuda.asarray(x), key)
