"""Arrays laid out anew on the GPU, and reductions that keep the dtype, against the CPU."""

import functools
import itertools

import numpy as np
import pytest
from cuda_inputs import DTYPES, same, whole_numbers

from mxnd.backend import blocked, host
from mxnd.backend.cuda import copies, layout
from mxnd.backend.cuda.words import open_device
from mxnd.backend.pending import raw
from mxnd.core.errors import ArgumentError, ArgumentTypeError

pytestmark = pytest.mark.gpu
RNG = np.random.default_rng(4)
whole = functools.partial(whole_numbers, RNG)


def test_concat(cuda):
    xs = [RNG.normal(size=(2, n, 3)).astype("float32") for n in (1, 0, 4)]
    same(layout.concat(1, *map(cuda.asarray, xs)), blocked.concat(1, *xs))
    mixed = [xs[0], whole("int32", 2, 2, 3)]
    same(layout.concat(1, *map(cuda.asarray, mixed)), blocked.concat(1, *mixed))


def test_views(cuda):
    x = RNG.normal(size=(2, 3, 4))
    here = cuda.asarray(x)
    for have, want in (
        (layout.reshape(here, (6, -1)), x.reshape(6, 4)),
        (layout.transpose(here, (2, 0, 1)), x.transpose(2, 0, 1)),
        (layout.flip(here, 1), np.flip(x, 1)),
        (layout.flip(here, (0, 2)), np.flip(x, (0, 2))),
        (layout.broadcast_to(here, (5, 2, 3, 4)), np.broadcast_to(x, (5, 2, 3, 4))),
    ):
        same(have, want)
        assert cuda.may_share_memory(have, here)
    same(layout.reshape(here.T, (6, 4)), x.T.reshape(6, 4))


@pytest.mark.parametrize("mode", ["edge", "reflect"])
@pytest.mark.parametrize("dtype", ["float32", "float16", "int64"])
def test_pad_and_its_adjoint(cuda, dtype, mode):
    for shape, widths in (
        ((2, 3, 4, 5), ((0, 0), (0, 0), (2, 3), (1, 0))),
        ((2, 3, 4, 5), ((1, 1), (2, 0), (0, 0), (4, 3))),
        ((2, 3, 4, 2, 3), ((0, 0), (0, 0), (3, 1), (1, 1), (2, 2))),
        ((5, 1), ((0, 3), (0, 0))),
        ((4,), ((0, 0),)),
        ((0, 3), ((0, 0), (2, 1))),
        ((3, 1), ((1, 1), (2, 3) if mode == "edge" else (0, 0))),
    ):
        x = whole(dtype, *shape)
        padded = blocked.pad(x, widths, mode)
        same(layout.pad(cuda.asarray(x.T).T, widths, mode), padded)
        ct = whole(dtype, *padded.shape)
        same(layout.unpad(cuda.asarray(ct), widths, mode), blocked.unpad(ct, widths, mode))


@pytest.mark.parametrize("dtype", DTYPES)
def test_sums(cuda, dtype):
    x = whole(dtype, 3, 4, 5)
    here = cuda.asarray(x)
    for axis, keepdims in ((None, False), (1, True), ((0, 2), False), (-1, False), ((), True)):
        same(layout.sum(here, axis, keepdims), np.asarray(host.total(x, axis, keepdims)))
    same(layout.sum(here[:0], 0), host.total(x[:0], 0))
    for shape in ((4, 1), (1, 1, 5), (3, 4, 5), ()):
        same(layout.sum_to(here, shape), np.asarray(host.sum_to(x, shape)))
    few = np.where(x > 0, 2, 1).astype(dtype)[:, 1:3, :2]
    for axis, keepdims in ((None, False), (1, True), ((0, 2), False), (-1, False), ((), True)):
        same(layout.prod(cuda.asarray(few), axis, keepdims), np.asarray(host.product(few, axis, keepdims)))
    same(layout.prod(here[:0], 0), host.product(x[:0], 0))
    same(layout.cumsum(here, 1), np.cumsum(x, 1, dtype=dtype))
    many = np.full(5000, 0.1 if dtype == "float16" else 0, dtype)  # more than float16 could add up itself
    np.testing.assert_allclose(layout.sum(cuda.asarray(many)).get(), host.total(many), 1e-3)
    np.testing.assert_allclose(layout.cumsum(cuda.asarray(many), 0).get()[-1], host.total(many), 1e-3)


@pytest.mark.parametrize("dtype", DTYPES)
def test_extremes(cuda, dtype):
    x = whole(dtype, 3, 4, 5)
    if x.dtype.kind == "f":
        x[1, 2, 3], x[0, 0, 0], x[2, 1, 1] = np.nan, np.inf, -np.inf
    F, here = host.Host(), cuda.asarray(x)
    for axis, keepdims in ((None, False), (1, True), ((0, 2), False)):
        same(layout.max(here, axis, keepdims), np.asarray(F.max(x, axis, keepdims)))
        same(layout.min(here, axis, keepdims), np.asarray(F.min(x, axis, keepdims)))
        for have, function in ((layout.all, F.all), (layout.any, F.any)):
            want = function(x, axis, keepdims=keepdims)
            if axis is None:
                assert bool(have(here)) is bool(want)
            else:
                same(have(here, axis, keepdims), want)
    same(layout.max(here[:0], 1), F.max(x[:0], 1))
    for empty in (F.min(x[:0], 1, True),):
        same(layout.min(here[:0], 1, True), empty)
    with pytest.raises(ArgumentError):
        layout.max(here[:0], 0)


