"""For operators of your own: the decorator and the types that mxnd's own operators are declared with.

``docs/declaring-an-operator.md`` shows how.
"""

from .core.errors import ArgumentError
from .core.formula import Rule, formula
from .core.op import op
from .core.params import Array, Count, Double, Floats, Long, Shape, Size, required

__all__ = [
    "ArgumentError",
    "Array",
    "Count",
    "Double",
    "Floats",
    "Long",
    "Rule",
    "Shape",
    "Size",
    "formula",
    "op",
    "required",
]
