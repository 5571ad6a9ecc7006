"""Reductions, their positions (argmax ...), broadcasting to a larger shape."""

from collections.abc import Iterator

from . import FLOATS, INTS, Case, array, case, distinct, ints, normal, ones, positive, specials, unit, zeros

SHAPE_REDUCTIONS = ("sum", "mean", "prod", "nansum", "nanprod", "max", "min")
AXES = (None, 0, -1, (0, 2), (-1, 1), (), (0, 1, 2), "(1,)", "None", [2, 0])
INF, NAN = float("inf"), float("nan")


def cases() -> Iterator[Case]:
    for op in SHAPE_REDUCTIONS:
        yield from reduction(op)
    for op, of in (("sum_axis", "sum"), ("max_axis", "max"), ("min_axis", "min"), ("_square_sum", "sum")):
        yield case(op, data=normal((2, 3)), axis=1)
        yield case(op, data=normal((2, 3)), keepdims=of == "sum")
    yield from norm()
    yield from positions()
    yield from moments()
    yield from broadcasting()


def numbers(op: str, shape: tuple[int, ...], dtype: str = "float32"):
    if op in ("max", "min"):
        return distinct(shape, dtype)
    return unit(shape, dtype) if op in ("prod", "nanprod") and dtype in INTS else normal(shape, dtype)


def reduction(op: str) -> Iterator[Case]:
    shape = (2, 3, 2)
    yield case(op, data=numbers(op, shape))
    for axis in AXES:
        yield case(op, data=numbers(op, shape), axis=axis)
    yield case(op, data=numbers(op, shape), axis=1, keepdims=True)
    yield case(op, data=numbers(op, shape), keepdims="True")
    yield case(op, data=numbers(op, shape), axis=1, exclude=True)
    yield case(op, data=numbers(op, shape), axis=(0, -1), exclude=1, keepdims=True)
    yield case(op, data=numbers(op, shape), exclude=True)
    yield case(op, data=numbers(op, shape), axis=(), exclude=True)
    for small in ((5,), (1,), (2, 3), (1, 2, 1, 3), (2, 1, 2, 2, 2)):
        yield case(op, data=numbers(op, small), axis=0)
        yield case(op, data=numbers(op, small), axis=len(small) - 1, keepdims=True)
    for dtype in ("float16", "float64", *INTS):
        yield case(op, data=numbers(op, (3, 4), dtype), axis=1)
        yield case(op, data=numbers(op, (3, 4), dtype))
    for dtype in FLOATS:
        yield case(op, data=specials((10,), dtype))
        yield case(op, data=array([[NAN, 1], [2, INF], [-INF, 3], [NAN, NAN], [0, -0.0]], dtype), axis=1)
    yield case(op, data=array([[2.0, 2, 1], [0, 0, 5], [3, 0, 3], [-1, -1, -1]]), axis=1)
    yield case(op, data=array([100, 100, 100, -3], "int8"))
    yield case(op, data=array([2**31 - 1, 5, 2], "int64"))
    yield case(op, data=array([2000.0] * 40, "float16"))
    yield case(op, data=array([0.1] * 50, "float16"))
    yield case(op, data=array([2.0**24] + [1.0] * 20))
    yield case(op, data=zeros((0,)))
    for axis in (3, -4, (0, 0), (1, 3), "one", 1.5):
        yield case(op, data=ones(shape), axis=axis)
    yield case(op, data=ones(shape), axes=1)
    yield case(op)


def norm() -> Iterator[Case]:
    for order in (1, 2):
        for axis in (None, 0, -1, (0, 1), (0, 2), (1, 2), ()):
            yield case("norm", data=normal((2, 3, 2)), ord=order, axis=axis)
        yield case("norm", data=normal((2, 3)), ord=order, axis=1, keepdims=True)
        yield case("norm", data=normal((2, 3)), ord=order, keepdims=True)
        yield case("norm", data=array([[0.0, 0, 0], [3, 0, -4]]), ord=order, axis=1)
        for dtype in FLOATS:
            yield case("norm", data=specials((2, 5), dtype), ord=order, axis=1)
            yield case("norm", data=normal((2, 2), dtype), ord=order)
        for dtype in INTS:
            yield case("norm", data=array([[3, 4], [0, 2]], dtype), ord=order, axis=1)
        for out_dtype in ("float16", "float32", "float64"):
            yield case("norm", data=normal((2, 3)), ord=order, out_dtype=out_dtype)
        yield case("norm", data=normal((2, 3), "float16"), ord=order, out_dtype="float32", axis=0)
        yield case("norm", data=array([[3, 4], [6, 8]], "int32"), ord=order, out_dtype="float32", axis=1)
        yield case("norm", data=array([3, 4], "int8"), ord=order, out_dtype="int32")
    yield case("norm", data=normal((5,)))
    yield case("norm", data=normal((2, 1, 2, 1, 2)), axis=-1)
    yield case("norm", data=array([1e20, 1e20]))
    for bad in ({"ord": 3}, {"ord": 0}, {"axis": 5}, {"axis": (0, 1, 2)}, {"out_dtype": "uint8"}, {"ord": 1.5}):
        yield case("norm", data=normal((2, 3, 2)), **bad)


