"""Weighted sums of a few rows each: bilinear sampling is made of them.

``places`` and ``weights`` have one shape, (number of sums, terms of each); places are row numbers within range.
float16 is computed in float32. ``unblend`` adds by atomics: its rounding is not the same in every run.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..device import cp
from .kernels import Raw, c_type, work_type
from .launch import each, run, sum_dtype, sum_type

LANES, SUMS = 32, 8  # a block of threads: so many add up one product, so many products

_blend = each(
    "blend",
    "const T* x, const long long* places, const V* weights, T* y, long long terms, long long columns",
    """
    const long long row = i / columns, column = i % columns;
    W sum = 0;
    for (long long k = row * terms; k < (row + 1) * terms; ++k)
        sum += (W)weights[k] * (W)x[places[k] * columns + column];
    y[i] = (T)sum;
    """,
)
_unblend = each(
    "unblend",
    "const T* ct, const long long* places, const V* weights, A* y, long long terms, long long columns",
    """
    const long long row = i / columns, column = i % columns;
    const W value = (W)ct[i];
    for (long long k = row * terms; k < (row + 1) * terms; ++k)
        atomicAdd(y + places[k] * columns + column, (A)((W)weights[k] * value));
    """,
)
_products = Raw(
    "blend_products",
    """(const T* x, const V* ct, const long long* places, T* y, long long count, long long terms, long long columns)
    {
        __shared__ W parts[8][33];
        const long long i = (long long)blockIdx.x * 8 + threadIdx.y;
        W sum = 0;
        if (i < count) {
            const T* row = x + places[i] * columns;
            const V* other = ct + i / terms * columns;
            for (long long c = threadIdx.x; c < columns; c += 32) sum += (W)row[c] * (W)other[c];
        }
        parts[threadIdx.y][threadIdx.x] = sum;
        for (int step = 16; step > 0; step /= 2) {
            __syncthreads();
            if (threadIdx.x < step) parts[threadIdx.y][threadIdx.x] += parts[threadIdx.y][threadIdx.x + step];
        }
        if (threadIdx.x == 0 && i < count) y[i] = (T)parts[threadIdx.y][0];
    }""",
)


def _laid(*arrays: Any) -> list[Any]:
    return [cp.ascontiguousarray(a) for a in arrays]


def _types(x: Any, other: Any) -> dict[str, str]:
    """What the kernels call the dtypes; they compute in the wider one."""
    return {"T": c_type(x.dtype), "V": c_type(other.dtype), "W": work_type(np.promote_types(x.dtype, other.dtype))}


def blend(x: Any, places: Any, weights: Any) -> Any:
    """Sum of ``weights[i, k] * x[places[i, k]]`` over k: shape (number of sums, columns of x)."""
    x, places, weights = _laid(x, places.astype(np.int64, copy=False), weights)
    y = cp.empty((len(places), x.shape[1]), x.dtype)
    run(_blend, y.size, x, places, weights, y, places.shape[1], x.shape[1], **_types(x, weights))
    return y


def unblend(ct: Any, places: Any, weights: Any, size: int) -> Any:
    """``size`` zero rows with ``weights[i, k] * ct[i]`` added to row ``places[i, k]``: the adjoint of ``blend``."""
    ct, places, weights = _laid(ct, places.astype(np.int64, copy=False), weights)
    y = cp.zeros((size, ct.shape[1]), sum_dtype(ct.dtype))
    types = {**_types(ct, weights), "A": sum_type(ct.dtype)}
    run(_unblend, ct.size, ct, places, weights, y, places.shape[1], ct.shape[1], **types)
    return y.astype(ct.dtype, copy=False)


def blend_products(x: Any, ct: Any, places: Any) -> Any:
    """``x[places[i, k]]`` times ``ct[i]``, added up over the columns: how ``blend`` changes with its weights."""
    x, ct, places = _laid(x, ct, places.astype(np.int64, copy=False))
    y = cp.empty(places.shape, x.dtype)
    if y.size:
        numbers = np.int64(y.size), np.int64(places.shape[1]), np.int64(x.shape[1])
        blocks = -(-y.size // SUMS)
        _products((blocks,), (LANES, SUMS), (x, ct, places, y, *numbers), 0, **_types(x, ct))
    return y
