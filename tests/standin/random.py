"""``cupy.random``: the part of CuPy's generator API that is used here, over NumPy's generators.

What CuPy 13 or 14 refuses, or gets wrong, is an error. The streams are other ones than on a GPU.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from .array import ndarray
from .mixing import plain, wrap
from .state import current


class BitGenerator:
    """A source of bits, started by a seed: a whole number, several, or NumPy's SeedSequence. It is on one device."""

    def __init__(self, seed: Any = None, *, size: int = -1) -> None:
        if size != -1 and (size <= 0 or size % 256):  # -1: CuPy chooses
            raise ValueError(f"CuPy starts blocks of 256 streams; with size={size} they would leave their memory")
        if isinstance(seed, ndarray):
            seed = seed._a
        self.source = np.random.Philox(seed)
        self._device = current.device

    def _check_device(self) -> None:
        if current.device != self._device:
            raise RuntimeError("This Generator state is allocated in a different device")


class XORWOW(BitGenerator):
    pass


class MRG32k3a(BitGenerator):
    pass


class Philox4x3210(BitGenerator):
    pass


class Generator:
    """Draws from distributions. Parameters are device arrays, ints or floats; float64 unless said otherwise."""

    def __init__(self, bit_generator: BitGenerator) -> None:
        if not isinstance(bit_generator, BitGenerator):
            raise TypeError(f"{type(bit_generator)} is no bit generator of CuPy")
        self.bit_generator = bit_generator
        self._numpy = np.random.Generator(bit_generator.source)

    def random(self, size: Any = None, dtype: Any = np.float64, out: Any = None) -> ndarray:
        return self._floats("random", size, dtype, out)

    def standard_normal(self, size: Any = None, dtype: Any = np.float64, out: Any = None) -> ndarray:
        return self._floats("standard_normal", size, dtype, out)

    def standard_exponential(
        self, size: Any = None, dtype: Any = np.float64, method: str = "inv", out: Any = None
    ) -> ndarray:
        if method == "zig":
            raise NotImplementedError("Ziggurat method is not supported")
        return self._floats("standard_exponential", size, dtype, out)

    def standard_gamma(self, shape: Any, size: Any = None, dtype: Any = np.float64, out: Any = None) -> ndarray:
        shape = _parameter("shape", shape, ValueError)
        size = _size(size, shape.shape if out is None else out.shape)
        dtype = _checked("standard_gamma", dtype, size, out, c_only=True)
        return self._drawn("standard_gamma", size, dtype, out, shape=shape)

    def poisson(self, lam: Any = 1.0, size: Any = None) -> ndarray:
        lam = _parameter("lam", lam, TypeError)
        return self._drawn("poisson", _size(size, lam.shape), np.dtype(np.int64), None, lam=lam)

    def integers(
        self, low: Any, high: Any = None, size: Any = None, dtype: Any = np.int64, endpoint: bool = False
    ) -> ndarray:
        low, last = (0, int(low)) if high is None else (int(low), int(high))
        last -= not endpoint
        if low > last:
            raise ValueError("low >= high")
        kind = np.iinfo(dtype)
        if low < kind.min:
            raise ValueError(f"low is out of bounds for {kind.dtype.name}")
        if last > kind.max:
            raise ValueError(f"high is out of bounds for {kind.dtype.name}")
        if (last - low).bit_length() in (32, 64):
            raise OverflowError("CuPy 13 takes spans as signed numbers of 32 or 64 bits")
        self.bit_generator._check_device()
        return wrap(np.asarray(self._numpy.integers(low, last, _size(size, ()), np.int64, True))).astype(dtype)

    def _floats(self, method: str, size: Any, dtype: Any, out: Any) -> ndarray:
        dtype = _checked(method, dtype, size, out)
        self.bit_generator._check_device()
        size = _size(size, ()) if out is None else out.shape
        return _into(np.asarray(getattr(self._numpy, method)(size, dtype)), out)

    def _drawn(self, method: str, size: tuple[int, ...], dtype: np.dtype, out: Any, **parameter: Any) -> ndarray:
        self.bit_generator._check_device()
        ((name, value),) = parameter.items()
        drawn = getattr(self._numpy, method)(**{name: np.broadcast_to(value, size)}, size=size)
        return _into(np.asarray(drawn).astype(dtype, copy=False), out)


def _parameter(name: str, value: Any, refusal: type[Exception]) -> np.ndarray:
    if isinstance(value, ndarray):
        return plain(value).astype(np.float64, copy=False)
    if type(value) not in (float, int):
        raise refusal(f"{name} is required to be a cupy.ndarray or a scalar")
    return np.asarray(value, np.float64)


def _size(size: Any, default: tuple[int, ...]) -> tuple[int, ...]:
    if size is None:
        return default
    return tuple(size) if isinstance(size, (tuple, list)) else (int(size),)


def _checked(method: str, dtype: Any, size: Any, out: Any, c_only: bool = False) -> np.dtype:
    """The dtype, which must be float32 or float64, also where CuPy fails to say so, and that of ``out``."""
    dtype = np.dtype(dtype)
    if dtype.char not in "fd":
        raise TypeError(f"Unsupported dtype {dtype.name} for {method}")
    if out is not None:
        if out.dtype.char != dtype.char:
            raise TypeError(f"Supplied output array has the wrong type. Expected {dtype.name}, got {out.dtype.name}")
        if not out.flags.c_contiguous and (c_only or not out.flags.f_contiguous):
            raise ValueError("Supplied output array is not contiguous, writable or aligned.")
        if size is not None and _size(size, ()) != out.shape:
            raise ValueError("size must match out.shape when used together")
    return dtype


def _into(drawn: np.ndarray, out: ndarray | None) -> ndarray:
    if out is None:
        return wrap(drawn)
    plain(out)[...] = drawn
    return out


def module() -> ModuleType:
    """``cupy.random``."""
    random = ModuleType("cupy.random")
    for kind in (BitGenerator, XORWOW, MRG32k3a, Philox4x3210, Generator):
        setattr(random, kind.__name__, kind)
    random.default_rng = lambda seed=None: Generator(XORWOW(seed))
    return random
