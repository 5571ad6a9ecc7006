"""Casts the recorded answers leave out: bfloat16, and other names of dtypes."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest

import mxnd as mx

NUMBERS = [0.0, -0.0, 1.0, 1.00390625, 3.14159, -2.7, 1e-40, 3e38, math.inf, -math.inf, 65504.0]


def upper_half(number):
    """The first two bytes of a float32, as a number."""
    return int.from_bytes(struct.pack(">f", np.float32(number))[:2], "big")


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int32", "int64", "uint8", "int8", "bool"])
def test_to_bfloat16_and_back(dtype):
    numbers = NUMBERS if dtype.startswith("float") else [0, 1, 3, 100]
    with np.errstate(over="ignore"):
        source = mx.nd.array(np.array(numbers).astype(dtype), dtype=dtype)
    narrow = source.astype("bfloat16")
    bits = narrow.asnumpy().view(np.uint16).tolist()
    assert bits == [upper_half(n) for n in source.asnumpy().astype("float32")]
    back = narrow.astype("float32").asnumpy()
    assert back.tolist() == [struct.unpack(">f", b.to_bytes(2, "big") + b"\0\0")[0] for b in bits]
    np.testing.assert_array_equal(narrow.astype(dtype).asnumpy(), back.astype(dtype))


def test_bfloat16_moves_but_does_not_compute():
    narrow = mx.nd.array([[1, 2, 3]]).astype("bfloat16")
    moved = mx.nd.concat(narrow.T, narrow.reshape((3, 1)).flip(axis=0), dim=1)
    np.testing.assert_array_equal(moved.astype("float32").asnumpy(), [[1, 3], [2, 2], [3, 1]])
    assert math.isnan(mx.nd.array([math.nan]).astype("bfloat16").astype("float32").asscalar())
    for name in ("sum", "exp", "mean"):
        with pytest.raises(mx.MXNetError, match="bfloat16"):
            getattr(mx.nd, name)(narrow)


@pytest.mark.parametrize(("name", "dtype"), [("int", np.int_), ("f", "float32"), ("float", "float64"), ("i1", "int8")])
def test_other_names_of_dtypes(name, dtype):
    assert mx.nd.cast(mx.nd.ones((2,)), dtype=name).dtype == np.dtype(dtype).type
