"""Bad calls of every operator, generated from its samples: an answer or an MXNetError that names it, nothing else."""

from __future__ import annotations

import resource
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from op_samples import all_samples, make_inputs, split_sample

import mxnd as mx
from mxnd.array.functions import function_of
from mxnd.core.op import Op

SAMPLES = list(all_samples())
NUMBERS = {
    "int": (-99, 99, 0, -1, 2**31 - 1),
    "int (non-negative)": (0, 1, 99, 2**31 - 1),
    "int or None": (-99, 99, 0, None),
    "long": (-1, 0, 2**40),
    "float": (float("nan"), float("inf"), -1.0, 0.0, 1e30),
    "double": (float("nan"), float("inf"), -1.0, 0.0, 1e300),
    "Shape(tuple)": ((), (0,), (-1,), (99,), (1, 2, 3, 4, 5, 6, 7), (2**31 - 1, 2**31 - 1)),
    "Shape or None": ((), (0,), (-99,), (99,), (0, 0), None),
    "tuple of <float>": ((), (0.0,), (float("nan"),) * 9),
}
# Parameters that say how much to make or to do: a huge number there is a request, not a mistake.
AMOUNTS = {
    *("shape", "reps", "repeats", "repeat", "depth", "pad_width", "N", "M", "stop", "start", "size", "output_size"),
    *("scale", "height", "width", "pooled_size", "target_shape", "sample_ratio", "sampling_ratio", "stride", "nsize"),
    *("rpn_post_nms_top_n", "out_dim", "offset", "k"),
}


@pytest.fixture(autouse=True)
def little_memory():
    """A request for more than 6 GiB fails at once instead of filling the machine."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (6 << 30, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


def bad_inputs(op: Op, arrays: list[Any]) -> Iterator[tuple[str, list[Any]]]:
    """Inputs of other ranks, shapes, dtypes, without elements, missing."""
    for i, array in enumerate(arrays):
        if array is None:
            continue
        name = op.inputs[0].name if op.variadic else op.inputs[i].name
        changed = {
            "one axis more": array[..., None],
            "a front axis more": array[None],
            "one axis less": array.reshape(-1) if array.ndim > 1 else array.reshape(-1)[:1],
            "one element": array.reshape(-1)[:1],
            "longer": np.concatenate([array, array[:1]]) if array.size else array,
            "no elements": array[:0],
            "six axes": array.reshape((1,) * max(0, 6 - array.ndim) + array.shape),
            **{dtype: array.astype(dtype) for dtype in ("int32", "uint8", "bool", "float16", "int64")},
            "NaN": np.full_like(array, np.nan),
            "huge": np.full_like(array, 3e38),
            "negative": np.full_like(array, -7),
        }
        for how, value in changed.items():
            yield f"{name}: {how}", [value if j == i else a for j, a in enumerate(arrays)]
        yield f"{name}: missing", [None if j == i else a for j, a in enumerate(arrays)]


def bad_params(op: Op, params: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Numbers and shapes out of range, one parameter at a time."""
    for p in op.params:
        for value in NUMBERS.get(p.kind.registry, ()):
            huge = p.name in AMOUNTS and np.any(np.abs(np.array(value or 0, "float64")) > 1000)
            if not huge:
                yield f"{p.name}={value}", {**params, p.name: value}


def attempt(op: Op, arrays: list[Any], params: dict[str, Any], how: str) -> str | None:
    """What is wrong with the answer, or None."""
    wrapped = [mx.nd.array(a, dtype=a.dtype) if isinstance(a, np.ndarray) else a for a in arrays]
    for w in wrapped:
        if isinstance(w, mx.nd.NDArray) and w.dtype in (np.float32, np.float64):
            w.attach_grad()
    try:
        with warnings.catch_warnings(), mx.autograd.record():
            warnings.simplefilter("error")
            result = function_of(op)(*wrapped, **params)
        for r in result if isinstance(result, (list, tuple)) else [result]:
            r.asnumpy()
    except mx.MXNetError as error:
        cause = error.__cause__
        foreign = cause is not None and not isinstance(cause, (mx.MXNetError, MemoryError))
        if foreign and str(cause) in str(error):
            return f"{how}: NumPy's words: {error}"
        return None if str(error).startswith(op.name) else f"{how}: the message does not name the operator: {error}"
    except Exception as error:
        return f"{how}: {type(error).__name__}: {error}"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            heads = [r for r in (result if isinstance(result, (list, tuple)) else [result]) if r._node is not None]
            if heads and op.differentiable:
                mx.autograd.backward(heads)
    except mx.MXNetError:
        return None
    except Exception as error:
        return f"{how}: backward: {type(error).__name__}: {error}"
    return None


@pytest.mark.parametrize(("op", "number", "sample"), SAMPLES, ids=[f"{op.name}-{n}" for op, n, _ in SAMPLES])
def test_bad_calls_end_in_words(op, number, sample):
    _, params = split_sample(op, sample)
    arrays = make_inputs(op, sample, "float32")
    found = [attempt(op, changed, params, how) for how, changed in bad_inputs(op, arrays)]
    found += [attempt(op, arrays, changed, how) for how, changed in bad_params(op, params)]
    wrong = [text for text in found if text]
    assert not wrong, f"{len(wrong)} of {len(found)}\n" + "\n".join(wrong[:12])


def test_the_operator_is_named_once():
    x = mx.nd.ones((2,))
    x.attach_grad()
    with mx.autograd.record(), pytest.raises(mx.MXNetError, match="^broadcast_add: in-place operations") as info:
        x += x
    assert str(info.value).count("broadcast_add") == 1
