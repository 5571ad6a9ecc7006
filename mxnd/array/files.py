"""``mx.nd.save`` and ``mx.nd.load``: NDArrays in MXNet's ``.params`` files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

import numpy as np

from ..context import as_context
from ..core.errors import ArgumentError, ArgumentTypeError
from . import params_format
from .ndarray import NDArray
from .sparse_arrays import BaseSparseNDArray

Arrays = list[NDArray] | dict[str, NDArray]


def save(fname: str | PathLike[str], data: NDArray | Sequence[NDArray] | Mapping[str, NDArray]) -> None:
    """Write arrays to a file that MXNet reads too. The file appears whole or not at all.

    fname: The file. data: One array, a list of them, or a dict from names to them.
    """
    if isinstance(data, NDArray):
        data = [data]
    names: list[str] = []
    if isinstance(data, Mapping):
        names = list(data)
        if not all(isinstance(name, str) for name in names):
            raise ArgumentTypeError("save: the names of a dict must be strings")
        arrays = list(data.values())
    elif isinstance(data, (list, tuple)):
        arrays = list(data)
    else:
        raise ArgumentTypeError(f"save takes an NDArray, a list or a dict of them, not {type(data).__name__}")
    if not all(isinstance(array, NDArray) for array in arrays):
        raise ArgumentTypeError("save: every value must be an NDArray")
    params_format.write(fname, [_stored(array) for array in arrays], names)


def _stored(array: NDArray) -> params_format.Array:
    return array._parts if isinstance(array, BaseSparseNDArray) else array._ctx.F.to_host(array._data)


def load(fname: str | PathLike[str]) -> Arrays:
    """Read a ``.params`` file: a dict when it holds names, a list otherwise."""
    if not isinstance(fname, (str, PathLike)):
        raise ArgumentTypeError(f"load takes a path, not {type(fname).__name__}")
    return _wrapped(*params_format.read(fname))


def load_frombuffer(buf: bytes | bytearray | memoryview) -> Arrays:
    """As ``load``, from the bytes of such a file."""
    if not isinstance(buf, (bytes, bytearray, memoryview)):
        raise ArgumentTypeError(f"load_frombuffer takes bytes, not {type(buf).__name__}")
    return _wrapped(*params_format.loads(buf))


def _wrapped(arrays: Sequence[Any], names: Sequence[str]) -> Arrays:
    context = as_context(None)
    wrapped = []
    for i, array in enumerate(arrays):
        label = f"array {names[i]!r}" if names else f"array {i}"
        if array is None:
            raise ArgumentError(f"{label} of the file was never given values")
        if isinstance(array, np.ndarray):
            wrapped.append(NDArray._of(context.F.from_host(array), context))
        else:
            wrapped.append(BaseSparseNDArray.CLASSES[array.stype]._loaded(array, context))
    return dict(zip(names, wrapped)) if names else wrapped
