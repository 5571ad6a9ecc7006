"""``foreach``, ``while_loop`` and ``cond`` of ``mx.nd.contrib``: Python's own control flow, results side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..core.errors import ArgumentError, ArgumentTypeError
from .functions import function
from .ndarray import NDArray

__all__ = ["cond", "foreach", "while_loop"]


def _leaves(value: Any, what: str) -> list[NDArray]:
    """The arrays in a nested list of arrays, or the one."""
    if isinstance(value, NDArray):
        return [value]
    if isinstance(value, (list, tuple)):
        return [leaf for item in value for leaf in _leaves(item, what)]
    raise ArgumentTypeError(f"{what} must be an NDArray or a nested list of them, not {type(value).__name__}")


def _like(form: Any, arrays: Iterator[NDArray]) -> Any:
    """Arrays nested as ``form`` is."""
    return next(arrays) if isinstance(form, NDArray) else [_like(item, arrays) for item in form]


def _side_by_side(steps: Sequence[list[NDArray]], name: str, room: int = 0) -> list[NDArray]:
    """The results of all steps along a new first axis; zeros where there is room for more steps."""
    if any(len(step) != len(steps[0]) for step in steps):
        raise ArgumentError(f"{name}: the number of outputs changes from step to step")
    found = []
    for number, arrays in enumerate(zip(*steps)):
        shapes = {x.shape for x in arrays}
        if len(shapes) > 1:
            raise ArgumentError(f"{name}: output {number} changes its shape from step to step: {sorted(shapes)}")
        blank = [function("zeros_like")(arrays[0])] * max(room - len(steps), 0)
        found.append(function("stack")(*arrays, *blank, axis=0))
    return found


def foreach(body: Callable[..., Any], data: Any, init_states: Any) -> tuple[Any, Any]:
    """Run ``body(element, states)`` for each element along the first axis.

    body: Returns (outputs, new states). data: An NDArray, or a list of them; ``body`` then gets a list of elements.
    init_states: The states of the first step, an NDArray or a nested list. Returns the outputs of all steps, stacked
    along a new first axis and nested as ``body`` returned them, and the last states.
    """
    _leaves(init_states, "foreach: init_states")
    sequences = _leaves(data, "foreach: data")
    counts = {x.shape[0] if x.ndim else 0 for x in sequences}
    if len(counts) != 1 or 0 in counts:
        raise ArgumentError(f"foreach: data must have one number of elements, at least 1, not {sorted(counts)}")
    states, steps = init_states, []
    outputs: Any = []
    for i in range(counts.pop()):
        outputs, states = body(_like(data, (x[i] for x in sequences)), states)
        steps.append(_leaves(outputs, "foreach: the output of body"))
    return _like(outputs, iter(_side_by_side(steps, "foreach"))), states


def _truth(value: Any, what: str) -> bool:
    if isinstance(value, NDArray):
        if value.size != 1:
            raise ArgumentError(f"{what} must be one number, not of shape {value.shape}")
        value = value.asscalar()
    return bool(value)


def while_loop(
    cond: Callable[..., Any], func: Callable[..., Any], loop_vars: Any, max_iterations: int | None = None
) -> tuple[Any, Any]:
    """Run ``func(*loop_vars)`` while ``cond(*loop_vars)`` holds, at most ``max_iterations`` times.

    func: Returns (outputs, new loop_vars); outputs may be None. loop_vars: An NDArray or a list. max_iterations:
    Required. Returns the outputs, stacked along a new first axis of size max_iterations with zeros after the last step
    (an empty list if there was none), and the last loop_vars.
    """
    if max_iterations is None:
        raise ArgumentError("while_loop: max_iterations must be given")
    single = isinstance(loop_vars, NDArray)
    current = [loop_vars] if single else list(loop_vars)
    if not current:
        raise ArgumentError("while_loop: loop_vars holds nothing")
    steps: list[list[NDArray]] = []
    outputs: Any = []
    while len(steps) < int(max_iterations) and _truth(cond(*current), "while_loop: what cond returns"):
        outputs, following = func(*current)
        outputs = [] if outputs is None else outputs
        following = [] if following is None else [following] if isinstance(following, NDArray) else list(following)
        if len(following) != len(current):
            raise ArgumentError(f"while_loop: func returns {len(following)} loop_vars, there were {len(current)}")
        current = following
        steps.append(_leaves(outputs, "while_loop: the output of func"))
    stacked = _side_by_side(steps, "while_loop", int(max_iterations))
    return (_like(outputs, iter(stacked)) if steps else []), (current[0] if single else current)


def cond(pred: Any, then_func: Callable[[], Any], else_func: Callable[[], Any]) -> Any:
    """What ``then_func()`` returns if ``pred`` (a number, or an NDArray of one) is not 0, else ``else_func()``."""
    return then_func() if _truth(pred, "cond: pred") else else_func()
