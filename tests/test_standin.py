"""The stand-in for CuPy against results found by hand, and what it must refuse because a GPU would."""

import importlib.util
import inspect
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.special
import standin

pytestmark = pytest.mark.skipif(bool(standin.missing()), reason=standin.missing() or "it can run")


@pytest.fixture
def cp():
    with standin.installed() as cupy:
        yield cupy


def elementwise(cp, inputs, outputs, body, **options):
    return cp.ElementwiseKernel(inputs, outputs, body, "of_test", **options)


# The module
def test_it_is_there_only_inside():
    before = sys.modules.get("cupy"), importlib.util.find_spec("cupy") is None
    with standin.installed() as cupy:
        import cupyx

        from mxnd.backend import device

        assert sys.modules["cupy"] is cupy
        assert importlib.util.find_spec("cupy") is not None
        assert device.cp.ndarray is cupy.ndarray
        assert device.cpx.scatter_add is cupyx.scatter_add
        assert device.count() == standin.DEVICES == 2
    assert vars(device.cp) == {"_name": "cupy"}
    assert (sys.modules.get("cupy"), importlib.util.find_spec("cupy") is None) == before


def test_a_gpu_may_be_required(tmp_path):
    """Where there is none, tests say what they ran on instead, or fail if that will not do."""
    test = Path(__file__).parent / "test_cuda_special.py"
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-k", "far_below_0", str(test)]
    for required, words in (("", "2 passed"), ("1", "2 errors")):
        env = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "MXND_REQUIRE_GPU": required}
        done = subprocess.run(command, capture_output=True, text=True, env=env)
        assert words in done.stdout
        assert "GPU tests ran on the stand-in for CuPy: no GPU can be used: " in done.stdout
        assert ("MXND_REQUIRE_GPU=1, and no GPU can be used: " in done.stdout) is bool(required)


# Arrays
def test_arrays_are_views_of_their_owners(cp):
    x = cp.arange(12, dtype="float32").reshape(3, 4)
    owner = cp.zeros((3, 4))
    assert owner.base is None
    assert owner.flags.owndata
    assert owner[1:].base is owner
    assert owner[1:][1:].T.base is owner
    assert not owner.T.flags.c_contiguous
    assert owner.ravel().base is owner
    assert owner.T.ravel().base is None
    assert cp.ascontiguousarray(owner) is owner
    assert cp.asarray(owner) is owner
    assert owner[1:].data.ptr == owner.data.ptr + 32
    assert owner.__cuda_array_interface__["data"] == (owner.data.ptr, False)
    assert x[1, 2].shape == ()
    assert isinstance(x.sum(), cp.ndarray)
    assert float(x.sum()) == 66
    assert [int(row[0]) for row in x] == [0, 4, 8]
    view = cp.from_dlpack(owner)
    view[0, 0] = 5
    assert float(owner[0, 0]) == 5
    assert x.__dlpack_device__() == (2, 0)


def test_keys(cp):
    x = cp.arange(6)
    assert x[cp.asarray([4, 1])].tolist() == [4, 1]
    assert x[np.array([4, 1])].tolist() == [4, 1]
    assert x[[0, 2]].tolist() == [0, 2]
    assert x[x > 3].tolist() == [4, 5]
    x[x > 3] = 9
    x[0:2] = cp.asarray([7, 8])
    assert x.tolist() == [7, 8, 2, 3, 9, 9]


def test_written_as_cupy_writes(cp):
    x = cp.arange(6.0)
    x[cp.asarray([7, 0, 0])] = cp.asarray([10.0, 11.0, 12.0])
    assert x.tolist() == [11, 10, 2, 3, 4, 5]  # counted around the end; of two values not the last
    x[:] = -0.0
    assert not np.signbit(x.get()).any()
    x[1:] = x[:-1]
    assert cp.isnan(x[1:]).all()  # read while it was written
    lent = cp.from_dlpack(x[1:])
    assert not cp.may_share_memory(x, lent)
    assert cp.may_share_memory(x, x[1:])


def test_new_memory_holds_nothing_of_use(cp):
    assert cp.isnan(cp.empty(2, "float16")).all()
    assert cp.empty(1, "int32").tolist() == [2**31 - 6]


def test_numbers_do_not_promote_arrays(cp):
    x = cp.ones(2, "float16")
    assert (x * 2.5).dtype == "float16"
    assert (cp.ones(2, "int8") * 1.5).dtype == "float64"
    assert (np.float32(2) * x).dtype == "float32"
    x += 1
    assert x.tolist() == [2, 2]


