"""Every operator on a GPU gives what it gives on the CPU, on the samples of its declaration: values and gradients."""

from __future__ import annotations

import numpy as np
import pytest
from op_samples import all_samples, listed, make_inputs, split_sample

import mxnd as mx
from mxnd.array.functions import function_of

pytestmark = pytest.mark.gpu

SAMPLES = list(all_samples())
IDS = [f"{op.name}-{number}" for op, number, _ in SAMPLES]
# (relative, absolute); what counts is the size of the terms, so the absolute part grows with the largest value.
TOLERANCE = {"float16": (4e-3, 2e-3), "float32": (2e-5, 2e-6), "float64": (1e-10, 1e-11)}


def answers(op, sample, dtype, ctx, seed=3):
    """Results, gradients of the first inputs' kind and the inputs afterwards, as NumPy arrays; or the error."""
    _, params = split_sample(op, sample)
    arrays = make_inputs(op, sample, dtype)
    mx.random.seed(seed)
    with ctx:
        wrapped = [None if a is None else mx.nd.array(a, dtype=a.dtype) for a in arrays]
        tracked = [w for w in wrapped if w is not None and w.dtype == np.dtype(dtype) and np.dtype(dtype).kind == "f"]
        if not op.differentiable or op.mutates:
            tracked = []
        for w in tracked:
            w.attach_grad()
        try:
            with mx.autograd.record(train_mode=True):
                results = listed(function_of(op)(*wrapped, **params))
            if any(r._node is not None for r in results):
                mx.autograd.backward([r for r in results if r._node is not None])
        except mx.MXNetError as error:
            return error
        assert all(r.context == ctx for r in results)
        grads = [w.grad.asnumpy() for w in tracked]
        return [r.asnumpy() for r in results], grads, [w.asnumpy() for w in wrapped if w is not None]


def same(have, want):
    if want.dtype.name not in TOLERANCE:
        np.testing.assert_array_equal(have, want)
        return
    rtol, atol = TOLERANCE[want.dtype.name]
    finite = np.abs(want[np.isfinite(want)].astype("float64"))
    scale = max(1.0, float(finite.max())) if finite.size else 1.0
    np.testing.assert_allclose(have.astype("float64"), want.astype("float64"), rtol=rtol, atol=atol * scale)


def fits(sample, dtype):
    """Can the values that a sample gives be of this dtype?"""
    try:
        with np.errstate(all="ignore"):
            np.array([0], dtype)
            [np.array(v, dtype) for v in sample.values() if isinstance(v, list)]
    except (OverflowError, TypeError, ValueError):
        return False
    return True


def draws(op, sample, dtype):
    """Does the result depend on the random streams?"""
    one, other = (answers(op, sample, dtype, mx.cpu(), seed) for seed in (3, 4))
    return any(not np.array_equal(a, b, equal_nan=True) for x, y in zip(one, other) for a, b in zip(x, y))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "uint8", "int32", "int64", "bool"])
@pytest.mark.parametrize(("op", "number", "sample"), SAMPLES, ids=IDS)
def test_gpu_agrees_with_cpu(cuda, op, number, sample, dtype):
    if not fits(sample, dtype):
        return
    want, have = (answers(op, sample, dtype, ctx) for ctx in (mx.cpu(), mx.gpu(0)))
    if isinstance(want, mx.MXNetError):
        assert isinstance(have, type(want)), have
        return
    assert not isinstance(have, mx.MXNetError), have
    random = op.random or draws(op, sample, dtype)
    for gpu, cpu in zip(have, want, strict=True):
        for one, other in zip(gpu, cpu, strict=True):
            assert (one.dtype, one.shape) == (other.dtype, other.shape)
            if not random:
                same(one, other)
