"""Kernels of oneDNN (the extra ``fast``) against NumPy's, in float64."""

from __future__ import annotations

import ctypes.util
import itertools
import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from test_goldens import CASES, unexplained
from test_recurrent_paths import SHAPES, by_hand, network

from mxnd import autograd, nd
from mxnd.backend import blocked, convolution, threads
from mxnd.backend import products as backend_products
from mxnd.backend.onednn import convolution as onednn
from mxnd.backend.onednn import library as libraries
from mxnd.backend.onednn import products, recurrent
from mxnd.backend.onednn.library import library

if libraries._installed() is None or ctypes.util.find_library("gomp") is None:
    pytest.skip("oneDNN or GNU's OpenMP is not installed", allow_module_level=True)


@pytest.fixture(autouse=True)
def with_onednn(monkeypatch):
    monkeypatch.delenv("MXND_ONEDNN", raising=False)
    monkeypatch.setattr(onednn, "FEW", 0)  # all threads for small arrays too
    library.cache_clear()
    assert library() is not None
    yield
    monkeypatch.setenv("MXND_ONEDNN", "0")
    library.cache_clear()
    assert library() is None


def data(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def close(found, exact, terms):
    """float32 sums of so many terms of size one."""
    np.testing.assert_allclose(found, exact, rtol=1e-5, atol=4e-7 * terms)


def layouts(x):
    """The same numbers in several orders in memory."""
    yield x
    yield np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)
    yield np.repeat(x, 2, -1)[..., ::2]
    yield x[:, :, ::-1][:, :, ::-1]


ONES = ((1, 1), (1, 1), (0, 0), 1)
GEOMETRIES = [  # images, filters, (stride, dilate, pad, groups)
    ((2, 3, 9), (4, 3, 3), ((1,), (1,), (1,), 1)),
    ((2, 4, 10, 11), (6, 2, 3, 2), ((2, 1), (1, 2), (1, 0), 2)),
    ((1, 16, 8, 8), (16, 16, 1, 1), ((1, 1), (1, 1), (0, 0), 1)),
    ((3, 16, 9, 8), (32, 16, 1, 1), ((2, 2), (1, 1), (0, 0), 1)),
    ((5, 8, 7, 7), (8, 1, 3, 3), ((1, 1), (1, 1), (1, 1), 8)),
    ((2, 1, 12, 12), (20, 1, 5, 5), ((1, 1), (1, 1), (0, 0), 1)),
    ((2, 3, 15, 14), (8, 3, 4, 4), ((3, 3), (1, 1), (2, 2), 1)),  # the last rows lie in no window
    ((1, 2, 5, 6, 7), (3, 2, 2, 3, 2), ((1, 2, 1), (2, 1, 1), (1, 1, 0), 1)),
]


@pytest.mark.parametrize(("images", "filters", "geometry"), GEOMETRIES)
def test_convolution_and_its_adjoints(images, filters, geometry):
    x, w = data(*images), data(*filters, seed=1)
    wide = [a.astype(np.float64) for a in (x, w)]
    y = convolution.conv(*wide, geometry)
    ct = data(*y.shape, seed=2)
    to_x = convolution.conv_transpose(ct.astype(np.float64), wide[1], geometry, x.shape[2:])
    to_w = convolution.conv_weight(wide[0], ct.astype(np.float64), geometry, w.shape[2:])
    for images, cts in zip(layouts(x), layouts(ct)):
        assert onednn.fits(images, w, geometry)
        close(onednn.conv(images, w, geometry), y, w[0].size)
        close(onednn.conv_transpose(cts, w, geometry, x.shape[2:]), to_x, w.size / w.shape[1])
        close(onednn.conv_weight(images, cts, geometry, w.shape[2:]), to_w, y.size / y.shape[1])


def test_images_some_at_a_time(monkeypatch):
    x, w, geometry = data(7, 4, 6, 6), data(5, 4, 3, 3, seed=1), ((1, 1), (1, 1), (1, 1), 1)
    y = onednn.conv(x, w, geometry)
    results = y, onednn.conv_transpose(y, w, geometry, (6, 6)), onednn.conv_weight(x, y, geometry, (3, 3))
    monkeypatch.setattr(onednn, "MOST", 3 * (x[0].size + y[0].size))
    assert len(onednn._images(x, y)) == 3
    np.testing.assert_array_equal(onednn.conv(x, w, geometry), results[0])
    np.testing.assert_array_equal(onednn.conv_transpose(y, w, geometry, (6, 6)), results[1])
    close(onednn.conv_weight(x, y, geometry, (3, 3)), results[2], 7 * 36 * 20)


