"""Running a program over large arrays: in blocks that stay in the cache, on all threads.

The blocks depend on the shapes and the program alone, so that results do not depend on the number of threads.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from threading import get_ident
from typing import Any

import numpy as np

from . import loops, streaming, threads
from .axes import PARTS, Shape, blocks, collapse, cut, cut_for_loops, form
from .compiled import LOOPED
from .fused import fused
from .memory import empty
from .program import Program, carried, copy, encoded, program_of, result_dtype

CACHE = 1 << 22  # bytes that what one block needs may take
LEAST, MOST = 1 << 14, 1 << 17  # elements of a block
THREADED = 1 << 18  # elements from which threads pay: with shorter steps they wait for each other


def evaluate(program: Program, arrays: Sequence[Any], numbers: Sequence[Any], outs: Sequence[Any]) -> None:
    """Compute all results into ``outs``, which have one shape. An array may be an out as well, but not overlap one
    in another layout."""
    loop = loops.of(program, outs[0].size, streaming.pays(arrays, outs))
    whole = fused(loop or program, arrays, outs)
    if whole:
        return whole(arrays, numbers, outs)
    shape, _, views = collapse(outs[0].shape, [*arrays, *outs])
    if loop and (len(shape) <= 2 or math.prod(shape[-2:]) >= LEAST):
        program = loop
    direct = tuple([program.is_direct(i, arrays, outs) for i in range(len(outs))])
    views, ends = views[: len(arrays)], views[len(arrays) :]
    at = cut_for_loops(shape, MOST)
    bound = program.bind(direct, [form(v, at[0]) for v in views], [_same(v, ends) for v in views])
    run = _Run(program, bound, shape, views, numbers, ends, at)
    late = [(i, number) for i, number in enumerate(bound.results) if not direct[i]]

    def task(block: Any) -> None:
        env = run.block(block)
        for i, number in late:
            copy(env[number], run.outs[i][block])

    run.spread(task)


def once(words: Any, word: str, *args: Any) -> Any:
    """A pointwise word as a program of one block, for arrays that fit the cache; ``words`` has its function."""
    arrays: list[Any] = []
    numbers: list[Any] = []
    line: list[Any] = []
    for a in args:
        if isinstance(a, np.ndarray):
            line.append(~len(arrays))
            arrays.append(a)
        else:
            line.append(encoded(a, numbers))
    function, shape = getattr(words, word), arrays[0].shape
    if any(a.shape != shape for a in arrays):
        return function(*args)
    dtype = result_dtype(word, function, args)
    program = program_of((((word, tuple(line), dtype),), (0,)), arrays, numbers, words)
    out = empty(shape, dtype)
    if out.size >= THREADED or (out.size >= LOOPED and loops.of(program, out.size)):
        evaluate(program, arrays, numbers, [out])
        return out
    _in_one(program, arrays, numbers, out)
    return out


class Formula:
    """The one result of a program as a new array, in one block, for arrays of one shape in C order.

    ``order`` says which of the arrays given are the program's. Where one kernel does it all, it is called directly.
    """

    def __init__(self, program: loops.Loops, order: Sequence[int], numbers: Sequence[Any], dtype: Any) -> None:
        self.program, self.order, self.numbers, self.dtype = program, order, numbers, dtype
        direct = program.is_direct(0, (), [np.empty(0, dtype)])
        bound = program.bind((direct,), ["flat"] * len(order), [-1] * len(order))
        self.kernel: Callable[..., None] | None = None
        if direct and program.fused() and not bound.sizes:
            [(self.kernel, operands, _)] = bound.steps
            env = _numbers(program, bound, numbers)
            self.operands = [env[i] for i in operands]
            sliced = [(place, *bound.operands[i]) for place, i in enumerate(operands) if env[i] is None]
            self.arrays = [
                (place, None if kind == "out" else order[index], dtype) for place, kind, index, dtype in sliced
            ]

    def __call__(self, arrays: Sequence[Any]) -> Any:
        out = empty(arrays[0].shape, self.dtype)
        if self.kernel is None:
            with np.errstate(all="ignore"):
                given = [arrays[i].reshape(1, -1) for i in self.order]
                _in_one(self.program, given, self.numbers, out.reshape(1, -1))
            return out
        operands = self.operands.copy()
        for place, which, dtype in self.arrays:
            array = (out if which is None else arrays[which]).reshape(1, -1)
            operands[place] = array if array.dtype == dtype else array.view(dtype)
        self.kernel(*operands)
        return out


def _in_one(program: Program, arrays: Sequence[Any], numbers: Sequence[Any], out: Any) -> None:
    """Compute the one result into ``out``, all of it as one block."""
    bound = program.bind((program.is_direct(0, (), [out]),), ["flat"] * len(arrays), [-1] * len(arrays))
    env = _numbers(program, bound, numbers)
    _lay(bound, out.shape, env)
    for i, (kind, index, dtype) in enumerate(bound.operands):
        if kind == "full":
            number, full_dtype = program.fulls[index]
            env[i] = np.full(out.shape, program.all_numbers(numbers)[number], full_dtype)
        elif env[i] is None:
            array = out if kind == "out" else arrays[index]
            env[i] = array if array.dtype == dtype else array.view(dtype)
    for function, operands, result in bound.steps:
        _call(function, [env[i] for i in operands], env, result)
    if not bound.direct[0]:
        copy(env[bound.results[0]], out)


def _numbers(program: Program, bound: Any, numbers: Sequence[Any]) -> list[Any]:
    """The operands of a run that are numbers; None for all others."""
    given = program.all_numbers(numbers)
    env: list[Any] = [None] * len(bound.operands)
    for i, (kind, index, dtype) in enumerate(bound.operands):
        if kind == "number":
            env[i] = given[index]
        elif kind == "typed":
            env[i] = dtype.type(given[index])
    return env


def _lay(bound: Any, shape: Shape, env: list[Any]) -> None:
    """The operands that are values, in this thread's own memory."""
    places = threads.arrays(*[(np.dtype(f"u{size}"), shape) for size in bound.sizes])
    for i, (kind, index, dtype) in enumerate(bound.operands):
        if kind == "place":
            env[i] = places[index].view(dtype)


