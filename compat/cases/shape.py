"""Operators that move elements or change the shape: Reshape, transpose, tile, pad, concat, split, Cast ..."""

from collections.abc import Iterator

from . import FLOATS, INTS, NUMBERS, Case, array, case, ints, normal, ones, positive, specials, unit, zeros

INF, NAN = float("inf"), float("nan")


def cases() -> Iterator[Case]:
    yield from reshape()
    yield from axes()
    yield from repeating()
    yield from pad()
    yield from joining()
    yield from splitting()
    yield from blocks()
    yield from asking()
    yield from cast()


def reshape() -> Iterator[Case]:
    data = normal((2, 3, 4))
    codes = (
        (6, 4), (-1,), (4, -1), (0, 12), (0, -1), (0, 0, 4), (-2,), (0, -2), (6, -2), (-2, 1, 1), (-3, 4), (0, -3),
        (-3, -2), (-4, 1, 2, -2), (0, -4, -1, 3, -2), (-4, 2, -1, 3, 4), (-4, -1, 2, 0, 0), (-3, 0), (0, -4, 3, 1, 0),
        (1, 2, 3, 2, 2), "(4, 6)", "(-1, 0)", [12, 2], 24,
    )  # fmt: skip
    for op, shapes in (("Reshape", codes), ("reshape", codes[:6])):
        for shape in shapes:
            yield case(op, data=data, shape=shape)
    for shape in ((-1, 0), (0, -1), (-3, 4), (-1, 0, 0), (-4, -1, 2, -2), (4, -1, 0), (0, -3), (6, 0)):
        yield case("Reshape", data=data, shape=shape, reverse=True)
    for dtype in FLOATS + INTS:
        yield case("Reshape", data=normal((2, 3), dtype), shape=(3, 2))
    for shape in (
        (7, 4),
        (-1, -1),
        (5, -1),
        (-5,),
        (-4, 2, 2, -2),
        (0, 0, 0, 0),
        (-3, -3),
        (-4, 1),
        "(6, a)",
        None,
        2.5,
    ):
        yield case("Reshape", data=data, shape=shape)
    yield case("Reshape", data=data)
    yield case("Reshape", data=data, shape=())
    yield case("Reshape", data=data, target_shape=(6, 4))
    yield case("Reshape", data=data, target_shape=(0, 12))
    yield case("Reshape", data=data, target_shape=(2, 0))
    yield case("Reshape", data=data, target_shape=(0, 0, 12), keep_highest=True)
    for source in ((5,), (2, 3), (2, 3, 2), (1, 2, 3, 2), (2, 1, 2, 1, 2)):
        yield case("Flatten", data=normal(source))
    yield case("flatten", data=ints((2, 2, 2), "int32"))
    yield case("reshape_like", lhs=normal((2, 6)), rhs=normal((3, 4)))
    yield case("reshape_like", lhs=ints((2, 6), "int32"), rhs=normal((3, 4)))
    ranges = {"lhs_begin": 0, "lhs_end": 2, "rhs_begin": 1, "rhs_end": 3}
    yield case("reshape_like", lhs=normal((6, 2, 3)), rhs=normal((7, 3, 4)), **ranges)
    yield case("reshape_like", lhs=normal((6, 2, 3)), rhs=normal((3, 4)), lhs_begin=None, lhs_end=-1)
    yield case(
        "reshape_like", lhs=normal((30, 7)), rhs=normal((15, 2, 4)), lhs_begin=0, lhs_end=1, rhs_begin=0, rhs_end=2
    )
    yield case(
        "reshape_like", lhs=normal((30, 7)), rhs=normal((15, 2, 4)), lhs_begin=-2, lhs_end=-1, rhs_begin=-3, rhs_end=-1
    )
    yield case("reshape_like", lhs=normal((2, 6)), rhs=normal((5,)))
    yield case("reshape_like", lhs=normal((2, 6)), rhs=normal((3, 4)), lhs_begin=2, lhs_end=1)


