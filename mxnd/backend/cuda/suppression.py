"""Which boxes are left when each, in their order, drops those behind it that overlap it too much.

Two kernels take turns on panels of rows: one marks, as bits, which boxes each box would drop; the other walks over the
boxes of the panel and collects the marks of those that are left. Boxes dropped before a panel cost nothing there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..device import cp
from .kernels import Raw, work_type
from .launch import TIMES

PANEL = 4096  # rows at most
MEMORY = 1 << 28  # bytes of marks at once
THREADS = 256

BOXES = (
    TIMES
    + """
template <class W> __device__ W mxnd_larger(W a, W b) { return a > b || a != a ? a : b; }  // NaN stays
template <class W> __device__ W mxnd_smaller(W a, W b) { return a < b || a != a ? a : b; }
template <class W> __device__ W mxnd_area(const W* box, W extra) {
    W width = box[2] - box[0] + extra, height = box[3] - box[1] + extra;
    return width < 0 || height < 0 ? (W)0 : mxnd_times(width, height);
}
template <class W> __device__ W mxnd_overlap(const W* a, W a_area, const W* b, W b_area, W extra) {
    W width = mxnd_smaller(a[2], b[2]) - mxnd_larger(a[0], b[0]) + extra;
    W height = mxnd_smaller(a[3], b[3]) - mxnd_larger(a[1], b[1]) + extra;
    W both = mxnd_times(mxnd_larger(width, (W)0), mxnd_larger(height, (W)0)), all = a_area + b_area - both;
    return all > 0 ? both / all : (W)0;
}
"""
)
"""Areas and intersection over union, for boxes of four corners, rounded as on the CPU: what is dropped hangs on it."""

MARK = Raw(
    "mark_overlaps",
    """(
    const W* boxes, const W* ids, const int* counts, const unsigned long long* dropped, const int* kept,
    unsigned long long* marks, int boxes_each, int groups, int first, int rows, W threshold, W extra,
    int with_ids, int equal, int most
) {
    int b = blockIdx.x / groups, group = blockIdx.x % groups, row_group = first / 64 + blockIdx.y;
    int count = counts[b] < boxes_each ? counts[b] : boxes_each;
    if (group < row_group || kept[b] >= most || row_group * 64 >= count || group * 64 >= count) return;
    __shared__ W box[64][4];
    __shared__ W area[64];
    __shared__ W id[64];
    int other = group * 64 + threadIdx.x, own = row_group * 64 + threadIdx.x;
    if (other < count) {
        const W* from = boxes + ((long long)b * boxes_each + other) * 4;
        for (int k = 0; k < 4; ++k) box[threadIdx.x][k] = from[k];
        area[threadIdx.x] = mxnd_area(from, extra);
        if (with_ids) id[threadIdx.x] = ids[(long long)b * boxes_each + other];
    }
    __syncthreads();
    if (own >= count || (dropped[(long long)b * groups + row_group] >> threadIdx.x & 1)) return;
    long long at = (long long)b * boxes_each + own;
    W mine[4], my_id = with_ids ? ids[at] : (W)0;
    for (int k = 0; k < 4; ++k) mine[k] = boxes[at * 4 + k];
    W my_area = mxnd_area(mine, extra);
    unsigned long long bits = 0;
    int until = count - group * 64 < 64 ? count - group * 64 : 64;
    for (int k = group == row_group ? threadIdx.x + 1 : 0; k < until; ++k) {
        if (with_ids && id[k] != my_id) continue;
        W share = mxnd_overlap(mine, my_area, box[k], area[k], extra);
        if (share > threshold || (equal && share == threshold)) bits |= 1ull << k;
    }
    marks[((long long)b * rows + own - first) * groups + group] = bits;
}""",
    BOXES,
)

WALK = Raw(
    "walk_overlaps",
    """(
    const unsigned long long* marks, const int* counts, unsigned long long* dropped, int* kept, int* ranks,
    int boxes_each, int groups, int first, int rows, int most
) {
    __shared__ unsigned long long own[64];
    __shared__ unsigned long long alive;
    __shared__ int found;
    int b = blockIdx.x, count = counts[b] < boxes_each ? counts[b] : boxes_each;
    if (threadIdx.x == 0) found = kept[b];
    __syncthreads();
    for (int start = first; start < first + rows && start < count && found < most; start += 64) {
        int group = start / 64;
        const unsigned long long* lines = marks + ((long long)b * rows + start - first) * groups;
        bool loads = threadIdx.x < 64 && start + threadIdx.x < count;
        if (loads) own[threadIdx.x] = lines[(long long)threadIdx.x * groups + group];
        __syncthreads();
        if (threadIdx.x == 0) {
            unsigned long long gone = dropped[(long long)b * groups + group], left = 0;
            int rank = found;
            for (int k = 0; k < 64 && start + k < count && rank < most; ++k) {
                if (gone >> k & 1) continue;
                ranks[(long long)b * boxes_each + start + k] = rank++;
                left |= 1ull << k;
                gone |= own[k];
            }
            alive = left;
            found = rank;
        }
        __syncthreads();
        for (int other = group + 1 + threadIdx.x; other * 64 < count; other += blockDim.x) {
            unsigned long long bits = 0;
            for (int k = 0; k < 64; ++k) {
                if (alive >> k & 1) bits |= lines[(long long)k * groups + other];
            }
            dropped[(long long)b * groups + other] |= bits;
        }
        __syncthreads();
    }
    if (threadIdx.x == 0) kept[b] = found;
}""",
)


def suppress(
    boxes: Any,
    ids: Any,
    counts: Any,
    threshold: float,
    extra: int = 0,
    most: int | None = None,
    equal: bool = False,
) -> tuple[Any, Any]:
    """The rank of each box among those that are left (-1 if dropped), and how many are left, both int32.

    boxes: Corners, of shape (batch, boxes, 4), the best first; float32 or float64, in order in memory.
    ids: Of the same dtype, of shape (batch, boxes), or None: boxes drop only those of the same one.
    counts: How many boxes of each image count; int32.
    most: How many are wanted at most.
    equal: An overlap of exactly ``threshold`` is too much, too.
    """
    batch, each, _ = boxes.shape
    ranks, kept = cp.full((batch, each), -1, np.int32), cp.zeros(batch, np.int32)
    if not ranks.size:
        return ranks, kept
    groups = -(-each // 64)
    dropped = cp.zeros((batch, groups), np.uint64)
    panel = min(groups * 64, PANEL, max(64, MEMORY // (batch * groups * 8) // 64 * 64))
    marks = cp.empty((batch, panel, groups), np.uint64)
    most = each if most is None else min(most, each)
    number, integer, W = boxes.dtype.type, np.int32, work_type(boxes.dtype)
    for first in range(0, each, panel):
        rows = min(panel, groups * 64 - first)
        place = [integer(value) for value in (each, groups, first, panel)]
        MARK(
            (groups * batch, rows // 64), (64,),
            (boxes, boxes if ids is None else ids, counts, dropped, kept, marks, *place, number(np.float32(threshold)),
             number(extra), integer(ids is not None), integer(equal), integer(most)),
            W=W,
        )  # fmt: skip
        WALK((batch,), (THREADS,), (marks, counts, dropped, kept, ranks, *place, integer(most)))
    return ranks, kept
