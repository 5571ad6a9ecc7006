"""Kernels for statistics of channels, over an array (rows, channels, inner): as many blocks as fill the GPU.

Where inner is large, a block goes through a part of one channel, otherwise through a part of some columns of the matrix
(rows, channels * inner). What blocks find out about the parts is put together in a second step.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..device import cp
from .kernels import Raw, c_type
from .lines import OVER_LANES, THREADS, beside

Shape = tuple[int, int, int]

BLOCKS = 2048  # about what a GPU has room for
WIDE = 256  # inner from which a block has one channel
ROWS = 8  # rows a thread should have

WALK = """
    const int lane = threadIdx.x / step % lanes;
    const long long column = (long long)blockIdx.x * step + threadIdx.x % step;  // a channel, or an element of one
    const bool inside = !flat || column < channels * inner;
    const long long channel = !inside ? 0 : flat ? column / inner : column;
    const long long first_row = flat ? (inside ? blockIdx.y * lanes + lane : rows) : blockIdx.y;
    const long long rows_on = flat ? gridDim.y * lanes : gridDim.y;
    const long long first = flat ? column % inner : (long long)blockIdx.z * lanes + lane;
    const long long on = (long long)gridDim.z * lanes;
    const long long across = flat ? channels * inner : channels;
    const long long slot = (blockIdx.y * gridDim.z + blockIdx.z) * across + column;
    const long long slots = gridDim.y * gridDim.z * across;
"""

EACH = """
    if (flat) {
        #pragma unroll 4
        for (long long row = first_row; row < rows; row += rows_on) {
            const long long j = first, at = (row * channels + channel) * inner + j;
            BODY
        }
    } else {
        for (long long row = first_row; row < rows; row += rows_on)
            #pragma unroll 4
            for (long long j = first; j < inner; j += on) {
                const long long at = (row * channels + channel) * inner + j;
                BODY
            }
    }
