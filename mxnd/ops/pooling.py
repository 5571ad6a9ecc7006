"""Pooling: each window of the data reduced to one element."""

from __future__ import annotations

import math
from typing import Any, Literal

from ..core.errors import ArgumentError
from ..core.formula import formula
from ..core.op import op
from ..core.params import Array, Shape
from . import convolution
from .convolution import channels_last, channels_to, per_axis, spatial

Dims = tuple[int, ...]
LAYOUTS = {**convolution.LAYOUTS, 1: ("NCW", "NWC")}

ROOT = formula(
    lambda F, s, p: s if p == 1 else F.sqrt(s) if p == 2 else F.cbrt(s),
    lambda F, ct, y, p: (ct if p == 1 else F.where(y == 0, 0.0, ct / (p * F.power(y, p - 1))),),
)
"""The p-th root; its derivative at 0 counts as 0."""


def _places(size: Dims, kernel: Dims, stride: Dims, pad: Dims, convention: str) -> Dims:
    """How many windows lie along each axis."""
    room = tuple(n + 2 * p for n, p in zip(size, pad))
    if any(k > n for k, n in zip(kernel, room)):
        raise ArgumentError(f"kernel={kernel} is larger than the padded data {room}")
    if convention == "same":
        return tuple(-(-n // s) for n, s in zip(room, stride))
    up = -1 if convention == "full" else 1
    return tuple(1 + up * (up * (n - k) // s) for n, k, s in zip(room, kernel, stride))


@op(
    dtypes="float",
    samples=[
        dict(data=(1, 2, 4, 3), kernel=(2, 2)),
        dict(data=(1, 1, 5, 4), kernel=(3, 2), stride=(2, 1), pad=(1, 0), pool_type="avg", count_include_pad=False),
        dict(data=(1, 1, 5, 4), kernel=(3, 3), stride=(2, 2), pad=(1, 1), pool_type="avg", pooling_convention="full"),
        dict(data=(1, 2, 5), kernel=(3,), stride=(2,), pool_type="sum"),
        dict(data=(1, 2, 3, 2), kernel=(2, 2), pool_type="lp", p_value=2, domain=(0.1, 2.0)),
        dict(data=(1, 2, 3, 2), kernel=(2, 2), pool_type="lp", p_value=3, domain=(0.1, 2.0)),
        dict(data=(2, 2, 3, 2), global_pool=True),
        dict(data=(1, 2, 3, 2, 2), kernel=(2, 2, 1), layout="NDHWC", pool_type="avg"),
        dict(data=(1, 2, 5), kernel=(2,), stride=(2,), pooling_convention="same"),
    ],
)
def Pooling(
    F,
    data: Array,
    kernel: Shape = (),
    pool_type: Literal["avg", "lp", "max", "sum"] = "max",
    global_pool: bool = False,
    cudnn_off: bool = False,
    pooling_convention: Literal["full", "same", "valid"] = "valid",
    stride: Shape = (),
    pad: Shape = (),
    p_value: int | None = None,
    count_include_pad: bool | None = None,
    layout: Literal[None, "NCDHW", "NCHW", "NCW", "NDHWC", "NHWC", "NWC"] = None,
):
    """Reduces windows of the data to one element each.

    - ``max``: the largest element; NaN is passed over, and the first of equal ones receives the gradient
    - ``sum`` and ``avg``: sum and mean
    - ``lp``: ``(x1 ** p + x2 ** p + ...) ** (1 / p)`` with p from 1 to 3

    data: The input, of shape (instances, channels, ...) with 1 to 3 further axes; floating.
    kernel: The size of a window along each axis; not needed with ``global_pool``.
    pool_type: What becomes of a window.
    global_pool: One window that holds everything.
    cudnn_off: Ignored.
    pooling_convention: How many windows there are along an axis: ``(size + 2 * pad - kernel) / stride + 1``, rounded
      down (``valid``) or up (``full``), or ``(size + 2 * pad) / stride`` rounded up (``same``; one axis only).
    stride: How far windows lie apart along each axis; 1 when left out.
    pad: How much padding stands on both sides of each axis, less than ``kernel``; none when left out.
    p_value: The exponent of ``lp``.
    count_include_pad: Whether ``avg`` counts the padding in; it does when left out.
    layout: The order of the axes of data and result.
    """
    kernel = kernel if kernel or not global_pool else (1,) * (data.ndim - 2)
    count = spatial(data.shape, kernel)
    stride, pad = per_axis("stride", stride, count, 1, 1), per_axis("pad", pad, count, 0, 0)
    if pool_type == "lp" and p_value not in (1, 2, 3):
        raise ArgumentError(f"p_value={p_value}; pool_type='lp' takes 1, 2 or 3")
    if pooling_convention == "same" and count > 1:
        raise ArgumentError(f"pooling_convention='same' is for one spatial axis, not {count}")
    last = channels_last(layout, LAYOUTS[count])
    x = channels_to(F, data, 1) if last else data
    size = x.shape[2:]
    if global_pool:
        window = (size, (1,) * count, (0,) * count, (1,) * count)
    else:
        if any(p >= k for p, k in zip(pad, kernel)):
            raise ArgumentError(f"pad={pad} must be less than kernel={kernel}")
        window = (kernel, stride, pad, _places(size, kernel, stride, pad, pooling_convention))
    if pool_type == "max":
        y = F.pool_max(x, window)
    elif pool_type == "lp":
        y = ROOT(F, F.pool_sum(x if p_value == 1 else F.power(x, p_value), window), p_value)
    else:
        y = F.pool_sum(x, window, count_include_pad is not False if pool_type == "avg" else None)
    return channels_to(F, y, -1) if last else y


@op(
    dtypes="float",
    samples=[
        dict(data=(1, 2, 4, 3), kernel=(2, 2)),
        dict(data=(1, 1, 5, 4), kernel=(3, 2), stride=(2, 1), pad=(1, 0), pool_type="avg"),
        dict(data=(1, 1, 4, 4), kernel=(3, 3), stride=(2, 2), pooling_convention="full"),
        dict(data=(2, 2, 3, 2), global_pool=True, pool_type="sum"),
    ],
)
def Pooling_v1(
    F,
    data: Array,
    kernel: Shape = (),
    pool_type: Literal["avg", "max", "sum"] = "max",
    global_pool: bool = False,
    pooling_convention: Literal["full", "valid"] = "valid",
    stride: Shape = (),
    pad: Shape = (),
):
    """The first version of Pooling, for images.

    It differs: padding counts as 0 also for ``max``, whose gradient goes to every element equal to the largest; and
    ``avg`` always divides by the size of the kernel.

    data: The input, of shape (instances, channels, height, width); floating.
    kernel: The size of a window along each axis; not needed with ``global_pool``.
    pool_type: What becomes of a window: its largest element, its sum or its mean.
    global_pool: One window that holds everything.
    pooling_convention: Whether the number of windows ``(size + 2 * pad - kernel) / stride + 1`` is rounded down
      (``valid``) or up (``full``).
    stride: How far windows lie apart along each axis; 1 when left out.
    pad: How many zeros stand on both sides of each axis; none when left out.
    """
    kernel = data.shape[2:] if global_pool and data.ndim == 4 else kernel
    count = spatial(data.shape, kernel, (2,))
    stride, pad = per_axis("stride", stride, count, 1, 1), per_axis("pad", pad, count, 0, 0)
    if global_pool:
        stride, pad = (1,) * count, (0,) * count
    size = data.shape[2:]
    out = _places(size, kernel, stride, pad, pooling_convention)
    if pool_type != "max":
        y = F.pool_sum(data, (kernel, stride, pad, out))
        return y / math.prod(kernel) if pool_type == "avg" else y
    # Zeros around, and behind them what the last windows need, which is never the largest.
    wanted = tuple(max(n + 2 * p, s * (o - 1) + k) for n, p, s, o, k in zip(size, pad, stride, out, kernel))
    x = F.unindex(data, _inside(size, pad), (*data.shape[:2], *(n + 2 * p for n, p in zip(size, pad))))
    x = F.replace(F.full((*data.shape[:2], *wanted), -math.inf, data.dtype), _inside(x.shape[2:], (0, 0)), x)
    columns = F.im2col(x, kernel, (stride, (1, 1), (0, 0), 1))
    windows = F.reshape(columns, (*data.shape[:2], math.prod(kernel), -1))
    return F.reshape(F.max(windows, 2), (*data.shape[:2], *out))


def _inside(size: Dims, pad: Dims) -> tuple[Any, ...]:
    return (slice(None), slice(None), *(slice(p, p + n) for n, p in zip(size, pad)))