def positions() -> Iterator[Case]:
    for op in ("argmax", "argmin"):
        yield case(op, data=distinct((2, 3, 2)))
        for axis in (None, 0, 1, -1, "1", "None"):
            yield case(op, data=distinct((2, 3, 2)), axis=axis)
            yield case(op, data=distinct((2, 3, 2)), axis=axis, keepdims=True)
        for dtype in FLOATS + INTS:
            yield case(op, data=distinct((2, 4), dtype), axis=1)
        yield case(op, data=array([[1.0, 3, 3], [0, 0, 0], [2, 1, 1]]), axis=1)
        for row in ([NAN, 1, 2], [1, NAN, 2], [1, 2, NAN], [NAN, NAN, NAN], [INF, NAN, -INF], [-INF, -INF, INF]):
            yield case(op, data=array([row]), axis=1)
        yield case(op, data=distinct((5,)), axis=0)
        yield case(op, data=distinct((1, 2, 1, 2, 2)), axis=3)
        for axis in (2, -3, (0, 1), 0.5):
            yield case(op, data=ones((2, 2)), axis=axis)
    for data in (
        distinct((2, 3)),
        distinct((2, 3), "float64"),
        distinct((2, 3, 2)),
        distinct((4,)),
        ints((2, 3), "int32"),
    ):
        yield case("argmax_channel", data=data)
    yield case("argmax_channel", data=array([[1.0, 1], [NAN, 2], [2, NAN]]))


def moments() -> Iterator[Case]:
    for axes in (None, 0, (0, 2), -1, (), (0, 1, 2)):
        yield case("moments", data=normal((2, 3, 2)), axes=axes)
    yield case("moments", data=normal((2, 3)), axes=1, keepdims=True)
    for dtype in FLOATS:
        yield case("moments", data=normal((2, 4), dtype), axes=(1,))
    yield case("moments", data=specials((10,)), axes=0)
    yield case("moments", data=array([1000.0, 1000.5, 1001]), axes=0)
    yield case("moments", data=positive((2, 4), "int32"), axes=(1,))
    yield case("moments", data=normal((2, 3)), axes=2)
    yield case("moments", data=normal((2, 3)))


def broadcasting() -> Iterator[Case]:
    for dtype in FLOATS + INTS:
        yield case("broadcast_to", data=normal((2, 1), dtype), shape=(2, 3))
    for source, shape in (
        ((3,), (3,)),
        ((1, 1, 2), (2, 3, 2)),
        ((2, 1, 3), (0, 4, 0)),
        ((1, 1, 1, 1, 1), (1, 2, 1, 2, 3)),
    ):
        yield case("broadcast_to", data=normal(source), shape=shape)
    for source, shape in (((2, 1), "(2, 2)"), ((2, 1), (3, 1)), ((3,), (2, 3)), ((2, 1), (2,)), ((2, 1), (2, -1))):
        yield case("broadcast_to", data=normal(source), shape=shape)
    yield case("broadcast_to", data=normal((2, 1)))
    for op in ("broadcast_axis", "broadcast_axes"):
        yield case(op, data=normal((1, 2, 1)), axis=(0, 2), size=(2, 3))
        yield case(op, data=normal((1, 2, 1)), axis=2, size=4)
    for axis, size in ((0, 3), (-1, 2), ((2, 0), (2, 3)), (1, 3), (0, (2, 3)), (3, 2), ((0, 0), (2, 2)), (0, 0)):
        yield case("broadcast_axis", data=normal((1, 2, 1)), axis=axis, size=size)
    yield case("broadcast_axis", data=normal((1, 2)))
    yield case("broadcast_axis", data=ints((1, 2), "int64"), axis=0, size=2)
    yield case("broadcast_like", lhs=normal((2, 1)), rhs=normal((2, 3)))
    yield case("broadcast_like", lhs=normal((1, 1, 2), "float16"), rhs=normal((3, 2, 2)))
    yield case("broadcast_like", lhs=ints((1, 2), "int32"), rhs=normal((3, 2)))
    yield case("broadcast_like", lhs=normal((1, 2, 1)), rhs=normal((4, 5)), lhs_axes=(0, 2), rhs_axes=(0, 1))
    yield case("broadcast_like", lhs=normal((1, 2)), rhs=normal((4, 3)), lhs_axes=0, rhs_axes=-1)
    yield case("broadcast_like", lhs=normal((1, 2)), rhs=normal((4, 3)), lhs_axes=(0,))
    yield case("broadcast_like", lhs=normal((2, 1)), rhs=normal((3, 3)))
    yield case("broadcast_like", lhs=normal((3,)), rhs=normal((2, 3)))
    yield case("broadcast_like", lhs=normal((1, 2)), rhs=normal((4, 3)), lhs_axes=(0, 5), rhs_axes=(0, 1))
