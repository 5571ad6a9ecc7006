"""``python -m mxnd check``: which of the MXNet names in a program are here, told without running it."""

from .files import check
from .report import Finding, Report

__all__ = ["Finding", "Report", "check"]
