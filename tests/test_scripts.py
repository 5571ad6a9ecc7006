"""Legacy scripts print, untouched, what they print on real MXNet 1.9.1 (recorded by compat/record_scripts.py).

The texts are compared token by token: words and punctuation exactly, whitespace not at all, whole numbers exactly
(a whole number never stands for a fractional one: NumPy prints the dtypes so), other numbers within a tolerance.
"""

from __future__ import annotations

import math
import re
import subprocess
import sys
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "compat/golden/scripts").glob("*.txt")}
NAMES = sorted(path.stem for path in (ROOT / "compat/scripts").glob("*.py"))
TIMEOUT = 120.0  # seconds a script may take

RTOL, ATOL = 1e-3, 1e-4


class Looser(NamedTuple):
    """Lines of one script that match `line` get `rtol` and `atol` instead; whole numbers may be off by `whole`."""

    script: str
    line: str
    rtol: float
    atol: float
    reason: str
    whole: int = 0


LOOSER = [
    Looser(
        "digits_mlp", r"^epoch |^mean conf|^held-out", 0.01, 0.003, "460 steps of training may carry a last bit far"
    ),
    Looser("digits_mlp", r"^per digit", 0, 0, "the same: one image may fall on the other side", whole=1),
    Looser(
        "matrix_factorisation", r"^epoch ", 0.15, 0.01, "starts from a random stream; seeds of MXNet differ by this"
    ),
    Looser("softmax_output_classifier", r"^MAE", 2e-3, 5e-3, "sums of signs of errors: an error near 0 moves a step"),
    Looser("leaky_relu_tour", r"^float16", 2e-3, 2e-3, "11 bits, rounded after each step in an order of one's own"),
]

TOKEN = re.compile(
    r"(?P<number>(?<![\w.])[-+]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|inf|nan)(?!\w))|\w+(?:\.\w+)*|\S"
)


class Token(NamedTuple):
    text: str
    number: bool
    line: str

    @property
    def whole(self) -> bool:
        return self.number and self.text.lstrip("+-").isdigit()


def tokens(text: str) -> list[Token]:
    return [
        Token(match[0], match["number"] is not None, line)
        for line in text.splitlines()
        for match in TOKEN.finditer(line)
    ]


def agree(got: Token, want: Token, looser: Looser | None) -> bool:
    if not (got.number and want.number and got.whole == want.whole):
        return got.text == want.text
    if want.whole:
        return abs(int(got.text) - int(want.text)) <= (looser.whole if looser else 0)
    a, b = float(got.text), float(want.text)
    if not (math.isfinite(a) and math.isfinite(b)):
        return a == b or (math.isnan(a) and math.isnan(b))
    return abs(a - b) <= (looser.atol + looser.rtol * abs(b) if looser else ATOL + RTOL * abs(b))


def differences(name: str, got: str, want: str) -> list[str]:
    """What tells `got` from the recorded text `want` of script `name`; a text that ends early or late counts once."""
    found = []
    for g, w in zip_longest(tokens(got), tokens(want)):
        if g is None or w is None:
            found.append(f"the text ends {'early' if g is None else 'late'}, at: {(g or w).line}")
            break
        looser = next((row for row in LOOSER if row.script == name and re.search(row.line, w.line)), None)
        if not agree(g, w, looser):
            found.append(f"{g.text} should be {w.text}\n    got  {g.line}\n    want {w.line}")
    return found


