"""Random numbers drawn on the GPU: moments, ranges, shapes, dtypes and seeds. Their exact values are nobody's."""

import numpy as np
import pytest
from scipy import stats

from mxnd.backend.cuda import contrib, philox
from mxnd.backend.cuda.generator import Generator
from mxnd.backend.cuda.kernels import elementwise
from mxnd.core.errors import ArgumentError

pytestmark = pytest.mark.gpu
REALS = ("float16", "float32", "float64")
MANY = (100, 60)


def fits(sample, distribution):
    """Whether a sample can come from a continuous distribution."""
    return stats.kstest(np.asarray(sample, np.float64).ravel(), distribution.cdf).pvalue > 1e-4


def moments(sample, mean, variance):
    """Whether mean and variance lie within 5 standard errors of what they should be."""
    x = np.asarray(sample, np.float64).ravel()
    fourth = ((x - mean) ** 4).mean()
    return abs(x.mean() - mean) < 5 * (variance / x.size) ** 0.5 and (
        abs(x.var() - variance) < 5 * (max(fourth - variance**2, 1e-9) / x.size) ** 0.5
    )


def test_philox_is_the_published_one(cuda):
    kernel = elementwise(
        f"{philox.STATE}, uint64 place",
        "uint32 out",
        "Philox random(seed, device, draw, place); for (int k = 0; k <= i; ++k) out = random.next();",
        "philox_test",
        philox.PHILOX,
    )
    out = cuda.empty(4, np.uint32)
    kernel(0xA4093822, 0x299F31D0, 0x0370734413198A2E, 0x85A308D3243F6A88, out)  # known answer of Random123
    assert [hex(x) for x in cuda.asnumpy(out)] == ["0xd16cfe09", "0x94fdcceb", "0x5001e420", "0x24126ea1"]
    kernel(0, 0, 0, 0, out)
    assert [hex(x) for x in cuda.asnumpy(out)] == ["0x6627e8d5", "0xe169c58d", "0xbc57ac4c", "0x9b00dbd8"]


@pytest.mark.parametrize("dtype", REALS)
def test_numbers_of_one_distribution(cuda, dtype):
    random = Generator(5)
    uniform = random.uniform(-1, 3, MANY, dtype)
    normal = random.normal(2, 3.5, MANY, dtype)
    exponential = random.exponential(2.5, MANY, dtype)
    for x in (uniform, normal, exponential):
        assert isinstance(x, cuda.ndarray)
        assert x.dtype == dtype
        assert x.shape == MANY
    uniform, normal, exponential = map(cuda.asnumpy, (uniform, normal, exponential))
    assert fits(uniform, stats.uniform(-1, 4))
    assert uniform.min() >= -1
    assert uniform.max() <= 3
    assert fits(normal, stats.norm(2, 3.5))
    assert fits(exponential, stats.expon(scale=1 / 2.5))
    assert exponential.min() >= 0
    if dtype != "float16":
        assert len(np.unique(normal)) > 0.99 * normal.size


@pytest.mark.parametrize("dtype", REALS)
def test_bernoulli(cuda, dtype):
    random = Generator(1)
    kept = cuda.asnumpy(random.bernoulli(0.3, MANY, dtype))
    assert kept.dtype == dtype
    assert set(np.unique(kept)) == {0, 1}
    assert moments(kept, 0.3, 0.21)
    assert not cuda.asnumpy(random.bernoulli(0, MANY, dtype)).any()
    assert cuda.asnumpy(random.bernoulli(1.0, MANY, dtype)).all()


def test_every_size_is_filled(cuda):
    random = Generator(3)
    for dtype in ("float32", "float64"):
        for size in (0, 1, 2, 3, 4, 5, 7, 9):
            out = cuda.asnumpy(random.uniform(1.0, 2.0, (size,), dtype))
            assert out.shape == (size,)
            assert (out >= 1).all()
            assert len(set(out)) == size
    assert random.normal(0.0, 1.0, (), "float32").shape == ()
    assert random.gamma(1.0, 1.0, (0, 3), "float32").shape == (0, 3)


def test_no_number_depends_on_its_neighbour(cuda):
    x = cuda.asnumpy(Generator(2).normal(0.0, 1.0, (1 << 15,), "float32")).astype(np.float64)
    quarter = len(x) // 4
    for lag in (1, 2, quarter, 2 * quarter):  # a thread makes four numbers, a quarter apart
        assert abs((x[lag:] * x[:-lag]).mean()) < 5 / (len(x) - lag) ** 0.5


