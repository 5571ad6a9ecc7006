"""NumPy's BLAS and our threads: while ours run, BLAS keeps to one thread each, so that they do not fight.

Covers the OpenBLAS that NumPy's wheels carry. Another BLAS is left as it is (Accelerate shares the processors itself).
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import pathlib
import threading
from collections.abc import Callable, Iterator

import numpy as np

PREFIXES, SUFFIXES = ("scipy_", ""), ("64_", "")


@functools.cache
def _functions() -> tuple[Callable[[], int], Callable[[int], None]] | None:
    """OpenBLAS's own getter and setter of its number of threads."""
    package = pathlib.Path(np.__file__).parent
    folders = (package.parent / "numpy.libs", package / ".dylibs")
    for path in sorted(found for folder in folders for found in folder.glob("*openblas*")):
        library = ctypes.CDLL(str(path))  # NumPy has loaded it already
        for prefix in PREFIXES:
            for suffix in SUFFIXES:
                name = f"{prefix}openblas_%s_num_threads{suffix}"
                if hasattr(library, name % "get"):
                    return getattr(library, name % "get"), getattr(library, name % "set")
    return None


_lock = threading.Lock()
_users = 0
_before = 1


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """BLAS on one thread inside; the last to leave gives back what was there before the first."""
    global _users, _before
    functions = _functions()
    if functions is None:
        yield
        return
    get, put = functions
    with _lock:
        if _users == 0:
            _before = get()
            if _before != 1:
                put(1)
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0 and _before != 1:
                put(_before)
