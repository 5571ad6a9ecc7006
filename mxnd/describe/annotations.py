"""Annotations of functions written by hand, as text for a stub, and the imports that the text needs."""

from __future__ import annotations

import builtins
import importlib
import inspect
import re
import types
from collections.abc import Callable
from typing import Any

NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")


class Annotations:
    """Turns annotations into text. One class is ``returned`` where it is returned and ``given`` where it is taken."""

    def __init__(self, returned: str, given: str) -> None:
        self.returned, self.given = returned, given
        self.froms: dict[str, set[str]] = {
            "typing": {"Any", "Literal"},
            "collections.abc": {"Sequence"},
        }
        self.plain = {"import numpy as np"}

    def signature(self, function: Callable[..., Any]) -> tuple[list[str], str]:
        """The arguments with annotations and defaults, and what is returned."""
        signature = inspect.signature(function)
        arguments: list[str] = []
        for p in signature.parameters.values():
            if p.kind is p.KEYWORD_ONLY and not any(a.startswith("*") for a in arguments):
                arguments.append("*")
            star = "*" if p.kind is p.VAR_POSITIONAL else "**" if p.kind is p.VAR_KEYWORD else ""
            arguments.append(star + p.name + self._rest(p, function))
        return arguments, self.text(signature.return_annotation, function)

    def _rest(self, p: inspect.Parameter, function: Callable[..., Any]) -> str:
        if p.annotation is p.empty and p.default is p.empty:
            return ""
        words = re.sub(rf"\b{self.returned}\b", self.given, self.text(p.annotation, function))
        if p.default is p.empty:
            return f": {words}"
        plain = p.default is None or isinstance(p.default, (bool, int, float, str, tuple))
        return f": {words} = {repr(p.default).replace(chr(39), chr(34)) if plain else '...'}"

    def text(self, annotation: Any, function: Callable[..., Any]) -> str:
        """An annotation as text; aliases are written out."""
        if annotation is inspect.Parameter.empty:
            return "Any"
        words = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
        names = function.__globals__
        return NAME.sub(lambda found: self._name(found[0], names), words)

    def _name(self, dotted: str, names: dict[str, Any]) -> str:
        first, _, rest = dotted.partition(".")
        if first in (self.returned, self.given) or (first not in names and (not rest or first in ("np",))):
            return dotted  # the class itself, builtins, the names of keyword arguments in Literal
        value = names.get(first)
        if isinstance(value, (types.UnionType, types.GenericAlias)):
            return NAME.sub(lambda found: self._written_out(found[0]), str(value))
        if isinstance(value, types.ModuleType):
            self.plain.add(f"import {value.__name__} as {first}" if value.__name__ != first else f"import {first}")
        elif not hasattr(builtins, first):
            self.froms.setdefault(_home(value, first), set()).add(first)
        return dotted

    def _written_out(self, dotted: str) -> str:
        """A name with its module in front, as the text of an alias has it."""
        module, _, name = dotted.rpartition(".")
        if name != self.returned and module:
            self.froms.setdefault(_relative(module), set()).add(name)
        return name

    def imports(self) -> list[str]:
        """The lines that import what the texts name, sorted as ``ruff`` sorts them."""
        froms = [f"from {module} import {', '.join(sorted(names))}" for module, names in sorted(self.froms.items())]
        own = [line for line in froms if line.startswith("from .")]
        other = [line for line in froms if line not in own]
        return [*other, "", *sorted(self.plain), "", *own]


def _home(value: Any, name: str) -> str:
    """The module to import a class from."""
    module = value.__module__
    if not hasattr(importlib.import_module(module), name):
        raise TypeError(f"{name} is not found in {module}")
    return _relative(module)


def _relative(module: str) -> str:
    return f".{module.removeprefix('mxnd.')}" if module.startswith("mxnd.") else module
