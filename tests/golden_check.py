"""Holding mxnd to one recorded case of real MXNet: what differs, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import mxnd as mx
from compat.goldens import Case

# The one place of tolerances: (relative, absolute) by dtype. Integers are compared exactly.
TOLERANCE = {"float16": (2e-3, 1e-3), "float32": (2e-5, 2e-6), "float64": (1e-9, 1e-10)}


@dataclass
class Answer:
    """What mxnd gave for a case."""

    outputs: list[np.ndarray] | None = None
    grads: dict[Any, np.ndarray] | None = None
    after: dict[Any, np.ndarray] | None = None
    error: Exception | None = None
    grad_error: Exception | None = None


def nd_array(value: Any) -> Any:
    """A recorded array as NDArray of its own dtype; numbers as they are."""
    return mx.nd.array(value, dtype=value.dtype) if isinstance(value, np.ndarray) else value


def function(name: str) -> Any:
    return getattr(mx.nd._internal if name.startswith("_") else mx.nd, name)


def run(case: Case) -> Answer:
    """Call mxnd as the case says."""
    mx.random.seed(case.seed)
    pairs = case.inputs.items() if isinstance(case.inputs, dict) else enumerate(case.inputs)
    inputs = {key: nd_array(value) for key, value in pairs}
    for key in case.diff:
        inputs[key].attach_grad()
    params = dict(case.params)
    if case.out:
        outs = [inputs[key] for key in case.out]
        params["out"] = outs[0] if len(outs) == 1 else outs
    args = [inputs[key] for key in inputs] if isinstance(case.inputs, list) else []
    kwargs = {} if isinstance(case.inputs, list) else inputs
    answer = Answer()
    try:
        if case.diff or case.train:
            with mx.autograd.record(train_mode=case.train):
                result = function(case.op)(*args, **kwargs, **params)
        else:
            result = function(case.op)(*args, **kwargs, **params)
    except (mx.MXNetError, TypeError) as error:  # TypeError: Python's own, for a doubled argument
        answer.error = error
        return answer
    outputs = result if isinstance(result, (list, tuple)) else [result]
    answer.outputs = [out.asnumpy() for out in outputs]
    if case.diff:
        try:
            heads = [nd_array(head) for head in case.heads[: len(outputs)]] or None
            mx.autograd.backward(list(outputs), heads)
            answer.grads = {key: inputs[key].grad.asnumpy() for key in case.diff}
        except mx.MXNetError as error:
            answer.grad_error = error
    answer.after = {key: inputs[key].asnumpy() for key in case.after}
    return answer


def differences(case: Case, rtol: float = 0.0) -> list[str]:
    """How mxnd's answer differs from the recorded one; empty when it does not.

    ``rtol`` widens the relative tolerance of floating results where a reason stands in the table of differences.
    """
    answer = run(case)
    if case.dies or "call" in case.unstable:
        return []  # any answer, or an MXNetError, is better than the end of the process, or than chance
    if case.error is not None:
        return [] if answer.error else [f"answers: MXNet raised {case.error.message!r}"]
    if answer.error is not None:
        return [f"raises: {answer.error}"]
    return list(_compare(case, answer, rtol))


def _compare(case: Case, answer: Answer, rtol: float) -> Iterator[str]:
    plain = case.plain or {}
    yield from _compare_all(case, "outputs", list(enumerate(case.outputs)), answer.outputs, plain, rtol)
    if case.grad_error is not None:
        if answer.grad_error is None and answer.grads is not None:
            yield f"backward answers: MXNet raised {case.grad_error.message!r}"
    elif answer.grad_error is not None:
        yield f"backward raises: {answer.grad_error}"
    elif case.grads:
        yield from _compare_all(case, "grads", list(case.grads.items()), answer.grads, plain, rtol)
    yield from _compare_all(case, "after", list(case.after.items()), answer.after or {}, plain, rtol)


def _compare_all(
    case: Case, field: str, wanted: list[tuple[Any, Any]], got: Any, plain: dict[str, Any], rtol: float
) -> Iterator[str]:
    if field == "outputs" and len(wanted) != len(got):
        yield f"outputs: {len(got)} arrays, MXNet returned {len(wanted)}"
        return
    for key, want in wanted:
        have = got[key]
        label = f"{field}.{key}"
        if have.dtype != want.dtype or have.shape != want.shape:
            yield f"{label}: {have.dtype} {have.shape}, MXNet {want.dtype} {want.shape}"
        elif label not in case.unstable and not close(have, want, rtol):
            other = plain.get(field)
            if other is None or not close(have, other[key], rtol):
                yield f"{label}: {have.tolist()}, MXNet {want.tolist()}"


def close(have: np.ndarray, want: np.ndarray, wider: float = 0.0) -> bool:
    """Equal within the tolerance of their dtype; NaN equals NaN, infinities by sign."""
    if want.dtype.name not in TOLERANCE:
        return bool(np.array_equal(have, want))
    rtol, atol = TOLERANCE[want.dtype.name]
    rtol = max(rtol, wider)
    return bool(np.allclose(have.astype("float64"), want.astype("float64"), rtol=rtol, atol=atol, equal_nan=True))
