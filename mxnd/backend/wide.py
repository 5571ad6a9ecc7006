"""F for large arrays: pointwise words are put off and computed together, in blocks and on all threads."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.formula import Rule
from ..core.state import LARGE
from . import along, blocks, loops, norms, reductions
from .compiled import LOOPED, numba
from .deferred import Deferred, install, keep, known
from .host import Host, Plain, plain
from .pending import Part, Pending, apply
from .program import program_of

UFUNCS = {"sum": np.add, "prod": np.multiply, "max": np.maximum, "min": np.minimum}
FEW, MANY = 1 << 17, 1 << 20  # elements up to which NumPy reduces an expression and an array as fast


class Wide(Deferred, Host):
    """The words on Pendings; ``words`` computes what is small or not pointwise."""

    values, pulls = norms.VALUES, norms.PULLS
    fuses = property(lambda self: numba() is not None)

    def __init__(self, words: Host) -> None:
        super().__init__(words)
        self._formulas: dict[Any, Any] = {}
        self._pulls: dict[Any, list[Part | None]] = {}  # the cotangents of a pointwise pull that are wanted
        self._parts: dict[Any, Any] = {}  # the cotangents of a pointwise pull, and their dtypes; False: as any other's

    def apply(self, rule: Rule, args: tuple[Any, ...]) -> Any:
        """A pointwise rule is put off as a whole: alone, it needs no tracing when it comes again."""
        if not rule.pointwise or rule.kernel is not None:
            return super().apply(rule, args)
        return apply(self, rule, functools.partial(rule.value, self.words), args)

    def pull(self, pull: Any, args: Sequence[Any], wanted: Sequence[Any], shapes: Any) -> list[Any]:
        """A pointwise pull is put off as a whole as well, each cotangent by itself."""
        if not hasattr(pull, "pointwise") or args[0].__class__ is list:
            return super().pull(pull, args, wanted, shapes)
        args = tuple([self.leaf(a) for a in args])
        shape, asked = args[0].shape, tuple(map(bool, wanted))
        key = (pull, asked, *[a.dtype if a.__class__ is Pending else known(a) for a in args])
        parts = self._parts.get(key, key)
        if parts is False or parts is key or any(a.__class__ is Pending and a.shape != shape for a in args):
            found = super().pull(pull, args, wanted, shapes)
            if parts is key:
                keep(self._parts, key, _as_parts(pull, found, shape))
            return found
        return [part and Pending(self, part[0], args, shape, part[1]) for part in parts]

    def ready(self, code: Any, arrays: Sequence[Any], numbers: Any, dtype: Any) -> tuple[Any, Any]:
        return program_of(code, arrays, numbers, Plain), numbers

    def launch(self, program: Any, arrays: Sequence[Any], numbers: Any, target: Any) -> None:
        blocks.evaluate(program, arrays, numbers, [target])

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

    def total(self, name: str, x: Pending, axes: tuple[int, ...]) -> Any:
        if x.value is not None and reductions.fits(x.value):
            return reductions.reduce(UFUNCS[name], x.value, axes)
        return super().total(name, x, axes)

    def is_quick(self, x: Pending) -> bool:
        return x.size <= FEW if x.value is None else x.size <= MANY and not reductions.fits(x.value)

    def by_kernel(self, table: dict[str, Any], name: str | None, args: Sequence[Any]) -> Any:
        if args[0].size < LOOPED or numba() is None:
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
        words, arrays, told = plain(args[0].size), [], []
        for a in args:
            if a.__class__ is np.ndarray:
                arrays.append(a)
                told.append(a.dtype)
            else:
                told.append(known(a))
        key = (rule, words, *told)
        made = self._formulas.get(key)
        if made is False:
            return NotImplemented
        shape = arrays[0].shape
        for a in arrays:
            if a.shape != shape or not a.flags.c_contiguous:
                return NotImplemented
        if made.__class__ is not blocks.Formula:
            if len(self._formulas) > 1024:
                self._formulas.clear()
            made = self._formulas[key] = self._made(made or self._trace(rule, args, words), arrays[0].size)
        return made(arrays) if made.__class__ is blocks.Formula else NotImplemented

    def cotangents(self, pull: Any, args: Sequence[Any], wanted: Sequence[Any]) -> Any:
        """``formula`` of each cotangent of a pointwise rule; NotImplemented where that is not worth it for one."""
        key = (pull, *[w is not None for w in wanted])
        parts = self._pulls.get(key)
        if parts is None:
            parts = keep(self._pulls, key, [Part(pull, i) if w else None for i, w in enumerate(wanted)])
        found = []
        for part in parts:
            ct = None if part is None else self.formula(part, args)
            if ct is NotImplemented:
                return ct
            found.append(ct)
        return found

    def _made(self, traced: Any, elements: int) -> Any:
        """What a traced rule has become by a call on so many elements: a Formula, False if it never will be one."""
        if traced is None:
            return False
        program, order, numbers, dtype = traced
        loop = loops.of(program, elements)
        return blocks.Formula(loop, order, numbers, dtype) if loop else False if False in program.loops else traced

    def _trace(self, rule: Rule, args: Sequence[Any], words: Any) -> tuple[Any, list[int], list[Any], Any] | None:
        """A rule's program, which array comes where, its numbers, and the dtype of the result; None: it has none."""
        stands = [np.broadcast_to(np.empty(1, a.dtype), (LARGE,)) if isinstance(a, np.ndarray) else a for a in args]
        traced = self.traced(rule, [self.leaf(a) for a in stands])
        if traced is None:
            return None
        code, order, numbers, dtype = traced
        arrays = [a for a in stands if isinstance(a, np.ndarray)]
        return program_of(code, [arrays[i] for i in order], numbers, words), order, numbers, dtype


def _as_parts(pull: Any, found: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """What a pull gave, as its parts with their dtypes; False where that is more than pointwise words of its arrays."""
    if not all(ct is None or (ct.__class__ is Pending and ct.value is None and ct.shape == shape) for ct in found):
        return False
    return [None if ct is None else (Part(pull, i), ct.dtype) for i, ct in enumerate(found)]


install(Wide, Host)
