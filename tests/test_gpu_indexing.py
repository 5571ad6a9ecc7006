"""Parts of arrays on a GPU, read and written as on the CPU: indices, places named twice, memory that overlaps."""

from __future__ import annotations

import numpy as np
import pytest

import mxnd as mx
from mxnd import nd

pytestmark = pytest.mark.gpu
GPU = mx.gpu(0)


@pytest.fixture(autouse=True)
def _on_cuda(cuda):
    """All of these need it."""


def test_indexing():
    x = nd.arange(12, ctx=GPU).reshape((3, 4))
    want = np.arange(12, dtype="float32").reshape(3, 4)
    keys = (1, slice(0, 2), (slice(None), 2), (Ellipsis, slice(None, None, -1)), (None, 1), [2, 0], ([0, 1], [1, 3]))
    for key in keys:
        np.testing.assert_array_equal(x[key].asnumpy(), want[key])
    np.testing.assert_array_equal(x[nd.array([2, 1], ctx=GPU)].asnumpy(), want[[2, 1]])
    np.testing.assert_array_equal(x[nd.array([2, 1])].asnumpy(), want[[2, 1]])
    for outside in (3, (0, 4), [0, 3], ([0], [-5])):
        with pytest.raises(IndexError):
            x[outside]
    x.attach_grad()
    with mx.autograd.record():
        y = (x[1] * 2).sum() + x[[0, 0, 2]].sum()
    y.backward()
    np.testing.assert_array_equal(x.grad.asnumpy(), [[2] * 4, [2] * 4, [1] * 4])


def test_writing_in_place():
    x = nd.arange(6, ctx=GPU).reshape((2, 3))
    row = x[1]
    row[:] = 7
    x[0, 1:] = nd.array([8, 9])  # from the CPU
    np.testing.assert_array_equal(x.asnumpy(), [[0, 8, 9], [7, 7, 7]])
    x[:, 0] = np.array([1, 2])
    x += 1
    x *= nd.array([[2], [3]], ctx=GPU)
    np.testing.assert_array_equal(x.asnumpy(), [[4, 18, 20], [9, 24, 24]])
    x.T.copyto(nd.zeros((3, 2), GPU))
    nd.exp(nd.zeros((2, 3), GPU), out=x)
    assert x.asnumpy().tolist() == [[1] * 3] * 2
    with pytest.raises(mx.MXNetError, match="cannot store a value of shape"):
        x[:] = np.ones((3, 3))


MASK = np.array([[True, False, True, False]] * 2 + [[False] * 4])


@pytest.mark.parametrize(("key", "value"), [
    ([0, 0, 2], [[1], [2], [3]]), (np.array([[-1, 0], [0, -1]]), np.arange(16.0).reshape(2, 2, 4)), (MASK, range(4)),
    ((slice(None), [1, 1]), [[1, 2]]), (([0, 0, 1], [1, 1, 3]), [5, 6, 7]), ((1, [3, 3]), [8, 9]), (MASK, 7),
    ([2, 0], [[[1, 2, 3, 4]]]), ((slice(1, None), [0]), -0.0), ([], np.ones((0, 4))),
])  # fmt: skip
def test_writing_at_arrays_of_indices(key, value):
    """Where a place is named twice, the last value stays."""
    x, want = nd.ones((3, 4), GPU), np.ones((3, 4))
    want[key] = value
    x[key] = value if isinstance(value, (int, float)) else nd.array(value, ctx=GPU)
    np.testing.assert_array_equal(x.asnumpy(), want)
    np.testing.assert_array_equal(np.signbit(x.asnumpy()), np.signbit(want))


def test_writing_outside_or_in_a_wrong_shape():
    for ctx in (mx.cpu(), GPU):
        x = nd.zeros((3, 4), ctx)
        for key, words in (
            ([0, 3], "index 3 is out of bounds for axis 0 with size 3"),
            ((slice(None), [-5]), "index -5 is out of bounds for axis 1 with size 4"),
            (3, "ndex 3 is out of bounds for axis 0 with size 3"),
        ):
            with pytest.raises(IndexError, match=words):
                x[key] = 1
        for key in ([0, 1], []):
            with pytest.raises(mx.MXNetError, match="cannot store a value of shape"):
                x[key] = nd.ones((2, 3), ctx)
        assert x.asnumpy().tolist() == [[0] * 4] * 3


