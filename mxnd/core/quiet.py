"""NumPy's warnings about overflow, division by zero and the like put off: ``np.errstate(all="ignore")`` in a fourth of
its time, for what every call of an operator does.

    before = begin()
    try:
        ...
    finally:
        end(before)
"""

from __future__ import annotations

import contextvars
import functools
from collections.abc import Callable
from typing import Any

import numpy as np


def _pair() -> tuple[Callable[[], Any], Callable[[Any], object]]:
    """``begin`` and ``end``. NumPy 2 keeps its state in a context variable, which errstate makes a new value for each
    time; here that value is made once. Where the variable cannot be told, NumPy's functions serve."""
    before = contextvars.copy_context()
    with np.errstate(all="ignore"):
        inside = contextvars.copy_context()
    changed = [(variable, value) for variable, value in inside.items() if before.get(variable) is not value]
    if len(changed) != 1:
        return functools.partial(np.seterr, all="ignore"), lambda state: np.seterr(**state)
    [(variable, value)] = changed
    return functools.partial(variable.set, value), variable.reset


begin, end = _pair()


def quietly(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function without those warnings."""

    @functools.wraps(function)
    def call(*args: Any) -> Any:
        before = begin()
        try:
            return function(*args)
        finally:
            end(before)

    return call
