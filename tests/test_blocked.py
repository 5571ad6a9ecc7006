"""Copies in blocks are copies."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from mxnd import nd
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


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("dtype", ["float64", "float16", "int8", "bool"])
def test_contiguous_in_another_dtype(name, dtype):
    with np.errstate(over="ignore"):
        copy, expected = contiguous(VIEWS[name], np.dtype(dtype)), VIEWS[name].astype(dtype, order="C")
    assert copy.dtype == dtype
    assert copy.flags.c_contiguous
    np.testing.assert_array_equal(copy, expected)


def test_a_large_array_of_whatever_converts():
    words = np.array(["1.5", "-2"] * SMALL).reshape(-1, SMALL).T
    np.testing.assert_array_equal(nd.array(words).asnumpy(), words.astype("float32"))
    words = words.astype(object)
    np.testing.assert_array_equal(nd.array(words, dtype="float16").asnumpy(), words.astype("float16"))
    words[5, 1] = "two"
    with pytest.raises(TypeError, match="array: the source does not convert to float32: .*two"):
        nd.array(words)
