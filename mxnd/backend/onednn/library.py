"""The library: where it is, what of its C interface is used, and on how many threads it runs.

Source: oneDNN's developer guide and header files, version 3.
"""

from __future__ import annotations

import ctypes
import functools
import os
import pathlib
import threading
import warnings
from ctypes import POINTER, byref, c_int, c_int64, c_size_t, c_uint, c_void_p
from typing import Any

from ...core.errors import MXNetError
from .. import threads

PACKAGE = "onednn-cpu-gomp"
SPINS = "2000"  # rounds, about 0.1 ms, that its threads wait for more work: longer takes processors from ours

OK, OUT_OF_MEMORY, UNIMPLEMENTED = 0, 1, 3

_HANDLE, _DIMS = POINTER(c_void_p), POINTER(c_int64)
_SIGNATURES: dict[str, tuple[Any, ...]] = {
    "engine_create": (_HANDLE, c_int, c_size_t),
    "stream_create": (_HANDLE, c_void_p, c_int),
    "memory_desc_create_with_strides": (_HANDLE, c_int, _DIMS, c_int, _DIMS),
    "memory_desc_create_with_tag": (_HANDLE, c_int, _DIMS, c_int, c_int),
    "memory_desc_destroy": (c_void_p,),
    "memory_create": (_HANDLE, c_void_p, c_void_p, c_void_p),
    "memory_set_data_handle": (c_void_p, c_void_p),
    "memory_destroy": (c_void_p,),
    "primitive_attr_create": (_HANDLE,),
    "primitive_attr_set_scratchpad_mode": (c_void_p, c_int),
    "primitive_desc_query": (c_void_p, c_int, c_int, c_void_p),
    "primitive_desc_next_impl": (c_void_p,),
    "primitive_desc_destroy": (c_void_p,),
    "primitive_create": (_HANDLE, c_void_p),
    "primitive_execute": (c_void_p, c_void_p, c_int, c_void_p),
    "primitive_destroy": (c_void_p,),
    "reorder_primitive_desc_create": (_HANDLE, c_void_p, c_void_p, c_void_p, c_void_p, c_void_p),
    "convolution_forward_primitive_desc_create": (
        (_HANDLE, c_void_p, c_int, c_int) + (c_void_p,) * 4 + (_DIMS,) * 4 + (c_void_p,)
    ),
    "convolution_backward_data_primitive_desc_create": (
        (_HANDLE, c_void_p, c_int) + (c_void_p,) * 3 + (_DIMS,) * 4 + (c_void_p,) * 2
    ),
    "convolution_backward_weights_primitive_desc_create": (
        (_HANDLE, c_void_p, c_int) + (c_void_p,) * 4 + (_DIMS,) * 4 + (c_void_p,) * 2
    ),
    "matmul_primitive_desc_create": (_HANDLE,) + (c_void_p,) * 6,
    "lstm_forward_primitive_desc_create": (_HANDLE, c_void_p, c_int, c_int) + (c_void_p,) * 11 + (c_uint, c_void_p),
}


class _Version(ctypes.Structure):
    _fields_ = [(name, c_int) for name in ("major", "minor", "patch")]


class Library:
    """oneDNN with an engine and a stream for the CPU."""

    def __init__(self, path: str) -> None:
        self.openmp = _openmp()
        c = ctypes.CDLL(path)
        c.dnnl_version.restype = POINTER(_Version)
        found = c.dnnl_version().contents
        self.version = f"{found.major}.{found.minor}.{found.patch}"
        if found.major != 3:
            raise OSError(f"{path} is oneDNN {self.version}; mxnd takes version 3")
        for name, arguments in _SIGNATURES.items():
            function = getattr(c, f"dnnl_{name}")
            function.argtypes, function.restype = arguments, c_int
            setattr(self, name, function)
        self.query_md = c.dnnl_primitive_desc_query_md
        self.query_md.argtypes, self.query_md.restype = (c_void_p, c_int, c_int), c_void_p
        self.md_size = c.dnnl_memory_desc_get_size
        self.md_size.argtypes, self.md_size.restype = (c_void_p,), c_size_t
        self.md_equal = c.dnnl_memory_desc_equal
        self.md_equal.argtypes, self.md_equal.restype = (c_void_p, c_void_p), c_int
        self.engine = self.made("engine_create", 1, 0).value
        self.stream = self.made("stream_create", self.engine, 1).value
        self.attributes = self.made("primitive_attr_create").value
        demand(self.primitive_attr_set_scratchpad_mode(self.attributes, 1))  # ours, so that any thread may run it

    def made(self, name: str, *arguments: Any) -> c_void_p:
        """What a function creates."""
        out = c_void_p()
        demand(getattr(self, name)(byref(out), *arguments))
        return out

    def use_threads(self, number: int) -> int:
        """Run what this thread calls next on so many of its threads; returns how many it was."""
        before: int = self.openmp.omp_get_max_threads()
        if before != number:
            self.openmp.omp_set_num_threads(number)
        return before


def demand(status: int) -> None:
    """Raise for a status other than success."""
    if status == OUT_OF_MEMORY:
        raise MemoryError("oneDNN could not get the memory it needs")
    if status != OK:
        raise MXNetError(f"oneDNN failed with status {status}")


def _openmp() -> Any:
    """GNU's OpenMP library, which oneDNN's threads come from. It reads the environment when it is loaded."""
    ours = not os.environ.keys() & {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"}
    if ours:
        os.environ["GOMP_SPINCOUNT"] = SPINS
    try:
        return ctypes.CDLL("libgomp.so.1")
    finally:
        if ours:
            del os.environ["GOMP_SPINCOUNT"]


def _installed() -> str | None:
    """The library of the installed package."""
    from importlib import metadata  # takes longer to import than most of mxnd

    try:
        files = metadata.files(PACKAGE) or ()
    except metadata.PackageNotFoundError:
        return None
    paths = (pathlib.Path(str(file.locate())) for file in files if file.name == "libdnnl.so.3")
    return next((str(path.resolve()) for path in paths if path.exists()), None)


@functools.cache
def library() -> Library | None:
    """The library, or None where it is not installed or MXND_ONEDNN=0 says not to use it.

    MXND_ONEDNN may be the path of another one. One that does not load is left out with a warning.
    """
    wanted = os.environ.get("MXND_ONEDNN", "1")
    if wanted == "0":
        return None
    path = _installed() if wanted == "1" else wanted
    if path is None:
        return None
    try:
        return Library(path)
    except (OSError, AttributeError) as error:  # AttributeError: it has not the functions
        warnings.warn(f"mxnd goes without oneDNN, which does not load: {error}", RuntimeWarning, stacklevel=2)
        return None


class _State:
    forked = False  # GNU's threads do not survive a fork, and a child that asks for them waits for ever


def _leave() -> None:
    _State.forked = library.cache_info().currsize > 0


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave)


def usable() -> Library | None:
    """The library, where this thread may use it now: not in a forked child, nor in a job of our own threads."""
    return None if _State.forked or threads.inside() else library()


lock = threading.RLock()
"""One thread at a time: each call uses all processors, and the memory objects of a plan point to its arrays."""
