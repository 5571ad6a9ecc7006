"""Copies on the GPU. A transposed array goes through tiles in shared memory: read along its own rows, written along
the new ones, where CuPy's copy would jump at every element.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..device import cp
from .kernels import Raw
from .launch import word_type

TILE, LINES = 32, 8  # a block of TILE x LINES threads moves TILE x TILE elements
SMALL = 1 << 14  # elements up to which CuPy's own copy is as fast
FEW = 8  # elements of an axis that make poor tiles

# The axes in the target: near (1 apart in the source), last (1 apart in the target), and a third one, of which each
# block has one place. Steps are in elements.
_tiles = Raw(
    "tiles",
    """(const void* source, void* target, long long near, long long last, long long third,
        long long x_last, long long x_third, long long y_near, long long y_third,
        long long tiles_near, long long tiles_last)
    {
        __shared__ T tile[32][33];
        long long block = blockIdx.x;
        const long long a = block % tiles_near * 32;
        block /= tiles_near;
        const long long b = block % tiles_last * 32;
        block /= tiles_last;
        const T* x = (const T*)source + block * x_third;
        T* y = (T*)target + block * y_third;
        for (int k = threadIdx.y; k < 32; k += blockDim.y)
            if (a + threadIdx.x < near && b + k < last) tile[k][threadIdx.x] = x[a + threadIdx.x + (b + k) * x_last];
        __syncthreads();
        for (int k = threadIdx.y; k < 32; k += blockDim.y)
            if (a + k < near && b + threadIdx.x < last) y[(a + k) * y_near + b + threadIdx.x] = tile[threadIdx.x][k];
    }""",
)


def contiguous(x: Any) -> Any:
    """A copy in C order."""
    y = cp.empty(x.shape, x.dtype)
    fill(y, x)
    return y


def fill(target: Any, source: Any) -> None:
    """Put one array into another of its shape and dtype."""
    if source.size < SMALL or not _by_tiles(target, source):
        target[...] = source


def uploaded(x: Any) -> Any:
    """A NumPy array on the current device. CuPy would read pinned memory later, when its owner may have changed it."""
    pinned = cp.cuda.pinned_memory.is_memory_pinned(x.ctypes.data)
    return cp.array(x.reshape(x.shape or 1), order="C", blocking=pinned).reshape(x.shape)


def put_number(target: Any, value: Any) -> None:
    """A number into every place of an array. CuPy takes -0.0 for 0: it clears the bytes."""
    target[...] = value
    if value == 0 and target.dtype.kind == "f" and math.copysign(1, value) < 0:
        cp.negative(target, target)


def filled(shape: Any, value: Any, dtype: Any = None) -> Any:
    """A new array of one number."""
    y = cp.empty(shape, np.asarray(value).dtype if dtype is None else dtype)
    put_number(y, value)
    return y


def overlap(a: Any, b: Any) -> bool:
    """May arrays share memory? (CuPy looks within one allocation, and takes what it was lent twice for two of them.)"""
    (a_first, a_last), (b_first, b_last) = _bounds(a), _bounds(b)
    return a_first < b_last and b_first < a_last and a.size > 0 and b.size > 0


def _bounds(x: Any) -> tuple[int, int]:
    """The addresses of an array's first byte and of the one behind its last."""
    first = last = x.data.ptr
    for n, step in zip(x.shape, x.strides):
        first, last = (first, last + (n - 1) * step) if step > 0 else (first + (n - 1) * step, last)
    return first, last + x.itemsize


def _by_tiles(target: Any, source: Any) -> bool:
    """A transposed copy; False where it is none, or has more than three axes even with neighbours made one."""
    size = source.itemsize
    shape, steps = merged(source.shape, source.strides, target.strides)
    if not 2 <= len(shape) <= 3 or any(step % size for pair in steps for step in pair):
        return False
    near = [i for i, (step, _) in enumerate(steps) if step == size]
    last = [i for i, (_, step) in enumerate(steps) if step == size]
    if not near or not last or last[0] in near or min(shape[near[0]], shape[last[0]]) < FEW:
        return False
    (a,), (b,) = near[:1], last[:1]
    third = [i for i in range(len(shape)) if i not in (a, b)]
    count = shape[third[0]] if third else 1
    x_third, y_third = (step // size for step in steps[third[0]]) if third else (0, 0)
    tiles = [-(-shape[i] // TILE) for i in (a, b)]
    numbers = (
        shape[a], shape[b], count, steps[b][0] // size, x_third, steps[a][1] // size, y_third, *tiles,
    )  # fmt: skip
    blocks = tiles[0] * tiles[1] * count
    _tiles((blocks,), (TILE, LINES), (source, target, *map(np.int64, numbers)), T=word_type(size))
    return True


def merged(shape: Any, *strides: Any) -> tuple[list[int], list[tuple[int, ...]]]:
    """A shape and the steps of arrays that have it, with neighbouring axes made one where they are one in each array,
    and without axes of size 1."""
    sizes: list[int] = []
    steps: list[tuple[int, ...]] = []
    for n, *step in zip(shape, *strides):
        if n == 1:
            continue
        if sizes and all(before == own * n for before, own in zip(steps[-1], step)):
            sizes[-1] *= n
            steps[-1] = tuple(step)
        else:
            sizes.append(n)
            steps.append(tuple(step))
    return sizes, steps
