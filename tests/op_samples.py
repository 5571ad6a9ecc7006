"""Inputs for an operator's samples, made from their shapes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

import mxnd as mx
from mxnd.array.functions import function_of
from mxnd.core.op import Op, registry


def all_samples() -> Iterator[tuple[Op, int, Mapping[str, Any]]]:
    """Every (operator, number, sample)."""
    for op in registry.unique():
        for number, sample in enumerate(op.samples):
            yield op, number, sample


def split_sample(op: Op, sample: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A sample as inputs (name to shape or to values; a list of those for a variadic one) and parameters."""
    names = {a.name for a in op.inputs}
    inputs = {name: value for name, value in sample.items() if name in names}
    return inputs, {name: value for name, value in sample.items() if name not in names and name != "domain"}


def values(shape: Any, rng: np.random.RandomState, domain: tuple[float, float], dtype: str = "float64") -> np.ndarray:
    """Distinct numbers of the domain in random order, away from each other; given values as they are."""
    if not isinstance(shape, tuple):
        return np.array(shape, dtype)
    low, high = domain
    size = int(np.prod(shape))
    grid = low + (high - low) * (np.arange(size) + 0.25 + 0.5 * rng.rand(size)) / size
    return rng.permutation(grid).reshape(shape).astype(dtype)


def make_inputs(op: Op, sample: Mapping[str, Any], dtype: str = "float64", seed: int = 0) -> list[np.ndarray | None]:
    """NumPy inputs in call order. Inputs of free dtype get whole numbers when their values are given as a list."""
    rng = np.random.RandomState(seed)
    domain = sample.get("domain", (-1.9, 2.1))
    shapes, _ = split_sample(op, sample)
    if op.variadic:
        name = op.inputs[0].name
        return [values(shape, rng, domain, dtype) for shape in shapes[name]]
    return [values(shapes[a.name], rng, domain, dtype) if a.name in shapes else None for a in op.inputs]


def call(op: Op, arrays: list[Any], params: Mapping[str, Any], **more: Any) -> Any:
    """The operator's function on NDArrays or NumPy arrays."""
    wrapped = [mx.nd.array(a, dtype=a.dtype) if isinstance(a, np.ndarray) else a for a in arrays]
    return function_of(op)(*wrapped, **params, **more)


def listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]
