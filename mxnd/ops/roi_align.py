"""Regions of interest, sampled between pixels or averaged: sums of a few pixels with weights."""

from __future__ import annotations

from typing import Any

from ..core.errors import ArgumentError
from ..core.op import op
from ..core.params import Array, Shape
from .identity import BESIDE
from .roi import check, pair, share
from .sampling import as_rows

AT_ONCE = 1 << 22  # terms of sums; more are made in several pieces
ROI = [[0.0, 0.3, 0.2, 2.6, 3.3], [0.0, 1.2, 0.7, 3.1, 2.4]]


def add_up(F: Any, data: Any, terms: Any, rois: Any, bins: tuple[int, int], groups: int = 1) -> Any:
    """Bins of regions as sums of pixels, of shape (regions, channels, *bins).

    terms: From some rows of rois to the places and weights of each bin.
    groups: Into so many parts data's channels are divided for each one of the result; a bin has its own.
    """
    count, channels, height, width = data.shape
    each = channels // groups
    if groups > 1:
        split = F.transpose(F.reshape(data, (count, each, groups, height, width)), (0, 3, 4, 2, 1))
        rows = F.reshape(split, (-1, each))
    else:
        rows = as_rows(F, data)
    if not rois.shape[0]:
        return F.zeros((0, each, *bins), data.dtype)
    found = []
    start, step = 0, rois.shape[0]
    while start < rois.shape[0]:
        places, weights = terms(F.index(rois, slice(start, start + step)))
        if step > 1 and places.size > AT_ONCE:
            step = max(1, min(step // 2, step * AT_ONCE // places.size))
            continue
        size = places.shape[0] * bins[0] * bins[1]
        found.append(F.blend(rows, F.reshape(places, (size, -1)), F.cast(F.reshape(weights, (size, -1)), data.dtype)))
        start += step
    every = F.concat(0, *found) if len(found) > 1 else found[0]
    return F.transpose(F.reshape(every, (rois.shape[0], *bins, each)), (0, 3, 1, 2))


def by_bin(F: Any, places: Any, group: Any, groups: int) -> Any:
    """Places of pixels as places of the part of channels that each bin has."""
    return places * groups + F.reshape(group, (1, *group.shape, 1))


@op(
    name="_contrib_ROIAlign",
    dtypes="float",
    derivative=False,
    samples=[
        dict(data=(1, 2, 4, 4), rois=ROI, pooled_size=(2, 2), spatial_scale=1.0),
        dict(data=(1, 2, 4, 4), rois=ROI, pooled_size=(2, 3), spatial_scale=0.5, sample_ratio=2, aligned=True),
        dict(data=(1, 8, 4, 4), rois=ROI, pooled_size=(2, 2), spatial_scale=1.0, position_sensitive=True),
    ],
)
def ROIAlign(
    F,
    data: Array,
    rois: Array,
    pooled_size: Shape,
    spatial_scale: float,
    sample_ratio: int = -1,
    position_sensitive: bool = False,
    aligned: bool = False,
):
    """The mean of samples in each bin of each region of interest, interpolated between pixels.

    data: Images of shape (instances, channels, height, width).
    rois: Regions of shape (regions, 5): the number of the instance (one that is not there gives 0), then x1, y1, x2,
        y2. They carry no gradient.
    pooled_size: Height and width of the result, in bins: it has shape (regions, channels, height, width).
    spatial_scale: Size of ``data`` over size of the image that the corners speak of; from 0 to 1.
    sample_ratio: Samples of a bin, down and across; one per pixel if not positive.
    position_sensitive: Whether every bin has channels of its own, of which there are then height * width times as many.
    aligned: Pixel centres lie at whole numbers, not half a pixel further; and regions may be smaller than a pixel.
    """
    check(data, rois)
    bins = pair("pooled_size", pooled_size)
    groups = bins[0] * bins[1] if position_sensitive else 1
    if data.shape[1] % groups:
        raise ArgumentError(f"position_sensitive=True: {groups} bins do not divide {data.shape[1]} channels")
    share("spatial_scale", spatial_scale)

    def terms(some):
        places, weights = F.align_terms(
            some, data.shape[0], data.shape[2:], bins, spatial_scale, sample_ratio, aligned
        )  # fmt: skip
        return (by_bin(F, places, F.reshape(F.arange(groups), bins), groups) if groups > 1 else places), weights

    return BESIDE(F, add_up(F, data, terms, F.asarray(rois), bins, groups), rois)


@op(
    name="_contrib_RROIAlign",
    dtypes="float",
    derivative=False,
    samples=[
        dict(data=(1, 2, 4, 4), rois=[[0.0, 1.6, 1.7, 2.2, 1.8, 30.0]], pooled_size=(2, 2), spatial_scale=1.0),
        dict(
            data=(1, 2, 4, 4),
            rois=[[0.0, 3.2, 2.7, 4.0, 3.0, -45.0]],
            pooled_size=(1, 2),
            spatial_scale=0.5,
            sampling_ratio=2,
        ),
    ],
)
def RROIAlign(F, data: Array, rois: Array, pooled_size: Shape, spatial_scale: float, sampling_ratio: int = -1):
    """The mean of samples in each bin of each rotated region of interest, interpolated between pixels.

    data: Images of shape (instances, channels, height, width).
    rois: Regions of shape (regions, 6): the number of the instance (one that is not there gives 0), then x and y of
        the centre, width, height, and the angle in degrees. They carry no gradient.
    pooled_size: Height and width of the result, in bins: it has shape (regions, channels, height, width).
    spatial_scale: Size of ``data`` over size of the image that the regions speak of; from 0 to 1.
    sampling_ratio: Samples of a bin, down and across; one per pixel if not positive.
    """
    check(data, rois, 6)
    bins = pair("pooled_size", pooled_size)
    share("spatial_scale", spatial_scale)

    def terms(some):
        return F.rotated_terms(some, data.shape[0], data.shape[2:], bins, spatial_scale, sampling_ratio)

    return BESIDE(F, add_up(F, data, terms, F.asarray(rois), bins), rois)


@op(
    name="_contrib_PSROIPooling",
    dtypes="float",
    derivative=False,
    samples=[
        dict(data=(1, 8, 4, 4), rois=ROI, spatial_scale=1.0, output_dim=2, pooled_size=2),
        dict(data=(1, 4, 4, 4), rois=ROI, spatial_scale=0.5, output_dim=1, pooled_size=3, group_size=2),
    ],
)
def PSROIPooling(
    F, data: Array, rois: Array, spatial_scale: float, output_dim: int, pooled_size: int, group_size: int = 0
):
    """The mean of each bin of each region of interest, where bins have channels of their own.

    data: Images of shape (instances, output_dim * group_size ** 2, height, width).
    rois: Regions of shape (regions, 5): the number of the instance (one that is not there gives 0), then x1, y1, x2,
        y2, the corners, both inclusive. They carry no gradient.
    spatial_scale: Size of ``data`` over size of the image that the corners speak of; from 0 to 1.
    output_dim: The number of channels of the result.
    pooled_size: Its height and width, in bins: it has shape (regions, output_dim, pooled_size, pooled_size).
    group_size: Into how many groups bins are divided, down and across, each with its channels; 0: as many as bins.
    """
    check(data, rois)
    bins = pair("pooled_size", (pooled_size, pooled_size))
    side = group_size or pooled_size
    groups = side * side
    if group_size < 0 or output_dim < 1 or data.shape[1] != output_dim * groups:
        raise ArgumentError(
            f"data has {data.shape[1]} channels; {output_dim} for each of {groups} groups are {output_dim * groups}"
        )
    share("spatial_scale", spatial_scale)
    part = F.arange(pooled_size) * side // pooled_size
    group = F.reshape(part, (-1, 1)) * side + part

    def terms(some):
        places, weights = F.average_terms(some, data.shape[0], data.shape[2:], pooled_size, spatial_scale)
        return by_bin(F, places, group, groups), weights

    return BESIDE(F, add_up(F, data, terms, F.asarray(rois), bins, groups), rois)
