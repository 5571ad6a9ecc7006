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
Rows = list[tuple[str, Callable[[], object], Callable[[], object]]]  # (name, mxnd's call, NumPy's)


def rows(a: np.ndarray, b: np.ndarray) -> Rows:
    """Calls that autograd records."""
    x, y = nd.array(a), nd.array(b)
    m = a.reshape(2, 5)
    mx_m, mx_holds = nd.array(m), nd.array(a > 0)
    weights, bias, places = np.ones((4, 5), "float32"), np.ones(4, "float32"), np.array([3, 1, 4], "float32")
    mx_weights, mx_bias, mx_places = map(nd.array, (weights, bias, places))
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
        ("transpose(m)", lambda: nd.transpose(mx_m), lambda: m.T.copy()),
        ("mean(x)", lambda: nd.mean(x), lambda: np.mean(a)),
        ("norm(x)", lambda: nd.norm(x), lambda: np.sqrt(np.sum(np.square(a.astype(np.float64)))).astype(np.float32)),
        ("argmax(m, axis=1)", lambda: nd.argmax(mx_m, axis=1), lambda: np.argmax(m, axis=1).astype(np.float32)),
        ("clip(x, 0, 1)", lambda: nd.clip(x, 0, 1), lambda: np.clip(a, 0, 1)),
        ("where(c, x, y)", lambda: nd.where(mx_holds, x, y), lambda: np.where(a > 0, a, b)),
        ("take(x, i)", lambda: nd.take(x, mx_places), lambda: np.take(a, places.astype(np.int64))),
        ("concat(x, y)", lambda: nd.concat(x, y, dim=0), lambda: np.concatenate((a, b))),
        ("split(m, 5)", lambda: nd.split(mx_m, num_outputs=5), lambda: [p.copy() for p in np.split(m, 5, 1)]),
        (
            "FullyConnected(m, w, b)",
            lambda: nd.FullyConnected(mx_m, mx_weights, mx_bias, num_hidden=4),
            lambda: m @ weights.T + bias,
        ),
    ]


def writing(a: np.ndarray, b: np.ndarray) -> Rows:
    """Calls that write into their inputs, and one without; autograd does not record them."""
    x, y, z = nd.array(a), nd.array(b), nd.zeros(10)
    c, d = a.copy(), np.zeros(10, "float32")

    def momentum() -> None:
        np.copyto(d, np.float32(0.9) * d - np.float32(1e-3) * b)
        np.copyto(c, c + d)

    return [
        ("x += y", lambda: x.__iadd__(y), lambda: c.__iadd__(b)),
        ("x[:] = y", lambda: x.__setitem__(slice(None), y), lambda: c.__setitem__(slice(None), b)),
        ("exp(y, out=x)", lambda: nd.exp(y, out=x), lambda: np.exp(b, out=c)),
        ("sgd_mom_update(x, y, z)", lambda: nd.sgd_mom_update(x, y, z, lr=1e-3, momentum=0.9, out=x), momentum),
        ("zeros((2, 5))", lambda: nd.zeros((2, 5)), lambda: np.zeros((2, 5), "float32")),
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
    arrays = np.linspace(-1, 1, 10, dtype="float32"), np.linspace(1, 2, 10, dtype="float32")
    for name, ours, bare in writing(*arrays):
        print(_line(name, *measure(ours, bare)))
    plain = [(name, *measure(ours, bare), bare) for name, ours, bare in rows(*arrays)]
    for (name, took, numpy_took, bare), (_, ours, _) in zip(plain, rows(*arrays)):
        for cell in ours.__closure__ or ():
            if isinstance(cell.cell_contents, mx.nd.NDArray):
                cell.cell_contents.attach_grad()
        autograd.set_recording(True)
        with_tape, without = measure(ours, bare)
        autograd.set_recording(False)
        print(f"{_line(name, took, numpy_took)}{with_tape - without:11.2f}")


def _line(name: str, took: float, bare: float) -> str:
    return f"{name:32}{took:8.2f}{bare:8.2f}{took - bare:8.2f}"


if __name__ == "__main__":
    main()
