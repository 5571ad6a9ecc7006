"""What MXNet's CPU cannot show of RNN: sequence lengths, clipped cells, and dropout between layers."""

from __future__ import annotations

import numpy as np
import pytest

import mxnd as mx

RNG = np.random.RandomState(5)
SIZE = 2
GATES = {"rnn_relu": 1, "rnn_tanh": 1, "lstm": 4, "gru": 3}


def nd(*shape):
    return mx.nd.array(RNG.normal(size=shape), dtype="float64")


def network(mode, layers, ways, inputs=3, batch=2, steps=5):
    rows = GATES[mode] * SIZE
    count = sum(ways * rows * ((SIZE * ways if layer else inputs) + SIZE + 2) for layer in range(layers))
    arrays = [nd(steps, batch, inputs), nd(count), nd(layers * ways, batch, SIZE)]
    arrays += [nd(layers * ways, batch, SIZE)] if mode == "lstm" else []
    return arrays, dict(mode=mode, num_layers=layers, state_size=SIZE, bidirectional=ways == 2, state_outputs=True)


@pytest.mark.parametrize("mode", GATES)
def test_a_sequence_of_its_own_length_is_that_sequence_alone(mode):
    arrays, options = network(mode, layers=2, ways=2)
    lengths = [3, 5]
    arrays[0].attach_grad()
    with mx.autograd.record():
        results = mx.nd.RNN(*arrays, mx.nd.array(lengths), use_sequence_length=True, **options)
        total = sum((r * r).sum() for r in results)
    total.backward()
    for i, length in enumerate(lengths):
        data = arrays[0][:length, i : i + 1].copy()
        data.attach_grad()
        with mx.autograd.record():
            alone = mx.nd.RNN(data, arrays[1], *(s[:, i : i + 1] for s in arrays[2:]), **options)
            total = sum((r * r).sum() for r in alone)
        total.backward()
        np.testing.assert_allclose(results[0][:length, i].asnumpy(), alone[0][:, 0].asnumpy(), rtol=1e-12)
        assert not results[0][length:, i].asnumpy().any()
        for together, single in zip(results[1:], alone[1:]):
            np.testing.assert_allclose(together[:, i].asnumpy(), single[:, 0].asnumpy(), rtol=1e-12)
        np.testing.assert_allclose(arrays[0].grad[:length, i].asnumpy(), data.grad[:, 0].asnumpy(), rtol=1e-9)
        assert not arrays[0].grad[length:, i].asnumpy().any()


def test_cells_are_clipped_before_they_are_used():
    arrays, options = network("lstm", 1, 1, steps=1)
    data, packed, h, c = (a.asnumpy() for a in arrays)
    wx, wh, bx, bh = np.split(packed, np.cumsum([8 * 3, 8 * 2, 8]))
    pre = data[0] @ wx.reshape(8, 3).T + h[0] @ wh.reshape(8, 2).T + bx + bh
    open_in, forget, new, out = np.split(pre, 4, axis=1)
    logistic = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731
    cell = np.clip(logistic(forget) * c[0] + logistic(open_in) * np.tanh(new), -0.1, 0.2)
    result = mx.nd.RNN(*arrays, lstm_state_clip_min=-0.1, lstm_state_clip_max=0.2, **options)
    np.testing.assert_allclose(result[2][0].asnumpy(), cell, rtol=1e-12)
    np.testing.assert_allclose(result[1][0].asnumpy(), logistic(out) * np.tanh(cell), rtol=1e-12)


@pytest.mark.parametrize("stops", [True, False])
def test_nan_in_a_cell(stops):
    arrays, options = network("lstm", 1, 1)
    arrays[3][:] = np.nan
    result = mx.nd.RNN(*arrays, lstm_state_clip_min=-0.5, lstm_state_clip_max=0.5, lstm_state_clip_nan=stops, **options)
    assert np.isnan(result[0].asnumpy()).any() != stops
    if not stops:
        assert np.isnan(result[2].asnumpy()).all()


def test_dropout_between_layers_in_training_only():
    arrays, options = network("gru", 2, 1)
    plain = mx.nd.RNN(*arrays, **options)
    predicted = mx.nd.RNN(*arrays, p=0.5, **options)
    np.testing.assert_array_equal(predicted[0].asnumpy(), plain[0].asnumpy())
    with mx.autograd.train_mode():
        all_dropped = mx.nd.RNN(*arrays, p=1.0, **options)
        mx.random.seed(1)
        some_dropped = mx.nd.RNN(*arrays, p=0.5, **options)
    np.testing.assert_array_equal(all_dropped[1][0].asnumpy(), plain[1][0].asnumpy())  # the first layer hears nothing
    assert not np.allclose(some_dropped[0].asnumpy(), plain[0].asnumpy())
    changed = [a.copy() for a in arrays]
    changed[1][GATES["gru"] * SIZE * (3 + SIZE) :][: GATES["gru"] * SIZE * SIZE] = 0  # the upper layer's input matrix
    np.testing.assert_allclose(all_dropped[0].asnumpy(), mx.nd.RNN(*changed, **options)[0].asnumpy(), rtol=1e-12)
