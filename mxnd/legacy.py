"""Letting ``import mxnet`` find mxnd."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from types import ModuleType

from .core.errors import MXNetError
from .not_yet import MODULES, NotYet

_ALIASES = {"ndarray": "nd", "rnd": "random"}


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports ``mxnet.X`` as the module ``mxnd.X`` itself, so that both are one."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        top, _, rest = name.partition(".")
        if top != "mxnet" or _module(rest) is None:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def exec_module(self, module: ModuleType) -> None:
        real = _module(module.__name__.partition(".")[2])
        assert real is not None
        sys.modules[module.__name__] = real  # the import system hands out what stands here now


def _module(rest: str) -> ModuleType | None:
    """The module behind ``mxnet.REST``: mxnd's own, or a stand-in for one that is not there yet."""
    if not rest:
        return sys.modules["mxnd"]
    head, _, tail = rest.partition(".")
    name = ".".join(["mxnd", _ALIASES.get(head, head), *([tail] if tail else [])])
    if name in sys.modules:
        return sys.modules[name]
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("mxnd"):
            raise
    return NotYet(f"mxnd.{rest}") if head in MODULES else None


def install_as_mxnet() -> None:
    """From now on ``import mxnet`` in this process is mxnd. MXNetError when the real MXNet was imported before."""
    present = sys.modules.get("mxnet")
    if present is not None and present is not sys.modules["mxnd"]:
        raise MXNetError("another mxnet is imported in this process already; call install_as_mxnet() before it")
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
    importlib.import_module("mxnet")
