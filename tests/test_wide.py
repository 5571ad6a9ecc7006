"""What the path for large arrays promises: the values of the plain path, the same bits for any number of threads,
results in place, forks, bounded memory."""

from __future__ import annotations

import os
import threading
import tracemalloc

import numpy as np
import pytest

from mxnd import autograd, nd
from mxnd.backend import threads

N = 700_001  # elements: several blocks, threads, a block that is not full


def data(*shape, seed=0, dtype="float32"):
    return np.random.default_rng(seed).standard_normal(shape or (N,)).astype(dtype)


CURVES = [
    "relu",
    "sigmoid",
    "softsign",
    "tanh",
    "exp",
    "expm1",
    "erf",
    "sqrt",
    "rsqrt",
    "square",
    "sign",
    "round",
    "gammaln",
]


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_a_large_array_is_computed_as_small_ones_are(name, dtype):
    x = data(dtype=dtype)
    x[:6] = [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0]
    function = getattr(nd, name)
    large = function(nd.array(x, dtype=dtype)).asnumpy()
    pieces = np.split(x, range(5000, N, 5000))
    small = np.concatenate([function(nd.array(piece, dtype=dtype)).asnumpy() for piece in pieces])
    close = {"float32": 5e-7, "float64": 1e-15, "float16": 1e-3}[dtype]
    np.testing.assert_allclose(large, small, rtol=close, atol=close / 10)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64", "uint8"])
def test_where_chooses_bit_by_bit(dtype):
    a, b = (data(seed=i, dtype="float64") * 50 for i in (1, 2))
    a, b = (np.abs(v).astype(dtype) if dtype == "uint8" else v.astype(dtype) for v in (a, b))
    if a.dtype.kind == "f":
        a[:4], b[:4] = [np.nan, np.inf, -0.0, 0.0], [1.0, np.nan, 0.0, -0.0]
    c = data(seed=3) > 0
    got = nd.where(nd.array(c, dtype=dtype), nd.array(a, dtype=dtype), nd.array(b, dtype=dtype)).asnumpy()
    np.testing.assert_array_equal(got.view(np.uint8), np.where(c, a, b).view(np.uint8))


@pytest.mark.parametrize("dtype", ["int8", "uint8", "bool", "float16"])
def test_where_of_what_has_no_lowering(dtype):
    wide = nd.zeros((1,))._ctx.wide
    c, a, b = data() > 0, (data(seed=1) * 9).astype(dtype), (data(seed=2) * 9).astype(dtype)
    np.testing.assert_array_equal(wide.done(wide.where(*map(wide.leaf, (c, a, b)))), np.where(c, a, b))


def results(x, y, row):
    """Values and gradients of several operators on large arrays."""
    arrays = [nd.array(v) for v in (x, y, row)]
    for array in arrays:
        array.attach_grad()
    a, b, r = arrays
    with autograd.record():
        found = [
            nd.LeakyReLU(a, act_type="gelu"), nd.broadcast_mul(a, r), a * b + nd.sigmoid(a), nd.softmax(b, axis=-1),
            nd.sum(nd.exp(a) * b, axis=0), nd.sum(nd.square(a - r), axis=1), nd.mean(nd.tanh(a)), nd.norm(b),
        ]  # fmt: skip
        total = sum(f.sum() for f in found)
    total.backward()
    nd.adam_update(a, a.grad, nd.zeros_like(a), nd.ones_like(a), lr=0.1, out=a)
    return [v.asnumpy() for v in (*found, a.grad, b.grad, r.grad, a)]


def test_results_have_the_same_bits_for_any_number_of_threads():
    given = data(1201, 601), data(1201, 601, seed=1), data(1, 601, seed=2)
    found = []
    for count in (1, 2, 3, 5):
        before = threads.set_count(count)
        try:
            found.append(results(*given))
        finally:
            threads.set_count(before)
    for other in found[1:]:
        for one, two in zip(found[0], other):
            np.testing.assert_array_equal(one, two)


def test_out_may_be_an_input():
    x, y = data(), data(seed=1)
    a, b = nd.array(x), nd.array(y)
    memory = a._data.ctypes.data
    assert nd.LeakyReLU(a, act_type="elu", slope=0.5, out=a) is a
    assert a._data.ctypes.data == memory
    np.testing.assert_array_equal(a.asnumpy(), nd.LeakyReLU(nd.array(x), act_type="elu", slope=0.5).asnumpy())
    nd.elemwise_sub(b, nd.array(x), out=b)
    np.testing.assert_array_equal(b.asnumpy(), y - x)


