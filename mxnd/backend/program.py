"""Programs: an expression of pointwise words compiled to a run of ufuncs.

Compiled once for each structure (words, dtypes, which operands are numbers) and kept. float16 is computed in float32
and rounded when it is stored.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..core.operand import Operand
from .lowering import lower

HALF, SINGLE = np.dtype(np.float16), np.dtype(np.float32)
COMPARISONS = {np.equal, np.not_equal, np.greater, np.greater_equal, np.less, np.less_equal}
INTEGERS = {4: np.dtype(np.int32), 8: np.dtype(np.int64)}


def carried(dtype: Any) -> Any:
    """The dtype in which a program holds values."""
    return SINGLE if dtype == HALF else dtype


class Ref(NamedTuple):
    """An operand of a step: a "number", a "full" block of a number, an "array" or the "value" of a step.

    ``dtype`` is the one its memory is read in; None for a number.
    """

    kind: str
    index: int
    dtype: Any
    is_zero: bool = False


class Step(NamedTuple):
    function: Callable[..., Any]  # takes the operands and ``out``
    operands: tuple[Ref, ...]
    dtype: Any  # of the value it makes, whose number is the step's own


def copy(x: Any, out: Any) -> None:
    """x into ``out``, in whatever dtype that has."""
    np.copyto(out, x, casting="unsafe")


def _called(function: Callable[..., Any]) -> Callable[..., None]:
    """A function that takes no ``out`` as the function of a step."""

    def call(*operands: Any, out: Any) -> None:
        copy(function(*operands), out)

    return call


class Program:
    """The steps of an expression and where its results are found; also the builder that lowerings write to.

    broadcast: Whether arrays of several shapes come.
    """

    def __init__(
        self, code: Any, dtypes: Sequence[Any], numbers: Sequence[Any], words: Any, broadcast: bool = False
    ) -> None:
        lines, results = code
        self.made_of = (code, dtypes, numbers, words, broadcast)
        self.broadcast = broadcast
        self.large = getattr(words, "large", False)
        self.work = 0  # elements times steps so far
        self.loops: dict[bool, Any] = {}  # the compiled form, for results past the caches or not; None: nothing to gain
        self.prepared: dict[Any, Any] = {}  # for arrays of certain shapes (fused.py)
        self.steps: list[Step] = []
        self.derived: list[tuple[Callable[[Any], Any], int]] = []  # further numbers, made of earlier ones
        self.fulls: list[tuple[int, Any]] = []  # (number, dtype)
        self._numbers = list(numbers)  # as examples
        self._known: dict[Any, Ref] = {}
        arrays = [Ref("array", i, dtype) for i, dtype in enumerate(dtypes)]
        made: list[Ref] = []
        for word, operands, dtype in lines:
            refs = [self._operand(o, made, arrays) for o in operands]
            ref = self.lower(word, tuple(refs), carried(dtype))
            if ref is None:
                ref = self.step(_called(getattr(words, word)), *refs, dtype=carried(dtype))
            made.append(ref)
        self.results = [self._operand(r, made, arrays) for r in results]
        self.needed = self._needed()
        self._bounds: dict[tuple[bool, ...], Bound] = {}

    def lower(self, word: str, refs: tuple[Ref, ...], dtype: Any) -> Ref | None:
        return lower(self, word, refs, dtype)

    # What lowerings use

    def step(self, function: Any, *operands: Ref, dtype: Any = None) -> Ref:
        """One call over a block. Its dtype is what the function makes of the operands', unless given."""
        if dtype is None:
            dtype = function(*map(self._example, operands)).dtype
        self.steps.append(Step(function, operands, dtype))
        return Ref("value", len(self.steps) - 1, dtype)

    def constant(self, value: Any) -> Ref:
        """A number that the expression or its lowering brings."""
        return self._derive(lambda _: value, -1)

    def full(self, ref: Ref, beside: Ref) -> Ref:
        """A number as a block, if an operand of the other's dtype is what it would be; anything else as it is."""
        dtype = beside.dtype
        if ref.dtype is not None or dtype is None or np.maximum(self._example(ref), np.empty(0, dtype)).dtype != dtype:
            return ref
        if (ref, dtype) not in self._known:
            self.fulls.append((ref.index, dtype))
            self._known[ref, dtype] = Ref("full", len(self.fulls) - 1, dtype)
        return self._known[ref, dtype]

    def view(self, ref: Ref, dtype: Any) -> Ref:
        """The same memory read in another dtype of the same size."""
        return ref._replace(dtype=dtype)

    def bits(self, ref: Ref, dtype: Any) -> Ref:
        """The bits of an operand of ``dtype`` as integers."""
        whole = INTEGERS[dtype.itemsize]
        if ref.dtype is None:
            return self._derive(lambda number: np.asarray(number).astype(dtype).view(whole)[()], ref.index)
        return self.view(ref, whole)

    def mask(self, condition: Ref, dtype: Any, inverted: bool) -> Ref:
        """1 where a condition holds (inverted: where it does not) and 0 elsewhere, in integers as wide as ``dtype``."""
        whole = INTEGERS[dtype.itemsize]
        key = (condition, whole, inverted)
        if key not in self._known:
            if inverted:
                mask = self.step(np.bitwise_xor, self.mask(condition, dtype, False), self.constant(1))
            elif condition.kind == "value" and self.steps[condition.index].function in COMPARISONS:
                compare = self.steps[condition.index]  # written as integers at once
                mask = self.step(compare.function, *compare.operands, dtype=whole)
            else:
                mask = self.cast(condition, whole)
            self._known[key] = mask
        return self._known[key]

    def cast(self, ref: Ref, dtype: Any) -> Ref:
        """An operand in another dtype."""
        return ref if ref.dtype == dtype else self.step(copy, ref, dtype=dtype)

    def _derive(self, function: Callable[[Any], Any], index: int) -> Ref:
        self.derived.append((function, index))
        self._numbers.append(function(None if index < 0 else self._numbers[index]))
        return Ref("number", len(self._numbers) - 1, None, index < 0 and _is_zero(self._numbers[-1]))

    def _needed(self) -> set[int]:
        """The steps that the results depend on; lowerings leave others behind."""
        needed = {r.index for r in self.results if r.kind == "value"}
        for n in range(len(self.steps) - 1, -1, -1):
            if n in needed:
                needed |= {r.index for r in self.steps[n].operands if r.kind == "value"}
        return needed

    def _operand(self, operand: Any, made: list[Ref], arrays: list[Ref]) -> Ref:
        if isinstance(operand, int):
            ref = made[operand] if operand >= 0 else arrays[~operand]
            if ref.dtype == HALF:
                if ref not in self._known:
                    self._known[ref] = self.cast(ref, SINGLE)
                ref = self._known[ref]
            return ref
        kind, value = operand
        return self.constant(value) if kind == "constant" else Ref("number", value, None)

    def _example(self, ref: Ref) -> Any:
        return self._numbers[ref.index] if ref.dtype is None else np.empty(0, ref.dtype)

    # What running uses

    def all_numbers(self, numbers: Sequence[Any]) -> list[Any]:
        """The numbers of a run, the derived ones with them."""
        found = list(numbers)
        for function, index in self.derived:
            found.append(function(None if index < 0 else found[index]))
        return found

    def reads_after(self, step: int, index: int) -> bool:
        """Is an array read by a later step?"""
        later = [self.steps[n].operands for n in self.needed if n > step]
        return any(r[:2] == ("array", index) for operands in later for r in operands)

    def is_direct(self, i: int, arrays: Sequence[Any], outs: Sequence[Any]) -> bool:
        """May the step that makes a result write it where it goes?"""
        ref, out = self.results[i], outs[i]
        if ref.kind != "value" or ref.dtype != out.dtype or any(ref.index == r.index for r in self.results[:i]):
            return False
        return not any(np.may_share_memory(a, out) and self.reads_after(ref.index, k) for k, a in enumerate(arrays))

    def bind(self, direct: tuple[bool, ...], *_: Any) -> Bound:
        """The program with a place for each value, where the results that are ``direct`` go to their arrays at once."""
        if direct not in self._bounds:
            self._bounds[direct] = Bound(self, direct)
        return self._bounds[direct]


