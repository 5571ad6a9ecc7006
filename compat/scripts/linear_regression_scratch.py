# Linear regression from scratch: no gluon, no optimizer, only NDArray and autograd.
from __future__ import print_function
import random
import mxnet as mx
import numpy as np
from mxnet import autograd, nd

mx.random.seed(1)
random.seed(1)
np.random.seed(1)

data_ctx = mx.cpu()
model_ctx = mx.cpu()

num_inputs = 2
num_outputs = 1
num_examples = 1000


def real_fn(X):
    return 2 * X[:, 0] - 3.4 * X[:, 1] + 4.2


X = nd.array(np.random.normal(size=(num_examples, num_inputs)), ctx=data_ctx)
noise = .1 * nd.array(np.random.normal(size=(num_examples,)), ctx=data_ctx)
y = real_fn(X) + noise
print(X[0])
print(y[0])
print('%.4f' % (2 * X[0, 0] - 3.4 * X[0, 1] + 4.2).asscalar())
print('X mean %.4f  X norm %.4f  y max %.4f  y min %.4f' % (
    X.mean().asscalar(), X.norm().asscalar(), y.max().asscalar(), nd.min(y).asscalar()))

batch_size = 10


def data_iter(batch_size, features, labels):
    num_examples = len(features)
    indices = list(range(num_examples))
    random.shuffle(indices)  # the examples are read in random order
    for i in range(0, num_examples, batch_size):
        j = nd.array(indices[i: min(i + batch_size, num_examples)])
        yield features.take(j), labels.take(j)


for data, label in data_iter(batch_size, X, y):
    print(data.shape, label.shape, data.context, data.dtype)
    break

w = nd.array(np.random.normal(scale=0.01, size=(num_inputs, num_outputs)), ctx=model_ctx)
b = nd.zeros(shape=(num_outputs,), ctx=model_ctx)
params = [w, b]
for param in params:
    param.attach_grad()


def net(X):
    return mx.nd.dot(X, w) + b


def square_loss(yhat, y):
    return nd.mean((yhat - y.reshape(yhat.shape)) ** 2)


def SGD(params, lr):
    for param in params:
        param[:] = param - lr * param.grad


epochs = 6
learning_rate = .01
num_batches = num_examples / batch_size
losses = []

for e in range(epochs):
    cumulative_loss = 0
    for i, (data, label) in enumerate(data_iter(batch_size, X, y)):
        data = data.as_in_context(model_ctx)
        label = label.as_in_context(model_ctx).reshape((-1, 1))
        with autograd.record():
            output = net(data)
            loss = square_loss(output, label)
        loss.backward()
        SGD(params, learning_rate)
        cumulative_loss += loss.asscalar()
    print('Epoch %s, loss: %.5f' % (e, cumulative_loss / num_batches))
    losses.append(cumulative_loss / num_batches)

print('w', w.reshape((-1,)), 'b', b)
print('true w [2, -3.4], error %.4f %.4f' % tuple((w - nd.array([[2], [-3.4]])).abs().reshape(-1).asnumpy()))
print('loss went down:', losses[0] > losses[-1])

# The same again with the squared error written out, gradients accumulated over two half batches
w2, b2 = nd.zeros_like(w), nd.zeros_like(b)
w2.attach_grad('add')
b2.attach_grad(grad_req='add')
for step in range(150):
    w2.grad[:] = 0
    b2.grad[:] = 0
    for half in nd.split(nd.concat(X, y.expand_dims(axis=1), dim=1)[:200], num_outputs=2, axis=0):
        features, target = half.slice_axis(axis=1, begin=0, end=2), nd.slice_axis(half, axis=1, begin=2, end=3)
        with autograd.record():
            l = nd.sum(nd.square(nd.broadcast_add(nd.dot(features, w2), b2) - target)) / 200
        l.backward()
    w2 -= 0.1 * w2.grad
    b2 -= 0.1 * b2.grad
    if step % 50 == 49:
        print('step %d loss %.5f w %s b %.4f' % (step + 1, 2 * l.asscalar(), np.round(w2.asnumpy().ravel(), 4),
                                                 b2.asscalar()))

# and the closed form
design = nd.concat(X, nd.ones((num_examples, 1)), dim=1)
gram = nd.linalg.gemm2(design, design, transpose_a=True)
moment = nd.linalg.gemm2(design, y.reshape((-1, 1)), transpose_a=True)
solution = nd.array(np.linalg.solve(gram.asnumpy(), moment.asnumpy()))
print('normal equations', solution.T)
