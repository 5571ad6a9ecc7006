"""Memory of large arrays comes back when nothing refers to it, and no sooner."""

from __future__ import annotations

import gc
import os
import platform
import subprocess
import sys
import threading
import tracemalloc

import numpy as np
import pytest

import mxnd as mx
from mxnd import autograd, nd
from mxnd.backend import memory

LONG = (memory.LEAST // 4,)  # float32 elements of the shortest array in a block


@pytest.fixture(autouse=True)
def nothing_kept():
    memory.release()
    yield
    memory.release()


def place(array):
    return array.__array_interface__["data"][0]


def unused():
    return sum(map(len, memory._unused.values()))


def test_the_next_array_lies_where_the_last_one_was():
    array = memory.empty(LONG, np.float32)
    array[:] = 1
    before = place(array)
    assert unused() == 0
    del array
    assert unused() == 1
    assert place(again := memory.empty((LONG[0] // 2, 2), np.dtype("int32"))) == before
    assert again.shape == (LONG[0] // 2, 2)
    assert again.dtype == np.int32
    assert again.flags.carray
    assert memory.owns(again)


@pytest.mark.skipif(not os.path.exists("/proc/self/smaps"), reason="needs Linux")
@pytest.mark.parametrize("size", [memory.HUGE, 3 * memory.HUGE + 5])
def test_large_blocks_are_for_large_pages(size):
    array = memory.empty((size,), np.uint8)
    assert place(array) % memory.HUGE == 0
    array[[0, -1]] = 1
    with open("/proc/self/smaps") as file:
        lines = file.read().splitlines()
    flags = []
    for line in lines:
        first = line.split()[0]
        if "-" in first and not first.endswith(":"):
            start, end = (int(part, 16) for part in first.split("-"))
            within = start <= place(array) < end
        elif first == "VmFlags:" and within:
            flags = line.split()[1:]
    assert flags
    assert "sh" not in flags  # a forked child writes to pages of its own
    assert "hg" in flags or not os.path.exists("/sys/kernel/mm/transparent_hugepage")


def test_no_memory_is_a_memory_error(monkeypatch):
    monkeypatch.setattr(memory, "KEPT", 1 << 62)
    with pytest.raises(MemoryError, match="there is no memory for an array of"):
        memory.empty((1 << 50,), np.uint8)
    assert unused() == 0


def test_small_and_enormous_arrays_are_numpys_own():
    assert memory.empty((LONG[0] - 1,), np.float32).base is None
    assert memory.empty((memory.KEPT + 1,), np.uint8).base is None
    assert unused() == 0


@pytest.mark.parametrize(
    "share",
    [
        lambda a: a[1:3],
        lambda a: a.reshape(-1, 2)[::2].T.view(np.int32),
        memoryview,
        np.from_dlpack,
        lambda a: nd.from_numpy(a, zero_copy=True)[2:5],
    ],
    ids=["slice", "views of views", "memoryview", "DLPack", "NDArray"],
)
def test_whoever_shares_the_memory_keeps_it(share):
    array = memory.empty(LONG, np.float32)
    array[:] = 7
    shared = share(array)
    del array
    gc.collect()
    assert unused() == 0
    assert set(np.asarray(shared.asnumpy() if hasattr(shared, "asnumpy") else shared).view(np.float32).flat) == {7}
    del shared
    gc.collect()
    assert unused() == 1


def test_no_two_arrays_in_use_share_a_block():
    arrays = [memory.empty(LONG, np.float32) for _ in range(8)]
    assert len({place(a) for a in arrays}) == 8
    del arrays[::2]
    arrays += [memory.empty(LONG, np.float32) for _ in range(8)]
    assert len({place(a) for a in arrays}) == 12


def test_only_so_much_is_kept(monkeypatch):
    monkeypatch.setattr(memory, "KEPT", 4 * memory.LEAST)
    arrays = [memory.empty((n * memory.LEAST,), np.uint8) for n in (1, 2, 1, 3)]
    assert memory.empty((5 * memory.LEAST,), np.uint8).base is None
    while arrays:
        arrays.pop(0)
        assert memory._kept == sum(size * len(blocks) for size, blocks in memory._unused.items()) <= memory.KEPT
    assert set(memory._unused) == {memory.LEAST, 3 * memory.LEAST}  # what came back last


def test_tracemalloc_counts_arrays_and_not_what_is_kept():
    memory.empty(LONG, np.float32)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        array = memory.empty(LONG, np.float32)
        assert tracemalloc.get_traced_memory()[0] - before >= memory.LEAST
        domain = tracemalloc.DomainFilter(True, np.lib.tracemalloc_domain)
        assert sum(s.size for s in tracemalloc.take_snapshot().filter_traces([domain]).traces) == memory.LEAST
        del array
        assert tracemalloc.get_traced_memory()[0] - before < memory.LEAST
    finally:
        tracemalloc.stop()


def test_an_array_that_outlives_the_module_goes_quietly(monkeypatch):
    errors, x = [], memory.empty((memory.LEAST,), np.uint8)
    monkeypatch.setattr(sys, "unraisablehook", errors.append)
    monkeypatch.setattr(memory, "_give", None)  # as the interpreter does at its end
    del x
    assert not errors


def test_release_and_empty_cache():
    memory.empty(LONG, np.float32)
    assert unused() == 1
    mx.cpu().empty_cache()
    assert unused() == 0
    assert memory._kept == 0


def test_threads_take_and_give():
    def work():
        for _ in range(200):
            array = memory.empty(LONG, np.float32)
            array[[0, -1]] = mine = threading.get_ident() % 1000
            assert array[0] == array[-1] == mine

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert memory._kept == sum(size * len(blocks) for size, blocks in memory._unused.items())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_has_memory_of_its_own():
    array = memory.empty(LONG, np.float32)
    array[:] = 3
    before = place(array)
    del array
    child = os.fork()
    if not child:
        mine = memory.empty(LONG, np.float32)
        mine[:] = 4
        os._exit(0 if place(mine) == before else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert set(memory.empty(LONG, np.float32)) == {3}


def test_a_gradient_that_is_kept_elsewhere_stays():
    x = nd.ones((LONG[0] * 8,))
    x.attach_grad()
    with autograd.record():
        y = x * x
    y.backward()
    first = x.grad.asnumpy()
    kept = x.grad[:4]
    with autograd.record():
        y = x * 5
    y.backward()
    assert set(first) == {2}
    assert kept.asnumpy().tolist() == [5, 5, 5, 5]  # a slice is a view of the gradient, as in MXNet


FAULTS = """
import resource
import numpy as np
import mxnd

a, b = np.zeros(100_000, np.float32), np.ones(100_000, np.float32)

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(100):
        a - 0.1 * b
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

print(faults(), faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is glibc's heap")
def test_arrays_between_steps_are_not_new_pages_each_time():
    """An array of 100,000 elements lies in 98 pages; two of them would be new to the process at each turn."""
    run = subprocess.run([sys.executable, "-c", FAULTS], capture_output=True, text=True, check=True)
    assert int(run.stdout.split()[1]) < 1000
