"""``cupy.ndarray`` over a NumPy array: what CuPy's has and no more, and as strict about what it is mixed with."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import dlpack
from .mixing import Memory, as_operand, call, checked_dtype, converted, plain, wrap
from .state import current, here

CUDA, MANAGED = 2, 13
"""DLPack's numbers of kinds of devices."""


class MemoryPointer:
    """Where an array's elements lie."""

    def __init__(self, address: int, device_id: int) -> None:
        self.ptr, self.device_id = address, device_id

    @property
    def device(self) -> Any:
        from .cuda import Device

        return Device(self.device_id)

    def __int__(self) -> int:
        return self.ptr


class Flags:
    def __init__(self, array: ndarray) -> None:
        self.c_contiguous = bool(array._a.flags.c_contiguous)
        self.f_contiguous = bool(array._a.flags.f_contiguous)
        self.owndata = array.base is None
        self.forc, self.fnc = self.c_contiguous or self.f_contiguous, self.f_contiguous and not self.c_contiguous


class ndarray(Memory):
    """An array on a stand-in device. Only kernels and functions of this package look into ``_a``."""

    __slots__ = ("__weakref__",)
    __array_priority__ = 100
    __hash__ = None

    def __init__(
        self, shape: Any, dtype: Any = float, memptr: Any = None, strides: Any = None, order: str = "C"
    ) -> None:
        if memptr is not None or strides is not None:
            raise NotImplementedError("the stand-in makes no arrays over given memory")
        self._a = uninitialised(shape, dtype, order)
        self._device, self.base = current.device, None

    # What it is
    shape = property(lambda self: self._a.shape)
    dtype = property(lambda self: self._a.dtype)
    ndim = property(lambda self: self._a.ndim)
    size = property(lambda self: self._a.size)
    nbytes = property(lambda self: self._a.size * self._a.itemsize)
    itemsize = property(lambda self: self._a.itemsize)
    strides = property(lambda self: self._a.strides)
    flags = property(Flags)
    data = property(lambda self: MemoryPointer(self._a.ctypes.data, self._device))
    T = property(lambda self: wrap(self._a.T, self))
    mT = property(lambda self: wrap(np.swapaxes(self._a, -1, -2), self))
    real = property(lambda self: wrap(self._a.real, self))
    imag = property(lambda self: wrap(self._a.imag, self))

    @property
    def device(self) -> Any:
        return self.data.device

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        here(self._device, "array whose work is waited for")
        return {
            "shape": self.shape, "typestr": self.dtype.str, "descr": self.dtype.descr, "version": 3, "stream": 1,
            "strides": None if self._a.flags.c_contiguous else self.strides, "data": (self._a.ctypes.data, False),
        }  # fmt: skip

    # To and from the host
    def get(self, stream: Any = None, order: str = "C", out: Any = None, blocking: bool = True) -> np.ndarray:
        if out is None:
            return self._a.copy("K" if order in "AK" else order)
        out[...] = self._a
        return out

    def set(self, arr: Any, stream: Any = None) -> None:
        if not isinstance(arr, np.ndarray):
            raise TypeError("Only numpy.ndarray can be set to cupy.ndarray")
        if arr.dtype != self.dtype:
            raise TypeError(f"{arr.dtype} array cannot be set to {self.dtype} array")
        if arr.shape != self.shape:
            raise ValueError(f"Shape mismatch. Old shape: {self.shape}, new shape: {arr.shape}")
        if not (self._a.flags.c_contiguous or self._a.flags.f_contiguous):
            raise RuntimeError("Cannot set to non-contiguous array")
        self._a[...] = arr

    def item(self) -> Any:
        return self._a.item()

    def tolist(self) -> Any:
        return self._a.tolist()

    def tobytes(self, order: str = "C") -> bytes:
        return self._a.tobytes(order)

    def __bool__(self) -> bool:
        return bool(self._a)

    def __int__(self) -> int:
        return int(self._a)

    def __float__(self) -> float:
        return float(self._a)

    def __complex__(self) -> complex:
        return complex(self._a)

    def __len__(self) -> int:
        return len(self._a)

    def __iter__(self) -> Any:
        if not self.ndim:
            raise TypeError("iteration over a 0-d array")
        return (self[k] for k in range(len(self)))

    def __repr__(self) -> str:
        return repr(self._a)

    def __str__(self) -> str:
        return str(self._a)

    def __format__(self, form: str) -> str:
        return format(self._a.item() if not self.ndim else self._a, form)

    def __reduce__(self) -> Any:
        from . import functions

        return functions.array, (self.get(),)

    def __copy__(self) -> ndarray:
        return self.copy()

    def __deepcopy__(self, memo: Any) -> ndarray:
        return self.copy()

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(
            "Implicit conversion to a NumPy array is not allowed. "
            "Please use `.get()` to construct a NumPy array explicitly."
        )

    def __array_function__(self, function: Any, *rest: Any) -> Any:
        raise TypeError(f"numpy.{function.__name__} of an array on a GPU: call CuPy's own function")

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method == "__call__" and isinstance(inputs[0], np.generic) and not kwargs:  # an operator of a NumPy scalar
            return call(ufunc, inputs)
        raise TypeError(f"Unsupported type <class 'numpy.ndarray'>, or numpy.{ufunc.__name__} of an array on a GPU")

    def __dlpack_device__(self) -> tuple[int, int]:
        return CUDA, self._device

    def __dlpack__(
        self, *, stream: Any = None, max_version: Any = None, dl_device: Any = None, copy: Any = None
    ) -> Any:
        here(self._device, "array whose work is waited for")
        made = self._a.__dlpack__(**({"max_version": max_version} if max_version else {}))
        dlpack.set_device(made, CUDA, self._device)
        return made

    # New forms of it
    def astype(
        self, dtype: Any, order: str = "K", casting: Any = None, subok: Any = None, copy: bool = True
    ) -> ndarray:
        if subok is not None:
            raise TypeError("subok is not supported yet")
        if not copy and checked_dtype(dtype) == self.dtype:
            return self
        here(self._device)
        with np.errstate(all="ignore"):
            return wrap(converted(self._a, checked_dtype(dtype), order, casting or "unsafe"))

    def copy(self, order: str = "C") -> ndarray:
        return wrap(self._a.copy(order))  # also from another device, to the current one

    def view(self, dtype: Any = None, type: Any = None) -> ndarray:
        return wrap(self._a.view() if dtype is None else self._a.view(checked_dtype(dtype)), self)

    def reshape(self, *shape: Any, order: str = "C", copy: Any = None) -> ndarray:
        return wrap(self._a.reshape(*shape, order=order), self)

    def transpose(self, *axes: Any) -> ndarray:
        return wrap(self._a.transpose(*axes), self)

    def ravel(self, order: str = "C") -> ndarray:
        return wrap(self._a.ravel(order), self)

    def flatten(self, order: str = "C") -> ndarray:
        return wrap(self._a.flatten(order))

    def squeeze(self, axis: Any = None) -> ndarray:
        return wrap(self._a.squeeze(axis), self)

    def swapaxes(self, axis1: int, axis2: int) -> ndarray:
        return wrap(self._a.swapaxes(axis1, axis2), self)

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> ndarray:
        view = self._a.diagonal(offset, axis1, axis2)
        view.setflags(write=True)  # CuPy's can be written
        return wrap(view, self)

    def sort(self, axis: int = -1, kind: Any = None) -> None:
        here(self._device)
        self._a.sort(axis, kind="stable")

    def fill(self, value: Any) -> None:
        here(self._device)
        value = np.asarray(as_operand(value)).astype(self.dtype)
        self._a[...] = 0 if value == 0 and self._a.flags.c_contiguous else value  # bytes are cleared, for -0.0 too

    # Elements
    def __getitem__(self, key: Any) -> ndarray:
        key = around(_key(key), self.shape)
        found = self._a[key]
        return wrap(found if isinstance(found, np.ndarray) else self._a[(*_as_tuple(key), ...)], self)

    def __setitem__(self, key: Any, value: Any) -> None:
        here(self._device)
        key, value = _key(key), as_operand(value)
        with np.errstate(all="ignore"):
            if holds_arrays(key):
                places = np.arange(self.size).reshape(self.shape)[around(key, self.shape)]
                value = np.broadcast_to(value, places.shape).astype(self.dtype).ravel()
                self._a.flat[places.ravel()[::-1]] = value[::-1]  # of several values for a place any may stay
            elif not isinstance(value, np.ndarray):
                self[key].fill(value)
            else:
                target = self[key]._a
                races = np.shares_memory(target, value) and not _same(target, value)
                target[...] = converted(value, self.dtype)
                if races:  # some elements may be read after they are written
                    target[...] = uninitialised((), self.dtype)

    def scatter_add(self, slices: Any, value: Any) -> None:
        here(self._device)
        if self.dtype.name not in (
            "int32",
            "float16",
            "float32",
            "float64",
            "uint32",
            "uint64",
            "complex64",
            "complex128",
        ):
            raise TypeError(f"cupyx.scatter_add does not support {self.dtype.name}")
        np.add.at(self._a, _key(slices), np.asarray(as_operand(value)).astype(self.dtype))


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    return (a.ctypes.data, a.shape, a.strides) == (b.ctypes.data, b.shape, b.strides)


