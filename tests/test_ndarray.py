"""NDArray and the world around it: NumPy, DLPack, contexts, pickling, user-defined operators."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import mxnd as mx
from mxnd import nd


def test_numpy_reads_without_a_copy():
    x = nd.ones((2, 3))
    view = np.asarray(x)
    view[0, 0] = 7
    assert x[0, 0].asscalar() == 7
    assert np.asarray(x, dtype="float64").dtype == np.float64
    copied = np.array(x)
    copied[:] = 0
    assert x.sum().asscalar() == 12
    assert not np.shares_memory(x.asnumpy(), np.asarray(x))


def test_numpy_functions_and_operands():
    x = nd.array([1.0, 4.0])
    np.testing.assert_array_equal(np.sqrt(x), [1, 2])
    for result in (x + np.array([1.0, 2.0]), np.array([1.0, 2.0]) + x):
        assert isinstance(result, nd.NDArray)
        np.testing.assert_array_equal(result.asnumpy(), [2, 6])
    np.testing.assert_array_equal((np.float64(2) * x).asnumpy(), [2, 8])


def test_dlpack_shares_memory_both_ways():
    x = nd.arange(4)
    shared = np.from_dlpack(x)
    assert np.shares_memory(shared, np.asarray(x))
    back = nd.from_dlpack(x.to_dlpack_for_write())
    back[0] = 9
    assert x[0].asscalar() == 9
    source = np.arange(3, dtype="int64")
    assert nd.from_dlpack(source).dtype is np.int64
    for version in (None, (1, 0)) if np.lib.NumpyVersion(np.__version__) >= "2.1.0" else ():
        again = nd.from_dlpack(source.__dlpack__(max_version=version))
        assert (again.context, again.asnumpy().tolist()) == (mx.cpu(), [0, 1, 2])
    with pytest.raises(mx.MXNetError, match="from_dlpack"):
        nd.from_dlpack("text")


def test_from_numpy_shares_memory():
    source = np.zeros(3, "float32")
    x = nd.from_numpy(source)
    x[1] = 5
    assert source[1] == 5
    assert not source.flags.writeable
    with pytest.raises(mx.MXNetError, match="contiguous"):
        nd.from_numpy(np.zeros((2, 2), "float32").T)


def test_python_numbers():
    assert int(nd.array([3.9])) == 3
    assert float(nd.array([3.5])) == 3.5
    assert [10, 20, 30][nd.array([2])] == 30
    with pytest.raises(TypeError):
        [10, 20][nd.array([0.5])]
    with pytest.raises(ValueError, match="not a scalar"):
        float(nd.ones(2))


def test_pickle_and_copy():
    x = nd.array([[1, 2]], dtype="int8")
    y = pickle.loads(pickle.dumps(x))
    assert (y.dtype, y.context) == (np.int8, mx.cpu())
    np.testing.assert_array_equal(x.asnumpy(), y.asnumpy())


def test_a_copy_in_another_dtype_warns_of_nothing():
    x = nd.array([1.5, np.nan, np.inf])
    assert nd.array(x, dtype="int32").asnumpy()[0] == 1
    y = nd.zeros(3, dtype="int32")
    y[:] = x
    assert y.asnumpy()[0] == 1


def test_contexts():
    assert mx.cpu() is mx.cpu(0)
    assert mx.cpu(1) != mx.cpu(0)
    assert str(mx.gpu(3)) == "gpu(3)"
    with mx.cpu(2):
        assert nd.zeros(1).context == mx.cpu(2)
        with mx.Context("cpu", 1):
            assert mx.current_context() == mx.cpu(1)
        assert mx.current_context() == mx.cpu(2)
    assert nd.zeros(1).context == mx.cpu()
    assert (nd.ones(2) + nd.ones(2, ctx=mx.cpu(1))).asnumpy().tolist() == [2, 2]
    assert nd.ones(2, ctx="cpu(1)").context == mx.cpu(1)


@pytest.mark.skipif(mx.num_gpus() > 0, reason="there is a GPU")
def test_a_gpu_that_is_not_there():
    assert mx.num_gpus() == 0
    with pytest.raises(mx.MXNetError, match="GPU"):
        nd.ones(2, ctx=mx.gpu())
    with pytest.raises(mx.MXNetError, match="GPU"):
        nd.ones(2).as_in_context(mx.gpu(0))
    assert (nd.ones(2) + 1).sum().asscalar() == 4  # the CPU is not affected


def test_nothing_is_half_written():
    x, out = nd.ones((2, 3)), nd.zeros((3, 2))
    with pytest.raises(mx.MXNetError):
        nd.exp(x, out=out)
    with pytest.raises(mx.MXNetError):
        out[0] = nd.ones(7)
    assert (out.asnumpy() == 0).all()
    weight, grad, momentum = nd.ones(2), nd.ones(2), nd.zeros(2)
    with pytest.raises(mx.MXNetError, match="out has shape"):
        nd.sgd_mom_update(weight, grad, momentum, lr=0.1, momentum=0.9, out=nd.zeros(3))
    assert (momentum.asnumpy() == 0).all()


def test_all_finite_goes_on_from_what_out_holds():
    for start, value, want in ((0, 1.0, 0), (1, 1.0, 1), (1, float("nan"), 0)):
        out = nd.array([start])
        nd.all_finite(nd.array([value]), init_output=False, out=out)
        assert out.asscalar() == want
        nd.multi_all_finite(nd.ones(2), nd.array([value]), num_arrays=2, init_output=False, out=out)
        assert out.asscalar() == want


def test_bfloat16_is_stored():
    x = nd.array([1.0, -2.5]).astype("bfloat16")
    assert x.dtype == np.dtype([("bfloat16", np.uint16)])
    np.testing.assert_array_equal(x.astype("float32").asnumpy(), [1, -2.5])
    with pytest.raises(mx.MXNetError, match="bfloat16"):
        nd.exp(x)


SHAPES = hnp.array_shapes(min_dims=1, max_dims=4, max_side=4)


@settings(deadline=None, max_examples=150)
@given(data=st.data(), shape=SHAPES)
def test_basic_indexing_is_numpys(data, shape):
    key = data.draw(hnp.basic_indices(shape, allow_newaxis=True))
    source = np.arange(np.prod(shape), dtype="float32").reshape(shape)
    want = source[key]
    have = nd.array(source)[key]
    np.testing.assert_array_equal(have.asnumpy(), want.reshape(want.shape or (1,)))


@settings(deadline=None, max_examples=150)
@given(data=st.data(), shape=SHAPES)
def test_advanced_indexing_is_numpys(data, shape):
    key = data.draw(hnp.integer_array_indices(shape))
    source = np.arange(np.prod(shape), dtype="float32").reshape(shape)
    want = source[key]
    have = nd.array(source)[tuple(nd.array(k, dtype="int32") for k in key)]
    np.testing.assert_array_equal(have.asnumpy(), want.reshape(want.shape or (1,)))


@settings(deadline=None, max_examples=150)
@given(data=st.data(), shape=SHAPES)
def test_assignment_is_numpys(data, shape):
    key = data.draw(st.one_of(hnp.basic_indices(shape), hnp.integer_array_indices(shape)))
    want = np.zeros(shape, "float32")
    have = nd.array(want)
    value = np.arange(want[key].size, dtype="float32").reshape(want[key].shape) + 1
    want[key] = value
    have[key] = value
    np.testing.assert_array_equal(have.asnumpy(), want)


@settings(deadline=None, max_examples=100)
@given(data=st.data(), shape=SHAPES)
def test_gradient_of_indexing_counts_uses(data, shape):
    key = data.draw(st.one_of(hnp.basic_indices(shape), hnp.integer_array_indices(shape)))
    want = np.zeros(shape, "float32")
    np.add.at(want, key, 1)
    x = nd.zeros(shape)
    x.attach_grad()
    with mx.autograd.record():
        y = x[key]
    if y.size:
        y.backward()
        np.testing.assert_array_equal(x.grad.asnumpy(), want)
