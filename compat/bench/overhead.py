"""What a small call costs above bare NumPy, and what the import costs: ``python compat/bench/overhead.py``.

Each row interleaves mxnd's call and the same computation in NumPy on 10 float32 numbers, many times, and prints the
medians in microseconds, their difference, and the difference while autograd records.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import timeit
from collections.abc import Callable

import numpy as np

import mxnd as mx
from mxnd import autograd, nd

NUMBER, REPEAT = 2000, 15


def rows() -> list[tuple[str, Callable[[], object], Callable[[], object]]]:
    """(name, mxnd's call, NumPy's)."""
    a, b = np.linspace(-1, 1, 10, dtype="float32"), np.linspace(1, 2, 10, dtype="float32")
    x, y = nd.array(a), nd.array(b)
    m = a.reshape(2, 5)
    mx_m = nd.array(m)
    return [
        ("x + y", lambda: x + y, lambda: a + b),
        ("x + 1", lambda: x + 1, lambda: a + np.float32(1)),
        ("broadcast_add(x, y)", lambda: nd.broadcast_add(x, y), lambda: a + b),
        ("exp(x)", lambda: nd.exp(x), lambda: np.exp(a)),
        ("relu(x)", lambda: nd.relu(x), lambda: np.maximum(a, 0)),
        ("LeakyReLU(x)", lambda: nd.LeakyReLU(x), lambda: np.where(a > 0, a, 0.25 * a)),
        (
            "LeakyReLU(x, act_type='elu')",
            lambda: nd.LeakyReLU(x, act_type="elu"),
            lambda: np.where(a > 0, a, 0.25 * np.expm1(a)),
        ),
        ("sum(x)", lambda: nd.sum(x), lambda: np.sum(a)),
        ("dot(m, m.T)", lambda: nd.dot(mx_m, mx_m, transpose_b=True), lambda: np.dot(m, m.T)),
        ("softmax(m)", lambda: nd.softmax(mx_m), lambda: _softmax(m)),
        ("reshape", lambda: mx_m.reshape((5, 2)), lambda: m.reshape((5, 2))),
        ("x[2:5]", lambda: x[2:5], lambda: a[2:5]),
    ]


def _softmax(m: np.ndarray) -> np.ndarray:
    e = np.exp(m - m.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def measure(ours: Callable[[], object], bare: Callable[[], object]) -> tuple[float, float]:
    """Medians in microseconds, the two taken in turn."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(REPEAT):
        for call, seconds in zip((ours, bare), times):
            seconds.append(timeit.timeit(call, number=NUMBER) / NUMBER * 1e6)
    return statistics.median(times[0]), statistics.median(times[1])


IMPORT = """
import time
start = time.perf_counter()
import numpy, scipy.special
middle = time.perf_counter()
import mxnd
print(middle - start, time.perf_counter() - middle)
"""


def import_times() -> tuple[float, float]:
    """Median seconds to import NumPy with SciPy's special functions, and mxnd on top of them."""
    runs = [
        subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True, check=True) for _ in range(7)
    ]
    pairs = [tuple(map(float, run.stdout.split())) for run in runs]
    return statistics.median(p[0] for p in pairs), statistics.median(p[1] for p in pairs)


def main() -> None:
    below, above = import_times()
    print(f"import: numpy and scipy.special {below:.3f} s, mxnd {above:.3f} s more")
    print(f"{'call':32}{'mxnd':>8}{'NumPy':>8}{'above':>8}{'recording':>11}   (us; NumPy {np.__version__})")
    plain = [(name, *measure(ours, bare), bare) for name, ours, bare in rows()]
    for (name, took, numpy_took, bare), (_, ours, _) in zip(plain, rows()):
        for cell in ours.__closure__ or ():
            if isinstance(cell.cell_contents, mx.nd.NDArray):
                cell.cell_contents.attach_grad()
        autograd.set_recording(True)
        with_tape, without = measure(ours, bare)
        autograd.set_recording(False)
        print(f"{name:32}{took:8.2f}{numpy_took:8.2f}{took - numpy_took:8.2f}{with_tape - without:11.2f}")


if __name__ == "__main__":
    main()
