"""The text of a kernel: the steps of a program over a block, as loops and calls of NumPy's functions between them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import curves, streaming
from .compiled import introduce, numba
from .inner_loops import inner_loop
from .program import Ref, copy

STRIP = 1 << 10  # elements that go from part to part together: in the nearest cache, while the next are fetched
FLOATS = (np.dtype(np.float32), np.dtype(np.float64), np.dtype(np.bool_))
NAMES = {FLOATS[0]: "float32", FLOATS[1]: "float64", FLOATS[2]: "boolean"}
BINARY = {
    np.add: "+", np.subtract: "-", np.multiply: "*", np.true_divide: "/", np.equal: "==", np.not_equal: "!=",
    np.greater: ">", np.greater_equal: ">=", np.less: "<", np.less_equal: "<=", np.logical_and: "and",
    np.logical_or: "or",
}  # fmt: skip
EXPRESSIONS: dict[Any, str] = {
    **{ufunc: f"{{0}} {sign} {{1}}" for ufunc, sign in BINARY.items()},
    np.negative: "-{0}", np.abs: "abs({0})", np.square: "{0} * {0}", np.sqrt: "sqrt({0})",
    np.reciprocal: "1 / {0}", np.logical_not: "not {0}", np.isnan: "{0} != {0}",
    np.maximum: "{0} if {0} >= {1} or {0} != {0} else {1}", np.minimum: "{0} if {0} <= {1} or {0} != {0} else {1}",
    np.where: "{1} if {0} else {2}", copy: "{0}",
}  # fmt: skip
SIMPLE = frozenset(EXPRESSIONS)
EXPRESSIONS |= {step: f"{part.__name__}({{0}})" for step, part in curves.PARTS.items()}  # as dear as a call
INDEX = {"flat": "i, j", "column": "i", "row": "j", "single": "0"}
PLACES = {"flat": "i, c:", "column": "i:", "row": "c:", "single": ":"}
"""How the forms of an array are read at row i and column j, and where a row of a strip begins."""


class Text:
    """A kernel of several parts over a block of two axes; a part is the steps of a loop, or one step that is called.

    It walks the block in strips, rows r to e and columns c to d: some whole rows, or a piece of one. Values that only
    later parts need lie in arrays as long as a strip, the others in the operands of ``bound``. What a call makes may
    lie where a result will be: its memory is then fetched while the call computes.
    """

    def __init__(self, bound: Any, parts: Sequence[Sequence[int]]) -> None:
        self.bound, self.steps = bound, bound.program.steps
        self.params: list[str] = []
        self.numbers: list[int] = []  # of the operands
        self.lines: list[str] = []
        self.own: dict[str, str] = {}  # the arrays of the kernel itself, and how they are made
        self.calls: dict[str, tuple[Any, str]] = {}
        self.strips: dict[int, tuple[str, str]] = {}  # where the values lie that do not leave the kernel, and how
        self.part_of = part_of = {n: k for k, part in enumerate(parts) for n in part}
        self.last: dict[int, int] = {}  # the part that reads a value last
        self.leave = {r.index for r in bound.program.results if r.kind == "value"}
        self.streamed = set(bound.outs) if bound.program.streams else set()
        for n in bound.program.needed:
            for ref in self.steps[n].operands:
                if ref.kind == "value" and n in part_of:
                    self.last[ref.index] = max(part_of[n], self.last.get(ref.index, 0))
                elif ref.kind == "value":
                    self.leave.add(ref.index)
        self.first = self._parameter("value", *next((n, self.steps[n].dtype) for part in parts for n in part
                                                    if n in self.leave))  # fmt: skip
        for k, part in enumerate(parts):
            if bound.program.simple(part[0]):
                self._loop(k, part)
            else:
                self._call(k, part[0])

    def kernel(self) -> Callable[..., None]:
        """The kernel, compiled when it is first called."""
        lines = [f"{name} = {text}" for name, text in self.own.items()]
        lines += [f"h, w = uintp({self.first}.shape[0]), uintp({self.first}.shape[1])"]
        if self.streamed:
            lines += streaming.lines(self.first)
        else:
            lines += [f"columns = min(w, uintp({STRIP}))", f"rows = uintp({STRIP}) // columns"] if self.calls else []
            lines += [] if self.calls else ["rows, columns = h, w"]
            lines += ["for r in range(uintp(0), h, rows):", "    e = min(r + rows, h)"]
            lines += ["    for c in range(uintp(0), w, columns):", "        d = min(c + columns, w)"]
        lines += [f"        {line}" for line in self.lines]
        lines += ["fence()"] if self.streamed else []
        return _kernel(tuple(self.params), tuple(lines), tuple(self.calls.items()))

    def _parameter(self, kind: str, index: int, dtype: Any) -> str:
        number = self.bound.number(kind, index, dtype)
        if number not in self.numbers:
            self.numbers.append(number)
            self.params.append(f"x{number}")
        return f"x{number}"

    def _strip(self, n: int, k: int) -> tuple[str, str]:
        """The strip for a value that part k makes; those that are read no more are used again."""
        dtype = self.steps[n].dtype
        taken = {name for m, (name, _) in self.strips.items() if self.last[m] > k}
        name = next(name for i in range(len(taken) + 1) if (name := f"{NAMES[dtype]}_{i}") not in taken)
        self.own[name] = f"empty({STRIP}, {NAMES[dtype]})"
        self.strips[n] = name, "strip"
        return self.strips[n]

    def _result(self, n: int, k: int) -> tuple[str, str]:
        """Where a call puts its value: an out that is no array and is not written before the value is read last."""
        dtype = self.steps[n].dtype
        if n in self.leave:
            return self._parameter("value", n, dtype), "flat"
        taken = {name for m, (name, _) in self.strips.items() if self.last[m] > k}
        for m, i in self.bound.outs.items():
            if self.part_of.get(m, -1) >= self.last[n] and self.steps[m].dtype == dtype and i not in self.bound.same:
                name = self._parameter("value", m, dtype)
                if name not in taken:
                    self.strips[n] = name, "flat"
                    return self.strips[n]
        return self._strip(n, k)

    def _source(self, ref: Ref, writes: set[int]) -> tuple[str, str]:
        """Where an array or a value lies, and in which form; an array that is one of the outs written is that out."""
        if ref.kind == "value" and ref.index in self.strips:
            return self.strips[ref.index]
        if ref.kind == "value":
            return self._parameter("value", ref.index, ref.dtype), "flat"
        form = self.bound.forms[ref.index]
        out = self.bound.same[ref.index]
        return self._parameter(*(("out", out) if out in writes else (form, ref.index)), ref.dtype), form

    def _loop(self, k: int, part: Sequence[int]) -> None:
        """One loop: load what comes from outside, compute, store what is needed elsewhere."""
        stored = [n for n in part if n in self.leave or self.last[n] > k]
        writes = {self.bound.outs[n] for n in stored if n in self.bound.outs}
        loads: dict[str, str] = {}
        names: dict[Any, str] = {}

        def operand(ref: Ref, dtype: Any) -> str:
            if ref.kind == "value" and ref.index in inside:
                return f"v{ref.index}"
            key = (ref, dtype if ref.dtype is None else None)
            if key not in names:
                if ref.dtype is None:
                    names[key] = self._parameter("typed", ref.index, dtype)
                else:
                    source, form = self._source(ref, writes)
                    names[key] = f"t{len(loads)}"
                    loads[names[key]] = f"{source}[{INDEX[form]}]"
            return names[key]

        inside: set[int] = set()
        body = []
        for n in part:
            function, refs, dtype = self.steps[n]
            beside = next((r.dtype for r in refs if r.dtype is not None and r.dtype != np.bool_), dtype)
            values = [operand(r, beside) for r in refs]
            text = EXPRESSIONS[function].format(*values)
            if function is copy or function is np.where:
                text = f"{text} != 0" if dtype == np.bool_ and function is copy else f"{NAMES[dtype]}({text})"
            elif function is np.reciprocal:
                text = f"{NAMES[dtype]}(1) / {values[0]}"
            body.append(f"v{n} = {text}")
            inside.add(n)
        ends = []
        for n in stored:
            if n in self.streamed:
                dtype = self.steps[n].dtype
                self.own[f"strip{n}"] = f"empty({streaming.STRIP}, {NAMES[dtype]})"
                body.append(f"strip{n}[j - c] = v{n}")
                out = self._parameter("value", n, dtype)
                ends.append(f"stream(address({out}, r, c), strip{n}.ctypes.data, intp(d - c) * {dtype.itemsize})")
            elif n in self.leave:
                body.append(f"{self._parameter('value', n, self.steps[n].dtype)}[i, j] = v{n}")
            else:
                name, form = self._strip(n, k)
                body.append(f"{name}[{INDEX[form]}] = v{n}")
        loads_text = [f"{name} = {text}" for name, text in loads.items()]
        self.lines += ["for i in range(r, e):", "    for j in range(c, d):"]
        self.lines += [f"        {line}" for line in (*loads_text, *body)]
        self.lines += ends

    def _call(self, k: int, n: int) -> None:
        """One call of NumPy's function for each row, or for all of the strip where nothing else is read or written."""
        function, refs, dtype = self.steps[n]
        signature = self.bound.program.signature(n)
        name = f"{function.__name__}_{signature.replace('->', '_').replace('?', 'b')}"
        self.calls[name] = (function, signature)
        operands = []
        for ref in refs:
            if ref.dtype is None:
                number = self._parameter("typed", ref.index, dtype)
                self.own[f"of_{number}"] = f"full(1, {number})"
                operands.append((f"of_{number}", "number"))
            else:
                operands.append(self._source(ref, set()))
        operands.append(self._result(n, k))
        whole = all(form in ("strip", "number") for _, form in operands)
        count = len(operands)
        self.own["table"] = "empty(16, intp)"
        lines = []
        for place, (source, form) in enumerate(operands):
            where = PLACES[form] if form != "strip" or not whole else ":"
            step = {"flat": ".strides[1]", "column": "", "single": "", "number": ""}.get(form, ".strides[0]")
            lines.append(f"table[{place}] = {source}[{where}].ctypes.data")
            lines.append(f"table[{count + 1 + place}] = {source}{step}" if step else f"table[{count + 1 + place}] = 0")
        lines.append(f"table[{count}] = (d - c){' * (e - r)' if whole else ''}")
        data = inner_loop(function, signature).data  # type: ignore[union-attr]
        lines.append(f"{name}(table.ctypes.data, table[{count}:].ctypes.data, table[{count + 1}:].ctypes.data, {data})")
        self.lines += lines if whole else ["for i in range(r, e):", *[f"    {line}" for line in lines]]


INDEX["strip"] = "(i - r) * (d - c) + j - c"
PLACES |= {"strip": "(i - r) * (d - c):", "number": ":"}


@functools.cache
def _kernel(
    params: tuple[str, ...], lines: tuple[str, ...], calls: tuple[tuple[str, tuple[Any, str]], ...]
) -> Callable[..., None]:
    text = "\n".join([f"def kernel({', '.join(params)}):", *[f"    {line}" for line in lines]])
    introduce()
    space: dict[str, Any] = {
        "sqrt": np.sqrt,
        "empty": np.empty,
        "full": np.full,
        "intp": np.intp,
        "uintp": np.uintp,
    }
    space |= {name: dtype.type for dtype, name in NAMES.items()}
    space |= {part.__name__: part for part in curves.PARTS.values()}
    space |= streaming.stores() if lines[-1] == "fence()" else {}
    space |= {name: inner_loop(*which).function for name, which in calls}  # type: ignore[union-attr]
    exec(text, space)
    kernel: Callable[..., None] = numba().njit(nogil=True, error_model="numpy")(space["kernel"])
    return kernel
