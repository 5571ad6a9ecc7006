"""``mx.random`` and the random operators: MXNet's numbers through the public names, seeds, shapes, dtypes, errors."""

from __future__ import annotations

import subprocess
import sys
import zlib

import numpy as np
import pytest
from test_random_stream import CASES, GLIBC, GOLDEN, LIBM

import mxnd as mx
from mxnd.backend import swaps

nd = mx.nd
SMALL = [
    name
    for name, case in CASES.items()
    if case["seed"] is not None and all(np.prod(shape) <= 3000 for _, _, shape, _ in case["calls"])
]
FLOATS = ("float16", "float32", "float64")
DRAWS = {  # numbers, and what NDArrays of them are made from
    "uniform": {"low": -2.0, "high": 3.0},
    "normal": {"loc": 1.0, "scale": 2.0},
    "gamma": {"alpha": 2.0, "beta": 0.5},
    "exponential": {"scale": 2.0},
    "poisson": {"lam": 3.0},
    "negative_binomial": {"k": 3, "p": 0.5},
    "generalized_negative_binomial": {"mu": 3.0, "alpha": 0.5},
}


def array(value):
    dtype, value = next(iter(value.items())) if isinstance(value, dict) else ("float32", value)
    return nd.array(value, dtype=dtype)


def play(method, parameters, shape, dtype):
    if method == "shuffle":
        width = int(np.prod(shape[1:]))
        data = nd.arange(shape[0] * width, dtype="int32").reshape(shape)
        return nd.random.shuffle(data).asnumpy().reshape(shape[0], -1)[:, 0] // width
    if method == "multinomial":
        return nd.random.multinomial(array(parameters["probs"]), shape=tuple(shape)).asnumpy()
    if isinstance(next(iter(parameters.values())), list | dict):
        parameters = {name: array(value) for name, value in parameters.items()}
        shape = shape[next(iter(parameters.values())).ndim :]
    return getattr(nd.random, method)(**parameters, shape=tuple(shape), dtype=dtype).asnumpy()


@pytest.mark.parametrize("name", SMALL)
def test_same_numbers_as_mxnet(name):
    case = CASES[name]
    mx.random.seed(case["seed"], **({"ctx": mx.cpu(3)} if case["context"] else {}))
    for i, (method, parameters, shape, dtype) in enumerate(case["calls"]):
        if method == "dropout":
            break
        got = play(method, parameters, shape, dtype)
        if GLIBC or dtype != "float64" or method not in LIBM:
            assert zlib.crc32(np.ascontiguousarray(got).tobytes()) == GOLDEN[f"{name}.{i}.crc"]


def test_without_a_seed_it_is_seed_0():
    code = "import mxnd; mxnd.install_as_mxnet(); import mxnet.ndarray.random as r; print(r.uniform(shape=2).asnumpy())"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[0.5488135 0.5928446]"


def draw():
    return [nd.random.uniform(shape=70).asnumpy(), nd.random.shuffle(nd.arange(9)).asnumpy()]


def test_a_seed_starts_everything_again():
    mx.random.seed(0)
    first = draw()
    assert first[0][:2].tolist() == pytest.approx([0.5488135, 0.5928446], abs=5e-8)
    assert not np.array_equal(draw()[0], first[0])
    for seed in (0, 2**32, np.int64(0), False):
        mx.random.seed(seed)
        for got, want in zip(draw(), first, strict=True):
            np.testing.assert_array_equal(got, want)


def test_cpu_contexts_share_one_state():
    mx.random.seed(5)
    together = [nd.random.normal(shape=3, ctx=mx.cpu(i)).asnumpy() for i in (0, 1, 0)]
    mx.random.seed(5)
    np.testing.assert_array_equal(np.concatenate(together), nd.random.normal(shape=9).asnumpy())


def test_a_seed_of_one_context_shuffles_otherwise():
    def after(seed, **context):
        mx.random.seed(seed, **context)
        return draw()

    every, one, other = after(5), after(5, ctx=mx.cpu(0)), after(5, ctx="cpu(7)")
    np.testing.assert_array_equal(every[0], one[0])
    assert not np.array_equal(every[1], one[1])
    np.testing.assert_array_equal(one[1], other[1])


