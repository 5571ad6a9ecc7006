"""Convolution, its transpose, and windows as columns."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from ..core.errors import ArgumentError
from ..core.formula import Rule
from ..core.op import op
from ..core.params import Array, LongSize, Shape, Size, required

Dims = tuple[int, ...]
LAYOUTS = {1: ("NCW",), 2: ("NCHW", "NHWC"), 3: ("NCDHW", "NDHWC")}
"""The layouts by the number of spatial axes."""
Tune = Literal[None, "fastest", "limited_workspace", "off"]
Layout = Literal[None, "NCDHW", "NCHW", "NCW", "NDHWC", "NHWC"]

WORDS = {
    "bias": "What is added for each filter, of shape (num_filter,); left out with ``no_bias``.",
    "kernel": "The size of the filters along each axis.",
    "stride": "How far the filter moves along each axis; 1 when left out.",
    "dilate": "How far apart the filter's elements lie along each axis; 1 when left out.",
    "pad": "How many zeros stand on both sides of each axis; none when left out.",
    "num_filter": "How many filters there are.",
    "num_group": "Into how many groups channels and filters are divided; a filter meets the channels of its group.",
    "workspace": "Ignored; the work space is bounded anyway.",
    "no_bias": "Leave the bias out.",
    "cudnn_tune": "Ignored.",
    "cudnn_off": "Ignored.",
    "layout": "The order of the axes of data and result; the filters have theirs in the same order, N for the first.",
}
"""What these operators take, in words."""


def words(text: str, names: Sequence[str] = tuple(WORDS)) -> str:
    """A docstring with these arguments put at the end."""
    return "\n".join([inspect.cleandoc(text), *(f"{name}: {WORDS[name]}" for name in names)])


def per_axis(name: str, value: Dims, count: int, default: int, least: int) -> Dims:
    """A number for each spatial axis; ArgumentError when there are more or fewer, or one is too small."""
    if not value:
        return (default,) * count
    if len(value) != count:
        raise ArgumentError(f"{name}={value} has {len(value)} numbers; the kernel has {count} axes")
    if min(value) < least:
        raise ArgumentError(f"{name}={value} holds a number below {least}")
    return value


def spatial(shape: Dims, kernel: Dims, counts: Sequence[int] = (1, 2, 3)) -> int:
    """The number of spatial axes; ArgumentError unless kernel and data fit together."""
    if len(kernel) not in counts:
        raise ArgumentError(f"kernel={kernel} has {len(kernel)} axes; it takes {' or '.join(map(str, counts))}")
    if min(kernel) < 1:
        raise ArgumentError(f"kernel={kernel} holds a number below 1")
    if len(shape) != len(kernel) + 2:
        raise ArgumentError(f"data has {len(shape)} axes; for kernel={kernel} it takes {len(kernel) + 2}")
    return len(kernel)


def places(size: Dims, kernel: Dims, stride: Dims, dilate: Dims, pad: Dims) -> Dims:
    """How many places a kernel takes along each axis; ArgumentError when it is larger than the padded data."""
    spans = tuple(d * (k - 1) + 1 for d, k in zip(dilate, kernel))
    room = tuple(n + 2 * p for n, p in zip(size, pad))
    if any(span > n for span, n in zip(spans, room)):
        raise ArgumentError(f"kernel={kernel}, dilated {spans}, is larger than the padded data {room}")
    return tuple((n - span) // s + 1 for n, span, s in zip(room, spans, stride))


def _check_groups(channels: int, num_filter: int, num_group: int) -> None:
    if num_filter < 1 or num_group < 1:
        raise ArgumentError(f"num_filter={num_filter} and num_group={num_group} must be at least 1")
    if channels % num_group or num_filter % num_group:
        raise ArgumentError(f"num_group={num_group} does not divide {channels} channels and num_filter={num_filter}")


def _check(name: str, x: Any, wanted: Dims) -> None:
    if x.shape != wanted:
        raise ArgumentError(f"{name} has shape {x.shape}; it takes {wanted}")


def channels_last(layout: str | None, choices: Sequence[str]) -> bool:
    """Whether the channels stand last; ArgumentError when the layout is none of the choices."""
    if layout not in (None, *choices):
        raise ArgumentError(f"layout={layout!r} is not {' or '.join(choices)}, which have the kernel's number of axes")
    return layout is not None and layout[-1] == "C"


def channels_to(F: Any, x: Any, place: int) -> Any:
    """x with the channels moved from the end to axis 1, or with ``place=-1`` from there to the end."""
    last = x.ndim - 1
    axes = (0, *range(2, last + 1), 1) if place == -1 else (0, last, *range(1, last))
    return F.transpose(x, axes)


BIASED = Rule(
    lambda F, x, bias: x + F.reshape(bias, (-1,) + (1,) * (x.ndim - 2)),
    lambda F, ct: (ct, lambda: F.sum(ct, (0, *range(2, ct.ndim)))),
)
"""x, of shape (instances, channels, ...), plus one number for each channel."""


def _layer(F: Any, p: Mapping[str, Any], counts: Sequence[int] = (1, 2, 3), transposed: bool = False) -> Any:
    """Convolution, or its transpose, with everything checked; ``p`` holds all arguments by name."""
    data, weight, bias, kernel = p["data"], p["weight"], p["bias"], p["kernel"]
    count = spatial(data.shape, kernel, counts)
    stride = per_axis("stride", p["stride"], count, 1, 1)
    dilate = per_axis("dilate", p["dilate"], count, 1, 1)
    pad = per_axis("pad", p["pad"], count, 0, 0)
    last = channels_last(p["layout"], LAYOUTS[count])
    if (bias is None) != p["no_bias"]:
        raise ArgumentError(f"no_bias={p['no_bias']} {'takes no bias' if bias is not None else 'needs the input bias'}")
    if weight.ndim != data.ndim:
        raise ArgumentError(f"weight has {weight.ndim} axes, data {data.ndim}; both take as many")
    data, weight = (channels_to(F, data, 1), channels_to(F, weight, 1)) if last else (data, weight)
    channels, filters, groups = data.shape[1], p["num_filter"], p["num_group"]
    _check_groups(channels, filters, groups)
    first, second = (channels, filters) if transposed else (filters, channels)
    _check("weight", weight, (first, second // groups, *kernel))
    if transposed:
        size, pad = _target(data.shape[2:], kernel, stride, dilate, pad, p)
        result = F.conv_transpose(data, weight, (stride, dilate, pad, groups), size)
    else:
        places(data.shape[2:], kernel, stride, dilate, pad)
        result = F.conv(data, weight, (stride, dilate, pad, groups))
    if bias is not None:
        _check("bias", bias, (filters,))
        result = BIASED(F, result, bias)
    return channels_to(F, result, -1) if last else result


def _target(size: Dims, kernel: Dims, stride: Dims, dilate: Dims, pad: Dims, p: Mapping[str, Any]) -> tuple[Dims, Dims]:
    """The size of a transposed convolution, and the padding that leads to it."""
    adj = per_axis("adj", p["adj"], len(size), 0, 0)
    target = per_axis("target_shape", p["target_shape"], len(size), 0, 0)
    full = tuple(s * (n - 1) + d * (k - 1) + 1 for n, k, s, d in zip(size, kernel, stride, dilate))
    if any(target):
        if any(t > n for t, n in zip(target, full)):
            raise ArgumentError(f"target_shape={target} is larger than {full}, the size without padding")
        return target, tuple((n - t + 1) // 2 for n, t in zip(full, target))
    if any(a >= s for a, s in zip(adj, stride)):
        raise ArgumentError(f"adj={adj} must be smaller than stride={stride}")
    out = tuple(n - 2 * q + a for n, q, a in zip(full, pad, adj))
    if min(out) < 1:
        raise ArgumentError(f"pad={pad} leaves nothing of the size {full}")
    return out, pad


FLAT = [
    dict(data=(1, 2, 4, 3), weight=(2, 2, 2, 2), bias=(2,), kernel=(2, 2), num_filter=2),
    dict(data=(1, 2, 4, 4), weight=(2, 2, 3, 3), kernel=(3, 3), num_filter=2, pad=(1, 1), no_bias=True),
    dict(data=(1, 2, 5, 4), weight=(2, 1, 3, 2), bias=(2,), kernel=(3, 2), num_filter=2, num_group=2, stride=(2, 1),
         pad=(1, 0)),
]  # fmt: skip


@op(
    dtypes="float",
    samples=[
        *FLAT,
        dict(data=(1, 2, 6), weight=(2, 2, 3), bias=(2,), kernel=(3,), num_filter=2, dilate=(2,), pad=(1,)),
        dict(data=(1, 1, 3, 3, 2), weight=(2, 1, 2, 2, 2), kernel=(2, 2, 2), num_filter=2, no_bias=True),
        dict(data=(2, 2, 2, 2), weight=(3, 2, 1, 1), bias=(3,), kernel=(1, 1), num_filter=3),
        dict(data=(1, 3, 3, 2), weight=(2, 2, 2, 2), bias=(2,), kernel=(2, 2), num_filter=2, layout="NHWC"),
    ],
    doc=words("""Slides filters over the data and sums the products (a correlation, in mathematical terms).

    Along each axis the result has ``(size + 2 * pad - dilate * (kernel - 1) - 1) // stride + 1`` places.

    data: The input, of shape (instances, channels, ...) with 1 to 3 further axes; floating.
    weight: The filters, of shape (num_filter, channels / num_group, *kernel)."""),
)
def Convolution(
    F,
    data: Array,
    weight: Array,
    bias: Array | None = None,
    kernel: Shape = required,
    stride: Shape = (),
    dilate: Shape = (),
    pad: Shape = (),
    num_filter: Size = required,
    num_group: Size = 1,
    workspace: LongSize = 1024,
    no_bias: bool = False,
    cudnn_tune: Tune = None,
    cudnn_off: bool = False,
    layout: Layout = None,
):
    return _layer(F, locals())


@op(
    dtypes="float",
    samples=FLAT,
    doc=words("""The first version of Convolution, for images; it computes the same.

    data: The input, of shape (instances, channels, height, width); floating.
    weight: The filters, of shape (num_filter, channels / num_group, *kernel)."""),
)
def Convolution_v1(
    F,
    data: Array,
    weight: Array,
    bias: Array | None = None,
    kernel: Shape = required,
    stride: Shape = (),
    dilate: Shape = (),
    pad: Shape = (),
    num_filter: Size = required,
    num_group: Size = 1,
    workspace: LongSize = 1024,
    no_bias: bool = False,
    cudnn_tune: Tune = None,
    cudnn_off: bool = False,
    layout: Literal[None, "NCDHW", "NCHW", "NDHWC", "NHWC"] = None,
):
    return _layer(F, locals(), (2, 3))


@op(
    dtypes="float",
    samples=[
        dict(data=(1, 2, 3, 2), weight=(2, 3, 2, 2), kernel=(2, 2), num_filter=3),
        dict(
            data=(1, 2, 3, 3),
            weight=(2, 2, 4, 4),
            bias=(2,),
            kernel=(4, 4),
            num_filter=2,
            stride=(2, 2),
            pad=(1, 1),
            no_bias=False,
        ),
        dict(
            data=(1, 2, 2, 3),
            weight=(2, 1, 3, 3),
            kernel=(3, 3),
            num_filter=2,
            num_group=2,
            stride=(2, 3),
            pad=(1, 1),
            adj=(1, 2),
        ),
        dict(data=(1, 2, 4), weight=(2, 2, 3), kernel=(3,), num_filter=2, stride=(2,), target_shape=(8,)),
        dict(data=(1, 1, 2, 2, 2), weight=(1, 2, 2, 2, 2), kernel=(2, 2, 2), num_filter=2, dilate=(2, 1, 2)),
    ],
    doc=words("""The transpose of Convolution: each element of the data lays down a filter multiplied by it.

    Along each axis the result has ``stride * (size - 1) + dilate * (kernel - 1) + 1 - 2 * pad + adj`` places.

    data: The input, of shape (instances, channels, ...) with 1 to 3 further axes; floating.
    weight: The filters, of shape (channels, num_filter / num_group, *kernel).
    adj: How many places more the result has at the end of each axis; smaller than ``stride``.
    target_shape: The size of the result, instead of ``pad`` and ``adj``, which then follow from it."""),
)
def Deconvolution(
    F,
    data: Array,
    weight: Array,
    bias: Array | None = None,
    kernel: Shape = required,
    stride: Shape = (),
    dilate: Shape = (),
    pad: Shape = (),
    adj: Shape = (),
    target_shape: Shape = (),
    num_filter: Size = required,
    num_group: Size = 1,
    workspace: LongSize = 512,
    no_bias: bool = True,
    cudnn_tune: Tune = None,
    cudnn_off: bool = False,
    layout: Layout = None,
):
    return _layer(F, locals(), transposed=True)


def _windows(size: Dims, kernel: Dims, stride: Dims, dilate: Dims, pad: Dims) -> tuple[Any, Dims]:
    """The geometry of im2col and col2im, and the number of windows along each axis."""
    count = len(kernel)
    steps = per_axis("stride", stride, count, 1, 1), per_axis("dilate", dilate, count, 1, 1)
    geometry = (*steps, per_axis("pad", pad, count, 0, 0), 1)
    return geometry, places(size, kernel, *geometry[:3])


@op(
    dtypes="float",
    samples=[
        dict(data=(1, 2, 3, 3), kernel=(2, 2)),
        dict(data=(2, 1, 4, 5), kernel=(3, 2), stride=(1, 2), dilate=(1, 2), pad=(1, 0)),
    ],
    doc=words(
        """The windows that a filter meets, as columns.

    Returns shape (instances, channels * elements of the kernel, windows).

    data: The input, of shape (instances, channels, ...); floating.""",
        ("kernel", "stride", "dilate", "pad"),
    ),
)
def im2col(F, data: Array, kernel: Shape = required, stride: Shape = (), dilate: Shape = (), pad: Shape = ()):
    spatial(data.shape, kernel)
    return F.im2col(data, kernel, _windows(data.shape[2:], kernel, stride, dilate, pad)[0])


@op(
    dtypes="float",
    samples=[
        dict(data=(1, 8, 4), output_size=(3, 3), kernel=(2, 2)),
        dict(data=(1, 4, 4), output_size=(4, 4), kernel=(2, 2), stride=(1, 2), dilate=(2, 1)),
    ],
    doc=words(
        """The reverse of im2col: columns put back as windows, and added up where windows overlap.

    data: The columns, of shape (instances, channels * elements of the kernel, windows); floating.
    output_size: The size of the result along each axis; its shape is (instances, channels, *output_size).""",
        ("kernel", "stride", "dilate", "pad"),
    ),
)
def col2im(
    F,
    data: Array,
    output_size: Shape = required,
    kernel: Shape = required,
    stride: Shape = (),
    dilate: Shape = (),
    pad: Shape = (),
):
    spatial((1, 1, *output_size), kernel)
    geometry, out = _windows(output_size, kernel, stride, dilate, pad)
    elements, windows = math.prod(kernel), math.prod(out)
    if data.ndim != 3 or data.shape[1] % elements or data.shape[2] != windows:
        raise ArgumentError(f"data takes the shape (instances, channels * {elements}, {windows}), not {data.shape}")
    return F.col2im(data, kernel, geometry, output_size)