def test_one_distribution_for_each_element(cuda):
    random = Generator(7)
    low, high = np.array([[0.0], [10.0]]), np.array([[1.0], [30.0]])
    out = cuda.asnumpy(random.uniform(cuda.asarray(low), cuda.asarray(high), (2, 1, 4000), "float32"))
    assert out.dtype == np.float32
    assert fits(out[0], stats.uniform(0, 1))
    assert fits(out[1], stats.uniform(10, 20))
    a, b = cuda.asarray(np.float32([1, -2])), cuda.asarray(np.float32([0.5, 4]))
    normal = cuda.asnumpy(random.normal(a, b, (2, 4000), "float64"))
    assert fits(normal[0], stats.norm(1, 0.5))
    assert fits(normal[1], stats.norm(-2, 4))
    exponential = cuda.asnumpy(random.exponential(b, (2, 4000), "float16"))
    assert exponential.dtype == np.float16
    assert fits(exponential[1], stats.expon(scale=0.25))
    gamma = cuda.asnumpy(random.gamma(b, cuda.asarray(np.float32([2, 3])), (2, 4000), "float32"))
    assert fits(gamma[0], stats.gamma(0.5, scale=2))
    assert fits(gamma[1], stats.gamma(4, scale=3))
    alone = random.normal(cuda.asarray(np.float32(3)), cuda.asarray(np.float32(1)), (2, 2), "float32")
    assert alone.shape == (2, 2)
    with pytest.raises(ArgumentError, match="shape must begin"):
        random.normal(a, b, (3, 2), "float32")


@pytest.mark.parametrize("alpha", [0.1, 0.9, 1.0, 7.5])
def test_gamma(cuda, alpha):
    for dtype in ("float32", "float64"):
        out = Generator(4).gamma(alpha, 2.0, MANY, dtype)
        assert out.dtype == dtype
        assert fits(cuda.asnumpy(out), stats.gamma(alpha, scale=2))
    assert not cuda.asnumpy(Generator(4).gamma(cuda.zeros(2), 2.0, (2, 3), "float32")).any()


@pytest.mark.parametrize("mean", [0.0, 0.3, 9.9, 10.0, 50.0, 3e6])
def test_poisson(cuda, mean):
    out = cuda.asnumpy(Generator(9).poisson(mean, MANY, "float64"))
    assert (out == np.floor(out)).all()
    assert out.min() >= 0
    assert moments(out, mean, mean) if mean else not out.any()
    if mean == 9.9:
        seen = np.bincount(out.astype(int).ravel(), minlength=40)[2:20]
        wanted = stats.poisson(mean).pmf(np.arange(2, 20)) * out.size
        assert ((seen - wanted) ** 2 / wanted).sum() < stats.chi2(18).ppf(0.9999)


def test_negative_binomials(cuda):
    random = Generator(11)
    out = cuda.asnumpy(random.negative_binomial(3, 0.4, MANY, "float32"))
    assert (out == np.floor(out)).all()
    assert moments(out, 4.5, 11.25)
    out = cuda.asnumpy(random.generalized_negative_binomial(2.0, 0.3, MANY, "float32"))
    assert moments(out, 2, 3.2)
    k, p = cuda.asarray(np.float32([0, 3])), cuda.asarray(np.float32([0.5, 0.4]))
    out = cuda.asnumpy(random.negative_binomial(k, p, (2, 3000), "float32"))
    assert not out[0].any()
    assert moments(out[1], 4.5, 11.25)
    mu, alpha = cuda.asarray(np.float32([2, 2])), cuda.asarray(np.float32([0, 0.3]))
    out = cuda.asnumpy(random.generalized_negative_binomial(mu, alpha, (2, 3000), "float32"))
    assert moments(out[0], 2, 2)
    assert moments(out[1], 2, 3.2)


def test_randint(cuda):
    random = Generator(0)
    out = cuda.asnumpy(random.randint(-3, 4, MANY, "int32"))
    assert out.dtype == np.int32
    assert set(np.unique(out)) == set(range(-3, 4))
    assert stats.chisquare(np.bincount(out.ravel() + 3)).pvalue > 1e-4
    wide = cuda.asnumpy(random.randint(-(2**63), 2**63 - 1, (1000,), "int64"))
    assert wide.dtype == np.int64
    assert wide.min() < -(2**62)
    assert wide.max() > 2**62
    uneven = cuda.asnumpy(random.randint(-(2**63), 2**62, (3000,), "int64"))  # words are no multiple of its span
    assert moments(uneven < -(2**62), 1 / 3, 2 / 9)
    assert (cuda.asnumpy(random.randint(2**40, 2**40 + 1, (5,), "int64")) == 2**40).all()


def test_permutation(cuda):
    random = Generator(0)
    order = random.permutation(1000, 2)
    assert order.dtype == np.int32
    assert sorted(cuda.asnumpy(order).tolist()) == list(range(1000))
    firsts = [int(cuda.asnumpy(random.permutation(4))[0]) for _ in range(200)]
    assert stats.chisquare(np.bincount(firsts, minlength=4)).pvalue > 1e-4
    assert random.permutation(0).shape == (0,)


