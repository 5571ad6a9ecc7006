"""Which operators have a GPU form, as ``python -m mxnd ops`` tells."""

from __future__ import annotations

import pytest

import mxnd as mx
from mxnd.backend.cuda import words
from mxnd.core.op import registry
from mxnd.describe.devices import gpu_form


def test_all_operators_have_one():
    assert words.MISSING == []
    assert {gpu_form(op) for op in registry.unique()} == {"yes"}


def test_a_word_without_one_is_named():
    words.MISSING += ["conv_weight", "erf"]
    try:
        forms = {name: gpu_form(registry[name]) for name in ("Convolution", "erf", "relu", "dot", "add_n")}
    finally:
        words.MISSING.clear()
    assert forms == {"Convolution": "no: conv_weight", "erf": "no: erf", "relu": "yes", "dot": "yes", "add_n": "yes"}


@pytest.mark.gpu
def test_a_word_without_one_is_an_error(cuda, monkeypatch):
    monkeypatch.setattr(words.Device, "matmul", words._missing("matmul"))
    with pytest.raises(mx.MXNetError, match=r"dot: matmul has no GPU form; copy the inputs with as_in_context"):
        mx.nd.dot(mx.nd.ones((2, 2), mx.gpu()), mx.nd.ones((2, 2), mx.gpu()))
