"""Expressions that are not computed yet: what the pointwise words make of large arrays.

A Pending knows its shape and dtype. ``settle`` computes several of them together, block by block (see program.py), into
new arrays or into given ones; nothing in between is ever a whole array.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core.operand import Operand
from ..core.state import LARGE
from . import blocks
from .blocked import write
from .program import encoded, program_of, result_dtype

DEEP = 24  # an expression is computed when it is this deep


class Pending(Operand):
    """A word applied to its arguments, or (``word`` is None) the array ``value``."""

    __slots__ = ("F", "args", "depth", "dtype", "shape", "value", "word")

    def __init__(self, F: Any, word: str | None, args: tuple[Any, ...], shape: tuple[int, ...], dtype: Any) -> None:
        self.F = F
        self.word = word
        self.args = args
        self.shape = shape
        self.dtype = dtype
        self.value: Any = None
        self.depth = 1 + max([a.depth for a in args if a.__class__ is Pending], default=0)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    def arrays(self) -> list[Any]:
        """The arrays the expression is made of."""
        found: dict[int, Any] = {}
        nodes, seen = [self], set()
        while nodes:
            node = nodes.pop()
            if node.value is not None:
                found[id(node.value)] = node.value
            elif id(node) not in seen:
                seen.add(id(node))
                nodes += [a for a in node.args if a.__class__ is Pending]
        return list(found.values())

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> Any:
        return self.F.leaf(raw(self)[raw(key)])

    def __iter__(self) -> Any:
        return iter([self[i] for i in range(len(self))])

    def __float__(self) -> float:
        return float(raw(self))

    def __eq__(self, other: object) -> Any:
        return self.F.equal(self, other)

    def __ne__(self, other: object) -> Any:
        return self.F.not_equal(self, other)

    def __lt__(self, other: Any) -> Any:
        return self.F.less(self, other)

    def __le__(self, other: Any) -> Any:
        return self.F.less_equal(self, other)

    def __gt__(self, other: Any) -> Any:
        return self.F.greater(self, other)

    def __ge__(self, other: Any) -> Any:
        return self.F.greater_equal(self, other)

    def __and__(self, other: Any) -> Any:
        return self.F.logical_and(self, other)

    def __or__(self, other: Any) -> Any:
        return self.F.logical_or(self, other)

    def __invert__(self) -> Any:
        return self.F.logical_not(self)

    __hash__ = object.__hash__


def leaf(F: Any, array: Any) -> Pending:
    """An array as a Pending."""
    made = Pending.__new__(Pending)
    made.F, made.word, made.args, made.depth = F, None, (), 0
    made.shape, made.dtype, made.value = array.shape, array.dtype, array
    return made


def apply(F: Any, word: str, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """A pointwise word, put off; computed at once by ``function`` where the result is small."""
    shapes = {a.shape for a in args if a.__class__ is Pending or isinstance(a, np.ndarray)}
    shape = shapes.pop() if len(shapes) == 1 else np.broadcast_shapes(*shapes)
    if math.prod(shape) < LARGE:
        return leaf(F, function(*map(raw, args)))
    args = tuple([leaf(F, a) if isinstance(a, np.ndarray) else a for a in args])
    made = Pending(F, word, args, shape, result_dtype(word, function, args))
    if made.depth > DEEP:
        settle([made])
    return made


def raw(value: Any) -> Any:
    """A Pending as an array; sequences item by item; anything else as it is."""
    if value.__class__ is Pending:
        return value.value if value.value is not None else settle([value])[0]
    if value.__class__ is tuple or value.__class__ is list:
        return value.__class__([raw(item) for item in value])
    return value


def settle(values: Sequence[Pending], targets: Sequence[Any] | None = None) -> list[Any]:
    """The arrays of several Pendings, computed together; into ``targets`` where these are given (None: a new array).

    A target may be one of the arrays the expressions are made of, or overlap them: everything is read first.
    """
    targets = targets or [None] * len(values)
    groups: dict[tuple[int, ...], list[int]] = {}
    for i, value in enumerate(values):
        if value.value is None:
            groups.setdefault(value.shape, []).append(i)
    alone = len(groups) == 1 and all(v.value is None for v in values)
    for shape, members in groups.items():
        roots = [values[i] for i in members]
        code, arrays, numbers = linear(roots)
        outs = [targets[i] for i in members]
        if not alone or any(t is not None and _overlap(t, arrays, outs[:n]) for n, t in enumerate(outs)):
            outs = [None] * len(outs)
        outs = [np.empty(shape, r.dtype) if t is None or t.dtype != r.dtype else t for t, r in zip(outs, roots)]
        if math.prod(shape):
            blocks.evaluate(program_of(code, arrays, numbers, roots[0].F.plain), arrays, numbers, outs)
        for root, out in zip(roots, outs):
            root.value, root.args = out, ()
    found = [value.value for value in values]
    for i, target in enumerate(targets):
        if target is not None and found[i] is not target:
            write(target, found[i])
            found[i] = target
    return found


def _overlap(target: Any, arrays: Sequence[Any], others: Sequence[Any]) -> bool:
    """Would writing one block of a target change what another block reads or writes?"""
    place = (target.ctypes.data, target.shape, target.strides)
    for a in (*arrays, *[o for o in others if o is not None]):
        if np.may_share_memory(a, target) and (
            any(a is o for o in others) or place != (a.ctypes.data, a.shape, a.strides)
        ):
            return True
    return False


def reduce(value: Pending, ufunc: Any, axes: tuple[int, ...]) -> Any:
    """``ufunc.reduce`` over some axes (which stay, with size 1) of an expression that itself is never a whole array."""
    code, arrays, numbers = linear([value])
    run = program_of(code, arrays, numbers, value.F.plain)
    return blocks.reduce(run, arrays, numbers, value.shape, value.dtype, ufunc, axes)


def linear(roots: Sequence[Pending]) -> tuple[tuple[Any, ...], list[Any], list[Any]]:
    """The expression in a line: (steps, results), its arrays, and its numbers.

    A step is (word, operands, dtype); an operand is a step's number, ``~number`` of an array, or ("number", i) or
    ("constant", value). Parts of smaller shape are computed before.
    """
    shape = roots[0].shape
    arrays: list[Any] = []
    numbers: list[Any] = []
    steps: list[tuple[str, tuple[Any, ...], Any]] = []
    places: dict[int, int] = {}
    by_array: dict[int, int] = {}

    def visit(node: Pending) -> int:
        place = places.get(id(node))
        if place is None:
            if node.value is None and node.shape != shape:
                settle([node])
            if node.value is not None:
                number = by_array.setdefault(id(node.value), len(arrays))
                if number == len(arrays):
                    arrays.append(node.value)
                place = ~number
            else:
                operands = tuple([operand(a) for a in node.args])
                steps.append((node.word or "", operands, node.dtype))
                place = len(steps) - 1
            places[id(node)] = place
        return place

    def operand(a: Any) -> Any:
        return visit(a) if a.__class__ is Pending else encoded(a, numbers)

    results = tuple([visit(root) for root in roots])
    return (tuple(steps), results), arrays, numbers
