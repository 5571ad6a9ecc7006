"""The porting report: what is used, what of it is missing or called wrongly, and the sums."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from dataclasses import asdict, dataclass, field

from .names import NOT_YET, SUPPORTED, UNKNOWN

ARGUMENT, SYNTAX, UNREADABLE = "argument", "syntax", "unreadable"


@dataclass(frozen=True)
class Finding:
    """Something that will not work. kind: NOT_YET, UNKNOWN, ARGUMENT, SYNTAX or UNREADABLE; cell: in a notebook."""

    file: str
    line: int | None
    kind: str
    text: str
    name: str = ""
    cell: int | None = None

    def __str__(self) -> str:
        places = [self.file, *([f"cell {self.cell}"] if self.cell else []), *([str(self.line)] if self.line else [])]
        return f"{':'.join(places)}: {self.kind}: {self.text}"


@dataclass
class Report:
    """What was found in some files. names: how often each name is used, and its status; files: uses in each."""

    files: Counter[str] = field(default_factory=Counter)
    names: Counter[tuple[str, str]] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether all that was found is here and called rightly, and every file could be read."""
        return not self.findings

    def count(self, *kinds: str) -> int:
        return sum(finding.kind in kinds for finding in self.findings)

    def summary(self) -> dict[str, int]:
        """The sums, by what they count."""
        distinct = Counter(status for _, status in self.names)
        return {
            "files": len(self.files),
            "files with mxnet": sum(uses > 0 for uses in self.files.values()),
            "files not understood": len({f.file for f in self.findings if f.kind in (SYNTAX, UNREADABLE)}),
            "names": len(self.names),
            **{status: distinct[status] for status in (SUPPORTED, NOT_YET, UNKNOWN)},
            "arguments": self.count(ARGUMENT),
        }

    def to_json(self) -> str:
        """All of it, for programs."""
        names = [{"name": name, "status": status, "uses": uses} for (name, status), uses in self._by_use()]
        parts = {"summary": self.summary(), "files": self.files, "names": names}
        return json.dumps({**parts, "findings": [asdict(finding) for finding in self.findings]}, indent=1) + "\n"

    def text(self) -> str:
        """All of it, for people: a line for each finding, the names, the sums."""
        lines = [str(finding) for finding in self.findings]
        for status in (NOT_YET, UNKNOWN, SUPPORTED):
            words = [f"{name}\N{NO-BREAK SPACE}{uses}" for (name, known), uses in self._by_use() if known == status]
            if words:
                lines += ["", f"{status} ({len(words)} names, with how often each is used):"]
                wrapped = textwrap.fill(", ".join(words), 100, initial_indent="  ", subsequent_indent="  ")
                lines.append(wrapped.replace("\N{NO-BREAK SPACE}", " "))
        sums = self.summary()
        used = f"{sums['files']} files, {sums['files with mxnet']} use MXNet"
        used += f", {sums['files not understood']} not understood" if sums["files not understood"] else ""
        counts = ", ".join(f"{sums[status]} {status}" for status in (SUPPORTED, NOT_YET, UNKNOWN))
        wrong = f"; {sums['arguments']} wrong arguments" if sums["arguments"] else ""
        return "\n".join([*lines, "", used, f"{sums['names']} names: {counts}{wrong}"]).lstrip("\n") + "\n"

    def _by_use(self) -> list[tuple[tuple[str, str], int]]:
        return sorted(self.names.items(), key=lambda item: (-item[1], item[0][0].lower(), item[0]))
