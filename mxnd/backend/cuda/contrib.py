"""Fourier transforms on interleaved real and imaginary parts, histograms, and what quantization learns from them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.errors import ArgumentError
from .. import contrib
from ..calibrate import EPS
from ..device import cp
from .generator import Generator
from .kernels import INFINITE, Raw, c_type, elementwise

THREADS = 256
SHARED = 12000  # counts that fit into a block's memory


def fft(x: Any) -> Any:
    """The transform along the last axis: real and imaginary parts in turn, twice as many; float16 in float32."""
    shape = (*x.shape[:-1], 2 * x.shape[-1])
    if 0 in x.shape[:-1]:
        return cp.empty(shape, x.dtype)
    z = cp.ascontiguousarray(cp.fft.fft(x.astype(np.float32) if x.dtype == np.float16 else x, axis=-1))
    return z.view(z.real.dtype).reshape(shape).astype(x.dtype, copy=False)


def ifft(x: Any) -> Any:
    """The real part of the inverse, times the size: the adjoint of ``fft``."""
    shape = (*x.shape[:-1], x.shape[-1] // 2)
    if 0 in x.shape[:-1]:
        return cp.empty(shape, x.dtype)
    wide = cp.ascontiguousarray(x, np.float64 if x.dtype == np.float64 else np.float32)
    if wide.data.ptr % (2 * wide.itemsize):  # a view that begins in the middle of a pair: a GPU cannot read such pairs
        wide = wide.copy()
    z = wide.view(np.result_type(wide.dtype, np.complex64)).reshape(shape)
    return cp.fft.ifft(z, axis=-1, norm="forward").real.astype(x.dtype)


class _HostDraws:
    """What ``unique_zipfian`` draws on the host."""

    def __init__(self, random: Generator) -> None:
        self.random = random

    def uniform(self, low: float, high: float, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        return self.random.host.uniform(low, high, shape).astype(dtype, copy=False)


def unique_zipfian(random: Generator, most: int, shape: tuple[int, int]) -> tuple[Any, Any]:
    """Rows of different numbers below ``most`` by the rounded log-uniform law, and how many draws each row took.

    How many draws that takes is known only afterwards: the host draws them, as in MXNet, and the device gets them.
    """
    numbers, tries = contrib.unique_zipfian(_HostDraws(random), most, shape)  # type: ignore[arg-type]
    return cp.asarray(numbers), cp.asarray(tries)


COUNT = Raw(
    "histogram",
    """(
    const D* data, const W* edges, unsigned long long* counts, long long size, int bins, int shared
) {
    extern __shared__ unsigned int own[];
    for (int k = threadIdx.x; shared && k < bins; k += blockDim.x) own[k] = 0;
    __syncthreads();
    long long at = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    for (; at < size; at += (long long)gridDim.x * blockDim.x) {
        W x = (W)data[at];
        if (!(x >= edges[0] && x <= edges[bins])) continue;
        int low = 0, high = bins;  // the last of the edges but one that is not above x lies between
        while (high - low > 1) {
            int middle = (low + high) / 2;
            if (edges[middle] <= x) low = middle;
            else high = middle;
        }
        if (shared) atomicAdd(&own[low], 1u);
        else atomicAdd(&counts[low], 1ull);
    }
    __syncthreads();
    for (int k = threadIdx.x; shared && k < bins; k += blockDim.x) {
        if (own[k]) atomicAdd(&counts[k], (unsigned long long)own[k]);
    }
}""",
)


def histogram(data: Any, bins: Any) -> tuple[Any, Any]:
    """How many elements (int64) lie between neighbouring edges, which are ``bins``, and the edges; NaN does not count.

    An interval holds its left edge, and the last its right edge. (CuPy's own function counts NaN in the first.)
    """
    counts = cp.zeros(bins.size - 1, np.int64)
    if data.size:
        work = np.result_type(data.dtype, bins.dtype)
        work = np.dtype(np.float32) if work == np.float16 else work
        shared = counts.size <= SHARED
        blocks = min(-(-data.size // (4 * THREADS)), 1024)
        args = (
            cp.ascontiguousarray(data), cp.ascontiguousarray(bins, work), counts, np.int64(data.size),
            np.int32(counts.size), np.int32(shared),
        )  # fmt: skip
        COUNT((blocks,), (THREADS,), args, 4 * counts.size if shared else 0, D=c_type(data.dtype), W=c_type(work))
    return counts, bins


DIVERGENCE = elementwise(
    "raw float64 counts, raw float64 totals, int64 bins, int64 levels, float64 eps",
    "float64 divergence",
    """
    long long half = levels / 2 + i, start = bins / 2 - half, length = 2 * half + 1, width = length / levels;
    double before = start > 0 ? totals[start - 1] : 0.0, behind = totals[bins - 1] - totals[start + length - 1];
    double empty_p = 0, empty_q = 0, less_p = 0, less_q = 0, sum_p = 0, sum_q = 0, sum = 0;
    for (int round = 0; round < 3; ++round) {  // count the empty bins, add up, compare
        for (long long level = 0; level < levels; ++level) {
            long long first = level * width, last = level == levels - 1 ? length : first + width;
            double total = 0, used = 0;
            for (long long k = first; k < last; ++k) {
                double own = k > 0 ? counts[start + k] : 0.0;
                total += own;
                used += own != 0 ? 1 : 0;
            }
            for (long long k = first; k < last; ++k) {
                double p = counts[start + k] + (k == 0 ? before : 0.0) + (k == length - 1 ? behind : 0.0);
                double q = p != 0 && used > 0 ? total / used : 0.0;
                if (round == 0) {
                    empty_p += p == 0 ? 1 : 0;
                    empty_q += q == 0 ? 1 : 0;
                    continue;
                }
                p = p == 0 ? eps : p - less_p;
                q = q == 0 ? eps : q - less_q;
                if (round == 1) sum_p += p, sum_q += q;
                else sum += p / sum_p * log(p / sum_p / (q / sum_q));
            }
        }
        if (round == 0) {
            double full_p = length - empty_p, full_q = length - empty_q;
            if (full_p == 0 || eps * empty_p >= full_p || full_q == 0 || eps * empty_q >= full_q) {
                sum = INFINITY;
                break;
            }
            less_p = eps * empty_p / full_p, less_q = eps * empty_q / full_q;
        }
    }
    divergence = sum;
    """,
    "divergence",
    INFINITE,
)
"""How much the bins around the middle, with all outside moved into the ends, differ from their quantized form.

Each thread tries one range. Empty bins hold ``eps``, taken from the others, where these hold enough.
"""


def calibrate(hist: Any, edges: Any, levels: int) -> tuple[Any, Any]:
    """The upper end of the best range, and its divergence: two arrays of shape (1,)."""
    bins = hist.size
    middle = bins // 2
    tried = min(middle, bins - 1 - middle) - levels // 2 + 1
    if tried < 1:
        raise ArgumentError(f"{bins} bins hold no symmetric range of {levels} levels")
    counts = cp.trunc(hist.astype(np.float64))
    found = cp.empty(tried, np.float64)
    DIVERGENCE(counts, cp.cumsum(counts), bins, levels, EPS, found)
    best = cp.argmin(found).reshape(1)
    return cp.take(edges, best + (middle + levels // 2 + 1)), cp.take(found, best).astype(hist.dtype)
