"""Whole legacy programs on a GPU: what they print is what they print on the CPU."""

from __future__ import annotations

import re
import runpy
import sys

import numpy as np
import pytest
from conftest import ROOT

import mxnd as mx

pytestmark = pytest.mark.gpu
NUMBER = re.compile(r"\s*-?\d+(?:\.\d*)?(?:e[-+]?\d+)?")


@pytest.fixture
def printed(monkeypatch, capsys):
    """What a script prints, with ``import mxnet`` finding mxnd meanwhile."""
    monkeypatch.setattr(sys, "meta_path", sys.meta_path[:])
    before = set(sys.modules)
    mx.install_as_mxnet()

    def run(name):
        script = str(ROOT / "compat" / "scripts" / f"{name}.py")
        monkeypatch.setattr(sys, "argv", [script])
        mx.random.seed(0)
        np.random.seed(0)
        runpy.run_path(script, run_name="__main__")
        return capsys.readouterr().out

    yield run
    for name in set(sys.modules) - before:
        if name.partition(".")[0] == "mxnet":
            del sys.modules[name]


@pytest.mark.parametrize("name", ["char_ngram", "indexing_tour", "softmax_output_classifier"])
def test_prints_the_same(cuda, monkeypatch, printed, name):
    """The scripts say ``mx.cpu()`` or nothing, and mean the GPU here. They draw nothing from MXNet's own streams."""
    want = printed(name)
    for module in (mx, mx.context):
        monkeypatch.setattr(module, "cpu", lambda number=0: mx.gpu(0))
    with mx.gpu(0):
        have = printed(name).replace("gpu(0)", "cpu(0)")
    assert NUMBER.sub("#", have) == NUMBER.sub("#", want)
    np.testing.assert_allclose(*[[float(n) for n in NUMBER.findall(text)] for text in (have, want)], rtol=2e-4)
    assert len(want.splitlines()) > 5
