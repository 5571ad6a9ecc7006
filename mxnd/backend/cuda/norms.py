"""Softmax and normalization as fused kernels: an array is read once where its lines fit into shared memory.

float16 is computed in float32. Sums are taken of differences from the mean, never of squares of the elements alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..device import cp
from . import layout
from .channels import Channels
from .kernels import elementwise, work_type
from .lines import LineKernel, beside, each, lined, total

LONG, FEW = 1 << 15, 256
"""A line from this length on is shared by several blocks where there are fewer lines than this."""

X = {"v": "x[at]"}
X_AND_CT = {"v": "x[at]", "c": "ct[at * ct_step]"}
Y_AND_CT = {"v": "y[at]", "c": "ct[at * ct_step]"}

# Of what is not kept, the sum follows the largest element found so far: that is read only twice.
LARGEST = """
    if (k >= kept) {
        if (v > most) sum *= exp(most - v);
        if (v != none) sum += exp(v - (v > most ? v : most));
    }
    most = v > most ? v : most;"""
DIVIDED = """
    if (logged) y[at] = (T)(v - most - log_sum);
    else y[at] = (T)((k < kept ? v : exp(v - most)) * scale);"""

SOFTMAX = LineKernel(
    "softmax",
    1,
    "const T* __restrict__ x, T* __restrict__ y, int logged, A none",
    f"""
    A* held = part + threads + threadIdx.x;
    A most = none, sum = 0;
    {each(LARGEST, X, first=True)}
    const A own = most;
    most = {total("own", "true")};
    sum *= exp(own - most);
    for (int j = lane, k = 0; inside && j < n && k < kept; j += lanes, k++) {{
        const A e = exp(held[k * threads] - most);
        sum += e;
        if (!logged) held[k * threads] = e;
    }}
    sum = {total("sum")};
    const A log_sum = logged ? log(sum) : (A)0, scale = 1 / sum;
    {each(DIVIDED, X)}""",
)

SOFTMAX_PULL = LineKernel(
    "softmax_pull",
    2,
    "const T* __restrict__ ct, long long ct_step, const T* __restrict__ y, T* __restrict__ out, int logged",
    f"""
    A sum = 0;
    {each("sum += logged ? c : c * v;", Y_AND_CT, first=True)}
    sum = {total("sum")};
    {each("out[at] = (T)(logged ? c - exp(v) * sum : v * (c - sum));", Y_AND_CT)}""",
)


def _centred(read: dict[str, str]) -> str:
    return f"""
    const long long place = line / after % size;  // of gamma where it does not change along the line
    const A count = (A)n;
    A sum = 0;
    {each("sum += v;", read, first=True)}
    const A mean = {total("sum")} / count;
    sum = 0;
    {each("sum += (v - mean) * (v - mean);", read)}
    const A inverse = 1 / sqrt({total("sum")} / count + eps);"""


OF_GAMMA = "int along, long long after, long long size, A eps"
SCALED = "const long long g = along ? j : place; y[at] = (T)((v - mean) * inverse * (A)gamma[g] + (A)beta[g]);"
STANDARD = LineKernel(
    "standard",
    1,
    f"const T* __restrict__ x, const T* __restrict__ gamma, const T* __restrict__ beta, T* __restrict__ y, {OF_GAMMA}",
    f"{_centred(X)}{each(SCALED, X)}",
)

OWN = "const A own = along ? c * (A)gamma[j] : c;"
PULLED = f"{OWN} out[at] = (T)((own - plain - (v - mean) * inverse * weighed) * scale);"
STANDARD_PULL = LineKernel(
    "standard_pull",
    2,
    "const T* __restrict__ ct, long long ct_step, const T* __restrict__ x, const T* __restrict__ gamma, "
    f"T* __restrict__ out, A* of_lines, {OF_GAMMA}",
    f"""
    {_centred(X_AND_CT)}
    A plain = 0, weighed = 0;
    {each(f"{OWN} plain += own; weighed += own * ((v - mean) * inverse);", X_AND_CT)}
    plain = {total("plain")};
    weighed = {total("weighed")};
    if (inside && lane == 0) {{
        of_lines[line] = mean;
        of_lines[lines + line] = inverse;
        of_lines[2 * lines + line] = weighed;
        of_lines[3 * lines + line] = plain;
    }}
    const A scale = along ? inverse : inverse * (A)gamma[place];
    plain /= count;
    weighed /= count;
    {each(PULLED, X_AND_CT)}""",
)

MOVE = elementwise(
    "T mean, U var, A new_mean, A new_var, A momentum",
    "T out_mean, U out_var",
    """
    out_mean = (T)(momentum * (A)mean + ((A)1 - momentum) * new_mean);
    out_var = (U)(momentum * (A)var + ((A)1 - momentum) * new_var);""",
    "move_statistics",
)


def _softmax(x: Any, axis: int, logged: bool) -> Any:
    y = cp.empty(x.shape, x.dtype)
    if y.size:
        none = np.dtype("d" if work_type(x.dtype) == "double" else "f").type(-math.inf)
        shape = lined(x.shape, axis)
        assert shape is not None
        SOFTMAX(shape, x.dtype, cp.ascontiguousarray(x), y, np.int32(logged), none)
    elif not x.shape[axis]:
        layout.max(x, axis)  # an error, unless there are no lines either
    return y


def softmax(x: Any, axis: int) -> Any:
    """exp(x) over its sum along an axis, shifted by the maximum."""
    return _softmax(x, axis, False)


def log_softmax(x: Any, axis: int) -> Any:
    """The logarithm of ``softmax``."""
    return _softmax(x, axis, True)


def _softmax_pull(ct: Any, y: Any, axis: int, logged: bool) -> Any:
    if ct.dtype != y.dtype:
        return NotImplemented
    out = cp.empty(y.shape, y.dtype)
    if out.size:
        shape = lined(y.shape, axis)
        assert shape is not None
        SOFTMAX_PULL(shape, y.dtype, *beside(ct), cp.ascontiguousarray(y), out, np.int32(logged))
    return (out,)


def softmax_pull(ct: Any, y: Any, axis: int) -> Any:
    return _softmax_pull(ct, y, axis, False)


def log_softmax_pull(ct: Any, y: Any, axis: int) -> Any:
    return _softmax_pull(ct, y, axis, True)


class Standard:
    """How gamma (and beta) lie beside the lines of x: one element for each place along the axes, or for some of the
    lines. ``fits`` says whether they do."""

    def __init__(self, x: Any, axes: Sequence[int], gamma: Any, *others: Any) -> None:
        found = lined(x.shape, axes)
        self.shape = found or (0, 0, 0)
        alike = all(a.dtype == x.dtype and a.shape == gamma.shape for a in (gamma, *others)) and gamma.ndim == x.ndim
        self.fits = found is not None and x.dtype.char in "fd" and x.size > 0 and alike
        if not self.fits:
            return
        self.along = gamma.shape == tuple(n if i in axes else 1 for i, n in enumerate(x.shape)) and gamma.size > 1
        lines = [(n, g) for i, (n, g) in enumerate(zip(x.shape, gamma.shape)) if i not in axes]
        own = [i for i, (_, g) in enumerate(lines) if g > 1]
        if self.along or not own:
            self.before, self.size, self.after = math.prod(n for n, _ in lines), 1, 1
            self.fits = self.along or gamma.size == 1
        else:
            first, last = own[0], own[-1] + 1
            parts = lines[:first], lines[first:last], lines[last:]
            self.before, self.size, self.after = (math.prod(n for n, _ in part) for part in parts)
            self.fits = gamma.size == self.size  # the same as one of x's, and none of the axes among them
        outer, n, inner = self.shape
        self.shared = inner == 1 and not self.along and n >= LONG and outer < FEW

    def of_gamma(self, dtype: Any, eps: float) -> tuple[Any, ...]:
        return np.int32(self.along), np.int64(self.after), np.int64(self.size), dtype.type(eps)

    def channels(self, x: Any) -> Channels:
        """Lines as channels, for those that several blocks share."""
        outer, n, _ = self.shape
        return Channels(x, (1, outer, n))

    def by_line(self, gamma: Any) -> Any:
        """One element for each line."""
        whole = cp.broadcast_to(gamma.reshape(1, self.size, 1), (self.before, self.size, self.after))
        return cp.ascontiguousarray(whole).reshape(-1)

    def by_gamma(self, of_lines: Any) -> Any:
        """What lines have, (m, lines), summed up for each element of gamma, (m, size)."""
        return of_lines.reshape(-1, self.before, self.size, self.after).sum((1, 3))


def standard(x: Any, gamma: Any, beta: Any, axes: Sequence[int], eps: float) -> Any:
    how = Standard(x, axes, gamma, beta)
    if not how.fits:
        return NotImplemented
    if how.shared:
        channels = how.channels(x)
        mean, _, inverse = channels.moments(eps)
        return channels.scaled(mean, inverse, how.by_line(gamma), how.by_line(beta))
    y = cp.empty(x.shape, x.dtype)
    g, b = (cp.ascontiguousarray(a) for a in (gamma, beta))
    STANDARD(how.shape, x.dtype, cp.ascontiguousarray(x), g, b, y, *how.of_gamma(x.dtype, eps))
    return y


def standard_pull(ct: Any, x: Any, gamma: Any, axes: Sequence[int], eps: float) -> Any:
    how = Standard(x, axes, gamma)
    if not how.fits or ct.dtype != x.dtype:
        return NotImplemented
    if how.shared:
        channels = how.channels(x)
        mean, _, inverse = channels.moments(eps)
        sums = channels.sums(ct, mean, inverse)
        out = channels.pulled(ct, mean, inverse, how.by_line(gamma), *sums)
        to_gamma, to_beta = how.by_gamma(sums)
        return out, to_gamma.reshape(gamma.shape), to_beta.reshape(gamma.shape)
    outer, _, inner = how.shape
    out, of_lines = cp.empty(x.shape, x.dtype), cp.empty((4, outer * inner), x.dtype)
    whole, g = cp.ascontiguousarray(x), cp.ascontiguousarray(gamma)
    STANDARD_PULL(how.shape, x.dtype, *beside(ct), whole, g, out, of_lines, *how.of_gamma(x.dtype, eps))
    mean, inverse = of_lines[:2]
    sums = Channels(whole, how.shape).sums(ct, mean, inverse, by_line=True) if how.along else how.by_gamma(of_lines[2:])
    return out, sums[0].reshape(gamma.shape), sums[1].reshape(gamma.shape)


def _channels(x: Any, axes: Sequence[int], *others: Any) -> Channels | None:
    if x.dtype.char not in "fd" or not x.size or len(axes) != x.ndim - 1 or any(a.dtype != x.dtype for a in others):
        return None
    axis = next(i for i in range(x.ndim) if i not in axes)
    return Channels(x, (math.prod(x.shape[:axis]), x.shape[axis], math.prod(x.shape[axis + 1 :])))


def batch(x: Any, gamma: Any, beta: Any, axes: Sequence[int], eps: float, momentum: float, moving: Any) -> Any:
    channels = _channels(x, axes, gamma, beta)
    if channels is None:
        return NotImplemented
    mean, _, inverse = channels.moments(eps)
    return channels.scaled(mean, inverse, *(cp.ascontiguousarray(a) for a in (gamma, beta)))


def batch_pull(ct: Any, x: Any, gamma: Any, axes: Sequence[int], eps: float, momentum: float, moving: Any) -> Any:
    channels = _channels(x, axes, ct, gamma)
    if channels is None:
        return NotImplemented
    mean, var, inverse = channels.moments(eps)
    weighed, plain = channels.sums(ct, mean, inverse)
    out = channels.pulled(ct, mean, inverse, cp.ascontiguousarray(gamma), weighed, plain)
    new = (statistic.reshape(old.shape) for old, statistic in zip(moving, (mean, var)))
    MOVE(*moving, *new, x.dtype.type(momentum), *moving)
    return out, weighed.reshape(gamma.shape), plain.reshape(gamma.shape)


VALUES = {"softmax": softmax, "log_softmax": log_softmax, "standard": standard, "batch": batch}
PULLS = {"softmax": softmax_pull, "log_softmax": log_softmax_pull, "standard": standard_pull, "batch": batch_pull}
