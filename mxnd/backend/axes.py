"""How arrays lie: neighbouring axes made one, and where to cut them into blocks."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

PARTS = {"column": (slice(None), 0), "row": (0,), "single": (0, slice(1))}
"""Which part of a block an array in one of these forms is for a loop."""

Shape = tuple[int, ...]


def collapse(
    shape: Shape, arrays: Sequence[Any], marks: Sequence[bool] | None = None
) -> tuple[Shape, list[bool], list[Any]]:
    """Arrays broadcast to ``shape``, with neighbouring axes made one where all of them (and their marks) allow it.

    Returns the shape, the marks and the arrays. Axes of size 1 go along with any.
    """
    if marks is None and all(a.shape == shape and a.flags.c_contiguous for a in arrays):
        return (math.prod(shape),), [False], [a.reshape(-1) for a in arrays]
    marks = marks or [False] * len(shape)
    wide = [a if a.shape == shape else np.broadcast_to(a, shape) for a in arrays]
    sizes: list[int] = []
    axes: list[int] = []  # the last of each run
    for axis, n in enumerate(shape):
        if n == 1:
            continue
        if axes and marks[axis] == marks[axes[-1]] and all(a.strides[axes[-1]] == a.strides[axis] * n for a in wide):
            sizes[-1], axes[-1] = sizes[-1] * n, axis
        else:
            sizes.append(n)
            axes.append(axis)
    if not axes:
        sizes, axes = [1], [len(shape) - 1]
    strided = np.lib.stride_tricks.as_strided
    views = [strided(a, sizes, [a.strides[axis] for axis in axes]) for a in wide]
    return tuple(sizes), [marks[axis] for axis in axes], views


def cut(shape: Shape, elements: int) -> tuple[int, int]:
    """The axis to cut, so that everything behind it fits into a block, and how many rows of it make one."""
    inner = 1
    for axis in range(len(shape) - 1, -1, -1):
        if inner * shape[axis] > elements:
            pieces = -(-shape[axis] * inner // elements)
            return axis, -(-shape[axis] // min(pieces, shape[axis]))
        inner *= shape[axis]
    return 0, shape[0]


def cut_for_loops(shape: Shape, elements: int) -> tuple[int, int]:
    """The same for loops, whose blocks have two axes."""
    axis, rows = cut(shape, elements)
    return (axis, rows) if axis >= len(shape) - 2 else (len(shape) - 2, shape[-2])


def form(view: Any, axis: int) -> str:
    """How an array lies in a block that is cut along an axis: whole, or the same along one or both axes."""
    still = [step == 0 and n > 1 for step, n in zip(view.strides[axis:], view.shape[axis:])]
    if len(still) == 1:
        return "column" if still[0] else "flat"
    return {(False, False): "flat", (True, False): "row", (False, True): "column"}.get(tuple(still), "single")


def blocks(shape: Shape, axis: int, rows: int, lift: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """All blocks of so many rows: single places along the axes before, ``lift``, then a slice."""
    n = shape[axis]
    slices = [slice(start, min(start + rows, n)) for start in range(0, n, rows)]
    return [(*b[:-1], *lift, b[-1]) for b in itertools.product(*map(range, shape[:axis]), slices)]
