"""Fourier transforms on interleaved real and imaginary parts, and sampling without repetition."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .generator import Generator


def fft(x: Any) -> Any:
    """The transform along the last axis: real and imaginary parts in turn, twice as many."""
    z = np.fft.fft(x.astype(np.float32, copy=False) if x.dtype == np.float16 else x, axis=-1)
    out = np.empty((*x.shape, 2), x.dtype)
    out[..., 0], out[..., 1] = z.real, z.imag
    return out.reshape(*x.shape[:-1], 2 * x.shape[-1])


def ifft(x: Any) -> Any:
    """The real part of the inverse, times the size: the adjoint of ``fft``."""
    pairs = x.reshape(*x.shape[:-1], x.shape[-1] // 2, 2)
    wide = pairs.astype(np.float32) if x.dtype == np.float16 else pairs
    z = wide[..., 0] + 1j * wide[..., 1]
    return (np.fft.ifft(z, axis=-1).real * z.shape[-1]).astype(x.dtype)


def unique_zipfian(random: Generator, most: int, shape: tuple[int, int]) -> tuple[Any, Any]:
    """Rows of different numbers below ``most`` by the rounded log-uniform law, and how many draws each row took."""
    numbers, tries = np.empty(shape, np.int64), np.empty(shape[0], np.int64)
    for row in range(shape[0]):
        drawn = np.empty(0, np.int64)
        places = np.empty(0, np.int64)
        while len(places) < shape[1]:
            more = random.uniform(0.0, math.log(most), (max(64, 2 * len(drawn), 2 * shape[1]),), "float64")
            drawn = np.concatenate([drawn, np.floor(np.exp(more) + 0.5).astype(np.int64) - 1])
            places = np.sort(np.unique(drawn, return_index=True)[1])
        numbers[row], tries[row] = drawn[places[: shape[1]]], places[shape[1] - 1] + 1
    return numbers, tries
