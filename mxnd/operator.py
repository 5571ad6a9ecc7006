"""``mx.operator``: operators of one's own, written in Python on NDArrays and called by name as ``mx.nd.Custom``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from .array import NDArray
from .core.dtypes import BFLOAT16, DTYPES, as_dtype
from .core.errors import ArgumentError, ArgumentTypeError, MXNetError, UnknownNameError, did_you_mean
from .core.state import state
from .core.tape import Node, Var

__all__ = ["Custom", "CustomOp", "CustomOpProp", "register"]

# MXNet's number of each dtype, as create_operator is told.
CODES = {dtype: number for number, dtype in enumerate(DTYPES.values())} | {BFLOAT16: 12}
Shapes = list[list[int]]

_registered: dict[str, Callable[..., CustomOpProp]] = {}


class CustomOp:
    """The computation of an operator; a subclass defines ``forward`` and ``backward``."""

    def forward(
        self,
        is_train: bool,
        req: list[str],
        in_data: list[NDArray],
        out_data: list[NDArray],
        aux: list[NDArray],
    ) -> None:
        """Compute the outputs and ``assign`` them. is_train: whether it trains. aux: states it may change."""

    def backward(
        self,
        req: list[str],
        out_grad: list[NDArray],
        in_data: list[NDArray],
        out_data: list[NDArray],
        in_grad: list[NDArray],
        aux: list[NDArray],
    ) -> None:
        """Compute the gradients of the inputs and ``assign`` them; what is not assigned stays 0."""

    def assign(self, dst: NDArray, req: str, src: Any) -> None:
        """Put ``src`` into ``dst`` as requested: ``write`` or ``inplace``, ``add``, or not at all (``null``)."""
        if req in ("write", "inplace"):
            dst[:] = src
        elif req == "add":
            dst[:] += src
        elif req != "null":
            raise ArgumentError(f"assign: req={req!r} is not one of 'null', 'write', 'inplace', 'add'")


class CustomOpProp:
    """What is known of an operator before it computes: its inputs, outputs, shapes and dtypes.

    A subclass gets the parameters of the call as strings. need_top_grad: Whether backward looks at ``out_grad``; kept
    for old scripts, it is always there.
    """

    def __init__(self, need_top_grad: bool = True) -> None:
        self.need_top_grad_ = need_top_grad

    def list_arguments(self) -> list[str]:
        """The names of the inputs."""
        return ["data"]

    def list_outputs(self) -> list[str]:
        """The names of the outputs."""
        return ["output"]

    def list_auxiliary_states(self) -> list[str]:
        """The names of the states, which follow the inputs in a call."""
        return []

    def infer_shape(self, in_shape: Shapes) -> Any:
        """The shapes of inputs, outputs and, if there are any, states; by default all like the first input."""
        return in_shape, [in_shape[0]] * len(self.list_outputs()), []

    def infer_type(self, in_type: list[Any]) -> Any:
        """The dtypes of inputs, outputs and, if there are any, states; by default all like the first input."""
        return in_type, [in_type[0]] * len(self.list_outputs()), [in_type[0]] * len(self.list_auxiliary_states())

    def declare_backward_dependency(self, out_grad: list[int], in_data: list[int], out_data: list[int]) -> list[int]:
        """Kept for old scripts: backward gets everything."""
        return [*(out_grad if self.need_top_grad_ else []), *in_data, *out_data]

    def create_operator(self, ctx: str, in_shapes: Shapes, in_dtypes: list[int]) -> CustomOp:
        """The operator for a context (by name), shapes of inputs and states, and MXNet's numbers of their dtypes."""
        return CustomOp()


Prop = TypeVar("Prop", bound=Callable[..., CustomOpProp])


