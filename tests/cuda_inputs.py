"""Inputs for the words on a GPU, and what it means that their results are the CPU's."""

from __future__ import annotations

from typing import Any

import numpy as np

DTYPES = ("bool", "int8", "uint8", "int32", "int64", "float16", "float32", "float64")


def whole_numbers(rng: np.random.Generator, dtype: str, *shape: int) -> np.ndarray:
    """Small whole numbers: sums of them are exact in any order."""
    return rng.integers(0, 2 if dtype == "bool" else 9, shape).astype(dtype)


def same(have: Any, want: np.ndarray) -> None:
    """The same dtype, shape and numbers."""
    assert have.dtype == want.dtype
    assert have.shape == want.shape
    np.testing.assert_array_equal(have.get(), want)
