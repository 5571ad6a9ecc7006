"""What is generated is fresh, every argument is documented, and the code in the guides prints what they say."""

from __future__ import annotations

import ast
import builtins
import re
import subprocess
import sys
from pathlib import Path

import pytest
from op_samples import all_samples, call, listed, make_inputs, split_sample

import mxnd as mx
from compat import generate
from mxnd.core.op import registry
from mxnd.describe import described, page, wording
from mxnd.describe.facts import Catalogue, catalogue

FILES = {str(path.relative_to(generate.ROOT)): make for path, make in generate.files().items()}
GUIDES = ("index.md", "declaring-an-operator.md")
DOCS = generate.ROOT / "docs"
STUB = generate.ROOT / "mxnd" / "nd.pyi"


@pytest.mark.parametrize("name", FILES)
def test_generated_file_is_fresh(name):
    path = generate.ROOT / name
    assert path.exists(), f"{name} is missing: run python -m compat.generate"
    assert path.read_text(encoding="utf-8") == FILES[name](), f"{name} is out of date: run python -m compat.generate"


def test_no_page_is_left_over():
    assert {str(path.relative_to(generate.ROOT)) for path in generate.PAGES.glob("*.md")} <= set(FILES)


def test_pages_have_names_of_their_own_where_case_does_not_count():
    names = [name.lower() for name in FILES]
    assert len(set(names)) == len(names)


# Pages


@pytest.mark.parametrize("op", registry.unique(), ids=lambda op: op.name)
def test_everything_is_documented(op):
    assert op.summary
    for argument in op.arguments:
        assert argument.doc, f"{argument.name} is not documented"
    text = page.text(op, catalogue())
    for argument in op.arguments:
        assert f"\n{argument.name}: {wording.type_words(argument)}\n" in text


@pytest.mark.parametrize(("op", "number", "sample"), list(all_samples()), ids=lambda value: getattr(value, "name", ""))
def test_number_of_results_is_the_declared_one(op, number, sample):
    params = {a.name: sample.get(a.name, a.default) for a in op.params}
    arrays = make_inputs(op, sample, "float32")
    results = listed(call(op, arrays, split_sample(op, sample)[1]))
    assert len(results) == (op.outputs(**params) if callable(op.outputs) else op.outputs)


def test_page_of_leaky_relu():
    text = page.markdown(registry["LeakyReLU"], catalogue())
    python = "data, gamma=None, act_type='leaky', slope=0.25, lower_bound=0.125, upper_bound=0.334, out=None"
    r = ("data", "gamma", "act.type", "slope", "lower.bound", "upper.bound", "out")
    row = "| `act_type` | `act.type` | `{'elu', 'gelu', 'leaky', 'prelu', 'rrelu', 'selu'},optional, default='leaky'` |"
    assert f"```python\nmx.nd.LeakyReLU({python})\n```" in text
    assert f"```r\nmx.nd.LeakyReLU({', '.join(f'{name} = NULL' for name in r)})\n```" in text
    assert row in text
    assert "- In MXNet: since 1.3.1 or earlier" in text
    assert "\n```text\n[[-0.375 -0.25  -0.125]\n [ 0.     0.5    1.   ]]\n```" in text  # 0.25 * x below 0
    assert re.search(r"^- .*selu", text.partition("## Differences from MXNet 1.9.1")[2], re.M)


def test_registry_order_in_r_and_inputs_first_in_python():
    op = registry["_sample_normal"]
    assert wording.python_signature(op).startswith("mx.nd.sample_normal(mu, sigma, shape=")
    assert wording.r_signature(op) == (
        "mx.nd.sample.normal(mu = NULL, shape = NULL, dtype = NULL, sigma = NULL, out = NULL)"
    )


@pytest.mark.parametrize(
    ("name", "argument", "words"),
    [
        ("LeakyReLU", "data", "NDArray-or-Symbol"),
        ("Concat", "data", "NDArray-or-Symbol[]"),
        ("Concat", "dim", "int, optional, default='1'"),
        ("clip", "a_min", "float, required"),
        ("slice_axis", "end", "int or None, required"),
        ("sum", "keepdims", "boolean, optional, default=0"),
        ("_zeros", "ctx", "string, optional, default=''"),
        ("transpose", "axes", "Shape(tuple), optional, default=[]"),
        ("softmax", "temperature", "double or None, optional, default=None"),
        ("_plus_scalar", "scalar", "double, optional, default=1"),
        ("Embedding", "input_dim", "int, required"),
    ],
)
def test_words_for_types(name, argument, words):
    assert wording.type_words(registry[name].argument(argument)) == words


