"""The compiled call function of each operator, made on first use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..context import as_context
from ..core.call import compile_call
from ..core.op import Op, registry

array_type: type = object  # NDArray puts itself here: the class is made of functions compiled for it
_compiled: dict[int, tuple[Op, Callable[..., Any]]] = {}


def function_of(op: Op) -> Callable[..., Any]:
    """The function that calls an operator on NDArrays."""
    found = _compiled.get(id(op))
    if found is None or found[0] is not op:
        found = _compiled[id(op)] = (op, compile_call(op, array_type, as_context))
    return found[1]


def function(name: str) -> Callable[..., Any]:
    """The call function of the operator of that name; UnknownNameError when there is none."""
    return function_of(registry.find(name))
