"""An operator's names, signatures and argument types in the words of MXNet's documents, Python's and R's."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.caller import KINDS
from ..core.dtypes import DTYPES
from ..core.op import Argument, Op
from ..core.params import required


def r_name(name: str) -> str:
    """A name as the R documentation spells it: dots for underscores."""
    return name.replace("_", ".")


def public_names(op: Op) -> list[str]:
    """Its names that do not begin with an underscore, the one to show first."""
    return [name for name in op.names if not name.startswith("_")]


def public_path(op: Op) -> str:
    """Where its function is found below ``mx.nd``: ``dot``, ``contrib.box_nms``, ``_internal._plus_scalar``."""
    names = public_names(op)
    return names[0] if names else namespace_path(op.name) or f"_internal.{op.name}"


def namespace_path(name: str) -> str:
    """``linalg.gemm2`` for ``linalg_gemm2`` and ``_linalg_gemm2``; empty where ``mx.nd`` has no such namespace."""
    nd: Any = importlib.import_module("mxnd.nd")
    for space, thing in vars(nd).items():
        if isinstance(thing, nd.Namespace) and not space.startswith("_") and space != "op":
            for start in thing._starts:
                if name.startswith(start) and name != start:
                    return f"{space}.{name.removeprefix(start)}"
    return ""


# Signatures


def python_order(op: Op) -> list[Argument]:
    """The arguments in the order of the Python function: inputs first."""
    return [*op.inputs, *op.params]


def python_arguments(op: Op) -> list[Argument]:
    """As ``python_order``, without the number of inputs, which fills itself in."""
    return [a for a in python_order(op) if not a.count]


def python_signature(op: Op) -> str:
    """``mx.nd.NAME(...)`` as Python has it."""
    words = [_python_argument(a) for a in python_arguments(op)]
    return f"mx.nd.{public_path(op)}({', '.join([*words, 'out=None'])})"


def _python_argument(argument: Argument) -> str:
    if argument.variadic:
        return f"*{argument.name}"
    if argument.required:
        return argument.name
    return f"{argument.name}={argument.default!r}"


def plain_signature(function: Callable[..., Any]) -> str:
    """The arguments of a function written by hand, without annotations; dtypes by name."""
    signature = inspect.signature(function)
    bare = [
        p.replace(annotation=p.empty, default=p.default.name if isinstance(p.default, np.dtype) else p.default)
        for p in signature.parameters.values()
    ]
    return str(signature.replace(parameters=bare, return_annotation=signature.empty))


def r_path(op: Op) -> str:
    """Its name in R; operators without a public name are ``mx.nd.internal...`` there."""
    names = public_names(op)
    return f"mx.nd.{r_name(names[0])}" if names else f"mx.nd.internal{r_name(op.name)}"


def r_signature(op: Op) -> str:
    """The call as R has it: registry order, every formal NULL (that is, not given), ``out`` last."""
    formals = [*(r_name(a.name) for a in op.arguments), "out"]
    return f"{r_path(op)}({', '.join(f'{formal} = NULL' for formal in formals)})"


# Types


def type_words(argument: Argument) -> str:
    """Type, allowed values and default of an argument, in the words of MXNet's registry.

    ``float, optional, default=0.25``; ``{'elu', 'leaky'},optional, default='leaky'``; ``Shape(tuple), required``.
    Floats are written as short as they can be, where MXNet prints nine digits of a float32.
    """
    if argument.is_input:
        return argument.registry_type
    words = argument.registry_type
    if argument.default is required:
        return f"{words}, required"
    return f"{words}{',' if words.startswith('{') else ', '}optional, default={default_words(argument)}"


def default_words(argument: Argument) -> str:
    """A default as MXNet's registry writes it: ints and texts quoted, booleans 1 and 0, tuples in brackets."""
    assert argument.kind is not None
    base = argument.registry_type.removesuffix(" or None")
    value = argument.default
    if base in ("int", "string") or argument.kind.choices:
        return f"'{value}'"
    if value is None:
        return "None"
    return _written(argument.kind.parse(value), np.float32 if "float" in base else np.float64)


def _written(value: Any, real: type[np.floating[Any]]) -> str:
    if isinstance(value, tuple):
        return f"[{','.join(_written(item, real) for item in value)}]"
    if isinstance(value, float):
        return str(real(value)).removesuffix(".0")
    return str(int(value))


# What goes in and out


def input_dtypes(op: Op) -> str:
    """The dtypes of the first input, in words."""
    if not op.inputs:
        return "none: it takes no array"
    names = [n for n, dtype in DTYPES.items() if op.dtypes not in KINDS or dtype.kind in KINDS[op.dtypes]]
    words = f"{', '.join(names)} for `{op.inputs[0].name}`"
    others = [a.name for a in op.inputs[1:] if a.name not in op.free]
    if others or op.variadic:
        words += "; the same for every input" if not op.free else f"; the same for {_listed(others)}"
    free = [a.name for a in op.inputs if a.name in op.free]
    return words + (f"; any for {_listed(free)}" if free else "")


def result_dtype(op: Op) -> str:
    """The dtype of the results, in words."""
    if op.dtype is None:
        return "depends on the inputs and parameters"
    if op.dtype == "like":
        return f"that of `{op.inputs[0].name}`" if op.inputs else "float32"
    return f"the parameter `{op.dtype}`"


def result_count(op: Op) -> str:
    """How many arrays come back, in words."""
    if not callable(op.outputs):
        return str(op.outputs)
    return f"depends on {_listed([name for name in inspect.signature(op.outputs).parameters if name != '_'])}"


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
