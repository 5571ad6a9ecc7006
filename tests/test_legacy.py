"""``import mxnet`` is mxnd after install_as_mxnet(); what is missing imports and fails at its use, by name."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

import mxnd as mx


def python(code: str) -> subprocess.CompletedProcess:
    """A fresh process in which mxnd stands in for mxnet."""
    text = "import mxnd; mxnd.install_as_mxnet()\n" + textwrap.dedent(code)
    return subprocess.run([sys.executable, "-c", text], capture_output=True, text=True)


def test_every_way_to_import():
    done = python("""
        import mxnet as mx
        import mxnet
        from mxnet import nd, autograd, random
        import mxnet.ndarray as F
        import mxnet.nd
        from mxnet.ndarray import NDArray, array, LeakyReLU
        from mxnet.ndarray.ndarray import NDArray as Again
        from mxnet.ndarray import random as r, linalg, contrib, sparse
        import mxnet.ndarray.linalg
        import mxnet.ndarray.sparse
        from mxnet.ndarray.sparse import CSRNDArray, csr_matrix
        from mxnet.base import MXNetError, string_types
        from mxnet.context import Context, cpu, gpu, current_context
        from mxnet.autograd import record, Function
        from mxnet import gluon, symbol, sym, mod, io, metric, init, test_utils
        from mxnet.gluon import nn, Trainer
        from mxnet.gluon.nn import Dense
        import mxnet.gluon.data.vision as vision
        from mxnet.io import NDArrayIter, DataBatch
        from mxnet.test_utils import *
        assert mx is mxnet is mxnd and mx.nd is F is mx.ndarray is nd
        assert mx.nd.NDArray is NDArray is Again is mx.NDArray and mx.nd.sparse is sparse
        assert array([1, 2]).sum().asscalar() == 3
        print("fine")
    """)
    assert done.stdout == "fine\n", done.stderr


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("from mxnet import gluon\nnet = gluon.nn.Dense(10)", "mx.gluon.nn.Dense is part of MXNet 1.x"),
        ("from mxnet.gluon import nn\nclass Net(nn.Block): pass", "mx.gluon.nn.Block is part of MXNet 1.x"),
        ("import mxnet as mx\nmx.sym.Variable('data')", "mx.sym.Variable is part of MXNet 1.x"),
        ("import mxnet as mx\nfor batch in mx.io.NDArrayIter: pass", "mx.io.NDArrayIter is part of MXNet 1.x"),
        ("import mxnet.gluum", "No module named 'mxnet.gluum'"),
        ("import mxnet as mx\nmx.gluom", "did you mean 'gluon'"),
    ],
)
def test_what_is_missing_fails_at_its_use(code, words):
    done = python(code)
    assert done.returncode != 0
    assert words in done.stderr.splitlines()[-1], done.stderr


def test_a_real_mxnet_is_not_replaced(monkeypatch):
    monkeypatch.setitem(sys.modules, "mxnet", object())
    with pytest.raises(mx.MXNetError, match="already"):
        mx.install_as_mxnet()


def test_inplace_methods_share_memory():
    x = mx.nd.zeros((2, 1, 3))
    for view in (x.expand_dims(0, inplace=True), x.squeeze(1, inplace=True), x.flatten(inplace=True)):
        view[:] = view + 1
    assert x.asnumpy().tolist() == [[[3, 3, 3]], [[3, 3, 3]]]
    for copy in (x.expand_dims(0), x.squeeze(axis=1), x.flatten()):
        copy[:] = 0
    assert (x.asnumpy() == 3).all()
