"""Small operators that MXNet keeps under ``contrib``."""

from __future__ import annotations

import math

from ..core.errors import ArgumentError
from ..core.formula import Rule
from ..core.op import op
from ..core.params import Array, Double, Shape
from ..core.shapes import axis_of, same_shape, shaped


@op(samples=[dict(data=(2, 3))], dtypes="float")
def _contrib_div_sqrt_dim(F, data: Array):
    """The input divided by the square root of the size of its last axis.

    data: The input, of any shape.
    """
    return data / math.sqrt(data.shape[-1])


@op(samples=[dict(data=(2, 3), a=0.5, b=2.0, c=-1.0)])
def _contrib_quadratic(F, data: Array, a: float = 0.0, b: float = 0.0, c: float = 0.0):
    """``a * x**2 + b * x + c``, element by element.

    data: The input, of any shape.
    a: The factor of the square.
    b: The factor of the element.
    c: What is added.
    """
    x = data if data.dtype.kind == "f" else F.cast(data, "float64")
    return x * x * a + x * b + c


SCALED = Rule(lambda F, x, scalar: F.copy(x), lambda F, ct, scalar: (ct * scalar,))


@op(derivative=False, samples=[dict(data=(2, 3), scalar=-0.5)])
def _contrib_gradientmultiplier(F, data: Array, scalar: Double = 1.0, is_int: bool = True):
    """A copy; what flows back through it is multiplied by a number. A negative one turns a gradient around.

    data: The input, of any shape.
    scalar: The number.
    is_int: Kept for old graphs.
    """
    return SCALED(F, data, scalar)


ROUND_THROUGH = Rule(lambda F, x: F.round(x), lambda F, ct: (ct,))
SIGN_THROUGH = Rule(lambda F, x: F.sign(x), lambda F, ct: (ct,))


@op(derivative=False, samples=[dict(data=(2, 3))])
def _contrib_round_ste(F, data: Array):
    """Rounds to whole numbers, halves away from zero; the gradient passes straight through.

    data: The input, of any shape.
    """
    return ROUND_THROUGH(F, data)


@op(derivative=False, samples=[dict(data=(2, 3))])
def _contrib_sign_ste(F, data: Array):
    """-1, 0 or 1 by the sign; the gradient passes straight through.

    data: The input, of any shape.
    """
    return SIGN_THROUGH(F, data)


@op(
    dtypes="any",
    free=("index_vector",),
    samples=[dict(old_tensor=(3, 2), index_vector=[2, 0], new_tensor=(2, 2))],
)
def _contrib_index_copy(F, old_tensor: Array, index_vector: Array, new_tensor: Array):
    """The old tensor with rows replaced by those of the new one. Where an index repeats, the last row counts.

    old_tensor: The rows to keep.
    index_vector: Which row of the old tensor each row of the new one replaces, of shape (new rows,).
    new_tensor: The new rows.
    """
    if index_vector.ndim != 1 or new_tensor.shape != index_vector.shape + old_tensor.shape[1:]:
        raise ArgumentError(
            f"index_vector has shape {index_vector.shape} and new_tensor {new_tensor.shape}; they take (n,) and "
            f"{('n', *old_tensor.shape[1:])}"
        )
    rows = F.indices(F.asarray(index_vector), old_tensor.shape[0], "raise")
    return F.replace(old_tensor, rows, new_tensor)


@op(
    dtypes="any",
    dtype=None,
    samples=[dict(data=(2, 3)), dict(data=(2, 3, 2), axes=(2, 0))],
)
def _contrib_index_array(F, data: Array, axes: Shape | None = None):
    """The place of each element: its index along each axis, in a new last axis; int64.

    data: An array, of which only the shape is looked at.
    axes: The axes whose indices are wanted; all when left out.
    """
    wanted = range(data.ndim) if axes is None else [axis_of(axis, data.ndim) for axis in axes]
    if not wanted:
        raise ArgumentError("axes names no axis; leave it out for all")
    columns = [
        F.broadcast_to(F.reshape(F.arange(data.shape[i]), (-1,) + (1,) * (data.ndim - i)), (*data.shape, 1))
        for i in wanted
    ]
    return F.cast(F.concat(data.ndim, *columns), "int64")


@op(samples=[dict(data=(2, 3)), dict(data=(2, 4), axis=1, start=2.0, step=0.5, repeat=2)])
def _contrib_arange_like(
    F,
    data: Array,
    start: Double = 0.0,
    step: Double = 1.0,
    repeat: int = 1,
    ctx: str = "",
    axis: int | None = None,
):
    """Evenly spaced numbers in the shape of the input, or along one of its axes.

    data: An array, of which only shape and dtype are looked at.
    start: The first number.
    step: What is added from one number to the next.
    repeat: How often each number stands.
    ctx: Kept for old graphs.
    axis: The axis that has as many elements as are wanted; as many as the input has, in its shape, when left out.
    """
    if repeat < 1:
        raise ArgumentError(f"repeat={repeat} must be at least 1")
    size = data.size if axis is None else data.shape[axis_of(axis, data.ndim)]
    numbers = F.cast(F.floor(F.arange(size) / repeat), "float64") * step + start
    return F.cast(shaped(F, numbers, data.shape if axis is None else (size,)), data.dtype)


