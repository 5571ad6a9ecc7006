"""Looking up, storing and counting by index. Indices may be of any number dtype; fractions are cut off."""

from __future__ import annotations

import math
from typing import Any, Literal

from ..core.errors import ArgumentError
from ..core.op import op
from ..core.params import Array, Double, Shape
from ..core.shapes import axis_of

NumberDtype = Literal["bfloat16", "float16", "float32", "float64", "int32", "int64", "int8", "uint8"]


def _whole(F: Any, x: Any) -> Any:
    """Index numbers as int64, apart from any recording: they carry no gradient."""
    return F.cast(F.asarray(x), "int64")


@op(
    method=True,
    dtypes="any",
    free=("indices",),
    samples=[
        dict(a=(4, 2), indices=[[2.0, 0.0], [2.0, 9.0]]),
        dict(a=(2, 3, 2), indices=[2.0, -1.0, 3.0], axis=1, mode="wrap"),
        dict(a=(2, 3), indices=[0.0, 2.0], axis=-1, mode="raise"),
    ],
)
def take(F, a: Array, indices: Array, axis: int = 0, mode: Literal["clip", "raise", "wrap"] = "clip"):
    """Slices of an array along an axis, picked by index.

    The result has the shape of ``a`` with the axis replaced by the axes of ``indices``.

    a: The array to take from.
    indices: Which slices.
    axis: The axis they lie along.
    mode: What an index outside the axis means: ``clip`` the first or last slice, ``wrap`` counting around, ``raise``
        an error (for negative ones too).
    """
    axis = axis_of(axis, a.ndim)
    return F.take(a, F.indices(indices, a.shape[axis], mode), axis)


@op(dtypes="any", free=("indices",), differentiable=False, samples=[dict(a=(3, 2), indices=[1.0, 0.0, 5.0])])
def batch_take(F, a: Array, indices: Array):
    """One element of each row, picked by index.

    a: The array; its last axis is the one picked from.
    indices: One index per row, in any shape; one outside the row takes its first or last element.
    """
    if a.ndim < 2 or indices.size != math.prod(a.shape[:-1]):
        raise ArgumentError("a must have at least 2 dimensions, and indices one element for each row of the last")
    rows = F.reshape(a, (indices.size, a.shape[-1]))
    places = F.reshape(F.indices(indices, a.shape[-1], "clip"), (-1, 1))
    return F.reshape(F.take_along_axis(rows, places, 1), indices.shape)


@op(
    aliases=("choose_element_0index",),
    method=("pick",),
    free=("index",),
    samples=[
        dict(data=(3, 4), index=[1.0, 7.0, -2.0]),
        dict(data=(2, 3), index=[1.0, 0.0, 1.0], axis=0, keepdims=True),
        dict(data=(2, 3), index=[4.0, -2.0], mode="wrap"),
    ],
)
def pick(
    F,
    data: Array,
    index: Array,
    axis: int | None = -1,
    keepdims: bool = False,
    mode: Literal["clip", "wrap"] = "clip",
):
    """One element from each line along an axis, picked by index.

    data: The array to pick from.
    index: One index per line: the shape of ``data`` without the axis, or with 1 in its place.
    axis: The axis the lines lie along.
    keepdims: Keep the axis, with size 1.
    mode: What an index outside the axis means: ``clip`` the first or last element, ``wrap`` counting around.
    """
    if axis is None:
        raise ArgumentError("axis=None is not one axis; pick needs one")
    axis = axis_of(axis, data.ndim)
    kept = (*data.shape[:axis], 1, *data.shape[axis + 1 :])
    dropped = data.shape[:axis] + data.shape[axis + 1 :] or (1,)
    if index.shape not in (kept, dropped):
        raise ArgumentError(f"index has shape {index.shape}; along axis {axis} of data it must be {dropped} or {kept}")
    places = F.reshape(F.indices(index, data.shape[axis], mode), kept)
    return F.reshape(F.take_along_axis(data, places, axis), kept if keepdims else dropped)


@op(free=("rhs",), differentiable=False, samples=[dict(lhs=(3, 2), mhs=(3,), rhs=[1.0, 0.0, 5.0])])
def fill_element_0index(F, lhs: Array, mhs: Array, rhs: Array):
    """A matrix with one element of each row replaced.

    lhs: The matrix.
    mhs: The new value for each row.
    rhs: The column of each; outside the matrix nothing is replaced.
    """
    if lhs.ndim != 2 or mhs.shape != lhs.shape[:1] or rhs.shape != lhs.shape[:1]:
        raise ArgumentError("lhs must be a matrix, mhs and rhs hold one value for each of its rows")
    here = F.reshape(_whole(F, rhs), (-1, 1)) == F.arange(lhs.shape[1])
    return F.where(here, F.reshape(mhs, (-1, 1)), lhs)


