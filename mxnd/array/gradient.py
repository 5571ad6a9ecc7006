"""Gradients of NDArrays: variables, and walking back from heads to them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..backend.memory import owns
from ..core.errors import ArgumentError, ArgumentTypeError, MXNetError
from ..core.operand import Operand
from ..core.quiet import quietly
from ..core.state import LARGE
from ..core.tape import Leaf, Var, walk
from .base import A, BaseArray

REQUESTS = ("write", "add", "null")
LEAST = 1 << 16  # bytes
OUTSIDE = (
    "cannot differentiate: the array was not computed inside autograd.record() from a variable with attach_grad(), "
    "or its graph was already freed (pass retain_graph=True to go through it twice)"
)


def mark(variable: BaseArray, grad: BaseArray, grad_req: str) -> None:
    """Make an array a variable whose gradient goes to ``grad``."""
    if grad_req not in REQUESTS:
        raise ArgumentError(f"grad_req={grad_req!r} is not one of {', '.join(REQUESTS)}")
    if grad.shape != variable.shape:
        raise ArgumentError(f"the gradient's shape {grad.shape} is not the variable's {variable.shape}")
    if grad_req == "null":
        variable._node = None
        variable.__dict__["_null_grad"] = grad
    else:
        variable.__dict__.pop("_null_grad", None)
        variable._node = Leaf(grad, grad_req)
    variable._index = 0


def _heads(
    heads: Sequence[BaseArray], head_grads: Sequence[BaseArray | None], tracked: bool
) -> list[tuple[Any, int, Any]]:
    if len(heads) != len(head_grads):
        raise ArgumentError(f"{len(heads)} heads but {len(head_grads)} head gradients")
    found = []
    for head, given in zip(heads, head_grads):
        if not isinstance(head, BaseArray):
            raise ArgumentTypeError(f"a head must be an NDArray, not {type(head).__name__}")
        if head._node is None:
            raise MXNetError(OUTSIDE)
        F = head._ctx.F
        if given is None:
            ct = F.ones(head.shape if head.size < LARGE else (1,) * head.ndim, head._data.dtype)
            ct = ct if ct.shape == head.shape else F.broadcast_to(ct, head.shape)  # no memory for many ones
        else:
            if given._ctx.F is not F:
                raise ArgumentError(f"the head gradient is on {given._ctx}, the head on {head._ctx}")
            if given.shape != head.shape:
                raise ArgumentError(f"the head gradient's shape {given.shape} is not the head's {head.shape}")
            ct = F.cast(given._data, head._data.dtype)
            if tracked and given._node is not None:
                ct = Var(head._ctx.tape, ct, given._node, given._index)
        found.append((head._node, head._index, ct))
    return found


@quietly
def backward(heads: Sequence[BaseArray], head_grads: Sequence[BaseArray | None], retain_graph: bool) -> None:
    """Write (or add) the gradient of every variable the heads were computed from."""
    reached = walk(_heads(heads, head_grads, False), retain=retain_graph)
    _early(reached)
    while reached:
        leaf, ct = reached.popitem()
        if leaf.grad.stype != "default":
            leaf.grad._put(leaf.grad._data + ct if leaf.req == "add" else ct)
            continue
        target = leaf.grad._data
        if isinstance(ct, Operand) and ct.value is not None:
            ct = ct.value
        if isinstance(ct, Operand):
            wide = leaf.grad._ctx.wide
            wide.settle([wide.leaf(target) + ct if leaf.req == "add" else ct], [target])
            continue
        F, mine, theirs = leaf.grad._ctx.F, _holders(ct), _holders(target) - 1
        if leaf.req == "add":
            F.accumulate(target, ct)
        elif _alike(ct, target) and _is_only(ct, mine) and _is_only(target, theirs):
            leaf.grad._data = ct  # instead of a copy
        else:
            F.write(target, ct)


def _alike(ct: Any, target: Any) -> bool:
    """Is a cotangent an array like the gradient's, of the host, and is copying it worth avoiding?

    Memory on a GPU may be in use by whoever asked the NDArray for its ``__cuda_array_interface__``.
    """
    return isinstance(ct, np.ndarray) and ct.nbytes >= LEAST and ct.dtype == target.dtype and ct.flags.carray


def _is_only(array: Any, holders: int) -> bool:
    """Is an array, with so many holders, the only way to its memory?"""
    base = array.base
    if owns(array):
        return holders == ALONE
    owned = isinstance(base, np.ndarray) and owns(base) and base.nbytes == array.nbytes
    return holders == ALONE and owned and _holders(base) == ALONE + 1


def _holders(array: Any) -> int:
    """How many references there are to an array, with those that this call makes."""
    return sys.getrefcount(array)


def _alone() -> int:
    array = np.empty(0)
    return _holders(array)


ALONE = _alone()  # holders of an array that one name alone refers to


def _early(reached: dict[Leaf, Any]) -> None:
    """Compute gradients that are still expressions now, where they read what another gradient will overwrite."""
    if not any(isinstance(ct, Operand) for ct in reached.values()):
        return
    targets = {id(_base(leaf.grad._data)): leaf for leaf in reached if leaf.grad.stype == "default"}
    for leaf, ct in reached.items():
        if isinstance(ct, Operand):
            reads = [targets.get(id(_base(x))) for x in ct.arrays()]
            if leaf.grad.stype != "default" or any(other not in (None, leaf) for other in reads):
                reached[leaf] = ct.F.settle([ct])[0]


def _base(array: Any) -> Any:
    """The array that owns the memory."""
    while getattr(array, "base", None) is not None:
        array = array.base
    return array


def grad(
    heads: Sequence[BaseArray],
    variables: Sequence[A],
    head_grads: Sequence[BaseArray | None],
    retain_graph: bool,
    create_graph: bool,
) -> list[A]:
    """The gradients of the variables as new arrays; recorded themselves under ``create_graph``."""
    for variable in variables:
        if not isinstance(variable._node, Leaf):
            raise MXNetError("a variable of autograd.grad must have attach_grad() called before it is used")
    with np.errstate(all="ignore"):
        reached = walk(_heads(heads, head_grads, create_graph), retain=retain_graph, tracked=create_graph)
    results = []
    for variable in variables:
        if variable._node not in reached:
            raise MXNetError("a variable was not used in computing the heads: it has no gradient")
        ct = reached[variable._node]
        own = ct.__class__ is not Var and isinstance(ct, Operand)
        if own:
            ct = ct.F.settle([ct])[0]
        raw = ct.value if ct.__class__ is Var else ct
        if not own or raw.dtype != variable._data.dtype:
            raw = variable._ctx.F.new(raw, variable._data.dtype)
        result = variable._of(raw, variable._ctx)
        if ct.__class__ is Var:
            result._node, result._index = ct.node, ct.index
        results.append(result)
    return results
