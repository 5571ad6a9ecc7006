"""How long mxnd and PyTorch take for the same work on one GPU, measured side by side in one process.

    python compat/bench/gpu.py [--only PATTERN ...] [--check] [--json FILE] [--markdown FILE]

Without a GPU that CuPy can use it says so and ends with status 2; without PyTorch mxnd is measured alone.
See docs/gpu.md.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import json
import math
import platform
import statistics
import sys
import time
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import mxnd as mx
from compat.bench import gpu_report
from compat.bench.case import Input
from compat.bench.cpu import write_markdown
from compat.bench.gpu_cases import GIB, GpuCase, gpu_catalogue
from mxnd.backend import device
from mxnd.backend.cuda import cudnn
from mxnd.backend.device import cp

SMALL = 1 << 14  # large dimensions divided by this, with --small
DRAWN = 1 << 22  # numbers drawn for an array; a larger one repeats them
COMPARED = 1 << 20  # numbers compared of each result, from its beginning
AGREE = {"float32": 1e-4, "float16": 1e-2}  # relative: the norm of the difference to the norm
CALLS = 100  # in a sample of host time; the driver's queue takes about a thousand launches
BARE = {
    "add": ("T x, T y", "T z", "z = x + y", "bare_add"),
    "leaky": ("T x", "T y", "y = x > (T)0 ? x : (T)0.25 * x", "bare_leaky"),
}


class Ready(NamedTuple):
    """A library's case: ``call()`` gives the work to the device; ``results()`` are numbers of it, on the host."""

    call: Callable[[], Any]
    results: Callable[[], list[np.ndarray]]
    around: Callable[[], Any] = contextlib.nullcontext


