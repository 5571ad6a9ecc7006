"""NumPy's own loops over elements, as C functions that compiled code calls without the interpreter.

A ufunc is a C struct with a table of such functions, one for each combination of dtypes, chosen for this processor when
NumPy is loaded. Its layout is part of NumPy's binary interface, the same in 1.x and 2.x: ``PyUFuncObject`` in
numpy/ufuncobject.h, https://numpy.org/doc/stable/reference/c-api/types-and-structures.html. Where what is read there
does not agree with what the ufunc says of itself, there is no function and the ufunc is called as ever.
"""

from __future__ import annotations

import ctypes
import functools
import sys
from typing import Any, NamedTuple

import numpy as np


class _Fields(ctypes.Structure):
    """What follows the head that all objects have, as far as it is needed."""

    _fields_ = [
        ("nin", ctypes.c_int), ("nout", ctypes.c_int), ("nargs", ctypes.c_int), ("identity", ctypes.c_int),
        ("functions", ctypes.c_void_p), ("data", ctypes.c_void_p), ("ntypes", ctypes.c_int),
        ("reserved", ctypes.c_int), ("name", ctypes.c_char_p), ("types", ctypes.c_void_p),
    ]  # fmt: skip


class InnerLoop(NamedTuple):
    """``function(args, dimensions, steps, data)`` takes addresses: of an array with the address of each operand's first
    element, of the number of elements, of an array with each operand's step in bytes; and ``data`` as it is here."""

    function: Any
    data: int


FUNCTION = ctypes.CFUNCTYPE(None, *[ctypes.c_size_t] * 4)
FLOATS = "fd?"  # dtypes whose loops know nothing of Python


@functools.cache
def inner_loop(ufunc: Any, signature: str) -> InnerLoop | None:
    """The loop of one of NumPy's ufuncs for some dtypes, "f->f" say; None where there is none to be had."""
    if not isinstance(ufunc, np.ufunc) or getattr(np, ufunc.__name__, None) is not ufunc:
        return None
    if signature not in ufunc.types or set(signature) - {*FLOATS, "-", ">"}:
        return None
    fields = _fields(ufunc)
    if fields is None:
        return None
    index = ufunc.types.index(signature)  # the first one that fits is the one NumPy takes
    functions = (ctypes.c_void_p * fields.ntypes).from_address(fields.functions)
    data = (ctypes.c_void_p * fields.ntypes).from_address(fields.data)[index] if fields.data else None
    if not functions[index]:
        return None
    found = InnerLoop(FUNCTION(functions[index]), data or 0)
    return found if _agrees(found, ufunc, signature) else None


def _fields(ufunc: Any) -> _Fields | None:
    """The struct of a ufunc, if it is one that says what the ufunc says."""
    head = object.__basicsize__
    if sys.implementation.name != "cpython" or np.ufunc.__basicsize__ < head + ctypes.sizeof(_Fields):
        return None
    fields = _Fields.from_address(id(ufunc) + head)
    said = (ufunc.nin, ufunc.nout, ufunc.nargs, ufunc.ntypes)
    if (fields.nin, fields.nout, fields.nargs, fields.ntypes) != said or not (fields.functions and fields.types):
        return None
    types = bytes([np.dtype(code).num for row in ufunc.types for code in row.replace("->", "")])
    return fields if ctypes.string_at(fields.types, len(types)) == types else None


def _agrees(loop: InnerLoop, ufunc: Any, signature: str) -> bool:
    """Does the loop give the ufunc's bits?"""
    values = np.concatenate([np.linspace(-40, 40, 81), [-0.0, np.nan, np.inf, -np.inf, 1e-7, 1e30]])
    codes = signature.replace("->", "")
    with np.errstate(all="ignore"):
        operands = [values[:: (-1) ** i].astype(code) for i, code in enumerate(codes)]
        expected = ufunc(*operands[: ufunc.nin])
    places = (ctypes.c_void_p * len(codes))(*[a.ctypes.data for a in operands])
    steps = (ctypes.c_ssize_t * len(codes))(*[a.strides[0] for a in operands])
    loop.function(*map(ctypes.addressof, (places, ctypes.c_ssize_t(len(values)), steps)), loop.data)
    return ufunc.nout == 1 and operands[-1].tobytes() == expected.tobytes()
