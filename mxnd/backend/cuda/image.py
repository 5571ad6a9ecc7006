"""Images on the device: resizing as OpenCV does it, and colours. Images have shape (..., height, width, channels)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..device import cp
from ..image import AREA, COMPONENTS, FIXED, LUMA, NEAREST, taps
from .kernels import WIDE, elementwise
from .launch import TIMES

FETCH = "raw T x, raw int64 rows, raw int64 columns, raw {0} row_weights, raw {0} column_weights, "
FETCH += "int64 row_taps, int64 column_taps, int64 old_height, int64 old_width, "
FETCH += "int64 height, int64 width, int64 channels"

PLACE = """
    long long channel = i % channels, column = i / channels % width, row = i / channels / width % height;
    long long image = i / channels / width / height * old_height;
    long long first_row = row * row_taps, first_column = column * column_taps;
"""

BLEND = elementwise(
    FETCH.format("W") + ", int32 rounding, float64 low, float64 high",
    "U y",
    PLACE
    + """
    W sum = 0;
    for (long long k = 0; k < row_taps; ++k) {
        long long line = (image + rows[first_row + k]) * old_width;
        W across = 0;
        for (long long j = 0; j < column_taps; ++j) {
            long long at = (line + columns[first_column + j]) * channels + channel;
            across += mxnd_times((W)x[at], column_weights[first_column + j]);
        }
        sum += mxnd_times(across, row_weights[first_row + k]);
    }
    if (rounding) {
        sum = rounding == 2 ? floor(sum + (W)0.5) : rint(sum);
        y = sum <= (W)low ? (U)low : sum >= (W)high ? (U)high : (U)sum;
    } else {
        y = (U)sum;
    }
    """,
    "resize",
    TIMES,
)
"""Weighted sums of pixels, rounded as on the CPU. ``rounding``: 0 none, 1 to the nearest whole number, 2 halves up."""

BLEND_FIXED = elementwise(
    FETCH.format("int32"),
    "uint8 y",
    PLACE
    + """
    long long sum = 0;
    for (long long k = 0; k < row_taps; ++k) {
        long long line = (image + rows[first_row + k]) * old_width;
        int across = 0;
        for (long long j = 0; j < column_taps; ++j) {
            long long at = (line + columns[first_column + j]) * channels + channel;
            across += (int)x[at] * column_weights[first_column + j];
        }
        if (row_taps == 2) sum += ((across >> 4) * row_weights[first_row + k]) >> 16;
        else sum += (long long)across * row_weights[first_row + k];
    }
    sum = row_taps == 2 ? (sum + 2) >> 2 : (sum + (1 << 21)) >> 22;
    y = (unsigned char)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
    """,
    "resize_fixed",
)
"""The same in whole numbers, with OpenCV's own order of cutting bits."""

GREY = elementwise(
    "raw T x, int64 channels, float32 red, float32 green, float32 blue",
    "U grey",
    """
    long long first = i * channels;
    W sum = (W)x[first];
    if (channels == 3) {
        sum = mxnd_times(sum, (W)red) + mxnd_times((W)x[first + 1], (W)green);
        sum += mxnd_times((W)x[first + 2], (W)blue);
    }
    grey = (U)sum;
    """,
    "grey",
    WIDE + TIMES,
)

SCALE = elementwise(
    "T x, raw U grey, int64 per_grey, float64 factor, int32 mixes, bool whole, float64 low, float64 high",
    "T y",
    """
    W by = (W)factor, value = mxnd_times((W)x, by);
    if (mixes) value += mxnd_times((W)grey[i / per_grey], 1 - by);
    y = whole && value <= (W)low ? (T)low : whole && value >= (W)high ? (T)high : (T)value;
    """,
    "scale_colors",
    WIDE + TIMES,
)
"""Each number times a factor, and with ``mixes`` the rest of 1 times a grey."""

HUE = elementwise(
    "raw T x, float32 turn, float32 low_end, float32 high_end, bool whole",
    "raw T y",
    """
    float red = (float)x[3 * (long long)i] * (1 / 255.0f), green = (float)x[3 * (long long)i + 1] * (1 / 255.0f);
    float blue = (float)x[3 * (long long)i + 2] * (1 / 255.0f);
    float high = red > green ? red : green, low = red < green ? red : green;
    high = high > blue ? high : blue, low = low < blue ? low : blue;
    float spread = high - low, light = (high + low) * 0.5f, saturation = 0, hue = 0;
    if (spread > 1.1920929e-07f) {
        saturation = spread / (light < 0.5f ? high + low : 2 - high - low);
        float step = 60 / spread;
        if (high == red) hue = (green - blue) * step;
        else if (high == green) hue = (blue - red) * step + 120;
        else if (high == blue) hue = (red - green) * step + 240;
    }
    hue += turn;
    float top = light <= 0.5f ? light * (1 + saturation) : light + saturation - light * saturation;
    float bottom = 2 * light - top, sixth = fmod(hue * (1 / 60.0f), 6.0f);
    if (sixth < 0) sixth += 6;
    int sector = (int)sixth < 5 ? (int)sixth : 5;
    float part = sixth - sector, rise = bottom + (top - bottom) * part, fall = bottom + (top - bottom) * (1 - part);
    float colors[3];
    colors[0] = sector == 0 || sector == 5 ? top : sector == 1 ? fall : sector == 4 ? rise : bottom;
    colors[1] = sector == 1 || sector == 2 ? top : sector == 0 ? rise : sector == 3 ? fall : bottom;
    colors[2] = sector == 3 || sector == 4 ? top : sector == 2 ? rise : sector == 5 ? fall : bottom;
    for (int k = 0; k < 3; ++k) {
        float value = (saturation == 0 ? light : colors[k]) * 255.0f;
        if (whole) value = value <= low_end ? low_end : value >= high_end ? high_end : value;
        y[3 * (long long)i + k] = (T)value;
    }
    """,
    "turn_hue",
)

