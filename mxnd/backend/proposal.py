"""Region proposals: anchors of every pixel, moved as a network says, the best that do not overlap."""

from __future__ import annotations

from typing import Any

import numpy as np

from .boxes import keep


def base_anchors(stride: int, scales: tuple[float, ...], ratios: tuple[float, ...]) -> Any:
    """Corners of the anchors of the first pixel: for each ratio (height over width) one of every scale."""
    rows = []
    for ratio in np.array(ratios, np.float32):
        side = np.floor(np.sqrt(np.floor(np.float32(stride * stride) / ratio)) + np.float32(0.5))
        for scale in np.array(scales, np.float32):
            width = side * scale
            height = np.floor(width / scale * ratio + np.float32(0.5)) * scale
            half = (np.array([width, height]) - 1) / 2
            rows.append([*((stride - 1) / 2 - half), *((stride - 1) / 2 + half)])
    return np.array(rows, np.float32)


def _moved(anchors: Any, deltas: Any, corners: bool) -> Any:
    """Anchors moved: by their corners, or by shift of the centre and logarithm of scale."""
    if corners:
        return anchors + deltas
    size = anchors[..., 2:] - anchors[..., :2] + 1
    centre = anchors[..., :2] + (size - 1) / 2 + deltas[..., :2] * size
    half = (np.exp(deltas[..., 2:]) * size - 1) / 2
    return np.concatenate([centre - half, centre + half], -1)


def proposals(
    scores: Any,
    deltas: Any,
    info: Any,
    pre: int,
    post: int,
    threshold: float,
    smallest: int,
    scales: tuple[float, ...],
    ratios: tuple[float, ...],
    stride: int,
    iou_loss: bool,
) -> tuple[Any, Any]:
    """Boxes (number of the image, corners), of shape (batch * post, 5), and their scores, of shape (batch * post, 1).

    scores: (batch, 2 * anchors, height, width), the second half for objects. deltas: (batch, 4 * anchors, height,
    width). info: (batch, 3): height, width and scale of each image. The other arguments are those of ``Proposal``.
    """
    batch, _, height, width = scores.shape
    base = base_anchors(stride, scales, ratios)
    number = len(base)
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    shift = np.stack([x, y, x, y], -1)[:, :, None] * np.float32(stride)
    anchors = (base + shift).astype(np.float32)
    boxes, tops = np.zeros((batch, post, 5), scores.dtype), np.zeros((batch, post, 1), scores.dtype)
    for b in range(batch):
        image_height, image_width, scale = info[b, :3]
        moves = deltas[b].reshape(number, 4, height, width).transpose(2, 3, 0, 1)
        limit = np.array([image_width, image_height, image_width, image_height], np.float32) - 1
        found = np.minimum(np.maximum(_moved(anchors, moves, iou_loss), 0), limit)
        score = scores[b, number:].transpose(1, 2, 0).copy()
        score[int(image_height / stride) :] = -1
        score[:, int(image_width / stride) :] = -1
        least = np.float32(smallest) * scale
        small = (found[..., 2:] - found[..., :2] + 1 < least).any(-1)
        grow = np.array([-0.5, -0.5, 0.5, 0.5], np.float32) * least
        found = np.where(small[..., None], found + grow, found).reshape(-1, 4)
        score = np.where(small, -1, score).reshape(-1)
        order = np.argsort(-score, kind="stable")[: pre if pre > 0 else None]
        left = order[keep(found[order], None, np.float32(threshold), extra=1, most=post)]
        rows = left[np.arange(post) % len(left)]
        boxes[b, :, 0], boxes[b, :, 1:], tops[b, :, 0] = b, found[rows], score[rows]
    return boxes.reshape(-1, 5), tops.reshape(-1, 1)
