"""``mxnd check``: what a program uses, and what of it is missing, without running it."""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mxnd as mx
from mxnd.check import check, names, notebook, python_source, r_source
from mxnd.check.calls import ANY
from mxnd.cli import main
from mxnd.describe.facts import catalogue

ROOT = Path(__file__).parent.parent


@pytest.fixture
def told(tmp_path):
    """What is found in a program: (line, kind, text) of each finding; ``told.names`` how often each name is used."""

    def look(source, name="program.py"):
        path = tmp_path / name
        path.write_text(textwrap.dedent(source), encoding="utf-8")
        report = check([path])
        look.names = {name: uses for (name, _), uses in report.names.items()}
        return [(found.line, found.kind, found.text) for found in report.findings]

    return look


@pytest.fixture
def missing_operator(monkeypatch):
    """``frobnicate`` becomes an operator that MXNet 1.9.1 has and mxnd does not."""
    modules, package = names._names()
    more = {name: modules[name] | {"frobnicate": ""} for name in ("ndarray", "symbol")}
    monkeypatch.setattr(names, "_names", lambda: (modules | more, package))
    for judged in (names.judge, names.judge_r):
        judged.cache_clear()
    yield "frobnicate"
    monkeypatch.undo()
    for judged in (names.judge, names.judge_r):
        judged.cache_clear()


# Names


def test_every_name_of_mxnet_is_known():
    modules, _ = names._names()
    paths = {(): ""}  # the module behind a path
    todo = [()]
    while todo:
        path = todo.pop()
        for name, module in modules.get(paths[path], {}).items():
            if module and module not in paths.values():
                paths[(*path, name)] = module
                todo.append((*path, name))
    assert len(paths) > 150
    judged = {
        (*path, name): names.judge((*path, name)) for path, module in paths.items() for name in modules.get(module, {})
    }
    assert len(judged) > 4000
    assert [path for path, found in judged.items() if found.status == names.UNKNOWN] == []


def test_operators_are_judged_as_mx_nd_has_them():
    for name in catalogue().public:
        expected = names.SUPPORTED if hasattr(mx.nd, name) else names.NOT_YET
        assert names.judge(("nd", name)).status == expected, name
    for r_name, name in catalogue().r_names.items():
        expected = names.SUPPORTED if hasattr(mx.nd, name) or name == "copyto" else names.NOT_YET
        assert names.judge_r(r_name).status == expected, r_name


@pytest.mark.parametrize(
    ("path", "name", "status", "hint"),
    [
        ("nd.array", "mx.nd.array", "supported", ""),
        ("nd.NDArray.asnumpy", "mx.nd.NDArray", "supported", ""),
        ("nd.LeakyReLU.__doc__", "mx.nd.LeakyReLU", "supported", ""),
        ("nd.contrib.__dict__", "mx.nd.contrib", "supported", ""),
        ("nd.slice.axis", "mx.nd.slice.axis", "supported", ""),
        ("nd.ndarray.NDArray", "mx.nd.ndarray.NDArray", "supported", ""),
        ("nd.linalg.gemm2", "mx.nd.linalg.gemm2", "supported", ""),
        ("__version__", "mx.__version__", "supported", ""),
        ("rtc.CudaModule.get_kernel", "mx.rtc.CudaModule", "not yet", ""),
        ("rtc", "mx.rtc", "not yet", ""),
        ("nd.sofmax", "mx.nd.sofmax", "unknown", "; did you mean 'softmax'?"),
        ("nd.broadcast", "mx.nd.broadcast", "unknown", "; did you mean 'broadcast_to'?"),
        ("rtc.CudaModul", "mx.rtc.CudaModul", "unknown", "; did you mean 'CudaModule'?"),
        ("autogard.record", "mx.autogard", "unknown", "; did you mean 'autograd'?"),
        ("base._LIB", "mx.base._LIB", "unknown", " (a private name of MXNet)"),
    ],
)
def test_names(path, name, status, hint):
    found = names.judge(tuple(path.split(".")))
    assert (found.name, found.status) == (name, status)
    assert found.hint == hint or path == "nd.broadcast"


