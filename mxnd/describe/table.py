"""``python -m mxnd ops``: every public operator of MXNet 1.9.1 in a line, and what is missing."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

from ..core.op import Op, registry
from .devices import gpu_form
from .facts import Catalogue


@dataclass(frozen=True)
class Row:
    """An operator of MXNet 1.9.1 with its public names, and its record if there is one here."""

    names: tuple[str, ...]
    op: Op | None


def rows(known: Catalogue) -> list[Row]:
    """One row for each operator that has public names, in alphabetical order; operators of one's own at the end."""
    groups: dict[str, list[str]] = {}
    for name, (own, _) in known.public.items():
        groups.setdefault(own, []).append(name)
    for own, names in groups.items():
        names.sort(key=lambda name: (name != own, name))
    found = [Row(tuple(names), registry.get(names[0])) for names in groups.values()]
    more = [op for op in registry.unique() if not any(name in known.public for name in op.names)]
    others = [Row(op.names, op) for op in more if not op.name.startswith("_")]
    return [*sorted(found, key=lambda row: row.names[0].lower()), *others]


def table(known: Catalogue) -> str:
    """The table and the totals."""
    head = ("operator", "declared", "conforms", "recorded", "gradient", "GPU")
    lines = [head, *(_cells(row, known) for row in rows(known))]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    texts = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines]
    return "\n".join([*texts, "", *totals(known)]) + "\n"


def _cells(row: Row, known: Catalogue) -> tuple[str, ...]:
    name = ", ".join(row.names)
    if row.op is None:
        return (name, "no", "", "", "", "")
    facts = known.facts(row.op.name)
    conforms = "yes" if facts.conforms else "no" if row.names[0] in known.public else ""
    return name, "yes", conforms, str(facts.recorded), "yes" if row.op.differentiable else "none", gpu_form(row.op)


def missing(known: Catalogue) -> tuple[list[str], list[str]]:
    """Public names of MXNet 1.9.1, and names of the R documentation, that ``mx.nd`` does not have."""
    nd: Any = importlib.import_module("mxnd.nd")
    have = {*registry, *nd.BY_HAND, *nd.__all__}
    return [n for n in known.public if n not in have], [r for r, name in known.r_names.items() if name not in have]


def totals(known: Catalogue) -> list[str]:
    """How much of MXNet is there, in words."""
    names, r_names = missing(known)
    return [
        f"{len(known.public) - len(names)} of {len(known.public)} public operator names of MXNet 1.9.1, "
        f"{len(names)} missing",
        f"{len(known.r_names) - len(r_names)} of {len(known.r_names)} names of its R documentation, "
        f"{len(r_names)} missing",
    ]


def missing_text(known: Catalogue) -> str:
    """The missing names, one a line; those of R follow where no missing Python name says the same."""
    names, r_names = missing(known)
    only_r = [r for r in r_names if known.r_names[r] not in names]
    return "\n".join([*names, *only_r, *([""] if names or only_r else []), *totals(known)]) + "\n"
