"""Kernels of detection on sizes where they work in blocks, against the plain loops they stand for."""

from __future__ import annotations

import numpy as np
import pytest

import mxnd as mx
from mxnd.backend import blend, boxes
from mxnd.ops import roi_align


def some_boxes(count: int, seed: int = 0) -> np.ndarray:
    rng = np.random.RandomState(seed)
    low = rng.randint(0, 60, (count, 2))
    return np.concatenate([low, low + rng.randint(1, 30, (count, 2))], 1).astype(np.float32)


def share(one, other, extra):
    """Intersection over union of two boxes."""
    width = min(one[2], other[2]) - max(one[0], other[0]) + extra
    height = min(one[3], other[3]) - max(one[1], other[1]) + extra
    both = max(width, 0) * max(height, 0)
    area = [(b[2] - b[0] + extra) * (b[3] - b[1] + extra) for b in (one, other)]
    return both / (sum(area) - both)


@pytest.mark.parametrize(("ids", "extra", "most"), [(False, 0, None), (True, 0, None), (False, 1, 30), (True, 1, 300)])
def test_keep_is_the_loop_over_all_pairs(ids, extra, most):
    rows = some_boxes(3 * boxes.BLOCK + 5)
    kinds = np.arange(len(rows)) % 3 if ids else None
    left = []
    for i, box in enumerate(rows):
        if all(share(rows[k], box, extra) <= 0.4 or (ids and kinds[k] != kinds[i]) for k in left):
            left.append(i)
    assert len(left) > boxes.BLOCK / 2
    np.testing.assert_array_equal(boxes.keep(rows, kinds, 0.4, extra, most), left[:most])


def test_roi_pooling_is_the_maximum_of_each_bin():
    rng = np.random.RandomState(0)
    data = rng.permutation(2 * 96 * 12 * 13).reshape(2, 96, 12, 13).astype(np.float32)
    rois = np.concatenate([rng.randint(0, 2, (40, 1)), some_boxes(40) // 6], 1).astype(np.float32)
    got = mx.nd.ROIPooling(mx.nd.array(data), mx.nd.array(rois), pooled_size=(3, 4), spatial_scale=1.0).asnumpy()
    for region, (image, x1, y1, x2, y2) in enumerate(rois.astype(int)):
        high, wide = max(y2 - y1 + 1, 1), max(x2 - x1 + 1, 1)
        for i in range(3):
            for j in range(4):
                rows = slice(y1 + i * high // 3, min(y1 - (-(i + 1) * high // 3), 12))
                columns = slice(x1 + j * wide // 4, min(x1 - (-(j + 1) * wide // 4), 13))
                part = data[image, :, rows, columns].reshape(96, -1)
                want = part.max(1) if part.size else np.zeros(96)
                np.testing.assert_array_equal(got[region, :, i, j], want)


def test_roi_align_in_pieces_is_roi_align(monkeypatch):
    data = mx.nd.array(np.random.RandomState(0).rand(2, 3, 12, 13))
    rois = mx.nd.array(np.concatenate([np.arange(20)[:, None] % 2, some_boxes(20) / 8], 1))
    call = {"pooled_size": (2, 3), "spatial_scale": 1.0}
    want = mx.nd.contrib.ROIAlign(data, rois, **call).asnumpy()
    monkeypatch.setattr(roi_align, "AT_ONCE", 1000)
    np.testing.assert_allclose(mx.nd.contrib.ROIAlign(data, rois, **call).asnumpy(), want, rtol=1e-6)


def test_regions_of_no_images_and_no_regions():
    data, none = mx.nd.ones((1, 2, 4, 4)), mx.nd.array(np.zeros((0, 5)))
    assert mx.nd.ROIPooling(data, none, pooled_size=(2, 2), spatial_scale=1.0).shape == (0, 2, 2, 2)
    assert mx.nd.contrib.ROIAlign(data, none, pooled_size=(2, 2), spatial_scale=1.0).shape == (0, 2, 2, 2)
    far = mx.nd.array([[7.0, 0, 0, 3, 3], [-1, 0, 0, 3, 3]])
    assert (mx.nd.contrib.ROIAlign(data, far, pooled_size=(2, 2), spatial_scale=1.0).asnumpy() == 0).all()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_unblend_is_the_adjoint_of_blend(dtype):
    rng = np.random.RandomState(0)
    x, y = rng.randint(-3, 4, (6, 5)).astype(dtype), rng.randint(-3, 4, (9, 5)).astype(dtype)
    places, weights = rng.randint(0, 6, (9, 4)), rng.randint(-3, 4, (9, 4)).astype(dtype)
    forward = blend.blend(x, places, weights)
    assert forward.dtype == x.dtype
    np.testing.assert_array_equal(forward, (weights[..., None] * x[places]).sum(1))
    assert (forward * y).sum() == (x * blend.unblend(y, places, weights, 6)).sum()
    assert (forward * y).sum() == (weights * blend.blend_products(x, y, places)).sum()
