"""The command line: ``python -m mxnd run | check | ops | info``."""

from __future__ import annotations

import argparse
import builtins
import io
import os
import platform
import runpy
import sys
import types
from collections.abc import Callable, Sequence
from importlib import metadata
from types import TracebackType

import mxnd

from . import describe
from .backend import device
from .backend.compiled import numba
from .backend.onednn.library import library
from .context import num_gpus
from .core.errors import MXNetError
from .describe import facts, table
from .legacy import install_as_mxnet


class Unusable(Exception):
    """What the command was given cannot be used; the text says why. Exit code 2, as for argparse's own errors."""


# run


def run(command: Sequence[str], module: bool = False) -> int:
    """Run a legacy program as ``__main__``, with ``import mxnet`` finding mxnd; returns its exit code.

    command: The path of a script, or the name of a module, and its arguments. SystemExit passes through; any other
    exception is shown with the program's own frames only, and gives 1.
    """
    start = _module(command) if module else _script(command)
    install_as_mxnet()
    try:
        start()
    except SystemExit:
        raise
    except BaseException as error:
        trace = _frames(error.__traceback__)
        if module and trace is None and isinstance(error, ImportError):
            raise Unusable(f"cannot run the module {command[0]}: {error}") from None
        sys.excepthook(type(error), error.with_traceback(trace), trace)
        return 130 if isinstance(error, KeyboardInterrupt) else 1
    return 0


def _script(command: Sequence[str]) -> Callable[[], object]:
    """What runs a script as ``python SCRIPT`` does."""
    if command[0] == "-":
        raise Unusable("a script cannot be read from standard input; give the path of a file")
    path = os.path.abspath(command[0])
    try:
        with io.open_code(path) as file:
            source = file.read()
    except OSError as error:
        raise Unusable(f"cannot read the script {command[0]!r}: {error.strerror}") from None
    _begin(command, os.path.dirname(os.path.realpath(path)))

    def start() -> None:
        main = types.ModuleType("__main__")
        main.__dict__.update(__file__=path, __builtins__=builtins)
        sys.modules["__main__"] = main  # stays there: pickle and atexit functions look into it
        exec(compile(source, path, "exec", dont_inherit=True), main.__dict__)

    return start


def _module(command: Sequence[str]) -> Callable[[], object]:
    """What runs a module as ``python -m MODULE`` does."""
    _begin(command, os.getcwd())
    return lambda: runpy.run_module(command[0], run_name="__main__", alter_sys=True)


def _begin(command: Sequence[str], folder: str) -> None:
    sys.argv[:] = command
    if not getattr(sys.flags, "safe_path", sys.flags.isolated):  # otherwise the first entry is not Python's to replace
        sys.path[0] = folder


def _frames(trace: TracebackType | None) -> TracebackType | None:
    """A traceback without the frames that lead from here to the program."""
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if name not in (__file__, runpy.__file__) and not name.startswith("<frozen "):
            break
        trace = trace.tb_next
    return trace


# check


def check(paths: Sequence[str], as_json: bool) -> int:
    """Print which MXNet names the files use and what of it is missing; 1 when something is."""
    from .check import check as look  # reads a list of names that nothing else needs

    try:
        report = look(paths)
    except FileNotFoundError as error:
        raise Unusable(f"there is no {error}") from None
    if not report.files:
        raise Unusable(f"no .py, .R or .ipynb files in {', '.join(paths)}")
    print(report.to_json() if as_json else report.text(), end="")
    return 0 if report.complete else 1


# ops and info


def ops(name: str | None, missing: bool) -> int:
    """Print the table of the operators, the names that are missing, or all about one operator."""
    known = facts.catalogue()
    if name is None:
        print(table.missing_text(known) if missing else table.table(known), end="")
    else:
        try:
            print(describe.described(name), end="")
        except MXNetError as error:
            raise Unusable(str(error)) from None
    return 0


def info() -> int:
    """Print versions, devices and threads. What cannot be found out or used is said, not raised."""
    for title, find in FINDINGS.items():
        try:
            words = find()
        except Exception as error:
            words = f"unknown ({type(error).__name__}: {error})"
        print(f"{title:<9}{words}")
    return 0


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _cupy() -> str:
    names = sorted({d.name for d in metadata.distributions() if d.name and d.name.lower().startswith("cupy")})
    if not names:
        return "not installed"
    found = ", ".join(f"{_version(name)} ({name})" for name in names)
    return found if len(names) == 1 else f"{found}; only one of them may be installed: uninstall all, then one again"


