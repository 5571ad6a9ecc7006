"""Windows reduced to one element each: sums and maxima, and what is spread back over the windows.

A window is (kernel, stride, pad, out), each with a number per spatial axis; ``pad`` is what stands before the first
element, and behind the last there is as much as the windows need. Arrays are (N, C, *size). Work goes through blocks
that stay in the cache, and along one axis after the other where it can; float16 is computed in float32.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from . import pooling_loops as loops
from .memory import empty
from .threads import arrays
from .windows import Dims, along, fold, folding, gathering, run, spreading

Window = tuple[Dims, Dims, Dims, Dims]

BLOCK = 1 << 19  # elements: in smaller blocks threads would wait for each other longer than the cache saves
TRUTH, SIGN = np.dtype(bool), np.dtype(np.int8)
FEW = 64  # elements of a window that are gone through one by one


def _wide(dtype: Any) -> Any:
    return np.dtype(np.float32) if dtype == np.float16 else dtype


def _each(task: Callable[[slice], None], planes: int, size: Dims) -> None:
    """``task`` for slices of all images and channels taken as one axis."""
    elements = max(1, math.prod(size))
    step = max(1, min(BLOCK // elements, -(-planes // 2)))
    run(task, [slice(i, min(i + step, planes)) for i in range(0, planes, step)], planes * elements)


def _flat(x: Any) -> Any:
    return np.ascontiguousarray(x).reshape(math.prod(x.shape[:2]), *x.shape[2:])


def _single(window: Window, size: Dims) -> bool:
    """Is there one window that holds everything?"""
    return window[0] == size and set(window[3]) == {1}


@functools.lru_cache(64)
def _counts(size: Dims, window: Window, with_pad: bool, dtype: Any) -> Any:
    """How many elements lie in each window; padding only counts ``with_pad``, what lies behind it never."""
    total = np.ones(window[3], dtype)
    for axis, (n, k, s, p, o) in enumerate(zip(size, *window)):
        begin = np.arange(o) * s
        low, high = (0, n + 2 * p) if with_pad else (p, n + p)
        found = np.minimum(begin + k, high) - np.maximum(begin, low)
        total *= found.clip(1).astype(dtype).reshape((o,) + (1,) * (len(size) - 1 - axis))
    return total


def _reduce(x: Any, window: Window, function: Any, fill: float, counts: Any = None) -> Any:
    y = empty((*x.shape[:2], *window[3]), x.dtype)
    flat, target, dtype = _flat(x), _flat(y), _wide(x.dtype)

    def task(block: slice) -> None:
        part, result = flat[block].astype(dtype, copy=False), target[block]
        shapes = [(len(part), *window[3][:i], *part.shape[i + 1 :]) for i in range(1, part.ndim)]
        spaces = arrays(*((dtype, shape) for shape in (shapes if dtype != y.dtype else shapes[:-1])))
        spaces += [result] if dtype == y.dtype else []
        for axis, (out, (k, s, p, o)) in enumerate(zip(spaces, zip(*window)), 1):
            n = part.shape[axis]
            if o == 1:
                function.reduce(part[along(axis, 0, min(n, k - p))], axis, out=out, keepdims=True)
            else:
                fold(out, part, folding(out.shape, part.shape, axis, gathering(n, k, s, p, o)), function, fill)
            part = out
        if counts is not None:
            np.divide(part, counts, out=part)
        if part is not result:
            result[...] = part

    _each(task, len(flat), x.shape[2:])
    return y


def pool_sum(x: Any, window: Window, counted: bool | None = None) -> Any:
    """The sum of each window; padding counts as 0. The mean with ``counted``: whether padding is counted in."""
    size = x.shape[2:]
    counts = None if counted is None else _counts(size, window, counted, _wide(x.dtype))
    if _single(window, size):  # a product with ones is fastest
        wide = np.ascontiguousarray(x.astype(_wide(x.dtype), copy=False)).reshape(*x.shape[:2], math.prod(size))
        total = np.matmul(wide, np.ones(wide.shape[2], wide.dtype)).reshape(*x.shape[:2], *window[3])
        return (total if counts is None else total / counts).astype(x.dtype, copy=False)
    if loops.fits(x, window):
        return loops.pool_sum(x, window, counts)
    return _reduce(x, window, np.add, 0.0, counts)


def pool_max(x: Any, window: Window) -> Any:
    """The largest element of each window that is not NaN; the least number where there is only padding."""
    if _single(window, x.shape[2:]) and x.size:
        y = empty((*x.shape[:2], *window[3]), x.dtype)
        flat, target = x.reshape(math.prod(x.shape[:2]), -1), y.reshape(-1)

        def task(block: slice) -> None:
            np.fmax.reduce(flat[block], 1, out=target[block])

        _each(task, len(flat), x.shape[2:])
        return y
    if loops.fits_most(x, window):
        return loops.pool_max(x, window)
    return _reduce(x, window, np.fmax, float(np.finfo(x.dtype).min))


def unpool_sum(ct: Any, window: Window, size: Dims, counted: bool | None = None) -> Any:
    """The adjoint of ``pool_sum``: each element (or its share) added to all places of its window."""
    dtype = _wide(ct.dtype)
    counts = None if counted is None else _counts(size, window, counted, dtype)
    if _single(window, size) and dtype == ct.dtype:
        share = ct if counts is None else ct / counts
        return np.repeat(share.reshape(-1, 1), math.prod(size), 1).reshape(*ct.shape[:2], *size)
    if loops.fits(ct, window):
        return loops.unpool_sum(ct, window, size, counts)
    x = empty((*ct.shape[:2], *size), ct.dtype)
    flat, target = _flat(ct), _flat(x)

    def task(block: slice) -> None:
        part, result = flat[block].astype(dtype, copy=False), target[block]
        shapes = [(len(part), *window[3][:i], *size[i:]) for i in range(len(size))]
        spaces = arrays(*((dtype, shape) for shape in (part.shape, *(shapes if dtype != x.dtype else shapes[1:]))))
        if counts is not None:
            part = np.divide(part, counts, out=spaces[0])
        spaces = [*([result] if dtype == x.dtype else []), *spaces[1:]]
        for axis, (out, n, k, s, p, o) in reversed(list(enumerate(zip(spaces, size, *window), 1))):
            if o == 1:
                count = min(n, k - p)
                out[along(axis, 0, count)] = part
                out[along(axis, count, n - count)] = 0
            else:
                for first, terms in spreading(n, k, s, p, o):
                    fold(out, part, folding(out.shape, part.shape, axis, terms, first, s), np.add, 0.0)
            part = out
        if part is not result:
            result[...] = part

    _each(task, len(flat), size)
    return x


class _Grid:
    """The data in phases, one for each remainder of the strides, on the grid of the windows.

    An element of all windows then is a phase moved by some steps of the grid laid flat: a long loop. What runs into
    the next line lies outside ``places``.
    """

    def __init__(self, size: Dims, window: Window) -> None:
        rows = list(zip(size, *window))
        self.size, self.stride, self.out = size, window[1], window[3]
        self.shape = tuple(max(o, -(-n // s)) for n, _, s, _, o in rows)
        pitch = [math.prod(self.shape[i + 1 :]) for i in range(len(size))]
        self.elements: list[tuple[Dims, int, list[tuple[int, int]]] | None] = []  # phase, move, places
        for terms in itertools.product(*(gathering(*row) for row in rows)):
            met = [term for term in terms if term]
            if len(met) < len(terms):
                self.elements.append(None)  # always padding
                continue
            phase = tuple(start % step for _, _, start, step in met)
            move = sum(flat * (start // step - lo) for flat, (lo, _, start, step) in zip(pitch, met))
            self.elements.append((phase, move, [term[:2] for term in met]))
        self.phases = sorted({element[0] for element in self.elements if element})

    def key(self, phase: Dims) -> tuple[Any, ...]:
        """Where a phase lies in the data."""
        return (slice(None), *(slice(first, None, s) for first, s in zip(phase, self.stride)))

    def part(self, phase: Dims) -> tuple[Any, ...]:
        """Where the data's elements lie in the grid of a phase."""
        counts = (len(range(first, n, s)) for first, n, s in zip(phase, self.size, self.stride))
        return (slice(None), *map(slice, counts))

    def outside(self, grid: Any, places: list[tuple[int, int]], value: Any) -> None:
        """Set what lies outside of ``places``."""
        for axis, (lo, hi) in enumerate(places, 1):
            for some in (slice(0, lo), slice(hi, None)):
                if some.start != some.stop and some.start != grid.shape[axis]:
                    grid[(slice(None),) * axis + (some,)] = value

    def laid(self, x: Any) -> Any:
        """Windows' elements on the grid: x itself when it fits."""
        if x.shape[1:] == self.shape:
            return np.ascontiguousarray(x)
        grid = np.zeros((len(x), *self.shape), x.dtype)
        grid[(slice(None), *map(slice, self.out))] = x
        return grid


