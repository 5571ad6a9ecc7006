"""The calls of cuDNN: a library that reads them as the headers of cuDNN 9 have them, and computes on the CPU.

It proves what is handed to cuDNN, not what cuDNN makes of it.
"""

from __future__ import annotations

import ctypes
import functools
import itertools
import math
import os
import struct
import threading
import types
import warnings

import numpy as np
import pytest
import standin
from test_cuda_convolution import CASES, close, made

from mxnd.backend import convolution as cpu
from mxnd.backend.cuda import convolution as gpu
from mxnd.backend.cuda import cudnn

SUCCESS, BAD_PARAM, NOT_SUPPORTED, EXECUTION_FAILED = 0, 2000, 3000, 5000
FMA = 3
CUDNN_CASES = [case for case in CASES if "depthwise" not in case and case not in ("no images", "pointwise groups")]
TYPES = {0: np.float32, 1: np.float64, 2: np.float16}


def floats(pointer, kind):
    return kind.from_address(ctypes.addressof(pointer._obj)).value


def at(pointer, shape, dtype):
    """The array that a pointer of a call leads to."""
    count = math.prod(shape) * np.dtype(dtype).itemsize
    return np.frombuffer((ctypes.c_char * count).from_address(pointer.value), dtype).reshape(shape)


class Library:
    """The functions that are called, with the names, argument orders and numbers of the headers."""

    def __init__(self):
        self.alive, self.calls, self.fails, self.numbers = {}, [], {}, itertools.count(1000)
        # algorithm, status, memory, is it deterministic, math type
        self.offers = [(0, NOT_SUPPORTED, 0, 1, FMA), (3, 0, 64, 0, FMA), (4, 0, 1 << 40, 1, FMA), (5, 0, 64, 1, 1)]
        self.offers.append((1, SUCCESS, 4096, 1, FMA))

    def __getattr__(self, name):
        assert name.startswith("cudnn"), name
        kind = name.removeprefix("cudnn")

        def function(*args):
            self.calls.append((name, args))
            if name in self.fails:
                return self.fails[name]
            if kind.startswith(("Create", "Destroy")):
                getattr(self, kind[: 6 if kind.startswith("C") else 7].lower())(kind, *args)
            elif kind.startswith("GetConvolution"):
                self.choose(kind, *args)
            elif kind in ("ConvolutionForward", "ConvolutionBackwardData", "ConvolutionBackwardFilter"):
                self.compute(kind.removeprefix("Convolution"), *args)
            else:
                self.set(kind.removeprefix("Set"), *args)
            return SUCCESS

        return function

    def create(self, kind, it):
        it._obj.value = next(self.numbers)
        self.alive[it._obj.value] = {"kind": kind.removeprefix("Create")}

    def destroy(self, kind, it):
        assert self.alive.pop(it.value)["kind"] == kind.removeprefix("Destroy")

    def set(self, what, it, *values):
        made = self.alive[it.value]
        if what == "TensorNdDescriptor":
            dtype, count, shape, strides = values
            assert (len(shape), len(strides)) == (count, count)
            assert [s * TYPES[dtype]().itemsize for s in strides] == list(np.zeros(tuple(shape), TYPES[dtype]).strides)
            made.update(dtype=TYPES[dtype], shape=tuple(shape))
        elif what == "FilterNdDescriptor":
            dtype, order, count, shape = values
            assert (order, len(shape)) == (0, count)
            made.update(dtype=TYPES[dtype], shape=tuple(shape))
        elif what == "ConvolutionNdDescriptor":
            count, pad, stride, dilate, mode, within = values
            assert mode == 1  # correlation
            assert {len(pad), len(stride), len(dilate)} == {count}
            made.update(pad=tuple(pad), stride=tuple(stride), dilate=tuple(dilate), within=TYPES[within])
        else:
            names = {"ConvolutionGroupCount": "groups", "ConvolutionMathType": "math", "Stream": "stream"}
            made[names[what]] = values[0]

    def choose(self, kind, handle, first, second, geometry, last, most, count, found):
        assert kind.endswith("Algorithm_v7")
        self.check(kind[len("GetConvolution") : -len("Algorithm_v7")], handle, first, second, geometry, last)
        assert len(self.offers) <= most
        packed = b"".join(
            struct.pack("iif4xQii3i4x", algorithm, status, 0.5, memory, determined, math, 0, 0, 0)
            for algorithm, status, memory, determined, math in self.offers
        )
        ctypes.memmove(found, packed, len(packed))
        count._obj.value = len(self.offers)

    def check(self, kind, handle, *parts):
        assert self.alive[handle.value]["kind"] == ""
        tensor, weights = "TensorDescriptor", "FilterDescriptor"
        order = {
            "Forward": (tensor, weights, "ConvolutionDescriptor", tensor),
            "BackwardData": (weights, tensor, "ConvolutionDescriptor", tensor),
            "BackwardFilter": (tensor, tensor, "ConvolutionDescriptor", weights),
        }
        made = [self.alive[part.value] for part in parts]
        assert tuple(part["kind"] for part in made) == order[kind]
        return made

    def compute(self, kind, handle, alpha, first, a, second, b, geometry, algorithm, space, size, beta, last, out):
        one, two, how, three = self.check(kind, handle, first, second, geometry, last)
        assert "stream" in self.alive[handle.value]
        dtype = three["dtype"]
        assert how["within"] == (np.float64 if dtype == np.float64 else np.float32)
        scale = ctypes.c_double if dtype == np.float64 else ctypes.c_float
        assert (floats(alpha, scale), floats(beta, scale)) == (1, 0)
        assert (size.value, space.value is not None) == (self.offers[-1][2], bool(self.offers[-1][2]))
        exact = dtype == np.float32 and os.environ.get("MXND_ALLOW_TF32") != "1"
        assert (algorithm, how["math"]) == (self.offers[-1][0], FMA if exact else self.offers[-1][4])
        terms = how["stride"], how["dilate"], how["pad"], how["groups"]
        given = at(a, one["shape"], dtype), at(b, two["shape"], dtype)
        target = at(out, three["shape"], dtype)
        if kind == "Forward":
            target[...] = cpu.conv(*given, terms)
        elif kind == "BackwardData":
            target[...] = cpu.conv_transpose(given[1], given[0], terms, three["shape"][2:])
        else:
            target[...] = cpu.conv_weight(*given, terms, three["shape"][2:])


