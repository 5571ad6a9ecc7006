"""The shape of the house: imports point one way, files stay small, cupy and numpy stay where they belong."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "mxnd"
FILES = sorted(PACKAGE.rglob("*.py"))

# Each layer may import itself and the layers before it.
LAYERS = [
    "core",
    "backend",
    "context",
    "ops",
    "array",
    "autograd random nd base declare not_yet operator recordio",
    "describe",
    "legacy check cli",
]


def layer(path: Path) -> int:
    """The number of the layer a file belongs to; the package's own __init__ and __main__ stand above all."""
    name = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    for number, names in enumerate(LAYERS):
        if name in names.split():
            return number
    return len(LAYERS)


def imports(path: Path, top_level_only: bool = True) -> set[str]:
    """Absolute names of the modules a file imports (where it stands, not inside functions)."""
    package = ["mxnd", *path.relative_to(PACKAGE).parts[:-1]]
    found = set()
    tree = ast.parse(path.read_text())
    guarded = {
        node
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test)
        for node in ast.walk(block)
    }
    nodes = tree.body if top_level_only else list(ast.walk(tree))
    for node in nodes:
        if node in guarded:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_one_way(path):
    own = layer(path)
    for name in imports(path):
        if name.startswith("mxnd."):
            target = PACKAGE / name.removeprefix("mxnd.").replace(".", "/")
            if target.with_suffix(".py").exists() or target.is_dir():
                assert layer(target) <= own, f"{path.name} imports {name}, which stands above it"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_files_stay_small(path):
    assert len(path.read_text().splitlines()) <= 400


def test_operators_are_written_in_F():
    for path in (PACKAGE / "ops").glob("*.py"):
        used = {name.partition(".")[0] for name in imports(path, top_level_only=False)}
        assert not used & {"numpy", "scipy", "cupy"}, path.name


def test_cupy_is_imported_in_one_file():
    users = [p for p in FILES if any(name.partition(".")[0] == "cupy" for name in imports(p, top_level_only=False))]
    assert [p.name for p in users] == ["device.py"]


def test_the_package_does_not_read_the_evidence():
    for path in FILES:
        assert not any(name.partition(".")[0] == "compat" for name in imports(path, top_level_only=False)), path


def test_import_is_light():
    code = "import sys, mxnd; print('cupy' in sys.modules, 'scipy.stats' in sys.modules, 'mxnet' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.split() == ["False"] * 3


def test_no_private_words_at_the_root():
    allowed = {"pyproject.toml", "mxnd", "tests", "compat", "docs", "README.md", "CHANGELOG.md", "LICENSE"}
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split()
    tops = {Path(name).parts[0] for name in tracked}
    assert {top for top in tops if not top.startswith(".")} <= allowed
