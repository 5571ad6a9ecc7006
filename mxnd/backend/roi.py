"""Regions of interest: which elements of the data make up each bin."""

from __future__ import annotations

from typing import Any

import numpy as np


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
    image = rois[:, 0].astype(np.int64)
    x1, y1, x2, y2 = round_half_up(rois[:, 1:].astype(np.float32) * np.float32(scale)).T
    top, bottom = bin_ends(y1, np.maximum(y2 - y1 + 1, 1), pooled[0], height)
    left, right = bin_ends(x1, np.maximum(x2 - x1 + 1, 1), pooled[1], width)
    known = ((image >= 0) & (image < count))[:, None, None]
    base = (image.clip(0, count - 1) * channels * height * width)[:, None, None]
    flat = data.reshape(-1)
    offsets = np.arange(channels)[:, None, None] * (height * width)
    places = np.full((len(rois), channels, *pooled), -1, np.int64)
    best = np.full(places.shape, -np.inf, data.dtype)
    for dy in range((bottom - top).max(initial=0)):
        for dx in range((right - left).max(initial=0)):
            y, x = (top + dy)[:, :, None], (left + dx)[:, None, :]
            there = (known & (y < bottom[:, :, None]) & (x < right[:, None, :]))[:, None]
            pixel = (base + y.clip(0, height - 1) * width + x.clip(0, width - 1))[:, None] + offsets
            value = flat[pixel]
            better = there & ((value > best) | (places < 0))
            np.copyto(best, value, where=better)
            np.copyto(places, pixel, where=better)
    return places
