"""``python -m mxnd``: run, check, ops, info, in processes of their own as users meet them."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import mxnd as mx
from mxnd.cli import main

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = """
import pickle, sys
import mxnet as mx
from mxnet import autograd, nd
import helper

class Saved:
    pass

assert type(pickle.loads(pickle.dumps(Saved()))) is Saved
print(__name__, sys.argv[1:], helper.WHERE, mx.nd.LeakyReLU(nd.array([-4.0])).asscalar())
what = sys.argv[1] if len(sys.argv) > 1 else ""
if what == "exit":
    sys.exit(int(sys.argv[2]))
if what == "message":
    sys.exit("good bye")

def outer():
    return nd.LeakyReLU(nd.ones(2), slop=1)

if what == "fail":
    outer()
if what == "import":
    import no_such_module
"""


def process(*words: str, cwd: Path | str = ROOT) -> subprocess.CompletedProcess:
    env = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "100"}
    command = [sys.executable, "-m", "mxnd", *map(str, words)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=env, timeout=60)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("scripts")
    (path / "script.py").write_text(SCRIPT)
    (path / "helper.py").write_text("WHERE = 'beside the script'")
    (path / "broken.py").write_text("import mxnet\nx = (\n")
    return path


# run


def test_run_a_script_with_arguments_of_its_own(folder):
    done = process("run", folder / "script.py", "--lr", "0.1", "-m", "-h", "--version")
    expected = "__main__ ['--lr', '0.1', '-m', '-h', '--version'] beside the script -1.0\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, expected, "")


def test_run_a_module(folder):
    done = process("run", "-m", "script", "-x", cwd=folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, "__main__ ['-x'] beside the script -1.0\n", "")


@pytest.mark.parametrize(("words", "code", "error"), [(("exit", "7"), 7, ""), (("message",), 1, "good bye\n")])
def test_run_passes_exit_codes_on(folder, words, code, error):
    done = process("run", folder / "script.py", *words)
    assert (done.returncode, done.stderr) == (code, error)


@pytest.mark.parametrize("how", [("script.py",), ("-m", "script")])
def test_run_shows_the_script_s_own_traceback(folder, how):
    done = process("run", *how, "fail", cwd=folder)
    lines = done.stderr.splitlines()
    assert done.returncode == 1
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1].endswith(f'script.py", line {SCRIPT.splitlines().index("    outer()") + 1}, in <module>')
    assert not any(name in done.stderr for name in ("mxnd/cli.py", "runpy", "mxnd/__main__.py"))
    assert "LeakyReLU: no argument 'slop'; did you mean 'slope'?" in lines[-1]


def test_run_shows_errors_of_import_and_syntax(folder):
    done = process("run", "-m", "script", "import", cwd=folder)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        1,
        "ModuleNotFoundError: No module named 'no_such_module'",
    )
    done = process("run", "broken.py", cwd=folder)
    assert done.returncode == 1
    assert 'broken.py", line 2\n' in done.stderr
    assert "cli.py" not in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("run", "nope.py"), "mxnd: cannot read the script 'nope.py': No such file or directory"),
        (("run", "tests"), "mxnd: cannot read the script 'tests': Is a directory"),
        (("run", "-"), "mxnd: a script cannot be read from standard input; give the path of a file"),
        (("run",), "one of the arguments SCRIPT -m is required"),
        (("run", "-m"), "argument -m: expected one argument"),
        ((), "the following arguments are required: COMMAND"),
        (("chek",), "invalid choice: 'chek'"),
        (("check",), "the following arguments are required: PATH"),
        (("check", "nope.py"), "mxnd: there is no nope.py"),
        (("check", "docs/decisions"), "mxnd: no .py, .R or .ipynb files in docs/decisions"),
        (("ops", "batch.dit"), "mxnd: no operator is named 'batch.dit'; did you mean 'batch_dot'?"),
        (("ops", "abs", "--missing"), "not allowed with argument NAME"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_makes_no_sense_is_said(words, message, capsys):
    try:
        code = main(words)
    except SystemExit as error:  # argparse's own errors
        code = error.code
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert message in err


def test_run_says_that_a_module_is_not_there(folder):
    done = process("run", "-m", "no.such.module", cwd=folder)
    assert done.returncode == 2
    assert done.stderr.startswith("mxnd: cannot run the module no.such.module: ")
    assert "Traceback" not in done.stderr


# ops, info


def printed(capsys, *words):
    assert main(words) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out.splitlines()


def test_ops_lists_operators_and_totals(capsys):
    lines = printed(capsys, "ops")
    assert lines[0].split() == ["operator", "declared", "conforms", "recorded", "gradient", "GPU"]
    (leaky,) = [line.split() for line in lines if line.startswith("LeakyReLU ")]
    assert leaky[1:3] == ["yes", "yes"]
    assert int(leaky[3]) > 100
    assert leaky[4:] == ["yes", "yes"]
    (have, of, missing), (r_have, r_of, r_missing) = (
        [int(w) for w in line.split() if w.isdigit()] for line in lines[-2:]
    )
    assert (of, r_of) == (269, 265)
    assert (have + missing, r_have + r_missing) == (of, r_of)
    assert have >= 200


def test_ops_missing_lists_what_is_not_there(capsys):
    *names, totals, _ = printed(capsys, "ops", "--missing")
    if names:  # a blank line sets them off from the totals
        assert names.pop() == ""
    assert sum(not name.startswith("mx.nd.") for name in names) == int(totals.split()[-2])
    for name in names:
        assert not hasattr(mx.nd, name.removeprefix("mx.nd.")), name


@pytest.mark.parametrize("name", ["broadcast_add", "broadcast.add", "mx.nd.broadcast.plus"])
def test_ops_tells_about_one(name, capsys):
    lines = printed(capsys, "ops", name)
    assert lines[0] == "mx.nd.broadcast_add(lhs, rhs, out=None)"
    assert lines[1] == "mx.nd.broadcast.add(lhs = NULL, rhs = NULL, out = NULL)"
    assert "lhs: NDArray-or-Symbol" in lines
    assert any(line.startswith("Other names: mx.nd.broadcast_plus (R: mx.nd.broadcast.plus)") for line in lines)
    assert "[[-2.5 -2.  -1.5]" in lines


def test_info_and_version():
    done = process("info")
    titles = [line.split()[0] for line in done.stdout.splitlines()]
    assert (done.returncode, done.stderr) == (0, "")
    assert titles == ["mxnd", "Python", "NumPy", "SciPy", "Numba", "oneDNN", "CuPy", "GPUs", "threads"]
    assert process("--version").stdout == f"mxnd {mx.__version__}\n"


def test_info_survives_what_is_broken(tmp_path):
    (tmp_path / "cupy.py").write_text("raise OSError('libcuda is not there')")
    code = textwrap.dedent(f"""
        import sys
        sys.path.insert(0, {str(tmp_path)!r})
        from mxnd.cli import main
        sys.exit(main(["info", *sys.argv[1:]]))
    """)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert "none: no GPU can be used: cupy does not import: libcuda is not there" in done.stdout
