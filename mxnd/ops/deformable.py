"""Convolution whose places are learned: each sample lies where an input says, between pixels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ..core.errors import ArgumentError
from ..core.op import op
from ..core.params import Array, LongSize, Shape, Size, required
from .convolution import BIASED, channels_last, per_axis, places, spatial, words
from .sampling import corners

Layout = Literal[None, "NCDHW", "NCHW", "NCW"]
NAMES = ("bias", "kernel", "stride", "dilate", "pad", "num_filter", "num_group", "workspace", "no_bias", "layout")
COMMON = dict(kernel=(2, 2), num_filter=2, domain=(-0.45, 0.4))


def _grouped(F: Any, data: Any, groups: int) -> Any:
    """Images as rows, one for each pixel of each group of channels; instances and groups stand in front."""
    count, channels, height, width = data.shape
    split = F.reshape(data, (count, groups, channels // groups, height, width))
    return F.reshape(F.transpose(split, (0, 1, 3, 4, 2)), (-1, channels // groups))


def _layer(F: Any, p: Mapping[str, Any]) -> Any:
    """Deformable convolution with everything checked; ``p`` holds all arguments by name."""
    data, offset, weight, bias, mask = (p.get(name) for name in ("data", "offset", "weight", "bias", "mask"))
    kernel, groups, moved, filters = p["kernel"], p["num_group"], p["num_deformable_group"], p["num_filter"]
    spatial(data.shape, kernel, (2,))
    stride, dilate = per_axis("stride", p["stride"], 2, 1, 1), per_axis("dilate", p["dilate"], 2, 1, 1)
    pad = per_axis("pad", p["pad"], 2, 0, 0)
    channels_last(p["layout"], ("NCHW",))
    if (bias is None) != p["no_bias"]:
        raise ArgumentError(f"no_bias={p['no_bias']} {'takes no bias' if bias is not None else 'needs the input bias'}")
    count, channels, *size = data.shape
    if min(groups, moved, filters) < 1 or channels % groups or channels % moved or filters % groups:
        raise ArgumentError(
            f"num_group={groups} and num_deformable_group={moved} must divide {channels} channels, "
            f"and num_group num_filter={filters}"
        )
    out = places(tuple(size), kernel, stride, dilate, pad)
    taps = kernel[0] * kernel[1]
    _fit("offset", offset, (count, 2 * moved * taps, *out))
    _fit("mask", mask, (count, moved * taps, *out))
    _fit("weight", weight, (filters, channels // groups, *kernel))
    _fit("bias", bias, (filters,))
    y, x = (
        _axis(F, offset, (count, moved, *kernel, 2, *out), i, stride[i], dilate[i], pad[i]) for i in (0, 1)
    )  # down, then across
    spots, weights = _samples(F, size, y, x, mask, taps * out[0] * out[1])
    found = F.blend(_grouped(F, data, moved), spots, weights)
    found = F.reshape(found, (count, moved, taps, out[0] * out[1], channels // moved))
    windows = F.reshape(F.transpose(found, (0, 1, 4, 2, 3)), (count, groups, -1, out[0] * out[1]))
    result = F.matmul(F.reshape(weight, (groups, filters // groups, -1)), windows)
    result = F.reshape(result, (count, filters, *out))
    return result if bias is None else BIASED(F, result, bias)


def _fit(name: str, x: Any, shape: tuple[int, ...]) -> None:
    if x is not None and x.shape != shape:
        raise ArgumentError(f"{name} has shape {x.shape}; it takes {shape}")


def _axis(F: Any, offset: Any, shape: tuple[int, ...], axis: int, stride: int, dilate: int, pad: int) -> Any:
    """Where the samples lie along an axis, flat; ``shape`` is (instances, groups, *kernel, 2, *result)."""
    moves = F.index(F.reshape(offset, shape), (slice(None),) * 4 + (axis,))
    tap = F.reshape(F.arange(shape[2 + axis]) * dilate, (-1, 1, 1, 1) if axis == 0 else (-1, 1, 1))
    place = F.arange(shape[5 + axis]) * stride - pad
    return F.reshape(moves + F.cast(tap + (F.reshape(place, (-1, 1)) if axis == 0 else place), offset.dtype), (-1,))


def _samples(F: Any, size: list[int], y: Any, x: Any, mask: Any, each: int) -> tuple[Any, Any]:
    """Pixels and weights of samples, ``each`` of which belong to a group of channels of an instance.

    Without a mask, as in MXNet, nothing lies above and left of the image, and for one pixel its lower and right edge
    goes on; with one, the image fades out on all sides.
    """
    height, width = size
    if mask is None:
        factor = F.cast((y >= 0) & (x >= 0) & (y < height) & (x < width), y.dtype)
        y, x = F.where(y < height - 1, y, height - 1.0), F.where(x < width - 1, x, width - 1.0)
    else:
        factor = F.reshape(mask, (-1,))
    spots, weights = corners(F, (height, width), F.arange(y.size) // each, y, x)
    return spots, weights * F.reshape(factor, (-1, 1))


DOC = """{}

