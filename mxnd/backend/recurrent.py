"""One direction of one recurrent layer, step by step. ``gates`` holds what the inputs of all steps give: (T, N, G)."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import expit

Clip = tuple[float, float, bool]


def elman(gates: Any, h: Any, weight: Any, activation: str) -> Any:
    """``h = act(gates[t] + weight . h)``; all h, of shape (T, N, H)."""
    out = np.empty(gates.shape, gates.dtype)
    for here, pre in zip(gates, out):
        np.matmul(h, weight.T, out=pre)
        pre += here
        h = np.tanh(pre, out=pre) if activation == "tanh" else np.maximum(pre, 0, out=pre)
    return out


def gru(gates: Any, h: Any, weight: Any, bias: Any) -> Any:
    """A gated recurrent unit: reset, update and new gate; all h, of shape (T, N, H)."""
    size = h.shape[1]
    out = np.empty((*gates.shape[:2], size), gates.dtype)
    for here, new in zip(gates, out):
        pre = np.matmul(h, weight.T)
        pre += bias
        both = expit(here[:, : 2 * size] + pre[:, : 2 * size])
        pre[:, 2 * size :] *= both[:, :size]
        pre[:, 2 * size :] += here[:, 2 * size :]
        candidate = np.tanh(pre[:, 2 * size :])
        np.subtract(h, candidate, out=new)
        new *= both[:, size:]
        new += candidate
        h = new
    return out


def lstm(gates: Any, h: Any, c: Any, weight: Any, project: Any, clip: Clip | None) -> tuple[Any, Any]:
    """Long short-term memory: input, forget, new and output gate; all h, of shape (T, N, P), and all c (T, N, H)."""
    size = c.shape[1]
    hs, cs = np.empty((*gates.shape[:2], h.shape[1]), gates.dtype), np.empty((*gates.shape[:2], size), gates.dtype)
    for here, new_h, new_c in zip(gates, hs, cs):
        pre = np.matmul(h, weight.T)
        pre += here
        open_in, forget = np.split(expit(pre[:, : 2 * size]), 2, axis=1)
        np.multiply(c, forget, out=new_c)
        new_c += open_in * np.tanh(pre[:, 2 * size : 3 * size])
        if clip is not None:
            new_c[...] = clipped(new_c, clip)
        full = np.tanh(new_c)
        full *= expit(pre[:, 3 * size :])
        new_h[...] = full if project is None else np.matmul(full, project.T)
        h, c = new_h, new_c
    return hs, cs


def clipped(c: Any, clip: Clip) -> Any:
    """Within [low, high]; with the third entry NaN becomes low."""
    low, high, nan = clip
    return np.fmin(np.fmax(c, low), high) if nan else np.minimum(np.maximum(c, low), high)
