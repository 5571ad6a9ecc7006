"""Ratios, geometric means and tables of measured cases.

A measured case is a dict: ``name``, ``family``, ``seconds`` (library to median seconds a call), ``skipped`` (library to
reason) and ``differs`` (libraries whose numbers are not mxnd's, and how far off they are).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

OTHERS = {"mxnet": "MXNet", "torch": "PyTorch"}


def ratio(case: dict[str, Any], other: str) -> float | None:
    """mxnd's time as a multiple of the other library's; None if either is missing."""
    seconds = case["seconds"]
    return seconds["mxnd"] / seconds[other] if "mxnd" in seconds and other in seconds else None


def geomean(values: Iterable[float | None]) -> float | None:
    """The geometric mean of the values that are there."""
    logs = [math.log(value) for value in values if value is not None]
    return math.exp(sum(logs) / len(logs)) if logs else None


def families(cases: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The cases of each family, in order of appearance."""
    found: dict[str, list[dict[str, Any]]] = {}
    for case in cases:
        found.setdefault(case["family"], []).append(case)
    return found


def means(cases: list[dict[str, Any]]) -> dict[str, dict[str, float | None]]:
    """The geometric means of the ratios: of each family, overall (every case counts the same), and of the families."""
    groups = {**families(cases), "overall": cases}
    found = {name: {o: geomean(ratio(c, o) for c in group) for o in OTHERS} for name, group in groups.items()}
    found["mean of families"] = {o: geomean(found[name][o] for name in families(cases)) for o in OTHERS}
    return found


def worst(cases: list[dict[str, Any]], other: str, count: int = 25) -> list[tuple[float, str]]:
    """The largest ratios, with the names of their cases."""
    found = [(r, case["name"]) for case in cases if (r := ratio(case, other)) is not None]
    return sorted(found, reverse=True)[:count]


def duration(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    if seconds < 1e-3:
        return f"{seconds * 1e6:.3g} us"
    return f"{seconds * 1e3:.3g} ms"


def number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def cells(case: dict[str, Any]) -> list[str]:
    times = [duration(case["seconds"].get(library)) for library in ("mxnd", *OTHERS)]
    return [case["name"], *times, *(number(ratio(case, other)) for other in OTHERS)]


HEADER = ["case", "mxnd", *OTHERS.values(), *(f"mxnd / {name}" for name in OTHERS.values())]


def summary(cases: list[dict[str, Any]]) -> list[list[str]]:
    """The geometric means as rows, with how many cases each is of."""
    counts = {name: len(group) for name, group in families(cases).items()} | {"overall": len(cases)}
    rows = [
        [name, str(counts.get(name, "")), *(number(found[o]) for o in OTHERS)] for name, found in means(cases).items()
    ]
    return [["geometric means", "cases", *HEADER[4:]], *rows]


def line(row: list[str]) -> str:
    return f"{row[0]:52}" + "".join(f"{cell:>10}" for cell in row[1:4]) + "".join(f"{cell:>16}" for cell in row[4:])


def about(run: dict[str, Any]) -> list[str]:
    """Machine and versions, one a line."""
    lines = [f"{run['processor']}, {run['threads']} threads, {run['rounds']} rounds"]
    for library, has in run["versions"].items():
        lines.append(f"{library}: " + ", ".join(f"{what} {which}" for what, which in has.items()))
    return lines


def text(run: dict[str, Any]) -> str:
    """The whole report for a terminal."""
    cases, lines = run["cases"], about(run)
    average = means(cases)
    for family, group in families(cases).items():
        lines += ["", line([family, *HEADER[1:]]), *(line(cells(case)) for case in group)]
        lines.append(line(["geometric mean", "", "", "", *(number(average[family][o]) for o in OTHERS)]))
    lines += ["", *(line([row[0], "", "", *row[1:]]) for row in summary(cases))]
    for other, name in OTHERS.items():
        found = worst(cases, other)
        if found:
            lines += ["", f"largest mxnd / {name}", *(f"{value:8.2f}  {case}" for value, case in found)]
    for case in cases:
        lines += [f"skipped: {case['name']}: {library}: {why}" for library, why in case["skipped"].items()]
        lines += [
            f"other numbers than mxnd: {case['name']}: {o}: by {100 * by:.2g} %" for o, by in case["differs"].items()
        ]
    return "\n".join(lines)


def markdown(run: dict[str, Any]) -> str:
    """The report as tables of Markdown."""

    def table(rows: list[list[str]]) -> list[str]:
        rows = [rows[0], ["---"] + ["---:"] * (len(rows[0]) - 1), *rows[1:]]
        return ["| " + " | ".join(row) + " |" for row in rows]

    cases = run["cases"]
    lines = [*(f"- {each}" for each in about(run)), "", *table(summary(cases))]
    for family, group in families(cases).items():
        lines += ["", f"### {family}", "", *table([HEADER, *map(cells, group)])]
    return "\n".join(lines) + "\n"
