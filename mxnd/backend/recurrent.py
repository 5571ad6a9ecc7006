"""One direction of one recurrent layer, step by step.

Steps are laid out (unit, sequence): a step is one product with the weights on the left, and the rows of a gate lie
together. What the inputs give to all steps is computed before the first one. Results of shape (steps, batch, units) are
views of that layout, which the layer above and ``recurrent_gradient`` take as they are; the last part of a result is
what the gradient needs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .blocked import contiguous
from .memory import empty, empty_like
from .onednn import recurrent as onednn
from .products import again
from .threads import pieces, scratch

Clip = tuple[float, float, bool]
BLOCK = 1 << 20  # elements of gates that are computed together


def elman(x: Any, wx: Any, wh: Any, bias: Any, h: Any, activation: str) -> tuple[Any, Any]:
    """``h = act(wx . x + wh . h + bias)``: all h, of shape (steps, batch, units), and the states laid out.

    x: (steps, batch, inputs). wx, wh: (units, inputs) and (units, units). h: (batch, units).
    """
    pre = empty((len(x), len(wx), len(h)), x.dtype)
    from_inputs(x, wx, bias[:, None], pre)
    states = _states(h, len(x))
    zero = np.zeros_like(states[0])  # an array: with a number NumPy takes longer
    for here, old, new in zip(pre, states, states[1:]):
        again(wh, old, new)
        new += here
        np.tanh(new, out=new) if activation == "tanh" else np.maximum(new, zero, out=new)
    return states[1:].transpose(0, 2, 1), states


def gru(x: Any, wx: Any, wh: Any, bx: Any, bh: Any, h: Any) -> tuple[Any, Any]:
    """A gated recurrent unit: reset, update and new gate; all h, of shape (steps, batch, units)."""
    size = h.shape[1]
    turned = [0, 1, 2], 2  # exp(-x) is what the first two gates take
    outer = empty((len(x), 3 * size, len(h)), x.dtype)
    from_inputs(x, rows(wx, *turned), rows(bx[:, None], *turned), outer)
    inner = empty_like(outer)
    weight = rows(np.concatenate((wh, bh[:, None]), 1), *turned)
    states = empty((len(x) + 1, size + 1, h.shape[0]), x.dtype)
    states[:, size] = 1  # times the bias
    states[0, :size] = h.T
    old, half = states[0, :size], 2 * size
    steps = zip(outer[:, :half], outer[:, half:], inner, states, states[1:, :size])
    spare = empty_like(old)
    for pre, candidate, own, before, new in steps:
        again(weight, before, own)
        opened = own[:half]
        opened += pre
        logistic(opened)
        candidate += np.multiply(opened[:size], own[half:], out=spare)
        np.tanh(candidate, out=candidate)
        np.subtract(old, candidate, out=new)
        new *= opened[size:]
        new += candidate
        old = new
    return states[1:, :size].transpose(0, 2, 1), (outer[:, half:], inner, states[:, :size])


def lstm(
    x: Any, wx: Any, wh: Any, bias: Any, h: Any, c: Any, project: Any = None, clip: Clip | None = None
) -> tuple[Any, Any, Any]:
    """Long short-term memory: input, forget, new and output gate; all h, (steps, batch, state), and all c.

    The gates are kept in the order output, input, forget, new, and the cell before the step after them.
    """
    size = c.shape[1]
    turned = [3, 0, 1, 2], 3  # exp(-x) is what the first three gates take
    weight = rows(wh, *turned)
    gates = empty((len(x) + 1, 5 * size, len(h)), x.dtype)
    from_inputs(x, rows(wx, *turned), rows(bias[:, None], *turned), gates[:-1])
    gates[0, 4 * size :] = c.T
    states = _states(h, len(x))
    work = empty((4 * size, x.shape[1]), x.dtype)
    both, full = work[: 2 * size], work[:size] if project is None else empty_like(work[:size])
    added, kept = work[:size], work[size : 2 * size]
    steps = zip(gates, gates[:, : 4 * size], gates[1:, 4 * size :], states, states[1:])
    for here, pre, cell, old, new in steps:
        again(weight, old, work)
        pre += work
        logistic(pre[: 3 * size])
        fresh = pre[3 * size :]
        np.tanh(fresh, out=fresh)
        np.multiply(here[size : 3 * size], here[3 * size :], out=both)
        np.add(added, kept, out=cell)
        if clip is not None:
            cell[...] = clipped(cell, clip)
        np.tanh(cell, out=full)
        if project is None:
            np.multiply(full, pre[:size], out=new)
        else:
            again(project, np.multiply(full, pre[:size], out=full), new)
    return states[1:].transpose(0, 2, 1), gates[1:, 4 * size :].transpose(0, 2, 1), (gates, states)


def lstm_states(x: Any, wx: Any, wh: Any, bias: Any, h: Any, c: Any) -> tuple[Any, Any]:
    """All h of ``lstm``, and c of which only the last one counts, where nothing is kept for a gradient."""
    return onednn.lstm(x, wx, wh, bias, h, c) or lstm(x, wx, wh, bias, h, c)[:2]


def rows(w: Any, order: list[int], negative: int) -> Any:
    """The rows of the gates in an order, those of the first ``negative`` gates times -1."""
    out = w.reshape(len(order), -1, w.shape[1])[order]
    np.negative(out[:negative], out=out[:negative])
    return out.reshape(w.shape)


def from_inputs(x: Any, weight: Any, bias: Any, out: Any) -> None:
    """``weight . x + bias`` for each step into the first rows of ``out``, (steps, rows, batch)."""
    flat, (gates, batch) = lines(x), (weight.shape[0], x.shape[1])

    for steps in pieces(len(x), max(1, BLOCK // (gates * batch))):
        columns = flat[steps.start * batch : steps.stop * batch].T
        room = scratch(gates * columns.shape[1] * x.itemsize).view(x.dtype)
        product = room.reshape(gates, -1)
        again(weight, columns, product)
        product += bias
        out[steps, :gates] = product.reshape(gates, -1, batch).transpose(1, 0, 2)


def lines(x: Any) -> Any:
    """(steps * batch, inputs), whichever of the two layouts x has in memory."""
    steps, batch, inputs = x.shape
    if x.strides[2] == x.itemsize:
        return x.reshape(steps * batch, inputs)
    return contiguous(x.transpose(2, 0, 1)).reshape(inputs, steps * batch).T


def logistic(negative: Any) -> None:
    """1 / (1 + exp(x)) in place."""
    np.exp(negative, out=negative)
    negative += 1
    np.reciprocal(negative, out=negative)


def _states(h: Any, steps: int) -> Any:
    """Room for the state before each step and after the last one, (steps + 1, state, batch), with the first in it."""
    out = empty((steps + 1, h.shape[1], h.shape[0]), h.dtype)
    out[0] = h.T
    return out


def clipped(c: Any, clip: Clip) -> Any:
    """Within [low, high]; with the third entry NaN becomes low."""
    low, high, nan = clip
    return np.fmin(np.fmax(c, low), high) if nan else np.minimum(np.maximum(c, low), high)
