"""Sparse arrays: NDArrays that hold the values at some places only; everywhere else they are 0.

A sparse array is made of the parts that MXNet's files store (``params_format.SparseArray``), in host memory. Whoever
asks for its raw array, as every operator without a sparse form does, gets a dense one made for the occasion. That one
is read-only, so that nothing written to it is lost without a word.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar, TypeVar

import numpy as np
import scipy  # scipy.sparse is loaded when first needed

from ..context import Context
from ..core.dtypes import as_dtype
from ..core.errors import ArgumentError, ArgumentTypeError, MXNetError, NotYetError, OutOfBoundsError
from .functions import function
from .ndarray import NDArray
from .params_format import SparseArray, contradiction

S = TypeVar("S", bound="BaseSparseNDArray")


def union(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Two ascending arrays of keys as one; the sort that merges runs is linear here."""
    both = np.concatenate([a, b])
    both.sort(kind="stable")
    first = np.ones(len(both), bool)
    np.not_equal(both[1:], both[:-1], out=first[1:])
    return both[first]


class NotSupportedForSparseNDArray(MXNetError):
    """What NDArray can do and a sparse array cannot."""


class BaseSparseNDArray(NDArray):
    """What CSRNDArray and RowSparseNDArray share.

    Both see their places as keys: ascending numbers that say where the stored values go, so that two arrays are brought
    together by merging their keys.
    """

    CLASSES: ClassVar[dict[str, type[BaseSparseNDArray]]] = {}
    stype: ClassVar[str]
    _parts: SparseArray

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        BaseSparseNDArray.CLASSES[cls.stype] = cls

    # Making one

    @classmethod
    def _holding(cls: type[S], parts: SparseArray, ctx: Context) -> S:
        """An array around its parts, which it owns from now on."""
        if ctx.device_type == "gpu":
            raise MXNetError(f"sparse arrays are on the CPU only, not on {ctx}; tostype('default') makes a dense one")
        array = cls.__new__(cls)
        array._parts = parts
        array._ctx = ctx
        return array

    @classmethod
    def _of(cls: type[S], data: Any, ctx: Context) -> S:
        """The sparse array of what is not 0 in a dense raw array."""
        return cls._holding(cls._compressed(ctx.F.to_host(data)), ctx)

    @classmethod
    def _loaded(cls: type[S], parts: SparseArray, ctx: Context) -> S:
        """An array around parts from a file, where indices may have other dtypes and an empty indptr may be missing."""
        aux = [part.astype(np.int64, copy=False) for part in parts.aux]
        if parts.stype == "csr" and not len(aux[0]):
            aux[0] = np.zeros(parts.shape[0] + 1, np.int64)
        return cls._holding(parts._replace(aux=tuple(aux)), ctx)

    @classmethod
    def _compressed(cls, dense: np.ndarray) -> SparseArray:
        """The parts of a dense array."""
        raise NotImplementedError

    @classmethod
    def _at(cls, keys: np.ndarray, values: np.ndarray, shape: tuple[int, ...]) -> SparseArray:
        """The parts that hold ``values`` at ascending ``keys``."""
        raise NotImplementedError

    def _keys(self) -> np.ndarray:
        """Where the stored values go, in the order in which they are stored."""
        raise NotImplementedError

    def _dense(self) -> np.ndarray:
        """A dense copy of everything in host memory."""
        raise NotImplementedError

    def _with(self: S, values: Any) -> S:
        """Other values (raw, on the context) at the same places."""
        host = self._ctx.F.to_host(values)
        return self._holding(
            self._parts._replace(data=host, aux=tuple(part.copy() for part in self._parts.aux)), self._ctx
        )

    def _sorted(self) -> tuple[np.ndarray, np.ndarray]:
        """Ascending keys without repetition and their values; of values at one place the last counts."""
        keys, values = self._keys(), self._parts.data
        if np.all(keys[1:] > keys[:-1]):
            return keys, values
        keys, first = np.unique(keys[::-1], return_index=True)
        return keys, values[::-1][first]

    def _gathered(self, wanted: np.ndarray) -> np.ndarray:
        """The values at ``wanted`` keys; 0 where nothing is stored."""
        keys, values = self._sorted()
        if len(keys) == len(wanted) and np.array_equal(keys, wanted):
            return values.copy()
        out = np.zeros((len(wanted), *values.shape[1:]), values.dtype)
        if len(keys):
            at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
            there = keys[at] == wanted
            out[there] = values[at[there]]
        return out

    def _put(self, value: Any) -> None:
        """Become a dense raw array (on the context), in this array's dtype, or the parts of a sparse one."""
        if not isinstance(value, SparseArray):
            value = self._compressed(self._ctx.F.to_host(value))
        data = self._ctx.F.to_host(function("Cast")(self._values_of(value), self._parts.data.dtype)._data)
        self._parts = value._replace(data=data, aux=tuple(part.copy() for part in value.aux))

    def _values_of(self, parts: SparseArray) -> NDArray:
        return NDArray._of(self._ctx.F.from_host(parts.data), self._ctx)

    def _copied(self, part: np.ndarray) -> NDArray:
        return NDArray._of(self._ctx.F.from_host(part.copy()), self._ctx)

    # What it is

    @property
    def _data(self) -> Any:  # type: ignore[override]
        """A dense raw array; read-only."""
        dense = self._dense()
        dense.flags.writeable = False
        return self._ctx.F.from_host(dense)

    @property
    def shape(self) -> tuple[int, ...]:
        """The size of each axis."""
        return self._parts.shape

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self._parts.shape)

    @property
    def size(self) -> int:
        """The number of elements, stored or not."""
        return math.prod(self._parts.shape)

    @property
    def dtype(self) -> Any:
        """The element type as a NumPy class."""
        return self._values_of(self._parts).dtype

    @property
    def data(self) -> NDArray:
        """A copy of the stored values: (k,) in csr, (k, *shape[1:]) in row_sparse."""
        return self._copied(self._parts.data)

    @property
    def indices(self) -> NDArray:
        """A copy of the indices, int64 (k,): columns in csr, rows in row_sparse."""
        return self._copied(self._parts.aux[-1])

    # Copies

    def asnumpy(self) -> np.ndarray:
        """A dense NumPy copy."""
        return self._dense()

    def detach(self: S) -> S:
        """The same parts, outside the recorded graph."""
        return self._holding(self._parts, self._ctx)

    def copyto(self, other: NDArray | Context) -> NDArray:
        """Copy into a dense array or one of the same storage type, or onto a context. Returns the target."""
        if isinstance(other, Context):
            return self._moved(other)
        if not isinstance(other, NDArray):
            raise ArgumentTypeError(f"copyto takes an NDArray or a Context, not {type(other).__name__}")
        if other.stype not in ("default", self.stype):
            raise ArgumentTypeError(f"copyto: a {self.stype} array does not go into a {other.stype} one")
        if other.shape != self.shape:
            raise ArgumentError(f"copyto: shapes differ, {self.shape} into {other.shape}")
        if isinstance(other, BaseSparseNDArray):
            other._put(self._parts)
        else:
            other[:] = self._standing()
        return other

    def _standing(self) -> NDArray:
        """A dense NDArray of the same values, on the same context."""
        return NDArray._of(self._ctx.F.from_host(self._dense()), self._ctx)

    def _moved(self, context: Context) -> NDArray:
        moved: Any = function("_copy")(self)
        moved._ctx = context
        return moved  # type: ignore[no-any-return]

    def astype(self, dtype: Any, copy: bool = True) -> NDArray:
        """Another dtype, the same storage type; itself when ``copy`` is False and the dtype is right already."""
        wanted = as_dtype(dtype)
        if not copy and wanted == self._parts.data.dtype:
            return self
        return self._with(function("Cast")(self._values_of(self._parts), wanted)._data)

    def check_format(self, full_check: bool = True) -> None:
        """ArgumentError when the parts contradict each other; ``full_check`` also wants indices that ascend."""
        wrong = contradiction(self._parts)
        if not wrong and full_check:
            keys = self._keys()
            if not np.all(keys[1:] > keys[:-1]):
                wrong = "indices that do not ascend"
        if wrong:
            raise ArgumentError(f"not a well-formed {self.stype} array: {wrong}")

    # What differs from NDArray

    def _seen_as(self, shape: tuple[int, ...]) -> NDArray:
        raise NotSupportedForSparseNDArray(
            f"a {self.stype} array has no views in another shape; use tostype('default') first"
        )

    def __setitem__(self, key: Any, value: Any) -> None:
        if not (isinstance(key, slice) and key == slice(None)):
            raise ArgumentTypeError(f"{type(self).__name__} takes only [:] in an assignment, not {key!r}")
        if isinstance(value, (np.ndarray, np.generic)):
            value = NDArray._of(self._ctx.F.from_host(np.array(value, order="C")), self._ctx)
        if not isinstance(value, NDArray):
            raise ArgumentTypeError(f"a {self.stype} array is not assigned from {type(value).__name__}")
        value.copyto(self)

    def __add__(self, other: Any) -> Any:
        return _same_shape("add", self, other)

    def __sub__(self, other: Any) -> Any:
        return _same_shape("sub", self, other)

    def __mul__(self, other: Any) -> Any:
        return _same_shape("mul", self, other)

    def __repr__(self) -> str:
        return f"\n<{type(self).__name__} {'x'.join(map(str, self.shape))} @{self._ctx}>"

    def __reduce__(self) -> Any:
        return type(self)._holding, (self._parts, self._ctx)