def test_out_may_overlap_an_input_elsewhere():
    whole = nd.array(data(N + 10))
    before = whole.asnumpy()
    nd.exp(whole[:N], out=whole[10:])
    np.testing.assert_array_equal(whole.asnumpy()[10:], np.exp(before[:N]))
    np.testing.assert_array_equal(whole.asnumpy()[:10], before[:10])


def test_an_update_moves_weight_and_state_in_place():
    w, g, m = data(), data(seed=1), data(seed=2)
    weight, grad, mom = nd.array(w), nd.array(g), nd.array(m)
    nd.sgd_mom_update(weight, grad, mom, lr=0.1, momentum=0.9, wd=0.01, out=weight)
    step = np.float32(0.9) * m - np.float32(0.1) * (g + np.float32(0.01) * w)
    np.testing.assert_allclose(mom.asnumpy(), step, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(weight.asnumpy(), w + step, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(grad.asnumpy(), g)


def test_a_gradient_may_be_made_of_another_variables_gradient():
    a, b = nd.array(data()), nd.array(data(seed=1))
    a.attach_grad()
    b.attach_grad()
    a.grad[:] = 3.0
    with autograd.record():
        y = a * b + b * a.grad  # reads the array that backward writes
    y.backward()
    np.testing.assert_array_equal(a.grad.asnumpy(), b.asnumpy())
    np.testing.assert_allclose(b.grad.asnumpy(), a.asnumpy() + 3.0, rtol=1e-6)


def test_transposed_and_strided_inputs():
    x = data(900, 800)
    a = nd.array(x)
    np.testing.assert_array_equal(nd.exp(a.T).asnumpy(), np.exp(x.T))
    np.testing.assert_array_equal((a.T + nd.array(x.T)).asnumpy(), x.T + x.T)
    column, row = data(900, 1, seed=1), data(1, 800, seed=2)
    np.testing.assert_array_equal(nd.broadcast_add(nd.array(column), nd.array(row)).asnumpy(), column + row)
    np.testing.assert_array_equal(nd.broadcast_add(a, nd.array(column)).asnumpy(), x + column)


def test_several_python_threads_at_once():
    x = data(300_000)
    expected = nd.LeakyReLU(nd.array(x), act_type="gelu").asnumpy()
    wrong = []

    def work():
        found = [nd.LeakyReLU(nd.array(x), act_type="gelu").asnumpy() for _ in range(5)]
        wrong.extend(y for y in found if not np.array_equal(y, expected))

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_computes_too():
    x = nd.array(data())
    expected = nd.sigmoid(x).asnumpy()  # the workers run now
    child = os.fork()
    if child == 0:
        ok = False
        try:
            ok = np.array_equal(nd.sigmoid(x).asnumpy(), expected)
        finally:
            os._exit(0 if ok else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0


@pytest.mark.parametrize(
    "call_it",
    [
        lambda x, y: nd.LeakyReLU(x, act_type="gelu"),
        lambda x, y: x * y + x,
        lambda x, y: nd.where(x > 0, x, y),
        lambda x, y: nd.sum(nd.exp(x) * y),
        lambda x, y: nd.softmax(x.reshape((-1, 1000))),
    ],
    ids=["gelu", "arithmetic", "where", "reduction", "softmax"],
)
def test_memory_stays_near_inputs_and_outputs(call_it):
    x, y = nd.array(data(8_000_000)), nd.array(data(8_000_000))
    call_it(x, y)
    tracemalloc.start()
    out = call_it(x, y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert x.size * 4 * 2 + peak <= 1.5 * (x.size * 4 * 2 + max(out.size, x.size) * 4)


def test_the_environment_limits_the_threads(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    for name in ("OMP_NUM_THREADS", "MXNET_CPU_WORKER_NTHREADS"):
        monkeypatch.delenv(name, raising=False)
    assert threads.available() == 8
    monkeypatch.setenv("MXNET_CPU_WORKER_NTHREADS", "3")
    assert threads.available() == 3
    monkeypatch.setenv("OMP_NUM_THREADS", "2,4")
    assert threads.available() == 2
    monkeypatch.setenv("OMP_NUM_THREADS", "99")
    assert threads.available() == 8
    monkeypatch.setenv("OMP_NUM_THREADS", "nonsense")
    assert threads.available() == 3


def test_an_error_in_a_thread_reaches_the_caller():
    def task(i):
        if i == 7:
            raise ValueError("seven")

    before = threads.set_count(3)
    try:
        with pytest.raises(ValueError, match="seven"):
            threads.spread(task, range(20))
        threads.spread(task, range(7))
    finally:
        threads.set_count(before)
