"""Convolution by cuDNN 9, through its C functions, where libcudnn.so.9 can be loaded: of a package nvidia-cudnn-cu12 or
nvidia-cudnn-cu13, or the system's.

``run`` gives None where cuDNN is not there, does not work (which a warning says), has no fitting algorithm or the
arrays are not for it. Only deterministic algorithms are taken. float32 is multiplied in full precision, unless the
environment has ``MXND_ALLOW_TF32=1`` when a convolution of some shapes first runs. ``MXND_CUDNN=0`` turns cuDNN off.

Unproven until it runs on a GPU: names, arguments and numbers are those of the headers of cuDNN 9.28, which takes the
descriptors; tests hold the calls to them with a library of their own. No cuDNN has run a convolution from here yet:
whether its heuristics offer deterministic algorithms, the results, their accuracy and speed remain to be seen.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import math
import os
import threading
import warnings
import weakref
from ctypes import byref, c_double, c_float, c_int, c_size_t, c_void_p
from pathlib import Path
from typing import Any

import numpy as np

from ...core.errors import MXNetError
from ..device import cp
from ..windows import Dims, Geometry

NAME = "libcudnn.so.9"
WORKSPACE, PLANS, MOST = 1 << 30, 512, 8  # bytes an algorithm may use, plans a thread keeps, algorithms asked for
DTYPES = {"float32": 0, "float64": 1, "float16": 2}  # cudnnDataType_t
NCHW, CROSS_CORRELATION, DETERMINISTIC = 0, 1, 1
DEFAULT_MATH, TENSOR_OP_MATH, FMA_MATH = 0, 1, 3  # cudnnMathType_t; the default lets float32 be TF32
EXACT = DEFAULT_MATH, FMA_MATH  # what algorithms say that multiply float32 as such where they are asked to
REFUSED = range(2000, 4000)  # cudnnStatus_t: arguments that are bad, or not supported

# What each operation takes and gives, in the order of its arguments.
KINDS = {"Forward": ("x", "w", "y"), "BackwardData": ("w", "y", "x"), "BackwardFilter": ("x", "y", "w")}


class Performance(ctypes.Structure):
    """cudnnConvolutionFwdAlgoPerf_t, and the same for the other two operations."""

    _fields_ = [
        ("algorithm", c_int), ("status", c_int), ("time", c_float), ("memory", c_size_t), ("determinism", c_int),
        ("math", c_int), ("reserved", c_int * 3),
    ]  # fmt: skip


class CudnnError(MXNetError):
    """cuDNN failed; ``status`` is its cudnnStatus_t."""

    def __init__(self, name: str, status: int) -> None:
        super().__init__(f"{name} failed with cuDNN's status {status} (MXND_CUDNN=0 turns cuDNN off)")
        self.status = status


@functools.cache
def library() -> Any:
    """cuDNN, or None where it is not installed or turned off."""
    if os.environ.get("MXND_CUDNN") == "0":
        return None
    package = importlib.util.find_spec("nvidia") and importlib.util.find_spec("nvidia.cudnn")
    places = [Path(place, "lib", NAME) for place in package.submodule_search_locations or ()] if package else []
    found = next((str(place) for place in places if place.exists()), NAME)
    try:
        return ctypes.CDLL(found)
    except OSError as error:
        if found != NAME:  # installed, but broken
            warnings.warn(f"cuDNN is not used: {error}", RuntimeWarning, stacklevel=2)
        return None


def call(name: str, *args: Any) -> None:
    """One of cuDNN's functions; an error unless it says that it succeeded."""
    if status := getattr(library(), name)(*args):
        raise CudnnError(name, status)


class Made:
    """What cuDNN creates: ``it``, destroyed when nobody holds it any more. ``setting``: how it is set."""

    def __init__(self, kind: str, setter: str = "", *setting: Any) -> None:
        self.it = c_void_p()
        call(f"cudnnCreate{kind}", byref(self.it))
        destroy = getattr(library(), f"cudnnDestroy{kind}")
        weakref.finalize(self, destroy, self.it).atexit = False  # at exit CUDA may be gone already
        if setter:
            call(f"cudnnSet{setter}", self.it, *setting)


def _ints(values: Dims) -> Any:
    return (c_int * len(values))(*values)


def _descriptor(name: str, shape: Dims, dtype: int) -> Made:
    if name == "w":
        return Made("FilterDescriptor", "FilterNdDescriptor", dtype, NCHW, len(shape), _ints(shape))
    strides = tuple(math.prod(shape[i + 1 :]) for i in range(len(shape)))
    return Made("TensorDescriptor", "TensorNdDescriptor", dtype, len(shape), _ints(shape), _ints(strides))


