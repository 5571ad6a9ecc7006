"""Random numbers of one CUDA device: CuPy's, drawn there."""

from __future__ import annotations

import threading
from math import prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ...core.errors import ArgumentError
from ..device import cp
from ..generator import _INTEGERS, _REALS, _allowed
from ..generator import _demand as _demand_number
from ..pending import raw
from . import draws
from .kernels import Kernel

Shape = tuple[int, ...]
Real = Any
"""A number, or a CuPy array, which may still be put off."""

STREAMS = 256_000
"""Of one device. CuPy 13's own number; CuPy 14 could take another for another model, which has other numbers then."""


class Generator:
    """The random state of one device, and every sampler that reads it: the methods of the CPU's generator.

    The numbers are those of CuPy's Philox4x32-10 generator, not those of the CPU, as MXNet's on a GPU are not. The same
    seed gives the same numbers on the same device, whatever its model. CuPy's generator, whose state lies on the
    device, is made for the first draw: seeding waits for nothing, nor does drawing. What steers the host (``factor``,
    ``coin``, ``few_normals``, ``order``) is drawn there, from NumPy's generator.

    Parameters are as on the CPU, with CuPy arrays for arrays: bad ones raise ``ArgumentError``. To check the values of
    an array the host has to wait for the device; numbers cost nothing. Counts of negative binomials whose mean, itself
    drawn, reaches 2**31 are infinite. Any thread may call, with the device as CuPy's current one.
    """

    def __init__(self, seed: int = 0, device_id: int = 0) -> None:
        self._lock = threading.Lock()
        self._device_id = device_id
        self.seed(seed)

    def seed(self, seed: int, per_context: bool = False) -> None:
        """Start again from ``seed``, an integer of which the low 32 bits count.

        ``per_context`` is ``mx.random.seed(seed, ctx=...)``: the numbers do not depend on the device's number then.
        """
        if not isinstance(seed, int | np.integer):
            raise ArgumentError(f"seed must be an int; got {seed!r}")
        with self._lock:
            self._seeds = np.random.SeedSequence((int(seed) % 2**32, 0 if per_context else self._device_id))
            self._cupy: Any = None
            self.host = np.random.Generator(np.random.Philox(self._seeds))

    def uniform(self, low: Real, high: Real, shape: Shape, dtype: DTypeLike) -> Any:
        """Real numbers in [low, high), all of them rounded to ``dtype``."""
        low, high = raw((low, high))
        if not _array(low) and not _array(high) and not low <= high:
            raise ArgumentError(f"low must be at most high; got low={low}, high={high}")
        size, low, high = _parameters(shape, low, high)
        units = self._draw("random", size, _work(dtype))
        return _made(draws.UNIFORM, units, (low, high), shape, dtype, (0.0, 1.0))

    def normal(self, loc: Real, scale: Real, shape: Shape, dtype: DTypeLike) -> Any:
        """Normal numbers with mean ``loc`` and standard deviation ``scale``."""
        loc, scale = raw((loc, scale))
        if not _array(scale):
            _demand("scale", scale)
        size, loc, scale = _parameters(shape, loc, scale)
        bells = self._draw("standard_normal", size, _work(dtype))
        return _made(draws.SCALED, bells, (scale, loc), shape, dtype, (1.0, 0.0))

    def exponential(self, lam: Real, shape: Shape, dtype: DTypeLike) -> Any:
        """Exponential numbers of rate ``lam`` (mean 1 / lam)."""
        lam = raw(lam)
        if not _array(lam):
            _demand("lam", lam)
        _allowed(dtype, _REALS)
        size, lam = _parameters(shape, lam)
        return _made(draws.DIVIDED, self._draw("standard_exponential", size), (lam,), shape, dtype)

    def bernoulli(self, p: float, shape: Shape, dtype: DTypeLike) -> Any:
        """1 with probability ``p``, else 0. Dropout of rate r keeps where ``bernoulli(1 - r, ...)`` is 1."""
        if not 0 <= p <= 1:
            raise ArgumentError(f"p must be in [0, 1]; got {p}")
        _allowed(dtype, _REALS)
        return _made(draws.BERNOULLI, self._draw("random", tuple(shape), np.float32), (float(p),), shape, dtype)

    def randint(self, low: int, high: int, shape: Shape, dtype: DTypeLike) -> Any:
        """int32 or int64 in [low, high), both within int64."""
        kind = np.iinfo(_allowed(dtype, _INTEGERS))
        low, high, shape = int(low), int(high), tuple(shape)
        if not -(2**63) <= low < high < 2**63:
            raise ArgumentError(f"randint takes low < high, both within int64; got low={low}, high={high}")
        if (high - 1 - low).bit_length() in (32, 64):  # CuPy 13 takes spans as signed numbers
            words, out = self._draw("integers", 0, 2**63, (2, *shape)), cp.empty(shape, dtype)
            draws.WHOLE(words[0], words[1], low, np.uint64(high - low), out)
            return out
        within = kind.min <= low and high - 1 <= kind.max
        out = self._draw("integers", low, high, shape, kind.dtype if within else np.int64)
        return out.astype(dtype, copy=False)

    def gamma(self, alpha: Real, beta: Real, shape: Shape, dtype: DTypeLike) -> Any:
        """Gamma numbers of shape parameter ``alpha`` and scale ``beta`` (mean alpha * beta)."""
        alpha, beta = raw((alpha, beta))
        _demand("alpha", alpha, zero=_array(alpha))
        if not _array(beta):
            _demand("beta", beta)
        _allowed(dtype, _REALS)
        size, alpha, beta = _parameters(shape, alpha, beta)
        return _made(draws.SCALED, self._draw("standard_gamma", alpha, size), (beta, 0.0), shape, dtype)

    def poisson(self, lam: Real, shape: Shape, dtype: DTypeLike) -> Any:
        """Whole numbers with mean ``lam``, at least 0 and below 2**31."""
        lam = raw(lam)
        _demand("lam", lam, zero=True)
        size, lam = _parameters(shape, lam)
        _demand_countable(lam)
        return self._counts(lam, size, shape, dtype)

    def negative_binomial(self, k: Real, p: Real, shape: Shape, dtype: DTypeLike) -> Any:
        """Failures before the ``k``-th success, each trial a success with probability ``p``."""
        k, p = raw((k, p))
        _demand("k", k, zero=True)
        _demand("p", p)
        if _any(p > 1):
            raise ArgumentError(f"p must be at most 1; got {p}")
        _allowed(dtype, _REALS)
        size, k, p = _parameters(shape, k, p)
        means = self._draw("standard_gamma", k, size)
        draws.NEGATIVE_BINOMIAL(means, p, means)
        return self._counts(means, size, shape, dtype)

    def generalized_negative_binomial(self, mu: Real, alpha: Real, shape: Shape, dtype: DTypeLike) -> Any:
        """Whole numbers with mean ``mu`` and variance mu + alpha * mu**2; Poisson where ``alpha`` is 0."""
        mu, alpha = raw((mu, alpha))
        _demand("mu", mu, zero=True)
        _demand("alpha", alpha, zero=True)
        if not _array(alpha) and alpha == 0:
            return self.poisson(mu, shape, dtype)
        _allowed(dtype, _REALS)
        size, mu, alpha = _parameters(shape, mu, alpha)
        k = 1 / (cp.maximum(alpha, draws.LEAST) if _array(alpha) else max(alpha, draws.LEAST))
        means = self._draw("standard_gamma", k, size)
        draws.GENERALIZED_NEGATIVE_BINOMIAL(means, mu, alpha, means)
        return self._counts(means, size, shape, dtype)

    def permutation(self, n: int, ndim: int = 1) -> Any:
        """Indices (int32, shape (n,)) by which ``shuffle`` orders the first axis of an array."""
        return cp.argsort(self._draw("integers", 0, 2**63, (n,))).astype(np.int32)

    def multinomial(self, probs: Any, n: int) -> Any:
        """``n`` category numbers (int64, shape (..., n)) for each row of ``probs`` (float, shape (..., k)).

        As in MXNet the rows are not checked: where one sums to less than 1, the number can be k.
        """
        probs = cp.asarray(raw(probs))
        if probs.ndim == 0 or probs.shape[-1] == 0:
            raise ArgumentError(f"probs must have a last axis of one or more categories; got shape {probs.shape}")
        kind = _allowed(probs.dtype, _REALS)
        out = cp.empty((*probs.shape[:-1], n), np.int64)
        if out.size:
            rows = probs.reshape(-1, probs.shape[-1])
            table = cp.ascontiguousarray(cp.cumsum(rows, axis=1, dtype=np.float64).astype(np.float32).astype(kind))
            draws.CATEGORY(self._draw("random", out.shape, np.float32), table, rows.shape[1], n, out)
        return out

    def order(self, n: int) -> list[int]:
        """The first ``n`` whole numbers in random order, drawn on the host."""
        return [int(i) for i in self.host.permutation(n)]

    def factor(self, low: float, high: float) -> float:
        """One float32 number in [low, high), drawn on the host."""
        unit = self.host.random(dtype=np.float32)
        return float(np.float32(high - low) * unit + np.float32(low))

    def coin(self) -> bool:
        """True in one of two cases, drawn on the host."""
        return bool(self.host.random() >= 0.5)

    def few_normals(self, count: int, scale: float) -> np.ndarray:
        """float32 normals around 0, drawn on the host, where they stay."""
        normals: np.ndarray = self.host.standard_normal(count, np.float32) * np.float32(scale)
        return normals

    def _draw(self, method: str, *given: Any) -> Any:
        """What a method of CuPy's generator gives."""
        with self._lock:
            if self._cupy is None:
                self._cupy = cp.random.Generator(cp.random.Philox4x3210(self._seeds, size=STREAMS))
            return getattr(self._cupy, method)(*given)

    def _counts(self, mean: Real, size: Shape, shape: Shape, dtype: DTypeLike) -> Any:
        """Poisson numbers, of a mean or of one for each element."""
        _allowed(dtype, _REALS)
        return _made(draws.COUNT, self._draw("poisson", mean, size), (mean,), shape, dtype)


