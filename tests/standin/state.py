"""What a process of the stand-in shares: the devices, the one that is current, and the record of kernels."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple


class Compiled(NamedTuple):
    """One kernel as NVRTC would be given it: its class, what it was made of, and for each argument of the call
    ``(dtype name, number of axes or None for a scalar, C-contiguous)``."""

    kind: str
    given: dict[str, Any]
    arguments: tuple[tuple[str, int | None, bool], ...]
    name: str


class _Current(threading.local):
    device = 0
    stream: Any = None


current = _Current()
_computes = True


def computes() -> bool:
    """Whether kernels run, or are only written down."""
    return _computes


@contextmanager
def computing(flag: bool) -> Iterator[None]:
    """With False, kernels are logged but neither compiled nor run: their results are zeros."""
    global _computes
    before, _computes = _computes, flag
    try:
        yield
    finally:
        _computes = before


def record(kind: str, given: dict[str, Any], arguments: tuple[Any, ...], name: str) -> None:
    """Write a kernel into ``standin.log``, where there is one."""
    log = getattr(sys.modules[__package__], "log", None)
    if log is not None:
        log.append(Compiled(kind, given, arguments, name))


def here(device: int, what: str = "array") -> None:
    """An error unless memory of ``device`` can be reached from the current one."""
    if device != current.device:
        raise ValueError(
            f"The device where the {what} resides ({device}) is different from the current device "
            f"({current.device}). Peer access is unavailable between these devices."
        )
