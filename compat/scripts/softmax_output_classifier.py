"""Classifiers on the symbolic-era output operators, whose backward pass is the gradient of a loss they never show."""
from __future__ import print_function
import math
import mxnet as mx
import mxnet.ndarray as nd
import numpy as np
from mxnet import autograd

np.set_printoptions(suppress=True)
rng = np.random.RandomState(1234)
num_classes, dim = 3, 4
centres = rng.normal(0, 1.5, (num_classes, dim))
labels = rng.randint(0, num_classes, 600)
features = centres[labels] + rng.normal(0, 1.0, (600, dim))
X, Y = nd.array(features), nd.array(labels)
X = (X - X.mean(axis=0, keepdims=True)) / nd.sqrt(nd.square(X - X.mean(axis=0)).mean(axis=0))
Xtrain, Ytrain, Xtest, Ytest = X[:450], Y[:450], X[450:], Y[450:]


class Metric(object):
    def __init__(self):
        self.hits = self.seen = 0

    def update(self, label, prob):
        self.hits += int(nd.broadcast_equal(nd.argmax_channel(prob), label).sum().asscalar())
        self.seen += label.shape[0]

    def get(self):
        return float(self.hits) / self.seen


print('--- the gradient is the probability minus the label')
logits = nd.array([[1., 2., 3.], [0., -1., 0.5]])
logits.attach_grad()
with autograd.record():
    prob = nd.SoftmaxOutput(logits, nd.array([2, 0]))
prob.backward()
print(prob.asnumpy(), logits.grad.asnumpy(), sep='\n')
for kwargs in [dict(grad_scale=0.5), dict(normalization='batch'), dict(use_ignore=True, ignore_label=0),
               dict(use_ignore=True, ignore_label=2, normalization='valid'), dict(smooth_alpha=0.1)]:
    with autograd.record():
        prob = mx.nd.SoftmaxOutput(data=logits, label=nd.array([2, 0]), **kwargs)
    prob.backward()
    print(sorted(kwargs.items()), logits.grad.asnumpy().round(4).tolist())
maps = nd.array(rng.normal(0, 1, (1, 3, 2, 2)))
maps.attach_grad()
with autograd.record():
    prob = nd.SoftmaxOutput(maps, nd.array([[[0, 1], [2, 1]]]), multi_output=True)
prob.backward()
print('multi_output', prob.sum(axis=1).asnumpy().ravel(), maps.grad.asnumpy().ravel())

print('--- a small network by FullyConnected, Activation, SoftmaxOutput and Adam')
num_hidden = 16
args = {'fc1_weight': nd.array(rng.normal(0, 0.3, (num_hidden, dim))), 'fc1_bias': nd.zeros((num_hidden,)),
        'fc2_weight': nd.array(rng.normal(0, 0.3, (num_classes, num_hidden))), 'fc2_bias': nd.zeros((num_classes,))}
grads = {name: nd.zeros_like(arr) for name, arr in args.items()}
state = {name: (nd.zeros_like(arr), nd.zeros_like(arr)) for name, arr in args.items()}
autograd.mark_variables(list(args.values()), [grads[name] for name in args])


def network(data, label, act_type='tanh'):
    net = nd.FullyConnected(data=data, weight=args['fc1_weight'], bias=args['fc1_bias'], num_hidden=num_hidden, name='fc1')
    net = nd.Activation(data=net, act_type=act_type, name='act1')
    net = nd.FullyConnected(net, args['fc2_weight'], args['fc2_bias'], num_hidden=num_classes)
    return nd.SoftmaxOutput(net, label, name='softmax')


batch_size, t, lr, beta1, beta2 = 50, 0, 0.02, 0.9, 0.999
for epoch in range(8):
    metric, cross_entropy = Metric(), 0.
    for i in range(Xtrain.shape[0] // batch_size):
        data = Xtrain[i * batch_size:(i + 1) * batch_size]
        label = Ytrain[i * batch_size:(i + 1) * batch_size]
        with autograd.record():
            out = network(data, label)
        out.backward()
        t += 1
        step = lr * math.sqrt(1. - beta2 ** t) / (1. - beta1 ** t)
        for name, weight in args.items():
            mean, var = state[name]
            nd.adam_update(weight, grads[name], mean, var, lr=step, beta1=beta1, beta2=beta2, epsilon=1e-8, wd=0.001,
                           rescale_grad=1. / batch_size, clip_gradient=1.0, out=weight)
        metric.update(label, out)
        cross_entropy -= nd.log(nd.maximum(nd.pick(out, label), 1e-20)).sum().asscalar()
    print('Epoch[%d] Train-accuracy=%.4f cross-entropy=%.4f' % (epoch, metric.get(), cross_entropy / metric.seen))
metric = Metric()
metric.update(Ytest, network(Xtest, Ytest))
print('Validation-accuracy=%.4f' % metric.get())
print('softmax_cross_entropy %.3f' % nd.softmax_cross_entropy(nd.log(network(Xtest, Ytest)), Ytest).asscalar())
hidden = nd.FullyConnected(Xtest, args['fc1_weight'], no_bias=True, num_hidden=num_hidden)
for act_type in ['relu', 'sigmoid', 'softrelu', 'tanh', 'softsign']:
    print('Activation %-8s mean %.4f' % (act_type, nd.Activation(hidden, act_type=act_type).mean().asscalar()))
print('relu %.4f sigmoid %.4f tanh %.4f softmax %.4f' % (
    nd.relu(hidden).mean().asscalar(), nd.sigmoid(hidden).max().asscalar(), hidden.tanh().min().asscalar(),
    nd.SoftmaxActivation(hidden).max(axis=1).mean().asscalar()))

print('--- regression outputs, with plain SGD and SGD with momentum')
target = nd.dot(X, nd.array([[1.], [-2.], [0.5], [0.]])) + 0.3
positive = (target > 0).reshape((-1,))
for name, output, label in [('linear', nd.LinearRegressionOutput, target),
                            ('logistic', nd.LogisticRegressionOutput, positive.expand_dims(1)),
                            ('MAE', nd.MAERegressionOutput, target)]:
    weight, bias, momentum = nd.zeros((1, dim)), nd.zeros((1,)), nd.zeros((1, dim))
    weight.attach_grad()
    bias.attach_grad()
    for _ in range(60):
        with autograd.record():
            pred = output(nd.FullyConnected(X, weight, bias, num_hidden=1), label)
        pred.backward()
        nd.sgd_mom_update(weight, weight.grad, momentum, out=weight, lr=0.05, momentum=0.8, wd=0, rescale_grad=1. / 600)
        nd.sgd_update(weight=bias, grad=bias.grad, out=bias, lr=0.1, rescale_grad=1. / 600)
    print('%-8s weight %s bias %.4f first %s' % (name, weight.asnumpy().round(4)[0], bias.asscalar(),
                                               pred[:3].reshape((3,)).asnumpy().round(4)))
