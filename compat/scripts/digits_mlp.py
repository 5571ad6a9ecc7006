"""Recognise handwritten digits with a multilayer perceptron, written with nd and autograd only."""
from __future__ import print_function

import numpy as np
from sklearn.datasets import load_digits

import mxnet as mx
from mxnet import nd, autograd

ctx = mx.cpu()
batch_size = 64
num_hidden = 128
num_outputs = 10
epochs = 20
learning_rate = 0.05
momentum = 0.9
wd = 1e-4

# ---------------------------------------------------------------- data
digits = load_digits()
rng = np.random.RandomState(0)
order = rng.permutation(len(digits.target))
images = digits.data[order].astype('float32') / 16.0
labels = digits.target[order].astype('float32')
num_train = 1437
train_data, train_label = images[:num_train], labels[:num_train]
test_data, test_label = images[num_train:], labels[num_train:]
print('train', train_data.shape, 'held-out', test_data.shape)


def data_iter(data, label, shuffle=False):
    index = rng.permutation(len(label)) if shuffle else np.arange(len(label))
    for i in range(0, len(label), batch_size):
        batch = index[i:i + batch_size]
        yield nd.array(data[batch], ctx=ctx), nd.array(label[batch], ctx=ctx)


# ---------------------------------------------------------------- parameters
def weight(fan_in, fan_out):
    scale = np.sqrt(2.0 / fan_in)
    return nd.array(rng.normal(0, scale, size=(fan_in, fan_out)), ctx=ctx)


W1 = weight(64, num_hidden)
b1 = nd.zeros(num_hidden, ctx=ctx)
W2 = weight(num_hidden, num_hidden)
b2 = nd.zeros(num_hidden, ctx=ctx)
W3 = weight(num_hidden, num_outputs)
b3 = nd.zeros(num_outputs, ctx=ctx)
params = [W1, b1, W2, b2, W3, b3]
for param in params:
    param.attach_grad()
states = [nd.zeros_like(param) for param in params]
print('parameters:', sum(int(np.prod(p.shape)) for p in params))


# ---------------------------------------------------------------- model
def relu(X):
    return nd.maximum(X, nd.zeros_like(X))


def net(X):
    h1 = relu(nd.dot(X, W1) + b1)
    h2 = relu(nd.dot(h1, W2) + b2)
    return nd.dot(h2, W3) + b3


def softmax_cross_entropy(yhat_linear, y):
    return -nd.nansum(y * nd.log_softmax(yhat_linear), axis=0, exclude=True)


def sgd_momentum(params, states, lr, batch_size):
    for param, state in zip(params, states):
        mx.nd.sgd_mom_update(param, param.grad, state, lr=lr, momentum=momentum, wd=wd,
                             rescale_grad=1.0 / batch_size, out=param)


def evaluate_accuracy(data, label):
    correct = 0.
    for x, y in data_iter(data, label):
        predictions = nd.argmax(net(x), axis=1)
        correct += nd.sum(predictions == y).asscalar()
    return correct / len(label)


# ---------------------------------------------------------------- training
for epoch in range(epochs):
    cumulative_loss = 0.
    for x, y in data_iter(train_data, train_label, shuffle=True):
        label_one_hot = nd.one_hot(y, num_outputs)
        with autograd.record():
            output = net(x)
            loss = softmax_cross_entropy(output, label_one_hot)
        loss.backward()
        sgd_momentum(params, states, learning_rate, x.shape[0])
        cumulative_loss += nd.sum(loss).asscalar()
    learning_rate *= 0.95
    nd.waitall()
    print('epoch %2d  loss %.4f  train accuracy %.4f  held-out accuracy %.4f' % (
        epoch, cumulative_loss / num_train,
        evaluate_accuracy(train_data, train_label), evaluate_accuracy(test_data, test_label)))

# ---------------------------------------------------------------- where does it go wrong?
scores = nd.softmax(net(nd.array(test_data, ctx=ctx)))
predicted = scores.argmax(axis=1)
confusion = nd.dot(nd.one_hot(nd.array(test_label), 10), nd.one_hot(predicted, 10), transpose_a=True)
print('per digit:', ' '.join('%d/%d' % (confusion[i, i].asscalar(), confusion[i].sum().asscalar())
                             for i in range(10)))
print('mean confidence: %.3f' % scores.max(axis=1).mean().asscalar())
print('held-out accuracy: %.4f' % evaluate_accuracy(test_data, test_label))
