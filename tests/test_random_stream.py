"""The random numbers against those of real MXNet 1.9.1 (compat/record_random.py) and against their distributions."""

from __future__ import annotations

import itertools
import json
import platform
import sys
import threading
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from mxnd.backend.generator import Generator
from mxnd.core.errors import ArgumentError

GOLDEN = np.load(Path(__file__).parents[1] / "compat" / "golden" / "random.npz")
CASES = json.loads(str(GOLDEN["cases"]))
GLIBC = platform.libc_ver()[0] == "glibc"
LIBM = ("exponential", "gamma", "normal")  # with float64, these ask the platform's C library for log and pow


def array(value: Any) -> Any:
    if isinstance(value, dict):
        ((dtype, value),) = value.items()
        return np.array(value, dtype)
    return np.array(value, np.float32) if isinstance(value, list) else value


def play(generator: Generator, method: str, parameters: dict, shape: list[int], dtype: str | None) -> np.ndarray:
    parameters = {name: array(value) for name, value in parameters.items()}
    if method == "shuffle":
        return generator.permutation(shape[0], len(shape)).astype(np.int32)
    if method == "multinomial":
        return generator.multinomial(parameters["probs"], shape[0]).astype(np.int32)
    if method == "dropout":
        return generator.bernoulli(float(np.float32(1) - np.float32(parameters["p"])), tuple(shape), dtype) != 0
    return getattr(generator, method)(**parameters, shape=tuple(shape), dtype=dtype)


@pytest.mark.parametrize("name", CASES)
def test_same_numbers_as_mxnet(name):
    case = CASES[name]
    generator = Generator()
    if case["seed"] is not None:
        generator.seed(case["seed"], per_context=case["context"])
    for i, (method, parameters, shape, dtype) in enumerate(case["calls"]):
        got = play(generator, method, parameters, shape, dtype)
        expected = GOLDEN[f"{name}.{i}"]
        some = got.reshape(-1)[GOLDEN[f"at_{got.size}"]] if got.size > 400 else got.reshape(-1)
        assert dtype is None or method == "dropout" or got.dtype == dtype
        if GLIBC or dtype != "float64" or method not in LIBM:
            np.testing.assert_array_equal(some, expected)
            assert zlib.crc32(got.tobytes()) == GOLDEN[f"{name}.{i}.crc"]
        else:
            np.testing.assert_array_max_ulp(some, expected, 2)


def test_results_are_new_arrays_of_the_shape():
    generator = Generator(1)
    assert generator.uniform(0, 1, (), "float32").shape == ()
    for shape in ((0,), (3, 0), (2, 3, 4)):
        for draw in (generator.uniform, generator.normal, generator.gamma, generator.negative_binomial):
            got = draw(0.5, 0.5, shape, "float16")
            assert (got.shape, got.dtype, got.flags.c_contiguous) == (shape, np.float16, True)
    assert generator.uniform(np.zeros((0,)), np.ones((0,)), (0, 3), "float32").shape == (0, 3)
    assert generator.permutation(0).shape == (0,)
    assert generator.multinomial(np.ones((2, 3, 1)), 0).shape == (2, 3, 0)


