"""Sequences of different length side by side in one array."""

from __future__ import annotations

from typing import Any

from ..core.errors import ArgumentError, OutOfBoundsError
from ..core.op import op
from ..core.params import Array

Dims = tuple[int, ...]
TIMES = dict(data=(3, 2), sequence_length=[1, 3], use_sequence_length=True)


def _column(shape: Dims, length: Any, use: bool, axis: int, axes: Dims = (0, 1)) -> Dims:
    """The shape in which lengths broadcast to the data; ArgumentError when the arguments do not fit together."""
    if len(shape) < 2:
        raise ArgumentError(f"data has {len(shape)} axis; it takes 2 or more, time and batch")
    if axis not in axes:
        raise ArgumentError(f"axis={axis} is not {' or '.join(map(str, axes))}")
    if (length is not None) != use:
        state = "missing" if use else "given"
        raise ArgumentError(f"use_sequence_length={use} but sequence_length is {state}")
    batch = shape[1 - axis]
    if use and length.shape != (batch,):
        raise ArgumentError(
            f"sequence_length has shape {length.shape}; it takes {(batch,)}, one length for each sequence"
        )
    return tuple(batch if i == 1 - axis else 1 for i in range(len(shape)))


def _whole(F: Any, length: Any, low: int, high: int) -> Any:
    """Lengths as integers; ArgumentError when one is not from ``low`` to ``high``."""
    try:
        return F.indices(F.asarray(length) - low, high - low + 1, "raise") + low
    except OutOfBoundsError:
        raise ArgumentError(f"sequence_length holds a length that is not from {low} to {high}") from None


@op(
    dtypes="any",
    free=("sequence_length",),
    samples=[TIMES, dict(data=(3, 2)), dict(TIMES, data=(2, 3, 2), axis=1, value=-1.0)],
)
def SequenceMask(
    F,
    data: Array,
    sequence_length: Array | None = None,
    use_sequence_length: bool = False,
    value: float = 0.0,
    axis: int = 0,
):
    """Sets what lies behind the end of each sequence to one value.

    data: The sequences: time along ``axis``, batch along the other of the first two axes.
    sequence_length: With ``use_sequence_length``: the length of each sequence, of shape (batch,).
    use_sequence_length: Whether lengths are given; the data is returned as it is otherwise.
    value: What stands behind the end.
    axis: The axis of time, 0 or 1.
    """
    column = _column(data.shape, sequence_length, use_sequence_length, axis)
    if sequence_length is None:
        return data
    time = F.reshape(F.arange(data.shape[axis]), (-1,) + (1,) * (data.ndim - 1 - axis))
    return F.where(F.reshape(sequence_length, column) > time, data, F.scalar(value, data.dtype))


@op(
    dtypes="any",
    free=("sequence_length",),
    samples=[TIMES, dict(data=(3, 2)), dict(TIMES, data=(2, 3, 2), axis=1)],
)
def SequenceLast(
    F, data: Array, sequence_length: Array | None = None, use_sequence_length: bool = False, axis: int = 0
):
    """The last element of each sequence.

    data: The sequences: time along ``axis``, batch along the other of the first two axes.
    sequence_length: With ``use_sequence_length``: the length of each sequence, at least 1, of shape (batch,).
    use_sequence_length: Whether lengths are given; every sequence is as long as the axis otherwise.
    axis: The axis of time, 0 or 1; the result has the other ones.
    """
    column = _column(data.shape, sequence_length, use_sequence_length, axis)
    if sequence_length is None:
        return F.index(data, (slice(None),) * axis + (-1,))
    places = F.reshape(_whole(F, sequence_length, 1, data.shape[axis]) - 1, column)
    return F.reshape(F.take_along_axis(data, places, axis), data.shape[:axis] + data.shape[axis + 1 :])


@op(dtypes="any", free=("sequence_length",), samples=[TIMES, dict(data=(3, 2))])
def SequenceReverse(
    F, data: Array, sequence_length: Array | None = None, use_sequence_length: bool = False, axis: int = 0
):
    """Turns each sequence around; what lies behind its end stays.

    data: The sequences, of shape (time, batch, ...).
    sequence_length: With ``use_sequence_length``: the length of each sequence, of shape (batch,).
    use_sequence_length: Whether lengths are given; every sequence is as long as the axis otherwise.
    axis: The axis of time, which must be 0.
    """
    column = _column(data.shape, sequence_length, use_sequence_length, axis, axes=(0,))
    if sequence_length is None:
        return F.flip(data, 0)
    length = F.reshape(_whole(F, sequence_length, 0, data.shape[0]), column)
    time = F.reshape(F.arange(data.shape[0]), (-1,) + (1,) * (data.ndim - 1))
    return F.take_along_axis(data, F.where(time < length, length - 1 - time, time), 0)
