"""Play the cases on real MXNet 1.9.1 and write its answers to golden/ops/THEME.npz. See README.md.

    python compat/record.py [THEME ...]     record these themes (all by default)
    python compat/record.py --facts         write facts/ndarray_methods.json

Cases run in batches, each in a process of its own, and a crash or a hang costs one case. Every case is played three
times: twice with new memory filled with different bytes and different random seeds (what changes was drawn at random
or read from unwritten memory, and is marked unstable), once with oneDNN switched off.
"""

from __future__ import annotations

import importlib
import inspect
import itertools
import json
import os
import pickle
import re
import signal
import subprocess
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from cases import Case, keyed
from goldens import Case as Golden
from goldens import Error, save

HERE = Path(__file__).parent
TIMEOUT = 60.0  # seconds without news from a worker
BATCH = 50  # cases
RUNS = (
    {"MALLOC_PERTURB_": "85"},
    {"MALLOC_PERTURB_": "170"},
    {"MALLOC_PERTURB_": "85", "MXNET_MKLDNN_ENABLED": "0"},
)
HEADS = [n / 8 for n in range(-16, 17) if n]  # head gradients: exact in float16, never 0 (0 * inf hides the answer)
Answer = dict[str, Any]


def theme_cases(theme: str) -> list[Case]:
    """The cases of a theme. The same call again (tables overlap) is dropped, or named by what it differentiates."""
    cases: dict[str, Case] = {}
    for case in importlib.import_module(f"cases.{theme}").cases():
        if case.id in cases and cases[case.id].diff != case.diff:
            case = replace(case, id=f"{case.id} wrt {', '.join(map(str, case.diff)) or 'nothing'}")
        cases.setdefault(case.id, case)
    return list(cases.values())


def function(nd: Any, name: str) -> Any:
    """MXNet's function of an operator: some have a module of their own, without the beginning of their names."""
    _, home, rest = name.split("_", 2) if name.count("_") > 1 and name.startswith("_") else ("", "", "")
    if home in ("linalg", "contrib", "image") and hasattr(getattr(nd, home), rest):
        return getattr(getattr(nd, home), rest)
    return getattr(nd._internal if name.startswith("_") else nd, name)


def play(case: Case, diff: tuple[str | int, ...]) -> Answer:
    """Call real MXNet; returns the fields of a golden that the call decides."""
    import mxnet as mx

    def tell(problem: Exception) -> Error:
        lines = [line.strip() for line in str(problem).splitlines() if line.strip()] or [""]
        lines = [re.sub(r"\[\d\d:\d\d:\d\d\] \S+:\d+: |(?<=name=\")node_\d+_", "", line) for line in lines]
        told = [line for line in lines if not line.startswith(("Traceback", "File "))] or lines
        name, _, rest = told[0].partition(": ")
        return Error(type(problem).__name__, (rest if name.endswith("Error") else told[0])[:240])

    def send(value: Any) -> Any:
        return mx.nd.array(value, dtype=value.dtype) if isinstance(value, np.ndarray) else value

    call = function(mx.nd, case.op)
    held = {key: send(value) for key, value in keyed(case.inputs)}
    arrays = {key: value for key, value in held.items() if isinstance(value, mx.nd.NDArray)}
    positional, named = ((), held) if isinstance(case.inputs, dict) else (held.values(), {})
    given = [arrays[key] for key in case.out]
    params = case.params | ({"out": given if len(given) > 1 else given[0]} if given else {})
    mx.random.seed(int(os.environ["MALLOC_PERTURB_"]))
    for key in diff:
        arrays[key].attach_grad()
    try:
        with mx.autograd.record(train_mode=case.train) if diff or case.train else nullcontext():
            result = call(*positional, **named, **params)
        results = [] if result is None else [result] if isinstance(result, mx.nd.NDArray) else list(result)
        outputs = [r.asnumpy() if isinstance(r, mx.nd.NDArray) else np.asarray(r) for r in results]
        after = {key: value.asnumpy() for key, value in arrays.items()}
    except Exception as problem:
        again = play(case, diff=()) if diff else {"error": tell(problem)}
        return again if "error" in again else again | {"diff": diff, "grad_error": tell(problem)}
    changed = {k: v for k, v in after.items() if v.tobytes() != dict(keyed(case.inputs))[k].tobytes()}
    answer: Answer = {"outputs": outputs, "after": changed}
    if diff:
        rng = np.random.RandomState(case.seed)
        heads = [np.asarray(rng.choice(HEADS, o.shape)).astype(o.dtype) for o in outputs]
        answer |= {"diff": diff, "heads": heads}
        try:
            mx.autograd.backward(results, [send(h) for h in heads], train_mode=case.train)
            answer["grads"] = {key: arrays[key].grad.asnumpy() for key in diff}
        except Exception as problem:
            answer["grad_error"] = tell(problem)
    return answer


