"""Cuts a rule into words, numbers, times, texts and signs, each with its place in the line."""

from __future__ import annotations

import re
from typing import NamedTuple

from churnkit.errors import quote


class RuleError(ValueError):
    """What is wrong with a rule. at: the place of the first wrong character, from 0."""

    def __init__(self, at: int, message: str) -> None:
        super().__init__(message)
        self.at = at


class Token(NamedTuple):
    """kind: a key of KINDS, or `end`. text: without quotes. at: place in the line, from 0."""

    kind: str
    text: str
    at: int

    def shown(self) -> str:
        """The token in a message."""
        return "the end of the rule" if self.kind == "end" else quote(self.text)


KINDS = {
    "blank": r"\s+",
    "comment": r"#.*",
    "time": r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?(?![\w.])",
    "duration": r"\d+(?:\.\d+)?[dwh](?![\w.])",
    "number": r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?%?(?![\w.])",
    "word": r"[^\W\d][\w.]*",
    "column": r"\"(?:[^\"]|\"\")+\"",
    "text": r"'(?:[^']|'')*'",
    "sign": r"<=|>=|!=|<>|==|[=<>()+\-*/,:]",
}
_TOKEN = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in KINDS.items()))


def tokens(line: str) -> list[Token]:
    """The tokens of a line, the last one of kind `end`; comments and blanks are left out.

    Raises RuleError for a character or a quote that begins nothing.
    """
    found, at = [], 0
    while at < len(line):
        match = _TOKEN.match(line, at)
        if match is None:
            raise RuleError(at, _refusal(line[at:]))
        kind = str(match.lastgroup)
        if kind not in ("blank", "comment"):
            found.append(Token(kind, _value(kind, match[0]), at))
        at = match.end()
    return [*found, Token("end", "", len(line.rstrip()))]


def _value(kind: str, text: str) -> str:
    if kind in ("column", "text"):
        return text[1:-1].replace(text[0] * 2, text[0])
    return text


def _refusal(rest: str) -> str:
    if rest[0] in "\"'":
        return f"this quote is never closed: {quote(rest)}"
    word = re.match(r"[\w.]+", rest)
    return f"{quote(word[0] if word else rest[0])} cannot stand in a rule; write a text in 'quotes'"
