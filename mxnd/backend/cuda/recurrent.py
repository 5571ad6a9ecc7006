"""One direction of one recurrent layer: a product and one kernel a step, and one product for the inputs of all steps.

States are (steps, batch, units). The last part of a result is what the gradient needs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..device import cp
from ..recurrent import Clip
from .kernels import Raw, c_type

THREADS = 128

CELL = """
    const long long size = (long long)batch * units, i = blockIdx.x * (long long)blockDim.x + threadIdx.x;
    if (i >= size) return;
    const int unit = i % units;
    const long long row = i / units;
"""
SIGMOID = "__device__ T sigmoid(T x) { return 1 / (1 + exp(-x)); }\n"

ELMAN = Raw(
    "elman",
    f"""(const T* pre, const T* own, const T* bias, T* states, long long t, int batch, int units, int smooth) {{{CELL}
    const T v = own[i] + pre[t * size + i] + bias[unit];
    states[(t + 1) * size + i] = smooth ? tanh(v) : v < 0 ? (T)0 : v;
}}""",
)

# Kept for the gradient: reset, update and new gate, and what the state gives to the new one.
GRU = Raw(
    "gru",
    f"""(const T* pre, const T* own, const T* bx, const T* bh, T* states, T* kept, long long t, int batch, int units)
{{{CELL}
    const T* outer = pre + (t * batch + row) * 3 * units + unit;
    const T* inner = own + row * 3 * units + unit;
    bx += unit;
    bh += unit;
    const T reset = sigmoid(outer[0] + bx[0] + inner[0] + bh[0]);
    const T update = sigmoid(outer[units] + bx[units] + inner[units] + bh[units]);
    const T inside = inner[2 * units] + bh[2 * units];
    const T fresh = tanh(outer[2 * units] + bx[2 * units] + reset * inside);
    states[(t + 1) * size + i] = (states[t * size + i] - fresh) * update + fresh;
    T* found = kept + (t * batch + row) * 4 * units + unit;
    found[0] = reset;
    found[units] = update;
    found[2 * units] = fresh;
    found[3 * units] = inside;
}}""",
    SIGMOID,
)

# Kept: input, forget, new and output gate, in the place of what the inputs gave to them.
LSTM = Raw(
    "lstm",
    f"""(T* gates, const T* own, const T* bias, T* cells, T* h, long long t, int batch, int units,
    int clip, T low, T high) {{{CELL}
    T* here = gates + (t * batch + row) * 4 * units + unit;
    const T* inner = own + row * 4 * units + unit;
    bias += unit;
    const T open = sigmoid(here[0] + inner[0] + bias[0]);
    const T forget = sigmoid(here[units] + inner[units] + bias[units]);
    const T fresh = tanh(here[2 * units] + inner[2 * units] + bias[2 * units]);
    const T out = sigmoid(here[3 * units] + inner[3 * units] + bias[3 * units]);
    T cell = open * fresh + forget * cells[t * size + i];
    if (clip == 2 && cell != cell) cell = low;
    if (clip) cell = cell < low ? low : cell > high ? high : cell;
    here[0] = open;
    here[units] = forget;
    here[2 * units] = fresh;
    here[3 * units] = out;
    cells[(t + 1) * size + i] = cell;
    h[i] = out * tanh(cell);
}}""",
    SIGMOID,
)


def step(kernel: Raw, dtype: Any, batch: int, units: int, t: int, given: Any, *options: Any) -> None:
    """Launch the kernel of a step: a thread for each unit of each sequence."""
    sizes = np.int64(t), np.int32(batch), np.int32(units)
    kernel((-(-batch * units // THREADS),), (THREADS,), (*given, *sizes, *options), T=c_type(dtype))


def flat(x: Any) -> Any:
    """(steps, batch, n) as (steps * batch, n)."""
    return x.reshape(-1, x.shape[-1])


def _from_inputs(x: Any, wx: Any) -> Any:
    return cp.matmul(flat(x), wx.T).reshape(*x.shape[:2], len(wx))


def _states(h: Any, steps: int) -> Any:
    """Room for the state before each step and after the last one, with the first in it."""
    out = cp.empty((steps + 1, *h.shape), h.dtype)
    out[0] = h
    return out


def elman(x: Any, wx: Any, wh: Any, bias: Any, h: Any, activation: str) -> tuple[Any, Any]:
    """``h = act(wx . x + wh . h + bias)``: all h, of shape (steps, batch, units), and the states with the first one.

    x: (steps, batch, inputs). wx, wh: (units, inputs) and (units, units). h: (batch, units).
    """
    pre, states, weight = _from_inputs(x, wx), _states(h, len(x)), cp.ascontiguousarray(wh.T)
    own, bias, smooth = cp.empty(h.shape, x.dtype), cp.ascontiguousarray(bias), np.int32(activation == "tanh")
    for t in range(len(x)):
        cp.dot(states[t], weight, out=own)  # less to prepare on the host than matmul
        step(ELMAN, x.dtype, *h.shape, t, (pre, own, bias, states), smooth)
    return states[1:], states


def gru(x: Any, wx: Any, wh: Any, bx: Any, bh: Any, h: Any) -> tuple[Any, Any]:
    """A gated recurrent unit: reset, update and new gate; all h, of shape (steps, batch, units)."""
    pre, states, weight = _from_inputs(x, wx), _states(h, len(x)), cp.ascontiguousarray(wh.T)
    batch, units = h.shape
    kept, own = cp.empty((len(x), batch, 4 * units), x.dtype), cp.empty((batch, 3 * units), x.dtype)
    bx, bh = cp.ascontiguousarray(bx), cp.ascontiguousarray(bh)
    for t in range(len(x)):
        cp.dot(states[t], weight, out=own)
        step(GRU, x.dtype, batch, units, t, (pre, own, bx, bh, states, kept))
    return states[1:], (kept, states)


def lstm(
    x: Any, wx: Any, wh: Any, bias: Any, h: Any, c: Any, project: Any = None, clip: Clip | None = None
) -> tuple[Any, Any, Any]:
    """Long short-term memory: input, forget, new and output gate; all h, (steps, batch, state), and all c."""
    gates, states, cells = _from_inputs(x, wx), _states(h, len(x)), _states(c, len(x))
    weight, bias = cp.ascontiguousarray(wh.T), cp.ascontiguousarray(bias)
    own, full = cp.empty((len(c), 4 * c.shape[1]), x.dtype), cp.empty(c.shape, x.dtype)
    low, high, nan = clip or (0, 0, False)
    limits = np.int32(0 if clip is None else 1 + nan), x.dtype.type(low), x.dtype.type(high)
    for t in range(len(x)):
        cp.dot(states[t], weight, out=own)
        new = states[t + 1] if project is None else full
        step(LSTM, x.dtype, *c.shape, t, (gates, own, bias, cells, new), *limits)
        if project is not None:
            cp.dot(full, project.T, out=states[t + 1])
    return states[1:], cells[1:], (gates, cells, states)


def lstm_states(x: Any, wx: Any, wh: Any, bias: Any, h: Any, c: Any) -> tuple[Any, Any]:
    """All h of ``lstm``, and c of which only the last one counts, where nothing is kept for a gradient."""
    return lstm(x, wx, wh, bias, h, c)[:2]