def _flat(F: Any, indices: Any, shape: tuple[int, ...]) -> tuple[Any, tuple[int, ...]]:
    """Index columns as places in the flattened leading axes of ``shape``, and what is left of ``shape``."""
    if indices.ndim < 2:
        raise ArgumentError("indices must have at least 2 dimensions; the first holds one index for each axis")
    count = indices.shape[0]
    if not 0 < count <= len(shape):
        raise ArgumentError(f"indices holds {count} indices for each place; shape {shape} has {len(shape)} axes")
    flat: Any = 0
    for axis in range(count):
        flat = flat * shape[axis] + F.indices(F.index(F.asarray(indices), axis), shape[axis], "end")
    return flat, (math.prod(shape[:count]), *shape[count:])


@op(
    dtypes="any",
    free=("indices",),
    samples=[
        dict(data=(3, 2), indices=[[0.0, 2.0, 2.0], [1.0, 0.0, 0.0]]),
        dict(data=(3, 2, 2), indices=[[0.0, -1.0]]),
    ],
)
def gather_nd(F, data: Array, indices: Array):
    """Elements or slices of an array, picked by several indices each.

    data: The array to take from.
    indices: Along its first axis, one index for each of the first axes of ``data``; negative ones count from the end.
        An index outside is an error.
    """
    places, shape = _flat(F, indices, data.shape)
    return F.take(F.reshape(data, shape), places, 0)


def _places(F: Any, data: Any, indices: Any, shape: tuple[int, ...]) -> tuple[Any, tuple[int, ...]]:
    """What ``_flat`` gives for storing ``data``, whose shape must fit."""
    places, flat = _flat(F, indices, shape)
    if data.shape != places.shape + flat[1:]:
        raise ArgumentError(f"the values have shape {data.shape}; {places.shape + flat[1:]} fits indices and shape")
    return places, flat


@op(
    dtypes="any",
    free=("indices",),
    samples=[dict(data=(3,), indices=[[0.0, 2.0, 1.0], [1.0, 0.0, 1.0]], shape=(3, 2))],
)
def scatter_nd(F, data: Array, indices: Array, shape: Shape):
    """Zeros with elements or slices stored at given places: the opposite of ``gather_nd``.

    data: The values.
    indices: Along its first axis, one index for each of the first axes of the result; negative ones count from the
        end, one outside is an error. Where a place repeats, the last value stays.
    shape: The shape of the result.
    """
    places, flat = _places(F, data, indices, shape)
    return F.reshape(F.place(data, places, flat), shape)


@op(
    dtypes="any",
    free=("indices",),
    differentiable=False,
    samples=[dict(lhs=(3, 2), rhs=(2,), indices=[[0.0, 2.0], [1.0, 0.0]], shape=(3, 2))],
)
def _scatter_set_nd(F, lhs: Array, rhs: Array, indices: Array, shape: Shape):
    """An array with elements or slices stored at given places; ``out=lhs`` stores into it.

    lhs: The array.
    rhs: The values.
    indices: Where, as in ``scatter_nd``.
    shape: The shape of ``lhs``.
    """
    if shape != lhs.shape:
        raise ArgumentError(f"shape={shape} must be that of lhs")
    places, flat = _places(F, rhs, indices, shape)
    return F.reshape(F.replace(F.reshape(lhs, flat), places, rhs), shape)


@op(
    method=True,
    dtype="dtype",
    samples=[
        dict(indices=[1.5, 0.5, 4.5], depth=3),
        dict(indices=[[0.5], [1.5]], depth=2, on_value=8.0, off_value=-1.0),
    ],
)
def one_hot(
    F, indices: Array, depth: int, on_value: Double = 1.0, off_value: Double = 0.0, dtype: NumberDtype = "float32"
):
    """For each index a row that marks its place.

    The result has one more axis than ``indices``. An index outside [0, depth) marks nothing.

    indices: The indices.
    depth: The length of the rows.
    on_value: What stands at the place of the index.
    off_value: What stands elsewhere.
    dtype: The element type of the result.
    """
    if depth < 0:
        raise ArgumentError(f"depth={depth} must not be negative")
    places = F.indices(indices, depth, "raise") if F.strict else _whole(F, indices)
    kind = F.zeros(0, dtype).dtype
    return F.one_hot(places, depth, F.scalar(on_value, kind), F.scalar(off_value, kind), kind)


