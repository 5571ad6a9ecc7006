"""box_iou, box_nms, bipartite_matching, box_encode, box_decode."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from . import FLOATS, Case, array, case, distinct, ints, normal, ones, positive, unit, zeros

ROWS = [
    [0, 0.5, 0.1, 0.1, 0.2, 0.2],
    [1, 0.4, 0.1, 0.1, 0.2, 0.2],
    [0, 0.3, 0.1, 0.1, 0.14, 0.14],
    [2, 0.6, 0.5, 0.5, 0.7, 0.8],
    [2, 0.6, 0.1, 0.1, 0.2, 0.22],
    [-1, 0.9, 0.1, 0.1, 0.2, 0.2],
    [0, -0.1, 0.1, 0.1, 0.2, 0.2],
]


def many(batch: int, boxes: int, elements: int = 6) -> Any:
    """Rows of class, score, corners with much overlap; scores are distinct."""
    rng = np.random.RandomState(batch + boxes)
    low = rng.randint(0, 24, (batch, boxes, 2)) / 32
    size = rng.randint(4, 16, (batch, boxes, 2)) / 32
    score = rng.permutation(batch * boxes).reshape(batch, boxes, 1) / 64 - 0.1
    extra = rng.randint(0, 8, (batch, boxes, elements - 6))
    rows = np.concatenate([rng.randint(-1, 3, (batch, boxes, 1)), score, low, low + size, extra], -1)
    return array(np.round(rows * 512) / 512)


def cases() -> Iterator[Case]:
    yield from overlap("_contrib_box_iou")
    yield from suppression("_contrib_box_nms")
    yield from matching("_contrib_bipartite_matching")
    yield from encode("_contrib_box_encode")
    yield from decode("_contrib_box_decode")


def overlap(op: str) -> Iterator[Case]:
    boxes = array([[0.0, 0, 1, 1], [1, 1, 0, 0], [0, 0, 0, 0], [0.25, 0.25, 2, 0.5], [-1, -1, 0.5, 0.75]])
    others = array([[0.5, 0.5, 2, 1], [0, 0, 1, 1], [0, 0, 0, 0]])
    for form in ("corner", "center", "edges"):
        yield case(op, lhs=boxes, rhs=others, format=form)
    yield case(op, lhs=boxes, rhs=others)
    yield case(op, lhs=positive((2, 3, 4)), rhs=positive((2, 4)), format="center")
    yield case(op, lhs=positive((1, 4)), rhs=positive((2, 1, 2, 4)), format="center")
    for dtype in ("float16", "float64"):
        yield case(op, lhs=positive((3, 4), dtype), rhs=positive((2, 4), dtype), format="center")
    yield case(op, lhs=positive((4,)), rhs=positive((2, 4)))
    yield case(op, lhs=positive((2, 3)), rhs=positive((2, 4)))
    yield case(op, lhs=ints((2, 4), "int32"), rhs=ints((2, 4), "int32"))


def suppression(op: str) -> Iterator[Case]:
    rows = array(ROWS)
    yield case(op, data=rows)
    yield case("_contrib_box_non_maximum_suppression", data=rows, overlap_thresh=0.1)
    for given in (
        {"force_suppress": True},
        {"background_id": 0},
        {"background_id": 2, "force_suppress": True},
        {"topk": 3},
        {"topk": 2, "force_suppress": True},
        {"topk": -5},
        {"valid_thresh": 0.45},
        {"valid_thresh": -1.0},
        {"valid_thresh": 5},
    ):
        yield case(op, data=rows, overlap_thresh=0.1, id_index=0, **given)
        yield case(op, data=many(2, 12), overlap_thresh=0.25, id_index=0, **given)
    for thresh in (0, 0.3, 0.5, 0.9, 1, -1):
        yield case(op, data=many(1, 20), overlap_thresh=thresh)
    for form in ("corner", "center"):
        for other in ("corner", "center"):
            yield case(op, data=positive((7, 6)), overlap_thresh=0.1, in_format=form, out_format=other)
            yield case(op, data=positive((2, 5, 6)), overlap_thresh=0.2, in_format=form, out_format=other)
    yield case(op, data=rows, topk=0)
    yield case(op, data=many(2, 5, 8), overlap_thresh=0.2, coord_start=2, score_index=7, id_index=6)
    yield case(op, data=many(2, 5, 8), overlap_thresh=0.2, coord_start=3, score_index=1, id_index=0)
    yield case(op, data=normal((1, 2, 3, 5)), coord_start=0, score_index=4)
    for dtype in FLOATS:
        yield case(op, data=array(ROWS, dtype), overlap_thresh=0.1, id_index=0)
    for given in (
        {"coord_start": 1},
        {"coord_start": 3},
        {"coord_start": -1},
        {"score_index": 9},
        {"score_index": -1},
        {"id_index": 3},
        {"id_index": 6},
        {"id_index": 1},
        {"in_format": "edges"},
    ):
        yield case(op, data=positive((3, 6)), **given)
    yield case(op, data=normal((6,)))
    yield case(op, data=ints((2, 6), "int32"))


def matching(op: str) -> Iterator[Case]:
    scores = array([[0.5, 0.6], [0.1, 0.2], [0.3, 0.4]])
    for ascend in (False, True):
        for threshold in (1e-12, 0.35, 0.9):
            yield case(op, data=scores, threshold=threshold, is_ascend=ascend)
        for topk in (0, 1, 2, -1, 5):
            yield case(op, data=scores, threshold=0.95 if ascend else 0.05, is_ascend=ascend, topk=topk)
            yield case(op, data=distinct((2, 4, 5)), threshold=100.0 if ascend else -100.0, is_ascend=ascend, topk=topk)
        yield case(op, data=normal((2, 2, 3, 4)), threshold=0.0, is_ascend=ascend)
        yield case(op, data=array([[0.5, 0.5], [0.5, 0.5]]), threshold=0.6 if ascend else 0.4, is_ascend=ascend)
    yield case(op, data=array([[0.5, 0.25]]), threshold=0.5)
    for dtype in ("float16", "float64"):
        yield case(op, data=normal((3, 2), dtype), threshold=0.125)
    yield case(op, data=normal((3,)), threshold=0.5)
    yield case(op, data=normal((3, 2)))


def encode(op: str) -> Iterator[Case]:
    def given(batch: int, anchors: int, boxes: int, anchor_batch: int = 1) -> dict[str, Any]:
        rng = np.random.RandomState(anchors + boxes)

        def some(count: int, number: int) -> Any:
            low = rng.randint(0, 16, (count, number, 2)) / 32
            return array(np.concatenate([low, low + rng.randint(1, 16, (count, number, 2)) / 32], -1))

        return {
            "samples": array(rng.choice([1.0, 0, -1, 0.75, 0.5], (batch, anchors))),
            "matches": array(rng.randint(0, boxes, (batch, anchors)).astype("float32")),
            "anchors": some(anchor_batch, anchors),
            "refs": some(batch, boxes),
            "means": array([0.0, 0, 0, 0]),
            "stds": array([0.1, 0.1, 0.2, 0.2]),
        }

    yield case(op, **given(1, 4, 2))
    yield case(op, **given(2, 5, 3, 2))
    yield case(op, **(given(1, 3, 2) | {"means": array([0.1, 0.2, 0.3, 0.4]), "stds": array([1.0, 2, 0.5, 0.25])}))
    yield case(op, **(given(1, 3, 2) | {"matches": array([[0.0, 1.75, 0.5]]), "samples": array([[1.0, 1, 1]])}))
    more = {"means": zeros((4,)), "stds": ones((4,))}
    for batch, anchors in ((1, 3), (1, 2), (2, 2)):
        few = {"samples": positive((batch, 2)), "matches": ones((batch, 2)), "anchors": positive((1, anchors, 4))}
        yield case(op, **few, refs=positive((batch, 2, 4)), **more)
    yield case(op, **few, refs=positive((1, 2, 4)), **more)
    yield case(op, **(given(1, 3, 2) | {"means": array([0.0])}))


def decode(op: str) -> Iterator[Case]:
    anchors = positive((1, 3, 4))
    for given in ({}, {"format": "corner"}, {"clip": 0.5}, {"clip": 0.0}, {"std0": 0.1, "std1": 0.2}, {"format": "x"}):
        yield case(op, data=unit((1, 3, 4)), anchors=anchors, **given)
        yield case(op, data=unit((2, 3, 4)), anchors=anchors, std2=0.2, std3=0.3, **given)
    for dtype in ("float16", "float64"):
        yield case(op, data=unit((1, 3, 4), dtype), anchors=positive((1, 3, 4), dtype))
    yield case(op, data=unit((2, 3, 4)), anchors=positive((2, 3, 4)))
    yield case(op, data=unit((1, 3, 4)), anchors=positive((1, 2, 4)))
    yield case(op, data=unit((3, 4)), anchors=positive((3, 4)))
