"""Sparse arrays beyond what the recorded snippets say: that they stay sparse, and agree with SciPy and dense arrays."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import mxnd as mx
from mxnd import autograd, nd
from mxnd.core.caller import FORMS
from mxnd.core.errors import ArgumentError, ArgumentTypeError, MXNetError, OutOfBoundsError
from mxnd.core.op import registry
from mxnd.nd import sparse

A = np.array([[0, 1.5, 0], [2, 0, 0], [0, 0, 0], [0, 3, -4]], np.float32)
B = np.array([[1, 0, 0], [0, 0, 5], [0, 0, 0], [0, 2, 4]], np.float32)
WIDE = 3_000_000_000  # a dense array of this size would not fit anywhere

# Few values, so that places of two matrices coincide.
MATRICES = st.tuples(st.integers(1, 4), st.integers(1, 4)).flatmap(
    lambda shape: st.lists(
        arrays.arrays(np.float32, shape, elements=st.sampled_from([0.0, 0.0, 1.0, -2.0, 0.5])), min_size=2, max_size=2
    )
)


def stored(array):
    """The index arrays and the values of a sparse array."""
    aux = [array.indptr] if array.stype == "csr" else []
    return [part.asnumpy().tolist() for part in (*aux, array.indices, array.data)]


@given(MATRICES)
def test_csr_agrees_with_scipy(pair):
    a, b = pair
    x, y = (nd.array(m).tostype("csr") for m in pair)
    for have, want in [
        (x + y, a + b),
        (x - y, a - b),
        (x * y, a * b),
        (nd.concat(x, y, dim=0), np.concatenate([a, b])),
        (nd.sum(x, axis=0), a.sum(0)),
        (nd.mean(x, axis=1, keepdims=True), a.mean(1, keepdims=True)),
        (nd.dot(x, nd.array(b.T)), a @ b.T),
        (nd.dot(x, nd.array(b), transpose_a=True), a.T @ b),
        (x[1:], a[1:]),
        (nd.slice(x, begin=(0, 1), end=(None, None)), a[:, 1:]),
    ]:
        np.testing.assert_allclose(have.asnumpy(), want, rtol=1e-6)
        if have.stype != "default":
            have.check_format()
    theirs = scipy.sparse.csr_matrix(a)
    assert stored(x) == [theirs.indptr.tolist(), theirs.indices.tolist(), theirs.data.tolist()]
    assert (x.asscipy() != theirs).nnz == 0


@given(MATRICES)
def test_row_sparse_agrees_with_dense(pair):
    a, b = pair
    x, y = (nd.array(m).tostype("row_sparse") for m in pair)
    for have, want in [
        (x + y, a + b),
        (x - y, a - b),
        (x * y, a * b),
        (nd.add_n(x, y, x), a + b + a),
        (x * nd.array(b), a * b),
    ]:
        assert have.stype == "row_sparse"
        np.testing.assert_array_equal(have.asnumpy(), want)
        have.check_format()
    assert x.indices.asnumpy().tolist() == np.flatnonzero(a.any(axis=1)).tolist()


@pytest.mark.parametrize("places", [([2, 0, 1], [0, 1, 2, 0])])
def test_unsorted_and_repeated_places(places):
    x = sparse.csr_matrix(([1, 2, 3, 4], [2, 0, 1, 1], [0, 2, 2, 4]), shape=(3, 3))
    dense = np.array([[2, 0, 1], [0, 0, 0], [0, 4, 0]], np.float32)  # the last of two values at one place counts
    for have, want in [(x, dense), (x + x, 2 * dense), (x * x, dense * dense), (x[0:1], dense[:1]), (nd.abs(x), dense)]:
        np.testing.assert_array_equal(have.asnumpy(), want)


def test_nothing_is_made_dense():
    c = sparse.csr_matrix(([1.0, 2.0], [5, WIDE - 1], [0, 1, 2]), shape=(2, WIDE))
    r = sparse.row_sparse_array(([[1.0, 2.0]], [WIDE - 2]), shape=(WIDE, 2))
    assert stored((c + c) * 3) == [[0, 1, 2], [5, WIDE - 1], [6, 12]]
    assert stored(nd.sqrt(c) - c)[2][0] == 0
    assert nd.sum(c, axis=1).asnumpy().tolist() == [1, 2]
    assert stored(c[1])[1:] == [[WIDE - 1], [2]]
    assert stored(nd.concat(c, c, dim=0))[1] == [5, WIDE - 1] * 2
    assert stored(c.astype("float64").copy())[0] == [0, 1, 2]
    assert stored(r + r) == [[WIDE - 2], [[2, 4]]]
    assert stored(sparse.retain(r, nd.array([0])))[1] == [[0, 0]]
    assert stored(nd.zeros((WIDE, 3), stype="row_sparse")) == [[], []]
    assert r.size == 2 * WIDE
    assert repr(r) == f"\n<RowSparseNDArray {WIDE}x2 @cpu(0)>"
    state = nd.zeros((WIDE, 2), stype="row_sparse")
    nd.sgd_mom_update(r, r, state, out=r, lr=0.5, momentum=0.9)
    assert stored(r) == [[WIDE - 2], [[0.5, 1]]]
    assert stored(state) == [[WIDE - 2], [[-0.5, -1]]]


def test_what_an_operator_gets_is_not_written_to():
    c = nd.array(A).tostype("csr")
    with pytest.raises(ValueError, match="read-only"):
        c._data[0, 0] = 1
    y = nd.reshape(c, shape=(2, 6))
    y[:] = 9
    np.testing.assert_array_equal(c.asnumpy(), A)
    for copied in (c.data, c.indices, c.indptr):
        copied[:] = 0
    c.asscipy().data[:] = 0
    c.asnumpy()[:] = 0
    np.testing.assert_array_equal(c.asnumpy(), A)


@pytest.mark.parametrize("stype", ["csr", "row_sparse"])
def test_results_into_sparse_arrays(stype):
    a, b = nd.array(A), nd.array(B)
    out = nd.zeros((4, 3), stype=stype)
    for inputs in ((a, b), (a.tostype("csr"), b), (a.tostype("row_sparse"), b.tostype("row_sparse"))):
        out[:] = nd.zeros((4, 3))
        assert nd.elemwise_add(*inputs, out=out) is out
        np.testing.assert_array_equal(out.asnumpy(), A + B)
        assert out.stype == stype
        assert nd.negative(inputs[0], out=[out])[0] is out
        np.testing.assert_array_equal(out.asnumpy(), -A)
    with pytest.raises(ArgumentError, match="shape"):
        nd.elemwise_add(a, b, out=nd.zeros((2, 3), stype=stype))
    with pytest.raises(ArgumentError, match="shape"):
        nd.abs(a.tostype(stype), out=nd.zeros((2, 3)))
    with pytest.raises(ArgumentTypeError, match="out is float64, the result float32"):
        nd.abs(a.tostype(stype), out=nd.zeros((4, 3), dtype="float64"))
    weight, momentum = a.copy(), nd.zeros((4, 3), stype=stype)
    nd.sgd_mom_update(weight, b, momentum, out=weight, lr=1, momentum=0.5)  # a state that is written back
    np.testing.assert_array_equal(momentum.asnumpy(), -B)
    assert momentum.stype == stype


def test_gradients_of_a_sparse_product():
    c = nd.array(A).tostype("csr")
    for transpose in (False, True):
        x = nd.array(np.arange(8 if transpose else 6).reshape(-1, 2))
        plain = x.copy()
        x.attach_grad(stype="row_sparse")
        plain.attach_grad()
        with autograd.record():
            y = (nd.dot(c, x, transpose_a=transpose) ** 2).sum()
            want = (nd.dot(nd.array(A), plain, transpose_a=transpose) ** 2).sum()
        y.backward()
        want.backward()
        assert x.grad.stype == "row_sparse"
        np.testing.assert_allclose(x.grad.asnumpy(), plain.grad.asnumpy(), rtol=1e-6)
    w = nd.array(np.ones((3, 1), np.float32))
    w.attach_grad()
    with autograd.record():
        (g,) = autograd.grad([(nd.dot(c, w) ** 3).sum()], [w], create_graph=True, retain_graph=True)
        loss = (g * g).sum()
    loss.backward()
    dense = A.astype(np.float64)
    z = dense @ np.ones((3, 1))
    first = dense.T @ (3 * z**2)
    np.testing.assert_allclose(w.grad.asnumpy(), dense.T @ (6 * z * (dense @ (2 * first))), rtol=1e-5)


def test_recorded_into_out():
    x, out = nd.array(A).tostype("csr"), nd.zeros((4, 3))
    x.attach_grad()
    with autograd.record():
        nd.square(x, out=out)
        y = out * 2
    y.backward()
    np.testing.assert_array_equal(x.grad.asnumpy(), 4 * A)


def test_a_sparse_variable():
    w = nd.array(A).tostype("row_sparse")
    w.attach_grad()
    with autograd.record():
        y = (nd.square(w) * 3).sum() + (w + w).sum()
    y.backward()
    assert w.grad.stype == "row_sparse"
    np.testing.assert_allclose(w.grad.asnumpy(), 6 * A + 2)


def test_linear_regression_learns_rows_it_sees():
    rng = np.random.default_rng(3)
    dense = np.where(rng.random((200, 50)) < 0.1, rng.random((200, 50)), 0).astype(np.float32)
    dense[:, 40:] = 0
    data = scipy.sparse.csr_matrix(dense)
    truth = rng.normal(size=(50, 1)).astype(np.float32)
    x, y = nd.array(data), nd.array(data @ truth)
    weight = nd.zeros((50, 1), stype="row_sparse")
    weight[:] = 1
    states = [nd.zeros((50, 1), stype="row_sparse") for _ in range(2)]
    weight.attach_grad()
    for _ in range(300):
        with autograd.record():
            loss = nd.square(nd.dot(x, weight) - y).mean()
        loss.backward()
        nd.adam_update(weight, weight.grad, *states, out=weight, lr=0.1, wd=0.001)
    assert np.abs(weight.asnumpy()[:40] - truth[:40]).max() < 0.2
    assert (weight.asnumpy()[40:] == 1).all()  # not even weight decay touches rows without a gradient


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_product_dtypes(dtype):
    c = nd.array(A, dtype=dtype).tostype("csr")
    y = nd.dot(c, nd.array(B.T, dtype=dtype))
    assert np.dtype(y.dtype) == dtype
    np.testing.assert_array_equal(y.asnumpy(), A @ B.T)


@pytest.mark.parametrize("stype", ["csr", "row_sparse"])
def test_copies_and_files(stype, tmp_path):
    x = nd.array(A).tostype(stype)
    nd.save(str(tmp_path / "x"), [x, nd.zeros((4, 3), stype=stype)])
    loaded, empty = nd.load(str(tmp_path / "x"))
    for again in (pickle.loads(pickle.dumps(x)), copy.deepcopy(x), copy.copy(x), loaded, x.as_in_context(mx.cpu(1))):
        assert type(again) is type(x)
        assert stored(again) == stored(x)
    assert x.as_in_context(mx.cpu(1)).context == mx.cpu(1)
    assert stored(empty) == stored(nd.zeros((4, 3), stype=stype))


def test_a_file_of_mxnet_with_a_csr_array_that_never_got_a_value(tmp_path):
    from mxnd.array.params_format import SparseArray, write

    none = np.zeros(0, np.int64)
    write(tmp_path / "x", [SparseArray("csr", (3, 4), np.zeros(0, np.float32), (none, none))])
    (x,) = nd.load(str(tmp_path / "x"))
    assert stored(x) == [[0, 0, 0, 0], [], []]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda c, r: c.tostype("row_sparse"), ArgumentError, "go by way of 'default'"),
        (lambda c, r: c.tostype("dense"), ArgumentError, "'csr', 'default', 'row_sparse'"),
        (lambda c, r: c[9], OutOfBoundsError, "index 9 is out of bounds"),
        (lambda c, r: c[0, 1], ArgumentError, r"an int or a slice of rows, not \(0, 1\)"),
        (lambda c, r: r[1], MXNetError, r"takes \[:\] only"),
        (lambda c, r: c.reshape((3, 4)), sparse.NotSupportedForSparseNDArray, "tostype"),
        (lambda c, r: c.__setitem__(slice(None), "x"), ArgumentTypeError, "not assigned from str"),
        (lambda c, r: c.copyto(3), ArgumentTypeError, "not int"),
        (lambda c, r: c.copyto(nd.zeros((2, 2))), ArgumentError, "shapes differ"),
        (lambda c, r: c.copyto(r), ArgumentTypeError, "does not go into a row_sparse"),
        (lambda c, r: nd.dot(c, nd.ones((4, 2))), ArgumentError, "differ in size"),
        (lambda c, r: nd.elemwise_add(c, nd.ones((2, 3))), ArgumentError, "shape"),
        (lambda c, r: nd.elemwise_add(c, 3), ArgumentTypeError, "'rhs' must be an NDArray, not int"),
        (lambda c, r: nd.elemwise_add(c), ArgumentTypeError, "'rhs' is missing"),
        (lambda c, r: nd.add_n(c, None), ArgumentTypeError, "'args' is missing"),
        (lambda c, r: nd.clip(c), ArgumentTypeError, "'a_min' is missing"),
        (lambda c, r: nd.elemwise_add(c, c.astype("float64")), ArgumentTypeError, "convert one with astype"),
        (lambda c, r: sparse.retain(r, nd.array([7])), ArgumentError, "between 0 and 3"),
        (lambda c, r: sparse.csr_matrix(([1], [0], [0, 2])), ArgumentError, "the parts do not make a csr array"),
        (lambda c, r: sparse.csr_matrix((["a"], [0], [0, 1])), ArgumentTypeError, "not an array of float32"),
        (lambda c, r: sparse.zeros("csr", 3), ArgumentError, r"shape \(3,\)"),
        (lambda c, r: sparse.array(A), ArgumentError, "use mx.nd.array"),
        (lambda c, r: sparse.nosuch, AttributeError, "mx.nd.sparse has no 'nosuch'"),
        (lambda c, r: sparse.csr_matrixx, AttributeError, "did you mean 'csr_matrix'"),
    ],
)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call(nd.array(A).tostype("csr"), nd.array(A).tostype("row_sparse"))


def test_forms_belong_to_operators():
    assert FORMS
    assert set(FORMS) <= {op.name for op in registry.unique()}


def test_names_of_the_module():
    assert {"csr_matrix", "row_sparse_array", "zeros", "dot", "retain", "adagrad_update"} <= set(dir(sparse))
    for name in sparse.__all__:
        assert getattr(sparse, name) is not None
    missing = [name for name in sparse.OPERATORS if sparse.OPERATORS[name] not in registry]
    assert missing == []
    assert sparse.dot is nd.dot
    assert nd.sparse is sparse is mx.ndarray.sparse


class Named(nd.NDArray):
    """A subclass that is stored as NDArray is."""


def test_other_subclasses_keep_their_memory_and_place_on_the_tape():
    x = Named._of(A.copy(), mx.cpu())
    weight = nd.array(B)
    nd.sgd_mom_update(weight, nd.array(A), x, out=weight, lr=1.0, momentum=0.0)
    np.testing.assert_array_equal(x.asnumpy(), -A)
    x.attach_grad()
    with autograd.record():
        y = nd.add_n(x, x) * x
    y.backward()
    np.testing.assert_array_equal(x.grad.asnumpy(), 4 * x.asnumpy())
