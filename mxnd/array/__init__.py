"""The array: NDArray, indexing, gradients, files."""

from .. import ops as _ops  # noqa: F401  declares the operators before the class takes its methods from them
from . import operators as _operators  # noqa: F401  puts Python's operators and the methods on the class
from .ndarray import NDArray

__all__ = ["NDArray"]
