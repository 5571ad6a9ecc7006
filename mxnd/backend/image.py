"""Images: resizing as OpenCV does it, and colours. Images have shape (..., height, width, channels)."""

from __future__ import annotations

from typing import Any

import numpy as np

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
NEAREST, LINEAR, CUBIC, AREA, LANCZOS = range(5)
FIXED = 2048  # what weights are multiplied by for uint8 images
SECTORS = np.array([[0, 3, 1], [2, 0, 1], [1, 0, 3], [1, 2, 0], [3, 1, 0], [0, 1, 2]])  # of red, green, blue


def _lanczos(distance: Any) -> Any:
    return np.sinc(distance) * np.sinc(distance / 4)


def _cubic(distance: Any) -> Any:
    near, far = np.abs(distance), np.abs(distance)
    inner = ((1.25 * near - 2.25) * near) * near + 1
    return np.where(near <= 1, inner, ((-0.75 * far + 3.75) * far - 6) * far + 3)


def _area(old: int, new: int) -> tuple[Any, Any]:
    """Old pixels below each new one, by how much of them lies below it."""
    scale = old / new
    low = np.arange(new)[:, None] * scale
    places = np.floor(low + 1e-9).astype(np.int64) + np.arange(int(np.ceil(scale)) + 1)
    shares = np.minimum(places + 1, low + scale) - np.maximum(places, low)
    weights = np.where(shares > 1e-3, shares, 0)
    return places.clip(0, old - 1), weights / weights.sum(1, keepdims=True)


