"""Reads ``known_differences.toml``: where mxnd differs from MXNet 1.9.1 on purpose, and why."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Rows = list[dict[str, Any]]


@cache
def _table() -> dict[str, Rows]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def of_operators() -> Rows:
    """The rows that speak of recorded calls of operators."""
    return _table()["difference"]


def of_snippets() -> Rows:
    """The rows that speak of recorded snippets."""
    return _table()["snippet"]
