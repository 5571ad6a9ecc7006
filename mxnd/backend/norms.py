"""Softmax and normalization as loops, each row read once into the cache: several times faster than NumPy's passes.

Used for contiguous float32 and float64 arrays from 32,768 elements on where Numba is installed; everything else takes
the rules' own way.
The rules stand in core/language.py, ops/normalize.py, ops/batchnorm.py and ops/reduce.py; the tests compare the two.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.language import kept
from ..core.shapes import counted
from . import channels, threads
from .channels import BLOCK, THREADED, spread
from .compiled import SUMS, kernel
from .curves import exp_of
from .memory import empty_like
from .reductions import STRETCH, euclid

NEAR = 1 << 13  # elements that stay in a thread's nearest cache


@kernel()
def _most(bits: Any, out: Any) -> None:
    """The largest number of each row of float32, NaN where one has its sign clear; rows and results are given as int32.

    With the bits below the sign turned in those that are negative, integers are in the order of the numbers; the
    largest of integers is found many at a time.
    """
    sign, others = np.int32(31), np.int32(0x7FFFFFFF)
    for i in range(bits.shape[0]):
        most = np.int32(-(2**31))
        for j in range(bits.shape[1]):
            b = np.int32(bits[i, j] ^ ((bits[i, j] >> sign) & others))
            most = b if b > most else most
        out[i] = most ^ ((most >> sign) & others)


@kernel(*SUMS)
def _exp(x: Any, most: Any, out: Any, total: Any) -> None:
    """exp(x - most) for rows of float32, and the sum of each."""
    for i in range(x.shape[0]):
        whole = 0.0
        for first in range(0, x.shape[1], STRETCH):
            last, some = min(first + STRETCH, x.shape[1]), np.float32(0)
            for j in range(np.uintp(first), np.uintp(last)):  # of a sign, it goes one by one
                e = exp_of(x[i, j] - most[i])
                out[i, j] = e
                some += e
            whole += some
        total[i] = whole


@kernel()
def _divide(x: Any, total: Any) -> None:
    for i in range(x.shape[0]):
        scale = x.dtype.type(1) / total[i]
        for j in range(x.shape[1]):
            x[i, j] *= scale


@kernel()
def _less(x: Any, most: Any, total: Any, out: Any) -> None:
    for i in range(x.shape[0]):
        log = np.log(total[i])
        for j in range(x.shape[1]):
            out[i, j] = (x[i, j] - most[i]) - log


@kernel()
def _softmax(x: Any, bits: Any, out: Any, logarithm: bool) -> None:
    """``bits`` are those of x, as int32."""
    some = max(1, NEAR // x.shape[1])
    most, total = np.empty(some, x.dtype), np.empty(some, x.dtype)
    for i in range(0, x.shape[0], some):
        rows, to = x[i : i + some], out[i : i + some]
        _most(bits[i : i + some], most.view(bits.dtype))
        _exp(rows, most, to, total)
        if logarithm:
            _less(rows, most, total, to)
        else:
            _divide(to, total)


@kernel(*SUMS)
def _softmax_pull(ct: Any, y: Any, out: Any) -> None:
    for i in range(y.shape[0]):
        total = y.dtype.type(0)
        for j in range(y.shape[1]):
            total += ct[i, j] * y[i, j]
        for j in range(y.shape[1]):
            out[i, j] = y[i, j] * (ct[i, j] - total)


@kernel(*SUMS)
def _less_shares(ct: Any, out: Any) -> None:
    """``out`` are exponentials and becomes the cotangents."""
    for i in range(out.shape[0]):
        total = out.dtype.type(0)
        for j in range(out.shape[1]):
            total += ct[i, j]
        for j in range(out.shape[1]):
            out[i, j] = ct[i, j] - out[i, j] * total


@kernel()
def _log_softmax_pull(ct: Any, y: Any, out: Any) -> None:
    some = max(1, NEAR // y.shape[1])
    zeros, total = np.zeros(some, y.dtype), np.empty(some, y.dtype)
    for i in range(0, y.shape[0], some):
        _exp(y[i : i + some], zeros, out[i : i + some], total)
        _less_shares(ct[i : i + some], out[i : i + some])


@kernel(*SUMS)
def _standard(x: Any, gamma: Any, beta: Any, eps: Any, count: Any, out: Any) -> None:
    """Rows without their mean over their standard deviation, times gamma, plus beta (one for each column)."""
    n = x.shape[1]
    for i in range(x.shape[0]):
        total = x.dtype.type(0)
        for j in range(n):
            total += x[i, j]
        mean = total / count
        total = x.dtype.type(0)
        for j in range(n):
            total += (x[i, j] - mean) * (x[i, j] - mean)
        scale = x.dtype.type(1) / np.sqrt(total / count + eps)
        for j in range(n):
            out[i, j] = (x[i, j] - mean) * scale * gamma[j] + beta[j]


@kernel(*SUMS)
def _standard_pull(ct: Any, x: Any, gamma: Any, eps: Any, count: Any, out: Any, to_gamma: Any, to_beta: Any) -> None:
    n = x.shape[1]
    for i in range(x.shape[0]):
        total = x.dtype.type(0)
        for j in range(n):
            total += x[i, j]
        mean = total / count
        total = x.dtype.type(0)
        for j in range(n):
            total += (x[i, j] - mean) * (x[i, j] - mean)
        scale = x.dtype.type(1) / np.sqrt(total / count + eps)
        plain = x.dtype.type(0)
        weighed = x.dtype.type(0)
        for j in range(n):
            y = (x[i, j] - mean) * scale
            plain += ct[i, j] * gamma[j]
            weighed += ct[i, j] * gamma[j] * y
        plain /= count
        weighed /= count
        for j in range(n):
            y = (x[i, j] - mean) * scale
            out[i, j] = (ct[i, j] * gamma[j] - plain - y * weighed) * scale
            to_gamma[j] += ct[i, j] * y
            to_beta[j] += ct[i, j]


# What the rules' kernels are: functions of the arguments of value or pull; NotImplemented where these do not fit.


def _rows(x: Any, axes: int | Sequence[int]) -> Any:
    """x as rows along its last axes; None where the axes are not the last, or the layout or dtype does not fit."""
    axes = sorted(counted(axes, x.ndim))
    fits = x.dtype.char in "fd" and x.flags.c_contiguous and axes == list(range(x.ndim - len(axes), x.ndim))
    return x.reshape(-1, math.prod(x.shape[axes[0] :])) if fits else None


def softmax(x: Any, axis: int, logarithm: bool = False) -> Any:
    rows = _rows(x, axis)
    if rows is None:
        return NotImplemented
    out = empty_like(rows)

    def task(part: slice) -> None:
        mine, to = rows[part], out[part]
        if x.dtype.char == "f":
            _softmax(mine, mine.view(np.int32), to, logarithm)
            return
        np.subtract(mine, np.maximum.reduce(mine, 1, keepdims=True), out=to)
        if logarithm:
            to -= np.log(np.exp(to).sum(1, keepdims=True))
        else:
            _divide(np.exp(to, out=to), to.sum(1))

    spread(task, *rows.shape)
    return out.reshape(x.shape)


def log_softmax(x: Any, axis: int) -> Any:
    return softmax(x, axis, logarithm=True)


def softmax_pull(ct: Any, y: Any, axis: int) -> Any:
    rows = _rows(y, axis)
    if rows is None or ct.dtype != y.dtype:
        return NotImplemented
    cts, out = _beside(ct, rows), empty_like(rows)
    spread(lambda part: _softmax_pull(_whole(cts[part]), rows[part], out[part]), *rows.shape)
    return (out.reshape(y.shape),)


def log_softmax_pull(ct: Any, y: Any, axis: int) -> Any:
    rows = _rows(y, axis)
    if rows is None or ct.dtype != y.dtype:
        return NotImplemented
    cts, out = _beside(ct, rows), empty_like(rows)

    def task(part: slice) -> None:
        if y.dtype.char == "f":
            _log_softmax_pull(_whole(cts[part]), rows[part], out[part])
        else:
            np.exp(rows[part], out=out[part])
            _less_shares(_whole(cts[part]), out[part])

    spread(task, *rows.shape)
    return (out.reshape(y.shape),)


def _beside(ct: Any, rows: Any) -> Any:
    """A cotangent in the shape of the rows; many equal ones stay one."""
    if ct.size and not any(ct.strides):
        return np.broadcast_to(ct.reshape(-1)[:1] if ct.size == 1 else ct[(0,) * ct.ndim], rows.shape)
    return ct.reshape(rows.shape)


_whole = np.ascontiguousarray


def standard(x: Any, gamma: Any, beta: Any, axes: Sequence[int], eps: float) -> Any:
    rows = _rows(x, axes)
    if rows is None:
        return NotImplemented
    if not _one_each(x, axes, gamma, beta):
        lines = _of_lines(x, axes, gamma, beta)
        return NotImplemented if lines is None else channels.normalized(rows[np.newaxis], *lines, eps).reshape(x.shape)
    out, (g, b) = empty_like(rows), [_whole(v).reshape(-1) for v in (gamma, beta)]
    e, count = x.dtype.type(eps), x.dtype.type(rows.shape[1])
    spread(lambda part: _standard(rows[part], g, b, e, count, out[part]), *rows.shape)
    return out.reshape(x.shape)


def standard_pull(ct: Any, x: Any, gamma: Any, axes: Sequence[int], eps: float) -> Any:
    rows = _rows(x, axes)
    if rows is None or ct.dtype != x.dtype:
        return NotImplemented
    cts = _beside(ct, rows)
    if not _one_each(x, axes, gamma):
        lines = _of_lines(x, axes, gamma)
        if lines is None:
            return NotImplemented
        out, _, _, *sums = channels.pulled(cts[np.newaxis], rows[np.newaxis], *lines, eps)
        shape, shared = kept(x.shape, axes), tuple([i for i, n in enumerate(gamma.shape) if n == 1])
        return out.reshape(x.shape), *[s.reshape(shape).sum(shared, keepdims=True) for s in sums]
    out, g = empty_like(rows), _whole(gamma).reshape(-1)
    e, count = x.dtype.type(eps), x.dtype.type(rows.shape[1])
    parts = threads.pieces(len(rows), max(1, BLOCK // rows.shape[1]))
    sums = np.zeros((len(parts), 2, rows.shape[1]), x.dtype)

    def task(number: int) -> None:
        part = parts[number]
        _standard_pull(_whole(cts[part]), rows[part], g, e, count, out[part], *sums[number])

    with np.errstate(all="ignore"):
        threads.spread(task, range(len(parts)), x.size >= THREADED)
    to_gamma, to_beta = sums.sum(0)
    return out.reshape(x.shape), to_gamma.reshape(gamma.shape), to_beta.reshape(gamma.shape)


def _one_each(x: Any, axes: Sequence[int], *arrays: Any) -> bool:
    """Do arrays have one element for each place along the axes, and x's dtype?"""
    shape = tuple(n if i in axes else 1 for i, n in enumerate(x.shape))
    return all(a.dtype == x.dtype and a.shape == shape for a in arrays)


