"""Dropout."""

from __future__ import annotations

from typing import Literal

from ..core.errors import ArgumentError
from ..core.op import op
from ..core.params import Array, Shape
from ..core.shapes import axis_of


@op(
    dtypes="float",
    random=True,
    samples=[
        dict(data=(2, 3), mode="always"),
        dict(data=(2, 3)),
        dict(data=(2, 3, 4), p=0.25, mode="always", axes=(1,)),
    ],
)
def Dropout(
    F,
    data: Array,
    p: float = 0.5,
    mode: Literal["always", "training"] = "training",
    axes: Shape = (),
    cudnn_off: bool | None = False,
):
    """In training, sets elements to 0 at random and divides the others by the probability to stay.

    data: The input, of any shape; floating.
    p: The probability of an element to become 0, from 0 to 1.
    mode: ``training``: outside training the input is returned as it is; ``always``: elements are dropped there too.
    axes: Axes along which all elements share one fate.
    cudnn_off: Kept for old scripts.
    """
    if not 0 <= p <= 1:
        raise ArgumentError(f"p={p} must be from 0 to 1")
    shared = {axis_of(axis, data.ndim) for axis in axes}
    if p == 0 or not (F.training or mode == "always"):
        return data
    shape = tuple(1 if i in shared else n for i, n in enumerate(data.shape))
    kept = F.random.bernoulli(1 - p, shape, data.dtype)
    return data * (kept / (1 - p) if p < 1 else kept)
