"""What a case of the benchmark is: inputs, and one expression a library. NumPy alone; every worker imports it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np

Shape = tuple[int, ...]
Kind = Literal["normal", "weight", "positive", "fixed", "index", "mask"]


class Input(NamedTuple):
    """An array by shape and kind; float32 except where a library wants integers or booleans for indices and masks.

    ``normal``: standard normal; ``weight``: normal, small enough that layers keep the scale; ``positive``: uniform in
    0.1..1; ``fixed``: the same, never differentiated; ``index``: whole numbers below ``high``; ``mask``: 0 or 1.
    """

    shape: Shape
    kind: Kind = "normal"
    high: int = 2

    @property
    def differentiable(self) -> bool:
        return self.kind in ("normal", "weight", "positive")

    def value(self, seed: int) -> np.ndarray:
        """float32 values; the same for the same seed in every process."""
        draw = np.random.default_rng(seed)
        if self.kind in ("index", "mask"):
            return draw.integers(self.high, size=self.shape, dtype=np.int32).astype(np.float32)
        if self.kind in ("positive", "fixed"):
            return draw.random(self.shape, np.float32) * np.float32(0.9) + np.float32(0.1)
        scale = np.prod(self.shape[1:]) ** -0.5 if len(self.shape) > 1 else 0.1
        values = draw.standard_normal(self.shape, np.float32) * np.float32(scale if self.kind == "weight" else 1)
        return np.asarray(values)


class Case(NamedTuple):
    """One row of the benchmark.

    ``mx(mx, *inputs)`` is written once for mxnd and MXNet, ``torch(torch, *inputs)`` says the same in PyTorch.
    ``forward`` times the call alone; ``backward`` records it and pulls a cotangent back to all differentiable inputs;
    ``program`` times an expression that records and updates by itself. ``torch_inputs`` remakes inputs that PyTorch
    keeps in another form, once, before anything is timed. ``same`` says that all libraries give the same numbers.
    """

    name: str
    family: str
    inputs: tuple[Input, ...]
    mx: Callable[..., Any]
    torch: Callable[..., Any]
    mode: Literal["forward", "backward", "program"] = "forward"
    torch_inputs: Callable[..., Any] | None = None
    same: bool = True

    def values(self) -> list[np.ndarray]:
        return [each.value(seed) for seed, each in enumerate(self.inputs)]
