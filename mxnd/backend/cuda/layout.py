"""Arrays laid out anew on the GPU: joined, padded, copied, cast; and reductions that keep the dtype."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...core.dtypes import DTYPES
from ...core.errors import ArgumentError
from ..device import cp
from ..host import scalar as scalar
from .copies import contiguous, fill, overlap, put_number, uploaded
from .kernels import c_type, elementwise, work_type
from .launch import each, run
from .special import FUNCTIONS

# Along each of two axes of size n, padded to m with b before: where an element of the result comes from.
_pad = each(
    "pad",
    "const T* x, T* y, int mirror, long long n0, long long b0, long long m0, long long mid, long long n1, long long b1,"
    "long long m1, long long tail",
    """
    #define SOURCE(place, n) { \\
        if (mirror) { if (place < 0) place = -place; if (place >= n) place = 2 * (n - 1) - place; } \\
        else place = place < 0 ? 0 : place >= n ? n - 1 : place; }
    long long rest = i / tail;
    long long q = rest % m1 - b1;
    rest /= m1;
    const long long between = rest % mid;
    rest /= mid;
    long long p = rest % m0 - b0;
    rest /= m0;
    SOURCE(p, n0);
    SOURCE(q, n1);
    y[i] = x[(((rest * n0 + p) * mid + between) * n1 + q) * tail + i % tail];
    """,
)
# The adjoint: each element gathers from where it went, which are up to three places or, at an edge, a stretch of them.
_unpad = each(
    "unpad",
    "const T* x, T* y, int mirror, long long n0, long long b0, long long m0, long long mid, long long n1, long long b1,"
    "long long m1, long long tail",
    """
    #define PLACES(j, n, b, m, from, count, at) \\
        long long from[3] = {j + b, j + b, j + b}; \\
        long long count = 1; \\
        if (mirror) { \\
            if (j >= 1 && j <= b) from[count++] = b - j; \\
            if (j <= n - 2 && j >= 2 * n - 1 + b - m) from[count++] = b + 2 * (n - 1) - j; \\
        } else { \\
            if (j == 0) from[0] = 0; \\
            count = (j == n - 1 ? m - 1 : j + b) - from[0] + 1; \\
        }
    #define AT(from, k) (mirror ? from[k] : from[0] + k)
    long long rest = i / tail;
    const long long q = rest % n1;
    rest /= n1;
    const long long between = rest % mid;
    rest /= mid;
    const long long p = rest % n0;
    rest /= n0;
    PLACES(p, n0, b0, m0, from0, count0, at0);
    PLACES(q, n1, b1, m1, from1, count1, at1);
    W sum = 0;
    for (long long j = 0; j < count0; j++)
        for (long long k = 0; k < count1; k++)
            sum += (W)x[(((rest * m0 + AT(from0, j)) * mid + between) * m1 + AT(from1, k)) * tail + i % tail];
    y[i] = (T)sum;
    """,
)
_cut = elementwise("T x", "I y", "y = mxnd_integer<I>(x)", "cut", FUNCTIONS["mxnd_integer"])


def concat(axis: int, *xs: Any) -> Any:
    """Arrays one after the other along an axis."""
    return cp.concatenate(xs, axis)


def copy(x: Any) -> Any:
    """A copy in C order."""
    return contiguous(x)


def reshape(x: Any, shape: Any) -> Any:
    """x in another shape: a view where there can be one."""
    return x.reshape(shape)


def transpose(x: Any, axes: Any = None) -> Any:
    """The view of x with its axes in another order."""
    return x.transpose(axes)


def flip(x: Any, axis: Any = None) -> Any:
    """The view of x that runs the other way along an axis."""
    return cp.flip(x, axis)


def broadcast_to(x: Any, shape: Any) -> Any:
    """The view of x in a larger shape."""
    return cp.broadcast_to(x, shape)


def pad(x: Any, widths: Any, mode: str) -> Any:
    """x with more around it: for each axis (before, after) elements, of its ``edge`` or mirrored (``reflect``)."""
    return _padded(x, widths, mode, _pad, 1)


def unpad(ct: Any, widths: Any, mode: str) -> Any:
    """The adjoint of ``pad``."""
    return _padded(ct, widths, mode, _unpad, -1)


def _padded(x: Any, widths: Any, mode: str, kernel: Any, way: int) -> Any:
    """``pad`` (way 1) or its adjoint (-1), two axes at a time."""
    axes = [axis for axis, pair in enumerate(widths) if tuple(pair) != (0, 0)]
    if not axes:
        return copy(x)
    types = {"T": c_type(x.dtype), "W": work_type(x.dtype)}
    for some in [axes[i : i + 2] for i in range(0, len(axes), 2)][::way]:
        x = x if x.flags.c_contiguous else contiguous(x)
        shape = list(x.shape)
        sizes = []  # of each of the two axes without the padding, the padding before, and the size with it
        for axis in some:
            before, after = widths[axis]
            shape[axis] += way * (before + after)
            inner, outer = sorted((x.shape[axis], shape[axis]))
            sizes.append((inner, int(before), outer))
        first, last = some[0], some[-1]
        if first == last:
            sizes.insert(0, (1, 0, 1))
        y = cp.empty(shape, x.dtype)
        between, tail = math.prod(shape[first + 1 : last]), math.prod(shape[last + 1 :])
        run(kernel, y.size, x, y, np.int32(mode == "reflect"), *sizes[0], between, *sizes[1], tail, **types)
        x = y
    return x


def sum_to(x: Any, shape: tuple[int, ...]) -> Any:
    """x summed over the axes along which ``shape`` was broadcast to reach x's shape."""
    lead = x.ndim - len(shape)
    axes = tuple(range(lead)) + tuple([i + lead for i, n in enumerate(shape) if n == 1 and x.shape[i + lead] != 1])
    return sum(x, axes).reshape(shape) if axes else x.reshape(shape)


