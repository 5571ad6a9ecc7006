"""Shared by all tests: the project's root on the path, so that ``compat`` imports."""

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
