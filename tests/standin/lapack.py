"""Linear algebra as CuPy has it: a matrix that has no answer gives NaN, and an error only inside ``errstate``."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from . import mixing
from .mixing import arrays_in, wrap


class _Config(threading.local):
    linalg = "ignore"


_config = _Config()


@contextmanager
def errstate(*, linalg: Any) -> Iterator[None]:
    """``linalg="raise"``: errors of the library are LinAlgErrors. (CuPy's other words are not here.)"""
    if linalg not in ("raise", "ignore"):
        raise NotImplementedError(f"errstate(linalg={linalg!r})")
    before, _config.linalg = _config.linalg, linalg
    try:
        yield
    finally:
        _config.linalg = before


def call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A function of linear algebra on device arrays."""
    try:
        return mixing.call(function, args, kwargs)
    except np.linalg.LinAlgError as error:
        shapes = any(word in str(error) for word in ("dimension", "square"))
        if shapes or _config.linalg == "raise":
            raise
        last = arrays_in(args)[-1]  # the right-hand side, or the only matrix: the result is like it
        return wrap(np.full(last.shape, np.nan, last.dtype))
