"""What may be mixed with device arrays, and how NumPy is called on them."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from .state import current, here

ALLOWED = "?bhilqBHILQefdFD"
"""The type characters CuPy's arrays can have."""


class Memory:
    """What an array is to the rest of the stand-in: ``_a`` in NumPy, the device, and the array that owns the memory."""

    __slots__ = ("_a", "_device", "base")
    _array_class: ClassVar[type]

    def __init_subclass__(cls) -> None:
        Memory._array_class = cls


def checked_dtype(dtype: Any) -> np.dtype:
    """The NumPy dtype, if CuPy has arrays of it."""
    dtype = np.dtype(float if dtype is None else dtype)
    if dtype.char not in ALLOWED or not dtype.isnative:
        raise ValueError(f"Unsupported dtype {dtype}")
    return dtype


def wrap(found: Any, source: Memory | None = None) -> Any:
    """A NumPy result as a device array: a view of ``source`` where it is one, else new memory on the current device."""
    if isinstance(found, np.generic):
        found = np.asarray(found)
    if not isinstance(found, np.ndarray):
        return found
    if source is not None and found is source._a:
        return source
    array = object.__new__(Memory._array_class)
    checked_dtype(found.dtype)
    array._a, array._device, array.base = found, current.device, None
    if source is not None and _is_view(found, source._a):
        array._device, array.base = source._device, source if source.base is None else source.base
    return array


def _is_view(found: np.ndarray, of: np.ndarray) -> bool:
    root = of if of.base is None else of.base
    return found.base is not None and (found.base is root or found.base is of)


def converted(array: np.ndarray, dtype: Any, order: Any = "K", casting: Any = "unsafe") -> np.ndarray:
    """A copy in another dtype. Floats become the nearest integer there is, of 32 bits at least, as by PTX's cvt."""
    if array.dtype.kind != "f" or dtype.kind not in "iu" or casting != "unsafe":
        return array.astype(dtype, order, casting=casting)
    wide = dtype if dtype.itemsize >= 4 else np.dtype(dtype.kind + "4")
    info, exact = np.iinfo(wide), array.astype(np.longdouble)
    no_number = 1 << (8 * wide.itemsize - 1) if 8 in (array.itemsize, wide.itemsize) else 0
    found = np.trunc(exact).clip(info.min, info.max)
    found = np.where(np.isnan(exact), no_number if wide.kind == "u" else -no_number, found)
    return found.astype(wide).astype(dtype, order)


def plain(value: Any, computing: bool = True) -> Any:
    """The NumPy value of an argument: device arrays are opened (lists of them too), NumPy's are refused."""
    if isinstance(value, Memory):
        if computing:
            here(value._device)
        return value._a
    if isinstance(value, np.ndarray):
        raise TypeError("Unsupported type <class 'numpy.ndarray'>")
    if type(value) in (list, tuple):
        return type(value)(plain(v, computing) for v in value)
    return value


def as_operand(value: Any) -> Any:
    """An operand of an operator: a device array or a number."""
    if isinstance(value, Memory):
        return plain(value)
    if isinstance(value, (bool, int, float, complex, np.generic)):
        return value
    raise TypeError(f"Unsupported type {type(value)}")


def arrays_in(args: Any) -> list[Memory]:
    """The device arrays among arguments, also in lists."""
    found = []
    for value in args:
        if isinstance(value, Memory):
            found.append(value)
        elif type(value) in (list, tuple):
            found += arrays_in(value)
    return found


def call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any] | None = None) -> Any:
    """A function of NumPy on device arrays and numbers, its results as device arrays. A ufunc takes nothing else."""
    kwargs = kwargs or {}
    if isinstance(function, np.ufunc):
        opened = tuple(as_operand(a) for a in args)
    else:
        opened = plain(args)
    with np.errstate(all="ignore"):
        found = function(*opened, **{name: plain(value) for name, value in kwargs.items()})
    sources = arrays_in((*kwargs.values(), *args))
    return _wrap_among(found, sources)


def _wrap_among(found: Any, sources: list[Memory]) -> Any:
    if isinstance(found, (tuple, list)):
        wrapped = [_wrap_among(f, sources) for f in found]
        return wrapped if isinstance(found, list) else tuple(wrapped)
    if isinstance(found, np.ndarray):
        for source in sources:
            if found is source._a or _is_view(found, source._a):
                return wrap(found, source)
    return wrap(found)
