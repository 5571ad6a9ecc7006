"""Boxes: overlaps, the suppression of lesser boxes, greedy matching. Loops run over kept boxes and matches only."""

from __future__ import annotations

from typing import Any

import numpy as np

from .blend import wide
from .ordering import order

BLOCK = 128  # boxes compared with all others at once


def as_corners(boxes: Any) -> Any:
    """Boxes (x, y, width, height) around their centre as (x1, y1, x2, y2)."""
    half = boxes[..., 2:] / 2
    return np.concatenate([boxes[..., :2] - half, boxes[..., :2] + half], -1)


def areas(boxes: Any, extra: int = 0) -> Any:
    """Of boxes by their corners; 0 for one turned inside out. ``extra`` is 1 where corners are pixels, inclusive."""
    sides = boxes[..., 2:] - boxes[..., :2] + extra
    return np.where((sides < 0).any(-1), 0, sides[..., 0] * sides[..., 1])


def overlaps(boxes: Any, area: Any, others: Any, other_areas: Any, extra: int = 0) -> Any:
    """Intersection over union of each box with each other one, by their corners; 0 where the union is empty."""
    left, right = boxes.T[:, :, None], np.ascontiguousarray(others.T)
    both = np.minimum(left[2], right[2])
    both -= np.maximum(left[0], right[0])
    high = np.minimum(left[3], right[3])
    high -= np.maximum(left[1], right[1])
    if extra:
        both += extra
        high += extra
    np.maximum(both, 0, out=both)
    np.maximum(high, 0, out=high)
    both *= high
    union = np.subtract(area[:, None] + other_areas, both, out=high)
    return np.divide(both, union, out=np.zeros_like(both), where=union > 0)


def keep(boxes: Any, ids: Any, threshold: float, extra: int = 0, most: int | None = None, equal: bool = False) -> Any:
    """The numbers of the boxes left when each, in their order, drops those behind it that overlap it too much.

    ids: With ids, boxes drop only those of the same one.
    most: How many are wanted at most.
    equal: An overlap of exactly ``threshold`` is too much, too.
    """
    places = np.arange(len(boxes)) if ids is None else np.argsort(ids, kind="stable")
    if ids is not None:  # boxes of one id beside each other: they are compared with few others
        boxes, ids = boxes[places], ids[places]
    area = areas(boxes, extra)

    def close(some: Any, others: Any) -> Any:
        share = overlaps(boxes[some], area[some], boxes[others], area[others], extra)
        much = share >= threshold if equal else share > threshold
        return much if ids is None else much & (ids[some][:, None] == ids[others])

    kept: list[Any] = []
    waiting = np.arange(len(boxes))
    while len(waiting) and (most is None or ids is not None or sum(map(len, kept)) < most):
        first, waiting = waiting[:BLOCK], waiting[BLOCK:]
        within = close(first, first)
        alive = np.ones(len(first), bool)
        for i in np.flatnonzero(np.triu(within, 1).any(1)):
            if alive[i]:
                alive[i + 1 :] &= ~within[i, i + 1 :]
        first = first[alive]
        near = len(waiting) if ids is None else np.searchsorted(ids[waiting], ids[first[-1]], "right")
        left = ~close(first, waiting[:near]).any(0)
        waiting = np.concatenate((waiting[:near][left], waiting[near:]))
        kept.append(first)
    found = places[np.concatenate([*kept, np.zeros(0, np.int64)])]
    return (found if ids is None else np.sort(found))[:most]


def nms(
    data: Any,
    overlap: float,
    valid: float,
    topk: int,
    coord: int,
    score: int,
    ids: int,
    background: int,
    force: bool,
    center: bool,
) -> Any:
    """Which boxes of each batch are left, the best first: row numbers (int64), then -1.

    data: (batch, boxes, elements). The other arguments are those of ``box_nms``; ``center`` tells the format.
    """
    picks = np.full(data.shape[:2], -1, np.int64)
    for rows, pick in zip(wide(data), picks):
        fit = rows[:, score] > np.float32(valid)
        if ids >= 0:
            fit &= rows[:, ids] != background
        found = np.flatnonzero(fit)
        best = order(rows[found, score], 0, True, min(topk, len(found)) if topk > 0 else None)
        found = found[best]
        boxes = rows[found, coord : coord + 4]
        boxes = as_corners(boxes) if center else boxes
        left = found[keep(boxes, rows[found, ids] if ids >= 0 and not force else None, np.float32(overlap))]
        pick[: len(left)] = left
    return picks


def greedy_match(scores: Any, ascend: bool, threshold: float, topk: int) -> tuple[Any, Any]:
    """The column of each row and the row of each column (int64, -1 without one), the best pair first.

    scores: (batch, rows, columns). A pair must be better than the threshold; ``topk`` limits their number if positive.
    """
    batch, height, width = scores.shape
    rows, columns = np.full((batch, height), -1, np.int64), np.full((batch, width), -1, np.int64)
    left = np.where(np.isnan(scores), -np.inf, wide(scores) * (-1 if ascend else 1))
    bound = -np.float32(threshold) if ascend else np.float32(threshold)
    most = min(height, width, topk if topk > 0 else height)
    for b in range(batch):
        for _ in range(most):
            row, column = divmod(int(left[b].argmax()), width)
            if not left[b, row, column] > bound:
                break
            rows[b, row], columns[b, column] = column, row
            left[b, row], left[b, :, column] = -np.inf, -np.inf
    return rows, columns
