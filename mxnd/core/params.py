"""Parameter types: what an annotation in an operator's signature accepts, and what MXNet calls it.

A value may come as the Python object, as a NumPy scalar, or as the string that MXNet itself would have written
(``"(3, 3)"``, ``"True"``, ``"0.1"``): legacy scripts and Symbol JSON use all three.
"""

from __future__ import annotations

import ast
import operator
import struct
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, Union

import numpy as np

from .dtypes import NAMES
from .errors import did_you_mean


class Array:
    """Annotation of an input. ``Array`` is required, ``Array | None`` optional, ``*args: Array`` any number."""


Shape = tuple[int, ...]
Floats = tuple[float, ...]
Double = Annotated[float, "double"]
Size = Annotated[int, "int (non-negative)"]
Long = Annotated[int, "long"]
LongSize = Annotated[int, "long (non-negative)"]
Count = Annotated[int, "count"]  # how many inputs a variadic operator got; filled in when the caller leaves it out

FLOAT_MAX = float(np.finfo(np.float32).max)
SINGLE = struct.Struct("f")
QUICK = {"_pack": SINGLE.pack, "_unpack": SINGLE.unpack, "_ints": {int}}
"""What the text of ``Kind.quick`` refers to."""


class _Required:
    def __repr__(self) -> str:
        return "<required>"


required: Final[Any] = _Required()
"""The default of a required parameter that stands after optional ones."""


@dataclass(frozen=True)
class Kind:
    """One type of parameter: MXNet's name for it, and the function that reads a value (ValueError when it cannot).

    ``quick`` says the same of the usual values as Python text, for the calls that are compiled: a test of ``{0}``, and
    what ``parse`` makes of a value that passes.
    """

    registry: str
    parse: Callable[[Any], Any]
    choices: tuple[str | None, ...] = ()
    quick: tuple[str, str] | None = None


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise ValueError from None


def parse_bool(value: Any) -> bool:
    """``True``, ``1``, ``"True"``, ``"true"``, ``"1"`` and their opposites."""
    if isinstance(value, (int, np.integer, np.bool_)) and value in (0, 1):
        return bool(value)
    if isinstance(value, str) and (low := value.strip().lower()) in ("true", "false", "1", "0"):
        return low in ("true", "1")
    raise ValueError("a boolean")


def integer(registry: str, low: int, high: int, what: str = "an int") -> Kind:
    """An exact integer within [low, high]."""

    def parse(value: Any) -> int:
        try:
            number = operator.index(_literal(value) if isinstance(value, str) else value)
        except (TypeError, ValueError):
            raise ValueError(what) from None
        if not low <= number <= high:
            raise ValueError(f"{what} from {low} to {high}")
        return number

    return Kind(registry, parse, quick=(f"{{0}}.__class__ is int and {low} <= {{0}} <= {high}", "{0}"))


def parse_double(value: Any) -> float:
    """A float64."""
    if isinstance(value, (str, int, float, np.number, np.bool_)) and not isinstance(value, complex):
        try:
            return float(value)
        except (ValueError, OverflowError):
            pass
    raise ValueError("a number")


def parse_float(value: Any) -> float:
    """A float as MXNet keeps it: rounded to float32, so float64 arithmetic meets the same constant."""
    number = parse_double(value)
    if abs(number) > FLOAT_MAX and abs(number) != float("inf"):
        raise ValueError(f"a float32 number (at most {FLOAT_MAX:.6g} in size)")
    rounded: float = SINGLE.unpack(SINGLE.pack(number))[0]  # half as dear as np.float32
    return rounded


def parse_shape(value: Any) -> Shape:
    """A tuple of ints; one int stands for a tuple of one."""
    if type(value) is int:
        return (value,)
    try:
        items = _literal(value) if isinstance(value, str) else value
        if isinstance(items, np.ndarray):
            items = items.tolist()
        if isinstance(items, (tuple, list)):
            return tuple(operator.index(dim) for dim in items)
        return (operator.index(items),)
    except (TypeError, ValueError):
        raise ValueError("a tuple of ints") from None


