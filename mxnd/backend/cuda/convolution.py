"""Convolution and its two adjoints as products of matrices (cuBLAS), the windows of some images at a time as columns.

Shapes and geometries are those of the CPU's ``convolution``: x (N, C, *size), w (filters, C / groups, *kernel),
y (N, filters, *out), up to three spatial axes. Columns are (groups, C / groups * kernel, images * places), so that
there is one product for all images at hand; they take at most ``COLUMNS`` bytes. A transposed convolution without
strides is a convolution with the kernel turned around; with strides each element gathers what its windows hold.
Depthwise convolution has kernels of its own. Where cuDNN is installed and takes the case, it does the rest.

float32 is multiplied in full precision; products of float16 are added up in float32.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..device import cp
from ..windows import Dims, Geometry, out_size
from . import cudnn
from .kernels import Raw
from .products import matmul
from .windows import AXES, PLACE, THREADS, element, kernel, launch, start, window

COLUMNS = 1 << 28  # bytes of the columns made at once

_laid = kernel(
    "im2col",
    "const T* x, T* columns, const I channels, const I first, const I places, const I by_image, const I by_row",
    f"""
    const I plane = i / places, place = first + i % places;
    {PLACE}
    const T* from = x + plane * n0 * n1 * n2;
    T* to = columns + plane / channels * by_image + plane % channels * k0 * k1 * k2 * by_row + i % places;
    {window("to[j * by_row] = inside ? from[at] : (T)0")}
    """,
)

_added = kernel(
    "col2im",
    "const T* columns, T* x, const I channels, const I by_image, const I by_row",
    f"""
    const I plane = i / (n0 * n1 * n2), at = i % (n0 * n1 * n2);
    const T* from = columns + plane / channels * by_image + plane % channels * k0 * k1 * k2 * by_row;
    W sum = 0;
    {element("sum += (W)from[j * by_row + place]")}
    x[i] = (T)sum;
    """,
)

_depthwise = kernel(
    "depthwise",
    "const T* x, const T* w, T* y, const I channels",
    f"""
    const I plane = i / (o0 * o1 * o2), place = i % (o0 * o1 * o2);
    {PLACE}
    const T* from = x + plane * n0 * n1 * n2;
    const T* weight = w + plane % channels * k0 * k1 * k2;
    W sum = 0;
    {window("sum += (inside ? (W)from[at] : (W)0) * (W)weight[j]")}
    y[i] = (T)sum;
    """,
)

_depthwise_transpose = kernel(
    "depthwise_transpose",
    "const T* y, const T* w, T* x, const I channels",
    f"""
    const I plane = i / (n0 * n1 * n2), at = i % (n0 * n1 * n2);
    const T* from = y + plane * o0 * o1 * o2;
    const T* weight = w + plane % channels * k0 * k1 * k2;
    W sum = 0;
    {element("sum += (W)from[place] * (W)weight[j]")}
    x[i] = (T)sum;
    """,
)

_depthwise_weight = Raw(  # a block for each element of w
    "depthwise_weight",
    f"""(const I total, {AXES}, const T* x, const T* y, T* w, const I channels) {{
    __shared__ W sums[{THREADS}];
    const I taps = k0 * k1 * k2, channel = blockIdx.x / taps, j = blockIdx.x % taps, places = o0 * o1 * o2;
    const I j2 = j % k2, j1 = j / k2 % k1, j0 = j / k2 / k1;
    W sum = 0;
    for (I i = threadIdx.x; i < total; i += blockDim.x) {{
        const I plane = i / places * channels + channel, place = i % places;
        {PLACE}
        const I a0 = c0 * s0 - p0 + j0 * d0, a1 = c1 * s1 - p1 + j1 * d1, a2 = c2 * s2 - p2 + j2 * d2;
        if (a0 >= 0 && a0 < n0 && a1 >= 0 && a1 < n1 && a2 >= 0 && a2 < n2)
            sum += (W)x[((plane * n0 + a0) * n1 + a1) * n2 + a2] * (W)y[plane * places + place];
    }}
    sums[threadIdx.x] = sum;
    for (int half = {THREADS // 2}; half; half /= 2) {{
        __syncthreads();
        if (threadIdx.x < half) sums[threadIdx.x] += sums[threadIdx.x + half];
    }}
    if (threadIdx.x == 0) w[blockIdx.x] = (T)sums[0];
    }}""",
)


def _rows(size: Dims, kernel: Dims, geometry: Geometry) -> tuple[Dims, ...]:
    stride, dilate, pad, _ = geometry
    return size, kernel, stride, dilate, pad, out_size(size, kernel, stride, dilate, pad)


def _columns(x: Any, rows: tuple[Dims, ...], first: int, places: int) -> Any:
    """Some places of the windows of all images: (C * elements of the kernel, images, places)."""
    n, channels, taps = len(x), x.shape[1], math.prod(rows[1])
    columns = cp.empty((channels * taps, n, places), x.dtype)
    args = x, columns, channels, first, places, places, n * places
    launch(_laid, n * channels * places, max(x.size, columns.size), rows, x.dtype, *args)
    return columns


def _pieces(n: int, height: int, places: int, itemsize: int) -> Iterator[tuple[slice, int, int]]:
    """Which (images, first place, places) have their columns, so many elements high, made at once."""
    images = COLUMNS // (height * places * itemsize)
    step = places if images else max(1, COLUMNS // (height * itemsize))
    for i in range(0, n, max(1, images)):
        for first in range(0, places, step):
            yield slice(i, min(n, i + max(1, images))), first, min(step, places - first)


def _product(a: Any, b: Any) -> Any:
    """Products of a group's matrices; those of a single group are read as they lie, also turned."""
    return cp.matmul(a[0], b[0])[None] if len(a) == 1 else matmul(a, b)


