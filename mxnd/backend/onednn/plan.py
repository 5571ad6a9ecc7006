"""A primitive of oneDNN with the layouts of its arrays, made once for all calls with the same shapes."""

from __future__ import annotations

import ctypes
import functools
import math
from collections import Counter
from collections.abc import Sequence
from ctypes import byref, c_char_p, c_int, c_int64, c_void_p
from typing import Any, NamedTuple

import numpy as np

from .. import threads
from ..memory import empty
from .library import OK, UNIMPLEMENTED, Library, demand, library, lock

FLOAT, ANY = 3, 1  # dnnl_f32; dnnl_format_tag_any
IMPLEMENTATION, LAYOUT = 8, 255  # dnnl_query_t: impl_info_str, and exec_arg_md
FROM, TO, SCRATCHPAD = 1, 17, 80  # numbers of arguments
ALIGNED = 64

Dims = tuple[int, ...]


class Handle:
    """Something that oneDNN made, given back when nothing refers to it any more."""

    def __init__(self, made: c_void_p, destroy: Any) -> None:
        self.value, self._destroy = made.value, destroy

    def __del__(self) -> None:
        self._destroy(self.value)


class Port(NamedTuple):
    """An array of a primitive: its number as an argument, the layout of ours, and its place in the call of a plan."""

    argument: int
    layout: Handle
    place: int
    result: bool = False


class _Argument(ctypes.Structure):
    _fields_ = [("argument", c_int), ("memory", c_void_p)]


def own() -> Library:
    """The library, where it is known to be there."""
    found = library()
    assert found is not None
    return found


def dims(numbers: Sequence[int]) -> Any:
    return (c_int64 * len(numbers))(*numbers)