def parse_ends(value: Any) -> tuple[int | None, ...]:
    """A tuple of ints or ``None``, as ``begin`` and ``end`` of ``slice`` take it."""
    items = _literal(value) if isinstance(value, str) else value
    try:
        if isinstance(items, (tuple, list)):
            return tuple(None if item is None else operator.index(item) for item in items)
        return (None if items is None else operator.index(items),)
    except TypeError:
        raise ValueError("a tuple of ints or None") from None


def parse_floats(value: Any) -> Floats:
    """A tuple of floats; one number stands for a tuple of one."""
    try:
        items = _literal(value) if isinstance(value, str) else value
        return tuple(parse_float(item) for item in (items if hasattr(items, "__iter__") else (items,)))
    except (TypeError, ValueError):
        raise ValueError("a tuple of floats") from None


def parse_string(value: Any) -> str:
    """Text; anything else is turned into it, as MXNet does."""
    return value if isinstance(value, str) else str(value)


def dtype_name(value: Any) -> Any:
    """``np.float32`` and ``np.dtype('float32')`` as ``"float32"``; strings and ``None`` as they are."""
    if value is None or isinstance(value, str):
        return value
    try:
        found = np.dtype(value)
    except TypeError:
        return value
    return NAMES.get(found) or str(found.name)


def _plain_dtype(name: str) -> str:
    """Another of NumPy's names for a dtype (``"int"``, ``"f"``) as the usual one; any other text as it is."""
    try:
        return str(np.dtype(name).name)
    except TypeError:
        return name


def enum(choices: tuple[str | None, ...]) -> Kind:
    """One of some strings; dtypes may come as NumPy types."""
    names = [choice for choice in choices if choice is not None]

    def parse(value: Any) -> str | None:
        value = dtype_name(value)
        if "float32" in choices and isinstance(value, str) and value not in choices:
            value = _plain_dtype(value)
        if value in choices:
            return typing.cast("str | None", value)
        if value == "None" and None in choices:
            return None
        raise ValueError(f"one of {', '.join(map(repr, choices))}{did_you_mean(str(value), names)}")

    words = ", ".join("None" if c is None else f"'{c}'" for c in choices)
    return Kind(f"{{{words}}}", parse, choices, (f"{{0}}.__class__ is str and {{0}} in {choices!r}", "{0}"))


Ends = Annotated[tuple[int, ...], "ends"]

INT = integer("int", -(2**31), 2**31 - 1)

KINDS: dict[Any, Kind] = {
    bool: Kind("boolean", parse_bool, quick=("{0}.__class__ is bool", "{0}")),
    int: INT,
    float: Kind(
        "float",
        parse_float,
        quick=(f"{{0}}.__class__ is float and -{FLOAT_MAX!r} <= {{0}} <= {FLOAT_MAX!r}", "_unpack(_pack({0}))[0]"),
    ),
    str: Kind("string", parse_string),
    Double: Kind("double", parse_double, quick=("{0}.__class__ is float", "{0}")),
    Size: integer("int (non-negative)", 0, 2**31 - 1, "a non-negative int"),
    Long: integer("long", -(2**63), 2**63 - 1),
    LongSize: integer("long (non-negative)", 0, 2**63 - 1, "a non-negative int"),
    Count: INT,
    Shape: Kind("Shape(tuple)", parse_shape, quick=("{0}.__class__ is tuple and {{*map(type, {0})}} <= _ints", "{0}")),
    Ends: Kind("Shape(tuple)", parse_ends),
    Floats: Kind("tuple of <float>", parse_floats),
}


def _optional(kind: Kind) -> Kind:
    def parse(value: Any) -> Any:
        if value is None or value == "None":
            return None
        return kind.parse(value)

    registry = "Shape or None" if kind.registry == "Shape(tuple)" else f"{kind.registry} or None"
    return Kind(registry, parse, quick=kind.quick)


def kind_of(annotation: Any) -> Kind:
    """The Kind behind an annotation; TypeError when there is none."""
    if annotation in KINDS:
        return KINDS[annotation]
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Literal:
        return enum(args)
    if origin in (Union, types.UnionType):
        rest = tuple(arg for arg in args if arg is not type(None))
        if len(rest) == 1 and len(args) == 2:
            if typing.get_origin(rest[0]) is Literal:
                return enum((None, *typing.get_args(rest[0])))
            return _optional(kind_of(rest[0]))
    raise TypeError(f"no parameter type for the annotation {annotation!r}")
