"""CuPy's functions. Those NumPy has with the same meaning stand in names.txt, with the parameters CuPy gives them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from . import dlpack, lapack
from .array import CUDA, MANAGED, ndarray, uninitialised
from .cuda import Device, is_memory_pinned
from .mixing import Memory, arrays_in, as_operand, call, checked_dtype, plain, wrap
from .state import here

_NO_ARRAY_FIRST = """
    arange linspace logspace zeros ones full eye identity tri indices diag_indices tril_indices triu_indices bartlett
    blackman hamming hanning kaiser broadcast_shapes can_cast promote_types result_type issubdtype isscalar fft.fftfreq
    fft.rfftfreq einsum where
""".split()  # noqa: SIM905
"""Functions whose first argument need not be an array."""

_TO_ARRAY = ("allclose", "array_equal", "array_equiv", "count_nonzero")
"""Functions whose number is an array in CuPy."""


def table() -> dict[str, tuple[Any, Callable[..., Any]]]:
    """For each name of names.txt that NumPy has too: CuPy's signature (None for a ufunc) and the function."""
    found: dict[str, tuple[Any, Callable[..., Any]]] = {}
    for line in (Path(__file__).parent / "names.txt").read_text().splitlines():
        if line.startswith("ufunc"):
            for name in line.split()[1:]:
                if hasattr(np, name):
                    found[name] = None, _ufunc(getattr(np, name), int(line[5]))
        elif not line.startswith("#"):
            name, _, rest = line.partition("(")
            module, _, short = name.rpartition(".")
            function = getattr(getattr(np, module) if module else np, short, None)
            signature = inspect.signature(eval(f"lambda {rest[:-1]}: None"))
            if function is not None:
                found[name] = signature, _delegated(name, function, signature)
    return found


def _ufunc(function: Any, arguments: int) -> Callable[..., Any]:
    def ufunc(*args: Any, out: Any = None, dtype: Any = None, casting: str = "same_kind") -> Any:
        if not arguments <= len(args) <= arguments + 1:
            raise TypeError(f"Wrong number of arguments for {function.__name__!r}: {len(args)}")
        if isinstance(function, np.ufunc):
            options = {"casting": casting} | ({} if dtype is None else {"dtype": dtype})
        else:
            options = {}
        if out is not None:
            options["out"] = out
        return call(function, tuple(a if isinstance(a, Memory) else as_operand(a) for a in args), options)

    ufunc.__name__ = function.__name__
    return ufunc


def _delegated(name: str, function: Any, signature: inspect.Signature) -> Callable[..., Any]:
    sorts, linear = name in ("sort", "argsort"), name.startswith("linalg.")

    def delegated(*args: Any, **kwargs: Any) -> Any:
        signature.bind(*args, **kwargs)
        if name not in _NO_ARRAY_FIRST and not arrays_in(args[:1]) and not arrays_in(kwargs.values()):
            raise TypeError(f"cupy.{name} of {type(args[0]) if args else 'nothing'}: it takes a cupy.ndarray")
        if sorts:
            kwargs["kind"] = "stable"
        found = (lapack.call if linear else call)(function, args, kwargs)
        return wrap(np.asarray(found)) if name in _TO_ARRAY else found

    delegated.__name__ = name
    return delegated


def array(
    obj: Any, dtype: Any = None, copy: bool = True, order: str = "K", subok: bool = False, ndmin: int = 0, *,
    blocking: bool = False,
) -> ndarray:  # fmt: skip
    """A new array on the current device, of a host array, numbers, or (lists of) device arrays."""
    if isinstance(obj, ndarray):
        made = obj.astype(obj.dtype if dtype is None else dtype, order) if copy or ndmin > obj.ndim else obj
        return wrap(np.array(made._a, copy=False, ndmin=ndmin), made) if ndmin > made.ndim else made
    value = plain(obj) if arrays_in((obj,)) else obj
    if isinstance(value, np.ndarray) and dtype in (None, value.dtype):
        if not value.ndim and not ndmin:
            made = empty((), value.dtype)
            made.fill(value[()])
            return made
        if value.flags.c_contiguous and not blocking and is_memory_pinned(value.ctypes.data):
            return wrap(value.view())  # it will be read later
    return wrap(np.array(value, None if dtype is None else checked_dtype(dtype), order=order, ndmin=ndmin))


