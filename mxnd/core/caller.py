"""What the compiled function of an operator calls for everything that is not the plain case.

An array type is anything with ``_data`` (the raw array), ``_ctx`` (its context, with ``F`` and ``tape``), ``_node`` and
``_index`` (where it came from on the tape, ``_node`` None when untracked).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from .dtypes import DTYPES
from .errors import ArgumentError, ArgumentTypeError, MXNetError, OutOfMemoryError, did_you_mean
from .op import Argument, Op
from .operand import Operand
from .params import dtype_name, required
from .quiet import quietly
from .state import state
from .tape import Node, Var, raw

FORMS: dict[str, Callable[..., Any]] = {}
"""What operators make of arrays that are stored otherwise, by name.

``form(function, arrays, out, **parameters)`` returns the result, or NotImplemented: the inputs are then made dense.
"""

INPLACE = (
    "in-place operations (+=, x[:] = ..., out=) on an array that is part of a recorded graph are not supported "
    "inside autograd.record()"
)
KINDS = {"float": "f", "number": "fiu"}  # NumPy's kind letters of the dtypes that an operator takes


def _in_our_words(error: Exception, arrays: Sequence[Any]) -> tuple[str, Exception]:
    """What NumPy said, where its words are about its own arrays and not about the call."""
    said = str(error)
    if any(x is not None and x._data.size == 0 for x in arrays):
        return "an input has no elements", error
    if "array is too big" in said:
        return "the arrays this takes are too large", MemoryError(said)
    if "negative dimensions" in said:
        return "a size of the result would be negative", error
    return said, error


def _is_deferred(value: Any) -> bool:
    """Is this an expression, computed or not?"""
    return value.__class__ is not Var and isinstance(value, Operand)


def _is_open(value: Any) -> bool:
    """Is this an expression that is not computed yet?"""
    return isinstance(value, Operand) and value.value is None


def _computed(value: Any) -> Any:
    """The array of an expression that was computed; anything else as it is."""
    return value.value if _is_deferred(value) else value


def is_apart(value: Any, arrays: Sequence[Any]) -> bool:
    """Is a raw result in memory that is not an input's?"""
    base = value if value.base is None else value.base
    for x in arrays:
        if x is not None:
            data = x._data
            if base is data or base is data.base:
                return False
    return True


def _nothing(F: Any, ct: Any, inputs: Sequence[tuple[Any, Any]]) -> tuple[Any, ...]:
    return tuple(F.zeros(shape, dtype) for shape, dtype in inputs)


class NotDifferentiable:
    """A pull that says which operator has no gradient."""

    def __init__(self, op: Op) -> None:
        self.name = op.name

    def __call__(self, F: Any, ct: Any) -> Any:
        raise MXNetError(f"{self.name} has no gradient: backward cannot go through it")