def axes() -> Iterator[Case]:
    for shape, order in (
        ((3,), ()), ((2, 3), ()), ((2, 3, 4), ()), ((2, 3, 4), (1, 0, 2)), ((2, 3, 4), (2, 0, 1)), ((2, 3), (-1, 0)),
        ((1, 2, 3, 2), (0, 2, 3, 1)), ((2, 1, 3, 1, 2), (4, 2, 0, 1, 3)), ((2, 3), "(1, 0)"), ((2, 1, 2, 1, 2, 2), ()),
        ((2, 3), (0, 0)), ((2, 3), (0,)), ((2, 3), (0, 2)), ((2, 3), (0, 1, 2)), ((2, 3), None),
    ):  # fmt: skip
        yield case("transpose", data=normal(shape), axes=order)
    yield case("transpose", data=normal((2, 3)))
    for dtype in ("float16", "float64", *INTS):
        yield case("transpose", data=normal((2, 3), dtype))
        yield case("transpose", data=normal((2, 3, 2), dtype), axes=(0, 2, 1))
    for op in ("swapaxes", "SwapAxis"):
        for dims in ({}, {"dim1": 0, "dim2": 2}, {"dim1": 1}, {"dim1": 1, "dim2": 1}, {"dim1": -1, "dim2": 0}):
            yield case(op, data=normal((2, 3, 2)), **dims)
    yield case("swapaxes", data=normal((2, 1, 2, 1, 3)), dim1=4, dim2=1)
    yield case("swapaxes", data=normal((2, 3)), dim1=0, dim2=2)
    yield case("swapaxes", data=ints((2, 3), "int32"), dim1=0, dim2=1)
    for axis in (0, 1, 2, -1, -3, 3, -4, "1", None, 0.5):
        yield case("expand_dims", data=normal((2, 3)), axis=axis)
    yield case("expand_dims", data=normal((2, 3)))
    yield case("expand_dims", data=ints((2,), "uint8"), axis=0)
    for axis in (None, 0, 2, -2, (0, 2), (2, 0), (), 1, 5, (0, 0), (0, 1)):
        yield case("squeeze", data=normal((1, 3, 1, 2)), axis=axis)
    yield case("squeeze", data=normal((1, 1)))
    yield case("squeeze", data=normal((2, 3)))
    for op in ("flip", "reverse"):
        for axis in (0, 1, -1, (0, 2), (1,), (2, 1, 0), ()):
            yield case(op, data=normal((2, 3, 2)), axis=axis)
    for bad in ({"axis": 3}, {"axis": -4}, {"axis": (0, 0)}, {}, {"axis": None}):
        yield case("flip", data=normal((2, 3, 2)), **bad)
    for dtype in NUMBERS:
        yield case("flip", data=normal((4,), dtype), axis=0)


def repeating() -> Iterator[Case]:
    for reps in ((2, 2), (2,), 3, (1, 2, 2), (1, 1), (), (2, 1, 1), "(2, 2)", (0, 2), (-1, 2), None):
        yield case("tile", data=normal((2, 3)), reps=reps)
    yield case("tile", data=normal((2, 1, 2)), reps=(2, 2))
    yield case("tile", data=normal((2,)), reps=(1, 2, 1, 2, 1))
    yield case("tile", data=normal((2,)))
    for options in (
        {"repeats": 2}, {"repeats": 1}, {"repeats": 2, "axis": 0}, {"repeats": 3, "axis": 1}, {"repeats": 2,
        "axis": -1},
        {"repeats": 2, "axis": None}, {"repeats": 0}, {"repeats": 0, "axis": 0}, {"repeats": -1}, {"repeats": 2,
        "axis": 3},
        {"axis": 1}, {"repeats": "2"}, {"repeats": 2, "axis": -3}, {"repeats": (1, 2)},
    ):  # fmt: skip
        yield case("repeat", data=normal((2, 2, 2)), **options)
    for dtype in NUMBERS:
        yield case("repeat", data=normal((3,), dtype), repeats=2)
        yield case("tile", data=normal((3,), dtype), reps=2)