def test_catalogue_survives_the_trip_through_json():
    known = generate.catalogue()
    assert Catalogue.from_json(known.to_json()) == known
    assert len(known.public) == 269
    assert len(known.r_names) == 265


@pytest.mark.parametrize("name", ["slice.axis", "slice_axis", "mx.nd.slice.axis", "nd.slice_axis"])
def test_described_by_any_name(name):
    assert described(name).startswith(
        "mx.nd.slice_axis(data, axis, begin, end, out=None)\nmx.nd.slice.axis(data = NULL,"
    )


def test_described_function_that_is_no_operator():
    assert described("array").startswith("mx.nd.array(source_array, ctx=None, dtype=None)\n\nA copy of")


def test_described_unknown_name():
    with pytest.raises(mx.MXNetError, match=r"no operator is named 'Convolutoin'; did you mean 'Convolution'\?"):
        described("Convolutoin")


# The stub


def test_stub_names_everything_and_nothing_unknown():
    tree = ast.parse(STUB.read_text(encoding="utf-8"))
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    public = {name for name in (*registry, *mx.nd.BY_HAND) if not name.startswith("_")}
    assert functions >= public
    (array,) = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "NDArray"]
    methods = {node.name for node in array.body if isinstance(node, ast.FunctionDef)}
    attributes = {"shape", "stype", "writable", "handle"}  # inherited from the class itself
    assert methods >= {name for name in dir(mx.nd.NDArray) if not name.startswith("_")} - attributes
    assert {"__add__", "__radd__", "__iadd__", "__lt__", "__getitem__"} <= methods
    imported = {alias.asname or alias.name for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))
                for alias in node.names}  # fmt: skip
    defined = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    defined |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert used <= imported | defined | set(dir(builtins))


def test_stub_has_the_real_defaults():
    text = STUB.read_text(encoding="utf-8")
    start = text.index("\ndef LeakyReLU(")
    assert re.sub(r"\s+", " ", text[start : text.index("...", start) + 3]).strip() == (
        "def LeakyReLU( data: Array, gamma: Array | None = None, "
        'act_type: Literal["elu", "gelu", "leaky", "prelu", "rrelu", "selu"] = "leaky", '
        "slope: float = 0.25, lower_bound: float = 0.125, upper_bound: float = 0.334, "
        "out: Array | None = None, name: str | None = None, ) -> NDArray: ..."
    )


# The guides


RUNNER = """
import contextlib, io, re, sys
space, printed = {"__name__": "__main__"}, ""
for language, body in re.findall(r"^```(python|text)\\n(.*?)^```", sys.stdin.read(), re.M | re.S):
    if language == "text":
        assert printed == body, f"printed\\n{printed}\\nbut the guide says\\n{body}"
        continue
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(body, space)
    printed = out.getvalue()
"""


@pytest.mark.parametrize("name", GUIDES)
def test_code_of_a_guide_prints_what_it_says(name):
    text = (DOCS / name).read_text(encoding="utf-8")
    assert text.count("```python") >= 2
    assert text.count("```text") >= 2
    done = subprocess.run([sys.executable, "-c", RUNNER], input=text, capture_output=True, text=True, cwd=generate.ROOT)
    assert done.returncode == 0, done.stderr


def test_links_of_the_guides_lead_somewhere():
    for path in DOCS.glob("*.md"):
        for link in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
            assert (path.parent / link).exists(), f"{path.name}: {link}"


def test_guides_name_files_that_exist():
    for name in ("how-it-is-built.md", *GUIDES):
        for word in re.findall(r"`((?:mxnd|compat|tests|docs)/[\w./-]+)`", (DOCS / name).read_text(encoding="utf-8")):
            assert Path(generate.ROOT / word).exists(), f"{name}: {word}"
