"""Every recorded answer again, on the path for large arrays, with tiny blocks and several threads."""

from __future__ import annotations

import pytest
from large import everything_large
from test_goldens import CASES, unexplained


@pytest.mark.parametrize("theme", sorted({case.theme for case in CASES}))
def test_recorded_answers_on_the_path_for_large_arrays(theme):
    cases = [case for case in CASES if case.theme == theme]
    assert cases
    with everything_large():
        found = [f"{case.id}: {'; '.join(lines)}" for case in cases if (lines := unexplained(case))]
    assert not found, "\n".join(found)
