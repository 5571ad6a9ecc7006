"""What compat/ found out about the operators, as it comes with the package: ``mxnd/data/conformance.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any


@dataclass(frozen=True)
class Facts:
    """What is known about one declared operator."""

    conforms: bool = False  # to the registry of MXNet 1.9.1
    recorded: int = 0  # answers of real MXNet that its results are compared with
    differences: tuple[str, ...] = ()  # from MXNet 1.9.1, with reasons


@dataclass(frozen=True)
class Catalogue:
    """MXNet's names, and what is known about the operators declared here."""

    public: dict[
        str, tuple[str, str]
    ]  # public names of 1.9.1: the operator's own name, the first release known to have it
    r_names: dict[str, str]  # of the R documentation, and the Python names they stand for
    operators: dict[str, Facts] = field(default_factory=dict)

    def facts(self, name: str) -> Facts:
        """Those of an operator by its own name; empty ones when it came after the package was made."""
        return self.operators.get(name, Facts())

    def to_json(self) -> str:
        """As a text with one fact a line."""
        operators = {n: [f.conforms, f.recorded, *f.differences] for n, f in sorted(self.operators.items())}
        parts: dict[str, dict[str, Any]] = {"public": self.public, "r_names": self.r_names, "operators": operators}
        return "{\n" + ",\n".join(f'"{name}": {lines(part)}' for name, part in parts.items()) + "\n}\n"

    @classmethod
    def from_json(cls, text: str) -> Catalogue:
        data = json.loads(text)
        public = {name: (own, since) for name, (own, since) in data["public"].items()}
        operators = {n: Facts(bool(c), r, tuple(d)) for n, (c, r, *d) in data["operators"].items()}
        return cls(public, data["r_names"], operators)


def lines(table: Mapping[str, Any]) -> str:
    """A JSON object with an entry a line."""
    rows = [f" {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in table.items()]
    return "{\n" + ",\n".join(rows) + "\n}"


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The catalogue of the installed package."""
    return Catalogue.from_json(resources.files("mxnd").joinpath("data/conformance.json").read_text(encoding="utf-8"))
