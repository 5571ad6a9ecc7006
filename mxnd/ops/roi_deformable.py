"""Regions of interest whose bins are moved by an input."""

from __future__ import annotations

from typing import Any

from ..core.errors import ArgumentError
from ..core.op import op
from ..core.params import Array, required
from .identity import BESIDE
from .roi import check, share
from .sampling import corners

Dims = tuple[int, ...]


@op(
    name="_contrib_DeformablePSROIPooling",
    dtypes="float",
    derivative=False,
    samples=[
        dict(
            data=(1, 8, 4, 4),
            rois=[[0.0, 0.0, 0.0, 3.0, 3.0]],
            trans=(1, 2, 2, 2),
            spatial_scale=1.0,
            output_dim=2,
            group_size=2,
            pooled_size=2,
            sample_per_part=2,
            trans_std=0.1,
        ),
        dict(
            data=(1, 4, 4, 4),
            rois=[[0.0, 1.0, 0.0, 3.0, 2.0]],
            spatial_scale=0.5,
            output_dim=1,
            group_size=2,
            pooled_size=3,
            no_trans=True,
        ),
    ],
)
def DeformablePSROIPooling(
    F,
    data: Array,
    rois: Array,
    trans: Array | None = None,
    spatial_scale: float = required,
    output_dim: int = required,
    group_size: int = required,
    pooled_size: int = required,
    part_size: int = 0,
    sample_per_part: int = 1,
    trans_std: float = 0.0,
    no_trans: bool = False,
):
    """The mean of samples in each bin of each region of interest, where bins have channels of their own and are moved.

    data: Images of shape (instances, output_dim * group_size ** 2, height, width).
    rois: Regions of shape (regions, 5): the number of the instance, then x1, y1, x2, y2, the corners, both inclusive.
        They carry no gradient.
    trans: How far each bin is moved, across and down, of shape (regions, 2 * classes, part_size, part_size); left out
        with ``no_trans``.
    spatial_scale: Size of ``data`` over size of the image that the corners speak of; from 0 to 1.
    output_dim: The number of channels of the result.
    group_size: Into how many groups bins are divided, down and across, each with its channels.
    pooled_size: Height and width of the result, in bins: it has shape (regions, output_dim, pooled_size, pooled_size).
    part_size: Into how many parts a region is divided, down and across, that move together; 0: as many as bins.
    sample_per_part: Samples of a bin, down and across.
    trans_std: What ``trans`` is multiplied by, in sizes of the region.
    no_trans: Move nothing.
    """
    check(data, rois)
    share("spatial_scale", spatial_scale)
    part_size = part_size or pooled_size
    if min(output_dim, group_size, pooled_size, part_size, sample_per_part) < 1:
        raise ArgumentError("output_dim, group_size, pooled_size, part_size and sample_per_part must be positive")
    count, channels, height, width = data.shape
    groups, regions = group_size * group_size, rois.shape[0]
    if channels != output_dim * groups:
        raise ArgumentError(f"data has {channels} channels; output_dim * group_size ** 2 is {output_dim * groups}")
    if trans is None and not no_trans:
        raise ArgumentError("no_trans=False needs the input trans")
    if not no_trans and trans.ndim != 4:
        raise ArgumentError(f"trans has shape {trans.shape}; it takes 4 axes")
    classes = 1 if no_trans else trans.shape[1] // 2
    if not no_trans and trans.shape != (regions, 2 * classes, part_size, part_size):
        raise ArgumentError(f"trans has shape {trans.shape}; it takes {(regions, '2 * classes', part_size, part_size)}")
    if classes < 1 or output_dim % classes:
        raise ArgumentError(f"the {classes} classes of trans do not divide output_dim={output_dim}")
    fixed = F.asarray(rois)
    shape = (regions, classes, pooled_size, pooled_size, sample_per_part, sample_per_part)
    moves = None if no_trans else _moves(F, trans * trans_std, part_size, shape)
    ends = F.round(F.index(fixed, (slice(None), slice(1, 5)))) + F.cast(F.asarray([0, 0, 1, 1]), fixed.dtype)
    y, x = (_axis(F, ends * spatial_scale - 0.5, axis, moves, shape) for axis in (1, 0))
    inside = (y >= -0.5) & (y <= height - 0.5) & (x >= -0.5) & (x <= width - 0.5)
    inside = F.cast(inside, data.dtype)
    share_of_each = inside / F.maximum(F.sum(inside, (4, 5), True), 1.0)
    image = F.reshape(F.indices(F.index(fixed, (slice(None), 0)), count, "raise") * classes, (-1, 1)) + F.arange(
        classes
    )
    image = F.broadcast_to(F.reshape(image, (regions, classes, 1, 1, 1, 1)), shape)
    y, x = F.clip(y, 0.0, height - 1.0), F.clip(x, 0.0, width - 1.0)
    spots, weights = corners(F, (height, width), *(F.reshape(part, (-1,)) for part in (image, y, x)))
    part = F.arange(pooled_size) * group_size // pooled_size
    group = F.reshape(F.reshape(part, (-1, 1)) * group_size + part, (pooled_size, pooled_size, 1))
    spots = F.reshape(spots, (*shape[:4], -1)) * groups + group
    weights = F.reshape(weights * F.reshape(share_of_each, (-1, 1)), (regions * classes * pooled_size**2, -1))
    each = output_dim // classes
    rows = F.transpose(F.reshape(data, (count, classes, each, groups, height, width)), (0, 1, 4, 5, 3, 2))
    found = F.blend(F.reshape(rows, (-1, each)), F.reshape(spots, weights.shape), weights)
    found = F.transpose(F.reshape(found, (*shape[:4], each)), (0, 1, 4, 2, 3))
    return BESIDE(F, F.reshape(found, (regions, output_dim, pooled_size, pooled_size)), rois)


def _moves(F: Any, trans: Any, part_size: int, shape: Dims) -> Any:
    """How far each bin is moved, in sizes of the region: across, then down along axis 2."""
    part = F.arange(shape[2]) * part_size // shape[2]
    each = F.reshape(trans, (*shape[:2], 2, part_size, part_size))
    return F.index(each, (slice(None), slice(None), slice(None), F.reshape(part, (-1, 1)), part))


def _axis(F: Any, ends: Any, axis: int, moves: Any, shape: Dims) -> Any:
    """Where samples lie across (axis 0) or down (1); ``shape`` is (regions, classes, *bins, *samples of a bin)."""
    bins, samples = shape[3], shape[5]
    begin = F.index(ends, (slice(None), axis))
    side = F.maximum(F.index(ends, (slice(None), axis + 2)) - begin, 0.1)
    begin, side = (F.reshape(each, (-1, 1, 1, 1, 1, 1)) for each in (begin, side))
    step = F.cast(F.reshape(F.arange(bins), (-1, 1)) + F.arange(samples) / samples, ends.dtype)
    step = F.reshape(step, (bins, 1, samples, 1) if axis == 1 else (bins, 1, samples))
    at = begin + side / bins * step
    if moves is not None:
        at = at + F.reshape(F.index(moves, (slice(None), slice(None), axis)), (*shape[:4], 1, 1)) * side
    return F.broadcast_to(at, shape)
