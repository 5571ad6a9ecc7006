"""Slices: slice, slice_axis, slice_like, and assignment to a slice."""

from collections.abc import Iterator

from . import FLOATS, INTS, Case, array, case, ints, normal, ones


def cases() -> Iterator[Case]:
    yield from plain()
    yield from along_axis()
    yield from like()
    yield from assign()


def plain() -> Iterator[Case]:
    three = normal((3, 4, 2))
    for begin, end, step in (
        ((0,), (2,), ()), ((1, 1), (3, 3), ()), ((0, 0, 0), (3, 4, 2), ()), ((None, 1), (None, None), ()),
        ((-2,), (None,), ()), ((None, -3), (-1, -1), ()), ((0, 0), (3, 4), (2, 3)), ((None,), (None,), (-1,)),
        ((2, 3), (0, 0), (-1, -2)), ((None, None), (None, None), (-1, -1)), ((0, 3), (1, None), (1, -1)),
        ((0,), (100,), ()), ((-100,), (2,), ()), ((1,), (1,), ()), ((2,), (1,), ()), ((0, 0), (3, 4), (1, None)),
        ((0,), (3,), (0,)), ((0, 1), (3,), ()), ((0, 0, 0, 0), (1, 1, 1, 1), ()), ((3,), (4,), ()), ((5,), (9,), ()),
        ((0,), (2,), (1, 1)), ("(0, 1)", "(2, None)", "(1, 2)"), (1, 3, ()), ((), (), ()), ((-1,), (-4,), (-1,)),
        ((None,), (0,), (-1,)), ((4, 0), (3, 1), ()),
    ):  # fmt: skip
        yield case("slice", data=three, begin=begin, end=end, **({"step": step} if step != () else {}))
    yield case("slice", data=normal((7,)), begin=(6,), end=(None,), step=(-2,))
    yield case("slice", data=normal((2, 1, 3, 1, 4)), begin=(0, 0, 1, 0, 3), end=(2, 1, 3, 1, 0), step=(1, 1, 1, 1, -1))
    for dtype in FLOATS + INTS:
        yield case("slice", data=normal((3, 3), dtype), begin=(0, None), end=(2, None), step=(1, -1))
    yield case("slice", data=three, begin=(0,))
    yield case("slice", data=three, end=(1,))
    yield case("slice", data=three, begin=None, end=(1,))
    yield case("slice", data=three, begin=("a",), end=(1,))
    yield case("crop", data=normal((3, 4)), begin=(0, 1), end=(2, 3))
    yield case("crop", data=normal((3, 4)), begin=(None, None), end=(None, None), step=(-1, 1))


def along_axis() -> Iterator[Case]:
    for options in (
        {"axis": 0, "begin": 1, "end": 3}, {"axis": 1, "begin": 0, "end": 2}, {"axis": -1, "begin": 0, "end": 1},
        {"axis": 0, "begin": 1, "end": None}, {"axis": 1, "begin": -3, "end": -1}, {"axis": 1, "begin": -2,
        "end": None},
        {"axis": 0, "begin": 0, "end": 0}, {"axis": 0, "begin": 2, "end": 1}, {"axis": 0, "begin": 0, "end": 9},
        {"axis": 3, "begin": 0, "end": 1}, {"axis": -4, "begin": 0, "end": 1}, {"axis": 0, "begin": -9, "end": 2},
        {"axis": 0, "begin": 3, "end": None}, {"axis": "1", "begin": "1", "end": "None"}, {"axis": 0, "begin": None,
        "end": 1},
        {"axis": 0, "begin": 1}, {"begin": 0, "end": 1}, {"axis": 0, "begin": 0.5, "end": 1},
    ):  # fmt: skip
        yield case("slice_axis", data=normal((3, 4, 2)), **options)
    for dtype in FLOATS + INTS:
        yield case("slice_axis", data=normal((4,), dtype), axis=0, begin=1, end=3)
    yield case("slice_axis", data=normal((1, 2, 1, 2, 3)), axis=4, begin=1, end=3)


def like() -> Iterator[Case]:
    data = normal((3, 4, 2))
    for axes in (None, (), (0,), (0, 1), (-1,), (1, 2), (0, -2), 1, (3,), (0, 0)):
        given = {} if axes is None else {"axes": axes}
        yield case("slice_like", data=data, shape_like=ones((2, 3, 1)), **given)
    yield case("slice_like", data=normal((3, 4)), shape_like=ones((2, 2, 5)), axes=(0, 1))
    yield case("slice_like", data=normal((3, 4)), shape_like=ones((2,)), axes=(0,))
    yield case("slice_like", data=normal((3, 4)), shape_like=ones((2,)))
    yield case("slice_like", data=normal((3, 4)), shape_like=ones((4, 2)))
    for dtype in ("float16", "float64", *INTS):
        yield case("slice_like", data=normal((3, 3), dtype), shape_like=ones((2, 1)))


def assign() -> Iterator[Case]:
    left = normal((3, 4))
    for shape, begin, end, step in (
        ((2, 4), (0,), (2,), ()), ((2, 2), (1, 1), (3, 3), ()), ((3, 2), (None, 0), (None, None), (1, 2)),
        ((3, 4), (None, None), (None, None), (-1, -1)), ((1, 4), (-1,), (None,), ()),
    ):  # fmt: skip
        given = {"begin": begin, "end": end, **({"step": step} if step else {})}
        yield case("_slice_assign", lhs=left, rhs=normal(shape), **given)
        yield case("_slice_assign_scalar", data=left, scalar=2.5, **given)
        yield case("_slice_assign", lhs=left, rhs=normal(shape), out="lhs", diff=(), **given)
        yield case("_slice_assign_scalar", data=left, scalar=-1, out="data", diff=(), **given)
    for dtype in ("float16", "float64", *INTS):
        yield case("_slice_assign", lhs=ints((4,), dtype), rhs=ints((2,), dtype), begin=(1,), end=(3,))
        yield case("_slice_assign_scalar", data=ints((4,), dtype), scalar=7.9, begin=(1,), end=(3,))
    yield case("_slice_assign", lhs=left, rhs=normal((2, 2)), begin=(0,), end=(2,))
    yield case("_crop_assign", lhs=left, rhs=normal((2, 4)), begin=(0,), end=(2,))
    yield case("_crop_assign_scalar", data=left, begin=(0,), end=(2,))
    yield case("_slice_assign", lhs=left, rhs=array([1.0, 2], "float64"), begin=(0,), end=(2,))
