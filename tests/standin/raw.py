"""``cupy.RawKernel`` by g++: the grid's blocks one after another, the threads of a block as fibres."""

from __future__ import annotations

import ctypes
import re
from typing import Any

import numpy as np

from .array import ndarray
from .build import library
from .fences import Fenced
from .parameters import flushes
from .state import computes, here, record

_INCLUDE = re.compile(r"^[ \t]*#[ \t]*include[ \t]*[<\"]([^>\"]+)[>\"][ \t]*$", re.M)
_INCLUDES = {
    "cupy/carray.cuh",
    "cupy/complex.cuh",
    "cupy/atomics.cuh",
    "cupy/float16.cuh",
    "cuda_fp16.h",
    "math_constants.h",
}
_DYNAMIC = re.compile(r"extern\s+__shared__\s+(?:__align__\(\d+\)\s+)?([\w ]+?)\s+(\w+)\s*\[\s*\]\s*;")
_TEXT = """namespace device {{
#line 1 "{name}"
{code}
}}
extern "C" const char *standin_parameters() {{ return device::standin::parameters(device::{name}); }}
static void _thread(void **_args) {{ device::standin::invoke(device::{name}, _args); }}
extern "C" const char *standin_run(void **_args, int _flushes, const unsigned *_size, ptrdiff_t _shared) {{
  const auto launched = [&] {{ device::standin::launch(_size, _shared, {barriers}, _thread, _args); }};
  return device::standin::guarded(_flushes, launched);
}}
"""


class RawKernel:
    """CuPy's: a whole kernel in CUDA C++, called with a grid and a block."""

    def __init__(
        self, code: str, name: str, options: tuple[str, ...] = (), backend: str = "nvrtc",
        translate_cucomplex: bool = False, *, enable_cooperative_groups: bool = False, jitify: bool = False,
    ) -> None:  # fmt: skip
        self.code, self.name, self.options, self.backend = code, name, options, backend
        self.max_dynamic_shared_size_bytes = 48 * 1024
        self._given = {"code": code, "name": name, "options": options}
        self._logged = False
        self._built: tuple[Any, list[str]] | None = None

    def compile(self, log_stream: Any = None) -> None:
        """Have it compiled now."""
        self._library()

    def _library(self) -> tuple[Any, list[str]]:
        if self._built is None:
            if not re.search(rf'extern\s*"C"(?s:.*?)\b{self.name}\s*\(', self.code):
                raise ValueError(f'{self.name} is not found: a raw kernel is declared extern "C"')
            unknown = set(_INCLUDE.findall(self.code)) - _INCLUDES
            if unknown:
                raise ValueError(f"{', '.join(unknown)} cannot be included in the stand-in")
            code = _DYNAMIC.sub(r"\1 *\2 = (\1 *)device::standin::dynamic_shared;", _INCLUDE.sub("", self.code))
            barriers = "true" if "__syncthreads" in code else "false"
            built = library(_TEXT.format(code=code, name=self.name, barriers=barriers))
            built.standin_parameters.restype = built.standin_run.restype = ctypes.c_char_p
            self._built = built, built.standin_parameters().decode().split()
        return self._built

    def __call__(self, grid: tuple[int, ...], block: tuple[int, ...], args: Any, *, shared_mem: int = 0) -> None:
        size = _size(grid, block)
        if not 0 <= shared_mem <= self.max_dynamic_shared_size_bytes <= 227 * 1024:
            raise ValueError(f"{shared_mem} bytes of shared memory, of {self.max_dynamic_shared_size_bytes} allowed")
        fenced = Fenced()
        values = [_value(arg, fenced) for arg in args]
        if not self._logged:
            self._logged = True
            record("RawKernel", self._given, tuple(_described(arg) for arg in args), self.name)
        if not computes():
            return
        built, declared = self._library()
        _check(self.name, declared, args)
        pointers = (ctypes.c_void_p * len(values))(*(v.ctypes.data for v in values))
        flushed = flushes(arg.dtype for arg in args if isinstance(arg, ndarray))
        fault = built.standin_run(pointers, flushed, (ctypes.c_uint * 6)(*size), ctypes.c_ssize_t(shared_mem))
        fault = fault.decode() if fault else fenced.copied_back()
        if fault:
            raise RuntimeError(f"{self.name}: {fault}")


class RawModule:
    """CuPy's: several raw kernels in one text."""

    def __init__(self, *, code: str, options: tuple[str, ...] = (), backend: str = "nvrtc") -> None:
        self._code, self._options = code, options

    def get_function(self, name: str) -> RawKernel:
        return RawKernel(self._code, name, self._options)


def _size(grid: Any, block: Any) -> list[int]:
    """The six sizes of a launch, if a GPU would take them."""
    sizes = []
    for what, given, limits in (
        ("grid", grid, (2**31 - 1, 65535, 65535)), ("block", block, (1024, 1024, 64)),
    ):  # fmt: skip
        if not isinstance(given, tuple) or not 1 <= len(given) <= 3:
            raise TypeError(f"{what} must be a tuple of one to three ints, not {given!r}")
        full = [*given, 1, 1][:3]
        if any(not isinstance(n, (int, np.integer)) or not 1 <= n <= most for n, most in zip(full, limits)):
            raise ValueError(f"CUDA_ERROR_INVALID_VALUE: {what}={given}, of at most {limits}")
        sizes += full
    if np.prod(sizes[3:]) > 1024:
        raise ValueError(f"CUDA_ERROR_INVALID_VALUE: block={block} is of more than 1024 threads")
    return sizes


def _value(arg: Any, fenced: Fenced) -> np.ndarray:
    """What an argument is in memory. Python's int is 8 bytes, its float a double."""
    if isinstance(arg, ndarray):
        here(arg._device)
        return np.array(fenced.address(arg._a), np.uint64)
    if isinstance(arg, np.generic):
        return np.array(arg)
    for kind, dtype in ((bool, np.bool_), (int, np.int64), (float, np.float64)):
        if isinstance(arg, kind):
            return np.array(arg, dtype)
    raise TypeError(f"Unsupported type {type(arg)}")


def _described(arg: Any) -> tuple[str, int | None, bool]:
    if isinstance(arg, ndarray):
        return arg.dtype.name, arg.ndim, bool(arg._a.flags.c_contiguous)
    return _value(arg, Fenced()).dtype.name, None, True


def _check(name: str, declared: list[str], args: Any) -> None:
    """A GPU would read garbage from an argument of another type than the kernel's parameter: an error here."""
    if len(declared) != len(args):
        raise TypeError(f"{name} takes {len(declared)} arguments ({', '.join(declared)}), got {len(args)}")
    for k, (meant, arg) in enumerate(zip(declared, args)):
        got = _described(arg)[0] + ("*" if isinstance(arg, ndarray) else "")
        same_bits = got.lstrip("u") == meant.lstrip("u") and "int" in got
        if got != meant and not same_bits and not (meant == "void*" and got.endswith("*")):
            raise TypeError(f"{name}: argument {k} is {got}, the kernel declares {meant}")
