"""Derivatives of batch normalization in training, which moves states and so is not among the derived tests."""

from __future__ import annotations

import numpy as np
import pytest

import mxnd as mx
from mxnd import autograd, nd

SETTINGS = [
    dict(fix_gamma=False),
    dict(fix_gamma=False, axis=-1, eps=0.1),
    dict(fix_gamma=True),
    dict(fix_gamma=False, use_global_stats=True),
]


def inputs(axis, seed=0):
    rng = np.random.RandomState(seed)
    shape = (4, 3, 2, 2)
    arrays = [rng.normal(size=shape), *(rng.uniform(0.5, 2, size=shape[axis]) for _ in range(4))]
    return arrays, rng.normal(size=shape), [rng.normal(size=a.shape) for a in arrays[:3]]


def gradients(arrays, heads, setting, order):
    """Gradients of data, gamma and beta; with order 2 of the sum of the first ones' squares."""
    wrapped = [nd.array(a, dtype="float64") for a in arrays]
    for x in wrapped[:3]:
        x.attach_grad()
    with autograd.record():
        y = nd.BatchNorm(*wrapped, **setting)
        if order == 2:
            grads = autograd.grad(y, wrapped[:3], nd.array(heads, dtype="float64"), create_graph=True)
            y = sum(g.square().sum() for g in grads[:2])
            heads = np.ones(1)
    y.backward(nd.array(heads, dtype="float64"))
    return [x.grad.asnumpy() for x in wrapped[:3]]


def value(arrays, heads, setting, order):
    if order == 2:
        return sum((g**2).sum() for g in gradients(arrays, heads, setting, 1)[:2])
    with autograd.train_mode():
        return (nd.BatchNorm(*(nd.array(a, dtype="float64") for a in arrays), **setting).asnumpy() * heads).sum()


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_gradients_in_training_are_derivatives(setting, order):
    arrays, heads, directions = inputs(setting.get("axis", 1))
    if setting["fix_gamma"]:
        arrays[1], directions[1] = np.ones_like(arrays[1]), np.zeros_like(arrays[1])
    grads = gradients(arrays, heads, setting, order)
    have = sum((g * d).sum() for g, d in zip(grads, directions))
    step = 1e-5
    moved = [[a + sign * step * d for a, d in zip(arrays, directions)] + arrays[3:] for sign in (1, -1)]
    want = (value(moved[0], heads, setting, order) - value(moved[1], heads, setting, order)) / (2 * step)
    assert have == pytest.approx(want, rel=1e-5, abs=1e-6)


def test_statistics_may_have_another_dtype():
    data = nd.array(np.random.RandomState(0).normal(size=(8, 2)), dtype="float16")
    parts = [nd.ones(2), nd.zeros(2), nd.zeros(2), nd.ones(2)]
    data.attach_grad()
    with autograd.record():
        y = nd.BatchNorm(data, *parts, fix_gamma=False)
    y.backward()
    assert y.dtype == np.float16
    assert parts[2].dtype == np.float32
    assert not np.array_equal(parts[2].asnumpy(), np.zeros(2))


def test_sizes_are_compared():
    with pytest.raises(mx.MXNetError, match=r"moving_var has shape \(3,\); it takes \(2,\)"):
        nd.BatchNorm(nd.ones((4, 2)), nd.ones(2), nd.ones(2), nd.ones(2), nd.ones(3))
