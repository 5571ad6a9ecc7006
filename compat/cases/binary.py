"""Functions of two arrays: elemwise_*, broadcast_* and mx.nd's own add, divide, maximum ..., and add_n."""

from collections.abc import Iterator

from . import FLOATS, INTS, SPECIALS, Case, array, case, ints, normal, ones, positive, specials, unit

ARITHMETIC = ("add", "sub", "mul", "div", "mod", "power", "maximum", "minimum", "hypot")
COMPARISON = ("equal", "not_equal", "greater", "greater_equal", "lesser", "lesser_equal")
LOGIC = ("logical_and", "logical_or", "logical_xor")
ALIASES = [
    "broadcast_plus", "broadcast_minus", "_plus", "_minus", "_add", "_sub", "_mul", "_div", "_grad_add", "_Plus",
    "_Minus", "_Mul", "_Div", "_Mod", "_Power", "_Maximum", "_Minimum", "_Hypot", "_Equal", "_Not_Equal", "_Greater",
    "_Greater_Equal", "_Lesser", "_Lesser_Equal", "_Logical_And", "_Logical_Or", "_Logical_Xor",
    "_scatter_elemwise_div", "_identity_with_attr_like_rhs",
]  # fmt: skip
PYTHON = [
    "add", "subtract", "multiply", "divide", "true_divide", "modulo", "power", "maximum", "minimum", "equal",
    "not_equal", "greater", "greater_equal", "lesser", "lesser_equal", "logical_and", "logical_or", "logical_xor",
]  # fmt: skip
SAME = {"add": "elemwise_add", "sub": "elemwise_sub", "mul": "elemwise_mul", "div": "elemwise_div"}
SHAPES = (((2, 3), (2, 3)), ((2, 1, 3), (1, 2, 1)), ((4,), (1,)), ((2, 1, 2, 1, 2), (1, 2, 1, 2, 1)))


def cases() -> Iterator[Case]:
    for name in ARITHMETIC + COMPARISON + LOGIC:
        yield from broadcast(name)
        yield from elementwise(name)
    for op in ALIASES:
        yield case(op, lhs=ints((2, 3)), rhs=ints((2, 3)))
    yield from python_level()
    yield from sums()


def operands(name: str):
    """The kinds of numbers for the two sides: within the function's domain, and often equal where that matters."""
    left = positive if name == "power" else ints if name in COMPARISON + LOGIC else normal
    right = positive if name in ("div", "mod") else ints if name in COMPARISON + LOGIC else normal
    return left, right


def integers(name: str, dtype: str):
    """Integer operands whose result the dtype can hold."""
    signed = dtype != "uint8"
    if name == "power":
        return array([0, 1, 2, 3, 5], dtype), array([3, 2, 2, 1, 0], dtype)
    if name in ("div", "mod"):
        return array([7, 8, 9, 1, 0], dtype), array([2, 3, 3, 5, 4], dtype)
    if name in ("add", "mul", "sub", "hypot") and not signed:
        return array([9, 8, 7, 6, 5], dtype), array([5, 4, 7, 0, 1], dtype)
    return ints((5,), dtype), ints((5,), dtype)


def broadcast(name: str) -> Iterator[Case]:
    op = f"broadcast_{name}"
    left, right = operands(name)
    for a, b in SHAPES:
        yield case(op, lhs=left(a), rhs=right(b))
    for dtype in ("float16", "float64"):
        yield case(op, lhs=left((3, 1), dtype), rhs=right((1, 2), dtype))
    for dtype in FLOATS:
        yield case(op, lhs=specials((10, 1), dtype), rhs=specials((1, 10), dtype), diff=())
    yield case(op, lhs=specials((10,)), rhs=array(SPECIALS[3:] + SPECIALS[:3]))
    for dtype in INTS:
        a, b = integers(name, dtype)
        yield case(op, lhs=a, rhs=b)
    if name in ("div", "mod"):
        yield case(op, lhs=array([7, -7, 8, -8, 5], "int32"), rhs=array([3, 3, -3, -3, -5], "int32"))
    if name == "mod":
        yield case(op, lhs=array([7, -7, 0], "int32"), rhs=array([0, 0, 0], "int32"))
        floats = array([5.5, -5.5, 5.5, -5.5, 1, 6]), array([2.0, 2, -2, -2, 0, 3])
        yield case(op, lhs=floats[0], rhs=floats[1])
    yield case(op, lhs=normal((2, 3)), rhs=normal((2, 2)))
    yield case(op, lhs=normal((2, 3)), rhs=normal((3,)))
    yield case(op, lhs=normal((2, 3)), rhs=normal((2, 3), "float64"))
    yield case(op, lhs=ints((2, 3), "int32"), rhs=normal((2, 3)))


def elementwise(name: str) -> Iterator[Case]:
    op = SAME.get(name, f"_{name}")
    left, right = operands(name)
    yield case(op, lhs=left((6,)), rhs=right((6,)))
    yield case(op, lhs=left((2, 1, 3, 1, 2)), rhs=right((2, 1, 3, 1, 2)))
    for dtype in FLOATS:
        yield case(op, lhs=specials((10,), dtype), rhs=array(SPECIALS[4:] + SPECIALS[:4], dtype))
    for dtype in INTS:
        a, b = integers(name, dtype)
        yield case(op, lhs=a, rhs=b)
    yield case(op, lhs=normal((2, 3)), rhs=normal((1, 3)))
    yield case(op, lhs=normal((2, 3)), rhs=normal((2, 3), "float16"))
    if op in SAME.values():
        yield case(op, lhs=normal((2, 3)))
        yield case(op, lhs=ones((2, 3)), rhs=ones((3, 2)))
    if name == "div":
        yield case(op, lhs=array([1, 2], "int32"), rhs=array([0, 1], "int32"))


def python_level() -> Iterator[Case]:
    for op in PYTHON:
        left, right = (
            (positive, normal) if op == "power" else (ints, ints) if op not in PYTHON[:8] else (normal, positive)
        )
        yield case(op, left((2, 3)), right((2, 3)))
        yield case(op, left((2, 3)), right((1, 3)))
        yield case(op, left((2, 1, 2)), right((2, 1)))
        for number in (2, 1.5, 0, -3):
            yield case(op, left((4,)), number)
            yield case(op, number, left((4,)))
        yield case(op, positive((4,), "int32"), 2)
        yield case(op, 7, positive((4,), "int32"))
        yield case(op, positive((4,), "int32"), 2.5)
        yield case(op, left((3,), "float64"), 0.1)
        yield case(op, left((3,), "float16"), 0.1)
        yield case(op, left((3,)), right((2,)))
        yield case(op, left((3,)), right((3,), "float64"))
        yield case(op, left((3,)), "two")
    for left, right in ((array([1.0, 2, 3]), True), (False, array([1.0, 0])), (array([1, 0], "int64"), 2**40)):
        yield case("add", left, right)
        yield case("equal", left, right)


def sums() -> Iterator[Case]:
    for op in ("add_n", "ElementWiseSum"):
        for count in (1, 2, 3, 5):
            yield case(op, *[normal((2, 2))] * count)
        for dtype in FLOATS + INTS:
            yield case(op, *[unit((3,), dtype)] * 4)
    yield case("add_n", specials((10,)), specials((10,)))
    yield case("add_n", normal((2, 1, 2, 1, 2)), normal((2, 1, 2, 1, 2)))
    yield case("add_n", normal((2, 2)), normal((2, 1)))
    yield case("add_n", normal((2, 2)), normal((2, 2), "float64"))
    yield case("add_n", normal((2, 2)), 1.0)
    yield case("add_n")
