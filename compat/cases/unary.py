"""Functions of one array, element by element."""

from collections.abc import Iterator

import numpy as np

from . import FLOATS, INTS, Case, array, case, ints, normal, ones, positive, specials, unit, zeros

NORMAL = [
    "abs", "arcsinh", "arctan", "cbrt", "ceil", "cos", "cosh", "degrees", "erf", "exp", "expm1", "fix", "floor",
    "hard_sigmoid", "identity", "logical_not", "negative", "radians", "rcbrt", "reciprocal", "relu", "rint", "round",
    "sigmoid", "sign", "sin", "sinh", "smooth_l1", "softsign", "square", "tan", "tanh", "trunc",
]  # fmt: skip
UNIT = ["arccos", "arcsin", "arctanh", "erfinv"]
POSITIVE = ["gamma", "gammaln", "log", "log10", "log1p", "log2", "rsqrt", "sqrt"]
EXACT = [
    "abs", "cbrt", "ceil", "fix", "floor", "identity", "logical_not", "negative", "relu", "rint", "round", "sign",
    "square", "trunc", "arctan", "tanh",
]  # fmt: skip
SMALL = ["arccos", "arcsin", "cosh", "degrees", "exp", "expm1", "sinh", "tan"]  # integers beyond 0 and 1 leave int8

EDGES = {
    "ceil": [-2.5, -1.5, -0.5, -0.49, 0.5, 1.5, 2.5, 1e9],
    "erf": [-6.0, -3, -1e-4, 1e-8, 0.5, 2, 3.5, 5],
    "erfinv": [-1.0, 1, -0.999, 0.9999, 1e-6, 1.5, -2, 0],
    "exp": [-200.0, -104, -90, 88, 89, 1e-8, 0, 100],
    "expm1": [-200.0, -20, -1e-4, 1e-8, 1e-30, 88, 89, 1],
    "gamma": [-2.5, -1, -0.5, 0.001, 5, 10, 34, 36],
    "gammaln": [-2.5, -1, -0.5, 0.001, 5, 10, 100, 1e8],
    "log1p": [-1.0, -0.999, -1e-6, 1e-8, 1e-30, 1e8, -2, 0],
    "reciprocal": [1e-38, -1e-38, 1e38, -1e38, 1e-45, 4, -8, 3],
    "rint": [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5, 0.49999997],
    "round": [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5, 0.49999997],
    "fix": [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, -0.0, 1e9],
    "trunc": [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, -0.0, 1e9],
    "sigmoid": [-200.0, -90, -40, -17, 17, 40, 90, 200],
    "softsign": [-1e30, -1e3, -1e-6, 1e-30, 1e-3, 1e3, 1e30, 1],
    "sin": [-1e4, -100, -3.1415927, 1e-4, 1.5707964, 3.1415927, 100, 1e4],
    "sqrt": [0.0, 1e-45, 1e-38, 2, 1e10, 1e38, -1e-30, 4],
    "square": [1e20, -1e20, 1e-30, -1e-23, 3, 0.1, 1e19, 0],
    "tan": [-1.5707964, 1.5707964, 1e-6, 100, -0.1, 3, 1, 2],
    "tanh": [-50.0, -9, -1e-4, 1e-8, 0.6, 4, 9, 50],
    "arccosh": [0.5, 1, 1.0001, 2, 10, 1e10, 1e30, -1],
    "arcsinh": [-1e10, -10, -1e-4, 1e-8, 0.5, 1e4, 1e20, 1e30],
    "smooth_l1": [-2.0, -1, -0.999, -1e-4, 0, 0.5, 1, 1.001],
}


def sample(op: str):
    """The kind of numbers the function is defined on."""
    if op == "arccosh":
        return lambda shape, dtype="float32": array(_above_one(shape), dtype)
    return unit if op in UNIT else positive if op in POSITIVE else normal


def _above_one(shape: tuple[int, ...]):
    return (1 + np.arange(1, np.prod(shape) + 1) * 0.3125).reshape(shape).tolist()


def cases() -> Iterator[Case]:
    for op in NORMAL + UNIT + POSITIVE + ["arccosh"]:
        kind = sample(op)
        for shape, dtype in (((6,), "float32"), ((2, 1, 3), "float32"), ((2, 3), "float16"), ((1, 2, 2, 2), "float64")):
            yield case(op, data=kind(shape, dtype))
        for dtype in FLOATS:
            yield case(op, data=specials((10,), dtype))
        for dtype in INTS:
            yield case(op, data=integers(op, dtype))
        if op in EXACT:
            for dtype in ("int8", "int32", "int64"):
                yield case(op, data=ints((2, 4), dtype))
        if op in EDGES:
            yield case(op, data=array(EDGES[op]))
            yield case(op, data=array(EDGES[op], "float64"))
    for op in ("sin", "abs", "relu", "sqrt", "logical_not"):
        yield case(op, data=ones((2, 1, 2, 1, 2)))
        yield case(op, data=zeros((0,)))
        yield case(op, data=array([True, False], "bool"))
        yield case(op)
        yield case(op, 2.0)
        yield case(op, data=ones((2,)), axis=1)
    yield from parametrized()


def integers(op: str, dtype: str):
    if op in ("arctanh", "erfinv"):
        return zeros((3,), dtype)
    if op == "gamma":
        return array([1, 2, 3, 4, 5], dtype)
    return unit((4,), dtype) if op in SMALL else positive((5,), dtype)


def parametrized() -> Iterator[Case]:
    for alpha, beta in ((0.2, 0.5), (1.0, 0.0), (-0.5, 0.25), (0, 2), ("0.1", "0.9")):
        yield case("hard_sigmoid", data=array([-4.0, -2.5, -1, 0, 0.5, 2.5, 4]), alpha=alpha, beta=beta)
    for scalar in (1.0, 2, 0.5, 3.0, 0, "1.5", -1.0):
        yield case("smooth_l1", data=array([-2.0, -0.4, -0.1, 0, 0.2, 0.3, 1.5]), scalar=scalar)
    yield case("smooth_l1", data=normal((2, 3), "float64"), scalar=0.7)
    yield case("smooth_l1", data=ints((6,), "int32"), scalar=2.0)
    for low, high in ((-1, 1), (-0.5, 0.25), (0, 0), (1.0, -1.0), (0.0, float("inf")), ("-1", "1.5")):
        for dtype in FLOATS:
            yield case("clip", data=specials((10,), dtype), a_min=low, a_max=high)
    for dtype in INTS:
        yield case("clip", data=ints((8,), dtype), a_min=1, a_max=4)
        yield case("clip", data=ints((8,), dtype), a_min=1.5, a_max=4.5)
    yield case("clip", data=normal((2, 1, 3, 1, 2)), a_min=-0.5, a_max=0.5)
    yield case("clip", data=array([-1.0, -0.5, 0, 0.5, 1]), a_min=-0.5, a_max=0.5)
    yield case("clip", data=ones((2,)), a_min=0.0)
    yield case("clip", data=ones((2,)), a_max=0.0)
    yield case("clip", data=ones((2,)), a_min=None, a_max=1.0)
    yield case("clip", data=ones((2,)), a_min="low", a_max=1.0)
    yield case("clip", data=ones((2,)), a_min=-1e39, a_max=1.0)
