"""The element types of MXNet 1.9.1."""

from __future__ import annotations

from typing import Any

import numpy as np

from .errors import ArgumentTypeError

BFLOAT16 = np.dtype([("bfloat16", np.uint16)])
"""MXNet's bfloat16 as its Python shows it: the upper 16 bits of a float32. Stored and converted, not computed with."""

DTYPES: dict[str, np.dtype[Any]] = {
    name: np.dtype(name) for name in ("float32", "float64", "float16", "uint8", "int32", "int8", "int64", "bool")
}
DTYPES["bfloat16"] = BFLOAT16
FLOAT32 = DTYPES["float32"]
NAMES = {dtype: name for name, dtype in DTYPES.items()}


def as_dtype(value: Any) -> np.dtype[Any]:
    """A dtype given as name, NumPy type or dtype; None is float32. ArgumentTypeError when MXNet has none such."""
    if value is None:
        return FLOAT32
    if isinstance(value, str) and value in DTYPES:
        return DTYPES[value]
    if isinstance(value, np.dtype) and value in NAMES:
        return DTYPES[NAMES[value]]
    native: np.dtype[Any] | None
    try:
        native = np.dtype(value).newbyteorder("=")
    except TypeError:  # no dtype, or one of those that have no byte order
        native = None
    if native is None or native not in NAMES:
        raise ArgumentTypeError(f"dtype={value!r} is not one of {', '.join(DTYPES)}")
    return native
