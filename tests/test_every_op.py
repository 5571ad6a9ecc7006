"""What holds for every operator, tried on the samples of its own declaration. No operator is named here."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from op_samples import all_samples, call, listed, make_inputs, split_sample

import mxnd as mx
from mxnd.array.functions import function_of
from mxnd.core.call import compile_call
from mxnd.core.op import declare, registry
from mxnd.core.params import Array

SAMPLES = list(all_samples())
IDS = [f"{op.name}-{number}" for op, number, _ in SAMPLES]
SMOOTH = [
    (op, n, s)
    for op, n, s in SAMPLES
    if op.differentiable and op.derivative and op.inputs and not op.random and not op.mutates
]
SMOOTH_IDS = [f"{op.name}-{number}" for op, number, _ in SMOOTH]
FLOATS = ("float16", "float32", "float64")


def same_seed(op, arrays, params, **more):
    mx.random.seed(7)
    return call(op, arrays, params, **more)


@pytest.mark.parametrize("op", registry.unique(), ids=lambda op: op.name)
def test_has_samples_and_words(op):
    assert op.samples, "an operator shows itself in at least one sample"
    assert op.summary.endswith("."), op.summary
    for argument in op.arguments:
        assert argument.doc, f"{argument.name} is not documented"
    signature = inspect.signature(function_of(op))
    assert all(a.name in signature.parameters for a in op.arguments)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(("op", "number", "sample"), SAMPLES, ids=IDS)
def test_keeps_the_dtype(op, number, sample, dtype):
    _, params = split_sample(op, sample)
    arrays = make_inputs(op, sample, dtype)
    for result in listed(same_seed(op, arrays, params)):
        assert isinstance(result, mx.nd.NDArray)
        assert result._data.flags.c_contiguous
        if op.dtype == "like":
            assert result.dtype == np.dtype(dtype).type


@pytest.mark.parametrize(("op", "number", "sample"), SAMPLES, ids=IDS)
def test_forms_of_the_call_agree(op, number, sample):
    """Strings, dotted names and out= give what the plain call gives, and inputs are not touched or shared."""
    _, params = split_sample(op, sample)
    arrays = make_inputs(op, sample, "float32")
    want = [r.asnumpy() for r in listed(same_seed(op, arrays, params))]
    text = {name: str(value) for name, value in params.items() if value is not None}
    dotted = {name.replace("_", "."): value for name, value in params.items()}
    for form in (text, dotted):
        got = [r.asnumpy() for r in listed(same_seed(op, arrays, form))]
        for have, wanted in zip(got, want, strict=True):
            np.testing.assert_array_equal(have, wanted)
    outs = [mx.nd.array(np.full_like(w, 7), dtype=w.dtype) for w in want]
    if outs and all(w.size for w in want):
        returned = same_seed(op, arrays, params, out=outs if len(outs) > 1 else outs[0])
        assert returned is outs or returned is outs[0] or list(returned) == outs
        for have, wanted in zip(outs, want, strict=True):
            np.testing.assert_array_equal(have.asnumpy(), wanted)


@pytest.mark.parametrize(("op", "number", "sample"), SAMPLES, ids=IDS)
def test_results_do_not_share_memory_with_inputs(op, number, sample):
    _, params = split_sample(op, sample)
    wrapped = [None if a is None else mx.nd.array(a, dtype=a.dtype) for a in make_inputs(op, sample, "float32")]
    mutated = {i for i, a in enumerate(op.inputs * len(wrapped) if op.variadic else op.inputs) if a.name in op.mutates}
    before = [None if w is None else w.asnumpy() for w in wrapped]
    for result in listed(function_of(op)(*wrapped, **params)):
        for w in wrapped:
            assert w is None or not np.shares_memory(result._data, w._data)
    for i, (w, b) in enumerate(zip(wrapped, before)):
        if w is not None and i not in mutated:
            np.testing.assert_array_equal(w.asnumpy(), b)


def directional(op, arrays, params, heads, direction, active, step):
    """The derivative of sum(heads * outputs) along a direction, from the values alone."""

    def total(sign):
        moved = [a if i not in active else a + sign * step * direction[i] for i, a in enumerate(arrays)]
        outputs = listed(call(op, moved, params))
        return sum(float((h * o.asnumpy().astype("float64")).sum()) for h, o in zip(heads, outputs))

    return (total(1) - total(-1)) / (2 * step)


def recorded(op, arrays, params, active, heads, order):
    """Gradients of the active inputs by the tape; of the gradient's own sum of squares when order is 2."""
    wrapped = [None if a is None else mx.nd.array(a, dtype="float64") for a in arrays]
    for i in active:
        wrapped[i].attach_grad()
    with mx.autograd.record(train_mode=False):
        outputs = listed(function_of(op)(*wrapped, **params))
        if order == 2:
            variables = [wrapped[i] for i in active]
            head_grads = [mx.nd.array(h, dtype="float64") for h in heads]
            grads = mx.autograd.grad(outputs, variables, head_grads, create_graph=True)
            outputs = [g for g in grads if g._node is not None]
            if not outputs:  # the gradient is constant
                return None, grads
    if order == 1:
        mx.autograd.backward(outputs, [mx.nd.array(h, dtype="float64") for h in heads])
        return [wrapped[i].grad.asnumpy() for i in active], None
    mx.autograd.backward(list(outputs))
    return [wrapped[i].grad.asnumpy() for i in active], grads


