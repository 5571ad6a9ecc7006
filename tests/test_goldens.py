"""Every recorded answer of real MXNet 1.9.1, or a stated reason to differ (``compat/known_differences.toml``)."""

from __future__ import annotations

import fnmatch
import sys
from pathlib import Path

import pytest
from golden_check import differences

from compat import goldens

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

KNOWN = tomllib.loads((Path(goldens.__file__).parent / "known_differences.toml").read_text())["difference"]
CASES = [case for theme in goldens.themes() for case in goldens.load(theme)]


def reasons(case: goldens.Case) -> list[dict[str, str]]:
    """The rows of the table that speak of a case."""
    return [row for row in KNOWN if any(fnmatch.fnmatchcase(case.id, pattern) for pattern in row["cases"])]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.theme}:{case.id}")
def test_recorded_answer(case):
    found = differences(case)
    rows = reasons(case)
    unexplained = [line for line in found if not any(line.startswith(row["what"]) for row in rows)]
    assert not unexplained, f"{case.op} {case.params}: " + "; ".join(unexplained)
    for row in rows:
        assert any(line.startswith(row["what"]) for line in found), f"no longer differs: {row}"
