"""Expressions that are one kernel or one ufunc, prepared once for all calls with arrays of the same shapes.

Blocks depend on shapes and the expression alone; each element is computed the same way in whichever block it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import threads
from .axes import PARTS, blocks, collapse, cut_for_loops, form
from .kernel_text import SIMPLE
from .loops import Loops
from .program import Program

BYTE, STEP, CALL = 12, 12, 450  # picoseconds an element: for each byte, simple step, and other step, at least
WORTH = 200_000_000  # picoseconds of work from which threads pay: to start one and wait for it takes a third of that
PIECE, MOST = 1 << 17, 1 << 19  # elements of a block
BLOCKS = 8  # of these sizes, there are so many, where there are no more than that of the largest
LEAST = 1 << 14  # elements along the last two axes, over which kernels go


class Fused:
    """A program for arrays and results in C order; the ``same`` are both (the numbers of those results, else -1)."""

    def __init__(self, program: Program, arrays: Sequence[Any], outs: Sequence[Any], same: Sequence[int]) -> None:
        shape, _, views = collapse(outs[0].shape, [*arrays, *outs])
        size = outs[0].size
        self.threaded = size * _work(program, views) >= WORTH
        axis, rows = cut_for_loops(shape, _elements(size) if self.threaded else size)
        lift = (None,) if axis == len(shape) - 1 else ()
        self.blocks = blocks(shape, axis, rows, lift)
        forms = [form(view, axis) for view in views[: len(arrays)]]
        bound = program.bind((True,) * len(outs), forms, same)
        [(function, operands, out)] = bound.steps
        self.function = function if out is None else _with_out(function)
        operands = operands if out is None else (*operands, out)
        self.program, self.template = program, [None] * len(operands)
        self.numbers: list[tuple[int, int, Any]] = []
        self.views: list[tuple[int, int, Any, Any, Any, Any]] = []
        for place, number in enumerate(operands):
            kind, index, dtype = bound.operands[number]
            if kind in ("typed", "number"):
                self.numbers.append((place, index, None if dtype is None else dtype.type))
            else:
                which = index + len(arrays) if kind == "out" else index
                self.views.append((place, which, shape, dtype, views[which].strides, PARTS.get(kind)))

    def __call__(self, arrays: Sequence[Any], numbers: Sequence[Any], outs: Sequence[Any]) -> None:
        operands: list[Any] = self.template.copy()
        given = self.program.all_numbers(numbers)
        for place, index, kind in self.numbers:
            operands[place] = given[index] if kind is None else kind(given[index])
        both = [*arrays, *outs]
        views = [
            (place, np.ndarray(shape, dtype, both[which], 0, strides), part)
            for place, which, shape, dtype, strides, part in self.views
        ]

        def compute(block: Any) -> None:
            mine = operands.copy()
            for place, view, part in views:
                mine[place] = view[block] if part is None else view[block][part]
            self.function(*mine)

        with np.errstate(all="ignore"):
            threads.spread(compute, self.blocks, self.threaded)


def _with_out(function: Callable[..., Any]) -> Callable[..., None]:
    def call(*operands: Any) -> None:
        function(*operands[:-1], out=operands[-1])

    return call


def _work(program: Program, arrays: Sequence[Any]) -> int:
    """Picoseconds that an element takes."""
    steps = [STEP if program.steps[n].function in SIMPLE else CALL for n in program.needed]
    return BYTE * sum([a.itemsize for a in arrays]) + sum(steps)


def _elements(size: int) -> int:
    """Of a block, so that an even number of equal ones makes up all."""
    number = min(BLOCKS, 1 << max(1, (size // PIECE).bit_length() - 1))
    return min(MOST, -(-size // number))


def fused(program: Loops, arrays: Sequence[Any], outs: Sequence[Any]) -> Fused | None:
    """A program as one kernel for these arrays; None where it is none, or they do not fit."""
    for a in (*arrays, *outs):
        if not a.flags.c_contiguous:
            return None
    same = tuple([_out(a, outs) for a in arrays])
    key = (outs[0].shape, *[a.shape for a in arrays], *[o.dtype for o in outs], same)
    found = program.prepared.get(key)
    if found is None:
        if len(program.prepared) > 256:
            program.prepared.clear()
        found = program.prepared[key] = _made(program, arrays, outs, same)
    return found or None


def _made(program: Program, arrays: Sequence[Any], outs: Sequence[Any], same: Sequence[int]) -> Fused | bool:
    shape = collapse(outs[0].shape, [*arrays, *outs])[0]
    one = program.fused() if isinstance(program, Loops) else len(program.needed) == 1 and not program.fulls
    if not one or not all(program.is_direct(i, arrays, outs) for i in range(len(outs))):
        return False
    return (len(shape) <= 2 or math.prod(shape[-2:]) >= LEAST) and Fused(program, arrays, outs, same)


def _out(array: Any, outs: Sequence[Any]) -> int:
    """Which of the outs an array is; -1 if none. (No array in C order overlaps another out.)"""
    for i, out in enumerate(outs):
        if array is out or np.may_share_memory(array, out):
            return i
    return -1