def pad() -> Iterator[Case]:
    four, five = normal((1, 2, 3, 2)), normal((1, 1, 2, 3, 2))
    for op in ("Pad", "pad"):
        for mode in ("constant", "edge", "reflect"):
            yield case(op, data=four, mode=mode, pad_width=(0, 0, 0, 0, 1, 2, 1, 0))
    for mode in ("constant", "edge", "reflect"):
        yield case("Pad", data=five, mode=mode, pad_width=(0, 0, 0, 0, 1, 0, 0, 2, 1, 1))
        yield case("Pad", data=four, mode=mode, pad_width=(0,) * 8)
        yield case("Pad", data=four, mode=mode, pad_width=(0, 0, 0, 0, 2, 0, 0, 0))
        for dtype in ("float16", "float64", "int32"):
            yield case("Pad", data=normal((1, 1, 2, 3), dtype), mode=mode, pad_width=(0, 0, 0, 0, 1, 1, 2, 2))
    for value in (2.5, -1, INF, "0.5"):
        yield case("Pad", data=four, mode="constant", pad_width=(0, 0, 0, 0, 1, 0, 0, 1), constant_value=value)
    yield case("Pad", data=four, mode="constant", pad_width=(0, 0, 1, 0, 0, 1, 0, 0))
    yield case("Pad", data=four, mode="constant", pad_width=(1, 0, 0, 0, 0, 1, 0, 0))
    yield case("Pad", data=four, mode="constant", pad_width=(0, 0, 0, 0, 1, 1))
    yield case("Pad", data=four, mode="wrap", pad_width=(0, 0, 0, 0, 1, 1, 1, 1))
    yield case("Pad", data=normal((2, 3)), mode="constant", pad_width=(1, 1, 1, 1))
    yield case("Pad", data=normal((2, 3, 2)), mode="edge", pad_width=(0, 0, 0, 0, 1, 1))
    yield case("Pad", data=four, pad_width=(0, 0, 0, 0, 1, 1, 1, 1))
    yield case("Pad", data=four, mode="constant")


def joining() -> Iterator[Case]:
    for op in ("concat", "Concat"):
        yield case(op, normal((2, 2)), normal((2, 3)))
        yield case(op, normal((2, 2)), normal((1, 2)), dim=0)
    for dim in (0, 1, 2, -1, -3, "1"):
        yield case("concat", normal((2, 2, 2)), normal((2, 2, 2)), normal((2, 2, 2)), dim=dim)
    yield case("concat", normal((3,)), normal((2,)), dim=0)
    yield case("concat", normal((2, 2)))
    yield case("concat", normal((1, 2, 1, 2, 1)), normal((1, 2, 3, 2, 1)), dim=2)
    for dtype in ("float16", "float64", *INTS):
        yield case("concat", normal((2, 1), dtype), normal((2, 2), dtype))
    yield case("concat", zeros((0,)), ones((2,)), dim=0)
    yield case("concat", normal((2, 2)), normal((3, 2)))
    yield case("concat", normal((2, 2)), normal((2, 2, 1)))
    yield case("concat", normal((2, 2)), normal((2, 2), "float64"))
    yield case("concat", normal((2, 2)), normal((2, 2)), dim=2)
    yield case("concat", normal((2, 2)), normal((2, 2)), axis=0)
    yield case("concat", normal((2, 2)), 1.0)
    yield case("concat")
    for axis in (0, 1, 2, -1, -3, 3, -4, "1"):
        yield case("stack", normal((2, 2)), normal((2, 2)), normal((2, 2)), axis=axis)
    yield case("stack", normal((3,)), normal((3,)))
    yield case("stack", normal((3,)))
    yield case("stack", normal((1, 2, 1, 2)), normal((1, 2, 1, 2)), axis=2)
    for dtype in ("float16", "float64", *INTS):
        yield case("stack", normal((2,), dtype), normal((2,), dtype), axis=1)
    yield case("stack", normal((3,)), normal((2,)))
    yield case("stack", normal((2,)), normal((2,), "float16"))
    yield case("stack")


