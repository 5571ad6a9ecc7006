"""What the kernels of convolution and pooling have in common: geometry as numbers, and loops over windows.

Kernels take three spatial axes; what is missing of them stands before, with the size 1. For each axis there are the
numbers n (size), k (kernel), s (stride), d (dilation), p (padding before) and o (how many windows). ``I`` is the type
of element numbers: 32 bits where they suffice, since the GPU divides those much faster.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ...core.errors import ArgumentError
from ..windows import Dims
from .kernels import THREADS, Raw, c_type, work_type

LARGE = 1 << 30  # elements from which on 64 bits are needed

NEUTRAL = {"n": 1, "k": 1, "s": 1, "d": 1, "p": 0, "o": 1}
"""The numbers of an axis that is not there."""

AXES = ", ".join(f"const I {name}{axis}" for name in NEUTRAL for axis in range(3))

EACH = "const I i = (I)blockIdx.x * blockDim.x + threadIdx.x; if (i >= total) return;"

PLACE = """
I lead = place;
const I c2 = lead % o2; lead /= o2;
const I c1 = lead % o1, c0 = lead / o1;
"""
"""c0, c1, c2: which window along each axis the window ``place`` of a plane is."""

WINDOW = """
for (I j0 = 0, j = 0; j0 < k0; ++j0) {
    const I a0 = c0 * s0 - p0 + j0 * d0;
    for (I j1 = 0; j1 < k1; ++j1) {
        const I a1 = c1 * s1 - p1 + j1 * d1;
        for (I j2 = 0; j2 < k2; ++j2, ++j) {
            const I a2 = c2 * s2 - p2 + j2 * d2;
            const bool inside = a0 >= 0 && a0 < n0 && a1 >= 0 && a1 < n1 && a2 >= 0 && a2 < n2;
            const I at = (a0 * n1 + a1) * n2 + a2;
            BODY;
        }
    }
}
"""
"""Over the elements of a window: the j-th is number ``at`` of the plane where it is ``inside``, padding elsewhere."""

ELEMENT = """
I lead = at;
const I a2 = lead % n2 + p2; lead /= n2;
const I a1 = lead % n1 + p1, a0 = lead / n1 + p0;
const I e0 = (k0 - 1) * d0 + 1, e1 = (k1 - 1) * d1 + 1, e2 = (k2 - 1) * d2 + 1;
for (I c0 = a0 < e0 ? 0 : (a0 - e0) / s0 + 1; c0 < o0 && c0 * s0 <= a0; ++c0) {
    const I t0 = a0 - c0 * s0;
    if (t0 % d0) continue;
    for (I c1 = a1 < e1 ? 0 : (a1 - e1) / s1 + 1; c1 < o1 && c1 * s1 <= a1; ++c1) {
        const I t1 = a1 - c1 * s1;
        if (t1 % d1) continue;
        for (I c2 = a2 < e2 ? 0 : (a2 - e2) / s2 + 1; c2 < o2 && c2 * s2 <= a2; ++c2) {
            const I t2 = a2 - c2 * s2;
            if (t2 % d2) continue;
            const I j = (t0 / d0 * k1 + t1 / d1) * k2 + t2 / d2, place = (c0 * o1 + c1) * o2 + c2;
            BODY;
        }
    }
}
"""
"""Over the windows that element ``at`` of a plane lies in: it is the j-th element of the window ``place``."""


def window(body: str) -> str:
    """``body`` for each element of a window."""
    return WINDOW.replace("BODY", body)


def element(body: str) -> str:
    """``body`` for each window that an element lies in."""
    return ELEMENT.replace("BODY", body)


def kernel(name: str, parameters: str, body: str, preamble: str = "") -> Raw:
    """A kernel of a thread for each ``i`` below ``total``; ``launch`` gives it the geometry and its types."""
    return Raw(name, f"(const I total, {AXES}, {parameters}) {{ {EACH} {body} }}", preamble)


@functools.lru_cache(1024)
def numbers(wide: bool, *rows: Dims) -> tuple[Any, ...]:
    """A geometry (size, kernel, stride, dilate, pad, out) as the arguments ``AXES``."""
    if len(rows[0]) > 3:
        raise ArgumentError(f"{len(rows[0])} spatial axes, of sizes {rows[0]}; a GPU takes up to 3")
    kind = np.int64 if wide else np.int32
    return tuple([kind(n) for row, lack in zip(rows, NEUTRAL.values()) for n in (*(lack,) * (3 - len(row)), *row)])


def launch(raw: Raw, total: int, largest: int, rows: tuple[Dims, ...], dtype: Any, *args: Any, **types: str) -> None:
    """Run a kernel: arrays are in C order, none has more elements than ``largest``; Python's ints become ``I``.

    ``T`` is the dtype's type and ``W`` the one it is computed in.
    """
    if total:
        start(raw, -(-total // THREADS), total, largest, rows, dtype, *args, **types)


def start(
    raw: Raw, blocks: int, total: int, largest: int, rows: tuple[Dims, ...], dtype: Any, *args: Any, **types: str
) -> None:
    """Run so many blocks of a kernel."""
    wide = max(total, largest) >= LARGE
    kind = np.int64 if wide else np.int32
    given = (kind(total), *numbers(wide, *rows), *(kind(a) if isinstance(a, int) else a for a in args))
    raw((blocks,), (THREADS,), given, 0, I="long long" if wide else "int", T=c_type(dtype), W=work_type(dtype), **types)
