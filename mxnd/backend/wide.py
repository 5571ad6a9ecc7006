"""F for large arrays: pointwise words are put off and computed together, in blocks and on all threads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.formula import Rule
from ..core.state import LARGE
from . import along, blocks, loops, norms
from .compiled import numba
from .deferred import Deferred, install, known
from .host import Host, Plain
from .pending import Pending
from .program import program_of

UFUNCS = {"sum": np.add, "max": np.maximum, "min": np.minimum}
FEW, MANY = 1 << 17, 1 << 20  # elements up to which NumPy reduces an expression and an array as fast


class Wide(Deferred, Host):
    """The words on Pendings; ``words`` computes what is small or not pointwise."""

    values, pulls = norms.VALUES, norms.PULLS

    def __init__(self, words: Host) -> None:
        self.words = words
        self.random = words.random
        self._formulas: dict[Any, Any] = {}

    def is_small(self, shape: tuple[int, ...]) -> bool:
        """Is a result computed at once?"""
        return math.prod(shape) < LARGE

    def evaluate(self, code: Any, arrays: Sequence[Any], numbers: Sequence[Any], outs: Sequence[Any]) -> None:
        """Compute expressions into arrays."""
        blocks.evaluate(program_of(code, arrays, numbers, Plain), arrays, numbers, outs)

    def reduce(
        self, name: str, code: Any, arrays: Any, numbers: Any, shape: tuple[int, ...], dtype: Any, axes: tuple[int, ...]
    ) -> Any:
        """A reduction of an expression that itself is never a whole array."""
        run = program_of(code, arrays, numbers, Plain)
        return blocks.reduce(run, arrays, numbers, shape, dtype, UFUNCS[name], axes)

    def is_quick(self, x: Pending) -> bool:
        return x.size <= (FEW if x.value is None else MANY)

    def by_kernel(self, table: dict[str, Any], name: str | None, args: Sequence[Any]) -> Any:
        if args[0].size < LARGE or numba() is None:
            return NotImplemented
        return super().by_kernel(table, name, args)

    def along(self, rule: Rule, name: str, args: Sequence[Any]) -> Any:
        keys = along.keys(args[0].shape, args[rule.names.index(rule.along)])
        words = self.words
        return along.value(words, rule.value, args, keys) if keys else rule.value(words, *args)

    def pulled(self, pull: Any, args: Sequence[Any], shapes: Any) -> Any:
        keys = along.keys(args[0].shape, args[pull.along])
        return along.pulled(self.words, pull, args, shapes, keys) if keys else NotImplemented

    def formula(self, rule: Rule, args: Sequence[Any]) -> Any:
        """A pointwise rule on arrays that are not large, as one compiled loop; NotImplemented where that is not worth
        it or does not fit."""
        key = (rule, *[a.dtype if isinstance(a, np.ndarray) else known(a) for a in args])
        made = self._formulas.get(key)
        if made is False:
            return NotImplemented
        arrays = [a for a in args if isinstance(a, np.ndarray)]
        shape = arrays[0].shape
        for a in arrays:
            if a.shape != shape or not a.flags.c_contiguous:
                return NotImplemented
        if made.__class__ is not blocks.Formula:
            if len(self._formulas) > 1024:
                self._formulas.clear()
            made = self._formulas[key] = self._made(made or self._trace(rule, args), arrays[0].size)
        return made(arrays) if made.__class__ is blocks.Formula else NotImplemented

    def _made(self, traced: Any, elements: int) -> Any:
        """What a traced rule has become by a call on so many elements: a Formula, False if it never will be one."""
        if traced is None:
            return False
        program, order, numbers, dtype = traced
        loop = loops.of(program, elements)
        return blocks.Formula(loop, order, numbers, dtype) if loop else False if program.loops is False else traced

    def _trace(self, rule: Rule, args: Sequence[Any]) -> tuple[Any, list[int], list[Any], Any] | None:
        """A rule's program, which array comes where, its numbers, and the dtype of the result; None: it has none."""
        stands = [np.broadcast_to(np.empty(1, a.dtype), (LARGE,)) if isinstance(a, np.ndarray) else a for a in args]
        traced = self.traced(rule, [self.leaf(a) for a in stands])
        if traced is None:
            return None
        code, order, numbers, dtype = traced
        arrays = [a for a in stands if isinstance(a, np.ndarray)]
        return program_of(code, [arrays[i] for i in order], numbers, Plain), order, numbers, dtype


install(Wide, Host)
