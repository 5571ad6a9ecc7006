"""The arguments of a call, as far as they stand in the program: names nobody knows, values that are refused."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ..core.errors import did_you_mean
from ..core.op import Argument, Op
from ..core.params import required

ANY: Final = object()
"""A value that only running the program would tell."""

SYMBOLS = ("attr", "ctx_group", "force_mirroring", "lr_mult", "mirror_stage", "profiler_scope", "wd_mult")
OPEN = ("Custom",)  # operators that pass their arguments on to a class of the program


@dataclass(frozen=True)
class Call:
    """The arguments of one call. whole: False when ``*args`` or ``**kwargs`` hide some of them."""

    args: Sequence[Any] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)
    whole: bool = True


def problems(target: Any, call: Call, symbolic: bool = False, by_r: bool = False) -> Iterator[str]:
    """What is wrong with calling ``target`` so. symbolic: Symbols may come, which take attributes too.

    by_r: By R's rules, where any beginning of an argument's name is that name. Only operators have the arguments they
    have in Python.
    """
    op = getattr(target, "__mxnd_op__", None)
    if isinstance(op, Op):
        yield from _operator_problems(op, call, symbolic, by_r)
    elif by_r:
        return
    elif inspect.isroutine(target) or inspect.isclass(target):
        yield from _function_problems(target, call)


def _operator_problems(op: Op, call: Call, symbolic: bool, by_r: bool) -> Iterator[str]:
    if op.name in OPEN:
        return
    order: list[Argument | None] = [*(() if op.variadic else op.inputs), *op.params]
    known = {argument.name: argument for argument in op.arguments}
    given: dict[str, Any] = {}
    if op.variadic:
        given |= {f"{op.inputs[0].name}[{i}]": value for i, value in enumerate(call.args)}
        known |= dict.fromkeys(given, op.inputs[0])
    elif len(call.args) > len(order) + 2:  # out and name stand behind
        yield f"at most {len(order) + 2} arguments can come without a name, not {len(call.args)}"
    else:
        given |= {argument.name: value for argument, value in zip(order, call.args) if argument is not None}
    also = ("out", "name", *(SYMBOLS if symbolic else ()), *(("num_args",) if op.variadic else ()))
    for key, value in call.keywords.items():
        name = key.replace(".", "_")
        if by_r:
            name = next((full for full in known if full == name), None) or next(
                (full for full in known if full.startswith(name)), name
            )
        if name in given:
            yield f"argument {key!r} is given twice"
        elif name in known:
            given[name] = value
        elif name not in also and not (symbolic and name.startswith("__")):
            yield f"no argument {key!r}{did_you_mean(name, known)} (it takes {', '.join(a.name for a in op.arguments)})"
    for name, value in given.items():
        yield from _value_problem(known[name], name, value)
    for argument in op.params:
        if call.whole and argument.default is required and not argument.count and argument.name not in given:
            yield f"the argument {argument.name!r} is missing"


def _value_problem(argument: Argument, name: str, value: Any) -> Iterator[str]:
    if value is ANY:
        return
    if argument.kind is None:
        if isinstance(value, (bool, int, float, str)):
            yield f"{name}={value!r} is not an array"
        return
    if value is None and argument.default is None:
        return
    try:
        argument.kind.parse(value)
    except ValueError as error:
        yield f"{name}={value!r} is not {error}"


def _function_problems(target: Any, call: Call) -> Iterator[str]:
    try:
        parameters = inspect.signature(target).parameters
    except (TypeError, ValueError):  # some built-in functions have no signature
        return
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return
    for key in call.keywords:
        if key not in parameters:
            yield f"no argument {key!r}{did_you_mean(key, parameters)} (it takes {', '.join(parameters)})"