def asarray(a: Any, dtype: Any = None, order: Any = None, *, copy: Any = None, blocking: bool = False) -> ndarray:
    """The array itself where it is one of that dtype and order, else a new one."""
    if isinstance(a, ndarray) and not copy and (dtype is None or checked_dtype(dtype) == a.dtype):
        laid = order not in ("C", "F") or (a._a.flags.c_contiguous if order == "C" else a._a.flags.f_contiguous)
        return a if laid else array(a, order=order)
    return array(a, dtype, order=order or "K")


def ascontiguousarray(a: Any, dtype: Any = None) -> ndarray:
    """The array itself if it is C-contiguous and of that dtype, else a copy."""
    if isinstance(a, ndarray):
        here(a._device)
    return asarray(a, dtype, "C")


def asfortranarray(a: Any, dtype: Any = None) -> ndarray:
    """The array itself if it is F-contiguous and of that dtype, else a copy."""
    return asarray(a, dtype, "F")


def asnumpy(a: Any, stream: Any = None, order: str = "C", out: Any = None, *, blocking: bool = True) -> np.ndarray:
    """A copy on the host."""
    return a.get(order=order, out=out) if isinstance(a, ndarray) else np.asarray(a, order=order)


def empty(shape: Any, dtype: Any = float, order: str = "C") -> ndarray:
    """New memory; what it holds would surprise whoever reads it."""
    return wrap(uninitialised(shape, dtype, order))


def empty_like(prototype: Any, dtype: Any = None, order: str = "K", subok: Any = None, shape: Any = None) -> ndarray:
    """New memory of an array's shape and dtype."""
    order = "F" if order in "KA" and prototype.flags.fnc else order
    return empty(prototype.shape if shape is None else shape, prototype.dtype if dtype is None else dtype, order)


def copy(a: Any, order: str = "K") -> ndarray:
    """A copy on the current device."""
    return a.copy(order)


def astype(x: Any, dtype: Any, /, *, copy: bool = True) -> ndarray:
    """The method of arrays as a function."""
    return x.astype(dtype, copy=copy)


def copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = None) -> None:
    """Elements of an array or a number into an array; also from another device."""
    if not isinstance(dst, ndarray):
        raise TypeError(f"Unsupported type {type(dst)}")
    value = src._a if isinstance(src, ndarray) else as_operand(src)
    np.copyto(dst._a, value, casting, **({} if where is None else {"where": plain(where)}))


def may_share_memory(a: Any, b: Any, max_work: Any = None) -> bool:
    """Whether the bounds of two arrays of one allocation overlap."""
    return (a._device, _allocation(a)) == (b._device, _allocation(b)) and np.may_share_memory(a._a, b._a)


def shares_memory(a: Any, b: Any, max_work: Any = None) -> bool:
    """Whether two arrays of one allocation have an element in common."""
    return may_share_memory(a, b) and np.shares_memory(a._a, b._a)


def _allocation(a: ndarray) -> int:
    return (a if a.base is None else a.base)._a.ctypes.data


def size(a: Any, axis: Any = None) -> int:
    """The number of elements, or of those along an axis."""
    return a.size if axis is None else a.shape[axis]


def from_dlpack(array: Any, *, device: Any = None, copy: Any = None) -> ndarray:
    """A view of what another object, or a bare capsule, has on a device."""
    if hasattr(array, "__dlpack_device__"):
        if array.__dlpack_device__()[0] != CUDA:
            raise TypeError(f"{type(array)} is not on a GPU")
        with Device(array.__dlpack_device__()[1]):
            try:
                array = array.__dlpack__(stream=1, max_version=(1, 1), copy=copy)
            except TypeError:
                array = array.__dlpack__(stream=1)
    kind, number = dlpack.device_of(array)
    if kind not in (CUDA, MANAGED):
        raise RuntimeError("CuPy is built against CUDA, different from the backend that backs the DLPack tensor")
    found = wrap(dlpack.opened(array))
    found._device = number
    return found


def get_array_module(*args: Any) -> Any:
    """CuPy if any argument is of a device, else NumPy."""
    import cupy

    return cupy if arrays_in(args) else np


OWN = (
    array, asarray, ascontiguousarray, asfortranarray, asnumpy, empty, empty_like, copy, astype, copyto,
    may_share_memory, shares_memory, size, from_dlpack, get_array_module,
)  # fmt: skip
"""Functions written here."""
