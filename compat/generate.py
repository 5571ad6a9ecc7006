"""Write what is derived from the declared operators: their pages, the typed stub, and the facts the package carries.

    python -m compat.generate      from the project's root, after an operator or a recorded case has changed

Files: docs/ops/*.md, mxnd/nd.pyi, mxnd/data/*.json. tests/test_documents.py tells when they are out of date.
"""

from __future__ import annotations

import fnmatch
import sys
from collections import Counter
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import mxnd
from compat import conformance, goldens, known_differences
from mxnd.core.errors import MXNetError
from mxnd.core.op import Op, registry
from mxnd.describe import page, wording
from mxnd.describe.facts import Catalogue, Facts, lines
from mxnd.describe.stub import stub

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "docs" / "ops"
HEAD = """\
A page for each operator. Types, allowed values and defaults are worded as in MXNet's documents. The R lines give the
names and the order of arguments of MXNet's R documentation, where every argument is NULL unless given; called from
Python, R's names work with Python's order of axes. Examples print numbers to four digits."""


def differences(op: Op) -> tuple[str, ...]:
    """Why an operator differs from MXNet 1.9.1 on purpose: the rows with a case of it (rows for all are left out)."""

    def speaks(pattern: str) -> bool:
        name = pattern.partition("(")[0]
        return not name.startswith("*") and any(fnmatch.fnmatchcase(own, name) for own in op.names)

    return tuple(row["reason"] for row in known_differences.of_operators() if any(map(speaks, row["cases"])))


@cache
def recorded() -> Counter[str]:
    """How many answers of real MXNet are recorded under each name."""
    return Counter(case.op for theme in goldens.themes() for case in goldens.load(theme))


@cache
def catalogue() -> Catalogue:
    """What the package carries about MXNet's names and its own operators."""
    own = conformance.registry(conformance.LATEST)
    public = {name: (own[name]["name"], conformance.since(name)) for name in conformance.public_names()}
    operators = {
        op.name: Facts(not conformance.findings(op), sum(recorded()[name] for name in op.names), differences(op))
        for op in registry.unique()
    }
    return Catalogue(public, conformance.r_names(), operators)


def all_names() -> str:
    """MXNet's public names, Python's by module and the R package's, one module or function a line."""
    parts = {"python": conformance.module_names(), "r": conformance.r_package()}
    return "{\n" + ",\n".join(f'"{name}": {lines(part)}' for name, part in parts.items()) + "\n}\n"


def page_ops() -> dict[str, Op]:
    """The operators with a page, by the page's name: those with a name outside mx.nd._internal."""
    ops = {wording.public_path(op): op for op in registry.unique()}
    return {path: op for path, op in sorted(ops.items()) if not path.startswith("_internal.")}


def overview() -> str:
    """The table of all pages."""
    rows = ["# Operators", "", HEAD, "", "| Python | R | |", "|---|---|---|"]
    for path, op in page_ops().items():
        r = f"`{wording.r_path(op)}`" if wording.public_names(op) else ""
        rows.append(f"| [`mx.nd.{path}`]({path}.md) | {r} | {op.summary.replace('|', chr(92) + '|')} |")
    rows += ["", "## Functions that are not operators", "", "| Python | |", "|---|---|"]
    by_hand: dict[str, Any] = vars(mxnd.nd)["BY_HAND"]
    for name, function in sorted(by_hand.items()):
        words = (function.__doc__ or "").partition("\n")[0]
        rows.append(f"| `mx.nd.{name}{wording.plain_signature(function)}` | {words} |")
    return "\n".join(rows) + "\n"


def files() -> dict[Path, Callable[[], str]]:
    """Every generated file and what makes its text."""
    made: dict[Path, Callable[[], str]] = {
        ROOT / "mxnd" / "nd.pyi": stub,
        ROOT / "mxnd" / "data" / "conformance.json": lambda: catalogue().to_json(),
        ROOT / "mxnd" / "data" / "public_names.json": all_names,
        PAGES / "index.md": overview,
    }
    for path, op in page_ops().items():
        made[PAGES / f"{path}.md"] = partial(page.markdown, op, catalogue())
    return made


def main() -> int:
    """Write the files and remove pages of operators that are gone; 1 when an example does not run."""
    failed = 0
    made = files()
    for path, make in made.items():
        try:
            text = make()
        except MXNetError as error:
            failed += 1
            print(f"{path.relative_to(ROOT)}: {error}", file=sys.stderr)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for path in set(PAGES.glob("*.md")) - set(made):
        path.unlink()
    print(f"{len(made) - failed} files")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