def _of_lines(x: Any, axes: Sequence[int], *arrays: Any) -> list[Any] | None:
    """Arrays with one element for some of the lines along the axes, with one for each; None where they are not such."""
    if any(a.dtype != x.dtype or a.ndim != x.ndim or any(a.shape[i] != 1 for i in axes) for a in arrays):
        return None
    return [np.broadcast_to(a, kept(x.shape, axes)).reshape(-1) for a in arrays]


def batch(x: Any, gamma: Any, beta: Any, axes: Sequence[int], eps: float, momentum: float, moving: Any) -> Any:
    flat = channels.of(x, axes)
    if flat is None or not gamma.dtype == beta.dtype == x.dtype:
        return NotImplemented
    return channels.normalized(flat, _whole(gamma).reshape(-1), _whole(beta).reshape(-1), eps).reshape(x.shape)


def fixed(x: Any, gamma: Any, beta: Any, mean: Any, var: Any, axes: Sequence[int], eps: float) -> Any:
    flat = channels.of(x, axes)
    if flat is None or any(v.dtype != x.dtype for v in (gamma, beta, mean, var)):
        return NotImplemented
    gamma, beta, mean, var = (v.reshape(-1) for v in (gamma, beta, mean, var))
    return channels.scaled(flat, mean, gamma * (1 / np.sqrt(var + x.dtype.type(eps))), beta).reshape(x.shape)


def batch_pull(ct: Any, x: Any, gamma: Any, axes: Sequence[int], eps: float, momentum: float, moving: Any) -> Any:
    flat = channels.of(x, axes)
    if flat is None or not gamma.dtype == ct.dtype == x.dtype:
        return NotImplemented
    out, mean, var, to_gamma, to_beta = channels.pulled(_beside(ct, flat), flat, _whole(gamma).reshape(-1), eps)
    for old, new in zip(moving, (mean, var)):
        old[...] = momentum * old + (1.0 - momentum) * new.reshape(old.shape)
    return out.reshape(x.shape), to_gamma.reshape(gamma.shape), to_beta.reshape(gamma.shape)


VALUES = {
    "softmax": softmax, "log_softmax": log_softmax, "standard": standard, "batch": batch, "fixed": fixed,
    "euclid": euclid,
}  # fmt: skip
PULLS = {"softmax": softmax_pull, "log_softmax": log_softmax_pull, "standard": standard_pull, "batch": batch_pull}
