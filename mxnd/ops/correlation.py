"""How two images match where one is moved against the other."""

from __future__ import annotations

import itertools

from ..core.errors import ArgumentError
from ..core.formula import formula
from ..core.op import op
from ..core.params import Array, Size
from ..core.shapes import same_shape
from .resize import images

DISTANCE = formula(
    lambda F, a, b: F.abs(a - b),
    lambda F, ct, a, b: (F.where(a >= b, ct, -ct), F.where(a >= b, -ct, ct)),
)
"""Absolute difference; where both are equal its gradient is as if the first were larger."""

PAIR = dict(data1=(1, 2, 3, 4), data2=(1, 2, 3, 4))


@op(
    dtypes="float",
    samples=[
        dict(PAIR, pad_size=1),
        dict(PAIR, kernel_size=3, max_displacement=1, stride1=2, pad_size=2),
        dict(PAIR, max_displacement=2, stride2=2, pad_size=2, is_multiply=False),
    ],
)
def Correlation(
    F,
    data1: Array,
    data2: Array,
    kernel_size: Size = 1,
    max_displacement: Size = 1,
    stride1: Size = 1,
    stride2: Size = 1,
    pad_size: Size = 0,
    is_multiply: bool = True,
):
    """Compares each patch of one image with the patches of another around the same place.

    The result has a channel for each displacement of the second image, rows first; each element is the mean, over the
    patch and all channels, of the products (or absolute differences) of what lies over each other.

    data1: The first images, of shape (instances, channels, height, width); floating.
    data2: The second images, of the same shape.
    kernel_size: The side of a patch; odd.
    max_displacement: How far the second image is moved, at most.
    stride1: How far the patches lie apart.
    stride2: How far the displacements lie apart.
    pad_size: How many zeros stand on every side of both images.
    is_multiply: Products when True, absolute differences when False.
    """
    images("data1", data1)
    same_shape(data1.shape, data2.shape)
    if kernel_size % 2 == 0 or stride1 < 1 or stride2 < 1:
        raise ArgumentError(f"kernel_size={kernel_size} must be odd, stride1={stride1} and stride2={stride2} positive")
    reach, n, channels = max_displacement, *data1.shape[:2]
    padded = tuple(size + 2 * pad_size for size in data1.shape[2:])
    out = tuple(-(-(size - 2 * reach - kernel_size + 1) // stride1) for size in padded)
    if min(out) < 1:
        raise ArgumentError(f"patches and displacements do not fit into the padded size {padded}")
    inner = (..., *(slice(pad_size, pad_size + size) for size in data1.shape[2:]))
    a, b = (F.unindex(x, inner, (n, channels, *padded)) for x in (data1, data2))
    span = tuple(stride1 * (o - 1) + kernel_size for o in out)
    still = F.index(a, (..., *(slice(reach, reach + s) for s in span)))
    window = ((kernel_size,) * 2, (stride1,) * 2, (0, 0), out)
    moves = range(-(reach // stride2) * stride2, reach + 1, stride2)
    maps = []
    for move in itertools.product(moves, moves):
        other = F.index(b, (..., *(slice(reach + m, reach + m + s) for m, s in zip(move, span))))
        match = still * other if is_multiply else DISTANCE(F, still, other)
        maps.append(F.pool_sum(F.sum(match, (1,), True), window))
    return F.concat(1, *maps) / (kernel_size**2 * channels)
