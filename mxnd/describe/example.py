"""The example on an operator's page: its first sample as a small program, run, with what it prints."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from ..core.errors import MXNetError
from ..core.op import Op
from .wording import public_path

DIGITS = 4  # of the numbers printed: as many as are the same on every machine
EASY = [-1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2]  # what the first input is filled with, where these may stand
MIXED = [2, -1, 0.5, 1, -0.5, 1.5, -1.5]  # the others: out of order, without 0
LONG = 12  # elements; more are not written out
WHOLE = re.compile(r"\.0\b")
ANYWHERE = -np.inf, np.inf


def source(op: Op) -> tuple[str, list[str]]:
    """The first sample of an operator as a program that makes ``result``, and the variables that it changes."""
    sample = op.samples[0]
    lines = ["mx.random.seed(0)"] if op.random else []
    arguments, changed = [], []
    for number, (name, value) in enumerate(_inputs(op, sample)):
        variable = f"{name[0]}{number}" if op.variadic else name
        lines.append(f"{variable} = {array_code(value, sample.get('domain', ANYWHERE), number)}")
        arguments.append(f"{name}={variable}" if op.argument(name).optional else variable)
        changed += [variable] if name in op.mutates else []
    arguments += [f"{a.name}={sample[a.name]!r}" for a in op.params if a.name in sample and not a.count]
    lines.append(f"result = mx.nd.{public_path(op)}({', '.join(arguments)})")
    return "\n".join(lines), changed


def _inputs(op: Op, sample: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for a in op.inputs:
        value = sample.get(a.name)
        if value is not None:
            yield from ((a.name, v) for v in (value if a.variadic else [value]))


def array_code(value: Any, domain: tuple[float, float], number: int) -> str:
    """The code that makes an input of a sample: a shape filled with easy numbers of the domain, or values as given.

    number: Which input it is; each gets other numbers.
    """
    if not isinstance(value, tuple):
        return _made(value)
    count = int(np.prod(value))
    low, high = domain
    if low <= min(EASY) and max(EASY) <= high:
        if count > LONG:
            return f"mx.nd.arange({count}).reshape({value})"
        pool = EASY if number == 0 else MIXED[number:] + MIXED[:number]
        filled: np.ndarray = np.resize(pool, value)
    else:
        size = max(count, len(EASY))
        steps = (np.arange(count) + 3 * number) % size
        filled = np.round(low + (high - low) * (steps + 0.5) / size, 2).reshape(value)
    return _made(filled)


def _made(values: Any) -> str:
    return f"mx.nd.array({re.sub(WHOLE, '', str(np.asarray(values).tolist()))})"


def example(op: Op) -> tuple[str, str]:
    """The program and what it prints. MXNetError when the operator has no sample or its sample does not run."""
    import mxnd

    if not op.samples:
        raise MXNetError(f"{op.name} has no sample")
    code, changed = source(op)
    space: dict[str, Any] = {"mx": mxnd}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), np.printoptions(precision=DIGITS, suppress=True, linewidth=100):
        try:
            exec(code, space)
            show = "\n".join(_prints(space["result"], changed))
            exec(show, space)
        except Exception as error:
            raise MXNetError(f"the example of {op.name} does not run: {error}") from error
    return f"{code}\n{show}", printed.getvalue().rstrip()


def _prints(result: Any, changed: Iterable[str]) -> Iterator[str]:
    if not isinstance(result, (list, tuple)):
        yield "print(result.asnumpy())"
    elif result:
        yield "for array in result:\n    print(array.asnumpy())"
    yield from (f"print({variable}.asnumpy())" for variable in changed)
