"""Every recorded answer of real MXNet 1.9.1, or a stated reason to differ (``compat/known_differences.toml``)."""

from __future__ import annotations

import fnmatch
from typing import Any

import pytest
from golden_check import differences

from compat import goldens, known_differences

KNOWN = known_differences.of_operators()
CASES = [case for theme in goldens.themes() for case in goldens.load(theme)]


def speaks_of(row: dict[str, Any], case: goldens.Case) -> bool:
    """Whether a row of the table is about a case."""
    return any(fnmatch.fnmatchcase(case.id, pattern) for pattern in row["cases"])


def unexplained(case: goldens.Case) -> list[str]:
    """The differences that no row accounts for."""
    rows = [row for row in KNOWN if speaks_of(row, case)]
    found = differences(case, rtol=max((row.get("rtol", 0.0) for row in rows), default=0.0))
    return [line for line in found if not any("what" in row and line.startswith(row["what"]) for row in rows)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.theme}:{case.id}")
def test_recorded_answer(case):
    found = unexplained(case)
    assert not found, f"{case.op} {case.params}: " + "; ".join(found)


@pytest.mark.parametrize("row", KNOWN, ids=lambda row: row["cases"][0])
def test_known_difference_still_holds(row):
    assert row["reason"]
    what = row.get("what", "")
    for pattern in row["cases"]:
        cases = [case for case in CASES if fnmatch.fnmatchcase(case.id, pattern)]
        assert any(line.startswith(what) for case in cases for line in differences(case)), f"no longer true: {pattern}"
