"""How a case is written: one call of one operator, with inputs described by kind, shape and dtype.

Every module in this folder is a theme with a function ``cases()`` that yields ``Case`` records built by ``case``.
Only NumPy is needed, so a theme can be read anywhere; ``record.py`` plays the cases on real MXNet.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

FLOATS = ("float16", "float32", "float64")
INTS = ("int8", "uint8", "int32", "int64")
NUMBERS = FLOATS + INTS
SPECIALS = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, np.inf, -np.inf, np.nan, 3.0]


@dataclass(frozen=True)
class Values:
    """An array yet to be made: what kind of numbers, which shape, which dtype. ``data`` is for kind "array"."""

    kind: str
    shape: tuple[int, ...]
    dtype: str = "float32"
    data: Any = None

    def make(self, rng: np.random.RandomState) -> np.ndarray:
        if self.kind == "array":
            return np.array(self.data, self.dtype).reshape(self.shape)
        return np.asarray(_KINDS[self.kind](rng, self.shape, np.dtype(self.dtype))).astype(self.dtype)

    def __str__(self) -> str:
        if self.kind == "array":
            text = str(np.array(self.data).reshape(self.shape).tolist()).replace(" ", "")
        else:
            text = f"{self.kind}({','.join(map(str, self.shape))})"
        return text if self.dtype == "float32" else f"{text}:{self.dtype}"


def _grid(x: np.ndarray) -> np.ndarray:
    """Round to 1/512: still irregular, but the same number in float16 and float64, and it compresses."""
    return np.round(x * 512) / 512


def _normal(rng: np.random.RandomState, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    return _ints(rng, shape, dtype) if dtype.kind in "iub" else _grid(rng.normal(size=shape))


def _ints(rng: np.random.RandomState, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    return rng.randint(0 if dtype.kind in "ub" else -5, 2 if dtype.kind == "b" else 10, size=shape)


def _positive(rng: np.random.RandomState, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    return rng.randint(1, 8, size=shape) if dtype.kind in "iub" else _grid(rng.uniform(0.1, 3, size=shape))


def _unit(rng: np.random.RandomState, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    return rng.randint(0, 2, size=shape) if dtype.kind in "iub" else _grid(rng.uniform(-0.95, 0.95, size=shape))


def _distinct(rng: np.random.RandomState, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    size = int(np.prod(shape))
    return (rng.permutation(size) - (0 if dtype.kind == "u" else size // 2)).reshape(shape)


def _specials(rng: np.random.RandomState, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    return np.resize(SPECIALS, shape)


_KINDS = {
    "normal": _normal,  # standard normal; small integers for integer dtypes
    "ints": _ints,  # -5..9, or 0..9 unsigned
    "positive": _positive,  # 0.1..3, or 1..7
    "unit": _unit,  # -0.95..0.95, or 0 and 1
    "distinct": _distinct,  # a permutation: no two equal
    "specials": _specials,  # SPECIALS, repeated
    "zeros": lambda rng, shape, dtype: np.zeros(shape),
    "ones": lambda rng, shape, dtype: np.ones(shape),
    "arange": lambda rng, shape, dtype: np.arange(np.prod(shape)).reshape(shape),
}

normal, ints, positive, unit, distinct, specials, zeros, ones, arange = (partial(Values, kind) for kind in _KINDS)


def array(data: Any, dtype: str = "float32") -> Values:
    """Exactly these numbers."""
    return Values("array", np.shape(data), dtype, data)


@dataclass(frozen=True)
class Case:
    """One call; ``id`` is the call as text. ``inputs`` keeps the call's order: a dict for named inputs, else a list.

    ``diff`` names the inputs to differentiate (keys, or positions), ``out`` the inputs given as ``out=``.
    """

    id: str
    op: str
    inputs: dict[str, Any] | list[Any]
    params: dict[str, Any]
    diff: tuple[str | int, ...]
    train: bool
    out: tuple[str | int, ...]
    seed: int


def keyed(inputs: dict[str, Any] | list[Any]) -> Iterator[tuple[Any, Any]]:
    """(key, value) pairs of named or positional inputs."""
    return iter(inputs.items()) if isinstance(inputs, dict) else enumerate(inputs)


def case(
    op: str,
    *positional: Any,
    diff: tuple[str | int, ...] | None = None,
    train: bool | None = None,
    out: str | int | tuple[str | int, ...] = (),
    **given: Any,
) -> Case:
    """A case from the call it stands for: ``case("dot", lhs=normal((2, 3)), rhs=normal((3, 2)), transpose_a=True)``.

    Arguments that are ``Values`` are inputs, all others parameters; positional arguments (arrays or Python numbers)
    are inputs too. Unless ``diff`` says otherwise every float input is differentiated (MXNet cannot attach a
    gradient to an empty one); ``train`` defaults to whether anything is.
    """
    params = {k: v for k, v in given.items() if not isinstance(v, Values)}
    named = {k: v for k, v in given.items() if isinstance(v, Values)}
    if positional and named:
        raise ValueError(f"{op}: give inputs by position or by name, not both")
    specs: Any = list(positional) if positional else named
    if diff is None:
        arrays = [(k, v) for k, v in keyed(specs) if isinstance(v, Values)]
        diff = tuple(k for k, v in arrays if v.dtype.startswith("float") and v.shape and 0 not in v.shape)
    train = bool(diff) if train is None else train
    out = out if isinstance(out, tuple) else (out,)
    words = [str(v) if isinstance(k, int) else f"{k}={v}" for k, v in keyed(specs)]
    words += [f"{k}={v!r}" for k, v in params.items()] + [f"out={k}" for k in out]
    name = f"{op}({', '.join(words)})"
    name += " predict" if diff and not train else " train" if train and not diff else ""
    seed = zlib.crc32(name.encode())
    rng = np.random.RandomState(seed)
    made = [(k, v.make(rng) if isinstance(v, Values) else v) for k, v in keyed(specs)]
    inputs: Any = [v for _, v in made] if positional else dict(made)
    if len(name) > 160:
        name = f"{name[:150]}...{hashlib.sha1(name.encode()).hexdigest()[:7]}"
    return Case(name, op, inputs, params, diff, train, out, seed)
