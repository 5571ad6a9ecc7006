"""Layouts of images for loops over windows: where elements lie so that a tap of a kernel is the whole plane moved.

Planes are laid flat, with padding between the lines and one behind the other for each remainder of the stride: then
loops are as long as a plane whatever the length of its lines. What lies between the lines of a result is computed too
and left out.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence

import numpy as np

from .windows import Dims

EVEN = 32  # places are a multiple of this, which leaves nothing over from vectors


class Layout:
    """Where the elements of a plane of (height, width) lie when laid, and which of them meet in a result.

    ``lays`` are (place, first row, its step, how many, first column, its step, how many); ``taps`` are (number in the
    kernel, place ahead of the result's); ``outs`` are (taps from, to, rows, columns, first row, its step, first
    column, its step) of the parts of a result, whose lines are ``pitch`` apart. ``room`` is the length of it all, with
    some places behind that are nobody's.
    """

    def __init__(self, lays: Sequence[Dims], taps: Sequence[Dims], outs: Sequence[Dims], pitch: int, end: int) -> None:
        self.lays, self.outs = (np.array(rows, np.int64) for rows in (lays, outs))
        self.taps = np.array(taps, np.int64).reshape(-1, 2)
        self.pitch = pitch
        self.places = even(max(rows for _, _, rows, *_ in outs) * pitch)
        self.room = max(even(end), even(max((ahead for _, ahead in taps), default=0) + self.places)) + EVEN


def even(number: int) -> int:
    return -(-number // EVEN) * EVEN


@functools.lru_cache(256)
def gathered(size: Dims, kernel: Dims, stride: Dims, dilate: Dims, pad: Dims, out: Dims) -> Layout:
    """Each place of the result is the sum of the elements under the kernel."""
    axes, lengths = [], []
    for n, k, s, d, p, o in zip(size, kernel, stride, dilate, pad, out):
        meets = [divmod(i * d, s) for i in range(k)]
        length = o + max(ahead for ahead, _ in meets)
        parts = []
        for rest in sorted({rest for _, rest in meets}):
            lead = max(0, -((rest - p) // s))
            first = rest + s * lead - p
            parts.append((rest, lead, first, s, max(0, min(len(range(first, n, s)), length - lead))))
        axes.append((meets, parts))
        lengths.append(length)
    (height, pitch), ((rows, above), (columns, before)) = lengths, axes
    lays, starts = [], {}
    for number, (a, b) in enumerate(itertools.product(above, before)):
        starts[a[0], b[0]] = number * height * pitch
        lays.append((number * height * pitch + a[1] * pitch + b[1], *a[2:], *b[2:]))
    taps = [
        (i, starts[r, c] + down * pitch + across)
        for i, ((down, r), (across, c)) in enumerate(itertools.product(rows, columns))
    ]
    return Layout(lays, taps, [(0, len(taps), *out, 0, 1, 0, 1)], pitch, len(lays) * height * pitch)


@functools.lru_cache(256)
def spread(size: Dims, kernel: Dims, stride: Dims, dilate: Dims, pad: Dims, out: Dims) -> Layout:
    """The adjoint: each element, of planes of ``out``, goes to all places under the kernel, in planes of ``size``."""
    axes, leads, lengths = [], [], []
    for n, k, s, d, p in zip(size, kernel, stride, dilate, pad):
        parts = []
        for rest in range(min(s, n)):
            met = [(i, (rest + p - i * d) // s) for i in range(k) if (rest + p - i * d) % s == 0]
            parts.append((rest, len(range(rest, n, s)), met))
        ahead = [(place, count) for _, count, met in parts for _, place in met] or [(0, 0)]
        lead = max(0, -min(place for place, _ in ahead))
        axes.append(parts)
        leads.append(lead)
        lengths.append(max(lead + 1, *(lead + place + count for place, count in ahead)))
    (height, pitch), (top, left) = lengths, leads
    lays = [(top * pitch + left, 0, 1, min(out[0], height - top), 0, 1, min(out[1], pitch - left))]
    taps: list[Dims] = []
    outs: list[Dims] = []
    for (row, rows, above), (column, columns, before) in itertools.product(*axes):
        met = [
            (i * kernel[1] + j, (down + top) * pitch + across + left)
            for (i, down), (j, across) in itertools.product(above, before)
        ]
        outs.append((len(taps), len(taps) + len(met), rows, columns, row, stride[0], column, stride[1]))
        taps += met
    return Layout(lays, taps, outs, pitch, height * pitch)
