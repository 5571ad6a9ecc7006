"""Recurrent layers and their gradients on the GPU against the CPU's."""

import numpy as np
import pytest

from mxnd.backend import recurrent as host
from mxnd.backend import recurrent_gradient as host_gradient
from mxnd.backend.cuda import recurrent, recurrent_gradient

pytestmark = pytest.mark.gpu
NEAR = {"float32": (1e-5, 2e-6), "float64": (1e-11, 1e-13)}
SHAPES = [(1, 1, 1, 1), (5, 3, 4, 6), (2, 40, 3, 5)]  # steps, batch, inputs, units
GATES = {"tanh": 1, "relu": 1, "gru": 3, "lstm": 4}


def layer(mode, shape, dtype, projected=None):
    """x, wx, wh, biases, the first state, and the first cell."""
    steps, batch, inputs, units = shape
    rng, state = np.random.default_rng(9), projected or units
    rows = GATES[mode] * units
    shapes = [(steps, batch, inputs), (rows, inputs), (rows, state), *[(rows,)] * (1 + (mode == "gru")), (batch, state)]
    shapes += [(batch, units)] * (mode == "lstm") + ([(projected, units)] if projected else [])
    return [rng.normal(size=s).astype(dtype) * 0.7 for s in shapes]


def run(module, mode, args, *more):
    if mode in ("tanh", "relu"):
        return module.elman(*args, mode)
    return getattr(module, mode)(*args, *more)


def on(cuda, arrays):
    """The arrays on the device, the first as a view that is not contiguous."""
    first, *others = arrays
    turned = cuda.asarray(np.ascontiguousarray(first.transpose(2, 0, 1))).transpose(1, 2, 0)
    return [turned, *map(cuda.asarray, others)]


def same(cuda, have, want, dtype, size=1.0):
    assert (have.shape, have.dtype) == (want.shape, np.dtype(dtype))
    rtol, atol = NEAR[dtype]
    np.testing.assert_allclose(cuda.asnumpy(have), want, rtol, atol * size)


@pytest.mark.parametrize("dtype", NEAR)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("mode", GATES)
def test_steps_and_gradients(cuda, mode, shape, dtype):
    args = layer(mode, shape, dtype)
    device = on(cuda, args)
    want, have = run(host, mode, args), run(recurrent, mode, device)
    for mine, expected in zip(have[:-1], want[:-1], strict=True):
        same(cuda, mine, expected, dtype)
    rng = np.random.default_rng(1)
    cts = [rng.normal(size=part.shape).astype(dtype) for part in want[:-1]]
    name = "elman" if mode in ("tanh", "relu") else mode
    more = (mode,) if name == "elman" else ()
    choices = [cts] if mode != "lstm" else [cts, [cts[0], None], [None, cts[1]]]
    for chosen in choices:
        on_device = [None if ct is None else cuda.asarray(ct) for ct in chosen]
        expected = getattr(host_gradient, f"{name}_gradient")(*chosen, *args[:3], want[-1], *more)
        found = getattr(recurrent_gradient, f"{name}_gradient")(*on_device, *device[:3], have[-1], *more)
        for mine, theirs in zip(found, expected, strict=True):
            mine, theirs = (part() if callable(part) else part for part in (mine, theirs))
            same(cuda, mine, theirs, dtype, 20 * shape[0] * shape[1])


@pytest.mark.parametrize("clip", [None, (-0.3, 0.2, False), (-0.3, np.inf, True)])
@pytest.mark.parametrize("projected", [None, 2])
def test_projection_and_clip(cuda, projected, clip):
    args = layer("lstm", (4, 3, 5, 6), "float64", projected)
    args[5][0, 0] = np.nan
    project = args[6] if projected else None
    want = host.lstm(*args[:6], project, clip)
    device = on(cuda, args)
    have = recurrent.lstm(*device[:6], device[6] if projected else None, clip)
    for mine, expected in zip(have[:2], want[:2], strict=True):
        same(cuda, mine, expected, "float64")


def test_gates_wide_open_and_shut(cuda):
    args = [a * 1e4 for a in layer("lstm", (3, 2, 2, 2), "float32")]
    with np.errstate(over="ignore"):
        want = host.lstm(*args)
    same(cuda, recurrent.lstm(*on(cuda, args))[0], want[0], "float32")


def test_relu_keeps_nan(cuda):
    args = layer("relu", (2, 2, 3, 2), "float32")
    args[0][0, 1] = np.nan
    same(cuda, recurrent.elman(*on(cuda, args), "relu")[0], host.elman(*args, "relu")[0], "float32")
