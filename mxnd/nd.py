"""``mx.nd``: every operator as a function, under MXNet's Python names and under the dotted ones of its R documentation.

Functions are compiled when they are first looked up. ``mx.nd.slice.axis`` and ``getattr(mx.nd, "slice.axis")`` are
``mx.nd.slice_axis``; ``mx.nd.linalg.gemm2`` is ``mx.nd.linalg_gemm2``.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from . import random
from .array import NDArray, creation, files, ndarray, operators, sparse
from .array import contrib as _contrib
from .array import control_flow as _control_flow
from .array.files import load, load_frombuffer, save
from .array.functions import function_of
from .core.errors import UnknownNameError, did_you_mean
from .core.op import Op, registry
from .not_yet import OPERATORS, NotYet
from .operator import Custom
from .ops.family import BINARY

__path__: list[str] = []  # a package to the import system: ``import mxnet.ndarray.random`` looks further
__all__ = ["NDArray", "load", "load_frombuffer", "random", "save"]  # the rest is looked up

BY_HAND: dict[str, Callable[..., Any]] = {name: getattr(creation, name) for name in creation.__all__}
BY_HAND |= {"Custom": Custom, "cast_storage": sparse.cast_storage}
for _row in BINARY:
    BY_HAND |= {_name: operators.binary_function(_row, _name) for _name in _row.functions}


class RName:
    """The beginning of a dotted R name: ``mx.nd.broadcast`` of ``mx.nd.broadcast.add``."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return lookup(self._name, strict=True)(*args, **kwargs)

    def __getattr__(self, part: str) -> Any:
        if part.startswith("__"):
            raise AttributeError(part)
        return lookup(f"{self._name}_{part}")

    def __repr__(self) -> str:
        return f"<mx.nd.{self._name.replace('_', '.')}...>"


def _begun_by(name: str) -> set[str]:
    """The next parts of the operator names that go on after ``name_``."""
    start = f"{name}_"
    return {known[len(start) :].partition("_")[0] for known in registry if known.startswith(start)} - {""}


def lookup(name: str, strict: bool = False) -> Any:
    """The function of a name written with dots or underscores; an RName for the beginning of one unless ``strict``."""
    name = name.replace(".", "_")
    op = registry.get(name)
    function = BY_HAND.get(name) or (function_of(op) if op is not None else None)
    longer = _begun_by(name)
    if function is None:
        if longer and not strict:
            return RName(name)
        if name in OPERATORS:
            return NotYet(f"{__name__}.{name.replace('_contrib_', 'contrib.')}", OPERATORS[name])
        known = {n for n in (*registry, *BY_HAND) if not n.startswith("_")}
        raise UnknownNameError(f"mx.nd has no {name!r}{did_you_mean(name, known)}")
    for part in longer:
        if not hasattr(function, part):
            setattr(function, part, RName(f"{name}_{part}"))
    return function


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    found = lookup(name)
    if not isinstance(found, RName):
        globals()[name] = found  # later look-ups cost what any module attribute costs
    return found


def __dir__() -> list[str]:
    names = (*globals(), *registry, *BY_HAND)
    return sorted({name for name in names if not name.startswith("_")})


def _forget(op: Op) -> None:
    """An operator declared anew must not be hidden by its old function."""
    for name in op.names:
        globals().pop(name, None)


registry.watchers.append(_forget)


def member(space: str, name: str, starts: Sequence[str], also: Iterable[str] = ()) -> Any:
    """``mx.nd.SPACE.NAME``: the operator called NAME after one of ``starts``, or an RName for the beginning of one."""
    if name.startswith("__"):
        raise AttributeError(name)
    plain = name.replace(".", "_")
    for start in starts:
        if start + plain in registry or start + plain in OPERATORS or _begun_by(start + plain):
            return lookup(start + plain)
    known = [*also, *members(starts)]
    raise UnknownNameError(f"{space.replace('mxnd', 'mx', 1)} has no {name!r}{did_you_mean(plain, known)}")


def members(starts: Sequence[str]) -> list[str]:
    """The names of the operators that begin in one of these ways, without their beginning."""
    return sorted({known[len(start) :] for start in starts for known in registry if known.startswith(start)})


class Namespace(types.ModuleType):
    """Operators that share a beginning of their names, without it: ``mx.nd.linalg.gemm2``."""

    def __init__(self, name: str, *starts: str) -> None:
        super().__init__(f"{__name__}.{name}", f"Operators whose names begin with {' or '.join(starts)}.")
        self.__dict__["_starts"] = starts
        sys.modules[self.__name__] = self

    def __getattr__(self, name: str) -> Any:
        return member(self.__name__, name, self._starts)

    def __dir__(self) -> list[str]:
        own = {name for name, value in vars(self).items() if isinstance(value, types.FunctionType)}
        return sorted(own | {*members(self._starts)})


linalg = Namespace("linalg", "linalg_", "_linalg_")
contrib = Namespace("contrib", "_contrib_")
image = Namespace("image", "_image_")
op = Namespace("op", "")
_internal = Namespace("_internal", "")
for _module in (_contrib, _control_flow):
    vars(contrib).update({_name: getattr(_module, _name) for _name in _module.__all__})
vars(_internal)["_set_value"] = creation.set_value
sys.modules[f"{__name__}.random"] = random

# MXNet's modules of these names, and what is still missing.
utils = files
imdecode, CachedOp = (NotYet(f"{__name__}.{_name}") for _name in ("imdecode", "CachedOp"))
sys.modules |= {f"{__name__}.ndarray": ndarray, f"{__name__}.utils": files, f"{__name__}.sparse": sparse}
