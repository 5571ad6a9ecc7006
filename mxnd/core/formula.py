"""Rules: a computation together with the way a cotangent is pulled back through it.

``value(F, *args)`` computes; ``pull(F, ct, ...)`` returns one cotangent per argument of ``value``. A shorter tuple or a
``None`` means zero; a costly cotangent may come as a function, which is called only when somebody wants it. ``pull``
names exactly what it needs: arguments of ``value``, ``y`` (the output), ``NAME_shape`` (the shape of an argument); the
tape keeps that and lets go of the rest. A value may return a tuple; ``ct`` is then a list with None where nothing came.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

Value = Callable[..., Any]
Pull = Callable[..., tuple[Any, ...]]

ARGUMENT, OUTPUT, SHAPE, REST, REST_SHAPES = range(5)


class Rule:
    """A value with its pull, called as ``rule(F, *args)`` in the body of an operator.

    ``along`` is the argument that names the axis or axes which value and pull work along, if they treat every place of
    the other axes by itself: a large first argument, whose shape and dtype the value keeps, is then computed in blocks.
    Arguments and cotangents go with the blocks where they have their size; other cotangents are added up. ``kernel`` is
    the name of a backend's own way to compute both, where it has one.
    """

    __slots__ = ("along", "keeps", "kernel", "names", "pointwise", "pull", "record", "value", "variadic")

    def __init__(
        self, value: Value, pull: Pull, pointwise: bool = False, along: str | None = None, kernel: str | None = None
    ) -> None:
        self.value = value
        self.pull = pull
        self.pointwise = pointwise
        self.along = along
        self.kernel = kernel
        self.record: Callable[..., Any] | None = None  # how the tape applies it; compiled on first use
        parameters = list(inspect.signature(value).parameters.values())[1:]
        self.names = [p.name for p in parameters]
        self.variadic = bool(parameters) and parameters[-1].kind is inspect.Parameter.VAR_POSITIONAL
        asked = list(inspect.signature(pull).parameters)[2:]
        self.keeps = [self._keep(name) for name in asked]
        if pointwise:
            vars(pull).update(pointwise=True)
        if along is not None:
            vars(pull).update(along=1 + asked.index(along), kernel=kernel)  # for whoever has only the pull

    def _keep(self, name: str) -> tuple[int, int]:
        """What a name in pull's signature asks for, and of which argument."""
        last = len(self.names) - 1
        if name in self.names:
            index = self.names.index(name)
            return (REST if self.variadic and index == last else ARGUMENT), index
        if name == "y":
            return OUTPUT, 0
        if name.endswith("_shape") and (base := name.removesuffix("_shape")) in self.names:
            return SHAPE, self.names.index(base)
        if self.variadic and name == f"{self.names[-1]}_shapes":
            return REST_SHAPES, last
        raise TypeError(f"pull asks for {name!r}; value has {', '.join(self.names)}")

    def __call__(self, F: Any, *args: Any) -> Any:
        return F.apply(self, args)


def formula(value: Value, pull: Pull) -> Rule:
    """A pointwise curve and how a cotangent is pulled back. Arguments broadcast; the tape undoes the broadcasting."""
    return Rule(value, pull, pointwise=True)