_grid = functools.lru_cache(64)(_Grid)


def _moved(move: int, total: int) -> tuple[slice, slice]:
    """Places, and the elements ``move`` ahead of them."""
    lo, hi = max(0, -move), min(total, total - move)
    return slice(lo, hi), slice(lo + move, hi + move)


def pool_taps(x: Any, y: Any, window: Window) -> Any:
    """Which element of its window each maximum of ``pool_max`` is, the first one if several are; any for NaN."""
    if loops.fits_most(x, window) and x.dtype == y.dtype:
        return loops.pool_taps(x, y, window)
    size = x.shape[2:]
    taps = np.zeros(y.shape, np.uint8 if math.prod(window[0]) <= 256 else np.int32)
    flat_x, flat_y, flat = _flat(x), _flat(y), _flat(taps)
    grid = None if _single(window, size) else _grid(size, window)

    def task(block: slice) -> None:
        part, most, found = flat_x[block], flat_y[block], flat[block]
        if grid is None:
            whole = part.reshape(len(part), -1)
            found[...] = (whole == most.reshape(-1, 1)).argmax(1).reshape(found.shape)
            return
        shape = (len(part), *grid.shape)
        most, count = grid.laid(most).reshape(-1), math.prod(shape)
        # Is the maximum none of the elements so far? Is it another one than this? How many of them there are.
        before, other, taken, *spaces = arrays(
            (TRUTH, shape), (TRUTH, shape), (taps.dtype, shape), *((x.dtype, shape) for _ in grid.phases)
        )
        before[...], taken[...] = True, 0
        line, phases = other.reshape(-1), {}
        for phase, space in zip(grid.phases, spaces):
            phases[phase] = space.reshape(-1)
            space[grid.part(phase)] = part[grid.key(phase)]
        for element in grid.elements[:-1]:
            if element:
                phase, move, places = element
                there, elements = _moved(move, count)
                np.not_equal(phases[phase][elements], most[there], out=line[there])
                grid.outside(other, places, True)
                before &= other
            taken += before.view(np.uint8) if taken.itemsize == 1 else before
        found[...] = taken[(slice(None), *map(slice, grid.out))]

    _each(task, len(flat), size)
    return taps


