"""Regions of interest on the GPU: which elements of the data make up each bin.

Where bins and samples lie is rounded as on the CPU, step by step: ``TIMES`` keeps a product from being fused with the
sum after it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.errors import ArgumentError
from ..device import cp
from .kernels import c_type, work_type
from .launch import TIMES, each, run
from .special import FUNCTIONS

ROUNDING = (
    TIMES
    + FUNCTIONS["mxnd_integer"]
    + """
// C's rounding of halves away from zero, as the CPU words do it.
template <class X> __device__ inline long long mxnd_whole(X x) {
    return mxnd_integer<long long>(x + (x < 0 ? (X)-0.5 : (X)0.5));
}
template <class X> __device__ inline X mxnd_within(X x, X low, X high) {
    return x > high ? high : x >= low ? x : low;  // low for NaN: nothing may lead out of the data
}
"""
)

_maxima = each(
    "roi_maxima",
    "const T* data, const R* rois, long long* places, long long images, long long channels, long long height,"
    "long long width, long long bins_y, long long bins_x, float scale",
    """
    long long rest = i;
    const long long across = rest % bins_x;
    rest /= bins_x;
    const long long down = rest % bins_y;
    rest /= bins_y;
    const long long channel = rest % channels;
    const R* roi = rois + rest / channels * 5;
    const long long image = mxnd_integer<long long>((float)roi[0]);
    places[i] = -1;
    if (image < 0 || image >= images) return;
    long long begin[2], end[2];
    for (int axis = 0; axis < 2; ++axis) {
        const long long start = mxnd_whole(mxnd_times((float)roi[1 + axis], scale));
        const long long stop = mxnd_whole(mxnd_times((float)roi[3 + axis], scale));
        const long long size = stop - start + 1 > 1 ? stop - start + 1 : 1;
        const float step = (float)size / (float)(axis ? bins_y : bins_x), number = (float)(axis ? down : across);
        const long long limit = axis ? height : width;
        begin[axis] = mxnd_within(mxnd_integer<long long>(floor(mxnd_times(number, step))) + start, 0ll, limit);
        end[axis] = mxnd_within(mxnd_integer<long long>(ceil(mxnd_times(number + 1.0f, step))) + start, 0ll, limit);
    }
    if (begin[0] >= end[0] || begin[1] >= end[1]) return;
    const long long plane = (image * channels + channel) * height * width;
    long long at = plane + begin[1] * width + begin[0];
    W best = (W)data[at];
    for (long long y = begin[1]; y < end[1]; ++y)
        for (long long x = begin[0]; x < end[0]; ++x) {
            const long long spot = plane + y * width + x;
            const W value = (W)data[spot];
            if (value > best) { best = value; at = spot; }
        }
    places[i] = at;
    """,
    ROUNDING,
)

# The pixels around a sample at (y, x) of an image, whose first pixel is ``first``, and what they weigh.
BILINEAR = """
template <class R> __device__ inline void mxnd_bilinear(
    long long first, R y, R x, R share, long long height, long long width, long long* places, R* weights)
{
    if (!(y >= -1 && y <= height && x >= -1 && x <= width)) share = 0;
    y = mxnd_within(y, (R)0, (R)(height - 1));
    x = mxnd_within(x, (R)0, (R)(width - 1));
    const long long row = (long long)y, column = (long long)x;
    const R part_y = y - row, part_x = x - column;
    const long long below = row + 1 < height ? row + 1 : height - 1;
    const long long right = column + 1 < width ? column + 1 : width - 1;
    for (int corner = 0; corner < 4; ++corner) {
        const R weight_y = corner / 2 ? part_y : 1 - part_y, weight_x = corner % 2 ? part_x : 1 - part_x;
        places[corner] = first + (corner / 2 ? below : row) * width + (corner % 2 ? right : column);
        weights[corner] = mxnd_times(mxnd_times(weight_y, weight_x), share);
    }
}
"""
# Along the two axes of a region, x first: where it begins, how long it is, and into how many samples a bin is cut.
_sides = each(
    "roi_sides",
    "const R* rois, R* sides, long long* most, R scale, R before, int rotated, int aligned, long long bins_x,"
    "long long bins_y, long long ratio",
    """
    const R* roi = rois + i * (rotated ? 6 : 5);
    for (int axis = 0; axis < 2; ++axis) {
        const R begin = mxnd_times(roi[1 + axis], scale) - before;
        R side = mxnd_times(roi[3 + axis], scale);
        if (!rotated) side = side - before - begin;
        if (aligned && side <= 0) most[0] = 1;
        if (!aligned && side < 1) side = 1;
        const long long grid = ratio > 0 ? ratio : mxnd_integer<long long>(ceil(side / (R)(axis ? bins_y : bins_x)));
        if (ratio <= 0) atomicMax(most + 1 + axis, grid);
        R* found = sides + (i * 2 + axis) * 3;
        found[0] = begin;
        found[1] = side;
        found[2] = (R)grid;
    }
    """,
    ROUNDING,
)
_samples = each(
    "roi_samples",
    "const R* rois, const R* sides, long long* places, R* weights, int rotated, long long images, long long height,"
    "long long width, long long bins_y, long long bins_x, long long most_y, long long most_x",
    """
    long long rest = i;
    const long long bins[2] = {bins_x, bins_y};
    long long sample[2], bin[2];
    sample[0] = rest % most_x;
    rest /= most_x;
    sample[1] = rest % most_y;
    rest /= most_y;
    bin[0] = rest % bins_x;
    rest /= bins_x;
    bin[1] = rest % bins_y;
    rest /= bins_y;
    const R* roi = rois + rest * (rotated ? 6 : 5);
    const R* side = sides + rest * 6;
    const long long image = mxnd_integer<long long>(roi[0]);
    R at[2], share = image >= 0 && image < images ? 1 : 0, area = 1;
    for (int axis = 0; axis < 2; ++axis, side += 3) {
        const R step = side[1] / (R)bins[axis], grid = side[2];
        const R within = mxnd_times((R)sample[axis] + (R)0.5, step) / (grid < 1 ? 1 : grid);
        at[axis] = mxnd_times((R)bin[axis], step) + within;
        at[axis] = rotated ? at[axis] - side[1] / 2 : at[axis] + side[0];
        area = mxnd_times(area, grid);
        if (!((R)sample[axis] < grid)) share = 0;
    }
    share = share / (area < 1 ? 1 : area);
    if (rotated) {
        const R angle = mxnd_times(roi[5], (R)(3.14159265358979323846 / 180));
        const R sine = sin(angle), cosine = cos(angle), x = at[0], y = at[1];
        at[0] = mxnd_times(x, cosine) + mxnd_times(y, sine) + (side - 6)[0];
        at[1] = mxnd_times(y, cosine) - mxnd_times(x, sine) + (side - 3)[0];
    }
    const long long first = (image < images ? image > 0 ? image : 0 : images > 0 ? images - 1 : 0) * height * width;
    mxnd_bilinear(first, at[1], at[0], share, height, width, places + i * 4, weights + i * 4);
    """,
    ROUNDING + BILINEAR,
)
# Where the bins of PSROIPooling begin and end: for each region, axis (x first) and bin; and how long they are at most.
_spans = each(
    "roi_spans",
    "const R* rois, long long* spans, long long* most, R scale, long long bins, long long height, long long width",
    """
    const long long axis = i / bins % 2, number = i % bins, limit = axis ? height : width;
    const R* roi = rois + i / (2 * bins) * 5 + 1 + axis;
    const R begin = mxnd_times((R)mxnd_whole(roi[0]), scale), end = mxnd_times((R)(mxnd_whole(roi[2]) + 1), scale);
    const R size = end - begin, step = (size < (R)0.1 ? (R)0.1 : size) / (R)bins;
    const R low = mxnd_times((R)number, step) + begin, high = mxnd_times((R)(number + 1), step) + begin;
    spans[2 * i] = mxnd_within(mxnd_integer<long long>(floor(low)), 0ll, limit);
    spans[2 * i + 1] = mxnd_within(mxnd_integer<long long>(ceil(high)), 0ll, limit);
    atomicMax(most, spans[2 * i + 1] - spans[2 * i]);
    """,
    ROUNDING,
)
_averages = each(
    "roi_averages",
    "const R* rois, const long long* spans, long long* places, R* weights, long long images, long long height,"
    "long long width, long long bins, long long most",
    """
    long long rest = i;
    const long long dx = rest % most;
    rest /= most;
    const long long dy = rest % most;
    rest /= most;
    const long long across = rest % bins;
    rest /= bins;
    const long long down = rest % bins, region = rest / bins, image = mxnd_integer<long long>(rois[region * 5]);
    const long long* x = spans + (region * 2 * bins + across) * 2;
    const long long* y = spans + (region * 2 * bins + bins + down) * 2;
    const long long wide = x[1] - x[0], high = y[1] - y[0], area = wide > 0 && high > 0 ? wide * high : 1;
    const bool inside = x[0] + dx < x[1] && y[0] + dy < y[1] && image >= 0 && image < images;
    const long long known = image < images ? image > 0 ? image : 0 : images > 0 ? images - 1 : 0;
    const long long row = mxnd_within(y[0] + dy, 0ll, height - 1), column = mxnd_within(x[0] + dx, 0ll, width - 1);
    places[i] = (known * height + row) * width + column;
    weights[i] = inside ? (R)1 / (R)area : (R)0;
    """,
    ROUNDING,
)


def roi_maxima(data: Any, rois: Any, pooled: tuple[int, int], scale: float) -> Any:
    """Where the largest element of each bin lies in the flat data; -1 for an empty bin.

    data: (instances, channels, height, width). rois: (regions, 5), each the number of its instance and its corners
    x1, y1, x2, y2, inclusive, in pixels of the image ``1 / scale`` times as large.

    Returns int64 of shape (regions, channels, *pooled).
    """
    data, rois = cp.ascontiguousarray(data), cp.ascontiguousarray(rois)
    places = cp.empty((len(rois), data.shape[1], *pooled), np.int64)
    if not data.size:
        places.fill(-1)
        return places
    types = {"T": c_type(data.dtype), "W": work_type(data.dtype), "R": c_type(rois.dtype)}
    run(_maxima, places.size, data, rois, places, *data.shape, *map(int, pooled), np.float32(scale), **types)
    return places


def _real(rois: Any) -> tuple[Any, Any, str]:
    """Regions as floats of at least 32 bits, in C order; what makes a number such a float; and its C type."""
    rois = cp.ascontiguousarray(rois.astype(np.promote_types(rois.dtype, np.float32), copy=False))
    return rois, rois.dtype.type, c_type(rois.dtype)


def align_terms(
    rois: Any, count: int, size: tuple[int, int], pooled: tuple[int, int], scale: float, ratio: int, aligned: bool
) -> tuple[Any, Any]:
    """Pixels and weights that make up each bin of ``ROIAlign``: two arrays of shape (regions, *pooled, terms)."""
    return _terms(rois, count, size, pooled, scale, ratio, aligned, False)


def rotated_terms(
    rois: Any, count: int, size: tuple[int, int], pooled: tuple[int, int], scale: float, ratio: int
) -> tuple[Any, Any]:
    """Pixels and weights that make up each bin of ``RROIAlign``: two arrays of shape (regions, *pooled, terms)."""
    return _terms(rois, count, size, pooled, scale, ratio, False, True)


def _terms(
    rois: Any, count: int, size: Any, pooled: Any, scale: float, ratio: int, aligned: bool, rotated: bool
) -> tuple[Any, Any]:
    rois, real, c = _real(rois)
    bins_y, bins_x = map(int, pooled)
    sides, most = cp.empty((len(rois), 2, 3), rois.dtype), cp.zeros(3, np.int64)
    flags = real(scale), real(0.5 if aligned else 0), np.int32(rotated), np.int32(aligned)
    run(_sides, len(rois), rois, sides, most, *flags, bins_x, bins_y, int(ratio), R=c)
    wrong, most_x, most_y = 0, int(ratio), int(ratio)
    if aligned or ratio <= 0:  # how many samples a bin has at most decides about shapes; so the host waits
        wrong, *grids = cp.asnumpy(most).tolist()
        if wrong:
            raise ArgumentError("with aligned=True a region must end behind its beginning: x2 above x1, y2 above y1")
        most_x, most_y = grids if ratio <= 0 else (most_x, most_y)
    most_x, most_y = max(most_x, 1), max(most_y, 1)
    shape = (len(rois), bins_y, bins_x, most_y * most_x * 4)
    places, weights = cp.empty(shape, np.int64), cp.empty(shape, rois.dtype)
    given = (np.int32(rotated), int(count), *map(int, size), bins_y, bins_x, most_y, most_x)
    run(_samples, places.size // 4, rois, sides, places, weights, *given, R=c)
    return places, weights


def average_terms(rois: Any, count: int, size: tuple[int, int], bins: int, scale: float) -> tuple[Any, Any]:
    """Pixels and weights that make up each bin of ``PSROIPooling``: two of shape (regions, bins, bins, terms)."""
    rois, real, c = _real(rois)
    height, width = map(int, size)
    spans, most = cp.empty((len(rois), 2, bins, 2), np.int64), cp.zeros(1, np.int64)
    run(_spans, spans.size // 2, rois, spans, most, real(scale), int(bins), height, width, R=c)
    side = max(int(most[0]), 1)  # how large a bin is at most decides about shapes; so the host waits
    shape = (len(rois), bins, bins, side * side)
    places, weights = cp.empty(shape, np.int64), cp.empty(shape, rois.dtype)
    run(_averages, places.size, rois, spans, places, weights, int(count), height, width, int(bins), side, R=c)
    return places, weights