@pytest.fixture
def lib(monkeypatch):
    library = Library()
    monkeypatch.setattr(cudnn, "library", lambda: library)
    monkeypatch.setattr(cudnn, "kept", threading.local())
    return library


@pytest.fixture
def paper():
    """CuPy's stand-in, whose memory is the CPU's, also where there is a GPU."""
    if standin.missing():
        pytest.skip(standin.missing())
    with standin.installed() as cupy:
        yield cupy


def names(library):
    return [name for name, _ in library.calls]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("case", CUDNN_CASES)
def test_what_cudnn_is_given(lib, paper, case, dtype):
    (x, w, y), geometry = made(case, dtype)
    dx, dw, dy = map(paper.asarray, (x, w, y))
    if dtype != "float32":
        lib.offers = [(1, SUCCESS, 0, 1, 1)]
    pointwise = case == "pointwise" and dtype != "float16"
    used = 1 if pointwise else 3
    for _ in range(2):  # the second time everything is kept
        terms = w[0].size
        close(paper.asnumpy(gpu.conv(dx, dw, geometry)), cpu.conv(x, w, geometry), terms)
        got = gpu.conv_transpose(dy, dw, geometry, x.shape[2:])
        close(paper.asnumpy(got), cpu.conv_transpose(y, w, geometry, x.shape[2:]), terms * len(w))
        got = gpu.conv_weight(dx, dy, geometry, w.shape[2:])
        close(paper.asnumpy(got), cpu.conv_weight(x, y, geometry, w.shape[2:]), y.size // y.shape[1])
    assert sum(name.startswith("cudnnConvolution") for name in names(lib)) == 2 * used
    assert sum(name.startswith("cudnnGet") for name in names(lib)) == used
    assert names(lib).count("cudnnCreate") == 1


def run(lib, paper, dtype="float32"):
    (x, w, _), geometry = made("plain", dtype)
    return gpu.conv(paper.asarray(x), paper.asarray(w), geometry), cpu.conv(x, w, geometry)


def math_types(lib):
    return [args[1] for name, args in lib.calls if name == "cudnnSetConvolutionMathType"]


def test_tf32_only_when_it_is_allowed(lib, paper, monkeypatch):
    for math_type in (FMA, 0):  # an algorithm may say it multiplies by default, and still be held to what was asked
        lib.offers[-1] = (*lib.offers[-1][:4], math_type)
        lib.calls = []
        run(lib, paper)
        assert math_types(lib) == [FMA]
        cudnn.kept.plans.clear()
    monkeypatch.setenv("MXND_ALLOW_TF32", "1")
    monkeypatch.setattr(cudnn, "kept", threading.local())
    lib.calls, lib.offers = [], [(5, SUCCESS, 64, 1, 0)]
    run(lib, paper)
    assert math_types(lib) == [0, 0]


CHOICE = "cudnnGetConvolutionForwardAlgorithm_v7"


@pytest.mark.parametrize(("fails", "status"), [
    ("", 0), (CHOICE, NOT_SUPPORTED + 2), (CHOICE, BAD_PARAM), (CHOICE, EXECUTION_FAILED),
    ("cudnnSetConvolutionNdDescriptor", BAD_PARAM + 3), ("cudnnConvolutionForward", NOT_SUPPORTED),
    ("cudnnConvolutionForward", BAD_PARAM),
])  # fmt: skip
def test_another_way_where_cudnn_has_none(lib, paper, fails, status):
    if fails:
        lib.fails[fails] = status
    else:
        lib.offers.pop()  # the only one that will do
    for _ in range(2):
        got, wanted = run(lib, paper)
        close(paper.asnumpy(got), wanted, 36)
    assert names(lib).count(CHOICE) == (fails != "cudnnSetConvolutionNdDescriptor")
    assert names(lib).count("cudnnConvolutionForward") == (fails == "cudnnConvolutionForward")


def test_failures_are_told(lib, paper):
    lib.fails["cudnnConvolutionForward"] = EXECUTION_FAILED
    with pytest.raises(cudnn.CudnnError, match="cudnnConvolutionForward failed with cuDNN's status 5000"):
        run(lib, paper)
    lib.fails = {"cudnnCreate": 1001}
    cudnn.kept.handles.clear()
    with pytest.warns(RuntimeWarning, match="cuDNN is not used: cudnnCreate failed with cuDNN's status 1001"):
        got, wanted = run(lib, paper)
    close(paper.asnumpy(got), wanted, 36)


def test_a_broken_library_is_told_of_once(paper, monkeypatch, tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / cudnn.NAME).write_text("no library")
    package = types.SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr(cudnn.importlib.util, "find_spec", lambda name: package)
    monkeypatch.setattr(cudnn, "library", functools.cache(cudnn.library.__wrapped__))
    with pytest.warns(RuntimeWarning, match="cuDNN is not used: .*libcudnn.so.9"):
        got, wanted = run(None, paper)
    close(paper.asnumpy(got), wanted, 36)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(None, paper)


@pytest.mark.gpu
def test_an_installed_cudnn_works(cuda):
    """Warnings that it is not used are no errors in the other tests."""
    if not hasattr(cuda, "__file__") or cudnn.library.__wrapped__() is None:
        pytest.skip("no GPU, or no cuDNN")
    assert cudnn._handle(0) is not None


def test_what_is_made_is_destroyed(lib, paper, monkeypatch):
    lib.offers = lib.offers[-1:]
    run(lib, paper)
    assert len(lib.alive) == 5  # the handle, three arrays and the geometry
    monkeypatch.setattr(cudnn, "PLANS", 1)
    run(lib, paper, "float64")
    assert len(lib.alive) == 5
    cudnn.kept.plans.clear()
    assert len(lib.alive) == 1


def test_it_can_be_turned_off(monkeypatch):
    monkeypatch.setenv("MXND_CUDNN", "0")
    assert cudnn.library.__wrapped__() is None
