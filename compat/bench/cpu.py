"""How long mxnd, real MXNet 1.9.1 and PyTorch take for the same work on the CPU, measured side by side.

    python compat/bench/cpu.py [--mxnet PYTHON] [--torch PYTHON] [--only PATTERN ...] [--rounds N] [--passes N]

PYTHON is an interpreter that has the library (defaults: MXNET_PYTHON, else ~/oracle/bin/python; TORCH_PYTHON, else
~/torch/bin/python). A library that is not there is left out. See docs/speed.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from compat.bench import report
from compat.bench.case import Case
from compat.bench.catalogue import catalogue

ROOT = Path(__file__).resolve().parents[2]
MARK = "<!-- measured -->"  # docs/speed.md: the tables follow it
AGREE = 2e-3  # relative: mean magnitudes of results that come from the same inputs


class Library:
    """A worker process; started again should it die."""

    def __init__(self, name: str, python: str, threads: int) -> None:
        self.name, self.python, self.threads = name, python, threads
        self.versions: dict[str, str] = {}
        self.missing = ""
        self.start()

    def start(self) -> None:
        """The same number of threads for all; how they wait is left to each library."""
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        environment = {**os.environ, **dict.fromkeys(names, str(self.threads))}
        command = [self.python, "-m", "compat.bench.worker", self.name]
        try:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, text=True, stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # fmt: skip
        except OSError as error:
            self.missing = f"{self.python}: {error.strerror}"
            return
        answer = self.hear()
        self.missing = answer.get("error", "")
        self.versions = {} if self.missing else answer

    def hear(self) -> dict[str, Any]:
        line = self.process.stdout.readline()  # type: ignore[union-attr]
        return json.loads(line) if line else {"error": f"the worker ended with status {self.process.wait()}"}

    def ask(self, **request: Any) -> dict[str, Any]:
        if self.missing:
            return {"error": self.missing}
        if self.process.poll() is not None:
            self.start()
        try:
            self.process.stdin.write(json.dumps(request) + "\n")  # type: ignore[union-attr]
            self.process.stdin.flush()  # type: ignore[union-attr]
        except BrokenPipeError:
            pass  # hear() tells
        return self.hear()

    def stop(self) -> None:
        if not self.missing:
            self.process.stdin.close()  # type: ignore[union-attr]
            self.process.wait()


def measure(case: Case, libraries: list[Library], rounds: int, seconds: float) -> dict[str, Any]:
    """One case: every library is prepared, then they give samples in turn."""
    digests: dict[str, list[float]] = {}
    skipped: dict[str, str] = {}
    samples: dict[str, list[float]] = {}
    for library in libraries:
        answer = library.ask(prepare=case.name, seconds=seconds)
        if "error" in answer:
            skipped[library.name] = answer["error"]
        else:
            digests[library.name], samples[library.name] = answer["digest"], []
    for turn in range(rounds):
        for library in libraries[turn % len(libraries) :] + libraries[: turn % len(libraries)]:
            if library.name in skipped:
                continue
            answer = library.ask(sample=case.name)
            if "error" in answer:
                skipped[library.name] = answer["error"]
            else:
                samples[library.name].append(answer["seconds"])
    differs = {name: apart for name in digests if not (apart := distance(case, digests, name)) <= AGREE}
    found = {"name": case.name, "family": case.family, "samples": samples, "skipped": skipped, "differs": differs}
    return with_medians(found)


def with_medians(case: dict[str, Any]) -> dict[str, Any]:
    seconds = {n: statistics.median(found) for n, found in case["samples"].items() if n not in case["skipped"]}
    return {**case, "seconds": seconds}


def distance(case: Case, digests: dict[str, list[float]], name: str) -> float:
    """How far a library's numbers are from mxnd's, relatively; 0 where they need not be the same."""
    if "mxnd" not in digests or not case.same:
        return 0.0
    pairs = zip(digests["mxnd"], digests[name], strict=True)
    return max(abs(a - b) / max(abs(a), abs(b), 1e-30) for a, b in pairs)


def processor() -> str:
    """The processor's name."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def gathered(measured: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each case once, with the samples of every time that it was measured, in the catalogue's order."""
    cases: dict[str, dict[str, Any]] = {}
    for each in measured:
        before = cases.get(each["name"], {"samples": {}, "skipped": {}, "differs": {}})
        samples = {name: before["samples"].get(name, []) + found for name, found in each["samples"].items()}
        both = {key: {**before[key], **each[key]} for key in ("skipped", "differs")}
        cases[each["name"]] = with_medians({**each, **both, "samples": {**before["samples"], **samples}})
    order = [case.name for case in catalogue()]
    return [cases[name] for name in sorted(cases, key=lambda n: order.index(n) if n in order else len(order))]


def joined(files: list[str]) -> dict[str, Any]:
    """Stored runs as one."""
    runs = [json.loads(Path(file).read_text()) for file in files]
    cases = gathered([case for run in runs for case in run["cases"]])
    return {**runs[-1], "rounds": sum(run["rounds"] for run in runs), "cases": cases}


def write_markdown(file: Path, text: str) -> None:
    """Into the file, after its mark if it has one."""
    before, mark, _ = file.read_text().partition(MARK) if file.exists() else ("", "", "")
    file.write_text(f"{before}{mark}\n\n{text}" if mark else text)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mxnd", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--mxnet", default=os.environ.get("MXNET_PYTHON", "~/oracle/bin/python"), metavar="PYTHON")
    parser.add_argument("--torch", default=os.environ.get("TORCH_PYTHON", "~/torch/bin/python"), metavar="PYTHON")
    parser.add_argument("--only", nargs="+", metavar="PATTERN", help="cases or families, with * and ?")
    parser.add_argument("--rounds", type=int, default=5, help="samples of each library a case (5)")
    parser.add_argument(
        "--passes", type=int, default=1, help="how often the cases are gone through, with all rounds (1)"
    )
    parser.add_argument("--seconds", type=float, default=0.03, help="what a sample lasts at least (0.03)")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of each library (all processors)")
    parser.add_argument("--quick", action="store_true", help="3 rounds of short samples")
    parser.add_argument("--json", metavar="FILE", help="write the numbers there")
    parser.add_argument("--markdown", metavar="FILE", help="write the report there as Markdown")
    parser.add_argument("--report", nargs="+", metavar="FILE", help="measure nothing; report these JSON files, joined")
    parser.add_argument("--list", action="store_true", help="print the names of the cases")
    return parser.parse_args()


def run(options: argparse.Namespace, cases: list[Case]) -> dict[str, Any]:
    pythons = {"mxnd": options.mxnd, "mxnet": options.mxnet, "torch": options.torch}
    libraries = [Library(name, os.path.expanduser(path), options.threads) for name, path in pythons.items()]
    for library in libraries:
        if library.missing:
            print(f"without {library.name}: {library.missing}", flush=True)
    rounds, seconds = (3, 0.01) if options.quick else (options.rounds, options.seconds)
    there = [library for library in libraries if not library.missing]
    measured = []
    print(report.line(report.HEADER))
    try:
        for case in cases * options.passes:
            measured.append(measure(case, there, rounds, seconds))
            print(report.line(report.cells(measured[-1])), flush=True)
    finally:
        for library in libraries:
            library.stop()
    versions = {library.name: library.versions for library in there}
    return {"processor": processor(), "threads": options.threads, "rounds": rounds * options.passes,
            "versions": versions, "cases": gathered(measured)}  # fmt: skip


def main() -> None:
    options = arguments()
    cases = [
        case
        for case in catalogue()
        if not options.only or any(fnmatch(name, p) for p in options.only for name in (case.name, case.family))
    ]
    if not cases:
        families = dict.fromkeys(case.family for case in catalogue())
        sys.exit(f"no case or family is called {' or '.join(options.only)}; the families are: {', '.join(families)}")
    if options.list:
        print("\n".join(f"{case.family}: {case.name}" for case in cases))
        return
    result = joined(options.report) if options.report else run(options, cases)
    print("\n" + report.text(result))
    result["geometric means"] = report.means(result["cases"])
    if options.json:
        Path(options.json).write_text(json.dumps(result, indent=1) + "\n")
    if options.markdown:
        write_markdown(Path(options.markdown), report.markdown(result))


if __name__ == "__main__":
    main()
