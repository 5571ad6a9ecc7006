"""Expressions that are not computed yet: what the pointwise words make of large arrays, and of all arrays on a GPU.

A Pending knows its shape and dtype. ``settle`` computes several of them together (its F says how: deferred.py), into
new arrays or into given ones; nothing in between is ever a whole array.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core.operand import Operand
from .program import encoded, result_dtype

DEEP = 24  # an expression is computed when it is this deep


class Pending(Operand):
    """A word applied to its arguments, or (``word`` is None) the array ``value``. ``F`` is a Deferred.

    The word may be a pointwise rule as a whole, or a Part of its pull; ``expand`` turns them into words.
    """

    __slots__ = ("F", "args", "depth", "dtype", "shape", "value", "word")

    def __init__(self, F: Any, word: Any, args: tuple[Any, ...], shape: tuple[int, ...], dtype: Any) -> None:
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

    def expand(self) -> None:
        """The expression of a rule becomes that of the rule's words."""
        made = self.word.value(self.F, *self.args)
        self.word, self.args, self.value = made.word, made.args, made.value

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
        return self.F.index(self, raw(key))

    def __iter__(self) -> Any:
        return iter([self[i] for i in range(len(self))])

    def __bool__(self) -> bool:
        if self.size != 1:
            return super().__bool__()
        return bool(raw(self))  # of a GPU's array: waits for it

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


class Part:
    """One cotangent of a pointwise rule, to be put off as a whole."""

    __slots__ = ("index", "pull")

    def __init__(self, pull: Callable[..., Any], index: int) -> None:
        self.pull, self.index = pull, index

    def value(self, F: Any, *args: Any) -> Any:
        cotangents = self.pull(F, *args)
        found = cotangents[self.index] if self.index < len(cotangents) else None
        return found() if callable(found) else found


def leaf(F: Any, array: Any) -> Pending:
    """An array as a Pending."""
    made = Pending.__new__(Pending)
    made.F, made.word, made.args, made.depth = F, None, (), 0
    made.shape, made.dtype, made.value = array.shape, array.dtype, array
    return made


def apply(F: Any, word: Any, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """A pointwise word, put off; computed at once by ``function`` where the result is small."""
    shapes = {a.shape for a in args if a.__class__ is Pending or isinstance(a, F.ndarray)}
    if not shapes:
        return function(*args)
    shape = shapes.pop() if len(shapes) == 1 else np.broadcast_shapes(*shapes)
    if F.is_small(shape):
        return leaf(F, function(*map(raw, args)))
    args = tuple([leaf(F, a) if isinstance(a, F.ndarray) else a for a in args])
    made = Pending(F, word, args, shape, result_dtype(word, function, args))
    if made.depth > DEEP:
        settle([made])
    return made


def raw(value: Any) -> Any:
    """A Pending as an array; sequences item by item; anything else as it is."""
    if value.__class__ is Pending:
        return value.value if value.value is not None else value.F.settle([value])[0]
    if value.__class__ is tuple or value.__class__ is list:
        return value.__class__([raw(item) for item in value])
    return value


def settle(values: Sequence[Pending], targets: Sequence[Any] | None = None) -> list[Any]:
    """The arrays of several Pendings, computed together; into ``targets`` where these are given (None: a new array).

    A target may be one of the arrays the expressions are made of, or overlap them: everything is read first.
    """
    if len(values) == 1 and targets is None:
        return [_settled(values[0])]
    targets = targets or [None] * len(values)
    groups: dict[tuple[int, ...], list[int]] = {}
    for i, value in enumerate(values):
        if value.value is None:
            groups.setdefault(value.shape, []).append(i)
    F = values[0].F
    alone = len(groups) == 1 and all(v.value is None for v in values) and len(values) <= F.together
    for shape, members in _few(groups, F.together):
        roots = [values[i] for i in members]
        code, arrays, numbers = linear(roots)
        outs = [targets[i] for i in members]
        if not alone or any(t is not None and _overlap(F, t, arrays, outs[:n]) for n, t in enumerate(outs)):
            outs = [None] * len(outs)
        outs = [F.empty(shape, r.dtype) if t is None or t.dtype != r.dtype else t for t, r in zip(outs, roots)]
        if math.prod(shape):
            F.evaluate(code, arrays, numbers, outs)
        for root, out in zip(roots, outs):
            root.value, root.args = out, ()
    found = [value.value for value in values]
    for i, target in enumerate(targets):
        if target is not None and found[i] is not target:
            F.write(target, found[i])
            found[i] = target
    return found


def _few(groups: dict[tuple[int, ...], list[int]], most: int) -> list[tuple[tuple[int, ...], list[int]]]:
    """Groups of at most so many members."""
    return [(shape, members[i : i + most]) for shape, members in groups.items() for i in range(0, len(members), most)]


def _settled(root: Pending) -> Any:
    """The array of one Pending, a new one unless it is computed already."""
    if root.value is None:
        code, arrays, numbers = linear([root])
        out = root.F.empty(root.shape, root.dtype)
        if 0 not in root.shape:
            root.F.evaluate(code, arrays, numbers, [out])
        root.value, root.args = out, ()
    return root.value


def _overlap(F: Any, target: Any, arrays: Sequence[Any], others: Sequence[Any]) -> bool:
    """Would writing one part of a target change what is read or written for another part?"""
    for a in (*arrays, *[o for o in others if o is not None]):
        shared = F.shared(a, target)
        if shared and (shared == "partly" or any(a is o for o in others)):
            return True
    return False


def linear(roots: Sequence[Pending]) -> tuple[tuple[Any, ...], list[Any], list[Any]]:
    """The expression in a line: (steps, results), its arrays, and its numbers.

    A step is (word, operands, dtype); an operand is a step's number, ``~number`` of an array, or ("number", i) or
    ("constant", value). Parts of smaller shape are computed before.
    """
    line = _Line(roots[0].shape)
    results = tuple([line.place(root) for root in roots])
    return (tuple(line.steps), results), line.arrays, line.numbers


class _Line:
    """What ``linear`` has found so far. (Functions that call each other would keep the arrays alive.)"""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self.arrays: list[Any] = []
        self.numbers: list[Any] = []
        self.steps: list[tuple[str, tuple[Any, ...], Any]] = []
        self.places: dict[int, int] = {}
        self.by_array: dict[int, int] = {}

    def place(self, node: Pending) -> int:
        """Where the value of a node is found."""
        found = self.places.get(id(node))
        if found is None:
            found = self.places[id(node)] = self._placed(node)
        return found

    def _placed(self, node: Pending) -> int:
        if node.value is None and node.shape != self.shape:
            settle([node])
        while node.value is None and node.word.__class__ is not str:
            node.expand()
        if node.value is not None:
            number = self.by_array.setdefault(id(node.value), len(self.arrays))
            if number == len(self.arrays):
                self.arrays.append(node.value)
            return ~number
        operands = tuple([self.place(a) if a.__class__ is Pending else encoded(a, self.numbers) for a in node.args])
        self.steps.append((node.word or "", operands, node.dtype))
        return len(self.steps) - 1
