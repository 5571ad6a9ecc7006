"""Sorting and gathering on the CPU against the plainest possible way to write them."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from mxnd import nd
from mxnd.backend.gather import indices, untake
from mxnd.backend.ordering import order, sort
from mxnd.core.errors import OutOfBoundsError

DTYPES = ("float16", "float32", "float64", "int8", "uint8", "int32", "int64")
SPECIAL = [math.nan, -math.nan, math.inf, -math.inf, 0.0, -0.0, 1.5, -1.5]


def numbers(kind: str, dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    rng = np.random.RandomState(3)
    if kind == "ties":
        return rng.randint(0, 4, shape).astype(dtype)
    if np.dtype(dtype).kind == "f":
        return (rng.normal(size=shape) if kind == "any" else rng.choice(SPECIAL, shape)).astype(dtype)
    limits = np.iinfo(dtype)
    return rng.choice([limits.min, limits.max, 0, 1, 2], shape).astype(dtype)


def by_hand(numbers: np.ndarray, descending: bool) -> list[int]:
    """The order of one line: Python's stable sort, NaN after everything."""
    line = numbers.tolist()

    def key(i: int) -> tuple[bool, float]:
        nan = line[i] != line[i]
        return nan, 0 if nan else -line[i] if descending else line[i]

    return sorted(range(len(line)), key=key)


@pytest.mark.parametrize("kind", ["any", "ties", "special"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_order_is_stable_and_puts_nan_last(dtype, kind):
    """Few and many elements, contiguous and not, all and the first k: each goes its own way in the code."""
    for shape, descending in itertools.product([(7,), (3, 40), (2, 33, 5), (2, 300)], [False, True]):
        x = numbers(kind, dtype, shape)
        for axis in range(x.ndim):
            lines = np.moveaxis(x, axis, -1)
            want = np.apply_along_axis(by_hand, -1, lines, descending)
            for k in {None, 1, 3, min(20, shape[axis]), shape[axis]}:
                have = np.moveaxis(order(x, axis, descending, k), axis, -1)
                np.testing.assert_array_equal(have, want[..., :k])
            have = np.moveaxis(sort(x, axis, descending), axis, -1)
            np.testing.assert_array_equal(have, np.take_along_axis(lines, want, -1))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int32"])
@pytest.mark.parametrize(
    ("shape", "axis", "many"),
    [
        ((5, 4), 0, (3, 2)),
        ((5, 4), 1, (7,)),
        ((2, 5, 3), 1, (2, 2)),
        ((6,), 0, (9,)),
        ((2, 3, 4), 2, ()),
        ((3, 2), 0, (0,)),
    ],
)
def test_untake_adds_up_what_take_took(shape, axis, many, dtype):
    rng = np.random.RandomState(5)
    places = rng.randint(0, shape[axis], many)
    ct = rng.randint(-4, 5, shape[:axis] + many + shape[axis + 1 :]).astype(dtype)
    want = np.zeros(shape, dtype)
    np.add.at(want, (slice(None),) * axis + (places,), ct)
    have = untake(ct, places, axis, shape)
    assert have.dtype == want.dtype
    np.testing.assert_array_equal(have, want)


def test_indices_outside():
    x = np.array([-4, -1.9, 0.9, 2, 7])
    assert indices(x, 3, "clip").tolist() == [0, 0, 0, 2, 2]
    assert indices(x, 3, "wrap").tolist() == [2, 2, 0, 2, 1]
    assert indices(x[1:4], 3, "end").tolist() == [2, 0, 2]
    with pytest.raises(OutOfBoundsError, match="index -4 is out of bounds for an axis of size 3"):
        indices(x, 3, "end")
    with pytest.raises(OutOfBoundsError, match="index -1"):
        indices(x[1:], 3, "raise")


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
@pytest.mark.parametrize("name", ["argmax", "argmin"])
def test_places_along_any_axis_of_a_large_array(name, axis):
    x = np.random.default_rng(0).integers(0, 50, (70, 80, 90)).astype("float32")  # many ties
    x[3, 4, 5] = np.nan
    found = getattr(nd, name)(nd.array(x), axis=axis).asnumpy()
    np.testing.assert_array_equal(found, getattr(np, name)(x, axis).astype("float32"))
