"""Convolution, Convolution_v1, Deconvolution, im2col and col2im."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from . import FLOATS, Case, array, case, normal, ones, specials


def cases() -> Iterator[Case]:
    yield from convolution()
    yield from first_version()
    yield from bad_convolution()
    yield from deconvolution()
    yield from columns()


def conv(
    shape: tuple[int, ...], filters: int, kernel: Any, op: str = "Convolution", dtype: str = "float32", **more: Any
) -> Case:
    groups, bias = more.get("num_group") or 1, not more.get("no_bias", op == "Deconvolution")
    sizes = (shape[1], filters // groups) if op == "Deconvolution" else (filters, shape[1] // groups)
    given = {"data": normal(shape, dtype), "weight": normal((*sizes, *kernel), dtype)}
    if bias:
        given["bias"] = normal((filters,), dtype)
    return case(op, **given, kernel=kernel, num_filter=filters, **more)


def convolution() -> Iterator[Case]:
    yield conv((2, 3, 5), 2, (3,))
    yield conv((2, 3, 7), 4, (3,), stride=(2,), pad=(1,), layout="NCW")
    yield conv((1, 2, 9), 4, (2,), dilate=(3,), pad=(2,), num_group=2, stride=(3,), no_bias=True)
    yield conv((2, 3, 4, 5), 2, (1, 1))
    yield conv((2, 3, 4, 5), 2, (1, 1), no_bias=True)
    yield conv((2, 3, 5, 4), 2, (1, 1), stride=(2, 3))
    yield conv((2, 3, 4, 5), 2, (1, 1), pad=(1, 2))
    yield conv((2, 4, 4, 3), 4, (1, 1), num_group=2)
    yield conv((2, 3, 5, 4), 2, (3, 3))
    yield conv((2, 3, 5, 4), 2, (3, 3), pad=(1, 1), layout="NCHW")
    yield conv((2, 3, 5, 4), 2, (3, 3), pad=(1, 1), no_bias=True)
    yield conv((1, 2, 6, 7), 3, (3, 3), pad=(1, 1), stride=(2, 2))
    yield conv((1, 2, 6, 7), 3, (3, 2), pad=(2, 0), stride=(1, 2))
    yield conv((1, 2, 7, 6), 3, (2, 3), pad=(0, 3), stride=(3, 1))
    yield conv((1, 2, 7, 6), 3, (3, 2), dilate=(2, 3), pad=(1, 2))
    yield conv((1, 2, 9, 8), 3, (3, 3), dilate=(2, 1), stride=(2, 3), pad=(2, 1))
    yield conv((1, 2, 4, 3), 2, (4, 3))
    yield conv((1, 2, 5, 6), 2, (2, 2), stride=(4, 3))
    yield conv((2, 4, 4, 4), 4, (3, 3), num_group=4, pad=(1, 1))
    yield conv((2, 4, 4, 4), 8, (3, 3), num_group=4, pad=(1, 1), stride=(2, 2), no_bias=True)
    yield conv((2, 4, 4, 4), 6, (2, 2), num_group=2)
    yield conv((1, 2, 11, 10), 2, (7, 7), pad=(3, 3), stride=(2, 2))
    yield conv((1, 2, 3, 4, 3), 2, (2, 2, 2))
    yield conv((1, 2, 4, 4, 5), 2, (3, 3, 3), pad=(1, 1, 1), stride=(2, 1, 2), layout="NCDHW")
    yield conv((1, 2, 5, 4, 4), 4, (2, 1, 2), num_group=2, dilate=(2, 1, 3), pad=(0, 1, 0), no_bias=True)
    yield conv((1, 2, 2, 3, 2), 2, (1, 1, 1))
    for dtype in FLOATS:
        yield conv((2, 2, 4, 4), 2, (3, 3), dtype=dtype, pad=(1, 1))
        yield conv((2, 2, 6), 2, (3,), dtype=dtype)
        yield conv((1, 2, 3, 3, 3), 2, (2, 2, 2), dtype=dtype)
    yield case("Convolution", data=specials((1, 2, 3, 5)), weight=ones((2, 2, 2, 2)), kernel=(2, 2), num_filter=2,
               no_bias=True)  # fmt: skip
    small = {"shape": (1, 2, 4, 4), "filters": 2, "kernel": (3, 3)}
    yield conv(**small, workspace=256, cudnn_tune="off", cudnn_off=True)
    yield conv(**small, cudnn_tune="fastest", workspace="512")
    yield conv(**small, train=False)
    text = {"kernel": "(3, 3)", "num_filter": "2", "pad": "(1, 1)", "no_bias": "True", "stride": "[2, 2]"}
    yield case("Convolution", data=normal((1, 2, 4, 4)), weight=normal((2, 2, 3, 3)), **text)


def first_version() -> Iterator[Case]:
    v1 = {"op": "Convolution_v1"}
    yield conv((2, 3, 5, 4), 2, (3, 3), **v1)
    yield conv((2, 3, 5, 4), 2, (3, 3), pad=(1, 0), stride=(2, 1), layout="NCHW", **v1)
    yield conv((2, 4, 5, 4), 6, (2, 2), num_group=2, no_bias=True, **v1)
    yield conv((1, 2, 7, 6), 3, (2, 3), dilate=(2, 2), pad=(1, 1), **v1)
    yield conv((1, 2, 5, 5), 2, (3, 3), dtype="float64", **v1)
    yield conv((2, 3, 5), 2, (3,), **v1)
    yield conv((1, 2, 5, 4), 2, (3,), **v1)
    yield conv((1, 2, 5, 4), 3, (3, 3), num_group=2, **v1)


def bad_convolution() -> Iterator[Case]:
    for op in ("Convolution", "Convolution_v1"):
        good = {"op": op, "shape": (1, 2, 4, 4), "filters": 2, "kernel": (3, 3)}
        yield conv(**good, stride=(2,))
        yield conv(**good, stride=(0, 1))
        yield conv(**good, dilate=(0, 1))
        yield conv(**good, pad=(1,))
        yield conv(**good, num_group=0)
        yield conv(**good, layout="NWC")
        yield conv(**{**good, "kernel": (5, 5)})
        yield conv(**{**good, "kernel": (3,)})
        yield conv(**{**good, "filters": 3}, num_group=2)
        inputs = {"data": normal((1, 2, 4, 4)), "weight": normal((2, 2, 3, 3)), "bias": normal((2,))}
        yield case(op, **inputs, kernel=(3, 3), num_filter=2, no_bias=True)
        yield case(op, **inputs, kernel=(3, 3), num_filter=3)
        yield case(op, **inputs, kernel=(3, 3))
        yield case(op, **inputs, num_filter=2)
        yield case(op, **inputs, kernel=(3, 3), num_filter=2, wrong=1)
        yield case(op, **inputs, kernel=(3, 3), num_filter=-2)
        yield case(op, **inputs, kernel=(3, 3), num_filter=2, workspace=-1)
        yield case(op, **{**inputs, "bias": normal((3,))}, kernel=(3, 3), num_filter=2)
        yield case(op, data=inputs["data"], weight=inputs["weight"], kernel=(3, 3), num_filter=2)
        yield case(op, data=inputs["data"], weight=normal((2, 2, 3, 3), "float64"), kernel=(3, 3), num_filter=2,
                   no_bias=True)  # fmt: skip
    yield case("Convolution", data=normal((1, 3, 3, 2)), weight=normal((2, 2, 2, 2)), kernel=(2, 2), num_filter=2,
               layout="NHWC", no_bias=True)  # fmt: skip
    yield conv((1, 2, 3, 3, 3, 3), 2, (2, 2, 2, 2))


def deconvolution() -> Iterator[Case]:
    de = {"op": "Deconvolution"}
    yield conv((2, 3, 5), 2, (3,), **de)
    yield conv((2, 3, 4), 4, (4,), stride=(2,), pad=(1,), no_bias=False, layout="NCW", **de)
    yield conv((2, 3, 3, 4), 2, (3, 3), **de)
    yield conv((2, 3, 3, 4), 2, (1, 1), **de)
    yield conv((2, 3, 3, 4), 2, (3, 3), no_bias=False, layout="NCHW", **de)
    yield conv((1, 2, 3, 3), 3, (4, 4), stride=(2, 2), pad=(1, 1), **de)
    yield conv((1, 2, 3, 3), 3, (3, 2), stride=(2, 3), pad=(1, 0), adj=(1, 2), **de)
    yield conv((1, 2, 3, 3), 3, (3, 3), stride=(2, 2), pad=(1, 1), adj=(1, 1), no_bias=False, **de)
    yield conv((1, 2, 3, 4), 3, (3, 3), stride=(2, 2), target_shape=(6, 9), **de)
    yield conv((1, 2, 3, 4), 3, (3, 3), stride=(2, 2), target_shape=(7, 8), pad=(3, 3), adj=(1, 1), **de)
    yield conv((1, 2, 3, 4), 3, (3, 3), stride=(2, 2), target_shape=(5, 6), **de)
    yield conv((1, 4, 3, 3), 6, (3, 3), num_group=2, stride=(2, 1), **de)
    yield conv((2, 4, 3, 3), 4, (4, 4), num_group=4, stride=(2, 2), pad=(1, 1), **de)
    yield conv((1, 2, 3, 3), 2, (2, 2), dilate=(2, 3), **de)
    yield conv((1, 2, 3, 3), 2, (3, 3), dilate=(2, 2), stride=(2, 2), pad=(1, 2), **de)
    yield conv((1, 2, 2, 3, 2), 2, (2, 2, 2), stride=(2, 1, 2), **de)
    yield conv((1, 2, 2, 3, 2), 2, (3, 3, 3), pad=(1, 1, 1), layout="NCDHW", no_bias=False, **de)
    for dtype in FLOATS:
        yield conv((1, 2, 3, 3), 2, (3, 3), dtype=dtype, stride=(2, 2), **de)
    yield conv((1, 2, 3, 3), 2, (3, 3), workspace=256, cudnn_tune="off", cudnn_off=True, **de)
    good = {"op": "Deconvolution", "shape": (1, 2, 4, 4), "filters": 2, "kernel": (3, 3)}
    yield conv(**good, stride=(2,))
    yield conv(**good, stride=(0, 1))
    yield conv(**good, pad=(1,))
    yield conv(**good, adj=(1, 1))
    yield conv(**good, adj=(1,), stride=(2, 2))
    yield conv(**good, target_shape=(20, 20))
    yield conv(**good, target_shape=(4,))
    yield conv(**good, pad=(3, 3))
    yield conv(**good, pad=(4, 4))
    yield conv(**{**good, "kernel": (3,)})
    yield conv(**{**good, "filters": 3}, num_group=2)
    yield conv(**good, layout="NWC")
    yield case("Deconvolution", data=normal((1, 2, 4, 4)), weight=normal((2, 3, 3, 3)), kernel=(3, 3), num_filter=2)
    yield case("Deconvolution", data=normal((1, 3, 3, 2)), weight=normal((2, 2, 2, 2)), kernel=(2, 2), num_filter=2,
               layout="NHWC")  # fmt: skip


def columns() -> Iterator[Case]:
    yield case("im2col", data=normal((2, 3, 4, 5)), kernel=(3, 3))
    yield case("im2col", data=normal((1, 2, 5, 4)), kernel=(2, 3), stride=(2, 1), pad=(1, 2), dilate=(2, 1))
    yield case("im2col", data=normal((2, 3, 4)), kernel=(2,), stride=(2,))
    yield case("im2col", data=normal((1, 2, 3, 3, 2)), kernel=(2, 2, 2))
    yield case("im2col", data=normal((1, 2, 3, 3)), kernel=(1, 1))
    for dtype in FLOATS:
        yield case("im2col", data=normal((1, 2, 3, 3), dtype), kernel=(2, 2))
    yield case("col2im", data=normal((2, 27, 6)), output_size=(4, 5), kernel=(3, 3))
    yield case("col2im", data=normal((1, 12, 12)), output_size=(5, 4), kernel=(2, 3), stride=(2, 1), pad=(1, 1))
    yield case("col2im", data=normal((1, 12, 12)), output_size=(6, 4), kernel=(2, 3), dilate=(2, 1), stride=(2, 1),
               pad=(1, 1))  # fmt: skip
    yield case("col2im", data=normal((2, 6, 3)), output_size=(6,), kernel=(2,), stride=(2,))
    yield case("col2im", data=normal((1, 16, 2)), output_size=(2, 3, 2), kernel=(2, 2, 2))
    for dtype in FLOATS:
        yield case("col2im", data=normal((1, 8, 4), dtype), output_size=(3, 3), kernel=(2, 2))
    yield case("im2col", data=normal((1, 2, 3, 3)))
    yield case("im2col", data=normal((1, 2, 3, 3)), kernel=(4, 4))
    yield case("im2col", data=normal((1, 2, 3, 3)), kernel=(2,))
    yield case("im2col", data=normal((1, 2, 3, 3)), kernel=(2, 2), stride=(0, 1))
    yield case("col2im", data=normal((1, 8, 4)), output_size=(4, 3), kernel=(2, 2))
    yield case("col2im", data=normal((1, 7, 4)), output_size=(3, 3), kernel=(2, 2))
    yield case("col2im", data=array([1.0]), output_size=(3, 3), kernel=(2, 2))
    yield case("col2im", data=normal((1, 8, 4)), kernel=(2, 2))
