"""Kernel text to a function: g++ with a precompiled header, the results kept on disk for all processes of a user."""

from __future__ import annotations

import ctypes
import hashlib
import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path

HEADERS = Path(__file__).parent / "include"
FLAGS = """
    -std=c++17 -O1 -fPIC -ffp-contract=off -fno-threadsafe-statics -fno-exceptions -fno-rtti
    -Werror=uninitialized -Werror=maybe-uninitialized -Werror=return-type -Werror=narrowing
    -fsanitize=float-cast-overflow -fsanitize-undefined-trap-on-error
""".split()  # noqa: SIM905
LINKS = ["-shared", "-nostdlib", "-lm", "-lc", "-lgcc"]


class CompileException(Exception):
    """A kernel that does not compile, with what the compiler said and the text it read."""


def _run(arguments: list[str], text: str = "") -> None:
    done = subprocess.run(["g++", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        numbered = "\n".join(f"{k:4} {line}" for k, line in enumerate(text.splitlines(), 1))
        raise CompileException(f"{done.stderr}\n{numbered}")


def _published(path: Path, arguments: list[str], text: str = "") -> Path:
    """Have g++ write ``path``, whole from the first moment it is there."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    _run([*arguments, "-o", str(fresh)], text)
    fresh.replace(path)
    return path


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]


@cache
def _folder() -> Path:
    """The folder of this version of the headers and the compiler, the headers compiled in it."""
    root = Path(tempfile.gettempdir()) / f"mxnd-standin-{os.getuid()}"
    root.mkdir(mode=0o700, exist_ok=True)
    if root.stat().st_uid != os.getuid():
        raise PermissionError(f"{root} belongs to another user")
    version = subprocess.run(["g++", "--version"], capture_output=True, text=True, check=True).stdout
    headers = "".join(header.read_text() for header in sorted(HEADERS.glob("*.h")))
    folder = root / _digest(version + headers + " ".join(FLAGS + LINKS))
    folder.mkdir(exist_ok=True)
    compiled = folder / "prelude.h.gch"
    if not compiled.exists():
        _published(compiled, [*FLAGS, "-x", "c++-header", str(HEADERS / "prelude.h")])
    return folder


@cache
def library(text: str) -> ctypes.PyDLL:
    """The compiled text. It keeps the interpreter's lock while it runs, since its variables are one thread's."""
    folder = _folder()
    path = folder / f"{_digest(text)}.so"
    if not path.exists():
        source = path.with_suffix(f".{os.getpid()}.cpp")
        source.write_text(text)
        try:
            _published(path, [*FLAGS, "-include", str(folder / "prelude.h"), str(source), *LINKS], text)
        finally:
            source.unlink()
    return ctypes.PyDLL(str(path))
