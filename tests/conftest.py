"""Shared by all tests: the project's root on the path, so that ``compat`` imports; NumPy computes, not Numba or
oneDNN (which test_compiled.py and test_onednn.py turn on)."""

import importlib.util
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.environ["MXND_COMPILE"] = "0"
os.environ["MXND_ONEDNN"] = "0"


@pytest.fixture
def cuda():
    """The module ``cupy``: the real one where there is a GPU, the stand-in elsewhere."""
    import standin

    if importlib.util.find_spec("cupy") is not None:
        import cupy

        if cupy.cuda.is_available():
            yield cupy
            return
    if standin.missing():
        pytest.skip(f"no GPU, and the stand-in for CuPy is missing: {standin.missing()}")
    with standin.installed() as cupy:
        yield cupy
