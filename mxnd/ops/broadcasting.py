"""Axes of size 1 repeated to a larger shape."""

from __future__ import annotations

from ..core.errors import ArgumentError
from ..core.op import op
from ..core.params import Array, Shape
from ..core.shapes import axis_of
from .identity import BESIDE


def _check(source: tuple[int, ...], target: tuple[int, ...]) -> tuple[int, ...]:
    """``target``; ArgumentError unless ``source`` broadcasts to it axis by axis."""
    if len(source) != len(target):
        raise ArgumentError(f"shape {source} does not broadcast to {target}: the numbers of axes differ")
    for i, (m, n) in enumerate(zip(source, target)):
        if n < 0 or m not in (1, n):
            raise ArgumentError(f"shape {source} does not broadcast to {target}: axis {i} is {m} and {n}")
    return target


@op(method=True, dtypes="any", samples=[dict(data=(2, 1), shape=(2, 3)), dict(data=(1, 3, 1), shape=(2, 0, 4))])
def broadcast_to(F, data: Array, shape: Shape = ()):
    """The input, its axes of size 1 repeated to a shape of as many axes.

    data: The input.
    shape: The shape to reach; 0 keeps the size of that axis.
    """
    return F.broadcast_to(
        data, _check(data.shape, tuple(n or m for n, m in zip(shape, data.shape)) + shape[data.ndim :])
    )


@op(
    aliases=("broadcast_axes",),
    method=("broadcast_axes",),
    dtypes="any",
    samples=[dict(data=(1, 2, 1), axis=2, size=3), dict(data=(1, 2, 1), axis=(0, 2), size=(2, 3))],
)
def broadcast_axis(F, data: Array, axis: Shape = (), size: Shape = ()):
    """The input, some axes of size 1 repeated.

    data: The input.
    axis: The axis or axes to repeat; their size must be 1.
    size: For each of them, how often.
    """
    if len(axis) != len(size):
        raise ArgumentError(f"axis={axis} and size={size} must be of one length")
    shape = list(data.shape)
    for a, n in zip(axis, size):
        if shape[axis_of(a, data.ndim)] != 1:
            raise ArgumentError(f"axis={axis}: axis {a} is not of size 1")
        shape[a] = n
    return F.broadcast_to(data, _check(data.shape, tuple(shape)))


@op(
    method=True,
    dtypes="any",
    free=("rhs",),
    samples=[dict(lhs=(2, 1), rhs=(2, 3)), dict(lhs=(1, 2, 1), rhs=(4, 5), lhs_axes=(0, 2), rhs_axes=(0, 1))],
)
def broadcast_like(F, lhs: Array, rhs: Array, lhs_axes: Shape | None = None, rhs_axes: Shape | None = None):
    """The left input, its axes of size 1 repeated to the sizes of the right one.

    lhs: The input.
    rhs: The array that lends its shape.
    lhs_axes: The axes of ``lhs`` to repeat; all when left out.
    rhs_axes: For each of them, the axis of ``rhs`` whose size it takes.
    """
    if lhs_axes is None or rhs_axes is None:
        return F.broadcast_to(BESIDE(F, lhs, rhs), _check(lhs.shape, rhs.shape))
    if len(lhs_axes) != len(rhs_axes) or not lhs_axes:
        raise ArgumentError(f"lhs_axes={lhs_axes} and rhs_axes={rhs_axes} must be of one length, at least 1")
    shape = list(lhs.shape)
    for mine, theirs in zip(lhs_axes, rhs_axes):
        shape[axis_of(mine, lhs.ndim)] = rhs.shape[axis_of(theirs, rhs.ndim)]
    return F.broadcast_to(BESIDE(F, lhs, rhs), _check(lhs.shape, tuple(shape)))
