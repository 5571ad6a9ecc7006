"""Numbers as 8-bit integers and back: tensors of a quantized network, and what decides their ranges."""

from __future__ import annotations

from typing import Any, Literal

from ..core.errors import ArgumentError, ArgumentTypeError
from ..core.op import op
from ..core.params import Array

INT8, UINT8, INT32 = 127.0, 255.0, 2.0**31 - 1
RANGES = dict(min_range=[-1.0], max_range=[2.0])
WIDE = dict(min_range=[-50000.0], max_range=[60000.0])
Out = Literal["auto", "int8", "uint8"]


def _ends(F: Any, low: Any, high: Any) -> Any:
    """The larger of the sizes of both ends, an array of shape (1,); ArgumentError unless each is one number."""
    if low.size != 1 or high.size != 1:
        raise ArgumentError(f"min_range and max_range have shapes {low.shape} and {high.shape}; both take (1,)")
    return F.reshape(F.maximum(F.abs(low), F.abs(high)), (1,))


def _whole(F: Any, x: Any, out_type: str) -> Any:
    """Numbers rounded to an 8-bit dtype, halves to the even one; those beyond its ends become the ends."""
    low, high = (0.0, 255.0) if out_type == "uint8" else (-128.0, 127.0)
    return F.cast(F.clip(F.rint(x), low, high), out_type)


def _chosen(out_type: str, low: float | None, high: float | None) -> str:
    """``auto`` is uint8 when nothing below 0 is expected, else int8."""
    if out_type == "auto":
        return "uint8" if low is not None and high is not None and low >= 0 else "int8"
    return out_type


@op(
    name="_contrib_quantize",
    dtypes="float",
    dtype=None,
    outputs=3,
    differentiable=False,
    free=("min_range", "max_range"),
    samples=[dict(data=(2, 3), **RANGES), dict(data=(2, 3), out_type="int8", **RANGES)],
)
def quantize(F, data: Array, min_range: Array, max_range: Array, out_type: Literal["int8", "uint8"] = "uint8"):
    """Numbers as 8-bit integers: ``data * 127 / r`` for int8, ``data * 255 / r`` for uint8, rounded.

    r is the larger of the sizes of both ends of the range. Further results are the range: -r and r for int8, the given
    ends for uint8.

    data: What to quantize; floating.
    min_range: The least number expected, of shape (1,).
    max_range: The greatest.
    out_type: The dtype of the result.
    """
    most = _ends(F, min_range, max_range)
    scaled = F.cast(data, "float32") * ((UINT8 if out_type == "uint8" else INT8) / most)
    low, high = (min_range, max_range) if out_type == "uint8" else (-most, most)
    return _whole(F, scaled, out_type), low, high


@op(
    name="_contrib_quantize_v2",
    dtype=None,
    outputs=3,
    differentiable=False,
    samples=[
        dict(data=(2, 3)),
        dict(data=(2, 3), out_type="auto", min_calib_range=0.0, max_calib_range=1.5),
        dict(data=(2, 3), out_type="uint8"),
    ],
)
def quantize_v2(
    F, data: Array, out_type: Out = "int8", min_calib_range: float | None = None, max_calib_range: float | None = None
):
    """Numbers as 8-bit integers, of a range known beforehand or that of the numbers.

    ``data * 127.5 / r`` for int8 and ``data * 255.5 / r`` for uint8, rounded; r is the larger size of both ends.
    Further results, of shape (1,), are the range: -r and r for int8, both ends for uint8. 8-bit integers stay.

    data: What to quantize; floating, int8 or uint8.
    out_type: The dtype of the result; ``auto`` is uint8 when ``min_calib_range`` is given and not negative, else int8.
    min_calib_range: The least number expected; the least of ``data`` unless both ends are given.
    max_calib_range: The greatest.
    """
    if data.dtype.kind != "f":
        if data.dtype.name not in ("int8", "uint8"):
            raise ArgumentTypeError(f"data is {data.dtype}; it takes float32, int8 or uint8")
        low, high = (0.0, UINT8 + 0.5) if data.dtype.name == "uint8" else (-INT8 - 0.5, INT8 + 0.5)
        return F.copy(data), F.full((1,), low, "float32"), F.full((1,), high, "float32")
    if min_calib_range is None or max_calib_range is None:
        low, high = (F.cast(F.reshape(end, (1,)), "float32") for end in (F.min(data), F.max(data)))
    else:
        low, high = (F.full((1,), end, "float32") for end in (min_calib_range, max_calib_range))
    kind = _chosen(out_type, min_calib_range, max_calib_range)
    most = F.maximum(F.abs(low), F.abs(high))
    scaled = F.cast(data, "float32") * (((UINT8 if kind == "uint8" else INT8) + 0.5) / most)
    return _whole(F, scaled, kind), *((low, high) if kind == "uint8" else (-most, most))


