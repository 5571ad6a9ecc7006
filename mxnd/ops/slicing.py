"""Parts of an array, and other values in their place."""

from __future__ import annotations

from ..core.errors import ArgumentError
from ..core.op import op
from ..core.params import Array, Double, Ends, Shape, required
from ..core.shapes import axis_of
from .identity import BESIDE

Slices = tuple[slice, ...]


def _key(ndim: int, begin: Ends, end: Ends, step: Ends) -> Slices:
    """A slice for each of the first axes."""
    if len(begin) != len(end) or len(step) not in (0, len(begin)):
        raise ArgumentError(f"begin={begin}, end={end} and step={step} must be of one length")
    if len(begin) > ndim:
        raise ArgumentError(f"begin={begin} names {len(begin)} axes of {ndim}")
    if 0 in step:
        raise ArgumentError(f"step={step} must not hold 0")
    return tuple(slice(*ends) for ends in zip(begin, end, step or (None,) * len(begin)))


@op(
    name="slice",
    aliases=("crop",),
    method=("slice",),
    dtypes="any",
    samples=[
        dict(data=(3, 4), begin=(0, 1), end=(2, 3)),
        dict(data=(3, 4), begin=(None, 3), end=(None, 0), step=(2, -1)),
    ],
)
def slice_(F, data: Array, begin: Ends, end: Ends, step: Ends = ()):
    """A part of the input: a range of indices along each of the first axes.

    Negative indices count from the end; indices outside are cut to what is there.

    data: The input, of any shape.
    begin: Where each range begins; None for the first element.
    end: Where each range ends, without it; None for the last element, with it.
    step: The distance between neighbours; negative goes backwards. 1 when left out or None.
    """
    return F.index(data, _key(data.ndim, begin, end, step))


@op(
    method=True,
    dtypes="any",
    samples=[dict(data=(3, 4), axis=1, begin=1, end=3), dict(data=(3, 4), axis=0, begin=-2, end=-1)],
)
def slice_axis(F, data: Array, axis: int, begin: int, end: int | None):
    """A part of the input: a range of indices along one axis.

    data: The input, of any shape.
    axis: The axis.
    begin: Where the range begins; negative counts from the end.
    end: Where it ends, without it; None for the last element, with it.
    """
    place = axis_of(axis, data.ndim)
    n = data.shape[place]
    first = begin + n if begin < 0 else begin
    last = n if end is None else end + n if end < 0 else end
    if not 0 <= first < last <= n:
        raise ArgumentError(f"begin={begin}, end={end} hold none of the {n} indices of axis {axis}, or others too")
    return F.index(data, (slice(None),) * place + (slice(first, last),))


@op(
    method=True,
    dtypes="any",
    free=("shape_like",),
    samples=[dict(data=(3, 4), shape_like=(2, 3)), dict(data=(3, 4), shape_like=(2, 3), axes=(0,))],
)
def slice_like(F, data: Array, shape_like: Array, axes: Shape = ()):
    """The beginning of the input, of the sizes of another array.

    data: The input.
    shape_like: The array that lends its sizes.
    axes: The axes to cut; all when left out, and then both arrays have as many.
    """
    if not axes and data.ndim != shape_like.ndim:
        raise ArgumentError(f"data has {data.ndim} axes and shape_like {shape_like.ndim}; name the axes to cut")
    key = [slice(None)] * data.ndim
    for axis in axes or range(data.ndim):
        place = axis_of(axis, data.ndim)
        if place >= shape_like.ndim or shape_like.shape[place] > data.shape[place]:
            raise ArgumentError(f"axis {axis}: shape {data.shape} cannot be cut to the size in {shape_like.shape}")
        key[place] = slice(0, shape_like.shape[place])
    return F.index(BESIDE(F, data, shape_like), tuple(key))


@op(
    aliases=("_crop_assign",),
    dtypes="any",
    differentiable=False,
    samples=[dict(lhs=(3, 4), rhs=(2, 4), begin=(0,), end=(2,))],
)
def _slice_assign(F, lhs: Array, rhs: Array, begin: Ends, end: Ends, step: Ends = ()):
    """A copy of the left input with a part replaced by the right one.

    lhs: The input, of any shape.
    rhs: What stands in the part; of its shape.
    begin: Where each range begins, as for ``slice``.
    end: Where each range ends.
    step: The distance between neighbours.
    """
    key = _key(lhs.ndim, begin, end, step)
    sizes = [len(range(*part.indices(n))) for part, n in zip(key, lhs.shape)]
    shape = (*sizes, *lhs.shape[len(key) :])
    if rhs.shape != shape:
        raise ArgumentError(f"rhs has shape {rhs.shape}, the part to replace {shape}")
    return F.replace(lhs, key, rhs)


@op(
    aliases=("_crop_assign_scalar",),
    dtypes="any",
    differentiable=False,
    samples=[dict(data=(3, 4), scalar=2.0, begin=(0,), end=(2,))],
)
def _slice_assign_scalar(
    F, data: Array, scalar: Double = 0.0, begin: Ends = required, end: Ends = required, step: Ends = ()
):
    """A copy of the input with a number in a part of it.

    data: The input, of any shape.
    scalar: The number; cut to the dtype of ``data``.
    begin: Where each range begins, as for ``slice``.
    end: Where each range ends.
    step: The distance between neighbours.
    """
    return F.replace(data, _key(data.ndim, begin, end, step), F.scalar(scalar, data.dtype))
