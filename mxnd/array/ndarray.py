"""NDArray: a typed array on a device, mutable in place, with a place on the tape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..context import Context, as_context
from ..core import shapes
from ..core.dtypes import BFLOAT16, as_dtype
from ..core.errors import ArgumentError, ArgumentTypeError, NotYetError
from ..core.state import state
from ..core.tape import Leaf, Var, raw
from . import functions, gradient, indexing
from .base import BaseArray
from .functions import function
from .moving import travel


class NDArray(BaseArray):
    """An n-dimensional array of one dtype on one context; always contiguous, float32 unless asked otherwise.

    Arithmetic broadcasts and keeps the dtype; comparisons return 0 and 1 in it. Contiguous basic slices and ``reshape``
    share memory with the array, everything else copies. Inside ``autograd.record()`` operations on arrays that descend
    from one with ``attach_grad()`` are recorded.
    """

    __array_priority__ = 1000.0

    def __init__(self, handle: Any, writable: bool = True) -> None:
        raise ArgumentTypeError("make an NDArray with mx.nd.array, zeros, ones, full, arange ... not by its class")

    # What it is

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._data.ndim

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(self._data.size)

    @property
    def dtype(self) -> Any:
        """The element type as a NumPy class (``numpy.float32``)."""
        dtype = self._data.dtype
        return dtype if dtype == BFLOAT16 else dtype.type

    @property
    def context(self) -> Context:
        """The device it is on."""
        return self._ctx

    ctx = context
    writable = True

    @property
    def T(self) -> NDArray:
        """A copy with the axes reversed."""
        return function("transpose")(self)

    @property
    def grad(self) -> NDArray | None:
        """The gradient array that ``attach_grad`` made, or None."""
        return self._node.grad if isinstance(self._node, Leaf) else self.__dict__.get("_null_grad")

    # To NumPy and back

    def asnumpy(self) -> np.ndarray:
        """A NumPy copy."""
        return self._ctx.F.to_host(self._data)

    def asscalar(self) -> Any:
        """The only element as a NumPy scalar; ArgumentError (a ValueError) when there is not exactly one."""
        if self._data.size != 1:
            raise ArgumentError(f"an array of shape {self.shape} is not a scalar")
        return self.asnumpy().reshape(-1)[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        data = self._data if self._ctx.device_type != "gpu" else self.asnumpy()
        wanted = data.dtype if dtype is None else np.dtype(dtype)
        if copy is False and wanted != data.dtype:
            raise ArgumentError(f"a {data.dtype} array cannot be seen as {wanted} without a copy")
        return data.astype(wanted, copy=bool(copy))

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        """What CuPy, PyTorch and Numba read to share the memory of an array on a GPU; only there."""
        if self._ctx.device_type != "gpu":
            raise AttributeError("an array on the CPU has no __cuda_array_interface__")
        with self._ctx.F.here():
            return self._data.__cuda_array_interface__

    def __dlpack__(self, **options: Any) -> Any:
        if self._ctx.device_type != "gpu":
            return self._data.__dlpack__(**options)
        with self._ctx.F.here():  # CuPy hands it over in the order of the current device's stream
            return self._data.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self._data.__dlpack_device__()

    def to_dlpack_for_read(self) -> Any:
        """A DLPack capsule that shares memory; the consumer only reads."""
        return self.__dlpack__()

    def to_dlpack_for_write(self) -> Any:
        """A DLPack capsule that shares memory; the consumer may write."""
        return self.__dlpack__()

    # Copies

    def copy(self) -> NDArray:
        """A copy on the same context."""
        return function("_copy")(self)

    def copyto(self, other: NDArray | Context) -> NDArray:
        """Copy into an array of the same shape (dtypes are converted), or onto a context. Returns the target."""
        if isinstance(other, Context):
            return self._moved(other)
        if not isinstance(other, NDArray):
            raise ArgumentTypeError(f"copyto takes an NDArray or a Context, not {type(other).__name__}")
        if other is not self:
            if other.shape != self.shape:
                raise ArgumentError(f"copyto: shapes differ, {self.shape} into {other.shape}")
            if other.stype != "default":
                other._put(self.as_in_context(other._ctx)._data)
                return other
            indexing.set_items(other, slice(None), self)
        return other

    def _moved(self, context: Context) -> NDArray:
        if context.F is self._ctx.F:
            copied = function("_copy")(self)
            copied._ctx = context
            return copied
        recorded = state.recording and self._node is not None
        value = Var(self._ctx.tape, self._data, self._node, self._index) if recorded else self._data
        value = travel(value, self._ctx, context)
        moved = self._of(raw(value), context)
        if recorded:
            moved._node, moved._index = value.node, value.index
        return moved

    def as_in_context(self, context: Context) -> NDArray:
        """Itself when it is there already, a copy otherwise."""
        context = as_context(context)
        return self if context is self._ctx else self._moved(context)

    def astype(self, dtype: Any, copy: bool = True) -> NDArray:
        """Another dtype; itself when ``copy`` is False and the dtype is right already."""
        wanted = as_dtype(dtype)
        if not copy and wanted == self._data.dtype:
            return self
        return function("Cast")(self, wanted)

    def tostype(self, stype: str) -> NDArray:
        """A copy in another storage type: ``"default"``, ``"csr"`` or ``"row_sparse"``."""
        from .sparse_creation import cast_storage

        return cast_storage(self, stype)

    def as_nd_ndarray(self) -> NDArray:
        """Itself."""
        return self

    def wait_to_read(self) -> None:
        """Wait until the values are there."""
        self._ctx.F.synchronize()

    # Autograd

    def attach_grad(self, grad_req: str = "write", stype: str | None = None) -> None:
        """Make it a variable with a gradient array of zeros.

        grad_req: ``"write"`` overwrites the gradient on each backward, ``"add"`` adds to it, ``"null"`` ignores it.
        stype: How the gradient is stored; as the array is by default.
        """
        if stype in (None, self.stype):
            grad = function("zeros_like")(self.detach())
        else:
            from .sparse_creation import zeros

            grad = zeros(stype, self.shape, self._ctx, self.dtype)
        gradient.mark(self, grad, grad_req)

    def detach(self) -> NDArray:
        """The same memory, outside the recorded graph."""
        return self._of(self._data, self._ctx)

    def backward(self, out_grad: NDArray | None = None, retain_graph: bool = False, train_mode: bool = True) -> None:
        """Gradients of this array with respect to every variable it was computed from.

        out_grad: The cotangent of this array; ones when left out.
        """
        gradient.backward([self], [out_grad], retain_graph)

    # Shape

    def reshape(self, *shape: Any, **kwargs: Any) -> NDArray:
        """A view in another shape; ``0, -1, -2, -3, -4`` have the meaning they have in Reshape.

        shape: The new shape, as a tuple or as several ints. reverse: Read the codes from the right.
        """
        reverse = bool(kwargs.pop("reverse", False))
        if "shape" in kwargs and not shape:
            shape = (kwargs.pop("shape"),)
        if kwargs:
            raise ArgumentTypeError(f"reshape has no argument {', '.join(kwargs)}; it takes shape and reverse")
        if len(shape) == 1 and isinstance(shape[0], (tuple, list)):
            shape = tuple(shape[0])
        return self._seen_as(shapes.reshape(self.shape, tuple(map(int, shape)), reverse))

    def broadcast_to(self, shape: Any) -> NDArray:
        """A copy stretched to a larger shape; axes that are missing come first."""
        missing = len(shape) - self.ndim
        lead = self.reshape((1,) * missing + self.shape) if missing > 0 else self
        return function("broadcast_to")(lead, shape=shape)

    def expand_dims(self, axis: int, inplace: bool = False) -> NDArray:
        """A copy with an axis of size 1 put in; a view of the same memory when ``inplace``."""
        result = function("expand_dims")(self, axis=axis)
        return self._seen_as(result.shape) if inplace else result

    def squeeze(self, axis: Any = None, inplace: bool = False) -> NDArray:
        """A copy without axes of size 1; a view of the same memory when ``inplace``."""
        result = function("squeeze")(self, axis=axis)
        return self._seen_as(result.shape) if inplace else result

    def flatten(self, inplace: bool = False) -> NDArray:
        """A copy with two axes, the first one kept; a view of the same memory when ``inplace``."""
        result = function("Flatten")(self)
        return self._seen_as(result.shape) if inplace else result

    def _seen_as(self, shape: tuple[int, ...]) -> NDArray:
        return indexing.view(self, lambda F, x: F.reshape(x, shape))

    def broadcast_like(self, other: NDArray, **kwargs: Any) -> NDArray:
        """A copy stretched to the shape of another array; ``lhs_axes`` and ``rhs_axes`` pick axes."""
        return function("broadcast_like")(self, other, **kwargs)

    def as_np_ndarray(self) -> Any:
        """An array of ``mx.np``, which mxnd does not have yet."""
        raise NotYetError("as_np_ndarray needs mx.np, which mxnd does not have yet")

    def transpose(self, *axes: Any, **kwargs: Any) -> NDArray:
        """A copy with permuted axes; reversed when none are given."""
        if axes and not isinstance(axes[0], (tuple, list)):
            axes = (axes,)
        return function("transpose")(self, *axes, **kwargs)

    def slice_assign(self, rhs: NDArray, begin: Any, end: Any, step: Any = ()) -> NDArray:
        """A copy with ``rhs`` in the slice."""
        return function("_slice_assign")(self, rhs, begin=begin, end=end, step=step)

    def slice_assign_scalar(self, value: float, begin: Any, end: Any, step: Any = ()) -> NDArray:
        """A copy with a number in the slice."""
        return function("_slice_assign_scalar")(self, begin=begin, end=end, scalar=value, step=step)

    def __getitem__(self, key: Any) -> NDArray:
        return indexing.get_items(self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        indexing.set_items(self, key, value)

    # Python's protocols

    def __len__(self) -> int:
        if not self.shape:
            return 1
        return self.shape[0]

    def __iter__(self) -> Iterator[NDArray]:
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        if self._data.size == 0:
            return False
        if self._data.size == 1:
            return bool(self.asscalar())
        raise ArgumentError(f"the truth value of an array of shape {self.shape} is ambiguous")

    __nonzero__ = __bool__

    def __int__(self) -> int:
        return int(self.asscalar())

    def __float__(self) -> float:
        return float(self.asscalar())

    def __index__(self) -> int:
        value = self.asscalar()
        if value != int(value):
            raise ArgumentTypeError(f"{value} is not an index")
        return int(value)

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        size = "x".join(map(str, self.shape))
        return f"\n{self.asnumpy()}\n<{type(self).__name__} {size} @{self._ctx}>"

    def __reduce__(self) -> Any:
        return _unpickle, (self.asnumpy(), self._ctx)

    def __copy__(self) -> NDArray:
        return self.copy()

    def __deepcopy__(self, memo: Any) -> NDArray:
        return self.copy()

    def __neg__(self) -> NDArray:
        return function("negative")(self)

    def __abs__(self) -> NDArray:
        return function("abs")(self)

    def __pos__(self) -> NDArray:
        return self

    def __matmul__(self, other: Any) -> NDArray:
        return function("dot")(self, other)


def _unpickle(data: np.ndarray, ctx: Context) -> NDArray:
    return NDArray._of(ctx.F.from_host(data), ctx)


functions.array_type = NDArray
