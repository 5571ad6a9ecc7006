"""Steps of optimizers with a row_sparse gradient: only the rows that it has change, in the weight and in the states."""

from __future__ import annotations

from typing import Any

import numpy as np

from .ndarray import NDArray
from .sparse_arrays import BaseSparseNDArray, union
from .sparse_forms import Arrays, Form, form, on


def rows_of(x: NDArray, rows: np.ndarray) -> NDArray:
    """Some rows of an array as a dense array."""
    if isinstance(x, BaseSparseNDArray):
        return on(x, x._gathered(rows))
    return NDArray._of(x._data[x._ctx.F.from_host(rows)], x._ctx)


def put_rows(x: NDArray, rows: np.ndarray, values: NDArray) -> None:
    """Write rows (ascending) into an array."""
    if not isinstance(x, BaseSparseNDArray):
        x._data[x._ctx.F.from_host(rows)] = values._data
        return
    keys, old = x._sorted()
    at = np.searchsorted(keys, rows)
    if len(keys) < len(rows) or (rows != keys[np.minimum(at, len(keys) - 1)]).any():  # some are not stored yet
        keys = union(keys, rows)
        old, at = x._gathered(keys), np.searchsorted(keys, rows)
    old[at] = values.asnumpy()
    if old is not x._parts.data:
        x._parts = x._at(keys, old, x.shape)


def lazy(function: Form, arrays: Arrays, out: Any, params: dict[str, Any]) -> Any:
    """The operator applied to the rows of the gradient. ``out`` may be the weight, which is then changed in place."""
    weight, grad, *states = arrays
    rows, values = grad._sorted()
    parts = [rows_of(x, rows) for x in (weight, *states)]
    new = function(parts[0], on(grad, values), *parts[1:], **params)
    for x, part in zip(states, parts[1:]):
        put_rows(x, rows, part)
    result = out if out is weight else weight.copy()
    put_rows(result, rows, new)
    return result


def _fits(arrays: Arrays) -> bool:
    weight, grad, *states = arrays
    return (
        grad.stype == "row_sparse"
        and weight.shape == grad.shape
        and "csr" not in (weight.stype, *(x.stype for x in states))
        and all(x.dtype == weight.dtype and x.shape[:1] == weight.shape[:1] for x in (grad, *states))
    )


@form("sgd_update", "sgd_mom_update", "adam_update")
def if_lazy(function: Form, arrays: Arrays, out: Any, lazy_update: bool = True, **params: Any) -> Any:
    """As in MXNet only when weight and states have one storage type."""
    weight, _, *states = arrays
    if not (lazy_update and _fits(arrays)) or any(x.stype != weight.stype for x in states):
        return NotImplemented
    return lazy(function, arrays, out, params)


@form("ftrl_update")
def if_all_row_sparse(function: Form, arrays: Arrays, out: Any, **params: Any) -> Any:
    """Dense weights or states are updated as a whole, as in MXNet."""
    if not _fits(arrays) or any(x.stype != "row_sparse" for x in arrays):
        return NotImplemented
    return lazy(function, arrays, out, params)


@form("_sparse_adagrad_update", "_contrib_group_adagrad_update")
def always(function: Form, arrays: Arrays, out: Any, **params: Any) -> Any:
    return lazy(function, arrays, out, params) if _fits(arrays) else NotImplemented
