"""Products of matrices: dot, batch_dot, khatri_rao, FullyConnected; and cumsum, histogram."""

from collections.abc import Iterator

from . import FLOATS, INTS, NUMBERS, Case, array, case, ints, normal, ones, positive, specials, zeros

INF, NAN = float("inf"), float("nan")


def cases() -> Iterator[Case]:
    yield from dot()
    yield from batch_dot()
    yield from khatri_rao()
    yield from fully_connected()
    yield from cumsum()
    yield from histogram()


def dot() -> Iterator[Case]:
    for a, b, options in (
        ((2, 3), (3, 2), {}), ((3, 2), (3, 4), {"transpose_a": True}), ((2, 3), (4, 3), {"transpose_b": True}),
        ((3, 2), (4, 3), {"transpose_a": True, "transpose_b": True}), ((4,), (4,), {}), ((2, 3), (3,), {}),
        ((3,), (3, 2), {}), ((2, 2, 3), (3, 2), {}), ((2, 3), (3, 2, 2), {}), ((2, 1, 3), (3, 1, 2), {}),
        ((1, 2, 1, 3), (3, 1, 2), {}), ((3, 2, 2), (3, 2), {"transpose_a": True}),
        ((2, 2, 3), (2, 3), {"transpose_b": True}), ((2, 3), (2, 2, 3), {"transpose_b": True}), ((1, 1), (1, 1), {}),
        ((4,), (4,), {"transpose_a": True}), ((3, 2), (3,), {"transpose_a": True}), ((2,), (3, 2),
        {"transpose_b": True}),
        ((2, 3), (2, 3), {}), ((3,), (2,), {}), ((2, 3), (2,), {}), ((2, 3), (3, 2), {"transpose_a": "True"}),
        ((2, 3), (3, 2), {"transpose": True}), ((1, 3), (3, 1, 2, 2), {}),
    ):  # fmt: skip
        yield case("dot", lhs=normal(a), rhs=normal(b), **options)
    for dtype in ("float16", "float64", *INTS):
        yield case("dot", lhs=positive((2, 2), dtype), rhs=positive((2, 3), dtype))
    yield case("dot", lhs=specials((1, 10)), rhs=ones((10, 1)))
    yield case("dot", lhs=array([[0.0, 1]]), rhs=array([[INF], [1]]))
    yield case("dot", lhs=normal((2, 3)), rhs=normal((3, 2), "float64"))
    yield case("dot", lhs=normal((2, 3)))
    yield case("dot", normal((2, 3)), 2.0)


def batch_dot() -> Iterator[Case]:
    for a, b, options in (
        ((2, 2, 3), (2, 3, 2), {}), ((2, 3, 2), (2, 3, 4), {"transpose_a": True}),
        ((2, 2, 3), (2, 4, 3), {"transpose_b": True}), ((2, 3, 2), (2, 4, 3), {"transpose_a": True,
        "transpose_b": True}),
        ((1, 1, 1), (1, 1, 1), {}), ((2, 1, 3), (2, 3, 1), {}), ((2, 2, 3), (1, 3, 2), {}), ((2, 2, 3), (2, 2, 3), {}),
        ((2, 3), (3, 2), {}), ((2, 2, 2, 3), (2, 2, 3, 2), {}), ((2, 2, 3), (3, 3, 2), {}),
    ):  # fmt: skip
        yield case("batch_dot", lhs=normal(a), rhs=normal(b), **options)
    for dtype in ("float16", "float64", "int32"):
        yield case("batch_dot", lhs=positive((2, 1, 2), dtype), rhs=positive((2, 2, 1), dtype))
    yield case("batch_dot", lhs=normal((1, 2, 2)), rhs=normal((1, 2, 2), "float64"))


def khatri_rao() -> Iterator[Case]:
    yield case("khatri_rao", normal((2, 3)), normal((4, 3)))
    yield case("khatri_rao", normal((2, 2)), normal((3, 2)), normal((2, 2)), diff=())
    yield case("khatri_rao", normal((2, 2)), diff=())
    yield case("khatri_rao", normal((2, 2), "float64"), normal((1, 2), "float64"), diff=())
    yield case("khatri_rao", ints((2, 2), "int32"), ints((1, 2), "int32"))
    yield case("khatri_rao", normal((2, 3)), normal((4, 2)))
    yield case("khatri_rao", normal((2,)), normal((4,)))


