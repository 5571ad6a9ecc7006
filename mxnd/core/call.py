"""From record to callable: a Python function compiled for each operator on first use.

The generated function is short and sits in ``linecache``, so tracebacks and ``inspect.getsource`` show it. It tests
each parameter against its default by identity, reads the raw arrays, runs the body and wraps the result; everything
rare (unknown names, recording, ``out=``, several results, errors) is left to the methods of ``Caller``.

An array type is anything with ``_data`` (the raw array), ``_ctx`` (its context, with ``F`` and ``tape``), ``_node`` and
``_index`` (where it came from on the tape, ``_node`` None when untracked).
"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from . import language as _language  # noqa: F401  puts the words on the tape
from .errors import ArgumentError, ArgumentTypeError, MXNetError, did_you_mean
from .dtypes import DTYPES
from .op import Argument, Op
from .params import dtype_name, required
from .state import state
from .tape import Var

INPLACE = (
    "in-place operations (+=, x[:] = ..., out=) on an array that is part of a recorded graph are not supported "
    "inside autograd.record()"
)
KINDS = {"float": "f", "number": "fiu"}  # NumPy's kind letters of the dtypes that an operator takes
_WRAPPED = (ValueError, TypeError, IndexError, OverflowError, ZeroDivisionError, ArithmeticError)


class NotDifferentiable:
    """A pull that says which operator has no gradient."""

    def __init__(self, op: Op) -> None:
        self.name = op.name

    def __call__(self, F: Any, ct: Any) -> Any:
        raise MXNetError(f"{self.name} has no gradient: backward cannot go through it")


class Caller:
    """What the compiled function of one operator calls for everything that is not the plain case."""

    def __init__(self, op: Op, array_type: type) -> None:
        self.op = op
        self.array_type = array_type
        self.body = np.errstate(all="ignore")(op.body)
        self.function: Callable[..., Any] | None = None
        self.no_gradient = None if op.differentiable else NotDifferentiable(op)

    # Arguments

    def take(self, argument: Argument, value: Any) -> Any:
        """An input that is not exactly an NDArray: a subclass passes, anything else is an error."""
        if isinstance(value, self.array_type):
            return value
        label = f"{self.op.name}: input {argument.name!r}"
        if value is None:
            raise ArgumentTypeError(f"{label} is missing")
        raise ArgumentTypeError(
            f"{label} must be an NDArray, not {type(value).__name__}; wrap it with mx.nd.array(...)"
        )

    def read(self, argument: Argument, value: Any) -> Any:
        """A parameter's value as the body wants it."""
        if value is required:
            raise ArgumentTypeError(f"{self.op.name}: required argument {argument.name!r} is missing")
        assert argument.kind is not None
        try:
            return argument.kind.parse(value)
        except ValueError as error:
            raise ArgumentError(f"{self.op.name}: {argument.name}={value!r} is not {error}") from None

    def again(self, given: Mapping[str, Any], arrays: Sequence[Any], extra: Mapping[str, Any]) -> Any:
        """Call once more with R's dotted names turned into Python's; unknown names are an error."""
        op = self.op
        known = {a.name: a for a in op.arguments}
        call = {name: value for name, value in given.items() if name not in known or value is not known[name].default}
        for key, value in extra.items():
            name = key.replace(".", "_")
            if name not in known and name not in ("out", "name"):
                if op.variadic and name == "num_args":  # some variadic operators do not list it
                    continue
                takes = ", ".join(known)
                raise ArgumentTypeError(f"{op.name}: no argument {key!r}{did_you_mean(name, known)} (it takes {takes})")
            argument = known.get(name)
            if call.get(name) is not None or (argument is not None and argument.variadic and arrays):
                raise ArgumentTypeError(f"{op.name}: argument {name!r} is given twice")
            if argument is not None and argument.variadic:
                arrays = value
            else:
                call[name] = value
        assert self.function is not None
        return self.function(*arrays, **call)

    # Checks that fail

    def mixed(self, arrays: Sequence[Any]) -> None:
        """Inputs on contexts that are not the same object, or of dtypes that are not: an error if they differ."""
        first, *rest = [(a, x) for a, x in self._labelled(arrays) if x is not None]
        for argument, array in rest:
            if array._ctx.device_type != first[1]._ctx.device_type:
                raise ArgumentError(
                    f"{self.op.name}: {first[0]} is on {first[1]._ctx} but {argument} is on {array._ctx}; "
                    "copy one with as_in_context"
                )
            if argument.partition("[")[0] not in self.op.free and array._data.dtype != first[1]._data.dtype:
                raise ArgumentTypeError(
                    f"{self.op.name}: {first[0]} is {first[1]._data.dtype} but {argument} is {array._data.dtype}; "
                    "convert one with astype"
                )

    def refuse_dtype(self, array: Any) -> None:
        takes = [name for name, dtype in DTYPES.items() if dtype.kind in KINDS[self.op.dtypes]]
        raise ArgumentTypeError(
            f"{self.op.name}: {self.op.inputs[0].name} is {dtype_name(array._data.dtype)}; it takes {', '.join(takes)}"
        )

    def explain(self, error: Exception, arrays: Sequence[Any]) -> Exception:
        """An error of the body with the operator's name and what came."""
        came = ", ".join(
            f"{label} {x._data.dtype} {x._data.shape}" for label, x in self._labelled(arrays) if x is not None
        )
        message = f"{self.op.name}: {error}" + (f" ({came})" if came else "")
        if isinstance(error, MXNetError):
            return type(error)(message)
        kind = ArgumentTypeError if isinstance(error, TypeError) else ArgumentError
        return kind(message)

    def _labelled(self, arrays: Sequence[Any]) -> list[tuple[str, Any]]:
        inputs = self.op.inputs
        if self.op.variadic:
            return [(f"{inputs[0].name}[{i}]", x) for i, x in enumerate(arrays)]
        return list(zip((a.name for a in inputs), arrays))

    # Results

    def wrap(self, value: Any, ctx: Any) -> Any:
        """A raw array or a Var as an array of its own."""
        array = self.array_type.__new__(self.array_type)
        if value.__class__ is Var:
            array._node, array._index, value = value.node, value.index, value.value
        array._data = value
        array._ctx = ctx
        return array

    def own(self, value: Any, F: Any, dtype: Any, raws: Sequence[Any]) -> Any:
        """A result that is contiguous, of the right dtype, and shares no memory with an input."""
        raw = value.value if value.__class__ is Var else value
        fixed = raw if isinstance(raw, F.ndarray) else F.asarray(raw)
        if dtype is not None and fixed.dtype != dtype:
            if value.__class__ is Var:
                value = value.F.cast(value, dtype)
                fixed = value.value
            else:
                fixed = F.cast(fixed, dtype)
        base = fixed if fixed.base is None else fixed.base
        if not fixed.flags.c_contiguous or any(base is x or base is x.base for x in raws if x is not None):
            fixed = F.copy(fixed)
        if value.__class__ is Var:
            value.value = fixed
            return value
        return fixed

    def finish(self, result: Any, ctx: Any, arrays: Sequence[Any], dtype: Any, out: Any) -> Any:
        """Results into ``out`` or new arrays; the trailing ones back into the inputs the operator mutates."""
        op = self.op
        results = list(result) if isinstance(result, (tuple, list)) else [result]
        raws = [None if x is None else x._data for x in arrays]
        results = [self.own(r, ctx.F, dtype, raws) for r in results]
        if op.mutates:
            visible = len(results) - len(op.mutates)
            by_name = dict(zip((a.name for a in op.inputs), arrays))
            for name, value in zip(op.mutates, results[visible:]):
                by_name[name]._data[...] = value
            results = results[:visible]
        if out is None:
            wrapped = [self.wrap(r, ctx) for r in results]
            return wrapped[0] if len(wrapped) == 1 and not isinstance(result, list) else wrapped
        targets = list(out) if isinstance(out, (tuple, list)) else [out]
        if len(targets) != len(results):
            raise ArgumentError(f"{op.name}: out holds {len(targets)} arrays, the operator returns {len(results)}")
        for target, value in zip(targets, results):
            self.store(target, value)
        return out

    def store(self, target: Any, value: Any) -> None:
        """Write a result into the array given as ``out``."""
        if not isinstance(target, self.array_type):
            raise ArgumentTypeError(f"{self.op.name}: out must be an NDArray, not {type(target).__name__}")
        tracked = value.__class__ is Var
        raw = value.value if tracked else value
        if target._data.shape != raw.shape:
            raise ArgumentError(f"{self.op.name}: out has shape {target._data.shape}, the result {raw.shape}")
        if target._data.dtype != raw.dtype:
            raise ArgumentTypeError(f"{self.op.name}: out is {target._data.dtype}, the result {raw.dtype}")
        if tracked:
            if target._node is not None:
                raise MXNetError(f"{self.op.name}: {INPLACE}")
            target._node, target._index = value.node, value.index
        target._data[...] = raw

    def record(self, ctx: Any, arrays: Sequence[Any], call: Callable[..., Any], dtype: Any, out: Any) -> Any:
        """Run the body on the tape."""
        tape = ctx.tape
        inputs = [
            x if x is None else (x._data if x._node is None else Var(tape, x._data, x._node, x._index)) for x in arrays
        ]
        with np.errstate(all="ignore"):
            if self.no_gradient is None:
                result = call(tape, *inputs)
            else:
                result = call(tape.backend, *(None if x is None else x._data for x in arrays))
        several = isinstance(result, (tuple, list))
        results = [
            r if r.__class__ is Var else tape.stop(tape.backend.asarray(r), inputs, self.no_gradient)
            for r in (result if several else [result])
        ]
        if self.op.mutates:
            visible = len(results) - len(self.op.mutates)
            results[visible:] = [r.value for r in results[visible:]]
        return self.finish(type(result)(results) if several else results[0], ctx, arrays, dtype, out)


