"""Rules that work along some axes, computed block by block of the other axes, on all threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core.shapes import counted
from . import threads
from .blocked import cuts
from .memory import empty

BLOCK = 1 << 17  # elements

Key = tuple[slice, ...]


def keys(shape: tuple[int, ...], axes: int | Sequence[int]) -> list[Key]:
    """The blocks of an array that a rule works along ``axes`` of; none where it would be one block."""
    found = list(cuts(shape, BLOCK, counted(axes, len(shape))))
    return found if len(found) > 1 else []


def _part(x: Any, shape: tuple[int, ...], key: Key) -> Any:
    """The part of an argument that goes with a block: cut along every axis that has the size of the whole."""
    if isinstance(x, tuple):
        return tuple([_part(item, shape, key) for item in x])
    if not isinstance(x, np.ndarray) or x.ndim != len(shape):
        return x
    return x[_places(x.shape, shape, key)]


def _places(own: tuple[int, ...], shape: tuple[int, ...], key: Key) -> Key:
    return tuple([k if n == whole else slice(None) for k, n, whole in zip(key, own, shape)])


def value(words: Any, function: Callable[..., Any], args: Sequence[Any], blocks: Sequence[Key]) -> Any:
    """``function(words, *args)`` in blocks of the first argument, whose shape and dtype the result has."""
    x = args[0]
    out = empty(x.shape, x.dtype)

    def task(key: Key) -> None:
        out[key] = function(words, *[_part(a, x.shape, key) for a in args])

    with np.errstate(all="ignore"):
        threads.spread(task, blocks)
    return out


def pulled(
    words: Any, pull: Callable[..., Any], args: Sequence[Any], shapes: Sequence[Any], blocks: Sequence[Key]
) -> list[Any]:
    """The cotangents of the arguments that have ``shapes`` (None: not wanted)."""
    shape = args[0].shape
    cut = [axis for axis in range(len(blocks[0])) if any(key[axis] != blocks[0][axis] for key in blocks)]
    found = [None if own is None else empty(own, args[0].dtype) for own in shapes]
    whole = [own is not None and len(own) == len(shape) and all(own[a] == shape[a] for a in cut) for own in shapes]
    parts: list[Any] = [None] * len(blocks)

    def task(number: int) -> None:
        key = blocks[number]
        cts = pull(words, *[_part(a, shape, key) for a in args])
        parts[number] = rest = {}
        for i, ct in enumerate(cts):
            if ct is None or shapes[i] is None:
                continue
            ct = ct() if callable(ct) else ct
            if whole[i]:
                found[i][_places(shapes[i], shape, key)] = ct
            else:
                rest[i] = ct

    with np.errstate(all="ignore"):
        threads.spread(task, range(len(blocks)))
    for i, own in enumerate(shapes):
        if own is not None and not whole[i]:
            found[i][...] = 0
            for key, part in zip(blocks, parts):  # always in this order
                found[i][_places(own, shape, key)] += part[i]
    return found
