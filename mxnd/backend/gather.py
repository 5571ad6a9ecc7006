"""Looking up by index, and adding back what was looked up."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy  # scipy.sparse is loaded when first needed

from ..core.errors import OutOfBoundsError
from ..core.state import state
from .compiled import kernel, numba
from .memory import empty
from .threads import pieces, share, spread

UNSIGNED = np.dtype(np.uint64)  # in which a negative index is larger than any size
THREADED = 1 << 18  # elements from which threads pay
BLOCK = 1 << 17  # elements a thread handles at a time


def indices(x: Any, size: int, mode: str) -> Any:
    """Numbers of any dtype as int64 indices into an axis of ``size``; fractions are cut off.

    mode: What becomes of numbers outside: ``"clip"`` takes the nearest end (an error under ``mxnd.strict()``),
        ``"wrap"`` counts around, ``"raise"`` is an OutOfBoundsError, ``"end"`` counts negative ones from the end and is
        an error beyond that.
    """
    places = x.astype(np.int64, copy=False)
    if not places.size or np.maximum.reduce(places.view(UNSIGNED), None) < size:
        return places
    if mode == "clip" and not state.strict:
        return np.minimum(np.maximum(places, 0), size - 1)
    if mode == "wrap":
        return np.mod(places, size)
    outside = (places < (-size if mode == "end" else 0)) | (places >= size)
    if outside.any():
        raise OutOfBoundsError(f"index {places[outside][0]} is out of bounds for an axis of size {size}")
    return places + size * (places < 0)


def take(x: Any, places: Any, axis: int) -> Any:
    """Slices of x along an axis; the indices are integers within range."""
    size = places.size * (x.size // max(x.shape[axis], 1))
    if axis != 0 or size < 8 * THREADED or x.ndim == 1:
        return x.take(places, axis)
    out = empty((places.size, *x.shape[1:]), x.dtype)
    flat = places.reshape(-1)

    def some(rows: slice) -> None:
        np.take(x, flat[rows], 0, out=out[rows], mode="clip")  # else NumPy goes through another array

    spread(some, pieces(len(flat), max(1, share(size, BLOCK) * len(flat) // size)))
    return out.reshape(places.shape + x.shape[1:])


def place(x: Any, key: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of ``shape`` with x at ``key``, an index; where one repeats, the last stays."""
    out = np.zeros(shape, x.dtype)
    out[key] = x
    return out


def one_hot(places: Any, depth: int, on: Any, off: Any, dtype: Any) -> Any:
    """For each of the int64 indices a row of ``off`` with ``on`` at its place, if that is in the row."""
    flat = places.reshape(-1)
    out = empty((len(flat), depth), dtype)
    if not depth:
        return out.reshape(*places.shape, 0)

    def some(rows: slice) -> None:
        line, here = out[rows].reshape(-1), flat[rows]
        line.fill(off)
        starts = np.arange(0, line.size, depth)
        if here.size and (here.min() < 0 or here.max() >= depth):
            inside = np.flatnonzero((here >= 0) & (here < depth))
            starts, here = starts[inside], here[inside]
        line[starts + here] = on

    spread(some, pieces(len(flat), max(1, share(out.size, BLOCK) // depth)))
    return out.reshape(*places.shape, depth)


def untake(ct: Any, places: Any, axis: int, shape: tuple[int, ...]) -> Any:
    """The adjoint of ``take``: slices added up where an index repeats."""
    lead, size, tail = shape[:axis], shape[axis], shape[axis + 1 :]
    rows = np.moveaxis(ct.reshape((*lead, places.size, *tail)), axis, 0)
    added = _add_rows(rows.reshape(places.size, math.prod(lead + tail)), places.reshape(-1), size)
    return np.moveaxis(added.reshape((size, *lead, *tail)), 0, axis)


def _add_rows(rows: Any, places: Any, size: int) -> Any:
    """``size`` rows of zeros, with ``rows[i]`` added to row ``places[i]``."""
    width = rows.shape[1]
    if width > 1 and rows.dtype.kind == "f":
        wide = rows.astype(np.float32) if rows.dtype == np.float16 else rows
        if wide.size >= THREADED and numba() is not None:
            return _add_by_ranges(wide, places, size).astype(rows.dtype, copy=False)
        # A sparse product does this 10 times faster than np.add.at.
        ends = np.arange(len(places) + 1)
        spread = scipy.sparse.csc_matrix((np.ones(len(places), wide.dtype), places, ends), (size, len(places)))
        return (spread @ wide).astype(rows.dtype, copy=False)
    out = np.zeros(size if width == 1 else (size, width), rows.dtype)
    np.add.at(out, places, rows.reshape(-1) if width == 1 else rows)
    return out


def _add_by_ranges(rows: Any, places: Any, size: int) -> Any:
    """The same, each thread adding to a range of rows of the result."""
    width = rows.shape[1]
    added, flat = empty((size, width), rows.dtype), np.ascontiguousarray(rows).reshape(-1)

    def add(some: slice) -> None:
        added[some].fill(0)
        _add(flat, places, added.reshape(-1), *map(np.uintp, (width, some.start, some.stop)))

    spread(add, pieces(size, share(size, 1)))
    return added


@kernel()
def _add(rows: Any, places: Any, out: Any, width: Any, start: Any, stop: Any) -> None:
    for i in range(np.uintp(len(places))):
        place = np.uintp(places[i])
        if start <= place < stop:
            for j in range(width):
                out[place * width + j] += rows[i * width + j]


def take_along_axis(x: Any, places: Any, axis: int) -> Any:
    """``numpy.take_along_axis``; one element of each row faster than that."""
    flat = _one_each(x.shape, places, axis)
    if flat is None:
        return np.take_along_axis(x, places, axis)
    return x.reshape(-1).take(flat).reshape(places.shape)


def untake_along_axis(ct: Any, places: Any, axis: int, shape: tuple[int, ...]) -> Any:
    """The adjoint of ``take_along_axis`` for indices that do not repeat along the axis."""
    out = np.zeros(shape, ct.dtype)
    flat = _one_each(shape, places, axis)
    if flat is None:
        np.put_along_axis(out, places, ct, axis)
    else:
        out.reshape(-1)[flat] = ct.reshape(-1)
    return out


def _one_each(shape: tuple[int, ...], places: Any, axis: int) -> Any:
    """Places in the flat array, where there is one for each of the rows."""
    if axis != len(shape) - 1 or places.shape != (*shape[:-1], 1):
        return None
    flat = places.reshape(-1)
    return flat + np.arange(0, flat.size * shape[-1], shape[-1]) if shape[-1] else flat
