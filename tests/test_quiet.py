"""NumPy's warnings: off inside operators, and the user's settings as they were after each of them."""

from __future__ import annotations

import contextvars

import numpy as np
import pytest

from mxnd import autograd, nd
from mxnd.core import quiet
from mxnd.core.errors import MXNetError

SETTINGS = {"divide": "raise", "over": "warn", "under": "ignore", "invalid": "raise"}


@pytest.fixture(params=["variable", "functions"])
def pair(request, monkeypatch):
    """``begin`` and ``end``, and those for a NumPy that keeps its state elsewhere."""
    if request.param == "functions":
        monkeypatch.setattr(contextvars, "copy_context", dict)
    return quiet._pair()


def test_begin_and_end(pair):
    begin, end = pair
    with np.errstate(**SETTINGS):
        before = begin()
        assert set(np.geterr().values()) == {"ignore"}
        inner = begin()
        end(inner)
        assert np.isinf(np.ones(1) / np.zeros(1))
        end(before)
        assert np.geterr() == SETTINGS
        with pytest.raises(FloatingPointError):
            np.ones(1) / np.zeros(1)


def test_numpy_2_keeps_its_state_in_a_variable():
    if np.lib.NumpyVersion(np.__version__) >= "2.0.0":
        assert quiet.end.__self__.__class__ is contextvars.ContextVar


def test_operators_neither_warn_nor_change_settings():
    x = nd.array([-1.0, 0.0])
    x.attach_grad()
    with np.errstate(**SETTINGS):
        assert np.isneginf(nd.log(x).asnumpy()[1])
        with autograd.record():
            y = nd.log(x)
        y.backward()
        assert np.isposinf(x.grad.asnumpy()[1])
        x.detach()[:] = nd.sqrt(x)
        with pytest.raises(MXNetError):
            nd.dot(x, nd.ones((3,)))
        assert np.geterr() == SETTINGS
