"""Expressions of pointwise words as CUDA text: each word once, as C, in the type its result is computed in.

float16 is computed in float32 and rounded when it is stored. Words follow NumPy where C differs: NaN goes through
maximum and minimum, the remainder has the sign of the divisor, gamma functions are those of special.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from .kernels import HALF, work_type
from .special import FUNCTIONS

BOTH_BOOL = "bool"  # operands as truth values
COMMON = "common"  # operands in the type they have in common
OWN = "own"  # operands in the type of the result

WORDS: dict[str, tuple[str, str]] = {
    "add": (OWN, "{0} + {1}"), "subtract": (OWN, "{0} - {1}"), "multiply": (OWN, "{0} * {1}"),
    "divide": (OWN, "{0} / {1}"), "negative": (OWN, "-{0}"), "mod": (OWN, "mxnd_mod({0}, {1})"),
    "maximum": (OWN, "mxnd_max({0}, {1})"), "minimum": (OWN, "mxnd_min({0}, {1})"),
    "clip": (OWN, "mxnd_min(mxnd_max({0}, {1}), {2})"), "hypot": (OWN, "hypot({0}, {1})"),
    "square": (OWN, "{0} * {0}"), "sign": (OWN, "({0} > 0) - ({0} < 0)"), "rsqrt": (OWN, "1 / sqrt({0})"),
    "rcbrt": (OWN, "1 / cbrt({0})"), "reciprocal": (OWN, "1 / {0}"),
    "sigmoid": (OWN, "1 / (1 + exp(-{0}))"), "softplus": (OWN, "mxnd_max({0}, {z}) + log1p(exp(-fabs({0})))"),
    "gamma": (OWN, "tgamma({0})"), "gammaln": (OWN, "lgamma({0})"), "digamma": (OWN, "mxnd_digamma({0})"),
    "polygamma": (OWN, "mxnd_polygamma({0}, {1})"), "isnan": (COMMON, "isnan({0})"),
    "isfinite": (COMMON, "isfinite({0})"), "logical_not": (BOTH_BOOL, "!{0}"),
    "logical_and": (BOTH_BOOL, "{0} && {1}"), "logical_or": (BOTH_BOOL, "{0} || {1}"),
    "logical_xor": (BOTH_BOOL, "{0} != {1}"), "equal": (COMMON, "{0} == {1}"), "not_equal": (COMMON, "{0} != {1}"),
    "greater": (COMMON, "{0} > {1}"), "greater_equal": (COMMON, "{0} >= {1}"), "less": (COMMON, "{0} < {1}"),
    "less_equal": (COMMON, "{0} <= {1}"),
}  # fmt: skip
WORDS |= {
    name: (OWN, f"{c}({{0}})")
    for name, c in {
        "sqrt": "sqrt", "exp": "exp", "expm1": "expm1", "log": "log", "log2": "log2", "log10": "log10",
        "log1p": "log1p", "sin": "sin", "cos": "cos", "tan": "tan", "arcsin": "asin", "arccos": "acos",
        "arctan": "atan", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "arcsinh": "asinh", "arccosh": "acosh",
        "arctanh": "atanh", "rint": "rint", "cbrt": "cbrt", "erf": "erf",
    }.items()
}  # fmt: skip
WHOLE = {"floor": "floor", "ceil": "ceil", "trunc": "trunc", "round": "round"}  # integers stay as they are


class Text(NamedTuple):
    """An expression in C, made of ``x0, x1 ...`` (elements of arrays, in their working types) and ``n0, n1 ...``."""

    lines: list[str]
    results: list[str]  # what each result is, in the type it is computed in
    helpers: str  # the functions that the lines call
    name: str


def text(code: Any, dtypes: Sequence[Any], kinds: Sequence[Any]) -> Text:
    """The C of a linear expression (see pending.py) over arrays of ``dtypes`` and numbers of ``kinds``."""
    return _Writer(code, dtypes, kinds).text()


class _Writer:
    def __init__(self, code: Any, dtypes: Sequence[Any], kinds: Sequence[Any]) -> None:
        self.steps, self.results = code
        self.dtypes, self.kinds = dtypes, kinds
        self.lines: list[str] = []

    def text(self) -> Text:
        for i, (word, operands, dtype) in enumerate(self.steps):
            self.lines.append(f"const {work_type(dtype)} v{i} = {self._step(word, operands, dtype)};")
        results = [f"x{~r}" if r < 0 else f"v{r}" for r in self.results]
        whole = "\n".join(self.lines)
        used = [name for name in FUNCTIONS if f"{name}(" in whole or f"{name}<" in whole]
        names = list(dict.fromkeys(word for word, _, _ in self.steps))
        helpers = "".join([HALF] * ("float16" in whole) + [FUNCTIONS[name] for name in used])
        return Text(self.lines, results, helpers, "_".join(names[-4:]) or "copy")

    def _step(self, word: str, operands: Sequence[Any], dtype: Any) -> str:
        own = work_type(dtype)
        if word in SPECIAL:
            return SPECIAL[word](self, own, dtype, *operands)
        kind, c = WORDS[word]
        used = {OWN: own, BOTH_BOOL: "bool"}.get(kind) or self._common(operands)
        if word in ("isnan", "isfinite") and used not in ("float", "double"):
            return "false" if word == "isnan" else "true"
        return f"({own})({c.format(*[self.typed(o, used) for o in operands], z=f'({own})0')})"

    def typed(self, operand: Any, wanted: str) -> str:
        """An operand in a C type."""
        if not isinstance(operand, int):
            kind, value = operand
            return f"({wanted})n{value}" if kind == "number" else f"({wanted}){value!r}"
        name = f"x{~operand}" if operand < 0 else f"v{operand}"
        return name if work_type(self.dtype(operand)) == wanted else f"({wanted}){name}"

    def dtype(self, operand: int) -> Any:
        """The dtype of a step's value or of an array."""
        return self.dtypes[~operand] if operand < 0 else self.steps[operand][2]

    def _common(self, operands: Sequence[Any]) -> str:
        """The C type in which operands are compared: integers as wide as there are, so that no number is cut."""
        kinds: list[Any] = []
        for operand in operands:
            if isinstance(operand, int):
                kinds.append(self.dtype(operand))
            else:
                kind = self.kinds[operand[1]] if operand[0] == "number" else int
                kinds.append({float: 1.0, int: 1, bool: True}.get(kind, kind))
        common = work_type(np.result_type(*kinds))
        return common if common in ("float", "double") else "long long"


