"""Every recorded answer again, on the path for large arrays, with tiny blocks and several threads."""

from __future__ import annotations

import gc
import types

import pytest
from test_goldens import CASES, unexplained

from mxnd.array import gradient
from mxnd.backend import blocks, pending, threads, wide
from mxnd.core import call


@pytest.fixture(scope="module")
def everything_large():
    """Every array with an element counts as large, a block is 16 elements, and three threads share the work."""
    changed = [(call, "LARGE", 1), (gradient, "LARGE", 1), (pending, "LARGE", 1), (wide, "FEW", 0)]
    changed += [(blocks, "LEAST", 16), (blocks, "MOST", 16), (blocks, "THREADED", 1)]
    compiled = [f.__globals__ for f in gc.get_objects() if isinstance(f, types.FunctionType)]
    compiled = [space for space in compiled if "_LARGE" in space]
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in changed]
    large = call.LARGE
    count = threads.set_count(3)
    for owner, name, value in changed:
        setattr(owner, name, value)
    for space in compiled:
        space["_LARGE"] = 1
    yield
    for owner, name, value in before:
        setattr(owner, name, value)
    for f in gc.get_objects():
        if isinstance(f, types.FunctionType) and "_LARGE" in f.__globals__:
            f.__globals__["_LARGE"] = large
    threads.set_count(count)


@pytest.mark.parametrize("theme", sorted({case.theme for case in CASES}))
def test_recorded_answers_on_the_path_for_large_arrays(everything_large, theme):
    cases = [case for case in CASES if case.theme == theme]
    assert cases
    found = [f"{case.id}: {'; '.join(lines)}" for case in cases if (lines := unexplained(case))]
    assert not found, "\n".join(found)
