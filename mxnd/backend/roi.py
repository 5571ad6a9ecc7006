"""Regions of interest: which elements of the data make up each bin."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.errors import ArgumentError

AT_ONCE = 1 << 16  # elements handled at once: they stay in the cache


def round_half_up(x: Any) -> Any:
    """C's ``round`` of numbers, as int64: halves go away from zero."""
    return np.trunc(x + np.copysign(0.5, x)).astype(np.int64)


def bin_ends(start: Any, size: Any, bins: int, limit: int) -> tuple[Any, Any]:
    """Where the bins of regions begin and end along an axis of ``limit`` pixels: two arrays of shape (regions, bins).

    A bin begins at the pixel in which its beginning falls, and ends with the pixel in which its end falls.
    """
    step = (size.astype(np.float32) / np.float32(bins))[:, None]
    number = np.arange(bins, dtype=np.float32)
    low = np.floor(number * step).astype(np.int64) + start[:, None]
    high = np.ceil((number + 1) * step).astype(np.int64) + start[:, None]
    return low.clip(0, limit), high.clip(0, limit)


def roi_maxima(data: Any, rois: Any, pooled: tuple[int, int], scale: float) -> Any:
    """Where the largest element of each bin lies in the flat data; -1 for an empty bin.

    data: (instances, channels, height, width). rois: (regions, 5), each the number of its instance and its corners
    x1, y1, x2, y2, inclusive, in pixels of the image ``1 / scale`` times as large.

    Returns int64 of shape (regions, channels, *pooled).
    """
    count, channels, height, width = data.shape
    image, there = known_images(rois, count)
    x1, y1, x2, y2 = round_half_up(rois[:, 1:].astype(np.float32) * np.float32(scale)).T
    top, bottom = bin_ends(y1, np.maximum(y2 - y1 + 1, 1), pooled[0], height)
    left, right = bin_ends(x1, np.maximum(x2 - x1 + 1, 1), pooled[1], width)
    rows = data.transpose(0, 2, 3, 1).reshape(-1, channels)
    shift = np.arange(channels) * (height * width)
    places = np.full((len(rois), *pooled, channels), -1, np.int64)
    step = max(1, AT_ONCE // (pooled[0] * pooled[1] * channels))
    for start in range(0, len(rois) if data.size else 0, step):
        some = slice(start, start + step)
        first = image[some, None, None] * (height * width)
        bins = (top[some, :, None], bottom[some, :, None], left[some, None], right[some, None])
        pixel = _largest(rows, first, bins, width)
        filled = there[some, None, None] & (bins[0] < bins[1]) & (bins[2] < bins[3])
        # In rows an image begins at its number times its pixels, in the data at its number times all its elements.
        found = pixel + (first * (channels - 1))[..., None] + shift
        np.copyto(places[some], found, where=filled[..., None])
    return places.transpose(0, 3, 1, 2)


def _largest(rows: Any, first: Any, bins: tuple[Any, Any, Any, Any], width: int) -> Any:
    """Which row holds the largest element of each column within the bins; of a bin that is not empty.

    first: The first row of each image. bins: Where they begin and end, down and across.
    """
    top, bottom, left, right = bins
    corner = (first + top * width + left).clip(0, len(rows) - 1)
    best = rows[corner]
    steps = np.zeros(best.shape, np.int32)
    for dy in range((bottom - top).max(initial=0)):
        for dx in range((right - left).max(initial=0)):
            inside = (top + dy < bottom) & (left + dx < right)
            value = rows[(corner + (dy * width + dx)).clip(0, len(rows) - 1)]
            better = value > best
            better &= inside[..., None]
            np.copyto(best, value, where=better)
            np.copyto(steps, dy * width + dx, where=better)
    return corner[..., None] + steps


def known_images(rois: Any, count: int) -> tuple[Any, Any]:
    """The image of each region (int64, within range) and whether it is there."""
    image = rois[:, 0].astype(np.int64)
    return image.clip(0, max(count - 1, 0)), (image >= 0) & (image < count)


def _bilinear(first: Any, y: Any, x: Any, share: Any, size: tuple[int, int]) -> tuple[Any, Any]:
    """Pixels and weights of samples between pixels; each counts ``share``, one more than a pixel outside nothing.

    first: The number of the first pixel of the image. All arrays broadcast to (regions, *bins, *samples of a bin).
    """
    height, width = size
    share = share * ((y >= -1) & (y <= height) & (x >= -1) & (x <= width))
    y, x = y.clip(0, height - 1), x.clip(0, width - 1)
    low_y, low_x = y.astype(np.int64), x.astype(np.int64)
    part_y, part_x = y - low_y, x - low_x
    rows = (first + low_y * width, first + np.minimum(low_y + 1, height - 1) * width)
    columns = (low_x, np.minimum(low_x + 1, width - 1))
    places, weights = [], []
    for row, weight_y in zip(rows, (1 - part_y, part_y)):
        for column, weight_x in zip(columns, (1 - part_x, part_x)):
            places.append(row + column)
            weights.append(weight_y * weight_x * share)
    return np.stack(places, -1), np.stack(weights, -1)


def _grids(sizes: Any, bins: int, ratio: int) -> Any:
    """How many samples a bin has along an axis, for each region: ``ratio``, or one per pixel."""
    return np.full(len(sizes), ratio) if ratio > 0 else np.ceil(sizes / bins).astype(np.int64)


def _samples(sizes: Any, bins: int, counts: Any) -> tuple[Any, Any]:
    """Where samples lie behind the beginning of each region, and which are there: both (regions, bins, samples)."""
    number = np.arange(max(counts.max(initial=0), 1), dtype=sizes.dtype)
    step = (sizes / sizes.dtype.type(bins))[:, None, None]
    part = (number + sizes.dtype.type(0.5)) * step / counts.clip(1)[:, None, None].astype(sizes.dtype)
    offset = np.arange(bins, dtype=sizes.dtype)[:, None] * step + part
    return offset, np.broadcast_to(number < counts[:, None, None], offset.shape)


def align_terms(
    rois: Any, count: int, size: tuple[int, int], pooled: tuple[int, int], scale: float, ratio: int, aligned: bool
) -> tuple[Any, Any]:
    """Pixels and weights that make up each bin of ``ROIAlign``: two arrays of shape (regions, *pooled, terms)."""
    rois = rois.astype(np.promote_types(rois.dtype, np.float32))
    image, known = known_images(rois, count)
    corners = rois[:, 1:] * rois.dtype.type(scale) - rois.dtype.type(0.5 if aligned else 0)
    sides = corners[:, 2:] - corners[:, :2]
    if aligned and (sides <= 0).any():
        raise ArgumentError("with aligned=True a region must end behind its beginning: x2 above x1, y2 above y1")
    sides = sides if aligned else sides.clip(1)
    grids = [_grids(sides[:, axis], pooled[1 - axis], ratio) for axis in (0, 1)]
    (x, there_x), (y, there_y) = (_samples(sides[:, axis], pooled[1 - axis], grids[axis]) for axis in (0, 1))
    y, x = y + corners[:, 1, None, None], x + corners[:, 0, None, None]
    share = known / np.maximum(grids[0] * grids[1], 1).astype(rois.dtype)
    share = share[:, None, None, None, None] * (there_y[:, :, None, :, None] & there_x[:, None, :, None, :])
    first = (image * size[0] * size[1])[:, None, None, None, None]
    y, x = np.broadcast_arrays(y[:, :, None, :, None], x[:, None, :, None, :])
    places, weights = _bilinear(first, y, x, share, size)
    shape = (len(rois), *pooled, -1)
    return places.reshape(shape), weights.reshape(shape).astype(rois.dtype, copy=False)


def rotated_terms(
    rois: Any, count: int, size: tuple[int, int], pooled: tuple[int, int], scale: float, ratio: int
) -> tuple[Any, Any]:
    """Pixels and weights that make up each bin of ``RROIAlign``: two arrays of shape (regions, *pooled, terms)."""
    rois = rois.astype(np.promote_types(rois.dtype, np.float32))
    image, known = known_images(rois, count)
    spread = (slice(None), *(None,) * 4)
    centre_x, centre_y = (rois[:, i][spread] * rois.dtype.type(scale) for i in (1, 2))
    sides = (rois[:, 3:5] * rois.dtype.type(scale)).clip(1)
    angle = (rois[:, 5] * rois.dtype.type(np.pi / 180))[spread]
    grids = [_grids(sides[:, axis], pooled[1 - axis], ratio) for axis in (0, 1)]
    (x, there_x), (y, there_y) = (_samples(sides[:, axis], pooled[1 - axis], grids[axis]) for axis in (0, 1))
    x = (x - sides[:, 0, None, None] / 2)[:, None, :, None, :]
    y = (y - sides[:, 1, None, None] / 2)[:, :, None, :, None]
    share = (known / np.maximum(grids[0] * grids[1], 1).astype(rois.dtype))[spread]
    share = share * (there_y[:, :, None, :, None] & there_x[:, None, :, None, :])
    sine, cosine = np.sin(angle), np.cos(angle)
    at_y, at_x = y * cosine - x * sine + centre_y, x * cosine + y * sine + centre_x
    places, weights = _bilinear((image * size[0] * size[1])[spread], at_y, at_x, share, size)
    shape = (len(rois), *pooled, -1)
    return places.reshape(shape), weights.reshape(shape).astype(rois.dtype, copy=False)


def average_terms(rois: Any, count: int, size: tuple[int, int], bins: int, scale: float) -> tuple[Any, Any]:
    """Pixels and weights that make up each bin of ``PSROIPooling``: two of shape (regions, bins, bins, terms)."""
    rois = rois.astype(np.promote_types(rois.dtype, np.float32))
    image, known = known_images(rois, count)
    begin = round_half_up(rois[:, 1:3]).astype(rois.dtype) * rois.dtype.type(scale)
    end = (round_half_up(rois[:, 3:5]) + 1).astype(rois.dtype) * rois.dtype.type(scale)
    step = ((end - begin).clip(0.1) / rois.dtype.type(bins))[:, :, None]
    number = np.arange(bins, dtype=rois.dtype)
    limit = np.array(size[::-1])[:, None]
    low = np.floor(number * step + begin[:, :, None]).astype(np.int64).clip(0, limit)
    high = np.ceil((number + 1) * step + begin[:, :, None]).astype(np.int64).clip(0, limit)
    offset = np.arange(max((high - low).max(initial=0), 1))
    pixel = low[..., None] + offset
    there = pixel < high[..., None]
    pixel = pixel.clip(0, limit[..., None] - 1)
    rows = (image[:, None, None] * size[0] + pixel[:, 1]) * size[1]
    places = rows[:, :, None, :, None] + pixel[:, 0][:, None, :, None, :]
    inside = there[:, 1][:, :, None, :, None] & there[:, 0][:, None, :, None, :] & known[:, None, None, None, None]
    area = inside.sum((3, 4), keepdims=True).clip(1).astype(rois.dtype)
    shape = (len(rois), bins, bins, -1)
    return places.reshape(shape), (inside / area).reshape(shape)
