"""Long short-term memory through all steps of one direction, in float32, where nothing is kept for a gradient."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ..memory import empty
from .library import usable
from .plan import Handle, Plan, Port, any_layout, described, layout, rows

INFERENCE, FORWARD = 96, 1  # dnnl_forward_inference, dnnl_unidirectional_left2right
X, H, C, WX, WH, BIAS, Y, LAST_H, LAST_C = 1, 2, 3, 33, 34, 41, 17, 18, 19  # DNNL_ARG_*


def _weight(inputs: int, size: int) -> Handle:
    """How a matrix with the rows of the gates below each other lies as (1, 1, inputs, gates, size)."""
    return layout((1, 1, inputs, 4, size), (16 * inputs * size,) * 2 + (4, 4 * inputs * size, 4 * inputs))


@functools.lru_cache(256)
def _plan(steps: int, batch: int, inputs: int, size: int) -> Plan | None:
    x, y, state = rows((steps, batch, inputs)), rows((steps, batch, size)), rows((1, 1, batch, size))
    wx, wh = (any_layout((1, 1, n, 4, size)) for n in (inputs, size))
    bias, peepholes, projection, flags = rows((1, 1, 4, size)), None, None, 0
    rest = (x, state, state, wx, wh, peepholes, projection, bias, y, state, state, flags)
    found = described("lstm_forward", INFERENCE, FORWARD, *rest)
    if found is None:
        return None
    given = {X: x, H: state, C: state, WX: _weight(inputs, size), WH: _weight(size, size), BIAS: bias}
    made = {Y: y, LAST_H: state, LAST_C: state}
    arrays = enumerate((given | made).items())
    return Plan((found, [Port(argument, lies, i, argument in made) for i, (argument, lies) in arrays]))


def lstm(x: Any, wx: Any, wh: Any, bias: Any, h: Any, c: Any) -> tuple[Any, Any] | None:
    """All h, (steps, batch, size), and the last c, (1, batch, size); None where oneDNN does not serve here and now.

    Arguments are those of ``recurrent.lstm``.
    """
    steps, batch, inputs = x.shape
    plan = _plan(steps, batch, inputs, h.shape[1]) if x.dtype == np.float32 and usable() is not None else None
    if plan is None:
        return None
    y, last_h, last_c = empty((steps, *h.shape), x.dtype), np.empty_like(h), np.empty((1, *c.shape), c.dtype)
    plan(*map(np.ascontiguousarray, (x, h, c, wx, wh, bias)), y, last_h, last_c)
    return y, last_c
