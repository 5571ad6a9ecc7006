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
def no_gpu():
    """Why no GPU can be used; empty where one can."""
    from mxnd.backend import device

    try:
        device.existing(0)
    except device.MXNetError as error:
        return str(error)
    return ""


@pytest.fixture
def cuda(record_property):
    """The module ``cupy``: the real one where there is a GPU, the stand-in elsewhere."""
    import standin

    from mxnd.backend import device

    record_property("ran on", f"the stand-in for CuPy: {no_gpu()}" if no_gpu() else device.described(0))
    if not no_gpu():
        import cupy

        yield cupy
        return
    if os.environ.get("MXND_REQUIRE_GPU") == "1":
        pytest.fail(f"MXND_REQUIRE_GPU=1, and {no_gpu()}")
    if standin.missing():
        pytest.skip(f"no GPU, and the stand-in for CuPy is missing: {standin.missing()}")
    with standin.installed() as cupy:
        yield cupy


def pytest_terminal_summary(terminalreporter):
    """Say what the tests of the GPU backend ran on."""
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    found = {dict(getattr(report, "user_properties", ())).get("ran on") for report in reports}
    for where in sorted(found - {None}):
        terminalreporter.write_line(f"GPU tests ran on {where}")
