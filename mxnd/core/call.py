"""From record to callable: a Python function compiled for each operator on first use.

The generated function is short and sits in ``linecache``, so tracebacks and ``inspect.getsource`` show it. It tests
each parameter against its default by identity, reads the raw arrays, runs the body (on the tape when recording) and
wraps the result; everything rare is left to the methods of ``Caller``.
"""

from __future__ import annotations

import linecache
import operator
from collections.abc import Callable, Sequence
from typing import Any

from . import language as _language  # noqa: F401  puts the words on the tape
from . import quiet
from .caller import KINDS, Caller, is_apart
from .dtypes import as_dtype
from .errors import MXNetError
from .op import Argument, Op
from .params import QUICK, required
from .state import state
from .tape import Var

# What a body may raise that is the caller's fault; anything else is a mistake in mxnd and stays as it is.
ERRORS = (MXNetError, ValueError, TypeError, IndexError, ArithmeticError, MemoryError)
# Names of the compiled function's own begin with an underscore: arguments may be called anything else.
_NEW = ("_o = _new(_A)", "_o._data = _y", "_o._ctx = _ctx")


def compile_call(op: Op, array_type: type, default_context: Callable[[Any], Any]) -> Callable[..., Any]:
    """The Python function of an operator."""
    caller = Caller(op, array_type)
    names: dict[str, Any] = {
        "_A": array_type,
        "_new": array_type.__new__,
        "_body": op.body,
        "_is_apart": is_apart,
        "_call": caller,
        "_node_of": operator.attrgetter("_node"),
        "_state": state,
        "_quiet": quiet.begin,
        "_loud": quiet.end,
        "_Errors": ERRORS,
        "_Var": Var,
        "_context": default_context,
        "_dtype_of": as_dtype,
        "_required": required,
        **QUICK,
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
        self.arrays = "_arrays" if op.variadic else "(" + "".join(f"{a.name}, " for a in op.inputs) + ")"

    def lines(self) -> list[str]:
        inputs = self._variadic_inputs() if self.op.variadic else self._inputs()
        return [*self._head(), *_indent([*inputs, *self._params(), *self._context(), *self._dtype(), *self._run()])]

    def _head(self) -> list[str]:
        op = self.op
        signature = [f"*{self.first}"] if op.variadic else [f"{a.name}=None" for a in op.inputs]
        for i, p in enumerate(op.params):
            self.names[f"_D{i}"] = p.default
            signature.append(f"{p.name}={'_required' if p.required else f'_D{i}'}")
        given = [a.name for a in (op.params if op.variadic else (*op.inputs, *op.params))] + ["out", "name"]
        pairs = ", ".join(f"{name!r}: {name}" for name in given)
        return [
            f"def {op.name}({', '.join([*signature, 'out=None', 'name=None', '**extra'])}):",
            "    if extra:",
            f"        return _call.again({{{pairs}}}, {self.first if op.variadic else '()'}, extra)",
        ]

    def _variadic_inputs(self) -> list[str]:
        self.names["_I0"] = self.op.inputs[0]
        return [
            f"if len({self.first}) == 1 and {self.first}[0].__class__ in (list, tuple):",
            f"    {self.first} = tuple({self.first}[0])",
            f"_arrays = tuple({self.first})",
            "if not _arrays:",
            "    _call.refuse(_I0, None)",
            "_raws = []",
            "for _x in _arrays:",
            "    if _x.__class__ is not _A:",
            f"        return _call.other(_arrays, {self._given()}, out)",
            "    _raws.append(_x._data)",
        ]

    def _inputs(self) -> list[str]:
        tests = [
            f"({a.name} is not None and {a.name}.__class__ is not _A)"
            if a.optional
            else f"{a.name}.__class__ is not _A"
            for a in self.op.inputs
        ]
        if not tests:
            return []
        return [f"if {' or '.join(tests)}:", f"    return _call.other({self.arrays}, {self._given()}, out)"]

    def _given(self) -> str:
        """The parameters as they came, by name."""
        return "{" + ", ".join(f"{p.name!r}: {p.name}" for p in self.op.params) + "}"

    def _params(self) -> list[str]:
        lines = []
        for i, p in enumerate(self.op.params):
            assert p.kind is not None
            self.names[f"_P{i}"] = p
            if p.count:
                lines.append(f"if {p.name} is not {'_required' if p.required else f'_D{i}'}:")
                lines.append(f"    _call.count(_P{i}, {p.name}, len(_arrays))")
                lines.append(f"{p.name} = len(_arrays)")
                continue
            read = self._read(p, i)
            if p.required:
                lines += read
            else:
                default = None if p.default is None else p.kind.parse(p.default)
                lines += [f"if {p.name} is not _D{i}:", *_indent(read)]
                if default != p.default or type(default) is not type(p.default):
                    self.names[f"_V{i}"] = default
                    lines += ["else:", f"    {p.name} = _V{i}"]
        return lines

    def _read(self, p: Argument, i: int) -> list[str]:
        assert p.kind is not None
        read = f"{p.name} = _call.read(_P{i}, {p.name})"
        if p.kind.quick is None:
            return [read]
        test, value = (text.format(p.name) for text in p.kind.quick)
        if value == p.name:
            return [f"if not ({test}):", f"    {read}"]
        return [f"if {test}:", f"    {p.name} = {value}", "else:", f"    {read}"]

    def _context(self) -> list[str]:
        op = self.op
        if not op.inputs:
            known = {p.name for p in op.params}
            like = ["if out is not None:", "    shape, dtype = _call.like(out, shape, dtype)"]
            made_on = "ctx" if "ctx" in known else "None"
            return [f"_ctx = _context({made_on})", *(like if {"shape", "dtype"} <= known else [])]
        if op.variadic:
            return [
                "_x0 = _raws[0]",
                "_ctx = _arrays[0]._ctx",
                "_first = _x0.dtype",
                "for _x in _arrays:",
                "    if _x._ctx is not _ctx or _x._data.dtype is not _first:",
                "        _call.mixed(_arrays)",
            ]
        lines = [f"_ctx = {self.first}._ctx"]
        for i, a in enumerate(op.inputs):
            lines.append(f"_x{i} = {f'None if {a.name} is None else ' if a.optional else ''}{a.name}._data")
        for i, a in enumerate(op.inputs[1:], 1):
            test = f"{a.name}._ctx is not _ctx"
            if a.name not in op.free:
                test += f" or _x{i}.dtype is not _x0.dtype"
            lines.append(f"if {a.name} is not None and ({test}):" if a.optional else f"if {test}:")
            lines.append(f"    _call.mixed({self.arrays})")
        return lines

    def _dtype(self) -> list[str]:
        op, lines = self.op, []
        if op.inputs and op.dtypes in KINDS:
            lines.append(f"if _x0.dtype.kind not in {KINDS[op.dtypes]!r}:")
            lines.append(f"    _call.refuse_dtype({'_arrays[0]' if op.variadic else self.first})")
        if op.dtype in (None, "like"):
            return [*lines, "_dt = _x0.dtype" if op.dtype else "_dt = None"]
        fallback = "_x0.dtype" if op.inputs else "_dtype_of('float32')"
        return [*lines, f"_dt = {fallback} if {op.dtype} is None or {op.dtype} == 'None' else _dtype_of({op.dtype})"]

    def _run(self) -> list[str]:
        op, lines = self.op, ["_before = _quiet()", "try:"]
        if op.inputs:
            lines += _indent([f"if _state.recording and {self._any_tracked()}:", *_indent(self._recording())])
        lines += [
            *_indent(self._body()),
            "except _Errors as _error:",
            f"    raise _call.explain(_error, {self.arrays}) from _error",
            "finally:",
            "    _loud(_before)",
        ]
        if op.mutates and not op.variadic:
            lines += self._updates()
        if not op.mutates:
            lines += ["_y = _r", f"if {self._is_plain()}:", "    if out is None:"]
            lines += _indent(_indent([*_NEW, "return _o"]))
            lines += [*_indent([f"if {self._takes()}:", "    _ctx.F.write(out._data, _y)", "    return out"])]
        return [*lines, f"return _call.finish(_r, _ctx, {self.arrays if op.inputs else '()'}, _dt, out)"]

    def _updates(self) -> list[str]:
        """The plain case of an operator that changes inputs: its results go into ``out`` and into these."""
        op, places = self.op, {a.name: i for i, a in enumerate(self.op.inputs)}
        results = [f"_r{i}" for i in range(1 + len(op.mutates))]
        targets = ["_t", *(f"_x{places[name]}" for name in op.mutates)]
        fit = [
            f"{r}.__class__ is _kind and {r}.dtype is {t}.dtype and {r}.shape == {t}.shape and {self._is_apart(r)}"
            for r, t in zip(results, targets)
        ]
        return [
            f"if out.__class__ is _A and out._ctx is _ctx and _r.__class__ is tuple and len(_r) == {len(results)}:",
            f"    {', '.join(results)} = _r; _t = out._data; _kind = _ctx.F.ndarray; _write = _ctx.F.write",
            f"    if {' and '.join(fit)}:",
            *(f"        _write({t}, {r})" for r, t in zip(results, targets)),
            "        return out",
        ]

    def _body(self) -> list[str]:
        if not self.op.inputs:
            return [f"_r = _body(_ctx.F, {self._arguments()})"]
        return [
            "if _x0.size < _ctx.large:",
            f"    _r = _body(_ctx.F, {self._arguments()})",
            "else:",
            f"    _leaf = _ctx.wide.leaf; _r = _body(_ctx.wide, {self._arguments('_leaf({})')})",
        ]

    def _recording(self) -> list[str]:
        lines, arrays = [], self.arrays
        if self.op.differentiable:
            lines.append("_tape = _ctx.tape if _x0.size < _ctx.large else _ctx.wide_tape")
            lines.append(f"_r = _body(_tape, {self._arguments(None)})")
        else:
            lines += self._body()
        if not self.op.mutates:
            from_tape = "_o._node = _r.node; _o._index = _r.index"
            place = [f"if _y is _r: _o._node = _call.end(_ctx.tape, {arrays})", f"else: {from_tape}"]
            lines += [
                "if out is None:",
                "    _y = _r.value if _r.__class__ is _Var else _r",
                f"    if {self._is_plain()}:",
                *_indent(_indent([*_NEW, *place, "return _o"])),
            ]
        return [*lines, f"return _call.recorded(_r, _ctx, {arrays}, _dt, out)"]

    def _any_tracked(self) -> str:
        if self.op.variadic:
            return "any(map(_node_of, _arrays))"
        tests = [
            f"({a.name} is not None and {a.name}._node is not None)" if a.optional else f"{a.name}._node is not None"
            for a in self.op.inputs
        ]
        return f"({' or '.join(tests)})"

    def _arguments(self, form: str | None = "{}") -> str:
        """The arguments of the body, in the order of its signature; inputs in a form, None: as the tape takes them."""
        op = self.op
        out = ["out=None if out is None else out._data"] if op.reads_out else []
        if op.variadic:
            each = f"{form.format('x')} for x in _raws" if form else f"{_traced('x', 'x._data')} for x in _arrays"
            inputs = "*_raws" if form == "{}" else f"*[{each}]"
            return ", ".join([inputs, *(f"{p.name}={p.name}" for p in op.params), *out])
        given = {
            a.name: form.format(f"_x{i}") if form else _traced(a.name, f"_x{i}", a.optional)
            for i, a in enumerate(op.inputs)
        }
        return ", ".join([*(given.get(a.name, a.name) for a in op.arguments), *out])

    def _is_plain(self) -> str:
        """The test that the raw result ``_y`` can be wrapped as it is: contiguous memory of its own, right dtype."""
        tests = ["_y.__class__ is _ctx.F.ndarray", *(["_y.dtype is _dt"] if self.op.dtype else [])]
        if self.op.inputs:
            tests.append(self._is_apart("_y"))
        return " and ".join([*tests, "_y.flags.c_contiguous"])

    def _is_apart(self, result: str) -> str:
        """The test that a raw result is in memory that is not an input's."""
        if self.op.variadic:
            return f"_is_apart({result}, _arrays)"
        others = "".join([f" and {result} is not _x{i}" for i in range(len(self.op.inputs))])
        return f"({result}.base is None{others} or _is_apart({result}, {self.arrays}))"

    def _takes(self) -> str:
        """The test that ``out`` is one plain array for that result."""
        tests = [
            "out.__class__ is _A",
            "out._ctx is _ctx",
            "out._data.dtype is _y.dtype",
            "out._data.shape == _y.shape",
        ]
        return " and ".join([*tests, *(["out._data is not _y"] if self.op.reads_out else [])])


def _indent(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _traced(name: str, raw: str, optional: bool = False) -> str:
    """An input as the tape takes it."""
    untracked = f"{name} is None or {name}._node is None" if optional else f"{name}._node is None"
    return f"{raw} if {untracked} else _Var(_tape, {raw}, {name}._node, {name}._index)"