def drawn(each: Input, seed: int) -> tuple[np.ndarray, int]:
    """An input's numbers, and how often they are repeated on the device: a few million of them are quick to draw."""
    row, size = math.prod(each.shape[1:]), math.prod(each.shape)
    if size <= DRAWN:
        return each.value(seed), 1
    part = (DRAWN // row, *each.shape[1:]) if row <= DRAWN else (DRAWN,)
    values = each._replace(shape=part).value(seed).ravel()
    return values, -(-size // values.size)


def mx_array(each: Input, seed: int, context: Any, dtype: str) -> Any:
    values, times = drawn(each, seed)
    x = mx.nd.array(values, context, dtype)
    return x if times == 1 else mx.nd.tile(x, (times,))[: math.prod(each.shape)].reshape(each.shape)


def torch_tensor(torch: Any, each: Input, seed: int, device: str, dtype: str) -> Any:
    values, times = drawn(each, seed)
    kind = {"index": torch.int64, "mask": torch.bool}.get(each.kind, getattr(torch, dtype))
    x = torch.from_numpy(values).to(device).to(kind)
    return x if times == 1 else x.repeat(times)[: math.prod(each.shape)].reshape(each.shape)


def some(x: Any) -> np.ndarray:
    """The first numbers of an array of either library, in float64."""
    flat = x.reshape(-1)[:COMPARED]
    found = flat.asnumpy() if hasattr(flat, "asnumpy") else flat.detach().cpu().numpy()
    return np.asarray(found, np.float64)


def with_mx(each: GpuCase, context: Any) -> Ready:
    body, case = each.case.mx, each.case
    inputs = [mx_array(i, seed, context, each.dtype) for seed, i in enumerate(case.inputs)]
    if case.mode == "forward":
        return Ready(call := lambda: body(mx, *inputs), lambda: [some(call())])
    kept = [x for x, i in zip(inputs, case.inputs) if i.differentiable]
    for x in kept:
        x.attach_grad()
    with mx.autograd.record():
        y = body(mx, *inputs)
    ct = mx_array(Input(y.shape), 99, context, each.dtype)

    def pull() -> None:
        y.backward(ct, retain_graph=True)

    return Ready(pull, lambda: (pull(), [some(x.grad) for x in kept])[1])


def with_torch(torch: Any, each: GpuCase, device: str) -> Ready:
    body, case = each.case.torch, each.case
    inputs = [torch_tensor(torch, i, seed, device, each.dtype) for seed, i in enumerate(case.inputs)]
    marks = [i.differentiable and case.mode == "backward" for i in case.inputs]
    for x, mark in zip(inputs, marks):
        x.requires_grad_(mark)
    kept = [x for x, mark in zip(inputs, marks) if mark]
    if case.torch_inputs:
        made = [x if x is None else x.detach().clone().requires_grad_(x.requires_grad)
                for x in case.torch_inputs(torch, *inputs)]  # fmt: skip
        inputs, kept = made, [x for x in made if x is not None and x.requires_grad]
    if case.mode == "forward":
        return Ready(call := lambda: body(torch, *inputs), lambda: [some(call())], torch.inference_mode)
    y = body(torch, *inputs)
    ct = torch_tensor(torch, Input(tuple(y.shape)), 99, device, each.dtype)

    def pull() -> Any:
        """Gradients in memory of their own, as mxnd's are; ``grad`` returns an addition's cotangent itself."""
        for x in kept:
            x.grad = None
        torch.autograd.backward([y], [ct], retain_graph=True)
        return [x.grad for x in kept]

    def results() -> list[np.ndarray]:
        grads = pull()
        if case.torch_inputs:  # mxnd keeps these parts in one array
            grads = [grads[0], torch.cat([g.reshape(-1) for g in grads[1:]])]
        return [some(g) for g in grads]

    return Ready(pull, results)


def with_bare_cupy(each: GpuCase) -> Ready:
    """A kernel that does the same, without a library around it."""
    kernel = cp.ElementwiseKernel(*BARE[each.cupy])
    inputs = [cp.asarray(i.value(seed)) for seed, i in enumerate(each.case.inputs)]
    return Ready(call := lambda: kernel(*inputs), lambda: [np.asarray(cp.asnumpy(call()), np.float64).ravel()])


def without(lacking: Callable[[], Any], make: Callable[[], Ready]) -> Callable[[], Ready]:
    """What prepares and runs a case in a context."""

    def made() -> Ready:
        with lacking():
            ready = make()
        return ready._replace(around=lambda: entered(lacking(), ready.around()))

    return made


def entered(*contexts: Any) -> contextlib.ExitStack:
    """Several contexts as one."""
    stack = contextlib.ExitStack()
    for context in contexts:
        stack.enter_context(context)
    return stack


def device_time(ready: Ready, calls: int) -> float:
    """Seconds a call between two events on the device's stream, which all libraries here use."""
    call, turns = ready.call, range(calls)
    start, end = cp.cuda.Event(), cp.cuda.Event()
    start.record()
    for _ in turns:
        call()
    end.record()
    end.synchronize()
    return float(cp.cuda.get_elapsed_time(start, end)) / 1e3 / calls


def host_time(ready: Ready, calls: int) -> float:
    """Seconds until a call returns, while the device works behind."""
    call, turns = ready.call, range(calls)
    cp.cuda.runtime.deviceSynchronize()
    start = time.perf_counter()
    for _ in turns:
        call()
    took = (time.perf_counter() - start) / calls
    cp.cuda.runtime.deviceSynchronize()
    return took


def bandwidth(size: int, rounds: int) -> float:
    """Bytes a second of a copy on the device, read and written ones both counted."""
    source, target = cp.ones(size // 4, np.float32), cp.zeros(size // 4, np.float32)
    ready = Ready(lambda: cp.copyto(target, source), list)
    device_time(ready, 3)
    return 2 * size / statistics.median(device_time(ready, 10) for _ in range(max(rounds, 1)))


class Benchmark:
    """The libraries, and how they are measured: ``rounds`` samples each (0: only compared) that last ``seconds``."""

    def __init__(self, torch: Any, torch_device: str, rounds: int, seconds: float) -> None:
        self.context, self.torch, self.torch_device = mx.gpu(0), torch, torch_device
        self.rounds, self.seconds = rounds, seconds

    def makers(self, each: GpuCase) -> dict[str, Callable[[], Ready]]:
        """What prepares the case for each library."""
        found: dict[str, Callable[[], Ready]] = {"mxnd": lambda: with_mx(each, self.context)}
        if self.torch is not None:
            found["torch"] = lambda: with_torch(self.torch, each, self.torch_device)
        if each.case.family == "convolution":
            if cudnn.library() is not None:
                found["mxnd without cuDNN"] = without(
                    lambda: patch.object(cudnn, "library", lambda: None), found["mxnd"]
                )
            if self.torch is not None and self.torch.backends.cudnn.is_available():
                off = self.torch.backends.cudnn.flags
                found["torch without cuDNN"] = without(lambda: off(enabled=False), found["torch"])
        if each.cupy:
            found["cupy"] = lambda: with_bare_cupy(each)
        return found

    def measure(self, each: GpuCase) -> dict[str, Any]:
        """One case: every library computes it once, then they give samples in turn."""
        ready: dict[str, Ready] = {}
        results: dict[str, list[np.ndarray]] = {}
        skipped: dict[str, str] = {}
        for library, make in self.makers(each).items():
            try:
                ready[library] = made = make()
                with made.around():
                    results[library] = made.results()
            except Exception as error:  # printed; the other libraries and cases go on
                ready.pop(library, None)
                words = str(error).strip().splitlines()
                skipped[library] = f"{type(error).__name__}: {words[0] if words else ''}"
        samples = self.samples(each, ready)
        gc.collect()
        return {
            "name": each.name,
            "family": each.case.family,
            "dtype": each.dtype,
            "moved": each.moved,
            "flops": each.flops,
            "seconds": {library: statistics.median(found) for library, found in samples.items()},
            "samples": samples,
            "skipped": skipped,
            "compared": [library for library in results if library != "mxnd" and "mxnd" in results and each.case.same],
            "differs": {library: apart for library in results if not (apart := distance(each, results, library)) <= 1},
        }

    def samples(self, each: GpuCase, ready: dict[str, Ready]) -> dict[str, list[float]]:
        if not self.rounds:
            return {}
        timed = host_time if each.case.family == "overhead" else device_time
        calls = {}
        for library, one in ready.items():
            with one.around():
                timed(one, 3)
                took = timed(one, 1)
            calls[library] = CALLS if timed is host_time else int(min(1000, max(1, self.seconds / max(took, 1e-9))))
        found: dict[str, list[float]] = {library: [] for library in ready}
        for turn in range(self.rounds):
            names = list(ready)
            for library in names[turn % len(names) :] + names[: turn % len(names)] if names else []:
                with ready[library].around():
                    found[library].append(timed(ready[library], calls[library]))
        return found


def distance(each: GpuCase, results: dict[str, list[np.ndarray]], library: str) -> float:
    """How far a library's numbers are from mxnd's, in what is allowed; 0 where they need not be the same."""
    if "mxnd" not in results or not each.case.same:
        return 0.0
    worst = 0.0
    for ours, theirs in zip(results["mxnd"], results[library], strict=True):
        if ours.shape != theirs.shape:
            return float("inf")
        apart = float(np.linalg.norm(ours - theirs)) / max(float(np.linalg.norm(theirs)), 1e-30)
        worst = max(worst, apart if np.isfinite(apart) else float("inf"))
    return worst / AGREE[each.dtype]


def found_torch() -> tuple[Any, str]:
    """PyTorch where it has a GPU, with products in float32 itself; None and why otherwise."""
    try:
        torch = importlib.import_module("torch")
    except ImportError as error:
        return None, f"{type(error).__name__}: {error}"
    if not torch.cuda.is_available():
        return None, f"PyTorch {torch.__version__} finds no GPU"
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    return torch, ""


def machine(torch: Any) -> dict[str, Any]:
    """Device and versions."""
    runtime = cp.cuda.runtime
    name = runtime.getDeviceProperties(0)["name"]
    versions = {
        "mxnd": f"{mx.__version__} {'with' if cudnn.library() else 'without'} cuDNN",
        "cupy": cp.__version__,
        "numpy": np.__version__,
    }
    if torch is not None:
        versions["torch"] = f"{torch.__version__}, cuDNN {torch.backends.cudnn.version()}"
    return {
        "device": name.decode() if isinstance(name, bytes) else str(name),
        "CUDA": {"runtime": runtime.runtimeGetVersion(), "driver": runtime.driverGetVersion()},
        "python": platform.python_version(),
        "versions": versions,
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
    }


def arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", metavar="PATTERN", help="cases or families, with * and ?")
    parser.add_argument("--check", action="store_true", help="time nothing; run each case once and compare the numbers")
    parser.add_argument("--small", action="store_true", help="tiny arrays: a trial of the script, no measurement")
    parser.add_argument("--rounds", type=int, default=5, help="samples of each library a case (5)")
    parser.add_argument("--seconds", type=float, default=0.01, help="what a sample lasts at least (0.01)")
    parser.add_argument("--limit", type=float, default=300, help="begin no further case after so many seconds (300)")
    parser.add_argument("--json", metavar="FILE", help="write the numbers there")
    parser.add_argument("--markdown", metavar="FILE", help="write the tables there")
    parser.add_argument("--list", action="store_true", help="print the names of the cases")
    return parser.parse_args(words)


def chosen(options: argparse.Namespace) -> list[GpuCase]:
    """The cases that are asked for."""
    every = gpu_catalogue(SMALL if options.small else 1)
    only = options.only or ["*"]
    cases = [c for c in every if any(fnmatch(name, p) for p in only for name in (c.name, c.case.family))]
    if not cases:
        families = dict.fromkeys(c.case.family for c in every)
        sys.exit(f"no case or family is called {' or '.join(only)}; the families are: {', '.join(families)}")
    return cases


def run(options: argparse.Namespace, cases: list[GpuCase], torch: Any, torch_device: str = "cuda") -> dict[str, Any]:
    """Measure the cases one after the other."""
    rounds = 0 if options.check else options.rounds
    copy = bandwidth(GIB // (SMALL if options.small else 1), rounds)
    print(f"a copy on the device: {copy / 1e9:.4g} GB/s read and written")
    if rounds:
        print(gpu_report.line(gpu_report.HEADER))
    benchmark = Benchmark(torch, torch_device, rounds, options.seconds)
    measured, begin, left_out = [], time.perf_counter(), 0
    for each in cases:
        if time.perf_counter() - begin > options.limit:
            left_out += 1
            continue
        measured.append(benchmark.measure(each))
        print(gpu_report.line(gpu_report.cells(measured[-1], copy)) if rounds else gpu_report.verdict(measured[-1]))
        sys.stdout.flush()
    if left_out:
        print(f"{left_out} cases left out: the limit of {options.limit:g} seconds has passed")
    return {**machine(torch), "rounds": rounds, "small": options.small, "copy": copy, "cases": measured}


def main(words: list[str] | None = None) -> int:
    options = arguments(words)
    cases = chosen(options)
    if options.list:
        print("\n".join(f"{each.case.family}: {each.name}" for each in cases))
        return 0
    try:
        device.existing(0)
    except mx.base.MXNetError as error:
        print(f"nothing is measured: {error}", file=sys.stderr)
        return 2
    torch, why = found_torch()
    if torch is None:
        print(f"without PyTorch: {why}")
    result = run(options, cases, torch)
    result["geometric means"] = gpu_report.means(result["cases"])
    print("\n" + gpu_report.text(result))
    if options.json:
        Path(options.json).write_text(json.dumps(result, indent=1) + "\n")
    if options.markdown:
        write_markdown(Path(options.markdown), gpu_report.markdown(result))
    return 1 if options.check and any(case["differs"] or "mxnd" in case["skipped"] for case in result["cases"]) else 0


if __name__ == "__main__":
    sys.exit(main())
