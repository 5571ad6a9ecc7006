"""A tour of the leaky ReLU family: every act_type, forward and backward, on data of 1 to 5 dimensions."""
from __future__ import print_function

import mxnet as mx
import mxnet.ndarray as nd
import numpy as np
from mxnet import autograd

np.set_printoptions(precision=5, suppress=True)
x = nd.array([[-3., -1., -0.5, 0.], [0.25, 0.5, 1., 4.]])


def show(title, arr):
    print(title, arr.shape, np.dtype(arr.dtype).name)
    print(arr.asnumpy())


def forward_backward(data, **kwargs):
    data = data.copy()
    data.attach_grad()
    with autograd.record():
        out = mx.nd.LeakyReLU(data, **kwargs)
        loss = (out * out).sum()
    loss.backward()
    return out, data.grad


print('---- the four fixed curves')
for act_type in ['leaky', 'elu', 'selu', 'gelu']:
    y, dx = forward_backward(x, act_type=act_type)
    show(act_type, y)
    show(act_type + ' gradient', dx * (x > 0) if act_type == 'selu' else dx)  # selu's is off below 0 in MXNet

print('---- default mode is leaky with slope 0.25')
assert (mx.nd.LeakyReLU(x) == mx.nd.LeakyReLU(data=x, act_type='leaky', slope=0.25)).asnumpy().all()
for slope in [0., 0.01, 0.1, 1.0, 2]:
    print('leaky slope=%-4s' % slope, mx.nd.LeakyReLU(x, slope=slope).asnumpy().tolist()[0])
for slope in [0.1, 0.5, 1.0, '1.5']:
    y, dx = forward_backward(x, act_type='elu', slope=slope)
    print('elu slope=%-4s value' % slope, y[0].asnumpy(), 'gradient', dx[0].asnumpy())

print('---- prelu with one gamma for all')
rng = np.random.RandomState(7)
for shape in [(4,), (2, 3), (2, 3, 2), (1, 2, 2, 3), (1, 2, 1, 2, 2)]:
    data = nd.array(rng.randn(*shape).round(2))
    gamma = nd.array([0.2])
    data.attach_grad()
    gamma.attach_grad()
    with autograd.record():
        y = mx.nd.LeakyReLU(data, gamma, act_type='prelu')
    y.backward(nd.ones_like(y) * 2)
    show('prelu', y)
    print('d data', data.grad.reshape((-1,)).asnumpy(), 'd gamma', gamma.grad.asnumpy())

print('---- prelu with a gamma per channel')
for shape in [(3,), (2, 3), (2, 3, 2), (2, 3, 2, 2), (1, 3, 1, 2, 2)]:
    data = nd.array(rng.randn(*shape).round(2))
    gamma = nd.array([0.1, 0.25, 0.5])
    data.attach_grad()
    gamma.attach_grad(grad_req='add')
    for _ in range(2):
        with autograd.record():
            y = nd.LeakyReLU(data=data, gamma=gamma, act_type='prelu')
            z = nd.square(y).mean()
        z.backward()
    show('prelu', y)
    print('d data', data.grad.asnumpy().ravel(), 'd gamma, twice', gamma.grad.asnumpy())

print('---- rrelu outside training takes the middle of the bounds')


def rrelu(data, **kwargs):
    out = nd.LeakyReLU(data, act_type='rrelu', **kwargs)
    return out[0] if isinstance(out, (list, tuple)) else out  # newer versions hand back the slopes as well


show('rrelu', rrelu(x))
show('rrelu', rrelu(x, lower_bound=0.1, upper_bound=0.3))
show('rrelu', rrelu(-nd.ones((1, 1, 1, 2, 2)), lower_bound=0.5, upper_bound=0.5))

print('---- other dtypes')
for dtype in ['float16', 'float64']:
    for act_type in ['leaky', 'elu', 'selu', 'gelu']:
        y, dx = forward_backward(x.astype(dtype), act_type=act_type)
        print(dtype, act_type, y.dtype == np.dtype(dtype), y.asnumpy().ravel().astype('float32'))
        if act_type != 'selu':
            print(dtype, act_type, 'gradient', dx.asnumpy().ravel().astype('float32'))
    y = nd.LeakyReLU(x.astype(dtype), nd.array([0.125], dtype=dtype), act_type='prelu')
    print(dtype, 'prelu', y.asnumpy().ravel().astype('float32'))

print('---- special values')
special = nd.array([float('-inf'), -1e30, -0., 1e30, float('inf'), float('nan')])
for act_type in ['leaky', 'elu', 'selu']:
    print(act_type, nd.LeakyReLU(special, act_type=act_type).asnumpy().tolist())

print('---- writing into an array that is already there')
out = nd.zeros((2, 4))
nd.LeakyReLU(x, act_type='leaky', slope=0.5, out=out)
show('out', out)
nd.LeakyReLU(x, act_type='elu', out=x)
show('in place', x)
print('Activation relu agrees with slope 0:',
      (nd.Activation(out, act_type='relu') == nd.LeakyReLU(out, slope=0)).asnumpy().all())
