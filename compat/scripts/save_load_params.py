"""Saving and loading NDArrays: lists, dictionaries, dtypes, buffers, checkpoints with arg: and aux: names."""
from __future__ import print_function
import os
import shutil
import tempfile

import mxnet as mx
import numpy as np
from mxnet import nd

folder = tempfile.mkdtemp()


def path(name):
    return os.path.join(folder, name)


def describe(name, arr):
    print('  %s: shape %s dtype %s context %s sum %.4f' % (
        name, arr.shape, np.dtype(arr.dtype).name, arr.context, arr.astype('float64').sum().asscalar()))


try:
    print('a list')
    x = nd.arange(6).reshape((2, 3))
    y = mx.nd.ones((4,)) * 0.5
    mx.nd.save(path('list.nd'), [x, y])
    loaded = nd.load(path('list.nd'))
    print(type(loaded).__name__, len(loaded), os.path.getsize(path('list.nd')), 'bytes')
    for i, arr in enumerate(loaded):
        describe(i, arr)
    x2, y2 = loaded
    print((x == x2).asnumpy().all(), (y == y2).asnumpy().all())

    print('one array alone')
    nd.save(path('one.nd'), x)
    alone = nd.load(path('one.nd'))
    print(type(alone).__name__, len(alone), alone[0].asnumpy().tolist())

    print('a dictionary')
    params = {'fc1_weight': nd.array(np.linspace(-1, 1, 12).reshape(3, 4)),
              'fc1_bias': nd.zeros(3),
              'fc2_weight': nd.full((2, 3), 7.25)}
    nd.save(path('dict.params'), params)
    mydict = nd.load(path('dict.params'))
    print(type(mydict).__name__, sorted(mydict), os.path.getsize(path('dict.params')), 'bytes')
    for name in sorted(mydict):
        describe(name, mydict[name])
        assert (mydict[name] == params[name]).asnumpy().all()

    print('every dtype and 1 to 5 dimensions')
    kinds = {}
    for i, dtype in enumerate(['float32', 'float64', 'float16', 'uint8', 'int32', 'int8', 'int64']):
        shape = (2, 1, 3, 1, 2)[:1 + i % 5]
        kinds[dtype] = nd.array(np.arange(np.prod(shape)).reshape(shape) - (0 if dtype == 'uint8' else 1), dtype=dtype)
    nd.save(path('kinds.params'), kinds)
    back = nd.load(path('kinds.params'))
    for name in sorted(back):
        describe(name, back[name])
        print('   ', name == np.dtype(back[name].dtype).name, back[name].reshape(-1).asnumpy().tolist())
    print(os.path.getsize(path('kinds.params')), 'bytes')

    print('from a buffer')
    with open(path('dict.params'), 'rb') as f:
        buf = f.read()
    from_buffer = nd.load_frombuffer(buf)
    print(sorted(from_buffer.keys()), all((from_buffer[k] == mydict[k]).asnumpy().all() for k in mydict))
    with open(path('list.nd'), 'rb') as f:
        head = bytearray(f.read(24))
    print('first bytes', ' '.join('%02x' % b for b in head))
    print([a.shape for a in mx.nd.load_frombuffer(open(path('list.nd'), 'rb').read())])

    print('a checkpoint as model.save_checkpoint writes it')
    arg_params = {'fc_weight': mx.nd.array([[1, -2], [3, 4]]), 'fc_bias': mx.nd.array([0.5, -0.5])}
    aux_params = {'bn_moving_mean': mx.nd.array([0.1, 0.2]), 'bn_moving_var': mx.nd.ones((2,))}
    save_dict = {('arg:%s' % k): v.as_in_context(mx.cpu()) for k, v in arg_params.items()}
    save_dict.update({('aux:%s' % k): v.as_in_context(mx.cpu()) for k, v in aux_params.items()})
    nd.save('%s-%04d.params' % (path('model'), 12), save_dict)
    args, auxs = {}, {}
    for k, v in mx.nd.load(path('model-0012.params')).items():
        tp, name = k.split(':', 1)
        (args if tp == 'arg' else auxs)[name] = v
    print(sorted(args), sorted(auxs))
    data = mx.nd.array([[1, 1], [0, 2]])
    print(nd.FullyConnected(data, args['fc_weight'], args['fc_bias'], num_hidden=2).asnumpy().tolist())

    print('views, copies and steps are saved as they look')
    big = nd.arange(20).reshape((4, 5))
    nd.save(path('views.nd'), [big[1:3], big[:, 1:4:2], big.T, big[2]])
    for arr in nd.load(path('views.nd')):
        print('  ', arr.shape, arr.asnumpy().ravel().astype(int).tolist())

    print('training goes on where it stopped')
    weight = nd.load(path('dict.params'))['fc1_weight']
    weight.attach_grad()
    with mx.autograd.record():
        loss = (weight ** 2).sum()
    loss.backward()
    weight[:] = weight - 0.1 * weight.grad
    nd.save(path('dict.params'), {'fc1_weight': weight})
    print('%.5f' % nd.load(path('dict.params'))['fc1_weight'].norm().asscalar())

    print('special values survive')
    nd.save(path('special.nd'), [nd.array([np.inf, -np.inf, np.nan, -0., 1e-40])])
    print(nd.load(path('special.nd'))[0].asnumpy().tolist()[:4])

    print('errors')
    for attempt in [lambda: nd.load(path('missing.params')), lambda: nd.load_frombuffer(buf[:20])]:
        try:
            attempt()
            print('no error?')
        except mx.base.MXNetError:
            print('MXNetError')
    try:
        nd.save(path('wrong.nd'), {'a': np.zeros(3)})
    except (TypeError, ValueError) as e:
        print('refused', isinstance(e, TypeError))
finally:
    shutil.rmtree(folder)
