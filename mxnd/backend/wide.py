"""F for large arrays: pointwise words are put off and computed together, in blocks and on all threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core.language import WORDS
from .host import Host
from .pending import Pending, apply, leaf, raw, reduce, settle

UNDERIVED = (
    "sign", "floor", "ceil", "rint", "round", "trunc", "isnan", "isfinite", "logical_not", "logical_and", "logical_or",
    "logical_xor", "equal", "not_equal", "greater", "greater_equal", "less", "less_equal",
)  # fmt: skip
"""The pointwise words without a gradient."""
REDUCTIONS = {"sum": np.add, "max": np.maximum, "min": np.minimum}
FEW = 1 << 17  # elements up to which NumPy reduces an array as fast


class Wide(Host):
    """The words on Pendings; arrays may come as they are. ``words`` computes what is small or not pointwise."""

    def __init__(self, words: Host) -> None:
        self.words = words
        self.random = words.random

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

    def apply(self, rule: Any, args: tuple[Any, ...]) -> Any:
        return rule.value(self, *[self.leaf(a) for a in args])

    def run(self, function: Callable[..., Any], args: Sequence[Any]) -> Any:
        """What a rule's value computes, as arrays."""
        return done(function(self, *[self.leaf(a) for a in args]))

    def pull(self, pull: Callable[..., Any], args: Sequence[Any], wanted: Sequence[Any]) -> list[Any]:
        """The cotangents of a rule, those that are ``wanted``, not yet computed where they are pointwise."""
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


def _pointwise(name: str) -> Any:
    function = getattr(Host, name)

    def word(self: Wide, *args: Any) -> Any:
        return apply(self, name, function, args)

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
        if x.value is not None or x.size <= FEW:
            return self.leaf(function(raw(x), axis, keepdims))
        axes = range(x.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
        axes = tuple([a % x.ndim for a in axes])
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
        else:
            word = _whole(name)
        setattr(Wide, name, word)


_install()