def compile_call(op: Op, array_type: type, default_context: Callable[[Any], Any]) -> Callable[..., Any]:
    """The Python function of an operator."""
    caller = Caller(op, array_type)
    names: dict[str, Any] = {
        "A": array_type,
        "new": array_type.__new__,
        "body": caller.body,
        "call": caller,
        "state": state,
        "Errors": (MXNetError, *_WRAPPED),
        "context": default_context,
        "dtype_of": np.dtype,
        "required": required,
        "any_node": _any_node,
    }
    source = _source(op, names)
    filename = f"<mxnd operator {op.name}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    exec(compile(source, filename, "exec"), names)
    function: Callable[..., Any] = names[_identifier(op)]
    caller.function = function
    function.__module__ = "mxnd.nd"
    function.__doc__ = op.summary
    function.__mxnd_op__ = op  # type: ignore[attr-defined]
    return function


def _identifier(op: Op) -> str:
    return op.name if op.name.isidentifier() else "operator"


def _any_node(arrays: Sequence[Any]) -> bool:
    return any(x is not None and x._node is not None for x in arrays)


def _source(op: Op, names: dict[str, Any]) -> str:
    """The text of the compiled function; what it refers to is put into ``names``."""
    inputs, params = op.inputs, op.params
    variadic = op.variadic
    signature = [f"*{inputs[0].name}"] if variadic else [f"{a.name}=None" for a in inputs]
    for i, p in enumerate(params):
        names[f"P{i}"] = p
        if p.required:
            signature.append(f"{p.name}=required")
        else:
            names[f"D{i}"] = p.default
            signature.append(f"{p.name}=D{i}")
    signature += ["out=None", "name=None", "**extra"]
    given = [a.name for a in (() if variadic else inputs)] + [p.name for p in params]
    pairs = ", ".join(f"{n!r}: {n}" for n in [*given, "out", "name"])
    first = inputs[0].name if inputs else ""
    lines = [f"def {_identifier(op)}({', '.join(signature)}):", "    if extra:"]
    lines.append(f"        return call.again({{{pairs}}}, {first if variadic else '()'}, extra)")

    # Inputs
    if variadic:
        names["I0"] = inputs[0]
        lines += [
            f"    if len({first}) == 1 and {first}[0].__class__ in (list, tuple):",
            f"        {first} = tuple({first}[0])",
            f"    {first} = tuple(x if x.__class__ is A else call.take(I0, x) for x in {first})",
            f"    if not {first}:",
            "        call.take(I0, None)",
            f"    arrays = {first}",
        ]
    else:
        for i, a in enumerate(inputs):
            names[f"I{i}"] = a
            guard = f"{a.name} is not None and " if a.optional else ""
            lines.append(f"    if {guard}{a.name}.__class__ is not A:")
            lines.append(f"        {a.name} = call.take(I{i}, {a.name})")

    # Parameters
    for i, p in enumerate(params):
        if p.count:
            lines += [f"    {p.name} = len({first})"]
            continue
        if p.required:
            lines.append(f"    {p.name} = call.read(P{i}, {p.name})")
            continue
        assert p.kind is not None
        names[f"V{i}"] = p.kind.parse(p.default) if p.default is not None else None
        lines.append(f"    if {p.name} is not D{i}:")
        lines.append(f"        {p.name} = call.read(P{i}, {p.name})")
        if names[f"V{i}"] is not p.default:
            lines += ["    else:", f"        {p.name} = V{i}"]

    # Context, dtypes
    plain = [a.name for a in inputs]
    arrays = "arrays" if variadic else "(" + "".join(f"{n}, " for n in plain) + ")"
    if variadic:
        lines += [
            "    x0 = arrays[0]._data",
            "    ctx = arrays[0]._ctx",
            "    if len(arrays) > 1:",
            "        call.mixed(arrays)",
        ]
    elif inputs:
        lines.append(f"    ctx = {first}._ctx")
        for i, a in enumerate(inputs):
            lines.append(f"    x{i} = " + (f"None if {a.name} is None else " if a.optional else "") + f"{a.name}._data")
        for i, a in enumerate(inputs[1:], 1):
            guard = f"{a.name} is not None and (" if a.optional else ""
            test = f"{a.name}._ctx is not ctx"
            if a.name not in op.free:
                test += f" or x{i}.dtype is not x0.dtype"
            lines.append(f"    if {guard}{test}{')' if guard else ''}:")
            lines.append(f"        call.mixed({arrays})")
    else:
        lines.append("    ctx = context(ctx)")
    if inputs and op.dtypes in KINDS:
        lines.append(f"    if x0.dtype.kind not in {KINDS[op.dtypes]!r}:")
        lines.append(f"        call.refuse_dtype({'arrays[0]' if variadic else first})")
    if op.dtype is None:
        lines.append("    dt = None")
    elif op.dtype == "like":
        lines.append("    dt = x0.dtype")
    else:
        fallback = "x0.dtype" if inputs else "dtype_of('float32')"
        lines.append(f"    dt = {fallback} if {op.dtype} is None or {op.dtype} == 'None' else dtype_of({op.dtype})")

    # Body
    if variadic:
        body_args = "*{}, " + ", ".join(f"{p.name}={p.name}" for p in params)
        raws = "[x._data for x in arrays]"
    else:
        order = {a.name: f"x{i}" for i, a in enumerate(inputs)}
        body_args = ", ".join(order.get(a.name, a.name) for a in op.arguments)
        raws = ""
    traced_args = body_args.format("xs")
    traced_head = "F, *xs" if variadic else "F" + "".join(f", x{i}" for i in range(len(inputs)))
    lines.append("    try:")
    if inputs:
        tracked = (
            "any_node(arrays)"
            if variadic
            else "("
            + " or ".join(
                (f"({n} is not None and {n}._node is not None)" if a.optional else f"{n}._node is not None")
                for n, a in zip(plain, inputs)
            )
            + ")"
        )
        lines.append(f"        if state.recording and {tracked}:")
        call = f"lambda {traced_head}: call.op.body(F, {traced_args})"
        lines.append(f"            return call.record(ctx, {arrays}, {call}, dt, out)")
    lines.append(f"        r = body(ctx.F, {body_args.format(raws)})")
    lines.append("    except Errors as error:")
    lines.append(f"        raise call.explain(error, {arrays}) from error")
    if inputs and not op.mutates:
        aliases = "" if variadic else "".join(f" and r is not x{i}" for i in range(len(inputs)))
        alias = " and r.base is None" + (" and not any(r is x._data for x in arrays)" if variadic else aliases)
        same = "" if op.dtype is None else " and r.dtype is dt"
        lines.append(
            f"    if out is None and r.__class__ is ctx.F.ndarray{same}{alias} and r.flags.c_contiguous:",
        )
        lines += ["        o = new(A)", "        o._data = r", "        o._ctx = ctx", "        return o"]
    lines.append(f"    return call.finish(r, ctx, {arrays if inputs else '()'}, dt, out)")
    return "\n".join(lines) + "\n"