def pool_unpick(ct: Any, taps: Any, window: Window, size: Dims) -> Any:
    """Each element added to the place of its window that ``taps`` names."""
    if loops.fits(ct, window):
        return loops.pool_unpick(ct, taps, window, size)
    x = empty((*ct.shape[:2], *size), ct.dtype)
    flat_ct, flat_taps, target, dtype = _flat(ct), _flat(taps), _flat(x), _wide(ct.dtype)
    bits = np.dtype(f"i{dtype.itemsize}")
    grid = _grid(size, window) if math.prod(window[0]) <= FEW else None
    single = _single(window, size)

    def task(block: slice) -> None:
        part, found, result = flat_ct[block].astype(dtype, copy=False), flat_taps[block], target[block]
        if single:
            result[...] = 0
            result.reshape(len(result), -1)[np.arange(len(result)), found.reshape(-1)] = part.reshape(-1)
            return
        if grid is None:
            places = _places(found, size, window)
            spread = np.bincount(places.ravel(), part.ravel(), len(part) * math.prod(_extent(size, window)))
            result[...] = spread.reshape(len(part), *_extent(size, window))[_inside(size, window)]
            return
        shape = (len(part), *grid.shape)
        part, found, count = grid.laid(part).view(bits), grid.laid(found), math.prod(shape)
        here, mask, *spaces = arrays((SIGN, shape), *((bits, shape) for _ in range(len(grid.phases) + 1)))
        phases = {phase: space.view(dtype) for phase, space in zip(grid.phases, spaces)}
        for space in spaces:
            space[...] = 0
        for number, element in enumerate(grid.elements):
            if element:  # the bits of all elements, cleared where another element is the maximum
                phase, move, places = element
                np.equal(found, number, out=here.view(bool))
                np.negative(here, out=here)
                grid.outside(here, places, 0)
                mask[...] = here
                np.bitwise_and(part, mask, out=mask)
                there, elements = _moved(move, count)
                moved = phases[phase].reshape(-1)[elements]
                moved += mask.view(dtype).reshape(-1)[there]
        if len(phases) < math.prod(grid.stride):
            result[...] = 0
        for phase, space in phases.items():
            result[grid.key(phase)] = space[grid.part(phase)]

    _each(task, len(target), size)
    return x


def _extent(size: Dims, window: Window) -> Dims:
    """How long each axis is that the windows lie on, padding included."""
    return tuple(max(p + n, s * (o - 1) + k) for n, k, s, p, o in zip(size, *window))


def _inside(size: Dims, window: Window) -> tuple[Any, ...]:
    return (..., *(slice(p, p + n) for n, p in zip(size, window[2])))


def _places(taps: Any, size: Dims, window: Window) -> Any:
    """Where in padded planes laid flat the elements lie that ``taps`` name."""
    kernel, stride, _, out = window
    extent = _extent(size, window)
    steps = [math.prod(extent[i + 1 :]) for i in range(len(extent))]
    offsets = np.array([sum(map(math.prod, zip(place, steps))) for place in itertools.product(*map(range, kernel))])
    places = np.take(offsets, taps)
    for axis, (s, o, step) in enumerate(zip(stride, out, steps)):
        places += (np.arange(o) * (s * step)).reshape((-1,) + (1,) * (len(out) - 1 - axis))
    places += (np.arange(len(taps)) * math.prod(extent)).reshape((-1,) + (1,) * len(out))
    return places


def pool_pick(x: Any, taps: Any, window: Window) -> Any:
    """The adjoint of ``pool_unpick``: of each window the element that ``taps`` names."""
    size = x.shape[2:]
    y = empty(taps.shape, x.dtype)
    flat_x, flat_taps, target = _flat(x), _flat(taps), _flat(y)

    def task(block: slice) -> None:
        part = np.zeros((len(flat_x[block]), *_extent(size, window)), x.dtype)
        part[_inside(size, window)] = flat_x[block]
        np.take(part, _places(flat_taps[block], size, window), out=target[block])

    _each(task, len(target), size)
    return y
