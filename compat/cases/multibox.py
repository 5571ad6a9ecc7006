"""MultiBoxPrior, MultiBoxTarget, MultiBoxDetection."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from . import Case, array, case, normal, ones, unit, zeros


def corners(batch: int, count: int) -> Any:
    """Boxes on a grid of 1/32, with distinct overlaps mostly."""
    rng = np.random.RandomState(count)
    low = rng.randint(0, 20, (batch, count, 2)) / 32
    return np.concatenate([low, low + rng.randint(3, 13, (batch, count, 2)) / 32], -1)


def cases() -> Iterator[Case]:
    yield from prior("_contrib_MultiBoxPrior")
    yield from target("_contrib_MultiBoxTarget")
    yield from detection("_contrib_MultiBoxDetection")


def prior(op: str) -> Iterator[Case]:
    data = zeros((1, 2, 2, 3))
    for given in (
        {},
        {"sizes": (0.5, 0.25)},
        {"ratios": (1, 2, 0.5)},
        {"ratios": (2.0,), "sizes": (0.5, 1.5)},
        {"ratios": (2.0, 3.0), "sizes": "(0.5, 0.25)"},
        {"sizes": (0.9,), "clip": True},
        {"steps": (0.1, 0.2)},
        {"steps": (0.5, 0.5), "offsets": (0.1, 0.7)},
        {"offsets": (0.0, 1.0)},
        {"sizes": 0.5},
        {"sizes": ()},
        {"ratios": ()},
        {"steps": (0.1,)},
        {"steps": (-0.1, 2)},
        {"offsets": (0.1,)},
        {"sizes": (0.0,)},
    ):
        yield case(op, data=data, **given)
        yield case(op, data=normal((2, 1, 3, 1)), **given)
    yield case(op, data=zeros((2, 2, 3)))
    yield case(op, data=zeros((1, 1, 2, 2), "float64"))


def labels(batch: int, count: int, ends: int | None = None) -> Any:
    """Rows of class and corners; from row ``ends`` on there are none."""
    rows = np.concatenate([np.arange(batch * count).reshape(batch, count, 1) % 3, corners(batch, count)], -1)
    rows[0, ends:] = rows[0, ends:] if ends is None else -1
    return array(rows)


def target(op: str) -> Iterator[Case]:
    settings = (
        {},
        {"overlap_threshold": 0.2},
        {"overlap_threshold": 0.9},
        {"overlap_threshold": 0},
        {"overlap_threshold": -1},
        {"negative_mining_ratio": 1, "negative_mining_thresh": 0.5},
        {"negative_mining_ratio": 1.5, "negative_mining_thresh": 0.3},
        {"negative_mining_ratio": 3, "negative_mining_thresh": 0.9, "ignore_label": -2},
        {"negative_mining_ratio": 0.1},
        {"negative_mining_ratio": 100},
        {"variances": (1, 1, 1, 1)},
        {"variances": (0.5, 0.25, 1, 2), "overlap_threshold": 0.3},
        {"ignore_label": -7, "negative_mining_ratio": 0.5},
    )
    for given in settings:
        for count, boxes, ends in ((12, 3, None), (30, 4, 2)):
            inputs = {"anchor": array(corners(1, count)), "label": labels(2, boxes, ends)}
            yield case(op, **inputs, cls_pred=normal((2, 4, count)), diff=("cls_pred",), **given)
    nested = {"anchor": array([[[0, 0, 1, 1], [0, 0, 0, 1]]]), "label": array([[[0, 0, 0, 1, 1]]])}
    for given in ({"minimum_negative_samples": 1}, {"negative_mining_thresh": 0}, {"negative_mining_thresh": -1}):
        yield case(op, **nested, cls_pred=normal((1, 2, 2)), negative_mining_ratio=0.5, **given)
    wide = {"anchor": array([[[0, 0, 1, 1], [0, 0, 1, 2]]]), "label": array([[[0, 0, 0, 1, 1]]])}
    yield case(op, **wide, cls_pred=normal((1, 2, 2)), negative_mining_ratio=3, overlap_threshold=0.75)
    few = array([[[0.1, 0.1, 0.4, 0.5], [0.2, 0.3, 0.8, 0.9]]])
    box = array([[[0.0, 0.1, 0.1, 0.42, 0.5]]])
    yield case(op, anchor=few, label=array([[[-1.0, -1, -1, -1, -1]]]), cls_pred=normal((1, 2, 2)))
    yield case(op, anchor=few, label=array([[[0, 0.1, 0.1, 0.42, 0.5, 7]]]), cls_pred=normal((1, 2, 2)))
    yield case(op, anchor=few, label=array([[[0, 0.9, 0.9, 1, 1]]]), cls_pred=normal((1, 2, 2)))
    yield case(op, anchor=few, label=array([[[0, 0.1, 0.1, 0.42]]]), cls_pred=normal((1, 2, 2)))
    yield case(op, anchor=unit((2, 4)), label=box, cls_pred=normal((1, 2, 2)))
    yield case(op, anchor=few, label=box, cls_pred=normal((2, 2)))
    yield case(op, anchor=few, label=box, cls_pred=normal((1, 2, 3)))
    yield case(op, anchor=few, label=box, cls_pred=normal((2, 2, 2)))
    yield case(op, anchor=few, label=box, cls_pred=normal((1, 2, 2)), variances=(1, 1))


def detection(op: str) -> Iterator[Case]:
    rng = np.random.RandomState(4)
    settings = (
        {},
        {"clip": False},
        {"threshold": 0.5},
        {"threshold": 1.5},
        {"background_id": 1},
        {"nms_threshold": 0.1},
        {"nms_threshold": 0.2, "force_suppress": True},
        {"nms_threshold": 1},
        {"nms_threshold": 0},
        {"nms_threshold": 2},
        {"nms_topk": 3},
        {"nms_topk": 2, "force_suppress": True, "nms_threshold": 0.3},
        {"nms_topk": 0},
        {"variances": (1, 1, 1, 1)},
    )
    scores = rng.permutation(2 * 4 * 9).reshape(2, 4, 9) / 72
    anchors = array(np.round(corners(1, 9) * 32) / 32)
    for given in settings:
        yield case(op, cls_prob=array(scores), loc_pred=normal((2, 36)), anchor=anchors, diff=("loc_pred",), **given)
    one = {"cls_prob": ones((1, 2, 2)), "loc_pred": zeros((1, 8)), "anchor": unit((1, 2, 4))}
    yield case(op, **one)
    for wrong in (
        {"loc_pred": zeros((1, 2, 4))},
        {"loc_pred": zeros((1, 4))},
        {"anchor": unit((2, 4))},
        {"anchor": unit((1, 3, 4))},
        {"cls_prob": ones((1, 2, 2)), "variances": (1.0,)},
        {"cls_prob": ones((2, 2))},
    ):
        yield case(op, **(one | wrong))
