"""Whether an operator has a GPU form: whether all words have one that its samples are heard to use."""

from __future__ import annotations

from typing import Any

from .. import autograd
from ..backend.cuda.words import MISSING
from ..context import Context
from ..core.errors import MXNetError
from ..core.op import Op
from ..core.tape import Tape
from . import trials


def gpu_form(op: Op) -> str:
    """ "yes", or the words that are missing on a GPU."""
    lacking = [word for word in MISSING if word in _heard(op)] if MISSING else []
    return f"no: {', '.join(lacking)}" if lacking else "yes"


class _Listener:
    """F that computes with another one and remembers which words were used."""

    def __init__(self, F: Any) -> None:
        self.F = F
        self.heard: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.heard.add(name)
        return getattr(self.F, name)

    def apply(self, rule: Any, args: tuple[Any, ...]) -> Any:
        return rule.value(self, *args)

    def pull(self, pull: Any, args: list[Any], wanted: Any, shapes: Any) -> Any:
        return pull(self, *args)


def _heard(op: Op) -> set[str]:
    """The words of an operator's samples and of their gradients."""
    context = Context("cpu_shared", 1 << 16)  # one of its own: arrays on it are computed with the listener
    listener = _Listener(Context("cpu").F)
    vars(context).update(F=listener, tape=Tape(listener))
    with context:
        for sample in op.samples:
            arrays, params = trials.inputs_of(op, sample), trials.params_of(op, sample)
            for array in arrays.values():
                for each in array if isinstance(array, list) else [array]:
                    each.attach_grad()
            with autograd.record():
                results = trials.caller_of(op)(arrays, params)
            results = results if isinstance(results, (list, tuple)) else [results]
            try:
                autograd.backward([r for r in results if r._node is not None])
            except MXNetError:
                continue  # has no gradient
    return listener.heard