def _made(
    kernel: Kernel, drawn: Any, parameters: tuple[Real, ...], shape: Shape, dtype: DTypeLike,
    unchanged: tuple[float, ...] | None = None,
) -> Any:  # fmt: skip
    """What a kernel makes of numbers just drawn, in their place if it can; nothing is to do for some parameters."""
    out = drawn if drawn.dtype == dtype else cp.empty(drawn.shape, dtype)
    if out is not drawn or any(map(_array, parameters)) or parameters != unchanged:
        kernel(drawn, *parameters, out)
    return out.reshape(shape)


def _array(value: Real) -> bool:
    return isinstance(value, cp.ndarray)


def _parameters(shape: Shape, *values: Real) -> list[Any]:
    """A shape (rows, columns) to draw in, and each parameter: a number, in float32's precision, or one for each row.

    The latter are float64 arrays of shape (rows, 1).
    """
    outer = np.broadcast_shapes(*(value.shape if _array(value) else () for value in values))
    if tuple(shape[: len(outer)]) != outer:
        raise ArgumentError(f"the shape must begin with that of the parameters, {outer}; got {tuple(shape)}")
    out: list[Any] = [(prod(outer), prod(shape[len(outer) :]))]
    for value in values:
        if _array(value):
            out.append(cp.broadcast_to(value.astype(np.float64, copy=False), outer).reshape(-1, 1))
        else:
            with np.errstate(over="ignore"):
                out.append(float(np.float32(value)))
    return out


def _any(holds: Any) -> bool:
    """Whether any of a truth value or array; waits for an array."""
    return bool(holds.any() if _array(holds) else holds)


def _demand(name: str, value: Real, zero: bool = False) -> None:
    if not _array(value):
        _demand_number(name, value, zero)
    elif _any(~(cp.isfinite(value) & (value >= 0 if zero else value > 0))):
        raise ArgumentError(f"{name} must be finite and {'at least' if zero else 'above'} 0; got {value}")


def _demand_countable(mean: Real) -> None:
    if _any(mean >= 2**31):
        raise ArgumentError(f"a mean of {mean} gives counts beyond 2**31")


def _work(dtype: DTypeLike) -> str:
    """What a dtype is computed in."""
    return "float64" if _allowed(dtype, _REALS) == "float64" else "float32"
