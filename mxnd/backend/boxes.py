"""Boxes: overlaps, the suppression of lesser boxes, greedy matching. Loops run over kept boxes and matches only."""

from __future__ import annotations

from typing import Any

import numpy as np


def wide(x: Any) -> Any:
    """float16 as float32, everything else as it is."""
    return x.astype(np.float32) if x.dtype == np.float16 else x


def as_corners(boxes: Any) -> Any:
    """Boxes (x, y, width, height) around their centre as (x1, y1, x2, y2)."""
    half = boxes[..., 2:] / 2
    return np.concatenate([boxes[..., :2] - half, boxes[..., :2] + half], -1)


def areas(boxes: Any, extra: int = 0) -> Any:
    """Of boxes by their corners; 0 for one turned inside out. ``extra`` is 1 where corners are pixels, inclusive."""
    sides = boxes[..., 2:] - boxes[..., :2] + extra
    return np.where((sides < 0).any(-1), 0, sides[..., 0] * sides[..., 1])


def overlaps(box: Any, area: Any, others: Any, other_areas: Any, extra: int = 0) -> Any:
    """Intersection over union of boxes by their corners, which broadcast; 0 where the union is empty."""
    low, high = np.maximum(box[..., :2], others[..., :2]), np.minimum(box[..., 2:], others[..., 2:])
    sides = np.maximum(high - low + extra, 0)
    both = sides[..., 0] * sides[..., 1]
    union = area + other_areas - both
    return np.where(union > 0, both / np.where(union > 0, union, 1), 0)


def keep(boxes: Any, ids: Any, threshold: float, extra: int = 0, most: int | None = None, equal: bool = False) -> Any:
    """The numbers of the boxes left when each, in their order, drops those behind it that overlap it too much.

    ids: With ids, boxes drop only those of the same one.
    most: How many are wanted at most.
    equal: An overlap of exactly ``threshold`` is too much, too.
    """
    area = areas(boxes, extra)
    waiting = np.arange(len(boxes))
    kept: list[int] = []
    while len(waiting) and (most is None or len(kept) < most):
        first, waiting = waiting[0], waiting[1:]
        kept.append(first)
        share = overlaps(boxes[first], area[first], boxes[waiting], area[waiting], extra)
        close = share >= threshold if equal else share > threshold
        waiting = waiting[~(close if ids is None else close & (ids[waiting] == ids[first]))]
    return np.array(kept, np.int64)


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
        found = found[np.argsort(-rows[found, score], kind="stable")]
        found = found[:topk] if topk > 0 else found
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