@op(dtype=None, free=("rhs",), differentiable=False, samples=[dict(lhs=[1.0, 0.0], rhs=(2, 3))])
def _onehot_encode(F, lhs: Array, rhs: Array):
    """One-hot rows, as many and as long as those of a given array.

    lhs: One index for each row.
    rhs: The array whose shape and dtype the result has.
    """
    if rhs.ndim != 2 or lhs.shape != rhs.shape[:1]:
        raise ArgumentError("rhs must be a matrix, and lhs hold one index for each of its rows")
    return F.cast(one_hot(F, lhs, rhs.shape[1]), rhs.dtype)


@op(
    dtype=None,
    free=("weight",),
    samples=[dict(data=[[1.5, 3.5], [0.5, 1.5]], weight=(4, 2), input_dim=4, output_dim=2)],
)
def Embedding(
    F,
    data: Array,
    weight: Array,
    input_dim: int,
    output_dim: int,
    dtype: NumberDtype = "float32",
    sparse_grad: bool = False,
):
    """Rows of a learned table, looked up by index.

    The result has the shape of ``data`` with an axis of ``output_dim`` added, and the dtype of ``weight``.

    data: Which rows; a number outside the table takes its first or last row.
    weight: The table, of shape (input_dim, output_dim).
    input_dim: How many rows it has.
    output_dim: How long they are.
    dtype: The dtype of a ``weight`` that is still to be made; given an array, its own dtype holds.
    sparse_grad: Accepted; the gradient of ``weight`` is dense.
    """
    check_table(weight, input_dim, output_dim)
    return F.take(weight, F.indices(data, input_dim, "clip"), 0)


def check_table(weight: Any, rows: int, columns: int) -> None:
    """ArgumentError unless the table of an embedding has the sizes it is said to have."""
    if rows < 1 or columns < 1:
        raise ArgumentError(f"input_dim={rows} and output_dim={columns} must be at least 1")
    if weight.shape != (rows, columns):
        raise ArgumentError(f"weight has shape {weight.shape}; (input_dim, output_dim) is {(rows, columns)}")


@op(
    name="_ravel_multi_index",
    aliases=("ravel_multi_index",),
    samples=[dict(data=[[0.5, 2.5], [1.5, 0.5]], shape=(3, 2))],
)
def ravel_multi_index(F, data: Array, shape: Shape | None = None):
    """Places in a flattened array, from an index for each of its axes. Nothing is checked against ``shape``.

    data: A matrix: one row for each axis, one column for each place.
    shape: The shape of the array; the first size is not needed and may be -1.
    """
    if not shape:
        raise ArgumentError("shape is missing")
    if data.ndim != 2 or data.shape[0] != len(shape):
        raise ArgumentError(f"data must be a matrix with one row for each axis of shape={shape}")
    indices = _whole(F, data)
    flat: Any = 0
    for axis, size in enumerate(shape):
        flat = flat * size + F.index(indices, axis)
    return flat


@op(name="_unravel_index", aliases=("unravel_index",), samples=[dict(data=[1.5, 5.5], shape=(3, 2))])
def unravel_index(F, data: Array, shape: Shape | None = None):
    """The index for each axis, from places in a flattened array: the opposite of ``ravel_multi_index``.

    The result has one row for each axis of ``shape``, and then the shape of ``data``.

    data: The places.
    shape: The shape of the array; the first size is not needed and may be -1.
    """
    if not shape:
        raise ArgumentError("shape is missing")
    if min(shape[1:], default=1) < 1:
        raise ArgumentError(f"shape={shape} must hold positive sizes after the first")
    flat = _whole(F, data)
    rows: list[Any] = []
    for size in shape[:0:-1]:
        cut = F.int_divide(flat, size)
        rows.insert(0, flat - cut * size)
        flat = cut
    return F.concat(0, *(F.reshape(row, (1, *data.shape)) for row in (flat, *rows)))


@op(free=("index",), samples=[dict(data=(3, 2), index=[1, 0, 1]), dict(data=(2, 3), index=[0, 1, 0], axis=1)])
def _contrib_boolean_mask(F, data: Array, index: Array, axis: int = 0):
    """The slices along an axis whose place in ``index`` is not 0.

    data: The input.
    index: One number for each slice.
    axis: The axis.
    """
    axis = axis_of(axis, data.ndim)
    if index.shape != (data.shape[axis],):
        raise ArgumentError(f"index has shape {index.shape}; axis {axis} of data has {data.shape[axis]} slices")
    (kept,) = F.nonzero(index)
    return F.take(data, kept, axis)