def _gpus() -> str:
    """The CUDA devices, or in one sentence why there is none."""
    try:
        device.existing(0)
    except MXNetError as error:
        return f"none: {error}"
    found = [f"gpu({i}) {device.described(i)}" for i in range(num_gpus())]
    return "; ".join([*found, *filter(None, [device.lacking()])])


def _threads() -> str:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    settings = [f"{name}={os.environ[name]}" for name in THREAD_SETTINGS if name in os.environ]
    return ", ".join([f"{usable} of {os.cpu_count()} processors", *settings])


THREAD_SETTINGS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
FINDINGS: dict[str, Callable[[], str]] = {
    "mxnd": lambda: f"{mxnd.__version__} ({os.path.dirname(mxnd.__file__)})",
    "Python": lambda: f"{platform.python_version()} ({platform.python_implementation()}, {platform.platform()})",
    "NumPy": lambda: _version("numpy"),
    "SciPy": lambda: _version("scipy"),
    "Numba": lambda: used.__version__ if (used := numba()) else "not used",
    "oneDNN": lambda: used.version if (used := library()) else "not used",
    "CuPy": _cupy,
    "GPUs": _gpus,
    "threads": _threads,
}


# The commands


def parser() -> argparse.ArgumentParser:
    """The parser of all commands. The arguments of a program under ``run`` never come to it."""
    top = argparse.ArgumentParser("mxnd", description="Legacy Apache MXNet 1.x programs on today's Python.")
    top.add_argument("--version", action="version", version=f"mxnd {mxnd.__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)

    add = commands.add_parser(
        "run",
        help="run a program that imports mxnet, unchanged",
        description="Run a program that imports mxnet, unchanged, on mxnd.",
        usage="mxnd run [-h] (SCRIPT | -m MODULE) [ARGS ...]",
        epilog="ARGS go to the program.",
    )
    program = add.add_mutually_exclusive_group(required=True)
    program.add_argument("script", nargs="?", metavar="SCRIPT", help="the path of the program")
    program.add_argument("-m", dest="module", metavar="MODULE", help="a module to run instead, as python -m does")
    add.set_defaults(
        call=lambda options, rest: run([options.module or options.script, *rest], options.module is not None)
    )

    add = commands.add_parser(
        "check",
        help="tell what a program uses of MXNet, and what of it is missing, without running it",
        description="Tell what programs in Python or R and notebooks use of MXNet, and what of it is missing or called "
        "wrongly, without running them. The exit status is 1 when something is.",
    )
    add.add_argument("paths", nargs="+", metavar="PATH", help="a file, or a folder with .py, .R and .ipynb files")
    add.add_argument("--json", action="store_true", help="print it for programs")
    add.set_defaults(call=lambda options, rest: check(options.paths, options.json))

    add = commands.add_parser(
        "ops",
        help="list the operators, or tell about one",
        description="List the operators of MXNet 1.9.1 and what mxnd has of them, or tell all about one.",
    )
    what = add.add_mutually_exclusive_group()
    what.add_argument("name", nargs="?", metavar="NAME", help="an operator, as in Python (batch_dot) or R (batch.dot)")
    what.add_argument("--missing", action="store_true", help="only the names that mxnd does not have yet")
    add.set_defaults(call=lambda options, rest: ops(options.name, options.missing))

    add = commands.add_parser(
        "info", help="tell versions, devices and threads", description="Tell versions, devices and threads."
    )
    add.set_defaults(call=lambda options, rest: info())
    return top


def _split(argv: list[str]) -> tuple[list[str], list[str]]:
    """The words for the parser, and those after ``run SCRIPT`` or ``run -m MODULE``, which are the program's."""
    if argv[:1] == ["run"]:
        for i, word in enumerate(argv[1:], 1):
            if word == "-m":
                return argv[: i + 2], argv[i + 2 :]
            if word == "-" or not word.startswith("-") or word.startswith("-m"):
                return argv[: i + 1], argv[i + 1 :]
    return argv, []


def main(argv: Sequence[str] | None = None) -> int:
    """What ``python -m mxnd`` does; returns the exit code."""
    mine, rest = _split(list(sys.argv[1:] if argv is None else argv))
    options = parser().parse_args(mine)
    try:
        return options.call(options, rest)  # type: ignore[no-any-return]
    except Unusable as error:
        print(f"mxnd: {error}", file=sys.stderr)
        return 2
