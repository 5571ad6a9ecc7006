"""F on a CUDA device: the words on CuPy arrays, and the F that makes one kernel of a body's pointwise words."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...core.errors import ArgumentError, MXNetError
from ...core.formula import Rule
from ...core.language import WORDS
from ...core.state import Modes
from .. import device
from ..deferred import UNDERIVED, Deferred, install
from ..device import cp
from ..host import Host
from ..pending import apply, raw
from . import (
    blend,
    boxes,
    contrib,
    convolution,
    fused,
    gather,
    image,
    lapack,
    layout,
    multibox,
    norms,
    ordering,
    pooling,
    products,
    proposal,
    recurrent,
    recurrent_gradient,
    roi,
)
from .copies import filled, overlap, uploaded
from .generator import Generator
from .kernels import c_type, elementwise

THEMES = (
    blend, boxes, contrib, convolution, gather, image, lapack, layout, multibox, norms, ordering, pooling, products,
    proposal, recurrent, recurrent_gradient, roi,
)  # fmt: skip
"""Where the words are: each is the function of its name."""
LIBRARIES = contrib, convolution, lapack, products, recurrent, recurrent_gradient  # who needs more of CUDA than kernels

QUOTIENT = elementwise("T a, T b", "T y", "y = a / b", "int_divide")


class Device(Modes):
    """The words on the arrays of one CUDA device, with its random generator."""

    fuses = True

    def __init__(self, number: int) -> None:
        device.existing(number)
        self.number = number
        self.ndarray = cp.ndarray
        self.random = Generator(device_id=number)
        self.wide = Fusing(self)
        self.alone = device.count() == 1

    def here(self) -> Any:
        """``with F.here():`` makes the device CuPy's current one."""
        return contextlib.nullcontext() if self.alone else cp.cuda.Device(self.number)

    def apply(self, rule: Any, args: tuple[Any, ...]) -> Any:
        return self.wide.run(rule, args)

    def pull(self, pull: Any, args: list[Any], wanted: Sequence[Any], shapes: Any) -> Any:
        return pull(self, *args)

    def empty(self, shape: Any, dtype: Any) -> Any:
        return cp.empty(shape, dtype)

    def shared(self, a: Any, b: Any) -> str:
        """Do two arrays share memory: "wholly", element by element, "partly", or "" for not."""
        if a is b or (a.data.ptr == b.data.ptr and a.shape == b.shape and a.strides == b.strides):
            return "wholly"
        return "partly" if overlap(a, b) else ""

    def store(self, target: Any, key: Any, value: Any) -> None:
        """``target[key] = value``."""
        gather.store(target, key, value)

    def new(self, x: Any, dtype: Any) -> Any:
        """A contiguous copy in a dtype."""
        return cp.array(x, dtype, order="C")

    def accumulate(self, target: Any, x: Any) -> None:
        """``target += x``."""
        target += x

    def release(self) -> None:
        """Give memory held for reuse back to the device."""
        cp.get_default_memory_pool().free_all_blocks()

    def zeros(self, shape: Any, dtype: Any = np.float32) -> Any:
        return cp.zeros(shape, dtype)

    def ones(self, shape: Any, dtype: Any = np.float32) -> Any:
        return cp.ones(shape, dtype)

    def full(self, shape: Any, value: Any, dtype: Any = None) -> Any:
        return filled(shape, value, dtype)

    def arange(self, *given: Any, **options: Any) -> Any:
        return cp.arange(*given, **options)

    def asarray(self, value: Any, dtype: Any = None) -> Any:
        return cp.asarray(value, dtype)

    def int_divide(self, a: Any, b: Any) -> Any:
        """C's integer division; dividing by zero is an error, and looking for zeros waits for the device."""
        if cp.any(b == 0) if isinstance(b, cp.ndarray) else b == 0:
            raise ArgumentError("integer division by zero")
        return QUOTIENT(a, b)

    def unique_zipfian(self, most: int, shape: tuple[int, int]) -> Any:
        return contrib.unique_zipfian(self.random, most, shape)

    def to_host(self, x: Any) -> np.ndarray:
        """A NumPy copy."""
        return x.get()

    def from_host(self, x: Any) -> Any:
        """A NumPy array, or one of another device, copied here."""
        c_type(x.dtype)
        return x.copy() if isinstance(x, cp.ndarray) else uploaded(x)

    def synchronize(self) -> None:
        """Wait until everything is computed."""
        with self.here():
            cp.cuda.runtime.deviceSynchronize()


