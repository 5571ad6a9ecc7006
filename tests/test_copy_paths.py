"""Large copies - transposed, side by side, padded, reshaped - against NumPy's, with any number of threads."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from mxnd.backend import blocked, memory

DTYPES = ("float32", "float64", "float16", "uint8")


@pytest.fixture(autouse=True)
def shared_among_threads(monkeypatch):
    monkeypatch.setattr(blocked, "PLAIN", blocked.THREADED)


def numbers(*shape, dtype="float32"):
    return (np.arange(int(np.prod(shape))) % 251).reshape(shape).astype(dtype)


VIEWS = {
    "rows": lambda x: x,
    "channels last": lambda x: x.transpose(0, 2, 3, 1),
    "channels first": lambda x: x.reshape(x.shape[0], -1, 37, 3).transpose(0, 3, 1, 2),
    "first and last": lambda x: x.swapaxes(0, 3),
    "all turned": lambda x: x.T,
    "middle": lambda x: x[:, 1:-1, 2:, ::-2],
    "backwards": lambda x: x[::-1, :, ::-1].transpose(1, 0, 3, 2),
    "repeated": lambda x: np.broadcast_to(x[:2, :, :, :, None], (2, *x.shape[1:], 6)),
}


@pytest.mark.parametrize("name", VIEWS)
def test_contiguous(name, some_threads):
    for dtype in DTYPES:
        view = VIEWS[name](numbers(9, 37, 51, 39, dtype=dtype))
        assert view.size > blocked.THREADED
        copy = blocked.contiguous(view)
        assert copy.flags.c_contiguous
        assert memory.owns(copy)
        np.testing.assert_array_equal(copy, view)


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_concat(axis, some_threads):
    x = numbers(70, 60, 80)
    parts = [x[:, 3:], x[:1], x.transpose(0, 2, 1)] if axis == 1 else [x, x[::-1], x * 2]
    if axis == 1:
        parts = [x[:, 3:], x[:, :1], x[:, ::2]]
    have = blocked.concat(axis, *parts)
    np.testing.assert_array_equal(have, np.concatenate(parts, axis))
    assert memory.owns(have)
    assert blocked.concat(0, x[:0], x, x[:0]).shape == x.shape


@pytest.mark.parametrize("shape", [(2, -1), (51, 5, 37, 39), (5 * 37, 51 * 39), (-1,)])
def test_reshape(shape, some_threads):
    x = numbers(5, 37, 51, 39)
    for view in (x, x.transpose(1, 0, 2, 3), x.transpose(0, 1, 3, 2), x[:, :, ::-1]):
        if shape[0] == 2:
            view = view[:4]
        np.testing.assert_array_equal(blocked.reshape(view, shape), view.reshape(shape))
    with pytest.raises(ValueError, match="reshape"):
        blocked.reshape(x.T, (7, 7))


@pytest.mark.parametrize(
    "key", [(slice(None), slice(3, 9)), (slice(None, None, -2),), (2,), (Ellipsis, slice(5, None))]
)
def test_zeros_around(key, some_threads):
    x = numbers(11, 300, 400)
    want = np.zeros_like(x)
    want[key] = x[key]
    np.testing.assert_array_equal(blocked.zeros_around(x[key], key, x.shape), want)


def test_plain_copies_of_middle_size_are_numpys(monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(blocked, "spread", lambda *_: pytest.fail("threads do not pay here"))
    x = numbers(1200, 1000)
    np.testing.assert_array_equal(blocked.contiguous(x[:1000]), x[:1000])
    np.testing.assert_array_equal(blocked.concat(1, x[:, :800], x[:, 100:]), np.hstack((x[:, :800], x[:, 100:])))


def test_write_into_what_is_read():
    x = numbers(600, 600)
    want = x.T.copy()
    blocked.write(x, x.T)
    np.testing.assert_array_equal(x, want)
    blocked.write(x, 3)
    assert (x == 3).all()


@pytest.mark.parametrize("mode", ["edge", "reflect"])
def test_pad_and_its_adjoint(mode, some_threads):
    for shape, widths in itertools.product([(2, 3, 4, 5), (1, 2, 3, 2, 3)], [(1, 2), (0, 1), (1, 0)]):
        widths = [(0, 0), (0, 0)] + [(a, min(b, n - 1)) for n, (a, b) in zip(shape[2:], [widths] * 3)]
        x = numbers(*shape, dtype="float64")
        want = np.pad(x, widths, mode)
        np.testing.assert_array_equal(blocked.pad(x, widths, mode), want)
        ct = np.random.RandomState(2).normal(size=want.shape)
        np.testing.assert_allclose((blocked.unpad(ct, widths, mode) * x).sum(), (ct * want).sum())
    big, widths = numbers(8, 16, 90, 91), [(0, 0), (0, 0), (3, 1), (2, 2)]
    np.testing.assert_array_equal(blocked.pad(big, widths, mode), np.pad(big, widths, mode))


def test_cuts_cover_everything_once():
    for shape in ((3, 5, 7), (100, 9), (1, 1, 200), (2, 0, 4), (1,)):
        seen = np.zeros(shape, int)
        for key in blocked.cuts(shape, 16):
            seen[key] += 1
        assert (seen == 1).all()
