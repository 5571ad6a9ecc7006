"""What becomes of a name: looked up in mxnd itself, and in the list of MXNet 1.9.1's public names."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from types import ModuleType
from typing import Any

import mxnd

from ..core.errors import UnknownNameError, did_you_mean
from ..describe.facts import catalogue
from ..legacy import _module as module_behind
from ..not_yet import NotYet

SUPPORTED, NOT_YET, UNKNOWN = "supported", "not yet", "unknown"
SHORT = {"ndarray": "nd", "symbol": "sym", "module": "mod", "initializer": "init", "kvstore": "kv"}
Path = tuple[str, ...]
RName: Any = vars(mxnd.nd)["RName"]  # its stub leaves it out


@dataclass(frozen=True)
class Judgement:
    """What is known about a name.

    name: As shown, ``mx.nd.Convolution``; what follows a function or class is left out.
    status: SUPPORTED, NOT_YET or UNKNOWN. hint: Words to put behind the name. target: The function, if there is one.
    module: Whether it is a module, which is no use of anything yet.
    """

    name: str
    status: str
    hint: str = ""
    target: Any = None
    module: bool = False


@cache
def _names() -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """MXNet's modules with their names (and the modules behind those that are modules); the R package's functions."""
    text = resources.files("mxnd").joinpath("data/public_names.json").read_text(encoding="utf-8")
    data = json.loads(text)
    modules = data["python"]
    return {name: dict(word.partition("=")[::2] for word in modules[name].split()) for name in modules}, data["r"]


def names_in(path: Path) -> dict[str, str]:
    """The names of one of MXNet's modules, empty when it is none; values tell the module behind a name."""
    modules, _ = _names()
    here = ""
    for part in path:
        here = modules.get(here, {}).get(part, "")
        if not here:
            return {}
    return modules.get(here, {})


@cache
def judge(path: Path) -> Judgement:
    """What becomes of ``mx.PATH``. Names like ``__dict__`` behind another say nothing more about it."""
    path = (*path[:1], *itertools.takewhile(lambda part: not part.startswith("__"), path[1:]))
    thing: Any = mxnd
    for i, part in enumerate(path):
        inner = _member(thing, part, path[:i])
        if inner is None or isinstance(inner, NotYet):
            return _absent(path, i, thing)
        thing = inner
        ahead = getattr(thing, path[i + 1], None) if i + 1 < len(path) else None
        if not isinstance(thing, (ModuleType, RName)) and not isinstance(ahead, RName):
            return Judgement(_dotted(path[: i + 1]), SUPPORTED, target=thing)
    if not isinstance(thing, RName):
        return Judgement(_dotted(path), SUPPORTED, module=True)
    try:
        return Judgement(_dotted(path), SUPPORTED, target=vars(mxnd.nd)["lookup"](thing._name, strict=True))
    except UnknownNameError:
        return _absent(path, len(path) - 1, mxnd.nd)


def _dotted(path: Path) -> str:
    return ".".join(("mx", *path))


def _member(thing: Any, part: str, before: Path) -> Any:
    """An attribute or submodule; None when mxnd does not have it."""
    found = getattr(thing, part, None)
    if found is None and isinstance(thing, ModuleType) and not part.startswith("__"):
        full = {short: name for name, short in SHORT.items()}
        head = tuple(full.get(word, word) for word in before[:1])
        found = module_behind(".".join((*head, *before[1:], part)))
    return found


def _absent(path: Path, i: int, thing: Any) -> Judgement:
    """About a name that mxnd does not have: PATH up to and with ``path[i]``."""
    for j, part in enumerate(path):
        inside = names_in(path[:j])
        if part not in inside:
            if part.startswith("_"):
                return Judgement(_dotted(path[: j + 1]), UNKNOWN, " (a private name of MXNet)")
            own = (name for name in dir(thing) if i == j and not name.startswith("_"))
            return Judgement(_dotted(path[: j + 1]), UNKNOWN, did_you_mean(part, sorted({*inside, *own})))
        if not inside[part]:  # a function or class in MXNet, maybe more than that here
            return Judgement(_dotted(path[: max(i, j) + 1]), NOT_YET if j >= i else UNKNOWN)
    return Judgement(_dotted(path), NOT_YET, module=True)


def operator_behind(path: Path, found: Judgement) -> Any:
    """The function whose arguments a name takes: for Symbols that of the operator, be ``mx.sym`` there or not."""
    return judge(("nd", *path[1:])).target if path[:1] in (("sym",), ("F",)) else found.target


# R


@cache
def judge_r(name: str) -> Judgement:
    """What becomes of one of the R package's functions: ``mx.nd.slice.axis``, ``mx.symbol.Variable``, ``mx.cpu``."""
    _, package = _names()
    known = catalogue().r_names
    counterpart = package.get(name, "")
    if name.startswith("mx.nd."):
        counterpart = counterpart or f"nd.{known.get(name, name.removeprefix('mx.nd.').replace('.', '_'))}"
    elif name.startswith("mx.symbol."):
        counterpart = counterpart or f"sym.{name.removeprefix('mx.symbol.').replace('.', '_')}"
    if not counterpart:
        return Judgement(name, UNKNOWN, _near_r(name))
    if counterpart == "-":
        return Judgement(name, NOT_YET, " (only R has it)")
    found = judge(tuple(counterpart.split(".")))
    if found.status == UNKNOWN:
        if name in known or name in package:
            return Judgement(name, NOT_YET, " (only R has it)")
        return Judgement(name, UNKNOWN, _near_r(name))
    if name in package and not name.startswith(("mx.nd.", "mx.symbol.")):
        return Judgement(name, found.status, f" ({found.name} in Python)")
    return replace(found, name=name, target=operator_behind(tuple(counterpart.split(".")), found))


def _near_r(name: str) -> str:
    """``"; did you mean 'x'?"`` for a function of the R package, without what begins the names of its kind."""
    start = next((start for start in ("mx.nd.", "mx.symbol.") if name.startswith(start)), "mx.")
    known = [*catalogue().r_names, *_names()[1], *(f"mx.symbol.{symbol}" for symbol in names_in(("sym",)))]
    return did_you_mean(name.removeprefix(start), sorted(k.removeprefix(start) for k in known if k.startswith(start)))
