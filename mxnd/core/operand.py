"""Python's arithmetic on what stands for an array in the body of an operator: each operator is a word of its F."""

from __future__ import annotations

from typing import Any


class Operand:
    """Arithmetic in the words of ``self.F``. ``value`` is the array it stands for, None while it is not computed."""

    __array_ufunc__ = None
    __slots__ = ()
    F: Any
    value: Any
    dtype: Any

    def __neg__(self) -> Any:
        return self.F.negative(self)

    def __add__(self, other: Any) -> Any:
        return self.F.add(self, other)

    def __radd__(self, other: Any) -> Any:
        return self.F.add(other, self)

    def __sub__(self, other: Any) -> Any:
        return self.F.subtract(self, other)

    def __rsub__(self, other: Any) -> Any:
        return self.F.subtract(other, self)

    def __mul__(self, other: Any) -> Any:
        return self.F.multiply(self, other)

    def __rmul__(self, other: Any) -> Any:
        return self.F.multiply(other, self)

    def __truediv__(self, other: Any) -> Any:
        return self.F.divide(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return self.F.divide(other, self)

    def __pow__(self, other: Any) -> Any:
        return self.F.power(self, other)

    def __rpow__(self, other: Any) -> Any:
        return self.F.power(other, self)

    def __bool__(self) -> bool:
        raise TypeError("the body of an operator must not branch on values")
