"""Numba, where it is installed (the extra ``fast``): plain Python loops over arrays as machine code."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import inspect
import os
import pickle
import threading
import types
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np


@functools.cache
def numba() -> Any:
    """The library, or None where it is not installed or MXND_COMPILE=0 says not to use it.

    One that is installed but does not import (it wants another NumPy, say) is left out with a warning.
    """
    if os.environ.get("MXND_COMPILE", "1") == "0" or importlib.util.find_spec("numba") is None:
        return None
    try:
        import numba as library
    except ImportError as error:
        warnings.warn(f"mxnd goes without Numba, which does not import: {error}", RuntimeWarning, stacklevel=2)
        return None
    return library


LOOPED = 1 << 15  # elements from which a loop makes up for its preparation and for Numba's, a third of a second
SUMS = frozenset({"reassoc", "contract", "nsz"})  # sums may be reordered; NaN and infinities stay what they are

_parts: list[Any] = []  # functions that Numba does not know yet
_lock = threading.Lock()


def part(*flags: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A function that becomes a part of the kernels that call it, with flags of its own."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        vars(function)["flags"] = flags
        _parts.append(function)
        return function

    return decorate


def introduce() -> None:
    """Make the parts known to Numba. Threads that make kernels at the same time wait for each other."""
    with _lock:
        while _parts:
            numba().extending.register_jitable(fastmath=set(_parts[-1].flags) or False)(_parts[-1])
            _parts.pop()


def kernel(*flags: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A loop that is compiled when it is first called, for the dtypes it is called with, and kept on disk.

    Kernels release the GIL, and may call parts and other kernels of their module, each with its own ``flags``: what
    LLVM's fast-math may assume. Only call them where ``numba()`` is there.
    """

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        vars(function)["flags"] = flags

        @functools.cache
        def made() -> Callable[..., None]:
            introduce()
            used = {"__name__", *function.__code__.co_names}
            space = {name: value for name, value in function.__globals__.items() if name in used}
            space |= {name: value.made() for name, value in space.items() if hasattr(value, "made")}
            text = types.FunctionType(function.__code__, space, function.__name__)
            text.__qualname__ = f"{function.__name__}_{digest(function)}"
            found: Callable[..., None] = numba().njit(
                nogil=True, error_model="numpy", cache=True, fastmath=set(flags) or False
            )(text)
            return found

        @functools.wraps(function)
        def call(*args: Any) -> None:
            made()(*args)

        vars(call)["made"] = made
        return call

    return decorate


def digest(function: Callable[..., Any]) -> str:
    """What tells a kernel from those of its name with other parts or numbers: Numba itself knows a kernel on disk by
    the text of its own file alone."""
    found = hashlib.sha256()
    seen: set[Callable[..., Any]] = set()

    def add(text: types.FunctionType) -> None:
        found.update(text.__code__.co_code)
        found.update(repr(vars(text).get("flags")).encode())
        found.update(repr(text.__code__.co_consts).encode())
        for name in text.__code__.co_names:
            value = text.__globals__.get(name)
            if isinstance(value, types.FunctionType):
                if value not in seen:
                    seen.add(value)
                    add(inspect.unwrap(value))
            elif isinstance(value, (int, float, tuple, np.ndarray)):
                found.update(pickle.dumps(value))

    add(inspect.unwrap(function))
    return found.hexdigest()[:12]
