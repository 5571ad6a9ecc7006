"""The record of an operator, made from one annotated function, and the registry of all records.

The signature is the schema (names, MXNet's order, types, defaults), the docstring the documentation, the body the
meaning. Everything else in mxnd is derived from the record.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .errors import UnknownNameError, did_you_mean
from .params import Array, Count, Kind, kind_of, required

Body = Callable[..., Any]


@dataclass(frozen=True)
class Argument:
    """One argument of an operator: an input (``kind`` is None) or a parameter."""

    name: str
    kind: Kind | None
    default: Any
    doc: str
    optional: bool = False  # an input that may be left out
    variadic: bool = False
    count: bool = False  # holds the number of variadic inputs

    @property
    def is_input(self) -> bool:
        return self.kind is None

    @property
    def required(self) -> bool:
        return not self.optional if self.is_input else self.default is required

    @property
    def registry_type(self) -> str:
        """The type as MXNet's registry words it, without default."""
        if self.kind is None:
            return "NDArray-or-Symbol[]" if self.variadic else "NDArray-or-Symbol"
        return self.kind.registry


@dataclass(frozen=True)
class Op:
    """An operator. ``arguments`` stand in MXNet's registry order, which is the order of the R pages."""

    name: str
    body: Body
    arguments: tuple[Argument, ...]
    summary: str
    details: str
    aliases: tuple[str, ...] = ()
    method: bool | tuple[str, ...] = False
    outputs: int | Callable[..., int] = 1
    mutates: tuple[str, ...] = ()
    free: tuple[str, ...] = ()  # inputs whose dtype need not be that of the first
    dtypes: str = "number"  # what the first input may hold: "float", "number", "any" (bool too)
    dtype: str | None = "like"  # of the outputs: "like" the first input, the name of a parameter, None: as computed
    differentiable: bool = True
    derivative: bool = True  # False: what backward gives is defined by itself (loss outputs, BlockGrad)
    random: bool = False  # draws random numbers
    reads_out: bool = False  # the body has an argument ``out``: the raw array given as out=, or None
    samples: tuple[Mapping[str, Any], ...] = ()
    inputs: tuple[Argument, ...] = field(init=False)
    params: tuple[Argument, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "inputs", tuple(a for a in self.arguments if a.is_input))
        object.__setattr__(self, "params", tuple(a for a in self.arguments if not a.is_input))

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)

    @property
    def variadic(self) -> bool:
        return any(a.variadic for a in self.inputs)

    def argument(self, name: str) -> Argument:
        return next(a for a in self.arguments if a.name == name)


class Registry(Mapping[str, Op]):
    """Every operator under each of its names."""

    def __init__(self) -> None:
        self._ops: dict[str, Op] = {}
        self.watchers: list[Callable[[Op], None]] = []  # told of every operator that is added

    def add(self, op: Op, replace: bool = False) -> None:
        for name in op.names:
            if name in self._ops and not replace:
                raise ValueError(f"an operator named {name!r} is already declared")
        for name in op.names:
            self._ops[name] = op
        for watcher in self.watchers:
            watcher(op)

    def __getitem__(self, name: str) -> Op:
        return self._ops[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._ops)

    def __len__(self) -> int:
        return len(self._ops)

    def find(self, name: str) -> Op:
        """The operator of that name; UnknownNameError names the nearest."""
        if name not in self._ops:
            raise UnknownNameError(f"no operator named {name!r}{did_you_mean(name, self._ops)}")
        return self._ops[name]

    def unique(self) -> list[Op]:
        """Each operator once, in the order of declaration."""
        return list({id(op): op for op in self._ops.values()}.values())


registry = Registry()

_DOC = re.compile(r"^(\w+): (.*)$")


def split_doc(doc: str) -> tuple[str, str, dict[str, str]]:
    """A docstring as summary, details, and the text of each ``name: text`` paragraph."""
    lines = inspect.cleandoc(doc).splitlines()
    summary: list[str] = []
    while lines and lines[0].strip():
        summary.append(lines.pop(0).strip())
    details: list[str] = []
    arguments: dict[str, str] = {}
    current = ""
    for line in lines:
        found = _DOC.match(line)
        if found:
            current = found[1]
            arguments[current] = found[2].strip()
        elif current and line.startswith("  "):
            arguments[current] += " " + line.strip()
        else:
            current = ""
            details.append(line)
    return " ".join(summary), "\n".join(details).strip(), arguments


def _argument(p: inspect.Parameter, annotation: Any, docs: Mapping[str, str]) -> Argument:
    variadic = p.kind is inspect.Parameter.VAR_POSITIONAL
    doc = docs.get(p.name, "")
    if annotation is Array:
        return Argument(p.name, None, None, doc, variadic=variadic)
    if annotation == Array | None:
        return Argument(p.name, None, None, doc, optional=True)
    default = required if p.default is inspect.Parameter.empty else p.default
    return Argument(p.name, kind_of(annotation), default, doc, count=annotation == Count)


def declare(body: Body, name: str | None = None, doc: str | None = None, **options: Any) -> Op:
    """The record of a function written in F."""
    summary, details, docs = split_doc(doc or body.__doc__ or "")
    hints = inspect.get_annotations(body, eval_str=True)  # get_type_hints of Python 3.10 adds None for a None default
    parameters = list(inspect.signature(body).parameters.values())[1:]
    reads_out = any(p.name == "out" for p in parameters)
    arguments = tuple(_argument(p, hints[p.name], docs) for p in parameters if p.name != "out")
    return Op(name or body.__name__, body, arguments, summary, details, reads_out=reads_out, **options)


def op(
    function: Body | None = None,
    /,
    *,
    name: str | None = None,
    aliases: Sequence[str] = (),
    doc: str | None = None,
    replace: bool = False,
    samples: Iterable[Mapping[str, Any]] = (),
    **options: Any,
) -> Any:
    """Declare an operator. Returns the function itself, so other bodies may call it as ``name(F, ...)``.

    A last argument ``out`` is not part of the schema: the body finds there the raw array given as ``out=``, or None.

    name: Its name, when it is not the function's.
    aliases: Further names.
    method: True puts it on NDArray under all its names; a tuple of names under those.
    outputs: How many arrays it returns: a number, or a function of the parameters.
    mutates: The inputs that the body's trailing results are written back into; naming a variadic input means all of
        its arrays, and a result of None leaves one as it is.
    free: Inputs whose dtype may differ from the first one's.
    dtypes: What the first input may hold: ``"float"``, ``"number"`` (not bool), or ``"any"``.
    dtype: The dtype of the results: ``"like"`` the first input, the name of a parameter, or None (as computed).
    differentiable: False makes a backward through it an error that names it.
    derivative: False when its gradient is defined and not the derivative of its value (loss outputs, BlockGrad).
    random: True when it draws random numbers.
    samples: Calls that show and test it: shapes by input name, values by parameter name.
    """

    def register(body: Body) -> Body:
        record = declare(body, name, doc, aliases=tuple(aliases), samples=tuple(samples), **options)
        registry.add(record, replace)
        return body

    return register(function) if function is not None else register
