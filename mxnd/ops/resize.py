"""Images made larger or smaller, and cut out."""

from __future__ import annotations

import math
from typing import Any, Literal

from ..core.errors import ArgumentError
from ..core.op import op
from ..core.params import Array, Count, LongSize, Shape, required
from .convolution import Deconvolution
from .identity import BESIDE

Dims = tuple[int, ...]


def images(name: str, x: Any) -> None:
    """ArgumentError unless x has the axes of images."""
    if x.ndim != 4:
        raise ArgumentError(f"{name} has {x.ndim} axes; it takes 4: instances, channels, height and width")


@op(
    dtypes="float",
    samples=[
        dict(data=[(1, 2, 2, 3)], scale=2, sample_type="nearest"),
        dict(data=[(1, 1, 2, 2), (1, 2, 4, 4)], scale=4, sample_type="nearest"),
        dict(data=[(1, 2, 2, 2), (1, 2, 4, 4)], scale=4, sample_type="nearest", multi_input_mode="sum"),
        dict(data=[(1, 2, 2, 2), (2, 1, 4, 4)], scale=2, sample_type="bilinear", num_filter=2),
    ],
)
def UpSampling(
    F,
    *data: Array,
    scale: int = required,
    num_filter: int = 0,
    sample_type: Literal["bilinear", "nearest"] = required,
    multi_input_mode: Literal["concat", "sum"] = "concat",
    num_args: Count = required,
    workspace: LongSize = 512,
):
    """Images enlarged by a whole factor.

    - ``nearest``: every element becomes a square; several inputs all get the size of the enlarged first one
    - ``bilinear``: a transposed convolution of each channel with a filter of its own, the second input, of shape
      (channels, 1, k, k) with ``k = 2 * scale - scale % 2``

    data: The images, of shape (instances, channels, height, width); floating. For ``bilinear`` the images and filters.
    scale: How many times larger the first input becomes.
    num_filter: The number of channels; ``bilinear`` only.
    sample_type: How the new elements come about.
    multi_input_mode: Whether the results of several inputs stand one behind the other as channels, or are added.
    num_args: How many inputs there are; counted when left out.
    workspace: Ignored.
    """
    for i, x in enumerate(data):
        images(f"data[{i}]", x)
    if scale < 1:
        raise ArgumentError(f"scale={scale} must be at least 1")
    height, width = (scale * n for n in data[0].shape[2:])
    if sample_type == "bilinear":
        if len(data) != 2:
            raise ArgumentError(f"sample_type='bilinear' takes the images and the filters, not {len(data)} inputs")
        size, pad = 2 * scale - scale % 2, scale // 2
        return Deconvolution(
            F, *data, kernel=(size, size), stride=(scale, scale), pad=(pad, pad), num_filter=num_filter,
            num_group=num_filter,
        )  # fmt: skip
    parts = []
    for i, x in enumerate(data):
        n, c, h, w = x.shape
        if n != data[0].shape[0]:
            raise ArgumentError(f"data[{i}] has {n} instances, data[0] has {data[0].shape[0]}")
        factor = height // h
        if (h * factor, w * factor) != (height, width):
            raise ArgumentError(f"data[{i}] of size {(h, w)} does not grow to {(height, width)} by a whole factor")
        squares = F.broadcast_to(F.reshape(x, (n, c, h, 1, w, 1)), (n, c, h, factor, w, factor))
        parts.append(F.reshape(squares, (n, c, height, width)))
    if multi_input_mode == "concat":
        return F.concat(1, *parts)
    total = parts[0]
    for part in parts[1:]:
        if part.shape != total.shape:
            raise ArgumentError(
                f"shapes {total.shape} and {part.shape} differ; multi_input_mode='sum' takes equal ones"
            )
        total = total + part
    return total