def _where(w: _Writer, own: str, dtype: Any, c: Any, a: Any, b: Any) -> str:
    return f"{w.typed(c, 'bool')} ? {w.typed(a, own)} : {w.typed(b, own)}"


def _cast(w: _Writer, own: str, dtype: Any, x: Any, to: Any) -> str:
    """Floats become integers as on the CPU."""
    source = work_type(w.dtype(x))
    if dtype.kind in "iu" and source in ("float", "double"):
        return f"mxnd_integer<{own}>({w.typed(x, source)})"
    value = w.typed(x, own)
    return f"(float)(float16){value}" if dtype == np.float16 else value


def _abs(w: _Writer, own: str, dtype: Any, x: Any) -> str:
    value = w.typed(x, own)
    if dtype.kind == "f":
        return f"fabs({value})"
    return value if dtype.kind in "ub" else f"({own})({value} < 0 ? -{value} : {value})"


def _power(w: _Writer, own: str, dtype: Any, a: Any, b: Any) -> str:
    return f"{'pow' if dtype.kind == 'f' else 'mxnd_power'}({w.typed(a, own)}, {w.typed(b, own)})"


def _erfinv(w: _Writer, own: str, dtype: Any, x: Any) -> str:
    return f"{'erfinvf' if own == 'float' else 'erfinv'}({w.typed(x, own)})"


def _whole(c: str) -> Callable[..., str]:
    def word(w: _Writer, own: str, dtype: Any, x: Any) -> str:
        return f"{c}({w.typed(x, own)})" if dtype.kind == "f" else w.typed(x, own)

    return word


SPECIAL: dict[str, Callable[..., str]] = {
    "where": _where, "cast": _cast, "abs": _abs, "power": _power, "erfinv": _erfinv,
    **{name: _whole(c) for name, c in WHOLE.items()},
}  # fmt: skip


def kind_of(number: Any) -> Any:
    """What a kernel must know of a number beside its value: its Python class or its dtype."""
    return number.dtype if isinstance(number, np.generic) else number.__class__


def parameter(kind: Any) -> str:
    """The name of the dtype in which a number of a kind goes to a kernel."""
    return {float: "float64", int: "int64", bool: "bool"}.get(kind) or np.dtype(kind).name
