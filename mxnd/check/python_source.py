"""The MXNet names in a Python program, from its syntax tree: nothing is run or imported."""

from __future__ import annotations

import ast
import builtins
import itertools
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .calls import ANY, Call
from .names import SHORT, Path, names_in

PACKAGES = ("mxnet", "mxnd")
F: Path = ("F",)  # what hybrid_forward gets: mx.nd or mx.sym
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True)
class Use:
    """A name of MXNet in a program: below ``mx``, or ``F`` and what is below that. call: the arguments, if called."""

    line: int
    path: Path
    call: Call | None = None


@dataclass
class Scope:
    """The names bound in a module, class, function or comprehension: to a path below ``mx``, or to anything else."""

    above: Scope | None = None
    is_class: bool = False
    names: dict[str, Path | None] = field(default_factory=dict)
    stars: list[Path] = field(default_factory=list)

    def bind(self, name: str, path: Path | None = None) -> None:
        if path is not None or name not in self.names:  # try: import mxnet as mx; except ImportError: mx = None
            self.names[name] = path

    def find(self, name: str) -> Path | None:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names and (scope is self or not scope.is_class):
                return scope.names[name]
            if scope.above is None and not hasattr(builtins, name):
                return next(((*star, name) for star in scope.stars if name in names_in(star)), None)
            scope = scope.above
        return None


def parse(source: str | bytes) -> ast.Module:
    """The syntax tree; SyntaxError when it is no Python 3. Old programs are full of things to warn of: not here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except (ValueError, RecursionError, MemoryError) as error:  # NUL bytes; nested too deep
            raise SyntaxError(str(error) or "nested too deep") from None


def uses(tree: ast.Module) -> list[Use]:
    """The uses of MXNet in a program, in the order of its lines."""
    reader = _Reader(_scope(tree.body))
    for statement in tree.body:
        reader.visit(statement)
    return sorted(reader.found, key=lambda use: use.line)


def below_mx(module: str | None) -> Path | None:
    """``gluon.nn`` of ``mxnet.gluon.nn``, short; None when it is another package."""
    package, *rest = (module or "").split(".")
    return shortened(tuple(rest)) if package in PACKAGES else None


def shortened(path: Path) -> Path:
    """``nd.X`` for ``ndarray.X``."""
    return (SHORT.get(path[0], path[0]), *path[1:]) if path else path


def chain(node: ast.expr, scope: Scope) -> Path | None:
    """The path below ``mx`` that ``a.b.c`` stands for, if ``a`` is MXNet or part of it."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr":
        text = node.args[1] if len(node.args) in (2, 3) else None
        start = chain(node.args[0], scope) if text is not None else None
        if start is None or not (isinstance(text, ast.Constant) and isinstance(text.value, str)):
            return None
        return shortened((*start, *text.value.split("."), *reversed(parts)))
    start = scope.find(node.id) if isinstance(node, ast.Name) else None
    return None if start is None else shortened((*start, *reversed(parts)))


# Scopes