def _call(function: Callable[..., Any], operands: list[Any], env: list[Any], result: int | None) -> None:
    """One step: a loop writes into its operands, anything else into ``out``."""
    if result is None:
        function(*operands)
    else:
        function(*operands, out=env[result])


def _same(view: Any, ends: Sequence[Any]) -> int:
    """Which of the outs an array is; -1 if none."""
    places = [(end.ctypes.data, end.strides) for end in ends]
    place = (view.ctypes.data, view.strides)
    return places.index(place) if place in places else -1


def reduce(
    program: Program, arrays: Sequence[Any], numbers: Sequence[Any], shape: Shape, dtype: Any, ufunc: Any, axes: Shape
) -> Any:
    """``ufunc.reduce`` over some axes of the one result, keeping them with size 1."""
    bound = program.bind((False,))
    flat, reduced, views = collapse(shape, arrays, [i in axes for i in range(len(shape))])
    run = _Run(program, bound, flat, views, numbers, [])
    lead = run.axis  # axes before it are single places in a block
    inner = [n for n, mark in zip(flat[lead + 1 :], reduced[lead + 1 :]) if not mark]
    grid = [*flat[:lead], run.pieces if reduced[lead] else flat[lead]]
    partial = empty((*grid, *inner), carried(dtype))
    over = tuple([i for i, mark in enumerate(reduced[lead:]) if mark])
    number = bound.results[0]

    def task(block: Any) -> None:
        end = block[-1].start // run.rows if reduced[lead] else block[-1]
        ufunc.reduce(run.block(block)[number], over, partial.dtype, out=partial[(*block[:-1], end, ...)])

    run.spread(task)
    early = tuple([i for i, mark in enumerate(reduced[: lead + 1]) if mark])
    result = ufunc.reduce(partial, early, partial.dtype) if early else partial
    return result.reshape([1 if i in axes else n for i, n in enumerate(shape)]).astype(dtype, copy=False)


class _Run:
    """One run: the arrays as seen in blocks, and what every thread needs."""

    def __init__(
        self,
        program: Program,
        bound: Any,
        shape: Shape,
        arrays: Sequence[Any],
        numbers: Sequence[Any],
        outs: Any,
        at: tuple[int, int] = (0, 0),
    ) -> None:
        self.bound, self.shape, self.outs = bound, shape, outs
        self.size = math.prod(shape)
        self.looped = isinstance(program, loops.Loops)
        live = sum(bound.sizes) + sum(a.itemsize for a in arrays) + sum(o.itemsize for o in outs)
        most = MOST if bound.steps else 2 * MOST  # reading alone wants longer stretches
        elements = min(most, max(LEAST, 1 << (CACHE // max(live, 1)).bit_length() - 1))
        self.axis, self.rows = at if self.looped else cut(shape, elements)
        self.lift = (None,) if self.looped and self.axis == len(shape) - 1 else ()  # loops run over two axes
        self.pieces = -(-shape[self.axis] // self.rows)
        self.elements = self.rows * math.prod(shape[self.axis + 1 :])
        given = program.all_numbers(numbers)
        self.template = _numbers(program, bound, numbers)
        self.sliced: list[tuple[int, Any, Any]] = []  # operands that are another piece of an array in each block
        self.fulls: list[tuple[int, Any]] = []
        for i, (kind, index, dtype) in enumerate(bound.operands):
            if kind == "full":
                number, dtype = program.fulls[index]
                bits = np.asarray(given[number]).astype(dtype).tobytes()
                self.fulls.append((i, _full(bits, dtype, self.elements)))
            elif kind not in ("number", "typed", "place"):
                array = (outs if kind == "out" else arrays)[index]
                self.sliced.append((i, array if array.dtype == dtype else array.view(dtype), PARTS.get(kind)))
        self.own: dict[Any, list[Any]] = {}

    def block(self, block: Any) -> list[Any]:
        """Run all steps over a block; returns what each operand is there."""
        rows = block[-1].stop - block[-1].start
        key = (get_ident(), rows)
        env = self.own.get(key)
        if env is None:
            self.own[key] = env = self._own((*[1] * len(self.lift), rows, *self.shape[self.axis + 1 :]))
        for i, array, part in self.sliced:
            env[i] = array[block] if part is None else array[block][part]
        for function, operands, out in self.bound.steps:
            _call(function, [env[i] for i in operands], env, out)
        return env

    def _own(self, shape: Shape) -> list[Any]:
        """The operands of a thread, those in its own memory at their places."""
        env = self.template.copy()
        _lay(self.bound, shape, env)
        size = math.prod(shape)
        for i, full in self.fulls:
            env[i] = full[:size].reshape(shape)
        return env

    def spread(self, task: Callable[[Any], None]) -> None:
        with np.errstate(all="ignore"):
            threads.spread(task, blocks(self.shape, self.axis, self.rows, self.lift), self.size >= THREADED)


@functools.lru_cache(8)
def _full(bits: bytes, dtype: Any, elements: int) -> Any:
    """A block of one number."""
    return np.full(elements, np.frombuffer(bits, dtype)[0], dtype)
