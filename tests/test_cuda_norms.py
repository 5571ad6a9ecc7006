"""Softmax and normalization on the GPU against the rules' own way on the CPU."""

import math

import numpy as np
import pytest

from mxnd.backend import host
from mxnd.backend.cuda import norms
from mxnd.core.language import WORDS
from mxnd.ops.batchnorm import BATCH
from mxnd.ops.normalize import STANDARD

pytestmark = pytest.mark.gpu
RNG = np.random.default_rng(3)
F = host.Host()
NEAR = {"float16": 1e-3, "float32": 1e-6, "float64": 1e-12}

# rows of every number of lanes, then columns; the longest do not fit into the registers
LINES = [
    ((3, 5), 1), ((37, 20), -1), ((6, 100), 1), ((3, 500), 1), ((2, 2000), 1), ((2, 5000), 1), ((2, 9001), 1),
    ((2, 7, 600), 1), ((40, 3), 0), ((100, 33), 0), ((2, 700, 5), 1), ((2, 3, 1), 2), ((4,), 0),
]  # fmt: skip


def close(cuda, have, want, dtype, size=1.0):
    want = np.asarray(want)
    assert have.dtype == want.dtype == np.dtype(dtype)
    assert have.shape == want.shape
    np.testing.assert_allclose(cuda.asnumpy(have), want, NEAR[dtype], NEAR[dtype] * size)


def exact(function, dtype, *args):
    """What a rule's own way finds in float64, as ``dtype``."""
    wider = [a.astype(np.float64) if isinstance(a, np.ndarray) else a for a in args]
    found = function(F, *wider)
    if not isinstance(found, tuple):
        return found.astype(dtype)
    return [(ct() if callable(ct) else ct).astype(dtype) for ct in found]


@pytest.mark.parametrize("dtype", NEAR)
@pytest.mark.parametrize(("shape", "axis"), LINES)
def test_softmax(cuda, dtype, shape, axis):
    x = RNG.normal(0, 4, shape).astype(dtype)
    ct = RNG.normal(size=shape).astype(dtype)
    for name in ("softmax", "log_softmax"):
        y = getattr(host, name)(x, axis)
        close(cuda, getattr(norms, name)(cuda.asarray(x), axis), y, dtype, 1 if name == "softmax" else 16)
        for given, same in ((ct, cuda.asarray(ct)), (ct[:1] * 0 + ct.flat[0], None)):
            given = np.broadcast_to(given, shape) if same is not None else np.full(shape, ct.flat[0])
            device = cuda.broadcast_to(cuda.asarray(ct.ravel()[:1]), shape) if same is None else same
            (want,) = exact(WORDS[name].pull, dtype, given, y, axis)
            (have,) = norms.PULLS[name](device, cuda.asarray(y), axis)
            count = y.shape[axis]
            close(cuda, have, want, dtype, 4 * math.sqrt(count) if name == "log_softmax" else 1)


def test_softmax_of_odd_strides_and_values(cuda):
    x = RNG.normal(size=(6, 4, 10)).astype(np.float32)
    x[0, 0, :3], x[1, 1, 2], x[2, 2], x[3, 3, 4] = -np.inf, np.nan, -np.inf, np.inf
    long = RNG.normal(size=(4, 20000)).astype(np.float32)
    long[0, ::2], long[1, 9000], long[2, 15000], long[3, -1] = -np.inf, np.nan, np.inf, 80
    with np.errstate(invalid="ignore"):
        for array, axis in ((x, 2), (x, 1), (long, 1)):
            view = cuda.asarray(np.asfortranarray(array))
            close(cuda, norms.softmax(view, axis), host.softmax(array, axis), "float32")
            close(cuda, norms.log_softmax(view, axis), host.log_softmax(array, axis), "float32", 16)
    assert norms.softmax(cuda.zeros((0, 3), np.float32), 1).shape == (0, 3)
    assert norms.softmax_pull(cuda.zeros((3, 0), np.float32), cuda.zeros((3, 0), np.float32), 0)[0].shape == (3, 0)


def test_what_a_kernel_does_not_fit(cuda):
    x, g = cuda.zeros((2, 3, 4), np.float32), cuda.zeros((1, 3, 1), np.float32)
    assert norms.softmax_pull(x.astype(np.float64), x, 1) is NotImplemented
    assert norms.standard(x, g, g, (0, 2), 1e-5) is NotImplemented
    assert norms.standard(x, g.astype(np.float64), g, (1,), 1e-5) is NotImplemented
    whole = cuda.zeros((1, 3, 4), np.float32)
    assert norms.standard(x, whole, whole, (2,), 1e-5) is NotImplemented
    assert norms.batch(x.astype(np.float16), g, g, (0, 2), 1e-5, 0.9, ()) is NotImplemented


