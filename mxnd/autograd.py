"""``mx.autograd``: recording, gradients of any order, and functions with a backward of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any

from .array import gradient
from .array.ndarray import NDArray
from .core.errors import ArgumentError, ArgumentTypeError, NotYetError
from .core.state import state
from .core.tape import Node, Var

__all__ = [
    *("Function", "backward", "get_symbol", "grad", "is_recording", "is_training", "mark_variables", "pause"),
    *("predict_mode", "record", "set_recording", "set_training", "train_mode"),
]


def set_recording(is_recording: bool) -> bool:
    """Switch recording on or off for this thread; returns what it was."""
    before, state.recording = state.recording, bool(is_recording)
    return before


def set_training(train_mode: bool) -> bool:
    """Switch training on or off for this thread; returns what it was."""
    before, state.training = state.training, bool(train_mode)
    return before


def is_recording() -> bool:
    """Whether this thread records."""
    return state.recording


def is_training() -> bool:
    """Whether this thread trains, which Dropout and its like look at."""
    return state.training


class _Scope:
    """A ``with`` block in which recording or training (None: as it is) are switched."""

    def __init__(self, recording: bool | None, training: bool | None) -> None:
        self._wanted = recording, training
        self._before: list[tuple[bool, bool]] = []

    def __enter__(self) -> None:
        self._before.append((state.recording, state.training))
        recording, training = self._wanted
        if recording is not None:
            state.recording = recording
        if training is not None:
            state.training = training

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        state.recording, state.training = self._before.pop()


def record(train_mode: bool = True) -> _Scope:
    """``with record():`` operations inside can be differentiated; they train unless ``train_mode`` is False."""
    return _Scope(True, train_mode)


def pause(train_mode: bool = False) -> _Scope:
    """``with pause():`` nothing inside is recorded."""
    return _Scope(False, train_mode)


def train_mode() -> _Scope:
    """``with train_mode():`` Dropout and its like behave as in training."""
    return _Scope(None, True)


def predict_mode() -> _Scope:
    """``with predict_mode():`` Dropout and its like behave as in inference."""
    return _Scope(None, False)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def mark_variables(variables: Any, gradients: Any, grad_reqs: str | Sequence[str] = "write") -> None:
    """Make arrays variables whose gradients go to the given arrays.

    variables, gradients: An NDArray or a list of them. grad_reqs: ``write``, ``add`` or ``null``, one or one for each.
    """
    arrays, grads = _listed(variables), _listed(gradients)
    requests = [grad_reqs] * len(arrays) if isinstance(grad_reqs, str) else list(grad_reqs)
    if not len(arrays) == len(grads) == len(requests):
        raise ArgumentError(f"{len(arrays)} variables, {len(grads)} gradients, {len(requests)} grad_reqs")
    for variable, grad, request in zip(arrays, grads, requests):
        gradient.mark(variable, grad, request)


def _head_grads(heads: Sequence[NDArray], head_grads: Any) -> list[NDArray | None]:
    return [None] * len(heads) if head_grads is None else _listed(head_grads)


def backward(heads: Any, head_grads: Any = None, retain_graph: bool = False, train_mode: bool = True) -> None:
    """Write the gradients of all variables that the heads were computed from into their ``grad``.

    heads: An NDArray or a list. head_grads: Their cotangents, of the same shapes; None is ones.
    retain_graph: Keep the graph, so that it can be gone through again. train_mode: Kept for old scripts; the pass
    repeats what the forward one did.
    """
    listed = _listed(heads)
    gradient.backward(listed, _head_grads(listed, head_grads), retain_graph)


def grad(
    heads: Any,
    variables: Any,
    head_grads: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    train_mode: bool = True,
) -> list[NDArray]:
    """The gradients of the heads with respect to the variables, as new arrays; their ``grad`` is left alone.

    heads, head_grads: As in ``backward``. variables: One or a list; the result is a list, as in MXNet, also for one.
    retain_graph: Keep the graph; by default exactly when ``create_graph``.
    create_graph: Record the gradients, so that they can be differentiated again, to any order.
    """
    listed, arrays = _listed(heads), _listed(variables)
    if not arrays:
        raise ArgumentError("grad needs at least one variable")
    for variable in arrays:
        if not isinstance(variable, NDArray):
            raise ArgumentTypeError(f"a variable must be an NDArray, not {type(variable).__name__}")
    keep = create_graph if retain_graph is None else retain_graph
    return gradient.grad(listed, arrays, _head_grads(listed, head_grads), keep, create_graph)


def get_symbol(x: NDArray) -> Any:
    """The recorded computation as a Symbol, which mxnd does not have yet."""
    raise NotYetError("autograd.get_symbol needs mx.sym, which mxnd does not have yet")


class Function:
    """A computation with its own backward.

    A subclass defines ``forward(self, *inputs)`` and ``backward(self, *output_grads)``, both on NDArrays; calling an
    instance runs ``forward`` and records ``backward`` as its gradient. An instance serves one call.
    """

    def __init__(self) -> None:
        self._used = False
        self.saved_tensors: tuple[NDArray, ...] = ()

    def save_for_backward(self, *args: NDArray) -> None:
        """Keep arrays for ``backward``, which finds them in ``self.saved_tensors``."""
        self.saved_tensors = args

    def __call__(self, *inputs: NDArray) -> Any:
        if getattr(self, "_used", False):
            raise ArgumentError("a Function serves one call; make another instance")
        self._used = True
        with pause(train_mode=state.training):
            outputs = self.forward(*inputs)
        results = _listed(outputs)
        if state.recording and any(x._node is not None for x in inputs):
            self._record(inputs, results)
        return outputs

    def _record(self, inputs: Sequence[NDArray], outputs: Sequence[NDArray]) -> None:
        context = inputs[0]._ctx

        def pull(F: Any, cts: Any) -> list[Any]:
            given = [F.zeros(shape, dtype) if ct is None else ct for ct, (shape, dtype) in zip(cts, likes)]
            arrays = []
            for ct in given:
                array = NDArray._of(ct.value if ct.__class__ is Var else ct, context)
                if ct.__class__ is Var:
                    array._node, array._index = ct.node, ct.index
                arrays.append(array)
            with _Scope(F is context.tape, None):  # the tape pulls under create_graph
                grads = _listed(self.backward(*arrays))
            if len(grads) != len(inputs):
                raise ArgumentError(
                    f"{type(self).__name__}.backward returned {len(grads)} gradients for {len(inputs)} inputs"
                )
            tape = context.tape
            return [g._data if g._node is None else Var(tape, g._data, g._node, g._index) for g in grads]

        likes = [(out.shape, out._data.dtype) for out in outputs]
        parents = [None if x._node is None else (x._node, x._index) for x in inputs]
        node = Node(context.tape, pull, parents, (), len(outputs))
        for i, out in enumerate(outputs):
            if any(out is x for x in inputs):
                raise ArgumentError(f"{type(self).__name__}.forward returned an input itself; return a copy")
            out._node, out._index = node, i

    def forward(self, *inputs: NDArray) -> Any:
        """The outputs, as an NDArray or a tuple of them."""
        raise NotImplementedError(f"{type(self).__name__} does not define forward")

    def backward(self, *output_grads: NDArray) -> Any:
        """The gradients of the inputs, one for each."""
        raise NotImplementedError(f"{type(self).__name__} does not define backward")
