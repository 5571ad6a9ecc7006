"""Devices. ``mx.cpu()`` is NumPy, ``mx.gpu(i)`` the i-th CUDA device through CuPy."""

from __future__ import annotations

import threading
from typing import Any, ClassVar

from .backend import device
from .backend.host import Host
from .backend.wide import Wide
from .core.errors import ArgumentError, did_you_mean
from .core.state import LARGE
from .core.tape import Tape


class _Current(threading.local):
    context: Context | None = None


_current = _Current()
_opening = threading.Lock()
_HOST = Host()  # all CPU contexts share it, and with it one random state, as in MXNet
_HOST.wide = Wide(_HOST)


class Context:
    """A device: its type and number. There is one object per device, so contexts compare by identity.

    ``with ctx:`` makes it the default for arrays created inside. ``ctx.F`` is the backend that computes there,
    ``ctx.wide`` the one for large arrays; on a GPU all are.
    """

    devtype2str: ClassVar = {1: "cpu", 2: "gpu", 3: "cpu_pinned", 5: "cpu_shared"}
    devstr2type: ClassVar = {name: number for number, name in devtype2str.items()}
    _all: ClassVar[dict[tuple[str, int], Context]] = {}
    _seed: ClassVar[int] = 0

    large: ClassVar = LARGE  # elements of an operator's first input from which ``wide`` computes

    device_type: str
    device_id: int
    F: Any
    tape: Any
    wide: Any
    wide_tape: Any

    def __new__(cls, device_type: str | Context, device_id: int = 0) -> Context:
        if isinstance(device_type, Context):
            return device_type
        if device_type not in cls.devstr2type:
            hint = did_you_mean(str(device_type), cls.devstr2type)
            raise ArgumentError(f"no device type {device_type!r}{hint} (there are {', '.join(cls.devstr2type)})")
        key = (device_type, int(device_id))
        context = cls._all.get(key)
        if context is None:
            context = object.__new__(cls)
            context.device_type, context.device_id = key
            context._outer: list[Context | None] = []
            if device_type == "gpu":
                context.large = 0
            context = cls._all.setdefault(key, context)
        return context

    def __getattr__(self, name: str) -> Any:
        # These are made on first use: naming a device must not touch it.
        if name == "F":
            self.F = self._opened() if self.device_type == "gpu" else _HOST
            return self.F
        if name == "tape":
            self.tape = self.wide_tape if self.device_type == "gpu" else Tape(self.F)
            return self.tape
        if name == "wide":
            self.wide = self.F.wide
            return self.wide
        if name == "wide_tape":
            self.wide_tape = Tape(self.F, self.wide)
            return self.wide_tape
        raise AttributeError(f"Context has no attribute {name!r}")

    def _opened(self) -> Any:
        with _opening:  # there is one F for a device, however many threads come first
            if "F" not in vars(self):
                from .backend.cuda.words import open_device

                self.F = open_device(self.device_id)
                self.F.random.seed(self._seed)
            return self.F

    @classmethod
    def seed_all(cls, seed: int) -> None:
        """Start the random streams of all contexts again, also of those not used yet."""
        _HOST.random.seed(seed)
        cls._seed = seed
        for context in list(cls._all.values()):
            if context.device_type == "gpu" and "F" in vars(context):
                context.F.random.seed(seed)

    @property
    def device_typeid(self) -> int:
        """MXNet's number of the device type."""
        return self.devstr2type[self.device_type]

    def __reduce__(self) -> Any:
        return Context, (self.device_type, self.device_id)

    def __repr__(self) -> str:
        return f"{self.device_type}({self.device_id})"

    __str__ = __repr__

    def __enter__(self) -> Context:
        self._outer.append(_current.context)
        _current.context = self
        return self

    def __exit__(self, *exc: object) -> None:
        _current.context = self._outer.pop()

    def empty_cache(self) -> None:
        """Give memory held for reuse back to the device (nothing is held on the CPU)."""
        self.F.release()


_CPU = Context("cpu", 0)


def cpu(device_id: int = 0) -> Context:
    """The CPU. The number makes no difference."""
    return Context("cpu", device_id)


def cpu_pinned(device_id: int = 0) -> Context:
    """Host memory a GPU can read directly; ordinary memory here."""
    return Context("cpu_pinned", device_id)


def gpu(device_id: int = 0) -> Context:
    """The CUDA device of that number. Naming it costs nothing; using one that is not there is an MXNetError."""
    return Context("gpu", device_id)


def num_gpus() -> int:
    """How many CUDA devices can be used."""
    return device.count()


def gpu_memory_info(device_id: int = 0) -> tuple[int, int]:
    """Free and total memory of a CUDA device, in bytes."""
    return device.memory_info(device_id)


def current_context() -> Context:
    """The context of the innermost ``with``, or ``cpu(0)``."""
    return _current.context or _CPU


def as_context(value: Any) -> Context:
    """None is the current context; ``"gpu(1)"`` and Context objects are themselves."""
    if value is None or value == "":
        return _current.context or _CPU
    if isinstance(value, Context):
        return value
    if isinstance(value, str):
        name, _, rest = value.partition("(")
        number = rest.rstrip(")").strip() or "0"
        if number.isdigit():
            return Context(name.strip(), int(number))
    raise ArgumentError(f"ctx={value!r} is not a context such as mx.cpu() or mx.gpu(0)")