@op(dtype=None, differentiable=False, samples=[dict(a=(2, 3), b=(2, 3))])
def _contrib_allclose(F, a: Array, b: Array, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = True):
    """1 where all elements are about equal, ``|a - b| <= atol + rtol * |b|``, else 0; one uint8 number.

    a: One array.
    b: The other, of the same shape.
    rtol: The relative tolerance.
    atol: The absolute tolerance.
    equal_nan: Whether NaN is equal to NaN.
    """
    same_shape(a.shape, b.shape)
    close = (a == b) | (F.abs(a - b) <= atol + rtol * F.abs(b))
    if equal_nan:
        close = close | (F.isnan(a) & F.isnan(b))
    return F.cast(F.asarray(F.all(close)), "uint8")


@op(dtypes="float", samples=[dict(data=(2, 4)), dict(data=(1, 2, 1, 3))])
def _contrib_fft(F, data: Array, compute_size: int = 128):
    """The discrete Fourier transform along the last axis; real and imaginary parts stand in turn, twice as many.

    data: The input.
    compute_size: Kept for old scripts.
    """
    return F.fft(data)


@op(dtypes="float", samples=[dict(data=(2, 4))])
def _contrib_ifft(F, data: Array, compute_size: int = 128):
    """The real part of the inverse Fourier transform along the last axis, not divided by its size; half as many.

    data: Real and imaginary parts in turn, as ``fft`` gives them.
    compute_size: Kept for old scripts.
    """
    if data.shape[-1] % 2:
        raise ArgumentError(f"the last axis has {data.shape[-1]} elements; real and imaginary parts are an even number")
    return F.ifft(data)


@op(
    dtypes="float",
    free=("h", "s"),
    samples=[dict(data=(2, 4), h=[[0, 2, 1, 2]], s=[[1, -1, 1, 1]], out_dim=3)],
)
def _contrib_count_sketch(F, data: Array, h: Array, s: Array, out_dim: int, processing_batch_size: int = 32):
    """Elements added up, with a sign, at places that were drawn at random (Charikar et al., 2002).

    ``out[..., h[i]] += s[i] * data[..., i]``

    data: The input, of shape (..., size).
    h: The place for each element of the last axis, from 0 to out_dim - 1, of shape (1, size). No gradient.
    s: Its sign, 1 or -1, of the same shape. No gradient.
    out_dim: The size of the last axis of the result.
    processing_batch_size: Kept for old scripts.
    """
    size = data.shape[-1]
    if h.size != size or s.size != size or out_dim < 1:
        raise ArgumentError(f"h {h.shape} and s {s.shape} must have {size} elements, out_dim={out_dim} be positive")
    places = F.indices(F.reshape(F.asarray(h), (size,)), out_dim, "raise")
    signed = data * F.cast(F.reshape(F.asarray(s), (size,)), data.dtype)
    return F.untake(signed, places, data.ndim - 1, (*data.shape[:-1], out_dim))


@op(dtype=None, differentiable=False, samples=[dict(shape=(2, 3)), dict(shape=(2,), dtype=4)])
def _zeros_without_dtype(F, shape: Shape | None = None, ctx: str = "", dtype: int = -1):
    """Zeros, with the dtype given as MXNet's number of it.

    shape: The shape.
    ctx: Where; the current context by default.
    dtype: 0 float32, 1 float64, 2 float16, 3 uint8, 4 int32, 5 int8, 6 int64, 7 bool; -1 is float32.
    """
    names = ("float32", "float64", "float16", "uint8", "int32", "int8", "int64", "bool")
    if shape is None or not -1 <= dtype < len(names):
        raise ArgumentError(f"shape={shape} must be given, and dtype={dtype} be from -1 to {len(names) - 1}")
    return F.zeros(shape, names[max(dtype, 0)])


@op(
    dtype=None,
    random=True,
    outputs=2,
    differentiable=False,
    samples=[dict(range_max=50, shape=(2, 5))],
)
def _sample_unique_zipfian(F, range_max: int, shape: Shape | None = None):
    """Rows of different numbers, small ones more often: about ``log((k + 1.5) / (k + 0.5)) / log(range_max)``.

    Returns them, int64, and how many were drawn for each row until enough were different.

    range_max: The numbers are from 0 to range_max - 1.
    shape: (rows, numbers in each).
    """
    if shape is None or len(shape) != 2 or not 0 < shape[1] <= range_max:
        raise ArgumentError(f"shape={shape} must be (rows, numbers), with at most range_max={range_max} numbers")
    return F.unique_zipfian(range_max, shape)
