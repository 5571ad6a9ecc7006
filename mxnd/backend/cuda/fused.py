"""Kernels made of expressions: all pointwise words of an operator's body in one launch.

Contiguous arrays of one shape go to a flat kernel that moves 16 bytes of the widest of them at a time; anything else to
an ``ElementwiseKernel``, which knows strides and broadcasting. Reductions of expressions are ``ReductionKernel``\\ s.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from ...core.errors import ArgumentError
from ..device import cp
from .expression import Text, kind_of, parameter, text
from .kernels import INFINITE, THREADS, Kernel, Raw, c_type, elementwise, reduction, work_type
from .special import FUNCTIONS

PACK = 16  # bytes that a thread reads or writes at once

FLAT = """
{{
    const long long first = (blockIdx.x * (long long)blockDim.x + threadIdx.x) * {width};
    if (first >= n) return;
    if (first + {width} <= n) {{
{loads}
        #pragma unroll
        for (int k = 0; k < {width}; ++k) {{
{picks}
{lines}
{packs}
        }}
{stores}
    }} else for (long long i = first; i < n; ++i) {{
{singles}
{lines}
{ends}
    }}
}}
"""
HEAD = "template <class T> struct alignas(sizeof(T) * {width}) mxnd_pack {{ T v[{width}]; }};\n"


class Fused:
    """The kernels of some expressions over arrays of ``dtypes`` and numbers of ``kinds``, into arrays of ``outs``."""

    def __init__(self, code: Any, dtypes: Sequence[Any], kinds: Sequence[Any], outs: Sequence[Any]) -> None:
        self.text: Text = text(code, dtypes, kinds)
        self.types, self.outs = [c_type(d) for d in dtypes], [c_type(d) for d in outs]
        self.inputs = [f"{np.dtype(d).name} a{i}" for i, d in enumerate(dtypes)]
        self.numbers = [f"{parameter(kind)} n{i}" for i, kind in enumerate(kinds)]
        self.outputs = [f"{np.dtype(d).name} b{i}" for i, d in enumerate(outs)]
        self.reads = [f"const {work_type(d)} x{i} = " for i, d in enumerate(dtypes)]
        self.makes = [np.dtype(parameter(kind)).type for kind in kinds]
        self.dtypes = [np.dtype(d) for d in (*dtypes, *outs)]

    def given(self, numbers: Sequence[Any]) -> list[Any]:
        """Numbers as the kernels take them."""
        return [make(number) for make, number in zip(self.makes, numbers)]

    def launch(self, arrays: Sequence[Any], given: Sequence[Any], outs: Sequence[Any]) -> None:
        """Compute all results; numbers as ``given`` made them."""
        shape = outs[0].shape
        whole = [*arrays, *outs]
        if any(a.shape != shape or not a.flags.c_contiguous or a.data.ptr % PACK for a in whole):
            self.strided(*arrays, *given, *outs)
            return
        n = outs[0].size
        blocks = -(-n // (self.width * THREADS))
        self.flat((blocks,), (THREADS,), (*arrays, *given, *outs, np.int64(n)))

    @cached_property
    def strided(self) -> Kernel:
        """For arrays of any strides, which broadcast."""
        lines = [f"{read}a{i};" for i, read in enumerate(self.reads)] + self.text.lines
        lines += [f"b{i} = ({c}){r};" for i, (c, r) in enumerate(zip(self.outs, self.text.results))]
        return elementwise(
            ", ".join([*self.inputs, *self.numbers]), ", ".join(self.outputs), "\n".join(lines), self.text.name,
            self.text.helpers,
        )  # fmt: skip

    @cached_property
    def width(self) -> int:
        """How many elements the flat kernel treats at once."""
        return PACK // max(d.itemsize for d in self.dtypes)

    @cached_property
    def flat(self) -> Raw:
        """For contiguous arrays of one shape."""
        ins = range(len(self.types))
        outs = range(len(self.outs))
        arguments = [f"const {c}* a{i}" for i, c in enumerate(self.types)]
        arguments += [f"const {c_type(p.split()[0])} {p.split()[1]}" for p in self.numbers]
        arguments += [f"{c}* b{i}" for i, c in enumerate(self.outs)]
        inner, outer = " " * 12, " " * 8
        body = FLAT.format(
            width=self.width,
            loads=_lines(outer, [_load(c, i) for i, c in enumerate(self.types)] + [
                f"mxnd_pack<{c}> q{i};" for i, c in enumerate(self.outs)]),
            picks=_lines(inner, [f"{self.reads[i]}p{i}.v[k];" for i in ins]),
            lines=_lines(inner, self.text.lines),
            packs=_lines(inner, [f"q{i}.v[k] = ({self.outs[i]}){self.text.results[i]};" for i in outs]),
            stores=_lines(outer, [f"*(mxnd_pack<{self.outs[i]}>*)(b{i} + first) = q{i};" for i in outs]),
            singles=_lines(inner, [f"{self.reads[i]}a{i}[i];" for i in ins]),
            ends=_lines(inner, [f"b{i}[i] = ({self.outs[i]}){self.text.results[i]};" for i in outs]),
        )  # fmt: skip
        code = f"({', '.join([*arguments, 'const long long n'])}){body}"
        return Raw(f"{self.text.name}_flat", code, self.text.helpers + HEAD.format(width=self.width))


def _lines(indent: str, lines: Sequence[str]) -> str:
    return "\n".join(indent + line for line in lines)


def _load(c: str, i: int) -> str:
    return f"const mxnd_pack<{c}> p{i} = *(const mxnd_pack<{c}>*)(a{i} + first);"


BUSY = 1 << 15  # results that keep a GPU busy
ALONE = 1 << 15  # elements to one result from which a block of threads takes longer than another kernel to start
LEAST = 1 << 11  # elements that a part has at least
PAIRS = {"sum": "a + b", "prod": "a * b", "max": "mxnd_max(a, b)", "min": "mxnd_min(a, b)"}
NEUTRAL = {"sum": "0", "prod": "1"}  # what those start with that an array of no elements has


def _identity(name: str, dtype: Any) -> str:
    """What a reduction starts with."""
    if name in NEUTRAL:
        return NEUTRAL[name]
    if dtype.kind == "f":
        return "-INFINITY" if name == "max" else "INFINITY"
    if dtype.kind == "b":
        return "false" if name == "max" else "true"
    info = np.iinfo(dtype)
    if name == "max":
        return f"({info.min + 1} - 1)" if info.min else "0"
    return f"{info.max}{'LL' if dtype.itemsize == 8 else ''}"


_fused: dict[Any, Fused] = {}
_reductions: dict[Any, tuple[Fused, Kernel]] = {}


def kernel(code: Any, dtypes: Sequence[Any], numbers: Sequence[Any], outs: Sequence[Any]) -> Fused:
    """The kernels of linear expressions (see pending.py) over arrays of ``dtypes``, into arrays of ``outs``."""
    kinds = [kind_of(n) for n in numbers]
    key = (code, *dtypes, None, *kinds, None, *outs)
    found = _fused.get(key)
    if found is None:
        if len(_fused) > 4096:
            _fused.clear()
        found = _fused[key] = Fused(code, dtypes, kinds, outs)
    return found


def evaluate(code: Any, arrays: Sequence[Any], numbers: Sequence[Any], outs: Sequence[Any]) -> None:
    """Compute linear expressions into arrays, in one launch."""
    found = kernel(code, [a.dtype for a in arrays], numbers, [a.dtype for a in outs])
    found.launch(arrays, found.given(numbers), outs)


def reduce(
    name: str, code: Any, arrays: Sequence[Any], numbers: Sequence[Any], shape: tuple[int, ...], dtype: Any,
    axes: tuple[int, ...],
) -> Any:  # fmt: skip
    """A reduction of one linear expression of a shape and dtype; its axes stay, with size 1."""
    if name not in NEUTRAL and any(shape[a] == 0 for a in axes):
        raise ArgumentError(f"{name} of no elements")
    dtype = np.dtype(dtype)
    axis, parts = _parts(shape, axes)
    if parts > 1:
        return _in_two(name, code, arrays, numbers, shape, dtype, axes, axis, parts)
    kernel, given = _kernel_for(name, code, arrays, numbers, dtype, dtype)
    return kernel(*arrays, *given, axis=axes, keepdims=True)


def _parts(shape: tuple[int, ...], axes: tuple[int, ...]) -> tuple[int, int]:
    """Which axis to cut, in how many parts, so that a reduction to few elements keeps a GPU busy; 1: as it is."""
    reduced = math.prod([shape[a] for a in axes])
    if reduced < ALONE or not axes:
        return 0, 1
    axis = max(axes, key=lambda a: shape[a])
    wanted = min(BUSY * reduced // max(1, math.prod(shape)), reduced // LEAST, shape[axis])
    return axis, _even(shape[axis], max(1, wanted))


@lru_cache(4096)
def _even(n: int, parts: int) -> int:
    """So many parts, or up to four times fewer where all are equal then: a rest takes a kernel of its own."""
    return next((p for p in range(parts, parts // 4, -1) if n % p == 0), parts)


def _in_two(
    name: str, code: Any, arrays: Sequence[Any], numbers: Sequence[Any], shape: tuple[int, ...], dtype: Any,
    axes: tuple[int, ...], axis: int, parts: int,
) -> Any:  # fmt: skip
    """The reduction of each part of an axis, then of these: CuPy has a block of threads for each result at most."""
    work = np.dtype(np.float32) if dtype == np.float16 else dtype
    kernel, given = _kernel_for(name, code, arrays, numbers, dtype, work)
    arrays = [cp.broadcast_to(a, shape) for a in arrays]
    each, rest = divmod(shape[axis], parts)
    left = [n for i, n in enumerate(shape) if i not in axes]
    place = sum(i not in axes for i in range(axis))
    found = cp.empty((*left[:place], parts + bool(rest), *left[place:]), work)
    lead, before = (slice(None),) * axis, (slice(None),) * place
    cut = [a[(*lead, slice(0, parts * each))].reshape(*shape[:axis], parts, each, *shape[axis + 1 :]) for a in arrays]
    kernel(*cut, *given, axis=tuple([a + (a >= axis) for a in axes]), out=found[(*before, slice(0, parts))])
    if rest:
        last = [a[(*lead, slice(parts * each, None))] for a in arrays]
        kernel(*last, *given, axis=axes, out=found[(*before, parts)])
    kernel, given = _kernel_for(name, ((), (-1,)), [found], [], work, dtype)
    return kernel(found, axis=place).reshape([1 if i in axes else n for i, n in enumerate(shape)])


def _kernel_for(
    name: str, code: Any, arrays: Sequence[Any], numbers: Sequence[Any], dtype: Any, out: Any
) -> tuple[Kernel, list[Any]]:
    """The kernel that reduces an expression of a dtype to another one, and its numbers."""
    key = (name, code, *[a.dtype for a in arrays], None, *map(kind_of, numbers), out)
    found = _reductions.get(key)
    if found is None:
        if len(_reductions) > 4096:
            _reductions.clear()
        fused = Fused(code, [a.dtype for a in arrays], [kind_of(n) for n in numbers], [dtype])
        found = _reductions[key] = (fused, _reduction(name, fused, dtype, out))
    fused, kernel = found
    return kernel, fused.given(numbers)


def _reduction(name: str, fused: Fused, dtype: Any, out: Any) -> Kernel:
    """``mxnd_each`` computes the expression for one element."""
    work = work_type(dtype)
    arguments = [f"{c} a{i}" for i, c in enumerate(fused.types)]
    arguments += [f"{c_type(p.split()[0])} {p.split()[1]}" for p in fused.numbers]
    lines = [f"{read}a{i};" for i, read in enumerate(fused.reads)] + fused.text.lines
    body = _lines("    ", [*lines, f"return {fused.text.results[0]};"])
    each = f"__device__ inline {work} mxnd_each({', '.join(arguments)}) {{\n{body}\n}}\n"
    pair = FUNCTIONS.get(f"mxnd_{name}", "")
    helpers = fused.text.helpers.replace(pair, "") + INFINITE + pair + each
    inputs = [*fused.inputs, *fused.numbers]
    return reduction(
        ", ".join(inputs), f"{out.name} y", f"mxnd_each({', '.join([p.split()[1] for p in inputs])})", PAIRS[name],
        f"y = ({c_type(out)})a", _identity(name, dtype), f"{name}_{fused.text.name}", helpers, reduce_type=work,
    )  # fmt: skip
