"""Large draws: compiled loops give what NumPy gives, on any number of threads, and leave the streams where it does."""

from __future__ import annotations

import numpy as np
import pytest

from mxnd.backend import compiled, generator, threads
from mxnd.backend.generator import Generator
from mxnd.core.errors import ArgumentError

pytest.importorskip("numba")

FLOATS = ("float16", "float32", "float64")
RATES = np.array([[0.4, 2.0, 11.5], [12.5, 40.0, 0.0]])
CASES = [
    ("uniform", (-1.5, 3.0)),
    ("bernoulli", (0.3,)),
    ("bernoulli", (1.0,)),
    ("normal", (1.0, 2.0)),
    ("normal", (RATES, RATES + 1)),
    ("exponential", (0.4,)),
    ("gamma", (2.0, 0.5)),
    ("gamma", (0.4, 0.5)),
    ("gamma", (RATES + 0.1, RATES + 0.5)),
    ("gamma", (np.float32(RATES + 0.1), np.float32(RATES + 0.5))),
    ("poisson", (3.0,)),
    ("poisson", (30.0,)),
    ("poisson", (RATES,)),
    ("negative_binomial", (3, 0.4)),
    ("negative_binomial", (0, 0.4)),
    ("generalized_negative_binomial", (3.0, 0.4)),
    ("generalized_negative_binomial", (RATES, RATES[::-1])),
]


@pytest.fixture(autouse=True)
def with_numba(monkeypatch):
    monkeypatch.delenv("MXND_COMPILE", raising=False)
    compiled.numba.cache_clear()
    assert compiled.numba() is not None
    yield
    monkeypatch.setenv("MXND_COMPILE", "0")
    compiled.numba.cache_clear()


def draw(method: str, parameters: tuple, dtype: str, count: int) -> list[np.ndarray]:
    before = threads.set_count(count)
    try:
        source = Generator(5)
        return [
            source.uniform(0, 1, (700,), "float32"),
            getattr(source, method)(*parameters, (2, 3, 45001), dtype),
            source.uniform(0, 1, (70000,), "float32"),
        ]
    finally:
        threads.set_count(before)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("case", range(len(CASES)))
def test_loops_give_what_numpy_gives(case, dtype, monkeypatch):
    fast = draw(*CASES[case], dtype, 3)
    monkeypatch.setattr(generator, "_for_loops", lambda words: False)
    for count in (1, 2):
        for got, expected in zip(fast, draw(*CASES[case], dtype, count)):
            assert got.dtype == expected.dtype
            np.testing.assert_array_equal(got, expected)


def test_large_draws_are_compiled(monkeypatch):
    monkeypatch.setattr(generator.random_loops, "values", lambda *args: pytest.fail("compiled"))
    with pytest.raises(pytest.fail.Exception, match="compiled"):
        Generator().gamma(2, 1, (2**17,), "float32")


@pytest.mark.parametrize(
    ("method", "parameters"), [("poisson", (2.0**31,)), ("gamma", (-1, 1)), ("negative_binomial", (1e9, 1e-9))]
)
def test_large_draws_refuse_what_small_ones_do(method, parameters):
    for shape in ((3,), (400_000,)):
        with pytest.raises(ArgumentError):
            getattr(Generator(), method)(*parameters, shape, "float32")
