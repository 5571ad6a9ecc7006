"""``mx.gpu(i)`` in a script: where arrays live, what moves them, who shares their memory, what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import mxnd as mx
from mxnd import nd
from mxnd.backend import device
from mxnd.backend.cuda import fused
from mxnd.backend.cuda.kernels import Kernel
from mxnd.cli import main

pytestmark = pytest.mark.gpu
GPU = mx.gpu(0)


@pytest.fixture(autouse=True)
def _on_cuda(cuda):
    """All of these need it."""


def test_arrays_are_made_where_it_is_said(cuda):
    for x in (nd.ones((2, 3), GPU), nd.array([[1, 2]], ctx=GPU), nd.arange(4, ctx=GPU), nd.full((2,), 3, ctx=GPU)):
        assert x.context is GPU
        assert isinstance(x._data, cuda.ndarray)
    with mx.Context("gpu", 0):
        assert nd.zeros(3).context is GPU
        assert nd.random.uniform(shape=(2,)).context is GPU
    assert nd.zeros(3).context is mx.cpu()
    assert nd.ones(2, ctx="gpu(0)").asnumpy().tolist() == [1, 1]


def test_copies_between_contexts():
    x = nd.array([[1, 2], [3, 4]], ctx=GPU)
    y = x.as_in_context(mx.cpu())
    assert (x.as_in_context(GPU) is x, y.context) == (True, mx.cpu())
    target = nd.zeros((2, 2), GPU)
    assert y.copyto(target) is target
    np.testing.assert_array_equal(target.asnumpy(), [[1, 2], [3, 4]])
    half = nd.zeros((2, 2), dtype="float16")
    x.copyto(half)
    np.testing.assert_array_equal(half.asnumpy(), [[1, 2], [3, 4]])
    assert x.copyto(mx.cpu()).context == mx.cpu()
    assert nd.array(x, ctx=mx.cpu(), dtype="int32").asnumpy().tolist() == [[1, 2], [3, 4]]
    x[:] = 0
    np.testing.assert_array_equal(y.asnumpy(), [[1, 2], [3, 4]])


@pytest.mark.parametrize("other", [mx.cpu(), mx.gpu(1)])
def test_contexts_do_not_mix(other):
    if other.device_id >= mx.num_gpus():
        pytest.skip("one device only")
    name = str(other).replace("(", r"\(").replace(")", r"\)")
    x, y = nd.ones(2, GPU), nd.ones(2, other)
    with pytest.raises(mx.MXNetError, match=rf"lhs is on gpu\(0\) but rhs is on {name}; copy one with as_in_context"):
        x + y
    with pytest.raises(mx.MXNetError, match=rf"data\[1\] is on {name}"):
        nd.concat(x, y, dim=0)
    for function, out in ((nd.exp, y), (nd.sum, nd.ones(1, other))):
        with pytest.raises(mx.MXNetError, match=rf"out is on {name}, the result on gpu\(0\)"):
            function(x, out=out)
    with pytest.raises(mx.MXNetError, match=rf"out is on gpu\(0\), the result on {name}"):
        nd.exp(y, out=x)
    x.attach_grad()
    with mx.autograd.record():
        z = x * 2
    with pytest.raises(mx.MXNetError, match=rf"the head gradient is on {name}, the head on gpu\(0\)"):
        z.backward(y)


def test_the_number_of_a_cpu_makes_no_difference():
    x = nd.ones(2) + nd.ones(2, mx.cpu(1))
    assert nd.exp(nd.zeros(2, mx.cpu_pinned()), out=x).asnumpy().tolist() == [1, 1]


def test_gradients_pass_between_contexts():
    x = nd.array([1.0, 2.0, 3.0])
    x.attach_grad()
    with mx.autograd.record():
        y = (x * x).as_in_context(GPU)
        z = (y * nd.array([1, 10, 100], ctx=GPU)).as_in_context(mx.cpu()) * 2
    z.backward()
    np.testing.assert_allclose(x.grad.asnumpy(), [4, 80, 1200])
    with mx.autograd.record():
        y = (x * x * x).as_in_context(GPU)
        (first,) = mx.autograd.grad([y], [x], create_graph=True)
    first.backward()
    np.testing.assert_allclose(x.grad.asnumpy(), [6, 12, 18])


def test_devices_are_told_apart(cuda):
    if mx.num_gpus() < 2:
        pytest.skip("one device only")
    x, y = nd.array([1.0, 2], ctx=mx.gpu(0)), nd.array([3.0, 4], ctx=mx.gpu(1))
    for a, number in ((x, 0), (y, 1)):
        for made in (a + 1, nd.softmax(a), a.sum(), a[0:1], nd.dot(a, a), a.copy(), nd.concat(a, a, dim=0)):
            assert (made.context, made._data.device.id) == (mx.gpu(number), number)
    assert x.as_in_context(mx.gpu(1))._data.device.id == 1
    y[:] = x
    y += x.as_in_context(mx.gpu(1))
    np.testing.assert_array_equal(y.asnumpy(), [2, 4])
    assert cuda.cuda.runtime.getDevice() == 0
    assert y.__cuda_array_interface__["data"][0] == y._data.data.ptr
    for shared in (nd.from_dlpack(y), nd.from_dlpack(y.to_dlpack_for_read())):
        assert (shared.context, shared.asnumpy().tolist()) == (mx.gpu(1), [2, 4])
    weights = [nd.array([5.0], ctx=mx.gpu(i)) for i in range(2)]
    for w in weights:
        w.attach_grad()
    with mx.autograd.record():
        losses = [w * w for w in weights]
    mx.autograd.backward(losses)
    for i, w in enumerate(weights):
        assert (w.grad.asscalar(), w.grad._data.device.id) == (10, i)


def test_a_device_that_is_not_there():
    number = mx.num_gpus()
    with pytest.raises(mx.MXNetError, match=rf"gpu\({number}\) is not there: {number} CUDA device"):
        nd.ones(2, mx.gpu(number))


def test_what_shares_memory_with_others(cuda):
    x = nd.array([[1, 2], [3, 4]], ctx=GPU)
    assert x.__cuda_array_interface__["data"][0] == x._data.data.ptr
    assert x.__cuda_array_interface__["shape"] == (2, 2)
    assert not hasattr(nd.ones(2), "__cuda_array_interface__")
    theirs = cuda.asarray(x._data)
    theirs[0, 0] = 9
    assert x[0, 0].asscalar() == 9
    assert x.__dlpack_device__()[0] == 2
    again = nd.from_dlpack(x)
    assert (again.context, again._data.data.ptr) == (GPU, x._data.data.ptr)
    capsules = x.to_dlpack_for_read(), x.to_dlpack_for_write(), x._data.__dlpack__(max_version=(1, 0))
    for capsule in capsules:
        again = nd.from_dlpack(capsule)
        assert (again.context, again._data.data.ptr) == (GPU, x._data.data.ptr)
        again[0, 0] += 1
        with pytest.raises(mx.MXNetError, match="from_dlpack"):
            nd.from_dlpack(capsule)
    assert x[0, 0].asscalar() == 12
    copied = nd.array(cuda.arange(3), ctx=GPU)
    assert (copied.dtype, copied.asnumpy().tolist()) == (np.float32, [0, 1, 2])


def test_random_streams_begin_again_with_the_seed():
    drawn = []
    for seed in (5, 5, 6):
        mx.random.seed(seed)
        drawn.append(nd.random.normal(shape=(50,), ctx=GPU).asnumpy())
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])


def test_each_device_has_its_random_streams():
    if mx.num_gpus() < 2:
        pytest.skip("one device only")

    def drawn(number):
        x = nd.random.uniform(shape=(50,), ctx=mx.gpu(number))
        assert x._data.device.id == number
        return x.asnumpy().tolist()

    mx.random.seed(5)
    first, second = drawn(0), drawn(1)
    assert first != second
    mx.random.seed(5)
    assert [drawn(1), drawn(0)] == [second, first]
    mx.random.seed(5, ctx=mx.gpu(1))
    assert drawn(1) == first


def test_memory_and_waiting():
    free, total = mx.context.gpu_memory_info(0)
    assert 0 < free <= total
    nd.ones(3, GPU).wait_to_read()
    nd.waitall()
    GPU.empty_cache()


def test_what_a_gpu_does_not_hold():
    with pytest.raises(mx.MXNetError, match="bfloat16 arrays cannot be on a GPU"):
        nd.ones(2, GPU).astype("bfloat16")
    with pytest.raises(mx.MXNetError, match=r"sparse arrays are on the CPU only, not on gpu\(0\)"):
        nd.ones((2, 2), GPU).tostype("csr")


def test_saved_and_loaded(tmp_path):
    x = nd.array([1, 2, 3], ctx=GPU)
    nd.save(str(tmp_path / "a.params"), {"x": x})
    assert nd.load(str(tmp_path / "a.params"))["x"].asnumpy().tolist() == [1, 2, 3]


def test_info_names_the_devices(capsys):
    assert main(["info"]) == 0
    assert "gpu(0) " in capsys.readouterr().out


@pytest.mark.parametrize("said", ["", "cudaErrorInsufficientDriver: too old", "libnvrtc.so is not there\nmore"])
def test_what_is_broken_is_said_once(cuda, monkeypatch, capsys, said):
    """A driver that is missing or too old, and a toolkit that cannot compile; the CPU goes on."""
    fresh = mx.Context("gpu", 0)
    vars(fresh).pop("F", None)
    device.probe.cache_clear()

    def fails(*args, **options):
        raise error(said)

    error = cuda.cuda.runtime.CUDARuntimeError if said.startswith("cuda") else RuntimeError
    if said.startswith("cuda"):
        error = type("Refused", (error,), {"__init__": lambda self, text: None, "__str__": lambda self: said})
        monkeypatch.setattr(cuda.cuda.runtime, "getDeviceCount", fails)
    elif said:
        monkeypatch.setattr(device.cp, "ElementwiseKernel", fails)
    else:
        monkeypatch.setattr(cuda.cuda.runtime, "getDeviceCount", lambda: 0)
    with pytest.raises(mx.MXNetError, match="no GPU can be used"):
        nd.ones(2, GPU)
    assert main(["info"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if "no GPU can be used" in line] == [line for line in lines if "GPUs" in line]
    assert nd.ones(2).asnumpy().tolist() == [1, 1]
    monkeypatch.undo()
    device.probe.cache_clear()
    assert nd.ones(2, GPU).asnumpy().tolist() == [1, 1]


MISSING = (
    'Failure finding "libcublas.so.13": No such file: libcublas.so.13\n  listdir("/somewhere"):\n    libcudart.so.13'
)


def test_a_missing_library_is_said_where_it_is_needed(monkeypatch, capsys):
    def fails(*args, **options):
        raise ImportError(MISSING)

    x = nd.ones((2, 2), GPU)
    monkeypatch.setattr(device.cp, "matmul", fails)
    words = (
        'a library of CUDA is missing: Failure finding "libcublas.so.13": No such file: libcublas.so.13; in a fresh '
    )
    with pytest.raises(mx.MXNetError, match=rf"^dot: {words}environment, pip install 'mxnd\[cuda12\]'"):
        nd.dot(x, x)
    assert (x + x).asnumpy().tolist() == [[2, 2]] * 2
    assert main(["info"]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("GPUs")]
    assert f"; {words}" in line


@pytest.mark.parametrize(("driver", "words"), [
    (12040, r"knows CUDA 12.4, and CuPy is one for CUDA 13: .*pip install 'mxnd\[cuda12\]' .*, or a newer driver"),
    (11080, "knows CUDA 11.8, and CuPy is one for CUDA 13: a newer driver"),
    (0, "nvidia-smi tells"), (13000, "nvidia-smi tells"),
])  # fmt: skip
def test_a_driver_that_is_too_old_is_told(cuda, monkeypatch, driver, words):
    runtime = cuda.cuda.runtime

    def refuses():
        raise type(
            "Refused", (runtime.CUDARuntimeError,), {"__init__": lambda self: None, "__str__": lambda self: "no"}
        )

    monkeypatch.setattr(runtime, "getDeviceCount", refuses)
    monkeypatch.setattr(runtime, "driverGetVersion", lambda: driver)
    monkeypatch.setattr(runtime, "runtimeGetVersion", lambda: 13020)
    with pytest.raises(mx.MXNetError, match=f"^no GPU can be used: no; .*{words}"):
        device.existing(0)


def test_kernels_kept_tell_zeros_apart():
    x = nd.ones((3,), GPU)
    for zero in (0.0, -0.0, 0.0):
        assert np.signbit((x * zero).asnumpy()).tolist() == [bool(np.signbit(zero))] * 3
        assert (x / zero).asnumpy().tolist() == [float(np.copysign(np.inf, zero))] * 3


@pytest.mark.parametrize("shape", [(70001,), (300, 257), (3, 5, 70, 80)])
@pytest.mark.parametrize("axis", [None, 0, 1, (0, 2, 3), -1])
def test_reductions_to_few_elements_are_done_in_parts(monkeypatch, shape, axis):
    axes = (axis,) if isinstance(axis, int) else axis
    if axes and max(axes) >= len(shape):
        pytest.skip("has no such axis")
    monkeypatch.setattr(fused, "ALONE", 0)
    monkeypatch.setattr(fused, "LEAST", 16)
    x = np.random.RandomState(0).randint(-8, 9, shape).astype("float32")
    there = nd.array(x, ctx=GPU)
    given = {} if axis is None else {"axis": axis}
    signs = np.where(x < 0, -1, 1).astype("float32")
    for name, a in (("sum", x), ("prod", signs), ("max", x), ("min", x)):
        want = np.atleast_1d(getattr(np, name)(a, axes))
        here = nd.array(a, ctx=GPU)
        np.testing.assert_array_equal(getattr(nd, name)(here, **given).asnumpy(), want)
        half = getattr(nd, name)(here.astype("float16"), **given)
        np.testing.assert_array_equal(half.asnumpy(), want.astype("float16"))
    row = nd.array(x[:1], ctx=GPU)
    product = nd.broadcast_mul(there, row)  # its gradients are sums of an expression of two arrays
    row.attach_grad()
    with mx.autograd.record():
        product = nd.broadcast_mul(there, row)
    product.backward(there)
    want = (x * x).sum(0, keepdims=True) if len(x) > 1 and x.shape[0] != 1 else x * x
    np.testing.assert_array_equal(row.grad.asnumpy(), want)


@pytest.mark.parametrize(("shape", "axis", "launches"), [
    ((300,), None, 1), ((30, 1000), None, 1), ((10, 20000), 1, 1), ((1 << 20,), None, 2), ((1000, 1000), None, 2),
    ((1 << 16, 3), 0, 2), ((70001,), None, 3), ((100, 1 << 15), 1, 2), ((1 << 15, 2), 1, 1),
])  # fmt: skip
def test_reductions_take_few_launches(monkeypatch, shape, axis, launches):
    calls, call = [], Kernel.__call__
    monkeypatch.setattr(Kernel, "__call__", lambda self, *args, **more: calls.append(self) or call(self, *args, **more))
    x = nd.ones(shape, GPU)
    total = nd.sum(x, **({} if axis is None else {"axis": axis}))
    assert len(calls) == launches
    assert (total.asnumpy() == np.ones(shape).sum(axis)).all()


def test_many_results_are_computed_a_few_at_a_time():
    weights = [nd.full((3,), i, GPU) for i in range(40)]
    grads = [nd.ones((3,), GPU) for _ in range(40)]
    moments = [nd.ones((3,), GPU) for _ in range(40)]
    arrays = [a for three in zip(weights, grads, moments) for a in three]
    many = dict(lrs=(0.5,) * 40, wds=(0.0,) * 40, momentum=0.5, num_weights=40)
    nd.multi_sgd_mom_update(*arrays, out=weights, **many)
    assert [w.asnumpy().tolist() for w in weights] == [[i] * 3 for i in range(40)]
    assert [m.asnumpy().tolist() for m in moments] == [[0] * 3] * 40
