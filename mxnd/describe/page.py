"""The page of an operator: as Markdown for the documentation, as plain text for ``python -m mxnd ops NAME``."""

from __future__ import annotations

import textwrap

from ..core.op import Argument, Op
from . import example, trials, wording
from .facts import Catalogue

WIDTH = 100
SINCE = {"1.3.1": "since 1.3.1 or earlier", "1.6.0": "since 1.4, 1.5 or 1.6.0", "1.9.1": "since 1.7, 1.8 or 1.9.1"}


def markdown(op: Op, known: Catalogue) -> str:
    """The page as Markdown; its example is run. MXNetError when that fails."""
    code, printed = example.example(op)
    parts = [f"# {wording.public_path(op)}", op.summary, op.details]
    parts += [f"```python\n{wording.python_signature(op)}\n```", f"```r\n{wording.r_signature(op)}\n```"]
    parts += ["## Arguments", _argument_table(op)]
    parts += ["## Results", "\n".join(f"- {title}: {text}" for title, text in _properties(op, known))]
    parts += ["## Example", f"```python\nimport mxnd as mx\n\n{code}\n```", f"```text\n{printed}\n```"]
    parts += ["## Shapes", "\n".join(f"- `{line}`" for line in trials.shapes(op))]
    parts += ["## Errors", "\n".join(f"- `{line}`" for line in trials.errors(op)) or "None of its own."]
    parts += ["## Differences from MXNet 1.9.1", _differences(op, known)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _argument_table(op: Op) -> str:
    if not op.arguments:
        return "None."
    rows = ["| Python | R | Type | Meaning |", "|---|---|---|---|"]
    for a in op.arguments:
        cells = [f"`{a.name}`", f"`{wording.r_name(a.name)}`", f"`{wording.type_words(a)}`", meaning(a)]
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows)


def meaning(argument: Argument) -> str:
    """What an argument is, and what it may be left out for."""
    text = argument.doc
    if argument.optional:
        text += " May be left out."
    if argument.variadic:
        text += " Any number of them, or one list (R: one list)."
    if argument.count and "counted" not in text.lower():
        text += " Counted when left out."
    return text


def _properties(op: Op, known: Catalogue) -> list[tuple[str, str]]:
    names = wording.public_names(op)
    found = [
        ("Number of results", wording.result_count(op)),
        ("dtype of the results", wording.result_dtype(op)),
        ("dtypes taken", wording.input_dtypes(op)),
        ("Gradient", gradient(op)),
    ]
    if op.random:
        found.append(("Random", "draws from the streams that `mx.random.seed` starts"))
    if op.mutates:
        found.append(("Changed in place", ", ".join(f"`{name}`" for name in op.mutates)))
    methods = [name for name in op.names if not name.startswith("_")] if op.method is True else op.method or ()
    if methods:
        found.append(("Methods of NDArray", ", ".join(f"`{name}`" for name in methods)))
    others = [f"`mx.nd.{name}` (R: `mx.nd.{wording.r_name(name)}`)" for name in names[1:]]
    spaces = dict.fromkeys(wording.namespace_path(name) for name in op.names)
    others += [f"`mx.nd.{path}`" for path in spaces if path not in ("", wording.public_path(op))]
    if others:
        found.append(("Other names", ", ".join(others)))
    if since := since_words(names, known):
        found.append(("In MXNet", since))
    return found


def gradient(op: Op) -> str:
    """Whether there is one, in words."""
    if not op.differentiable:
        return "none"
    return "yes" if op.derivative else "yes, one of its own instead of the derivative of its value"


def since_words(names: list[str], known: Catalogue) -> str:
    """Since when MXNet has the operator under each of these names, as far as three releases tell."""
    since = {name: SINCE[known.public[name][1]] for name in names if name in known.public}
    if len(set(since.values())) == 1:
        return next(iter(since.values()))
    return ", ".join(f"`{name}` {words}" for name, words in since.items())


def _differences(op: Op, known: Catalogue) -> str:
    found = known.facts(op.name).differences
    return "\n".join(f"- {text}" for text in found) if found else "None known."


def text(op: Op, known: Catalogue) -> str:
    """The page as plain text; its example is run."""
    lines = [*_signature(wording.python_signature(op)), *_signature(wording.r_signature(op))]
    lines += ["", op.summary, *([""] if op.details else []), *op.details.splitlines()]
    for a in op.arguments:
        lines += ["", f"{a.name}: {wording.type_words(a)}", *_wrapped(meaning(a), "    ", "    ")]
    lines.append("")
    for title, words in _properties(op, known):
        lines += _wrapped(f"{title}: {words}", "    ")
    if op.name in known.operators:
        differences = known.facts(op.name).differences
        lines += ["", "Differences from MXNet 1.9.1:" if differences else "No known differences from MXNet 1.9.1."]
        for difference in differences:
            lines += _wrapped(f"- {difference}", "  ")
    if op.samples:
        lines += ["", "Shapes:", *(f"    {line}" for line in trials.shapes(op))]
        failed = trials.errors(op)
        lines += ["", "Errors:" if failed else "No errors of its own."]
        for words in failed:
            lines += _wrapped(words, "        ", "    ")
        code, printed = example.example(op)
        lines += ["", "Example:", *(f"    {line}" for line in code.splitlines()), *printed.splitlines()]
    return "\n".join(lines).replace("``", "").replace("`", "") + "\n"


def _signature(words: str) -> list[str]:
    """A signature on several lines, none of which ends within an argument."""
    return [line.replace("\0", " ") for line in _wrapped(words.replace(" = ", "\0=\0"), "    ")]


def _wrapped(words: str, later: str, first: str = "") -> list[str]:
    return textwrap.wrap(words, WIDTH, initial_indent=first, subsequent_indent=later, break_long_words=False)