class Bound:
    """A program with a place for each value. Results that are ``direct`` are written where they go by their own step.

    ``steps`` are (function, operands, place of the value), in numbers of ``operands``; each of these is (kind, index,
    dtype) with the kinds of Ref, but "place" for values and "out" for results.
    """

    def __init__(self, program: Program, direct: Sequence[bool]) -> None:
        self.direct = tuple(direct)
        self.operands: list[tuple[str, int, Any]] = []
        self.sizes: list[int] = []  # bytes of one element in each place
        self.steps: list[tuple[Callable[..., Any], tuple[int, ...], int]] = []
        outs = {r.index: i for i, r in enumerate(program.results) if direct[i]}
        steps = [(n, *program.steps[n]) for n in sorted(program.needed)]
        last = {r.index: n for n, _, refs, _ in steps for r in refs if r.kind == "value"}
        kept = {r.index for i, r in enumerate(program.results) if r.kind == "value" and not direct[i]}
        places: dict[int, int] = {}
        free: dict[int, list[int]] = {}
        numbers: dict[tuple[str, int, Any], int] = {}

        def number(kind: str, index: int, dtype: Any) -> int:
            if kind == "value":
                kind, index = ("out", outs[index]) if index in outs else ("place", places[index])
            key = (kind, index, dtype)
            if key not in numbers:
                numbers[key] = len(self.operands)
                self.operands.append(key)
            return numbers[key]

        for n, function, refs, dtype in steps:
            operands = tuple([number(*ref[:3]) for ref in refs])
            for index in {r.index for r in refs if r.kind == "value"}:
                if last[index] == n and index not in kept and index not in outs:
                    place = places[index]
                    free.setdefault(self.sizes[place], []).append(place)
            if n not in outs:
                spare = free.get(dtype.itemsize)
                if not spare:
                    self.sizes.append(dtype.itemsize)
                    spare = [len(self.sizes) - 1]
                places[n] = spare.pop()
            self.steps.append((function, operands, number("value", n, dtype)))
        self.results = [number(*r[:3]) for r in program.results]


