"""mxnd: legacy Apache MXNet 1.x code on today's Python, NumPy and CUDA. ``import mxnd as mx``."""

from __future__ import annotations

import sys
from typing import Any

from . import autograd, base, context, nd, not_yet, random, recordio
from .base import MXNetError
from .context import Context, cpu, cpu_pinned, current_context, gpu, gpu_memory_info, num_gpus
from .core.errors import did_you_mean
from .core.state import strict
from .legacy import install_as_mxnet
from .nd import NDArray

__version__ = "0.1.0"
__all__ = [
    "Context",
    "MXNetError",
    "NDArray",
    "autograd",
    "base",
    "context",
    "cpu",
    "cpu_pinned",
    "current_context",
    "gpu",
    "gpu_memory_info",
    "install_as_mxnet",
    "nd",
    "ndarray",
    "num_gpus",
    "operator",
    "random",
    "recordio",
    "rnd",
    "strict",
]

ndarray = nd  # MXNet has one module under both names
rnd = random
sys.modules[f"{__name__}.ndarray"] = nd


def __getattr__(name: str) -> Any:
    if name in not_yet.MODULES:
        return not_yet.NotYet(f"mxnd.{name}")
    known = [*globals(), *not_yet.MODULES]
    raise AttributeError(f"module 'mxnd' has no attribute {name!r}{did_you_mean(name, known)}")
