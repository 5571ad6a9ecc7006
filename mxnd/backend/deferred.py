"""F that puts pointwise words off: what the one for large arrays and the one for GPUs have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from ..core.dtypes import DTYPES
from ..core.formula import Rule
from ..core.language import WORDS
from ..core.shapes import counted
from .host import Host
from .pending import Pending, apply, leaf, linear, raw, settle

UNDERIVED = (
    "sign", "floor", "ceil", "rint", "round", "trunc", "isnan", "isfinite", "logical_not", "logical_and", "logical_or",
    "logical_xor", "equal", "not_equal", "greater", "greater_equal", "less", "less_equal",
)  # fmt: skip
"""The pointwise words without a gradient."""
REDUCTIONS = ("sum", "prod", "max", "min")


class Deferred:
    """The words on Pendings; arrays may come as they are. ``words`` computes what is not pointwise, on arrays.

    A subclass says how: ``is_small`` which results are computed at once, ``evaluate`` the results of several
    expressions, ``ready`` what computes a single one (and its numbers as that takes them), ``launch`` such a one, and
    ``reduce`` one of ``REDUCTIONS`` of an expression (the axes stay, with size 1), ``by_kernel`` a rule in a way of its
    own, ``shared`` whether two arrays share memory, "wholly" or "partly".
    """

    words: Any
    ndarray: Any
    values: ClassVar[dict[str, Any]]  # a rule's own kernel by its name
    pulls: ClassVar[dict[str, Any]]
    together: ClassVar[int] = 1 << 30  # how many results may be computed together

    def leaf(self, x: Any) -> Any:
        """An argument of a body: an array becomes a Pending."""
        if isinstance(x, self.ndarray):
            return leaf(self, x)
        return x.__class__([self.leaf(item) for item in x]) if x.__class__ in (tuple, list) else x

    def __init__(self, words: Any) -> None:
        self.words, self.random = words, words.random
        self._ready: dict[Any, Any] = {}  # what computes one word, rule or part

    def settle(self, values: Sequence[Pending], targets: Sequence[Any] | None = None) -> list[Any]:
        """The arrays of expressions, computed together, into ``targets`` where these are given."""
        alone = len(values) == 1 and values[0].value is None
        if alone and self._settled(values[0], targets[0] if targets else None):
            return [values[0].value]
        return settle(values, targets)

    def _settled(self, root: Pending, target: Any) -> bool:
        """Compute one word, rule or part of arrays of one shape without tracing it again; was that possible?"""
        arrays, key = [], [root.word]
        for a in root.args:
            if a.__class__ is Pending:
                if a.value is None or a.shape != root.shape:
                    return False
                arrays.append(a.value)
                key.append(a.dtype)
            else:
                key.append(known(a))
        found = self._ready.get(tuple(key), key)
        if found is key:
            found = keep(self._ready, tuple(key), self._made_ready(root))
        if found is None or (target is not None and target.dtype != root.dtype):
            return False
        if target is None:
            target = self.empty(root.shape, root.dtype)  # type: ignore[attr-defined]
        elif any(self.shared(a, target) == "partly" for a in arrays):  # type: ignore[attr-defined]
            return False
        ready, order, numbers = found
        if target.size:
            self.launch(ready, [arrays[i] for i in order], numbers, target)  # type: ignore[attr-defined]
        root.value, root.args = target, ()
        return True

    def _made_ready(self, root: Pending) -> Any:
        """What computes one word, rule or part, which of its arrays comes where, and its numbers."""
        leaves = [self.leaf(a.value.view()) if a.__class__ is Pending else a for a in root.args]
        traced = self.traced(root.word, leaves)
        if traced is None or traced[3] != root.dtype:
            return None
        code, order, numbers, dtype = traced
        arrays = [a.value for a in leaves if a.__class__ is Pending]
        ready, numbers = self.ready(code, [arrays[i] for i in order], numbers, dtype)  # type: ignore[attr-defined]
        return ready, order, numbers

    def sum_to(self, x: Any, shape: tuple[int, ...]) -> Any:
        """x summed over the axes along which ``shape`` was broadcast to reach x's shape."""
        lead = x.ndim - len(shape)
        axes = tuple([i for i, n in enumerate(x.shape) if i < lead or (shape[i - lead] == 1 and n != 1)])
        return self.reshape(self.sum(x, axes, True) if axes else x, shape)  # type: ignore[attr-defined]

    def done(self, result: Any) -> Any:
        """A result with every expression in it as an array."""
        return done(result)

    def cast(self, x: Any, dtype: Any) -> Any:
        """x in another dtype; x itself when it has that already."""
        x = self.leaf(x)
        same = x.dtype == (DTYPES[dtype] if isinstance(dtype, str) else dtype)
        return x if same else apply(self, "cast", Host.cast, (x, dtype))

    def apply(self, rule: Rule, args: tuple[Any, ...]) -> Any:
        found = NotImplemented if rule.kernel is None else self.by_kernel(self.values, rule.kernel, raw(args))
        return rule.value(self, *[self.leaf(a) for a in args]) if found is NotImplemented else self.leaf(found)

    def by_kernel(self, table: dict[str, Any], name: str | None, args: Sequence[Any]) -> Any:
        """What a rule's own kernel computes; NotImplemented where there is none for these arguments."""
        kernel = table.get(name or "")
        return NotImplemented if kernel is None else kernel(*args)

    def traced(self, word: Any, leaves: Sequence[Any]) -> tuple[Any, list[int], list[Any], Any] | None:
        """A pointwise word or rule on arrays of one shape as a linear expression: its code, which of the arrays comes
        where, its numbers, and the dtype of the result; None where it is no such expression."""
        result = getattr(self, word)(*leaves) if word.__class__ is str else word.value(self, *leaves)
        if result.__class__ is not Pending or result.value is not None:
            return None
        code, arrays, numbers = linear([result])
        places = {id(a.value): i for i, a in enumerate([x for x in leaves if x.__class__ is Pending])}
        return code, [places[id(a)] for a in arrays], numbers, result.dtype

    def run(self, rule: Rule, args: Sequence[Any]) -> Any:
        """What a rule's value computes, as arrays."""
        return done(self.apply(rule, tuple(args)))

    def pull(self, pull: Any, args: Sequence[Any], wanted: Sequence[Any], shapes: Any) -> list[Any]:
        """The cotangents of a rule, those that are ``wanted``, not yet computed where they are pointwise."""
        if hasattr(pull, "along"):
            args = raw(list(args))
            found = self.by_kernel(self.pulls, pull.kernel, args)
            if found is NotImplemented:
                found = self.pulled(pull, args, shapes)
            if found is not NotImplemented:
                return list(found)
        found = pull(self, *[self.leaf(a) for a in args])
        return [(ct() if callable(ct) else ct) if want else None for ct, want in zip(found, wanted)]

    def pulled(self, pull: Any, args: Sequence[Any], shapes: Any) -> Any:
        """The cotangents of a rule that works along some axes, on arrays; NotImplemented: as those of any rule."""
        return NotImplemented

    def along(self, rule: Rule, name: str, args: Sequence[Any]) -> Any:
        """A word that works along some axes, on arrays."""
        return getattr(self.words, name)(*args)

    def total(self, name: str, x: Pending, axes: tuple[int, ...]) -> Any:
        """A reduction of an expression whose axes stay, with size 1."""
        return self.reduce(name, *linear([x]), x.shape, x.dtype, axes)  # type: ignore[attr-defined]

    def is_quick(self, x: Pending) -> bool:
        """Is an expression better reduced as an array?"""
        return False