@pytest.mark.parametrize(("images", "filters", "geometry"), GEOMETRIES)
def test_filters_some_at_a_time(monkeypatch, images, filters, geometry):
    x, w = data(*images), data(*filters, seed=1)
    y = onednn.conv(x, w, geometry)
    monkeypatch.setattr(onednn, "WEIGHTS", 2 * w[0].size)
    assert len(onednn._filters(w, geometry[3])) == (-(-len(w) // 2) if geometry[3] == 1 else 1)
    close(onednn.conv(x, w, geometry), y, w[0].size)


def test_images_are_laid_once_for_all_filters():
    x, w = (2, 16, 9, 9), (64, 16, 3, 3)
    geometry, strides = ((1, 1), (1, 1), (1, 1), 1), ((5184, 324, 36, 4), (20736, 324, 36, 4))
    one, three = (onednn._plan("forward", x, w, geometry, strides, numbers) for numbers in ((64,), (16, 32, 16)))
    assert len(three._steps) == 3 * (len(one._steps) - 1) + 1


def test_what_is_left_to_numpy():
    w = data(2, 2, 3, 3)
    assert not onednn.fits(data(1, 2, 5, 5).astype(np.float64), w, ONES)
    assert not onednn.fits(data(0, 2, 5, 5), w, ONES)
    assert not onednn.fits(data(1, 2, 3, 3, 3, 3), data(1, 2, 1, 1, 1, 1), ONES)
    found = []
    threads.spread(lambda _: found.append(onednn.fits(data(1, 2, 5, 5), w, ONES)), range(4))  # inside a job of our own
    assert not all(found) or threads.count() == 1


def test_layers_and_gradients_go_through_it(monkeypatch):
    kinds = []
    monkeypatch.setattr(onednn, "_plan", lambda kind, *args, plan=onednn._plan: kinds.append(kind) or plan(kind, *args))
    x, w = nd.array(data(2, 8, 6, 6)), nd.array(data(8, 8, 3, 3))
    for array in (x, w):
        array.attach_grad()
    with autograd.record():
        y = nd.Convolution(x, w, kernel=(3, 3), num_filter=8, no_bias=True)
    y.backward()
    assert sorted(kinds) == ["backward_data", "backward_weights", "forward"]


@pytest.fixture
def lstms(monkeypatch):
    """How many layers oneDNN has computed."""
    found = []
    monkeypatch.setattr(recurrent, "_plan", lambda *shape, plan=recurrent._plan: found.append(shape) or plan(*shape))
    return found


@pytest.mark.parametrize("shape", SHAPES)
def test_lstm(shape, lstms):
    arrays, options = network("lstm", shape, "float32")
    states, cell = by_hand("lstm", arrays, shape[3])
    results = [y.asnumpy() for y in nd.RNN(*arrays, **options)]
    for found, exact in zip(results, (states, states[-1:], cell[None])):
        np.testing.assert_allclose(found, exact, rtol=1e-4, atol=2e-5)
    assert lstms == [shape]


def test_lstm_of_several_layers_and_directions(lstms, monkeypatch):
    rng = np.random.default_rng(0)
    shapes = (5, 3, 4), (4 * 2 * (7 * (4 + 7 + 2) + 7 * (14 + 7 + 2)),), (4, 3, 7), (4, 3, 7)
    arrays = [nd.array(rng.standard_normal(s) / 2) for s in shapes]
    options = dict(state_size=7, num_layers=2, mode="lstm", bidirectional=True, state_outputs=True)
    found = nd.RNN(*arrays, **options)
    assert len(lstms) == 4
    monkeypatch.setenv("MXND_ONEDNN", "0")
    library.cache_clear()
    for y, exact in zip(found, nd.RNN(*(a.astype("float64") for a in arrays), **options)):
        np.testing.assert_allclose(y.asnumpy(), exact.asnumpy(), rtol=1e-4, atol=2e-6)


def test_lstms_left_to_numpy(lstms):
    arrays, options = network("lstm", SHAPES[2], "float32")
    wide = [a.astype("float64") for a in arrays]
    nd.RNN(*wide, **options)
    nd.RNN(*arrays, **options, lstm_state_clip_min=-1, lstm_state_clip_max=1)
    nd.RNN(*arrays, nd.array([1, 2, 3, 4, 3, 2, 1]), **options, use_sequence_length=True)
    arrays[0].attach_grad()
    with autograd.record():
        nd.RNN(*arrays, **options)
    assert not lstms


@pytest.mark.parametrize("theme", sorted({c.theme for c in CASES if "onvolution" in c.id or "RNN" in c.id}))
def test_recorded_answers(theme):
    found = [f"{c.id}: {'; '.join(s)}" for c in CASES if c.theme == theme and (s := unexplained(c))]
    assert not found, "\n".join(found)


PRODUCTS = [  # a, b
    ((5, 7), (7, 6)),
    ((64, 784), (784, 128)),
    ((2, 300), (300, 400)),
    ((33, 1), (1, 20)),
    ((3, 17, 9), (3, 9, 5)),
    ((2, 3, 16, 32), (2, 3, 32, 16)),
]


def turned(x, turn):
    return np.ascontiguousarray(x.swapaxes(-1, -2)).swapaxes(-1, -2) if turn else x


@pytest.mark.parametrize("turns", [(False, False), (True, False), (False, True), (True, True)])
@pytest.mark.parametrize(("left", "right"), PRODUCTS)
def test_products(left, right, turns):
    a, b = turned(data(*left), turns[0]), turned(data(*right, seed=1), turns[1])
    exact = np.matmul(a.astype(np.float64), b.astype(np.float64))
    close(products.matmul(a, b), exact, left[-1])
    wide = np.zeros((*left[:-1], 2 * left[-1] + 3), np.float32)  # rows with other numbers between them
    wide[..., 1 : 1 + left[-1]] = a
    out = np.empty(exact.shape, np.float32)
    assert products.matmul(wide[..., 1 : 1 + left[-1]], b, out) is out
    close(out, exact, left[-1])
    found, before = [], threads.count()
    try:
        for number in (1, 2, 3):
            threads.set_count(number)
            found.append(products.matmul(a, b, None, number))
    finally:
        threads.set_count(before)
    assert (found[0] == found[1]).all()
    assert (found[0] == found[2]).all()


def test_products_keep_nan_and_infinity():
    a, b = data(4, 9), data(9, 5, seed=1)
    a[0, 3], a[1, 3], a[2, 3] = np.nan, np.inf, -np.inf
    y = products.matmul(a, b)
    assert np.isnan(y[0]).all()
    np.testing.assert_array_equal(y[1], np.where(b[3] > 0, np.inf, -np.inf))
    np.testing.assert_array_equal(y[2], -y[1])


def test_products_left_to_numpy():
    a, b = data(4, 6), data(6, 5)
    assert products.matmul(a, b) is not None
    odd = np.zeros(6 * 5 * 4 + 1, np.uint8)[1:].view(np.float32).reshape(6, 5)
    others = [(a.astype(np.float64), b.astype(np.float64)), (a[:1], b), (a, b[:, :1]), (a[:, ::-1], b), (a[::-1], b),
              (np.broadcast_to(a[:1], a.shape), b), (a, np.repeat(b, 2, 1)[:, ::2])]  # fmt: skip
    for x, y in others:
        assert products.matmul(x, y) is None
    close(products.matmul(a, odd), np.zeros((4, 5)), 6)
    many = (1,) * 11
    assert products.matmul(a.reshape(*many, 4, 6), b.reshape(*many, 6, 5)) is None
    found = []
    threads.spread(lambda _: found.append(products.matmul(a, b)), range(4))  # inside a job of our own
    assert any(y is None for y in found) or threads.count() == 1


def test_operators_that_multiply_go_through_it(monkeypatch):
    """And give what NumPy gives in float64."""
    monkeypatch.setattr(products, "LEAST", 1)
    monkeypatch.setattr(backend_products, "ALONE", 0)
    sizes = []
    monkeypatch.setattr(products, "_plan", lambda a, b, s, plan=products._plan: sizes.append((a, b)) or plan(a, b, s))
    x, w, bias, rows = (nd.array(data(*shape, seed=i)) for i, shape in enumerate([(8, 6), (5, 6), (5,), (3, 8, 6)]))

    def results(x, w, bias, rows):
        for array in (x, w, rows):
            array.attach_grad()
        with autograd.record():
            y = nd.FullyConnected(x, w, bias, num_hidden=5)
            z = nd.batch_dot(rows, rows, transpose_b=True)
            (nd.sum(y * y) + nd.sum(z * z)).backward()
        return [y, z, x.grad, w.grad, rows.grad]

    found = results(x, w, bias, rows)
    assert len(sizes) == 6
    for y, exact in zip(found, results(*(a.astype("float64") for a in (x, w, bias, rows)))):
        np.testing.assert_allclose(y.asnumpy(), exact.asnumpy(), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("mode", ["rnn_tanh", "gru", "lstm"])
def test_steps_of_recurrent_layers_go_through_it(mode, monkeypatch):
    monkeypatch.setattr(products, "LEAST", 1)
    shape = 5, 4, 3, 7
    arrays, options = network(mode, shape, "float32")
    sizes = []
    monkeypatch.setattr(products, "_plan", lambda a, b, s, plan=products._plan: sizes.append((a, b)) or plan(a, b, s))

    def results(arrays):
        for array in arrays:
            array.attach_grad()
        with autograd.record():
            y = nd.RNN(*arrays, **options)[0]
            nd.sum(y * y).backward()
        return [y, *(a.grad for a in arrays)]

    found = results(arrays)
    assert len(sizes) > 2 * shape[0]
    for y, exact in zip(found, results([a.astype("float64") for a in arrays])):
        np.testing.assert_allclose(y.asnumpy(), exact.asnumpy(), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("dtype", ["float32", "int32"])
@pytest.mark.parametrize("axes", list(itertools.permutations(range(3))))
def test_transposed_copies(axes, dtype):
    x = np.random.default_rng(0).integers(0, 2**32, (48, 96, 80), np.uint32).view(dtype)  # any bits, NaN among them
    source = x.transpose(axes)
    copy = blocked.contiguous(source)
    assert copy.flags.c_contiguous
    np.testing.assert_array_equal(copy.view(np.uint32), np.ascontiguousarray(source.view(np.uint32)))


def test_several_threads_at_once():
    problems = [(data(2, c, 9, 9, seed=c), data(8, c, 3, 3, seed=c)) for c in (3, 8, 16, 8)]
    geometry = ((1, 1), (1, 1), (1, 1), 1)
    alone = [onednn.conv(x, w, geometry) for x, w in problems]
    wrong = []

    def work(i):
        wrong.extend(i for _ in range(50) if not np.array_equal(onednn.conv(*problems[i], geometry), alone[i]))

    workers = [threading.Thread(target=work, args=(i,)) for i in range(len(problems))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong


def test_its_threads_are_as_many_as_ours(monkeypatch):
    lib, before = library(), threads.set_count(3)
    try:
        outside = lib.openmp.omp_get_max_threads()
        seen, execute = [], lib.primitive_execute
        most = lib.openmp.omp_get_max_threads
        monkeypatch.setattr(lib, "primitive_execute", lambda *step: seen.append(most()) or execute(*step))
        for few, number in ((5184, 3), (5185, 1)):  # the others are not woken for few multiplications
            monkeypatch.setattr(onednn, "FEW", few)
            seen.clear()
            onednn.conv(data(1, 4, 6, 6), data(4, 4, 3, 3), ((1, 1), (1, 1), (1, 1), 1))
            assert set(seen) == {number}
        assert lib.openmp.omp_get_max_threads() == outside
    finally:
        threads.set_count(before)


FORKED = """
import os
import numpy as np
from mxnd.backend.onednn import convolution
geometry, x = ((1, 1), (1, 1), (1, 1), 1), np.ones((8, 64, 56, 56), np.float32)
w = np.ones((64, 64, 3, 3), np.float32)
assert convolution.fits(x, w, geometry)
convolution.conv(x, w, geometry)
pid = os.fork()
if not pid:
    from mxnd import nd
    y = nd.Convolution(nd.array(x), nd.array(w), kernel=(3, 3), num_filter=64, pad=(1, 1), no_bias=True)
    os._exit(int(convolution.fits(x, w, geometry) or y[0, 0, 5, 5].asscalar() != 576))
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
assert convolution.fits(x, w, geometry)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_child_goes_without_it():
    environment = {key: value for key, value in os.environ.items() if key != "MXND_ONEDNN"}
    subprocess.run([sys.executable, "-c", FORKED], check=True, timeout=120, env=environment)


def test_a_library_that_does_not_load_is_left_out_with_a_warning(monkeypatch, tmp_path):
    library.cache_clear()
    (tmp_path / "libdnnl.so.3").write_bytes(b"not a library")
    monkeypatch.setenv("MXND_ONEDNN", str(tmp_path / "libdnnl.so.3"))
    with pytest.warns(RuntimeWarning, match="goes without oneDNN"):
        assert library() is None


def test_another_library_of_version_3_may_be_named(monkeypatch):
    library.cache_clear()
    monkeypatch.setenv("MXND_ONEDNN", libraries._installed())
    assert library().version.startswith("3.")
    library.cache_clear()
    monkeypatch.setenv("MXND_ONEDNN", ctypes.util.find_library("m") or "libm.so.6")
    with pytest.warns(RuntimeWarning, match="goes without oneDNN"):
        assert library() is None
