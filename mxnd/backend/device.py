"""F on a CUDA device. CuPy is imported here and nowhere else, and only when a GPU is asked for."""

from __future__ import annotations

import importlib.util
from typing import Any

from ..core.errors import MXNetError, NotYetError

INSTALL = "pip install 'mxnd[cuda12]' or 'mxnd[cuda13]'"


def _cupy() -> Any:
    if importlib.util.find_spec("cupy") is None:
        raise MXNetError(f"no GPU can be used: CuPy is not installed ({INSTALL})")
    try:
        import cupy
    except Exception as error:
        raise MXNetError(f"no GPU can be used: CuPy does not import: {error}") from error
    return cupy


def count() -> int:
    """How many CUDA devices the driver shows; 0 without CuPy or a driver."""
    if importlib.util.find_spec("cupy") is None:
        return 0
    cupy = _cupy()
    try:
        return int(cupy.cuda.runtime.getDeviceCount())
    except cupy.cuda.runtime.CUDARuntimeError:
        return 0


def _existing(device_id: int) -> Any:
    cupy = _cupy()
    found = count()
    if not 0 <= device_id < found:
        raise MXNetError(f"gpu({device_id}) is not there: {found} CUDA device(s) found")
    return cupy


def memory_info(device_id: int) -> tuple[int, int]:
    """Free and total bytes of a device."""
    cupy = _existing(device_id)
    with cupy.cuda.Device(device_id):
        free, total = cupy.cuda.runtime.memGetInfo()
    return int(free), int(total)


def open_device(device_id: int) -> Any:
    """The backend of a CUDA device; one clear error when it cannot be had."""
    _existing(device_id)
    raise NotYetError("operators on the GPU are not there yet; use mx.cpu()")
