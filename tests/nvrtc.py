"""CUDA kernels through NVRTC, with neither a GPU nor a driver: CuPy's own code writes each program, and what CuPy would
hand to the compiler is caught there and compiled, many kernels a program.

``standin.Compiled`` records how a kernel was made and called; the stand-in for CuPy logs them. An argument is ``(dtype,
number of axes or None for a number, is it C-contiguous)``; outputs may be left out. A reduction of one array into one
is compiled in CuPy's forms with CUB too, which CuPy picks by size.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from standin import Compiled

BATCH = 20  # kernels a program: reading CuPy's headers takes as long as five kernels
BLOCK = 512  # threads in a block of a reduction, as CuPy has them
NDARRAY, INDEXER, SCALAR, POINTER = 1, 2, 3, 4  # CuPy's kinds of arguments
Argument = tuple[str, int | None, bool]


class Program(NamedTuple):
    """What CuPy would compile: the kernel's name, the text and the compiler's options."""

    name: str
    text: str
    options: tuple[str, ...]


class _Caught(Exception):
    """Raised in the place of CuPy's compiler; its arguments are the text and the options."""


@cache
def missing() -> str:
    """Why nothing can be compiled here; empty if it can."""
    try:
        import cupy
        from cupy._core import core
        from cupy_backends.cuda.libs import nvrtc
    except ImportError as error:
        return f"CuPy is not installed ({error})"
    if not hasattr(cupy, "_core"):
        return "the module cupy is not CuPy"
    try:
        nvrtc.getVersion()
        core.assemble_cupy_compiler_options(())
    except Exception as error:
        return (
            f"the wheels nvidia-cuda-nvrtc and nvidia-cuda-runtime are not installed ({type(error).__name__}: {error})"
        )
    return ""


def _caught(call: Callable[..., Any], *args: Any, **options: Any) -> tuple[str, tuple[str, ...]]:
    """The text and the options that a call of CuPy would compile."""
    from cupy.cuda import compiler

    def catch(source: str, options: tuple[str, ...] = (), *rest: Any, **more: Any) -> Any:
        raise _Caught(source, (*options, "-ftz=true"))  # CuPy adds this below here, to every kernel

    original, compiler._compile_module_with_cache = compiler._compile_module_with_cache, catch
    try:
        call(*args, **options)
    except _Caught as found:
        return found.args[0], found.args[1]
    finally:
        compiler._compile_module_with_cache = original
    raise AssertionError("CuPy compiled nothing")


def _argument(kind: int, dtype: Any = None, ndim: int = 0, contiguous: bool = True) -> Any:
    import cupy
    from cupy._core import _carray, _kernel, _scalar
    from cupy.cuda import memory

    types = {NDARRAY: cupy.ndarray, INDEXER: _carray.Indexer, SCALAR: _scalar.CScalar, POINTER: memory.MemoryPointer}
    return _kernel._ArgInfo(kind, types[kind], None if dtype is None else np.dtype(dtype), ndim, contiguous, True)


def _arguments(params: Sequence[Any], args: Sequence[Argument], types: Sequence[Any]) -> list[Any]:
    """CuPy's descriptions; arrays that are all contiguous become flat, as CuPy's call makes them."""
    mapped = [a for p, a in zip(params, args) if a[1] is not None and not p.raw]
    axes = _axes(params, args)
    flat = all(contiguous and ndim == axes for _, ndim, contiguous in mapped)
    found = []
    for p, (_, ndim, contiguous), dtype in zip(params, args, types):
        if ndim is None:
            found.append(_argument(SCALAR, dtype))
        elif p.raw:
            found.append(_argument(NDARRAY, dtype, ndim, contiguous))
        else:
            found.append(
                _argument(NDARRAY, dtype, min(axes, 1) if flat else axes, flat or (contiguous and ndim == axes))
            )
    return found


def _axes(params: Sequence[Any], args: Sequence[Argument]) -> int:
    """Of the arrays that are mapped over; 1 where there are none."""
    return max((ndim for p, (_, ndim, _) in zip(params, args) if ndim is not None and not p.raw), default=1)


def _indexer(params: Sequence[Any], args: Sequence[Any]) -> Any:
    found = [a.ndim for p, a in zip(params, args) if a.arg_kind == NDARRAY and not p.raw]
    return _argument(INDEXER, None, max(found, default=1))


def _dtypes(args: Iterable[Argument]) -> tuple[Any, ...]:
    return tuple(None if ndim is None else np.dtype(dtype) for dtype, ndim, _ in args)