LIGHT = elementwise(
    "T x, float32 red, float32 green, float32 blue, bool whole, float64 low, float64 high",
    "T y",
    """
    float value = (float)x + (i % 3 == 0 ? red : i % 3 == 1 ? green : blue);
    y = whole && value <= (float)low ? (T)low : whole && value >= (float)high ? (T)high : (T)value;
    """,
    "add_light",
)


def _ends(dtype: Any) -> tuple[bool, float, float]:
    """Whether a dtype holds whole numbers, and the least and the greatest of them."""
    if dtype.kind == "f":
        return False, 0.0, 0.0
    ends = np.iinfo(dtype)
    return True, float(ends.min), float(ends.max)


def _work(dtype: Any) -> Any:
    """What the numbers of a dtype are computed in."""
    return np.float64 if dtype == np.float64 else np.float32


def resize(x: Any, height: int, width: int, interp: int) -> Any:
    """Images in another size. interp: nearest, bilinear, bicubic, area or Lanczos, numbered from 0 as in OpenCV."""
    *images, old_height, old_width, channels = x.shape
    if not old_height or not old_width:
        raise IndexError(f"no pixels to resize in an array of shape {x.shape}")
    shrinks = height <= old_height and width <= old_width
    rows, row_weights = taps(old_height, height, interp, shrinks, False)
    columns, column_weights = taps(old_width, width, interp, shrinks, True)
    if interp == NEAREST:
        across = cp.take(x, cp.asarray(columns[:, 0]), x.ndim - 2)
        return cp.take(across, cp.asarray(rows[:, 0]), x.ndim - 3)
    fixed = x.dtype == np.uint8 and not (interp == AREA and shrinks)
    real = _work(x.dtype)
    out = cp.empty((*images, height, width, channels), real if x.dtype.kind == "f" else x.dtype)
    if not out.size:
        return out
    sizes = (rows.shape[1], columns.shape[1], old_height, old_width, height, width, channels)
    x, places = cp.ascontiguousarray(x), (cp.asarray(rows), cp.asarray(columns))
    if fixed:
        weights = (cp.asarray(np.rint(w * FIXED).astype(np.int32)) for w in (row_weights, column_weights))
        BLEND_FIXED(x, *places, *weights, *sizes, out)
        return out
    whole, low, high = _ends(x.dtype)
    halves = (old_height, old_width) == (2 * height, 2 * width)  # OpenCV then rounds halves up, else to even
    weights = (cp.asarray(w.astype(real)) for w in (row_weights, column_weights))
    BLEND(x, *places, *weights, *sizes, 0 if not whole else 2 if halves else 1, low, high, out)
    return out


def scale_colors(x: Any, factor: float, how: str) -> Any:
    """Brightness, contrast or saturation times a factor: away from black, the mean grey, the grey of each pixel."""
    work, channels = _work(x.dtype), x.shape[-1]
    if how == "saturation" and channels == 1:
        return x
    grey, per_grey = x, 1
    if how != "brightness":
        grey, per_grey = cp.empty(x.shape[:-1], work), channels
        GREY(cp.ascontiguousarray(x), channels, *map(float, LUMA), grey)
    if how == "contrast":
        grey, per_grey = grey.mean(dtype=np.float64).reshape(1), x.size
    out = cp.empty(x.shape, x.dtype)
    SCALE(x, grey, per_grey, float(work(factor)), how != "brightness", *_ends(x.dtype), out)
    return out


def turn_hue(x: Any, turn: float) -> Any:
    """RGB images of 0 to 255 with their hue turned; 1 is once around."""
    out = cp.empty(x.shape, x.dtype)
    whole, low, high = _ends(x.dtype)
    HUE(cp.ascontiguousarray(x), turn * 360, low, high, whole, out, size=out.size // 3)
    return out


def add_light(x: Any, alpha: Any) -> Any:
    """RGB images lit along the principal components of ImageNet's colours (Krizhevsky et al., 2012).

    alpha: Three numbers on the host.
    """
    out = cp.empty(x.shape, x.dtype)
    LIGHT(x, *map(float, COMPONENTS @ np.asarray(alpha, np.float32)), *_ends(x.dtype), out)
    return out