def work(theme: str, indices: list[int]) -> None:
    """Worker: play these cases, tell on standard output what begins and what came of it."""
    channel = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(1, 2)
    cases = theme_cases(theme)
    pickle.dump(None, channel)
    for index in indices:
        pickle.dump(index, channel)
        channel.flush()
        try:
            answer = play(cases[index], cases[index].diff)
        except Exception:
            answer = {"fault": traceback.format_exc()}
        pickle.dump(answer, channel)
        channel.flush()


def run_worker(theme: str, indices: list[int], run: dict[str, str]) -> tuple[dict[int, Answer], int | None, str]:
    """Answers, and if the worker ended early: the case it was at, and how it died."""
    command = [sys.executable, __file__, "--worker", theme, json.dumps(indices)]
    env = os.environ | run | {"OMP_NUM_THREADS": "1"}
    answers: dict[int, Answer] = {}
    at, timed_out = None, threading.Event()
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=env) as process:

        def give_up() -> None:
            timed_out.set()
            process.kill()

        for step in itertools.count():
            watch = threading.Timer(TIMEOUT, give_up)
            watch.start()
            try:
                news = pickle.load(process.stdout)
            except EOFError:
                break
            finally:
                watch.cancel()
            if step == 0:
                continue  # ready
            if isinstance(news, int):
                at = news
            elif "fault" in news:
                raise RuntimeError(f"{theme} case {at}: {news['fault']}")
            else:
                answers[at] = news
                at = None
        code = process.wait()
    if at is None and len(answers) < len(indices):
        raise RuntimeError(f"{theme}: the worker ended with {code} between cases")
    cause = "timeout" if timed_out.is_set() else signal.Signals(-code).name if code < 0 else f"exit {code}"
    return answers, at, cause


def run_batch(theme: str, indices: list[int], run: dict[str, str]) -> dict[int, Answer]:
    """All answers for one batch; a case that ends its worker is tried once more alone before it counts as dying."""
    answers: dict[int, Answer] = {}
    todo = list(indices)
    while todo:
        done, at, cause = run_worker(theme, todo, run)
        answers |= done
        if at is not None:
            alone, again, cause = run_worker(theme, [at], run) if todo != [at] else ({}, at, cause)
            answers |= alone if again is None else {at: {"dies": cause}}
        todo = [index for index in todo if index not in answers]
    return answers


def same_form(first: Answer, second: Answer) -> bool:
    """Do two answers hold the same fields, with arrays of the same shapes and dtypes?"""

    def form(answer: Answer) -> dict[str, Any]:
        arrays = {f: {k: (v.dtype, v.shape) for k, v in keyed(answer.get(f, {}))} for f in ("outputs", "grads")}
        return arrays | {f: f in answer for f in ("outputs", "error", "grad_error")}

    return form(first) == form(second)


def settle(first: Answer, second: Answer) -> Answer:
    """One answer from two runs; an array that differs keeps its shape and dtype, becomes zeros and is named."""
    for answer in (first, second):
        if "dies" in answer:
            return {"dies": answer["dies"], "unstable": ()}
    if not same_form(first, second):
        return {"unstable": ("call",)}
    unstable = []
    for field in ("outputs", "grads", "after"):
        mine, other = first.get(field, {}), dict(keyed(second.get(field, {})))
        for key, value in list(keyed(mine)):
            if key not in other or value.tobytes() != other[key].tobytes():
                mine[key] = np.zeros_like(value)
                unstable.append(f"{field}.{key}")
        unstable += [f"{field}.{key}" for key in other if key not in dict(keyed(mine))]
    return first | {"unstable": tuple(unstable)}


def differing(answer: Answer, plain: Answer) -> Answer | None:
    """What MXNet answers without oneDNN, where that is more than rounding away from what it answers with it."""
    changed: Answer = {}
    if "call" in answer["unstable"] or ("dies" in answer and "dies" in plain):
        return None
    for field in ("outputs", "grads", "after"):
        mine, other = dict(keyed(answer.get(field) or {})), dict(keyed(plain.get(field) or {}))
        skip = {name.partition(".")[2] for name in answer["unstable"] if name.startswith(field)}
        if any(key not in mine or not alike(mine[key], value) for key, value in other.items() if str(key) not in skip):
            changed[field] = plain[field]
    for field in ("error", "grad_error", "dies"):
        if answer.get(field) != plain.get(field):
            changed[field] = plain.get(field)
    return changed or None


