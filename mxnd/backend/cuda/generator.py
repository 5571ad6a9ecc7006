"""Random numbers of one CUDA device, drawn there."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ...core.errors import ArgumentError
from ..device import cp
from ..generator import _INTEGERS, _REALS, _allowed
from ..generator import _demand as _demand_number
from ..pending import raw
from .philox import CATEGORY, EACH, FILL, WHOLE

Shape = tuple[int, ...]
Real = Any
"""A number, or a CuPy array, which may still be put off."""


class Generator:
    """The random state of one device, and every sampler that reads it: the methods of the CPU's generator.

    The numbers are not those of the CPU, as MXNet's on a GPU are not, nor those of MXNet or CuPy on a GPU. The same
    seed gives the same numbers on the same device, whatever its model. The state is the seed and how many arrays were
    drawn: nothing of it lies on the device, so that drawing waits for nothing. What steers the host (``factor``,
    ``coin``, ``few_normals``) is drawn there, from NumPy's generator.

    Parameters are as on the CPU, with CuPy arrays for arrays: bad ones raise ``ArgumentError``. To check the values of
    an array the host has to wait for the device; numbers cost nothing. Counts of negative binomials whose mean, itself
    drawn, reaches 2**31 are infinite. Any thread may call.
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
            self._key = (int(seed) % 2**32, 0 if per_context else self._device_id)
            self._draws = 0
            self.host = np.random.Generator(np.random.Philox(np.random.SeedSequence(self._key)))

    def uniform(self, low: Real, high: Real, shape: Shape, dtype: DTypeLike) -> Any:
        """Real numbers in [low, high)."""
        low, high = raw((low, high))
        if not _array(low) and not _array(high) and not low <= high:
            raise ArgumentError(f"low must be at most high; got low={low}, high={high}")
        low, high = _parameters(shape, low, high)
        if not _array(low):
            return self._fill("uniform", low, high, shape, dtype)
        return _cast(low + (high - low) * self._fill("uniform", 0.0, 1.0, shape, _work(dtype)), dtype)

    def normal(self, loc: Real, scale: Real, shape: Shape, dtype: DTypeLike) -> Any:
        """Normal numbers with mean ``loc`` and standard deviation ``scale``."""
        loc, scale = raw((loc, scale))
        if not _array(scale):
            _demand("scale", scale)
        loc, scale = _parameters(shape, loc, scale)
        if not _array(loc):
            return self._fill("normal", loc, scale, shape, dtype)
        return _cast(self._fill("normal", 0.0, 1.0, shape, _work(dtype)) * scale + loc, dtype)

    def exponential(self, lam: Real, shape: Shape, dtype: DTypeLike) -> Any:
        """Exponential numbers of rate ``lam`` (mean 1 / lam)."""
        lam = raw(lam)
        if not _array(lam):
            _demand("lam", lam)
        (lam,) = _parameters(shape, lam)
        if not _array(lam):
            return self._fill("exponential", lam, 0.0, shape, dtype)
        return _cast(self._fill("exponential", 1.0, 0.0, shape, _work(dtype)) / lam, dtype)

    def bernoulli(self, p: float, shape: Shape, dtype: DTypeLike) -> Any:
        """1 with probability ``p``, else 0. Dropout of rate r keeps where ``bernoulli(1 - r, ...)`` is 1."""
        if not 0 <= p <= 1:
            raise ArgumentError(f"p must be in [0, 1]; got {p}")
        return self._fill("bernoulli", p, 0.0, shape, dtype)

    def randint(self, low: int, high: int, shape: Shape, dtype: DTypeLike) -> Any:
        """int32 or int64 in [low, high), both within int64."""
        _allowed(dtype, _INTEGERS)
        if not -(2**63) <= low < high < 2**63:
            raise ArgumentError(f"randint takes low < high, both within int64; got low={low}, high={high}")
        out = cp.empty(shape, dtype)
        WHOLE(*self._state(), int(low), np.uint64(int(high) - int(low)), out)
        return out

    def gamma(self, alpha: Real, beta: Real, shape: Shape, dtype: DTypeLike) -> Any:
        """Gamma numbers of shape parameter ``alpha`` and scale ``beta`` (mean alpha * beta)."""
        alpha, beta = raw((alpha, beta))
        _demand("alpha", alpha, zero=_array(alpha))
        if not _array(beta):
            _demand("beta", beta)
        return self._each("gamma", shape, dtype, alpha, beta)

    def poisson(self, lam: Real, shape: Shape, dtype: DTypeLike) -> Any:
        """Whole numbers with mean ``lam``, at least 0 and below 2**31."""
        lam = raw(lam)
        _demand("lam", lam, zero=True)
        _demand_countable(lam)
        return self._each("poisson", shape, dtype, lam, 0.0)

    def negative_binomial(self, k: Real, p: Real, shape: Shape, dtype: DTypeLike) -> Any:
        """Failures before the ``k``-th success, each trial a success with probability ``p``."""
        k, p = raw((k, p))
        _demand("k", k, zero=True)
        _demand("p", p)
        if _any(p > 1):
            raise ArgumentError(f"p must be at most 1; got {p}")
        return self._each("negative_binomial", shape, dtype, k, (1 - p) / p)

    def generalized_negative_binomial(self, mu: Real, alpha: Real, shape: Shape, dtype: DTypeLike) -> Any:
        """Whole numbers with mean ``mu`` and variance mu + alpha * mu**2; Poisson where ``alpha`` is 0."""
        mu, alpha = raw((mu, alpha))
        _demand("mu", mu, zero=True)
        _demand("alpha", alpha, zero=True)
        if not _array(alpha) and alpha == 0:
            _demand_countable(mu)
        return self._each("generalized_negative_binomial", shape, dtype, mu, alpha)

    def permutation(self, n: int, ndim: int = 1) -> Any:
        """Indices (int32, shape (n,)) by which ``shuffle`` orders the first axis of an array."""
        return cp.argsort(self.randint(-(2**63), 2**63 - 1, (n,), "int64")).astype(np.int32)

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
            CATEGORY(*self._state(), table, rows.shape[1], n, out)
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

    def _state(self) -> tuple[int, int, int]:
        """What tells the next array drawn from all others."""
        with self._lock:
            self._draws += 1
            return (*self._key, self._draws)

    def _fill(self, name: str, first: float, second: float, shape: Shape, dtype: DTypeLike) -> Any:
        out = cp.empty(shape, _allowed(dtype, _REALS))
        if out.size:
            per_thread = 2 if out.dtype == np.float64 else 4
            threads = -(-out.size // per_thread)
            FILL[name](*self._state(), out.size, threads, float(first), float(second), out, size=threads)
        return out

    def _each(self, name: str, shape: Shape, dtype: DTypeLike, first: Real, second: Real) -> Any:
        out = cp.empty(shape, _allowed(dtype, _REALS))
        first, second = (
            cp.broadcast_to(x.astype(np.float64), shape) if _array(x) else x for x in _parameters(shape, first, second)
        )
        if out.size:
            EACH[name](*self._state(), first, second, out)
        return out


def _array(value: Real) -> bool:
    return isinstance(value, cp.ndarray)


def _parameters(shape: Shape, *values: Real) -> list[Any]:
    """All numbers, in float32's precision, or all arrays that broadcast to ``shape``: float64 stays, or float32."""
    outer = np.broadcast_shapes(*(value.shape if _array(value) else () for value in values))
    if tuple(shape[: len(outer)]) != outer:
        raise ArgumentError(f"the shape must begin with that of the parameters, {outer}; got {tuple(shape)}")
    if not any(map(_array, values)):
        return [float(np.float32(value)) for value in values]
    out = []
    for value in values:
        array = cp.asarray(value)
        if array.dtype != np.float64:
            array = array.astype(np.float32)
        out.append(cp.broadcast_to(array, outer).reshape(*outer, *(1,) * (len(shape) - len(outer))))
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


def _cast(values: Any, dtype: DTypeLike) -> Any:
    return values.astype(dtype, copy=False)