@pytest.mark.parametrize(
    ("name", "status", "hint"),
    [
        ("mx.nd.slice.axis", "supported", ""),
        ("mx.nd.LeakyReLU", "supported", ""),
        ("mx.cpu", "supported", " (mx.cpu in Python)"),
        ("mx.set.seed", "supported", " (mx.random.seed in Python)"),
        ("mx.io.extract", "not yet", " (only R has it)"),
        ("mx.nd.sqr", "unknown", "; did you mean 'sqrt'?"),
        ("mx.symbol.Varable", "unknown", "; did you mean 'Variable'?"),
        ("mx.setseed", "unknown", "; did you mean 'set.seed'?"),
    ],
)
def test_r_names(name, status, hint):
    found = names.judge_r(name)
    assert (found.name, found.status, found.hint) == (name, status, hint)


def test_missing_operators_everywhere(told, missing_operator):
    source = """
        import mxnet as mx
        mx.nd.frobnicate(1)
        class Net(mx.gluon.HybridBlock):
            def hybrid_forward(self, G, x):
                return G.frobnicate(x)
        """
    assert (3, "not yet", "mx.nd.frobnicate") in told(source)
    assert (6, "not yet", "mx.nd.frobnicate") in told(source)
    assert told.names["mx.nd.frobnicate"] == 2
    assert told("y <- mx.nd.frobnicate(x)\nz <- mx.symbol.frobnicate(y)", "a.R") == [
        (1, "not yet", "mx.nd.frobnicate"),
        (2, "not yet", "mx.symbol.frobnicate"),
    ]


# Python


IMPORTS = {
    "import mxnet as mx": "mx.nd.tanh(x)",
    "import mxnet": "mxnet.nd.tanh(x)",
    "import mxnet.ndarray": "mxnet.ndarray.tanh(x)",
    "import mxnet.ndarray as N": "N.tanh(x)",
    "from mxnet import nd": "nd.tanh(x)",
    "from mxnet import ndarray as F": "F.tanh(x)",
    "from mxnet import *": "nd.tanh(x)",
    "from mxnet.ndarray import *": "tanh(x)",
    "import mxnd as mx": "mx.nd.tanh(x)",
    "import mxnet as mx; nd = mx.nd; t = nd.tanh": "t(x)",
    "import mxnet as mx; tanh = getattr": 'getattr(mx.nd, "tanh")(x)',
    "try:\n    import mxnet as mx\nexcept ImportError:\n    mx = None": "mx.nd.tanh(x)",
    "def f():\n    global nd\nfrom mxnet import nd": "[nd.tanh(x) for x in y]",
}


@pytest.mark.parametrize("imported", IMPORTS)
def test_ways_to_a_name(imported, told):
    assert told(f"{imported}\nx = {IMPORTS[imported]}\n") == []
    assert told.names["mx.nd.tanh"] >= 1
    wrong = IMPORTS[imported].replace("tanh", "tanhh")
    found = told(f"{imported.replace('nd.tanh', 'nd.tanhh')}\nx = {wrong}\n")
    if imported == "from mxnet.ndarray import *":
        assert found == []  # a name of the program's own, or of another star
    else:
        assert ("unknown", "mx.nd.tanhh; did you mean 'tanh'?") in [found[1:] for found in found]


