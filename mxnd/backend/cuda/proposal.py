"""Region proposals on the device: anchors of every pixel, moved as a network says, the best that do not overlap."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.errors import ArgumentError
from ..device import cp
from ..proposal import base_anchors
from . import ordering
from .kernels import WIDE, elementwise
from .suppression import BOXES, suppress

MOVE = elementwise(
    "raw T scores, raw T deltas, raw T info, raw float32 base, int64 anchors, int64 height, int64 width, "
    "float32 stride, float32 smallest, bool corners",
    "raw U boxes, U key",
    """
    long long anchor = i % anchors, x = i / anchors % width, y = i / anchors / width % height;
    long long b = i / anchors / width / height, pixels = height * width, pixel = y * width + x;
    W image_height = (W)info[3 * b], image_width = (W)info[3 * b + 1], scale = (W)info[3 * b + 2];
    W box[4], delta[4], limit[2] = {image_width - 1, image_height - 1};
    for (int k = 0; k < 4; ++k) {
        box[k] = (W)(base[4 * anchor + k] + (k % 2 ? y : x) * stride);
        delta[k] = (W)deltas[((b * anchors + anchor) * 4 + k) * pixels + pixel];
    }
    W least = (W)smallest * scale;
    bool small = false;
    for (int k = 0; k < 2; ++k) {
        W low = box[k] + delta[k], high = box[k + 2] + delta[k + 2];
        if (!corners) {
            W size = box[k + 2] - box[k] + 1, center = box[k] + (size - 1) / 2 + delta[k] * size;
            W half = (exp(delta[k + 2]) * size - 1) / 2;
            low = center - half, high = center + half;
        }
        box[k] = mxnd_smaller(mxnd_larger(low, (W)0), limit[k]);
        box[k + 2] = mxnd_smaller(mxnd_larger(high, (W)0), limit[k]);
        small = small || box[k + 2] - box[k] + 1 < least;
    }
    for (int k = 0; k < 4; ++k) boxes[4 * (long long)i + k] = small ? box[k] + (k < 2 ? -least : least) / 2 : box[k];
    long long rows = (long long)(image_height / stride), columns = (long long)(image_width / stride);
    rows = rows < 0 ? rows + height : rows, columns = columns < 0 ? columns + width : columns;
    W score = (W)scores[(b * 2 + 1) * anchors * pixels + anchor * pixels + pixel];
    key = small || y >= rows || x >= columns ? (W)1 : -score;
    """,
    "move_anchors",
    WIDE + BOXES,
)
"""Boxes of all anchors, and their scores, negated."""

BEST = elementwise(
    "raw U boxes, raw int64 order, int64 wanted, int64 number",
    "raw U out",
    """
    long long b = i / wanted, from = 4 * (b * number + order[b * number + i % wanted]);
    for (int k = 0; k < 4; ++k) out[4 * (long long)i + k] = boxes[from + k];
    """,
    "best_boxes",
)

SHOW = elementwise(
    "raw int32 picked, raw int32 kept, raw U boxes, raw U keys, raw int64 order, int64 post, int64 wanted, "
    "int64 number",
    "raw T out, T top",
    """
    long long b = i / post, place = b * wanted + picked[b * post + i % post % kept[b]];
    out[5 * (long long)i] = (T)(U)b;
    for (int k = 0; k < 4; ++k) out[5 * (long long)i + 1 + k] = (T)boxes[4 * place + k];
    top = (T)-keys[b * number + order[b * number + place - b * wanted]];
    """,
    "show_proposals",
)
"""Rows of the boxes that are left, again and again until there are enough."""

PICK = elementwise(
    "int32 rank, int64 wanted, int64 post",
    "raw int32 picked",
    "if (rank >= 0) picked[i / wanted * post + rank] = (int)(i % wanted);",
    "pick_proposals",
)


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
    anchors = len(base)
    number = height * width * anchors
    dtype = scores.dtype
    out, tops = cp.empty((batch * post, 5), dtype), cp.empty((batch * post, 1), dtype)
    if not out.size:
        return out, tops
    if not number:
        raise ArgumentError(f"scores has shape {scores.shape}: there is no pixel, so no anchor")
    work = np.float64 if dtype == np.float64 else np.float32
    given = (cp.ascontiguousarray(x, dtype) for x in (scores, deltas, info))
    boxes, keys = cp.empty((batch, number, 4), work), cp.empty((batch, number), work)
    MOVE(*given, cp.asarray(base), anchors, height, width, stride, smallest, iou_loss, boxes, keys)
    order = ordering.order(keys, 1)
    wanted = min(pre, number) if pre > 0 else number
    best = cp.empty((batch, wanted, 4), work)
    BEST(boxes, order, wanted, number, best, size=batch * wanted)
    counts = cp.full(batch, wanted, np.int32)
    ranks, kept = suppress(best, None, counts, threshold, extra=1, most=post)
    picked = cp.empty((batch, post), np.int32)
    PICK(ranks, wanted, post, picked)
    SHOW(picked, kept, best, keys, order, post, wanted, number, out, tops)
    return out, tops