def splitting() -> Iterator[Case]:
    for op in ("split", "SliceChannel"):
        yield case(op, data=normal((2, 4, 3)), num_outputs=2)
        yield case(op, data=normal((2, 4, 3)), num_outputs=3, axis=2, squeeze_axis=True)
        yield case(op, data=normal((2, 4, 3)), num_outputs=4, axis=-2)
    for options in (
        {"num_outputs": 1}, {"num_outputs": 2, "axis": 0}, {"num_outputs": 2, "axis": 0, "squeeze_axis": True},
        {"num_outputs": 3}, {"num_outputs": 2, "squeeze_axis": True}, {"num_outputs": 2, "axis": 3}, {"num_outputs": 0},
        {"num_outputs": "2", "axis": "1", "squeeze_axis": "False"}, {"num_outputs": 1, "axis": 0, "squeeze_axis": True},
        {}, {"num_outputs": 2, "axis": -4},
    ):  # fmt: skip
        yield case("split", data=normal((2, 4, 3)), **options)
    yield case("split", data=normal((4,)), num_outputs=2, axis=0)
    yield case("split", data=normal((1, 2, 1, 2, 2)), num_outputs=2, axis=4)
    for dtype in ("float16", "float64", *INTS):
        yield case("split", data=normal((2, 4), dtype), num_outputs=2)
    for op in ("_split_v2",):
        for options in (
            {"indices": (1, 3), "axis": 0}, {"indices": (0, 2), "axis": 1}, {"indices": (), "sections": 2, "axis": 1},
            {"indices": (), "sections": 2, "axis": 1, "squeeze_axis": True}, {"indices": (1,), "axis": -1},
        ):  # fmt: skip
            yield case(op, data=normal((4, 2)), **options)
    yield case("split_v2", normal((4, 2)), indices_or_sections=2)
    yield case("split_v2", normal((4, 2)), indices_or_sections=(1, 3))
    yield case("split_v2", normal((4, 2)), indices_or_sections=2, axis=1, squeeze_axis=True)
    yield case("split_v2", normal((4, 2)), indices_or_sections=3)
    yield case("split_v2", normal((4, 2)), indices_or_sections=(3, 1))


def blocks() -> Iterator[Case]:
    for dtype in FLOATS + INTS:
        yield case("depth_to_space", data=normal((1, 4, 2, 3), dtype), block_size=2)
        yield case("space_to_depth", data=normal((1, 1, 4, 2), dtype), block_size=2)
    yield case("depth_to_space", data=normal((2, 8, 1, 2)), block_size=2)
    yield case("space_to_depth", data=normal((2, 2, 2, 4)), block_size=2)
    yield case("depth_to_space", data=normal((1, 9, 1, 2)), block_size=3)
    yield case("space_to_depth", data=normal((1, 2, 3, 3)), block_size=3)
    yield case("depth_to_space", data=normal((1, 3, 2, 2)), block_size=1)
    for op in ("depth_to_space", "space_to_depth"):
        for block_size in (3, -2, None):
            yield case(op, data=normal((1, 4, 2, 2)), block_size=block_size)
        yield case(op, data=normal((4, 2, 2)), block_size=2)
        yield case(op, data=normal((1, 4, 2, 2)))
    for k in (0, 1, -1, 2, 5, -5):
        yield case("diag", data=normal((3,)), k=k)
        yield case("diag", data=normal((3, 4)), k=k)
    for options in (
        {"axis1": 1, "axis2": 2},
        {"axis1": -1, "axis2": 0, "k": 1},
        {"axis1": 0, "axis2": 0},
        {"axis1": 4},
    ):
        yield case("diag", data=normal((2, 3, 3)), **options)
    yield case("diag", data=normal((2, 2, 3, 2)), axis1=0, axis2=3)
    for dtype in ("float16", "float64", *INTS):
        yield case("diag", data=normal((2, 2), dtype))


