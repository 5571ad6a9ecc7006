"""Gradients of ``recurrent``: the cotangent of the state goes back with one kernel and one product a step; inputs and
weights take one product at the end.

``ct`` is the cotangent of all states, of shape (steps, batch, units); ``x`` and the weights are those of the layer.
Costly cotangents are functions, called when somebody wants them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..device import cp
from .kernels import Raw
from .recurrent import CELL, flat, step

ELMAN = Raw(
    "elman_gradient",
    f"""(const T* ct, const T* states, const T* dh, T* gates, long long t, int batch, int units, int smooth) {{{CELL}
    const T y = states[(t + 1) * size + i];
    gates[t * size + i] = (dh[i] + ct[t * size + i]) * (smooth ? 1 - y * y : (T)(y > 0));
}}""",
)

# ``dh`` is what arrived by the product, ``kept`` what goes past the gates.
GRU = Raw(
    "gru_gradient",
    f"""(const T* ct, const T* found, const T* states, const T* dh, T* kept, T* outer, T* inner, long long t, int batch,
    int units) {{{CELL}
    const T* here = found + (t * batch + row) * 4 * units + unit;
    const T reset = here[0], update = here[units], fresh = here[2 * units], inside = here[3 * units];
    const T arrived = dh[i] + kept[i] + ct[t * size + i];
    const T to_new = arrived * (1 - update) * (1 - fresh * fresh);
    const T to_reset = to_new * inside * reset * (1 - reset);
    const T to_update = arrived * (states[t * size + i] - fresh) * update * (1 - update);
    kept[i] = arrived * update;
    const long long at = (t * batch + row) * 3 * units + unit;
    outer[at] = inner[at] = to_reset;
    outer[at + units] = inner[at + units] = to_update;
    outer[at + 2 * units] = to_new;
    inner[at + 2 * units] = to_new * reset;
}}""",
)

LSTM = Raw(
    "lstm_gradient",
    f"""(const T* ct, const T* ct_cells, const T* found, const T* cells, const T* dh, T* dc, T* gates, long long t,
    int batch, int units, int from_states, int from_cells) {{{CELL}
    const long long at = (t * batch + row) * 4 * units + unit;
    const T* here = found + at;
    const T open = here[0], forget = here[units], fresh = here[2 * units], out = here[3 * units];
    const T full = tanh(cells[(t + 1) * size + i]);
    const T to_h = from_states ? dh[i] + ct[t * size + i] : dh[i];
    const T to_cell = (from_cells ? dc[i] + ct_cells[t * size + i] : dc[i]) + to_h * out * (1 - full * full);
    gates[at] = to_cell * fresh * open * (1 - open);
    gates[at + units] = to_cell * cells[t * size + i] * forget * (1 - forget);
    gates[at + 2 * units] = to_cell * open * (1 - fresh * fresh);
    gates[at + 3 * units] = to_h * full * out * (1 - out);
    dc[i] = to_cell * forget;
}}""",
)


def elman_gradient(ct: Any, x: Any, wx: Any, wh: Any, states: Any, activation: str) -> tuple[Any, ...]:
    """Cotangents of x, wx, wh, the bias, and the first state."""
    steps, shape, wh = len(x), states.shape[1:], cp.ascontiguousarray(wh)
    ct, gates = cp.ascontiguousarray(ct), cp.empty((steps, *shape), x.dtype)
    dh, smooth = cp.zeros(shape, x.dtype), np.int32(activation == "tanh")
    for t in reversed(range(steps)):
        step(ELMAN, x.dtype, *shape, t, (ct, states, dh, gates), smooth)
        cp.dot(gates[t], wh, out=dh)
    to_x, to_wx, to_bias = _of_inputs(gates, x, wx)
    return to_x, to_wx, _of_weight(gates, states), to_bias, dh


def gru_gradient(ct: Any, x: Any, wx: Any, wh: Any, kept: Any) -> tuple[Any, ...]:
    """Cotangents of x, wx, wh, both biases, and the first state."""
    found, states = kept
    steps, (batch, units), wh = len(x), states.shape[1:], cp.ascontiguousarray(wh)
    outer, inner = (cp.empty((steps, batch, 3 * units), x.dtype) for _ in range(2))
    ct, (dh, past) = cp.ascontiguousarray(ct), cp.zeros((2, batch, units), x.dtype)
    for t in reversed(range(steps)):
        step(GRU, x.dtype, batch, units, t, (ct, found, states, dh, past, outer, inner))
        cp.dot(inner[t], wh, out=dh)
    to_x, to_wx, to_bx = _of_inputs(outer, x, wx)
    return to_x, to_wx, _of_weight(inner, states), to_bx, _sums(inner), dh + past


def lstm_gradient(ct: Any, ct_cells: Any, x: Any, wx: Any, wh: Any, kept: Any) -> tuple[Any, ...]:
    """Cotangents of x, wx, wh, the bias, the first state and the first cell; ``ct`` or ``ct_cells`` may be None."""
    found, cells, states = kept
    steps, shape, wh = len(x), cells.shape[1:], cp.ascontiguousarray(wh)
    gates, (dh, dc) = cp.empty(found.shape, x.dtype), cp.zeros((2, *shape), x.dtype)
    arrived = [dh if part is None else cp.ascontiguousarray(part) for part in (ct, ct_cells)]  # dh: not read
    given = np.int32(ct is not None), np.int32(ct_cells is not None)
    for t in reversed(range(steps)):
        step(LSTM, x.dtype, *shape, t, (*arrived, found, cells, dh, dc, gates), *given)
        cp.dot(gates[t], wh, out=dh)
    to_x, to_wx, to_bias = _of_inputs(gates, x, wx)
    return to_x, to_wx, _of_weight(gates, states), to_bias, dh, dc


def _of_inputs(gates: Any, x: Any, wx: Any) -> tuple[Any, Any, Any]:
    rows = flat(gates)
    return lambda: cp.matmul(rows, wx).reshape(x.shape), lambda: cp.matmul(rows.T, flat(x)), _sums(gates)


def _of_weight(gates: Any, states: Any) -> Any:
    """Of the weights of the states, from which the last one is left out."""
    return lambda: cp.matmul(flat(gates).T, flat(states[:-1]))


def _sums(gates: Any) -> Any:
    return lambda: gates.sum((0, 1))
