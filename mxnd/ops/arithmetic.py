"""Arithmetic, comparison and logic of two operands: one row per operation, every form of it made from the row."""

from __future__ import annotations

import math
import operator
from typing import Any

from .family import arithmetic, comparison


def _integers(a: Any, b: Any) -> bool:
    return (a if hasattr(a, "dtype") else b).dtype.kind != "f"


def _divide(F: Any, a: Any, b: Any) -> Any:
    return F.int_divide(a, b) if _integers(a, b) else F.divide(a, b)


def _power(F: Any, a: Any, b: Any) -> Any:
    return F.power(F.cast(F.asarray(a), "float64"), b) if _integers(a, b) else F.power(a, b)


arithmetic("add", "Sum.", lambda F, a, b: F.add(a, b), operator.add, stem="plus", elemwise="elemwise_add",
           functions=("add",), dunder="add", reflected="_plus_scalar", also="_scatter_plus_scalar")  # fmt: skip
arithmetic("sub", "Difference.", lambda F, a, b: F.subtract(a, b), operator.sub, stem="minus", elemwise="elemwise_sub",
           functions=("subtract",), dunder="sub", also="_scatter_minus_scalar")  # fmt: skip
arithmetic("mul", "Product.", lambda F, a, b: F.multiply(a, b), operator.mul, elemwise="elemwise_mul",
           functions=("multiply",), dunder="mul", reflected="_mul_scalar")  # fmt: skip
arithmetic("div", "Quotient; of integers cut toward zero.", _divide, operator.truediv, elemwise="elemwise_div",
           functions=("divide", "true_divide"), dunder="truediv", also="_scatter_elemwise_div")  # fmt: skip
arithmetic("mod", "Remainder with the sign of the divisor; 0 where the divisor is 0.", lambda F, a, b: F.mod(a, b),
           operator.mod, functions=("modulo",), dunder="mod")  # fmt: skip
arithmetic("power", "Left operand to the power of the right one.", _power, operator.pow,
           functions=("power",), dunder="pow", operands=("base", "exp"), domain=(0.2, 2.0))  # fmt: skip
arithmetic("maximum", "The larger of the two.", lambda F, a, b: F.maximum(a, b), max,
           functions=("maximum",), reflected="_maximum_scalar")  # fmt: skip
arithmetic("minimum", "The smaller of the two.", lambda F, a, b: F.minimum(a, b), min,
           functions=("minimum",), reflected="_minimum_scalar")  # fmt: skip
arithmetic("hypot", "Hypotenuse of a right triangle with these legs.", lambda F, a, b: F.hypot(a, b), math.hypot,
           reflected="_hypot_scalar")  # fmt: skip

comparison("equal", "1 where both are equal, 0 elsewhere.", "equal", operator.eq, "equal", "eq")
comparison("not_equal", "1 where they differ, 0 elsewhere.", "not_equal", operator.ne, "not_equal", "ne")
comparison("greater", "1 where the left is greater, 0 elsewhere.", "greater", operator.gt, "lesser", "gt")
comparison("greater_equal", "1 where the left is not smaller, 0 elsewhere.", "greater_equal", operator.ge,
           "lesser_equal", "ge")  # fmt: skip
comparison("lesser", "1 where the left is smaller, 0 elsewhere.", "less", operator.lt, "greater", "lt")
comparison("lesser_equal", "1 where the left is not greater, 0 elsewhere.", "less_equal", operator.le,
           "greater_equal", "le")  # fmt: skip
comparison("logical_and", "1 where both are not 0, 0 elsewhere.", "logical_and", lambda a, b: bool(a) and bool(b),
           "logical_and")  # fmt: skip
comparison("logical_or", "1 where either is not 0, 0 elsewhere.", "logical_or", lambda a, b: bool(a) or bool(b),
           "logical_or")  # fmt: skip
comparison("logical_xor", "1 where exactly one is not 0, 0 elsewhere.", "logical_xor",
           lambda a, b: bool(a) != bool(b), "logical_xor")  # fmt: skip
