"""What single-shot detectors do with anchors: the targets of training, and the boxes of a prediction."""

from __future__ import annotations

from typing import Any

import numpy as np

from .boxes import areas, keep, overlaps
from .ordering import order

TINY = 1e-6  # overlaps that do not count


def match_anchors(anchors: Any, boxes: Any, threshold: float) -> tuple[Any, Any]:
    """The box of each anchor, -1 without one, and how much it overlaps the box that it overlaps most.

    Every box gets the anchor that overlaps it most, the best pair first; then, for a positive threshold, every other
    anchor gets the box it overlaps most, if by more than that.
    """
    share = overlaps(anchors, areas(anchors), boxes, areas(boxes))
    matches = np.full(len(anchors), -1, np.int64)
    most = share.max(1, initial=-1)
    left = share.copy()
    for _ in range(min(left.shape)):
        anchor, box = divmod(int(left.argmax()), len(boxes))
        if not left[anchor, box] > TINY:
            break
        matches[anchor] = box
        left[anchor], left[:, box] = -1, -1
    if threshold > 0:
        found = (matches < 0) & (most > np.float32(threshold))
        matches[found] = share[found].argmax(1)
    return matches, most


def hard_negatives(predictions: Any, free: Any, count: int) -> Any:
    """Those ``count`` of the free anchors (a mask) whose predicted probability of background is least.

    predictions: (classes, anchors), before softmax.
    """
    powers = np.exp(predictions - predictions.max(0))
    background = powers[0] / powers.sum(0)
    places = np.flatnonzero(free)
    return places[np.argsort(background[places], kind="stable")[:count]]


def encode(anchors: Any, boxes: Any, variances: Any) -> Any:
    """Shift of the centre and logarithm of scale from anchors to boxes, all by their corners, over the variances."""
    size, wanted = anchors[:, 2:] - anchors[:, :2], boxes[:, 2:] - boxes[:, :2]
    shift = ((boxes[:, :2] + boxes[:, 2:]) - (anchors[:, :2] + anchors[:, 2:])) / 2 / size
    return np.concatenate([shift, np.log(wanted / size)], 1) / np.array(variances, anchors.dtype)


def multibox_target(
    anchors: Any,
    labels: Any,
    predictions: Any,
    threshold: float,
    ignore: float,
    ratio: float,
    negative_threshold: float,
    minimum: int,
    variances: tuple[float, ...],
) -> tuple[Any, Any, Any]:
    """Location targets and their mask, both of shape (batch, anchors, 4), and class targets of shape (batch, anchors).

    anchors: (anchors, 4). labels: (batch, boxes, 5 or more), of which class -1 ends the list.
    predictions: (batch, classes, anchors). The other arguments are those of ``MultiBoxTarget``.
    """
    shape = (len(labels), len(anchors))
    targets, mask = np.zeros((*shape, 4), anchors.dtype), np.zeros((*shape, 4), anchors.dtype)
    classes = np.full(shape, ignore, anchors.dtype)
    for b, rows in enumerate(labels):
        ended = rows[:, 0] == -1
        rows = rows[: ended.argmax()] if ended.any() else rows
        if not len(rows):
            continue
        matches, most = match_anchors(anchors, rows[:, 1:5], threshold)
        found = np.flatnonzero(matches >= 0)
        others = matches < 0
        if ratio > 0:
            count = max(min(int(len(found) * np.float32(ratio)), len(anchors) - len(found)), minimum)
            others = hard_negatives(predictions[b], others & (most < np.float32(negative_threshold)), count)
        classes[b, others] = 0
        matched = rows[matches[found]]
        classes[b, found] = matched[:, 0] + 1
        targets[b, found] = encode(anchors[found], matched[:, 1:5], variances)
        mask[b, found] = 1
    return targets, mask, classes


def decode(anchors: Any, numbers: Any, variances: Any, clip: bool) -> Any:
    """Boxes by their corners: the opposite of ``encode``. ``clip`` keeps them within 0 and 1."""
    numbers = numbers * np.array(variances, numbers.dtype)
    size = anchors[:, 2:] - anchors[:, :2]
    centre = numbers[..., :2] * size + (anchors[:, :2] + anchors[:, 2:]) / 2
    half = np.exp(numbers[..., 2:]) * size / 2
    boxes = np.concatenate([centre - half, centre + half], -1)
    return boxes.clip(0, 1) if clip else boxes


def _first_equal(x: Any, wanted: Any) -> Any:
    """Along axis 1 the first place where x is as wanted; much faster here than ``argmax``."""
    count = x.shape[1]
    ranks = np.arange(count, 0, -1, dtype=np.min_scalar_type(count))
    return count - np.multiply(x == wanted[:, None], ranks[:, None]).max(1, initial=0).astype(np.int64)


def multibox_detection(
    probabilities: Any,
    numbers: Any,
    anchors: Any,
    clip: bool,
    threshold: float,
    nms_threshold: float,
    force: bool,
    variances: tuple[float, ...],
    topk: int,
) -> Any:
    """Rows of class (-1: nothing), score and corners, of shape (batch, anchors, 6), those of a class first.

    probabilities: (batch, classes, anchors), of which class 0 is the background. numbers: (batch, anchors, 4).
    """
    score = probabilities[:, 1:].max(1, initial=-np.inf)
    winner = _first_equal(probabilities[:, 1:], score)
    rows = np.concatenate([winner[..., None], score[..., None], decode(anchors, numbers, variances, clip)], -1)
    out = np.full(rows.shape, -1, numbers.dtype)
    for b, found in enumerate(score >= np.float32(threshold)):
        valid = rows[b, found].astype(numbers.dtype)
        if 0 < nms_threshold <= 1 and len(valid):
            best = order(valid[:, 1], 0, True, min(topk, len(valid)) if topk > 0 else None)
            ordered = valid[best]
            left = keep(ordered[:, 2:], None if force else ordered[:, 0], np.float32(nms_threshold), equal=True)
            dropped = np.ones(len(valid), bool)
            dropped[left] = False
            valid[: len(best)] = ordered
            valid[dropped, 0] = -1
        out[b, : len(valid)] = valid
    return out
