"""Raw kernels with one thread for each element."""

from __future__ import annotations

from typing import Any

import numpy as np

from .kernels import THREADS, Raw

EACH = """
#define EACH_I \\
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; \\
    if (i >= count) return
"""

TIMES = """
#ifdef __CUDA_ARCH__
__device__ inline float mxnd_times(float a, float b) { return __fmul_rn(a, b); }
__device__ inline double mxnd_times(double a, double b) { return __dmul_rn(a, b); }
#else
__device__ inline float mxnd_times(float a, float b) { return a * b; }
__device__ inline double mxnd_times(double a, double b) { return a * b; }
#endif
"""
"""A product that is rounded as on the CPU: CUDA fuses no sum with it."""

SUMS = {"bool": "int32", "int8": "int32", "uint8": "int32", "float16": "float32"}
"""In which dtypes values are added up by atomics, where not in their own."""


def each(name: str, parameters: str, body: str, preamble: str = "") -> Raw:
    """A kernel whose ``body`` runs once for each ``i`` below the ``count`` that ``run`` is given."""
    return Raw(name, f"(const long long count, {parameters}) {{ EACH_I; {body} }}", EACH + preamble)


def run(kernel: Raw, count: int, *args: Any, **types: str) -> None:
    """Launch a kernel of ``each``: arrays are in C order, Python's ints become ``long long``."""
    if count:
        given = tuple([np.int64(a) if a.__class__ is int else a for a in (count, *args)])
        kernel((-(-count // THREADS),), (THREADS,), given, 0, **types)


def word_type(itemsize: int) -> str:
    """The C type of so many bytes, for what is only moved."""
    sizes = {1: "unsigned char", 2: "unsigned short", 4: "unsigned int", 8: "unsigned long long"}
    return sizes.get(itemsize) or "struct alignas(16) { int x, y, z, w; }"


def sum_dtype(dtype: Any) -> np.dtype[Any]:
    """In which dtype values of a dtype are added up by atomics."""
    found: np.dtype[Any] = np.dtype(SUMS.get(np.dtype(dtype).name, dtype))
    return found


def sum_type(dtype: Any) -> str:
    """The C type of ``sum_dtype``: there is an atomicAdd for it."""
    names = {"int32": "int", "int64": "unsigned long long", "float32": "float", "float64": "double"}
    return names[sum_dtype(dtype).name]
