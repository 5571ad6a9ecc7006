"""Tables of what was measured on a GPU.

A measured case is a dict as in report.py, with ``moved`` bytes and ``flops``, and the libraries that were ``compared``.
"""

from __future__ import annotations

from typing import Any

from compat.bench.report import duration, families, geomean, number

LIBRARIES = {
    "mxnd": "mxnd",
    "torch": "PyTorch",
    "mxnd without cuDNN": "mxnd, no cuDNN",
    "torch without cuDNN": "PyTorch, no cuDNN",
    "cupy": "bare CuPy",
}
WIDE = 48  # of names in a terminal
HEADER = ["case", *LIBRARIES.values(), "mxnd / PyTorch", "mxnd reaches", "PyTorch reaches"]


def ratio(case: dict[str, Any]) -> float | None:
    """mxnd's time as a multiple of PyTorch's; None if either is missing."""
    seconds = case["seconds"]
    return seconds["mxnd"] / seconds["torch"] if "mxnd" in seconds and "torch" in seconds else None


def reaches(case: dict[str, Any], library: str, copy: float) -> str:
    """Bytes a second as a part of a copy's, or operations a second."""
    seconds = case["seconds"].get(library)
    if seconds and case["moved"]:
        return f"{100 * case['moved'] / seconds / copy:.0f} %"
    if seconds and case["flops"]:
        return f"{case['flops'] / seconds / 1e12:.3g} TF/s"
    return "-"


def cells(case: dict[str, Any], copy: float) -> list[str]:
    times = [duration(case["seconds"].get(library)) for library in LIBRARIES]
    return [case["name"], *times, number(ratio(case)), *(reaches(case, library, copy) for library in ("mxnd", "torch"))]


def line(row: list[str]) -> str:
    return f"{row[0]:{WIDE}}" + "".join(f"{cell:>{max(len(head), 9) + 2}}" for cell, head in zip(row[1:], HEADER[1:]))


def means(cases: list[dict[str, Any]]) -> dict[str, float | None]:
    """The geometric means of mxnd / PyTorch of each family and overall."""
    return {name: geomean(map(ratio, group)) for name, group in {**families(cases), "overall": cases}.items()}


def about(run: dict[str, Any]) -> list[str]:
    """Device and versions, one a line."""
    cuda = f"CUDA runtime {run['CUDA']['runtime']}, driver {run['CUDA']['driver']}"
    return [
        f"{run['device']}, {cuda}, {run['date']}, {run['rounds']} rounds",
        *([] if not run["small"] else ["tiny arrays: a trial of the script, no measurement"]),
        f"a copy on the device: {run['copy'] / 1e9:.4g} GB/s read and written",
        f"python {run['python']}, " + ", ".join(f"{what} {which}" for what, which in run["versions"].items()),
    ]


def remarks(cases: list[dict[str, Any]]) -> list[str]:
    """What was skipped, and numbers that are not the same."""
    lines = [f"skipped: {case['name']}: {library}: {why}" for case in cases for library, why in case["skipped"].items()]
    lines += [
        f"other numbers than mxnd: {case['name']}: {library}: {by:.3g} times what is allowed"
        for case in cases for library, by in case["differs"].items()
    ]  # fmt: skip
    return lines


def verdict(case: dict[str, Any]) -> str:
    """Whether the libraries gave the same numbers."""
    same = [LIBRARIES[library] for library in case["compared"] if library not in case["differs"]]
    words = [f"as {', '.join(same)}"] if same else []
    words += [f"{100 * by:.3g} % of what is allowed from {LIBRARIES[o]}" for o, by in case["differs"].items()]
    words += [f"{LIBRARIES[o]}: {why}" for o, why in case["skipped"].items()]
    return f"{case['name']:{WIDE}}{'; '.join(words) or 'ran, compared with nothing'}"


def text(run: dict[str, Any]) -> str:
    """The end of the report for a terminal; the cases were printed as they came."""
    rows = [f"{name:{WIDE}}{number(mean):>12}" for name, mean in means(run["cases"]).items()]
    cases = run["cases"]
    compared = [case for case in cases if case["compared"]]
    same = sum(not case["differs"] for case in compared)
    ran = sum("mxnd" not in case["skipped"] for case in cases)
    end = f"mxnd ran {ran} of {len(cases)} cases; {len(compared)} were compared, {same} of them agree"
    table = ["geometric means, mxnd / PyTorch", *rows, ""] if run["rounds"] else []
    return "\n".join([*about(run), "", *table, *remarks(cases), end])


def markdown(run: dict[str, Any]) -> str:
    """The report as tables of Markdown."""

    def table(rows: list[list[str]]) -> list[str]:
        rows = [rows[0], ["---"] + ["---:"] * (len(rows[0]) - 1), *rows[1:]]
        return ["| " + " | ".join(row) + " |" for row in rows]

    cases = run["cases"]
    counts = {name: len(group) for name, group in families(cases).items()} | {"overall": len(cases)}
    summary = [[name, str(counts[name]), number(mean)] for name, mean in means(cases).items()]
    lines = [
        *(f"- {each}" for each in about(run)),
        "",
        *table([["geometric means", "cases", "mxnd / PyTorch"], *summary]),
    ]
    for family, group in families(cases).items():
        used = [i for i in range(len(HEADER)) if i == 0 or any(cells(c, run["copy"])[i] != "-" for c in group)]
        rows = [HEADER, *(cells(case, run["copy"]) for case in group)]
        lines += ["", f"### {family}", "", *table([[row[i] for i in used] for row in rows])]
    lines += ["", *(f"- {each}" for each in remarks(cases))] if remarks(cases) else []
    return "\n".join(lines) + "\n"
