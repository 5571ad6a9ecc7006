"""Recording and gradients: what recorded snippets cannot show (memory, threads, order, errors' words)."""

from __future__ import annotations

import gc
import threading
import weakref

import numpy as np
import pytest

import mxnd as mx
from mxnd import autograd, nd


@pytest.fixture
def x():
    array = nd.array([0.5, -1.0, 2.0])
    array.attach_grad()
    return array


def test_any_order(x):
    with autograd.record():
        y = x**5
        for _ in range(4):
            y = autograd.grad(y, x, create_graph=True)[0]
    np.testing.assert_allclose(y.asnumpy(), 120 * x.asnumpy(), rtol=1e-5)
    y.backward()
    np.testing.assert_allclose(x.grad.asnumpy(), 120, rtol=1e-5)


def test_mixed_second_derivative():
    a, b = nd.array([2.0]), nd.array([3.0])
    a.attach_grad()
    b.attach_grad()
    with autograd.record():
        y = a**3 * nd.exp(b * 0.5)
        da = autograd.grad(y, a, create_graph=True)[0]
    da.backward()
    np.testing.assert_allclose(b.grad.asnumpy(), 3 * 4 * 0.5 * np.exp(1.5), rtol=1e-6)


def test_grad_leaves_the_grad_array_alone(x):
    x.grad[:] = 9
    with autograd.record():
        y = x * x
    autograd.grad(y, x)
    assert (x.grad.asnumpy() == 9).all()


def test_graph_is_freed_as_it_is_walked(x):
    with autograd.record():
        middle = nd.exp(x)
        y = middle * 2
    node = middle._node
    y.backward()
    assert node.saved is None
    assert node.parents == ()
    with pytest.raises(mx.MXNetError, match="retain_graph=True"):
        y.backward()


def test_values_die_with_the_graph(x):
    with autograd.record():
        y = nd.exp(x)
        z = nd.sin(y)
        buffer = weakref.ref(y)
        del y
    z.backward()
    gc.collect()
    assert buffer() is None


def test_a_long_chain_neither_recurses_nor_leaks(x):
    with autograd.record():
        y = x
        for _ in range(20_000):
            y = y + 1
    y.backward()
    assert (x.grad.asnumpy() == 1).all()
    with autograd.record():
        y = x
        for _ in range(20_000):
            y = y + 1
    del y  # dropped without a backward


def test_threads_record_on_their_own(x):
    seen = []

    def work():
        seen.append(autograd.is_recording())
        with autograd.record():
            seen.append(autograd.is_recording())

    with autograd.record():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert autograd.is_recording()
    assert seen == [False, True]


def test_scopes_restore_after_errors():
    with pytest.raises(ZeroDivisionError), autograd.record():
        raise ZeroDivisionError
    assert not autograd.is_recording()
    assert not autograd.is_training()


def test_a_scope_can_be_reentered(x):
    scope = autograd.record()
    with scope, scope:
        assert autograd.is_recording()
    assert not autograd.is_recording()


def test_inplace_errors_name_the_cure(x):
    with autograd.record():
        y = x * 2
        for change in (lambda: y.__iadd__(1), lambda: y.__setitem__(0, 1), lambda: nd.exp(x, out=y)):
            with pytest.raises(mx.MXNetError, match="in-place"):
                change()


def test_a_variable_updated_between_records(x):
    for _ in range(3):
        with autograd.record():
            loss = (x * x).sum()
        loss.backward()
        x[:] = x - 0.1 * x.grad
    np.testing.assert_allclose(x.asnumpy(), np.array([0.5, -1, 2]) * 0.8**3, rtol=1e-6)


def test_head_gradients_of_create_graph_are_differentiated(x):
    h = nd.array([1.0, 2.0, 3.0])
    h.attach_grad()
    with autograd.record():
        y = x * x
        g = autograd.grad(y, x, head_grads=h, create_graph=True)[0]
    g.backward()
    np.testing.assert_allclose(h.grad.asnumpy(), 2 * x.asnumpy())


def test_function_with_create_graph(x):
    class Square(autograd.Function):
        def forward(self, a):
            self.save_for_backward(a)
            return a * a

        def backward(self, dy):
            (a,) = self.saved_tensors
            return dy * 2 * a

    with autograd.record():
        y = Square()(x)
        g = autograd.grad(y, x, create_graph=True)[0]
    g.backward()
    np.testing.assert_allclose(x.grad.asnumpy(), 2)


def test_function_keeps_to_one_call_and_to_its_promises(x):
    class Identity(autograd.Function):
        def forward(self, a):
            return a

    function = Identity()
    with autograd.record(), pytest.raises(mx.MXNetError, match="returned an input"):
        function(x)
    with pytest.raises(mx.MXNetError, match="one call"):
        function(x)


def test_float16_and_float64_gradients_keep_their_dtype():
    for dtype in ("float16", "float64"):
        a = nd.array([1, 2], dtype=dtype)
        a.attach_grad()
        with autograd.record():
            y = nd.broadcast_mul(a, a)
        y.backward()
        assert a.grad.dtype == np.dtype(dtype).type
        np.testing.assert_array_equal(a.grad.asnumpy(), [2, 4])


def test_get_symbol_says_not_yet(x):
    with pytest.raises(mx.MXNetError, match="mx.sym"):
        autograd.get_symbol(x)


@pytest.mark.parametrize("share", ["slice", "numpy", "detach", "reshape", "dlpack"])
def test_whoever_shares_a_gradients_memory_sees_the_next_gradient(share):
    # A large gradient may become the array's memory instead of being copied there, unless somebody else looks at it.
    x, w = nd.ones((64, 512)), nd.ones((512, 512))
    w.attach_grad()
    shared = {
        "slice": lambda: w.grad[0:2],
        "numpy": lambda: np.asarray(w.grad),
        "detach": lambda: w.grad.detach(),
        "reshape": lambda: w.grad.reshape((-1, 4)),
        "dlpack": lambda: np.from_dlpack(w.grad),
    }[share]()
    for times in (1, 2):
        with autograd.record():
            y = nd.dot(x * times, w)
        y.backward()
        assert np.all(np.asarray(shared) == 64 * times)
        assert np.all(w.grad.asnumpy() == 64 * times)
    del shared


def test_gradients_never_share_memory_with_each_other_or_the_head_gradient():
    a, b, head = nd.ones((256, 256)), nd.ones((256, 256)), nd.ones((256, 256))
    a.attach_grad()
    b.attach_grad()
    with autograd.record():
        y = nd.reshape(a, (256, 256)) + nd.reshape(b, (256, 256))
    y.backward(head)
    a.grad[:] = 5
    assert np.all(b.grad.asnumpy() == 1)
    assert np.all(head.asnumpy() == 1)
    with autograd.record():
        z = nd.dot(a, b)
        y = nd.sum(z * z)
    y.backward(retain_graph=True)
    first = a.grad.copy()
    a.grad[:] = 7
    y.backward()
    assert np.array_equal(a.grad.asnumpy(), first.asnumpy())
    assert np.all(b.asnumpy() == 1)
