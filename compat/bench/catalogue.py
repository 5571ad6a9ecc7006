"""All cases of the benchmark."""

from __future__ import annotations

from compat.bench import operators
from compat.bench.case import Case
from compat.bench.programs import programs


def catalogue(shrink: int = 1) -> list[Case]:
    """Every case, in the order of the report; ``shrink`` divides large dimensions, for quick tests."""
    return [case for family in (*operators.FAMILIES, programs) for case in family(shrink)]