@functools.lru_cache(2048)
def layout(shape: Dims, strides: Dims) -> Handle:
    """How float32 elements lie in memory; ``strides`` in bytes."""
    steps = dims([stride // 4 for stride in strides])
    made = own().made("memory_desc_create_with_strides", len(shape), dims(shape), FLOAT, steps)
    return Handle(made, own().memory_desc_destroy)


def rows(shape: Dims) -> Handle:
    """Row by row, without gaps."""
    return layout(shape, tuple(4 * math.prod(shape[i + 1 :]) for i in range(len(shape))))


@functools.lru_cache(2048)
def any_layout(shape: Dims) -> Handle:
    """Whatever oneDNN finds best for a primitive."""
    made = own().made("memory_desc_create_with_tag", len(shape), dims(shape), FLOAT, ANY)
    return Handle(made, own().memory_desc_destroy)


def described(name: str, *arguments: Any, instead_of: str | None = None) -> Handle | None:
    """The descriptor of a primitive; None where oneDNN has none, or a slow one meant for reference.

    instead_of: The beginning of an implementation's name that is left out where the next is made for these arrays.
    """
    lib, made = own(), c_void_p()
    given = [a.value if isinstance(a, Handle) else a for a in arguments]
    status = getattr(lib, f"{name}_primitive_desc_create")(byref(made), lib.engine, *given, lib.attributes)
    if status == UNIMPLEMENTED:
        return None
    demand(status)
    found = Handle(made, lib.primitive_desc_destroy)
    if instead_of and _implementation(found).startswith(instead_of):
        next_one = lib.primitive_desc_next_impl(found.value) == OK and _implementation(found).startswith("jit")
        return found if next_one else described(name, *arguments)
    return None if _implementation(found).startswith("ref") else found


def _implementation(descriptor: Handle) -> str:
    text = c_char_p()
    demand(own().primitive_desc_query(descriptor.value, IMPLEMENTATION, 0, byref(text)))
    return (text.value or b"ref").decode()


def reorder(source: Any, target: Any) -> Handle:
    """The descriptor of a copy from one layout to another."""
    lib = own()
    made = lib.made("reorder_primitive_desc_create", source, lib.engine, target, lib.engine, lib.attributes)
    return Handle(made, lib.primitive_desc_destroy)


class Plan:
    """Primitives one after the other, on our arrays, laid as their ports say.

    Where a primitive wants another layout an array is copied into scratch memory of that layout, or out of it. An array
    that several take is copied once; other scratch memory is used again by the next primitive.
    """

    def __init__(self, *uses: tuple[Handle, Sequence[Port]]) -> None:
        self._lib = own()
        self._kept: list[Any] = []  # what the steps point to
        self._scratch: list[tuple[Any, int]] = []  # memory objects, and where in the scratch memory they begin
        self._size = self._end = floor = ALIGNED
        self._ours: dict[int, Any] = {}  # by place
        self._starts: list[int] = []  # of the arrays and the scratch memory of the last call
        self._steps: list[tuple[Any, ...]] = []
        times = Counter([port.place for _, ports in uses for port in ports])
        copies: dict[int, tuple[Any, Any]] = {}  # of what several take: layouts, and memory
        for descriptor, ports in uses:
            self._end, behind, arguments = floor, [], {}
            for port in sorted(ports, key=lambda port: times[port.place] == 1):
                ours, wanted = port.layout.value, self._lib.query_md(descriptor.value, LAYOUT, port.argument)
                if port.place not in self._ours:
                    self._ours[port.place] = self._memory(ours)
                memory = arguments[port.argument] = self._ours[port.place]
                if self._lib.md_equal(ours, wanted):
                    continue
                before, copy = copies.get(port.place, (None, None))
                if before and self._lib.md_equal(before, wanted):
                    arguments[port.argument] = copy
                    continue
                copy = arguments[port.argument] = self._memory(wanted, scratch=True)
                if port.result:
                    behind.append((reorder(wanted, ours), {FROM: copy, TO: memory}))
                else:
                    self._step(reorder(ours, wanted), {FROM: memory, TO: copy})
                if times[port.place] > 1:
                    copies[port.place] = wanted, copy
                    floor = self._end
            for step in ((descriptor, arguments), *behind):
                self._step(*step)

    def _memory(self, wanted: Any, scratch: bool = False) -> Any:
        """A memory object of a layout, for one of our arrays or in scratch memory."""
        made = Handle(self._lib.made("memory_create", wanted, self._lib.engine, None), self._lib.memory_destroy)
        self._kept.append(made)
        if scratch:
            self._scratch.append((made.value, self._end))
            self._end += -(-self._lib.md_size(wanted) // ALIGNED) * ALIGNED
            self._size = max(self._size, self._end)
        return made.value

    def _step(self, descriptor: Handle, arguments: dict[int, Any]) -> None:
        """Execute a primitive then."""
        own_scratch = self._lib.query_md(descriptor.value, LAYOUT, SCRATCHPAD)
        if self._lib.md_size(own_scratch):
            arguments = {**arguments, SCRATCHPAD: self._memory(own_scratch, scratch=True)}
        primitive = Handle(self._lib.made("primitive_create", descriptor.value), self._lib.primitive_destroy)
        listed = (_Argument * len(arguments))(*arguments.items())
        self._kept += primitive, listed
        self._steps.append((primitive.value, self._lib.stream, len(listed), ctypes.cast(listed, c_void_p)))

    def __call__(self, *arrays: Any, most: int = 1 << 30) -> None:
        """Run them on no more than ``most`` threads; the arrays come in the order of their places."""
        execute = self._lib.primitive_execute
        starts = [array.__array_interface__["data"][0] for array in arrays]
        if self._scratch:
            buffer = empty((self._size,), np.uint8)
            starts.append(-(-buffer.__array_interface__["data"][0] // ALIGNED) * ALIGNED - ALIGNED)
        with lock:
            if starts != self._starts:
                self._put(starts)
            before = self._lib.use_threads(min(most, threads.count()))
            try:
                for step in self._steps:
                    demand(execute(*step))
            finally:
                self._lib.use_threads(before)
        if most > 1:
            threads.worked()

    def _put(self, starts: list[int]) -> None:
        """Let the memory objects be the memory that begins there."""
        put = self._lib.memory_set_data_handle
        for place, memory in self._ours.items():
            put(memory, starts[place])
        for memory, offset in self._scratch:
            put(memory, starts[-1] + offset)
        self._starts = starts
