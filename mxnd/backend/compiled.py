"""Numba, where it is installed (the extra ``fast``): plain Python loops over arrays as machine code."""

from __future__ import annotations

import functools
import importlib.util
import os
import types
import warnings
from collections.abc import Callable
from typing import Any


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


SUMS = frozenset({"reassoc", "contract", "nsz"})  # sums may be reordered; NaN and infinities stay what they are


def kernel(*flags: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A loop that is compiled when it is first called, for the dtypes it is called with, and kept on disk.

    Kernels release the GIL, and may call others of their module, each with its own ``flags``: what LLVM's fast-math may
    assume. Only call them where ``numba()`` is there.
    """

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        @functools.cache
        def made() -> Callable[..., None]:
            used = {"__name__", *function.__code__.co_names}
            space = {name: value for name, value in function.__globals__.items() if name in used}
            space |= {name: value.made() for name, value in space.items() if hasattr(value, "made")}
            text = types.FunctionType(function.__code__, space, function.__name__)
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
