"""Indexing, reshaping and ordering of NDArrays, with the answers printed."""
from __future__ import print_function
import mxnet as mx
import mxnet.ndarray as nd
import numpy as np


def p(title, *arrays):
    print(title + ':', ' | '.join('%s %s' % (a.shape, a.asnumpy().tolist()) if isinstance(a, nd.NDArray) else str(a)
                                  for a in arrays))


x = nd.arange(24).reshape((4, 6))
print('--- basic reading')
p('row, last row', x[1], x[-1])
p('rows', x[1:3], x[::2, 0], x[::-1, 0])
p('column, element', x[:, 2], x[2, 3], x[2, 3].asscalar())
p('block', x[1:3, 2:5], x[..., 1], x[:, None, 0], x[3, 4:1:-1])
y3 = nd.arange(12).reshape((2, 3, 2))
p('ellipsis', y3[..., 0], y3[0, ..., 1], y3[1, 2, ...], y3[:, 1])
print(len(x), x.ndim, x.size, x.shape, x.stype, x.T.shape, [float(r[0].asscalar()) for r in x])

print('--- advanced reading')
p('list, NDArray, numpy', x[[0, 2]][:, 0], x[nd.array([3, 0])][:, 1], x[np.array([1, 1])][:, 2])
p('pairs', x[[0, 1, 2], [5, 4, 3]], x[nd.array([0, -1]), nd.array([-1, 0])])
p('mixed', x[1:3, [0, 5]], x[[3, 1], 2:4], y3[:, [0, 2], 1], y3[[[0], [1]], [0, 2]])
p('boolean', nd.contrib.boolean_mask(x, nd.array([0, 1, 0, 1]))[:, 0])
p('take', nd.take(x, nd.array([3, 9, -1]))[:, 0], x.take(nd.array([1, 0]), axis=1)[0], nd.take(x, nd.array([5, -1]), mode='wrap')[:, 0])
p('pick', nd.pick(x, nd.array([0, 5, 1, 2])), x.pick(nd.array([1, 2, 3, 0]), axis=1, keepdims=True))
p('gather_nd', nd.gather_nd(x, nd.array([[0, 3], [1, 2]])), nd.gather_nd(x, nd.array([[2]])))
p('scatter_nd', nd.scatter_nd(nd.array([9, 8]), nd.array([[0, 2], [1, 0]]), shape=(3, 2)))
p('batch_take', nd.batch_take(x, nd.array([0, 1, 2, 3], dtype='int32')))
p('choose, fill', nd.choose_element_0index(x, nd.array([5, 4, 3, 2])))
p('ravel', nd.ravel_multi_index(nd.array([[1, 3], [2, 5]]), shape=(4, 6)), nd.unravel_index(nd.array([8, 23]), shape=(4, 6)))

print('--- writing')
a = nd.zeros((3, 4))
a[:] = 1
a[0] = nd.array([1, 2, 3, 4])
a[1:, 2] = 7
a[2, 3] = -5
a[1:3, 0:2] = np.array([[10, 20], [30, 40]])
p('basic', a)
a[:, 1:3] = [[0.5], [0.25], [0.125]]
p('broadcast', a)
b = nd.zeros((4, 5))
b[[0, 2], [1, 3]] = nd.array([5, 6])
b[nd.array([3, 1])] = nd.array([[1], [2]])
b[2, [0, 4]] = 9
b[::2, -1] += 100
p('advanced', b)
c = nd.ones((2, 2), dtype='int32')
c[0, 1] = 3.9
c[1] *= 4
p('int32', c)

print('--- views and copies')
base = nd.arange(12).reshape((3, 4))
row, block, column, fancy = base[1], base[0:2], base[:, 1], base[[1]]
row[:] = -1
p('a row is a view', base)
block[0, 0] = 50
column[:] = 99
fancy[:] = 77
p('a column and a list are copies', base)
flat = base.reshape((-1,))
flat[11] = 1000
alias, clone = base, base.copy()
alias += 1
p('reshape is a view, += is in place', base[2], clone[2])
target = nd.empty((3, 4))
base.copyto(target)
nd.elemwise_add(base, base, out=base)
p('copyto, out', target[0], base[0], base.astype('int32')[0], (base.astype('float32', copy=False) is base))