def test_multinomial(cuda):
    random = Generator(0)
    probs = np.array([[0.1, 0.0, 0.6, 0.3], [0.0, 0.0, 0.0, 1.0]])
    for dtype in REALS:
        out = cuda.asnumpy(random.multinomial(cuda.asarray(probs.astype(dtype)), 3000))
        assert out.shape == (2, 3000)
        assert out.dtype == np.int64
        assert (out[1] == 3).all()
        seen = np.bincount(out[0], minlength=4)
        assert seen[1] == 0
        assert stats.chisquare(seen[[0, 2, 3]], [300, 1800, 900]).pvalue > 1e-4
    assert random.multinomial(cuda.asarray(probs[0]), 0).shape == (0,)
    short = cuda.asnumpy(random.multinomial(cuda.asarray(np.float32([0.2, 0.2])), 500))
    assert set(short) == {0, 1, 2}
    with pytest.raises(ArgumentError, match="last axis"):
        random.multinomial(cuda.zeros((2, 0), np.float32), 1)


def test_seeds(cuda):
    def drawn(random):
        values = [
            random.normal(0.0, 1.0, (5,), "float32"),
            random.permutation(9),
            random.gamma(0.5, 1.0, (3,), "float64"),
        ]
        return [*(cuda.asnumpy(x).tolist() for x in values), random.factor(0, 1), random.coin()]

    one = Generator(3)
    first, second = drawn(one), drawn(one)
    assert first != second
    one.seed(3)
    assert drawn(one) == first
    assert drawn(one) == second
    assert drawn(Generator(3)) == first
    assert drawn(Generator(3 - 2**32)) == first
    assert drawn(Generator(4)) != first
    other = Generator(3, device_id=1)
    assert drawn(other) != first
    other.seed(3, per_context=True)
    assert drawn(other) == first
    with pytest.raises(ArgumentError, match="seed must be an int"):
        one.seed(1.5)


def test_what_steers_the_host_stays_there(cuda):
    random = Generator(8)
    factors = np.array([random.factor(0.5, 1.5) for _ in range(500)])
    assert fits(factors, stats.uniform(0.5, 1))
    assert 60 < sum(random.coin() for _ in range(200)) < 140
    normals = random.few_normals(2000, 0.1)
    assert isinstance(normals, np.ndarray)
    assert normals.dtype == np.float32
    assert fits(normals, stats.norm(0, 0.1))


def test_unique_zipfian(cuda):
    numbers, tries = contrib.unique_zipfian(Generator(6), 50, (200, 8))
    numbers, tries = cuda.asnumpy(numbers), cuda.asnumpy(tries)
    assert numbers.dtype == tries.dtype == np.int64
    assert tries.shape == (200,)
    assert (tries >= 8).all()
    assert all(len(set(row)) == 8 for row in numbers)
    assert numbers.min() >= 0
    assert numbers.max() < 50
    assert (numbers[:, 0] == 0).mean() > (numbers[:, 0] == 5).mean()


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("uniform", (2, 1), "low must be at most high"),
        ("normal", (0, -1), "scale must be finite and above 0"),
        ("exponential", (0,), "lam must be finite and above 0"),
        ("gamma", (0, 1), "alpha must be finite and above 0"),
        ("gamma", (1, float("inf")), "beta must be finite"),
        ("gamma", ([-1.0], [1.0]), "alpha must be finite and at least 0"),
        ("poisson", (-1,), "lam must be finite and at least 0"),
        ("poisson", ([2.0, float("nan")],), "lam must be finite"),
        ("poisson", (2.0**31,), "beyond"),
        ("poisson", ([1.0, 2.0**31],), "beyond"),
        ("negative_binomial", (1, 1.5), "p must be at most 1"),
        ("negative_binomial", ([1.0], [0.0]), "p must be finite and above 0"),
        ("generalized_negative_binomial", (1, -1), "alpha must be finite and at least 0"),
        ("bernoulli", (1.5,), "p must be in"),
        ("randint", (3, 3), "low < high"),
    ],
)
def test_bad_parameters(cuda, name, arguments, message):
    given = [cuda.asarray(np.float32(x)) if isinstance(x, list) else x for x in arguments]
    dtype = "int32" if name == "randint" else "float32"
    with pytest.raises(ArgumentError, match=message):
        getattr(Generator(0), name)(*given, (2, 3), dtype)
    with pytest.raises(ArgumentError, match="dtype must be one of"):
        getattr(Generator(0), name)(*[0.5, 0.75][: len(given)], (2,), "uint8")