def listed(parameters):
    return {name: nd.array([value, value]) for name, value in parameters.items()}


@pytest.mark.parametrize("name", DRAWS)
def test_shapes_and_dtypes(name):
    function, numbers = getattr(nd.random, name), DRAWS[name]
    assert (function(**numbers).shape, function(**numbers).dtype) == ((1,), np.float32)
    for shape, want in ((3, (3,)), ((2, 3), (2, 3)), ([2, 3], (2, 3)), ("(2, 3)", (2, 3))):
        assert function(**numbers, shape=shape).shape == want
    arrays = listed(numbers)
    for shape, want in ((None, (2,)), ((), (2,)), (3, (2, 3)), ((3, 1), (2, 3, 1))):
        assert function(**arrays, shape=shape).shape == want
    for dtype in FLOATS:
        kind = getattr(np, dtype)
        for given in (dtype, np.dtype(dtype), kind):
            assert function(**numbers, shape=2, dtype=given).dtype is kind
            assert function(**arrays, dtype=given).dtype is kind
        wide = {key: value.astype(dtype) for key, value in arrays.items()}
        assert function(**wide, shape=2).dtype == np.float32
        like = getattr(nd.random, f"{name}_like")(nd.zeros((2, 3), dtype=dtype))
        assert (like.shape, like.dtype) == ((2, 3), kind)


@pytest.mark.parametrize("name", DRAWS)
def test_out_and_context(name):
    function, numbers = getattr(nd.random, name), DRAWS[name]
    mx.random.seed(1)
    want = function(**numbers, shape=(2, 3), dtype="float64").asnumpy()
    out = nd.full((2, 3), -5, dtype="float64", ctx=mx.cpu(2))
    mx.random.seed(1)
    assert function(**numbers, out=out) is out
    assert out.context == mx.cpu(2)
    np.testing.assert_array_equal(out.asnumpy(), want)
    rows = nd.full((2, 4), -5)
    mx.random.seed(1)
    assert function(**listed(numbers), shape=4, out=rows) is rows
    assert (rows.asnumpy() != -5).all()
    for given in (mx.cpu(1), "cpu(1)"):
        assert function(**numbers, ctx=given).context == mx.cpu(1)
    with mx.cpu(4):
        assert function(**numbers).context == mx.cpu(4)
    parameters = {key: value.as_in_context(mx.cpu(6)) for key, value in listed(numbers).items()}
    assert function(**parameters).context == mx.cpu(6)


def test_randint():
    got = nd.random.randint(-3, 5, shape=(40, 50))
    assert (got.shape, got.dtype) == ((40, 50), np.int32)
    assert set(got.asnumpy().ravel().tolist()) == set(range(-3, 5))
    assert nd.random.randint(0, 2**40, shape=2, dtype="int64").dtype == np.int64
    out = nd.zeros(3, dtype="int64")
    assert nd.random.randint(7, 8, out=out) is out
    assert out.asnumpy().tolist() == [7, 7, 7]


def test_randn():
    assert nd.random.randn().shape == (1,)
    mx.random.seed(2)
    got = nd.random.randn(2, 3, loc=5, scale=2, dtype="float64")
    mx.random.seed(2)
    np.testing.assert_array_equal(got.asnumpy(), nd.random.normal(5, 2, (2, 3), "float64").asnumpy())


def test_names_of_r():
    def same(one, other):
        results = []
        for call in (one, other):
            mx.random.seed(9)
            results.append(call().asnumpy())
        np.testing.assert_array_equal(*results)

    assert nd.random is mx.random
    same(lambda: nd.random.negative.binomial(k=3, p=0.4, shape=5), lambda: nd.random.negative_binomial(3, 0.4, 5))
    same(lambda: nd.random.exponential(lam=4, shape=5), lambda: nd.random.exponential(0.25, 5))
    same(lambda: nd.random.exponential(lam=4, shape=5), lambda: nd.random_exponential(lam=4, shape=5))
    same(lambda: nd.sample.normal(nd.zeros(2), nd.ones(2), 3), lambda: nd.random.normal(nd.zeros(2), nd.ones(2), 3))
    x, mu = nd.array([[0.0, 1.0]]), nd.zeros(1)
    same(lambda: nd.random.pdf.normal(x, mu, mu + 1, **{"is.log": True}), lambda: -x * x / 2 - 0.5 * np.log(2 * np.pi))
    with pytest.raises(AttributeError, match="did you mean 'multinomial'"):
        nd.random.multinomal  # noqa: B018


