"""Boxes on the GPU against the CPU: overlaps, suppression, greedy matching, region proposals."""

import numpy as np
import pytest

from mxnd.backend import boxes as host
from mxnd.backend import proposal as host_proposal
from mxnd.backend.cuda import boxes, proposal, suppression

pytestmark = pytest.mark.gpu
RNG = np.random.default_rng(0)


def corners(*shape, side=1.0):
    low = RNG.uniform(0, 1, (*shape, 2))
    return np.concatenate([low, low + RNG.uniform(0, side, (*shape, 2))], -1)


ODD = np.array([[0, 0, 1, 1], [1, 1, 0, 2], [0, 0, np.nan, 1], [0, 0, 0, 0], [0, 0, np.inf, 1], [np.nan, 1, 1, 0]])


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 1e-6), ("float16", 4e-3)])
@pytest.mark.parametrize("extra", [0, 1])
def test_areas_and_overlaps(cuda, dtype, tolerance, extra):
    a = np.concatenate([corners(20), ODD[: 2 if dtype == "float16" else None]]).astype(dtype)
    b = corners(4, 30).astype(dtype)[2]
    with np.errstate(invalid="ignore"):
        area, other = host.areas(a, extra), host.areas(b, extra)
        wanted = host.overlaps(a, area, b, other, extra)
    x, y = cuda.asarray(np.asfortranarray(a)), cuda.asarray(np.repeat(b, 2, 0))[::2]
    got_areas, got_others = boxes.areas(x, extra), boxes.areas(y, extra)
    got = boxes.overlaps(x, got_areas, y, got_others, extra)
    assert got.dtype == got_areas.dtype == dtype
    np.testing.assert_allclose(cuda.asnumpy(got_areas), area, tolerance, tolerance)
    np.testing.assert_allclose(cuda.asnumpy(got), wanted, 2 * tolerance, 2 * tolerance)


def test_no_boxes(cuda):
    none, one = cuda.zeros((0, 4), np.float32), cuda.zeros((1, 4), np.float32)
    assert boxes.areas(none).shape == (0,)
    assert boxes.overlaps(none, boxes.areas(none), one, boxes.areas(one)).shape == (0, 1)
    for shape in ((0, 5, 6), (2, 0, 6)):
        picks = boxes.nms(cuda.zeros(shape, np.float32), 0.5, 0, -1, 2, 1, 0, -1, False, False)
        assert picks.shape == shape[:2]
    for shape in ((0, 3, 4), (2, 0, 3), (2, 3, 0)):
        rows, columns = boxes.greedy_match(cuda.zeros(shape, np.float32), False, 0.1, -1)
        assert rows.shape == shape[:2]
        assert columns.shape == shape[::2]
        assert (cuda.asnumpy(rows) == -1).all()


def rows(batch, count, dtype, ids=3):
    """Rows of class, score, corners and one number more; some scores are equal, negative or NaN."""
    data = np.concatenate([RNG.integers(0, ids, (batch, count, 1)), RNG.uniform(-0.2, 1, (batch, count, 1)),
                           corners(batch, count, side=0.7), np.zeros((batch, count, 1))], -1)  # fmt: skip
    data[:, ::7, 1] = 0.5
    data[:, 3::50, 1] = np.nan
    return data.astype(dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize(
    ("ids", "force", "center", "topk"), [(0, False, False, -1), (0, True, True, 20), (-1, False, False, 70)]
)
def test_nms(cuda, dtype, ids, force, center, topk):
    data = rows(2, 200, dtype)
    data[1, 40:, 1] = -1  # few are valid
    given = (0.4, 0.01, topk, 2, 1, ids, 1, force, center)
    wanted = host.nms(data, *given)
    got = boxes.nms(cuda.asarray(np.concatenate([data, data], 2))[..., : data.shape[2]], *given)
    assert got.dtype == np.int64
    np.testing.assert_array_equal(cuda.asnumpy(got), wanted)
    assert (wanted >= 0).sum() > 4


def test_nms_in_small_panels(cuda, monkeypatch):
    monkeypatch.setattr(suppression, "PANEL", 64)
    monkeypatch.setattr(suppression, "MEMORY", 1)
    data = rows(3, 300, "float32")
    given = (0.3, 0.0, -1, 2, 1, 0, -1, False, False)
    np.testing.assert_array_equal(cuda.asnumpy(boxes.nms(cuda.asarray(data), *given)), host.nms(data, *given))


@pytest.mark.parametrize("most", [None, 0, 5, 100])
@pytest.mark.parametrize("equal", [False, True])
def test_suppress(cuda, most, equal):
    one = np.array([[0, 0, 2, 2], [0, 0, 2, 1], [5, 5, 6, 6], [0, 0, 2, 2.0]])  # overlaps of exactly a half
    given = np.concatenate([one, corners(150) * 10]).astype(np.float32)
    ranks, kept = suppression.suppress(
        cuda.asarray(given[None]), None, cuda.asarray(np.int32([140])), 0.5, most=most, equal=equal
    )
    wanted = host.keep(given[:140], None, np.float32(0.5), most=most, equal=equal)
    ranks = cuda.asnumpy(ranks)[0]
    assert int(kept[0]) == len(wanted)
    assert ranks.max() == len(wanted) - 1
    np.testing.assert_array_equal(np.flatnonzero(ranks >= 0), wanted)
    np.testing.assert_array_equal(ranks[wanted], np.arange(len(wanted)))


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize(("ascend", "threshold", "topk"), [(False, 0.2, -1), (True, 0.8, 3), (False, -1.0, 100)])
def test_greedy_match(cuda, dtype, ascend, threshold, topk):
    for shape in ((3, 5, 4), (2, 3, 17), (1, 300, 6)):
        scores = RNG.uniform(0, 1, shape).astype(dtype)
        scores = np.round(scores, 1) if shape[1] == 5 else scores  # equal ones
        scores[0, 0, 0] = np.nan
        wanted = host.greedy_match(scores, ascend, threshold, topk)
        turned = cuda.asarray(np.ascontiguousarray(scores.swapaxes(1, 2))).transpose(0, 2, 1)
        for a, b in zip(boxes.greedy_match(turned, ascend, threshold, topk), wanted):
            assert a.dtype == np.int64
            np.testing.assert_array_equal(cuda.asnumpy(a), b)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 2e-6), ("float64", 1e-12), ("float16", 1e-3)])
@pytest.mark.parametrize(("pre", "post", "loss"), [(100, 12, False), (-1, 40, True)])
def test_proposals(cuda, dtype, tolerance, pre, post, loss):
    scales, ratios = (2.0, 4.0), (0.5, 1.0, 2.0)
    scores = RNG.permutation(2 * 12 * 5 * 6).reshape(2, 12, 5, 6) / 1024  # all different, also in float16
    deltas = RNG.normal(0, 0.3, (2, 24, 5, 6))
    scores[0, 6, 2, 2], deltas[0, 0, 2, 2] = 2, np.nan  # it is the best
    info = np.array([[70.0, 90.0, 1.0], [64.0, 60.0, 1.5]])
    given = [x.astype(dtype) for x in (scores, deltas, info)]
    rest = (pre, post, 0.6, 12, scales, ratios, 16, loss)
    wanted = host_proposal.proposals(*given, *rest)
    got = proposal.proposals(*map(cuda.asarray, given), *rest)
    for a, b in zip(got, wanted):
        assert a.dtype == dtype
        assert a.shape == b.shape
        np.testing.assert_allclose(cuda.asnumpy(a), b, tolerance, tolerance * 90)
