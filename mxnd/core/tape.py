"""The tape: F that remembers. Every word applied to a tracked value leaves a Node; ``walk`` pulls cotangents back.

The tape works on raw arrays and knows nothing of NDArray, contexts or operators.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .errors import MXNetError
from .formula import ARGUMENT, OUTPUT, REST, REST_SHAPES, SHAPE, Rule
from .operand import Operand
from .state import Modes

_clock = itertools.count()

FREED = (
    "this part of the graph was already freed by an earlier backward; "
    "pass retain_graph=True to that call to go through it twice"
)


class Node:
    """One recorded application: where its tracked inputs came from, and what its pull needs.

    ``outputs`` is 0 for a single result, whose cotangent pull gets as it is, or the number of results in a tuple, whose
    cotangents it gets as a list.
    """

    __slots__ = ("F", "order", "outputs", "parents", "pull", "saved", "shapes")

    def __init__(self, F: Any, pull: Any, parents: Sequence[tuple[Node, int] | None], saved: Any, outputs: int = 0):
        self.F = F
        self.pull = pull
        self.parents = parents
        self.saved = saved
        self.outputs = outputs
        self.shapes: list[tuple[int, ...] | None] | None = None
        self.order = next(_clock)


class Leaf(Node):
    """A variable. ``grad`` and ``req`` are for whoever marked it; the tape does not look at them."""

    __slots__ = ("grad", "req")

    def __init__(self, grad: Any, req: str) -> None:
        super().__init__(None, None, (), ())
        self.grad = grad
        self.req = req


class _Output:
    """Stands for a node's own output among its saved values (the node cannot hold a Var of itself: a cycle)."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class Var(Operand):
    """A raw array that a Node made. It behaves as NumPy's arrays do in the body of an operator."""

    __slots__ = ("F", "index", "node", "value")

    def __init__(self, F: Any, value: Any, node: Node, index: int = 0) -> None:
        self.F = F
        self.value = value
        self.node = node
        self.index = index

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape  # type: ignore[no-any-return]

    @property
    def ndim(self) -> int:
        return self.value.ndim  # type: ignore[no-any-return]

    @property
    def size(self) -> int:
        return self.value.size  # type: ignore[no-any-return]

    @property
    def dtype(self) -> Any:
        return self.value.dtype

    # Comparisons carry no gradient: they return the raw array.
    def __eq__(self, other: object) -> Any:
        return self.F.backend.equal(self.value, raw(other))

    def __ne__(self, other: object) -> Any:
        return self.F.backend.not_equal(self.value, raw(other))

    def __lt__(self, other: Any) -> Any:
        return self.F.backend.less(self.value, raw(other))

    def __le__(self, other: Any) -> Any:
        return self.F.backend.less_equal(self.value, raw(other))

    def __gt__(self, other: Any) -> Any:
        return self.F.backend.greater(self.value, raw(other))

    def __ge__(self, other: Any) -> Any:
        return self.F.backend.greater_equal(self.value, raw(other))

    __hash__ = None  # type: ignore[assignment]


def raw(value: Any) -> Any:
    """The raw array behind a Var; anything else as it is."""
    return value.value if value.__class__ is Var else value


class Tape(Modes):
    """F that records what ``backend`` computes. The words themselves are put on the class by ``language``.

    ``wide`` is None or the F for large arrays, which then runs the values of rules and their pulls.
    """

    def __init__(self, backend: Any, wide: Any = None) -> None:
        self.backend = backend
        self.wide = wide
        self.random = backend.random

    def apply(self, rule: Rule, args: Sequence[Any]) -> Any:
        """Compute a rule and remember how to pull cotangents back through it."""
        if rule.record is None:
            rule.record = recorder(rule, by_backend=rule.pointwise or rule.kernel is not None)
        return rule.record(self, *args)

    def joint(self, value: Any, inputs: Iterable[Any], pull: Any) -> Var:
        """``value`` as what comes of the tracked ones of ``inputs``, with the pull through it."""
        return Var(self, value, Node(self, pull, [(v.node, v.index) for v in inputs if v.__class__ is Var], ()))