@pytest.mark.parametrize(
    "source",
    [
        "import other.mxnet as mx\nmx.nd.nothing()",
        "from .mxnet import nd\nnd.nothing()",
        "import mxnet as mx\ndef f(mx):\n    return mx.nothing()",
        "import mxnet as mx\ndef f():\n    mx = thing()\n    mx.nothing()",
        "import mxnet as mx\n[mx.nothing for mx in things]",
        "import mxnet as mx\nf = lambda mx: mx.nothing",
        "from mxnet import nd\nclass A:\n    def nd(self): pass\n    nd.nothing",
        "from mxnet import nd\ndef f():\n    match y:\n        case {'a': nd}:\n            nd.nothing()",
        "nd.nothing()",
        "def f():\n    import mxnet as mx\nmx.nothing()",
        "import torch.nn.functional as F\nF.nothing()",
        "x = 'mx.nd.nothing'  # mx.nd.nothing",
    ],
)
def test_names_that_are_not_mxnet(source, told):
    assert told(source) == []


def test_scopes(told):
    source = """
        def f():
            import mxnet as mx
            def g(x, y=mx.nd.a1):
                return [mx.nd.a2(i) for i in mx.nd.a3 if mx.nd.a4] + x.mx.nd.b1
            return lambda z: mx.nd.a5
        class C:
            from mxnet import nd
            value = nd.a6
            def m(self, F: "F.b3", nd=nd.a7):
                F.a8.b4(nd.b5)
                self.nd.b6
        mx.b7
        """
    assert sorted(text.partition(";")[0] for _, _, text in told(source)) == [f"mx.nd.a{i}" for i in range(1, 9)]


def test_hybrid_forward(told):
    source = """
        from mxnet.gluon import HybridBlock
        class Net(HybridBlock):
            def hybrid_forward(self, F, x, weight):
                def inner(y):
                    return F.relu(y)
                out = F.LeakyReLU(x, act_type="leak", name="act", lr_mult=2)
                return F.contrib.nothing(inner(out)) + F.random.uniform(shape=(1,))
        """
    found = [(line, kind, text[:43]) for line, kind, text in told(source) if "gluon" not in text]
    assert found == [
        (7, "argument", "mx.nd.LeakyReLU: act_type='leak' is not one"),
        (8, "unknown", "mx.nd.contrib.nothing"),
    ]
    assert {"mx.nd.relu", "mx.nd.random.uniform"} <= told.names.keys()


def test_all_scripts_that_run_are_clean():
    report = check([ROOT / "compat" / "scripts"])
    assert report.findings == []
    assert report.complete
    assert report.summary()["files with mxnet"] == len(list((ROOT / "compat" / "scripts").glob("*.py"))) >= 10
    assert report.summary()["names"] > 100


# Arguments: what is told is what running it raises

WRONG_CALLS = {
    "nd.LeakyReLU(x, slop=1)": "no argument 'slop'; did you mean 'slope'?",
    "nd.LeakyReLU(x, **{'act.typ': 'elu'})": "no argument 'act.typ'; did you mean 'act_type'?",
    "nd.LeakyReLU(x, act_type='elo')": "act_type='elo' is not one of",
    "nd.LeakyReLU(x, None, 'elo')": "act_type='elo' is not one of",
    "nd.LeakyReLU(x, slope='steep')": "slope='steep' is not a number",
    "nd.LeakyReLU(3)": None,
    "nd.sum(x, axis='one')": "axis='one' is not a tuple of ints",
    "nd.sum(x, keepdims=2)": "keepdims=2 is not a boolean",
    "nd.topk(x, k=1.5)": "k=1.5 is not an int",
    "nd.slice_axis(x, axis=0, begin=0)": None,
    "nd.slice_axis(x, 0, 0, 1, axis=0)": None,
    "nd.relu(x, None, None, None)": None,
    "nd.concat(x, x, dims=1)": "no argument 'dims'; did you mean 'dim'?",
    "nd.array([1], dtyp='float32')": None,
    "mx.cpu(device=1)": None,
    "mx.autograd.record(training=True)": None,
}
RIGHT_CALLS = [
    "nd.LeakyReLU(x, act_type='elu', slope='0.1', out=x)",
    "nd.LeakyReLU(x, **{'act.type': 'elu'})",
    "nd.LeakyReLU(x, None, 'elu', 0.5)",
    "nd.sum(x, axis=(0, 1), keepdims=True)",
    "nd.sum(x, axis=[0])",
    "nd.sum(x, axis=None)",
    "nd.sum(x, '0')",
    "nd.concat(x, x, dim=0)",
    "nd.concat(*[x, x], dim=0, num_args=2)",
    "nd.add_n(x, x, num_args=2)",
    "nd.slice_axis(x, **dict(axis=0, begin=0, end=1))",
    "nd.cast(x, dtype='float64')",
    "nd.array([[1, 2]], dtype='int32')",
    "nd.maximum(x, 0)",
    "nd.slice(x, begin=(None, 0), end=(1, None))",
    "mx.cpu(0)",
]


