"""mx.nd.save and load on NDArrays; the format itself is tested in test_params_format.py."""

from __future__ import annotations

import numpy as np
import pytest

import mxnd as mx
from mxnd import nd


def test_list_and_dict(tmp_path):
    path = tmp_path / "a.params"
    arrays = [nd.arange(6).reshape((2, 3)), nd.array([1, -2], dtype="int8"), nd.array([True], dtype="bool")]
    nd.save(path, arrays)
    for have, want in zip(nd.load(str(path)), arrays, strict=True):
        assert (have.dtype, have.context) == (want.dtype, mx.cpu())
        np.testing.assert_array_equal(have.asnumpy(), want.asnumpy())
    nd.save(str(path), {"weight": arrays[0], "arg:bias": arrays[1]})
    assert list(nd.load(path)) == ["weight", "arg:bias"]
    assert list(nd.load_frombuffer(memoryview(path.read_bytes()))) == ["weight", "arg:bias"]
    nd.save(path, arrays[0])
    assert len(nd.load(path)) == 1


def test_loaded_arrays_can_be_written(tmp_path):
    nd.save(tmp_path / "a", [nd.zeros(3)])
    (x,) = nd.load(tmp_path / "a")
    x[:] = 5
    x.attach_grad()
    assert x.sum().asscalar() == 15


@pytest.mark.parametrize("bad", [5, "text", [1, 2], {"a": 1}, {1: nd.ones(1)}, [np.ones(2)]])
def test_what_cannot_be_saved(tmp_path, bad):
    path = tmp_path / "a.params"
    nd.save(path, [nd.ones(2)])
    with pytest.raises(TypeError) as caught:
        nd.save(path, bad)
    assert isinstance(caught.value, mx.MXNetError)
    assert nd.load(path)[0].asnumpy().tolist() == [1, 1]


def test_what_cannot_be_loaded(tmp_path):
    with pytest.raises(mx.MXNetError, match=r"none\.params"):
        nd.load(tmp_path / "none.params")
    (tmp_path / "text").write_text("hello")
    with pytest.raises(mx.MXNetError):
        nd.load(tmp_path / "text")
    with pytest.raises(mx.MXNetError, match="path"):
        nd.load(7)
    with pytest.raises(mx.MXNetError, match="bytes"):
        nd.load_frombuffer("text")