def recorder(rule: Rule, defaults: Sequence[Any] = (), by_backend: bool = False) -> Callable[..., Any]:
    """The function ``record(tape, *args)`` of a rule, compiled: it runs the value and leaves a Node of what pull needs.

    ``defaults`` are those of the last arguments; ``by_backend``: the backend applies the rule, in its own way.
    """
    names = [f"{name}_" for name in rule.names]  # "_" keeps them apart from everything else
    rest = names[-1] if rule.variadic else None
    stars = ["*" if n is rest else "" for n in names]
    first_default = len(names) - len(defaults)
    signature = [
        star + n if i < first_default else f"{n}=defaults[{i - first_default}]"
        for i, (star, n) in enumerate(zip(stars, names))
    ]
    keeps = {
        ARGUMENT: "{n}", OUTPUT: "Output(y)", SHAPE: "getattr({n}r, 'shape', ())", REST: "{n}",
        REST_SHAPES: "tuple([x.shape for x in {n}r])",
    }  # fmt: skip
    saved = "".join(keeps[keep].format(n=names[i]) + ", " for keep, i in rule.keeps)
    lines = [f"def record(tape, {', '.join(signature)}):"]
    raws, parents = ("".join(f"{star}{n}{part}, " for star, n in zip(stars, names)) for part in "rp")
    shapes = "".join(f"None if {n}p is None else {n}r.shape, " for n in names)
    applied = f"tape.backend.apply(rule, ({raws}))" if by_backend else f"value(tape.backend, {raws})"
    for n in names:
        if n is rest:
            lines += [
                f"    {n}r = []; {n}p = []",
                f"    for x in {n}:",
                f"        if x.__class__ is Var: {n}r.append(x.value); {n}p.append((x.node, x.index))",
                f"        else: {n}r.append(x); {n}p.append(None)",
            ]
            continue
        lines += [
            f"    if {n}.__class__ is Var:",
            f"        {n}r = {n}.value; {n}p = ({n}.node, {n}.index)",
            "    else:",
            f"        {n}r = {n}; {n}p = None",
        ]
    lines += [
        f"    if tape.wide is None: y = {applied}",
        f"    else: y = tape.wide.run(rule, ({raws}))",
        f"    if {' and '.join(f'not any({n}p)' if n is rest else f'{n}p is None' for n in names)}:",
        "        return y",
        f"    node = Node(tape, pull, ({parents}), ({saved}))",
    ]
    if rule.pointwise and rest is None and len(names) > 1:
        broadcast = " or ".join(f"({n}p is not None and {n}r.shape != y.shape)" for n in names)
        lines += [f"    if {broadcast}:", f"        node.shapes = ({shapes})"]
    elif rule.along is not None:
        lines.append(f"    node.shapes = ({shapes})")
    lines += [  # many Vars are made faster without calling their class
        "    if y.__class__ is tuple:",
        "        node.outputs = len(y)",
        "        parts = []",
        "        for i, part in enumerate(y):",
        "            v = new(Var); v.F = tape; v.value = part; v.node = node; v.index = i; parts.append(v)",
        "        return tuple(parts)",
        "    return Var(tape, y, node)",
    ]
    space: dict[str, Any] = {
        "Var": Var, "Node": Node, "Output": _Output, "rule": rule, "value": rule.value, "pull": rule.pull,
        "defaults": defaults, "new": Var.__new__,
    }  # fmt: skip
    exec("\n".join(lines), space)
    record: Callable[..., Any] = space["record"]
    return record


def _restore(saved: Any, node: Node, tracked: bool) -> Any:
    """A saved value as pull wants it: a Var when the pull itself is recorded, the raw array otherwise."""
    kind = saved.__class__
    if kind is _Output:
        y = saved.value
        if not tracked:
            return y
        if y.__class__ is tuple:
            return tuple(Var(node.F, part, node, i) for i, part in enumerate(y))
        return Var(node.F, y, node)
    if tracked:
        return saved
    if kind is Var:
        return saved.value
    if kind is tuple and any(item.__class__ is Var for item in saved):
        return tuple(map(raw, saved))
    return saved


def walk(heads: Iterable[tuple[Node, int, Any]], retain: bool = False, tracked: bool = False) -> dict[Leaf, Any]:
    """Pull cotangents from the heads back to the leaves, latest node first.

    ``retain`` keeps the graph for another walk; otherwise each node lets go of its values as soon as it is done.
    ``tracked`` records the pulls themselves, so that the results can be differentiated again.
    """
    waiting: dict[Node, list[Any]] = {}
    queue: list[tuple[int, Node]] = []
    reached: dict[Leaf, Any] = {}

    def give(node: Node, index: int, ct: Any, F: Any) -> None:
        slots = waiting.get(node)
        if slots is None:
            waiting[node] = slots = [None] * (node.outputs or 1)
            heapq.heappush(queue, (-node.order, node))
        before = slots[index]
        if before is None:
            slots[index] = ct
        elif F is None or isinstance(before, Operand) or isinstance(ct, Operand):
            slots[index] = before + ct
        else:
            slots[index] = F.add(before, ct)

    for node, index, ct in heads:
        give(node, index, ct, node.F and node.F.backend)
    while queue:
        _, node = heapq.heappop(queue)
        cts = waiting.pop(node)
        if isinstance(node, Leaf):
            reached[node] = cts[0]
            continue
        if node.saved is None:
            raise MXNetError(FREED)
        cts = [ct.F.done(ct) if isinstance(ct, Operand) and ct.__class__ is not Var else ct for ct in cts]
        arguments = [cts if node.outputs else cts[0], *[_restore(saved, node, tracked) for saved in node.saved]]
        parents, shapes = node.parents, node.shapes
        F = node.F if tracked else node.F.wide or node.F.backend
        pulled = node.pull(F, *arguments) if tracked else F.pull(node.pull, arguments, parents, shapes)
        if not retain:
            node.saved, node.parents = None, ()
        for i, (parent, ct) in enumerate(zip(parents, pulled)):
            if parent is not None and ct is not None:
                if callable(ct):
                    ct = ct()
                if shapes is not None and ct.shape != shapes[i]:
                    ct = F.sum_to(ct, shapes[i])
                give(*parent, ct, F)
    return reached
