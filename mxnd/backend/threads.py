"""Worker threads for large arrays. NumPy's loops release the GIL, so blocks of one job run side by side.

The number of threads follows ``OMP_NUM_THREADS`` and ``MXNET_CPU_WORKER_NTHREADS`` (the first that is set) and never
exceeds the processors this process may use. The blocks of a job do not depend on it, so neither do its results.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from queue import SimpleQueue
from typing import Any

import numpy as np

from . import blas


def available() -> int:
    """How many threads the environment and the processor affinity allow."""
    affinity = getattr(os, "sched_getaffinity", None)
    most = len(affinity(0)) if affinity else os.cpu_count() or 1
    for name in ("OMP_NUM_THREADS", "MXNET_CPU_WORKER_NTHREADS"):
        value = os.environ.get(name, "").partition(",")[0].strip()
        if value.isdigit() and int(value) > 0:
            return min(most, int(value))
    return most


class _Local(threading.local):
    inside = False  # in a job: a job within runs where it is
    buffer = np.empty(0, np.uint8)


class _Pool:
    """The caller and ``count - 1`` workers, which are started when they are first needed."""

    def __init__(self) -> None:
        self.count = available()
        self.jobs: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.started = 0
        self.jobs_done = 0
        self.lock = threading.Lock()

    def start(self, workers: int) -> None:
        with self.lock:
            while self.started < workers:
                threading.Thread(target=self._serve, daemon=True, name="mxnd").start()
                self.started += 1

    def _serve(self) -> None:
        _local.inside = True
        with np.errstate(all="ignore"):  # NumPy keeps these settings per thread
            while True:
                self.jobs.get()()


_local = _Local()
_pool = _Pool()


def _renew() -> None:
    """Threads do not survive a fork: the child starts its own."""
    global _pool
    _pool = _Pool()
    _local.inside = False


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)


def inside() -> bool:
    """Is this thread in a job?"""
    return _local.inside


def count() -> int:
    """How many threads a job started here would use."""
    return 1 if _local.inside else _pool.count


def worked() -> None:
    """Count one more job that threads shared; those of oneDNN are counted too."""
    _pool.jobs_done += 1


def jobs_done() -> int:
    """How many jobs threads have shared in this process."""
    return _pool.jobs_done


def set_count(number: int) -> int:
    """Use this many threads from now on; returns how many it was. The results stay the same."""
    before, _pool.count = _pool.count, max(1, int(number))
    return before


def spread(task: Callable[[Any], None], blocks: Iterable[Any], worth: bool = True) -> None:
    """Run ``task(block)`` for every block, in any order, on all threads; BLAS runs on one thread meanwhile.

    worth: Whether threads pay; otherwise this one does it all.
    Each task writes to places of its own. The first error is raised when all threads are done.
    """
    waiting = deque(blocks)
    helpers = min(count(), len(waiting)) - 1 if worth else 0
    if helpers < 1:
        for block in waiting:
            task(block)
        return
    errors: list[BaseException] = []
    gate = threading.Lock()
    active, closed = 0, False  # helpers at work; none may start once the caller has closed the job
    idle = threading.Event()

    def work() -> None:
        try:
            while True:
                try:
                    block = waiting.popleft()
                except IndexError:
                    return
                task(block)
        except BaseException as error:
            waiting.clear()
            errors.append(error)

    def help_out() -> None:
        nonlocal active
        with gate:
            if closed:
                return
            active += 1
        work()
        with gate:
            active -= 1
            if closed and not active:
                idle.set()

    pool = _pool
    pool.start(helpers)
    with blas.one_thread(), _inside():
        for _ in range(helpers):
            pool.jobs.put(help_out)
        work()
        with gate:
            closed = True
            running = active
        if running:
            idle.wait()
    worked()
    if errors:
        raise errors[0]


@contextlib.contextmanager
def _inside() -> Iterator[None]:
    _local.inside = True
    try:
        yield
    finally:
        _local.inside = False


def pieces(length: int, most: int) -> list[slice]:
    """0..length cut into even slices of at most ``most``."""
    number = max(1, -(-length // max(1, most)))
    edges = [length * i // number for i in range(number + 1)]
    return [slice(a, b) for a, b in itertools.pairwise(edges)]


def share(size: int, least: int) -> int:
    """Elements of one piece where each thread copies one: it waits less for memory than for many short ones."""
    return max(least, -(-size // count()))


def scratch(size: int) -> Any:
    """``size`` bytes of this thread's own memory, aligned to 64; valid until the thread asks again."""
    buffer = _local.buffer
    if buffer.size < size:
        raw = np.empty(size + 64, np.uint8)
        start = -raw.ctypes.data % 64
        buffer = raw[start : start + size]
        if size <= KEPT:
            _local.buffer = buffer
    return buffer[:size]


def arrays(*wanted: tuple[Any, tuple[int, ...]]) -> list[Any]:
    """Arrays of these dtypes and shapes in this thread's scratch memory, which all go when the thread asks again."""
    sizes = [math.prod(shape) * dtype.itemsize for dtype, shape in wanted]
    buffer = scratch(sum(sizes) + 64 * len(sizes))
    made, start = [], 0
    for (dtype, shape), size in zip(wanted, sizes):
        made.append(buffer[start : start + size].view(dtype).reshape(shape))
        start += -(-size // 64) * 64
    return made


KEPT = 1 << 24  # bytes of scratch a thread keeps
