"""Shared by all tests: the project's root on the path, so that ``compat`` imports; NumPy computes, not Numba (which
test_compiled.py turns on)."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.environ["MXND_COMPILE"] = "0"
