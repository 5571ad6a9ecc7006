"""What mxnd takes by size: time an element, peak memory, and what recording adds to a call.

    python compat/bench/sizes.py [--time] [--memory] [--tape]        all three by default

Time an element should be flat or fall as arrays grow, until memory outside the caches sets the pace, for which the
first row, a copy, stands; "!" marks sizes where it is more than half above both that of a smaller size and a copy's.
Peak memory should stay within 1.5 times inputs and results; it is measured for the second call of each case of the
benchmark that calls one operator, undifferentiated, on 1 MB or more, in a process of its own ("!" marks those above).
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import mxnd as mx
from compat.bench.case import Input
from compat.bench.catalogue import catalogue

SIZES = [10**power for power in range(2, 9)]
MORE, MEMORY, LEAST = 1.5, 1.5, 1_000_000
CHAIN = 1000  # calls

CALLS: dict[str, Callable[[Any], Any]] = {
    "copy": lambda x: x.copy(),
    "relu": mx.nd.relu,
    "leaky": mx.nd.LeakyReLU,
    "elu": lambda x: mx.nd.LeakyReLU(x, act_type="elu"),
    "gelu": lambda x: mx.nd.LeakyReLU(x, act_type="gelu"),
    "sigmoid": mx.nd.sigmoid,
    "tanh": mx.nd.tanh,
    "exp": mx.nd.exp,
    "x + x": lambda x: x + x,
    "x * 2": lambda x: x * 2,
    "clip": lambda x: mx.nd.clip(x, -1, 1),
    "sum": mx.nd.sum,
    "mean": mx.nd.mean,
    "max": mx.nd.max,
    "norm": mx.nd.norm,
    "argmax": lambda x: mx.nd.argmax(x, axis=0),
}
STEPS: dict[str, Callable[[Any, Any], Any]] = {
    "x + y": lambda x, y: x + y,
    "x * 0.999": lambda x, _: x * 0.999,
    "relu(x)": lambda x, _: mx.nd.relu(x),
    "LeakyReLU(x)": lambda x, _: mx.nd.LeakyReLU(x),
    "broadcast_add(x, y)": lambda x, y: mx.nd.broadcast_add(x, y),
}


def median(call: Callable[[], Any], seconds: float = 0.02, times: int = 5) -> float:
    """Median seconds a call, of samples that last this long at least."""

    def took(calls: int) -> float:
        start = time.perf_counter()
        for _ in range(calls):
            call()
        return (time.perf_counter() - start) / calls

    calls = max(1, round(seconds / min(took(1), took(1))))
    return statistics.median(took(calls) for _ in range(times))


def times() -> None:
    print(f"{'ns an element':16}" + "".join(f"{size:>12.0e}" for size in SIZES))
    copies: dict[int, float] = {}
    for name, call in CALLS.items():
        print(f"{name:16}", end="")
        least = float("inf")
        for size in SIZES:
            x = mx.nd.array(Input((size,)).value(0))
            each = median(lambda call=call, x=x: call(x).wait_to_read()) / size * 1e9
            limit = max(least, copies.setdefault(size, each))
            print(f"{each:>11.3g}" + (" !"[each > MORE * limit]), end="", flush=True)
            least = min(least, each)
        print()


def peak(name: str) -> tuple[float, float] | None:
    """Bytes at the peak of a case's call, inputs included, and bytes of inputs and results; None for small cases."""
    case = next(case for case in catalogue() if case.name == name)
    inputs = [mx.nd.array(value, dtype="float32") for value in case.values()]
    held = sum(x.size * 4 for x in inputs)
    case.mx(mx, *inputs).wait_to_read()  # the first call imports Numba and oneDNN, and compiles
    tracemalloc.start()
    y = case.mx(mx, *inputs)
    y.wait_to_read()
    most = held + tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    held += 0 if any(y is x for x in inputs) else y.size * 4
    return (most, held) if held >= LEAST else None


def memory() -> None:
    print(f"{'peak memory':46}{'MB':>10}{'of inputs and results':>24}")
    names = [case.name for case in catalogue() if case.mode == "forward" and case.family != "programs"]
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for name, found in zip(names, pool.imap(peak, names, chunksize=1)):
            if found:
                most, held = found
                print(
                    f"{name:46}{most / 1e6:>10.1f}{most / held:>24.2f}{' !'[round(most / held, 2) > MEMORY]}",
                    flush=True,
                )


def tape() -> None:
    """A chain of small calls, recorded and not, and its backward; 10 elements."""
    print(f"{'us a call, 10 elements':26}{'plain':>10}{'recorded':>10}{'added':>10}{'backward':>10}")
    for name, step in STEPS.items():
        x, y = mx.nd.array(Input((10,)).value(0)), mx.nd.array(Input((10,)).value(1))

        def chain(step: Callable[..., Any] = step, x: Any = x, y: Any = y) -> Any:
            for _ in range(CHAIN):
                x = step(x, y)
            return x

        def plain(chain: Callable[..., Any] = chain) -> None:
            chain().wait_to_read()

        def recorded(chain: Callable[..., Any] = chain) -> Any:
            with mx.autograd.record():
                z = chain()
            z.wait_to_read()
            return z

        def both(recorded: Callable[..., Any] = recorded, x: Any = x) -> None:
            recorded().backward()
            x.grad.wait_to_read()

        x.attach_grad()
        took = [median(call) / CHAIN * 1e6 for call in (plain, recorded, both)]
        print(
            f"{name:26}{took[0]:>10.2f}{took[1]:>10.2f}{took[1] - took[0]:>10.2f}{took[2] - took[1]:>10.2f}", flush=True
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts = {"time": times, "memory": memory, "tape": tape}
    for name in parts:
        parser.add_argument(f"--{name}", action="store_true")
    chosen = [name for name, given in vars(parser.parse_args()).items() if given]
    for name in chosen or parts:
        parts[name]()
        print()


if __name__ == "__main__":
    main()