data: Images of shape (instances, channels, height, width).
offset: How far each sample is moved, down and across, of shape (instances, 2 * num_deformable_group * elements of the
    kernel, rows, columns of the result).
{}weight: The filters, of shape (num_filter, channels / num_group, *kernel).
num_deformable_group: Into how many groups channels are divided that move together.
"""
MASK = """mask: What each sample is multiplied by, of shape (instances, num_deformable_group * elements of the kernel,
    rows, columns of the result).
im2col_step: Ignored.
"""


def _doc(summary: str, mask: str = "") -> str:
    return words(DOC.format(summary, mask), NAMES)


@op(
    name="_contrib_DeformableConvolution",
    doc=_doc("Convolution whose filters sample the data at places that are moved by an input."),
    dtypes="float",
    samples=[
        dict(COMMON, data=(1, 2, 4, 4), offset=(1, 8, 3, 3), weight=(2, 2, 2, 2), bias=(2,)),
        dict(
            COMMON,
            data=(1, 4, 3, 4),
            offset=(1, 16, 2, 2),
            weight=(2, 2, 2, 2),
            num_group=2,
            num_deformable_group=2,
            pad=(1, 1),
            stride=(2, 2),
            dilate=(2, 2),
            no_bias=True,
        ),
    ],
)
def DeformableConvolution(
    F,
    data: Array,
    offset: Array,
    weight: Array,
    bias: Array | None = None,
    kernel: Shape = required,
    stride: Shape = (),
    dilate: Shape = (),
    pad: Shape = (),
    num_filter: int = required,
    num_group: int = 1,
    num_deformable_group: int = 1,
    workspace: LongSize = 1024,
    no_bias: bool = False,
    layout: Layout = None,
):
    return _layer(F, locals())


@op(
    name="_contrib_ModulatedDeformableConvolution",
    doc=_doc("Deformable convolution where each sample is also multiplied by an input.", MASK),
    dtypes="float",
    samples=[
        dict(COMMON, data=(1, 2, 3, 3), offset=(1, 8, 2, 2), mask=(1, 4, 2, 2), weight=(2, 2, 2, 2), bias=(2,)),
        dict(
            COMMON,
            data=(1, 2, 2, 2),
            offset=(1, 16, 3, 3),
            mask=(1, 8, 3, 3),
            weight=(2, 2, 2, 2),
            num_deformable_group=2,
            pad=(1, 1),
            no_bias=True,
        ),
    ],
)
def ModulatedDeformableConvolution(
    F,
    data: Array,
    offset: Array,
    mask: Array,
    weight: Array,
    bias: Array | None = None,
    kernel: Shape = required,
    stride: Shape = (),
    dilate: Shape = (),
    pad: Shape = (),
    num_filter: Size = required,
    num_group: Size = 1,
    num_deformable_group: Size = 1,
    workspace: LongSize = 1024,
    no_bias: bool = False,
    im2col_step: Size = 64,
    layout: Layout = None,
):
    return _layer(F, locals())
