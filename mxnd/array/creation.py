"""The functions of ``mx.nd`` that MXNet wrote by hand: making arrays and taking them over from elsewhere."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..backend import device
from ..backend.blocked import contiguous
from ..context import Context, as_context
from ..core import shapes
from ..core.dtypes import FLOAT32, as_dtype
from ..core.errors import ArgumentError, ArgumentTypeError
from ..core.quiet import quietly
from . import sparse_creation
from .functions import function
from .moving import move
from .ndarray import NDArray
from .sparse_creation import is_sparse

__all__ = [
    *(
        "arange",
        "array",
        "concatenate",
        "copyto",
        "empty",
        "eye",
        "from_dlpack",
        "from_numpy",
        "full",
        "histogram",
        "linspace",
    ),
    *("moveaxis", "onehot_encode", "ones", "split_v2", "to_dlpack_for_read", "to_dlpack_for_write", "waitall", "zeros"),
]

Ctx = Context | str | None


def array(source_array: Any, ctx: Ctx = None, dtype: Any = None) -> NDArray:
    """A copy of anything array-like.

    source_array: An NDArray, a NumPy array, a number, or nested sequences of numbers; of a sparse array (of mxnd or
        SciPy) the copy is sparse.
    ctx: Where to put it; the current context by default.
    dtype: float32 by default, whatever the source; the source's own when it is an NDArray.
    """
    if is_sparse(source_array):
        return sparse_creation.array(source_array, ctx, dtype)
    if isinstance(source_array, NDArray):
        wanted = source_array._data.dtype if dtype is None else as_dtype(dtype)
        return _copied(source_array._data, source_array._ctx, as_context(ctx), wanted)
    wanted = as_dtype(dtype)
    if hasattr(source_array, "__cuda_array_interface__"):
        raw = device.cp.asarray(source_array)
        return _copied(raw, Context("gpu", raw.device.id), as_context(ctx), wanted)
    if isinstance(source_array, (list, tuple)) and any(isinstance(item, NDArray) for item in source_array):
        source_array = [item.asnumpy() if isinstance(item, NDArray) else item for item in source_array]
    try:
        source = np.asarray(source_array)
    except ValueError as error:
        raise ArgumentError(f"array: the source is not a regular array: {error}") from None
    context = as_context(ctx)
    try:
        data = _converted(source, wanted)
    except (TypeError, ValueError) as error:
        raise ArgumentTypeError(f"array: the source does not convert to {wanted}: {error}") from None
    return NDArray._of(context.F.from_host(data), context)


_converted = quietly(contiguous)


@quietly
def _copied(raw: Any, source: Context, target: Context, dtype: Any) -> NDArray:
    """A copy of a raw array on another context, in another dtype."""
    return NDArray._of(target.F.new(move(source.F.cast(raw, dtype), source, target), dtype), target)


def _shape(shape: int | Sequence[int]) -> Any:
    return shape if isinstance(shape, (int, np.integer, str)) else tuple(shape)


def _made(name: str, shape: Any, ctx: Ctx, dtype: Any, **given: Any) -> NDArray:
    """An array of an operator without inputs. What is left out it has as a default, and need not read."""
    if ctx is not None:
        given["ctx"] = as_context(ctx)
    if dtype is not None:
        given["dtype"] = as_dtype(dtype)
    made: NDArray = function(name)(shape=_shape(shape), **given)
    return made


def zeros(
    shape: int | Sequence[int], ctx: Ctx = None, dtype: Any = None, stype: str | None = None, **kwargs: Any
) -> NDArray:
    """An array of zeros. shape: an int or a tuple. ctx: where. dtype: float32 by default. out: where to write it."""
    if stype not in (None, "default"):
        return sparse_creation.zeros(stype, shape, ctx, dtype, **kwargs)
    return _made("_zeros", shape, ctx, dtype, **kwargs)


def ones(shape: int | Sequence[int], ctx: Ctx = None, dtype: Any = None, **kwargs: Any) -> NDArray:
    """An array of ones. shape: an int or a tuple. ctx: where. dtype: float32 by default. out: where to write it."""
    return _made("_ones", shape, ctx, dtype, **kwargs)


def full(shape: int | Sequence[int], val: float, ctx: Ctx = None, dtype: Any = FLOAT32, out: Any = None) -> NDArray:
    """An array of one value. shape: an int or a tuple. val: the value. ctx, dtype, out: as for zeros."""
    return _made("_full", shape, ctx, dtype, value=val, out=out)


def set_value(src: float, out: NDArray | None = None, name: str | None = None) -> NDArray:
    """Fill ``out`` with one number: ``mx.nd._internal._set_value`` of old scripts."""
    if not isinstance(out, NDArray):
        raise ArgumentTypeError("_set_value: out must be an NDArray, which is filled")
    out[:] = float(src)
    return out


def empty(shape: int | Sequence[int], ctx: Ctx = None, dtype: Any = None, stype: str | None = None) -> NDArray:
    """An array whose values are not set (zeros here). shape: an int or a tuple. ctx, dtype: as for zeros."""
    return zeros(shape, ctx, dtype, stype)


def arange(
    start: float,
    stop: float | None = None,
    step: float = 1.0,
    repeat: int = 1,
    infer_range: bool | None = None,
    ctx: Ctx = None,
    dtype: Any = FLOAT32,
) -> NDArray:
    """Evenly spaced numbers in [start, stop), or [0, start) without ``stop``, each ``repeat`` times."""
    return function("_arange")(
        start=start, stop=stop, step=step, repeat=repeat, ctx=as_context(ctx), dtype=as_dtype(dtype)
    )


def linspace(
    start: float, stop: float, num: int, endpoint: bool = True, ctx: Ctx = None, dtype: Any = FLOAT32
) -> NDArray:
    """``num`` evenly spaced numbers from ``start`` to ``stop``, which is the last one if ``endpoint``."""
    if num < 0:
        raise ArgumentError(f"linspace: num={num} must not be negative")
    context = as_context(ctx)
    data = np.linspace(start, stop, num, endpoint).astype(as_dtype(dtype))
    return NDArray._of(context.F.from_host(data), context)


def eye(N: int, M: int = 0, k: int = 0, ctx: Ctx = None, dtype: Any = None, **kwargs: Any) -> NDArray:
    """Ones on the k-th diagonal of N rows and M (or N) columns."""
    return function("_eye")(N=N, M=M, k=k, ctx=as_context(ctx), dtype=as_dtype(dtype), **kwargs)


def copyto(src: NDArray, dst: NDArray | Context) -> NDArray:
    """A copy into an array of the same shape, or onto a context: ``src.copyto(dst)``, as R's documentation has it."""
    if not isinstance(src, NDArray):
        raise ArgumentTypeError(f"copyto takes an NDArray to copy, not {type(src).__name__}")
    return src.copyto(dst)


