"""Custom operators: what they are told, what they may do, and what is said when they are wrong."""

from __future__ import annotations

import numpy as np
import pytest

import mxnd as mx


class Affine(mx.operator.CustomOp):
    """Two outputs, ``x * y * factor`` and ``x + y``; a state counts the calls in training."""

    def __init__(self, factor, log):
        super().__init__()
        self.factor, self.log = factor, log

    def forward(self, is_train, req, in_data, out_data, aux):
        self.log.append(("forward", is_train, mx.autograd.is_recording(), list(req)))
        x, y = in_data
        self.assign(out_data[0], req[0], x * y * self.factor)
        self.assign(out_data[1], req[1], (x + y).asnumpy())
        if is_train:
            aux[0][:] += 1

    def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
        self.log.append(("backward", mx.autograd.is_training(), mx.autograd.is_recording(), list(req)))
        np.testing.assert_allclose(out_data[1].asnumpy(), (in_data[0] + in_data[1]).asnumpy())
        for i in (0, 1):
            self.assign(in_grad[i], req[i], out_grad[0] * in_data[1 - i] * self.factor + out_grad[1])


LOG: list = []


@mx.operator.register("affine")
class AffineProp(mx.operator.CustomOpProp):
    def __init__(self, factor="1", wrong=""):
        super().__init__(need_top_grad=True)
        self.factor, self.wrong = float(factor), wrong
        assert isinstance(factor, str)
        assert isinstance(wrong, str)

    def list_arguments(self):
        return ["x", "y"]

    def list_outputs(self):
        return ["product", "sum"]

    def list_auxiliary_states(self):
        return ["calls"]

    def infer_shape(self, in_shape):
        if self.wrong == "count":
            return in_shape, [in_shape[0]], [[1]]
        if self.wrong == "error":
            raise KeyError("in infer_shape")
        return in_shape, [in_shape[0]] * 2, [[1]]

    def create_operator(self, ctx, in_shapes, in_dtypes):
        assert ctx.startswith("cpu")
        assert in_shapes == [[2, 3], [2, 3], [1]]
        assert in_dtypes == [1, 1, 1]
        return Affine(self.factor, LOG)


@pytest.fixture
def arrays():
    LOG.clear()
    rng = np.random.RandomState(0)
    x, y = (mx.nd.array(rng.normal(size=(2, 3)), dtype="float64") for _ in range(2))
    return x, y, mx.nd.zeros(1, dtype="float64")


def test_outputs_states_and_gradients(arrays):
    x, y, calls = arrays
    product, total = mx.nd.Custom(x, y, calls, op_type="affine", factor=2.5)
    np.testing.assert_allclose(product.asnumpy(), 2.5 * x.asnumpy() * y.asnumpy())
    np.testing.assert_allclose(total.asnumpy(), x.asnumpy() + y.asnumpy())
    assert calls.asscalar() == 0
    x.attach_grad()
    y.attach_grad("add")
    y.grad[:] = 100
    with mx.autograd.record():
        product, total = mx.nd.Custom(y=y, calls=calls, x=x * 1, op_type="affine", factor="2.5")
        loss = (product * 3 + total).sum()
    loss.backward()
    assert calls.asscalar() == 1
    np.testing.assert_allclose(x.grad.asnumpy(), 7.5 * y.asnumpy() + 1)
    np.testing.assert_allclose(y.grad.asnumpy(), 7.5 * x.asnumpy() + 101)
    plain, told, back = LOG
    assert plain == ("forward", False, False, ["write"] * 2)
    assert told == ("forward", True, False, ["write"] * 2)
    assert back == ("backward", True, False, ["write"] * 2)


def test_what_needs_no_gradient_is_not_asked_for(arrays):
    x, y, calls = arrays
    x.attach_grad()
    with mx.autograd.record():
        product, _ = mx.nd.Custom(x, y, calls, op_type="affine")
    product.backward()
    assert LOG[-1][3] == ["write", "null"]
    np.testing.assert_allclose(x.grad.asnumpy(), y.asnumpy())


def test_second_derivative_is_refused(arrays):
    x, y, calls = arrays
    x.attach_grad()
    with mx.autograd.record():
        product, _ = mx.nd.Custom(x, y, calls, op_type="affine")
        (first,) = mx.autograd.grad([product], [x], create_graph=True)
        np.testing.assert_allclose(first.asnumpy(), y.asnumpy())
    with pytest.raises(mx.MXNetError, match="op_type='affine'.*differentiated again"):
        first.backward()


def test_out_and_assign(arrays):
    x, y, calls = arrays
    outs = [mx.nd.ones((2, 3), dtype="float64") for _ in range(2)]
    assert mx.nd.Custom(x, y, calls, op_type="affine", out=outs) is outs
    np.testing.assert_allclose(outs[1].asnumpy(), x.asnumpy() + y.asnumpy())
    x.attach_grad()
    with mx.autograd.record():
        mx.nd.Custom(x, y, calls, op_type="affine", out=outs)
        loss = outs[0] * 2
    loss.backward()
    np.testing.assert_allclose(x.grad.asnumpy(), 2 * y.asnumpy())
    target = mx.nd.ones((2,))
    for req, want in (("null", 1), ("add", 4), ("write", 3), ("inplace", 3)):
        mx.operator.CustomOp().assign(target, req, mx.nd.array([3, 3]))
        assert target.asnumpy().tolist() == [want, want]
    with pytest.raises(mx.MXNetError, match="req='put'"):
        mx.operator.CustomOp().assign(target, "put", 1)


def test_a_prop_may_leave_everything_as_it_is():
    class Square(mx.operator.CustomOp):
        def forward(self, is_train, req, in_data, out_data, aux):
            self.assign(out_data[0], req[0], in_data[0] ** 2)

    @mx.operator.register("square_by_default")
    class Prop(mx.operator.CustomOpProp):
        def create_operator(self, ctx, in_shapes, in_dtypes):
            return Square()

    assert mx.nd.Custom(mx.nd.array([3]), **{"op.type": "square_by_default"}).asscalar() == 9
    assert mx.nd.Custom(data=mx.nd.array([4], dtype="int32"), op_type="square_by_default").dtype is np.int32


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"op_type": "afine"}, "'afine'.*affine"),
        ({}, "op_type"),
        ({"op_type": "affine", "wrong": "count"}, "op_type='affine'.*infer_shape must return 2, 2 and 1"),
        ({"op_type": "affine", "wrong": "error"}, "op_type='affine'.*infer_shape raised KeyError"),
        ({"op_type": "affine", "no_such": 1}, "op_type='affine'.*no_such"),
        ({"op_type": "affine", "z": mx.nd.ones(1)}, "op_type='affine'.*takes 3 arrays: x, y, calls"),
        ({"op_type": "affine", "out": mx.nd.ones(1)}, "op_type='affine'.*out holds 1"),
        ({"op_type": "affine", "out": [mx.nd.ones(1)] * 2}, "op_type='affine'.*out must hold .*product"),
    ],
)
def test_errors_name_the_operator(arrays, options, says):
    with pytest.raises(mx.MXNetError, match=says):
        mx.nd.Custom(*arrays, **options)
    with pytest.raises(mx.MXNetError, match="y must be an NDArray"):
        mx.nd.Custom(arrays[0], np.ones(3), arrays[2], op_type="affine")
    with pytest.raises(mx.MXNetError, match="subclass of CustomOpProp"):
        mx.operator.register("nothing")(Affine)
