"""The MXNet names in an R script, by its tokens: strings, comments and brackets are minded, nothing else is parsed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .calls import ANY, Call

TOKEN = re.compile(
    r"""
      (?P<blank>[\s;]+ | \#[^\n]*)
    | (?P<string>[rR]"(?P<d>-*)\(.*?\)(?P=d)" | [rR]'(?P<s>-*)\(.*?\)(?P=s)'
               | "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*')
    | (?P<quoted>`[^`\n]*`)
    | (?P<number>0[xX][0-9a-fA-F]+L? | (?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[Li]?)
    | (?P<name>[^\W\d_][\w.]*|\.[\w.]*)
    | (?P<assign><<-|<-|->>|->)
    | (?P<open>[(\[{])
    | (?P<close>[)\]}])
    | (?P<other>:::?|.)
    """,
    re.VERBOSE | re.DOTALL,
)
PAIRS = {"(": ")", "[": "]", "{": "}"}
WORDS = {"TRUE": True, "T": True, "FALSE": False, "F": False, "NULL": None}


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    line: int


@dataclass(frozen=True)
class RUse:
    """A function of MXNet's R package in a script; call: its arguments, when it is called there."""

    line: int
    name: str
    call: Call | None = None


@dataclass(frozen=True)
class Trouble:
    """Where a script cannot be understood."""

    line: int
    text: str


def tokens(source: str) -> Iterator[Token]:
    """The tokens of a script, without blanks and comments."""
    line = 1
    for found in TOKEN.finditer(source):
        kind, text = str(found.lastgroup or "other"), found[0]
        if kind != "blank":
            yield Token(kind, text, line)
        line += text.count("\n")


def uses(source: str) -> tuple[list[RUse], list[Trouble]]:
    """The uses of MXNet in a script, and where its strings or brackets do not end."""
    words = list(tokens(source))
    trouble = _unbalanced(words)
    own = _defined(words)
    found = []
    for i, word in enumerate(words):
        name = _name(word)
        if not name.startswith("mx.") or name in own or _is_argument(words, i):
            continue
        called = i + 1 < len(words) and words[i + 1].text == "("
        found.append(RUse(word.line, name, _call(words, i + 2) if called else None))
    return found, trouble


def _name(token: Token) -> str:
    return token.text.strip("`") if token.kind in ("name", "quoted") else ""


def _defined(words: Sequence[Token]) -> set[str]:
    """Names the script gives a meaning of its own."""
    own = set()
    for i, word in enumerate(words[:-1]):
        after = words[i + 1]
        if _name(word) and after.text in ("<-", "<<-"):
            own.add(_name(word))
        elif word.text in ("->", "->>"):
            own.add(_name(after))
    return own


def _is_argument(words: Sequence[Token], i: int) -> bool:
    """Whether a name is that of an argument (``mx.ctx = ...``) or of an element (``x$mx.a``)."""
    before = words[i - 1].text if i else ""
    after = words[i + 1].text if i + 1 < len(words) else ""
    equals = after == "=" and (i + 2 >= len(words) or words[i + 2].text != "=")
    return before in ("$", "@") or (equals and before in ("(", ","))


def _unbalanced(words: Sequence[Token]) -> list[Trouble]:
    trouble: list[Trouble] = []
    opened: list[Token] = []
    for word in words:
        if word.kind == "open":
            opened.append(word)
        elif word.kind == "close":
            if not opened or PAIRS[opened.pop().text] != word.text:
                return [*trouble, Trouble(word.line, f"{word.text!r} closes nothing")]
        elif word.kind == "other" and word.text in "\"'`":
            return [*trouble, Trouble(word.line, "a text that never ends")]
    return [*trouble, *(Trouble(word.line, f"{word.text!r} is never closed") for word in opened[-1:])]


def _call(words: Sequence[Token], start: int) -> Call:
    """The arguments from ``start``, just behind the opening bracket."""
    args: list[Any] = []
    keywords: dict[str, Any] = {}
    whole = True
    for part in _arguments(words, start):
        texts = [word.text for word in part]
        if len(part) >= 2 and texts[1] == "=" and part[0].kind in ("name", "quoted", "string"):
            value = _value(part[2:])
            if value is not None:  # NULL is the same as nothing
                keywords[texts[0].strip("`\"'")] = value
        elif "..." in texts:
            whole = False
        elif part:
            args.append(_value(part))
    return Call(args, keywords, whole)


def _arguments(words: Sequence[Token], start: int) -> Iterator[Sequence[Token]]:
    """The tokens of each argument."""
    depth, begin = 0, start
    for i in range(start, len(words)):
        word = words[i]
        if word.kind == "open":
            depth += 1
        elif word.kind == "close":
            if not depth:
                yield words[begin:i]
                return
            depth -= 1
        elif word.text == "," and not depth:
            yield words[begin:i]
            begin = i + 1
    yield words[begin:]


def _value(part: Sequence[Token]) -> Any:
    """The value of a literal, as Python has it: ``c(1, 2)`` is a tuple, ``NULL`` None; ANY when it is computed."""
    texts = [word.text for word in part]
    if len(part) == 1:
        return _single(part[0])
    if len(part) == 2 and texts[0] == "-":
        number = _single(part[1])
        return -number if isinstance(number, (int, float)) and part[1].kind == "number" else ANY
    if texts[:2] == ["c", "("] and texts[-1] == ")":
        values = [_value(item) for item in _arguments(part, 2)]
        plain = all(isinstance(value, (int, float)) for value in values)
        return (tuple(values) if len(values) > 1 else values[0]) if plain and values else ANY
    return ANY


def _single(word: Token) -> Any:
    if word.kind == "string" and word.text[0] in "\"'":
        return word.text[1:-1]
    if word.kind == "number" and not word.text.endswith("i"):
        text = word.text.rstrip("L")
        number = int(text, 16) if text[:2] in ("0x", "0X") else float(text)
        return int(number) if number == int(number) else number
    return WORDS.get(word.text, ANY) if word.kind == "name" else ANY