def test_cast(cuda):
    for a, b in itertools.product(DTYPES, DTYPES):
        x = whole(a, 3, 4).T
        if np.dtype(a).kind == "f":
            x = x + np.array([0.25, 0.5, 0.75], a)
            x = -x if b not in ("uint8",) else x
        same(layout.cast(cuda.asarray(x), np.dtype(b)), host.cast(x, np.dtype(b)))
    x = cuda.asarray(x)
    assert layout.cast(x, "float64") is x
    special = np.array([np.nan, 0.0, -0.0, 1e-8, np.inf, 65519.0, 65520.0, 6e-8])
    same(layout.cast(cuda.asarray(special), "bool"), host.cast(special, "bool"))
    with np.errstate(over="ignore"):
        want = host.cast(special, "float16")
    same(layout.cast(cuda.asarray(special), "float16"), want)


LEAST = {"int8": 0, "uint8": 0, "int32": -(2**31), "int64": -(2**63)}
ENDS = {"int8": (-1, 44), "uint8": (255, 44), "int32": (-1, 300), "int64": (-1, 300)}


@pytest.mark.parametrize("b", LEAST)
@pytest.mark.parametrize("a", ["float16", "float32", "float64"])
def test_what_an_integer_does_not_hold_is_the_least_one(cuda, a, b):
    """As x86 converts: by way of int32 to the bytes."""
    outside = [np.inf, -np.inf, np.nan] + [1e19, -1e19] * (a != "float16")
    x = np.array([-1.5, 300, -0.5, *outside], a)
    want = np.array([*ENDS[b], 0] + [LEAST[b]] * len(outside), b)
    for given in (x, x.reshape(2, -1).T):
        same(layout.cast(cuda.asarray(given), np.dtype(b)), want if given is x else want.reshape(2, -1).T)
    same(raw(open_device(0).wide.cast(cuda.asarray(x), b)), want)


def test_no_bfloat16(cuda):
    with pytest.raises(ArgumentTypeError, match="bfloat16"):
        layout.cast(cuda.zeros(3), "bfloat16")


BIG = np.arange(40 * 70 * 9).reshape(40, 70, 9)


@pytest.mark.parametrize("dtype", ["int8", "float16", "float32", "float64"])
def test_copies(cuda, dtype):
    """Large enough that transposed arrays are copied by tiles, whose rims are cut in every way."""
    x = BIG.astype(dtype)
    here = cuda.asarray(x)
    for order in itertools.permutations(range(3)):
        for key in (..., (slice(None), slice(None, None, -1)), (slice(None, None, 2), slice(3, None))):
            want = x[key].transpose(order)
            have = layout.copy(here[key].transpose(order))
            same(have, want)
            assert have.flags.c_contiguous
            assert not cuda.may_share_memory(have, here)
    wide = np.broadcast_to(x[:, :, :1], (40, 70, 30)).T
    same(layout.copy(cuda.broadcast_to(here[:, :, :1], (40, 70, 30)).T), wide)
    target = cuda.zeros((140, 80, 9), dtype)  # not contiguous either
    layout.write(target[::2, 40:].transpose(1, 0, 2), here)
    want = np.zeros((140, 80, 9), dtype)
    want[::2, 40:] = x.transpose(1, 0, 2)
    same(target, want)


def test_merged():
    shape, steps = copies.merged((2, 1, 3, 4, 5), (60, 7, 20, 5, 1), (60, 9, 20, 1, 4))
    assert shape == [6, 4, 5]
    assert steps == [(20, 20), (5, 1), (1, 4)]


def test_write(cuda):
    for value in (1.5, np.float64(2), np.arange(3.0), np.ones((4, 1)), whole("int32", 4, 3)):
        want = np.zeros((4, 3), "float32")
        have = cuda.zeros((4, 3), np.float32)
        blocked.write(want, value)
        layout.write(have, cuda.asarray(value) if isinstance(value, np.ndarray) and value.ndim == 2 else value)
        same(have, want)
    x = np.arange(2000.0)
    here = cuda.asarray(x)
    layout.write(here[1:], here[:-1])  # what is read must not be what was written
    same(here, np.concatenate([x[:1], x[:-1]]))
    layout.write(here[::-1], here)
    same(here, np.concatenate([x[:1], x[:-1]])[::-1])


def test_scalar():
    assert layout.scalar(-1.5, np.dtype("uint8")) == host.scalar(-1.5, np.dtype("uint8")) == 255