def _joined(y: Any, groups: int) -> Any:
    """y (images, filters, places) as (groups, filters / groups, images * places)."""
    laid = cp.ascontiguousarray(y.swapaxes(0, 1))
    return laid.reshape(groups, y.shape[1] // groups, len(y) * y.shape[2])


def _pointwise(kernel: Dims, geometry: Geometry) -> bool:
    """Is each place its own window?"""
    stride, _, pad, _ = geometry
    return set(kernel) | set(stride) == {1} and not any(pad)


def _by_image(x: Any, groups: int) -> bool:
    """Can the same matrix be multiplied with each image as it lies? For float16 cuBLAS wants them aligned."""
    return len(x) == 1 or x.dtype != np.float16


def _each(w: Any, x: Any) -> Any:
    """Matrices (groups, rows, channels / groups) with each image: (N, groups, rows, places)."""
    x = x.reshape(len(x), len(w), w.shape[2], math.prod(x.shape[2:]))
    if len(x) == 1:
        return _product(w, x[0])
    return cp.matmul(w[0], x[:, 0])[:, None] if len(w) == 1 else cp.matmul(w, x)  # fewer axes, fewer launches


def conv(x: Any, w: Any, geometry: Geometry) -> Any:
    """Convolution (correlation, in mathematical terms): (N, filters, *out)."""
    n, filters, groups = len(x), len(w), geometry[3]
    rows = _rows(x.shape[2:], w.shape[2:], geometry)
    out, places = rows[5], math.prod(rows[5])
    if not x.size or not w.size or not places:
        return cp.zeros((n, filters, *out), x.dtype)
    x, w = cp.ascontiguousarray(x), cp.ascontiguousarray(w)
    if w.shape[1] == 1 and 1 < groups == filters:
        y = cp.empty((n, filters, *out), x.dtype)
        launch(_depthwise, y.size, max(x.size, w.size), rows, x.dtype, x, w, y, filters)
        return y
    matrices = w.reshape(groups, filters // groups, -1)
    if _pointwise(w.shape[2:], geometry) and _by_image(x, groups):
        return _each(matrices, x).reshape(n, filters, *out)
    if (y := cudnn.run("Forward", geometry, (n, filters, *out), x=x, w=w)) is not None:
        return y
    y = cp.empty((n, filters, places), x.dtype)
    for images, first, count in _pieces(n, w[0].size * groups, places, x.itemsize):
        columns = _columns(x[images], rows, first, count)
        product = _product(matrices, columns.reshape(groups, matrices.shape[2], -1))
        if n == 1 and count == places:
            return product.reshape(1, filters, *out)
        y[images, :, first : first + count] = product.reshape(filters, -1, count).swapaxes(0, 1)
    return y.reshape(n, filters, *out)


def conv_transpose(y: Any, w: Any, geometry: Geometry, size: Dims) -> Any:
    """The adjoint of ``conv`` in x, whose spatial axes have ``size``."""
    kernel, (stride, dilate, pad, groups) = w.shape[2:], geometry
    n, filters, channels = len(y), len(w), w.shape[1] * groups
    shape = (n, channels, *size)
    if not y.size or not w.size or not math.prod(size):
        return cp.zeros(shape, y.dtype)
    rows = _rows(size, kernel, geometry)
    y, w = cp.ascontiguousarray(y), cp.ascontiguousarray(w)
    if w.shape[1] == 1 and 1 < groups == filters:
        x = cp.empty(shape, y.dtype)
        launch(_depthwise_transpose, x.size, max(y.size, w.size), rows, y.dtype, y, w, x, channels)
        return x
    if _pointwise(kernel, geometry) and _by_image(y, groups):
        return _each(w.reshape(groups, filters // groups, -1).swapaxes(1, 2), y).reshape(shape)
    if (x := cudnn.run("BackwardData", geometry, shape, w=w, y=y)) is not None:
        return x
    turned_pad = tuple(d * (k - 1) - p for d, k, p in zip(dilate, kernel, pad))
    if set(stride) == {1} and min(turned_pad) >= 0:
        turned = cp.flip(w, tuple(range(2, w.ndim))).reshape(groups, filters // groups, *w.shape[1:])
        return conv(y, turned.swapaxes(1, 2).reshape(channels, -1, *kernel), (stride, dilate, turned_pad, groups))
    if y.dtype == np.float16:  # what is added up would be rounded before
        return _strided(y.astype(np.float32), w.astype(np.float32), groups, rows, shape).astype(np.float16)
    return _strided(y, w, groups, rows, shape)


def _strided(y: Any, w: Any, groups: int, rows: tuple[Dims, ...], shape: Dims) -> Any:
    """``conv_transpose``: columns of some images, or of some channels of an image, added up."""
    (n, _, *size), taps, places = shape, math.prod(rows[1]), math.prod(rows[5])
    each, flat = w.shape[1], y.reshape(n, len(w), places)
    matrices = w.reshape(groups, len(w) // groups, each, taps)
    x = cp.empty((n, groups, each, *size), y.dtype)
    images = COLUMNS // (groups * each * taps * places * y.itemsize)
    some = each if images else max(1, COLUMNS // (groups * taps * places * y.itemsize))
    for i in range(0, n, max(1, images)):
        laid = _joined(flat[i : i + max(1, images)], groups)
        number = laid.shape[2] // places
        for first in range(0, each, some):
            matrix = matrices[:, :, first : first + some].reshape(groups, matrices.shape[1], -1)
            columns = _product(matrix.swapaxes(1, 2), laid)
            whole = some == each
            part = x[i : i + number] if whole else cp.empty((number, groups, columns.shape[1] // taps, *size), x.dtype)
            args = columns, part, groups * part.shape[2], places, laid.shape[2]
            launch(_added, part.size, columns.size, rows, x.dtype, *args)
            if not whole:
                x[i : i + number, :, first : first + some] = part
    return x.reshape(shape)


def conv_weight(x: Any, y: Any, geometry: Geometry, kernel: Dims) -> Any:
    """The adjoint of ``conv`` in w, whose spatial axes have the size of ``kernel``.

    float16 with more columns than fit at once is added up in float32, from sums of some images that are rounded.
    """
    n, filters, groups = len(x), y.shape[1], geometry[3]
    channels = x.shape[1] // groups
    shape = (filters, channels, *kernel)
    if not x.size or not y.size or not math.prod(kernel):
        return cp.zeros(shape, x.dtype)
    rows = _rows(x.shape[2:], kernel, geometry)
    places = math.prod(rows[5])
    x, y = cp.ascontiguousarray(x), cp.ascontiguousarray(y)
    if channels == 1 and 1 < groups == filters:
        w = cp.empty(shape, x.dtype)
        start(_depthwise_weight, w.size, n * places, max(x.size, y.size), rows, x.dtype, x, y, w, filters)
        return w
    if (w := cudnn.run("BackwardFilter", geometry, shape, x=x, y=y)) is not None:
        return w
    flat, height = y.reshape(n, filters, places), channels * math.prod(kernel)
    total: Any = None
    for images, first, count in _pieces(n, height * groups, places, x.itemsize):
        columns = _columns(x[images], rows, first, count).reshape(groups, height, -1)
        laid = _joined(flat[images, :, first : first + count], groups)
        product = _product(columns, laid.swapaxes(1, 2))
        if total is None:
            several = images.stop < n or count < places
            total = product.astype(np.float32) if several and x.dtype == np.float16 else product
        else:
            total += product
    return cp.ascontiguousarray(total.swapaxes(1, 2)).reshape(shape).astype(x.dtype, copy=False)


def im2col(x: Any, kernel: Dims, geometry: Geometry) -> Any:
    """Every window of x as a column: (N, C * elements of the kernel, places)."""
    rows = _rows(x.shape[2:], kernel, geometry)
    x, places = cp.ascontiguousarray(x), math.prod(rows[5])
    columns = cp.empty((len(x), x.shape[1] * math.prod(kernel), places), x.dtype)
    args = x, columns, x.shape[1], 0, places, columns.shape[1] * places, places
    launch(_laid, x.shape[0] * x.shape[1] * places, max(x.size, columns.size), rows, x.dtype, *args)
    return columns


def col2im(columns: Any, kernel: Dims, geometry: Geometry, size: Dims) -> Any:
    """The adjoint of ``im2col``: columns added up where windows overlap, (N, C, *size)."""
    rows, columns = _rows(size, kernel, geometry), cp.ascontiguousarray(columns)
    channels = columns.shape[1] // math.prod(kernel)
    x = cp.empty((len(columns), channels, *size), columns.dtype)
    args = columns, x, channels, columns.shape[1] * columns.shape[2], columns.shape[2]
    launch(_added, x.size, columns.size, rows, x.dtype, *args)
    return x
