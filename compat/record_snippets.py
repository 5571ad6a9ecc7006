"""Record what real MXNet 1.9.1 answers to short pieces of Python (``compat/snippets/*.txt``).

Each line of such a file is one snippet in which ``\\n`` stands for a line break; its last line is an expression (or its
last statement after ``;``). Lines before the first snippet that only assign are run before every snippet of the file.
Run under the oracle's Python: ``python compat/record_snippets.py``. Answers go to ``compat/golden/snippets/*.json``.
"""

from __future__ import annotations

import ast
import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent
Answer = dict[str, Any]


def snippets(path: Path) -> tuple[str, list[str]]:
    """The common beginning of a file and its snippets."""
    lines = [line.replace("\\n", "\n") for line in path.read_text().splitlines() if line.strip()]
    count = 0
    while isinstance(ast.parse(lines[count]).body[-1], ast.Assign):
        count += 1
    return "\n".join(lines[:count]), lines[count:]


def evaluate(setup: str, snippet: str, names: dict[str, Any]) -> Any:
    """The value of a snippet's last expression (None when it ends in a statement)."""
    names = dict(names)
    exec(setup, names)
    tree = ast.parse(snippet)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<snippet>", "exec"), names)
    return eval(compile(ast.Expression(last.value), "<snippet>", "eval"), names) if last is not None else None


def plain(value: Any) -> Any:
    """A value as JSON: arrays with dtype, shape and elements; everything else by type and text.

    A sparse array is shown by its dense values and its stype.
    """
    if hasattr(value, "asnumpy"):
        stype = getattr(value, "stype", "default")
        return {"nd": plain(value.asnumpy())} | ({} if stype == "default" else {"stype": stype})
    if isinstance(value, np.ndarray):
        return {
            "dtype": str(value.dtype),
            "shape": list(value.shape),
            "values": [repr(v) for v in value.ravel().tolist()],
        }
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, type):
        return value.__name__
    return {"type": type(value).__name__, "text": str(value)}


def answer(setup: str, snippet: str, names: dict[str, Any]) -> Answer:
    """What a snippet gives, or the error it raises."""
    try:
        return {"value": plain(evaluate(setup, snippet, names))}
    except Exception as error:
        kinds = [kind.__name__ for kind in type(error).__mro__[:-3]]
        lines = [line for line in str(error).splitlines() if line and not line.startswith(("Traceback", "  File"))]
        return {"error": kinds, "message": lines[0][:160] if lines else ""}


def record(path: Path, names: dict[str, Any]) -> list[Answer]:
    """Answers to all snippets of a file; each runs in a child of its own, since some end the process."""
    setup, lines = snippets(path)
    answers = []
    for line in lines:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(writer, json.dumps(answer(setup, line, names)).encode())
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader, "rb") as pipe:
            text = pipe.read()
        os.waitpid(child, 0)
        answers.append({"snippet": line, **(json.loads(text) if text else {"dies": True})})
    return answers


def main() -> None:
    import mxnet as mx
    from mxnet import autograd, nd

    if mx.__version__ != "1.9.1":
        sys.exit(f"this needs mxnet 1.9.1, not {mx.__version__}")
    target = FOLDER / "golden" / "snippets"
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted((FOLDER / "snippets").glob("*.txt")):
        answers = record(path, {"mx": mx, "nd": nd, "autograd": autograd, "np": np})
        (target / f"{path.stem}.json").write_text(json.dumps(answers, indent=0) + "\n")
        print(f"{path.stem}: {len(answers)} snippets, {sum('dies' in a for a in answers)} ended the process")


if __name__ == "__main__":
    main()
