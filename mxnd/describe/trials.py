"""Shapes and errors on an operator's page: its samples run as they are, and run wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from ..core.errors import MXNetError
from ..core.op import Op
from .example import ANYWHERE, array_code

MOST = 4  # errors shown


def inputs_of(op: Op, sample: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of a sample by name; a list of them for a variadic one."""
    import mxnd

    domain = sample.get("domain", ANYWHERE)

    def made(value: Any, number: int) -> Any:
        return eval(array_code(value, domain, number), {"mx": mxnd})

    found: dict[str, Any] = {}
    for number, a in enumerate(op.inputs):
        value = sample.get(a.name)
        if value is not None:
            found[a.name] = [made(v, i) for i, v in enumerate(value)] if a.variadic else made(value, number)
    return found


def caller_of(op: Op) -> Callable[..., Any]:
    from ..array.functions import function_of

    function = function_of(op)
    variadic = op.inputs[0].name if op.variadic else ""

    def call(arrays: Mapping[str, Any], params: Mapping[str, Any]) -> Any:
        return function(*arrays[variadic], **params) if variadic else function(**arrays, **params)

    return call


def params_of(op: Op, sample: Mapping[str, Any]) -> dict[str, Any]:
    return {a.name: sample[a.name] for a in op.params if a.name in sample}


def shapes(op: Op) -> list[str]:
    """One line for each sample: shapes that go in, parameters, shapes that come out."""
    lines = []
    for sample in op.samples:
        arrays, params = inputs_of(op, sample), params_of(op, sample)
        went_in = [f"{name} {_shape(value)}" for name, value in arrays.items()]
        went_in += [f"{name}={value!r}" for name, value in params.items()]
        result = caller_of(op)(arrays, params)
        came_out = _shape(result) if not isinstance(result, list) or result else "nothing"
        lines.append(f"{', '.join(went_in) or 'nothing'} -> {came_out}")
    return list(dict.fromkeys(lines))


def _shape(value: Any) -> str:
    return " ".join(str(v.shape) for v in value) if isinstance(value, (list, tuple)) else str(value.shape)


def errors(op: Op) -> list[str]:
    """What some wrong calls of the first sample say."""
    if not op.samples:
        return []
    sample = op.samples[0]
    call, params = caller_of(op), params_of(op, sample)
    found: dict[str, None] = {}
    for arrays, wrong in _wrong(op, inputs_of(op, sample), params):
        try:
            call(arrays, wrong)
        except MXNetError as error:
            found[str(error)] = None
        if len(found) == MOST:
            break
    return list(found)


def _wrong(op: Op, arrays: dict[str, Any], params: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Calls with one thing wrong each: an enumeration, a missing parameter, a shape, a dtype, a range."""
    for p in op.params:
        if p.kind is not None and p.kind.choices and "dtype" not in p.name:
            yield arrays, {**params, p.name: "other"}
    for p in op.params:
        if p.required and p.name in params:
            yield arrays, {name: value for name, value in params.items() if name != p.name}
    for name, value in reversed(list(arrays.items())):
        first = value[0] if isinstance(value, list) else value
        data = first.asnumpy()
        for changed in (np.concatenate([data, data[:1]]), data[..., None], data.astype("bool")):
            other = _as_array(changed)
            yield {**arrays, name: [other, *value[1:]] if isinstance(value, list) else other}, params
    for p in op.params:
        if p.kind is not None and p.kind.registry in ("int", "int or None", "Shape or None") and not p.count:
            yield arrays, {**params, p.name: 99 if p.kind.registry != "Shape or None" else (99,)}


def _as_array(data: np.ndarray) -> Any:
    import mxnd

    return mxnd.nd.array(data, dtype=data.dtype)
