"""F for large arrays: pointwise words are put off and computed together, in blocks and on all threads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.dtypes import DTYPES
from ..core.formula import Rule
from ..core.language import WORDS
from ..core.shapes import counted
from ..core.state import LARGE
from . import along, blocks, loops, norms
from .compiled import numba
from .host import Host, Plain
from .pending import Pending, apply, leaf, linear, raw, reduce, settle
from .program import program_of

UNDERIVED = (
    "sign", "floor", "ceil", "rint", "round", "trunc", "isnan", "isfinite", "logical_not", "logical_and", "logical_or",
    "logical_xor", "equal", "not_equal", "greater", "greater_equal", "less", "less_equal",
)  # fmt: skip
"""The pointwise words without a gradient."""
REDUCTIONS = {"sum": np.add, "max": np.maximum, "min": np.minimum}
FEW, MANY = 1 << 17, 1 << 20  # elements up to which NumPy reduces an expression and an array as fast


class Wide(Host):
    """The words on Pendings; arrays may come as they are. ``words`` computes what is small or not pointwise."""

    plain = Plain

    def __init__(self, words: Host) -> None:
        self.words = words
        self.random = words.random
        self._formulas: dict[Any, Any] = {}

    def leaf(self, x: Any) -> Any:
        """An argument of a body: an array becomes a Pending."""
        if isinstance(x, np.ndarray):
            return leaf(self, x)
        return x.__class__([self.leaf(item) for item in x]) if x.__class__ in (tuple, list) else x

    def settle(self, values: Sequence[Pending], targets: Sequence[Any] | None = None) -> list[Any]:
        """The arrays of expressions, computed together, into ``targets`` where these are given."""
        return settle(values, targets)

    def sum_to(self, x: Any, shape: tuple[int, ...]) -> Any:
        """x summed over the axes along which ``shape`` was broadcast to reach x's shape."""
        lead = x.ndim - len(shape)
        axes = tuple([i for i, n in enumerate(x.shape) if i < lead or (shape[i - lead] == 1 and n != 1)])
        return self.reshape(self.sum(x, axes, True) if axes else x, shape)

    def done(self, result: Any) -> Any:
        """A result with every expression in it as an array."""
        return done(result)

    def cast(self, x: Any, dtype: Any) -> Any:
        """x in another dtype; x itself when it has that already."""
        x = self.leaf(x)
        same = x.dtype == (DTYPES[dtype] if isinstance(dtype, str) else dtype)
        return x if same else apply(self, "cast", Host.cast, (x, dtype))

    def apply(self, rule: Rule, args: tuple[Any, ...]) -> Any:
        found = NotImplemented if rule.kernel is None else _by_kernel(norms.VALUES, rule.kernel, raw(args))
        return rule.value(self, *[self.leaf(a) for a in args]) if found is NotImplemented else self.leaf(found)

    def formula(self, rule: Rule, args: Sequence[Any]) -> Any:
        """A pointwise rule on arrays that are not large, as one compiled loop; NotImplemented where that is not worth
        it or does not fit."""
        key = (rule, *[a.dtype if isinstance(a, np.ndarray) else (a.__class__, a) for a in args])
        traced = self._formulas.get(key)
        if traced is None:
            if len(self._formulas) > 1024:
                self._formulas.clear()
            traced = self._formulas[key] = self._trace(rule, args)
        arrays = [a for a in args if isinstance(a, np.ndarray)]
        shape = arrays[0].shape
        if any(a.shape != shape or not a.flags.c_contiguous for a in arrays):
            return NotImplemented
        program, order, numbers, dtype = traced
        loop = loops.of(program, arrays[0].size) if program is not None else None
        return blocks.formula(loop, [arrays[i] for i in order], numbers, shape, dtype) if loop else NotImplemented

    def _trace(self, rule: Rule, args: Sequence[Any]) -> tuple[Any, list[int], list[Any], Any]:
        """A rule's program, which array comes where, its numbers, and the dtype of the result."""
        stands = [np.broadcast_to(np.empty(1, a.dtype), (LARGE,)) if isinstance(a, np.ndarray) else a for a in args]
        result = rule.value(self, *[self.leaf(a) for a in stands])
        if result.__class__ is not Pending or result.value is not None:
            return None, [], [], None
        code, arrays, numbers = linear([result])
        places = {id(a): i for i, a in enumerate([s for s in stands if isinstance(s, np.ndarray)])}
        program = program_of(code, arrays, numbers, self.plain)
        return program, [places[id(a)] for a in arrays], numbers, result.dtype

    def run(self, rule: Rule, args: Sequence[Any]) -> Any:
        """What a rule's value computes, as arrays."""
        return done(self.apply(rule, tuple(args)))

    def pull(self, pull: Any, args: Sequence[Any], wanted: Sequence[Any], shapes: Any) -> list[Any]:
        """The cotangents of a rule, those that are ``wanted``, not yet computed where they are pointwise."""
        if hasattr(pull, "along"):
            args = raw(list(args))
            found = _by_kernel(norms.PULLS, pull.kernel, args)
            if found is not NotImplemented:
                return list(found)
            keys = along.keys(args[0].shape, args[pull.along])
            if keys:
                return along.pulled(self.words, pull, args, shapes, keys)
        found = pull(self, *[self.leaf(a) for a in args])
        return [(ct() if callable(ct) else ct) if want else None for ct, want in zip(found, wanted)]


