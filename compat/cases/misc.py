"""Checks for infinities, array makers, and what is fixed about random operators: shape, dtype, errors."""

from collections.abc import Iterator

from . import FLOATS, INTS, Case, array, case, ints, normal, ones, positive, specials, unit, zeros

INF, NAN = float("inf"), float("nan")


def cases() -> Iterator[Case]:
    yield from finite()
    yield from dropout()
    yield from makers()
    yield from shuffled()
    yield from random_makers()
    yield from samplers()


def finite() -> Iterator[Case]:
    for data in ([1.0, 2], [1.0, INF], [NAN, 0], [-INF, 1], [3e38, -3e38]):
        for dtype in ("float32", "float64"):
            yield case("all_finite", data=array(data, dtype), diff=())
    for dtype in ("float16", "int32"):
        yield case("all_finite", data=ones((2, 2), dtype), diff=())
    yield case("all_finite", data=array([70000.0, INF], "float16"), diff=())
    good, bad = ones((2,)), array([NAN, 1])
    yield case("multi_all_finite", good, normal((2, 3)), num_arrays=2, diff=())
    yield case("multi_all_finite", good, bad, num_arrays=2, diff=())
    yield case("multi_all_finite", good, num_arrays=2, diff=())
    yield case("all_finite", data=good, init_output=False, diff=())
    yield case("multi_sum_sq", normal((2, 3)), normal((4,)), num_arrays=2, diff=())
    yield case("multi_sum_sq", normal((2, 3), "float16"), num_arrays=1, diff=())
    yield case("multi_sum_sq", specials((10,)), ones((1,)), num_arrays=2, diff=())
    yield case("multi_sum_sq", normal((3,), "float64"), num_arrays=1, diff=())
    yield case("multi_sum_sq", normal((3,)), diff=())
    yield case("reset_arrays", normal((2, 3)), normal((4,)), num_arrays=2, diff=())
    yield case("reset_arrays", specials((10,), "float64"), num_arrays=1, diff=())
    yield case("reset_arrays", ints((3,), "int32"), num_arrays=1, diff=())
    yield case("reset_arrays", normal((2,)), num_arrays=2, diff=())


def dropout() -> Iterator[Case]:
    for p in (0.0, 0.5, 0.9, "0.25"):
        yield case("Dropout", data=normal((2, 3)), p=p, train=False)
        yield case("Dropout", data=normal((2, 3)), p=p, diff=())
    for dtype in FLOATS:
        yield case("Dropout", data=specials((10,), dtype), train=False)
        yield case("Dropout", data=normal((2, 2), dtype), p=0.0)
    yield case("Dropout", data=normal((2, 3)), p=0.0, mode="always", diff=())
    yield case("Dropout", data=normal((2, 3)), axes=(0,), train=False)
    yield case("Dropout", data=normal((20, 3)), p=0.5, diff=(), train=True)
    yield case("Dropout", data=normal((20, 3)), mode="always", diff=())
    for bad in ({"p": 1.0}, {"p": 1.5}, {"p": -0.1}, {"mode": "test"}, {"axes": (5,)}):
        yield case("Dropout", data=normal((2, 3)), train=False, **bad)
    yield case("Dropout", data=ints((3,), "int32"))


def makers() -> Iterator[Case]:
    for dtype in (None, *FLOATS, *INTS):
        given = {} if dtype is None else {"dtype": dtype}
        yield case("zeros", shape=(2, 3), **given)
        yield case("ones", shape=(3,), **given)
        yield case("full", shape=(2,), val=3, **given)
        yield case("arange", start=1, stop=8, step=2, **given)
        yield case("eye", N=2, M=3, k=1, **given)
        yield case("linspace", start=0, stop=8, num=5, **given)
    for more in (
        {"start": 5}, {"start": 1, "stop": 2, "step": 0.3}, {"start": 5, "stop": 1, "step": -1.5}, {"start": 2,
        "stop": 2},
        {"start": 0, "stop": 3, "repeat": 2}, {"start": 0, "stop": 1, "step": 0.1}, {"start": 3, "stop": 1},
        {"start": 0, "stop": 3, "step": 0}, {"start": 0.5, "stop": None}, {"start": -2},
    ):  # fmt: skip
        yield case("arange", **more)
    for more in ({"N": 3}, {"N": 2, "k": -1}, {"N": 2, "M": 4, "k": 5}, {"N": 0}, {"N": 2, "M": 1}):
        yield case("eye", **more)
    for more in ({"num": 1}, {"num": 4, "endpoint": False}, {"num": 0}, {"num": -1}, {"num": 3}):
        yield case("linspace", start=1, stop=2, **more)
    yield case("linspace", start=3, stop=-3, num=4)
    for shape in (4, (1, 2, 1, 2, 2), (0,), (), (2, 0), (-1, 2), None, "(2, 2)", [2, 2]):
        yield case("zeros", shape=shape)
    yield case("_zeros", shape=(2,), dtype="float64")
    yield case("_ones", shape=(2,), dtype="int32")
    yield case("_full", shape=(2,), value=2.5, dtype="float16")
    yield case("_arange", start=1, stop=4)
    yield case("_arange", start=0, stop=8, infer_range=True)
    yield case("_linspace", start=0, stop=2, num=5)
    yield case("_eye", N=2)
    yield case("full", shape=(2, 2), val=2.7, dtype="int32")
    yield case("full", shape=(2,), val=NAN)
    yield case("zeros", shape=(2,), dtype="int16")
    yield case("moveaxis", normal((2, 3, 2)), source=0, destination=-1)
    yield case("moveaxis", normal((2, 3, 2)), source=(0, 1), destination=(1, 0))
    yield case("moveaxis", normal((2, 3)), source=2, destination=0)


