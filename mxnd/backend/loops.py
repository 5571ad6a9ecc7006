"""Programs as machine code, where Numba is installed (the extra ``fast``): whole expressions in one loop.

A program is compiled when it has been run often enough to pay for it. Arithmetic, comparisons and choices become loops;
what NumPy computes with vector instructions of its own (exp, tanh, ...) stays a step between them. No operation is
reordered or contracted, so the results have the same bits as without Numba.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .compiled import numba
from .program import Program, Ref, copy

WORTH = 1 << 27  # elements times steps: about what takes as long as compiling
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


class Loops(Program):
    """A program whose simple steps are put into loops."""

    def __init__(self, *made_of: Any) -> None:
        self._bound: dict[Any, LoopBound] = {}
        super().__init__(*made_of)
        self.stages = self._stages()

    def full(self, ref: Ref, beside: Ref) -> Ref:
        return ref

    def lower(self, word: str, refs: tuple[Ref, ...], dtype: Any) -> Ref | None:
        return self.step(np.where, *refs, dtype=dtype) if word == "where" else super().lower(word, refs, dtype)

    def simple(self, n: int) -> bool:
        """Can a step be part of a loop?"""
        function, operands, dtype = self.steps[n]
        dtypes = [ref.dtype for ref in operands if ref.dtype is not None]
        if function in (np.logical_and, np.logical_or, np.logical_not) and any(d != np.bool_ for d in dtypes):
            return False
        return function in EXPRESSIONS and bool(dtypes) and all(d in FLOATS for d in (dtype, *dtypes))

    def _stages(self) -> list[tuple[list[int], list[int]]]:
        """The needed steps as (steps of a loop, steps after it), one pair after the other."""
        stage: dict[int, int] = {}
        needed = sorted(self.needed)
        for n in needed:
            before = [r.index for r in self.steps[n].operands if r.kind == "value"]
            stage[n] = max([stage[m] + (self.simple(n) and not self.simple(m)) for m in before], default=0)
        last = dict.fromkeys((r.index for r in self.results if r.kind == "value"), max(stage.values(), default=0))
        for n in reversed(needed):  # simple steps as late as possible, where their results are used
            if self.simple(n):
                stage[n] = max(stage[n], last.get(n, stage[n]))
            for ref in self.steps[n].operands:
                if ref.kind == "value":
                    last[ref.index] = min(last.get(ref.index, stage[n]), stage[n])
        found: list[tuple[list[int], list[int]]] = [([], []) for _ in range(1 + max(stage.values(), default=-1))]
        for n in needed:
            found[stage[n]][0 if self.simple(n) else 1].append(n)
        return found

    def worth_it(self) -> bool:
        """Is there a loop of several steps? One step alone is as fast in NumPy."""
        return any(len(loop) > 1 or any(self.steps[n].function is np.where for n in loop) for loop, _ in self.stages)

    def reads_after(self, step: int, index: int) -> bool:
        return len(self.stages) > 1  # an element is read before it is written, but in its own loop alone

    def bind(self, direct: Sequence[bool], forms: Sequence[str], same: Sequence[int]) -> LoopBound:
        """``forms`` say how each array lies in a block, ``same`` which out it is (-1: none)."""
        key = (tuple(direct), tuple(forms), tuple(same))
        if key not in self._bound:
            self._bound[key] = LoopBound(self, *key)
        return self._bound[key]


class LoopBound:
    """What ``program.Bound`` is, with loops for steps: those are (kernel, operands, None)."""

    def __init__(self, program: Loops, direct: Sequence[bool], forms: Sequence[str], same: Sequence[int]) -> None:
        self.direct = direct
        self.operands: list[tuple[str, int, Any]] = []
        self.sizes: list[int] = []
        self.steps: list[tuple[Callable[..., Any], tuple[int, ...], int | None]] = []
        self.program, self.forms, self.same = program, forms, same
        self.outs = {r.index: i for i, r in enumerate(program.results) if direct[i]}
        self._numbers: dict[tuple[str, int, Any], int] = {}
        self._places: dict[int, int] = {}
        stages = program.stages
        results = {r.index for r in program.results if r.kind == "value"}
        of_loop = {n: s for s, (loop, _) in enumerate(stages) for n in loop}
        readers: dict[int, list[int]] = {}
        for n in program.needed:
            for ref in program.steps[n].operands:
                if ref.kind == "value":
                    readers.setdefault(ref.index, []).append(n)
        for s, (loop, after) in enumerate(stages):
            stored = [n for n in loop if n in results or any(of_loop.get(m) != s for m in readers.get(n, ()))]
            if loop:
                self._loop(loop, stored)
            for n in after:
                function, refs, dtype = program.steps[n]
                operands = tuple([self._number(*ref[:3]) for ref in refs])
                self.steps.append((function, operands, self._number("value", n, dtype)))
        self.results = [self._number(*r[:3]) for r in program.results]

    def _number(self, kind: str, index: int, dtype: Any) -> int:
        if kind == "value":
            if index not in self.outs and index not in self._places:
                self._places[index] = len(self.sizes)
                self.sizes.append(dtype.itemsize)
            kind, index = ("out", self.outs[index]) if index in self.outs else ("place", self._places[index])
        key = (kind, index, dtype)
        if key not in self._numbers:
            self._numbers[key] = len(self.operands)
            self.operands.append(key)
        return self._numbers[key]

    def _loop(self, loop: Sequence[int], stored: Sequence[int]) -> None:
        """One loop: load what comes from outside, compute, store what is needed elsewhere."""
        program = self.program
        writes = {self.outs[n] for n in stored if n in self.outs}
        params: list[str] = []
        numbers: list[int] = []
        loads: dict[str, str] = {}
        names: dict[Any, str] = {}

        def parameter(kind: str, index: int, dtype: Any) -> str:
            number = self._number(kind, index, dtype)
            if number not in numbers:
                numbers.append(number)
                params.append(f"x{number}")
            return f"x{number}"

        def operand(ref: Ref, dtype: Any) -> str:
            if ref.kind == "value" and ref.index in inside:
                return f"v{ref.index}"
            key = (ref, dtype if ref.dtype is None else None)
            if key not in names:
                if ref.dtype is None:
                    names[key] = parameter("typed", ref.index, dtype)
                else:
                    form = self.forms[ref.index] if ref.kind == "array" else "flat"
                    if ref.kind == "array" and self.same[ref.index] in writes:
                        out = self.same[ref.index]
                        source = parameter("out", out, ref.dtype)
                    else:
                        source = parameter(form if ref.kind == "array" else "value", ref.index, ref.dtype)
                    names[key] = f"t{len(loads)}"
                    loads[names[key]] = f"{source}[{INDEX[form]}]"
            return names[key]

        inside: set[int] = set()
        body = []
        for n in loop:
            function, refs, dtype = program.steps[n]
            beside = next((r.dtype for r in refs if r.dtype is not None and r.dtype != np.bool_), dtype)
            values = [operand(r, beside) for r in refs]
            text = EXPRESSIONS[function].format(*values)
            if function is copy or function is np.where:
                text = f"{text} != 0" if dtype == np.bool_ and function is copy else f"{NAMES[dtype]}({text})"
            elif function is np.reciprocal:
                text = f"{NAMES[dtype]}(1) / {values[0]}"
            body.append(f"v{n} = {text}")
            inside.add(n)
        body += [f"{parameter('value', n, program.steps[n].dtype)}[{INDEX['flat']}] = v{n}" for n in stored]
        first = parameter("value", stored[0], program.steps[stored[0]].dtype)
        loads_text = [f"{name} = {text}" for name, text in loads.items()]
        self.steps.append((_kernel(tuple(params), first, (*loads_text, *body)), tuple(numbers), None))


INDEX = {"flat": "i, j", "column": "i", "row": "j", "single": "0"}
PARTS = {"column": (slice(None), 0), "row": (0,), "single": (0, slice(1))}
"""How the forms of an array are read in a loop, and which part of a block they are."""


@functools.cache
def _kernel(params: tuple[str, ...], first: str, body: tuple[str, ...]) -> Callable[..., None]:
    """A loop over a block of two axes, compiled when it is first called."""
    lines = [f"def kernel({', '.join(params)}):", f"    for i in range({first}.shape[0]):"]
    lines += [f"        for j in range({first}.shape[1]):", *[f"            {line}" for line in body]]
    library = numba()
    space: dict[str, Any] = {"sqrt": np.sqrt, **{name: dtype.type for dtype, name in NAMES.items()}}
    exec("\n".join(lines), space)
    kernel: Callable[..., None] = library.njit(nogil=True, error_model="numpy")(space["kernel"])
    return kernel


def of(program: Program, elements: int) -> Loops | None:
    """The compiled form of a program that is about to run on so many elements, once that has become worth it."""
    if program.loops is None:
        program.work += elements * len(program.needed)
        if program.work < WORTH or numba() is None:
            return None
        found = Loops(*program.made_of)
        program.loops = found if found.worth_it() else False
    return program.loops or None