def test_multinomial():
    probs = nd.array([[0.0, 0.25, 0.75], [1.0, 0.0, 0.0]])
    assert nd.random.multinomial(probs).shape == (2,)
    assert nd.random.multinomial(probs[0]).shape == (1,)
    assert nd.random.multinomial(probs, shape=(4, 5)).shape == (2, 4, 5)
    picks, logs = nd.random.multinomial(probs, shape=500, get_prob=True, dtype="uint8")
    assert (picks.dtype, logs.dtype, logs.shape) == (np.uint8, np.float32, (2, 500))
    rows = picks.asnumpy()
    assert set(rows[0].tolist()) == {1, 2}
    assert not rows[1].any()
    np.testing.assert_allclose(logs.asnumpy(), np.log(np.take_along_axis(probs.asnumpy(), rows.astype(int), 1)))
    with pytest.raises(mx.MXNetError, match="dtype='uint8' does not hold the numbers of 257 categories"):
        nd.random.multinomial(nd.ones(257) / 257, dtype="uint8")


def test_multinomial_carries_the_gradient_of_its_log_probabilities():
    probs = nd.array([[0.2, 0.3, 0.5], [0.5, 0.25, 0.25]])
    probs.attach_grad()
    with mx.autograd.record():
        picks, logs = nd.random.multinomial(probs, shape=6, get_prob=True)
    weights = np.arange(12, dtype=np.float32).reshape(2, 6)
    mx.autograd.backward([logs], [nd.array(weights)])
    want = np.zeros((2, 3))
    for row, column in np.ndindex(2, 6):
        pick = int(picks.asnumpy()[row, column])
        want[row, pick] += weights[row, column] / probs.asnumpy()[row, pick]
    np.testing.assert_allclose(probs.grad.asnumpy(), want, rtol=1e-6)


def test_samples_have_gradient_zero():
    mu, sigma = nd.array([1.0, 2.0]), nd.array([1.0, 2.0])
    for x in (mu, sigma):
        x.attach_grad()
        x.grad[:] = 7
    with mx.autograd.record():
        y = nd.random.normal(mu, sigma, shape=3)
    y.backward()
    assert not mu.grad.asnumpy().any()
    assert not sigma.grad.asnumpy().any()


def test_shuffle():
    data = nd.arange(24).reshape((6, 2, 2))
    got = nd.random.shuffle(data).asnumpy()
    assert data.asnumpy().ravel().tolist() == list(range(24))
    assert sorted(got[:, 0, 0].tolist()) == [0, 4, 8, 12, 16, 20]
    assert (np.diff(got.reshape(6, 4)) == 1).all()
    out = nd.zeros(5, dtype="bool")
    assert nd.random.shuffle(nd.array([1, 0, 1, 1, 0], dtype="bool"), out=out) is out
    assert out.asnumpy().sum() == 3
    data.attach_grad()
    with mx.autograd.record():
        y = nd.random.shuffle(data)
    with pytest.raises(mx.MXNetError, match="_shuffle has no gradient"):
        y.backward()


@pytest.mark.parametrize("size", [0, 1, 2, 3, 10, 1000])
def test_swaps_at_once_are_swaps_in_turn(size):
    rng = np.random.default_rng(size)
    for _ in range(20):
        picks = rng.integers(0, np.arange(1, size + 1))
        for function, order in ((swaps.upward, range(size)), (swaps.downward, range(size - 1, -1, -1))):
            want = list(range(size))
            for i in order:
                want[i], want[picks[i]] = want[picks[i]], want[i]
            assert function(picks).tolist() == want


