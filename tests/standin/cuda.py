"""``cupy.cuda``: devices, streams, events and memory pools, of which only the current device matters here."""

from __future__ import annotations

import sys
import time
import weakref
from types import ModuleType
from typing import Any

import numpy as np

from .state import current

TOTAL = 1 << 34
"""Bytes of memory a device says it has."""


class CUDARuntimeError(RuntimeError):
    """What CUDA answers with."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(f"{name}: {text}")
        self.status = name


def device_count() -> int:
    return sys.modules[__package__].DEVICES


def _existing(number: int) -> int:
    if not 0 <= number < device_count():
        raise CUDARuntimeError("cudaErrorInvalidDevice", "invalid device ordinal")
    return number


class Device:
    """A device, current inside ``with``. Comparable and hashable by number."""

    def __init__(self, device: Any = None) -> None:
        self.id = current.device if device is None else int(device)
        self._outer: list[int] = []

    def use(self) -> None:
        current.device = _existing(self.id)

    def __enter__(self) -> Device:
        self._outer.append(current.device)
        self.use()
        return self

    def __exit__(self, *exc: object) -> None:
        current.device = self._outer.pop()

    def synchronize(self) -> None:
        _existing(self.id)

    @property
    def compute_capability(self) -> str:
        return "90"

    @property
    def mem_info(self) -> tuple[int, int]:
        return TOTAL // 2, TOTAL

    @property
    def attributes(self) -> dict[str, int]:
        return {"MultiProcessorCount": 132, "MaxThreadsPerBlock": 1024, "WarpSize": 32}

    def __int__(self) -> int:
        return self.id

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Device) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        return f"<CUDA Device {self.id}>"


class Stream:
    """A stream, on which everything is done at once."""

    null: Stream
    ptr = 0

    def __init__(self, null: bool = False, non_blocking: bool = False, ptds: bool = False) -> None:
        self.device_id = current.device
        self._outer: list[Any] = []

    def use(self) -> Stream:
        current.stream = self
        return self

    def __enter__(self) -> Stream:
        self._outer.append(current.stream)
        return self.use()

    def __exit__(self, *exc: object) -> None:
        current.stream = self._outer.pop()

    def synchronize(self) -> None:
        """Everything is done already."""

    def wait_event(self, event: Event) -> None:
        """Everything is done already."""

    def record(self, event: Event | None = None) -> Event:
        event = event or Event()
        event.record()
        return event

    done = True


Stream.null = Stream(null=True)


class Event:
    """A moment."""

    done = True

    def __init__(self, block: bool = False, disable_timing: bool = False, interprocess: bool = False) -> None:
        self.at: float | None = None

    def record(self, stream: Stream | None = None) -> None:
        self.at = time.perf_counter()

    def synchronize(self) -> None:
        """It has happened."""


class MemoryPool:
    """A pool, which keeps nothing."""

    def malloc(self, size: int) -> Any:
        raise NotImplementedError("the stand-in's memory is NumPy's")

    def free_all_blocks(self, stream: Stream | None = None) -> None:
        """Nothing is held."""

    def free_all_free(self) -> None:
        """Nothing is held."""

    def n_free_blocks(self) -> int:
        return 0

    def used_bytes(self) -> int:
        return 0

    def total_bytes(self) -> int:
        return 0

    def set_limit(self, size: int | None = None, fraction: float | None = None) -> None:
        """There is no limit."""


class PinnedMemoryPool(MemoryPool):
    """A pool of host memory, which keeps nothing."""


_pinned: list[Any] = []


def empty_pinned(shape: Any, dtype: Any = float, order: str = "C") -> np.ndarray:
    """``cupyx.empty_pinned``: host memory that a device reads by itself."""
    _pinned.append(weakref.ref(made := np.empty(shape, dtype, order)))
    return made


def is_memory_pinned(address: int) -> bool:
    """Whether it is an address of such memory."""
    arrays = [array for ref in _pinned if (array := ref()) is not None]
    return any(0 <= address - array.ctypes.data < array.nbytes for array in arrays)


_POOL, _PINNED = MemoryPool(), PinnedMemoryPool()


def get_elapsed_time(start: Event, end: Event) -> float:
    """Milliseconds between two events."""
    if start.at is None or end.at is None:
        raise CUDARuntimeError("cudaErrorInvalidResourceHandle", "an event was not recorded")
    return (end.at - start.at) * 1000


def _runtime() -> ModuleType:
    runtime = ModuleType("cupy.cuda.runtime")
    runtime.CUDARuntimeError = CUDARuntimeError
    runtime.getDeviceCount = device_count
    runtime.getDevice = lambda: current.device
    runtime.setDevice = lambda device: Device(device).use()
    runtime.memGetInfo = lambda: (TOTAL // 2, TOTAL)
    runtime.runtimeGetVersion = runtime.driverGetVersion = lambda: 12090
    runtime.deviceSynchronize = lambda: None
    runtime.is_hip = False
    runtime.getDeviceProperties = lambda device: {
        "name": b"stand-in", "major": 9, "minor": 0, "totalGlobalMem": TOTAL, "warpSize": 32,
        "multiProcessorCount": 132, "maxThreadsPerBlock": 1024, "sharedMemPerBlock": 49152,
    } if _existing(device) + 1 else None  # fmt: skip
    return runtime


def module() -> ModuleType:
    """``cupy.cuda``."""
    cuda = ModuleType("cupy.cuda")
    cuda.runtime = _runtime()
    for kind in (Device, Stream, Event, MemoryPool, PinnedMemoryPool):
        setattr(cuda, kind.__name__, kind)
    cuda.device = ModuleType("cupy.cuda.device")
    cuda.device.get_cublas_handle = lambda: 1
    cuda.pinned_memory = ModuleType("cupy.cuda.pinned_memory")
    cuda.pinned_memory.is_memory_pinned = is_memory_pinned
    cuda.get_elapsed_time = get_elapsed_time
    cuda.is_available = lambda: device_count() > 0
    cuda.get_device_id = lambda: current.device
    cuda.get_current_stream = lambda device_id=None: current.stream or Stream.null
    cuda.set_allocator = cuda.set_pinned_memory_allocator = lambda allocator=None: None
    return cuda


def pools() -> dict[str, Any]:
    """The functions of ``cupy`` that name the pools."""
    return {"get_default_memory_pool": lambda: _POOL, "get_default_pinned_memory_pool": lambda: _PINNED}
