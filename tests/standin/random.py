"""``cupy.random``: CuPy's generator API over NumPy's generators. The streams are other ones than on a GPU."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from .array import ndarray
from .mixing import arrays_in, plain, wrap


class BitGenerator:
    """A source of bits, started by a seed."""

    def __init__(self, seed: Any = None, *, size: int = 1000 * 256) -> None:
        self.source = np.random.Philox(seed)


class XORWOW(BitGenerator):
    pass


class MRG32k3a(BitGenerator):
    pass


class Philox4x3210(BitGenerator):
    pass


def _parameter(name: str, value: Any) -> Any:
    if isinstance(value, ndarray) or type(value) in (float, int):
        return plain(value)
    raise TypeError(f"{name} is required to be a cupy.ndarray or a scalar")


class Generator:
    """Draws from distributions. Parameters are device arrays, ints or floats."""

    def __init__(self, bit_generator: BitGenerator) -> None:
        if not isinstance(bit_generator, BitGenerator):
            raise TypeError(f"{type(bit_generator)} is no bit generator of CuPy")
        self.bit_generator = bit_generator
        self._numpy = np.random.Generator(bit_generator.source)

    def _floats(self, name: str, size: Any, dtype: Any, out: Any) -> ndarray:
        dtype = np.dtype(dtype)
        if out is not None:
            if out.dtype != dtype:
                raise TypeError(
                    f"Supplied output array has the wrong type. Expected {dtype.name}, got {out.dtype.name}"
                )
            out[...] = wrap(
                np.asarray(getattr(self._numpy, name)(out.shape, np.float64 if dtype.char == "d" else np.float32))
            )
            return out
        drawn = getattr(self._numpy, name)(
            () if size is None else size, np.float64 if dtype.char == "d" else np.float32
        )
        return wrap(np.asarray(drawn)).astype(dtype, copy=False)

    def random(self, size: Any = None, dtype: Any = np.float64, out: Any = None) -> ndarray:
        return self._floats("random", size, dtype, out)

    def standard_normal(self, size: Any = None, dtype: Any = np.float64, out: Any = None) -> ndarray:
        return self._floats("standard_normal", size, dtype, out)

    def standard_exponential(
        self, size: Any = None, dtype: Any = np.float64, method: str = "inv", out: Any = None
    ) -> ndarray:
        return self._floats("standard_exponential", size, dtype, out)

    def integers(
        self, low: Any, high: Any = None, size: Any = None, dtype: Any = np.int64, endpoint: bool = False
    ) -> ndarray:
        low, high = (0, int(low)) if high is None else (int(low), int(high))
        if low > high - (not endpoint):
            raise ValueError("low >= high")
        drawn = self._numpy.integers(low, high, () if size is None else size, np.int64, endpoint)
        return wrap(np.asarray(drawn)).astype(dtype)

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Any = None, dtype: Any = np.float64) -> ndarray:
        drawn = self._numpy.uniform(plain(low), plain(high), size)
        return wrap(np.asarray(drawn)).astype(dtype, copy=False)

    def _drawn(self, method: str, size: Any, dtype: Any, **parameters: Any) -> ndarray:
        opened = [_parameter(name, value) for name, value in parameters.items()]
        shape = np.broadcast_shapes(*(np.shape(p) for p in opened))
        if size is None and not arrays_in(parameters.values()):
            size = ()
        drawn = getattr(self._numpy, method)(*opened, shape if size is None else size)
        return wrap(np.asarray(drawn)).astype(dtype, copy=False)

    def standard_gamma(self, shape: Any, size: Any = None, dtype: Any = np.float64, out: Any = None) -> ndarray:
        if out is None:
            return self._drawn("standard_gamma", size, dtype, shape=shape)
        out[...] = self._drawn("standard_gamma", out.shape, dtype, shape=shape)
        return out

    def gamma(self, shape: Any, scale: Any = 1.0, size: Any = None) -> ndarray:
        return self._drawn("gamma", size, np.float64, shape=shape, scale=scale)

    def exponential(self, scale: Any = 1.0, size: Any = None) -> ndarray:
        return self._drawn("exponential", size, np.float64, scale=scale)

    def beta(self, a: Any, b: Any, size: Any = None, dtype: Any = np.float64) -> ndarray:
        return self._drawn("beta", size, dtype, a=a, b=b)

    def poisson(self, lam: Any = 1.0, size: Any = None) -> ndarray:
        return self._drawn("poisson", size, np.int64, lam=lam)

    def binomial(self, n: Any, p: Any, size: Any = None) -> ndarray:
        return self._drawn("binomial", size, np.int64, n=n, p=p)

    def geometric(self, p: Any, size: Any = None) -> ndarray:
        return self._drawn("geometric", size, np.int64, p=p)


def module() -> ModuleType:
    """``cupy.random``."""
    random = ModuleType("cupy.random")
    for kind in (BitGenerator, XORWOW, MRG32k3a, Philox4x3210, Generator):
        setattr(random, kind.__name__, kind)
    random.default_rng = lambda seed=None: Generator(XORWOW(seed))
    return random