def sum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Sum in x's own dtype; float16 accumulates in float32."""
    return _in_its_dtype(x.sum, x.dtype, axis, keepdims)


def prod(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Product in x's own dtype; float16 accumulates in float32."""
    return _in_its_dtype(x.prod, x.dtype, axis, keepdims)


def _in_its_dtype(reduce: Any, dtype: Any, axis: Any, keepdims: bool) -> Any:
    if dtype == np.float16:
        return reduce(axis, np.float32, keepdims=keepdims).astype(np.float16)
    return reduce(axis, dtype, keepdims=keepdims)


def max(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The largest element; NaN where there is one."""
    return x.max(axis, keepdims=keepdims) if x.size else _of_none(x, axis, keepdims, "max")


def min(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The smallest element; NaN where there is one."""
    return x.min(axis, keepdims=keepdims) if x.size else _of_none(x, axis, keepdims, "min")


def _of_none(x: Any, axis: Any, keepdims: bool, name: str) -> Any:
    """The extremes of an array without elements: none, or an error (CuPy takes no such array at all)."""
    y = x.sum(axis, x.dtype, keepdims=keepdims)
    if y.size:
        raise ArgumentError(f"{name} of no elements: shape {x.shape} along axis {axis}")
    return y


def all(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether every element holds; who branches on it waits for the device."""
    return cp.all(cp.asarray(x), axis, keepdims=keepdims)


def any(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether some element holds; who branches on it waits for the device."""
    return cp.any(cp.asarray(x), axis, keepdims=keepdims)


def cumsum(x: Any, axis: Any) -> Any:
    """Sums of the elements up to each one, in x's dtype; float16 accumulates in float32."""
    if x.dtype == np.float16:
        return cp.cumsum(x, axis, np.float32).astype(np.float16)
    return cp.cumsum(x, axis, x.dtype)


def cast(x: Any, dtype: Any) -> Any:
    """x in another dtype; the same array when it already has it. CuPy has no bfloat16: that is an error."""
    if isinstance(dtype, str):
        dtype = DTYPES[dtype]
    c_type(dtype)
    if x.dtype.kind == "f" and np.dtype(dtype).kind in "iu":
        return _cut(x, cp.empty(x.shape, dtype))
    return x.astype(dtype, copy=False)


def write(target: Any, value: Any) -> None:
    """Put values into an array in place."""
    if isinstance(value, np.ndarray):
        value = uploaded(value)
    if not isinstance(value, cp.ndarray):
        put_number(target, value)
        return
    if value.dtype.kind == "f" and target.dtype.kind in "iu":
        value = cast(value, target.dtype)
    same = value.data.ptr == target.data.ptr and value.strides == target.strides and value.shape == target.shape
    if not same and overlap(target, value):
        value = value.copy()  # else some elements would be read after they are written
    if value.shape == target.shape and value.dtype == target.dtype:
        fill(target, value)
    else:
        target[...] = value
