"""What operators add to NDArray: Python's operators and the methods; and the functions that take arrays or numbers."""

from __future__ import annotations

import numbers
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.errors import ArgumentTypeError
from ..core.op import Op, registry
from ..ops.family import BINARY, Binary
from .functions import function, function_of
from .ndarray import NDArray

Number = (numbers.Number, np.generic)


def _operand(array: NDArray, value: NDArray | np.ndarray) -> NDArray:
    """An operand as an NDArray; a NumPy one takes the array's dtype and context."""
    if isinstance(value, NDArray):
        return value
    return NDArray._of(array._ctx.F.from_host(np.ascontiguousarray(value, array._data.dtype)), array._ctx)


def binary_function(row: Binary, name: str) -> Callable[..., Any]:
    """The function of ``mx.nd`` that picks the form of an operation by what its operands are."""
    broadcast, scalar, rscalar = map(function, (row.broadcast, row.scalar, row.rscalar))

    def call(lhs: Any, rhs: Any) -> Any:
        if isinstance(lhs, NDArray):
            if isinstance(rhs, Number):
                return scalar(lhs, rhs)
            if isinstance(rhs, (NDArray, np.ndarray)):
                return broadcast(lhs, _operand(lhs, rhs))
        elif isinstance(rhs, NDArray):
            if isinstance(lhs, Number):
                return rscalar(rhs, lhs)
            if isinstance(lhs, np.ndarray):
                return broadcast(_operand(rhs, lhs), rhs)
        elif isinstance(lhs, Number) and isinstance(rhs, Number):
            return row.number(lhs, rhs)
        raise ArgumentTypeError(f"{name} takes NDArrays and numbers, not {type(lhs).__name__} and {type(rhs).__name__}")

    left, right = row.operands
    named = (
        call
        if row.operands == ("lhs", "rhs")
        else eval(f"lambda {left}, {right}: call({left}, {right})", {"call": call})
    )
    named.__name__ = named.__qualname__ = name
    named.__annotations__ = {left: "Any", right: "Any", "return": "Any"}
    named.__module__ = "mxnd.nd"
    named.__doc__ = registry[row.broadcast].summary
    return named


def _install_operators(row: Binary) -> None:
    """Python's operator, its reflected and its in-place form."""
    broadcast, scalar, rscalar = map(function, (row.broadcast, row.scalar, row.rscalar))
    name = row.dunder

    def forward(self: NDArray, other: Any) -> Any:
        kind = other.__class__
        if kind is NDArray:
            return broadcast(self, other)
        if kind is float or kind is int or isinstance(other, Number):
            return scalar(self, float(other))
        if isinstance(other, (NDArray, np.ndarray)):
            return broadcast(self, _operand(self, other))
        return NotImplemented

    def reflected(self: NDArray, other: Any) -> Any:
        kind = other.__class__
        if kind is float or kind is int or isinstance(other, Number):
            return rscalar(self, float(other))
        if isinstance(other, np.ndarray):
            return broadcast(_operand(self, other), self)
        return NotImplemented

    def inplace(self: NDArray, other: Any) -> Any:
        kind = other.__class__
        if kind is NDArray:
            return broadcast(self, other, out=self)
        if kind is float or kind is int or isinstance(other, Number):
            return scalar(self, float(other), out=self)
        if isinstance(other, (NDArray, np.ndarray)):
            return broadcast(self, _operand(self, other), out=self)
        return NotImplemented

    forms = {f"__{name}__": forward}
    if name not in ("eq", "ne", "lt", "le", "gt", "ge"):
        forms |= {f"__r{name}__": reflected, f"__i{name}__": inplace}
    for dunder, form in forms.items():
        form.__name__ = dunder
        form.__qualname__ = f"NDArray.{dunder}"
        setattr(NDArray, dunder, form)


class _Method:
    """An operator as a method, compiled when it is first looked up."""

    def __init__(self, op: Op, name: str) -> None:
        self.op, self.name = op, name

    def __get__(self, instance: NDArray | None, owner: type) -> Any:
        method = function_of(self.op)
        setattr(NDArray, self.name, method)
        return method if instance is None else method.__get__(instance, owner)


def _install_methods(op: Op) -> None:
    """The names under which an operator is a method; what the class defines itself stays."""
    for name in op.names if op.method is True else op.method or ():
        if not name.startswith("_") and not isinstance(NDArray.__dict__.get(name), (types.FunctionType, property)):
            setattr(NDArray, name, _Method(op, name))


for _row in BINARY:
    if _row.dunder:
        _install_operators(_row)
for _op in registry.unique():
    _install_methods(_op)
registry.watchers.append(_install_methods)
