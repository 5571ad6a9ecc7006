"""Convolution on a GPU, held to the CPU's."""

from __future__ import annotations

import numpy as np
import pytest

from mxnd.backend import columns as columns_of
from mxnd.backend import convolution as cpu
from mxnd.backend.cuda import convolution as gpu
from mxnd.backend.windows import out_size
from mxnd.core.errors import ArgumentError

pytestmark = pytest.mark.gpu

CASES = {  # x, filters, kernel, (stride, dilate, pad, groups)
    "one axis": ((2, 3, 11), 4, (3,), ((2,), (2,), (1,), 1)),
    "plain": ((3, 4, 7, 6), 5, (3, 3), ((1, 1), (1, 1), (1, 1), 1)),
    "one image": ((1, 4, 7, 6), 6, (3, 2), ((1, 1), (1, 1), (0, 0), 2)),
    "strides, rests": ((2, 4, 10, 9), 6, (3, 2), ((2, 3), (1, 1), (1, 0), 2)),
    "dilated": ((2, 2, 9, 9), 3, (3, 3), ((2, 1), (2, 3), (2, 3), 1)),
    "apart": ((2, 3, 8, 9), 4, (2, 2), ((3, 2), (1, 1), (0, 1), 1)),
    "three axes": ((2, 4, 4, 5, 6), 2, (2, 3, 1), ((1, 2, 1), (2, 1, 1), (1, 1, 0), 2)),
    "pointwise": ((3, 4, 3, 5), 6, (1, 1), ((1, 1), (1, 1), (0, 0), 1)),
    "pointwise groups": ((1, 4, 3, 5), 6, (1, 1), ((1, 1), (1, 1), (0, 0), 2)),
    "pointwise, strides": ((2, 4, 6, 5), 3, (1, 1), ((2, 2), (1, 1), (0, 0), 1)),
    "depthwise": ((2, 5, 8, 7), 5, (3, 3), ((2, 1), (1, 2), (1, 2), 5)),
    "one channel each": ((2, 3, 8, 7), 6, (3, 3), ((1, 1), (1, 1), (1, 1), 3)),
    "more padding than kernel": ((2, 3, 4, 4), 2, (2, 2), ((1, 1), (1, 1), (2, 3), 1)),
    "no images": ((0, 3, 5, 5), 2, (3, 3), ((1, 1), (1, 1), (0, 0), 1)),
}
TOLERANCE = {"float16": 2**-10, "float32": 1e-6, "float64": 1e-14}


