"""Shared by all tests: the project's root on the path, so that ``compat`` imports; NumPy computes, not Numba or
oneDNN (which test_compiled.py and test_onednn.py turn on)."""

import functools
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.environ["MXND_COMPILE"] = "0"
os.environ["MXND_ONEDNN"] = "0"


@functools.cache
def found():
    """The GPU in words, and why none can be used: one of them is empty."""
    from mxnd.backend import device

    try:
        device.existing(0)
    except device.MXNetError as error:
        return "", str(error)
    return device.described(0), ""


@pytest.fixture(params=[1, 2, 3])
def some_threads(request):
    from mxnd.backend import threads

    before = threads.set_count(request.param)
    yield
    threads.set_count(before)


@pytest.fixture
def cuda(record_property):
    """The module ``cupy``: the real one where there is a GPU, the stand-in elsewhere."""
    import standin

    gpu, why = found()
    record_property("ran on", gpu or f"the stand-in for CuPy: {why}")
    if gpu:
        import cupy

        yield cupy
        return
    if os.environ.get("MXND_REQUIRE_GPU") == "1":
        pytest.fail(f"MXND_REQUIRE_GPU=1, and {why}")
    if standin.missing():
        pytest.skip(f"no GPU, and the stand-in for CuPy is missing: {standin.missing()}")
    with standin.installed() as cupy:
        yield cupy


def pytest_terminal_summary(terminalreporter):
    """Say what the tests of the GPU backend ran on."""
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    places = {dict(getattr(report, "user_properties", ())).get("ran on") for report in reports}
    for where in sorted(places - {None}):
        terminalreporter.write_line(f"GPU tests ran on {where}")