def holds_arrays(key: Any) -> bool:
    """Is it a key of arrays, lists or booleans, not of slices and numbers alone?"""
    return any(isinstance(part, (np.ndarray, list, bool, np.bool_)) for part in _as_tuple(key))


def around(key: Any, shape: tuple[int, ...]) -> Any:
    """The key with its arrays of integers counted around the ends of their axes, as CuPy takes them."""
    parts = [np.asarray(part) if holds_arrays((part,)) else part for part in _as_tuple(key)]
    masks = [isinstance(part, np.ndarray) and part.dtype == bool for part in parts]
    used = [0 if p is None or p is ... else p.ndim if mask else 1 for p, mask in zip(parts, masks)]
    axis = 0
    for i, part in enumerate(parts):
        if isinstance(part, np.ndarray) and not masks[i] and axis < len(shape):
            parts[i] = part.astype(np.int64) % max(shape[axis], 1)
        axis += len(shape) - sum(used) if part is ... else used[i]
    return tuple(parts)


def _as_tuple(key: Any) -> tuple[Any, ...]:
    return key if isinstance(key, tuple) else (key,)


def _key(key: Any) -> Any:
    if isinstance(key, tuple):
        return tuple(_key(k) for k in key)
    return plain(key) if isinstance(key, ndarray) else key


