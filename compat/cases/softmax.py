"""softmax, log_softmax, softmin, SoftmaxActivation, softmax_cross_entropy."""

from collections.abc import Iterator

from . import FLOATS, INTS, Case, array, case, normal, ones, positive, specials, zeros

INF, NAN = float("inf"), float("nan")
FAMILY = ("softmax", "log_softmax", "softmin")


def cases() -> Iterator[Case]:
    for op in FAMILY:
        yield from family(op)
    yield from lengths()
    yield from activation()
    yield from cross_entropy()


def family(op: str) -> Iterator[Case]:
    for shape in ((4,), (2, 3), (2, 3, 2), (1, 2, 2, 2), (2, 1, 2, 1, 2)):
        yield case(op, data=normal(shape))
    for axis in (0, 1, 2, -1, -2, -3, 3, -4, "1", None, (0, 1)):
        yield case(op, data=normal((2, 3, 2)), axis=axis)
    for temperature in (None, 1.0, 0.5, 2, 10.0, -1.0, 0, "0.25", INF):
        yield case(op, data=normal((2, 3)), temperature=temperature)
    for dtype in FLOATS:
        yield case(op, data=normal((2, 3), dtype))
        yield case(op, data=normal((2, 3), dtype), axis=0, temperature=3.0)
        yield case(op, data=specials((2, 5), dtype))
        yield case(op, data=normal((2, 3)), dtype=dtype)
        yield case(op, data=normal((2, 3), "float16"), dtype=dtype)
        yield case(op, data=normal((2, 3), "float64"), dtype=dtype)
    for dtype in INTS:
        yield case(op, data=positive((2, 3), dtype))
    yield case(op, data=positive((2, 3), "int32"), dtype="float32")
    yield case(op, data=array([[1000.0, 1001, 1002], [-1000, -1000, -999], [0, -200, 200]]))
    yield case(op, data=array([[INF, 0, 1], [INF, INF, 0], [-INF, 0, 1], [-INF, -INF, -INF], [NAN, 0, 1]]))
    yield case(op, data=array([[-INF, -INF, 2], [-INF, 3, 4]], "float64"))
    yield case(op, data=zeros((2, 1)))
    yield case(op, data=zeros((0,)))
    yield case(op, data=ones((2, 2)), dtype="int32")
    yield case(op, data=ones((2, 2)), temperature="warm")
    yield case(op, data=ones((2, 2)), train=False)
    yield case(op)


def lengths() -> Iterator[Case]:
    for dtype in ("int32", "int64", "float32"):
        length = array([1, 3], dtype)
        yield case("softmax", data=normal((2, 3)), length=length, use_length=True, diff=("data",))
    given = {"use_length": True, "diff": ("data",)}
    yield case("softmax", data=normal((2, 3, 2)), length=array([[1, 3], [2, 1]], "int32"), axis=1, **given)
    yield case("softmax", data=normal((2, 3, 2)), length=array([[1, 2, 2], [2, 1, 1]], "int32"), axis=-1, **given)
    yield case("softmax", data=normal((3, 2)), length=array([1, 3], "int32"), axis=0, **given)
    yield case("softmax", data=normal((2, 3)), length=array([0, 2], "int32"), **given)
    yield case("softmax", data=normal((2, 3)), length=array([2, 9], "int32"), **given)
    yield case("softmax", data=normal((2, 3), "float64"), length=array([2, 1], "int32"), temperature=2.0, **given)
    yield case("softmax", data=normal((2, 3), "float16"), length=array([2, 1], "int32"), **given)
    yield case("softmax", data=normal((2, 3)), length=array([2, 1, 1], "int32"), **given)
    yield case("softmax", data=normal((2, 3)), length=array([2, 1], "int32"))
    yield case("softmax", data=normal((2, 3)), use_length=True)
    for op in ("log_softmax", "softmin"):
        yield case(op, data=normal((2, 3)), use_length=True)
        yield case(op, data=normal((2, 3)), use_length=False)


def activation() -> Iterator[Case]:
    for mode in ("instance", "channel"):
        for shape in ((2, 3), (2, 3, 2), (1, 3, 2, 2), (1, 2, 1, 2, 2), (4,)):
            yield case("SoftmaxActivation", data=normal(shape), mode=mode)
        for dtype in FLOATS:
            yield case("SoftmaxActivation", data=specials((2, 5), dtype), mode=mode)
            yield case("SoftmaxActivation", data=normal((2, 3, 1), dtype), mode=mode)
    yield case("SoftmaxActivation", data=normal((2, 3)))
    yield case("SoftmaxActivation", data=normal((2, 3)), mode="spatial")
    yield case("SoftmaxActivation", data=positive((2, 3), "int32"))


def cross_entropy() -> Iterator[Case]:
    op, given = "softmax_cross_entropy", {"diff": ("data",)}
    yield case(op, data=normal((3, 4)), label=array([0.0, 3, 1]), **given)
    yield case(op, data=normal((1, 2)), label=array([1.0]), **given)
    for dtype in ("float16", "float64"):
        yield case(op, data=normal((2, 3), dtype), label=array([0, 2], dtype), **given)
    yield case(op, data=array([[100.0, -100, 0], [0, 200, -200]]), label=array([1.0, 2]), **given)
    yield case(op, data=array([[NAN, 0, 1], [0, INF, 1]]), label=array([1.0, 2]), **given)
    yield case(op, data=normal((2, 3)), label=array([0, 2], "int32"))
    yield case(op, data=normal((2, 3)), label=array([0.0, 2, 1]))
    yield case(op, data=normal((2, 3, 2)), label=array([0.0, 2]))
    yield case(op, data=normal((2, 3)))
