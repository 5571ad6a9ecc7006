"""Run the legacy scripts on real MXNet 1.9.1 and write what they print to golden/scripts/NAME.txt.

    python compat/record_scripts.py [NAME ...]     record these scripts (all by default)

Call it with a Python that has mxnet 1.9.1 and scikit-learn. Every script runs twice, with new memory filled with
different bytes: text that changes came from unwritten memory or from a race and is refused.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
SCRIPTS = HERE / "scripts"
GOLDEN = HERE / "golden" / "scripts"
TIMEOUT = 300.0  # seconds a script may take
FILLS = ("85", "170")
# Two threads that sleep while they wait: with busy waiting a shared machine takes ten times as long.
SETTINGS = {"OMP_NUM_THREADS": "2", "OMP_WAIT_POLICY": "PASSIVE", "PYTHONHASHSEED": "0"}


def play(script: Path, fill: str) -> str:
    """What `script` prints, in an environment that holds nothing else that could steer MXNet or Python."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    environment = {**kept, **SETTINGS, "LC_ALL": "C.UTF-8", "MALLOC_PERTURB_": fill}
    done = subprocess.run(
        [sys.executable, script.name], cwd=SCRIPTS, env=environment, capture_output=True, text=True, timeout=TIMEOUT
    )
    if done.returncode:
        raise SystemExit(f"{script.name} ended with status {done.returncode}:\n{done.stderr}")
    return done.stdout


def main(names: list[str]) -> None:
    if (found := version("mxnet")) != "1.9.1":
        raise SystemExit(f"The recorded texts come from mxnet 1.9.1; this Python has {found}.")
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for script in [SCRIPTS / f"{name}.py" for name in names] or sorted(SCRIPTS.glob("*.py")):
        start = time.perf_counter()
        first, second = (play(script, fill) for fill in FILLS)
        if first != second:
            raise SystemExit(f"{script.name} prints something else on a second run; nothing recorded.")
        (GOLDEN / f"{script.stem}.txt").write_text(first, encoding="utf-8")
        print(f"{script.stem}: {len(first.splitlines())} lines, {(time.perf_counter() - start) / 2:.1f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
