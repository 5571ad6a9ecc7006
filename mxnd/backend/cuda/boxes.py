"""Boxes on the device: overlaps, the suppression of lesser boxes, greedy matching. float16 is computed in float32."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..device import cp
from . import ordering
from .kernels import INFINITE, WIDE, Raw, elementwise, work_type
from .suppression import BOXES, suppress

AREAS = elementwise(
    "raw T boxes, float64 extra",
    "T out",
    """
    W box[4];
    for (int k = 0; k < 4; ++k) box[k] = (W)boxes[4 * (long long)i + k];
    out = (T)mxnd_area(box, (W)extra);
    """,
    "areas",
    WIDE + BOXES,
)

OVERLAPS = elementwise(
    "raw T boxes, raw T areas, raw T others, raw T other_areas, int64 width, float64 extra",
    "T out",
    """
    W box[4], other[4];
    long long row = i / width, column = i % width;
    for (int k = 0; k < 4; ++k) box[k] = (W)boxes[4 * row + k], other[k] = (W)others[4 * column + k];
    out = (T)mxnd_overlap(box, (W)areas[row], other, (W)other_areas[column], (W)extra);
    """,
    "overlaps",
    WIDE + BOXES,
)

KEYS = elementwise(
    "raw T data, float64 valid, int64 boxes, int64 elements, int64 score, int64 ids, float64 background",
    "raw int32 counts, U key",
    """
    W value = (W)data[i * elements + score];
    bool fit = value > (W)valid && (ids < 0 || (W)data[i * elements + ids] != (W)background);
    key = fit ? -value : (W)INFINITY;
    if (fit) atomicAdd(&counts[i / boxes], 1);
    """,
    "nms_keys",
    WIDE,
)

GATHER = elementwise(
    "raw T data, raw int64 order, int64 wanted, int64 boxes, int64 elements, int64 coord, int64 ids, bool center",
    "raw U out, U id",
    """
    long long b = i / wanted, from = (b * boxes + order[b * boxes + i % wanted]) * elements;
    W box[4];
    for (int k = 0; k < 4; ++k) box[k] = (W)data[from + coord + k];
    for (int k = 0; k < 2; ++k) {
        W half = box[k + 2] / 2;
        out[4 * (long long)i + k] = center ? box[k] - half : box[k];
        out[4 * (long long)i + k + 2] = center ? box[k] + half : box[k + 2];
    }
    id = ids < 0 ? (W)0 : (W)data[from + ids];
    """,
    "nms_gather",
    WIDE,
)

PICK = elementwise(
    "int32 rank, raw int64 order, int64 wanted, int64 boxes",
    "raw int64 picks",
    """
    long long first = i / wanted * boxes;
    if (rank >= 0) picks[first + rank] = order[first + i % wanted];
    """,
    "nms_pick",
)

MATCH_THREADS = 256
MATCH = Raw(
    "greedy_match",
    """(
    const W* scores, W* best, int* places, long long* rows, long long* columns, long long height, long long width,
    W bound, long long most
) {
    __shared__ W value[256];
    __shared__ long long at[256];
    scores += blockIdx.x * height * width;
    best += blockIdx.x * height, places += blockIdx.x * height, rows += blockIdx.x * height;
    columns += blockIdx.x * width;
    for (long long round = 0; round < most; ++round) {
        W top = -(W)INFINITY;
        long long where = -1;
        for (long long row = threadIdx.x; row < height; row += blockDim.x) {
            if (rows[row] >= 0) continue;
            if (round == 0 || (places[row] >= 0 && columns[places[row]] >= 0)) {  // its best column was taken
                best[row] = -(W)INFINITY, places[row] = -1;
                for (long long column = 0; column < width; ++column) {
                    W score = scores[row * width + column];
                    if (score > best[row] && columns[column] < 0) best[row] = score, places[row] = (int)column;
                }
            }
            if (best[row] > top) top = best[row], where = row;
        }
        value[threadIdx.x] = top, at[threadIdx.x] = where;
        __syncthreads();
        for (int step = blockDim.x / 2; step > 0; step /= 2) {
            if (threadIdx.x < step) {
                W other = value[threadIdx.x + step];
                long long row = at[threadIdx.x + step];
                bool first = other == value[threadIdx.x] && row >= 0 && row < at[threadIdx.x];
                if (other > value[threadIdx.x] || first) value[threadIdx.x] = other, at[threadIdx.x] = row;
            }
            __syncthreads();
        }
        long long row = at[0];
        bool found = value[0] > bound;
        if (threadIdx.x == 0 && found) rows[row] = places[row], columns[places[row]] = row;
        __syncthreads();
        if (!found) break;
    }
}""",
    INFINITE,
)


def areas(boxes: Any, extra: int = 0) -> Any:
    """Of boxes by their corners; 0 for one turned inside out. ``extra`` is 1 where corners are pixels, inclusive."""
    out = cp.empty(boxes.shape[:-1], boxes.dtype)
    if out.size:
        AREAS(cp.ascontiguousarray(boxes), extra, out)
    return out


def overlaps(boxes: Any, area: Any, others: Any, other_areas: Any, extra: int = 0) -> Any:
    """Intersection over union of each box with each other one, by their corners; 0 where the union is empty."""
    out = cp.empty((len(boxes), len(others)), np.result_type(boxes.dtype, others.dtype))
    if out.size:
        given = (cp.ascontiguousarray(x, out.dtype) for x in (boxes, area, others, other_areas))
        OVERLAPS(*given, len(others), extra, out)
    return out


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
    batch, boxes, elements = data.shape
    picks = cp.full((batch, boxes), -1, np.int64)
    if not picks.size:
        return picks
    data = cp.ascontiguousarray(data)
    work = np.float64 if data.dtype == np.float64 else np.float32
    counts, keys = cp.zeros(batch, np.int32), cp.empty((batch, boxes), work)
    KEYS(data, float(np.float32(valid)), boxes, elements, score, ids, background, counts, keys)
    order = ordering.order(keys, 1)
    wanted = min(topk, boxes) if topk > 0 else boxes
    corners, kinds = cp.empty((batch, wanted, 4), work), cp.empty((batch, wanted), work)
    GATHER(data, order, wanted, boxes, elements, coord, ids, center, corners, kinds)
    ranks, _ = suppress(corners, kinds if ids >= 0 and not force else None, counts, overlap)
    PICK(ranks, order, wanted, boxes, picks)
    return picks


def match(scores: Any, bound: float, most: int) -> tuple[Any, Any]:
    """``greedy_match`` of float32 or float64 scores, in order in memory, above a bound; NaN is no match."""
    batch, height, width = scores.shape
    rows, columns = cp.full((batch, height), -1, np.int64), cp.full((batch, width), -1, np.int64)
    if scores.size and most > 0:
        best, places = cp.empty((batch, height), scores.dtype), cp.empty((batch, height), np.int32)
        whole, real = np.int64, scores.dtype.type
        MATCH(
            (batch,), (MATCH_THREADS,),
            (scores, best, places, rows, columns, whole(height), whole(width), real(bound), whole(most)),
            W=work_type(scores.dtype),
        )  # fmt: skip
    return rows, columns


def greedy_match(scores: Any, ascend: bool, threshold: float, topk: int) -> tuple[Any, Any]:
    """The column of each row and the row of each column (int64, -1 without one), the best pair first.

    scores: (batch, rows, columns). A pair must be better than the threshold; ``topk`` limits their number if positive.
    """
    _, height, width = scores.shape
    signed = cp.ascontiguousarray(scores, np.float64 if scores.dtype == np.float64 else np.float32)
    bound = float(np.float32(threshold))
    signed, bound = (-signed, -bound) if ascend else (signed, bound)
    return match(signed, bound, min(height, width, topk if topk > 0 else height))
