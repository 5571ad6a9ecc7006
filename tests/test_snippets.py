"""Short pieces of MXNet code about NDArray, indexing and autograd, held to what real MXNet 1.9.1 answered."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mxnd as mx
from compat import known_differences
from compat.record_snippets import FOLDER, answer, snippets

NAMES = {"mx": mx, "nd": mx.nd, "autograd": mx.autograd, "np": np}
REASONS = {row["code"]: row for row in known_differences.of_snippets()}


def recorded() -> list[tuple[str, str, dict[str, Any]]]:
    """(setup, snippet, recorded answer) of every snippet."""
    rows = []
    for path in sorted((FOLDER / "snippets").glob("*.txt")):
        setup, lines = snippets(path)
        answers = json.loads((FOLDER / "golden" / "snippets" / f"{path.stem}.json").read_text())
        assert [a["snippet"] for a in answers] == lines, f"{path.name} changed since it was recorded"
        rows += [(setup, line, got) for line, got in zip(lines, answers)]
    return rows


def same(have: Any, want: Any) -> bool:
    """Equal, numbers within float32's rounding; a Python number may stand for a NumPy one of the same kind."""
    if isinstance(want, dict) and "values" in want:
        return (
            isinstance(have, dict)
            and (have.get("dtype"), have.get("shape")) == (want["dtype"], want["shape"])
            and all(_close(h, w) for h, w in zip(have["values"], want["values"]))
        )
    if isinstance(want, dict) and "nd" in want:
        return (
            isinstance(have, dict)
            and "nd" in have
            and have.get("stype") == want.get("stype")
            and same(have["nd"], want["nd"])
        )
    if isinstance(want, list):
        return isinstance(have, list) and len(have) == len(want) and all(map(same, have, want))
    return have == want


def _close(have: str, want: str) -> bool:
    if have == want:
        return True
    return math.isclose(float(have), float(want), rel_tol=2e-6, abs_tol=1e-7)


@pytest.mark.parametrize(
    ("setup", "code", "want"), recorded(), ids=lambda v: v if isinstance(v, str) and "\n" not in v else ""
)
def test_recorded_answer(setup, code, want):
    have = answer(setup, code, NAMES)
    if "error" in want:
        agrees = "error" in have
        if agrees:
            assert {"MXNetError", "TypeError", "ValueError", "IndexError", "SyntaxError"} & set(have["error"]), have
    else:
        agrees = "value" in have and same(have["value"], want.get("value"))
    if code in REASONS:
        assert not agrees, f"no longer differs: {code}"
        assert ("value" in have) == ("value" in REASONS[code]["gives"]), have
        if "value" in have:
            assert REASONS[code]["gives"].removeprefix("value ") in json.dumps(have["value"]), have
    else:
        assert agrees, f"{code!r}: {json.dumps(have)[:300]} but MXNet {json.dumps(want)[:300]}"


def test_the_table_speaks_of_recorded_snippets():
    codes = {code for _, code, _ in recorded()}
    assert set(REASONS) <= codes, set(REASONS) - codes
    assert Path(FOLDER, "known_differences.toml").exists()