print('--- slices as operators')
p('slice', nd.slice(x, begin=(1, 2), end=(3, 4)), x.slice(begin=(None, -2), end=(None, None), step=(2, 1)), nd.slice(x, begin=(3, 5), end=(1, None), step=(-1, -2)))
p('slice_axis', nd.slice_axis(x, axis=1, begin=-2, end=None)[0], x.slice_axis(axis=0, begin=1, end=2))
p('slice_like', nd.slice_like(x, nd.zeros((2, 2))), nd.slice_like(x, nd.zeros((2, 3)), axes=(0,))[1])
p('reverse, flip', nd.reverse(x, axis=1)[0], nd.flip(x[:, 0], axis=0), nd.SliceChannel(x, num_outputs=3)[2][0])

print('--- shapes')
z = nd.arange(120).reshape((2, 3, 4, 5))
for shape in [(0, -1), (-1, 0), (0, 0, -2), (-3, -2), (0, -3, -2), (-4, 1, 2, -2), (0, -4, 3, -1, -2), (-3, -3), (-1,), (6, -1, 0)]:
    try:
        print(shape, z.reshape(shape).shape, end=' ')
    except mx.base.MXNetError:
        print(shape, 'MXNetError', end=' ')
print('\nreverse', nd.reshape(z, shape=(-1, 0), reverse=True).shape, nd.reshape(z, shape=(0, -1)).shape)
print(z.flatten().shape, nd.Flatten(z).shape, z.expand_dims(0).shape, nd.swapaxes(z, 0, 2).shape, nd.transpose(z, axes=(3, 0, 1, 2)).shape)
print(nd.squeeze(nd.ones((1, 2, 1, 3))).shape, nd.ones((1, 2, 1)).squeeze(axis=2).shape, nd.moveaxis(z, 0, -1).shape, z.reshape_like(nd.zeros((6, 20))).shape)
print(nd.broadcast_to(nd.ones((1, 3)), (2, 3)).shape, nd.broadcast_axis(nd.ones((1, 2, 1)), axis=(0, 2), size=(3, 4)).shape, nd.broadcast_like(nd.ones((1, 2)), nd.ones((5, 2))).shape, z.shape_array().asnumpy().tolist(), nd.size_array(z).asscalar())

print('--- joining and splitting')
u, v = nd.array([[1, 2], [3, 4]]), nd.array([[5, 6], [7, 8]])
p('concat', nd.concat(u, v, dim=0), nd.concat(u, v, dim=1), nd.concatenate([u, v], axis=1), nd.Concat(u, v, v)[0])
p('stack', nd.stack(u, v), nd.stack(u[0], v[0], axis=1))
p('split', *(nd.split(x[0:2], num_outputs=3, axis=1) + x[0:2].split(num_outputs=2, axis=0, squeeze_axis=True) + nd.split_v2(x[0], (1, 4))))
p('tile, repeat', nd.tile(u, reps=(1, 2)), u.tile((2, 1, 1)), nd.repeat(u, repeats=2), nd.repeat(u, 2, axis=1)[0])
p('pad', nd.pad(u.reshape((1, 1, 2, 2)), mode='constant', pad_width=(0, 0, 0, 0, 1, 0, 0, 1), constant_value=-1)[0, 0])
p('where, one_hot, diag', nd.where(u > 2, u, -v), nd.one_hot(nd.array([2, 0]), 3, on_value=5), nd.diag(u), nd.eye(2, 3, 1))
p('space, depth', nd.depth_to_space(nd.arange(8).reshape((1, 4, 1, 2)), 2), nd.space_to_depth(nd.arange(4).reshape((1, 1, 2, 2)), 2).reshape(-1))

print('--- ordering')
s = nd.array([[3, 1, 2, 9], [-1, 8, 0.5, 7]])
p('sort', nd.sort(s), s.sort(axis=0, is_ascend=False), nd.sort(s, axis=None))
p('argsort', nd.argsort(s), s.argsort(is_ascend=False), nd.argsort(s, axis=0, dtype='int32'))
p('topk', nd.topk(s), nd.topk(s, k=2, ret_typ='value'), nd.topk(s, k=2, ret_typ='mask'), *nd.topk(s, k=2, ret_typ='both', is_ascend=True))
p('argmax', nd.argmax(s, axis=1), s.argmin(axis=0), nd.argmax(s), nd.argmax_channel(s), s.argmax(axis=1, keepdims=True))
p('maximum', nd.max(s, axis=1), s.min(axis=0), nd.maximum(s, 2)[0], nd.broadcast_minimum(s, nd.array([[2], [0]])))
p('shuffled and sorted back', nd.sort(nd.random.shuffle(nd.arange(10))), nd.cumsum(nd.arange(5)), nd.linspace(0, 1, 5))
