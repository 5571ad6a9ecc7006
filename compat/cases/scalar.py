"""Functions of an array and a number, as NDArray's operators call them (mx.nd._internal._plus_scalar ...)."""

from collections.abc import Iterator

from . import Case, array, case, normal, ones, positive, specials

INF, NAN = float("inf"), float("nan")
ARITHMETIC = [
    "plus", "minus", "rminus", "mul", "div", "rdiv", "mod", "rmod", "power", "rpower", "maximum", "minimum", "hypot",
]  # fmt: skip
COMPARISON = [
    "equal", "not_equal", "greater", "greater_equal", "lesser", "lesser_equal", "logical_and", "logical_or",
    "logical_xor",
]  # fmt: skip
ALIASES = [
    "_PlusScalar", "_MinusScalar", "_RMinusScalar", "_MulScalar", "_DivScalar", "_RDivScalar", "_ModScalar",
    "_RModScalar", "_PowerScalar", "_RPowerScalar", "_MaximumScalar", "_MinimumScalar", "_HypotScalar", "_EqualScalar",
    "_NotEqualScalar", "_GreaterScalar", "_GreaterEqualScalar", "_LesserScalar", "_LesserEqualScalar",
    "_LogicalAndScalar", "_LogicalOrScalar", "_LogicalXorScalar", "_scatter_plus_scalar", "_scatter_minus_scalar",
]  # fmt: skip
FLOATS_AROUND = [-2.5, -1.0, -0.5, 0.25, 0.5, 1.0, 2.0, 3.0]


def cases() -> Iterator[Case]:
    for name in ARITHMETIC + COMPARISON:
        op = f"_{name}_scalar"
        for scalar in (2, -1.5, 0, 0.5, "1.0"):
            yield case(op, data=array(FLOATS_AROUND), scalar=scalar)
        for scalar in (2.5, 0.0, -1.0, INF, -INF, NAN):
            yield case(op, data=specials((10,)), scalar=scalar)
        for dtype in ("float16", "float64"):
            yield case(op, data=specials((10,), dtype), scalar=-0.3)
            yield case(op, data=normal((2, 1, 3), dtype), scalar=0.1)
        yield case(op, data=normal((2, 1, 2, 1, 2)), scalar=1.25)
        yield case(op, data=normal((2, 2)))
        yield case(op, data=normal((2, 2)), scalar=0.75, is_int=False)
        yield from integers(name, op)
    for op in ALIASES:
        yield case(op, data=array(FLOATS_AROUND), scalar=2)
    yield case("_plus_scalar", data=ones((2,)), scalar="one")
    yield case("_plus_scalar", data=ones((2,)), scalar=None)
    yield case("_plus_scalar", data=ones((2,)), scalar=1e39)
    yield case("_plus_scalar", data=ones((2,), "float64"), scalar=1e300)
    yield case("_plus_scalar", scalar=1.0)
    yield case("_mul_scalar", data=array([2**24 + 1, 2**40], "int64"), scalar=3)
    yield case("_plus_scalar", data=array([2**24 + 1, 2**40 + 1], "int64"), scalar=1)
    yield case("_div_scalar", data=array([1, 2], "int32"), scalar=0)
    yield case("_rdiv_scalar", data=array([0, 2], "int32"), scalar=4)  # undefined in C++: any answer to 4 / 0 will do
    yield case("_mod_scalar", data=array([5, -5], "int32"), scalar=0)
    yield case("_rmod_scalar", data=array([0, 3], "int32"), scalar=5)
    yield case("_mod_scalar", data=array([5.5, -5.5, 0, 4]), scalar=-2)
    yield case("_rmod_scalar", data=array([2.0, -2, 0, 3]), scalar=-5)


def integers(name: str, op: str) -> Iterator[Case]:
    """Scalars are converted to the dtype first; scalars and results stay within it (else the C++ is undefined)."""
    growing = name in ("power", "rpower")
    signed = [1, 2, 3, 4] if growing else [-5, -2, 1, 2, 7]
    for scalar in (2, 2.7, 3.0) if growing else (2, -3, 2.7, -1.5, 1):
        yield case(op, data=array(signed, "int32"), scalar=scalar)
    for dtype in ("int8", "int64"):
        yield case(op, data=array(signed, dtype), scalar=2)
    for scalar in (9, 8.5) if name == "rminus" else (2, 1.5):
        yield case(op, data=array([2, 3, 1, 2], "uint8"), scalar=scalar)
    if name not in ("div", "rdiv", "mod", "rmod", "power", "rpower"):
        yield case(op, data=array([0, 1, 2, -2], "int32"), scalar=0.5)
    yield case(op, data=positive((4,), "int32"), scalar=2.5, is_int=False)