TWO, ONE = nd.array([1.0, 2.0]), nd.array([1.0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nd.random.uniform(low=2, high=1), "low must be at most high; got low=2.0, high=1.0"),
        (lambda: nd.random.normal(scale=-1), "scale must be finite and above 0; got -1.0"),
        (lambda: nd.random.exponential(scale=-1), "scale must be a number above 0 or an NDArray; got -1"),
        (lambda: nd.random.exponential(lam=-1), "lam must be finite and above 0; got -1.0"),
        (lambda: nd.random.gamma(alpha=0), "alpha must be finite and above 0; got 0.0"),
        (lambda: nd.random.poisson(lam=-1), "lam must be finite and at least 0; got -1.0"),
        (lambda: nd.random.negative_binomial(p=1.5), "p must be at most 1; got 1.5"),
        (lambda: nd.random.negative_binomial(p=0), "p must be finite and above 0; got 0.0"),
        (lambda: nd.random.negative_binomial(TWO, nd.array([0.5, 1.5])), "p must be at most 1"),
        (lambda: nd.random.negative_binomial(k=1.5), "k=1.5 is not an int"),
        (lambda: nd.random.randint(5), "high"),
        (lambda: nd.random_randint(low=5, shape=2), "required argument 'high' is missing"),
        (lambda: nd.random.randint(5, 2), "low < high.*low=5, high=2"),
        (lambda: nd.random.randint(0, 2.5), "high=2.5 is not an int"),
        (lambda: nd.random.randint(ONE, ONE), "low and high must be ints, not NDArrays"),
        (lambda: nd.random.randint(0, 5, dtype="float32"), "dtype='float32' is not one of None, 'int32', 'int64'"),
        (lambda: nd.random.uniform(dtype="int32"), "dtype='int32' is not one of None, 'float16', 'float32', 'float64'"),
        (lambda: nd.random.uniform(0, TWO), "low and high must both be numbers or both NDArrays"),
        (lambda: nd.random.uniform(TWO, 0), "low and high must both be numbers or both NDArrays"),
        (lambda: nd.random.uniform([0], [1]), "low must be a number or an NDArray, not list"),
        (lambda: nd.random.uniform(TWO, ONE), "low and high must have one shape"),
        (lambda: nd.random.uniform(TWO, TWO.astype("float64")), "low is float32 but high is float64"),
        (lambda: nd.random.uniform(shape=(2, 0)), r"shape=\(2, 0\) must have .* only positive sizes"),
        (lambda: nd.random.uniform(shape=2.5), "shape=2.5 is not a tuple of ints"),
        (lambda: nd.random.uniform(shape=(2,), out=nd.zeros(3)), r"out has shape \(3,\), the result \(2,\)"),
        (lambda: nd.random.uniform(out=np.zeros(3)), "out must be an NDArray, not ndarray"),
        (lambda: nd.random.uniform(lo=1), "no argument 'lo'; did you mean 'low'"),
        (lambda: nd.random.uniform(ctx="tpu"), "no device type 'tpu'"),
        (lambda: nd.random.uniform_like(nd.zeros(2, dtype="int32")), "data is int32; it takes float"),
        (lambda: nd.random.multinomial(nd.zeros(2, dtype="int32")), "data is int32; it takes float"),
        (lambda: nd.random.multinomial([0.5, 0.5]), "'data' must be an NDArray, not list"),
        (lambda: nd.random.shuffle([1, 2]), "'data' must be an NDArray, not list"),
        (lambda: nd.random.pdf.normal(nd.ones((2, 3)), ONE, ONE), r"sample's shape must begin with \(1,\)"),
        (lambda: nd.random.pdf.normal(nd.ones((2, 3)), TWO, ONE), "mu and sigma must have one shape"),
        (lambda: nd.random.pdf.dirichlet(nd.ones((1, 3)), nd.ones((1, 2))), r"begin with \(1,\) and end with \(2,\)"),
        (lambda: mx.random.seed(1.5), "seed_state must be an int, not 1.5"),
        (lambda: mx.random.seed(1, ctx="tpu"), "no device type 'tpu'"),
    ],
)
def test_errors_say_what_is_wrong(call, message):
    with pytest.raises((mx.MXNetError, TypeError), match=message):
        call()
