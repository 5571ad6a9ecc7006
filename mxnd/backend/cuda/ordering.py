"""Sorting on the GPU: equal values keep their order, and NaN comes last, whichever way it goes.

Every element becomes a whole number that sorts as it should: the bits of a float with its sign turned into an offset.
The number of its row goes before it and its place in the row behind it, as far as 64 bits reach: then one radix sort of
one long line does it all, which a sort of rows with comparisons of pairs (CuPy's own) would take far longer for.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.errors import ArgumentError
from ..device import cp
from .copies import contiguous
from .kernels import Raw
from .launch import each, run, word_type

LANES = 256  # threads that look for an extreme together, at most
CHUNK = 1 << 13  # elements they look at, where rows are few
ROWS = 1 << 9  # rows from which there is work for all without cutting them

KEY = """
// kind: 0 unsigned, 1 signed, 2 a float, whose infinity has the bits inf. exact: 0 and -0 differ.
__device__ inline unsigned long long mxnd_key(U b, int kind, U inf, bool descending, bool exact) {
    const U sign = (U)((U)1 << (8 * sizeof(U) - 1));
    if (kind < 2) {
        const U key = kind == 1 ? (U)(b ^ sign) : b;
        return descending ? (U)~key : key;
    }
    const U size = b & (U)~sign;
    if (size > inf) return (U)~(U)0;
    if (descending) b ^= sign;
    if (!size && !exact) b = 0;
    return b & sign ? (U)~b : (U)(b | sign);
}
__device__ inline U mxnd_unkey(unsigned long long key, int kind, bool descending) {
    const U sign = (U)((U)1 << (8 * sizeof(U) - 1));
    U b = (U)key;
    if (kind < 2) {
        if (descending) b = (U)~b;
        return kind == 1 ? (U)(b ^ sign) : b;
    }
    b = b & sign ? (U)(b ^ sign) : (U)~b;
    return descending ? (U)(b ^ sign) : b;
}
"""

_keys = each(
    "keys",
    "const void* x, K* keys, int kind, U inf, int descending, int exact, long long length, int row_at, int key_at",
    """
    const unsigned long long row = row_at < 64 ? (unsigned long long)(i / length) << row_at : 0;
    const unsigned long long place = key_at ? i % length : 0;
    keys[i] = (K)(row | mxnd_key(((const U*)x)[i], kind, inf, descending, exact) << key_at | place);
    """,
    KEY,
)
_values = each(
    "values",
    "const K* keys, void* y, int kind, int descending",
    "((U*)y)[i] = mxnd_unkey(keys[i], kind, descending);",
    KEY,
)
_places = each(
    "places",
    "const K* keys, long long* y, long long length, long long k, unsigned long long mask",
    "y[i] = (long long)(keys[i / k * length + i % k] & mask);",
)
# Rows of ``length`` elements, cut into chunks: where in its row the largest (or smallest) key of each chunk first is.
# With ``some``, the elements are those at the places ``from`` alone.
_extreme = Raw(
    "extreme",
    """(const void* x, const long long* from, long long* y, int kind, U inf, int descending, int least, long long rows,
        long long length, long long looked, long long chunk, long long chunks, int lanes,
        int some)
    {
        __shared__ unsigned long long keys[256];
        __shared__ long long places[256];
        const int lane = threadIdx.x % lanes;
        const long long number = blockIdx.x * (long long)(blockDim.x / lanes) + threadIdx.x / lanes;
        unsigned long long best = 0;
        long long at = -1;
        if (number < rows * chunks) {
            const long long row = number / chunks, first = number % chunks * chunk;
            const long long end = first + chunk < looked ? first + chunk : looked;
            for (long long j = first + lane; j < end; j += lanes) {
                const long long place = some ? from[row * looked + j] : j;
                unsigned long long key = mxnd_key(((const U*)x)[row * length + place], kind, inf, descending, false);
                if (least) key = ~key;
                if (at < 0 || key > best) { best = key; at = place; }
            }
        }
        keys[threadIdx.x] = best;
        places[threadIdx.x] = at;
        for (int step = lanes / 2; step > 0; step /= 2) {
            __syncthreads();
            if (lane < step) {
                const int other = threadIdx.x + step;
                const long long there = places[other];
                if (there >= 0 && (at < 0 || keys[other] > best || (keys[other] == best && there < at))) {
                    keys[threadIdx.x] = best = keys[other];
                    places[threadIdx.x] = at = there;
                }
            }
        }
        if (lane == 0 && number < rows * chunks) y[number] = at;
    }""",
    KEY,
)


def _bits(x: Any) -> tuple[Any, ...]:
    """How the kernels read elements: the kind, and the bits of infinity."""
    unsigned = np.dtype(f"u{x.itemsize}").type
    if x.dtype.kind == "f":
        return np.int32(2), np.array(np.inf, x.dtype).view(unsigned)[()]
    return np.int32(x.dtype.kind == "i"), unsigned(0)


def _width(n: int) -> int:
    """How many bits numbers below n take."""
    return max(n - 1, 0).bit_length()


def _unsigned(bits: int) -> np.dtype[Any]:
    """The smallest dtype of so many bits: a radix sort takes a pass for each of its bytes."""
    return np.dtype(next(f"u{size}" for size in (1, 2, 4, 8) if bits <= 8 * size))


def _line(x: Any, axis: int) -> tuple[Any, Any]:
    """x in C order with an axis made the last, and that shape."""
    x = cp.moveaxis(x, axis, -1)
    return (x if x.flags.c_contiguous else contiguous(x)), x.shape


def sort(x: Any, axis: int, descending: bool = False) -> Any:
    """x sorted along an axis."""
    line, shape = _line(x, axis)
    rows, bits = x.size // max(shape[-1], 1), 8 * x.itemsize
    y = cp.empty(shape, x.dtype)
    if x.size:
        together = bits + _width(rows) <= 64
        dtype = _unsigned(bits + _width(rows) * together)
        row_at = np.int32(bits if together and rows > 1 else 64)
        keys = cp.empty(x.size if together else shape, dtype)
        types = {"U": word_type(x.itemsize), "K": word_type(dtype.itemsize)}
        down = np.int32(descending)
        kind, inf = _bits(x)
        run(_keys, x.size, line, keys, kind, inf, down, np.int32(1), shape[-1], row_at, np.int32(0), **types)
        keys.sort()
        run(_values, x.size, keys, y, kind, down, **types)
    return cp.moveaxis(y, -1, axis)


def order(x: Any, axis: int, descending: bool = False, k: int | None = None) -> Any:
    """The indices (int64) that sort x along an axis; only the first ``k`` of them if given."""
    line, shape = _line(x, axis)
    n = shape[-1]
    k = n if k is None else min(k, n)
    y = cp.empty((*shape[:-1], k), np.int64)
    if not y.size:
        return cp.moveaxis(y, -1, axis)
    rows, bits = x.size // n, 8 * x.itemsize
    if k == 1:
        y = _first(line, rows, n, descending, True).reshape(y.shape)
        return cp.moveaxis(y, -1, axis)
    place = _width(n)
    together = place + bits + _width(rows) <= 64
    row_at, key_at = (place + bits if rows > 1 else 64, place) if together else (64, 0)
    dtype = _unsigned(bits + (place + _width(rows)) * together)
    keys = cp.empty(x.size if together or rows == 1 else (rows, n), dtype)
    types = {"U": word_type(x.itemsize), "K": word_type(dtype.itemsize)}
    numbers = (np.int32(descending), np.int32(0), n, np.int32(row_at), np.int32(key_at))
    run(_keys, x.size, line, keys, *_bits(x), *numbers, **types)
    if together:
        keys.sort()
        run(_places, y.size, keys, y, n, k, np.uint64((1 << place) - 1), K=types["K"])
    else:
        y = cp.argsort(keys).reshape(shape)[..., :k]
    return cp.moveaxis(y, -1, axis)


def argmax(x: Any, axis: int | None = None) -> Any:
    """The place of the first largest element along an axis (of all for None); NaN is the largest."""
    return _arg(x, axis, False)


def argmin(x: Any, axis: int | None = None) -> Any:
    """The place of the first smallest element; NaN is the smallest."""
    return _arg(x, axis, True)


def _arg(x: Any, axis: int | None, least: bool) -> Any:
    line, shape = _line(x.reshape(-1) if axis is None else x, -1 if axis is None else axis)
    n = shape[-1]
    if n == 0:
        raise ArgumentError(f"no extreme of no elements: shape {x.shape} along axis {axis}")
    # keys put NaN last in both directions, so that the largest one is sought in both
    return _first(line, x.size // n, n, least, False).reshape(shape[:-1])


def _first(x: Any, rows: int, n: int, descending: bool, least: bool) -> Any:
    """Where in each row the first element with the least (or else the largest) key is."""
    looked, places = n, None
    while True:
        chunk = looked if rows >= ROWS else min(looked, CHUNK)
        chunks = -(-looked // chunk)
        lanes = min(LANES, 1 << _width(chunk))
        y = cp.empty(rows * chunks, np.int64)
        if y.size:
            numbers = map(np.int64, (rows, n, looked, chunk, chunks))
            flags = np.int32(descending), np.int32(least)
            some = y if places is None else places
            given = (x, some, y, *_bits(x), *flags, *numbers, np.int32(lanes), np.int32(places is not None))
            blocks = -(-y.size * lanes // LANES)
            _extreme((blocks,), (LANES,), given, U=word_type(x.itemsize))
        if chunks == 1:
            return y
        looked, places = chunks, y


def nonzero(x: Any) -> Any:
    """Where elements are not 0, for each axis the indices: how many decides about shapes, so the host waits."""
    return x.nonzero()
