"""Convolution's kernels in every layout of their columns, held to the plain definition and to each other."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from mxnd.backend import columns as columns_of
from mxnd.backend import convolution as c

GEOMETRIES = [  # size, kernel, stride, dilate, pad, groups
    ((7,), (3,), (1,), (1,), (1,), 1),
    ((11,), (3,), (2,), (2,), (2,), 2),
    ((6, 5), (1, 1), (1, 1), (1, 1), (0, 0), 1),
    ((6, 5), (1, 1), (1, 1), (1, 1), (0, 0), 2),
    ((6, 5), (1, 1), (2, 3), (1, 1), (0, 1), 1),
    ((6, 5), (3, 3), (1, 1), (1, 1), (1, 1), 1),
    ((6, 5), (2, 3), (1, 1), (1, 1), (3, 4), 2),
    ((9, 8), (3, 3), (2, 2), (1, 1), (1, 1), 1),
    ((9, 8), (4, 3), (3, 2), (2, 1), (1, 0), 2),
    ((30, 29), (3, 3), (1, 1), (1, 1), (1, 1), 1),
    ((30, 29), (3, 3), (4, 2), (3, 2), (1, 1), 1),
    ((4, 5, 4), (2, 3, 2), (2, 1, 2), (1, 2, 1), (1, 2, 0), 2),
]


def reference(x, w, geometry):
    """The definition: at each place the sum of what lies under the filter."""
    stride, dilate, pad, groups = geometry
    kernel = w.shape[2:]
    x = np.pad(x, [(0, 0), (0, 0), *((p, p) for p in pad)])
    out = [(n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(x.shape[2:], kernel, stride, dilate)]
    y = np.zeros((len(x), len(w), *out))
    width, height = x.shape[1] // groups, len(w) // groups
    for f, place in itertools.product(range(len(w)), np.ndindex(*out)):
        group = f // height
        key = tuple(slice(o * s, o * s + d * (k - 1) + 1, d) for o, s, d, k in zip(place, stride, dilate, kernel))
        window = x[(slice(None), slice(group * width, (group + 1) * width), *key)]
        y[(slice(None), f, *place)] = (window * w[f]).reshape(len(x), -1).sum(1)
    return y


@pytest.fixture(params=[(0, 1), (0, 10**9), (10**9, 1), (10**9, 10**9), (64, 512)], ids=str)
def layout(request, monkeypatch):
    """Rows as views or copied, images one by one or joined."""
    few, wide = request.param
    monkeypatch.setattr(c, "FEW", few)
    monkeypatch.setattr(c, "WIDE", wide)
    c._plan.cache_clear()
    yield
    c._plan.cache_clear()


@pytest.mark.parametrize("case", GEOMETRIES, ids=str)
def test_agrees_with_the_definition_and_is_its_own_adjoint(case, layout):
    size, kernel, stride, dilate, pad, groups = case
    geometry = (stride, dilate, pad, groups)
    rng = np.random.RandomState(0)
    x = rng.normal(size=(3, 4, *size))
    w = rng.normal(size=(6, 4 // groups, *kernel))
    y = c.conv(x, w, geometry)
    np.testing.assert_allclose(y, reference(x, w, geometry), rtol=1e-9, atol=1e-9)
    ct = rng.normal(size=y.shape)
    total = (y * ct).sum()
    back, weight = c.conv_transpose(ct, w, geometry, size), c.conv_weight(x, ct, geometry, kernel)
    assert back.shape == x.shape
    assert weight.shape == w.shape
    assert (back * x).sum() == pytest.approx(total)
    assert (weight * w).sum() == pytest.approx(total)
    columns = columns_of.im2col(x, kernel, geometry)
    assert (columns_of.col2im(columns, kernel, geometry, size) * x).sum() == pytest.approx((columns**2).sum())


def test_inputs_of_any_memory_layout():
    rng = np.random.RandomState(0)
    x, w = rng.normal(size=(7, 6, 3, 4)).T, rng.normal(size=(3, 3, 3, 5)).T
    geometry = ((1, 1), (1, 1), (1, 1), 1)
    y = c.conv(x, w, geometry)
    np.testing.assert_allclose(y, c.conv(x.copy(), w.copy(), geometry))
    weight = c.conv_weight(x, y, geometry, (3, 3))
    np.testing.assert_allclose(weight, c.conv_weight(x.copy(), y.copy(), geometry, (3, 3)))