HOST = np.ones(2)
REFUSED = {
    "operator": lambda cp, x: x + HOST,
    "operator of NumPy": lambda cp, x: HOST * x,
    "list": lambda cp, x: x + [1, 2],
    "in place": lambda cp, x: x.__iadd__(HOST),
    "comparison": lambda cp, x: x == HOST,
    "ufunc": lambda cp, x: cp.maximum(x, HOST),
    "function": lambda cp, x: cp.concatenate([x, HOST]),
    "function of host data": lambda cp, x: cp.cumsum(HOST),
    "function of a list": lambda cp, x: cp.exp([1.0]),
    "element": lambda cp, x: x.__setitem__(0, HOST),
    "np.asarray": lambda cp, x: np.asarray(x),
    "np.exp": lambda cp, x: np.exp(x),
    "np.sum": lambda cp, x: np.sum(x),
    "parameter CuPy lacks": lambda cp, x: cp.take(x, cp.arange(1), mode="clip"),
    "where of a ufunc": lambda cp, x: cp.add(x, x, where=True),
    "set of another dtype": lambda cp, x: x.set(np.ones(2, "float32")),
    "kernel": lambda cp, x: elementwise(cp, "T x", "T y", "y = x")(HOST),
    "parameter of Generator": lambda cp, x: cp.random.default_rng(1).poisson(HOST),
    "dtype of Generator": lambda cp, x: cp.random.default_rng(1).random(2, "float16"),
    "out of Generator": lambda cp, x: cp.random.default_rng(1).standard_normal(out=cp.empty(2, "float32")),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(cp, name):
    with pytest.raises(TypeError):
        REFUSED[name](cp, cp.ones(2))


def test_dtypes_cupy_does_not_have(cp):
    for dtype in ([("a", "i4")], object, "U3"):
        with pytest.raises(ValueError, match="Unsupported dtype"):
            cp.zeros(2, dtype)


def test_devices(cp):
    x = cp.ones(2)
    twice = elementwise(cp, "T x", "T y", "y = x + x")
    with cp.cuda.Device(1) as device:
        y = cp.zeros(2)
        assert y.device == device
        for wrong in (lambda: x + y, lambda: twice(x), lambda: cp.exp(x), lambda: x.astype("float32")):
            with pytest.raises(ValueError, match="different from the current device"):
                wrong()
        assert x[1:].device.id == 0
        assert x.copy().device.id == 1
        assert twice(y).device.id == 1
    assert cp.cuda.Device().id == 0
    with pytest.raises(cp.cuda.runtime.CUDARuntimeError):
        cp.cuda.Device(2).use()


# Elementwise kernels
def test_broadcasting_and_strides(cp):
    add = elementwise(cp, "T x, T y", "T z", "z = x + 10 * y")
    x = cp.asarray(np.arange(6.0).reshape(2, 3))
    assert add(x, x[0]).tolist() == [[0, 11, 22], [3, 14, 25]]
    assert add(x.T, x.T[::-1]).tolist() == [[20, 53], [11, 44], [2, 35]]
    out = cp.zeros((3, 4))[:, ::2]
    assert add(x.T, 1, out) is out
    assert out.tolist() == [[10, 13], [11, 14], [12, 15]]
    assert add(cp.zeros((0, 3)), x[:1]).shape == (0, 3)


def test_raw_arrays_count_in_c_order(cp):
    x = cp.asarray(np.arange(6.0).reshape(2, 3)).T
    take = elementwise(cp, "raw T x, int64 k", "T y", "y = x[i * k]")
    assert take(x, 2, size=3).tolist() == [0, 1, 2]
    about = elementwise(cp, "raw T x", "raw int64 y", "y[0] = x.size(); y[1] = x.shape()[0]; y[2] = x.strides()[0]")
    assert about(x, cp.zeros(3, "int64"), size=1).tolist() == [6, 3, 8]
    scatter = elementwise(cp, "raw int32 k", "raw float32 y", "atomicAdd(&y[k[i]], 1.0f)")
    y = cp.zeros(3, "float32")
    scatter(cp.asarray(np.array([0, 2, 2], "int32")), y, size=3)
    assert y.tolist() == [1, 0, 2]


def test_types_of_a_call(cp):
    k = elementwise(cp, "T x, U y", "T z", "z = x + (T)y")
    assert k(cp.ones(2, "float32"), cp.ones(2, "int8")).dtype == "float32"
    assert k(cp.ones(2, "int32"), cp.ones(1, "float64")).dtype == "int32"
    with pytest.raises(KeyError, match="U"):
        k(cp.ones(2), 1.0)  # a number does not say what U is
    with pytest.raises(TypeError, match="mismatched"):
        elementwise(cp, "T x, T y", "T z", "z = x")(cp.ones(2), cp.ones(2, "float32"))
    with pytest.raises(TypeError, match="mismatched"):
        elementwise(cp, "float32 x", "float32 z", "z = x")(cp.ones(2))
    with pytest.raises(TypeError, match=r"1\.5"):
        elementwise(cp, "T x, int32 n", "T z", "z = x")(cp.ones(2), 1.5)
    with pytest.raises(ValueError, match="undecided"):
        elementwise(cp, "raw T x", "T z", "z = 0")(cp.ones(2))
    with pytest.raises(ValueError, match="raw"):
        elementwise(cp, "T x", "T z", "z = 0")(cp.ones(2), size=2)
    with pytest.raises(ValueError, match="broadcast"):
        elementwise(cp, "T x", "T z", "z = x")(cp.ones((2, 2)), cp.broadcast_to(cp.ones(2), (2, 2)))


def test_several_outputs_and_return(cp):
    k = elementwise(cp, "T x", "T s, int32 n", "if (x < 0) { s = 0; n = -1; return; } s = sqrt(x); n = (int)i")
    s, n = k(cp.asarray([4.0, -1.0, 9.0]))
    assert (s.tolist(), n.tolist()) == ([2, 0, 3], [0, -1, 2])


@pytest.mark.parametrize(
    "body",
    [
        "x = 1; y = x",  # an input is constant
        "T v; y = v + x",  # never set
        "y = exp(i)",  # which overload?
        "y = x > (T)0 ? x : 0.5f * x",  # two types
        "y = pow(1.0, 1.0f)",
        "y = missing(x)",
        "y = float16(i)",
    ],
)
def test_does_not_compile(cp, body):
    with pytest.raises(Exception, match="error:") as raised:
        elementwise(cp, "T x", "T y", body)(cp.ones(2, "float16"))
    assert type(raised.value).__name__ == "CompileException"


def test_faults(cp):
    out = elementwise(cp, "raw T x", "T y", "y = x[i + 1]")
    with pytest.raises(RuntimeError, match=r"x\[3\] is outside of its 3 elements"):
        out(cp.ones(3), size=3)
    with pytest.raises(RuntimeError, match="divided by zero"):
        elementwise(cp, "T x", "T y", "y = 7 / x")(cp.zeros(2, "int32"))
    with pytest.raises(RuntimeError, match="illegal memory access"):
        elementwise(cp, "T x", "T y", "y = *(T *)8")(cp.zeros(2))


def test_float16_is_rounded_to_even_once(cp):
    values = np.array(
        [1 + 2**-11, 1 + 3 * 2**-11, 65504, 65519.99, 65520, 2**-24, 2**-25, -(2**-25) * 1.01, np.nan, -np.inf]
    )
    made = elementwise(cp, "float64 x", "float16 y", "y = (float16)x")(cp.asarray(values))
    want = [1, 1 + 2**-9, 65504, 65504, math.inf, 2**-24, 0, -(2**-24), math.nan, -math.inf]
    np.testing.assert_array_equal(made.get().astype(float), want)
    every = np.arange(65536, dtype=np.uint16).view(np.float16)
    back = elementwise(cp, "float16 x", "float32 y", "y = x")(cp.asarray(every))
    np.testing.assert_array_equal(back.get(), every.astype(np.float32))
    total = elementwise(cp, "float16 x", "float16 y", "float v = x; y = v * 3; y += 1; y = max(y, (float16)0.0f)")
    assert total(cp.asarray(np.array([0.1, -5], "float16"))).tolist() == [float(np.float16(0.1) * np.float16(3) + 1), 0]


@pytest.mark.parametrize(("name", "reference"), [
    ("erfinv", scipy.special.erfinv), ("erfcinv", scipy.special.erfcinv), ("normcdf", scipy.special.ndtr),
    ("rsqrt", lambda x: x**-0.5), ("sinpi", lambda x: np.sin(np.pi * x)), ("exp10", lambda x: 10**x),
])  # fmt: skip
def test_functions_of_cuda(cp, name, reference):
    x = np.array([1e-30, 1e-9, 0.2, 0.5, 0.75, 0.999, 1 - 1e-12])
    found = elementwise(cp, "T x", "T y", f"y = {name}(x)")(cp.asarray(x))
    np.testing.assert_allclose(found.get(), reference(x), 1e-11)
    assert elementwise(cp, "T x", "T y", f"y = {name}(x)")(cp.ones(1, "float32")).dtype == "float32"


def test_small_floats_are_flushed(cp):
    """As -ftz=true has it: operands and results, of float alone."""
    small = np.array([1e-40, -1e-40, 2e-38])
    half = elementwise(cp, "T x", "T y", "y = x * (T)0.5")
    np.testing.assert_array_equal(half(cp.asarray(small.astype("float32"))).get(), np.float32([0, -0.0, 0]))
    assert half(cp.asarray(small * 1e-270)).tolist() == (small * 0.5e-270).tolist()
    total = cp.ReductionKernel("T x", "T y", "x", "a + b", "y = a", "0", "of_small")
    assert float(total(cp.asarray(np.full(3, 1e-40, "float32")))) == 0
    text = """extern "C" __global__ void inverse(const float *x, float *y) { y[0] = 1 / x[0]; }"""
    y = cp.zeros(1, "float32")
    cp.RawKernel(text, "inverse")((1,), (1,), (cp.asarray(small[1:].astype("float32")), y))
    assert y.tolist() == [-math.inf]


@pytest.mark.parametrize(("to", "inside", "outside"), [
    ("signed char", -128.9, -129), ("unsigned char", 255.5, -1), ("unsigned char", 0, 256), ("long long", 5, math.nan),
    ("int", -(2.0**31), 2.0**31), ("long long", -(2.0**63), 2.0**63),
])  # fmt: skip
def test_numbers_an_integer_does_not_hold(cp, to, inside, outside):
    """CUDA makes something else of them than a CPU, so a kernel must not convert them."""
    cut = elementwise(cp, "T x", "int64 y", f"y = ({to})x")
    for dtype in ("float32", "float64"):
        assert cut(cp.asarray(np.array([inside], dtype))).tolist() == [int(inside)]
        with pytest.raises(RuntimeError, match="an integer type that does not hold it"):
            cut(cp.asarray(np.array([outside], dtype)))


def test_integers_of_other_arrays_are_cudas(cp):
    x = cp.asarray(np.array([-1, 300, 3e9, -3e9, 1e20, np.nan], "float32"))
    assert x.astype("uint8").tolist() == [0, 44, 0, 0, 255, 0]
    assert x.astype("int8").tolist() == [-1, 44, -1, 0, -1, 0]
    assert x.astype("int32").tolist() == [-1, 300, 2**31 - 1, -(2**31), 2**31 - 1, 0]
    assert x.astype("int64").tolist() == [-1, 300, 3 * 10**9, -3 * 10**9, 2**63 - 1, -(2**63)]


# Reductions
def test_reductions(cp):
    squares = cp.ReductionKernel("T x", "T y", "x * x", "a + b", "y = a", "0", "squares")
    x = cp.asarray(np.arange(24.0).reshape(2, 3, 4))
    whole = np.arange(24.0).reshape(2, 3, 4) ** 2
    for axis in (None, 0, 1, -1, (0, 2), (2, 1)):
        for keepdims in (False, True):
            found = squares(x, axis=axis, keepdims=keepdims)
            np.testing.assert_array_equal(found.get(), whole.sum(axis, keepdims=keepdims))
    out = cp.zeros(3)
    assert squares(x, axis=(0, 2), out=out) is out
    assert squares(x.T, axis=0).tolist() == whole.T.sum(0).tolist()
    assert squares(cp.zeros((0, 2)), axis=0).tolist() == [0, 0]
    half = cp.ReductionKernel("T x, T m", "T y", "(float)x - (float)m", "a + b", "y = a", "0", "half", "float")
    assert half(cp.ones(2049, "float16"), cp.zeros((), "float16")).tolist() == 2048  # 2049 rounded once


def test_reductions_refuse(cp):
    largest = cp.ReductionKernel("T x", "T y", "x", "max(a, b)", "y = a", None, "largest")
    with pytest.raises(ValueError, match="no identity"):
        largest(cp.zeros((0, 2)), axis=0)
    weighed = cp.ReductionKernel("T x, raw T w", "T y", "x * w[_J]", "a + b", "y = a", "0", "weighed")
    x = cp.asarray([[1.0, 2.0], [3.0, 4.0]])
    assert weighed(x, cp.asarray([10.0, 100.0]), axis=0).tolist() == [310, 420]
    with pytest.raises(NotImplementedError):  # axes cannot be moved under raw arrays
        weighed(x, cp.asarray([10.0, 100.0]), axis=1)


def test_identity_is_used_more_than_once(cp):
    from_one = cp.ReductionKernel("T x", "T y", "x", "a + b", "y = a", "1", "from_one")
    assert float(from_one(cp.zeros(3))) > 1  # every thread begins with it, as on a GPU


# Raw kernels
SUM = r"""#include <cupy/carray.cuh>
extern "C" __global__ void block_sum(const float *x, float *y, const int n, long long step) {
    extern __shared__ float part[];
    __shared__ float first;
    const int t = threadIdx.x, at = blockIdx.x * blockDim.x + t;
    part[t] = at < n ? x[at * step] : 0.0f;
    if (t == 0) first = part[0];
    __syncthreads();
    for (int half = blockDim.x / 2; half; half /= 2) {
        if (t < half) part[t] += part[t + half];
        __syncthreads();
    }
    if (t == 1) y[blockIdx.x] = part[0] + 1000.0f * first;
}"""


def test_a_block_sums_in_shared_memory(cp):
    kernel = cp.RawKernel(SUM, "block_sum")
    x, y = cp.arange(100, dtype="float32"), cp.empty(2, "float32")
    kernel((2,), (64,), (x, y, np.int32(100), 1), shared_mem=256)
    assert y.tolist() == [sum(range(64)), sum(range(64, 100)) + 64000]
    with pytest.raises(RuntimeError, match="past the dynamic shared memory"):
        kernel((2,), (64,), (x, y, np.int32(100), 1), shared_mem=128)


@pytest.mark.parametrize("args", [
    "x, y, 100, 1", "x, y, np.int32(100), np.int32(1)", "x, y, np.int32(100)", "d, y, np.int32(100), 1",
    "x, 1.5, np.int32(100), 1", "x, y, np.int32(100), 1.5", "HOST, y, np.int32(100), 1",
])  # fmt: skip
def test_arguments_a_gpu_would_misread(cp, args):
    names = {"x": cp.ones(2, "float32"), "y": cp.ones(2, "float32"), "d": cp.ones(2), "np": np, "HOST": HOST}
    with pytest.raises(TypeError):
        cp.RawKernel(SUM, "block_sum")((1,), (32,), eval(f"({args})", names), shared_mem=128)


@pytest.mark.parametrize(("grid", "block"), [((0,), (1,)), ((1,), (2048,)), ((1, 70000), (1,)), ((1,), (64, 64))])
def test_launches_a_gpu_refuses(cp, grid, block):
    with pytest.raises(ValueError, match="INVALID_VALUE"):
        cp.RawKernel(SUM, "block_sum")(grid, block, ())


def test_threads_at_different_barriers(cp):
    text = """extern "C" __global__ void apart(int *y) {
        if (threadIdx.x == 0) { y[0] = 1;
            __syncthreads(); }
        %s }"""
    for rest in ("", "else __syncthreads();"):
        with pytest.raises(RuntimeError, match="not at the same __syncthreads"):
            cp.RawKernel(text % rest, "apart")((1,), (2,), (cp.zeros(1, "int32"),))


def test_past_the_end_of_an_array(cp):
    text = """extern "C" __global__ void past(const float *x, float *y) { y[threadIdx.x] = x[threadIdx.x + 1]; }"""
    kernel = cp.RawKernel(text, "past")
    x = cp.arange(4, dtype="float32")
    kernel((1,), (3,), (x, x))
    assert x.tolist() == [1, 2, 3, 3]
    for n, size in ((4, 4), (3, 2)):  # reads, then writes
        with pytest.raises(RuntimeError, match="illegal memory access"):
            kernel((1,), (n,), (cp.arange(4, dtype="float32"), cp.zeros(size, "float32")))


def test_places_of_threads(cp):
    text = """extern "C" __global__ void places(long long *y) {
        const int at = ((blockIdx.y * gridDim.x + blockIdx.x) * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
        y[at] = at + threadIdx.z; }"""
    y = cp.zeros(24, "int64")
    cp.RawKernel(text, "places")((2, 2), (3, 2), (y,))
    assert y.tolist() == list(range(24))


# The rest
def test_log_and_not_computing(cp, monkeypatch):
    monkeypatch.setattr(standin, "log", [])
    twice = elementwise(cp, "T x, float32 a", "T y", "y = not C++")
    with standin.computing(False):
        for x in (cp.ones((2, 3), "float32"), cp.ones((2, 3), "float32").T, cp.ones((4, 4), "float32")):
            assert float(twice(x, 2).sum()) == 0
    assert [record.arguments for record in standin.log] == [
        (("float32", 2, True), ("float32", None, True), ("float32", 2, True)),
        (("float32", 2, False), ("float32", None, True), ("float32", 2, True)),
    ]
    assert standin.log[0].kind == "ElementwiseKernel"
    assert standin.log[0].given["operation"] == "y = not C++"


def test_linear_algebra_reports_errors_when_asked(cp):
    import cupyx

    singular = cp.asarray([[1.0, 2.0], [2.0, 4.0]])
    assert cp.isnan(cp.linalg.inv(singular)).all()
    with cupyx.errstate(linalg="raise"), pytest.raises(np.linalg.LinAlgError):
        cp.linalg.inv(singular)
    low = cp.asarray([[2.0, 0.0], [1.0, 4.0]])
    assert cupyx.scipy.linalg.solve_triangular(low, cp.asarray([2.0, 9.0]), lower=True).tolist() == [1, 2]


def test_scatter_add_counts_repeats(cp):
    x = cp.zeros(3, "float32")
    cp.add.at(x, cp.asarray([0, 2, 2]), 1)
    assert x.tolist() == [1, 0, 2]


def test_generators_start_again_by_seed(cp):
    for kind in (cp.random.Philox4x3210, cp.random.XORWOW, cp.random.MRG32k3a):
        first, second = (cp.random.Generator(kind(5)) for _ in range(2))
        assert (first.random(4) == second.random(4)).all()
    draw = cp.random.default_rng(1)
    assert draw.standard_normal((2, 3), "float32").dtype == "float32"
    assert draw.poisson(cp.ones(5)).dtype == "int64"
    assert 0 <= int(draw.integers(3)) < 3
    assert draw.standard_gamma(cp.ones((3, 1)), (3, 2), "float32").dtype == "float32"
    out = cp.empty((2, 3))
    assert draw.standard_exponential(out=out) is out
    for bad, message in (
        (lambda: draw.standard_gamma("1"), "scalar"),
        (lambda: draw.standard_gamma(1.0, out=out.T), "contiguous"),
        (lambda: draw.random(3, out=out), "size must match"),
        (lambda: draw.poisson(cp.ones(3), (2, 2)), "broadcast"),
        (lambda: draw.integers(0, 2**31 + 1, dtype="int32"), "high is out of bounds"),
        (lambda: cp.random.Philox4x3210(1, size=100), "blocks of 256"),
    ):
        with pytest.raises(ValueError, match=message):
            bad()
    with pytest.raises(OverflowError):
        draw.integers(-(2**63), 2**63)
    with cp.cuda.Device(1), pytest.raises(RuntimeError, match="different device"):
        draw.random()


@pytest.mark.skipif(importlib.util.find_spec("cupy") is None, reason="CuPy is not installed")
def test_names_and_parameters_are_cupys():
    import cupy
    from standin import functions, modules

    def named(module, name):
        for part in name.split("."):
            module = getattr(module, part)
        return module

    for name, (signature, _) in functions.table().items():
        real = named(cupy, name)
        if signature is None:
            assert isinstance(real, cupy.ufunc), name
        else:
            assert list(inspect.signature(real).parameters) == list(signature.parameters), name
    made = modules.every()["cupy"]
    for name, method in vars(made.random.Generator).items():
        if not name.startswith("_"):
            real = inspect.signature(getattr(cupy.random.Generator, name))
            assert list(real.parameters) == list(inspect.signature(method).parameters), name
    for module in ("", "cuda.", "cuda.runtime.", "cuda.pinned_memory.", "cuda.device.", "random.", "linalg.", "fft."):
        mine = named(made, module[:-1]) if module else made
        for name in vars(mine):
            assert name.startswith("__") or hasattr(named(cupy, module + name), "__doc__"), module + name
    for kind in ("ndarray", "random.Generator", "cuda.Device", "cuda.Stream", "cuda.Event", "cuda.MemoryPool"):
        mine, real = named(made, kind), named(cupy, kind)
        extra = {name for name in dir(mine) if not name.startswith("_") and not hasattr(real, name)}
        assert extra <= {"id", "at", "ptr"}, kind
