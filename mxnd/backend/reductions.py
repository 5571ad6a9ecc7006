"""Sums and extremes of large arrays along axes: the last run of axes first, those before it when little is left.

What is cut for threads depends on the shape alone. Sums are made of those of some hundred or thousand elements, which
are added up in float64. Numba's sums of rows take a third of the time of NumPy's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from .axes import collapse
from .compiled import SUMS, kernel, numba
from .threads import pieces, spread

STRETCH = 1 << 12  # elements of a row that are added up in their own dtype
PIECE = 1 << 18  # elements that a thread takes at once
NARROW = 1 << 9  # columns below which as many rows as make up for it are taken as one
THREADED, QUICK = 1 << 21, 1 << 22  # elements from which threads pay, and where Numba adds up rows


@kernel(*SUMS)
def total_of(x: Any) -> Any:
    """The sum of a row, for kernels."""
    total = x.dtype.type(0)
    for i in range(x.shape[0]):
        total += x[i]
    return total


@kernel()
def _sum_rows(x: Any, out: Any) -> None:
    """The sum of each row of x, (rows, columns)."""
    for i in range(x.shape[0]):
        total = 0.0
        for j in range(0, x.shape[1], STRETCH):
            total += total_of(x[i, j : j + STRETCH])
        out[i] = total


@kernel(*SUMS)
def _sum_squares(x: Any, out: Any) -> None:
    """The sum of squares of each row of x, (rows, columns), in float64."""
    for i in range(x.shape[0]):
        total = 0.0
        for j in range(x.shape[1]):
            value = np.float64(x[i, j])
            total += value * value
        out[i] = total


def fits(x: Any) -> bool:
    """Is this for an array?"""
    return x.dtype.char in "fd" and x.flags.c_contiguous and x.size > 0


def reduce(ufunc: Any, x: Any, axes: Sequence[int]) -> Any:
    """``ufunc.reduce`` of an array that fits along some axes, which stay with size 1."""
    return _reduced(ufunc, x, axes).astype(x.dtype, copy=False)


def euclid(x: Any, axes: Sequence[int]) -> Any:
    """The square root of the sum of squares along some axes, which stay with size 1; NotImplemented for what is not
    float32 or does not lie together along the last of them."""
    if x.dtype.char != "f" or not fits(x) or x.ndim - 1 not in axes:
        return NotImplemented
    return np.sqrt(_reduced(np.add, x, axes, _sum_squares)).astype(x.dtype)


def _reduced(ufunc: Any, x: Any, axes: Sequence[int], rows: Any = None) -> Any:
    """``reduce`` in the dtype that parts are carried in; ``rows`` is a kernel for what the last axes become."""
    shape, marks, [found] = collapse(x.shape, [x], [i in axes for i in range(x.ndim)])
    while any(marks):  # of two neighbours one is marked
        if marks[-1]:
            found, rows = _rows(ufunc, found.reshape(-1, shape[-1]), rows), None
            shape, marks = shape[:-1], marks[:-1]
        else:
            found = _columns(ufunc, found.reshape(-1, *shape[-2:]))
            shape, marks = (*shape[:-3], found.size // math.prod(shape[:-3])), marks[:-2] or [False]
    return found.reshape([1 if i in axes else n for i, n in enumerate(x.shape)])


def _rows(ufunc: Any, x: Any, by: Any = None) -> Any:
    """Each row of x, (rows, columns); ``by`` a kernel, whose results are float64."""
    rows, columns = x.shape
    cuts = pieces(columns, PIECE)
    parts = np.empty((rows, len(cuts)), np.float64 if by else _carried(ufunc, x, len(cuts)))
    if by is None and ufunc is np.add and numba() is not None:
        by = _sum_rows

    def task(key: tuple[slice, int]) -> None:
        part, out = x[key[0], cuts[key[1]]], parts[key]
        if by:
            by(part, out)
        else:
            out[...] = ufunc.reduce(part, 1)

    spread(
        task,
        product(pieces(rows, max(1, PIECE // columns)), range(len(cuts))),
        x.size >= (QUICK if by else THREADED),
    )
    return ufunc.reduce(parts, 1) if len(cuts) > 1 else parts[:, 0]


def _columns(ufunc: Any, x: Any) -> Any:
    """Each column of each matrix of x, (matrices, rows, columns)."""
    matrices, rows, columns = x.shape
    together = NARROW // columns
    if matrices == 1 and rows > together > 1:
        whole = rows // together * together
        found = _columns(ufunc, x[:, :whole].reshape(1, -1, together * columns)).reshape(1, together, columns)
        return ufunc.reduce(np.concatenate((found, x[:, whole:]), 1), 1)
    many = rows > PIECE // columns and columns < PIECE // 8  # rows are cut, and otherwise columns
    cuts = pieces(rows, max(1, PIECE // columns) if many else rows)
    ranges = pieces(columns, columns if many else max(1, PIECE // rows))
    parts = np.empty((len(cuts), matrices, columns), _carried(ufunc, x, len(cuts)))

    def task(key: tuple[slice, int, slice]) -> None:
        some, cut, wanted = key
        parts[cut, some, wanted] = ufunc.reduce(x[some, cuts[cut], wanted], 1)

    spread(
        task, product(pieces(matrices, max(1, PIECE // (rows * columns))), range(len(cuts)), ranges), x.size >= THREADED
    )
    return ufunc.reduce(parts, 0) if len(cuts) > 1 else parts[0]


def _carried(ufunc: Any, x: Any, parts: int) -> Any:
    """The dtype of so many parts of each result: of several ones, which are fewer than x has elements, float64."""
    return np.float64 if ufunc is np.add and parts > 1 else x.dtype
