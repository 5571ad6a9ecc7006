"""Reshape codes, slices and broadcasting on random cases, held to formulations of their own: shapes put together piece
by piece, lists of indices, and element-by-element loops."""

from __future__ import annotations

import itertools
import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import mxnd as mx

QUICK = settings(max_examples=80, deadline=None)
sizes = st.integers(1, 4)


def numbered(shape):
    """An array that tells its elements apart."""
    return np.arange(math.prod(shape), dtype="float32").reshape(shape)


def with_gradient(function, data):
    """What a function gives, and the gradient when the result's elements weigh 1, 2, 3 ..."""
    x = mx.nd.array(data)
    x.attach_grad()
    with mx.autograd.record():
        y = function(x)
    weights = numbered(y.shape) + 1
    y.backward(mx.nd.array(weights))
    return y.asnumpy(), weights, x.grad.asnumpy()


# Reshape: sources, codes and targets are put together from pieces that fit.


@st.composite
def reshapes(draw):
    """A shape, codes, and the shape the codes must make of it."""
    pieces = []  # sizes of the source, codes, sizes of the target
    for kind in draw(st.lists(st.sampled_from(["keep", "size", "regroup", "join", "split"]), max_size=4)):
        a, b, c = draw(sizes), draw(sizes), draw(sizes)
        if kind == "keep":
            pieces.append(([a], [0], [a]))
        elif kind == "size":
            pieces.append(([a], [a], [a]))
        elif kind == "regroup":
            pieces.append(([a * b, c], [a, b * c], [a, b * c]))
        elif kind == "join":
            pieces.append(([a, b], [-3], [a * b]))
        else:
            pieces.append(([a * b], [-4, *draw(st.sampled_from([(a, b), (-1, b), (a, -1)]))], [a, b]))
    plain = [(codes, i) for _, codes, _ in pieces for i in range(len(codes)) if min(codes) > 0]
    if plain and draw(st.booleans()):  # one plain size may be left open
        codes, i = draw(st.sampled_from(plain))
        codes[i] = -1
    if not pieces or draw(st.booleans()):
        rest = draw(st.lists(sizes, min_size=0 if pieces else 1, max_size=2))
        pieces.append((rest, [-2], rest))
    return tuple(tuple(itertools.chain(*parts)) for parts in zip(*pieces))


@QUICK
@given(reshapes())
def test_reshape_codes(case):
    source, codes, target = case
    data = numbered(source)
    got, weights, gradient = with_gradient(lambda x: mx.nd.Reshape(x, shape=codes), data)
    assert got.shape == target
    np.testing.assert_array_equal(got.ravel(), data.ravel())
    np.testing.assert_array_equal(gradient.ravel(), weights.ravel())
    assert mx.nd.array(data).reshape(codes).shape == target


@QUICK
@given(reshapes())
def test_reshape_codes_from_the_right(case):
    """The mirror image: everything backwards."""
    source, codes, target = (part[::-1] for part in case)
    assert mx.nd.Reshape(mx.nd.zeros(source), shape=codes, reverse=True).shape == target


# Slices: the indices of each axis as a list, the part as a take along each axis.


@st.composite
def parts(draw):
    """A shape, and begin, end and step for some of its first axes."""
    shape = tuple(draw(st.lists(sizes, min_size=1, max_size=4)))
    bound = st.none() | st.integers(-6, 6)
    step = st.sampled_from([None, 1, 2, 3, -1, -2])
    triples = draw(st.lists(st.tuples(bound, bound, step), min_size=1, max_size=len(shape)))
    return shape, tuple(zip(*triples))


def picked(size, begin, end, step):
    """The indices from begin towards end, counted out one by one."""
    step = step or 1
    low, high = (0, size) if step > 0 else (-1, size - 1)

    def place(bound, default):
        if bound is None:
            return default
        return min(max(bound + size if bound < 0 else bound, low), high)

    found, at = [], place(begin, low if step > 0 else high)
    stop = place(end, high if step > 0 else low)
    while (at < stop) if step > 0 else (at > stop):
        found.append(at)
        at += step
    return found


