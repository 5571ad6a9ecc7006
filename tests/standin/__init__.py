"""A stand-in for CuPy: its arrays are NumPy's, its kernels are compiled by g++, its devices are two and of paper.

``with standin.installed() as cupy:`` makes ``import cupy`` find it.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numpy as np

from .state import Compiled, computing, current

__all__ = ["DEVICES", "Compiled", "computing", "installed", "log", "missing"]

DEVICES = 2
"""How many devices there are."""

log: list[Compiled] | None = None
"""Where it is a list, each kernel that is compiled is written there."""


def missing() -> str | None:
    """Why the stand-in cannot be used here, or None."""
    if np.lib.NumpyVersion(np.__version__) < "2.0.0":
        return f"CuPy 14 needs NumPy 2, and this is {np.__version__}"
    return None if shutil.which("g++") else "kernels are compiled by g++, which is not installed"


@contextmanager
def installed() -> Iterator[Any]:
    """The stand-in is the module ``cupy`` inside, and mxnd finds its GPUs there."""
    from . import modules

    before = {name: module for name, module in sys.modules.items() if name.partition(".")[0] in ("cupy", "cupyx")}
    _exchange(before, modules.every())
    try:
        yield sys.modules["cupy"]
    finally:
        current.device, current.stream = 0, None
        _exchange(modules.every(), before)


def _exchange(out: dict[str, ModuleType], into: dict[str, ModuleType]) -> None:
    for name in out:
        sys.modules.pop(name, None)
    sys.modules.update(into)
    _forget()


def _forget() -> None:
    """What mxnd has kept of the module ``cupy`` that was there."""
    from mxnd.backend import device
    from mxnd.context import Context

    device.probe.cache_clear()
    for library in (device.cp, device.cpx, device.cpx_linalg):
        name = library._name
        vars(library).clear()
        library._name = name
    for context in Context._all.values():
        if context.device_type == "gpu":
            for name in ("F", "wide", "tape", "wide_tape"):
                vars(context).pop(name, None)