@op(
    samples=[
        dict(data=[(1, 2, 4, 3)], h_w=(2, 2), offset=(1, 0)),
        dict(data=[(1, 2, 5, 4), (1, 1, 2, 3)], center_crop=True),
    ],
)
def Crop(
    F,
    *data: Array,
    num_args: Count = required,
    offset: Shape = (0, 0),
    h_w: Shape = (0, 0),
    center_crop: bool = False,
):
    """A rectangle cut out of images.

    data: The images, of shape (instances, channels, height, width); and, if wanted, a second array whose height and
      width the result gets.
    num_args: How many inputs there are; counted when left out.
    offset: Where the rectangle begins: row and column.
    h_w: Height and width of the rectangle, when there is no second input.
    center_crop: Cut from the middle, wherever ``offset`` is.
    """
    if len(data) > 2:
        raise ArgumentError(f"{len(data)} inputs came; it takes the images and at most one more")
    for i, x in enumerate(data):
        images(f"data[{i}]", x)
    if len(offset) != 2 or len(h_w) != 2:
        raise ArgumentError(f"offset={offset} and h_w={h_w} must have two numbers each")
    x, size = data[0], data[0].shape[2:]
    wanted = data[1].shape[2:] if len(data) > 1 else h_w
    begin = tuple((n - w) // 2 for n, w in zip(size, wanted)) if center_crop else offset
    if min(wanted) < 1 or any(b < 0 or b + w > n for b, w, n in zip(begin, wanted, size)):
        raise ArgumentError(f"a rectangle of {wanted} at {begin} does not lie within {size}")
    cut = F.index(x, (..., *(slice(b, b + w) for b, w in zip(begin, wanted))))
    return BESIDE(F, cut, data[1]) if len(data) > 1 else cut


def _averaged(F: Any, x: Any, axis: int, out: int) -> Any:
    """Means over ``out`` stretches of an axis: from floor(i * n / out) to ceil((i + 1) * n / out)."""
    n = x.shape[axis]
    begins = [i * n // out for i in range(out)]
    counts = [-(-(i + 1) * n // out) - b for i, b in enumerate(begins)]
    column = (-1,) + (1,) * (x.ndim - 1 - axis)
    total: Any = None
    for step in range(max(counts)):
        part = F.take(x, F.asarray([min(b + step, n - 1) for b in begins]), axis)
        if step >= min(counts):
            part = F.where(F.reshape(F.asarray([step < c for c in counts]), column), part, 0.0)
        total = part if total is None else total + part
    return total / F.reshape(F.asarray([float(c) for c in counts], x.dtype), column)


@op(
    dtypes="float",
    samples=[
        dict(data=(1, 2, 4, 6), output_size=(2, 3)),
        dict(data=(1, 1, 4, 5), output_size=(3, 2)),
        dict(data=(2, 1, 2, 3)),
    ],
)
def _contrib_AdaptiveAvgPooling2D(F, data: Array, output_size: Shape = ()):
    """Means of as many rectangles as wanted, which cover the image and may overlap by an element.

    data: The images, of shape (instances, channels, height, width); floating.
    output_size: Height and width of the result, or one number for both; 1 when left out.
    """
    images("data", data)
    if len(output_size) > 2 or any(n < 1 for n in output_size):
        raise ArgumentError(f"output_size={output_size} is not one or two positive numbers")
    size = data.shape[2:]
    out = {0: (1, 1), 1: output_size * 2, 2: output_size}[len(output_size)]
    if all(n % o == 0 for n, o in zip(size, out)):
        step = tuple(n // o for n, o in zip(size, out))
        return F.pool_sum(data, (step, step, (0, 0), out)) / math.prod(step)
    x = F.cast(data, "float32") if data.dtype == "float16" else data
    return _averaged(F, _averaged(F, x, 2, out[0]), 3, out[1])


def _interpolated(F: Any, x: Any, axis: int, out: int, align: bool) -> Any:
    """An axis resampled to ``out`` places between its elements."""
    n = x.shape[axis]
    if out == n:
        return x
    step = 0.0 if out == 1 else (n - 1) / (out - 1) if align else n / out
    places = [min(i * step if align else max(0.0, (i + 0.5) * step - 0.5), n - 1.0) for i in range(out)]
    low = [int(p) for p in places]
    weight = F.reshape(F.asarray([p - b for p, b in zip(places, low)], x.dtype), (-1,) + (1,) * (x.ndim - 1 - axis))
    high = F.asarray([min(b + 1, n - 1) for b in low])
    return F.take(x, F.asarray(low), axis) * (1.0 - weight) + F.take(x, high, axis) * weight


def _resized(mode: str, size: Dims, height: int, width: int, scales: tuple[float | None, float | None]) -> Dims:
    """The size that a mode of BilinearResize2D leads to."""
    if mode in ("size", "odd_scale") and (mode == "odd_scale" or scales != (None, None)):
        if None in scales:
            raise ArgumentError(f"scale_height={scales[0]} and scale_width={scales[1]} must be given together")
        if mode == "size":
            return tuple(int(n * s) for n, s in zip(size, scales))  # type: ignore[operator]
        return tuple(int(n * s) if n % 2 == 0 else int((n - 1) * s) + 1 for n, s in zip(size, scales))  # type: ignore[operator]
    if mode == "size":
        return (height, width)
    odd, change = mode.startswith("to_odd"), 1 if mode.endswith("up") else -1
    return tuple(n if n % 2 == odd else n + change for n in size)


@op(
    dtypes="float",
    free=("like",),
    samples=[
        dict(data=(1, 2, 3, 4), height=5, width=7),
        dict(data=(1, 1, 4, 3), height=3, width=5, align_corners=False),
        dict(data=(1, 1, 2, 3), scale_height=2.0, scale_width=1.5),
        dict(data=(1, 1, 3, 4), scale_height=2.0, scale_width=0.5, mode="odd_scale"),
        dict(data=(1, 1, 3, 4), like=[[[[0.0] * 5] * 2]], mode="like"),
        dict(data=(1, 1, 3, 4), mode="to_even_up"),
    ],
)
def _contrib_BilinearResize2D(
    F,
    data: Array,
    like: Array | None = None,
    height: int = 1,
    width: int = 1,
    scale_height: float | None = None,
    scale_width: float | None = None,
    mode: Literal["like", "odd_scale", "size", "to_even_down", "to_even_up", "to_odd_down", "to_odd_up"] = "size",
    align_corners: bool = True,
):
    """Images resampled to another size by bilinear interpolation.

    - ``size``: to ``height`` and ``width``, or by the two scales when they are given
    - ``odd_scale``: by the scales; an odd size n becomes ``(n - 1) * scale + 1``
    - ``like``: to the height and width of the input ``like``
    - ``to_even_down``, ``to_even_up``, ``to_odd_down``, ``to_odd_up``: to the nearest even or odd size

    data: The images, of shape (instances, channels, height, width); floating.
    like: An array with the size of the result, for ``mode="like"``; its gradient is zero.
    height: The height of the result.
    width: The width of the result.
    scale_height: How many times higher the result is.
    scale_width: How many times wider the result is.
    mode: How the size of the result is found.
    align_corners: Whether the outermost elements stay in place; otherwise the outer edges of the elements do.
    """
    images("data", data)
    if (like is not None) != (mode == "like"):
        raise ArgumentError(f"mode={mode!r} {'needs the input like' if like is None else 'takes no input like'}")
    if like is not None:
        images("like", like)
        size = like.shape[2:]
    else:
        size = _resized(mode, data.shape[2:], height, width, (scale_height, scale_width))
    if min(size) < 1:
        raise ArgumentError(f"the result would have the size {size}; height and width must be at least 1")
    x = F.cast(data, "float32") if data.dtype == "float16" else data
    x = _interpolated(F, _interpolated(F, x, 2, size[0], align_corners), 3, size[1], align_corners)
    return x if like is None else BESIDE(F, x, like)
