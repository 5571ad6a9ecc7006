"""Time of convolution, pooling and batch normalization at the shapes of ResNet-50, forward and with backward.

    python -m compat.bench.layers                     mxnd
    oracle/bin/python compat/bench/layers.py mxnet    real MXNet 1.9.1

Prints milliseconds of processor time, the least of several runs. Compare with one thread on both sides
(OPENBLAS_NUM_THREADS=1, OMP_NUM_THREADS=1, MXNET_ENGINE_TYPE=NaiveEngine).
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable
from typing import Any

Shape = tuple[int, ...]


def conv(n: int, channels: int, size: int, filters: int, kernel: int, stride: int = 1, groups: int = 1) -> Any:
    given = {"kernel": (kernel,) * 2, "stride": (stride,) * 2, "pad": (kernel // 2,) * 2, "num_filter": filters}
    weight = (filters, channels // groups, kernel, kernel)
    return "Convolution", [(n, channels, size, size), weight], {**given, "num_group": groups, "no_bias": True}


def pool(kernel: int, kind: str, pad: int = 0) -> Any:
    given = {"kernel": (kernel,) * 2, "stride": (2, 2), "pad": (pad,) * 2, "pool_type": kind}
    return "Pooling", [(8, 64, 112, 112)], given


LAYERS = [
    *(conv(8, 64 * k, 56 // k, 64 * k, 3) for k in (1, 2, 4, 8)),
    conv(8, 64, 56, 256, 1),
    conv(8, 512, 7, 2048, 1),
    conv(8, 3, 224, 64, 7, 2),
    conv(8, 128, 56, 128, 3, 2),
    conv(8, 256, 56, 512, 1, 2),
    conv(8, 64, 56, 64, 3, groups=64),
    conv(1, 64, 56, 64, 3),
    conv(1, 512, 7, 512, 3),
    ("Deconvolution", [(8, 64, 28, 28), (64, 32, 4, 4)],
     {"kernel": (4, 4), "stride": (2, 2), "pad": (1, 1), "num_filter": 32}),
    pool(3, "max", 1),
    pool(2, "max"),
    pool(2, "avg"),
    ("Pooling", [(8, 2048, 7, 7)], {"kernel": (7, 7), "global_pool": True, "pool_type": "avg"}),
    ("BatchNorm", [(8, 64, 56, 56), (64,), (64,), (64,), (64,)], {"fix_gamma": False}),
]  # fmt: skip


def least(nd: Any, run: Callable[[], Any], times: int = 7) -> float:
    """The least processor time of a run in milliseconds."""
    found = []
    for _ in range(times):
        start = time.process_time()
        run()
        nd.waitall()
        found.append(time.process_time() - start)
    return min(found) * 1e3


def measure(mx: Any, name: str, shapes: list[Shape], given: dict[str, Any]) -> tuple[float, float]:
    """Forward alone, and forward with backward to the first three inputs."""
    arrays = [mx.nd.random.uniform(0.1, 1, shape=shape) for shape in shapes]
    layer = getattr(mx.nd, name)
    forward = least(mx.nd, lambda: layer(*arrays, **given))
    for array in arrays[:3]:
        array.attach_grad()
    ones = mx.nd.ones(layer(*arrays, **given).shape)

    def step() -> None:
        with mx.autograd.record():
            y = layer(*arrays, **given)
        y.backward(ones)

    return forward, least(mx.nd, step)


if __name__ == "__main__":
    package = importlib.import_module(sys.argv[1] if len(sys.argv) > 1 else "mxnd")
    for name, shapes, given in LAYERS:
        forward, both = measure(package, name, shapes, given)
        words = " ".join(f"{k}={v}" for k, v in given.items() if k in ("kernel", "stride", "num_group", "pool_type"))
        print(f"{forward:8.2f} {both:8.2f}  {name} {shapes[0]} {words}", flush=True)
