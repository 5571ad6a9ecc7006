"""What the machine, indexing and gradients know of an array; NDArray adds what users see."""

from __future__ import annotations

from typing import Any, TypeVar

from ..context import Context

A = TypeVar("A", bound="BaseArray")


class BaseArray:
    """A raw array on a context, and its place on the tape (``_node`` is None outside any graph)."""

    _data: Any
    _ctx: Context
    _node: Any = None
    _index: int = 0
    stype = "default"  # how it is stored: MXNet's name

    @classmethod
    def _of(cls: type[A], data: Any, ctx: Context) -> A:
        """An array around a raw one, which it owns from now on."""
        array = cls.__new__(cls)
        array._data = data
        array._ctx = ctx
        return array

    @property
    def shape(self) -> tuple[int, ...]:
        """The size of each axis."""
        return self._data.shape

    def _put(self, value: Any) -> None:
        """Take over the values of a raw array of the same shape."""
        self._ctx.F.write(self._data, value)
