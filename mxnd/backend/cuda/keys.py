"""Index keys that hold arrays, and the elements that they name."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..device import cp
from .copies import uploaded
from .kernels import elementwise

_further = elementwise(
    "int64 index, int64 size, int64 step, int64 before",
    "int64 place",
    """
    long long here = index < 0 ? index + size : index;
    here = here < 0 ? 0 : here >= size ? size - 1 : here;
    place = before + here * step;
    """,
    "places_of",
)


def is_basic(key: Any) -> bool:
    """Whether a key holds slices, ints, None and Ellipsis alone."""
    parts = key if isinstance(key, tuple) else (key,)
    return not any(isinstance(part, (np.ndarray, cp.ndarray, list, bool, np.bool_)) for part in parts)


def places_of(key: Any, shape: tuple[int, ...]) -> Any:
    """Where in an array of ``shape``, laid flat, the elements are that ``key`` names: int64, of the shape of x[key]."""
    parts = parts_of(key, shape)
    arrays = [part for part, _ in parts if isinstance(part, cp.ndarray)]
    block = np.broadcast_shapes(*[a.shape for a in arrays])
    at = [i for i, (part, _) in enumerate(parts) if isinstance(part, cp.ndarray)]
    apart = at[-1] - at[0] >= len(at)  # something stands between: the arrays' axes come first
    first = 0 if apart else at[0]
    dims: list[int] = list(block) if apart else []
    lines: list[tuple[Any, int, int, int]] = []  # indices, their first axis of the result, axis of x, size there
    axis = 0
    for i, (part, used) in enumerate(parts):
        if part is Ellipsis:
            continue
        if part is None:
            dims.append(1)
        elif isinstance(part, slice):
            reach = range(*part.indices(shape[axis]))
            lines.append((reach, len(dims), axis, 1))
            dims.append(len(reach))
        else:
            if i == at[0] and not apart:
                dims.extend(block)
            if used:
                lines.append((part, first + len(block) - part.ndim, axis, part.ndim))
        axis += used
    if 0 in dims:
        return cp.empty(dims, np.int64)
    if 0 in shape:
        raise IndexError(f"nothing to index in an array of shape {shape}")
    places: Any = cp.zeros((), np.int64)
    for part, start, axis, ndim in lines:
        step = math.prod(shape[axis + 1 :])
        if isinstance(part, range):
            part = cp.arange(part.start, part.stop, part.step, dtype=np.int64)
        part = part.reshape(part.shape + (1,) * (len(dims) - start - ndim))
        places = _further(part, shape[axis], step, places)
    return cp.broadcast_to(places, dims)


def parts_of(key: Any, shape: tuple[int, ...]) -> list[tuple[Any, int]]:
    """What a key with arrays consists of, each with how many axes it takes: slices, None, and int64 arrays on the
    device. A boolean array becomes the places where it holds: how many decides about shapes, so the host waits.
    An index of the host that is outside is an IndexError; one of the device is taken as the nearest end.
    """
    given = key if isinstance(key, tuple) else (key,)
    given = tuple([np.asarray(p) if isinstance(p, (list, bool, np.bool_)) else p for p in given])
    explicit = any(part is Ellipsis for part in given)
    given = given if explicit else (*given, Ellipsis)
    left = len(shape) - sum([_axes(part) for part in given])
    if left < 0:
        raise IndexError(f"too many indices for an array of shape {shape}")
    parts: list[tuple[Any, int]] = []
    axis = 0
    for part in given:
        if part is Ellipsis:
            parts += [(slice(None), 1)] * left or [(Ellipsis, 0)] * explicit  # which keeps arrays apart even so
            axis += left
            continue
        if part is None or isinstance(part, slice):
            parts.append((part, _axes(part)))
        elif _is_mask(part):
            if part.shape != shape[axis : axis + part.ndim]:
                raise IndexError(f"a mask of shape {part.shape} does not fit axis {axis} of an array of shape {shape}")
            found = part.nonzero() if part.ndim else (np.zeros(int(part), np.int64),)
            parts += [(cp.asarray(where, np.int64), min(part.ndim, 1)) for where in found]
        else:
            parts.append((_checked(part, axis, shape[axis]), 1))
        axis += _axes(part)
    return parts


def _axes(part: Any) -> int:
    """How many axes of an array a part of a key takes."""
    if part is None or part is Ellipsis:
        return 0
    return part.ndim if _is_mask(part) else 1


def _is_mask(part: Any) -> bool:
    return hasattr(part, "dtype") and part.dtype.kind == "b"


def _checked(part: Any, axis: int, size: int) -> Any:
    """Indices as an array of the device."""
    if not isinstance(part, cp.ndarray):
        part = np.asarray(part)
        if part.size and not (-size <= part.min() and part.max() < size):
            outside = part[(part < -size) | (part >= size)].flat[0]
            raise IndexError(f"index {outside} is out of bounds for axis {axis} with size {size}")
        return uploaded(part.astype(np.int64, copy=False))
    return part.astype(np.int64, copy=False)
