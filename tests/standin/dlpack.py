"""DLPack's capsules of arrays on a stand-in device: NumPy's, but they name that device."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

HOST = 1
_pointer = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(
    ("PyCapsule_GetPointer", ctypes.pythonapi)
)


class Tensor(ctypes.Structure):
    """The beginning of DLTensor in dlpack.h."""

    _fields_ = [("data", ctypes.c_void_p), ("kind", ctypes.c_int32), ("number", ctypes.c_int32)]


class Versioned(ctypes.Structure):
    """The beginning of DLManagedTensorVersioned in dlpack.h."""

    _fields_ = [
        ("major", ctypes.c_uint32), ("minor", ctypes.c_uint32), ("context", ctypes.c_void_p),
        ("deleter", ctypes.c_void_p), ("flags", ctypes.c_uint64), ("tensor", Tensor),
    ]  # fmt: skip


def _tensor(capsule: Any) -> Tensor:
    try:
        return Versioned.from_address(_pointer(capsule, b"dltensor_versioned")).tensor
    except ValueError:
        return Tensor.from_address(_pointer(capsule, b"dltensor"))  # a ValueError for one that was used


def device_of(capsule: Any) -> tuple[int, int]:
    """The kind of device and its number."""
    tensor = _tensor(capsule)
    return tensor.kind, tensor.number


def set_device(capsule: Any, kind: int, number: int) -> None:
    """Have a capsule name a device."""
    tensor = _tensor(capsule)
    tensor.kind, tensor.number = kind, number


class _OnHost:
    """A capsule as NumPy takes it."""

    def __init__(self, capsule: Any) -> None:
        self._capsule = capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return HOST, 0

    def __dlpack__(self, **options: Any) -> Any:
        return self._capsule


def opened(capsule: Any) -> np.ndarray:
    """The memory of a capsule, which is used up, to read and to write."""
    set_device(capsule, HOST, 0)
    found = np.from_dlpack(_OnHost(capsule))
    first, last = np.lib.array_utils.byte_bounds(found)
    buffer = (ctypes.c_char * (last - first)).from_address(first)
    buffer.owner = found
    return np.ndarray(found.shape, found.dtype, buffer, found.ctypes.data - first, found.strides)
