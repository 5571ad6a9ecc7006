"""Does what is declared agree with MXNet's documents: names, aliases, arguments, order, types, defaults, choices?

The documents are the registries in facts/ and the names of the R documentation. ``findings(op)`` tells, in words, where
an operator disagrees; reviewed exceptions stand in ``EXCEPTIONS``.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from mxnd.array.functions import function_of
from mxnd.core.op import Op
from mxnd.describe.wording import type_words

FACTS = Path(__file__).parent / "facts"
RELEASES = ("1.3.1", "1.6.0", "1.9.1")
LATEST = RELEASES[-1]
OTHER_FRONT_ENDS = re.compile(r"_(npi|np|npx|sparse)_")  # names under which mx.np and mx.nd.sparse find an operator


@dataclass(frozen=True)
class Allowed:
    """A reviewed exception: findings of an operator that begin so are in order."""

    operator: str
    finding: str
    reason: str


SCATTER = "In MXNet an operator of its own, for sparse arrays; on dense ones it does the same, with the same arguments."
AUXILIARY = "MXNet wants the moving statistics and has no place for them in the arguments; a Symbol adds them."
EXCEPTIONS = [
    Allowed("_plus_scalar", "alias _scatter_plus_scalar is", SCATTER),
    Allowed("_minus_scalar", "alias _scatter_minus_scalar is", SCATTER),
    Allowed("elemwise_div", "alias _scatter_elemwise_div is", SCATTER),
    Allowed("BatchNorm_v1", "arguments are data", AUXILIARY),
    Allowed("BatchNorm_v1", "the Python function takes data", AUXILIARY),
    Allowed("_histogram", "argument range is", "The registry prints no type; it is a pair of floats or None."),
    *(
        Allowed(name, "alias _scatter_", "An operator of its own for sparse arrays; on dense ones it is this operator.")
        for name in ("_plus_scalar", "_minus_scalar", "elemwise_div")
    ),
]


@cache
def registry(release: str) -> dict[str, dict[str, Any]]:
    """What a release of MXNet registers: by name, the operator's own name and its arguments with types in words."""
    facts: dict[str, dict[str, Any]] = json.loads((FACTS / f"registry-{release}.json").read_text(encoding="utf-8"))
    return facts


@cache
def r_names() -> dict[str, str]:
    """The names of the R documentation (``mx.nd.batch.dot``) and the Python names they stand for."""
    rows = [line.split() for line in (FACTS / "r_names.txt").read_text(encoding="utf-8").splitlines()]
    return {name: name.removeprefix("mx.nd.") if python == "-" else python for name, python in rows}


@cache
def r_package() -> dict[str, str]:
    """Functions of the R package that are no operators, and where Python has the like; ``-`` where it has not."""
    rows = [line.split() for line in (FACTS / "r_package.txt").read_text(encoding="utf-8").splitlines()]
    return {row[0]: row[1] for row in rows}


@cache
def module_names() -> dict[str, str]:
    """The public names of each of MXNet's modules, as ``record_names.py`` wrote them."""
    facts: dict[str, str] = json.loads((FACTS / f"public_names-{LATEST}.json").read_text(encoding="utf-8"))
    return facts


def public_names(release: str = LATEST) -> list[str]:
    """The names of a release's operators that do not begin with an underscore."""
    return [name for name in registry(release) if not name.startswith("_")]


def since(name: str) -> str:
    """The first of the releases whose registry has the name."""
    return next(release for release in RELEASES if name in registry(release))


# Comparing


def findings(op: Op) -> list[str]:
    """Where an operator disagrees with MXNet 1.9.1, reviewed exceptions left out."""
    allowed = [row.finding for row in EXCEPTIONS if row.operator == op.name]
    return [text for text in all_findings(op) if not any(text.startswith(start) for start in allowed)]


def all_findings(op: Op) -> list[str]:
    """Where an operator disagrees with MXNet 1.9.1, in words."""
    if op.name not in registry(LATEST):
        return [f"MXNet {LATEST} has no operator {op.name}"]
    return [*_names(op), *argument_findings(op, LATEST), *_python_order(op)]


def _names(op: Op) -> Iterator[str]:
    facts = registry(LATEST)
    own = facts[op.name]["name"]
    theirs = {name for name, entry in facts.items() if entry["name"] == own}
    for name in sorted(theirs - {*op.names}):
        if not OTHER_FRONT_ENDS.match(name):
            yield f"alias {name} is missing"
    for name in op.names:
        if name not in theirs:
            yield f"alias {name} is not MXNet's"


def argument_findings(op: Op, release: str) -> Iterator[str]:
    """Where names, order, types, allowed values or defaults of the arguments disagree with a release."""
    theirs = registry(release)[op.name]["args"]
    names, wanted = [a.name for a in op.arguments], [name for name, _ in theirs]
    if names != wanted:
        yield f"arguments are {', '.join(names)}; MXNet {release} has {', '.join(wanted)}"
        return
    for argument, (name, words) in zip(op.arguments, theirs):
        ours = type_words(argument)
        if words in ("float", "string"):  # neither required nor optional: the registry does not tell its default
            words += ours.removeprefix(argument.registry_type)
        if meaning_of(ours) != meaning_of(words):
            yield f"argument {name} is {ours!r}; MXNet {release} has {words!r}"


def meaning_of(words: str) -> tuple[str, Any]:
    """The words for an argument as (type and necessity, default), so that equal meanings are equal.

    Floats are compared as the numbers MXNet keeps. Two spellings of the registry are one thing to a caller:
    "Shape(tuple), optional, default=None" and "Shape or None", None and 'None' among allowed values.
    """
    one = "NDArray-or-Symbol"
    inputs = {"NDArray": one, "Symbol": one, "Symbol or Symbol[]": f"{one}[]"}
    head, _, default = inputs.get(words, words).replace("{'None'", "{None").partition(", default=")
    if head == "Shape(tuple), optional" and default == "None":
        head = "Shape or None, optional"
    if default in ("", "None") or "string" in head:
        return head, default
    if head.startswith("float"):
        return head, np.float32(default)
    if head.startswith("double"):
        return head, float(default)
    if head.startswith("tuple of <float>"):
        return head, tuple(np.float32(item) for item in default.strip("[]").split(","))
    return head, default


def _python_order(op: Op) -> Iterator[str]:
    """MXNet's own Python functions take the inputs first, whatever the registry's order; or ``*inputs``."""
    arrays: list[str] = []
    rest: list[str] = []
    for name, words in registry(LATEST)[op.name]["args"]:
        (arrays if "Symbol" in words or words == "NDArray" else rest).append(name)
    parameters = inspect.signature(function_of(op)).parameters
    wanted = [*arrays, *rest, "out", "name"]
    have = list(parameters)[: len(wanted)]
    if have != wanted:
        yield f"the Python function takes {', '.join(have)}; MXNet's takes {', '.join(wanted)}"
    if op.variadic and parameters[arrays[0]].kind is not inspect.Parameter.VAR_POSITIONAL:
        yield f"the Python function takes {arrays[0]}, MXNet's *{arrays[0]}"
