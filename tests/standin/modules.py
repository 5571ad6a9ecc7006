"""The module objects ``cupy`` and ``cupyx`` and what is inside them."""

from __future__ import annotations

from functools import cache
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import numpy as np
import scipy.linalg
import scipy.special

from . import cuda, functions, lapack, random
from .array import ndarray
from .elementwise import ElementwiseKernel
from .mixing import call
from .raw import RawKernel, RawModule
from .reduction import ReductionKernel

_TYPES = """
    bool_ int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64 complex128 intp uintp
    intc single double half dtype generic number integer floating inexact iinfo finfo ndindex signedinteger
    unsignedinteger complexfloating pi e inf nan newaxis euler_gamma
""".split()  # noqa: SIM905

_SPECIAL = ("erf", "erfc", "erfinv", "erfcinv", "gamma", "gammaln", "digamma", "gammainc", "gammaincc")


@cache
def every() -> dict[str, ModuleType]:
    """The modules by name, as they go into ``sys.modules``. They are made once."""
    made = {"cupy": _cupy(), "cupyx": _cupyx()}
    for name in ("cuda", "random", "linalg", "fft"):
        made[f"cupy.{name}"] = getattr(made["cupy"], name)
    for name in ("runtime", "pinned_memory", "device"):
        made[f"cupy.cuda.{name}"] = getattr(made["cupy"].cuda, name)
    scipy_module = made["cupyx.scipy"] = made["cupyx"].scipy
    made["cupyx.scipy.linalg"], made["cupyx.scipy.special"] = scipy_module.linalg, scipy_module.special
    for name, module in made.items():
        module.__spec__ = ModuleSpec(name, None, is_package=True)
        module.__path__ = []
    return made


def _cupy() -> ModuleType:
    cupy = ModuleType("cupy")
    cupy.__version__ = "14.2.0"
    cupy.linalg, cupy.fft = ModuleType("cupy.linalg"), ModuleType("cupy.fft")
    cupy.cuda, cupy.random = cuda.module(), random.module()
    cupy.linalg.LinAlgError = np.linalg.LinAlgError
    for name, (_, function) in functions.table().items():
        module, _, short = name.rpartition(".")
        setattr(getattr(cupy, module) if module else cupy, short, function)
    cupy.add.at = scatter_add
    for name in _TYPES:
        setattr(cupy, name, getattr(np, name))
    for function in functions.OWN:
        setattr(cupy, function.__name__, function)
    cupy.asanyarray = functions.asarray
    for kind in (ndarray, ElementwiseKernel, ReductionKernel, RawKernel, RawModule):
        setattr(cupy, kind.__name__, kind)
    vars(cupy).update(cuda.pools())
    cupy.is_available = cupy.cuda.is_available
    return cupy


def scatter_add(a: ndarray, slices: Any, value: Any) -> None:
    """Add at indices, once for each time they occur."""
    a.scatter_add(slices, value)


def solve_triangular(
    a: ndarray, b: ndarray, trans: Any = 0, lower: bool = False, unit_diagonal: bool = False,
    overwrite_b: bool = False, check_finite: bool = False,
) -> ndarray:  # fmt: skip
    """SciPy's, of one matrix. (CuPy 14 takes stacks of them, CuPy 13 does not.)"""
    if a.ndim != 2:
        raise ValueError("expected a square matrix")
    return lapack.call(
        scipy.linalg.solve_triangular, (a, b),
        {"trans": trans, "lower": lower, "unit_diagonal": unit_diagonal, "check_finite": check_finite},
    )  # fmt: skip


def _cupyx() -> ModuleType:
    cupyx = ModuleType("cupyx")
    cupyx.scatter_add, cupyx.errstate = scatter_add, lapack.errstate
    cupyx.empty_pinned = cuda.empty_pinned
    cupyx.scipy = ModuleType("cupyx.scipy")
    cupyx.scipy.linalg, cupyx.scipy.special = ModuleType("cupyx.scipy.linalg"), ModuleType("cupyx.scipy.special")
    cupyx.scipy.linalg.solve_triangular = solve_triangular
    for name in _SPECIAL:
        function = getattr(scipy.special, name)
        setattr(cupyx.scipy.special, name, lambda *args, function=function: call(function, args))
    cupyx.rsqrt = lambda x: call(lambda v: 1 / np.sqrt(v), (x,))
    return cupyx
