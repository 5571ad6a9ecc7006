"""Makes every array count as large, blocks tiny and threads several, so that small recorded cases take that path."""

from __future__ import annotations

import contextlib
import gc
import types
from collections.abc import Iterator

from mxnd.array import gradient
from mxnd.backend import along, blocks, norms, pending, threads, wide
from mxnd.core import call

CHANGED = [
    (call, "LARGE", 1), (gradient, "LARGE", 1), (pending, "LARGE", 1), (wide, "FEW", 0),
    (wide, "MANY", 0), (wide, "LARGE", 1), (blocks, "LEAST", 16), (blocks, "MOST", 16), (blocks, "THREADED", 1),
    (along, "BLOCK", 16), (norms, "BLOCK", 16),
]  # fmt: skip


def _compiled() -> list[dict[str, object]]:
    """The globals of the call functions that are compiled so far."""
    functions = [f.__globals__ for f in gc.get_objects() if type(f) is types.FunctionType]
    return [space for space in functions if "_LARGE" in space]


@contextlib.contextmanager
def everything_large() -> Iterator[None]:
    """Every array with an element is large, a block has 16 elements, and three threads share the work."""
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in CHANGED]
    large, count = call.LARGE, threads.set_count(3)
    for owner, name, value in CHANGED:
        setattr(owner, name, value)
    for space in _compiled():
        space["_LARGE"] = 1
    try:
        yield
    finally:
        for owner, name, value in before:
            setattr(owner, name, value)
        for space in _compiled():
            space["_LARGE"] = large
        threads.set_count(count)
