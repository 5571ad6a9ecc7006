"""Reading and writing parts of an NDArray.

As in MXNet: a basic index that selects one contiguous stretch of memory is a view, everything else a copy; a single
element has shape (1,). Index arrays may be NDArrays, NumPy arrays or lists, of any numeric dtype.
"""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np

from ..core import quiet
from ..core.caller import INPLACE
from ..core.errors import ArgumentError, ArgumentTypeError, MXNetError, OutOfBoundsError
from ..core.state import state
from ..core.tape import Var
from .base import A, BaseArray
from .moving import move


def view(array: A, change: Any) -> A:
    """``change(F, x)`` of an array, sharing its memory where the result allows; recorded when recording."""
    if state.recording and array._node is not None:
        tape = array._ctx.tape
        result = change(tape, Var(tape, array._data, array._node, array._index))
        out = array._of(result.value, array._ctx)
        out._node, out._index = result.node, result.index
        return out
    return array._of(change(array._ctx.F, array._data), array._ctx)


def _index_array(value: Any) -> np.ndarray:
    """An index array as integers or booleans."""
    array = value._ctx.F.to_host(value._data) if isinstance(value, BaseArray) else np.asarray(value)
    if array.dtype.kind == "f":
        if not np.all(np.isfinite(array)):
            raise ArgumentError("an index array holds NaN or infinity")
        array = array.astype(np.int64)
    if array.size == 0:
        array = array.astype(np.int64)
    if array.dtype.kind not in "iub":
        raise ArgumentTypeError(f"an index array must hold integers or booleans, not {array.dtype}")
    return array


def _key(key: Any, shape: tuple[int, ...]) -> tuple[Any, bool]:
    """The key as NumPy takes it, and whether it is an advanced one."""
    parts = key if isinstance(key, tuple) else (key,)
    out, advanced = [], False
    for part in parts:
        if part is None or part is Ellipsis:
            out.append(part)
        elif part.__class__ is slice:
            out.append(_slice(part))
        elif isinstance(part, (BaseArray, np.ndarray, list, tuple, range)):
            out.append(_index_array(list(part) if isinstance(part, range) else part))
            advanced = True
        elif isinstance(part, (bool, np.bool_)):
            out.append(np.asarray(part))
            advanced = True
        elif isinstance(part, (numbers.Integral, np.integer)):
            out.append(int(part))
        else:
            raise ArgumentTypeError(
                f"{part!r} is no index; use ints, slices, ..., None, NDArrays, NumPy arrays or lists"
            )
    if advanced:  # ints beside index arrays take part in their broadcasting
        out = [np.asarray(part) if isinstance(part, int) else part for part in out]
    used = sum(p.ndim if isinstance(p, np.ndarray) and p.dtype == bool else p is not None and p is not ... for p in out)
    if used > len(shape):
        raise OutOfBoundsError(f"too many indices: {used} for an array of shape {shape}")
    return tuple(out), advanced


def _slice(part: slice) -> slice:
    """A slice whose bounds are ints or None."""
    bounds = [part.start, part.stop, part.step]
    for i, bound in enumerate(bounds):
        if bound is not None and bound.__class__ is not int:
            try:
                bounds[i] = bound.__index__()
            except AttributeError:
                raise ArgumentTypeError(f"a slice bound must be an int or None, not {bound!r}") from None
    if bounds[2] == 0:
        raise ArgumentError("a slice step cannot be 0")
    return slice(*bounds)


def get_items(array: A, key: Any) -> A:
    """``array[key]``."""
    shape = array._data.shape
    if key.__class__ is int:
        plain, advanced = (key,), False
    else:
        plain, advanced = _key(key, shape)
        if not plain:
            return array
    if not advanced and all(part.__class__ is int for part in plain):
        # Ints alone: slices of length 1 keep the result an array that shares memory, never a NumPy scalar.
        _check_ints(plain, shape)
        lengths = shape[len(plain) :] or (1,)
        plain = tuple(slice(i, i + 1 or None) for i in plain)

        def change(F: Any, x: Any) -> Any:
            return F.reshape(F.index(x, plain), lengths)
    else:

        def change(F: Any, x: Any) -> Any:
            y = F.index(x, plain)
            return y if y.shape else F.reshape(y, (1,))

    try:
        result = view(array, change)
    except IndexError as error:
        raise OutOfBoundsError(f"{error} (array of shape {shape})") from None
    if not result._data.flags.c_contiguous:
        result._data = array._ctx.F.copy(result._data)
    return result


def _check_ints(key: tuple[int, ...], shape: tuple[int, ...]) -> None:
    for axis, i in enumerate(key):
        if not -shape[axis] <= i < shape[axis]:
            raise OutOfBoundsError(f"index {i} is out of bounds for axis {axis} with size {shape[axis]}")


def set_items(array: BaseArray, key: Any, value: Any) -> None:
    """``array[key] = value``: numbers and arrays broadcast, dtypes are converted."""
    target = array._data
    whole = key is Ellipsis or (key.__class__ is slice and key == slice(None))
    key = (Ellipsis,) if whole else _key(key, target.shape)[0]
    tracked = getattr(value, "_node", None) is not None
    if state.recording and (array._node is not None or (tracked and not whole)):
        raise MXNetError(INPLACE)
    raw = _stored(value, array)
    before = quiet.begin()
    try:
        array._ctx.F.store(target, key, raw.reshape(()) if getattr(raw, "shape", ()) == (1,) else raw)
    except IndexError as error:
        raise OutOfBoundsError(f"{error} (array of shape {target.shape})") from None
    except ValueError as error:
        raise ArgumentError(f"cannot store a value of shape {getattr(raw, 'shape', ())}: {error}") from None
    finally:
        quiet.end(before)
    if state.recording and tracked:
        tape = array._ctx.tape
        copied = tape.cast(Var(tape, value._data, value._node, value._index), target.dtype)
        result = tape.broadcast_to(copied, target.shape)
        array._node, array._index = result.node, result.index


@quiet.quietly
def _stored(value: Any, array: BaseArray) -> Any:
    """A value as a number or raw array of the target's dtype, on its context."""
    F, dtype = array._ctx.F, array._data.dtype
    if isinstance(value, BaseArray):
        raw = value._data if value._ctx.F is F else move(value._data, value._ctx, array._ctx)
    elif isinstance(value, (numbers.Number, np.generic)):
        return value if dtype.kind == "f" else F.scalar(float(value), dtype)
    else:
        raw = F.from_host(np.asarray(value))
        if raw.dtype.kind not in "fiub":
            raise ArgumentTypeError(f"a value of type {type(value).__name__} cannot be stored in an NDArray")
    return F.cast(raw, dtype)
