"""A file of rules."""

from __future__ import annotations

import polars as pl
import pytest

from churnkit.checks.rule_expressions import column_name, is_broken
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
        ("a > 0\nplan = plann", "rules.txt:2:8: 'plann' is not a column; did you mean 'plan'?"),
        ("start > 2024-02-30", "rules.txt:1:9: 2024-02-30 is not a time: day is out of range"),
        ("plan matches '['", "rules.txt:1:14: '[' is not a regular expression"),
        ("(" * 20_000, "rules.txt:1: too many brackets or signs in one rule"),
        ("a" + " + a" * 20_000 + " > 0", "rules.txt:1: too many brackets or signs in one rule"),
        ("start > now - 999999999999d", "rules.txt:1:15: '999999999999d' is too long: 400,000 days at most"),
        ("start > now - 1" + "0" * 400 + "w", "rules.txt:1:15: '1"),
    ],
)
def test_an_error_names_line_and_column(text: str, words: str) -> None:
    with pytest.raises(ChurnkitError) as told:
        parse_rules(text, "rules.txt", TYPES)
    assert str(told.value).startswith(words)


def test_thousands_of_conditions_in_a_row_are_one_rule() -> None:
    rows = pl.DataFrame({column_name("a", "number"): [1.0, 1_499.0, None, -1.0]})
    for word, expected in (("and", [True, True, False, False]), ("or", [False] * 4)):
        (rule,) = parse_rules(f" {word} ".join(f"a != {n}" for n in range(1_500)), "rules.txt", TYPES)
        assert rule.condition is not None
        assert is_broken(rule.condition, rows, 0).to_list() == expected
