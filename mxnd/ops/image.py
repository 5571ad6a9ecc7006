"""Images of shape (height, width, channels): to tensors, other sizes, other colours."""

from __future__ import annotations

from typing import Any

from ..core.errors import ArgumentError
from ..core.op import declare, op, registry
from ..core.params import Array, Floats, Shape
from .identity import COPY

PIXELS = dict(data=(2, 3, 3), domain=(10.0, 200.0))


def check(data: Any, batches: bool = False, channels: tuple[int, ...] = ()) -> None:
    """ArgumentError unless data is an image (or, with ``batches``, several) of that many channels."""
    if data.ndim != 3 and not (batches and data.ndim == 4):
        batch = " or (instances, height, width, channels)" if batches else ""
        raise ArgumentError(f"data has shape {data.shape}; it takes (height, width, channels){batch}")
    if channels and data.shape[-1] not in channels:
        raise ArgumentError(f"data has {data.shape[-1]} channels; it takes {' or '.join(map(str, channels))}")


@op(name="_image_to_tensor", dtype=None, differentiable=False, samples=[PIXELS])
def to_tensor(F, data: Array):
    """An image of 0 to 255 as a float32 tensor of 0 to 1, channels first.

    data: An image of shape (height, width, channels), or several of shape (instances, height, width, channels).
    """
    check(data, batches=True)
    axes = (2, 0, 1) if data.ndim == 3 else (0, 3, 1, 2)
    return F.cast(F.transpose(data, axes), "float32") / 255


@op(
    name="_image_normalize",
    dtypes="float",
    samples=[
        dict(data=(3, 2, 2), mean=(0.5, 0.4, 0.3), std=(2.0, 3.0, 4.0)),
        dict(data=(2, 1, 2, 2), mean=0.5, std=2.0),
    ],
)
def normalize(F, data: Array, mean: Floats = (0.0, 0.0, 0.0, 0.0), std: Floats = (1.0, 1.0, 1.0, 1.0)):
    """Subtracts a mean from each channel and divides it by a standard deviation.

    data: A tensor of shape (channels, height, width) or (instances, channels, height, width), of 1 or 3 channels.
    mean: A number for each channel, or one for all.
    std: Likewise; not 0.
    """
    if data.ndim not in (3, 4) or data.shape[-3] not in (1, 3):
        raise ArgumentError(f"data has shape {data.shape}; it takes (channels, height, width), 1 or 3 channels")
    column = []
    for name, values, same in (("mean", mean, (0.0,) * 4), ("std", std, (1.0,) * 4)):
        values = same[:1] if values == same else values
        if len(values) not in (1, data.shape[-3]):
            raise ArgumentError(f"{name}={values} must hold 1 number or {data.shape[-3]}")
        column.append(F.cast(F.reshape(F.asarray(values), (-1, 1, 1)), data.dtype))
    return (data - column[0]) / column[1]


@op(
    name="_image_crop",
    dtypes="any",
    samples=[dict(data=(3, 4, 2), x=1, y=0, width=2, height=2), dict(data=(1, 3, 2, 1), x=0, y=1, width=2, height=1)],
)
def crop(F, data: Array, x: int, y: int, width: int, height: int):
    """A part of an image.

    data: An image of shape (height, width, channels), or several of shape (instances, height, width, channels).
    x: The left column of the part.
    y: Its upper row.
    width: How many columns it has.
    height: How many rows.
    """
    check(data, batches=True)
    old_height, old_width = data.shape[-3:-1]
    if x < 0 or y < 0 or width < 1 or height < 1 or x + width > old_width or y + height > old_height:
        raise ArgumentError(
            f"columns {x} to {x + width} and rows {y} to {y + height} do not lie in an image of "
            f"{old_width} columns and {old_height} rows"
        )
    return F.index(data, (..., slice(y, y + height), slice(x, x + width), slice(None)))


@op(
    name="_image_resize",
    differentiable=False,
    samples=[
        dict(PIXELS, size=(4, 2)),
        dict(PIXELS, size=3, keep_ratio=True, interp=2),
        dict(data=(1, 4, 4, 1), size=2, interp=3),
    ],
)
def resize(F, data: Array, size: Shape = (), keep_ratio: bool = False, interp: int = 1):
    """An image in another size.

    data: An image of shape (height, width, channels), or several of shape (instances, height, width, channels).
    size: Width and height of the result; one number is both.
    keep_ratio: With one number: it is the shorter side, and the other in proportion.
    interp: 0 for the nearest pixel, 1 bilinear, 2 bicubic, 3 area, 4 Lanczos, as OpenCV numbers them.
    """
    check(data, batches=True)
    if len(size) not in (1, 2) or min(size) < 1:
        raise ArgumentError(f"size={size} must be one or two positive numbers")
    if not 0 <= interp <= 4:
        raise ArgumentError(f"interp={interp} is not from 0 to 4")
    height, width = data.shape[-3:-1]
    if len(size) == 1 and keep_ratio:
        short = min(height, width)
        size = (width * size[0] // short, height * size[0] // short)
    return F.resize(data, size[-1], size[0], interp)


def _flips(where: str, axis: int) -> None:
    """Declare a flip, and the one that happens in one of two cases."""

    def flip(F, data: Array):
        check(data)
        return F.flip(data, axis)

    def random_flip(F, data: Array):
        check(data)
        return F.flip(data, axis) if F.random.coin() else COPY(F, data)

    words = where.replace("_", " to ")
    doc = "{}\n\ndata: An image of shape (height, width, channels)."
    for body, name, summary, random in (
        (flip, f"_image_flip_{where}", f"An image turned over, {words}.", False),
        (random_flip, f"_image_random_flip_{where}", f"An image turned over, {words}, in one of two cases.", True),
    ):
        samples = (dict(data=(2, 3, 2)),)
        registry.add(declare(body, name, doc.format(summary), dtypes="any", random=random, samples=samples))


_flips("left_right", 1)
_flips("top_bottom", 0)
