"""Weighted sums of a few rows each, as a sparse matrix times a dense one: bilinear sampling is made of them.

``places`` and ``weights`` have one shape, (number of sums, terms of each); places are row numbers within range.
float16 is computed in float32.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy  # scipy.sparse is loaded when first needed

from .memory import empty


def wide(x: Any) -> Any:
    """float16 as float32, everything else as it is."""
    return x.astype(np.float32) if x.dtype == np.float16 else x


def _matrix(places: Any, weights: Any, size: int) -> Any:
    """The matrix of shape (number of sums, size) that holds the weights at their places."""
    count, terms = places.shape
    ends = np.arange(0, count * terms + 1, max(terms, 1))[: count + 1] if terms else np.zeros(count + 1, np.int64)
    return scipy.sparse.csr_matrix((wide(weights).ravel(), places.ravel(), ends), (count, size))


def blend(x: Any, places: Any, weights: Any) -> Any:
    """Sum of ``weights[i, k] * x[places[i, k]]`` over k: shape (number of sums, columns of x)."""
    return (_matrix(places, weights, len(x)) @ wide(x)).astype(x.dtype, copy=False)


def unblend(ct: Any, places: Any, weights: Any, size: int) -> Any:
    """``size`` zero rows with ``weights[i, k] * ct[i]`` added to row ``places[i, k]``: the adjoint of ``blend``."""
    return (_matrix(places, weights, size).T @ wide(ct)).astype(ct.dtype, copy=False)


def blend_products(x: Any, ct: Any, places: Any) -> Any:
    """``x[places[i, k]]`` times ``ct[i]``, added up over the columns: how ``blend`` changes with its weights."""
    rows, cts = wide(x), wide(ct)
    out = empty(places.shape, rows.dtype)
    for k in range(places.shape[1]):
        np.einsum("ic,ic->i", rows[places[:, k]], cts, out=out[:, k])
    return out.astype(x.dtype, copy=False)
