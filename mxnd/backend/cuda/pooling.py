"""Windows reduced to one element each, and what is spread back over them: a thread for each element of a result.

Windows, arrays and results are those of the CPU's ``pooling``, up to three spatial axes; float16 is computed in
float32. What goes back to the data is gathered from the windows that hold an element, always in the same order. A
window that holds everything is a reduction of CuPy's.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..device import cp
from ..pooling import Window
from ..windows import Dims
from .kernels import c_type, reduction
from .windows import PLACE, element, kernel, launch, window

COUNT = """
#define MET(a) met(c##a * s##a, k##a, n##a, p##a, counted)
__device__ inline I met(I begin, I k, I n, I p, I counted) {
    const I low = counted ? 0 : p, high = n + p + (counted ? p : 0);
    const I found = (begin + k < high ? begin + k : high) - (begin > low ? begin : low);
    return found > 1 ? found : 1;
}
"""
"""How many elements lie in a window along an axis: padding only if ``counted`` is 1, what lies behind it never."""

OUTPUT = f"const I plane = i / (o0 * o1 * o2), place = i % (o0 * o1 * o2); {PLACE}"
INPUT = "const I plane = i / (n0 * n1 * n2), at = i % (n0 * n1 * n2);"
LOCAL = "const T* from = x + plane * n0 * n1 * n2;"

_sum = kernel(
    "pool_sum",
    "const T* x, T* y, const I counted",
    f"""
    {OUTPUT} {LOCAL}
    W sum = 0;
    {window("if (inside) sum += (W)from[at]")}
    y[i] = (T)(counted < 0 ? sum : sum / (W)(MET(0) * MET(1) * MET(2)));
    """,
    COUNT,
)

_spread = kernel(
    "unpool_sum",
    "const T* y, T* x, const I counted",
    f"""
    {INPUT}
    const T* from = y + plane * o0 * o1 * o2;
    W sum = 0;
    {element("sum += counted < 0 ? (W)from[place] : (W)from[place] / (W)(MET(0) * MET(1) * MET(2))")}
    x[i] = (T)sum;
    """,
    COUNT,
)

_most = kernel(
    "pool_max",
    "const T* x, T* y, const W least",
    f"""
    {OUTPUT} {LOCAL}
    W best = least;
    bool none = true;
    {window("if (inside) { const W v = (W)from[at]; if (none || best != best || v > best) best = v; none = false; }")}
    y[i] = (T)best;
    """,
)

_largest = reduction("T x", "T y", "x", "(a != a || b > a) ? b : a", "y = a", "(0.0f / 0.0f)", "pool_largest")

_taps = kernel(
    "pool_taps",
    "const T* x, const T* y, K* taps",
    f"""
    {OUTPUT} {LOCAL}
    const W most = (W)y[i];
    I found = -1;
    {window("if (found < 0 && inside && (W)from[at] == most) found = j")}
    taps[i] = (K)(found < 0 ? 0 : found);
    """,
)

_unpick = kernel(
    "pool_unpick",
    "const T* y, const K* taps, T* x",
    f"""
    {INPUT}
    const I begin = plane * o0 * o1 * o2;
    W sum = 0;
    {element("if ((I)taps[begin + place] == j) sum += (W)y[begin + place]")}
    x[i] = (T)sum;
    """,
)

_pick = kernel(
    "pool_pick",
    "const T* x, const K* taps, T* y",
    f"""
    {OUTPUT} {LOCAL}
    const I tap = (I)taps[i];
    const I a0 = c0 * s0 - p0 + tap / (k1 * k2), a1 = c1 * s1 - p1 + tap / k2 % k1, a2 = c2 * s2 - p2 + tap % k2;
    const bool inside = a0 >= 0 && a0 < n0 && a1 >= 0 && a1 < n1 && a2 >= 0 && a2 < n2;
    y[i] = inside ? from[(a0 * n1 + a1) * n2 + a2] : (T)0;
    """,
)


def _rows(size: Dims, window: Window) -> tuple[Dims, ...]:
    kernel, stride, pad, out = window
    return size, kernel, stride, (1,) * len(size), pad, out


def _all(size: Dims, window: Window) -> bool:
    """Is there one window that holds everything?"""
    return window[0] == size and set(window[3]) == {1} and not any(window[2])


def _wide(dtype: Any) -> Any:
    return np.dtype(np.float32) if dtype == np.float16 else dtype


def _apply(raw: Any, x: Any, shape: Dims, size: Dims, window: Window, *args: Any) -> Any:
    """A kernel from x to a new array of a shape and of x's dtype."""
    x, result = cp.ascontiguousarray(x), cp.empty(shape, x.dtype)
    launch(raw, result.size, x.size, _rows(size, window), x.dtype, x, result, *args)
    return result