def _elementwise(record: Compiled) -> Iterator[Program]:
    import cupy
    from cupy._core import _kernel

    kernel = cupy.ElementwiseKernel(**record.given)
    inputs, outputs = record.arguments[: kernel.nin], record.arguments[kernel.nin :]
    in_types, out_types, types = kernel._decide_params_type(_dtypes(inputs), _dtypes(outputs))
    outputs = outputs or tuple((str(dtype), _axes(kernel.in_params, inputs), True) for dtype in out_types)
    args = _arguments(kernel.params, (*inputs, *outputs), (*in_types, *out_types))
    text, options = _caught(
        _kernel._get_elementwise_kernel.__wrapped__,
        (*args, _indexer(kernel.params, args)), types, kernel.params, kernel.operation, kernel.name, kernel.preamble,
        **kernel.kwargs,
    )  # fmt: skip
    yield Program(kernel.name, text, options)


def _reduction(record: Compiled) -> Iterator[Program]:
    import cupy
    from cupy._core import _kernel, _reduction

    kernel = cupy.ReductionKernel(**record.given)
    inputs, outputs = record.arguments[: kernel.nin], record.arguments[kernel.nin :]
    in_types, out_types, types = _kernel._decide_params_type(
        kernel.in_params, kernel.out_params, _dtypes(inputs), _dtypes(outputs)
    )
    outputs = outputs or tuple((str(dtype), 1, True) for dtype in out_types)
    ins, outs = _arguments(kernel.in_params, inputs, in_types), _arguments(kernel.out_params, outputs, out_types)
    types = _kernel._TypeMap((*types._pairs, ("IndexT", "int32")))
    rest = _indexer(kernel.in_params, ins), _indexer(kernel.out_params, outs), _argument(SCALAR, "int32")
    text, options = _caught(
        _reduction._ReductionKernel_get_cached_function.__wrapped__,
        kernel.nin, kernel.nout, kernel._params, (*ins, *outs, *rest), types, kernel.name, BLOCK, kernel.reduce_type,
        kernel.identity, kernel.map_expr, kernel.reduce_expr, kernel.post_map_expr, kernel.preamble, kernel.options,
    )  # fmt: skip
    yield Program(kernel.name, text, options)
    if kernel.nin == kernel.nout == 1 and inputs[0][1] is not None:
        yield from _with_cub(kernel, [*ins, *outs], types, in_types[0], out_types[0])


def _with_cub(kernel: Any, args: list[Any], types: Any, in_type: Any, out_type: Any) -> Iterator[Program]:
    """The forms with CUB: one pass over rows; two passes over all. CuPy puts its names for a kernel's own in."""
    from cupy._core import _cub_reduction, _kernel

    each, after = kernel.map_expr, kernel.post_map_expr
    types = _kernel._TypeMap((*types._pairs, ("sizeT", "int32")))
    params = kernel._params[:2]
    if (params[0].name, params[1].name) != ("in0", "out0"):
        each, after = each.replace(params[0].name, "in0"), after.replace(params[1].name, "out0")
        params = (*_kernel._get_param_info("T in0", True), *_kernel._get_param_info("T out0", False))
        types = _kernel._TypeMap((*types._pairs, ("type_in0_raw", in_type), ("type_out0_raw", out_type)))
    params += _kernel._get_param_info("int32 _segment_size, int32 _array_size", True)
    sizes, between = (_argument(SCALAR, "int32"), _argument(SCALAR, "int32")), _argument(POINTER)
    passes = {
        "": (each, after, (args[0], args[1])),
        PASSES[0]: (each, after, (args[0], between)),
        PASSES[1]: ("in0", after, (between, args[1])),
    }
    for which, (map_expr, post_map_expr, ends) in passes.items():
        text, options = _caught(
            _cub_reduction._SimpleCubReductionKernel_get_cached_function.__wrapped__,
            map_expr, kernel.reduce_expr, post_map_expr, kernel.reduce_type, params, (*ends, *sizes), types,
            kernel.name, BLOCK, kernel.identity, kernel.preamble, (f"-D{which}=1",) if which else (), 4,
        )  # fmt: skip
        yield Program(kernel.name, text, options)


def _raw(record: Compiled) -> Iterator[Program]:
    from cupy._core import core

    given = record.given
    text, options = _caught(core.compile_with_cache, given["code"], tuple(given.get("options", ())), None, None, False)
    yield Program(record.name, text, options)


