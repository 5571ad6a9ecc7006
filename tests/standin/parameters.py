"""Parameters of elementwise and reduction kernels: their texts, the types a call gives them, and their C structs."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from .array import ndarray
from .build import library
from .mixing import checked_dtype
from .state import here, record

C_NAMES = {
    "bool": "bool", "int8": "signed char", "int16": "short", "int32": "int", "int64": "long long",
    "uint8": "unsigned char", "uint16": "unsigned short", "uint32": "unsigned int", "uint64": "unsigned long long",
    "float16": "float16", "float32": "float", "float64": "double",
}  # fmt: skip
_AXES = 32


class Parameter(NamedTuple):
    """One of ``"raw T x, int32 n"``: its name, C type or letter, the dtype if it is no letter, and its words."""

    name: str
    ctype: str
    dtype: np.dtype | None
    raw: bool
    const: bool


def parse(text: str, const: bool) -> tuple[Parameter, ...]:
    """Parameters of a list of them, of inputs (``const``) or of outputs."""
    found = []
    for one in text.strip().split(",") if text else ():
        *words, kind, name = one.split()
        if set(words) - {"raw", "_non_const"}:
            raise ValueError(f"Unknown keyword in {one!r}")
        dtype = None if len(kind) == 1 else checked_dtype(kind)
        ctype = kind if dtype is None else C_NAMES[dtype.name]
        found.append(Parameter(name, ctype, dtype, "raw" in words, const and "_non_const" not in words))
    return tuple(found)


def kernel_name(name: str) -> str:
    """The name, if C allows it."""
    if not re.fullmatch(r"[A-Za-z_]\w*", name):
        raise ValueError(f'Invalid kernel name: "{name}"')
    return name


def checked_arguments(args: Any) -> list[Any]:
    """Arguments that are arrays of the current device or numbers."""
    for arg in args:
        if isinstance(arg, ndarray):
            here(arg._device)
        elif not isinstance(arg, (bool, int, float, np.generic)) or isinstance(arg, (np.void, np.character)):
            raise TypeError(f"Unsupported type {type(arg)}")
    return list(args)


def decided_types(inputs: Any, outputs: Any, in_args: Any, out_args: Any) -> dict[str, np.dtype]:
    """The dtype of each letter. Arrays decide, outputs first; numbers never do."""
    letters: dict[str, np.dtype] = {}
    for p, arg in (*zip(outputs, out_args), *zip(inputs, in_args)):
        if isinstance(arg, ndarray):
            meant = p.dtype if p.dtype is not None else letters.setdefault(p.ctype, arg.dtype)
            if meant != arg.dtype:
                raise TypeError(f"Type is mismatched. {p.name} {arg.dtype} {meant} {p.ctype}")
    for p in (*inputs, *outputs):
        if p.dtype is None and p.ctype not in letters:
            raise KeyError(f"{p.ctype}: no array of the call says which type it is")
    return letters


def broadcast(args: list[Any], params: Any, use_size: bool) -> tuple[list[Any], tuple[int, ...]]:
    """Arrays that are not raw, brought to their common shape, and that shape."""
    taking = [isinstance(a, ndarray) and not p.raw for a, p in zip(args, params)]
    if use_size and any(taking):
        raise ValueError("Specified 'size' can be used only if all of the ndarray are 'raw'.")
    if not use_size and not any(taking):
        raise ValueError("Loop size is undecided.")
    shape = np.broadcast_shapes(*(a.shape for a, t in zip(args, taking) if t))
    return [np.broadcast_to(a._a, shape) if t else a for a, t in zip(args, taking)], shape


def outputs_of(given: Any, params: Any, letters: Any, shape: Any, sized: bool) -> list[ndarray]:
    """The arrays given for outputs, if they will do, or new ones."""
    if given:
        for p, array in zip(params, given):
            if not isinstance(array, ndarray):
                raise TypeError("Output arguments type must be cupy.ndarray")
            if not p.raw and array.shape != tuple(shape):
                raise ValueError("Out shape is mismatched")
            if not array._a.flags.writeable:
                raise ValueError(f"output {p.name} is a broadcast array: its elements share memory")
        return list(given)
    if any(p.raw for p in params) and not sized:
        raise ValueError("Output array size is Undecided")
    return [ndarray(shape, p.dtype if p.dtype is not None else letters[p.ctype]) for p in params]


def number(value: Any, dtype: np.dtype) -> np.ndarray:
    """A number as the type of its parameter."""
    if dtype.kind in "biu" and isinstance(value, (float, np.floating)) and value != int(value):
        raise TypeError(f"{value} for a parameter of type {dtype}")
    return np.array(value).astype(dtype)


class _Array(ctypes.Structure):
    _fields_ = [
        ("data", ctypes.c_void_p), ("size", ctypes.c_ssize_t), ("ndim", ctypes.c_ssize_t),
        ("contiguous", ctypes.c_ssize_t), ("shape", ctypes.c_ssize_t * _AXES),
        ("strides", ctypes.c_ssize_t * _AXES), ("name", ctypes.c_char_p),
    ]  # fmt: skip


def indexer(shape: Any) -> _Array:
    """The struct of a shape that is gone through."""
    made = _Array(size=int(np.prod(shape, dtype=np.int64)), ndim=len(shape))
    made.shape[: len(shape)] = shape
    return made


def array_struct(array: np.ndarray, name: str) -> _Array:
    """The struct of an array."""
    made = indexer(array.shape)
    made.data, made.contiguous, made.name = array.ctypes.data, array.flags.c_contiguous, name.encode()
    made.strides[: array.ndim] = array.strides
    return made


def flushes(dtypes: Iterable[Any]) -> bool:
    """Whether a kernel of arrays of these dtypes takes floats below the smallest normal one as 0."""
    return np.dtype(np.float64) not in set(dtypes)


class Call:
    """The arguments of one call, as C declares and is given them."""

    def __init__(
        self, kind: str, given: dict[str, Any], params: Any, args: list[Any], letters: dict[str, np.dtype]
    ) -> None:
        self.typedefs = "".join(f"typedef {C_NAMES[t.name]} {letter};\n" for letter, t in sorted(letters.items()))
        self.declared: list[str] = []
        self.loads: dict[str, str] = {}
        self._kept: list[Any] = []
        log = []
        for k, (p, arg) in enumerate(zip(params, args)):
            const = "const " if p.const else ""
            array = arg._a if isinstance(arg, ndarray) else arg
            if isinstance(array, np.ndarray):
                prefix = "" if p.raw else "_raw_"
                self.declared.append(f"{const}CArray<{p.ctype}> {prefix}{p.name}(_args[{k}]);")
                if not p.raw:
                    self.loads[p.name] = f"{const}{p.ctype} &{p.name} = _raw_{p.name}"
                self._kept.append(array_struct(array, p.name))
                log.append((array.dtype.name, array.ndim, array.flags.c_contiguous))
            else:
                dtype = p.dtype if p.dtype is not None else letters[p.ctype]
                self.declared.append(f"{const}{p.ctype} {p.name} = *({p.ctype} *)_args[{k}];")
                self._kept.append(number(arg, dtype))
                log.append((dtype.name, None, True))
        self.arguments = tuple(log)
        self.kind, self.given, self.letters = kind, given, letters

    def written_down(self, name: str, seen: set[Any]) -> None:
        """Into the log, once for what CuPy compiles once."""
        if self.arguments not in seen:
            seen.add(self.arguments)
            record(self.kind, self.given, self.arguments, name)

    def run(self, text: str, *indexers: Any) -> None:
        """Compile and run. What goes wrong inside is a RuntimeError."""
        kept = [*self._kept, *(indexer(shape) for shape in indexers)]
        pointers = [k.ctypes.data if isinstance(k, np.ndarray) else ctypes.addressof(k) for k in kept]
        run = library(text).standin_run
        run.restype = ctypes.c_char_p
        flushed = flushes(np.dtype(name) for name, axes, _ in self.arguments if axes is not None)
        fault = run((ctypes.c_void_p * len(pointers))(*pointers), flushed)
        if fault:
            raise RuntimeError(f"{self.given['name']}: {fault.decode()}")