@op(
    name="_contrib_dequantize",
    dtype="out_type",
    differentiable=False,
    free=("min_range", "max_range"),
    samples=[dict(data=[[-127.0, 0.0, 64.0]], **RANGES)],
)
def dequantize(F, data: Array, min_range: Array, max_range: Array, out_type: Literal["float32"] = "float32"):
    """8-bit integers as numbers: ``data * r / 127.5`` of int8, ``data * r / 255.5`` of uint8.

    r is the larger of the sizes of both ends of the range.

    data: uint8, or int8 (numbers of any other dtype mean the same), of any shape.
    min_range: The least number expected, of shape (1,).
    max_range: The greatest.
    out_type: The dtype of the result.
    """
    most = _ends(F, min_range, max_range)
    return F.cast(data, "float32") * (most / ((UINT8 if data.dtype.name == "uint8" else INT8) + 0.5))


@op(
    name="_contrib_requantize",
    dtype=None,
    outputs=3,
    differentiable=False,
    free=("min_range", "max_range"),
    samples=[
        dict(data=[[-30000.0, 0.0, 12345.0]], **WIDE),
        dict(data=[[-30000.0, 0.0, 12345.0]], out_type="uint8", min_calib_range=0.0, max_calib_range=1.5, **WIDE),
    ],
)
def requantize(
    F,
    data: Array,
    min_range: Array,
    max_range: Array,
    out_type: Out = "int8",
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
):
    """32-bit integers as 8-bit ones, of a range known beforehand or that of the numbers.

    The numbers meant are ``data * r / (2 ** 31 - 1)``, r the larger of the sizes of both ends of their range. With s
    likewise of the new range, the result is 127 / s times them for int8, 255 / s for uint8, rounded. Further results,
    of shape (1,), are the new range: -s (0 for uint8) and s.

    data: int32 (numbers of any other dtype mean the same), of any shape.
    min_range: The least number that data can mean, of shape (1,).
    max_range: The greatest.
    out_type: The dtype of the result; ``auto`` is uint8 when ``min_calib_range`` is given and not negative, else int8.
    min_calib_range: The least number expected; that of the data unless both ends are given.
    max_calib_range: The greatest.
    """
    real = F.cast(data, "float32") * F.cast(F.cast(_ends(F, min_range, max_range), "float64") / INT32, "float32")
    if min_calib_range is None or max_calib_range is None:
        most = F.reshape(F.max(F.abs(real)), (1,))
    else:
        most = F.full((1,), max(abs(min_calib_range), abs(max_calib_range)), "float32")
    kind = _chosen(out_type, min_calib_range, max_calib_range)
    low = F.zeros((1,), "float32") if kind == "uint8" else -most
    return _whole(F, real * ((UINT8 if kind == "uint8" else INT8) / most), kind), low, most


@op(
    name="_contrib_calibrate_entropy",
    dtypes="float",
    outputs=2,
    differentiable=False,
    samples=[
        dict(
            hist=[1.0, 0.0, 2.0, 5.0, 9.0, 6.0, 2.0, 1.0, 1.0],
            hist_edges=[-4.5, -3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5, 4.5],
            num_quantized_bins=3,
        )
    ],
)
def calibrate_entropy(F, hist: Array, hist_edges: Array, num_quantized_bins: int = 255):
    """The range whose quantized numbers tell most about the real ones (least Kullback-Leibler divergence).

    The results, of shape (1,), are the upper end of the range, which is symmetric, and the divergence.

    hist: How many numbers fell into each bin; the middle one holds 0.
    hist_edges: Where the bins begin and end, one more than bins.
    num_quantized_bins: How many different quantized numbers there are.
    """
    if hist.ndim != 1 or hist_edges.shape != (hist.size + 1,):
        raise ArgumentError(f"hist and hist_edges have shapes {hist.shape} and {hist_edges.shape}; one edge more fits")
    if not 2 <= num_quantized_bins <= hist.size:
        raise ArgumentError(f"num_quantized_bins={num_quantized_bins} is not from 2 to the {hist.size} bins of hist")
    return F.calibrate(hist, hist_edges, num_quantized_bins)