def _same_shape(name: str, lhs: BaseSparseNDArray, rhs: Any) -> Any:
    """A Python operator: between arrays of one shape the operator that keeps storage types."""
    if isinstance(rhs, NDArray) and rhs.shape == lhs.shape:
        return function(f"elemwise_{name}")(lhs, rhs)
    return getattr(NDArray, f"__{name}__")(lhs, rhs)


class CSRNDArray(BaseSparseNDArray):
    """A matrix stored row by row: ``data[indptr[i]:indptr[i + 1]]`` are the values of row i, in columns ``indices``."""

    stype = "csr"

    @classmethod
    def _compressed(cls, dense: np.ndarray) -> SparseArray:
        if dense.ndim != 2:
            raise ArgumentError(f"only a matrix can be csr, not an array of shape {dense.shape}")
        return cls._at(np.flatnonzero(dense), dense[np.nonzero(dense)], dense.shape)

    @classmethod
    def _at(cls, keys: np.ndarray, values: np.ndarray, shape: tuple[int, ...]) -> SparseArray:
        rows, columns = np.divmod(keys, max(shape[1], 1))
        indptr = np.zeros(shape[0] + 1, np.int64)
        np.cumsum(np.bincount(rows, minlength=shape[0]), out=indptr[1:])
        return SparseArray("csr", tuple(shape), values, (indptr, columns.astype(np.int64)))

    def _rows(self) -> np.ndarray:
        """The row of each stored value."""
        return np.repeat(np.arange(len(self._parts.aux[0]) - 1), np.diff(self._parts.aux[0]))

    def _keys(self) -> np.ndarray:
        return self._rows() * self.shape[1] + self._parts.aux[1]

    def _dense(self) -> np.ndarray:
        dense = np.zeros(self.shape, self._parts.data.dtype)
        dense[self._rows(), self._parts.aux[1]] = self._parts.data
        return dense

    @property
    def indptr(self) -> NDArray:
        """A copy of where each row begins among the values, int64 (shape[0] + 1,)."""
        return self._copied(self._parts.aux[0])

    def asscipy(self) -> Any:
        """The same matrix as a ``scipy.sparse.csr_matrix``, with memory of its own."""
        indptr, indices = self._parts.aux
        return scipy.sparse.csr_matrix((self._parts.data, indices, indptr), shape=self.shape, copy=True)

    def __getitem__(self, key: Any) -> NDArray:
        if isinstance(key, slice):
            if key.step is not None:
                raise ArgumentError("CSRNDArray takes slices without a step only")
            if key == slice(None):
                return self
            begin, end, _ = key.indices(self.shape[0])
        elif isinstance(key, (int, np.integer)):
            begin = int(key) + (self.shape[0] if key < 0 else 0)
            if not 0 <= begin < self.shape[0]:
                raise OutOfBoundsError(f"index {key} is out of bounds for axis 0 with size {self.shape[0]}")
            end = begin + 1
        else:
            raise ArgumentError(f"CSRNDArray takes an int or a slice of rows, not {key!r}")
        return function("slice")(self, begin=(begin,), end=(max(begin, end),))