def shuffled() -> Iterator[Case]:
    yield case("shuffle", data=normal((12, 2)), diff=())
    yield case("shuffle", data=ints((12,), "int32"), diff=())
    yield case("shuffle", data=normal((1, 3)), diff=())


def random_makers() -> Iterator[Case]:
    """Only shape and dtype are kept: the numbers change with the seed."""
    plain = {
        "random_uniform": {"low": -1, "high": 1}, "random_normal": {"loc": 1, "scale": 2}, "random_gamma": {"alpha": 2,
        "beta": 3},
        "random_exponential": {"lam": 2}, "random_poisson": {"lam": 9}, "random_negative_binomial": {"k": 9, "p": 0.4},
        "random_generalized_negative_binomial": {"mu": 9, "alpha": 0.3},
    }  # fmt: skip
    for op, more in plain.items():
        yield case(op, shape=(3, 20), **more)
        for dtype in FLOATS:
            yield case(op, shape=(40,), dtype=dtype, **more)
        yield case(op, shape=(40,))
        yield case(op, **more)
        yield case(op, shape=40, **more)
        yield case(op, shape=(3,), dtype="int32", **more)
        yield case(op, shape=(3,), dtype="None", **more)
    yield case("uniform", shape=(2, 20))
    yield case("normal", shape=(2, 20))
    for dtype in ("int32", "int64", "float32"):
        yield case("random_randint", low=0, high=1000, shape=(10,), dtype=dtype)
    yield case("random_randint", low=0, high=1000, shape=(2, 5))
    yield case("random_randint", low=5, high=6, shape=(4,))
    yield case("random_randint", low=5, high=5, shape=(4,))
    yield case("random_randint", low=0, shape=(4,))
    for op, bad in (
        ("random_exponential", {"lam": -1}), ("random_poisson", {"lam": -1}), ("random_gamma", {"alpha": -1}),
        ("random_gamma", {"beta": 0}), ("random_negative_binomial", {"k": 0}), ("random_negative_binomial", {"p": -1}),
        ("random_generalized_negative_binomial", {"mu": -1}), ("random_uniform", {"low": 2, "high": 1}),
        ("random_normal", {"scale": -1}), ("random_normal", {"scale": 0}), ("random_uniform", {"low": "a"}),
    ):  # fmt: skip
        yield case(op, shape=(2,), **bad)


def samplers() -> Iterator[Case]:
    two = {
        "sample_uniform": ("low", "high"), "sample_normal": ("mu", "sigma"), "sample_gamma": ("alpha", "beta"),
        "sample_exponential": ("lam",), "sample_poisson": ("lam",), "sample_negative_binomial": ("k", "p"),
        "sample_generalized_negative_binomial": ("mu", "alpha"),
    }  # fmt: skip
    for op, names in two.items():
        values = {"p": unit, "k": positive, "low": zeros, "high": ones}
        arrays = {
            n: array([0.3, 0.6]) if n == "p" else array([5.0, 9]) if n == "k" else values.get(n, positive)((2,))
            for n in names
        }
        for shape in ((20,), (2, 10), 20, ()):
            yield case(op, **arrays, shape=shape, diff=())
        yield case(op, **arrays, diff=())
        for dtype in FLOATS:
            yield case(op, **arrays, shape=(20,), dtype=dtype, diff=())
        yield case(op, shape=(2,), diff=())
    weights = {"data": array([[0.1, 0.2, 0.3, 0.4], [0.25, 0.25, 0.25, 0.25]]), "diff": ()}
    for more in (
        {"shape": (30,)},
        {"shape": (2, 15)},
        {"shape": 30, "dtype": "float32"},
        {"shape": 30, "get_prob": True},
    ):
        yield case("sample_multinomial", **weights, **more)
    yield case("sample_multinomial", data=array([0.0, 1, 0]), shape=(3,), diff=())
    yield case("sample_multinomial", data=array([0.0, 1, 0]), diff=())
    yield case("sample_multinomial", **weights, shape=(3,), dtype="int8")
