"""Targets and detections of single-shot detectors on the GPU against the CPU."""

import numpy as np
import pytest

from mxnd.backend import multibox as host
from mxnd.backend.cuda import multibox

pytestmark = pytest.mark.gpu
RNG = np.random.default_rng(1)
VARIANCES = (0.1, 0.1, 0.2, 0.2)
TOLERANCE = {"float32": 1e-5, "float64": 1e-12}


def corners(*shape, side=0.5):
    low = RNG.uniform(0, 0.7, (*shape, 2))
    return np.concatenate([low, low + RNG.uniform(0.05, side, (*shape, 2))], -1)


def labels(batch, boxes):
    """Lists of different lengths; the last is empty."""
    out = np.concatenate([RNG.integers(0, 4, (batch, boxes, 1)), corners(batch, boxes), np.ones((batch, boxes, 1))], -1)
    for b in range(batch):
        out[b, boxes * (batch - 1 - b) // (batch - 1) :, 0] = -1
    return out


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("threshold", [0.4, -1.0])
@pytest.mark.parametrize(("ratio", "negative", "minimum"), [(-1.0, 0.5, 0), (2.0, 0.3, 0), (0.5, 0.5, 30)])
def test_target(cuda, dtype, threshold, ratio, negative, minimum):
    given = [x.astype(dtype) for x in (corners(90), labels(3, 7), RNG.normal(0, 1, (3, 5, 90)))]
    rest = (threshold, -2.0, ratio, negative, minimum, VARIANCES)
    wanted = host.multibox_target(*given, *rest)
    anchors, boxes, predictions = map(cuda.asarray, given)
    strided = cuda.asarray(np.ascontiguousarray(given[2].transpose(2, 0, 1))).transpose(1, 2, 0)
    for a, b in zip(multibox.multibox_target(anchors, boxes, strided, *rest), wanted):
        assert a.dtype == dtype
        assert a.shape == b.shape
        np.testing.assert_allclose(cuda.asnumpy(a), b, TOLERANCE[dtype], TOLERANCE[dtype])
    assert wanted[1].any()
    assert (wanted[2] == -2).any()
    assert predictions.shape == strided.shape


def test_target_of_ties_and_nan(cuda):
    anchors = np.repeat(corners(4), 5, 0).astype(np.float32)
    boxes = labels(2, 4).astype(np.float32)
    predictions = np.zeros((2, 3, 20), np.float32)
    predictions[0, 1, ::2] = np.nan
    boxes[0, 1, 1:5] = boxes[0, 0, 1:5]
    boxes[0, :2, 0] = 1, 2
    rest = (0.3, -1.0, 3.0, 0.5, 20, VARIANCES)
    wanted = host.multibox_target(anchors, boxes, predictions, *rest)
    got = multibox.multibox_target(*map(cuda.asarray, (anchors, boxes, predictions)), *rest)
    np.testing.assert_array_equal(cuda.asnumpy(got[2]), wanted[2])


def test_target_in_half(cuda):
    given = [corners(40), labels(2, 3), np.zeros((2, 3, 40))]
    halves = [x.astype(np.float16) for x in given]
    rest = (0.5, -1.0, -1.0, 0.5, 0, VARIANCES)
    wanted = host.multibox_target(*(x.astype(np.float32) for x in halves), *rest)
    for a, b in zip(multibox.multibox_target(*map(cuda.asarray, halves), *rest), wanted):
        assert a.dtype == np.float16
        np.testing.assert_allclose(cuda.asnumpy(a), b.astype(np.float16), 1e-3, 1e-3)


@pytest.mark.parametrize("shape", [(0, 3, 5), (2, 0, 5)])
def test_target_of_nothing(cuda, shape):
    given = [corners(6), np.zeros(shape), np.zeros((shape[0], 2, 6))]
    given = [x.astype(np.float32) for x in given]
    rest = (0.5, -1.0, 3.0, 0.5, 0, VARIANCES)
    for a, b in zip(multibox.multibox_target(*map(cuda.asarray, given), *rest), host.multibox_target(*given, *rest)):
        np.testing.assert_array_equal(cuda.asnumpy(a), b)


def scores(batch, classes, anchors):
    powers = np.exp(RNG.normal(0, 2, (batch, classes, anchors)))
    return powers / powers.sum(1, keepdims=True)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("clip", "threshold", "nms_threshold", "force", "topk"),
    [
        (True, 0.3, 0.4, False, -1),
        (False, 0.2, 0.3, True, 25),
        (True, 0.4, -1.0, False, -1),
        (True, 0.99, 0.5, False, 7),
    ],
)
def test_detection(cuda, dtype, clip, threshold, nms_threshold, force, topk):
    given = [x.astype(dtype) for x in (scores(2, 4, 150), RNG.normal(0, 0.5, (2, 150, 4)), corners(150))]
    given[0][0, 1, 5] = np.nan
    given[0][1, 2, ::2] = given[0][1, 1, ::2]
    rest = (clip, threshold, nms_threshold, force, VARIANCES, topk)
    wanted = host.multibox_detection(*given, *rest)
    got = multibox.multibox_detection(*map(cuda.asarray, given), *rest)
    assert got.dtype == dtype
    assert got.shape == wanted.shape
    np.testing.assert_allclose(cuda.asnumpy(got), wanted, TOLERANCE[dtype], TOLERANCE[dtype])


def test_detection_in_half_and_of_nothing(cuda):
    halves = [x.astype(np.float16) for x in (scores(1, 3, 30), RNG.normal(0, 0.5, (1, 30, 4)), corners(30))]
    rest = (True, 0.1, -1.0, False, VARIANCES, -1)
    wanted = host.multibox_detection(*(x.astype(np.float32) for x in halves), *rest)
    got = multibox.multibox_detection(*map(cuda.asarray, halves), *rest)
    assert got.dtype == np.float16
    np.testing.assert_allclose(cuda.asnumpy(got), wanted.astype(np.float16), 1e-3, 1e-3)
    none = [cuda.zeros(shape, np.float32) for shape in ((0, 3, 4), (0, 4, 4), (4, 4))]
    assert multibox.multibox_detection(*none, *rest).shape == (0, 4, 6)
