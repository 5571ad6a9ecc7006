"""The page mx.nd.LeakyReLU: what its text promises beyond the recorded cases (``rrelu`` above all)."""

from __future__ import annotations

import numpy as np
import pytest

import mxnd as mx
from mxnd import autograd, nd

LOWER, UPPER = 0.125, 0.334  # the page's defaults


def rrelu(x, **more):
    return nd.LeakyReLU(x, act_type="rrelu", **more)


@pytest.mark.parametrize("shape", [(5,), (2, 3), (2, 3, 4), (2, 3, 2, 2), (2, 3, 2, 1, 2)])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_rrelu_in_training(shape, dtype):
    x = nd.array(-np.ones(shape), dtype=dtype)
    x.attach_grad()
    with autograd.record():
        y = rrelu(x)
    assert isinstance(y, nd.NDArray)  # one result, as the page says
    assert (y.shape, y.dtype) == (shape, np.dtype(dtype).type)
    slopes = -y.asnumpy()
    assert (slopes >= np.dtype(dtype).type(LOWER)).all()
    assert (slopes <= np.dtype(dtype).type(UPPER)).all()
    assert len(np.unique(slopes)) > 1  # one for each element
    y.backward()
    np.testing.assert_array_equal(x.grad.asnumpy(), slopes)  # the same slope goes back


def test_rrelu_leaves_positive_elements_alone():
    x = nd.array([3.0, 0.0, -2.0])
    with autograd.train_mode():
        y = rrelu(x).asnumpy()
    assert y[0] == 3
    assert y[1] == 0
    assert -2 * UPPER <= y[2] <= -2 * LOWER


def test_rrelu_is_reproducible():
    x = nd.array(-np.ones(50))
    draws = []
    for seed in (1, 1, 2):
        mx.random.seed(seed)
        with autograd.train_mode():
            draws.append(rrelu(x).asnumpy())
    np.testing.assert_array_equal(draws[0], draws[1])
    assert (draws[0] != draws[2]).any()


def test_rrelu_slopes_are_uniform():
    mx.random.seed(0)
    with autograd.train_mode():
        slopes = -rrelu(nd.array(-np.ones(200_000)), lower_bound=0.25, upper_bound=0.75).asnumpy()
    counts, _ = np.histogram(slopes, bins=20, range=(0.25, 0.75))
    assert slopes.min() >= 0.25
    assert slopes.max() < 0.75
    assert abs(counts - 10_000).max() < 500  # five standard deviations


def test_rrelu_at_inference_uses_the_mean():
    x = nd.array([-2.0, 2.0])
    x.attach_grad()
    with autograd.record(train_mode=False):
        y = rrelu(x, lower_bound=0.1, upper_bound=0.3)
    y.backward()
    np.testing.assert_allclose(y.asnumpy(), [-0.4, 2.0], rtol=1e-6)
    np.testing.assert_allclose(x.grad.asnumpy(), [0.2, 1.0], rtol=1e-6)
    np.testing.assert_allclose(rrelu(x).asnumpy(), [-2 * (LOWER + UPPER) / 2, 2.0], rtol=1e-6)


def test_selu_gradient_is_that_of_its_formula():
    """MXNet's own is not (see compat/known_differences.toml)."""
    alpha, scale = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
    values = np.array([-30.0, -3.0, -0.5, 0.5, 4.0])
    x = nd.array(values, dtype="float64")
    x.attach_grad()
    with autograd.record():
        y = nd.LeakyReLU(x, act_type="selu")
    y.backward()
    want = np.where(values > 0, scale, scale * alpha * np.exp(values))
    np.testing.assert_allclose(x.grad.asnumpy(), want, rtol=1e-12, atol=1e-15)


def test_prelu_gradients():
    x, gamma = nd.array([[[-1.0, 2], [-3, 4]], [[5, -6], [-7, -8]]]), nd.array([0.5, 0.1])
    x.attach_grad()
    gamma.attach_grad()
    with autograd.record():
        y = nd.LeakyReLU(x, gamma, act_type="prelu")
    y.backward()
    np.testing.assert_allclose(gamma.grad.asnumpy(), [-1 - 6, -3 - 7 - 8])
    np.testing.assert_allclose(x.grad.asnumpy(), [[[0.5, 1], [0.1, 1]], [[1, 0.5], [0.1, 0.1]]])


def test_dotted_names_of_the_page():
    x = nd.array([-1.0, 2.0])
    want = nd.LeakyReLU(x, act_type="elu", slope=0.5).asnumpy()
    np.testing.assert_array_equal(nd.LeakyReLU(x, **{"act.type": "elu", "slope": 0.5}).asnumpy(), want)
    both = {"act.type": "rrelu", "lower.bound": 0.5, "upper.bound": 0.5}
    np.testing.assert_array_equal(nd.LeakyReLU(data=x, **both).asnumpy(), [-0.5, 2.0])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: nd.LeakyReLU(nd.array([1], dtype="int32")), "data is int32; it takes float32, float64, float16"),
        (lambda x: nd.LeakyReLU(x, act_type="gelo"), "'gelo' is not one of .* did you mean 'gelu'"),
        (lambda x: nd.LeakyReLU(x, act_type="prelu"), "'prelu' needs the input gamma"),
        (lambda x: nd.LeakyReLU(x, nd.ones(1)), "'leaky' takes no gamma"),
        (lambda x: nd.LeakyReLU(x, nd.ones(2), act_type="prelu"), "gamma must have 1 element or 3"),
        (lambda x: rrelu(x, lower_bound=0.5, upper_bound=0.25), "lower_bound=0.5 is above upper_bound=0.25"),
        (lambda x: nd.LeakyReLU(x.asnumpy()), "'data' must be an NDArray, not ndarray"),
        (lambda x: nd.LeakyReLU(x, slope="steep"), "slope='steep' is not a number"),
        (lambda x: nd.LeakyReLU(x, slope=1e39), "float32"),
        (lambda x: nd.LeakyReLU(x, **{"act.typ": "elu"}), "no argument 'act.typ'; did you mean 'act_type'"),
        (lambda x: nd.LeakyReLU(x, act_type="elu", **{"act.type": "elu"}), "'act_type' is given twice"),
    ],
)
def test_errors(call, words):
    with pytest.raises(mx.MXNetError, match=f"LeakyReLU: .*{words}"):
        call(nd.ones((2, 3)))


@pytest.mark.parametrize("slope", [0.25, 1.0, 2.0, -1.0])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_elu_at_special_values(dtype, slope):
    """With a slope up to 1 it may be computed as the larger of two, which must show nowhere."""
    tiny = float(np.finfo(dtype).tiny)
    x = np.array([0.0, tiny, -tiny, 1.0, -1.0, 80.0, -80.0, np.inf, -np.inf, np.nan] * 4, dtype)
    y = nd.LeakyReLU(nd.array(x, dtype=dtype), act_type="elu", slope=slope).asnumpy()
    wide = x.astype(np.float64)
    expected = np.where(wide > 0, wide, slope * np.expm1(np.minimum(wide, 0))).astype(dtype)
    np.testing.assert_allclose(y, expected, rtol=2 * np.finfo(dtype).eps, atol=0)
    if slope > 0:
        assert not np.signbit(y[x == 0]).any()
