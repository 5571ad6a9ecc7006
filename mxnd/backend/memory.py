"""Memory of large arrays, kept when they are gone for those that come next.

To write to pages that are new to a process takes longer than most of what is computed: the system clears each of them
first, and sometimes has to make room. So arrays from a quarter of a megabyte on lie in blocks. A block comes back when
nothing refers to its memory any more, whoever it was shared with. ``release`` gives the unused ones to the system.

A block is mapped by itself and not cut from the heap, where what was there before leaves small pages: those of two
arrays of 6 MB are more than a processor knows at once, and it looks each of them up in memory.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import mmap
import threading
from tracemalloc import is_tracing
from typing import Any

import numpy as np

LEAST = 1 << 20  # bytes of an array from which it lies in a block
HUGE = 1 << 21  # bytes of a large page
KEPT = 1 << 29  # bytes of unused blocks that are kept at most
FINE = 3  # a block is longer than its array by less than the 2**FINE-th part
SEEN = (1 << 25) - (1 << 16)
"""Bytes of an array that is made and dropped once, never written to. glibc's heap gives what is free at its end back to
the system when that is twice the largest array it has seen go, and at least 128 KB: NumPy's arrays between two steps of
a computation, of 100,000 elements, would be new pages each time, which takes ten times as long as the steps. This is
the largest that glibc learns from."""
DOMAIN = ctypes.c_uint(np.lib.tracemalloc_domain)  # where tracemalloc counts arrays, these too while they are there

np.empty(SEEN, np.uint8)

_unused: dict[int, list[Any]] = {}  # by size, the one that came back last at the end
_kept = 0
_lock = threading.RLock()  # a block may come back, in the same thread, while another one is looked for


class Block(np.ndarray):
    """The bytes that the arrays in a block refer to, so that it comes back after the last of them."""

    __slots__ = ()

    def __del__(self) -> None:
        if _give is not None:  # None while the interpreter ends
            _give(self.base)


def empty(shape: Any, dtype: Any) -> Any:
    """An array whose elements are not set, as ``np.empty`` makes it."""
    size = math.prod(shape) * (dtype if dtype.__class__ is np.dtype else np.dtype(dtype)).itemsize
    if not LEAST <= size <= KEPT:
        return np.empty(shape, dtype)
    step = 1 << size.bit_length() - 1 - FINE
    memory = _take(-(-size // step) * step)
    if is_tracing():
        ctypes.pythonapi.PyTraceMalloc_Track(DOMAIN, ctypes.c_void_p(ctypes.addressof(memory)), ctypes.c_size_t(size))
    return np.ndarray(shape, dtype, Block(size, np.uint8, memory))


def empty_like(x: Any) -> Any:
    """An array in C order of the shape and dtype of another one."""
    return empty(x.shape, x.dtype)


def owns(array: Any) -> bool:
    """Does an array have memory of its own, and no part of another one's?"""
    return array.base is None or isinstance(array.base, Block)


def release() -> None:
    """Give all memory that is kept, but not used, back to the system."""
    global _kept
    with _lock:
        _unused.clear()
        _kept = 0


def _take(size: int) -> Any:
    global _kept
    with _lock:
        found = _unused.get(size)
        if found:
            _kept -= size
            return found.pop()
    return _mapped(size)


def _mapped(size: int) -> Any:
    """Memory of its own, in large pages as far as they fit and the system has them."""
    private = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_PRIVATE") else {}
    spare = HUGE if size >= HUGE else 0  # to begin with a page; what nobody touches costs nothing
    try:
        pages = mmap.mmap(-1, size + spare, **private)
    except OSError as error:
        raise MemoryError(f"there is no memory for an array of {size} bytes: {error}") from None
    start = spare and -ctypes.addressof(ctypes.c_uint8.from_buffer(pages)) % HUGE
    if spare and hasattr(mmap, "MADV_HUGEPAGE"):
        with contextlib.suppress(OSError):  # a system without large pages
            pages.madvise(mmap.MADV_HUGEPAGE, start, size // HUGE * HUGE)
    return (ctypes.c_uint8 * size).from_buffer(pages, start)  # an ndarray would take the place of the Block


def _give(memory: Any) -> None:
    global _kept
    if is_tracing():
        ctypes.pythonapi.PyTraceMalloc_Untrack(DOMAIN, ctypes.c_void_p(ctypes.addressof(memory)))
    with _lock:
        size = len(memory)
        blocks = _unused.pop(size, [])
        blocks.append(memory)
        _unused[size] = blocks  # at the end
        _kept += size
        while _kept > KEPT:
            oldest = next(iter(_unused))
            _unused[oldest].pop()
            _kept -= oldest
            if not _unused[oldest]:
                del _unused[oldest]
