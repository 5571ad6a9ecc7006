"""MXNet's gamma and Poisson samplers: rejection methods whose values each use a number of words not known before.

Value ``j`` of every stream is drawn at the same time, so the work is vectorised over the streams, up to 1024 of them.
The methods are those of MXNet: Marsaglia and Tsang for gamma, Knuth's product for small Poisson means, the Lorentzian
comparison function of Numerical Recipes for large ones. Results are kept as float32 or float64 where MXNet does so.
"""

from __future__ import annotations

import math

import numpy as np

from mxnd.backend.reals import bell, log, log_factorial, polar, unit32, unit64
from mxnd.backend.twister import Lanes

_WINDOW = 1024  # words of each stream turned into numbers at once
_PI = np.float32(np.pi)


class Reader:
    """Uniform numbers in [0, 1) of the first ``count`` streams, float32 or float64, each stream at its own pace."""

    def __init__(self, lanes: Lanes, count: int, dtype: type[np.floating]) -> None:
        self._lanes, self._stride = lanes, 1 if dtype is np.float32 else 2
        self._at = np.zeros(count, np.int64)
        self._load()

    def look(self, rows: np.ndarray, count: int) -> np.ndarray:
        """The next ``count`` numbers of these streams, shape (len(rows), count), not used up."""
        span = count * self._stride
        if self._at[rows].max() + span > _WINDOW:
            self.close()
            self._load()
        return self._units[rows[:, None], self._at[rows][:, None] + np.arange(0, span, self._stride)]

    def skip(self, rows: np.ndarray, used: np.ndarray | int) -> None:
        """Use up that many numbers of each of these streams."""
        self._at[rows] += used * self._stride

    def close(self) -> None:
        """Use up, in the streams, what was used here."""
        self._lanes.skip(0, len(self._at), self._at)
        self._at[:] = 0

    def _load(self) -> None:
        words = self._lanes.peek(0, len(self._at), _WINDOW)
        if self._stride == 1:
            self._units = unit32(words)
        else:  # a number may begin at any word
            self._units = unit64(np.stack((words[:, :-1], words[:, 1:]), axis=-1))[..., 0]


def gamma(reader: Reader, rows: np.ndarray, alpha: np.ndarray, beta: np.ndarray, real: type) -> np.ndarray:
    """One gamma(alpha) value times beta for each of the rows; ``real`` is the reader's dtype and the result's."""
    small = alpha < 1
    d = (alpha.astype(np.float64) + np.where(small, 2 / 3, -1 / 3)).astype(real)
    k = np.sqrt(9.0 * d.astype(np.float64)).astype(real)
    out = np.empty(len(rows), real)
    left = np.arange(len(rows))
    while len(left):
        units = reader.look(rows[left], 3)
        taken, y, radius = (part[:, 0] for part in polar(units[:, :2]))
        z = np.full(len(left), -np.inf, real)
        z[taken] = bell(y[taken], radius[taken])
        tried = z > -k[left]
        reader.skip(rows[left], np.where(tried, 3, 2))
        near, z, unit = left[tried], z[tried].astype(np.float64), units[tried, 2].astype(np.float64)
        x = (1.0 + (1 / k[near]) * z.astype(real)).astype(real)
        v = np.maximum(x * x * x, np.finfo(real).tiny)  # x may round to 0, which is refused below as it should be
        wide = v.astype(np.float64)
        won = log(1.0 - unit) < 0.5 * z * z + d[near] * (1.0 - wide + log(wide))
        out[near[won]] = d[near[won]] * v[won] * beta[near[won]]
        tried[tried] = won
        left = left[~tried]
    if small.any():
        unit = reader.look(rows[small], 1)[:, 0]
        reader.skip(rows[small], 1)
        with np.errstate(divide="ignore"):
            power = (1.0 / alpha[small].astype(np.float64)).astype(real)
        out[small] = out[small] * np.array(
            list(map(math.pow, unit, power))
        )  # float64; NumPy's power is not the C library's
    return out


def poisson(reader: Reader, rows: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """One Poisson value (int64) for each of the rows, from float32 means."""
    out = np.empty(len(rows), np.int64)
    for chosen, method in ((mean < 12, _product), (mean >= 12, _lorentzian)):
        if chosen.any():
            out[chosen] = method(reader, rows[chosen], mean[chosen])
    return out


def _product(reader: Reader, rows: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """How many uniform numbers can be multiplied before the product is at most exp(-mean)."""
    limit = np.exp(-mean.astype(np.float64)).astype(np.float32)
    most = float(mean.max())
    window = int(most + 4 * max(most, 0.0) ** 0.5 + 4)
    product, out = np.ones(len(rows), np.float32), np.zeros(len(rows), np.int64)
    left = np.arange(len(rows))
    while len(left):
        units = reader.look(rows[left], window)
        units[:, 0] *= product[left]
        running = np.multiply.accumulate(units, axis=1)
        under = running <= limit[left, None]
        ended = under.any(axis=1)
        count = np.where(ended, under.argmax(axis=1), window)
        out[left] += count
        reader.skip(rows[left], count + ended)
        product[left] = running[:, -1]
        left = left[~ended]
    return out


def _lorentzian(reader: Reader, rows: np.ndarray, mean: np.ndarray) -> np.ndarray:
    wide = mean.astype(np.float64)
    root, logarithm = np.sqrt(2 * wide).astype(np.float32), log(mean)
    peak = mean * logarithm - log_factorial(mean)
    out = np.empty(len(rows), np.int64)
    left = np.arange(len(rows))
    while len(left):
        units = reader.look(rows[left], 2)
        y = np.tan((_PI * units[:, 0]).astype(np.float64)).astype(np.float32)
        guess = root[left] * y + mean[left]
        tried = guess >= 0
        reader.skip(rows[left], 1 + tried)
        near, whole, y = left[tried], np.floor(guess[tried]), y[tried]
        power = whole * logarithm[near] - log_factorial(whole) - peak[near]
        ratio = 0.9 * (1.0 + (y * y).astype(np.float64)) * np.exp(power.astype(np.float64)).astype(np.float32)
        won = units[tried, 1] <= ratio.astype(np.float32)
        out[near[won]] = whole[won]
        tried[tried] = won
        left = left[~tried]
    return out