class Fusing(Deferred, Device):
    """The words on Pendings: what is pointwise becomes one kernel."""

    values, pulls = norms.VALUES, norms.PULLS
    together = 12  # more results in one kernel need more registers and parameters than there are

    def __init__(self, words: Device) -> None:
        super().__init__(words)
        self.ndarray = words.ndarray

    def apply(self, rule: Rule, args: tuple[Any, ...]) -> Any:
        """A pointwise rule is put off as a whole: alone, it needs no tracing when it comes again."""
        return apply(self, rule, _on_host(rule), args) if rule.pointwise else super().apply(rule, args)

    def ready(self, code: Any, arrays: Sequence[Any], numbers: Any, dtype: Any) -> tuple[Any, Any]:
        kernel = fused.kernel(code, [a.dtype for a in arrays], numbers, [dtype])
        return kernel, kernel.given(numbers)

    def launch(self, kernel: Any, arrays: Sequence[Any], numbers: Any, target: Any) -> None:
        with self.words.here():
            kernel.launch(arrays, numbers, [target])

    def is_small(self, shape: tuple[int, ...]) -> bool:
        return False

    def empty(self, shape: Any, dtype: Any) -> Any:
        with self.words.here():
            try:
                return cp.empty(shape, dtype)
            except (TypeError, ValueError):
                c_type(dtype)  # says so where a GPU has no such arrays
                raise

    def evaluate(self, code: Any, arrays: Sequence[Any], numbers: Sequence[Any], outs: Sequence[Any]) -> None:
        """Compute expressions into arrays."""
        with self.words.here():
            fused.evaluate(code, arrays, numbers, outs)

    def reduce(self, name: str, *given: Any) -> Any:
        """A reduction of an expression that itself is never a whole array."""
        with self.words.here():
            return fused.reduce(name, *given)

    def by_kernel(self, table: dict[str, Any], name: str | None, args: Sequence[Any]) -> Any:
        with self.words.here():
            return super().by_kernel(table, name, args)


class OnDevice:
    """An object whose methods run with a device as CuPy's current one."""

    def __init__(self, inner: Any, here: Callable[[], Any]) -> None:
        self._inner, self._here = inner, here

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if isinstance(found, type) or not callable(found):
            return found

        def method(*args: Any, **options: Any) -> Any:
            with self._here():
                return found(*args, **options)

        return method


def open_device(number: int) -> Device:
    """The words on the CUDA device of that number; a clear error when there is none."""
    words: Any = Device(number)
    if not words.alone:  # with one device there is nothing to choose
        words.random = words.wide.random = OnDevice(words.random, words.here)
        words.wide.words = outer = OnDevice(words, words.here)
        return outer  # type: ignore[return-value]
    return words  # type: ignore[no-any-return]


_HOST = Host()


@functools.cache
def _on_host(rule: Rule) -> Callable[..., Any]:
    """A rule's value as a function of NumPy arrays."""
    return functools.partial(rule.value, _HOST)


def _at_once(name: str) -> Callable[..., Any]:
    """A pointwise word on arrays: a kernel of its own."""

    def word(self: Device, *args: Any) -> Any:
        return raw(getattr(self.wide, name)(*args))

    return word


def _missing(name: str) -> Callable[..., Any]:
    def word(self: Device, *args: Any, **options: Any) -> Any:
        raise MXNetError(f"{name} has no GPU form; copy the inputs with as_in_context(mx.cpu())")

    return word


MISSING: list[str] = []
"""The words without a GPU form."""


def _install() -> None:
    for name in vars(Host):
        if name.startswith("_") or name in vars(Device) or name in ("ndarray", "training", "strict", "random"):
            continue
        rule = WORDS.get(name)
        found = [(theme, getattr(theme, name)) for theme in THEMES if hasattr(theme, name)]
        if found:
            theme, word = found[0]
            setattr(Device, name, staticmethod(device.complete(word) if theme in LIBRARIES else word))
        elif (rule is not None and rule.pointwise) or name in UNDERIVED:
            setattr(Device, name, _at_once(name))
        else:
            MISSING.append(name)
            setattr(Device, name, _missing(name))
    install(Fusing, Device)


_install()
