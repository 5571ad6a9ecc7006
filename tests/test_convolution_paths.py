"""The ways of convolution for large and small shapes: held to the plain definition, and to the same bits always."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from mxnd.backend import convolution as c
from mxnd.backend import convolution_banded as banded
from mxnd.backend import convolution_shifted as shifted
from mxnd.backend import threads

DENSE = [  # images, channels, filters, size, kernel, stride, dilate, pad, groups
    (3, 64, 32, (30, 29), (3, 3), (1, 1), (1, 1), (1, 1), 1),
    (5, 40, 33, (9, 11), (3, 3), (1, 1), (1, 1), (1, 1), 1),
    (2, 40, 600, (7, 7), (3, 3), (1, 1), (1, 1), (1, 1), 1),
    (2, 64, 64, (33, 30), (3, 3), (2, 2), (1, 1), (1, 1), 1),
    (1, 3, 16, (61, 64), (7, 7), (2, 2), (1, 1), (3, 3), 1),
    (1, 64, 8, (120, 100), (3, 3), (1, 1), (1, 1), (1, 1), 1),
    (2, 64, 80, (20, 20), (1, 1), (2, 2), (1, 1), (0, 0), 1),
    (3, 64, 80, (20, 20), (1, 1), (1, 1), (1, 1), (0, 0), 1),
    (2, 64, 48, (22, 20), (3, 3), (1, 1), (2, 2), (2, 2), 2),
    (9, 64, 32, (100,), (3,), (1,), (1,), (1,), 1),
    (2, 8, 16, (8, 9, 10), (3, 3, 3), (1, 1, 1), (1, 1, 1), (1, 1, 1), 1),
]
SMALL_GROUPS = [  # channels and filters of a group; size, kernel, stride, dilate, pad
    (1, 1, (40, 41), (3, 3), (1, 1), (1, 1), (1, 1)),
    (1, 1, (40, 41), (5, 3), (1, 1), (2, 1), (3, 0)),
    (1, 1, (14, 13), (3, 3), (1, 1), (1, 1), (1, 1)),
    (1, 1, (40, 37), (3, 3), (2, 2), (1, 1), (1, 1)),
    (1, 2, (17, 80), (3, 5), (2, 3), (1, 2), (0, 2)),
    (2, 1, (9, 8), (4, 3), (3, 2), (2, 1), (1, 0)),
    (4, 4, (19, 21), (3, 3), (1, 1), (1, 1), (1, 1)),
    (1, 1, (5, 5), (3, 3), (1, 1), (1, 1), (4, 4)),
    (1, 1, (3, 4), (3, 3), (2, 2), (1, 1), (5, 6)),  # windows all in the padding
    (1, 1, (6, 7), (2, 2), (3, 4), (1, 1), (0, 0)),
]


def reference(x, w, geometry):
    """The definition, tap by tap, in float64."""
    stride, dilate, pad, groups = geometry
    x = np.pad(x.astype("f8"), [(0, 0), (0, 0), *((p, p) for p in pad)])
    x = x.reshape(len(x), groups, -1, *x.shape[2:])
    w = w.astype("f8").reshape(groups, -1, *w.shape[1:])
    out = [(n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(x.shape[3:], w.shape[3:], stride, dilate)]
    y = 0.0
    for place in itertools.product(*map(range, w.shape[3:])):
        key = tuple(slice(k * d, k * d + s * (o - 1) + 1, s) for k, d, s, o in zip(place, dilate, stride, out))
        y = y + np.einsum("ngc...,gfc->ngf...", x[(..., *key)], w[(..., *place)])
    return y.reshape(len(x), -1, *out)


def check(x, w, geometry, tolerance):
    """Forward equals the definition, and both adjoints are its adjoints in every direction tried."""
    y = c.conv(x, w, geometry)
    expected = reference(x, w, geometry)
    assert y.dtype == x.dtype
    np.testing.assert_allclose(y, expected, rtol=tolerance, atol=tolerance * abs(expected).max())
    rng = np.random.RandomState(1)
    ct = rng.normal(size=y.shape).astype(x.dtype)
    back, weight = c.conv_transpose(ct, w, geometry, x.shape[2:]), c.conv_weight(x, ct, geometry, w.shape[2:])
    assert (back.shape, weight.shape, back.dtype, weight.dtype) == (x.shape, w.shape, x.dtype, x.dtype)
    for found, like, other in ((back, x, lambda d: (d, w)), (weight, w, lambda d: (x, d))):
        for seed in (2, 3):
            direction = np.random.RandomState(seed).normal(size=like.shape).astype(x.dtype)
            terms = reference(*other(direction), geometry) * ct
            assert (found.astype("f8") * direction).sum() == pytest.approx(
                terms.sum(), abs=tolerance * abs(terms).sum()
            )


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-10), ("float32", 3e-5)])
@pytest.mark.parametrize("case", DENSE, ids=str)
def test_dense_shapes(case, dtype, tolerance):
    n, channels, filters, size, kernel, *geometry = case
    rng = np.random.RandomState(0)
    x, w = rng.normal(size=(n, channels, *size)), rng.normal(size=(filters, channels // geometry[-1], *kernel))
    check(x.astype(dtype), w.astype(dtype), tuple(geometry), tolerance)


@pytest.mark.parametrize("few", [1, 10**9], ids=["short loops", "long loops"])
@pytest.mark.parametrize("case", SMALL_GROUPS, ids=str)
def test_small_groups(case, few, monkeypatch):
    monkeypatch.setattr(shifted, "LONG", few)
    channels, filters, size, kernel, stride, dilate, pad = case
    groups, rng = 6, np.random.RandomState(0)
    x = rng.normal(size=(3, groups * channels, *size))
    w = rng.normal(size=(groups * filters, channels, *kernel))
    check(x, w, (stride, dilate, pad, groups), 1e-10)
    check(x.astype("f4"), w.astype("f4"), (stride, dilate, pad, groups), 3e-5)
    assert banded.conv(x, w, (stride, dilate, pad, groups)) is not None


def test_float16_and_any_memory_layout():
    rng = np.random.RandomState(0)
    x, w = (
        rng.normal(size=(3, 33, 34, 8)).astype("f2").transpose(0, 3, 1, 2),
        rng.normal(size=(8, 1, 3, 3)).astype("f2"),
    )
    geometry = ((1, 1), (1, 1), (1, 1), 8)
    check(x, w, geometry, 2e-3)
    assert np.array_equal(c.conv(x, w, geometry), c.conv(x.copy(), w, geometry))
    dense = rng.normal(size=(3, 3, 8, 16)).T.astype("f4")
    check(x.astype("f4")[::2, :, ::-1], dense, (*geometry[:3], 1), 3e-5)


@pytest.mark.parametrize("stride", [1, 2])
def test_what_is_not_finite_stays_where_it_is(stride):
    rng = np.random.RandomState(0)
    x, w = rng.normal(size=(2, 4, 40, 41)).astype("f4"), rng.normal(size=(4, 1, 3, 3)).astype("f4")
    x[0, 1, 20, 0], x[1, 2, 7, 40] = np.nan, np.inf
    geometry = ((stride,) * 2, (1, 1), (1, 1), 4)
    expected = reference(x, w, geometry)
    with np.errstate(invalid="ignore"):
        y, weight = c.conv(x, w, geometry), c.conv_weight(x, np.ones(expected.shape, "f4"), geometry, (3, 3))
        back = c.conv_transpose(np.where(np.isfinite(expected), 1, np.nan).astype("f4"), w, geometry, (40, 41))
    np.testing.assert_array_equal(np.isfinite(y), np.isfinite(expected))
    assert np.isfinite(weight[[0, 3]]).all()
    assert np.isfinite(weight[1, 0, :, 2]).all()  # a tap that never meets the first column
    assert not np.isfinite(weight[1, 0, :, 1]).all()
    assert np.isfinite(back[:, [0, 3]]).all()
    assert np.isnan(back).sum() < 60


def results(case):
    n, channels, filters, size, kernel, *geometry = case
    rng = np.random.RandomState(0)
    x = rng.normal(size=(n, channels, *size)).astype("f4")
    w = rng.normal(size=(filters, channels // geometry[-1], *kernel)).astype("f4")
    y = c.conv(x, w, tuple(geometry))
    return y, c.conv_transpose(y, w, tuple(geometry), size), c.conv_weight(x, y, tuple(geometry), kernel)


@pytest.mark.parametrize(
    "case",
    [
        (4, 64, 64, (28, 28), (3, 3), (1, 1), (1, 1), (1, 1), 1),
        (4, 64, 64, (28, 28), (3, 3), (2, 2), (1, 1), (1, 1), 1),
        (4, 64, 96, (28, 28), (1, 1), (1, 1), (1, 1), (0, 0), 1),
        (4, 32, 32, (56, 56), (3, 3), (1, 1), (1, 1), (1, 1), 32),
        (4, 64, 64, (57, 56), (3, 3), (2, 2), (1, 1), (1, 1), 64),
        (2, 3, 32, (112, 112), (7, 7), (2, 2), (1, 1), (3, 3), 1),
    ],
    ids=str,
)
def test_the_same_bits_with_any_number_of_threads(case):
    before = threads.count()
    try:
        found = []
        for number in (1, 2, 3):
            threads.set_count(number)
            found.append(results(case))
    finally:
        threads.set_count(before)
    for other in found[1:]:
        for a, b in zip(found[0], other):
            assert a.tobytes() == b.tobytes()


def test_no_images():
    x, w = np.ones((0, 4, 6, 6), "f4"), np.ones((4, 1, 3, 3), "f4")
    for groups, weight in ((4, w), (1, np.ones((4, 4, 3, 3), "f4"))):
        geometry = ((1, 1), (1, 1), (1, 1), groups)
        y = c.conv(x, weight, geometry)
        assert y.shape == (0, 4, 6, 6)
        assert c.conv_transpose(y, weight, geometry, (6, 6)).shape == x.shape
        assert not c.conv_weight(x, y, geometry, (3, 3)).any()


@pytest.mark.parametrize("groups", [1, 4])
def test_the_adjoints_of_no_images(groups):
    geometry = ((2, 2), (1, 1), (1, 1), groups)
    x, y, w = np.zeros((0, 4, 9, 9)), np.zeros((0, 8, 5, 5)), np.ones((8, 4 // groups, 3, 3))
    assert c.conv_transpose(y, w, geometry, (9, 9)).shape == x.shape
    np.testing.assert_array_equal(c.conv_weight(x, y, geometry, (3, 3)), np.zeros_like(w))