KINDS = {"ElementwiseKernel": _elementwise, "ReductionKernel": _reduction, "RawKernel": _raw}


def programs(record: Compiled) -> list[Program]:
    """What CuPy would compile for a call."""
    return list(KINDS[record.kind](record))


def compiled(text: str, options: tuple[str, ...], arch: str) -> str:
    """Compile a program for a compute capability ("90"), down to machine code; the compiler's words if it fails."""
    from cupy_backends.cuda.libs import nvrtc

    program = nvrtc.createProgram(text, "kernel.cu", (), ())
    try:
        nvrtc.compileProgram(program, (*options, f"-arch=sm_{arch}", "--device-as-default-execution-space"))
    except nvrtc.NVRTCError as error:
        return nvrtc.getProgramLog(program) or str(error)
    finally:
        nvrtc.destroyProgram(program)
    return ""


def assembly(program: Program) -> str:
    """The PTX of a program, NVIDIA's portable assembly."""
    from cupy_backends.cuda.libs import nvrtc

    handle = nvrtc.createProgram(program.text, "kernel.cu", (), ())
    try:
        nvrtc.compileProgram(handle, (*program.options, "-arch=compute_90"))
        ptx: bytes | str = nvrtc.getPTX(handle)
    finally:
        nvrtc.destroyProgram(handle)
    return ptx.decode() if isinstance(ptx, bytes) else ptx


def joined(batch: Sequence[Program]) -> str:
    """Kernels in one program, each in a namespace with a name of its own, after what all of them include."""
    parts = list(_included(batch[0].text))
    for number, each in enumerate(batch):
        body = re.sub(rf"\b{each.name}\b", f"{each.name}_{number}", INCLUDE.sub("", each.text))
        passes = [f"#define {which} 1" for which in PASSES if f"-D{which}=1" in each.options]
        body = "\n".join([*passes, f"namespace kernel_{number} {{", body, "}"])
        parts += [
            body,
            *(f"#undef {name}" for name in dict.fromkeys(re.findall(r"^\s*#\s*define\s+(\w+)", body, re.M))),
        ]
    return "\n".join(parts)


PASSES = ("FIRST_PASS", "SECOND_PASS")  # CuPy's names for the forms of a reduction with CUB
INCLUDE = re.compile(r"^[ \t]*#\s*include\b.*$", re.M)


def _included(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.strip() for line in INCLUDE.findall(text)))


def _common(program: Program) -> tuple[str, ...]:
    """The options that kernels of one program have in common."""
    return tuple(o for o in program.options if o not in {f"-D{which}=1" for which in PASSES})


def _batches(found: Iterable[Program]) -> Iterator[list[Program]]:
    """Kernels that include the same and are compiled alike, some together."""
    alike: dict[Any, list[Program]] = {}
    for program in found:
        alike.setdefault((_included(program.text), _common(program)), []).append(program)
    for group in alike.values():
        yield from (group[i : i + BATCH] for i in range(0, len(group), BATCH))


def _failures(batch: list[Program], arch: str) -> list[str]:
    if not compiled(joined(batch), _common(batch[0]), arch):
        return []
    said = [(program, compiled(program.text, program.options, arch)) for program in batch]  # each as CuPy has it
    return [f"{program.name} for sm_{arch}:\n{words}" for program, words in said if words]


def _called(record: Compiled) -> Any:
    """What the text of a kernel of ours depends on: how it was made, and the types of its arguments."""
    return record.kind, repr(record.given), tuple((dtype, ndim is None) for dtype, ndim, _ in record.arguments)


def compile_all(records: Iterable[Compiled], archs: Sequence[str] = ("80", "90")) -> list[str]:
    """Compile the kernels of all records for compute capabilities, each once for the types it is called with.

    (Of calls that differ in numbers of axes and strides alone the first stands for all: those are CuPy's concern.)
    Returns a text for each that fails: its name, the capability, what the compiler says and about which line. A call
    that CuPy does not take is such a failure too.
    """
    failures: list[str] = []
    found: dict[Program, None] = {}
    for record in {_called(record): record for record in reversed(list(records))}.values():
        try:
            found.update(dict.fromkeys(programs(record)))
        except Exception as error:
            failures.append(f"{record.name}: CuPy raises {type(error).__name__}: {error} for {record.arguments}")
    work = [(batch, arch) for arch in archs for batch in _batches(found)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # NVRTC compiles outside the interpreter's lock
        for some in pool.map(lambda each: _failures(*each), work):
            failures += some
    return failures
