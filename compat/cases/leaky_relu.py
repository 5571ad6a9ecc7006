"""LeakyReLU (every mode that draws no random number) and Activation."""

from collections.abc import Iterator

from . import FLOATS, INTS, Case, array, case, ints, normal, ones, positive, specials, zeros

PLAIN = ("leaky", "elu", "selu", "gelu")
ACTIVATIONS = ("relu", "sigmoid", "softrelu", "softsign", "tanh")


def cases() -> Iterator[Case]:
    yield from leaky()
    yield from prelu()
    yield from rrelu()
    yield from bad_calls()
    yield from activation()


def leaky() -> Iterator[Case]:
    yield case("LeakyReLU", data=normal((2, 3)))
    for mode in PLAIN:
        for shape in ((7,), (2, 3), (2, 3, 4), (2, 3, 2, 2), (2, 3, 2, 2, 2)):
            yield case("LeakyReLU", data=normal(shape), act_type=mode)
        for dtype in FLOATS:
            yield case("LeakyReLU", data=specials((10,), dtype), act_type=mode)
            yield case("LeakyReLU", data=specials((2, 5), dtype), act_type=mode, slope=-0.5)
            yield case("LeakyReLU", data=normal((3, 4), dtype), act_type=mode, slope=0.1)
        for dtype in INTS:
            yield case("LeakyReLU", data=ints((2, 5), dtype), act_type=mode, slope=1.0)
        yield case("LeakyReLU", data=normal((2, 3)), act_type=mode, slope=0.3, train=False)
        yield case("LeakyReLU", data=array([-100.0, -30, -1e-3, 1e-3, 30, 100]), act_type=mode)
        yield case("LeakyReLU", data=array([-1e-8, -1e-6, -1e-4, 1e-8, 1e-30, -1e-30]), act_type=mode)
        yield case("LeakyReLU", data=zeros((0,)), act_type=mode)
    for mode in ("leaky", "elu"):
        for slope in (0, 0.0, -0.25, 1, 2.5, "0.125", "1e-2", 1e30):
            yield case("LeakyReLU", data=normal((2, 4)), act_type=mode, slope=slope)
        yield case("LeakyReLU", data=specials((10,)), act_type=mode, slope=0.0)
        for dtype in ("int32", "int8"):
            yield case("LeakyReLU", data=ints((6,), dtype), act_type=mode, slope=0.25)
    yield case("LeakyReLU", data=normal((3, 2)), act_type="gelu", slope="7", lower_bound=0.9, upper_bound="0.1")


def prelu() -> Iterator[Case]:
    def prelu(data, gamma, **more) -> Case:
        return case("LeakyReLU", data=data, gamma=gamma, act_type="prelu", **more)

    for shape in ((5,), (2, 3), (2, 3, 4), (2, 3, 2, 2), (2, 3, 2, 1, 2)):
        yield prelu(normal(shape), array([0.25]))
        channels = shape[1] if len(shape) > 1 else shape[0]
        yield prelu(normal(shape), normal((channels,)))
    for dtype in FLOATS:
        yield prelu(normal((2, 3, 2), dtype), normal((3,), dtype))
        yield prelu(specials((2, 5), dtype), array([0.1, -0.2, 0.0, 1.0, 2.0], dtype))
        yield prelu(specials((10,), dtype), array([0.25], dtype))
    yield prelu(normal((2, 3)), array([float("nan"), float("inf"), -1.0]))
    yield prelu(normal((2, 3)), normal((3,)), slope=9.0)
    yield prelu(normal((2, 3)), normal((3,)), train=False)
    yield prelu(normal((2, 3)), normal((1, 3)))
    yield prelu(normal((2, 3)), normal((2, 3)))
    yield prelu(normal((2, 3, 4)), normal((4,)))
    yield prelu(normal((2, 3)), normal((2,)))
    yield prelu(normal((2, 3)), normal((3,), "float64"))
    yield prelu(normal((2, 3), "float16"), normal((3,)))
    yield prelu(ints((2, 3), "int32"), ints((3,), "int32"))
    yield case("LeakyReLU", normal((2, 3)), normal((3,)), act_type="prelu")
    yield case("LeakyReLU", data=normal((2, 3)), act_type="prelu")
    yield case("LeakyReLU", data=normal((2, 3)), gamma=normal((3,)), act_type="leaky")
    yield case("LeakyReLU", data=normal((2, 3)), gamma=normal((3,)))


def rrelu() -> Iterator[Case]:
    """Outside training the slope is fixed. In training MXNet draws it (and on a CPU ends the process)."""
    for shape in ((5,), (2, 3), (2, 3, 4)):
        yield case("LeakyReLU", data=normal(shape), act_type="rrelu", diff=())
    for dtype in FLOATS:
        yield case("LeakyReLU", data=specials((10,), dtype), act_type="rrelu", diff=())
    for low, high in ((0.0, 0.0), (0.5, 0.5), (-1.0, 1.0), (0.1, 0.9), ("0.2", "0.4"), (0.9, 0.1)):
        yield case("LeakyReLU", data=normal((2, 3)), act_type="rrelu", lower_bound=low, upper_bound=high, diff=())
    yield case("LeakyReLU", data=ints((6,), "int32"), act_type="rrelu", diff=())
    yield case("LeakyReLU", data=normal((2, 3)), act_type="rrelu", train=False)
    yield case("LeakyReLU", data=normal((2, 3)), act_type="rrelu", diff=(), train=True)


def bad_calls() -> Iterator[Case]:
    data = normal((2, 3))
    for act_type in ("relu", "Leaky", "", "gelu_tanh", None, 3):
        yield case("LeakyReLU", data=data, act_type=act_type)
    for slope in ("steep", None, "", "0.1 0.2", 3.5e38, float("inf"), float("nan"), True, (0.1,)):
        yield case("LeakyReLU", data=data, slope=slope)
    yield case("LeakyReLU", data=data, slop=0.1)
    yield case("LeakyReLU", data=data, act_type="rrelu", lower_bound="low", diff=())
    yield case("LeakyReLU", act_type="elu")
    yield case("LeakyReLU", normal((2, 3)), normal((3,)), normal((3,)), act_type="prelu")
    yield case("LeakyReLU", 3.0)


def activation() -> Iterator[Case]:
    for act in ACTIVATIONS:
        for shape in ((6,), (2, 3), (2, 3, 4), (1, 2, 2, 3), (2, 1, 2, 2, 2)):
            yield case("Activation", data=normal(shape), act_type=act)
        for dtype in FLOATS:
            yield case("Activation", data=specials((2, 5), dtype), act_type=act)
            yield case("Activation", data=normal((3, 4), dtype), act_type=act, train=False)
        for dtype in INTS:
            yield case("Activation", data=positive((2, 3), dtype), act_type=act)
        yield case("Activation", data=array([-100.0, -30, -15, 15, 30, 100]), act_type=act)
        yield case("Activation", data=array([-20.0, -1e-4, 1e-4, 20], "float64"), act_type=act)
    yield case("Activation", data=zeros((0,)), act_type="relu")
    yield case("Activation", data=ones((2,)))
    yield case("Activation", data=ones((2,)), act_type="gelu")
    yield case("Activation", data=ones((2,)), act_type="Relu")
    yield case("Activation", act_type="relu")
