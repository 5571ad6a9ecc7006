"""Products of matrices: by oneDNN where that is installed and serves, otherwise by BLAS. BLAS shares a large one among
its threads; many smaller ones are shared here.

OpenBLAS's threads look for more work for some 25 ms after each product they shared, and take processors from all other
threads meanwhile: a training step with convolutions took twice as long. So beside those, products are shared here too.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .blas import one_thread
from .memory import empty
from .onednn import products as onednn
from .threads import count, inside, jobs_done, pieces, share, spread

ALONE = 1 << 18  # multiplications up to which OpenBLAS uses one thread by itself
OWN = 1 << 23  # multiplications from which BLAS uses its threads well for one product
FEW = 1 << 22  # multiplications in all below which threads do not pay
BLOCK = 1 << 23  # multiplications a thread does at a time
LATELY = 32  # products in a row without a job of other threads between them, after which there are none


class _Beside:
    """Are the products of this process beside other work of threads? Counted and not timed: every run decides alike."""

    jobs, products = 0, LATELY  # jobs of threads so far, and products since the last one

    def busy(self) -> bool:
        if jobs_done() != self.jobs:
            self.jobs, self.products = jobs_done(), 0
        self.products = min(LATELY, self.products + 1)
        return self.products < LATELY

    def forget(self) -> None:
        """The last job was a product."""
        self.jobs = jobs_done()


_beside = _Beside()


def matmul(a: Any, b: Any) -> Any:
    """Product of the last two axes; float16 accumulates in float32."""
    if a.dtype.char == "e":
        return matmul(a.astype(np.float32), b.astype(np.float32)).astype(np.float16)
    if a.ndim == b.ndim == 2:
        return _one(a, b)
    if a.ndim > 1 < b.ndim and a.shape[-1] == 1 == b.shape[-2]:
        return np.multiply(a, b)  # faster than BLAS, which makes a product of it
    if a.ndim < 3 or a.shape[:-2] != b.shape[:-2]:
        return np.matmul(a, b)
    number, work = math.prod(a.shape[:-2]), a.shape[-2] * a.shape[-1] * b.shape[-1]
    if number * work >= onednn.LEAST and (out := onednn.matmul(a, b)) is not None:
        return out
    if work >= OWN or number * work < FEW or number < 2:
        return np.matmul(a, b)
    out = empty((*a.shape[:-1], b.shape[-1]), np.result_type(a, b))
    lefts, rights, results = (x.reshape(number, *x.shape[-2:]) for x in (a, b, out))
    spread(
        lambda some: np.matmul(lefts[some], rights[some], out=results[some]),
        pieces(number, min(max(1, BLOCK // work), -(-number // 2))),
    )
    return out


def _one(a: Any, b: Any) -> Any:
    """The product of two matrices."""
    rows, depth = a.shape
    work = rows * depth * b.shape[1]
    if depth == 1:
        return np.multiply(a, b)
    if work <= ALONE:
        return a.dot(b)  # half a microsecond less than matmul
    if work >= onednn.LEAST and (out := onednn.matmul(a, b)) is not None:
        return out
    if inside() or (work >= OWN and not _beside.busy()):
        return np.matmul(a, b)
    if work < 2 * OWN or count() == 1:
        with one_thread():
            return np.matmul(a, b)
    out = empty((a.shape[0], b.shape[1]), np.result_type(a, b))
    long = max(out.shape)
    some = pieces(long, share(long, max(1, OWN * long // work)))
    if long == a.shape[0]:
        spread(lambda rows: np.matmul(a[rows], b, out=out[rows]), some)
    else:
        spread(lambda columns: np.matmul(a, b[:, columns], out=out[:, columns]), some)
    _beside.forget()
    return out


def again(a: Any, b: Any, out: Any) -> None:
    """The product of two matrices into an array in C order, in a loop of little else: threads stay awake."""
    work = a.shape[0] * a.shape[1] * b.shape[1]
    if work < onednn.LEAST or onednn.matmul(a, b, out, count()) is None:
        np.matmul(a, b, out=out)


def affine(x: Any, w: Any, b: Any) -> Any:
    """``x . w^T + b``."""
    y = matmul(x, w.T)
    y += b  # y is new: no need for another array
    return y
