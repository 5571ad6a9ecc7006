"""Looking up by index on the GPU, and adding back what was looked up.

Where indices repeat, sums are made by atomics: their rounding is not the same in every run.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...core.errors import OutOfBoundsError
from ...core.state import state
from ..device import cp
from .copies import filled, overlap, uploaded
from .kernels import c_type, elementwise, work_type
from .keys import is_basic, parts_of, places_of
from .launch import each, run, sum_dtype, sum_type, word_type
from .layout import cast, write
from .special import FUNCTIONS

WITHIN = "if (place < 0) place += size; if (place >= size) place = size - 1; if (place < 0) place = 0;"
"""An index may count from the end; none leads out of the array, whatever it is."""

_clip = elementwise(
    "T x, int64 size",
    "int64 y",
    "const long long place = mxnd_integer<long long>(x); y = place >= size ? size - 1 : place < 0 ? 0 : place;",
    "clip_indices",
    FUNCTIONS["mxnd_integer"],
)
_wrap = elementwise(
    "T x, int64 size",
    "int64 y",
    "const long long rest = size > 0 ? mxnd_integer<long long>(x) % size : 0; y = rest < 0 ? rest + size : rest;",
    "wrap_indices",
    FUNCTIONS["mxnd_integer"],
)
_check = elementwise(
    "T x, int64 size, int64 low",
    "int64 y, raw bool outside",
    """
    const long long place = mxnd_integer<long long>(x);
    if (place < low || place >= size) outside[0] = true;
    y = low < 0 && place < 0 ? place + size : place;
    """,
    "check_indices",
    FUNCTIONS["mxnd_integer"],
)
_take = each(
    "take",
    "const void* x, const long long* places, void* y, long long size, long long number, long long tail",
    f"""
    const long long row = i / tail;
    long long place = places[row % number];
    {WITHIN}
    ((T*)y)[i] = ((const T*)x)[(row / number * size + place) * tail + i % tail];
    """,
)
_untake = each(
    "untake",
    "const T* ct, const long long* places, A* y, long long size, long long number, long long tail",
    f"""
    const long long row = i / tail;
    long long place = places[row % number];
    {WITHIN}
    atomicAdd(y + (row / number * size + place) * tail + i % tail, (A)(W)ct[i]);
    """,
)
_one_hot = elementwise(
    "raw int64 places, int64 depth, T on, T off", "T y", "y = places[i / depth] == i % depth ? on : off", "one_hot"
)
ALONG = f"""
    long long place = at;
    {WITHIN}
    const long long spot = (i / (number * tail) * size + place) * tail + i % tail;
"""
_along = elementwise(
    "raw T x, int64 at, int64 size, int64 number, int64 tail", "T y", f"{ALONG} y = x[spot];", "take_along_axis"
)
_unalong = elementwise(
    "T ct, int64 at, int64 size, int64 number, int64 tail", "raw T y", f"{ALONG} y[spot] = ct;", "untake_along_axis"
)
_add_at = elementwise("T x, int64 place", "raw A y", "atomicAdd(&y[place], (A)(x))", "add_at")
# Of several values for one place the last one stays: first each place learns which that is.
_forget_owner = elementwise("int64 place", "raw I owner", "owner[place] = -1", "forget_owner")
_find_owner = elementwise("int64 place", "raw I owner", "atomicMax(&owner[place], (I)i)", "find_owner")
_put_owned = elementwise(
    "T x, int64 place, raw I owner", "raw T y", "if (owner[place] == (I)i) y[place] = x", "put_owned"
)


def indices(x: Any, size: int, mode: str) -> Any:
    """Numbers of any dtype as int64 indices into an axis of ``size``; fractions are cut off.

    mode: What becomes of numbers outside: ``"clip"`` takes the nearest end (an error under ``mxnd.strict()``),
        ``"wrap"`` counts around, ``"raise"`` is an OutOfBoundsError, ``"end"`` counts negative ones from the end and is
        an error beyond that. What can be an error waits for the device.
    """
    if mode == "wrap" or (mode == "clip" and not state.strict):
        return (_wrap if mode == "wrap" else _clip)(x, size)
    low = -size if mode == "end" else 0
    outside = cp.zeros(1, bool)
    places = _check(x, size, low, cp.empty(x.shape, np.int64), outside)[0]
    if x.size and bool(outside):  # whether there is an error depends on values
        given = cp.asnumpy(x).astype(np.int64)
        bad = given[(given < low) | (given >= size)][0]
        raise OutOfBoundsError(f"index {bad} is out of bounds for an axis of size {size}")
    return places


def take(x: Any, places: Any, axis: int) -> Any:
    """Slices of x along an axis; the indices are integers within range."""
    axis %= x.ndim
    shape = (*x.shape[:axis], *places.shape, *x.shape[axis + 1 :])
    y = cp.empty(shape, x.dtype)
    if not y.size:
        return y
    if not x.size:
        raise IndexError(f"nothing to take from an axis of size {x.shape[axis]} in an array of shape {x.shape}")
    x, places = cp.ascontiguousarray(x), cp.ascontiguousarray(places.astype(np.int64, copy=False))
    tail = math.prod(x.shape[axis + 1 :])
    width = math.gcd(tail * x.itemsize, 16, x.data.ptr)  # as long words as all rows begin and end with
    words = tail * x.itemsize // width
    run(_take, y.nbytes // width, x, places, y, x.shape[axis], places.size, words, T=word_type(width))
    return y


def untake(ct: Any, places: Any, axis: int, shape: tuple[int, ...]) -> Any:
    """The adjoint of ``take``: slices added up where an index repeats."""
    ct, places = cp.ascontiguousarray(ct), cp.ascontiguousarray(places.astype(np.int64, copy=False))
    y = cp.zeros(shape, sum_dtype(ct.dtype))
    tail = math.prod(shape[axis + 1 :])
    types = {"T": c_type(ct.dtype), "A": sum_type(ct.dtype), "W": work_type(ct.dtype)}
    run(_untake, ct.size, ct, places, y, shape[axis], places.size, tail, **types)
    return y.astype(ct.dtype, copy=False)


def one_hot(places: Any, depth: int, on: Any, off: Any, dtype: Any) -> Any:
    """For each of the int64 indices a row of ``off`` with ``on`` at its place, if that is in the row."""
    y = cp.empty((*places.shape, depth), dtype)
    if y.size:
        _one_hot(cp.ascontiguousarray(places), depth, y.dtype.type(on), y.dtype.type(off), y)
    return y


def take_along_axis(x: Any, places: Any, axis: int) -> Any:
    """``numpy.take_along_axis``: the other axes broadcast."""
    axis %= x.ndim
    shape, source, index = _along_shapes(x.shape, places.shape, axis)
    y = cp.empty(index, x.dtype)
    if y.size:
        _some(source, axis)
        at = cp.broadcast_to(places.astype(np.int64, copy=False), index)
        x = cp.ascontiguousarray(cp.broadcast_to(x, source))
        _along(x, at, source[axis], index[axis], math.prod(shape[axis + 1 :]), y)
    return y


def untake_along_axis(ct: Any, places: Any, axis: int, shape: tuple[int, ...]) -> Any:
    """The adjoint of ``take_along_axis`` for indices that do not repeat along the axis."""
    axis %= len(shape)
    y = cp.zeros(shape, ct.dtype)
    index = _along_shapes(shape, places.shape, axis)[2]
    if math.prod(index):
        _some(shape, axis)
        at = cp.broadcast_to(places.astype(np.int64, copy=False), index)
        _unalong(cp.broadcast_to(ct, index), at, shape[axis], index[axis], math.prod(shape[axis + 1 :]), y)
    return y


def _some(shape: tuple[int, ...], axis: int) -> None:
    """An error unless there is something to index: NumPy's, whose words nobody sees, since an input is empty."""
    if not shape[axis]:
        raise IndexError(f"index out of bounds: axis {axis} of an array of shape {shape} has size 0")


