"""The range of quantization that loses least, found as MXNet does: by trying all symmetric ranges of a histogram."""

from __future__ import annotations

from typing import Any

import numpy as np

EPS = 1e-4  # what an empty bin gets of the others


def _smooth(counts: Any) -> Any:
    """Counts where empty bins hold a little, taken from the others; None if these hold too little."""
    empty = counts == 0
    full = len(counts) - empty.sum()
    if not full or EPS * empty.sum() >= full:
        return None
    return counts + EPS * empty - EPS * empty.sum() / full * ~empty


def _divergence(hist: Any, inner: slice, levels: int) -> float:
    """How much the bins within a slice, with all outside moved into its ends, differ from their quantized form."""
    real = hist[inner].copy()
    real[0] += hist[: inner.start].sum()
    real[-1] += hist[inner.stop :].sum()
    own = hist[inner].copy()
    own[0] = 0
    width = len(own) // levels
    starts = np.arange(levels) * width
    sizes = np.diff(np.append(starts, len(own)))
    used = np.add.reduceat((own != 0).astype(np.float64), starts)
    level = np.where(used > 0, np.add.reduceat(own, starts) / np.maximum(used, 1), 0)
    p, q = _smooth(real), _smooth(np.where(real != 0, np.repeat(level, sizes), 0))
    if p is None or q is None:
        return float("inf")
    p, q = p / p.sum(), q / q.sum()
    return float((p * np.log(p / q)).sum())


def calibrate(hist: Any, edges: Any, levels: int) -> tuple[Any, Any]:
    """The upper end of the best range, and its divergence: two arrays of shape (1,)."""
    counts = np.trunc(hist.astype(np.float64))
    middle = len(counts) // 2
    tried = range(levels // 2, middle + 1)
    found = [_divergence(counts, slice(middle - i, middle + i + 1), levels) for i in tried if middle + i < len(counts)]
    best = int(np.argmin(found))
    return edges[middle + tried[best] + 1 :][:1].copy(), np.array([found[best]], hist.dtype)
