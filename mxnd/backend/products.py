"""Products of matrices. BLAS shares a large one among its threads; many smaller ones are shared here."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .memory import empty
from .threads import pieces, spread

OWN = 1 << 23  # multiplications from which BLAS uses its threads well for one product
FEW = 1 << 22  # multiplications in all below which threads do not pay
BLOCK = 1 << 23  # multiplications a thread does at a time


def matmul(a: Any, b: Any) -> Any:
    """Product of the last two axes; float16 accumulates in float32."""
    if a.dtype.char == "e":
        return matmul(a.astype(np.float32), b.astype(np.float32)).astype(np.float16)
    if a.ndim > 1 < b.ndim and a.shape[-1] == 1 == b.shape[-2]:
        return np.multiply(a, b)  # faster than BLAS, which makes a product of it
    if a.ndim < 3 or a.shape[:-2] != b.shape[:-2]:
        return np.matmul(a, b)
    count, work = math.prod(a.shape[:-2]), a.shape[-2] * a.shape[-1] * b.shape[-1]
    if work >= OWN or count * work < FEW or count < 2:
        return np.matmul(a, b)
    out = empty((*a.shape[:-1], b.shape[-1]), np.result_type(a, b))
    lefts, rights, results = (x.reshape(count, *x.shape[-2:]) for x in (a, b, out))
    spread(
        lambda some: np.matmul(lefts[some], rights[some], out=results[some]),
        pieces(count, min(max(1, BLOCK // work), -(-count // 2))),
    )
    return out


def affine(x: Any, w: Any, b: Any) -> Any:
    """``x . w^T + b``."""
    y = matmul(x, w.T)
    y += b  # y is new: no need for another array
    return y
