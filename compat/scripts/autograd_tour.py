"""What mxnet.autograd can do, one section each."""
from __future__ import print_function
import mxnet as mx
import numpy as np
from mxnet import autograd, nd

print('\n### a first gradient')
x = mx.nd.array([[1, 2], [3, 4]])
x.attach_grad()
with autograd.record():
    y = x * 2
    z = y * x
z.backward()
print(x.grad)

print('\n### head gradients')
with mx.autograd.record():
    z = x * 2 * x
z.backward(nd.array([[10, 1.], [.1, .01]]))
print(x.grad)

print('\n### control flow')
a = nd.array([0.3, -1.2, 2.5])
a.attach_grad()


def f(a):
    b = a * 2
    while (nd.norm(b) < 1000).asscalar():
        b = b * 2
    return b if (mx.nd.sum(b) > 0).asscalar() else 100 * b


with autograd.record():
    c = f(a)
c.backward(out_grad=nd.array([1., 10., 100.]))
print(c.asnumpy(), a.grad.asnumpy())

print('\n### retain_graph, grad_req')
w, k = nd.array([1., 2., 3.]), nd.array([2.])
k.attach_grad()
for grad_req in ['write', 'add', 'null']:
    w.attach_grad(grad_req=grad_req)
    with autograd.record():
        loss = nd.sum(w ** 3) * k
    loss.backward(retain_graph=True)
    loss.backward()
    print(grad_req, '-' if grad_req == 'null' else w.grad.asnumpy(), k.grad.asnumpy())

print('\n### several heads, mark_variables')
u, v = nd.array([0.5, 1.5]), nd.array([2., -1.])
gu, gv = nd.zeros_like(u), nd.zeros_like(v)
autograd.mark_variables([u, v], [gu, gv], grad_reqs=['write', 'add'])
for _ in range(2):
    with autograd.record():
        p = nd.exp(u) * v
        q = nd.log(u) + v.sin()
    autograd.backward([p, q], [None, nd.array([2., 3.])])
print(gu.asnumpy(), gv.asnumpy())

print('\n### autograd.grad and second derivatives')
t = nd.array([0.1, 0.5, 1., 2.])
t.attach_grad()
with autograd.record():
    y = nd.exp(nd.sin(t))
    dy = autograd.grad(heads=y, variables=[t], create_graph=True, retain_graph=True)[0]
    z = dy.square().log()
z.backward()
print('exp(sin t)', dy.asnumpy(), t.grad.asnumpy())
for op in [nd.exp, nd.log, nd.sigmoid, nd.tanh, nd.sqrt, nd.reciprocal, nd.rsqrt, nd.log1p, nd.expm1, nd.arctan]:
    with autograd.record():
        first, = autograd.grad(op(t), [t], create_graph=True)
    first.backward()
    print('%-10s' % op.__name__, first.asnumpy(), t.grad.asnumpy())

print('\n### pause, detach, BlockGrad')
x = nd.array([1., 2., 3.])
x.attach_grad()
with autograd.record():
    y = x ** 2
    with autograd.pause():
        print('recording inside pause:', autograd.is_recording())
        constant = x * 100
    z = y + constant * x
z.backward()
print('pause    ', x.grad.asnumpy())
for name, stop in [('detach', lambda k: k.detach()), ('BlockGrad', nd.BlockGrad), ('stop_gradient', nd.stop_gradient)]:
    with autograd.record():
        z = stop(x * x) * x
    z.backward()
    print('%-13s' % name, x.grad.asnumpy())
print('\n### training and prediction mode')
print(autograd.is_recording(), autograd.is_training())
with autograd.record():
    print(autograd.is_recording(), autograd.is_training())
    with autograd.predict_mode():
        print(autograd.is_recording(), autograd.is_training(), nd.Dropout(x, p=0.5).asnumpy())
mx.random.seed(10)
with autograd.train_mode():
    dropped = nd.Dropout(nd.ones((100, 100)), p=0.3)
    print(autograd.is_recording(), autograd.is_training(), 'kept %.1f' % (dropped > 0).mean().asscalar(),
          'scaled to %.4f' % dropped.max().asscalar())
previous = autograd.set_training(True)
print(previous, autograd.set_recording(False), autograd.set_training(previous))

print('\n### a function of our own')


class Sigmoid(autograd.Function):
    def forward(self, x):
        y = 1 / (1 + mx.nd.exp(-x))
        self.save_for_backward(y)
        return y

    def backward(self, dy):
        y, = self.saved_tensors
        return dy * y * (1 - y)


class Rotate(autograd.Function):
    def __init__(self, angle):
        super(Rotate, self).__init__()
        self.cos, self.sin = np.cos(angle), np.sin(angle)

    def forward(self, a, b):
        return self.cos * a - self.sin * b, self.sin * a + self.cos * b

    def backward(self, da, db):
        return self.cos * da + self.sin * db, -self.sin * da + self.cos * db


x = nd.array([-2., 0., 1., 4.])
x.attach_grad()
with autograd.record():
    y = Sigmoid()(x)
y.backward()
print('sigmoid', y.asnumpy(), x.grad.asnumpy())
left, right = nd.array([1., 2.]), nd.array([3., 4.])
left.attach_grad()
right.attach_grad()
with autograd.record():
    c, d = Rotate(np.pi / 6)(left, right)
    out = c.sum() + 2 * (d * d).sum()
out.backward()
print('rotate', out.asscalar().round(4), left.grad.asnumpy(), right.grad.asnumpy())

print('\n### errors')
try:
    nd.array([1.]).backward()
except mx.base.MXNetError as e:
    print('MXNetError when nothing was recorded')