def fully_connected() -> Iterator[Case]:
    op = "FullyConnected"
    for shape in ((2, 3), (2, 3, 1), (1, 2, 3), (2, 1, 3, 1), (1, 1, 2, 1, 3)):
        size, last = 1, shape[-1]
        for n in shape[1:]:
            size *= n
        yield case(op, data=normal(shape), weight=normal((4, size)), bias=normal((4,)), num_hidden=4)
        yield case(op, data=normal(shape), weight=normal((4, last)), bias=normal((4,)), num_hidden=4, flatten=False)
        yield case(op, data=normal(shape), weight=normal((2, size)), num_hidden=2, no_bias=True)
        yield case(op, data=normal(shape), weight=normal((2, last)), num_hidden=2, no_bias=True, flatten=False)
    yield case(op, data=normal((3,)), weight=normal((2, 3)), bias=normal((2,)), num_hidden=2, flatten=False)
    yield case(op, data=normal((3,)), weight=normal((2, 1)), bias=normal((2,)), num_hidden=2)
    for dtype in ("float16", "float64"):
        parts = {"data": normal((2, 3), dtype), "weight": normal((2, 3), dtype), "bias": normal((2,), dtype)}
        yield case(op, num_hidden=2, **parts)
        yield case(op, num_hidden=2, flatten=False, **parts)
    data, weight, bias = normal((2, 3)), normal((2, 3)), normal((2,))
    yield case(op, data, weight, bias, num_hidden="2", flatten="True", no_bias="False")
    yield case(op, data=specials((1, 10)), weight=ones((1, 10)), num_hidden=1, no_bias=True)
    yield case(op, data=data, weight=weight, num_hidden=2)
    yield case(op, data=data, weight=weight, bias=bias, num_hidden=2, no_bias=True)
    yield case(op, data=data, weight=normal((3, 2)), bias=bias, num_hidden=2)
    yield case(op, data=data, weight=weight, bias=normal((3,)), num_hidden=2)
    yield case(op, data=data, weight=weight, bias=bias)
    yield case(op, data=data, weight=weight, bias=bias, num_hidden=0)
    yield case(op, data=data, weight=weight, bias=bias, num_hidden=-2)
    yield case(op, data=data, weight=weight, bias=bias, num_hiden=2)
    yield case(op, data=data, weight=normal((2, 3), "float64"), bias=bias, num_hidden=2)
    whole = {"data": ints((2, 3), "int32"), "weight": ints((2, 3), "int32"), "bias": ints((2,), "int32")}
    yield case(op, num_hidden=2, **whole)


def cumsum() -> Iterator[Case]:
    for axis in (None, 0, 1, 2, -1, -3, 3, -4, "1"):
        yield case("cumsum", a=normal((2, 3, 2)), axis=axis)
    yield case("cumsum", a=normal((2, 3)))
    yield case("cumsum", a=normal((5,)), axis=0)
    yield case("cumsum", a=normal((1, 2, 1, 2, 2)), axis=3)
    yield case("cumsum", a=specials((10,)), axis=0)
    for dtype in NUMBERS:
        yield case("cumsum", a=positive((2, 3), dtype), axis=1)
    for dtype in FLOATS + ("int8", "int32", "int64", "uint8"):
        yield case("cumsum", a=positive((4,), "int32"), dtype=dtype)
    yield case("cumsum", a=normal((4,), "float16"), dtype="float32")
    yield case("cumsum", a=normal((4,)), dtype="float64")


def histogram() -> Iterator[Case]:
    data = array([0.1, 0.5, 2.5, 2.5, 4, -1, 5, 9, 1])
    yield case("_histogram", data=data, bins=array([0.0, 1, 2.5, 5]), diff=())
    for count, limits in ((4, (0, 4)), (3, (-1.0, 9.0)), (1, (0, 5)), (5, "(0, 5)")):
        yield case("_histogram", data=data, bin_cnt=count, range=limits, diff=())
        yield case("histogram", data, bins=count, range=limits, diff=())
    yield case("histogram", data, diff=())
    yield case("histogram", data, array([0.0, 1, 2.5, 5]), diff=())
    for dtype in ("float64", "int32", "int64", "uint8", "float16"):
        yield case("_histogram", data=positive((8,), dtype), bin_cnt=3, range=(1, 7), diff=())
    yield case("_histogram", data=normal((2, 3)), bin_cnt=2, range=(-1, 1), diff=())
    yield case("_histogram", data=data, bin_cnt=4, diff=())
    yield case("_histogram", data=data, range=(0, 4), diff=())
    yield case("_histogram", data=data, bin_cnt=0, range=(0, 4), diff=())
    yield case("_histogram", data=data, bin_cnt=2, range=(4, 0), diff=())
    yield case("_histogram", data=data, bins=zeros((1,)), diff=())
    yield case("_histogram", data=data, bins=array([3.0, 1, 2]), diff=())