_programs: dict[Any, Program] = {}
_dtypes: dict[Any, Any] = {}


def _is_zero(value: Any) -> bool:
    """Is this a plain 0 that is not negative?"""
    return value.__class__ in (int, float) and value == 0 and math.copysign(1.0, value) > 0


def encoded(value: Any, numbers: list[Any]) -> tuple[str, Any]:
    """An argument that is not an array as code has it; those that may change from call to call go to ``numbers``."""
    if isinstance(value, (str, np.dtype)) or _is_zero(value):
        return "constant", value
    numbers.append(value)
    return "number", len(numbers) - 1


def result_dtype(word: str, function: Callable[..., Any], args: Sequence[Any]) -> Any:
    """The dtype of a word's result: that of its function on empty arrays."""
    key = (
        word,
        *[a.dtype if _is_array(a) else a if isinstance(a, (str, np.dtype)) else (a.__class__, a) for a in args],
    )
    dtype = _dtypes.get(key)
    if dtype is None:
        if len(_dtypes) > 4096:
            _dtypes.clear()
        dtype = function(*[np.empty(0, a.dtype) if _is_array(a) else a for a in args]).dtype
        _dtypes[key] = dtype
    return dtype


def _is_array(value: Any) -> bool:
    return isinstance(value, (np.ndarray, Operand))


def program_of(code: Any, arrays: Sequence[Any], numbers: Sequence[Any], words: Any) -> Program:
    """The program of an expression; ``words`` has the function of every word."""
    kinds = [n.dtype if isinstance(n, np.generic) else n.__class__ for n in numbers]
    broadcast = len({a.shape for a in arrays}) > 1
    key = (code, tuple([a.dtype for a in arrays]), tuple(kinds), broadcast, words)
    program = _programs.get(key)
    if program is None:
        if len(_programs) > 2048:
            _programs.clear()
        _programs[key] = program = Program(code, [a.dtype for a in arrays], numbers, words, broadcast)
    return program
