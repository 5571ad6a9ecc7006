"""Recurrent layers.

All steps of one direction of a layer are a rule. A backend has its gradient as one word; where the gradient is recorded
itself, its pull computes the gates of all steps anew, and only the cotangent of the state goes back step by step.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any, Literal

from ..core.errors import ArgumentError
from ..core.formula import Rule
from ..core.language import pieces
from ..core.op import op
from ..core.params import Array, Double, Size, required
from .join import CUT
from .matrix import turned
from .triangular import wide

GATES = {"rnn_relu": 1, "rnn_tanh": 1, "lstm": 4, "gru": 3}


def _before(F: Any, first: Any, states: Any) -> Any:
    """The state that each step starts from."""
    return F.concat(0, F.reshape(first, (1, *first.shape)), F.index(states, slice(0, states.shape[0] - 1)))


def _times(F: Any, x: Any, weight: Any) -> Any:
    """``x . weight^T`` along the last axis of x, (T, N, ...)."""
    rows = F.matmul(F.reshape(x, (x.shape[0] * x.shape[1], x.shape[2])), turned(F, weight))
    return F.reshape(rows, (*x.shape[:2], weight.shape[0]))


def _weight_gradient(F: Any, ct: Any, x: Any) -> Any:
    steps = x.shape[0] * x.shape[1]
    return F.matmul(turned(F, F.reshape(ct, (steps, ct.shape[2]))), F.reshape(x, (steps, x.shape[2])))


def _stacked(F: Any, steps: list[Any]) -> Any:
    """The cotangents of the steps, which were found from the last to the first."""
    return F.concat(0, *(F.reshape(step, (1, *step.shape)) for step in reversed(steps)))


def _from_gates(F: Any, ct: Any, x: Any, wx: Any) -> tuple[Any, Any, Any]:
    """Cotangents of the inputs, their weights and their bias, from that of the gates."""
    return (
        lambda: _times(F, ct, turned(F, wx)),
        lambda: _weight_gradient(F, ct, x),
        lambda: F.sum(ct, (0, 1)),
    )


def _elman_pull(F: Any, cts: Any, x: Any, wx: Any, wh: Any, h: Any, activation: str, y: Any) -> tuple[Any, ...]:
    if hasattr(F, "elman_gradient"):
        return F.elman_gradient(cts[0], x, wx, wh, y[1], activation)  # type: ignore[no-any-return]
    ct, (y, _) = cts[0], y
    slope = 1.0 - y * y if activation == "tanh" else F.cast(y > 0, y.dtype)
    steps: list[Any] = []
    dh: Any = 0.0
    for t in reversed(range(y.shape[0])):
        steps.append((dh + F.index(ct, t)) * F.index(slope, t))
        dh = F.matmul(steps[-1], wh)
    gates = _stacked(F, steps)
    to_x, to_wx, to_bias = _from_gates(F, gates, x, wx)
    return to_x, to_wx, lambda: _weight_gradient(F, gates, _before(F, h, y)), to_bias, dh


ELMAN = Rule(lambda F, x, wx, wh, bias, h, activation: F.elman(x, wx, wh, bias, h, activation), _elman_pull)


def _gru_pull(F: Any, cts: Any, x: Any, wx: Any, wh: Any, bx: Any, bh: Any, h: Any, y: Any) -> tuple[Any, ...]:
    if hasattr(F, "gru_gradient"):
        return F.gru_gradient(cts[0], x, wx, wh, y[1])  # type: ignore[no-any-return]
    ct, (y, _) = cts[0], y
    size = h.shape[1]
    before = _before(F, h, y)
    outer, inner = _times(F, x, wx) + bx, _times(F, before, wh) + bh
    (xr, xz, xn), (hr, hz, hn) = (pieces(F, part, 2, [size] * 3) for part in (outer, inner))
    reset, update = F.sigmoid(xr + hr), F.sigmoid(xz + hz)
    new = F.tanh(xn + reset * hn)
    # what a cotangent of h becomes at each gate
    to_new = (1.0 - update) * (1.0 - new * new)
    to_reset = to_new * hn * reset * (1.0 - reset)
    to_update = (before - new) * update * (1.0 - update)
    own = F.concat(2, to_reset, to_update, to_new * reset)
    steps: list[Any] = []
    dh: Any = 0.0
    for t in reversed(range(y.shape[0])):
        dh = dh + F.index(ct, t)
        steps.append(dh)
        dh = dh * F.index(update, t) + F.matmul(F.concat(1, dh, dh, dh) * F.index(own, t), wh)
    arrived = _stacked(F, steps)
    outer = F.concat(2, arrived * to_reset, arrived * to_update, arrived * to_new)
    inner = F.concat(2, arrived, arrived, arrived) * own
    to_x, to_wx, to_bx = _from_gates(F, outer, x, wx)
    return to_x, to_wx, lambda: _weight_gradient(F, inner, before), to_bx, lambda: F.sum(inner, (0, 1)), dh


GRU = Rule(lambda F, x, wx, wh, bx, bh, h: F.gru(x, wx, wh, bx, bh, h), _gru_pull)


def _lstm_pull(
    F: Any, cts: Any, x: Any, wx: Any, wh: Any, bias: Any, h: Any, c: Any, project: Any, clip: Any, y: Any
) -> tuple[Any, ...]:
    if hasattr(F, "lstm_gradient") and project is None and clip is None:
        return F.lstm_gradient(cts[0], cts[1], x, wx, wh, y[2])  # type: ignore[no-any-return]
    hs, cs, _ = y
    size = c.shape[1]
    before_h, before_c = _before(F, h, hs), _before(F, c, cs)
    pre = pieces(F, _times(F, x, wx) + bias + _times(F, before_h, wh), 2, [size] * 4)
    open_in, forget, new, out = F.sigmoid(pre[0]), F.sigmoid(pre[1]), F.tanh(pre[2]), F.sigmoid(pre[3])
    full = F.tanh(cs)
    # what a cotangent of h becomes at c and at the output gate, and one of c at the other gates
    to_c, to_out = out * (1.0 - full * full), full * out * (1.0 - out)
    to_gates = F.concat(2, new * open_in * (1.0 - open_in), before_c * forget * (1.0 - forget),
                        open_in * (1.0 - new * new))  # fmt: skip
    if clip is not None:
        free = forget * before_c + open_in * new
        inside = F.cast((free >= clip[0]) & (free <= clip[1]), c.dtype)
    steps: list[Any] = []
    arrived: list[Any] = []
    dh: Any = 0.0
    dc: Any = 0.0
    for t in reversed(range(cs.shape[0])):
        dh = dh if cts[0] is None else dh + F.index(cts[0], t)
        dc = dc if cts[1] is None else dc + F.index(cts[1], t)
        if project is not None:
            arrived.append(dh + F.zeros(h.shape, h.dtype))
            dh = F.matmul(arrived[-1], project)
        dc = dc + dh * F.index(to_c, t)
        if clip is not None:
            dc = dc * F.index(inside, t)
        steps.append(F.concat(1, F.concat(1, dc, dc, dc) * F.index(to_gates, t), dh * F.index(to_out, t)))
        dh, dc = F.matmul(steps[-1], wh), dc * F.index(forget, t)
    inner = _stacked(F, steps)
    d_project = None if project is None else _weight_gradient(F, _stacked(F, arrived), out * full)
    to_x, to_wx, to_bias = _from_gates(F, inner, x, wx)
    return to_x, to_wx, lambda: _weight_gradient(F, inner, before_h), to_bias, dh, dc, d_project


LSTM = Rule(lambda F, x, wx, wh, bias, h, c, project, clip: F.lstm(x, wx, wh, bias, h, c, project, clip), _lstm_pull)


@dataclass
class Weights:
    """The parameters of one direction of one layer."""

    x: Any  # (gates * size, inputs)
    h: Any  # (gates * size, state)
    project: Any  # (projection, size) or None
    bias_x: Any = None
    bias_h: Any = None


def _unpacked(
    F: Any, packed: Any, mode: str, inputs: int, size: int, layers: int, ways: int, projection: int | None
) -> list[list[Weights]]:
    """Weights by layer and direction: first all matrices, then all biases."""
    rows, state = GATES[mode] * size, projection or size
    shapes: list[tuple[int, ...]] = []
    for layer in range(layers):
        one: list[tuple[int, ...]] = [(rows, state * ways if layer else inputs), (rows, state)]
        shapes += (one + ([(projection, size)] if projection else [])) * ways
    shapes += [(rows,)] * (2 * layers * ways)
    sizes = [math.prod(shape) for shape in shapes]
    if packed.shape != (sum(sizes),):
        raise ArgumentError(f"parameters has shape {packed.shape}; this network takes ({sum(sizes)},)")
    ends = list(itertools.accumulate(sizes, initial=0))
    parts = iter([F.reshape(part, shape) for part, shape in zip(CUT(F, packed, 0, ends), shapes)])
    found = [
        [Weights(next(parts), next(parts), next(parts) if projection else None) for _ in range(ways)]
        for _ in range(layers)
    ]
    for layer in found:
        for one_way in layer:
            one_way.bias_x, one_way.bias_h = next(parts), next(parts)
    return found


def _steps(F: Any, mode: str, x: Any, w: Weights, h: Any, c: Any, clip: Any, one_cell: bool) -> tuple[Any, Any]:
    """All states of one direction of a layer, and None or all cells; the last cell is enough where ``one_cell``."""
    if mode == "gru":
        return GRU(F, x, w.x, w.h, w.bias_x, w.bias_h, h)[0], None
    bias = w.bias_x + w.bias_h
    if mode == "lstm":
        if hasattr(F, "lstm_states") and one_cell and w.project is None and clip is None:  # nothing is recorded
            return F.lstm_states(x, w.x, w.h, bias, h, c)  # type: ignore[no-any-return]
        return LSTM(F, x, w.x, w.h, bias, h, c, w.project, clip)[:2]  # type: ignore[no-any-return]
    return ELMAN(F, x, w.x, w.h, bias, h, mode[4:])[0], None


class Order:
    """The order of the steps: backwards for the second direction, each sequence within its own length."""

    def __init__(self, F: Any, data: Any, lengths: Any) -> None:
        self.F, self.lengths = F, lengths
        if lengths is not None:
            lengths = F.cast(F.asarray(lengths), "int64")
            if lengths.shape != data.shape[1:2] or F.any((lengths < 1) | (lengths > data.shape[0])):
                raise ArgumentError(
                    f"sequence_length must hold a length from 1 to {data.shape[0]} for each of the {data.shape[1]}"
                )
            step = F.reshape(F.arange(data.shape[0]), (-1, 1, 1))
            self.lengths = F.reshape(lengths, (1, -1, 1))
            self.inside = step < self.lengths
            self.turned = F.where(self.inside, self.lengths - 1 - step, step)

    def reverse(self, x: Any) -> Any:
        return self.F.flip(x, 0) if self.lengths is None else self.F.take_along_axis(x, self.turned, 0)

    def last(self, states: Any) -> Any:
        if self.lengths is None:
            return self.F.index(states, -1)
        return self.F.index(self.F.take_along_axis(states, self.lengths - 1, 0), 0)

    def cut(self, outputs: Any) -> Any:
        return outputs if self.lengths is None else self.F.where(self.inside, outputs, 0.0)


def _state(name: str, x: Any, wanted: tuple[int, ...], dtype: Any) -> None:
    if x is None or x.shape != wanted or x.dtype != dtype:
        came = "is missing" if x is None else f"is {x.dtype} {x.shape}"
        raise ArgumentError(f"{name} {came}; it must be {dtype} {wanted}: (layers * directions, batch, size)")


def _clip(low: float | None, high: float | None, nan: bool) -> tuple[float, float, bool] | None:
    if low is None and high is None:
        return None
    low, high = -math.inf if low is None else low, math.inf if high is None else high
    if low > high:
        raise ArgumentError(f"lstm_state_clip_min={low} is more than lstm_state_clip_max={high}")
    return low, high, nan


@op(
    dtypes="float",
    free=("state_cell", "sequence_length"),
    outputs=lambda mode, state_outputs=False, **_: (3 if mode == "lstm" else 2) if state_outputs else 1,
    samples=[
        dict(data=(3, 2, 2), parameters=(12,), state=(1, 2, 2), state_size=2, num_layers=1, mode="rnn_tanh"),
        dict(data=(2, 2, 2), parameters=(48,), state=(1, 2, 2), state_cell=(1, 2, 2), state_size=2, num_layers=1,
             mode="lstm", state_outputs=True),
        dict(data=(3, 2, 2), parameters=(168,), state=(4, 2, 2), state_size=2, num_layers=2, mode="gru",
             bidirectional=True, state_outputs=True),
        dict(data=(3, 2, 2), parameters=(84,), state=(2, 2, 1), state_cell=(2, 2, 2), state_size=2, num_layers=1,
             mode="lstm", projection_size=1, bidirectional=True, state_outputs=True,
             lstm_state_clip_min=-3.0, lstm_state_clip_max=3.0),
        dict(data=(3, 2, 1), parameters=(8,), state=(2, 2, 1), sequence_length=[2, 3], state_size=1, num_layers=1,
             mode="rnn_relu", bidirectional=True, use_sequence_length=True, state_outputs=True, domain=(0.1, 1.5)),
    ],
)  # fmt: skip
def RNN(
    F,
    data: Array,
    parameters: Array,
    state: Array,
    state_cell: Array | None = None,
    sequence_length: Array | None = None,
    state_size: Size = required,
    num_layers: Size = required,
    bidirectional: bool = False,
    mode: Literal["gru", "lstm", "rnn_relu", "rnn_tanh"] = required,
    p: float = 0.0,
    state_outputs: bool = False,
    projection_size: int | None = None,
    lstm_state_clip_min: Double | None = None,
    lstm_state_clip_max: Double | None = None,
    lstm_state_clip_nan: bool = False,
    use_sequence_length: bool = False,
):
    """Recurrent layers through time: plain (``rnn_relu``, ``rnn_tanh``), ``lstm`` or ``gru``.

    Returns the states of the last layer at all steps, (steps, batch, directions * state), and with ``state_outputs``
    the last state of every layer and direction, and for ``lstm`` the last cells.

    data: The inputs, of shape (steps, batch, inputs).
    parameters: All weights in one row. For each layer, and each direction in it: the matrix for the inputs, that for
      the state, each with the rows of the gates below each other (lstm: input, forget, new, output; gru: reset,
      update, new), and the projection; after all these, in the same order, two biases.
    state: The first states, of shape (layers * directions, batch, state).
    state_cell: The first cells; ``lstm`` only.
    sequence_length: The number of steps of each sequence, of shape (batch,), with ``use_sequence_length``.
    state_size: The size of the state.
    num_layers: How many layers lie above each other.
    bidirectional: Whether each layer also reads the steps from the last to the first.
    mode: The kind of layer.
    p: In training, the probability of an input of the layers above the first to be dropped.
    state_outputs: Whether the last states are returned too.
    projection_size: For ``lstm``, the smaller size that the state is projected to.
    lstm_state_clip_min: The least value of a cell.
    lstm_state_clip_max: The largest value of a cell.
    lstm_state_clip_nan: Whether a cell of NaN becomes the least value.
    use_sequence_length: Whether sequences end at their own length; outputs after it are 0.
    """
    if mode != "lstm" and sequence_length is None:  # by position the lengths follow the states, whichever there are
        state_cell, sequence_length = None, state_cell
    if projection_size is not None and (mode != "lstm" or projection_size < 1):
        raise ArgumentError(f"projection_size={projection_size} must be positive, and the mode lstm, not {mode}")
    if not 0 <= p <= 1:
        raise ArgumentError(f"p={p} must be from 0 to 1")
    if data.ndim != 3 or 0 in data.shape or not state_size or not num_layers:
        raise ArgumentError("data of shape (steps, batch, inputs), state_size and num_layers must not be empty")
    if use_sequence_length and sequence_length is None:
        raise ArgumentError("use_sequence_length=True takes sequence_length")
    ways, batch = 2 if bidirectional else 1, data.shape[1]
    _state("state", state, (num_layers * ways, batch, projection_size or state_size), data.dtype)
    if mode == "lstm":
        _state("state_cell", state_cell, (num_layers * ways, batch, state_size), data.dtype)
    weights = _unpacked(
        F, wide(F, parameters), mode, data.shape[2], state_size, num_layers, ways, projection_size
    )  # fmt: skip
    clip = _clip(lstm_state_clip_min, lstm_state_clip_max, lstm_state_clip_nan)
    order = Order(F, data, sequence_length if use_sequence_length else None)
    x, state, state_cell = wide(F, data), wide(F, state), None if state_cell is None else wide(F, state_cell)
    last: list[list[Any]] = [[], []]
    for layer in range(num_layers):
        if layer and p and F.training:
            kept = F.random.bernoulli(1 - p, x.shape, x.dtype)
            x = x * (kept / (1 - p) if p < 1 else kept)
        outputs = []
        for way in range(ways):
            row = layer * ways + way
            h, c = (None if s is None else F.index(s, row) for s in (state, state_cell))
            states = _steps(
                F, mode, order.reverse(x) if way else x, weights[layer][way], h, c, clip, order.lengths is None
            )
            for kept_states, found in zip(last, states):
                if state_outputs and found is not None:
                    kept_states.append(F.reshape(order.last(found), (1, batch, found.shape[2])))
            outputs.append(order.cut(order.reverse(states[0]) if way else states[0]))
        x = F.concat(2, *outputs) if bidirectional else outputs[0]
    if not state_outputs:
        return x
    return (x, *(F.concat(0, *found) for found in last if found))