def _scope(body: Iterable[ast.AST], above: Scope | None = None, is_class: bool = False) -> Scope:
    scope = Scope(above, is_class)
    assigned: list[ast.Assign] = []
    for node in itertools.chain.from_iterable(map(_own, body)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                path = below_mx(alias.name)
                scope.bind(alias.asname or alias.name.partition(".")[0], path if alias.asname or path is None else ())
        elif isinstance(node, ast.ImportFrom):
            start = below_mx(node.module) if not node.level else None
            for alias in node.names:
                if alias.name != "*":
                    scope.bind(alias.asname or alias.name, None if start is None else shortened((*start, alias.name)))
                elif start is not None:
                    scope.stars.append(start)
        elif isinstance(node, NAMED) and node.name:
            scope.bind(node.name)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            scope.bind(node.id)
        elif isinstance(node, ast.Assign):
            assigned.append(node)
    for assign in assigned:  # nd = mx.nd
        path = chain(assign.value, scope) if isinstance(assign.value, (ast.Name, ast.Attribute)) else None
        if path is not None and len(assign.targets) == 1 and isinstance(assign.targets[0], ast.Name):
            scope.bind(assign.targets[0].id, path)
    return scope


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """A node and those below it that bind names in the same scope."""
    yield node
    if isinstance(node, (*FUNCTIONS, ast.ClassDef, *COMPREHENSIONS)):
        return
    for child in ast.iter_child_nodes(node):
        yield from _own(child)


class _Reader(ast.NodeVisitor):
    """Collects the uses of MXNet."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.found: list[Use] = []

    def _inside(self, scope: Scope, nodes: Iterable[ast.AST]) -> None:
        self.scope = scope
        for node in nodes:
            self.visit(node)
        assert scope.above is not None
        self.scope = scope.above

    def visit_function(self, node: Function) -> None:
        a = node.args
        arguments = [*a.posonlyargs, *a.args, *a.kwonlyargs, *filter(None, (a.vararg, a.kwarg))]
        outside = [*a.defaults, *a.kw_defaults, *(argument.annotation for argument in arguments)]
        if not isinstance(node, ast.Lambda):
            outside += [*node.decorator_list, node.returns]
        for part in filter(None, outside):
            self.visit(part)
        body = node.body if isinstance(node.body, list) else [node.body]
        scope = _scope(body, self.scope)
        scope.names |= {argument.arg: None for argument in arguments}
        hybrid = getattr(node, "name", "") == "hybrid_forward"
        for i, argument in enumerate(arguments):
            if argument.arg == "F" or (hybrid and i == 1):
                scope.names[argument.arg] = F
        self._inside(scope, body)

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = visit_function

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for part in (*node.bases, *node.keywords, *node.decorator_list):
            self.visit(part)
        self._inside(_scope(node.body, self.scope, is_class=True), node.body)

    def visit_comprehension_of(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        self.visit(node.generators[0].iter)
        scope = _scope([g.target for g in node.generators], self.scope)
        rest = [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.comprehension)]
        later = [g.iter for g in node.generators[1:]]
        self._inside(scope, [*later, *(test for g in node.generators for test in g.ifs), *rest])

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_comprehension_of

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            path = below_mx(alias.name)
            if path:
                self.found.append(Use(node.lineno, path))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        start = below_mx(node.module) if not node.level else None
        if start is not None:
            for alias in node.names:
                path = start if alias.name == "*" else shortened((*start, alias.name))
                if path:
                    self.found.append(Use(node.lineno, path))

    def visit_Call(self, node: ast.Call) -> None:
        path = chain(node.func, self.scope)
        if path:
            self.found.append(Use(node.func.lineno, path, _call(node)))
        else:
            self.visit(node.func)
        for part in (*node.args, *node.keywords):
            self.visit(part)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._name(node)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._name(node)

    def _name(self, node: ast.Attribute | ast.Name) -> None:
        path = chain(node, self.scope)
        if path:
            self.found.append(Use(node.lineno, path))
        else:
            self.generic_visit(node)


def _call(node: ast.Call) -> Call:
    args = list(itertools.takewhile(lambda arg: not isinstance(arg, ast.Starred), node.args))
    keywords = {keyword.arg: _value(keyword.value) for keyword in node.keywords if keyword.arg}
    for keyword in node.keywords:  # **{"act.type": "relu"}
        if keyword.arg is None and isinstance(keyword.value, ast.Dict):
            keywords |= {
                key.value: _value(value)
                for key, value in zip(keyword.value.keys, keyword.value.values)
                if isinstance(key, ast.Constant) and isinstance(key.value, str)
            }
    whole = len(args) == len(node.args) and all(keyword.arg for keyword in node.keywords)
    return Call([_value(arg) for arg in args], keywords, whole)


def _value(node: ast.expr) -> object:
    """The value of a literal; ANY for everything that is computed."""
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return ANY