def taps(old: int, new: int, interp: int, shrinks: bool, clamped: bool) -> tuple[Any, Any]:
    """The old pixels that make up each new one along an axis, and their weights, both of shape (new, taps).

    shrinks: Whether neither axis grows; only then does ``AREA`` mean areas.
    clamped: Whether a pixel at the edge counts once instead of twice; it matters for what uint8 cuts off.
    """
    scale = old / new
    index = np.arange(new)
    if interp == NEAREST:
        return np.floor(index * scale).astype(np.int64).clip(0, old - 1)[:, None], np.ones((new, 1))
    if interp == AREA and shrinks:
        return _area(old, new)
    if interp == AREA:
        first = np.floor(index * scale).astype(np.int64)
        part = index + 1 - (first + 1) / scale
        part = np.where(part <= 0, 0, part - np.floor(part))
    else:
        at = ((index + 0.5) * scale - 0.5).astype(np.float32)
        first = np.floor(at).astype(np.int64)
        part = at - first.astype(np.float32)
    count = {CUBIC: 4, LANCZOS: 8}.get(interp, 2)
    near = np.arange(count) - (count // 2 - 1)
    distance = part[:, None] - near
    if count == 2:
        part = np.where((first < 0) | (first >= old - 1), 0, part) if clamped else part
        weights = np.stack([1 - part, part], 1)
        first = first.clip(0, old - 1) if clamped else first
    else:
        weights = _cubic(distance) if count == 4 else _lanczos(distance)
        weights = weights / weights.sum(1, keepdims=True) if count == 8 else weights
    return (first[:, None] + near).clip(0, old - 1), weights


def _along(x: Any, places: Any, weights: Any, axis: int, shift: int = 0) -> Any:
    """Sums of pixels along an axis; ``shift`` cuts off bits of each product."""
    column = (slice(None),) + (None,) * (x.ndim - 1 - axis)
    parts = ((np.take(x, places[:, k], axis) * weights[:, k][column]) >> shift if shift else
             np.take(x, places[:, k], axis) * weights[:, k][column] for k in range(places.shape[1]))  # fmt: skip
    return sum(parts)


def resize(x: Any, height: int, width: int, interp: int) -> Any:
    """Images in another size. interp: nearest, bilinear, bicubic, area or Lanczos, numbered from 0 as in OpenCV."""
    old_height, old_width = x.shape[-3:-1]
    shrinks = height <= old_height and width <= old_width
    rows, row_weights = taps(old_height, height, interp, shrinks, False)
    columns, column_weights = taps(old_width, width, interp, shrinks, True)
    tall, wide = x.ndim - 3, x.ndim - 2
    if interp == NEAREST:
        return np.take(np.take(x, columns[:, 0], wide), rows[:, 0], tall)
    if x.dtype != np.uint8 or (interp == AREA and shrinks):
        real = np.float64 if x.dtype == np.float64 else np.float32
        across = _along(x.astype(real, copy=False), columns, column_weights.astype(real), wide)
        out = _along(across, rows, row_weights.astype(real), tall)
        if x.dtype.kind == "f":
            return out
        halves = (old_height, old_width) == (2 * height, 2 * width)  # OpenCV then rounds halves up, else to even
        return _whole(np.floor(out + 0.5) if halves else np.rint(out), x.dtype)
    across = _along(x.astype(np.int32), columns, np.rint(column_weights * FIXED).astype(np.int32), wide)
    down = np.rint(row_weights * FIXED).astype(np.int32)
    if rows.shape[1] == 2:  # OpenCV's own order of cutting bits
        out = (_along(across >> 4, rows, down, tall, shift=16) + 2) >> 2
    else:
        out = (_along(across.astype(np.int64), rows, down, tall) + (1 << 21)) >> 22
    return out.clip(0, 255).astype(np.uint8)


def _whole(x: Any, dtype: Any) -> Any:
    """Numbers cut to a dtype; those beyond a whole one's ends become the ends."""
    if dtype.kind == "f":
        return x.astype(dtype, copy=False)
    ends = np.iinfo(dtype)
    return np.minimum(np.maximum(x, ends.min), ends.max).astype(dtype)


def scale_colors(x: Any, factor: float, how: str) -> Any:
    """Brightness, contrast or saturation times a factor: away from black, the mean grey, the grey of each pixel."""
    wide = x.astype(np.promote_types(x.dtype, np.float32) if x.dtype.kind == "f" else np.float32)
    factor = wide.dtype.type(factor)
    if how == "brightness":
        return _whole(wide * factor, x.dtype)
    if x.shape[-1] == 1:
        grey = wide
    else:
        grey = (wide * LUMA).sum(-1, keepdims=True)
    if how == "saturation":
        return x if x.shape[-1] == 1 else _whole(wide * factor + grey * (1 - factor), x.dtype)
    return _whole(wide * factor + (1 - factor) * grey.mean(dtype=np.float64).astype(wide.dtype), x.dtype)


def turn_hue(x: Any, turn: float) -> Any:
    """RGB images of 0 to 255 with their hue turned; 1 is once around."""
    red, green, blue = np.moveaxis(x.astype(np.float32) * np.float32(1 / 255), -1, 0)
    high, low = np.maximum(np.maximum(red, green), blue), np.minimum(np.minimum(red, green), blue)
    spread = high - low
    light = (high + low) * np.float32(0.5)
    strong = spread > np.finfo(np.float32).eps
    saturation = np.where(strong, spread / np.where(light < 0.5, high + low, 2 - high - low), 0)
    step = 60 / spread
    hue = np.where(high == red, (green - blue) * step, 0)
    hue = np.where((high == green) & (high != red), (blue - red) * step + 120, hue)
    hue = np.where((high == blue) & (high != red) & (high != green), (red - green) * step + 240, hue)
    hue = np.where(strong, np.where(hue < 0, hue + 360, hue), 0) + np.float32(turn * 360)
    top = np.where(light <= 0.5, light * (1 + saturation), light + saturation - light * saturation)
    bottom = 2 * light - top
    sixth = np.mod(hue * np.float32(1 / 60), np.float32(6))
    sector = np.minimum(sixth.astype(np.int64), 5)
    part = sixth - sector.astype(np.float32)
    levels = np.stack([top, bottom, bottom + (top - bottom) * (1 - part), bottom + (top - bottom) * part], -1)
    colors = np.take_along_axis(levels, SECTORS[sector], -1) * np.float32(255)
    grey = (saturation == 0)[..., None]
    return _whole(np.where(grey, light[..., None] * np.float32(255), colors), x.dtype)


def add_light(x: Any, alpha: Any) -> Any:
    """RGB images lit along the principal components of ImageNet's colours (Krizhevsky et al., 2012)."""
    return _whole(x.astype(np.float32) + COMPONENTS @ np.asarray(alpha, np.float32), x.dtype)


# Standard deviations times directions, of red, green and blue.
COMPONENTS = np.array(
    [
        [55.46 * -0.5675, 4.794 * 0.7192, 1.148 * 0.4009],
        [55.46 * -0.5808, 4.794 * -0.0045, 1.148 * -0.8140],
        [55.46 * -0.5836, 4.794 * -0.6948, 1.148 * 0.4203],
    ],
    np.float32,
)