@pytest.mark.parametrize(("key", "part"), [
    (slice(1, None), slice(None, -1)), (slice(None, -1), slice(1, None)), (slice(None, None, -1), slice(None)),
    (list(range(1, 100)), slice(None, -1)),
])  # fmt: skip
def test_writing_a_part_of_itself(key, part):
    x, want = nd.arange(100, ctx=GPU), np.arange(100.0)
    x[key] = x[part]
    want[key] = want[part].copy()
    np.testing.assert_array_equal(x.asnumpy(), want)


def test_memory_that_came_from_elsewhere_twice():
    """CuPy takes it for two allocations."""
    x = nd.arange(100, ctx=GPU)
    whole, behind = nd.from_dlpack(x), nd.from_dlpack(x[1:])
    behind[:] = whole[:-1]
    np.testing.assert_array_equal(x.asnumpy(), [0, *range(99)])
    nd.negative(whole[:-1], out=behind)
    np.testing.assert_array_equal(x.asnumpy(), [0, 0, *range(0, -98, -1)])


def test_negative_zero_stays():
    x = nd.ones((3,), GPU)
    x[:] = -0.0
    y = nd.ones((2, 2), GPU)
    y[0] = np.array(-0.0, "float32")
    z = nd.full((2,), -0.0, GPU)
    assert all(np.signbit(a.asnumpy()).all() for a in (x, y[0], z, nd.array(-0.0, ctx=GPU)))
    x[:] = 0.0
    assert not np.signbit(x.asnumpy()).any()


def test_pinned_memory_may_change_after_the_copy(cuda):
    import cupyx

    host = cupyx.empty_pinned((1000,), np.float32)
    host[:] = 1
    x = nd.zeros((1000,), GPU)
    x[:] = host
    y = nd.from_numpy(host.view()).as_in_context(GPU)
    host[:] = 2
    assert x.asnumpy().tolist() == y.asnumpy().tolist() == [1] * 1000


EMPTY = {
    "pick": lambda x, k: nd.pick(x(2, 0), k), "pick 0": lambda x, k: nd.pick(x(0, 2), k, axis=0, mode="wrap"),
    "batch_take": lambda x, k: nd.batch_take(x(2, 0), k.astype("int32")),
    "take": lambda x, k: nd.take(x(2, 0), k, axis=1),
    "SequenceLast": lambda x, k: nd.SequenceLast(x(0, 2, 3), k, use_sequence_length=True),
    "softmax_cross_entropy": lambda x, k: nd.softmax_cross_entropy(x(2, 0), k),
    "SoftmaxOutput": lambda x, k: nd.SoftmaxOutput(x(2, 0), k), "log_softmax": lambda x, k: nd.log_softmax(x(2, 0)),
    "gather_nd": lambda x, k: nd.gather_nd(x(0, 3), k.reshape((1, 2))), "ROIPooling": lambda x, k: nd.ROIPooling(
        x(1, 1, 0, 4), nd.array([[0, 0, 0, 1, 1]], ctx=k.context), pooled_size=(1, 1), spatial_scale=1),
    "Pad": lambda x, k: nd.Pad(x(1, 1, 0, 4), mode="edge", pad_width=(0, 0, 0, 0, 1, 1, 1, 1)),
    "resize": lambda x, k: nd.image.resize(x(0, 4, 3), size=(2, 2)), "index": lambda x, k: x(2, 0)[:, k],
}  # fmt: skip


@pytest.mark.parametrize("name", EMPTY)
def test_nothing_is_read_of_arrays_without_elements(name):
    """Which would end the process: there is the error of the CPU."""
    errors = []
    for ctx in (mx.cpu(), GPU):
        with pytest.raises(mx.MXNetError) as error:
            EMPTY[name](lambda *shape, ctx=ctx: nd.array(np.zeros(shape), ctx), nd.array([0, 1], ctx))
        errors.append(error.type)
    assert errors[0] is errors[1]
