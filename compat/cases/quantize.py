"""quantize, quantize_v2, dequantize, requantize, calibrate_entropy."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from . import Case, array, case, distinct, ints, normal, positive

X = [[-1, -0.5, 0, 0.3, 0.51], [1, 0.9, -0.75, 0.004, 0.0079]]
I8 = [[-127, -1, 0, 64, 127]]
U8 = [[0, 1, 128, 255]]
I32 = [[-(2**31) + 1, -10000, 0, 123456789, 2**31 - 1]]


def ends(low: float, high: float) -> dict[str, Any]:
    return {"min_range": array([low]), "max_range": array([high])}


def cases() -> Iterator[Case]:
    for out_type in ("uint8", "int8"):
        for low, high in ((-1, 1), (-3, 1), (-1, 2)):
            yield case("_contrib_quantize", data=array(X), **ends(low, high), out_type=out_type, diff=())
        yield case("_contrib_quantize", data=positive((2, 3)), **ends(0, 3), out_type=out_type, diff=())
        yield case("_contrib_quantize", data=normal((2, 3)), **ends(-1, 1), out_type=out_type, diff=())
    op = "_contrib_quantize"
    yield case(op, data=array(X), **ends(-1, 1), diff=())
    yield case(op, data=array(X), **ends(-1, 1), out_type="int32", diff=())
    yield case(op, data=array(X, "float64"), **ends(-1, 1), diff=())
    yield case(op, data=array(X), min_range=array([-1, 1]), max_range=array([1]), diff=())
    yield case(op, data=array(X), min_range=array([-1]), diff=())
    yield from second("_contrib_quantize_v2")
    op = "_contrib_dequantize"
    for data in (array(I8, "int8"), array(U8, "uint8")):
        for low, high in ((-1, 1), (0, 3), (-2, 1)):
            yield case(op, data=data, **ends(low, high), diff=())
    yield case(op, data=array(I32, "int32"), **ends(-1, 1), diff=())
    yield case(op, data=array(X), **ends(-1, 1), diff=())
    yield case(op, data=array(I8, "int8"), **ends(-1, 1), out_type="float64", diff=())
    yield from again("_contrib_requantize")
    yield from entropy("_contrib_calibrate_entropy")


def second(op: str) -> Iterator[Case]:
    for data in (array(X), positive((2, 4)), normal((3, 3))):
        for given in (
            {},
            {"out_type": "uint8"},
            {"out_type": "auto"},
            {"min_calib_range": -1.0, "max_calib_range": 1.5},
            {"out_type": "uint8", "min_calib_range": 0.0, "max_calib_range": 1.5},
            {"out_type": "auto", "min_calib_range": 0.0, "max_calib_range": 1.5},
            {"out_type": "auto", "min_calib_range": -1, "max_calib_range": 1.5},
            {"out_type": "uint8", "min_calib_range": -1.0, "max_calib_range": 1.5},
            {"min_calib_range": 0.0},
        ):
            yield case(op, data=data, **given, diff=())
    yield case(op, data=ints((2, 3), "int8"))
    yield case(op, data=ints((2, 3), "uint8"))
    yield case(op, data=ints((2, 3), "int32"))


def again(op: str) -> Iterator[Case]:
    for data in (array(I32, "int32"), array([[-100000000, 1000000, 0, 50000000]], "int32")):
        for given in (
            {},
            {"min_calib_range": -0.1, "max_calib_range": 0.2},
            {"out_type": "int8", "min_calib_range": -8.0, "max_calib_range": 2.0},
            {"out_type": "uint8", "min_calib_range": 0.0, "max_calib_range": 0.2},
            {"out_type": "auto", "min_calib_range": 0.0, "max_calib_range": 8.0},
            {"out_type": "auto", "min_calib_range": -1.0, "max_calib_range": 8.0},
        ):
            yield case(op, data=data, **ends(-10, 10), **given, diff=())
        yield case(op, data=data, **ends(-4, 2), min_calib_range=-1.0, max_calib_range=1.0, diff=())
    fine = array([[1932735282, -1718000000, 400000000, 644000000, -2100000000]], "int32")
    for given in ({}, {"out_type": "uint8"}, {"out_type": "auto"}):
        yield case(op, data=fine, **ends(-1, 1), **given, diff=())
        yield case(op, data=fine, **ends(-1, 1), **given, min_calib_range=0.0, max_calib_range=1.0, diff=())
        yield case(op, data=fine, **ends(-1, 1), **given, min_calib_range=-1.0, max_calib_range=1.0, diff=())
    yield case(op, data=array(I8, "int8"), **ends(-1, 1), diff=())
    yield case(op, data=distinct((4,)), **ends(-1, 1), diff=())


def entropy(op: str) -> Iterator[Case]:
    def histogram(seed: int, bins: int, spread: float) -> dict[str, Any]:
        rng = np.random.RandomState(seed)
        values = np.append(rng.standard_normal(2000) * spread, [7, -7])
        counts, edges = np.histogram(values, bins=bins, range=(-8, 8))
        return {"hist": array(counts.astype("float32")), "hist_edges": array(edges.astype("float32"))}

    for bins, quantized in ((101, 15), (101, 31), (201, 31), (301, 255)):
        yield case(op, **histogram(bins, bins, 1), num_quantized_bins=quantized, diff=())
    yield case(op, **histogram(3, 801, 2), diff=())
