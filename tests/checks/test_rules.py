"""A file of rules."""

from __future__ import annotations

import pytest

from churnkit.checks.rules import parse_rules
from churnkit.errors import ChurnkitError

TYPES = {"a": "number", "plan": "text", "start": "time"}


def test_blank_lines_and_comments_are_no_rules_and_lines_are_counted() -> None:
    rules = parse_rules("\ufeff# mine\n\na > 0   # seen: 1 to 3\r\nplan unique\n", "rules.txt", TYPES)
    assert [(rule.line, rule.text) for rule in rules] == [(3, "a > 0"), (4, "plan unique")]
    assert rules[1].condition is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a > 0\nplan = plann", "rules.txt:2:8: 'plann' is no column; did you mean 'plan'?"),
        ("start > 2024-02-30", "rules.txt:1:9: 2024-02-30 is not a time: day is out of range"),
        ("plan matches '['", "rules.txt:1:14: '[' is not a regular expression"),
        ("(" * 20_000, "rules.txt:1: too many brackets"),
    ],
)
def test_an_error_names_line_and_column(text: str, words: str) -> None:
    with pytest.raises(ChurnkitError) as told:
        parse_rules(text, "rules.txt", TYPES)
    assert str(told.value).startswith(words)
