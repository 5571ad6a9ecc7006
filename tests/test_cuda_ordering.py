"""Sorting on the GPU against the CPU, whose own tests say what is right."""

import itertools
import math

import numpy as np
import pytest

from mxnd.backend import ordering as host
from mxnd.backend.cuda import ordering
from mxnd.core.errors import ArgumentError

pytestmark = pytest.mark.gpu
DTYPES = ("bool", "int8", "uint8", "int32", "int64", "float16", "float32", "float64")
SPECIAL = [math.nan, -math.nan, math.inf, -math.inf, 0.0, -0.0, 1.5, -1.5, 6e-8]


def numbers(kind, dtype, shape):
    rng = np.random.default_rng(3)
    if kind == "ties" or dtype == "bool":
        return rng.integers(0, 2 if dtype == "bool" else 4, shape).astype(dtype)
    if np.dtype(dtype).kind == "f":
        return (rng.normal(size=shape) if kind == "any" else rng.choice(SPECIAL, shape)).astype(dtype)
    limits = np.iinfo(dtype)
    return rng.choice(np.array([limits.min, limits.max, 0, 1, 2], dtype), shape)


def same(have, want):
    want = np.asarray(want)
    assert have.dtype == want.dtype
    assert have.shape == want.shape
    np.testing.assert_array_equal(have.get(), want)


@pytest.mark.parametrize("kind", ["any", "ties", "special"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_sort_and_order(cuda, dtype, kind):
    for shape, descending in itertools.product([(7,), (3, 40), (2, 33, 5), (1, 300)], [False, True]):
        x = numbers(kind, dtype, shape)
        here = cuda.asarray(x)
        for axis in (*range(x.ndim), -1):
            same(ordering.sort(here, axis, descending), host.sort(x, axis, descending))
            for k in {None, 1, 3, shape[axis] + 1}:
                same(ordering.order(here, axis, descending, k), host.order(x, axis, descending, k))


@pytest.mark.parametrize("dtype", ["float32", "int64"])
def test_nothing_to_sort(cuda, dtype):
    for shape in ((0,), (2, 0), (0, 3)):
        x = cuda.zeros(shape, dtype)
        same(ordering.sort(x, -1), np.zeros(shape, dtype))
        same(ordering.order(x, -1), np.zeros(shape, "int64"))
    same(ordering.order(cuda.zeros((2, 3), dtype), 1, False, 0), np.zeros((2, 0), "int64"))


@pytest.mark.parametrize("kind", ["any", "ties", "special"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_extremes(cuda, dtype, kind):
    """Rows of one chunk and of several, fewer and more elements than threads."""
    for shape in ((5,), (3, 4, 2), (2, 300), (2, 3 * ordering.CHUNK + 7)):
        x = numbers(kind, dtype, shape)
        if kind == "any" and shape[-1] > ordering.CHUNK:
            x[0] = x[0, 0]  # equal elements in several chunks
        here = cuda.asarray(x)
        for axis in (None, *range(-1, x.ndim - 1)):
            same(ordering.argmax(here, axis), host.argmax(x, axis))
            same(ordering.argmin(here, axis), host.argmin(x, axis))
        same(ordering.order(here, -1, True, 1), host.order(x, -1, True, 1))
    same(ordering.argmax(cuda.zeros((0, 3), dtype), 1), np.zeros(0, "int64"))
    with pytest.raises(ArgumentError):
        ordering.argmin(cuda.zeros((0, 3), dtype), 0)


def test_nonzero(cuda):
    x = numbers("ties", "float32", (4, 5))
    x[1, 2] = np.nan
    for have, want in zip(ordering.nonzero(cuda.asarray(x)), np.nonzero(x)):
        same(have, want)
