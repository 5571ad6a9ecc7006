"""Copies in blocks are copies."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from mxnd.backend import memory
from mxnd.backend.blocked import SMALL, contiguous

BIG = np.arange(300 * 257 * 3, dtype="float32").reshape(300, 257, 3)
VIEWS = {
    **{f"axes {order}": BIG.transpose(order) for order in itertools.permutations(range(3))},
    "backwards": BIG[::-1, ::-1].transpose(1, 0, 2),
    "every other": BIG[::2, :, ::2].T,
    "broadcast": np.broadcast_to(BIG[:, :1], (300, 600, 3)).T,
    "one axis": BIG.reshape(-1)[::-2],
    "two long axes": np.arange(500 * 700).reshape(500, 700).T,
    "merged axes": np.arange(400 * 600).reshape(20, 20, 24, 25).transpose(2, 3, 0, 1),
    "already": BIG,
    "small": BIG[:3, :4].T,
}


@pytest.mark.parametrize("name", VIEWS)
def test_contiguous(name):
    view = VIEWS[name]
    assert (view.size < SMALL) == (name == "small")
    copy = contiguous(view)
    assert copy.flags.c_contiguous
    assert memory.owns(copy)
    assert not np.shares_memory(copy, view)
    np.testing.assert_array_equal(copy, view)
