"""What single-shot detectors do with anchors, on the device: the targets of training, and the boxes of a prediction.

float16 is computed in float32. Nothing here waits for the device: how many boxes an image has is known there alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..device import cp
from ..multibox import TINY
from . import ordering
from .boxes import match
from .kernels import WIDE, elementwise
from .suppression import BOXES, suppress

SHARES = elementwise(
    "raw T anchors, raw T labels, raw int32 counts, int64 number, int64 boxes, int64 elements",
    "T share",
    """
    long long box = i % boxes, anchor = i / boxes % number, b = i / boxes / number;
    const T* own = &anchors[4 * anchor];
    const T* other = &labels[(b * boxes + box) * elements + 1];
    share = box < counts[b] ? mxnd_overlap(own, mxnd_area(own, (T)0), other, mxnd_area(other, (T)0), (T)0) : (T)-1;
    """,
    "anchor_shares",
    BOXES,
)
"""Overlap of every anchor with every box of each image; -1 for boxes behind the end of the list."""

COUNT = elementwise(
    "raw T labels, int64 boxes, int64 elements",
    "int32 count",
    """
    count = 0;
    while (count < boxes && labels[(i * boxes + count) * elements] != -1) ++count;
    """,
    "count_labels",
)

CHOOSE = elementwise(
    "raw T shares, raw int32 counts, int64 number, int64 boxes, T threshold, T negative, "
    "raw T predictions, int64 classes",
    "raw int32 found, int64 match, T key",
    """
    T most = -1;
    long long best = 0, b = i / number;
    for (long long box = 0; box < counts[b]; ++box) {
        T share = shares[i * boxes + box];
        if (share > most) most = share, best = box;
    }
    if (match < 0 && threshold > 0 && most > threshold) match = best;
    if (match >= 0) atomicAdd(&found[b], 1);
    key = 2;
    if (classes > 0 && match < 0 && most < negative) {  // free: the less sure of background, the earlier
        long long first = b * classes * number + i % number;
        T top = predictions[first], sum = 0;
        for (long long c = 1; c < classes; ++c) {
            T score = predictions[first + c * number];
            top = score > top || score != score ? score : top;
        }
        for (long long c = 0; c < classes; ++c) sum += exp(predictions[first + c * number] - top);
        key = exp(predictions[first] - top) / sum;
        if (key != key) key = (T)1.5;  // NaN comes last, yet before those not free
    }
    """,
    "choose_anchors",
)
"""Who has a box, and how the others are ordered as negative samples."""

NEGATIVES = elementwise(
    "raw int64 order, raw T keys, raw int32 found, raw int32 counts, int64 number, float32 ratio, int64 least",
    "raw bool negative",
    """
    long long b = i / number, positives = found[b], left = number - positives;
    long long wanted = (long long)((float)positives * ratio);
    wanted = wanted < left ? wanted : left;
    wanted = wanted > least ? wanted : least;
    long long anchor = b * number + order[i];
    if (i % number < wanted && keys[anchor] < 2) negative[anchor] = true;
    """,
    "hard_negatives",
)

ENCODE = elementwise(
    "int64 match, bool negative, raw U anchors, raw U labels, raw int32 counts, int64 number, int64 boxes, "
    "int64 elements, float64 ignore, float64 v0, float64 v1, float64 v2, float64 v3",
    "raw T targets, raw T mask, T label",
    """
    long long b = i / number;
    label = (T)(U)(negative && counts[b] > 0 ? 0 : ignore);
    U numbers[4] = {0, 0, 0, 0};
    if (match >= 0) {
        const U* own = &anchors[4 * (i % number)];
        const U* box = &labels[(b * boxes + match) * elements];
        U over[4] = {(U)v0, (U)v1, (U)v2, (U)v3};
        for (int k = 0; k < 2; ++k) {
            U size = own[k + 2] - own[k], wanted = box[k + 3] - box[k + 1];
            U shift = (box[k + 1] + box[k + 3]) - (own[k] + own[k + 2]);
            numbers[k] = shift / 2 / size / over[k];
            numbers[k + 2] = log(wanted / size) / over[k + 2];
        }
        label = (T)(U)(box[0] + 1);
    }
    for (int k = 0; k < 4; ++k) {
        targets[4 * (long long)i + k] = (T)numbers[k];
        mask[4 * (long long)i + k] = (T)(U)(match >= 0 ? 1 : 0);
    }
    """,
    "encode_targets",
)


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
    batch, boxes, elements = labels.shape
    number, classes = len(anchors), predictions.shape[1]
    dtype = anchors.dtype
    targets, mask = cp.empty((batch, number, 4), dtype), cp.empty((batch, number, 4), dtype)
    out = cp.empty((batch, number), dtype)
    if not out.size:
        return targets, mask, out
    work = np.result_type(anchors.dtype, labels.dtype, predictions.dtype, np.float32)
    anchors, labels = cp.ascontiguousarray(anchors, work), cp.ascontiguousarray(labels, work)
    counts, found = cp.empty(batch, np.int32), cp.zeros(batch, np.int32)
    COUNT(labels, boxes, elements, counts)
    shares = cp.empty((batch, number, boxes), work)
    if boxes:
        SHARES(anchors, labels, counts, number, boxes, elements, shares)
    matches, _ = match(shares, TINY, min(number, boxes))
    keys = cp.empty((batch, number), work)
    mining = ratio > 0
    predictions = cp.ascontiguousarray(predictions, work) if mining else anchors
    CHOOSE(
        shares, counts, number, boxes, work.type(np.float32(threshold)), work.type(np.float32(negative_threshold)),
        predictions, classes if mining else 0, found, matches, keys,
    )  # fmt: skip
    negative = cp.full((batch, number), not mining)
    if mining:
        order = ordering.order(keys, 1)
        NEGATIVES(order, keys, found, counts, number, ratio, minimum, negative, size=negative.size)
    ENCODE(matches, negative, anchors, labels, counts, number, boxes, elements, ignore, *variances, targets, mask, out)
    return targets, mask, out


DECODE = elementwise(
    "raw T probabilities, raw T numbers, raw T anchors, int64 number, int64 classes, float64 threshold, bool clip, "
    "float64 v0, float64 v1, float64 v2, float64 v3",
    "raw U rows, U key, bool found",
    """
    long long b = i / number, first = b * classes * number + i % number;
    W top = -(W)INFINITY, over[4] = {(W)v0, (W)v1, (W)v2, (W)v3};
    long long winner = 0;
    for (long long c = 1; c < classes; ++c) {
        W score = (W)probabilities[first + c * number];
        if (score > top || (score != score && top == top)) top = score, winner = c - 1;
    }
    found = top >= (W)threshold;
    key = found ? -top : (W)INFINITY;
    rows[6 * (long long)i] = (W)winner;
    rows[6 * (long long)i + 1] = top;
    for (int k = 0; k < 2; ++k) {
        W low = (W)anchors[4 * (i % number) + k], high = (W)anchors[4 * (i % number) + k + 2], size = high - low;
        W center = (W)numbers[4 * (long long)i + k] * over[k] * size + (low + high) / 2;
        W half = exp((W)numbers[4 * (long long)i + k + 2] * over[k + 2]) * size / 2;
        low = center - half, high = center + half;
        rows[6 * (long long)i + k + 2] = clip ? (low < 0 ? (W)0 : low > 1 ? (W)1 : low) : low;
        rows[6 * (long long)i + k + 4] = clip ? (high < 0 ? (W)0 : high > 1 ? (W)1 : high) : high;
    }
    """,
    "decode_boxes",
    WIDE,
)
"""Class, score and corners for each anchor."""

PLACE = elementwise(
    "bool found, int64 ends, raw U rows, int64 number, int64 skipped, bool drops",
    "raw T out",
    """
    if (found && ends > skipped) {
        long long at = (i / number * number + ends - 1) * 6;
        for (int k = 0; k < 6; ++k) out[at + k] = (T)rows[6 * (long long)i + k];
        if (drops) out[at] = (T)(U)-1;
    }
    """,
    "place_boxes",
)
"""The boxes found stand first, in the order of the anchors; ``drops``: those that sorting left behind say nothing."""

SORTED = elementwise(
    "raw int64 order, raw U rows, int64 number, int64 wanted",
    "raw U boxes, U id",
    """
    long long b = i / wanted, from = (b * number + order[b * number + i % wanted]) * 6;
    id = rows[from];
    for (int k = 0; k < 4; ++k) boxes[4 * (long long)i + k] = rows[from + k + 2];
    """,
    "sort_boxes",
)

KEEP = elementwise(
    "int32 rank, U id, raw U boxes, raw int64 order, raw U rows, raw int32 counts, int64 number, int64 wanted",
    "raw T out",
    """
    long long b = i / wanted, k = i % wanted, at = (b * number + k) * 6;
    if (k < counts[b]) {
        out[at] = (T)(rank < 0 ? (U)-1 : id);
        out[at + 1] = (T)rows[(b * number + order[b * number + k]) * 6 + 1];
        for (int j = 0; j < 4; ++j) out[at + 2 + j] = (T)boxes[4 * (long long)i + j];
    }
    """,
    "keep_boxes",
)


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
    batch, classes, number = probabilities.shape
    out = cp.full((batch, number, 6), -1, numbers.dtype)
    if not out.size:
        return out
    given = [cp.ascontiguousarray(x, numbers.dtype) for x in (probabilities, numbers, anchors)]
    work = np.float64 if numbers.dtype == np.float64 else np.float32
    rows, keys = cp.empty((batch, number, 6), work), cp.empty((batch, number), work)
    found = cp.empty((batch, number), bool)
    DECODE(*given, number, classes, float(np.float32(threshold)), clip, *variances, rows, keys, found)
    ends = cp.cumsum(found, axis=1, dtype=np.int64)
    drops = 0 < nms_threshold <= 1
    wanted = min(topk, number) if topk > 0 else number
    if not drops or wanted < number:
        PLACE(found, ends, rows, number, wanted if drops else 0, drops, out)
    if drops:
        order = ordering.order(keys, 1)
        boxes, ids = cp.empty((batch, wanted, 4), work), cp.empty((batch, wanted), work)
        SORTED(order, rows, number, wanted, boxes, ids)
        counts = ends[:, -1].astype(np.int32)
        ranks, _ = suppress(boxes, None if force else ids, counts, nms_threshold, equal=True)
        KEEP(ranks, ids, boxes, order, rows, counts, number, wanted, out)
    return out
