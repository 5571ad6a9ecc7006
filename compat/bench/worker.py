"""One library in its own interpreter: prepares and times cases on request.

    python -m compat.bench.worker mxnd|mxnet|torch

Requests and answers are lines of JSON on standard input and output. ``{"prepare": NAME, "seconds": S}`` makes the
inputs, runs the case and finds how many calls last S seconds; ``{"sample": NAME}`` times that many calls. A worker
answers a sample only when its threads have come to rest, so that none of them disturbs the library timed next.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from compat.bench.case import Case, Input
from compat.bench.catalogue import catalogue

MOST = 20_000  # calls a sample
WARM = 0.1  # seconds of untimed calls before every sample: threads that have slept need them to find their processors


class Ready(NamedTuple):
    """A case with its inputs: ``call()`` computes, waits and returns the result; ``digest()`` are numbers of it."""

    call: Callable[[], Any]
    digest: Callable[[], list[float]]
    around: Callable[[], Any] = contextlib.nullcontext


def head(shape: tuple[int, ...]) -> np.ndarray:
    return Input(tuple(shape)).value(99)


def size(values: Any) -> float:
    """The mean magnitude of an array of numbers."""
    return float(np.abs(np.asarray(values, np.float64)).mean())


def with_mx(mx: Any, case: Case) -> Ready:
    """For mxnd and MXNet alike."""
    body, inputs = case.mx, [mx.nd.array(value, dtype="float32") for value in case.values()]
    if case.mode == "forward":

        def call() -> Any:
            y = body(mx, *inputs)
            y.wait_to_read()
            return y

        return Ready(call, lambda: [size(call().asnumpy())])
    kept = [x for x, each in zip(inputs, case.inputs) if each.differentiable]
    for x in kept:
        x.attach_grad()
    if case.mode == "program":

        def call() -> Any:
            y = body(mx, *inputs)
            for x in (y, *kept):
                x.wait_to_read()
            return y

        return Ready(call, lambda: [size(call().asnumpy())])
    with mx.autograd.record():
        ct = mx.nd.array(head(body(mx, *inputs).shape))

    def call() -> Any:
        with mx.autograd.record():
            y = body(mx, *inputs)
        y.backward(ct)
        for x in kept:
            x.grad.wait_to_read()
        return y

    return Ready(call, lambda: [size(call().asnumpy()), *(size(x.grad.asnumpy()) for x in kept)])


def with_torch(torch: Any, case: Case) -> Ready:
    def tensor(value: np.ndarray, each: Input) -> Any:
        kind = {"index": torch.int64, "mask": torch.bool}.get(each.kind, torch.float32)
        return torch.from_numpy(value).to(kind)

    body, inputs = case.torch, [tensor(value, each) for value, each in zip(case.values(), case.inputs)]
    marks = [each.differentiable for each in case.inputs]
    if case.mode == "forward":
        inputs = list(case.torch_inputs(torch, *inputs)) if case.torch_inputs else inputs

        def call() -> Any:
            return body(torch, *inputs)

        return Ready(call, lambda: [size(call().numpy())], torch.inference_mode)
    kept = [x.requires_grad_() for x, mark in zip(inputs, marks) if mark]
    if case.torch_inputs:
        made = case.torch_inputs(torch, *inputs)
        inputs = [x if x is None else x.detach().clone().requires_grad_(x.requires_grad) for x in made]
        kept = [x for x in inputs if x is not None and x.requires_grad]
    if case.mode == "program":

        def call() -> Any:
            return body(torch, *inputs)

        return Ready(call, lambda: [size(call().detach().numpy())])
    ct = torch.from_numpy(head(body(torch, *inputs).shape))

    def call() -> Any:
        y = body(torch, *inputs)
        for x in kept:
            x.grad = None
        y.backward(ct)
        return y

    def digest() -> list[float]:
        values = [size(call().detach().numpy())]
        grads = [x.grad.numpy() for x in kept]
        if case.torch_inputs:  # the other libraries keep the parts in one array
            grads = [grads[0], np.concatenate([g.ravel() for g in grads[1:]])]
        return values + [size(g) for g in grads]

    return Ready(call, digest)


def timed(ready: Ready, calls: int) -> float:
    """Seconds a call; results are dropped as soon as they are there."""
    call, turns = ready.call, range(calls)
    start = time.perf_counter()
    for _ in turns:
        call()
    return (time.perf_counter() - start) / calls


def rest() -> None:
    """Return when no thread of this process uses the processor any more, or after a second.

    Threads of OpenBLAS look for work for a tenth of a second after a product, on a processor that the next library
    needs. Processor time may come in steps of 4 ms, hence the long pauses.
    """
    end = time.perf_counter() + 1
    while time.perf_counter() < end:
        before = time.process_time()
        time.sleep(0.012)
        if time.process_time() - before < 0.003:
            return


class Worker:
    def __init__(self, name: str) -> None:
        self.library = importlib.import_module(name)
        self.make = with_torch if name == "torch" else with_mx
        self.cases = {case.name: case for case in catalogue()}
        self.ready: Ready | None = None
        self.calls = 1

    def versions(self) -> dict[str, str]:
        return {"version": self.library.__version__, "numpy": np.__version__, "python": sys.version.split()[0]}

    def prepare(self, name: str, seconds: float) -> dict[str, Any]:
        self.ready = None
        gc.collect()
        ready = self.make(self.library, self.cases[name])
        with ready.around():
            digest = ready.digest()
            took = timed(ready, 1)
            if took < seconds / 3:
                took = timed(ready, max(2, min(100, int(seconds / 3 / took))))
        self.calls = max(1, min(MOST, round(seconds / took)))
        self.ready = ready
        rest()
        return {"calls": self.calls, "digest": digest}

    def sample(self) -> dict[str, Any]:
        if self.ready is None:
            raise RuntimeError("sample before prepare")
        with self.ready.around():
            warm = time.perf_counter() + WARM
            while time.perf_counter() < warm:
                timed(self.ready, 1)
            took = timed(self.ready, self.calls)
        rest()
        return {"seconds": took}


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints does not end up among the answers

    def answer(what: dict[str, Any]) -> None:
        answers.write(json.dumps(what) + "\n")
        answers.flush()

    try:
        worker = Worker(sys.argv[1])
    except ImportError as error:
        return answer({"error": f"{type(error).__name__}: {error}"})
    answer(worker.versions())
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer(worker.prepare(request["prepare"], request["seconds"]) if "prepare" in request else worker.sample())
        except Exception as error:  # the driver prints it and goes on with the next case
            answer({"error": f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error) else ''}"})


if __name__ == "__main__":
    main()