def made(case, dtype):
    shape, filters, kernel, geometry = CASES[case]
    rng = np.random.RandomState(0)
    out = out_size(shape[2:], kernel, *geometry[:3])
    shapes = shape, (filters, shape[1] // geometry[3], *kernel), (shape[0], filters, *out)
    return [rng.uniform(-1, 1, s).astype(dtype) for s in shapes], geometry


def close(got, wanted, terms):
    """Equal but for rounding of sums of so many terms below 1, and of the result."""
    assert got.dtype == wanted.dtype
    within = TOLERANCE[str(wanted.dtype)]
    np.testing.assert_allclose(got, wanted, within, within * terms**0.5)


@pytest.fixture(params=["all at once", "bounded"])
def columns(request, monkeypatch):
    if request.param == "bounded":  # a few places at a time, or a channel
        monkeypatch.setattr(gpu, "COLUMNS", 700)
    return request.param


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("case", CASES)
def test_convolution_and_its_adjoints_are_those_of_the_cpu(cuda, columns, case, dtype):
    (x, w, y), geometry = made(case, dtype)
    dx, dw, dy = map(cuda.asarray, (x, w, y))
    size, kernel = x.shape[2:], w.shape[2:]
    taps = w[0].size
    close(cuda.asnumpy(gpu.conv(dx, dw, geometry)), cpu.conv(x, w, geometry), taps)
    wanted = cpu.conv_transpose(y, w, geometry, size)
    close(cuda.asnumpy(gpu.conv_transpose(dy, dw, geometry, size)), wanted, taps * len(w))
    got, wanted = gpu.conv_weight(dx, dy, geometry, kernel), cpu.conv_weight(x, y, geometry, kernel)
    terms = y.size // y.shape[1]
    if dtype == "float16" and columns == "bounded":  # sums of some places are rounded, too, of which none passes terms
        assert got.dtype == wanted.dtype
        np.testing.assert_allclose(cuda.asnumpy(got), wanted, 2**-10, 2**-11 * terms)
    else:
        close(cuda.asnumpy(got), wanted, terms)


@pytest.mark.parametrize("case", ["one axis", "strides, rests", "dilated", "three axes", "no images"])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int32"])
def test_columns_and_back(cuda, case, dtype):
    (x, w, _), geometry = made(case, "float64")
    x = (8 * x).round().astype(dtype)
    columns = columns_of.im2col(x, w.shape[2:], geometry)
    got = gpu.im2col(cuda.asarray(x), w.shape[2:], geometry)
    assert got.dtype == x.dtype
    np.testing.assert_array_equal(cuda.asnumpy(got), columns)
    back = gpu.col2im(got, w.shape[2:], geometry, x.shape[2:])
    assert back.dtype == x.dtype
    np.testing.assert_array_equal(cuda.asnumpy(back), columns_of.col2im(columns, w.shape[2:], geometry, x.shape[2:]))


@pytest.mark.parametrize("case", ["plain", "strides, rests", "pointwise", "depthwise"])
def test_arrays_that_lie_otherwise(cuda, case):
    (x, w, y), geometry = made(case, "float32")

    def turned(a):
        return cuda.asarray(np.ascontiguousarray(np.moveaxis(a, 1, -1))).transpose(0, a.ndim - 1, *range(1, a.ndim - 1))

    dx, dw, dy = map(turned, (x, w, y))
    assert not dx.flags.c_contiguous
    close(cuda.asnumpy(gpu.conv(dx, dw, geometry)), cpu.conv(x, w, geometry), w[0].size)
    got = gpu.conv_transpose(dy, dw, geometry, x.shape[2:])
    close(cuda.asnumpy(got), cpu.conv_transpose(y, w, geometry, x.shape[2:]), w.size)
    got = gpu.conv_weight(dx, dy, geometry, w.shape[2:])
    close(cuda.asnumpy(got), cpu.conv_weight(x, y, geometry, w.shape[2:]), y.size // y.shape[1])


def test_element_numbers_of_64_bits(cuda, monkeypatch):
    from mxnd.backend.cuda import windows

    monkeypatch.setattr(windows, "LARGE", 1)
    for case in ("strides, rests", "depthwise"):
        (x, w, y), geometry = made(case, "float32")
        got = gpu.conv(cuda.asarray(x), cuda.asarray(w), geometry)
        close(cuda.asnumpy(got), cpu.conv(x, w, geometry), w[0].size)
        got = gpu.conv_transpose(cuda.asarray(y), cuda.asarray(w), geometry, x.shape[2:])
        close(cuda.asnumpy(got), cpu.conv_transpose(y, w, geometry, x.shape[2:]), w.size)
        got = gpu.conv_weight(cuda.asarray(x), cuda.asarray(y), geometry, w.shape[2:])
        close(cuda.asnumpy(got), cpu.conv_weight(x, y, geometry, w.shape[2:]), y.size // y.shape[1])


def test_more_axes_than_a_gpu_takes(cuda):
    x = cuda.asarray(np.zeros((1, 1, 2, 2, 2, 2), "float32"))
    with pytest.raises(ArgumentError, match="4 spatial axes.*up to 3"):
        gpu.im2col(x, (1,) * 4, ((1,) * 4, (1,) * 4, (0,) * 4, 1))


def test_float16_is_added_up_in_float32(cuda, monkeypatch):
    monkeypatch.setattr(gpu, "COLUMNS", 2 * 2 * 31)  # bytes of 31 places, whose sums are exact
    x, y = np.ones((1, 1, 2, 31 * 141), "float16"), np.ones((1, 1, 1, 31 * 141), "float16")
    w = gpu.conv_weight(cuda.asarray(x), cuda.asarray(y), ((1, 1), (1, 1), (0, 0), 1), (2, 1))
    np.testing.assert_array_equal(cuda.asnumpy(w), np.full((1, 1, 2, 1), 4372, "float16"))  # 4371 to one rounding
