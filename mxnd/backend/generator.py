"""Random numbers of one context, drawn as MXNet 1.9.1 draws them on a CPU."""

from __future__ import annotations

import threading
from collections.abc import Callable
from math import prod

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from mxnd.backend import random_loops, rejection, swaps
from mxnd.backend.compiled import numba
from mxnd.backend.reals import bell, log, polar, unit32, unit64, whole, words_up_to
from mxnd.backend.twister import Lanes, Stream
from mxnd.core.errors import ArgumentError
from mxnd.core.state import LARGE

_LANES, _PER_LANE = 1024, 64  # MXNet's parallel generator: streams, and least values per stream
_PICKS = 1 << 14  # swaps of a shuffle handled at once: there is hardly one word thrown away among them
_REALS = ("float16", "float32", "float64")
_INTEGERS = ("int32", "int64")

_ZERO = np.float32(0)

Shape = tuple[int, ...]


class Generator:
    """The random state of one context, and every sampler that reads it.

    There are two independent sources, both mt19937. Most samplers split their output, flat, in runs of at least 64
    values over at most 1024 streams; ``permutation`` and ``multinomial`` read one more stream.

    A parameter is a number, or an array whose shape is the beginning of ``shape`` (MXNet's ``sample_*`` operators):
    each of its elements then rules the trailing part of the output. float64 arrays compute in float64, all others in
    float32. Unless said otherwise ``dtype`` is float16, float32 or float64, and the result a new array of ``shape``.
    ``ArgumentError`` meets whatever MXNet refuses, and what would keep it busy forever.
    Any thread may call: a lock keeps every draw whole.
    """

    def __init__(self, seed: int = 0) -> None:
        self._lock = threading.Lock()
        self._many, self._one = Lanes(0, _LANES), Stream(0)
        self.seed(seed)

    def seed(self, seed: int, per_context: bool = False) -> None:
        """Start again from ``seed``, an integer of which the low 32 bits count.

        ``per_context`` is ``mx.random.seed(seed, ctx=...)``, which seeds ``permutation`` and ``multinomial`` otherwise.
        """
        if not isinstance(seed, int | np.integer):
            raise ArgumentError(f"seed must be an int; got {seed!r}")
        seed = int(seed)
        with self._lock:
            self._many.reseed(seed * 127 % 2**32)
            self._one.reseed((seed if per_context else seed * 127) % 2**32)

    def uniform(self, low: ArrayLike, high: ArrayLike, shape: Shape, dtype: DTypeLike) -> np.ndarray:
        """Real numbers in [low, high)."""
        if np.ndim(low) == np.ndim(high) == 0 and not low <= high:
            raise ArgumentError(f"low must be at most high; got low={low}, high={high}")
        low, high = _parameters(shape, low, high)
        span = high - low
        if len(low) == 1 and span.dtype == np.dtype(dtype) == np.float32 and _for_loops(prod(shape)):
            return self._loop(random_loops.UNITS, shape, low[0, 0], span[0, 0])
        return self._units(shape, dtype, lambda units: low + span * units, len(low))

    def normal(self, loc: ArrayLike, scale: ArrayLike, shape: Shape, dtype: DTypeLike) -> np.ndarray:
        """Normal numbers with mean ``loc`` and standard deviation ``scale``."""
        if np.ndim(scale) == 0:
            _demand("scale", scale)
        loc, scale = _parameters(shape, loc, scale)
        _allowed(dtype, _REALS)
        real = _real(dtype)
        if _for_loops(prod(shape)):
            return self._values(random_loops.NORMAL, shape, dtype, real, scale, loc)
        return _cast(self._normals(shape, real).reshape(max(1, len(loc)), -1) * scale + loc, shape, dtype)

    def exponential(self, lam: ArrayLike, shape: Shape, dtype: DTypeLike) -> np.ndarray:
        """Exponential numbers of rate ``lam`` (mean 1 / lam)."""
        if np.ndim(lam) == 0:
            _demand("lam", lam)
        (lam,) = _parameters(shape, lam)
        return self._units(shape, dtype, lambda units: -log(1.0 - units.astype(np.float64)) / lam, len(lam))

    def bernoulli(self, p: float, shape: Shape, dtype: DTypeLike) -> np.ndarray:
        """1 with probability ``p``, else 0. Dropout of rate r keeps where ``bernoulli(1 - r, ...)`` is 1."""
        if not 0 <= p <= 1:
            raise ArgumentError(f"p must be in [0, 1]; got {p}")
        limit = np.float32(p)
        if _allowed(dtype, _REALS) != "float32":
            return self._units(shape, dtype, lambda units: units.astype(np.float32) <= limit)
        if _for_loops(prod(shape)):
            return self._loop(random_loops.MASK, shape, limit)
        last = np.uint32(words_up_to(float(limit)) - 1)
        return self._fill(shape, 1, np.float32, lambda words: words <= last)

    def randint(self, low: int, high: int, shape: Shape, dtype: DTypeLike) -> np.ndarray:
        """int32 or int64 in [low, high), both within int64."""
        _allowed(dtype, _INTEGERS)
        if not -(2**63) <= low < high < 2**63:
            raise ArgumentError(f"randint takes low < high, both within int64; got low={low}, high={high}")
        span = np.int64((high - low + 2**63) % 2**64 - 2**63)  # wraps as MXNet's does
        return self._fill(shape, 2, dtype, lambda words: np.fmod(whole(words), span) + np.int64(low))

    def gamma(self, alpha: ArrayLike, beta: ArrayLike, shape: Shape, dtype: DTypeLike) -> np.ndarray:
        """Gamma numbers of shape parameter ``alpha`` and scale ``beta`` (mean alpha * beta)."""
        _demand("alpha", alpha, zero=np.ndim(alpha) > 0)
        if np.ndim(beta) == 0:
            _demand("beta", beta)
        _allowed(dtype, _REALS)
        real = _real(dtype, np.float32)
        alpha, beta = _parameters(shape, alpha, beta)

        if _for_loops(4 * prod(shape)):
            return self._values(random_loops.GAMMA, shape, dtype, real, alpha, beta)

        def draw(source: rejection.Reader, rows: np.ndarray, at: np.ndarray) -> np.ndarray:
            return rejection.gamma(source, rows, alpha[at, 0], beta[at, 0], real)

        return self._each(shape, dtype, real, len(alpha), draw)

    def poisson(self, lam: ArrayLike, shape: Shape, dtype: DTypeLike) -> np.ndarray:
        """Whole numbers with mean ``lam``, at least 0 and below 2**31."""
        _demand("lam", lam, zero=True)
        (lam,) = _parameters(shape, lam)
        if _for_loops(4 * prod(shape)):
            none = np.full_like(lam, -1)
            return self._values(random_loops.COUNTS, shape, dtype, np.float32, none, none, lam.astype(np.float32))
        return self._counts(shape, dtype, len(lam), lambda source, rows, at: lam[at, 0])

    def negative_binomial(self, k: ArrayLike, p: ArrayLike, shape: Shape, dtype: DTypeLike) -> np.ndarray:
        """Failures before the ``k``-th success, each trial a success with probability ``p``."""
        _demand("k", k, zero=True)
        _demand("p", p)
        if np.any(np.asarray(p) > 1):
            raise ArgumentError(f"p must be at most 1; got {p}")
        k, p = (each.astype(np.float32) for each in _parameters(shape, k, p))
        beta = ((1.0 - p.astype(np.float64)) / p).astype(np.float32)
        if _for_loops(4 * prod(shape)):
            return self._values(random_loops.COUNTS, shape, dtype, np.float32, k, beta, beta)

        def mean(source: rejection.Reader, rows: np.ndarray, at: np.ndarray) -> np.ndarray:
            return rejection.gamma(source, rows, k[at, 0], beta[at, 0], np.float32)

        return self._counts(shape, dtype, len(k), mean)

    def generalized_negative_binomial(
        self, mu: ArrayLike, alpha: ArrayLike, shape: Shape, dtype: DTypeLike
    ) -> np.ndarray:
        """Whole numbers with mean ``mu`` and variance mu + alpha * mu**2; Poisson where ``alpha`` is 0."""
        _demand("mu", mu, zero=True)
        _demand("alpha", alpha, zero=True)
        mu, alpha = _parameters(shape, mu, alpha)
        if _for_loops(4 * prod(shape)):
            some = alpha != 0
            gamma = np.divide(1, alpha, where=some, out=np.full_like(alpha, -1))
            return self._values(random_loops.COUNTS, shape, dtype, np.float32, gamma, alpha * mu, mu.astype(np.float32))

        def mean(source: rejection.Reader, rows: np.ndarray, at: np.ndarray) -> np.ndarray:
            out, spread = mu[at, 0].astype(np.float32), alpha[at, 0]
            some = spread != 0
            if some.any():
                spread = spread[some]
                out[some] = rejection.gamma(source, rows[some], 1 / spread, spread * mu[at[some], 0], np.float32)
            return out

        return self._counts(shape, dtype, len(mu), mean)

    def permutation(self, n: int, ndim: int = 1) -> np.ndarray:
        """Indices (int32, shape (n,)) by which ``shuffle`` orders the first axis of an array of ``ndim`` dimensions."""
        upward = ndim == 1  # MXNet walks a vector from its beginning, the rows of anything else from the end
        with self._lock:
            picks = self._picks(np.arange(2, n + 1) if upward else np.arange(n, 1, -1))
        if upward:
            return swaps.upward(np.append(np.zeros(min(n, 1), np.int64), picks))
        return swaps.downward(np.append(picks, np.zeros(min(n, 1), np.int64))[::-1])

    def order(self, n: int) -> list[int]:
        """The first ``n`` whole numbers in random order, for the host."""
        return [int(i) for i in self.permutation(n)]

    def multinomial(self, probs: np.ndarray, n: int) -> np.ndarray:
        """``n`` category numbers (int64, shape (..., n)) for each row of ``probs`` (float, shape (..., k)).

        As in MXNet the rows are not checked: where one sums to less than 1, the number can be k.
        """
        probs = np.asarray(probs)
        if probs.ndim == 0 or probs.shape[-1] == 0:
            raise ArgumentError(f"probs must have a last axis of one or more categories; got shape {probs.shape}")
        kind = _allowed(probs.dtype, _REALS)
        rows = probs.reshape(-1, probs.shape[-1])
        with self._lock:
            units = unit32(self._one.take(len(rows) * n)).reshape(len(rows), n).astype(kind)
        table = np.cumsum(rows, axis=1, dtype=np.float64).astype(np.float32).astype(kind)
        left, right = np.zeros(units.shape, np.int64), np.full(units.shape, rows.shape[1])
        while (open_ := left < right).any():
            middle = (left + right) // 2
            below = np.take_along_axis(table, np.minimum(middle, rows.shape[1] - 1), axis=1) < units
            left = np.where(open_ & below, middle + 1, left)
            right = np.where(open_ & ~below, middle, right)
        return left.reshape(*probs.shape[:-1], n)

    def factor(self, low: float, high: float) -> float:
        """One float32 number in [low, high), from the stream of ``permutation``."""
        with self._lock:
            unit = unit32(self._one.take(1))[0]
        return float(np.float32(high - low) * unit + np.float32(low))

    def coin(self) -> bool:
        """True in one of two cases."""
        with self._lock:
            return bool(unit64(self._one.take(2))[0] >= 0.5)

    def few_normals(self, count: int, scale: float) -> np.ndarray:
        """float32 normals around 0, from the stream of ``permutation``; here both of each pair are used."""
        out: list[np.float32] = []
        with self._lock:
            while len(out) < count:
                units = unit32(self._one.take(2))
                taken, _, radius = polar(units)
                if taken[0]:
                    out += [bell(2 * units[i : i + 1] - 1, radius)[0] for i in (1, 0)]
        return np.array(out[:count], np.float32) * np.float32(scale)

    def _picks(self, sizes: np.ndarray) -> np.ndarray:
        """For each size a whole number in [0, size): a word is thrown away if it would favour small numbers."""
        picks = np.empty(len(sizes), np.int64)
        for start in range(0, len(sizes), _PICKS):
            some = sizes[start : start + _PICKS]
            scale = np.trunc((2**32 - 1) / some)  # float64 is exact here, and faster than whole numbers
            words = self._one.take(len(some)).astype(np.float64)
            while (refused := words >= some * scale).any():
                words = np.append(np.delete(words, refused.argmax()), self._one.take(1))
            picks[start : start + _PICKS] = words / scale
        return picks

    def _fill(self, shape: Shape, words: int, dtype: DTypeLike, convert: Callable) -> np.ndarray:
        """Values that use a fixed number of words each; ``convert`` makes them for some streams at a time."""
        out = np.empty(prod(shape), dtype)
        if out.size:
            step = _step(out.size)

            def use(first: int, rows: np.ndarray) -> np.ndarray | int:
                part = out[first * step : (first + len(rows)) * step]
                values = convert(rows[:, : step * words]).reshape(-1)[: part.size]
                part[:] = values.astype(np.float32) if out.dtype == np.float16 else values
                return _shares(part.size, step, len(rows), words)

            with self._lock, np.errstate(over="ignore", divide="ignore", invalid="ignore"):
                self._many.draw(-(-out.size // step), step * words, use)
        return out.reshape(shape)

    def _units(self, shape: Shape, dtype: DTypeLike, convert: Callable, parameters: int = 1) -> np.ndarray:
        """What ``convert`` makes of numbers in [0, 1), float32 for float32, else float64; for several parameters of
        shape (parameters, values of each).
        """
        short = _allowed(dtype, _REALS) == "float32"
        words, unit = (1, unit32) if short else (2, unit64)
        if parameters == 1:
            return self._fill(shape, words, dtype, lambda rows: convert(unit(rows)))
        units = self._fill((max(1, parameters), prod(shape) // max(1, parameters)), words, _real(dtype), unit)
        with np.errstate(divide="ignore", invalid="ignore"):  # MXNet lets arrays of rates hold 0
            return _cast(convert(units), shape, dtype)

    def _normals(self, shape: Shape, real: type) -> np.ndarray:
        """Flat standard normals, float32 or float64."""
        words, unit = (2, unit32) if real is np.float32 else (4, unit64)
        out = np.empty(prod(shape), real)
        if out.size:
            step = _step(out.size)

            def use(first: int, rows: np.ndarray) -> np.ndarray | None:
                part = out[first * step : (first + len(rows)) * step]
                taken, y, radius = polar(unit(rows[:, : rows.shape[1] // words * words]))
                nth = taken.cumsum(axis=1, dtype=np.int32)
                counts = np.broadcast_to(_shares(part.size, step, len(rows), 1), len(rows))
                if (nth[:, -1] < counts).any():
                    return None
                wanted = taken & (nth <= counts[:, None])
                part[:] = bell(y[wanted], radius[wanted])
                return words * ((nth < counts[:, None]).sum(axis=1) + 1)

            pairs = int(1.28 * step + 4 * step**0.5 + 8)  # one in 1.273 is taken
            with self._lock:
                self._many.draw(-(-out.size // step), words * pairs, use)
        return out

    def _loop(self, kind: int, shape: Shape, low: np.float32, span: np.float32 = _ZERO) -> np.ndarray:
        """float32 numbers or a mask, by a compiled loop."""
        out = np.empty(shape, np.float32)
        step = _step(out.size)
        with self._lock:
            random_loops.units(kind, self._many.states(-(-out.size // step)), step, out.reshape(-1), low, span)
        return out

    def _values(self, kind: int, shape: Shape, dtype: DTypeLike, real: type, *parameters: np.ndarray) -> np.ndarray:
        """Values of parameters in columns, by a compiled loop."""
        _allowed(dtype, _REALS)
        out = np.empty(prod(shape), _real(dtype, np.float32))
        step = _step(out.size)
        with self._lock:
            states = self._many.states(-(-out.size // step))
            columns = [np.ascontiguousarray(each[:, 0]) for each in parameters]
            random_loops.values(kind, states, step, out, real, out.size // len(columns[0]), *columns)
        if kind == random_loops.COUNTS and (least := out.min()) < 0:
            raise _too_many(-least)
        return _cast(out, shape, dtype)

    def _counts(self, shape: Shape, dtype: DTypeLike, parameters: int, mean: Callable) -> np.ndarray:
        """Poisson values, each with a mean of its own."""

        def draw(source: rejection.Reader, rows: np.ndarray, at: np.ndarray) -> np.ndarray:
            means = mean(source, rows, at).astype(np.float32)
            if not np.all(means < 2**31):
                raise _too_many(means.max())
            return rejection.poisson(source, rows, means)

        return self._each(shape, dtype, np.float32, parameters, draw)

    def _each(self, shape: Shape, dtype: DTypeLike, real: type, parameters: int, draw: Callable) -> np.ndarray:
        """Values from ``draw(reader, streams, parameter numbers)``, which makes one value for each of the streams."""
        _allowed(dtype, _REALS)
        size = prod(shape)
        out = np.empty(size, np.float64)
        if size:
            step, each = _step(size), size // parameters
            with self._lock:
                source = rejection.Reader(self._many, -(-size // step), real)
                for value in range(step):
                    at = np.arange(value, size, step)
                    out[at] = draw(source, np.arange(len(at)), at // each)
                source.close()
        return _cast(out, shape, dtype)


def _step(size: int) -> int:
    """How many values of a draw come from the same stream."""
    return max(1, -(-size // max(1, min(-(-size // _PER_LANE), _LANES))))


def _shares(size: int, step: int, lanes: int, words: int) -> np.ndarray | int:
    """The words of each stream in use when so many streams make ``step`` values each, the last one what is left."""
    if size == lanes * step:
        return step * words
    used = np.full(lanes, step * words)
    used[-1] -= (lanes * step - size) * words
    return used


def _for_loops(words: int) -> bool:
    return words >= LARGE and numba() is not None


def _real(dtype: DTypeLike, half: type = np.float64) -> type:
    """What numbers of this dtype are computed in, those of float16 as ``half``."""
    name = np.dtype(dtype).name
    return half if name == "float16" else np.float64 if name == "float64" else np.float32


def _too_many(mean: float) -> ArgumentError:
    return ArgumentError(f"a mean of {mean:g} gives counts beyond 2**31")


def _parameters(shape: Shape, *values: ArrayLike) -> list[np.ndarray]:
    """The parameters as equally long columns, shape (number, 1), float64 where given as float64 arrays else float32."""
    arrays = [np.asarray(value) for value in values]
    arrays = [a if a.ndim and a.dtype == np.float64 else a.astype(np.float32) for a in arrays]
    outer = np.broadcast_shapes(*(a.shape for a in arrays))
    if tuple(shape[: len(outer)]) != outer:
        raise ArgumentError(f"the shape must begin with that of the parameters, {outer}; got {tuple(shape)}")
    return [np.broadcast_to(a, outer).reshape(-1, 1) for a in arrays]


def _demand(name: str, value: ArrayLike, zero: bool = False) -> None:
    array = np.asarray(value)
    if not (np.isfinite(array) & (array >= 0 if zero else array > 0)).all():
        raise ArgumentError(f"{name} must be finite and {'at least' if zero else 'above'} 0; got {value}")


def _allowed(dtype: DTypeLike, names: tuple[str, ...]) -> str:
    name = np.dtype(dtype).name
    if name not in names:
        raise ArgumentError(f"dtype must be one of {', '.join(names)}; got {name}")
    return name


def _cast(values: np.ndarray, shape: Shape, dtype: DTypeLike) -> np.ndarray:
    with np.errstate(over="ignore"):  # infinity, as in MXNet
        if np.dtype(dtype) == np.float16:  # MXNet goes by way of float32
            values = values.astype(np.float32)
        return values.astype(dtype).reshape(shape)
