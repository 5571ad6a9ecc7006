"""Read (and write) the recorded answers of real MXNet 1.9.1. Needs NumPy only.

A file ``golden/ops/THEME.npz`` holds two entries, both flat uint8: ``manifest``, a JSON list with one object per case,
and ``data``, the bytes of all arrays. The manifest names an array as ``{"dtype", "shape", "offset"}`` and a tuple as
``{"tuple": [...]}``; equal arrays share their bytes.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent / "golden" / "ops"
Key = str | int  # an input: its name, or its position


@dataclasses.dataclass(frozen=True)
class Error:
    """``type``: the Python exception's class name; ``message``: its first telling line."""

    type: str
    message: str


@dataclasses.dataclass(frozen=True)
class Case:
    """One call of ``mx.nd.OP`` (``mx.nd._internal.OP`` for names with a leading underscore) and what it answered.

    inputs: arrays by name, or in call order (then Python numbers may stand among them); values before the call.
    params: Python values; strings are meant as strings, also "(2, 3)" and "True".
    train: ``autograd.record(train_mode=train)`` if anything is differentiated or train is true, else a plain call.
    seed: of the RandomState that made the inputs.
    out: the inputs also passed as ``out=``.
    outputs: the arrays returned; a call with no result is an empty list, one that failed is None.
    diff, heads, grads: inputs differentiated, head gradient of each output, gradient of each input in ``diff``.
    grad_error: recording the call, or its backward, raised this; ``outputs`` hold all the same, ``grads`` is empty.
    after: the inputs that the call changed in place, as they were afterwards.
    error: the call raised this. dies: the process ended, by this signal, "exit CODE", or "timeout".
    unstable: arrays ("outputs.1", "grads.data") that MXNet draws at random or leaves unwritten: only their dtype and
        shape hold here. "call": even whether it fails changes from run to run, and nothing else is recorded.
    plain: fields that change beyond rounding when oneDNN is off, as they are then. MXNet's own kernels answer those;
        dtypes oneDNN does not serve (float64) behave like them too.
    """

    id: str
    theme: str
    op: str
    inputs: dict[str, Any] | list[Any]
    params: dict[str, Any]
    train: bool
    seed: int
    out: tuple[Key, ...] = ()
    outputs: list[np.ndarray] | None = None
    diff: tuple[Key, ...] = ()
    heads: list[np.ndarray] = dataclasses.field(default_factory=list)
    grads: dict[Key, np.ndarray] = dataclasses.field(default_factory=dict)
    grad_error: Error | None = None
    after: dict[Key, np.ndarray] = dataclasses.field(default_factory=dict)
    error: Error | None = None
    dies: str | None = None
    unstable: tuple[str, ...] = ()
    plain: dict[str, Any] | None = None


def themes(folder: Path = FOLDER) -> list[str]:
    """Names of the recorded themes."""
    return sorted(path.stem for path in folder.glob("*.npz"))


def load(theme: str, folder: Path = FOLDER) -> list[Case]:
    """All cases of a theme, in recorded order. Arrays are read-only views of one buffer."""
    with np.load(folder / f"{theme}.npz") as file:
        manifest, data = json.loads(file["manifest"].tobytes()), file["data"].tobytes()
    return [Case(theme=theme, **_read(fields, data)) for fields in manifest]


def save(theme: str, cases: Iterable[Case], folder: Path = FOLDER) -> Path:
    """Write a theme; fields that hold their default are left out."""
    blob, seen = bytearray(), {}

    def place(array: np.ndarray) -> int:
        raw = np.ascontiguousarray(array).tobytes()
        if raw not in seen:
            blob.extend(bytes(-len(blob) % 8))
            seen[raw] = len(blob)
            blob.extend(raw)
        return seen[raw]

    manifest = json.dumps([_fields(case, place) for case in cases], separators=(",", ":"))
    path = folder / f"{theme}.npz"
    flat = np.frombuffer(bytes(blob), np.uint8)
    np.savez_compressed(path, manifest=np.frombuffer(manifest.encode(), np.uint8), data=flat)
    return path


def _fields(case: Case, place: Callable[[np.ndarray], int]) -> dict[str, Any]:
    blank = Case(case.id, case.theme, case.op, {}, {}, False, 0)
    given = {f.name: getattr(case, f.name) for f in dataclasses.fields(case) if f.name != "theme"}
    always = ("id", "op", "inputs", "params", "train", "seed")
    return {k: _write(v, place) for k, v in given.items() if k in always or v != getattr(blank, k)}


def _write(value: Any, place: Callable[[np.ndarray], int]) -> Any:
    if isinstance(value, np.ndarray):
        return {"dtype": value.dtype.name, "shape": list(value.shape), "offset": place(value)}
    if isinstance(value, Error):
        return {"type": value.type, "message": value.message}
    if isinstance(value, tuple):
        return {"tuple": [_write(v, place) for v in value]}
    if isinstance(value, list):
        return [_write(v, place) for v in value]
    if isinstance(value, dict):
        if any(isinstance(k, int) for k in value):
            return {"pairs": [[k, _write(v, place)] for k, v in value.items()]}
        return {k: _write(v, place) for k, v in value.items()}
    return value


def _read(value: Any, data: bytes) -> Any:
    if isinstance(value, list):
        return [_read(v, data) for v in value]
    if not isinstance(value, dict):
        return value
    keys = set(value)
    if keys == {"dtype", "shape", "offset"}:
        count = int(np.prod(value["shape"], dtype=int))
        return np.frombuffer(data, value["dtype"], count, value["offset"]).reshape(value["shape"])
    if keys == {"type", "message"}:
        return Error(**value)
    if keys == {"tuple"}:
        return tuple(_read(v, data) for v in value["tuple"])
    if keys == {"pairs"}:
        return {k: _read(v, data) for k, v in value["pairs"]}
    return {k: _read(v, data) for k, v in value.items()}