def setting(op, sample):
    """Inputs, head gradients and a direction; the inputs that are differentiated are those of the first one's dtype."""
    _, params = split_sample(op, sample)
    arrays = make_inputs(op, sample)
    names = [op.inputs[0].name] * len(arrays) if op.variadic else [a.name for a in op.inputs]
    active = [i for i, a in enumerate(arrays) if a is not None and names[i] not in op.free]
    rng = np.random.RandomState(1)
    heads = [rng.uniform(0.5, 1.5, o.shape) for o in listed(call(op, arrays, params))]
    direction = [None if a is None else rng.uniform(-1, 1, a.shape) for a in arrays]
    return params, arrays, active, heads, direction


@pytest.mark.parametrize(("op", "number", "sample"), SMOOTH, ids=SMOOTH_IDS)
def test_gradient_is_the_derivative(op, number, sample):
    params, arrays, active, heads, direction = setting(op, sample)
    want = directional(op, arrays, params, heads, direction, active, 1e-6)
    grads, _ = recorded(op, arrays, params, active, heads, 1)
    have = sum(float((g * direction[i]).sum()) for g, i in zip(grads, active))
    assert np.isfinite(want), "a sample must lie where the operator has finite values"
    assert have == pytest.approx(want, rel=2e-5, abs=2e-6)


@pytest.mark.parametrize(("op", "number", "sample"), SMOOTH, ids=SMOOTH_IDS)
def test_second_derivative(op, number, sample):
    params, arrays, active, heads, direction = setting(op, sample)
    second, _ = recorded(op, arrays, params, active, heads, 2)
    step = 1e-6

    def gradient_sum(sign):
        moved = [a if i not in active else a + sign * step * direction[i] for i, a in enumerate(arrays)]
        grads, _ = recorded(op, moved, params, active, heads, 1)
        return sum(float(g.sum()) for g in grads)

    want = (gradient_sum(1) - gradient_sum(-1)) / (2 * step)
    have = 0.0 if second is None else sum(float((g * direction[i]).sum()) for g, i in zip(second, active))
    assert have == pytest.approx(want, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("op", [op for op in registry.unique() if op.inputs], ids=lambda op: op.name)
def test_bad_arguments_are_named(op):
    function = function_of(op)
    first = op.inputs[0].name
    for bad in (None, 5, "text", np.ones(3), [1.0, 2.0]):
        with pytest.raises(mx.MXNetError, match=op.name) as caught:
            function(bad)
        assert first in str(caught.value) or isinstance(bad, list)
    sample = op.samples[0]
    _, params = split_sample(op, sample)
    arrays = make_inputs(op, sample, "float32")
    with pytest.raises(mx.MXNetError, match="no argument 'no_such_argument'"):
        call(op, arrays, {**params, "no_such_argument": 1})
    for p in op.params:
        if p.kind.registry != "string" and not p.count:
            with pytest.raises(mx.MXNetError, match=p.name):
                call(op, arrays, {**params, p.name: object()})


def test_arguments_may_have_any_name():
    """The compiled call keeps its own names apart from those of the operator's arguments."""

    def body(F, r: Array, arrays: Array, ctx: float = 1.0, body: float = 2.0, call: int = 1, tape: float = 1.0):
        return r * ctx * body + arrays * tape * call

    function = compile_call(declare(body, "any_names"), mx.nd.NDArray, lambda ctx: mx.cpu())
    x = mx.nd.ones(2)
    x.attach_grad()
    with mx.autograd.record():
        y = function(x, x * 2, body=3.0)
    y.backward()
    assert y.asnumpy().tolist() == x.grad.asnumpy().tolist() == [5, 5]
