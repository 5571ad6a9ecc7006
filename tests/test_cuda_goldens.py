"""Every recorded answer of real MXNet again, on a GPU."""

from __future__ import annotations

import pytest
from golden_check import differences
from test_goldens import CASES, unexplained

import mxnd as mx
from mxnd.core.op import registry

pytestmark = pytest.mark.gpu


# Where large terms cancel, what is left has their rounding: by case, the relative tolerance.
CANCELLING = {"LayerNorm(data=normal(2,3,2), gamma=normal(2), beta=normal(2), axis=-1)": 1e-4}


@pytest.mark.parametrize("theme", sorted({case.theme for case in CASES}))
def test_recorded_answers_on_a_gpu(cuda, theme):
    cases = [case for case in CASES if case.theme == theme and not drawn(case)]
    with mx.gpu(0):
        found = [f"{case.id}: {'; '.join(lines)}" for case in cases if (lines := different(case))]
    assert not found, "\n".join(found)


def different(case):
    return differences(case, CANCELLING[case.id]) if case.id in CANCELLING else unexplained(case)


def drawn(case):
    """Does a case show random numbers? A GPU has streams of its own."""
    op = registry.get(case.op)
    return op is not None and op.random