def _along_shapes(x: Any, places: Any, axis: int) -> Any:
    """The shapes that x and places are broadcast to, which differ along the axis alone; first that with 1 there."""
    shape = list(np.broadcast_shapes(*[(*s[:axis], 1, *s[axis + 1 :]) for s in (x, places)]))
    return [(*shape[:axis], n, *shape[axis + 1 :]) for n in (1, x[axis], places[axis])]


def index(x: Any, key: Any) -> Any:
    """``x[key]``."""
    if is_basic(key):
        return x[key]
    parts = parts_of(key, x.shape)
    if any(isinstance(part, cp.ndarray) and not axes for part, axes in parts):  # single booleans
        return take(x.reshape(-1), places_of(key, x.shape), 0)
    arrays = [axis for axis, (part, _) in enumerate(parts) if not isinstance(part, slice) or part != slice(None)]
    if len(arrays) == 1 and isinstance(parts[arrays[0]][0], cp.ndarray):
        return take(x, parts[arrays[0]][0], arrays[0])
    return x[tuple([part for part, _ in parts])]


def unindex(ct: Any, key: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of ``shape`` with ``ct`` added at ``key``: the adjoint of ``index``."""
    if is_basic(key):
        y = cp.zeros(shape, ct.dtype)
        y[key] = ct
        return y
    places = places_of(key, shape)
    y = cp.zeros(shape, sum_dtype(ct.dtype))
    if places.size:
        target = y.view(np.uint64) if y.dtype == np.int64 else y  # as what CUDA has an atomicAdd for
        _add_at(cp.broadcast_to(ct, places.shape), places, target)
    return y.astype(ct.dtype, copy=False)


def replace(x: Any, key: Any, value: Any) -> Any:
    """A copy of x with ``value`` at ``key``; where a place repeats, the last value stays."""
    y = x.copy()
    store(y, key, value)
    return y


def place(x: Any, key: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of ``shape`` with x at ``key``, an index; where one repeats, the last stays."""
    y = cp.zeros(shape, x.dtype)
    store(y, key, x)
    return y


def store(target: Any, key: Any, value: Any) -> None:
    """``target[key] = value``; where a place repeats, the last value stays."""
    if is_basic(key):
        write(target[key], value)
    else:
        _put(target, places_of(key, target.shape), value)


def _put(y: Any, places: Any, value: Any) -> None:
    if isinstance(value, np.ndarray):
        value = uploaded(value)
    value = cast(value, y.dtype) if isinstance(value, cp.ndarray) else filled((), value, y.dtype)
    while value.ndim > places.ndim and value.shape[0] == 1:
        value = value[0]
    value = cp.broadcast_to(value, places.shape)
    if not places.size:
        return
    if overlap(y, value):
        value = value.copy()
    owner = cp.empty(y.size, np.int32 if places.size < 1 << 31 else np.int64)
    _forget_owner(places, owner)
    _find_owner(places, owner)
    _put_owned(value, places, owner, y)
