"""What is derived from an operator's record for readers: its page, its line in the table, its typed signature."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

from ..core.errors import MXNetError, UnknownNameError, did_you_mean
from ..core.op import registry
from . import page, wording
from .facts import catalogue


def described(name: str) -> str:
    """The text about a name of ``mx.nd``, written as in Python or as in R.

    UnknownNameError for a name that MXNet does not have, with the nearest one; MXNetError for an operator that mxnd
    does not have yet.
    """
    nd: Any = importlib.import_module("mxnd.nd")  # as it is, not as its stub tells type checkers
    short = name.removeprefix("mx.").removeprefix("nd.").removeprefix("_internal.")
    plain = short.replace(".", "_")
    known = catalogue()
    if plain in nd.BY_HAND:
        function = nd.BY_HAND[plain]
        return f"mx.nd.{plain}{wording.plain_signature(function)}\n\n{inspect.getdoc(function)}\n"
    for candidate in (plain, f"_{plain}"):  # contrib.box_nms is _contrib_box_nms
        if candidate in registry:
            return page.text(registry[candidate], known)
    if plain in known.public:
        raise MXNetError(f"{plain} is an operator of MXNet 1.9.1 that mxnd does not have yet")
    names = {n for n in (*registry, *nd.BY_HAND, *known.public) if not n.startswith("_")}
    raise UnknownNameError(f"no operator is named {name!r}{did_you_mean(plain, names)}")
