"""Memory a raw kernel cannot run past the end of: pages behind it that nobody may touch."""

from __future__ import annotations

import ctypes
import mmap
from typing import Any

import numpy as np

_C = ctypes.CDLL(None, use_errno=True)
_C.mprotect.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
_NO_ACCESS, ALIGNED = 0, 16


class Fenced:
    """Copies of what the owners of arrays hold, each ending (nearly) where a page ends."""

    def __init__(self) -> None:
        self._copies: dict[int, tuple[np.ndarray, int, Any]] = {}

    def address(self, array: np.ndarray) -> int:
        """Where the kernel finds the array. Arrays that share memory share it here."""
        owner = array
        while isinstance(owner.base, np.ndarray):
            owner = owner.base
        if not owner.flags.owndata or not owner.nbytes:
            return array.ctypes.data
        start = owner.ctypes.data
        if start not in self._copies:
            self._copies[start] = owner, *_fence(owner)
        return self._copies[start][1] + array.ctypes.data - start

    def copied_back(self) -> str | None:
        """What went wrong, if something did: the bytes up to the page's end are 0xff still if nothing was written."""
        for start, (owner, copy, _) in self._copies.items():
            ctypes.memmove(start, copy, owner.nbytes)
            behind = ctypes.string_at(copy + owner.nbytes, -(copy + owner.nbytes) % mmap.PAGESIZE)
            if behind.strip(b"\xff"):
                return f"an illegal memory access: a write behind an array of {owner.nbytes} bytes"
        return None


def _fence(owner: np.ndarray) -> tuple[int, Any]:
    """The address of a copy, and what keeps it."""
    size = -(-owner.nbytes // mmap.PAGESIZE) * mmap.PAGESIZE
    pages = mmap.mmap(-1, size + mmap.PAGESIZE)
    end = ctypes.addressof(ctypes.c_char.from_buffer(pages)) + size
    if _C.mprotect(end, mmap.PAGESIZE, _NO_ACCESS):
        raise OSError(ctypes.get_errno(), "mprotect")
    copy = end - owner.nbytes
    copy -= (copy - owner.ctypes.data) % ALIGNED  # vectors are read where the kernel's caller found they can be
    ctypes.memset(copy, 0xFF, end - copy)
    ctypes.memmove(copy, owner.ctypes.data, owner.nbytes)
    return copy, pages