class RowSparseNDArray(BaseSparseNDArray):
    """Some rows (slices along axis 0) of an array: row ``indices[i]`` is ``data[i]``."""

    stype = "row_sparse"

    @classmethod
    def _compressed(cls, dense: np.ndarray) -> SparseArray:
        if not dense.ndim:
            raise ArgumentError("an array of shape () cannot be row_sparse")
        rows = np.flatnonzero(dense.reshape(len(dense), -1).any(axis=1))
        return cls._at(rows, dense[rows], dense.shape)

    @classmethod
    def _at(cls, keys: np.ndarray, values: np.ndarray, shape: tuple[int, ...]) -> SparseArray:
        return SparseArray("row_sparse", tuple(shape), values, (keys.astype(np.int64),))

    def _keys(self) -> np.ndarray:
        return self._parts.aux[0]

    def _dense(self) -> np.ndarray:
        dense = np.zeros(self.shape, self._parts.data.dtype)
        dense[self._parts.aux[0]] = self._parts.data
        return dense

    def retain(self, indices: NDArray) -> NDArray:
        """Only these rows: the others become 0."""
        return function("_sparse_retain")(self, indices)

    def __getitem__(self, key: Any) -> NDArray:
        if isinstance(key, slice) and key == slice(None):
            return self
        raise NotYetError(f"RowSparseNDArray takes [:] only, not {key!r}, as in MXNet; use tostype('default') first")

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(value, (int, float)) and isinstance(key, slice) and key == slice(None):
            filled = np.full(self.shape, value, self._parts.data.dtype)
            self._parts = self._at(np.arange(self.shape[0]), filled, self.shape)  # every row is stored, even of 0
        else:
            super().__setitem__(key, value)
