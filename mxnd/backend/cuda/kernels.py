"""CUDA kernels, which CuPy builds when they are first called: writing one down needs no CuPy and no GPU."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from ...core.errors import ArgumentTypeError
from ...core.params import dtype_name
from ..device import cp

THREADS = 256  # of a block, where nothing asks for another number
C_TYPES = {
    "bool": "bool", "int8": "signed char", "uint8": "unsigned char", "int32": "int", "int64": "long long",
    "float16": "float16", "float32": "float", "float64": "double",
}  # fmt: skip
"""What CUDA calls the dtypes of arrays."""


HALF = """#if __has_include(<cupy/float16.cuh>)
#include <cupy/float16.cuh>
#endif
"""
"""Where CuPy 14 has its class float16; CuPy 13 has it among the rest."""


INFINITE = """
#ifndef INFINITY
#define INFINITY __int_as_float(0x7f800000)
#define NAN __int_as_float(0x7fffffff)
#endif
"""
"""Numbers that NVRTC has no names for."""
WIDE = f"""{INFINITE}
template <class A> struct Wide {{ typedef float type; }};
template <> struct Wide<double> {{ typedef double type; }};
typedef Wide<T>::type W;
"""
"""``W`` is double for a double ``T``, else float."""


def c_type(dtype: Any) -> str:
    """What CUDA calls a dtype; an error for one that a GPU has no arrays of."""
    found = C_TYPES.get(np.dtype(dtype).name)
    if found is None:
        raise ArgumentTypeError(f"{dtype_name(dtype)} arrays cannot be on a GPU; it takes {', '.join(C_TYPES)}")
    return found


def work_type(dtype: Any) -> str:
    """What values of a dtype are computed in: float for float16."""
    return c_type(dtype).replace("float16", "float")


class Kernel:
    """One of CuPy's kernel classes with its arguments: an object of it is made on the first call."""

    def __init__(self, kind: str, *given: str, **options: Any) -> None:
        self.kind, self.given, self.options = kind, given, options

    @cached_property
    def built(self) -> Any:
        return getattr(cp, self.kind)(*self.given, **self.options)

    def __call__(self, *args: Any, **options: Any) -> Any:
        return self.built(*args, **options)


def elementwise(inputs: str, outputs: str, body: str, name: str, preamble: str = "") -> Kernel:
    """A ``cupy.ElementwiseKernel``: ``body`` runs for each element, ``i`` is its number."""
    return Kernel("ElementwiseKernel", inputs, outputs, body, f"mxnd_{name}", preamble=preamble)


def reduction(
    inputs: str, outputs: str, each: str, pair: str, after: str, identity: str, name: str, preamble: str = "",
    **options: Any,
) -> Kernel:  # fmt: skip
    """A ``cupy.ReductionKernel``: ``each`` of the elements, a ``pair`` of those (``a`` and ``b``), ``after`` that."""
    return Kernel(
        "ReductionKernel", inputs, outputs, each, pair, after, identity, f"mxnd_{name}", preamble=preamble, **options
    )


class Raw:
    """A ``cupy.RawKernel`` for each choice of types: ``T`` and the like in ``code`` are what the call says.

    ``code`` is the parameters and the body; ``preamble`` stands before.
    """

    def __init__(self, name: str, code: str, preamble: str = "") -> None:
        self.name, self.code, self.preamble = f"mxnd_{name}", code, preamble
        self._built: dict[tuple[Any, ...], Any] = {}

    def __call__(self, grid: Any, block: Any, args: Any, shared_mem: int = 0, **types: str) -> None:
        """Launch it. ``types``: the C type for each name, as ``c_type`` and ``work_type`` give them."""
        key = tuple(types.items())
        kernel = self._built.get(key)
        if kernel is None:
            kernel = self._built[key] = cp.RawKernel(self.text(**types), self.name)
        kernel(grid, block, args, shared_mem=shared_mem)

    def text(self, **types: str) -> str:
        """The whole program for a choice of types."""
        named = "".join(f"typedef {c} {name};\n" for name, c in types.items())
        head = f"#include <cupy/carray.cuh>\n{HALF}{named}{self.preamble}"
        return f'{head}extern "C" __global__ void {self.name}{self.code}'