def run(call):
    return eval(call, {"mx": mx, "nd": mx.nd, "x": mx.nd.ones((1, 2))})


@pytest.mark.parametrize("call", WRONG_CALLS)
def test_wrong_calls(call, told):
    (found,) = told(f"import mxnet as mx\nfrom mxnet import nd\n{call}")
    assert found[:2] == (3, "argument")
    with pytest.raises((mx.MXNetError, TypeError)) as error:
        run(call)
    if WRONG_CALLS[call]:
        assert WRONG_CALLS[call] in found[2]
        assert WRONG_CALLS[call] in str(error.value)


@pytest.mark.parametrize("call", RIGHT_CALLS)
def test_right_calls(call, told):
    assert told(f"import mxnet as mx\nfrom mxnet import nd\n{call}") == []
    run(call)


def test_what_only_running_would_tell(told):
    source = """
        from mxnet import nd
        nd.LeakyReLU(x, act_type=kind, slope=1 + k, **more)
        nd.slice_axis(*arguments)
        nd.slice_axis(x, **arguments)
        nd.Custom(x, op_type="mine", anything=3)
        """
    assert [entry for entry in told(source) if entry[1] == "argument"] == []


def test_symbols_take_attributes_and_are_checked_like_arrays(told):
    source = """
        import mxnet as mx
        mx.sym.LeakyReLU(x, name="a", attr={"k": "v"}, lr_mult=1.0, __layout__="NCHW")
        mx.symbol.LeakyReLU(x, slop=1)
        """
    found = [entry for entry in told(source) if entry[1] == "argument"]
    assert [(line, text.partition(" (")[0]) for line, _, text in found] == [
        (4, "mx.sym.LeakyReLU: no argument 'slop'; did you mean 'slope'?")
    ]


# R


def test_r_script(told):
    source = r"""
        require(mxnet)
        # mx.nd.nothing(1)
        text <- "mx.nd.nothing('a" ; more <- r"--(mx.nd.nothing)" )--"
        x <- mx.nd.array(matrix(1:6, 2), ctx = mx.cpu())
        y = mxnet::mx.nd.slice.axis(x, axis=1, begin=0L, end=2, out = NULL)
        mx.nd.LeakyReLU(
            data = x,  # mx.nd.nothing
            act_type = 'elo')
        mx.nd.LeakyReLU(x, act.type="elu", slope=if (a) 1 else mx.nd.nothing())
        mx.nd.LeakyReLU(x, act="elu", slop=0.1)
        mx.nd.sum(x, axis=c(0, 1), keepdims=T); mx.nd.sum(x, axis="q")
        f <- function(x, mx.ctx = NULL, ...) mx.nd.sum(x, ...)
        mx.mine <- function(x) x; mx.mine(3)
        `mx.nd.tanh`(x)$mx.nothing
        """
    assert [(line, kind, text.partition(";")[0][:42]) for line, kind, text in told(source, "script.R")] == [
        (7, "argument", "mx.nd.LeakyReLU: act_type='elo' is not one"),
        (10, "unknown", "mx.nd.nothing"),
        (12, "argument", "mx.nd.sum: axis='q' is not a tuple of ints"),
    ]
    assert told.names["mx.nd.LeakyReLU"] == 3
    assert told.names["mx.nd.tanh"] == 1
    assert "mx.mine" not in told.names


