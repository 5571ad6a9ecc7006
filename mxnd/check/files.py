"""Looking through files: Python by its syntax tree, R by its tokens, notebooks by their cells."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import notebook, python_source, r_source
from .calls import problems
from .names import SUPPORTED, Judgement, judge, judge_r, operator_behind
from .report import ARGUMENT, SYNTAX, UNREADABLE, Finding, Report

ENDINGS = (".py", ".R", ".r", ".ipynb")
SKIPPED = ("__pycache__", "node_modules", "site-packages")


@dataclass
class _Part:
    """Lines of a file that belong together, and how their numbers and names get into the report."""

    report: Report
    file: str
    starts: Sequence[tuple[int, int]] = ()  # of a notebook: the line before each cell, and the cell's number

    def add(self, line: int | None, kind: str, text: str, name: str = "") -> None:
        cell = None
        if line is not None:
            before, cell = max(((s, n) for s, n in self.starts if s < line), default=(0, None))
            line -= before
        self.report.findings.append(Finding(self.file, line, kind, text, name, cell))

    def judged(self, line: int, found: Judgement, wrong: Iterable[str]) -> None:
        self.report.files[self.file] += 1
        self.report.names[found.name, found.status] += 1
        if found.status != SUPPORTED:
            self.add(line, found.status, found.name + found.hint, found.name)
        for text in wrong:
            self.add(line, ARGUMENT, f"{found.name}: {text}", found.name)

    def python(self, tree: ast.Module) -> None:
        for use in python_source.uses(tree):
            either = use.path[:1] == python_source.F
            found = judge(("nd", *use.path[1:]) if either else use.path)
            if found.module and found.status == SUPPORTED:
                continue
            target, symbolic = operator_behind(use.path, found), either or use.path[0] == "sym"
            self.judged(use.line, found, problems(target, use.call, symbolic) if use.call else ())

    def r(self, source: str) -> None:
        found, troubles = r_source.uses(source)
        for trouble in troubles:
            self.add(trouble.line, SYNTAX, trouble.text)
        for use in found:
            known = judge_r(use.name)
            self.judged(use.line, known, problems(known.target, use.call, True, by_r=True) if use.call else ())


def check(paths: Iterable[str | os.PathLike[str]]) -> Report:
    """Look through files, and folders for files named .py, .R or .ipynb.

    FileNotFoundError for a path that is not there; files that cannot be read or understood are in the report.
    """
    report = Report()
    for path in paths:
        for file in _files(Path(path)):
            _file(report, file)
    return report


def _files(path: Path) -> Iterator[Path]:
    if not path.exists():
        raise FileNotFoundError(str(path))
    if not path.is_dir():
        yield path
        return
    for folder, folders, names in os.walk(path):
        environment = "pyvenv.cfg" in names and Path(folder) != path
        folders[:] = [] if environment else sorted(n for n in folders if not n.startswith(".") and n not in SKIPPED)
        if not environment:
            yield from (Path(folder, name) for name in sorted(names) if name.endswith(ENDINGS))


def _file(report: Report, path: Path) -> None:
    part = _Part(report, str(path))
    report.files[part.file] += 0
    try:
        raw = path.read_bytes()
        if path.suffix in (".R", ".r"):
            part.r(_decoded(raw))
        elif path.suffix == ".ipynb":
            _notebook(part, raw.decode("utf-8"))
        else:
            part.python(python_source.parse(raw))
    except SyntaxError as error:
        part.add(error.lineno, SYNTAX, str(error.msg))
    except OSError as error:
        part.add(None, UNREADABLE, error.strerror or str(error))
    except (ValueError, RecursionError) as error:  # no notebook, not UTF-8; nested too deep
        part.add(None, UNREADABLE, str(error))


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")  # every byte is a letter there; R scripts do not tell


def _notebook(part: _Part, text: str) -> None:
    language, cells = notebook.cells(text)
    line = 0
    starts: list[tuple[int, int]] = []
    body: list[ast.stmt] = []
    part.starts = starts
    for cell in cells:
        starts.append((line, cell.number))
        if language.lower() != "r":
            body += _statements(part, cell.source, line)
        line += cell.source.count("\n") + 1
    if language.lower() == "r":
        part.r("\n".join(cell.source for cell in cells))
    else:
        part.python(ast.Module(body, []))


def _statements(part: _Part, source: str, before: int) -> list[ast.stmt]:
    """A cell's statements, their lines counted through the notebook. Each cell is parsed for itself."""
    try:
        tree = python_source.parse(source)
    except SyntaxError:
        try:
            tree = python_source.parse(notebook.without_magics(source))
        except SyntaxError as error:
            part.add(before + (error.lineno or 1), SYNTAX, str(error.msg))
            return []
    ast.increment_lineno(tree, before)
    return tree.body
