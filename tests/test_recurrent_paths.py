"""The fused recurrent layers against the plainest way to write them, and against the gradient that can be recorded."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special

import mxnd as mx
from mxnd.backend import threads

GATES = {"rnn_relu": 1, "rnn_tanh": 1, "lstm": 4, "gru": 3}
SHAPES = [(1, 1, 1, 1), (3, 1, 5, 4), (4, 7, 3, 2), (9, 33, 65, 70)]  # steps, batch, inputs, units


def network(mode, shape, dtype, seed=3):
    steps, batch, inputs, size = shape
    rng = np.random.RandomState(seed)
    count = GATES[mode] * size * (inputs + size + 2)
    shapes = [(steps, batch, inputs), (count,), (1, batch, size)] + [(1, batch, size)] * (mode == "lstm")
    arrays = [mx.nd.array(rng.normal(size=s) * (0.5 / size**0.5), dtype=dtype) for s in shapes]
    return arrays, dict(mode=mode, num_layers=1, state_size=size, state_outputs=True)


def logistic(x):
    return scipy.special.expit(x)


def by_hand(mode, arrays, size):
    """All states and the last cell, in float64, one step after the other."""
    data, packed, h, *c = (a.asnumpy().astype("float64") for a in arrays)
    rows, inputs = GATES[mode] * size, data.shape[2]
    wx, wh, bx, bh = np.split(packed, np.cumsum([rows * inputs, rows * size, rows]))
    wx, wh, h, c = wx.reshape(rows, inputs), wh.reshape(rows, size), h[0], c[0][0] if c else None
    states = []
    for x in data:
        outer, inner = x @ wx.T + bx, h @ wh.T + bh
        if mode == "gru":
            (xr, xz, xn), (hr, hz, hn) = np.split(outer, 3, 1), np.split(inner, 3, 1)
            update = logistic(xz + hz)
            h = (1 - update) * np.tanh(xn + logistic(xr + hr) * hn) + update * h
        elif mode == "lstm":
            i, f, n, o = np.split(outer + inner, 4, 1)
            c = logistic(f) * c + logistic(i) * np.tanh(n)
            h = logistic(o) * np.tanh(c)
        else:
            h = np.tanh(outer + inner) if mode == "rnn_tanh" else np.maximum(outer + inner, 0)
        states.append(h)
    return np.stack(states), c


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("mode", GATES)
def test_steps(mode, shape, dtype):
    arrays, options = network(mode, shape, dtype)
    states, cell = by_hand(mode, arrays, shape[3])
    results = mx.nd.RNN(*arrays, **options)
    assert all(r.dtype == np.dtype(dtype).type and r._data.flags.c_contiguous for r in results)
    near = dict(rtol=1e-4, atol=2e-5) if dtype == "float32" else dict(rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(results[0].asnumpy(), states, **near)
    np.testing.assert_allclose(results[1].asnumpy()[0], states[-1], **near)
    if cell is not None:
        np.testing.assert_allclose(results[2].asnumpy()[0], cell, **near)


def gradients(arrays, options, heads, recorded, **more):
    """By the backend's word, or by the pull of words that the tape records."""
    for a in arrays:
        a.attach_grad()
    with mx.autograd.record():
        results = mx.nd.RNN(*arrays, **options, **more)
        if recorded:
            return [g.asnumpy() for g in mx.autograd.grad(results, arrays, heads, create_graph=True)]
    mx.autograd.backward(results, heads)
    return [a.grad.asnumpy() for a in arrays]


@pytest.mark.parametrize(("layers", "ways"), [(1, 1), (2, 1), (1, 2), (2, 2)])
@pytest.mark.parametrize("mode", GATES)
def test_both_ways_to_the_gradient_agree(mode, layers, ways):
    steps, batch, inputs, size = 6, 5, 4, 3
    rng = np.random.RandomState(11)
    rows = GATES[mode] * size
    count = sum(ways * rows * ((size * ways if layer else inputs) + size + 2) for layer in range(layers))
    shapes = [(steps, batch, inputs), (count,), *[(layers * ways, batch, size)] * (2 if mode == "lstm" else 1)]
    arrays = [mx.nd.array(rng.normal(size=s), dtype="float64") for s in shapes]
    options = dict(mode=mode, num_layers=layers, state_size=size, bidirectional=ways == 2, state_outputs=True)
    heads = [mx.nd.array(rng.normal(size=r.shape), dtype="float64") for r in mx.nd.RNN(*arrays, **options)]
    fused, words = (gradients(arrays, options, heads, recorded) for recorded in (False, True))
    for have, want in zip(fused, words, strict=True):
        np.testing.assert_allclose(have, want, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("mode", ["lstm", "gru", "rnn_tanh"])
def test_the_same_bits_with_any_number_of_threads(mode):
    arrays, options = network(mode, (32, 33, 64, 64), "float32")
    heads = [r * 0 + 1 for r in mx.nd.RNN(*arrays, **options)]
    found = []
    before = threads.count()
    try:
        for number in (1, 2, 3):
            threads.set_count(number)
            found.append(gradients(arrays, options, heads, False))
    finally:
        threads.set_count(before)
    for other in found[1:]:
        for have, want in zip(other, found[0], strict=True):
            np.testing.assert_array_equal(have, want)


def test_gates_wide_open_and_shut():
    """Sums far outside the range of exp: gates are exactly 0 and 1, nothing is NaN."""
    arrays, options = network("lstm", (3, 2, 2, 2), "float32")
    arrays[1][:] = arrays[1] * 1e4
    states, _ = by_hand("lstm", arrays, 2)
    have = mx.nd.RNN(*arrays, **options)[0].asnumpy()
    np.testing.assert_allclose(have, states, atol=1e-6)