def test_r_arguments():
    source = (
        """mx.nd.f(a, b = -2.5, c=c(1, 2L), "d" = 'x', `e`=TRUE, f=NULL, g=0x10, h=c(5), i=1e3, j=g(1, k=2), ...)"""
    )
    (use,), trouble = r_source.uses(source)
    assert trouble == []
    assert use.call.args == [ANY]
    keywords = {"b": -2.5, "c": (1, 2), "d": "x", "e": True, "g": 16, "h": 5, "i": 1000, "j": ANY}
    assert use.call.keywords == keywords
    assert not use.call.whole


@pytest.mark.parametrize(
    ("source", "line", "text"),
    [
        ("f(1,\n g(2)\nmx.nd.abs(x)", 1, "'(' is never closed"),
        ("f(1))\nmx.nd.abs(x)", 1, "')' closes nothing"),
        ("f(1]\nmx.nd.abs(x)", 1, "']' closes nothing"),
        ("mx.nd.abs(x)\ny <- 'text", 2, "a text that never ends"),
    ],
)
def test_r_that_does_not_end(source, line, text, told):
    assert told(source, "a.R") == [(line, "syntax", text)]
    assert told.names == {"mx.nd.abs": 1}


@given(st.text(st.sampled_from(list("mx.nd()[]{}'\"`#\\,=<->rR1L \n"))))
def test_any_text_is_tokenized(source):
    found = list(r_source.tokens(source))
    blank = re.sub(r"[\s;]", "", "".join(re.sub(r"#[^\n]*", "", source))) if not set(source) & set("#'\"`") else None
    if blank is not None:
        assert re.sub(r"[\s;]", "", "".join(token.text for token in found)) == blank
    assert all(1 <= token.line <= source.count("\n") + 1 for token in found)
    r_source.uses(source)


# Notebooks