# shape, axes, the axes along which gamma has elements
STANDARDS = [
    ((4, 6), (1,), (1,)), ((3, 2000), (1,), (1,)), ((5, 7, 40), (1,), (1,)), ((2, 3, 4, 5), (2, 3), (1,)),
    ((2, 3, 9000), (2,), (1,)), ((2, 3, 40000), (2,), (1,)), ((2, 4, 6), (2,), (0, 1)), ((300, 5), (1,), (1,)),
    ((3, 4, 5), (1, 2), (1, 2)), ((2, 4, 6), (2,), ()), ((1, 1, 3), (1,), (1,)), ((3, 5), (1,), (0,)),
]  # fmt: skip


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("shape", "axes", "own"), STANDARDS)
def test_standard(cuda, dtype, shape, axes, own):
    x = (RNG.normal(size=shape) * 3 + 2).astype(dtype)
    ct = RNG.normal(size=shape).astype(dtype)
    places = tuple(n if i in own else 1 for i, n in enumerate(shape))
    g, b = (RNG.uniform(0.5, 2, places).astype(dtype) for _ in range(2))
    eps = 1e-3
    on = [cuda.asarray(a) for a in (x, g, b, ct)]
    close(cuda, norms.standard(*on[:3], axes, eps), exact(STANDARD.value, dtype, x, g, b, axes, eps), dtype, 16)
    want = exact(STANDARD.pull, dtype, ct, x, g, axes, eps)
    have = norms.standard_pull(on[3], on[0], on[1], axes, eps)
    for each, expected in zip(have, want, strict=True):
        close(cuda, each, expected, dtype, 8 * math.sqrt(x.size / expected.size + 1))


@pytest.mark.parametrize("far", [0, 1e4])
@pytest.mark.parametrize("length", [30, 3000, 40000])
def test_far_from_zero_nothing_cancels(cuda, far, length):
    x = (RNG.normal(size=(2, length)) + far).astype(np.float32)
    g, b = np.ones((1, 1), np.float32), np.zeros((1, 1), np.float32)
    want = exact(STANDARD.value, "float32", x, g, b, (1,), 1e-5)
    have = norms.standard(*(cuda.asarray(a) for a in (x, g, b)), (1,), 1e-5)
    np.testing.assert_allclose(cuda.asnumpy(have), want, 1e-5, 2e-3 if far else 1e-5)
    want = exact(BATCH.value, "float32", x, g, b, (1,), 1e-5, 0.9, ())[:1]
    have = norms.batch(cuda.asarray(x[:1]), cuda.asarray(g), cuda.asarray(b), (1,), 1e-5, 0.9, ())
    np.testing.assert_allclose(cuda.asnumpy(have), want, 1e-5, 2e-3 if far else 1e-5)


BATCHES = [
    ((4, 3, 5, 5), 1), ((2, 5, 20, 20), 1), ((300, 70), 1), ((6, 4, 4, 3), 3), ((1, 2, 70000), 1), ((3, 1, 2), 1),
    ((5, 3), 0), ((40, 2, 3), 1), ((1, 3), 1),
]  # fmt: skip


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("shape", "axis"), BATCHES)
def test_batch(cuda, dtype, shape, axis):
    x = (RNG.normal(size=shape) * 2 + 1).astype(dtype)
    ct = RNG.normal(size=shape).astype(dtype)
    places = tuple(n if i == axis else 1 for i, n in enumerate(shape))
    g, b = (RNG.uniform(0.5, 2, places).astype(dtype) for _ in range(2))
    moving = [RNG.uniform(0.5, 2, places).astype(kind) for kind in (dtype, "float32")]
    axes = tuple(i for i in range(len(shape)) if i != axis)
    on = [cuda.asarray(a) for a in (x, g, b, ct)]
    on_moving = tuple(cuda.asarray(m) for m in moving)
    rest = axes, 1e-3, 0.9
    value = norms.batch(*on[:3], *rest, on_moving)
    close(cuda, value, exact(BATCH.value, dtype, x, g, b, *rest, moving), dtype, 16)
    have = norms.batch_pull(on[3], on[0], on[1], *rest, on_moving)
    want = exact(BATCH.pull, dtype, ct, x, g, *rest, moving)
    for each, expected in zip(have, want, strict=True):
        close(cuda, each, expected, dtype, 8 * math.sqrt(x.size / expected.size + 1))
    for old, new in zip(on_moving, moving, strict=True):
        close(cuda, old, new, str(new.dtype), 4)
