"""Random numbers drawn on the GPU: moments, ranges, shapes, dtypes and seeds. Their exact values are nobody's."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import stats

from mxnd.backend.cuda import contrib, draws
from mxnd.backend.cuda.generator import Generator
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


def test_uniform_numbers_stay_below_high(cuda):
    units = np.array([[0, 0.25, 1 - 2**-24, 1 - 2**-53]])
    ends = [(0, 1), (1, 2), (-2, -1), (-1, 0), (-1e-4, 0), (0.1, 0.3), (3, 3), (1, 1 + 2**-20), (-3e38, 3e38), (2, 1)]
    low, high = np.array(ends).T[..., None]
    for dtype in REALS:
        drawn = units if dtype == "float64" else np.minimum(np.float32(units), np.float32(1 - 2**-24))
        out = cuda.empty((len(ends), 4), dtype)
        draws.UNIFORM(cuda.asarray(drawn), cuda.asarray(low), cuda.asarray(high), out)
        with np.errstate(over="ignore", invalid="ignore"):
            first, past = low.astype(dtype), high.astype(dtype)
        out, below = cuda.asnumpy(out), np.where(first < past, np.nextafter(past, first), first)
        proper = np.ravel(np.isfinite(first) & (low <= high))
        assert (first <= out)[proper].all()
        assert (out <= below)[proper].all()
        assert (out[-1] == (2 - drawn).astype(dtype)).all()  # arrays of bounds are not checked
        assert (out[0] == np.minimum(drawn.astype(dtype), below[0])).all()
        assert (out[1:3, 3] == below[1:3, 0]).all()


def test_uniform_of_extreme_bounds(cuda):
    random = Generator(1)
    out = cuda.asnumpy(random.uniform(-3e38, 3e38, MANY, "float32"))
    assert fits(out, stats.uniform(-np.float64(np.float32(3e38)), 2 * np.float64(np.float32(3e38))))
    assert (cuda.asnumpy(random.uniform(2.5, 2.5, (9,), "float16")) == 2.5).all()
    assert set(cuda.asnumpy(random.uniform(1, 1 + 2**-10, MANY, "float16")).ravel()) == {1}
    assert cuda.asnumpy(random.uniform(0, 1, (1 << 16,), "float16")).max() < 1


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


def test_extreme_parameters_of_real_numbers(cuda):
    random = Generator(4)
    alpha = cuda.asarray([0.0, 1e-300, 1e-4, 1e30])
    for dtype in REALS:
        out = cuda.asnumpy(random.gamma(alpha, 2.0, (4, 50), dtype))
        assert not out[:2].any()
        assert (out[2] < 0.1).mean() > 0.9
        wanted = np.float32(2e30) if dtype != "float16" else np.inf
        assert (abs(out[3] / wanted - 1) < 1e-6).all() if dtype != "float16" else (out[3] == wanted).all()
        assert not cuda.asnumpy(random.gamma(1e-50, 2.0, (5,), dtype)).any()  # 0 in float32
        assert (cuda.asnumpy(random.gamma(1e300, 2.0, (5,), dtype)) == np.inf).all()
        rates = cuda.asarray(np.float32([0, 1e-30, 1e30]))
        out = cuda.asnumpy(random.exponential(rates, (3, 50), dtype))
        assert (out[0] == np.inf).all()
        assert (out[1] > 1e4).all()
        assert (out[2] < 1e-6).all()
        assert (cuda.asnumpy(random.exponential(1e-60, (5,), dtype)) == np.inf).all()
        out = cuda.asnumpy(random.normal(3.0, 1e-30, (50,), dtype))
        assert (out == 3).all()


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


@pytest.mark.parametrize("dtype", REALS)
def test_extreme_parameters_of_counts(cuda, dtype):
    random = Generator(10)
    most = np.nextafter(np.float32(2**31), np.float32(0))
    out = cuda.asnumpy(random.poisson(cuda.asarray([0, 1e-300, 1e-9, most]), (4, 200), dtype))
    assert not out[:3].any()
    assert (out[3] == np.inf).all() if dtype == "float16" else (abs(out[3] / most - 1) < 1e-3).all()
    assert dtype == "float16" or out[3].max() < 2**31

    def counts(k, p):
        return cuda.asnumpy(random.negative_binomial(k, p, (50,), dtype))

    assert not counts(3, 1).any()
    assert not counts(0, 1e-50).any()
    assert (counts(2, 1e-50) == np.inf).all()
    assert (counts(1e300, 0.5) == np.inf).all()
    assert not counts(cuda.zeros(50), 1e-50).any()
    assert (counts(cuda.full(50, 1e300), cuda.full(50, 1e-300)) == np.inf).all()

    def general(mu, alpha):
        return cuda.asnumpy(random.generalized_negative_binomial(mu, alpha, MANY, dtype))

    for alpha in (0, 1e-60, 1e-40, 1e-20, cuda.full(100, 1e-300), cuda.full(MANY, 1e-20)):
        assert moments(general(3.0, alpha), 3, 3)
    assert not general(0.0, 0.5).any()
    assert (general(cuda.full(MANY, 1e300), 1e-5) == np.inf).all()
    assert (general(3.0, 1e30) == 0).mean() > 0.99


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


def test_randint_of_every_span(cuda):
    random = Generator(2)
    for low, high, dtype in [
        (-(2**31), 2**31, "int32"), (0, 2**31, "int32"), (-5, 2**31 - 5, "int64"), (-5, 2**32 - 5, "int64"),
        (0, 2**33, "int64"), (-(2**62), 2**62, "int64"), (0, 2**63 - 1, "int64"), (-(2**63), 2**62, "int64"),
    ]:  # fmt: skip
        out = cuda.asnumpy(random.randint(low, high, (6, 500), dtype))
        assert out.dtype == dtype
        assert low <= out.min() <= out.max() < high
        assert fits((out.astype(np.float64) - low) / (high - low), stats.uniform)
        assert out.shape == (6, 500)
    assert random.randint(0, 2**32, (), "int64").shape == ()
    assert random.randint(0, 2**32, (0, 2), "int64").shape == (0, 2)
    wrapped = cuda.asnumpy(random.randint(2**32 - 2, 2**32 + 2, (500,), "int32"))  # as on the CPU
    assert set(wrapped) == {-2, -1, 0, 1}


def test_whole_numbers_of_two_words(cuda):
    words = [0, 1, 2**61 + 12345, 2**62, 2**63 - 1]
    left, right = (np.array(x, np.int64).ravel() for x in np.meshgrid(words, words))
    for low, span in [(-(2**63), 2**64 - 1), (-7, 2**32), (0, 3), (-20, 2**63 + 11), (0, 0xFFFFFFFF)]:
        out = cuda.empty(25, np.int64)
        draws.WHOLE(cuda.asarray(left), cuda.asarray(right), low, np.uint64(span), out)
        wanted = [low + ((int(a) << 63 | int(b)) * span >> 126) for a, b in zip(left, right)]
        assert cuda.asnumpy(out).tolist() == wanted


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


def test_seeding_leaves_the_device_alone(cuda, monkeypatch):
    made = []

    def philox(seed, *, size, real=cuda.random.Philox4x3210):
        made.append(size)
        return real(seed, size=size)

    monkeypatch.setattr(cuda.random, "Philox4x3210", philox)
    random = Generator(3)
    random.seed(4)
    random.coin()
    assert made == []
    random.normal(0.0, 1.0, (2,), "float32")
    random.permutation(3)
    assert made == [256_000]  # the same for every model of GPU
    random.seed(5)
    assert made == [256_000]


def test_threads_draw_different_numbers(cuda):
    def draw(_):
        return tuple(cuda.asnumpy(random.uniform(0.0, 1.0, (50,), "float64")))

    random = Generator(6)
    one_by_one = {draw(None) for _ in range(40)}
    random.seed(6)
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(draw, range(40))) == one_by_one
    assert len(one_by_one) == 40


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
        ("poisson", (2**31 - 1,), "beyond"),  # 2**31 in float32
        ("poisson", ([1.0, 2.0**31],), "beyond"),
        ("generalized_negative_binomial", (2.0**31, 0), "beyond"),
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
