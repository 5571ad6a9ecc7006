"""Regions of interest on the GPU against the CPU."""

import numpy as np
import pytest

from mxnd.backend import roi as host
from mxnd.backend.cuda import roi
from mxnd.core.errors import ArgumentError

pytestmark = pytest.mark.gpu
RNG = np.random.default_rng(6)
SIZE = (9, 12)
SPECIAL = [  # outside in every way, empty, of one pixel, halves, an image that is not there
    [0, -5, -4, 3, 2], [1, 8, 6, 30, 40], [0, 20, 20, 25, 25], [1, 4, 4, 2, 2], [0, 3, 3, 3, 3],
    [1, 0.5, 1.5, 2.5, 6.5], [2, 0, 0, 5, 5], [-1, 0, 0, 5, 5], [0, -9, -9, -3, -3],
]  # fmt: skip


def regions(dtype, rotated=False):
    corners = np.sort(RNG.uniform(-2, 14, (12, 2, 2)), 1).reshape(12, 4)
    rois = np.concatenate([np.concatenate([RNG.integers(0, 2, (12, 1)), corners], 1), SPECIAL])
    if rotated:
        rois = np.concatenate([rois, RNG.uniform(-400, 400, (len(rois), 1))], 1)
    return rois.astype(dtype)


def same_terms(have, want):
    """The same pixels with the same weights; where a sample lies on a pixel, its neighbours may be others."""
    for mine, others in zip(have, want):
        assert mine.shape == others.shape
        assert mine.dtype == others.dtype
    dense = []
    for places, weights in ((have[0].get(), have[1].get()), want):
        assert places.min(initial=0) >= 0
        assert places.max(initial=0) < 2 * SIZE[0] * SIZE[1]
        bins = np.zeros((places[..., 0].size, 2 * SIZE[0] * SIZE[1]))
        np.add.at(bins, (np.arange(len(bins))[:, None], places.reshape(len(bins), -1)), weights.reshape(len(bins), -1))
        dense.append(bins)
    tolerance = 1e-12 if want[1].dtype == "float64" else 5e-6
    np.testing.assert_allclose(*dense, atol=tolerance)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_maxima(cuda, dtype):
    data = RNG.integers(0, 6, (2, 3, *SIZE)).astype(dtype)  # many are equal
    data[0, 1, 2, 3], data[1, 2, 0, 0] = np.nan, np.nan
    rois = regions(dtype)
    for pooled, scale in (((3, 2), 1.0), ((1, 7), 0.5), ((14, 14), 0.0625)):
        with np.errstate(invalid="ignore"):
            want = host.roi_maxima(data, rois, pooled, scale)
        have = roi.roi_maxima(cuda.asarray(data), cuda.asarray(rois), pooled, scale)
        assert have.dtype == want.dtype
        np.testing.assert_array_equal(have.get(), want)
    none = roi.roi_maxima(cuda.asarray(data[:0]), cuda.asarray(rois), (2, 2), 1.0)
    np.testing.assert_array_equal(none.get(), host.roi_maxima(data[:0], rois, (2, 2), 1.0))


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize("ratio", [-1, 2])
def test_align_terms(cuda, dtype, ratio):
    for aligned, scale, pooled in ((False, 1.0, (2, 3)), (True, 0.7, (3, 1))):
        rois = regions(dtype)
        if aligned:
            rois = rois[(rois[:, 3:] > rois[:, 1:3]).all(1)]
        want = host.align_terms(rois, 2, SIZE, pooled, scale, ratio, aligned)
        same_terms(roi.align_terms(cuda.asarray(rois), 2, SIZE, pooled, scale, ratio, aligned), want)
    with pytest.raises(ArgumentError, match="x2 above x1"):
        roi.align_terms(cuda.asarray(regions(dtype)), 2, SIZE, (2, 2), 1.0, ratio, True)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("ratio", [-1, 2])
def test_rotated_terms(cuda, dtype, ratio):
    rois = regions(dtype, True)
    want = host.rotated_terms(rois, 2, SIZE, (2, 3), 0.8, ratio)
    same_terms(roi.rotated_terms(cuda.asarray(rois), 2, SIZE, (2, 3), 0.8, ratio), want)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_average_terms(cuda, dtype):
    rois = regions(dtype)
    for bins, scale in ((3, 1.0), (2, 0.0625)):
        want = host.average_terms(rois, 2, SIZE, bins, scale)
        same_terms(roi.average_terms(cuda.asarray(rois), 2, SIZE, bins, scale), want)


def test_no_regions(cuda):
    none = cuda.zeros((0, 5), np.float32)
    for places, weights in (
        roi.align_terms(none, 2, SIZE, (2, 3), 1.0, 2, False),
        roi.average_terms(none, 2, SIZE, 3, 1),
    ):
        assert places.shape == weights.shape
        assert places.size == 0
    assert roi.roi_maxima(cuda.zeros((2, 3, *SIZE)), none, (2, 3), 1.0).shape == (0, 3, 2, 3)


def test_regions_that_are_no_numbers_lead_nowhere(cuda):
    rois = np.full((1, 5), np.nan, "float32")
    places, _ = roi.align_terms(cuda.asarray(rois), 2, SIZE, (2, 2), 1.0, 2, False)
    assert 0 <= places.get().min() <= places.get().max() < 2 * SIZE[0] * SIZE[1]
    assert (
        roi.roi_maxima(cuda.zeros((2, 1, *SIZE)), cuda.asarray(rois), (1, 1), 1.0).get().max() < SIZE[0] * SIZE[1] * 2
    )
