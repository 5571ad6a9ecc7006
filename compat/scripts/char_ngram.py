# A character n-gram language model (Bengio et al. style) on a text small enough to fit in this file.
from __future__ import print_function
import mxnet as mx
import mxnet.ndarray as nd
import numpy as np
from mxnet import autograd

text = """the north wind and the sun were disputing which was the stronger,
when a traveller came along wrapped in a warm cloak.
they agreed that the one who first succeeded in making the traveller take his cloak off
should be considered stronger than the other.
then the north wind blew as hard as he could, but the more he blew
the more closely did the traveller fold his cloak around him;
and at last the north wind gave up the attempt.
then the sun shone out warmly, and immediately the traveller took off his cloak.
and so the north wind was obliged to confess that the sun was the stronger of the two.
"""

ctx = mx.cpu()
chars = sorted(set(text))
vocab_size = len(chars)
char_to_idx = dict((c, i) for i, c in enumerate(chars))
corpus = nd.array([char_to_idx[c] for c in text], ctx=ctx, dtype='int32')
print('characters %d, vocabulary %d, dtype %s' % (corpus.size, vocab_size, corpus.dtype.__name__))

# ------------------------------------------------------------------ counting: a bigram model
one_hot = nd.one_hot(corpus, vocab_size)
counts = nd.dot(one_hot[:-1], one_hot[1:], transpose_a=True)
bigram = nd.broadcast_div(counts + 0.1, (counts + 0.1).sum(axis=1, keepdims=True))
nll = -nd.log(nd.gather_nd(bigram, nd.stack(corpus[:-1], corpus[1:]))).mean()
print('bigram model: %.4f nats per character' % nll.asscalar())
top = nd.topk(counts, k=3, axis=1, ret_typ='indices', dtype='int32')
for c in 'ew ':
    print(repr(c), 'is followed by', [chars[i] for i in top[char_to_idx[c]].asnumpy()[:2]])
values, indices = counts.sum(axis=0).topk(k=5, ret_typ='both')
print('most frequent:', [(chars[int(i)], int(v)) for i, v in zip(indices.asnumpy(), values.asnumpy())])

# ------------------------------------------------------------------ learning: an n-gram network
order = 4
embed_size, num_hidden = 12, 64
rng = np.random.RandomState(5)
contexts = nd.stack(*[corpus[k:corpus.size - order + k] for k in range(order)], axis=1)
targets = corpus[order:]
print('contexts', contexts.shape, 'targets', targets.shape)


def init(*shape):
    return nd.array(rng.uniform(-1, 1, shape) * np.sqrt(3. / shape[0]), ctx=ctx)


E = init(vocab_size, embed_size)
W1, b1 = init(order * embed_size, num_hidden), nd.zeros((num_hidden,))
W2, b2 = init(num_hidden, vocab_size) * 0.1, nd.zeros((vocab_size,))
params = [E, W1, b1, W2, b2]
for p in params:
    p.attach_grad()
mean = [p.zeros_like() for p in params]
var = [p.zeros_like() for p in params]


def forward(ids):
    e = nd.Embedding(ids, E, input_dim=vocab_size, output_dim=embed_size)
    h = nd.tanh(nd.dot(e.reshape((0, -1)), W1) + b1)
    return nd.dot(h, W2) + b2


def grad_clipping(params, theta):
    norm = nd.add_n(*[(p.grad ** 2).sum() for p in params]).sqrt().asscalar()
    if norm > theta:
        for p in params:
            p.grad[:] *= theta / norm
    return norm


batch_size, t = 128, 0
for epoch in range(1, 31):
    perm = nd.array(rng.permutation(targets.size), dtype='int32')
    total, largest = 0., 0.
    for k in range(0, targets.size, batch_size):
        rows = perm[k:k + batch_size]
        data, label = nd.take(contexts, rows), targets.take(rows)
        with autograd.record():
            logp = nd.log_softmax(forward(data), axis=-1)
            loss = -nd.pick(logp, label, axis=1).mean()
        loss.backward()
        largest = max(largest, grad_clipping(params, 5.))
        t += 1
        lr = 0.01 * (1 - 0.999 ** t) ** 0.5 / (1 - 0.9 ** t)
        for p, m, v in zip(params, mean, var):
            nd.adam_update(p, p.grad, m, v, lr=lr, wd=0., out=p)
        total += loss.asscalar() * data.shape[0]
    if epoch in (1, 2, 5, 10, 20, 30):
        print('epoch %2d perplexity %.3f largest gradient %.3f' % (
            epoch, np.exp(total / targets.size), largest))

probs = nd.softmax(forward(contexts))
print('rows sum to one:', np.allclose(probs.sum(axis=1).asnumpy(), 1, atol=1e-5))
right = (probs.argmax(axis=1).astype('int32') == targets).sum().asscalar()
print('next characters guessed right: %d of %d' % (right, targets.size))


def generate(prefix, length):
    ids = [char_to_idx[c] for c in prefix]
    for _ in range(length):
        logits = forward(nd.array([ids[-order:]], dtype='int32'))
        ids.append(int(nd.argmax(logits, axis=1).asscalar()))
    return ''.join(chars[i] for i in ids)


for prefix in ['the north', 'and the s', 'which was', 'then the sun']:
    print(repr(generate(prefix, 16)))
samples = nd.sample_multinomial(probs, shape=20)
print('samples', samples.shape, samples.dtype.__name__, 'mostly right: %s' % (
    nd.broadcast_equal(samples, targets.expand_dims(1)).astype('float32').mean() > 0.5).asscalar())
cold = nd.softmax(forward(contexts[:5]) / 0.5, axis=-1)
print('a colder softmax is surer:', (cold.max(axis=1) >= probs[:5].max(axis=1)).asnumpy().tolist())
