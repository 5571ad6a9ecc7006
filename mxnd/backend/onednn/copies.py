"""Copies of transposed arrays of four-byte elements, whose bits stay what they are."""

from __future__ import annotations

import functools
from typing import Any

from .library import usable
from .plan import FROM, TO, Dims, Plan, Port, layout, reorder

EVEN = 16  # oneDNN turns tiles of 16 by 16 elements; what is not cut into these it copies one by one
MOST = 1 << 23  # elements: in longer arrays its tiles lie on too many pages


@functools.lru_cache(512)
def _plan(shape: Dims, source: Dims, target: Dims) -> Plan:
    of, to = layout(shape, source), layout(shape, target)
    return Plan((reorder(of.value, to.value), (Port(FROM, of, 0), Port(TO, to, 1, True))))


def fits(target: Any, source: Any, near: int) -> bool:
    """Will oneDNN be quick, here and now, in putting one array into another? ``near`` is the axis along which elements
    of the source lie beside each other; in the target it is the last."""
    steps = (*source.strides, *target.strides)
    return (
        source.dtype == target.dtype
        and source.dtype.itemsize == 4
        and source.size <= MOST
        and source.strides[near] == target.strides[-1] == 4
        and source.shape[near] % EVEN == source.shape[-1] % EVEN == 0
        and min(steps) > 0
        and usable() is not None
    )


def fill(target: Any, source: Any) -> None:
    _plan(source.shape, source.strides, target.strides)(source, target)
