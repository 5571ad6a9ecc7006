"""Families: operators that differ in one row. A row makes all of its operators."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ..core.formula import Rule
from ..core.op import declare, registry
from ..core.params import Array, Double
from ..core.shapes import broadcast_shape, same_shape


def unary(
    name: str,
    summary: str,
    value: Callable[[Any, Any], Any] | Rule,
    *,
    aliases: Iterable[str] = (),
    dtypes: str = "number",
    method: bool = True,
    exact: bool = False,
    domain: tuple[float, float] = (-1.9, 2.1),
) -> None:
    """An operator of one input, element by element.

    Integers are computed in float32 unless ``exact``; ``domain`` is where samples of the curve are finite.
    """

    def body(F, data: Array):
        return value(F, data if exact or data.dtype.kind == "f" else F.cast(data, "float32"))

    doc = f"{summary}\n\ndata: The input, of any shape."
    options = {"aliases": tuple(aliases), "dtypes": dtypes, "method": method}
    registry.add(declare(body, name, doc, samples=({"data": (2, 3), "domain": domain},), **options))


@dataclass(frozen=True)
class Binary:
    """The forms one row of arithmetic takes: operators by name, the dispatching functions, the Python operator."""

    broadcast: str
    scalar: str
    rscalar: str  # the number stands left
    functions: tuple[str, ...]
    dunder: str
    number: Callable[[Any, Any], Any]  # what two plain numbers give
    operands: tuple[str, str]  # their names in the functions


BINARY: list[Binary] = []


def arithmetic(
    name: str,
    summary: str,
    value: Callable[[Any, Any, Any], Any],
    number: Callable[[Any, Any], Any],
    *,
    stem: str = "",
    elemwise: str = "",
    functions: tuple[str, ...] = (),
    dunder: str = "",
    reflected: str = "",
    domain: tuple[float, float] = (-1.9, 2.1),
    also: str = "",
    operands: tuple[str, str] = ("lhs", "rhs"),
) -> None:
    """An operation of two arrays, or of an array and a number, in all the forms MXNet gives it.

    ``value(F, a, b)`` gets two arrays, or an array and a scalar of its dtype on either side; ``number`` is the same on
    plain numbers. Declares ``broadcast_NAME``, the same-shape form (``elemwise`` or ``_STEM``), ``_STEM_scalar`` and,
    unless the operation commutes or mirrors another (``reflected`` names the scalar form), ``_rSTEM_scalar``.
    ``also`` is one more name of the scalar or, without that ending, the same-shape form.
    """
    stem = stem or name
    title = stem.title()
    places = "lhs: The left operand.\nrhs: The right operand, of the same dtype."
    numbers = (
        "data: The array.\nscalar: The number; cut to the dtype of ``data``.\n"
        "is_int: When False, an integer array is computed with, and returned, as float64."
    )

    def broadcast(F, lhs: Array, rhs: Array):
        if lhs.shape != rhs.shape:
            broadcast_shape(lhs.shape, rhs.shape)
        return value(F, lhs, rhs)

    def same(F, lhs: Array, rhs: Array):
        same_shape(lhs.shape, rhs.shape)
        return value(F, lhs, rhs)

    def scalar(F, data: Array, scalar: Double = 1.0, is_int: bool = True):
        data = data if is_int or data.dtype.kind == "f" else F.cast(data, "float64")
        return _in(F, data.dtype, value(F, data, F.scalar(scalar, data.dtype)))

    def rscalar(F, data: Array, scalar: Double = 1.0, is_int: bool = True):
        data = data if is_int or data.dtype.kind == "f" else F.cast(data, "float64")
        return _in(F, data.dtype, value(F, F.scalar(scalar, data.dtype), data))

    def add(body: Any, op_name: str, how: str, docs: str, aliases: tuple[str, ...], rhs: Any) -> None:
        first, second = ("data", "scalar") if body in (scalar, rscalar) else ("lhs", "rhs")
        others = tuple(alias for alias in dict.fromkeys(aliases) if alias != op_name)
        sample = {first: (2, 3), second: rhs, "domain": domain}
        dtype = None if second == "scalar" else "like"
        doc = f"{summary} {how}\n\n{docs}"
        registry.add(declare(body, op_name, doc, aliases=others, samples=(sample,), dtype=dtype))

    plus = (f"broadcast_{stem}",) if stem in ("plus", "minus") else ()
    short = (f"_{name}",) if elemwise else ()
    of_scalar, of_same = ((also,), ()) if also.endswith("_scalar") else ((), (also,) if also else ())
    camel = title.replace("_", "")
    add(broadcast, f"broadcast_{name}", "The inputs broadcast.", places, plus, (2, 1))
    add(
        same,
        elemwise or f"_{stem}",
        "Both inputs have one shape.",
        places,
        (f"_{stem}", f"_{title}", *short, *of_same),
        (2, 3),
    )
    add(scalar, f"_{stem}_scalar", "The array stands left.", numbers, (f"_{camel}Scalar", *of_scalar), 2.0)
    if not reflected:
        reflected = f"_r{stem}_scalar"
        add(rscalar, reflected, "The array stands right.", numbers, (f"_R{camel}Scalar",), 2.0)
    BINARY.append(Binary(f"broadcast_{name}", f"_{stem}_scalar", reflected, functions, dunder, number, operands))


def _in(F: Any, dtype: Any, x: Any) -> Any:
    return x if x.dtype == dtype else F.cast(x, dtype)


def comparison(
    name: str, summary: str, word: str, number: Callable[[Any, Any], Any], mirror: str, dunder: str = ""
) -> None:
    """A comparison or logical operation: 1 where it holds and 0 elsewhere, in the inputs' dtype.

    ``mirror`` names the comparison that holds when both operands change places.
    """

    def value(F: Any, a: Any, b: Any) -> Any:
        return F.cast(getattr(F, word)(a, b), a.dtype)

    arithmetic(name, summary, value, lambda a, b: float(number(a, b)),
               functions=(name,), dunder=dunder, reflected=f"_{mirror}_scalar")  # fmt: skip
