"""Gradients of ``recurrent``: what a cotangent of a state becomes at each gate is computed for all steps side by side,
only the state's own goes back step by step, and the weights take one product at the end.

``ct`` is the cotangent of all states, of shape (steps, batch, units); ``x`` and the weights are those of the layer.
Costly cotangents are functions, called when somebody wants them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .blocked import contiguous
from .memory import empty, empty_like
from .products import again, matmul
from .recurrent import lines
from .threads import pieces, spread

BLOCK = 1 << 16  # elements of a state that are handled together


def elman_gradient(ct: Any, x: Any, wx: Any, wh: Any, states: Any, activation: str) -> tuple[Any, ...]:
    """Cotangents of x, wx, wh, the bias, and the first state."""
    gates = empty_like(states[1:])

    def slopes(steps: slice) -> None:
        y, slope = states[1:][steps], gates[steps]
        if activation == "tanh":
            _one_less_square(y, slope)
        else:
            np.greater(y, 0, out=slope, casting="unsafe")

    _all_steps(slopes, states)
    back, ct, dh = np.ascontiguousarray(wh.T), _columns(ct), np.zeros_like(states[0])
    for gate, arrived in zip(gates[::-1], ct[::-1]):
        dh += arrived
        gate *= dh
        again(back, gate, dh)
    flat = _flat(gates)
    to_x, to_wx, to_bias = _of_inputs(flat, x, wx)
    return to_x, to_wx, _of_weight(flat, states), to_bias, dh.T


def gru_gradient(ct: Any, x: Any, wx: Any, wh: Any, kept: Any) -> tuple[Any, ...]:
    """Cotangents of x, wx, wh, both biases, and the first state."""
    candidates, inner, states = kept
    steps, size, batch = candidates.shape
    gates = empty((steps, 4, size, batch), x.dtype)  # new gate from the inputs; reset, update, new from the state

    def slopes(part: slice) -> None:
        new, own, before = candidates[part], inner[part], states[part]
        reset, update, inside = own[:, :size], own[:, size : 2 * size], own[:, 2 * size :]
        to_outer, to_reset, to_update, to_inner = (gates[part, i] for i in range(4))
        _one_less_square(new, to_outer)
        np.subtract(1, update, out=to_update)
        to_outer *= to_update
        to_update *= update
        np.multiply(to_outer, reset, out=to_inner)
        np.subtract(1, reset, out=to_reset)
        to_reset *= to_inner
        to_reset *= inside
        to_update *= before - new

    _all_steps(slopes, states)
    back, ct, dh = np.ascontiguousarray(wh.T), _columns(ct), np.zeros_like(candidates[0])
    own_rows, spare = gates[:, 1:].reshape(steps, 3 * size, batch), empty_like(dh)
    order = zip(gates[::-1], own_rows[::-1], inner[::-1, size : 2 * size], ct[::-1])
    for gate, own, update, arrived in order:
        dh += arrived
        gate *= dh
        dh *= update
        again(back, own, spare)
        dh += spare
    flat = _flat(gates)
    outer, own = flat[: 3 * size], flat[size:]
    to_x, to_wx, to_bx = _of_inputs(outer, x, np.roll(wx, size, 0))
    # the new gate of the inputs is the first, where wx has it last
    return (to_x, lambda: np.roll(to_wx(), -size, 0), _of_weight(own, states),
            lambda: np.roll(to_bx(), -size, 0), _sums(own), dh.T)  # fmt: skip


def lstm_gradient(ct: Any, ct_cells: Any, x: Any, wx: Any, wh: Any, kept: Any) -> tuple[Any, ...]:
    """Cotangents of x, wx, wh, the bias, the first state and the first cell; ``ct`` or ``ct_cells`` may be None."""
    acts, states = kept
    steps, size, batch = len(acts) - 1, states.shape[1], states.shape[2]
    gates = empty((steps, 4, size, batch), x.dtype)  # input, forget, new and output
    to_cell = empty((steps, size, batch), x.dtype)

    def slopes(part: slice) -> None:
        here = acts[:-1][part]
        out, opened, new = here[:, :size], here[:, size : 3 * size], here[:, 3 * size : 4 * size]
        full = np.tanh(acts[1:][part, 4 * size :])
        pair, to_new, to_out, cell = gates[part, :2], gates[part, 2], gates[part, 3], to_cell[part]
        opened, others = opened.reshape(pair.shape), here[:, 3 * size :].reshape(pair.shape)
        np.subtract(1, opened, out=pair)
        pair *= opened
        pair *= others
        _one_less_square(new, to_new)
        to_new *= opened[:, 0]
        np.subtract(1, out, out=to_out)
        to_out *= out
        to_out *= full
        _one_less_square(full, cell)
        cell *= out

    _all_steps(slopes, states)
    back = np.ascontiguousarray(wh.T)
    dh, dc = np.zeros_like(states[0]), np.zeros_like(states[0])
    arrived_h, arrived_c = (None if part is None else _columns(part) for part in (ct, ct_cells))
    spare, rows = empty_like(dh), gates.reshape(steps, 4 * size, batch)
    for t in range(steps - 1, -1, -1):
        gate = gates[t]
        if arrived_h is not None:
            dh += arrived_h[t]
        if arrived_c is not None:
            dc += arrived_c[t]
        dc += np.multiply(dh, to_cell[t], out=spare)
        gate[:3] *= dc
        gate[3] *= dh
        again(back, rows[t], dh)
        dc *= acts[t, 2 * size : 3 * size]
    flat = _flat(rows)
    to_x, to_wx, to_bias = _of_inputs(flat, x, wx)
    return to_x, to_wx, _of_weight(flat, states), to_bias, dh.T, dc.T


def _all_steps(task: Any, states: Any) -> None:
    steps = len(states) - 1
    spread(task, pieces(steps, max(1, BLOCK // states[0].size)))


def _one_less_square(y: Any, out: Any) -> None:
    np.multiply(y, y, out=out)
    np.subtract(1, out, out=out)


def _columns(ct: Any) -> Any:
    """(steps, batch, units) as (steps, units, batch) in memory."""
    return contiguous(ct.transpose(0, 2, 1))


def _flat(gates: Any) -> Any:
    """The rows of all steps side by side: (rows, steps * batch)."""
    gates = gates.reshape(len(gates), -1, gates.shape[-1])
    return contiguous(gates.transpose(1, 0, 2)).reshape(gates.shape[1], -1)


def _of_inputs(flat: Any, x: Any, wx: Any) -> tuple[Any, Any, Any]:
    return lambda: matmul(flat.T, wx).reshape(x.shape), lambda: matmul(flat, lines(x)), _sums(flat)


def _of_weight(flat: Any, states: Any) -> Any:
    """Of the weights of the states, from which the last one is left out."""
    return lambda: matmul(flat, _flat(states[:-1]).T)


def _sums(flat: Any) -> Any:
    return lambda: np.add.reduce(flat, 1)