def done(result: Any) -> Any:
    """A result with every Pending in it as an array."""
    if result.__class__ is Pending:
        return raw(result)
    if result.__class__ in (tuple, list):
        pending = [r for r in result if r.__class__ is Pending and r.value is None]
        if pending:
            settle(pending)
        return result.__class__([raw(r) for r in result])
    return result


def _by_kernel(table: dict[str, Any], name: str | None, args: Sequence[Any]) -> Any:
    """What a rule's own kernel computes; NotImplemented where there is none for these arguments."""
    kernel = table.get(name or "") if args[0].size >= LARGE and numba() is not None else None
    return NotImplemented if kernel is None else kernel(*args)


def _pointwise(name: str) -> Any:
    function = getattr(Host, name)

    def word(self: Wide, *args: Any) -> Any:
        return apply(self, name, function, args)

    return word


def _along(rule: Rule) -> Any:
    """A word that works along some axes."""

    def word(self: Wide, *args: Any) -> Any:
        args = raw(args)
        found = _by_kernel(norms.VALUES, rule.kernel, args)
        if found is not NotImplemented:
            return self.leaf(found)
        keys = along.keys(args[0].shape, args[rule.names.index(rule.along)])
        words = self.words
        return self.leaf(along.value(words, rule.value, args, keys) if keys else rule.value(words, *args))

    return word


def _whole(name: str) -> Any:
    """A word that needs whole arrays."""

    def word(self: Wide, *args: Any, **kwargs: Any) -> Any:
        result = getattr(self.words, name)(*map(raw, args), **{key: raw(value) for key, value in kwargs.items()})
        return self.leaf(result)

    return word


def _reduction(name: str, ufunc: Any) -> Any:
    function = getattr(Host, name)

    def word(self: Wide, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        x = self.leaf(x)
        if x.size <= (FEW if x.value is None else MANY):
            return self.leaf(function(raw(x), axis, keepdims))
        axes = counted(range(x.ndim) if axis is None else axis, x.ndim)
        result = reduce(x, ufunc, axes)
        if not keepdims:
            result = result.reshape([n for i, n in enumerate(x.shape) if i not in axes])
        return self.leaf(result)

    return word


def _install() -> None:
    for name in vars(Host):
        rule = WORDS.get(name)
        if name.startswith("_") or name in vars(Wide) or name in ("ndarray", "training", "strict"):
            continue
        if name in REDUCTIONS:
            word = _reduction(name, REDUCTIONS[name])
        elif (rule is not None and rule.pointwise) or name in UNDERIVED:
            word = _pointwise(name)
        elif rule is not None and rule.along is not None:
            word = _along(rule)
        else:
            word = _whole(name)
        setattr(Wide, name, word)


_install()
