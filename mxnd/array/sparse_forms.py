"""What operators make of sparse arrays without going through dense ones.

A form is ``form(function, arrays, out, **parameters)``: ``function`` is the operator's own function, to be called on
dense parts. It returns the result, or NotImplemented for what it does not cover: the inputs are then made dense, which
is also what MXNet does. Which results are sparse is MXNet 1.9.1's choice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np
import scipy  # scipy.sparse is loaded when first needed

from ..core.caller import FORMS
from ..core.formula import Rule
from ..core.state import state
from ..core.tape import Var
from .functions import function as function_named
from .ndarray import NDArray
from .params_format import SparseArray
from .sparse_arrays import BaseSparseNDArray, CSRNDArray, RowSparseNDArray, union

Arrays = Sequence[Any]
Form = Callable[..., Any]


def form(*names: str) -> Callable[[Form], Form]:
    """Put a form into the table under the names of its operators."""

    def register(made: Form) -> Form:
        FORMS.update(dict.fromkeys(names, made))
        return made

    return register


def stored(x: BaseSparseNDArray) -> NDArray:
    """The stored values as an array that shares their memory."""
    return x._values_of(x._parts)


def on(x: NDArray, host: np.ndarray) -> NDArray:
    """A host array as NDArray on the context of x."""
    return NDArray._of(x._ctx.F.from_host(np.ascontiguousarray(host)), x._ctx)


def at(like: BaseSparseNDArray, keys: np.ndarray, values: NDArray, shape: Any = None) -> BaseSparseNDArray:
    """An array of the class and (unless given) shape of another one, with values at ascending keys."""
    return like._holding(like._at(keys, values.asnumpy(), shape or like.shape), like._ctx)


# One input: operators that leave 0 as it is work on the stored values


@form(
    *("abs", "arcsin", "arcsinh", "arctan", "arctanh", "cbrt", "ceil", "degrees", "expm1", "fix", "floor", "log1p"),
    *("negative", "radians", "relu", "rint", "round", "sign", "sin", "sinh", "sqrt", "square", "tan", "tanh", "trunc"),
    *("_copy", "make_loss", "BlockGrad", "_contrib_round_ste", "_contrib_sign_ste", "_mul_scalar", "_div_scalar"),
)
def on_values(function: Form, arrays: Arrays, out: Any, **params: Any) -> Any:
    """MXNet divides by 0 in this way too: what is not stored stays 0."""
    return arrays[0]._with(function(stored(arrays[0]), **params)._data)


@form(
    *("clip", "_plus_scalar", "_minus_scalar", "_equal_scalar", "_not_equal_scalar", "_greater_scalar"),
    *("_greater_equal_scalar", "_lesser_scalar", "_lesser_equal_scalar"),
)
def where_zero_stays(function: Form, arrays: Arrays, out: Any, **params: Any) -> Any:
    zero = function(on(arrays[0], np.zeros(1, arrays[0]._parts.data.dtype)), **params)
    return on_values(function, arrays, out, **params) if not zero.asscalar() else NotImplemented


@form("zeros_like")
def zeros_like(function: Form, arrays: Arrays, out: Any) -> Any:
    none = np.zeros(0, np.int64)
    return at(arrays[0], none, on(arrays[0], arrays[0]._parts.data[:0]))


@form("cast_storage")
def cast_storage(function: Form, arrays: Arrays, out: Any, stype: str) -> Any:
    return on_values(function, arrays, out, stype="default") if arrays[0].stype == stype else NotImplemented


@form("_sparse_retain")
def retain(function: Form, arrays: Arrays, out: Any) -> Any:
    data, indices = arrays
    if data.stype != "row_sparse" or indices.stype != "default":
        return NotImplemented
    wanted = indices.asnumpy().astype(np.int64).reshape(-1)
    if wanted.size and (wanted.min() < 0 or wanted.max() >= data.shape[0]):
        return NotImplemented  # the dense form says what is wrong
    return at(data, wanted, on(data, data._gathered(wanted)))


@form("slice")
def cut(function: Form, arrays: Arrays, out: Any, begin: Any, end: Any, step: Any = ()) -> Any:
    x = arrays[0]
    if x.stype != "csr" or any(s not in (None, 1) for s in step or ()) or not 0 < len(begin) == len(end) <= 2:
        return NotImplemented
    rows, columns = [slice(*cut).indices(size) for cut, size in zip([*zip(begin, end), (None, None)], x.shape)]
    keys, values = x._sorted()
    row, column = np.divmod(keys, max(x.shape[1], 1))
    kept = (row >= rows[0]) & (row < rows[1]) & (column >= columns[0]) & (column < columns[1])
    shape = tuple(max(stop - start, 0) for start, stop, _ in (rows, columns))
    return at(x, (row[kept] - rows[0]) * shape[1] + column[kept] - columns[0], on(x, values[kept]), shape)


@form("sum", "mean")
def total(
    function: Form, arrays: Arrays, out: Any, axis: Any = None, keepdims: bool = False, exclude: bool = False
) -> Any:
    """Sums of rows or columns of a csr matrix, added up in float64."""
    x = arrays[0]
    axes = (axis,) if isinstance(axis, int) else tuple(axis or ())
    if x.stype != "csr" or len(axes) != 1 or exclude or axes[0] not in (0, 1) or x._parts.data.dtype.kind != "f":
        return NotImplemented
    places = x._parts.aux[1] if axes[0] == 0 else x._rows()
    sums = np.bincount(places, x._parts.data, minlength=x.shape[1 - axes[0]]).astype(np.float64)  # ints when empty
    if function.__name__ == "mean":
        sums /= x.shape[axes[0]]
    result = on(x, sums.astype(x._parts.data.dtype))
    return result.expand_dims(axes[0], inplace=True) if keepdims else result


@form("_contrib_getnnz")
def getnnz(function: Form, arrays: Arrays, out: Any, axis: Any = None) -> Any:
    """Stored values count, zeros among them too."""
    x = arrays[0]
    if x.stype != "csr" or axis not in (None, 1):
        return NotImplemented
    count = [len(x._parts.data)] if axis is None else np.bincount(x._rows(), minlength=x.shape[0])
    return on(x, np.array(count, np.int64))


@form("_square_sum")
def square_sum(
    function: Form, arrays: Arrays, out: Any, axis: Any = None, keepdims: bool = False, exclude: bool = False
):
    x = arrays[0]
    axes = (axis,) if isinstance(axis, int) else tuple(axis or ())
    if x.stype != "row_sparse" or x.ndim != 2 or axes != (1,) or not keepdims or exclude:
        return NotImplemented
    keys, values = x._sorted()
    return at(x, keys, function(on(x, values), axis=1, keepdims=True), (x.shape[0], 1))


# Two inputs and more


@form("elemwise_add", "elemwise_sub", "_grad_add", "_hypot")
def merged(function: Form, arrays: Arrays, out: Any) -> Any:
    """Values at the places of either; 0 where the other has none."""
    a, b = arrays
    if a.stype != b.stype or a.shape != b.shape:
        return NotImplemented
    keys = union(a._sorted()[0], b._sorted()[0])
    return at(a, keys, function(*(on(x, x._gathered(keys)) for x in arrays)))


@form("elemwise_mul")
def multiplied(function: Form, arrays: Arrays, out: Any) -> Any:
    """Values at the places of both, a dense array having all."""
    a, b = arrays
    if a.shape != b.shape or (a.stype != b.stype and "default" not in (a.stype, b.stype)):
        return NotImplemented
    sparse = [x for x in arrays if x.stype != "default"]
    keys = reduce(np.intersect1d, (x._keys() for x in sparse))
    flat = (-1,) if sparse[0].stype == "csr" else (-1, *a.shape[1:])
    gathered = (x.asnumpy().reshape(flat)[keys] if x.stype == "default" else x._gathered(keys) for x in arrays)
    return at(sparse[0], keys, function(*(on(a, x) for x in gathered)))


@form("broadcast_mul", "broadcast_div")
def stretched(function: Form, arrays: Arrays, out: Any) -> Any:
    """A csr matrix times, or over, a dense row, column or number; times a whole matrix too."""
    a, b = arrays
    if a.stype != "csr" or b.stype != "default" or b.ndim > 2 or b.ndim < 1:
        return NotImplemented
    if any(y not in (1, x) for x, y in zip(a.shape[::-1], b.shape[::-1])):
        return NotImplemented
    if function.__name__ == "broadcast_div" and b.shape == a.shape:  # here what is not stored may become NaN
        return NotImplemented
    other = np.broadcast_to(b.asnumpy(), a.shape)[a._rows(), a._parts.aux[1]]
    return a._with(function(stored(a), on(a, other))._data)


@form("add_n")
def summed(function: Form, arrays: Arrays, out: Any) -> Any:
    if any(x.stype != "row_sparse" for x in arrays) or len({x.shape for x in arrays}) > 1:
        return NotImplemented
    return reduce(function_named("elemwise_add"), arrays) if len(arrays) > 1 else arrays[0].copy()


@form("Concat")
def joined(function: Form, arrays: Arrays, out: Any, dim: int = 1) -> Any:
    if dim != 0 or any(x.stype != "csr" or x.shape[1:] != arrays[0].shape[1:] for x in arrays):
        return NotImplemented
    starts = np.cumsum([0, *(x.shape[0] for x in arrays)])
    width = arrays[0].shape[1]
    keys, values = zip(*(x._sorted() for x in arrays))
    moved = [k + start * width for k, start in zip(keys, starts)]
    return at(arrays[0], np.concatenate(moved), on(arrays[0], np.concatenate(values)), (int(starts[-1]), width))


# Products


def _product(F: Any, matrix: Any, x: Any) -> Any:
    wide = (x if isinstance(x, np.ndarray) else F.to_host(x)).astype(matrix.dtype, copy=False)
    return F.from_host(np.ascontiguousarray(matrix @ wide).astype(x.dtype, copy=False))


PRODUCT = Rule(_product, lambda F, ct, matrix: (None, PRODUCT(F, matrix.T, ct)))
"""A SciPy matrix times a raw array of one or two dimensions."""


def matrix_of(x: CSRNDArray) -> Any:
    """The SciPy matrix of a csr array; float16 in float32, which SciPy can multiply."""
    indptr, indices = x._parts.aux
    data = x._parts.data
    return scipy.sparse.csr_matrix((data.astype(np.promote_types(data.dtype, np.float32)), indices, indptr), x.shape)


@form("dot")
def dot(
    function: Form, arrays: Arrays, out: Any, transpose_a: bool = False, transpose_b: bool = False,
    forward_stype: str | None = None,
) -> Any:  # fmt: skip
    """Products with a csr matrix on the left; recorded with respect to the right operand."""
    a, b = arrays
    stype = forward_stype or _stype_of_dot(a, b, transpose_a, transpose_b)
    if a.stype == "csr" and not transpose_b and a._node is None and b.ndim in (1, 2) and a.dtype == b.dtype and (
        a._parts.data.dtype.kind == "f" and b.shape[0] == a.shape[0 if transpose_a else 1] and b._ctx is a._ctx
    ):  # fmt: skip
        matrix = matrix_of(a).T if transpose_a else matrix_of(a)
        result = _recorded_product(matrix, b)
    elif stype == "default":
        return NotImplemented
    else:
        result = function(*(x._standing() if x.stype != "default" else x for x in arrays),
                          transpose_a=transpose_a, transpose_b=transpose_b)  # fmt: skip
    if stype == "default" or result.ndim != 2:
        return result
    rows = a._parts.aux[1] if (a.stype, stype, transpose_a, transpose_b) == ("csr", "row_sparse", True, False) else None
    return in_storage(result, stype, rows)


def _stype_of_dot(a: NDArray, b: NDArray, transpose_a: bool, transpose_b: bool) -> str:
    if (a.stype, transpose_a, transpose_b) == ("csr", True, False) and b.stype != "csr" and b.ndim == 2:
        return "row_sparse"
    return "csr" if (a.stype, b.stype, transpose_a) == ("default", "csr", False) else "default"


def _recorded_product(matrix: Any, x: NDArray) -> NDArray:
    if not (state.recording and x._node is not None):
        return NDArray._of(PRODUCT.value(x._ctx.F, matrix, x._data), x._ctx)
    tape = x._ctx.tape
    y = PRODUCT(tape, matrix, Var(tape, x._data, x._node, x._index))
    result = NDArray._of(y.value, x._ctx)
    result._node, result._index = y.node, y.index
    return result


def in_storage(dense: NDArray, stype: str, rows: Any = None) -> BaseSparseNDArray:
    """A dense result in a sparse storage type, at its place on the tape; ``rows``: those it may have, if known."""
    if rows is None:
        made = BaseSparseNDArray.CLASSES[stype]._of(dense._data, dense._ctx)
    else:
        there = np.zeros(dense.shape[0], bool)
        there[rows] = True
        rows = np.flatnonzero(there)
        parts = SparseArray("row_sparse", dense.shape, dense._ctx.F.to_host(dense._data)[rows], (rows,))
        made = RowSparseNDArray._holding(parts, dense._ctx)
    made._node, made._index = dense._node, dense._index
    return made