def register(reg_name: str) -> Callable[[Prop], Prop]:
    """A decorator that makes a subclass of CustomOpProp known as ``op_type=reg_name``."""

    def known(prop_cls: Prop) -> Prop:
        if not (isinstance(prop_cls, type) and issubclass(prop_cls, CustomOpProp)):
            raise ArgumentTypeError(
                f"operator.register({reg_name!r}) takes a subclass of CustomOpProp, not {prop_cls!r}"
            )
        _registered[reg_name] = prop_cls
        return prop_cls

    return known


def Custom(*data: NDArray, op_type: str | None = None, out: Any = None, name: str | None = None, **params: Any) -> Any:
    """Run an operator that was registered with ``mx.operator.register``.

    data: Its inputs, then its states, by position or by their names. op_type: Its name. out: Where to write the
    outputs. params: What its CustomOpProp takes; passed on as strings.
    """
    if op_type is None:
        op_type = params.pop("op.type", None)
    if op_type is None:
        raise ArgumentTypeError("Custom: required argument 'op_type' is missing")
    if op_type not in _registered:
        known = did_you_mean(op_type, _registered)
        raise UnknownNameError(f"Custom: no operator is registered as op_type={op_type!r}{known}")
    named = {key: value for key, value in params.items() if isinstance(value, NDArray)}
    settings = {key: str(value) for key, value in params.items() if key not in named}
    call = _Call(op_type, _guarded(op_type, "__init__", _registered[op_type], **settings))
    results = call.run(call.take(data, named))
    if out is not None:
        call.write(list(out) if isinstance(out, (list, tuple)) else [out], results)
        return out
    return results[0] if len(results) == 1 else results


