"""The code of a Jupyter notebook: its cells, one after the other, and which line of which cell a line is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

MAGIC = re.compile(
    r"^([ \t]*)(?:[\w., ]+=[ \t]*)?(?:%%?[A-Za-z]|!(?!=)|\?).*$"  # %time f(), x = !ls, ?help
    r"|^([ \t]*)[\w.]+\?{1,2}[ \t]*$",  # help?
    re.MULTILINE,
)
WRAPPERS = ("%%time", "%%timeit", "%%capture", "%%prun")  # the cell below them is Python all the same


@dataclass(frozen=True)
class Cell:
    """A cell with code. number: its place among all cells, from 1."""

    number: int
    source: str


def cells(text: str) -> tuple[str, list[Cell]]:
    """The language of a notebook (``python``, ``R``) and its code cells; ValueError when it is no notebook."""
    try:
        book = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not a notebook: {error}") from None
    if not isinstance(book, dict):
        raise ValueError("not a notebook: not a JSON object")
    sheets = book.get("worksheets") or [book]  # notebooks of version 3 have worksheets
    listed: list[object] = []
    for sheet in sheets:
        inner = sheet.get("cells") if isinstance(sheet, dict) else None
        if not isinstance(inner, list):
            raise ValueError("not a notebook: it has no cells")
        listed += inner
    return _language(book), list(_code(listed))


def _language(book: dict[str, object]) -> str:
    about = book.get("metadata")
    for part, key in (("kernelspec", "language"), ("language_info", "name")):
        inner = about.get(part) if isinstance(about, dict) else None
        if isinstance(inner, dict) and isinstance(inner.get(key), str):
            return str(inner[key])
    return "python"


def _code(listed: list[object]) -> Iterator[Cell]:
    for number, cell in enumerate(listed, 1):
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            source = cell.get("source", cell.get("input", ""))
            yield Cell(number, "".join(source) if isinstance(source, list) else str(source))


def without_magics(source: str) -> str:
    """A cell as plain Python, line by line: commands of Jupyter become ``pass``; cells in other languages empty."""
    if source.lstrip().startswith("%%") and not source.lstrip().startswith(WRAPPERS):
        return ""
    return MAGIC.sub(lambda found: f"{found[1] or found[2] or ''}pass", source)