class Plan:
    """The descriptors and the algorithm of a convolution; ``algorithm`` is None where cuDNN has none that will do."""

    def __init__(self, handle: Made, kind: str, dtype: str, shapes: tuple[Dims, ...], geometry: Geometry) -> None:
        self.kind, self.handle = kind, handle
        number, (stride, dilate, pad, groups) = DTYPES[dtype], geometry
        if len(stride) == 1:  # cuDNN takes two axes or more
            shapes = tuple((*shape[:2], 1, *shape[2:]) for shape in shapes)
            stride, dilate, pad = (1, *stride), (1, *dilate), (0, *pad)
        self.parts = {name: _descriptor(name, shape, number) for name, shape in zip("xwy", shapes)}
        within = number if dtype == "float64" else DTYPES["float32"]  # what is computed in
        axes = (len(stride), _ints(pad), _ints(stride), _ints(dilate))
        self.geometry = Made("ConvolutionDescriptor", "ConvolutionNdDescriptor", *axes, CROSS_CORRELATION, within)
        call("cudnnSetConvolutionGroupCount", self.geometry.it, groups)
        exact = dtype == "float32" and os.environ.get("MXND_ALLOW_TF32") != "1"
        multiplying = TENSOR_OP_MATH if dtype == "float16" else FMA_MATH if exact else DEFAULT_MATH
        call("cudnnSetConvolutionMathType", self.geometry.it, multiplying)
        self.algorithm = self._algorithm(exact)
        if self.algorithm and not exact:  # else what was said holds, whatever the algorithm's own is
            call("cudnnSetConvolutionMathType", self.geometry.it, self.algorithm.math)
        self.one, self.zero = map(c_double if dtype == "float64" else c_float, (1, 0))

    def _algorithm(self, exact: bool) -> Performance | None:
        first, second, last = [self.parts[name].it for name in KINDS[self.kind]]
        count, found = c_int(), (Performance * MOST)()
        given = self.handle.it, first, second, self.geometry.it, last, MOST, byref(count), found
        call(f"cudnnGetConvolution{self.kind}Algorithm_v7", *given)
        fits = (each for each in found[: count.value] if each.status == 0 and each.determinism == DETERMINISTIC)
        small = (each for each in fits if each.memory <= WORKSPACE and (not exact or each.math in EXACT))
        return next(small, None)

    def __call__(self, arrays: dict[str, Any]) -> None:
        assert self.algorithm
        (first, second, last), size = KINDS[self.kind], self.algorithm.memory
        space = cp.empty(size, np.uint8)  # goes back to CuPy's pool, which keeps to the stream's order
        given = [v for k in (first, second) for v in (self.parts[k].it, c_void_p(arrays[k].data.ptr))]
        call(
            f"cudnnConvolution{self.kind}", self.handle.it, byref(self.one), *given, self.geometry.it,
            self.algorithm.algorithm, c_void_p(space.data.ptr if size else None), c_size_t(size), byref(self.zero),
            self.parts[last].it, c_void_p(arrays[last].data.ptr),
        )  # fmt: skip


kept = threading.local()  # handles: of each device; plans


def _kept(name: str) -> Any:
    return vars(kept).setdefault(name, {})


def _handle(device: int) -> Made | None:
    handles: dict[int, Made | None] = _kept("handles")
    if device not in handles:
        try:
            cp.cuda.device.get_cublas_handle()  # loads the cuBLAS that cuDNN needs
            handles[device] = Made("")
        except CudnnError as error:
            warnings.warn(f"cuDNN is not used: {error}", RuntimeWarning, stacklevel=2)
            handles[device] = None
    return handles[device]


def _plan(device: int, handle: Made, *given: Any) -> Plan | None:
    """The plan kept for a convolution, made when it is first wanted; None where cuDNN takes no such shapes."""
    plans: dict[Any, Plan | None] = _kept("plans")
    if (device, given) not in plans:
        if len(plans) >= PLANS:
            plans.clear()
        try:
            plans[device, given] = Plan(handle, *given)
        except CudnnError:
            plans[device, given] = None
    return plans[device, given]


def run(kind: str, geometry: Geometry, shape: Dims, **arrays: Any) -> Any:
    """One of ``KINDS``: of x, w and y the two that it takes, contiguous, make the third, of a shape; or None."""
    if library() is None:
        return None
    first, _, last = KINDS[kind]
    shapes = {last: shape, **{name: array.shape for name, array in arrays.items()}}
    sizes, dtype = [math.prod(each) for each in shapes.values()], arrays[first].dtype
    if dtype.name not in DTYPES or not 3 <= len(shape) <= 5 or not 0 < min(sizes) <= max(sizes) < 2**31:
        return None
    if (handle := _handle(device := cp.cuda.runtime.getDevice())) is None:
        return None
    plan = _plan(device, handle, kind, dtype.name, (shapes["x"], shapes["w"], shapes["y"]), geometry)
    if plan is None or plan.algorithm is None:
        return None
    call("cudnnSetStream", handle.it, c_void_p(cp.cuda.get_current_stream().ptr))
    arrays[last] = cp.empty(shape, dtype)
    try:
        plan(arrays)
    except CudnnError as error:
        if error.status not in REFUSED:
            raise
        plan.algorithm = None
        return None
    return arrays[last]