def _guarded(op_type: str, what: str, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call the user's code; what goes wrong there names the operator."""
    try:
        return function(*args, **kwargs)
    except Exception as error:
        text = f"Custom(op_type={op_type!r}): {what} raised {type(error).__name__}: {error}"
        raise MXNetError(text) from error


class _Call:
    """One call of a custom operator."""

    def __init__(self, op_type: str, prop: CustomOpProp) -> None:
        self.op_type, self.prop = op_type, prop
        self.arguments = list(self._ask("list_arguments"))
        self.states = list(self._ask("list_auxiliary_states"))
        self.outputs = list(self._ask("list_outputs"))

    def error(self, text: str) -> ArgumentError:
        return ArgumentError(f"Custom(op_type={self.op_type!r}): {text}")

    def _ask(self, method: str, *args: Any) -> Any:
        return _guarded(self.op_type, method, getattr(self.prop, method), *args)

    def take(self, data: Sequence[Any], named: dict[str, NDArray]) -> list[NDArray]:
        """All inputs and states, in order."""
        wanted = self.arguments + self.states
        rest = [name for name in wanted[len(data) :] if name in named]
        if len(data) > len(wanted) or len(rest) != len(named) or len(data) + len(rest) != len(wanted):
            came = ", ".join([f"{len(data)} by position", *named])
            raise self.error(f"it takes {len(wanted)} arrays: {', '.join(wanted)}; what came: {came}")
        arrays = [*data, *(named[name] for name in rest)]
        for label, array in zip(wanted, arrays):
            if not isinstance(array, NDArray):
                raise ArgumentTypeError(
                    f"Custom(op_type={self.op_type!r}): {label} must be an NDArray, not {type(array).__name__}"
                )
            if array._ctx.F is not arrays[0]._ctx.F:
                raise self.error(f"{label} is on {array._ctx}, {wanted[0]} on {arrays[0]._ctx}")
        return arrays

    def _inferred(self, method: str, given: list[Any]) -> tuple[list[Any], list[Any]]:
        """What infer_shape or infer_type says of outputs and states."""
        answer = self._ask(method, given)
        counts = [len(self.arguments), len(self.outputs), len(self.states)]
        parts = [list(part) for part in answer] if isinstance(answer, (list, tuple)) else []
        parts += [[]] * (3 - len(parts)) if len(parts) == 2 else []
        if [len(part) for part in parts] != counts:
            raise self.error(f"{method} must return {counts[0]}, {counts[1]} and {counts[2]} items, not {answer!r}")
        return parts[1], parts[2]

    def run(self, arrays: list[NDArray]) -> list[NDArray]:
        inputs, aux = arrays[: len(self.arguments)], arrays[len(self.arguments) :]
        if not inputs:
            raise self.error("an operator without inputs has no shape to go by")
        context = inputs[0]._ctx
        shapes, aux_shapes = self._inferred("infer_shape", [list(x.shape) for x in inputs])
        dtypes, _ = self._inferred("infer_type", [x.dtype for x in inputs])
        for label, x, shape in zip(self.states, aux, aux_shapes):
            if x.shape != tuple(shape):
                raise self.error(f"{label} has shape {x.shape}; infer_shape says {tuple(shape)}")
        codes = [CODES[x._data.dtype] for x in arrays]
        operator = self._ask("create_operator", str(context), [list(x.shape) for x in arrays], codes)
        F = context.F
        outputs = [NDArray._of(F.zeros(tuple(s), as_dtype(d)), context) for s, d in zip(shapes, dtypes)]
        data = [x.detach() for x in inputs]
        training = state.training
        self._silent(operator.forward, training, ["write"] * len(outputs), data, outputs, aux)
        if state.recording and any(x._node is not None for x in inputs):
            self._record(operator, inputs, data, outputs, aux)
        return outputs

    def write(self, targets: list[Any], results: list[NDArray]) -> None:
        """The outputs into arrays that are there; nothing is written unless all fit."""
        if len(targets) != len(results):
            raise self.error(f"out holds {len(targets)} arrays, the operator returns {len(results)}")
        for label, target, result in zip(self.outputs, targets, results):
            if not isinstance(target, NDArray) or target._data.shape != result._data.shape:
                raise self.error(f"out must hold an NDArray of shape {result.shape} for {label}")
            if state.recording and target._node is not None:
                raise self.error("out= cannot be part of a recorded graph")
        for target, result in zip(targets, results):
            target._data[...] = result._data
            target._node, target._index = result._node, result._index

    def _silent(self, method: Callable[..., None], *args: Any, training: bool | None = None) -> None:
        """Run forward or backward unrecorded."""
        before = state.recording, state.training
        state.recording, state.training = False, state.training if training is None else training
        try:
            _guarded(self.op_type, method.__name__, method, *args)
        finally:
            state.recording, state.training = before

    def _record(
        self, operator: CustomOp, inputs: list[NDArray], data: list[NDArray], outputs: list[NDArray], aux: list[NDArray]
    ) -> None:
        context = inputs[0]._ctx
        results = [x.detach() for x in outputs]
        tracked = [Var(context.tape, x._data, x._node, x._index) for x in inputs if x._node is not None]
        requests = ["null" if x._node is None else "write" for x in inputs]

        def pull(F: Any, cts: list[Any]) -> list[Any]:
            plain = [None if ct is None else ct.value if ct.__class__ is Var else ct for ct in cts]
            heads = [
                NDArray._of(context.F.zeros(y.shape, y._data.dtype) if ct is None else context.F.copy(ct), context)
                for ct, y in zip(plain, results)
            ]
            grads = [NDArray._of(context.F.zeros(x.shape, x._data.dtype), context) for x in data]
            self._silent(operator.backward, requests, heads, data, results, grads, aux, training=True)
            if F is not context.tape:
                return [g._data for g in grads]
            return [F.joint(g._data, [*cts, *tracked], once) for g in grads]

        def once(F: Any, ct: Any) -> None:
            raise MXNetError(f"Custom(op_type={self.op_type!r}): its backward cannot be differentiated again")

        parents = [None if x._node is None else (x._node, x._index) for x in inputs]
        node = Node(context.tape, pull, parents, (), len(outputs))
        for i, y in enumerate(outputs):
            y._node, y._index = node, i