def asking() -> Iterator[Case]:
    for op in (
        "shape_array",
        "size_array",
        "zeros_like",
        "ones_like",
        "BlockGrad",
        "stop_gradient",
        "identity",
        "_copy",
    ):
        for shape in ((3,), (2, 1, 3), (1, 2, 1, 2, 1)):
            yield case(op, data=normal(shape))
        for dtype in ("float16", "float64", *INTS):
            yield case(op, data=normal((2, 2), dtype))
        yield case(op)
    yield case("zeros_like", data=specials((10,)))
    yield case("ones_like", data=specials((10,)))
    yield case("zeros_like", data=zeros((0,)))


def cast() -> Iterator[Case]:
    """All pairs, with numbers every dtype can hold: a float out of an integer's range is undefined in C++."""
    for source in NUMBERS:
        for target in NUMBERS:
            values = [0, 1, 2, 100, 127] if source in INTS else [0.0, -0.0, 0.49, 0.5, 1.5, 2.5, 3.99, 100.7]
            yield case("Cast", data=array(values, source), dtype=target)
    for source in FLOATS:
        for target in ("int8", "int32", "int64"):
            yield case("Cast", data=array([-0.5, -1.5, -1.99, -100.7], source), dtype=target)
        yield case("Cast", data=array([0.0, -0.0, 0.25, NAN, INF, -3], source), dtype="bool")
        for target in FLOATS:
            yield case("Cast", data=specials((10,), source), dtype=target)
    for source in INTS:
        yield case("Cast", data=array([0, 1, 2], source), dtype="bool")
    for source, target, values in (
        ("int32", "int8", [127, 128, 255, 256, -129, 300]), ("int32", "uint8", [-1, 256, 300, -300]),
        ("int64", "int32", [2**31 - 1, 2**31, -(2**31) - 1, 2**40 + 5]), ("int8", "uint8", [-1, -128, 127]),
        ("uint8", "int8", [128, 255, 127]), ("int32", "float16", [2049, 2051, 65504, 65519, 65520, -100000]),
        ("int32", "float32", [2**24 + 1, 2**31 - 1, -(2**31)]), ("int64", "float32", [2**53 + 1, 2**62]),
        ("int64", "float64", [2**53 + 1, 2**62]), ("float64", "float32", [0.1, 1e39, -1e39, 1e-46, 1 + 2**-24]),
        ("float32", "float16", [65519.0, 65520, 1e-8, 6e-8, 2049, 2051, 0.1]), ("bool", "float32", [True, False]),
        ("bool", "int32", [True, False]), ("float32", "float16", [1e-7, -1e-7, 3e-5, 1.0004883, 1.0014648]),
    ):  # fmt: skip
        yield case("Cast", data=array(values, source), dtype=target)
    yield case("cast", data=normal((2, 2)), dtype="int32")
    yield case("cast", data=normal((2, 1, 2, 1, 2)), dtype="float64")
    for bad in ("float8", "int", "int16", None, ""):
        yield case("Cast", data=normal((2,)), dtype=bad)
    yield case("Cast", data=normal((2,)))
    for dtype in ("float16", "float32", "float64"):
        yield case("amp_cast", data=normal((3,)), dtype=dtype)
        yield case("amp_cast", data=normal((3,), "float16"), dtype=dtype)
        yield case("amp_cast", data=ints((3,), "int32"), dtype=dtype)
    mixed = normal((2, 2), "float16"), normal((3,)), positive((2,), "float64")
    for narrow in (False, True):
        yield case("amp_multicast", *mixed, num_outputs=3, cast_narrow=narrow)
        yield case("amp_multicast", *mixed[:2], num_outputs=2, cast_narrow=narrow)
        yield case("amp_multicast", normal((2,)), unit((2,)), num_outputs=2, cast_narrow=narrow)
    yield case("amp_multicast", normal((2,)), normal((2,), "float16"), num_outputs=3)
    yield case("amp_multicast", normal((2,)), normal((2,), "float16"))
    yield case("amp_multicast", normal((2,), "float16"), ints((2,), "int32"), num_outputs=2)
