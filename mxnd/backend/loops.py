"""Programs as machine code, where Numba is installed (the extra ``fast``): whole expressions in one function.

A program is compiled when it has been run often enough to pay for it. Arithmetic, comparisons and choices become loops;
what NumPy computes with vector instructions of its own (exp, tanh, ...) is a call of NumPy's function between them
(inner_loops.py), over a strip of a block that stays in the nearest cache. What has no such function stays a step of its
own. No operation is reordered or contracted, so the results have the same bits as without Numba.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .compiled import numba
from .inner_loops import inner_loop
from .kernel_text import EXPRESSIONS, FLOATS, SIMPLE, Text
from .program import Program, Ref

WORTH = 1 << 27  # elements times steps: about what takes as long as compiling


class Loops(Program):
    """A program whose simple steps are put into loops.

    streams: Whether results that are not read go past the caches.
    """

    def __init__(self, *made_of: Any, streams: bool = False) -> None:
        self.streams = streams
        self._bound: dict[Any, LoopBound] = {}
        super().__init__(*made_of)
        self.stages = self._stages()
        self.sections = self._sections()

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

    def signature(self, n: int) -> str:
        """The dtypes of a step as ufuncs write them."""
        _, operands, dtype = self.steps[n]
        codes = [(r.dtype or dtype).char for r in operands]
        return f"{''.join(codes)}->{dtype.char}"

    def called(self, n: int) -> bool:
        """Can compiled code call NumPy's function for a step?"""
        return inner_loop(self.steps[n].function, self.signature(n)) is not None

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

    def _sections(self) -> list[tuple[list[list[int]], list[int]]]:
        """The stages as (parts of a kernel, steps after it): a part is a loop or one step that is called."""
        found: list[tuple[list[list[int]], list[int]]] = [([], [])]
        for loop, after in self.stages:
            parts, steps = found[-1]
            if steps:
                found.append(([], []))
                parts, steps = found[-1]
            parts += [loop] if loop else []
            if all(map(self.called, after)):
                parts += [[n] for n in after]
            else:
                steps += after
        return [s if self._pays(s[0]) else ([], [n for part in s[0] for n in part] + s[1]) for s in found]

    def _pays(self, parts: Sequence[Sequence[int]]) -> bool:
        """One step alone is as fast in NumPy, unless its result goes past the caches, its arrays are broadcast, which
        takes NumPy three times as long, or it is a choice or the larger of an array and a number."""
        steps = [self.steps[n] for part in parts for n in part]
        return len(steps) > 1 or any(
            self.streams
            or self.broadcast
            or function is np.where
            or (function in (np.maximum, np.minimum) and any(ref.dtype is None for ref in operands))
            for function, operands, _ in steps
        )

    def worth_it(self) -> bool:
        """Is there a kernel?"""
        return any(parts for parts, _ in self.sections)

    def fused(self) -> bool:
        """Is all of it one kernel?"""
        return len(self.sections) == 1 and not self.sections[0][1]

    def waits_for_memory(self) -> bool:
        """Is all of it one loop, and no part of that as dear as a call? Others compute while memory is written."""
        one = self.fused() and len(self.sections[0][0]) == 1
        return one and all(self.steps[n].function in SIMPLE for n in self.needed)

    def reads_after(self, step: int, index: int) -> bool:
        """Is an array read by a later part? In the same one, an element is read before it is written."""
        parts = [part for kernel, after in self.sections for part in (*kernel, *[[n] for n in after])]
        later = [m for k, part in enumerate(parts) if any(step in p for p in parts[:k]) for m in part]
        return any(r[:2] == ("array", index) for m in later for r in self.steps[m].operands)

    def bind(self, direct: Sequence[bool], forms: Sequence[str], same: Sequence[int]) -> LoopBound:
        """``forms`` say how each array lies in a block, ``same`` which out it is (-1: none)."""
        key = (tuple(direct), tuple(forms), tuple(same))
        if key not in self._bound:
            self._bound[key] = LoopBound(self, *key)
        return self._bound[key]


class LoopBound:
    """What ``program.Bound`` is, with kernels for steps: those are (kernel, operands, None)."""

    def __init__(self, program: Loops, direct: Sequence[bool], forms: Sequence[str], same: Sequence[int]) -> None:
        self.direct = direct
        self.operands: list[tuple[str, int, Any]] = []
        self.sizes: list[int] = []
        self.steps: list[tuple[Callable[..., Any], tuple[int, ...], int | None]] = []
        self.program, self.forms, self.same = program, forms, same
        self.outs = {r.index: i for i, r in enumerate(program.results) if direct[i]}
        self._numbers: dict[tuple[str, int, Any], int] = {}
        self._places: dict[int, int] = {}
        for parts, after in program.sections:
            if parts:
                text = Text(self, parts)
                self.steps.append((text.kernel(), tuple(text.numbers), None))
            for n in after:
                function, refs, dtype = program.steps[n]
                operands = tuple([self.number(*ref[:3]) for ref in refs])
                self.steps.append((function, operands, self.number("value", n, dtype)))
        self.results = [self.number(*r[:3]) for r in program.results]

    def number(self, kind: str, index: int, dtype: Any) -> int:
        """The number of an operand."""
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


def of(program: Program, elements: int, streams: bool = False) -> Loops | None:
    """The compiled form of a program that is about to run on so many elements, once that has become worth it.

    streams: Whether results should go past the caches, if that form gains by it.
    """
    if streams not in program.loops:
        program.work += elements * len(program.needed)
        if program.work < WORTH or numba() is None:
            return None
        found = Loops(*program.made_of, streams=streams)
        if streams and not found.waits_for_memory():
            program.loops[streams] = of(program, elements)
        else:
            program.loops[streams] = found if found.worth_it() else None
    return program.loops[streams]
