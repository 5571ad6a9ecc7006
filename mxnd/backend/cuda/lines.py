"""Kernels that work along some axes of an array: a few threads, the lanes, go through one line of elements.

An array is (outer, n, inner) with the lines along n. Lanes lie side by side in a row (inner is 1); otherwise lines do,
so that neighbouring threads read neighbouring elements either way. What a thread has read it keeps in shared memory, as
far as there is room; the rest of a long line it reads anew.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.shapes import counted
from ..device import cp
from .kernels import Raw, c_type, work_type

SHARE = 8  # elements a thread should have
AT_ONCE = 4  # elements a thread asks for before it waits for the first
THREADS, MOST = 256, 1024  # in a block: what is usual, and what there can be
ROOM = 40 << 10  # bytes of shared memory for a block's elements

OVER_LANES = """
// The sum (or the largest) of v over the lanes of a line, for each of them. Lanes are a power of 4.
__device__ A over(A* part, A v, bool most, int lane, int lanes, int step) {
    const int t = threadIdx.x;
    __syncthreads();
    part[t] = v;
    __syncthreads();
    for (int w = lanes / 4; w > 0; w /= 4) {
        if (lane < w) {
            A all = part[t];
            for (int i = 1; i < 4; i++) {
                const A next = part[t + i * w * step];
                all = most ? (next > all ? next : all) : all + next;
            }
            part[t] = all;
        }
        __syncthreads();
    }
    return part[t - lane * step];
}
"""

BEGIN = """
    extern __shared__ A part[];
    const int threads = blockDim.x, lane = threadIdx.x / step % lanes;
    const long long line = (long long)blockIdx.x * (threads / lanes)
        + (step > 1 ? threadIdx.x % step : threadIdx.x / lanes);
    const bool inside = line < lines;
    const long long begin = line / inner * n * inner + line % inner;
"""

GEOMETRY = "long long lines, int n, long long inner, int lanes, int step, int kept"


def each(body: str, read: dict[str, str], first: bool = False) -> str:
    """``body`` for each element of a thread: ``j`` along the line, ``at`` in the array. ``read`` says what the names of
    values stand for; the ``first`` time they are kept."""
    loads, values = "", ""
    for i, (name, source) in enumerate(read.items()):
        held = f"part[(1 + {i} * kept + k) * threads + threadIdx.x]"
        kept = "" if first else f"k < kept ? {held} : "
        loads += f"got_{name}[u] = j >= n ? (A)0 : {kept}(A){source}; "
        values += f"const A {name} = got_{name}[u]; " + (f"if (k < kept) {held} = {name}; " if first else "")
    place = "const int j = from + u * lanes, k = k_from + u; const long long at = begin + j * inner;"
    return f"""
    for (int from = lane, k_from = 0; inside && from < n; from += {AT_ONCE} * lanes, k_from += {AT_ONCE}) {{
        A {", ".join(f"got_{name}[{AT_ONCE}]" for name in read)};
        #pragma unroll
        for (int u = 0; u < {AT_ONCE}; u++) {{
            {place}
            {loads}
        }}
        #pragma unroll
        for (int u = 0; u < {AT_ONCE}; u++) {{
            {place}
            if (j >= n) break;
            {values}
            {body}
        }}
    }}"""


def total(name: str, most: str = "false") -> str:
    """The sum of a thread's value over the lanes."""
    return f"over(part, {name}, {most}, lane, lanes, step)"


class LineKernel:
    """A kernel of lines: ``body`` is what a thread does, ``given`` its own parameters, before those of the geometry.
    ``arrays``: how many values it keeps of each element."""

    def __init__(self, name: str, arrays: int, given: str, body: str) -> None:
        head = f"({given}, {GEOMETRY})"
        bounds = f'extern "C" __global__ void __launch_bounds__({MOST}) mxnd_{name}{head};\n'  # few enough registers
        self.raw = Raw(name, f"{head} {{{BEGIN}{body}\n}}", OVER_LANES + bounds)
        self.arrays = arrays

    def __call__(self, shape: tuple[int, int, int], dtype: Any, *args: Any) -> None:
        """Over lines of an array of ``shape`` (outer, n, inner)."""
        outer, n, inner = shape
        work = work_type(dtype)
        size = self.arrays * (8 if work == "double" else 4)
        if inner > 1:
            most = 64
        else:
            most = THREADS if n * size <= ROOM else MOST
        lanes = 1
        while lanes * SHARE < n and lanes < most:
            lanes *= 4
        threads = MOST if lanes in (64, MOST) and lanes == most else THREADS
        lines, beside = outer * inner, threads // lanes
        step = 1 if inner == 1 else beside
        kept = min(-(-n // lanes), ROOM // (threads * size))
        geometry = (np.int64(lines), np.int32(n), np.int64(inner), np.int32(lanes), np.int32(step), np.int32(kept))
        shared = threads * size // self.arrays * (1 + self.arrays * kept)
        grid = (-(-lines // beside),)
        self.raw(grid, (threads,), (*args, *geometry), shared_mem=shared, T=c_type(dtype), A=work)


def lined(shape: tuple[int, ...], axes: int | Sequence[int]) -> tuple[int, int, int] | None:
    """A shape as (outer, n, inner) with n for some axes; None where these are not neighbours."""
    found = sorted(counted(axes, len(shape)))
    if not found or found != list(range(found[0], found[-1] + 1)):
        return None
    return math.prod(shape[: found[0]]), math.prod(shape[i] for i in found), math.prod(shape[found[-1] + 1 :])


def beside(ct: Any) -> tuple[Any, np.int64]:
    """A cotangent and the step from one element to the next: 0 where all of them are the same one."""
    if ct.size and not any(stride for stride, n in zip(ct.strides, ct.shape) if n > 1):
        return ct[(0,) * ct.ndim], np.int64(0)
    return cp.ascontiguousarray(ct), np.int64(1)
