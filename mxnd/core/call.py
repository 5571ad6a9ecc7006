"""From record to callable: a Python function compiled for each operator on first use.

The generated function is short and sits in ``linecache``, so tracebacks and ``inspect.getsource`` show it. It tests
each parameter against its default by identity, reads the raw arrays, runs the body (on the tape when recording) and
wraps the result; everything rare is left to the methods of ``Caller``.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Sequence
from typing import Any

from . import language as _language  # noqa: F401  puts the words on the tape
from .caller import KINDS, Caller
from .dtypes import as_dtype
from .errors import MXNetError
from .op import Argument, Op
from .params import required
from .state import state
from .tape import Var

# What a body may raise that is the caller's fault; anything else is a mistake in mxnd and stays as it is.
ERRORS = (MXNetError, ValueError, TypeError, IndexError, OverflowError, ZeroDivisionError, ArithmeticError)
# Names of the compiled function's own begin with an underscore: arguments are called x, y, A, state ...
_NEW = ("_o = new(_A)", "_o._data = _y", "_o._ctx = ctx")


def compile_call(op: Op, array_type: type, default_context: Callable[[Any], Any]) -> Callable[..., Any]:
    """The Python function of an operator."""
    caller = Caller(op, array_type)
    names: dict[str, Any] = {
        "_A": array_type,
        "new": array_type.__new__,
        "body": caller.body,
        "call": caller,
        "_state": state,
        "Errors": ERRORS,
        "Var": Var,
        "context": default_context,
        "dtype_of": as_dtype,
        "required": required,
    }
    source = "\n".join(_Source(op, names).lines()) + "\n"
    filename = f"<mxnd operator {op.name}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    exec(compile(source, filename, "exec"), names)
    function: Callable[..., Any] = names[op.name]
    caller.function = function
    function.__module__ = "mxnd.nd"
    function.__doc__ = op.summary
    function.__mxnd_op__ = op  # type: ignore[attr-defined]
    return function


class _Source:
    """The text of a compiled function; the objects it refers to are put into ``names``."""

    def __init__(self, op: Op, names: dict[str, Any]) -> None:
        self.op = op
        self.names = names
        self.first = op.inputs[0].name if op.inputs else ""
        self.arrays = "arrays" if op.variadic else "(" + "".join(f"{a.name}, " for a in op.inputs) + ")"

    def lines(self) -> list[str]:
        inputs = self._variadic_inputs() if self.op.variadic else self._inputs()
        return [*self._head(), *_indent([*inputs, *self._params(), *self._context(), *self._dtype(), *self._run()])]

    def _head(self) -> list[str]:
        op = self.op
        signature = [f"*{self.first}"] if op.variadic else [f"{a.name}=None" for a in op.inputs]
        for i, p in enumerate(op.params):
            self.names[f"D{i}"] = p.default
            signature.append(f"{p.name}={'required' if p.required else f'D{i}'}")
        given = [a.name for a in (op.params if op.variadic else (*op.inputs, *op.params))] + ["out", "name"]
        pairs = ", ".join(f"{name!r}: {name}" for name in given)
        return [
            f"def {op.name}({', '.join([*signature, 'out=None', 'name=None', '**extra'])}):",
            "    if extra:",
            f"        return call.again({{{pairs}}}, {self.first if op.variadic else '()'}, extra)",
        ]

    def _variadic_inputs(self) -> list[str]:
        self.names["I0"] = self.op.inputs[0]
        self.names["tracked"] = _tracked
        return [
            f"if len({self.first}) == 1 and {self.first}[0].__class__ in (list, tuple):",
            f"    {self.first} = tuple({self.first}[0])",
            f"arrays = tuple(x if x.__class__ is _A else call.take(I0, x) for x in {self.first})",
            "if not arrays:",
            "    call.take(I0, None)",
        ]

    def _inputs(self) -> list[str]:
        lines = []
        for i, a in enumerate(self.op.inputs):
            self.names[f"I{i}"] = a
            guard = f"{a.name} is not None and " if a.optional else ""
            lines += [f"if {guard}{a.name}.__class__ is not _A:", f"    {a.name} = call.take(I{i}, {a.name})"]
        return lines

    def _params(self) -> list[str]:
        lines = []
        for i, p in enumerate(self.op.params):
            assert p.kind is not None
            self.names[f"P{i}"] = p
            read = f"{p.name} = call.read(P{i}, {p.name})"
            if p.count:
                lines.append(f"{p.name} = call.count(P{i}, {p.name}, len(arrays))")
            elif p.required:
                lines.append(read)
            else:
                default = None if p.default is None else p.kind.parse(p.default)
                exact = f" and {p.name}.__class__ is not float" if p.kind.registry == "double" else ""
                lines += [f"if {p.name} is not D{i}{exact}:", f"    {read}"]
                if default != p.default or type(default) is not type(p.default):
                    self.names[f"V{i}"] = default
                    lines += ["else:", f"    {p.name} = V{i}"]
        return lines

    def _context(self) -> list[str]:
        op = self.op
        if not op.inputs:
            if {"shape", "dtype"} <= {p.name for p in op.params}:
                return ["ctx = context(ctx)", "if out is not None:", "    shape, dtype = call.like(out, shape, dtype)"]
            return ["ctx = context(ctx)"]
        if op.variadic:
            return ["_x0 = arrays[0]._data", "ctx = arrays[0]._ctx", "if len(arrays) > 1:", "    call.mixed(arrays)"]
        lines = [f"ctx = {self.first}._ctx"]
        for i, a in enumerate(op.inputs):
            lines.append(f"_x{i} = {f'None if {a.name} is None else ' if a.optional else ''}{a.name}._data")
        for i, a in enumerate(op.inputs[1:], 1):
            test = f"{a.name}._ctx is not ctx"
            if a.name not in op.free:
                test += f" or _x{i}.dtype is not _x0.dtype"
            lines.append(f"if {a.name} is not None and ({test}):" if a.optional else f"if {test}:")
            lines.append(f"    call.mixed({self.arrays})")
        return lines

    def _dtype(self) -> list[str]:
        op, lines = self.op, []
        if op.inputs and op.dtypes in KINDS:
            lines.append(f"if _x0.dtype.kind not in {KINDS[op.dtypes]!r}:")
            lines.append(f"    call.refuse_dtype({'arrays[0]' if op.variadic else self.first})")
        if op.dtype in (None, "like"):
            return [*lines, "dt = _x0.dtype" if op.dtype else "dt = None"]
        fallback = "_x0.dtype" if op.inputs else "dtype_of('float32')"
        return [*lines, f"dt = {fallback} if {op.dtype} is None or {op.dtype} == 'None' else dtype_of({op.dtype})"]

    def _run(self) -> list[str]:
        op, lines = self.op, ["try:"]
        if op.inputs:
            lines += _indent([f"if _state.recording and {self._any_tracked()}:", *_indent(self._recording())])
        lines += [
            f"    r = body(ctx.F, {self._arguments(plain=True)})",
            "except Errors as error:",
            f"    raise call.explain(error, {self.arrays}) from error",
        ]
        if op.inputs and not op.mutates:
            lines += ["_y = r", f"if out is None and {self._is_plain()}:", *_indent([*_NEW, "return _o"])]
        return [*lines, f"return call.finish(r, ctx, {self.arrays if op.inputs else '()'}, dt, out)"]

    def _recording(self) -> list[str]:
        done = f"return call.recorded(r, ctx, {self.arrays}, dt, out)"
        if not self.op.differentiable:
            return [f"r = body(ctx.F, {self._arguments(plain=True)})", done]
        wrap = [*_NEW, "_o._node = r.node", "_o._index = r.index", "return _o"]
        return [
            "tape = ctx.tape",
            f"r = body(tape, {self._arguments(plain=False)})",
            "if out is None and r.__class__ is Var:",
            *_indent(["_y = r.value", f"if {self._is_plain()}:", *_indent(wrap)]),
            done,
        ]

    def _any_tracked(self) -> str:
        if self.op.variadic:
            return "any(x._node is not None for x in arrays)"
        tests = [
            f"({a.name} is not None and {a.name}._node is not None)" if a.optional else f"{a.name}._node is not None"
            for a in self.op.inputs
        ]
        return f"({' or '.join(tests)})"

    def _arguments(self, plain: bool) -> str:
        """The arguments of the body, in the order of its signature."""
        op = self.op
        if op.variadic:
            each = "x._data" if plain else "tracked(tape, x)"
            return ", ".join([f"*[{each} for x in arrays]", *(f"{p.name}={p.name}" for p in op.params)])
        given = {a.name: f"_x{i}" if plain else _traced(a, i) for i, a in enumerate(op.inputs)}
        return ", ".join(given.get(a.name, a.name) for a in op.arguments)

    def _is_plain(self) -> str:
        """The test that the raw result ``_y`` can be wrapped as it is: own, contiguous memory, right dtype."""
        tests = ["_y.__class__ is ctx.F.ndarray", *(["_y.dtype is dt"] if self.op.dtype else []), "_y.base is None"]
        if self.op.variadic:
            tests.append("not any(_y is x._data for x in arrays)")
        else:
            tests += [f"_y is not _x{i}" for i in range(len(self.op.inputs))]
        return " and ".join([*tests, "_y.flags.c_contiguous"])


def _indent(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _traced(argument: Argument, i: int) -> str:
    """An input as the tape takes it."""
    name = argument.name
    untracked = f"{name} is None or {name}._node is None" if argument.optional else f"{name}._node is None"
    return f"_x{i} if {untracked} else Var(tape, _x{i}, {name}._node, {name}._index)"


def _tracked(tape: Any, x: Any) -> Any:
    return x._data if x._node is None else Var(tape, x._data, x._node, x._index)
