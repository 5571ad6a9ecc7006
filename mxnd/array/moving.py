"""Values from one context to another, with their gradients back."""

from __future__ import annotations

from typing import Any

from ..context import Context
from ..core.operand import Operand
from ..core.tape import Var


def move(x: Any, source: Context, target: Context) -> Any:
    """The values of a raw array of one context, in memory of another; itself where both use the same memory."""
    if source.F is target.F:
        return x
    if source.device_type == "gpu" and target.device_type != "gpu":
        return source.F.to_host(x)
    return target.F.from_host(x)


def travel(value: Any, source: Context, target: Context) -> Any:
    """``move`` of a raw array or of a Var, whose cotangent comes back the same way."""
    if value.__class__ is Var:
        moved = move(value.value, source, target)
        return target.tape.joint(moved, [value], lambda F, ct: (travel(ct, target, source),))
    if isinstance(value, Operand):
        value = value.F.done(value)  # type: ignore[attr-defined]
    return move(value, source, target)
