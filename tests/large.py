"""Makes every array count as large, blocks tiny and threads several, so that small recorded cases take that path."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from mxnd.array import gradient
from mxnd.backend import along, blocks, channels, fused, norms, threads, wide
from mxnd.context import Context

CHANGED = [
    (Context, "large", 1), (gradient, "LARGE", 1), (wide, "FEW", 0),
    (wide, "MANY", 0), (wide, "LARGE", 1), (wide, "LOOPED", 1),
    (blocks, "LEAST", 16), (blocks, "MOST", 16), (blocks, "THREADED", 1),
    (fused, "PIECE", 4), (fused, "MOST", 16), (fused, "LEAST", 1), (fused, "WORTH", 1), (along, "BLOCK", 4),
    (norms, "BLOCK", 16), (channels, "BLOCK", 16),
]  # fmt: skip


@contextlib.contextmanager
def everything_large() -> Iterator[None]:
    """Every array with an element is large, a block has 16 elements, and three threads share the work."""
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in CHANGED]
    count = threads.set_count(3)
    for owner, name, value in CHANGED:
        setattr(owner, name, value)
    try:
        yield
    finally:
        for owner, name, value in before:
            setattr(owner, name, value)
        threads.set_count(count)
