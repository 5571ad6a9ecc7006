"""Products of matrices: cuBLAS, in float32 for float16."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..device import cp
from .copies import contiguous


def matmul(a: Any, b: Any) -> Any:
    """Product of the last two axes; float16 accumulates in float32."""
    if a.dtype.char == "e" and not _in_blas(a, b):
        return cp.matmul(a.astype(np.float32), b.astype(np.float32)).astype(np.float16)
    if max(a.ndim, b.ndim) > 2:  # stacks of matrices CuPy would make contiguous itself, jumping at every element
        a, b = (x if x.flags.c_contiguous else contiguous(x) for x in (a, b))
    return cp.matmul(a, b)


def _in_blas(a: Any, b: Any) -> bool:
    """Does cuBLAS take both as they are? Products of two vectors are CuPy's own, which round in between."""
    return b.dtype.char == "e" and min(a.ndim, b.ndim) > 1 and not a.shape[-2] == 1 == b.shape[-1]


def affine(x: Any, w: Any, b: Any) -> Any:
    """``x . w^T + b``."""
    y = matmul(x, w.T)
    y += b
    return y
