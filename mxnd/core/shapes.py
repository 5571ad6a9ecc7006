"""Shape arithmetic shared by operators: axes, broadcasting, and the codes of Reshape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .errors import ArgumentError

Dims = tuple[int, ...]


def axis_of(axis: int, ndim: int) -> int:
    """A negative axis counted from the end; ArgumentError when it is not there."""
    if not -ndim <= axis < ndim:
        raise ArgumentError(f"axis={axis} is out of range for {ndim} dimension(s)")
    return axis % ndim


def axes_of(axis: int | Sequence[int] | None, ndim: int, exclude: bool = False) -> Dims:
    """The axes a reduction runs over, sorted; all of them for None or ``()``, even with ``exclude``."""
    if axis is None or axis == ():
        return tuple(range(ndim))
    given = (axis,) if isinstance(axis, int) else tuple(axis)
    axes: Dims = tuple(sorted(axis_of(a, ndim) for a in given))
    if len(set(axes)) != len(axes):
        raise ArgumentError(f"axis={given} names an axis twice")
    return tuple(a for a in range(ndim) if a not in axes) if exclude else axes


def counted(axis: int | Sequence[int], ndim: int) -> Dims:
    """One axis or several, known to be there, counted from the front."""
    return tuple([a % ndim for a in ((axis,) if isinstance(axis, int) else axis)])


def shaped(F: Any, x: Any, shape: Dims) -> Any:
    """x in a shape; itself when it has it."""
    return x if x.shape == shape else F.reshape(x, shape)


def same_shape(lhs: Dims, rhs: Dims) -> None:
    """ArgumentError unless both shapes are equal."""
    if lhs != rhs:
        raise ArgumentError(f"the shapes {lhs} and {rhs} differ (broadcast_* operators broadcast)")


def broadcast_shape(lhs: Dims, rhs: Dims) -> Dims:
    """The shape two shapes broadcast to; ArgumentError when they do not fit."""
    ndim = max(len(lhs), len(rhs))
    pairs = zip((1,) * (ndim - len(lhs)) + lhs, (1,) * (ndim - len(rhs)) + rhs)
    out = []
    for i, (m, n) in enumerate(pairs):
        if m != n and 1 not in (m, n):
            raise ArgumentError(f"the shapes {lhs} and {rhs} do not broadcast: axis {i} is {m} and {n}")
        out.append(n if m == 1 else m)
    return tuple(out)


def reshape(shape: Dims, codes: Sequence[int], reverse: bool = False) -> Dims:
    """The shape that Reshape's codes make of ``shape``.

    0 keeps the dimension in this place, -1 is what is left over, -2 copies all remaining dimensions, -3 joins the next
    two, -4 splits the next one into the two sizes that follow (one of which may be -1). ``reverse`` reads both shapes
    from the right, so that -4 then stands right of its sizes.
    """
    source, wanted = list(shape), list(codes)
    if reverse:
        source.reverse()
        wanted.reverse()
    out: list[int] = []
    place = 0
    i = 0
    while i < len(wanted):
        code = wanted[i]
        if code > 0:
            out.append(code)
            place += 1
        elif code == -1:
            out.append(-1)
            place += 1
        elif code in (0, -3):
            need = 1 if code == 0 else 2
            if place + need > len(source):
                raise ArgumentError(
                    f"code {code} at place {i} of shape={tuple(codes)} has no dimension left in {shape}"
                )
            out.append(math.prod(source[place : place + need]))
            place += need
        elif code == -2:
            out += source[place:]
            place = len(source)
        elif code == -4:
            if place >= len(source) or i + 2 >= len(wanted):
                raise ArgumentError(f"code -4 at place {i} of shape={tuple(codes)} needs a dimension and two sizes")
            out += _split(source[place], wanted[i + 1], wanted[i + 2])
            place += 1
            i += 2
        else:
            raise ArgumentError(f"shape={tuple(codes)} holds {code}; a size is positive, codes are 0, -1, -2, -3, -4")
        i += 1
    if out.count(-1) > 1:
        raise ArgumentError(f"shape={tuple(codes)} leaves more than one dimension open")
    if reverse:
        out.reverse()
    total = math.prod(shape)
    if -1 in out:
        rest = math.prod(n for n in out if n != -1)
        if rest == 0 or total % rest:
            raise ArgumentError(f"{total} elements of shape {shape} do not fill shape={tuple(codes)}")
        out[out.index(-1)] = total // rest
    if math.prod(out) != total:
        raise ArgumentError(f"shape {shape} has {total} elements, shape={tuple(codes)} makes {math.prod(out)}")
    return tuple(out)


def _split(size: int, first: int, second: int) -> list[int]:
    if first == -1 and second > 0 and size % second == 0:
        first = size // second
    elif second == -1 and first > 0 and size % first == 0:
        second = size // first
    if first <= 0 or second <= 0 or first * second != size:
        raise ArgumentError(f"a dimension of {size} does not split into {first} times {second}")
    return [first, second]
