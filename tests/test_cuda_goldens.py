"""Every recorded answer of real MXNet again, on a GPU."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from golden_check import close, differences, run
from test_goldens import CASES, unexplained

import mxnd as mx
from mxnd.core.op import registry

pytestmark = pytest.mark.gpu


# Where large terms cancel, what is left has their rounding: by case, the relative tolerance.
CANCELLING = {"LayerNorm(data=normal(2,3,2), gamma=normal(2), beta=normal(2), axis=-1)": 1e-4}

# CuPy compiles with -ftz=true: float32 numbers below 1.2e-38 are 0 on a GPU. In these answers, and no others, it shows.
FLUSHED = (
    "reciprocal(data=[1e-38,-1e-38,1e+38,-1e+38,1e-45,4.0,-8.0,3.0])",
    "sqrt(data=[0.0,1e-45,1e-38,2.0,10000000000.0,1e+38,-1e-30,4.0])",
)


@pytest.mark.parametrize("theme", sorted({case.theme for case in CASES}))
def test_recorded_answers_on_a_gpu(cuda, theme):
    cases = [case for case in CASES if case.theme == theme and case.id not in FLUSHED and not drawn(case)]
    with mx.gpu(0):
        found = [f"{case.id}: {'; '.join(lines)}" for case in cases if (lines := different(case))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", FLUSHED)
def test_answers_to_numbers_that_are_0_on_a_gpu(cuda, name):
    (case,) = (case for case in CASES if case.id == name)
    (x,) = case.inputs.values()
    with mx.gpu(0):
        assert different(case)
        have = run(case)
    zeros = np.where(np.abs(x) < np.finfo("float32").tiny, x * 0, x)
    want = run(dataclasses.replace(case, inputs=dict.fromkeys(case.inputs, zeros)))
    assert close(have.outputs[0], want.outputs[0])
    assert close(have.grads["data"], want.grads["data"])


def different(case):
    return differences(case, CANCELLING[case.id]) if case.id in CANCELLING else unexplained(case)


def drawn(case):
    """Does a case show random numbers? A GPU has streams of its own."""
    op = registry.get(case.op)
    return op is not None and op.random
