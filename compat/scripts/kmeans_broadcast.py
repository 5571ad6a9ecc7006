"""k-means with nothing but broadcasting."""
from __future__ import print_function, division
import mxnet as mx
import numpy as np
from mxnet import nd

np.random.seed(11)
K, D, N = 4, 2, 400
true_centres = np.array([[0, 0], [5, 1], [1, 6], [6, 6]], dtype='float32')
membership = np.random.randint(0, K, size=N)
points = nd.array(true_centres[membership] + np.random.normal(0, 0.8, (N, D)))
print('points', points.shape, points.dtype, 'mean', nd.mean(points, axis=0).asnumpy().round(3))


def distances(x, centres):
    """Squared distances, N x K."""
    diff = nd.broadcast_sub(nd.expand_dims(x, axis=1), nd.expand_dims(centres, axis=0))
    return nd.sum(nd.square(diff), axis=2)


def distances_by_dot(x, centres):
    xx = nd.sum(x * x, axis=1, keepdims=True)
    cc = nd.sum(centres * centres, axis=1, keepdims=True)
    cross = nd.dot(x, centres, transpose_b=True)
    return nd.broadcast_add(xx, nd.transpose(cc)) - 2 * cross


def distances_by_tiling(x, centres):
    n, k = x.shape[0], centres.shape[0]
    left = nd.repeat(x, repeats=k, axis=0)
    right = nd.tile(centres, reps=(n, 1))
    return nd.power(nd.subtract(left, right), 2).sum(axis=1).reshape((n, k))


def distances_by_batch_dot(x, centres):
    diff = (x.expand_dims(1) - centres.expand_dims(0)).reshape((-3, 1, -1))  # N*K x 1 x D
    return nd.batch_dot(diff, diff, transpose_b=True).reshape((-1, centres.shape[0]))


def new_centres(x, assignment):
    one_hot = nd.one_hot(assignment, K)
    counts = nd.sum(one_hot, axis=0)
    return nd.broadcast_div(nd.dot(one_hot, x, transpose_a=True), nd.maximum(counts, 1).reshape((K, 1))), counts


def new_centres_by_where(x, assignment):
    centres = []
    for k in range(K):
        mask = nd.broadcast_equal(assignment, nd.full((1,), k))
        members = nd.where(mask, x, nd.zeros_like(x))
        centres.append(nd.sum(members, axis=0) / mask.sum())
    return nd.stack(*centres, axis=0)


start = nd.array([3, 50, 111, 260])
centres = points.take(start)
print('start', centres.asnumpy().round(3).tolist())
for iteration in range(50):
    d = distances(points, centres)
    assignment = nd.argmin(d, axis=1)
    inertia = nd.min(d, axis=1).sum().asscalar()
    updated, counts = new_centres(points, assignment)
    shift = nd.norm(updated - centres).asscalar()
    print('iteration %d inertia %.3f shift %.4f sizes %s' % (
        iteration, inertia, shift, counts.astype('int32').asnumpy().tolist()))
    centres = updated.copy()
    if shift < 1e-6:
        break

order = nd.argsort(nd.sum(centres, axis=1))
centres = centres[order]
print('centres', centres)
print('four ways to a distance agree:',
      np.allclose(distances(points, centres).asnumpy(), distances_by_dot(points, centres).asnumpy(), atol=1e-3),
      np.allclose(distances(points, centres).asnumpy(), distances_by_tiling(points, centres).asnumpy(), atol=1e-4),
      np.allclose(distances(points, centres).asnumpy(), distances_by_batch_dot(points, centres).asnumpy(), atol=1e-4))
assignment = distances(points, centres).argmin(axis=1)
print('two ways to a centre agree:',
      np.allclose(new_centres(points, assignment)[0].asnumpy(), new_centres_by_where(points, assignment).asnumpy(),
                  atol=1e-4))
error = nd.min(distances(centres, nd.array(true_centres)), axis=1).sqrt()
print('largest distance to a true centre %.4f' % nd.max(error).asscalar())

# soft assignments, and how spread out each cluster is
soft = nd.softmax(-distances(points, centres) / 2, axis=-1)
entropy = -(soft * nd.log(nd.clip(soft, 1e-10, 1))).sum(axis=1)
print('entropy: mean %.4f, points in doubt %d' % (entropy.mean().asscalar(), (entropy > 0.3).sum().asscalar()))
weights = soft / soft.sum(axis=0).broadcast_to(soft.shape)
for k in range(K):
    centred = nd.broadcast_minus(points, centres[k].reshape((1, -1)))
    scaled = nd.broadcast_mul(centred, weights.slice_axis(axis=1, begin=k, end=k + 1))
    covariance = nd.linalg_gemm2(scaled, centred, transpose_a=True)
    print('cluster %d covariance' % k, covariance.asnumpy().round(3).tolist(),
          'trace %.3f' % nd.diag(covariance).sum().asscalar())

# silhouette-like margin: second nearest minus nearest centre
two = nd.topk(distances(points, centres).sqrt(), k=2, ret_typ='value', is_ascend=True, axis=1)
margin = two[:, 1] - two[:, 0]
print('margin mean %.4f min > 0: %s' % (margin.mean().asscalar(), margin.min().asscalar() > 0))
inside = nd.broadcast_lesser(two[:, 0:1], nd.array([[1.0, 2.0, 3.0]])).mean(axis=0)
print('fraction within 1, 2, 3:', inside.asnumpy())
spread = nd.broadcast_greater_equal(points.expand_dims(2), nd.array([0, 3, 6]).reshape((1, 1, 3)))
print('coordinates at least 0, 3, 6:', spread.sum(axis=(0, 1)).asnumpy())
print('corner', points.min(axis=0).asnumpy().round(3), points.max(axis=0).asnumpy().round(3))
right, high = nd.broadcast_greater(points[:, 0], nd.array([3])), nd.greater(points[:, 1], 3)
print('quarters:', [int(nd.sum(q).asscalar()) for q in (
    nd.logical_and(right, high), nd.logical_and(right, nd.logical_not(high)), nd.multiply(1 - right, high),
    (nd.add(right, high) == 0))])
cells = nd.floor(points).clip(-2, 7) + 2
histogram = nd.dot(nd.one_hot(cells[:, 0], 10).T, nd.one_hot(cells[:, 1], 10))
print(nd.cast(histogram, dtype='int32').asnumpy())
purity = nd.zeros((K, K))
for a, b in zip(assignment.asnumpy().astype(int), membership):
    purity[a, b] += 1
print('purity %.3f' % (purity.max(axis=1).sum() / N).asscalar())
