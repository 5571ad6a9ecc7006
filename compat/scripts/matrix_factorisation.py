"""Matrix factorisation of a synthetic rating matrix, in the manner of a recommender example."""
from __future__ import print_function
import argparse
import logging

import mxnet as mx
import mxnet.ndarray as nd
import numpy as np
from mxnet import autograd

parser = argparse.ArgumentParser(description='matrix factorisation')
parser.add_argument('--num-epoch', type=int, default=15)
parser.add_argument('--batch-size', type=int, default=200)
parser.add_argument('--factor-size', type=int, default=4)
parser.add_argument('--lr', type=float, default=0.05)
parser.add_argument('--lambd', type=float, default=0.02, help='L2 penalty')
args = parser.parse_args([])
logging.basicConfig(level=logging.INFO)

num_users, num_items, num_ratings = 60, 40, 2000


def synthetic_ratings(seed=3):
    """Ratings from a low rank matrix, rounded to half stars."""
    rng = np.random.RandomState(seed)
    user_taste = rng.normal(0, 1, (num_users, 2))
    item_style = rng.normal(0, 1, (num_items, 2))
    full = 3 + user_taste.dot(item_style.T) + rng.normal(0, 0.5, (num_users, 1))
    pairs = rng.permutation(num_users * num_items)[:num_ratings]
    users, items = pairs // num_items, pairs % num_items
    ratings = np.clip(np.round(full[users, items] * 2) / 2, 0.5, 5.)
    return users.astype('float32'), items.astype('float32'), ratings.astype('float32')


users, items, ratings = [nd.array(a) for a in synthetic_ratings()]
split = int(num_ratings * 0.8)
train = [a[:split] for a in (users, items, ratings)]
test = [a[split:] for a in (users, items, ratings)]
mean_rating = train[2].mean()
print('ratings %d, train mean %.4f, std %.4f' % (
    ratings.size, mean_rating.asscalar(), nd.sqrt(nd.square(train[2] - mean_rating).mean()).asscalar()))
print('histogram', [(r / 2., int((ratings == r / 2.).sum().asscalar())) for r in range(1, 11)])

mx.random.seed(42)
ctx = mx.cpu(0)
P = nd.random.uniform(-0.5, 0.5, shape=(num_users, args.factor_size), ctx=ctx)
Q = mx.nd.random_normal(loc=0, scale=0.3, shape=(num_items, args.factor_size), ctx=ctx)
bu = nd.zeros((num_users, 1), ctx)
bi = nd.zeros((num_items, 1), ctx)
params = {'P': P, 'Q': Q, 'bu': bu, 'bi': bi}
print('P between -0.5 and 0.5:', (P.abs().max() < 0.5).asscalar() == 1, 'shape', P.shape, Q.shape)
history = {}
for name in sorted(params):
    params[name].attach_grad()
    history[name] = nd.zeros(params[name].shape, ctx)


def predict(u, i):
    user = nd.Embedding(u, P, input_dim=num_users, output_dim=args.factor_size)
    item = mx.nd.Embedding(data=i, weight=Q, input_dim=num_items, output_dim=args.factor_size)
    bias = nd.take(bu, u) + bi.take(i)
    return mean_rating + bias.reshape((-1,)) + nd.sum_axis(user * item, axis=1)


def penalty(u, i):
    return (nd.norm(P.take(u)) ** 2 + nd.norm(Q.take(i)) ** 2) * args.lambd / 2


def rmse(data):
    u, i, r = data
    return nd.sqrt(nd.mean(nd.square(predict(u, i) - r))).asscalar()


def adagrad(name, rate, eps=1e-7):
    weight, grad = params[name], params[name].grad
    history[name][:] += nd.square(grad)
    weight[:] -= rate * grad / nd.sqrt(history[name] + eps)


for epoch in range(args.num_epoch):
    total = 0.0
    for start in range(0, split, args.batch_size):
        u, i, r = [a.slice(begin=(start,), end=(start + args.batch_size,)) for a in train]
        with autograd.record():
            objective = nd.sum(nd.smooth_l1(predict(u, i) - r, scalar=1.0)) + penalty(u, i)
        objective.backward()
        total += objective.asscalar()
        for name in params:
            adagrad(name, args.lr * 4)
    logging.info('epoch %d done', epoch)
    if epoch == 0 or epoch % 5 == 4:
        print('epoch %2d objective %.3f train rmse %.3f test rmse %.3f' % (
            epoch, total / split, rmse(train), rmse(test)))

baseline = nd.sqrt(nd.square(test[2] - mean_rating).mean()).asscalar()
print('always the mean rating: %.3f, ours is better: %s' % (baseline, rmse(test) < 0.5 * baseline))
full = nd.dot(P, Q, transpose_b=True) + bu + bi.T + mean_rating
seen = nd.zeros((num_users, num_items))
seen[train[0], train[1]] = 1
print('seen %d of %d' % (seen.sum().asscalar(), seen.size))
scores = nd.where(seen, nd.full(full.shape, -100), full)
best = nd.topk(scores, k=3, ret_typ='value', axis=1)
print('recommendations are in order:', bool((best[:, 0] >= best[:, 2]).min().asscalar()), best.shape)
print('clipped into the scale: %s' % (nd.clip(full, 0.5, 5.0).min().asscalar() >= 0.5))
cosine = nd.dot(nd.L2Normalization(Q), nd.L2Normalization(Q).T)
print('items are like themselves: %.4f' % nd.mean(nd.diag(cosine)).asscalar())