def known(argument: Any) -> Any:
    """What tells a number, name or dtype from all others: 0.0 is not -0.0 and not 0."""
    return (argument.__class__, argument or str(argument))


def keep(table: dict[Any, Any], key: Any, value: Any) -> Any:
    """Put a value into a table that is emptied when it has grown long."""
    if len(table) > 4096:
        table.clear()
    table[key] = value
    return value


def done(result: Any) -> Any:
    """A result with every Pending in it as an array."""
    if result.__class__ is Pending:
        return raw(result)
    if result.__class__ in (tuple, list):
        pending = [r for r in result if r.__class__ is Pending and r.value is None]
        if pending:
            pending[0].F.settle(pending)
        return result.__class__([raw(r) for r in result])
    return result


def install(cls: type, words: type) -> None:
    """Give a Deferred all the words that a class has."""
    for name in vars(words):
        if not name.startswith("_") and name not in vars(cls) and name not in vars(Deferred) and name not in PLAIN:
            setattr(cls, name, _word(name))


PLAIN = (
    "ndarray", "training", "strict", "random", "alone", "here", "empty", "shared", "store", "new", "accumulate",
    "release", "to_host", "from_host", "synchronize",
)  # fmt: skip
"""What the words' class has beside words: arrays come to these as they are."""


def _word(name: str) -> Callable[..., Any]:
    rule = WORDS.get(name)
    if name in REDUCTIONS:
        return _reduction(name)
    if (rule is not None and rule.pointwise) or name in UNDERIVED:
        return _pointwise(name)
    if rule is not None and rule.along is not None:
        return _along(name, rule)
    return _whole(name)


def _pointwise(name: str) -> Callable[..., Any]:
    function = getattr(Host, name)

    def word(self: Deferred, *args: Any) -> Any:
        return apply(self, name, function, args)

    return word


def _along(name: str, rule: Rule) -> Callable[..., Any]:
    def word(self: Deferred, *args: Any) -> Any:
        args = raw(args)
        found = self.by_kernel(self.values, rule.kernel, args)
        return self.leaf(self.along(rule, name, args) if found is NotImplemented else found)

    return word


def _whole(name: str) -> Callable[..., Any]:
    """A word that needs whole arrays."""

    def word(self: Deferred, *args: Any, **kwargs: Any) -> Any:
        result = getattr(self.words, name)(*map(raw, args), **{key: raw(value) for key, value in kwargs.items()})
        return self.leaf(result)

    return word


def _reduction(name: str) -> Callable[..., Any]:
    def word(self: Deferred, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        x = self.leaf(x)
        if self.is_quick(x):
            return self.leaf(getattr(self.words, name)(raw(x), axis, keepdims))
        axes = counted(range(x.ndim) if axis is None else axis, x.ndim)
        result = self.total(name, x, axes)
        if not keepdims:
            result = result.reshape([n for i, n in enumerate(x.shape) if i not in axes])
        return self.leaf(result)

    return word
