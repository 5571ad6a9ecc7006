"""Copies of large arrays: in blocks that stay in the cache, on all threads."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from .memory import empty
from .onednn import copies
from .threads import pieces, share, spread

NEAR, FAR = 512, 64  # elements of a tile along the axis that is near in the source and in the target
FEW = 8  # elements of a last axis that are copied one by one, each along the other axes
SMALL = 1 << 16  # elements that stay in the cache anyway
BLOCK = 1 << 19  # elements a thread copies at a time
THREADED, PLAIN = 1 << 18, 1 << 21  # elements from which threads pay, and where they lie in the same order

Key = tuple[slice, ...]
COPIES = np.lib.NumpyVersion(np.__version__) >= "2.1.0"  # reshape says whether it would copy


def contiguous(x: Any, dtype: Any = None) -> Any:
    """A copy in C order."""
    if x.size < SMALL:
        return x.copy() if dtype is None else np.array(x, dtype, order="C")
    out = empty(x.shape, dtype or x.dtype)
    fill(out, x)
    return out


def fill(target: Any, source: Any) -> None:
    """Put one array into another of its shape: a transposed one tile by tile, much faster than row by row."""
    size = source.size
    if size < SMALL or (size < THREADED and source.flags.c_contiguous and target.flags.c_contiguous):
        target[...] = source
        return
    target, source = _merged(target, source)
    steps = [abs(step) if n > 1 and step else np.inf for n, step in zip(source.shape, source.strides)]
    last = source.ndim - 1
    near = int(np.argmin(steps)) if source.strides[last] else last  # one element for all of the last axis is near

    def copy(key: Key) -> None:
        write, read = target[key], source[key]
        if near == last or read.shape[near] <= FEW:
            write[...] = read
        elif read.shape[last] <= FEW:
            for i in range(read.shape[last]):
                write[..., i] = read[..., i]
        else:
            rows = (slice(None),) * near
            for i in range(0, read.shape[near], NEAR):
                to, of = write[(*rows, slice(i, i + NEAR))], read[(*rows, slice(i, i + NEAR))]
                for j in range(0, read.shape[last], FAR):
                    to[..., j : j + FAR] = of[..., j : j + FAR]

    if source.size < (PLAIN if near == last else THREADED):
        copy(())
    elif near != last and copies.fits(target, source, near):
        copies.fill(target, source)
    else:
        spread(copy, cuts(source.shape, BLOCK if near != last else share(source.size, BLOCK)))


def write(target: Any, value: Any) -> None:
    """Put values into an array in place."""
    large = target.size >= SMALL and isinstance(value, np.ndarray) and value.shape == target.shape
    if large and not np.may_share_memory(target, value):
        fill(target, value)
    else:
        target[...] = value


def cuts(shape: tuple[int, ...], most: int = BLOCK, whole: tuple[int, ...] = ()) -> Iterator[Key]:
    """An array of this shape in blocks of about ``most`` elements, along its first axes but those that stay whole."""
    axes: list[list[slice]] = []
    size = math.prod(shape)
    for axis, n in enumerate(shape):
        if size <= most:
            break
        if axis in whole:
            axes.append([slice(None)])
        else:
            size //= n
            axes.append(pieces(n, max(1, most // size)))
    return itertools.product(*axes)


def concat(axis: int, *xs: Any) -> Any:
    """Arrays one after the other along an axis."""
    size = 0
    for x in xs:
        size += x.size
    if size < PLAIN or len({x.dtype for x in xs}) > 1:
        return np.concatenate(xs, axis)
    shape = list(xs[0].shape)
    ends = list(itertools.accumulate([x.shape[axis] for x in xs], initial=0))
    shape[axis] = ends[-1]
    out = empty(shape, xs[0].dtype)
    before = (slice(None),) * (axis % out.ndim)
    parts = [out[(*before, slice(start, end))] for start, end in itertools.pairwise(ends)]
    most = share(out.size, BLOCK)
    spread(lambda pair: fill(*pair), [(part[key], x[key]) for part, x in zip(parts, xs) for key in cuts(x.shape, most)])
    return out


def reshape(x: Any, shape: Any) -> Any:
    """x in another shape: a view where there can be one."""
    if x.size < SMALL or x.flags.c_contiguous or not COPIES:
        return x.reshape(shape)
    try:
        return x.reshape(shape, copy=False)
    except ValueError:
        return contiguous(x).reshape(shape)


def zeros_around(x: Any, key: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of ``shape`` with x at ``key``, which consists of slices and numbers."""
    if x.size < THREADED:
        out = np.zeros(shape, x.dtype)
        out[key] = x
    else:
        out = empty(shape, x.dtype)
        spread(lambda block: out[block].fill(0), cuts(shape))
        fill(out[key], x)
    return out


def pad(x: Any, widths: Any, mode: str) -> Any:
    """x with more around it: for each axis (before, after) elements, of its ``edge`` or mirrored (``reflect``)."""
    out = empty([before + n + after for n, (before, after) in zip(x.shape, widths)], x.dtype)
    fill(out[_middle(out.shape, widths)], x)
    for _, border, inside in _borders(out, widths, mode):
        border[...] = inside
    return out


def unpad(ct: Any, widths: Any, mode: str) -> Any:
    """The adjoint of ``pad``."""
    ct = contiguous(ct)
    for axis, border, inside in reversed(_borders(ct, widths, mode)):
        inside += border if mode == "reflect" else border.sum(axis, ct.dtype, keepdims=True)
    return contiguous(ct[_middle(ct.shape, widths)])


def _middle(shape: Any, widths: Any) -> Key:
    return tuple([slice(before, n - after) for n, (before, after) in zip(shape, widths)])


def _borders(x: Any, widths: Any, mode: str) -> list[tuple[int, Any, Any]]:
    """Axis by axis, before and after: the axis, the border, and what stands there (for ``edge``: in all of it)."""
    found = []
    for axis, (n, (before, after)) in enumerate(zip(x.shape, widths)):
        lines = (slice(None),) * axis
        if mode == "reflect":
            ends = (
                slice(2 * before, before, -1),
                slice(n - after - 2, n - 2 * after - 2 if n - 2 * after > 1 else None, -1),
            )
        else:
            ends = slice(before, before + 1), slice(n - after - 1, n - after)
        for border, inside in zip((slice(0, before), slice(n - after, n)), ends):
            if border.stop > border.start:
                found.append((axis, x[(*lines, border)], x[(*lines, inside)]))
    return found


def _merged(target: Any, source: Any) -> tuple[Any, Any]:
    """Both with neighbouring axes made one where they lie in memory as one, and without axes of size 1."""
    shape: list[int] = []
    steps: list[tuple[int, int]] = []
    for size, *step in zip(source.shape, target.strides, source.strides):
        if size == 1:
            continue
        if shape and steps[-1] == (step[0] * size, step[1] * size):
            shape[-1] *= size
            steps[-1] = (step[0], step[1])
        else:
            shape.append(size)
            steps.append((step[0], step[1]))
    view = np.lib.stride_tricks.as_strided
    return (view(target, shape, [s for s, _ in steps]), view(source, shape, [s for _, s in steps]))