def pool_sum(x: Any, window: Window, counted: bool | None = None) -> Any:
    """The sum of each window; padding counts as 0. The mean with ``counted``: whether padding is counted in."""
    size = x.shape[2:]
    if _all(size, window):
        total = x.sum(tuple(range(2, x.ndim)), _wide(x.dtype), keepdims=True)
        return (total if counted is None else total / max(1, math.prod(size))).astype(x.dtype, copy=False)
    return _apply(_sum, x, (*x.shape[:2], *window[3]), size, window, -1 if counted is None else int(counted))


def unpool_sum(ct: Any, window: Window, size: Dims, counted: bool | None = None) -> Any:
    """The adjoint of ``pool_sum``: each element (or its share) added to all places of its window."""
    return _apply(_spread, ct, (*ct.shape[:2], *size), size, window, -1 if counted is None else int(counted))


def pool_max(x: Any, window: Window) -> Any:
    """The largest element of each window that is not NaN; the least number where there is only padding."""
    size = x.shape[2:]
    if _all(size, window) and x.size:
        return _largest(x, axis=tuple(range(2, x.ndim)), keepdims=True)
    least = _wide(x.dtype).type(np.finfo(x.dtype).min)
    return _apply(_most, x, (*x.shape[:2], *window[3]), size, window, least)


def pool_taps(x: Any, y: Any, window: Window) -> Any:
    """Which element of its window each maximum of ``pool_max`` is, the first one if several are; any for NaN."""
    size, dtype = x.shape[2:], np.dtype(np.uint8 if math.prod(window[0]) <= 256 else np.int32)
    if _all(size, window) and x.size:
        flat = (*x.shape[:2], math.prod(size))
        return (x.reshape(flat) == y.reshape(*y.shape[:2], 1)).argmax(2).astype(dtype).reshape(y.shape)
    x, y, taps = cp.ascontiguousarray(x), cp.ascontiguousarray(y, x.dtype), cp.empty(y.shape, dtype)
    launch(_taps, taps.size, x.size, _rows(size, window), x.dtype, x, y, taps, K=c_type(dtype))
    return taps


def pool_unpick(ct: Any, taps: Any, window: Window, size: Dims) -> Any:
    """Each element added to the place of its window that ``taps`` names."""
    ct, taps, x = cp.ascontiguousarray(ct), cp.ascontiguousarray(taps), cp.empty((*ct.shape[:2], *size), ct.dtype)
    launch(_unpick, x.size, ct.size, _rows(size, window), ct.dtype, ct, taps, x, K=c_type(taps.dtype))
    return x


def pool_pick(x: Any, taps: Any, window: Window) -> Any:
    """The adjoint of ``pool_unpick``: of each window the element that ``taps`` names."""
    x, taps, y = cp.ascontiguousarray(x), cp.ascontiguousarray(taps), cp.empty(taps.shape, x.dtype)
    launch(_pick, y.size, x.size, _rows(x.shape[2:], window), x.dtype, x, taps, y, K=c_type(taps.dtype))
    return y
