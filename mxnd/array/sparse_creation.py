"""Making sparse arrays: from dense ones, from SciPy's, from their parts, or empty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy  # scipy.sparse is loaded when first needed

from ..context import Context, as_context
from ..core.dtypes import FLOAT32, as_dtype
from ..core.errors import ArgumentError, ArgumentTypeError
from ..core.op import registry
from .functions import function
from .ndarray import NDArray
from .params_format import SparseArray, contradiction
from .sparse_arrays import BaseSparseNDArray, CSRNDArray, RowSparseNDArray

Ctx = Context | str | None
Shape = Sequence[int] | None


def is_sparse(value: Any) -> bool:
    """Whether it is a sparse array, of mxnd or of SciPy."""
    return isinstance(value, BaseSparseNDArray) or (type(value).__module__.startswith("scipy.sparse"))


def _numbers(value: Any, dtype: Any) -> np.ndarray:
    """Anything array-like as a new NumPy array; float32 where neither the source nor the caller says."""
    if dtype is None:
        dtype = value.dtype if isinstance(value, (NDArray, np.ndarray)) else FLOAT32
    return _array(value, as_dtype(dtype))


def _array(value: Any, dtype: Any) -> np.ndarray:
    source = value.asnumpy() if isinstance(value, NDArray) else value
    try:
        return np.array(source, dtype=dtype, order="C")
    except (TypeError, ValueError) as error:
        raise ArgumentTypeError(f"not an array of {np.dtype(dtype)}: {error}") from None


def _given(stype: str, data: np.ndarray, aux: Sequence[Any], shape: Shape, ctx: Ctx) -> Any:
    """An array of parts that came from outside: refused when they contradict each other."""
    places = tuple(_array(part, np.int64) for part in aux)
    parts = SparseArray(stype, tuple(shape or ()), data, places)
    if wrong := contradiction(parts):
        raise ArgumentError(f"the parts do not make a {stype} array: {wrong}")
    return BaseSparseNDArray.CLASSES[stype]._holding(parts, as_context(ctx))


def _is_shape(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(size, (int, np.integer)) for size in value)


def _checked(array: BaseSparseNDArray, shape: Shape) -> Any:
    if shape is not None and tuple(shape) != array.shape:
        raise ArgumentError(f"the source has shape {array.shape}, but shape={tuple(shape)} was asked for")
    return array


def _converted(cls: type[BaseSparseNDArray], source: Any, shape: Shape, ctx: Ctx, dtype: Any) -> Any:
    """From a sparse array of the same kind, or anything dense."""
    context = as_context(ctx)
    if isinstance(source, BaseSparseNDArray):
        if not isinstance(source, cls):
            raise ArgumentError(f"a {source.stype} array does not become {cls.stype}; use tostype('default') first")
        made = source.astype(source.dtype if dtype is None else dtype).as_in_context(context)
    else:
        made = cls._holding(cls._compressed(_numbers(source, dtype)), context)
    return _checked(made, shape)


def csr_matrix(arg1: Any, shape: Shape = None, ctx: Ctx = None, dtype: Any = None) -> CSRNDArray:
    """A csr matrix.

    arg1: A dense array-like, a CSRNDArray, a SciPy sparse matrix, ``(data, indices, indptr)``, coordinates
        ``(data, (rows, columns))``, or ``(M, N)`` for one without values.
    shape: Its shape; for parts the smallest that holds them by default. ctx: Where it is.
    dtype: The source's by default, float32 for Python numbers.
    """
    if _is_shape(arg1):
        return _checked(zeros("csr", arg1, ctx, dtype), shape)
    if isinstance(arg1, tuple) and len(arg1) == 2:
        data, (rows, columns) = arg1
        places = (_array(rows, np.int64), _array(columns, np.int64))
        return csr_matrix(scipy.sparse.coo_matrix((_coo(data), places), shape=shape), None, ctx, dtype)
    if isinstance(arg1, tuple) and len(arg1) == 3:
        data, indices, indptr = arg1
        columns, starts = _array(indices, np.int64), _array(indptr, np.int64)
        if shape is None:
            shape = (max(len(starts) - 1, 0), int(columns.max(initial=-1)) + 1)
        return _given("csr", _numbers(data, dtype), (starts, columns), shape, ctx)
    if isinstance(arg1, tuple):
        raise ArgumentError(f"csr_matrix takes tuples of 2 or 3, not of {len(arg1)}")
    if is_sparse(arg1) and not isinstance(arg1, BaseSparseNDArray):
        source = arg1.tocsr()
        parts = (source.indptr, source.indices)
        return _checked(_given("csr", _numbers(source.data, dtype), parts, source.shape, ctx), shape)
    return _converted(CSRNDArray, arg1, shape, ctx, dtype)


def _coo(data: Any) -> np.ndarray:
    """The values of coordinates; SciPy adds up those at one place, which it cannot do in float16."""
    values = data.asnumpy() if isinstance(data, NDArray) else np.asarray(data)
    return values.astype(np.float32) if values.dtype == np.float16 else values


def row_sparse_array(arg1: Any, shape: Shape = None, ctx: Ctx = None, dtype: Any = None) -> RowSparseNDArray:
    """A row_sparse array.

    arg1: A dense array-like, a RowSparseNDArray, ``(data, indices)``, or a tuple of ints: the shape of one without
        values.
    shape: Its shape; for parts the smallest that holds them by default. ctx, dtype: As for csr_matrix.
    """
    if _is_shape(arg1):
        if len(arg1) < 2:
            raise ArgumentError(f"row_sparse_array takes shapes of at least 2 axes, not {arg1}; use zeros")
        return _checked(zeros("row_sparse", arg1, ctx, dtype), shape)
    if isinstance(arg1, tuple):
        if len(arg1) != 2:
            raise ArgumentError(f"row_sparse_array takes (data, indices), not a tuple of {len(arg1)}")
        data, rows = _numbers(arg1[0], dtype), _array(arg1[1], np.int64)
        return _given("row_sparse", data, (rows,), shape or (int(rows.max(initial=-1)) + 1, *data.shape[1:]), ctx)
    return _converted(RowSparseNDArray, arg1, shape, ctx, dtype)


def zeros(stype: str, shape: Any, ctx: Ctx = None, dtype: Any = None, **kwargs: Any) -> NDArray:
    """An array of zeros of a storage type: ``"csr"``, ``"row_sparse"`` or ``"default"``. No value is stored."""
    context, wanted = as_context(ctx), as_dtype(dtype)
    if stype == "default":
        return function("_zeros")(shape=shape, ctx=context, dtype=wanted, **kwargs)
    if stype not in BaseSparseNDArray.CLASSES:
        raise ArgumentError(f"stype={stype!r} is not one of default, {', '.join(BaseSparseNDArray.CLASSES)}")
    shape = (int(shape),) if isinstance(shape, (int, np.integer)) else tuple(map(int, shape))
    if not shape or min(shape) < 0 or (stype == "csr" and len(shape) != 2):
        raise ArgumentError(f"a {stype} array cannot have shape {shape}")
    cls = BaseSparseNDArray.CLASSES[stype]
    values = np.zeros((0, *shape[1:]) if stype == "row_sparse" else 0, wanted)
    array = cls._holding(cls._at(np.zeros(0, np.int64), values, shape), context)
    if kwargs.get("out") is not None:
        return array.copyto(kwargs["out"])
    return array


def empty(stype: str, shape: Any, ctx: Ctx = None, dtype: Any = None) -> NDArray:
    """As ``zeros``."""
    return zeros(stype, shape, ctx, dtype)


def array(source_array: Any, ctx: Ctx = None, dtype: Any = None) -> BaseSparseNDArray:
    """A sparse copy of a sparse array (of mxnd or SciPy). ctx: where. dtype: the source's by default."""
    if isinstance(source_array, RowSparseNDArray):
        return row_sparse_array(source_array, None, ctx, dtype)
    if is_sparse(source_array):
        return csr_matrix(source_array, None, ctx, dtype)
    raise ArgumentError(f"mx.nd.sparse.array takes sparse arrays, not {type(source_array).__name__}; use mx.nd.array")


def cast_storage(data: NDArray, stype: str, out: Any = None, name: str | None = None) -> Any:
    """An array in another storage type. A csr array does not become row_sparse at once, nor the other way round.

    data: The input; a matrix for ``"csr"``. stype: ``"default"``, ``"csr"`` or ``"row_sparse"``.
    out: Where to write it.
    """
    plain: Any = function("cast_storage")(data, stype)  # checks, copies, and records when recording
    if stype != "default" and not isinstance(plain, BaseSparseNDArray):
        if isinstance(data, BaseSparseNDArray):
            raise ArgumentError(f"cast_storage: a {data.stype} array does not become {stype}; go by way of 'default'")
        dense, plain = plain, BaseSparseNDArray.CLASSES[stype]._of(plain._data, plain._ctx)
        plain._node, plain._index = dense._node, dense._index
    return plain if out is None else plain.copyto(out)


cast_storage.__mxnd_op__ = registry["cast_storage"]  # type: ignore[attr-defined]  # it stands for the operator