CONTINUOUS = {
    "uniform": (-2.0, 3.0, stats.uniform(-2, 5)),
    "normal": (1.5, 2.5, stats.norm(1.5, 2.5)),
    "exponential": (0.4, stats.expon(scale=2.5)),
    "gamma": (0.6, 2.5, stats.gamma(0.6, scale=2.5)),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("method", CONTINUOUS)
def test_continuous_distributions(method, dtype):
    *parameters, expected = CONTINUOUS[method]
    got = getattr(Generator(20), method)(*parameters, (50000,), dtype)
    assert stats.kstest(got, expected.cdf).pvalue > 0.01


def chi_square(got: np.ndarray, expected: Any) -> float:
    """p-value of the counts of whole numbers; those expected less than 20 times are put together at both ends."""
    low, high = expected.ppf(20 / got.size), expected.isf(20 / got.size)
    edges = np.arange(max(low, expected.support()[0]), high + 1)
    chances = np.diff(np.concatenate([[0], expected.cdf(edges), [1]]))
    counts = np.bincount(np.searchsorted(edges, got), minlength=len(edges) + 1)
    if counts[-1] == chances[-1] == 0:
        counts, chances = counts[:-1], chances[:-1]
    return stats.chisquare(counts, chances * got.size).pvalue


DISCRETE = {
    "poisson": [(0.3, stats.poisson(0.3)), (6.5, stats.poisson(6.5)), (80.0, stats.poisson(80))],
    "negative_binomial": [(4, 0.3, stats.nbinom(4, 0.3)), (30, 0.5, stats.nbinom(30, 0.5))],
    "generalized_negative_binomial": [(5.0, 0.4, stats.nbinom(2.5, 1 / 3)), (5.0, 0.0, stats.poisson(5))],
    "randint": [(-4, 9, stats.randint(-4, 9))],
    "bernoulli": [(0.3, stats.bernoulli(0.3))],
}


@pytest.mark.parametrize(("method", "case"), [(m, case) for m in DISCRETE for case in DISCRETE[m]])
def test_discrete_distributions(method, case):
    *parameters, expected = case
    dtype = "int32" if method == "randint" else "float32"
    assert chi_square(getattr(Generator(21), method)(*parameters, (50000,), dtype), expected) > 0.01


def test_what_overflows_is_infinite():
    generator = Generator()
    assert np.isposinf(generator.poisson(1e6, (3,), "float16")).all()
    assert np.isposinf(generator.exponential(np.zeros(1), (1, 3), "float32")).all()


def test_array_parameters_rule_their_part():
    lam = np.array([[0.5, 3.0], [20.0, 200.0]])
    got = Generator(22).poisson(lam, (2, 2, 20000), "float64")
    for at in np.ndindex(2, 2):
        assert chi_square(got[at], stats.poisson(lam[at])) > 0.01


@pytest.mark.parametrize("ndim", [1, 2])
def test_every_order_is_as_likely(ndim):
    generator = Generator(23)
    orders = dict.fromkeys(itertools.permutations(range(4)), 0)
    for _ in range(6000):
        orders[tuple(generator.permutation(4, ndim).tolist())] += 1
    assert stats.chisquare(list(orders.values())).pvalue > 0.01


def test_multinomial_follows_its_rows():
    probs = np.array([[[0.1, 0.2, 0.7], [0.5, 0.25, 0.25]]])
    got = Generator(24).multinomial(probs, 30000)
    assert got.shape == (1, 2, 30000)
    for row in range(2):
        assert stats.chisquare(np.bincount(got[0, row]), probs[0, row] * 30000).pvalue > 0.01


def test_threads_share_one_stream_without_loss():
    together, alone = Generator(25), Generator(25)
    got: list[np.ndarray] = []

    def draw() -> None:
        got.extend(together.normal(0, 1, (10,), "float64") for _ in range(200))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=draw) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    expected = [alone.normal(0, 1, (10,), "float64") for _ in range(800)]
    assert sorted(map(bytes, got)) == sorted(map(bytes, expected))


@pytest.mark.parametrize(
    ("method", "parameters", "message"),
    [
        ("uniform", (2, 1), "low=2, high=1"),
        ("uniform", (float("nan"), 1), "low=nan"),
        ("normal", (0, 0), "scale must be finite and above 0; got 0"),
        ("exponential", (-1,), "lam must be finite and above 0; got -1"),
        ("gamma", (0, 1), "alpha must be finite and above 0; got 0"),
        ("gamma", (1, -2), "beta must be finite and above 0; got -2"),
        ("gamma", (np.array([1.0, -1.0]), 1), "alpha must be finite and at least 0"),
        ("poisson", (-1,), "lam must be finite and at least 0; got -1"),
        ("poisson", (np.array([1, np.nan]),), "lam must be finite"),
        ("negative_binomial", (-1, 0.5), "k must be finite and at least 0; got -1"),
        ("negative_binomial", (1, 0), "p must be finite and above 0; got 0"),
        ("generalized_negative_binomial", (1, -1), "alpha must be finite and at least 0; got -1"),
        ("bernoulli", (1.5,), r"p must be in \[0, 1\]; got 1.5"),
        ("uniform", (np.zeros(3), 1), r"must begin with that of the parameters, \(3,\); got \(2, 2\)"),
    ],
)
def test_refused_parameters(method, parameters, message):
    with pytest.raises(ArgumentError, match=message):
        getattr(Generator(), method)(*parameters, (2, 2), "float32")


def test_refused_dtypes_and_ranges():
    generator = Generator()
    with pytest.raises(ArgumentError, match="float16, float32, float64; got int32"):
        generator.normal(0, 1, (2,), "int32")
    with pytest.raises(ArgumentError, match="int32, int64; got float32"):
        generator.randint(0, 2, (2,), "float32")
    with pytest.raises(ArgumentError, match="low=5, high=5"):
        generator.randint(5, 5, (2,), "int32")
    with pytest.raises(ArgumentError, match=r"categories; got shape \(2, 0\)"):
        generator.multinomial(np.ones((2, 0)), 3)
    with pytest.raises(ArgumentError, match=r"seed must be an int; got 2\.5"):
        generator.seed(2.5)