"""

GEOMETRY = "long long rows, long long channels, long long inner, int lanes, int step, int flat"


def _kernel(name: str, given: str, before: str, body: str, after: str = "") -> Raw:
    code = (
        f"({given}, {GEOMETRY}) {{\n extern __shared__ A part[];{WALK}{before}{EACH.replace('BODY', body)}{after}\n}}"
    )
    return Raw(f"channel_{name}", code, OVER_LANES)


# Differences are taken from a thread's own first element, which is no further than sqrt(n) standard deviations from the
# mean of its n elements: their squares do not cancel, however far the mean is from 0.
MOMENTS = _kernel(
    "moments",
    "const A* __restrict__ x, A* found",
    "A start = 0, sum = 0, squares = 0; int count = 0;",
    """
            const A v = x[at];
            if (count == 0) start = v;
            sum += v - start;
            squares += (v - start) * (v - start);
            count++;""",
    """
    const A n = over(part, (A)count, false, lane, lanes, step);
    __syncthreads();
    if (lane == 0) part[threadIdx.x] = start;
    __syncthreads();
    const A base = part[threadIdx.x - lane * step];
    const A moved = over(part, count * (start - base) + sum, false, lane, lanes, step);
    const A mean = n > 0 ? base + moved / n : 0;
    const A own = count > 0 ? sum / count : 0, away = start + own - mean;
    const A spread = over(part, count > 0 ? squares - sum * own + count * away * away : 0, false, lane, lanes, step);
    if (inside && lane == 0) {
        found[slot] = n;
        found[slots + slot] = mean;
        found[2 * slots + slot] = spread;
    }""",
)

TOGETHER = Raw(
    "channel_together",
    """(const A* found, A* mean, A* var, A* inverse, long long parts, long long across, A count, A eps) {
    extern __shared__ A part[];
    const int lane = threadIdx.x, lanes = blockDim.x;
    const long long channel = blockIdx.x, channels = gridDim.x, slots = parts * across * channels;
    const A* means = found + slots;
    const A base = means[channel * across];
    A moved = 0, spread = 0;
    for (long long i = lane; i < parts * across; i += lanes) {
        const long long slot = (i / across * channels + channel) * across + i % across;
        moved += found[slot] * (means[slot] - base);
    }
    const A middle = base + over(part, moved, false, lane, lanes, 1) / count;
    for (long long i = lane; i < parts * across; i += lanes) {
        const long long slot = (i / across * channels + channel) * across + i % across;
        const A away = means[slot] - middle;
        spread += found[2 * slots + slot] + found[slot] * away * away;
    }
    const A variance = over(part, spread, false, lane, lanes, 1) / count;
    if (lane == 0) {
        mean[channel] = middle;
        var[channel] = variance;
        inverse[channel] = 1 / sqrt(variance + eps);
    }
}""",
    OVER_LANES,
)

SCALE = _kernel(
    "scale",
    "const A* __restrict__ x, const A* mean, const A* inverse, const A* gamma, const A* beta, A* __restrict__ y",
    "const A middle = mean[channel], scale = gamma[channel] * inverse[channel], shift = beta[channel];",
    "y[at] = (x[at] - middle) * scale + shift;",
)

CT_AND_X = "const A* __restrict__ ct, long long ct_step, const A* __restrict__ x"

SUMS = _kernel(
    "sums",
    f"{CT_AND_X}, const A* mean, const A* inverse, int by_line, A* found",
    "A plain = 0, weighed = 0;",
    """
            const long long place = by_line ? row * inner + j : channel;
            const A c = ct[at * ct_step];
            plain += c;
            weighed += c * ((x[at] - mean[place]) * inverse[place]);""",
    """
    weighed = over(part, weighed, false, lane, lanes, step);
    plain = over(part, plain, false, lane, lanes, step);
    if (inside && lane == 0) {
        found[slot] = weighed;
        found[slots + slot] = plain;
    }""",
)

PULL = _kernel(
    "pull",
    f"{CT_AND_X}, const A* mean, const A* inverse, const A* gamma, const A* weighed, const A* plain, "
    " A* __restrict__ out, A count",
    """
    const A middle = mean[channel], turn = inverse[channel], scale = gamma[channel] * turn;
    const A from_all = plain[channel] / count, from_own = weighed[channel] / count;""",
    "out[at] = (ct[at * ct_step] - from_all - (x[at] - middle) * turn * from_own) * scale;",
)


class Channels:
    """An array as (rows, channels, inner), and the kernels on it; x is contiguous, float32 or float64."""

    def __init__(self, x: Any, shape: Shape) -> None:
        self.x, self.dtype, self.shape = cp.ascontiguousarray(x), x.dtype, shape
        rows, channels, inner = shape
        self.count = x.dtype.type(rows * inner)
        flat = inner < WIDE
        lanes, step = (4, THREADS // 4) if flat else (THREADS, 1)
        if flat:
            tiles = -(-channels * inner // step)
            self.grid = tiles, min(max(1, BLOCKS // tiles), -(-rows // (lanes * ROWS))), 1
        else:
            parts = -(-BLOCKS // channels)
            by_row = min(parts, rows)
            self.grid = channels, by_row, min(-(-parts // by_row), -(-inner // (lanes * ROWS)))
        self.parts, self.across = self.grid[1] * self.grid[2], inner if flat else 1
        self.geometry = (*map(np.int64, shape), np.int32(lanes), np.int32(step), np.int32(flat))

    def run(self, kernel: Raw, *args: Any) -> None:
        shared = THREADS * self.dtype.itemsize
        kernel(self.grid, (THREADS,), (*args, *self.geometry), shared_mem=shared, A=c_type(self.dtype))

    def found(self, number: int) -> Any:
        """Room for what blocks find out."""
        return cp.empty((number, self.parts, self.shape[1], self.across), self.dtype)

    def moments(self, eps: float) -> Any:
        """Mean, variance and 1 / sqrt(variance + eps), of shape (3, channels)."""
        found, results = self.found(3), cp.empty((3, self.shape[1]), self.dtype)
        self.run(MOMENTS, self.x, found)
        sizes = np.int64(self.parts), np.int64(self.across), self.count, self.dtype.type(eps)
        TOGETHER(
            (self.shape[1],),
            (THREADS,),
            (found, *results, *sizes),
            shared_mem=THREADS * self.dtype.itemsize,
            A=c_type(self.dtype),
        )
        return results

    def scaled(self, mean: Any, inverse: Any, gamma: Any, beta: Any) -> Any:
        """``(x - mean) * inverse * gamma + beta``."""
        y = cp.empty(self.x.shape, self.dtype)
        self.run(SCALE, self.x, mean, inverse, gamma, beta, y)
        return y

    def sums(self, ct: Any, mean: Any, inverse: Any, by_line: bool = False) -> Any:
        """Sums of ``ct * (x - mean) * inverse`` and of ``ct`` for each channel, of shape (2, channels).

        mean, inverse: One for each channel; ``by_line``, one for each of the lines along the channels, (rows, inner).
        """
        found = self.found(2)
        self.run(SUMS, *beside(ct), self.x, mean, inverse, np.int32(by_line), found)
        return found.sum((1, 3))

    def pulled(self, ct: Any, mean: Any, inverse: Any, gamma: Any, weighed: Any, plain: Any) -> Any:
        """The cotangent of x, from the ``sums``."""
        out = cp.empty(self.x.shape, self.dtype)
        self.run(PULL, *beside(ct), self.x, mean, inverse, gamma, weighed, plain, out, self.count)
        return out
