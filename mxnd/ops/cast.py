"""From one dtype, or storage, to another."""

from __future__ import annotations

from typing import Literal

from ..core.errors import ArgumentError
from ..core.op import op
from ..core.params import Array
from .identity import COPY


@op(
    aliases=("cast",),
    dtypes="any",
    dtype="dtype",
    samples=[dict(data=(2, 3), dtype="float64")],
)
def Cast(
    F,
    data: Array,
    dtype: Literal["bfloat16", "bool", "float16", "float32", "float64", "int32", "int64", "int8", "uint8"],
):
    """The input in another dtype.

    Floats become integers by losing their fraction, larger integers smaller ones by losing upper bits, anything but 0
    becomes True; bfloat16 keeps the upper half of a float32. The gradient is cast back.

    data: The input, of any shape.
    dtype: The dtype to reach.
    """
    return F.cast(data, dtype)


@op(dtypes="any", dtype=None, samples=[dict(data=(2, 3), dtype="float64")])
def amp_cast(
    F,
    data: Array,
    dtype: Literal["bfloat16", "float16", "float32", "float64", "int32", "int64", "int8", "uint8"],
):
    """A floating input in another dtype; any other as it is.

    data: The input, of any shape.
    dtype: The dtype to reach.
    """
    return COPY(F, data) if data.dtype.kind in "iub" else F.cast(data, dtype)


@op(
    dtypes="any",
    dtype=None,
    free=("data",),
    outputs=lambda num_outputs, **_: num_outputs,
    derivative=False,  # a cast to a narrower dtype has none
    samples=[dict(data=[(2, 3), (3,)], num_outputs=2)],
)
def amp_multicast(F, *data: Array, num_outputs: int, cast_narrow: bool = False):
    """Floating inputs, all in the widest dtype among them; others as they are.

    data: The inputs, of any shapes.
    num_outputs: How many there are.
    cast_narrow: Cast to the narrowest dtype instead.
    """
    if num_outputs != len(data):
        raise ArgumentError(f"num_outputs={num_outputs} but {len(data)} inputs are given")
    floats = sorted((x.dtype for x in data if x.dtype.kind == "f"), key=lambda dtype: dtype.itemsize)
    return tuple(
        F.cast(x, floats[0 if cast_narrow else -1]) if x.dtype.kind == "f" else COPY(F, x) for x in data
    )  # fmt: skip


@op(dtypes="any", samples=[dict(data=(2, 3), stype="default"), dict(data=(2, 3), stype="csr")])
def cast_storage(F, data: Array, stype: Literal["csr", "default", "row_sparse"]):
    """The input in another storage type.

    The values stay as they are; which class of array holds them is up to ``mx.nd.cast_storage``.

    data: The input, of any shape; a matrix for ``csr``.
    stype: The storage type to reach.
    """
    if stype == "csr" and data.ndim != 2:
        raise ArgumentError(f"only a matrix can be csr, not an array of shape {data.shape}")
    return COPY(F, data)