def alike(a: np.ndarray, b: np.ndarray) -> bool:
    """Same dtype and shape, numbers within a few roundings."""
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    if a.dtype.kind != "f":
        return bool((a == b).all())
    return np.allclose(a.astype(float), b.astype(float), rtol=64 * np.finfo(a.dtype).eps, atol=1e-37, equal_nan=True)


def batches(cases: list[Case]) -> list[list[int]]:
    """Indices of the cases for each worker: whole operators, at least BATCH cases together (MXNet loads slowly)."""
    operators: dict[str, list[int]] = {}
    for index, case in enumerate(cases):
        operators.setdefault(case.op, []).append(index)
    found: list[list[int]] = [[]]
    for indices in operators.values():
        found[-1] += indices
        if len(found[-1]) >= BATCH:
            found.append([])
    return [batch for batch in found if batch]


def record(theme: str) -> None:
    """Play a theme and write its file."""
    cases = theme_cases(theme)
    jobs = [(indices, run) for indices in batches(cases) for run in range(len(RUNS))]
    runs: list[dict[int, Answer]] = [{} for _ in RUNS]
    with ThreadPoolExecutor(2) as pool:
        for (_, run), answers in zip(jobs, pool.map(lambda job: run_batch(theme, job[0], RUNS[job[1]]), jobs)):
            runs[run] |= answers
    goldens = []
    for index, case in enumerate(cases):
        fixed = {f: getattr(case, f) for f in ("id", "op", "inputs", "params", "train", "seed", "out")}
        answer = settle(runs[0][index], runs[1][index])
        goldens.append(Golden(theme=theme, **fixed, **answer, plain=differing(answer, runs[2][index])))
    path = save(theme, goldens)
    counts = {
        f: sum(bool(getattr(g, f)) for g in goldens) for f in ("error", "grad_error", "dies", "unstable", "plain")
    }
    print(f"{theme}: {len(goldens)} cases, {counts}, {path.stat().st_size / 1024:.0f} KB", flush=True)


def signature(thing: Any) -> str | None:
    """The signature of a Python function or class, as text; None where there is none."""
    try:
        return str(inspect.signature(thing)) if callable(thing) else None
    except (TypeError, ValueError):
        return None


def names(owner: Any) -> dict[str, dict[str, Any]]:
    """What a module or class of MXNet offers: name, kind, signature. Of a class also its own special methods."""
    special = (
        {n for c in owner.__mro__[:-1] for n, v in vars(c).items() if callable(v)} if inspect.isclass(owner) else set()
    )
    table = {}
    for name in sorted(n for n in dir(owner) if not n.startswith("_") or (n in special and n.endswith("__"))):
        thing = inspect.getattr_static(owner, name)
        if inspect.isclass(owner):
            kind = "method" if callable(thing) else type(thing).__name__
        else:
            home = thing.__name__ if inspect.ismodule(thing) else getattr(thing, "__module__", None)
            if not str(home).startswith(("mxnet", "ndarray")):  # "ndarray": made from the registry
                continue  # imported from elsewhere
            kind = "class" if inspect.isclass(thing) else "function" if callable(thing) else type(thing).__name__
        table[name] = {"kind": kind} | ({"signature": s} if (s := signature(getattr(owner, name))) else {})
    return table


def write_facts() -> None:
    """Public names of NDArray and of the modules a script meets first."""
    import mxnet as mx

    modules = ("nd", "autograd", "random", "nd.random", "context")
    facts: dict[str, Any] = {"NDArray": names(mx.nd.NDArray)}
    for path in modules:
        owner: Any = mx
        for part in path.split("."):
            owner = getattr(owner, part)
        facts[path] = names(owner)
    rows = [
        f"{json.dumps(k)}: {{\n" + ",\n".join(f"  {json.dumps(n)}: {json.dumps(v)}" for n, v in t.items()) + "\n}"
        for k, t in facts.items()
    ]
    (HERE / "facts" / "ndarray_methods.json").write_text("{\n" + ",\n".join(rows) + "\n}\n")


if __name__ == "__main__":
    arguments = sys.argv[1:]
    if arguments[:1] == ["--worker"]:
        work(arguments[1], json.loads(arguments[2]))
    elif arguments == ["--facts"]:
        write_facts()
    else:
        for name in arguments or sorted(p.stem for p in (HERE / "cases").glob("*.py") if p.stem != "__init__"):
            record(name)
