"""Regions of interest: parts of images, each brought to one size."""

from __future__ import annotations

from typing import Any

from ..core.errors import ArgumentError
from ..core.op import op
from ..core.params import Array, Shape
from .identity import BESIDE

ROIS = [[0.0, 0.3, 0.2, 2.6, 3.3], [0.0, 1.2, 0.7, 3.1, 1.4]]


def check(data: Any, rois: Any, columns: int = 5) -> None:
    """ArgumentError unless data is a batch of images and rois a table with that many columns."""
    if data.ndim != 4:
        raise ArgumentError(f"data has shape {data.shape}; it takes (instances, channels, height, width)")
    if rois.ndim != 2 or rois.shape[1] != columns:
        raise ArgumentError(f"rois has shape {rois.shape}; it takes (regions, {columns})")


def pair(name: str, value: tuple[int, ...]) -> tuple[int, int]:
    """Two positive numbers; ArgumentError for anything else."""
    if len(value) != 2 or min(value) < 1:
        raise ArgumentError(f"{name}={value} must be (height, width), both at least 1")
    return value[0], value[1]


def share(name: str, value: float) -> float:
    """A number in [0, 1]; ArgumentError for anything else."""
    if not 0 <= value <= 1:
        raise ArgumentError(f"{name}={value} must be from 0 to 1")
    return value


@op(
    dtypes="float",
    samples=[
        dict(data=(1, 2, 4, 4), rois=ROIS, pooled_size=(2, 2), spatial_scale=1.0),
        dict(data=(2, 1, 3, 3), rois=[[1.2, 0.2, 0.1, 4.6, 3.3]], pooled_size=(1, 2), spatial_scale=0.5),
    ],
)
def ROIPooling(F, data: Array, rois: Array, pooled_size: Shape, spatial_scale: float):
    """The largest element of each bin of each region of interest.

    A region is divided into ``pooled_size`` bins, which may share pixels at their borders. An empty bin (beside the
    image, or in an instance that is not there) gives 0.

    data: Images of shape (instances, channels, height, width).
    rois: Regions of shape (regions, 5): the number of the instance, then x1, y1, x2, y2, the corners, both inclusive.
        They carry no gradient.
    pooled_size: Height and width of the result, in bins: it has shape (regions, channels, height, width).
    spatial_scale: Size of ``data`` over size of the image that the corners speak of; from 0 to 1.
    """
    check(data, rois)
    pooled = pair("pooled_size", pooled_size)
    places = F.roi_maxima(data, rois, pooled, share("spatial_scale", spatial_scale))
    found = F.take(F.reshape(data, (-1,)), F.maximum(places, 0), 0)
    return BESIDE(F, F.where(places < 0, F.scalar(0, data.dtype), found), rois)
