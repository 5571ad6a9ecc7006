"""``mx.nd.sparse``: sparse arrays, and the operators that know them, under the names they have there in MXNet."""

from __future__ import annotations

from typing import Any

from ..core.errors import UnknownNameError, did_you_mean
from ..ops.family import BINARY, Binary
from . import sparse_updates as _sparse_updates  # noqa: F401  puts the lazy updates into the table of forms
from .functions import function
from .ndarray import NDArray
from .operators import binary_function
from .sparse_arrays import BaseSparseNDArray, CSRNDArray, NotSupportedForSparseNDArray, RowSparseNDArray
from .sparse_creation import array, cast_storage, csr_matrix, empty, row_sparse_array, zeros

OPERATORS = {
    name: name
    for name in (
        *("ElementWiseSum", "Embedding", "FullyConnected", "LinearRegressionOutput", "LogisticRegressionOutput"),
        *("MAERegressionOutput", "_contrib_round_ste", "_contrib_sign_ste", "abs", "adam_update", "add_n", "arccos"),
        *("arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "broadcast_add", "broadcast_div", "broadcast_mul"),
        *("broadcast_plus", "broadcast_sub", "broadcast_minus", "cbrt", "ceil", "clip", "concat", "cos", "cosh"),
        *("degrees", "dot", "elemwise_add", "elemwise_div", "elemwise_mul", "elemwise_sub", "exp", "expm1", "fix"),
        *("floor", "ftrl_update", "gamma", "gammaln", "log", "log10", "log1p", "log2", "make_loss", "mean", "negative"),
        *("norm", "radians", "relu", "rint", "round", "rsqrt", "sgd_mom_update", "sgd_update", "sigmoid", "sign"),
        *("sin", "sinh", "slice", "sqrt", "square", "stop_gradient", "sum", "tan", "tanh", "trunc", "where"),
        "zeros_like",
    )
} | {"retain": "_sparse_retain", "adagrad_update": "_sparse_adagrad_update"}
"""Names in ``mx.nd.sparse`` and the operators they stand for."""

__all__ = [
    "BaseSparseNDArray",
    "CSRNDArray",
    "NotSupportedForSparseNDArray",
    "RowSparseNDArray",
    "add",
    "array",
    "cast_storage",
    "csr_matrix",
    "divide",
    "empty",
    "multiply",
    "row_sparse_array",
    "subtract",
    "zeros",
]
"""Written by hand; the operators are looked up."""


def _binary(row: Binary, name: str) -> Any:
    """An operation that keeps storage types between arrays of one shape, and otherwise does what ``mx.nd`` does."""
    general, same_shape = binary_function(row, name), function(row.broadcast.replace("broadcast", "elemwise"))

    def call(lhs: Any, rhs: Any) -> Any:
        if isinstance(lhs, NDArray) and isinstance(rhs, NDArray) and lhs.shape == rhs.shape:
            return same_shape(lhs, rhs)
        return general(lhs, rhs)

    call.__name__ = call.__qualname__ = name
    call.__module__ = "mxnd.nd.sparse"
    call.__doc__ = general.__doc__
    return call


_ROWS = {row.broadcast: row for row in BINARY}
add, subtract = _binary(_ROWS["broadcast_add"], "add"), _binary(_ROWS["broadcast_sub"], "subtract")
multiply, divide = _binary(_ROWS["broadcast_mul"], "multiply"), _binary(_ROWS["broadcast_div"], "divide")


def __getattr__(name: str) -> Any:
    if name not in OPERATORS:
        known = {*OPERATORS, *__all__}
        raise (AttributeError if name.startswith("__") else UnknownNameError)(
            f"mx.nd.sparse has no {name!r}{did_you_mean(name, known)}"
        )
    found = globals()[name] = function(OPERATORS[name])
    return found


def __dir__() -> list[str]:
    return sorted({*OPERATORS, *__all__})
