"""The errors mxnd raises. Every one is an ``MXNetError``; most are also the built-in error Python people expect."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class MXNetError(RuntimeError):
    """Anything MXNet reports as an error."""


class ArgumentError(MXNetError, ValueError):
    """A value, shape or dtype that the operator does not take."""


class ArgumentTypeError(MXNetError, TypeError):
    """An argument of the wrong kind, a missing one, or one nobody knows."""


class OutOfBoundsError(MXNetError, IndexError):
    """An index outside its axis."""


class OutOfMemoryError(MXNetError, MemoryError):
    """More memory than there is."""


class NotYetError(MXNetError, NotImplementedError):
    """Part of MXNet 1.x that mxnd does not have yet."""


class UnknownNameError(MXNetError, AttributeError):
    """A name that neither MXNet 1.x nor mxnd has."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``"; did you mean 'x'?"`` for the nearest of the known names, or nothing when none is near."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    near = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return f"; did you mean {by_lower[near[0]]!r}?" if near else ""