def book(*cells, language="python"):
    listed = [{"cell_type": "markdown", "source": "mx.nd.nothing"}]
    listed += [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    return {"cells": listed, "metadata": {"kernelspec": {"language": language}}, "nbformat": 4}


def test_notebook(tmp_path):
    path = tmp_path / "tour.ipynb"
    cells = [
        "%matplotlib inline\nimport mxnet as mx\nfiles = !ls\nmx.nd?",
        "x = mx.nd.ones(2)\nmx.nd.sofmax(x)",
        "print 'a'",
        "%%bash\nmx.nd.nothing",
        "%%time\ny = (10\n  % 3)\nmx.nd.nothing2",
        "for i in y:\n    !rm mx.nd.nothing\n",
    ]
    path.write_text(json.dumps(book(*cells)))
    found = sorted((f.cell, f.line, f.kind, f.name or f.text[:7]) for f in check([path]).findings)
    assert found == [
        (3, 2, "unknown", "mx.nd.sofmax"),
        (4, 1, "syntax", "Missing"),
        (6, 4, "unknown", "mx.nd.nothing2"),
    ]
    assert f"{path}:cell 3:2: unknown: mx.nd.sofmax; did you mean 'softmax'?" in check([path]).text()


def test_notebooks_of_r_and_of_old(tmp_path):
    path = tmp_path / "r.ipynb"
    path.write_text(json.dumps(book("library(mxnet)", "a <- 1\nmx.nd.nothing(a)", language="R")))
    assert [(f.cell, f.line, f.name) for f in check([path]).findings] == [(3, 2, "mx.nd.nothing")]
    old = {"worksheets": [{"cells": [{"cell_type": "code", "input": ["from mxnet import nd\n", "nd.nothing()"]}]}]}
    path.write_text(json.dumps(old))
    assert [(f.cell, f.line, f.name) for f in check([path]).findings] == [(1, 2, "mx.nd.nothing")]


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"cells": 3}', '{"cells": [3, {"cell_type": "code"}]}'])
def test_notebooks_that_are_none(text, tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text(text)
    report = check([path])
    assert all(found.kind == "unreadable" for found in report.findings)
    assert len(report.findings) == (0 if "code" in text else 1)


def test_magics_keep_their_lines():
    source = "%%timeit\n  %time f()\nx = !ls\na % b\nhelp?\n"
    assert notebook.without_magics(source) == "pass\n  pass\npass\na % b\npass\n"


# Files and the command


def test_files_that_cannot_be_read_are_told(tmp_path):
    (tmp_path / "zero.py").write_bytes(b"import mxnet\0")
    (tmp_path / "latin.py").write_bytes(b"# -*- coding: latin-1 -*-\nimport mxnet as mx\nmx.nd.abs('\xe9')")
    (tmp_path / "wrong.py").write_bytes(b"x = '\xe9'")
    (tmp_path / "latin.R").write_bytes(b"x <- '\xe9'; mx.nd.nothing(x)")
    (tmp_path / "deep.py").write_text("x = " + "-" * 20000 + "1")
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere.py")
    (tmp_path / "print.py").write_text("\n\nprint 'old'")
    report = check([tmp_path])
    kinds = {(Path(found.file).name, found.kind) for found in report.findings}
    assert {("zero.py", "syntax"), ("wrong.py", "syntax"), ("gone.py", "unreadable"), ("print.py", "syntax")} <= kinds
    assert {("latin.py", "argument"), ("latin.R", "unknown")} <= kinds
    assert {name for name, _ in kinds} == {path.name for path in tmp_path.iterdir()}
    assert report.summary()["files not understood"] == 5


def test_folders(tmp_path):
    for name in (
        "a.py",
        "sub/b.R",
        "sub/c.ipynb",
        ".hidden/d.py",
        "env/pyvenv.cfg",
        "env/e.py",
        "x.txt",
        "__pycache__/f.py",
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text('{"cells": []}' if name.endswith("ipynb") else "")
    assert [Path(name).name for name in check([tmp_path]).files] == ["a.py", "b.R", "c.ipynb"]
    assert [Path(name).name for name in check([tmp_path / "x.txt", tmp_path / "env"]).files] == ["x.txt", "e.py"]


def test_the_command(tmp_path, capsys, monkeypatch):
    guide = (ROOT / "docs" / "checking.md").read_text(encoding="utf-8")
    program, printed = re.search(r"```python\n(.*?)```\n.*?```text\n(.*?)```", guide, re.S).groups()
    monkeypatch.chdir(tmp_path)
    Path("train.py").write_text(program)
    assert main(["check", "train.py"]) == 1
    assert capsys.readouterr().out == printed
    assert main(["check", "--json", "train.py"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["summary"] == {
        "files": 1, "files with mxnet": 1, "files not understood": 0, "names": 4,
        "supported": 2, "not yet": 1, "unknown": 1, "arguments": 2,
    }  # fmt: skip
    assert answer["findings"][0] == {
        "file": "train.py", "line": 4, "cell": None, "kind": "not yet",
        "name": "mx.rtc.CudaModule", "text": "mx.rtc.CudaModule",
    }  # fmt: skip
    assert {"name": "mx.nd.array", "status": "supported", "uses": 1} in answer["names"]
    Path("train.py").write_text("import mxnet as mx\nmx.nd.ones(1)")
    Path("other.py").write_text("import numpy")
    assert main(["check", "train.py", "other.py"]) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "2 files, 1 use MXNet",
        "1 names: 1 supported, 0 not yet, 0 unknown",
    ]


def test_nothing_is_run_or_imported(tmp_path):
    path = tmp_path / "wild.py"
    path.write_text("import mxnet as mx\nraise SystemExit('ran')\nmx.nd.abs(open('made', 'w'))")
    assert python_source.uses(python_source.parse(path.read_bytes()))
    assert check([path]).complete
    assert list(tmp_path.iterdir()) == [path]
