"""The array: NDArray, indexing, gradients, files."""

from .. import ops as _ops  # noqa: F401  declares the operators before the class takes its methods from them
from .ndarray import NDArray

__all__ = ["NDArray"]