@QUICK
@given(parts())
def test_slice(case):
    shape, (begin, end, step) = case
    data = numbered(shape)
    indices = [picked(n, *ends) for n, *ends in zip(shape, begin, end, step)]
    want = data
    for axis, along in enumerate(indices):
        want = np.take(want, np.array(along, dtype=int), axis=axis)
    got, weights, gradient = with_gradient(lambda x: mx.nd.slice(x, begin=begin, end=end, step=step), data)
    np.testing.assert_array_equal(got, want)
    wanted_gradient = np.zeros(shape)
    for place, weight in zip(want.ravel().astype(int), weights.ravel()):
        wanted_gradient.ravel()[place] = weight
    np.testing.assert_array_equal(gradient, wanted_gradient)

    assigned = mx.nd._internal._slice_assign_scalar(mx.nd.array(data), scalar=-1, begin=begin, end=end, step=step)
    np.testing.assert_array_equal(assigned.asnumpy(), np.where(np.isin(data, want), -1, data))


@QUICK
@given(st.lists(sizes, min_size=1, max_size=4).map(tuple), st.data())
def test_slice_axis(shape, more):
    axis = more.draw(st.integers(-len(shape), len(shape) - 1))
    size = shape[axis]
    first = more.draw(st.integers(0, size - 1))
    last = more.draw(st.integers(first + 1, size))
    options = {
        "begin": more.draw(st.sampled_from([first, first - size])),
        "end": more.draw(st.sampled_from([last, None if last == size else last - size])),
    }
    data = numbered(shape)
    got = mx.nd.slice_axis(mx.nd.array(data), axis=axis, **options)
    np.testing.assert_array_equal(got.asnumpy(), np.take(data, range(first, last), axis=axis))


# Broadcasting: each element looked up by its index.


@st.composite
def broadcasts(draw):
    """A shape and a larger one it broadcasts to, axis by axis."""
    target = tuple(draw(st.lists(sizes, min_size=1, max_size=4)))
    return tuple(n if draw(st.booleans()) else 1 for n in target), target


@QUICK
@given(broadcasts())
def test_broadcasting(case):
    source, target = case
    data = numbered(source)
    want = np.empty(target, "float32")
    wanted_gradient = np.zeros(source)
    for weight, place in enumerate(np.ndindex(*target), 1):
        origin = tuple(i if n > 1 else 0 for i, n in zip(place, source))
        want[place] = data[origin]
        wanted_gradient[origin] += weight
    thin = [axis for axis, n in enumerate(source) if n == 1]
    like = mx.nd.zeros(target)
    forms = [
        lambda x: mx.nd.broadcast_to(x, shape=target),
        lambda x: mx.nd.broadcast_to(x, shape=tuple(0 if m == n else n for m, n in zip(source, target))),
        lambda x: mx.nd.broadcast_like(x, like),
        lambda x: mx.nd.broadcast_axis(x, axis=thin, size=[target[axis] for axis in thin]),
        lambda x: x + like,
    ]
    for form in forms:
        got, _, gradient = with_gradient(form, data)
        np.testing.assert_array_equal(got, want)
        np.testing.assert_array_equal(gradient, wanted_gradient)


@QUICK
@given(broadcasts(), st.lists(sizes, min_size=1, max_size=3))
def test_operands_broadcast(case, lead):
    """The axes that only one operand has stand in front."""
    source, target = case
    left, right = numbered(source), numbered((*lead, *target)) * 0.5
    got = (mx.nd.array(left) * mx.nd.array(right)).asnumpy()
    for place in np.ndindex(*got.shape):
        origin = tuple(i if n > 1 else 0 for i, n in zip(place[len(lead) :], source))
        assert got[place] == left[origin] * right[place]
