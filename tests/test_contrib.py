"""Operators of mx.nd.contrib that MXNet has on the GPU only, or that draw at random."""

from __future__ import annotations

import numpy as np
import pytest

import mxnd as mx

RNG = np.random.RandomState(11)


def nd(x, dtype="float64"):
    return mx.nd.array(x, dtype=dtype)


@pytest.mark.parametrize("shape", [(5,), (2, 6), (1, 2, 1, 4)])
def test_fft_holds_real_and_imaginary_parts_in_turn(shape):
    x = RNG.normal(size=shape)
    found = mx.nd.contrib.fft(nd(x)).asnumpy()
    want = np.fft.fft(x)
    np.testing.assert_allclose(found[..., ::2], want.real, atol=1e-12)
    np.testing.assert_allclose(found[..., 1::2], want.imag, atol=1e-12)
    np.testing.assert_allclose(mx.nd.contrib.ifft(nd(found)).asnumpy(), x * shape[-1], atol=1e-12)
    pairs = RNG.normal(size=(*shape, 2))
    inverse = mx.nd.contrib.ifft(nd(pairs.reshape(*shape[:-1], -1)), compute_size=64).asnumpy()
    np.testing.assert_allclose(inverse / shape[-1], np.fft.ifft(pairs[..., 0] + 1j * pairs[..., 1]).real, atol=1e-12)
    with pytest.raises(mx.MXNetError, match="even number"):
        mx.nd.contrib.ifft(mx.nd.ones((2, 3)))


def test_count_sketch_adds_with_signs():
    x, places, signs = RNG.normal(size=(3, 7)), RNG.randint(0, 4, 7), RNG.choice([-1, 1], 7)
    want = np.zeros((3, 4))
    for i in range(7):
        want[:, places[i]] += signs[i] * x[:, i]
    data = nd(x)
    data.attach_grad()
    with mx.autograd.record():
        found = mx.nd.contrib.count_sketch(data, nd([places]), nd([signs]), out_dim=4)
    np.testing.assert_allclose(found.asnumpy(), want, atol=1e-12)
    head = RNG.normal(size=(3, 4))
    found.backward(nd(head))
    np.testing.assert_allclose(data.grad.asnumpy(), head[:, places] * signs)
    with pytest.raises(mx.MXNetError, match="out of bounds"):
        mx.nd.contrib.count_sketch(data, nd([[9] * 7]), nd([signs]), out_dim=4)


def test_group_adagrad_has_one_rate_for_each_row():
    w, g, h = RNG.normal(size=(3, 4)), RNG.normal(size=(3, 4)), RNG.uniform(size=(3, 1))
    weight, history = nd(w), nd(h)
    mx.nd.contrib.group_adagrad_update(
        weight, nd(g), history, lr=0.1, rescale_grad=0.5, clip_gradient=0.3, epsilon=0.25, out=weight
    )
    cut = np.clip(g * 0.5, -np.float32(0.3), np.float32(0.3))
    h = h + (cut**2).mean(1, keepdims=True)
    np.testing.assert_allclose(history.asnumpy(), h, rtol=1e-12)
    np.testing.assert_allclose(weight.asnumpy(), w - np.float32(0.1) * cut / np.sqrt(h + 0.25), rtol=1e-7)
    with pytest.raises(mx.MXNetError, match="one number for each row"):
        mx.nd.contrib.group_adagrad_update(weight, nd(g), nd(h[:, 0]), lr=0.1)


def test_unique_zipfian_rows_do_not_repeat():
    mx.random.seed(3)
    numbers, tries = mx.nd._internal._sample_unique_zipfian(20, shape=(50, 15))
    assert numbers.dtype is np.int64
    for row in numbers.asnumpy():
        assert len(set(row)) == 15
        assert 0 <= row.min() <= row.max() < 20
    assert (tries.asnumpy() >= 15).all()
    assert sorted(mx.nd._internal._sample_unique_zipfian(5, shape=(1, 5))[0].asnumpy()[0]) == [0, 1, 2, 3, 4]


def test_unique_zipfian_follows_its_law():
    mx.random.seed(4)
    first = mx.nd._internal._sample_unique_zipfian(10, shape=(4000, 1))[0].asnumpy()[:, 0]
    edges = np.concatenate([[1], np.arange(1, 10) + 0.5, [10]])
    want = np.diff(np.log(edges)) / np.log(10)
    found = np.bincount(first, minlength=10) / len(first)
    np.testing.assert_allclose(found, want, atol=4 * np.sqrt(0.25 / len(first)))


def test_rows_that_are_not_there():
    with pytest.raises(mx.MXNetError, match="index 4 is out of bounds"):
        mx.nd.contrib.index_copy(mx.nd.ones((4, 2)), nd([4], "int32"), mx.nd.ones((1, 2)))


def test_zeros_by_number_of_dtype():
    for number, name in ((-1, "float32"), (1, "float64"), (4, "int32"), (7, "bool")):
        zeros = mx.nd._internal._zeros_without_dtype(shape=(2,), dtype=number)
        assert zeros.asnumpy().dtype == name
        assert not zeros.asnumpy().any()
    with pytest.raises(mx.MXNetError, match="dtype=8"):
        mx.nd._internal._zeros_without_dtype(shape=(2,), dtype=8)


def test_namespaces_list_their_functions():
    assert {"foreach", "isnan", "rand_zipfian", "index_copy", "adamw_update"} <= set(dir(mx.nd.contrib))
    assert mx.nd.contrib.adamw_update.__module__.endswith("contrib")
    with pytest.raises(mx.MXNetError, match="out must be an NDArray"):
        mx.nd._internal._set_value(1.0)


def test_sparseness_is_pushed_for_as_in_a_graph_of_mxnet():
    """The numbers are those of MXNet's symbol without momentum; its mx.nd lacks the state and cannot be called."""
    data = nd([[0.1, 0.2, 0.3], [0.4, 0.5, 0.9]])
    data.attach_grad()
    with mx.autograd.record():
        result = mx.nd.IdentityAttachKLSparseReg(data, sparseness_target=0.2, penalty=1, momentum=0)
    result.backward(nd([[1, 2, 3], [4, 5, 6]]))
    np.testing.assert_array_equal(result.asnumpy(), data.asnumpy())
    want = [[1.2666667, 2.6593406, 4.666667], [4.266667, 5.659341, 7.666667]]
    np.testing.assert_allclose(data.grad.asnumpy(), want, rtol=2e-7)