def uninitialised(shape: Any, dtype: Any, order: str = "C") -> np.ndarray:
    """New memory full of what nobody means: NaN, or a number that stands out."""
    array = np.empty(shape, checked_dtype(dtype), order if order in ("C", "F") else "C")
    if array.dtype.kind in "iu":
        array.fill(np.iinfo(array.dtype).max - 5)
    else:
        array.fill(True if array.dtype.kind == "b" else np.nan)
    return array


def _method(name: str, *positional: str) -> Any:
    def method(self: ndarray, *args: Any, **kwargs: Any) -> Any:
        kwargs |= dict(zip(positional, args))
        if set(kwargs) - set(positional):
            raise TypeError(f"ndarray.{name}() takes {', '.join(positional)}, not {', '.join(kwargs)}")
        return call(getattr(np, name), (self,), kwargs)

    method.__name__ = name
    return method


_METHODS = {
    "all": "axis out keepdims", "any": "axis out keepdims", "argmax": "axis out dtype keepdims",
    "argmin": "axis out dtype keepdims", "argpartition": "kth axis", "clip": "a_min a_max out", "conj": "",
    "choose": "choices out mode", "compress": "condition axis out", "cumprod": "axis dtype out",
    "cumsum": "axis dtype out", "dot": "b out", "max": "axis out keepdims", "mean": "axis dtype out keepdims",
    "min": "axis out keepdims", "nonzero": "", "prod": "axis dtype out keepdims", "ptp": "axis out keepdims",
    "put": "ind v mode", "repeat": "repeats axis", "round": "decimals out", "searchsorted": "v side sorter",
    "std": "axis dtype out ddof keepdims", "sum": "axis dtype out keepdims", "take": "indices axis out",
    "trace": "offset axis1 axis2 dtype out", "var": "axis dtype out ddof keepdims",
}  # fmt: skip
for _name, _parameters in _METHODS.items():
    setattr(ndarray, _name, _method(_name, *_parameters.split()))


def _argsort(self: ndarray, axis: Any = -1, kind: Any = None) -> ndarray:
    return call(np.argsort, (self,), {"axis": axis, "kind": "stable"})


def _operator(function: Any, swapped: bool = False, inplace: bool = False) -> Any:
    def operator(self: ndarray, other: Any) -> Any:
        if getattr(type(other), "__array_ufunc__", self) is None:
            return NotImplemented
        operands = (other, self) if swapped else (self, other)
        return call(function, operands, {"out": self} if inplace else {})

    return operator


ndarray.argsort = _argsort
_BINARY = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.true_divide, "floordiv": np.floor_divide,
    "mod": np.remainder, "pow": np.power, "matmul": np.matmul, "and": np.bitwise_and, "or": np.bitwise_or,
    "xor": np.bitwise_xor, "lshift": np.left_shift, "rshift": np.right_shift, "divmod": np.divmod,
}  # fmt: skip
for _name, _function in _BINARY.items():
    setattr(ndarray, f"__{_name}__", _operator(_function))
    setattr(ndarray, f"__r{_name}__", _operator(_function, swapped=True))
    if _name not in ("divmod", "matmul"):
        setattr(ndarray, f"__i{_name}__", _operator(_function, inplace=True))
_COMPARISONS = {
    "eq": "equal",
    "ne": "not_equal",
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
}
for _name, _function in _COMPARISONS.items():
    setattr(ndarray, f"__{_name}__", _operator(getattr(np, _function)))
ndarray.__neg__ = lambda self: call(np.negative, (self,))
ndarray.__pos__ = lambda self: call(np.positive, (self,))
ndarray.__abs__ = lambda self: call(np.absolute, (self,))
ndarray.__invert__ = lambda self: call(np.invert, (self,))