class Caller:
    """What the compiled function of one operator calls for everything that is not the plain case."""

    def __init__(self, op: Op, array_type: type) -> None:
        self.op = op
        self.array_type: Any = array_type
        self.new: Callable[..., Any] = array_type.__new__
        self.function: Callable[..., Any] | None = None
        places = {a.name: i for i, a in enumerate(op.inputs)}
        self.changes = None if op.mutates and op.variadic else [places[name] for name in op.mutates]
        self.no_gradient = None if op.differentiable else NotDifferentiable(op)

    # Arguments

    def other(self, arrays: Sequence[Any], given: Mapping[str, Any], out: Any) -> Any:
        """A call with an input that is not exactly an NDArray: by the form in ``FORMS``, or on dense stand-ins."""
        op = self.op
        for argument, array in zip(op.inputs * len(arrays) if op.variadic else op.inputs, arrays):
            if not (isinstance(array, self.array_type) or (array is None and argument.optional)):
                self.refuse(argument, array)
        sparse = any(x is not None and x.stype != "default" for x in arrays)
        form = FORMS.get(op.name) if sparse else None
        if form is None:
            return self.dense(arrays, given, out)
        assert self.function is not None
        params = {p.name: self._value(p, given[p.name]) for p in op.params if not p.count}
        result = form(self.function, arrays, out, **params)
        if result is NotImplemented:
            return self.dense(arrays, given, out)
        if result is out:
            return out
        if state.recording and result._node is None and any(x._node is not None for x in arrays):
            dense = self.dense(arrays, given, None)  # computed once more for its place on the tape
            result._node, result._index = dense._node, dense._index
        return result if out is None else self.into(result, out)

    def into(self, result: Any, out: Any) -> Any:
        """A form's result into ``out``, whatever the storage of either; its place on the tape goes along."""
        target = out[0] if out.__class__ in (list, tuple) and len(out) == 1 else out
        self.check_target(target, result.shape, result.dtype, result._node is not None, result._ctx)
        if target.stype in ("default", result.stype):
            result.copyto(target)
        else:
            target._put(result._data)
        if result._node is not None:
            target._node, target._index = result._node, result._index
        return out

    def dense(self, arrays: Sequence[Any], given: Mapping[str, Any], out: Any) -> Any:
        """The call on stand-ins; what it writes into those of sparse arrays goes on to these."""
        assert self.function is not None
        stands = [None if x is None else self.standing(x) for x in arrays]
        result = self.function(*stands, **given, out=out)
        for x, stand in zip(self.mutated(arrays), self.mutated(stands)):
            if x.stype != "default":
                x._put(stand._data)
        return result

    def _value(self, argument: Argument, value: Any) -> Any:
        return None if value is None else self.read(argument, value)

    def standing(self, array: Any) -> Any:
        """An array of the plain class with the raw array and place on the tape of another one."""
        plain = self.wrap(array._data, array._ctx)
        if self.op.mutates and array.stype != "default":
            plain._data = plain._data.copy()
        if array._node is not None:
            plain._node, plain._index = array._node, array._index
        return plain

    def refuse(self, argument: Argument, value: Any) -> NoReturn:
        label = f"{self.op.name}: input {argument.name!r}"
        if value is None:
            raise ArgumentTypeError(f"{label} is missing")
        raise ArgumentTypeError(
            f"{label} must be an NDArray, not {type(value).__name__}; wrap it with mx.nd.array(...)"
        )

    def read(self, argument: Argument, value: Any) -> Any:
        """A parameter's value as the body wants it."""
        if value is required:
            raise ArgumentTypeError(f"{self.op.name}: required argument {argument.name!r} is missing")
        assert argument.kind is not None
        try:
            return argument.kind.parse(value)
        except ValueError as error:
            raise ArgumentError(f"{self.op.name}: {argument.name}={value!r} is not {error}") from None

    def count(self, argument: Argument, value: Any, inputs: int) -> None:
        """A number of inputs that was given must be right."""
        if self.read(argument, value) != inputs:
            raise ArgumentError(f"{self.op.name}: {argument.name}={value!r}, but {inputs} arrays came")

    def again(self, given: Mapping[str, Any], arrays: Sequence[Any], extra: Mapping[str, Any]) -> Any:
        """Call once more with R's dotted names turned into Python's; unknown names are an error."""
        op = self.op
        known = {a.name: a for a in op.arguments}
        call = {name: value for name, value in given.items() if name not in known or value is not known[name].default}
        for key, value in extra.items():
            name = key.replace(".", "_")
            if name not in known and name not in ("out", "name"):
                if op.variadic and name == "num_args" and int(value) == len(arrays):  # add_n takes it unlisted
                    continue
                takes = ", ".join(known)
                raise ArgumentTypeError(f"{op.name}: no argument {key!r}{did_you_mean(name, known)} (it takes {takes})")
            argument = known.get(name)
            if call.get(name) is not None or (argument is not None and argument.variadic and arrays):
                raise ArgumentTypeError(f"{op.name}: argument {name!r} is given twice")
            if argument is not None and argument.variadic:
                arrays = value
            else:
                call[name] = value
        assert self.function is not None
        return self.function(*arrays, **call)

    def like(self, out: Any, shape: Any, dtype: Any) -> tuple[Any, Any]:
        """Shape and dtype of an array to be made, taken from the one given as ``out`` where they are left open."""
        if isinstance(out, self.array_type):
            shape = shape or out._data.shape
            dtype = dtype_name(out._data.dtype) if dtype in (None, "None") else dtype
        return shape, dtype

    # Checks that fail

    def mixed(self, arrays: Sequence[Any]) -> None:
        """Inputs on contexts that are not the same object, or of dtypes that are not: an error if they differ."""
        first, *rest = [(a, x) for a, x in self._labelled(arrays) if x is not None]
        for argument, array in rest:
            if array._ctx.F is not first[1]._ctx.F:  # cpu(0), cpu(1) and cpu_pinned(0) have one
                raise ArgumentError(
                    f"{self.op.name}: {first[0]} is on {first[1]._ctx} but {argument} is on {array._ctx}; "
                    "copy one with as_in_context"
                )
            if argument.partition("[")[0] not in self.op.free and array._data.dtype != first[1]._data.dtype:
                raise ArgumentTypeError(
                    f"{self.op.name}: {first[0]} is {first[1]._data.dtype} but {argument} is {array._data.dtype}; "
                    "convert one with astype"
                )

    def refuse_dtype(self, array: Any) -> None:
        takes = [name for name, dtype in DTYPES.items() if dtype.kind in KINDS[self.op.dtypes]]
        raise ArgumentTypeError(
            f"{self.op.name}: {self.op.inputs[0].name} is {dtype_name(array._data.dtype)}; it takes {', '.join(takes)}"
        )

    def explain(self, error: Exception, arrays: Sequence[Any]) -> Exception:
        """An error of the body with the operator's name and what came."""
        came = ", ".join(
            f"{label} {x._data.dtype} {x._data.shape}" for label, x in self._labelled(arrays) if x is not None
        )
        words = str(error)
        if not isinstance(error, MXNetError):
            words, error = _in_our_words(error, arrays)
        message = f"{self.op.name}: {words.removeprefix(f'{self.op.name}: ')}" + (f" ({came})" if came else "")
        if isinstance(error, MXNetError):
            return type(error)(message)
        if isinstance(error, MemoryError):
            return OutOfMemoryError(message)
        return ArgumentTypeError(message) if isinstance(error, TypeError) else ArgumentError(message)

    def _labelled(self, arrays: Sequence[Any]) -> list[tuple[str, Any]]:
        inputs = self.op.inputs
        if self.op.variadic:
            return [(f"{inputs[0].name}[{i}]", x) for i, x in enumerate(arrays)]
        return list(zip((a.name for a in inputs), arrays))

    # Results

    def wrap(self, value: Any, ctx: Any) -> Any:
        """A raw array or a Var as an array of its own."""
        array = self.new(self.array_type)
        if value.__class__ is Var:
            array._node, array._index, value = value.node, value.index, value.value
        array._data = value
        array._ctx = ctx
        return array

    def own(self, value: Any, F: Any, dtype: Any, arrays: Sequence[Any]) -> Any:
        """A result that is contiguous, of the right dtype, and shares no memory with an input; or not computed yet."""
        if value.__class__ is Var:
            if dtype is not None and value.value.dtype != dtype:
                value = self.cast(value.F, value, dtype)
            value.value = self.own(value.value, F, None, arrays)
            return value
        if isinstance(value, Operand):
            if dtype is not None and value.dtype != dtype:
                value = value.F.cast(value, dtype)
            if value.value is None:
                return value
            value = value.value
        if value.__class__ is not F.ndarray:
            value = F.asarray(value)
        if dtype is not None and value.dtype is not dtype and value.dtype != dtype:
            value = self.cast(F, value, dtype)
        return value if value.flags.c_contiguous and is_apart(value, arrays) else F.copy(value)

    @quietly
    def cast(self, F: Any, value: Any, dtype: Any) -> Any:
        """A result in the dtype it should have."""
        return F.cast(value, dtype)

    def finish(self, result: Any, ctx: Any, arrays: Sequence[Any], dtype: Any, out: Any) -> Any:
        """Results into ``out`` or new arrays; the trailing ones back into the inputs the operator mutates."""
        several = result.__class__ in (tuple, list)
        if not self.op.mutates and out is None:
            if not several:
                value = self.own(result, ctx.F, dtype, arrays)
                return self.wrap(ctx.wide.settle([value])[0] if _is_open(value) else value, ctx)
            made = self._made(result, ctx, arrays, dtype)
            if made is not None:
                return made
        results = result if several else [result]
        changed = self.mutated(arrays)
        visible = len(results) - len(changed)
        pairs = [(x._data, new) for x, new in zip(changed, results[visible:]) if new is not None]
        results = [self.own(r, ctx.F, dtype, arrays) for r in results[:visible]]
        if out is None:
            if pairs or any(map(_is_deferred, results)):
                self.write(ctx, pairs, results)
            wrapped = [self.wrap(r, ctx) for r in results]
            return wrapped[0] if len(wrapped) == 1 and result.__class__ is not list else wrapped
        targets = self.targets(out, results, ctx)
        dense = [(target._data, raw(value)) for target, value in zip(targets, results) if target.stype == "default"]
        self.write(ctx, [*dense, *pairs], results)
        for target, value in zip(targets, results):
            if value.__class__ is Var:
                target._node, target._index = value.node, value.index
            if target.stype != "default":
                target._put(raw(value))
        return out

    def _made(self, results: Sequence[Any], ctx: Any, arrays: Sequence[Any], dtype: Any, tracked: bool = False) -> Any:
        """What the call returns, if all results are computed and of the right dtype (and tracked); None otherwise."""
        F, kind, made = ctx.F, ctx.F.ndarray, []
        for result in results:
            value: Any = result.value if result.__class__ is Var else None if tracked else result
            if value.__class__ is not kind or (dtype is not None and value.dtype is not dtype):
                return None
            if not (value.flags.c_contiguous and is_apart(value, arrays)):
                value = F.copy(value)
            array = self.wrap(value, ctx)
            if result.__class__ is Var:
                array._node, array._index = result.node, result.index
            made.append(array)
        return made[0] if len(made) == 1 and results.__class__ is tuple else made

    @quietly
    def write(self, ctx: Any, pairs: Sequence[tuple[Any, Any]], results: list[Any]) -> None:
        """Put values into raw arrays and compute what is still open of them and of ``results``, all at once."""
        if any(map(_is_deferred, [*results, *[new for _, new in pairs]])):
            open_pairs = [(array, new) for array, new in pairs if _is_open(new)]
            rest = [r for r in results if _is_open(r) and not any(r is new for _, new in open_pairs)]
            if open_pairs or rest:
                ctx.wide.settle([new for _, new in open_pairs] + rest, [a for a, _ in open_pairs] + [None] * len(rest))
            pairs = [(array, _computed(new)) for array, new in pairs]
            results[:] = map(_computed, results)
        for array, new in pairs:
            if new is not array:
                ctx.F.write(array, new)

    def targets(self, out: Any, results: Sequence[Any], ctx: Any) -> list[Any]:
        """The arrays given as ``out``, checked against the results before anything is written."""
        given = list(out) if isinstance(out, (tuple, list)) else [out]
        if len(given) != len(results):
            raise ArgumentError(f"{self.op.name}: out holds {len(given)} arrays, the operator returns {len(results)}")
        for target, value in zip(given, results):
            plain = raw(value)
            self.check_target(target, plain.shape, plain.dtype, value.__class__ is Var, ctx)
        return given

    def check_target(self, target: Any, shape: tuple[int, ...], dtype: Any, tracked: bool, ctx: Any) -> None:
        """An error unless a result of this shape and dtype, tracked or not, can go into an array given as ``out``."""
        name = self.op.name
        if not isinstance(target, self.array_type):
            raise ArgumentTypeError(f"{name}: out must be an NDArray, not {type(target).__name__}")
        if target._ctx.F is not ctx.F:
            raise ArgumentError(f"{name}: out is on {target._ctx}, the result on {ctx}")
        if target.shape != shape:
            raise ArgumentError(f"{name}: out has shape {target.shape}, the result {shape}")
        if target.dtype != dtype:
            raise ArgumentTypeError(f"{name}: out is {dtype_name(target.dtype)}, the result {dtype_name(dtype)}")
        if tracked and target._node is not None:
            raise MXNetError(f"{name}: {INPLACE}")

    def mutated(self, arrays: Sequence[Any]) -> list[Any]:
        """The inputs that trailing results are written back into: all of a variadic input (None leaves one)."""
        return list(arrays) if self.changes is None else [arrays[i] for i in self.changes]

    def recorded(self, result: Any, ctx: Any, arrays: Sequence[Any], dtype: Any, out: Any) -> Any:
        """Finish a call whose body ran on the tape. What came back untracked still belongs to the graph."""
        several = result.__class__ in (tuple, list)
        if several and not self.op.mutates and out is None:
            made = self._made(result, ctx, arrays, dtype, tracked=True)
            if made is not None:
                return made
        tape, results = ctx.tape, list(result) if several else [result]
        visible = len(results) - len(self.mutated(arrays))
        for i, value in enumerate(results):
            if i >= visible:
                results[i] = raw(value)
            elif value.__class__ is not Var:
                value = value.F.done(value) if isinstance(value, Operand) else tape.backend.asarray(value)
                results[i] = Var(tape, value, self.end(tape, arrays))
        return self.finish(result.__class__(results) if several else results[0], ctx, arrays, dtype, out)

    def end(self, tape: Any, arrays: Sequence[Any]) -> Node:
        """The node of an untracked result: nothing flows back through it, or backward through it is an error."""
        inputs = [x for x in arrays if x is not None and x._node is not None]
        parents = [(x._node, x._index) for x in inputs]
        if self.no_gradient is not None:
            return Node(tape, self.no_gradient, parents, ())
        return Node(tape, _nothing, parents, ([(x._data.shape, x._data.dtype) for x in inputs],))