def concatenate(arrays: Sequence[NDArray], axis: int = 0, always_copy: bool = True) -> NDArray:
    """Arrays joined along an axis. With ``always_copy`` False a single array is returned itself."""
    if not arrays:
        raise ArgumentError("concatenate needs at least one array")
    if len(arrays) == 1 and not always_copy:
        return arrays[0]
    return function("Concat")(*arrays, dim=axis)


def moveaxis(tensor: NDArray, source: int | Sequence[int], destination: int | Sequence[int]) -> NDArray:
    """Axes moved to other places, the rest in order."""
    sources = [shapes.axis_of(a, tensor.ndim) for a in ((source,) if isinstance(source, int) else source)]
    targets = [
        shapes.axis_of(a, tensor.ndim) for a in ((destination,) if isinstance(destination, int) else destination)
    ]
    if len(sources) != len(targets) or len(set(sources)) != len(sources) or len(set(targets)) != len(targets):
        raise ArgumentError(f"moveaxis: source {source} and destination {destination} must name as many distinct axes")
    order = [a for a in range(tensor.ndim) if a not in sources]
    for target, origin in sorted(zip(targets, sources)):
        order.insert(target, origin)
    return function("transpose")(tensor, axes=tuple(order))


def split_v2(
    ary: NDArray, indices_or_sections: int | Sequence[int], axis: int = 0, squeeze_axis: bool = False
) -> NDArray | list[NDArray]:
    """Pieces of an array along an axis: a number of equal ones, or cut before each index."""
    if isinstance(indices_or_sections, (int, np.integer)):
        size = ary.shape[shapes.axis_of(axis, ary.ndim)]
        sections = int(indices_or_sections)
        if sections < 1 or size % sections:
            raise ArgumentError(f"split_v2: {size} elements along axis {axis} do not split into {sections} equal parts")
        indices = tuple(range(0, size, size // sections))
    else:
        indices = (0, *indices_or_sections)
    return function("_split_v2")(ary, indices=indices, axis=axis, squeeze_axis=squeeze_axis)


NDArray.split_v2 = split_v2


def onehot_encode(indices: NDArray, out: NDArray) -> NDArray:
    """One-hot rows of ``indices`` written into ``out``, whose second axis is the number of classes."""
    return function("one_hot")(indices, depth=out.shape[1], dtype=np.dtype(out.dtype).name, out=out)


def histogram(a: NDArray, bins: int | NDArray = 10, range: tuple[float, float] | None = None) -> list[NDArray]:
    """Counts and edges of a histogram, with a number of bins or given edges.

    The counts are int64, but float32 when the range of the bins is that of the values.
    """
    if isinstance(bins, NDArray):
        return function("_histogram")(a, bins)
    if not isinstance(bins, (int, np.integer)):
        raise ArgumentTypeError(f"histogram: bins must be an int or an NDArray of edges, not {type(bins).__name__}")
    if range is not None:
        return function("_histogram")(a, bin_cnt=bins, range=range)
    return [array(part, a.context) for part in np.histogram(a.asnumpy(), bins)]


def from_numpy(ndarray: np.ndarray, zero_copy: bool = True) -> NDArray:
    """A NumPy array as NDArray; with ``zero_copy`` both share memory, and the NumPy one becomes read-only."""
    if not isinstance(ndarray, np.ndarray):
        raise ArgumentTypeError(f"from_numpy takes a NumPy array, not {type(ndarray).__name__}")
    as_dtype(ndarray.dtype)
    if not zero_copy:
        return array(ndarray, dtype=ndarray.dtype)
    if not ndarray.flags.c_contiguous:
        raise ArgumentError("from_numpy: only a contiguous array can share memory; pass zero_copy=False")
    data = ndarray.view()
    ndarray.flags.writeable = False
    return NDArray._of(data, as_context("cpu"))


CUDA = 2, 13  # DLPack's numbers of device types: CUDA's memory, and memory that CUDA moves by itself
TYPE_AT = {b"dltensor": 8, b"dltensor_versioned": 40}  # bytes before the device type in what a capsule points to
_is_capsule, _pointer = (
    ctypes.PYFUNCTYPE(result, ctypes.py_object, ctypes.c_char_p)((f"PyCapsule_{name}", ctypes.pythonapi))
    for name, result in (("IsValid", ctypes.c_int), ("GetPointer", ctypes.c_void_p))
)


def _device_type(capsule: Any) -> int | None:
    """The device type of a DLPack capsule, which stays unused; None for what is no such capsule."""
    for name, place in TYPE_AT.items():
        if _is_capsule(capsule, name):
            return ctypes.c_int32.from_address(_pointer(capsule, name) + place).value
    return None


class _Capsule:
    """A bare DLPack capsule in the form NumPy takes."""

    def __init__(self, capsule: Any) -> None:
        self.capsule = capsule

    def __dlpack__(self, **options: Any) -> Any:
        return self.capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return 1, 0


def from_dlpack(dlpack: Any) -> NDArray:
    """An array that shares memory with a DLPack capsule or with any object that has ``__dlpack__``.

    What the object marks as read-only is copied, since an NDArray can be written to.
    """
    bare = not hasattr(dlpack, "__dlpack__")
    kind = _device_type(dlpack) if bare else dlpack.__dlpack_device__()[0]
    if kind is None:
        raise ArgumentTypeError(f"from_dlpack: {dlpack!r} is no unused DLPack capsule and has no __dlpack__")
    if kind in CUDA:
        data = device.cp.from_dlpack(dlpack)
        as_dtype(data.dtype)
        context = Context("gpu", data.device.id)
        return NDArray._of(data if data.flags.c_contiguous else context.F.copy(data), context)
    try:
        data = np.from_dlpack(_Capsule(dlpack) if bare else dlpack)
    except (TypeError, BufferError, RuntimeError) as error:
        raise ArgumentTypeError(f"from_dlpack: {error}") from None
    as_dtype(data.dtype)
    if not data.flags.writeable:
        data = _writable(data) if bare else data.copy()
    return NDArray._of(np.ascontiguousarray(data), as_context("cpu"))


def _writable(data: np.ndarray) -> np.ndarray:
    """The same memory, open for writing: NumPy closes it because a bare capsule cannot say either way."""
    if not data.flags.c_contiguous or data.size == 0:
        return data.copy()
    buffer = (ctypes.c_char * data.nbytes).from_address(data.ctypes.data)
    buffer.owner = data  # keeps the capsule's memory alive
    return np.frombuffer(buffer, data.dtype).reshape(data.shape)


def to_dlpack_for_read(data: NDArray) -> Any:
    """A DLPack capsule that shares memory; the consumer only reads."""
    return data.to_dlpack_for_read()


def to_dlpack_for_write(data: NDArray) -> Any:
    """A DLPack capsule that shares memory; the consumer may write."""
    return data.to_dlpack_for_write()


def waitall() -> None:
    """Wait until all values are there."""
    for context in list(Context._all.values()):
        if "F" in vars(context):
            context.F.synchronize()
