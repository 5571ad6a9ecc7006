"""``mx.base``: the names scripts take from it."""

import numpy as np

from .core.errors import MXNetError

__all__ = ["MXNetError", "integer_types", "numeric_types", "string_types"]

string_types = (str,)
numeric_types = (float, int, np.generic)
integer_types = (int, np.int32, np.int64)
