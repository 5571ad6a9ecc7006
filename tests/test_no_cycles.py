"""No operator leaves reference cycles behind: they would keep its arrays until Python happens to look for cycles."""

from __future__ import annotations

import contextlib
import gc

import numpy as np
import pytest
from large import everything_large
from op_samples import all_samples, listed, make_inputs, split_sample

import mxnd as mx
from mxnd.array.functions import function_of

SAMPLES = list(all_samples())


@pytest.mark.parametrize("around", [contextlib.nullcontext, everything_large], ids=["small", "large"])
@pytest.mark.parametrize(("op", "number", "sample"), SAMPLES, ids=[f"{op.name}-{n}" for op, n, _ in SAMPLES])
def test_nothing_waits_for_the_garbage_collector(op, number, sample, around):
    _, params = split_sample(op, sample)
    inputs = make_inputs(op, sample, "float32")
    names = [op.inputs[0].name] * len(inputs) if op.variadic else [a.name for a in op.inputs]

    def run():
        arrays = [None if x is None else mx.nd.array(x, dtype=x.dtype) for x in inputs]
        for name, array in zip(names, arrays):
            if array is not None and op.differentiable and name not in op.free and name not in op.mutates:
                array.attach_grad()
        with mx.autograd.record():
            results = listed(function_of(op)(*arrays, **params))
        heads = [r for r in results if r._node is not None and r.dtype == np.float32]
        if heads and op.differentiable:
            mx.autograd.backward(heads)

    with around():
        run()
        gc.disable()
        gc.freeze()  # what is there already is not looked at: that would take longer than all the rest
        try:
            run()
            assert gc.collect() == 0
        finally:
            gc.unfreeze()
            gc.enable()