@pytest.mark.parametrize("name", NAMES)
def test_script_prints_what_mxnet_printed(name: str) -> None:
    if name == "digits_mlp":
        pytest.importorskip("sklearn", reason="the digits are scikit-learn's")
    command = [sys.executable, "-m", "mxnd", "run", f"compat/scripts/{name}.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=TIMEOUT)
    assert done.returncode == 0, done.stderr[-3000:]
    found = differences(name, done.stdout, GOLDEN[name])
    assert not found, f"{len(found)} differences\n" + "\n".join(found[:20])
    if name == "digits_mlp":
        assert accuracy(done.stdout) >= 0.96


def accuracy(text: str) -> float:
    return float(text.split("held-out accuracy:")[1])


# The comparison itself, and the table


def test_every_script_is_recorded() -> None:
    assert sorted(GOLDEN) == NAMES
    assert len(NAMES) == 10
    assert accuracy(GOLDEN["digits_mlp"]) >= 0.96


@pytest.mark.parametrize("row", LOOSER, ids=lambda row: f"{row.script} {row.line}")
def test_every_looser_row_is_in_use(row: Looser) -> None:
    assert any(re.search(row.line, line) for line in GOLDEN[row.script].splitlines())


def numbers_moved(text: str, whole: str, by: float) -> tuple[str, int]:
    """The text with every number that is off 0 and finite moved: `whole` replaces whole ones; and how many."""
    count = 0

    def move(match: re.Match[str]) -> str:
        nonlocal count
        if match["number"] is None or not math.isfinite(float(match[0])):
            return match[0]
        count += 1
        if match[0].lstrip("+-").isdigit():
            return str(int(match[0]) + 2) if whole == "next" else match[0]
        value = float(match[0])
        return repr(value + math.copysign(by * (1 + abs(value)), value))

    return TOKEN.sub(move, text), count


@pytest.mark.parametrize("name", NAMES)
def test_each_number_that_moved_is_found(name: str) -> None:
    want = GOLDEN[name]
    assert differences(name, want, want) == []
    assert differences(name, re.sub(r"[ \n]+", "\n", want), want) == []
    moved, count = numbers_moved(want, "next", by=0.3)
    assert len(differences(name, moved, want)) == count > 20
    assert differences(name, numbers_moved(want, "same", by=5e-5)[0], want) == []


@pytest.mark.parametrize("name", NAMES)
def test_words_and_length_count(name: str) -> None:
    want = GOLDEN[name]
    assert len(differences(name, want + "\nmore", want)) == 1
    assert len(differences(name, want.rstrip()[:-1].rpartition("\n")[0], want)) == 1
    word = max(re.findall(r"\b[a-z]{3,}\b", want), key=len)
    assert len(differences(name, want.replace(word, word[::-1].upper()), want)) >= 1


@pytest.mark.parametrize(
    ("got", "want", "same"),
    [
        ("1.0", "1.0009", True),
        ("1.0", "1.0015", False),
        ("0.0", "-0.00009", True),
        ("0.0", "0.00012", False),
        ("-0.0", "0.0", True),
        ("7", "8", False),
        ("1000000", "1000001", False),
        ("[1. 2.]", "[1 2]", False),
        ("[1. 2.]", "[ 1.00  2e0]", True),
        ("nan inf -inf", "nan inf -inf", True),
        ("nan", "1.0", False),
        ("-inf", "inf", False),
        ("1e30", "1.0000000150474662e+30", True),
        ("(2, 3) float32", "(2, 3) float64", False),
        ("<NDArray 2x3 @cpu(0)>", "<NDArray 3x2 @cpu(0)>", False),
        ("done 0.97.", "done 0.9701.", True),
        ("True", "1", False),
    ],
)
def test_tokens(got: str, want: str, same: bool) -> None:
    assert (differences("any", got, want) == []) is same
    assert (differences("any", want, got) == []) is same


def test_looser_rows_hold_for_their_lines_only() -> None:
    want = "epoch  3  loss 0.1000\nloss 0.1000\nper digit: 43/44\nsum 43/44\n"
    got = "epoch  3  loss 0.1030\nloss 0.1030\nper digit: 42/44\nsum 42/44\n"
    found = differences("digits_mlp", got, want)
    assert [text.splitlines()[0] for text in found] == ["0.1030 should be 0.1000", "42 should be 43"]
    assert len(differences("kmeans_broadcast", got, want)) == 4
    far = want.replace("loss 0.1000", "loss 0.1050").replace("43/", "41/")
    assert len(differences("digits_mlp", far, want)) == 4
