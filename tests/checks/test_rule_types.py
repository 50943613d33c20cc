"""The types of rules."""

from __future__ import annotations

import pytest

from churnkit.checks.rule_syntax import Literal, parse
from churnkit.checks.rule_tokens import RuleError
from churnkit.checks.rule_types import ColumnOfRule, columns_of, resolve

TYPES = {"a": "number", "plan": "text", "start": "time", "end": "time", "new": None, "other": None}


@pytest.mark.parametrize(
    ("line", "columns"),
    [
        ("end - start <= 30d", {"end": "time", "start": "time"}), ("a * 2 > 3", {"a": "number"}),
        ("new > 3", {"new": "number"}), ("new = foo", {"new": "text"}), ("new > 2024-01-01", {"new": "time"}),
        ("3 < new", {"new": "number"}), ("end > new + 3d", {"end": "time", "new": "time"}), ("new is empty", {"new": "text"}),
        ("length(plan) < a", {"plan": "text", "a": "number"}), ("(a, plan) unique", {"a": "text", "plan": "text"}),
        ("plan references x.csv:y", {"plan": "text"}), ("new between a and 3", {"new": "number", "a": "number"}),
        ("(end - start) / 1d > a", {"end": "time", "start": "time", "a": "number"}),
    ],
)  # fmt: skip
def test_a_column_is_read_as_what_it_is_used(line: str, columns: dict[str, str]) -> None:
    rule = parse(line)
    assert rule is not None
    assert {c.name: c.kind for c in columns_of(resolve(rule, TYPES))} == columns


def test_a_bare_word_that_is_no_column_is_a_text() -> None:
    rule = resolve(parse("plan = basic"), TYPES)  # type: ignore[arg-type]
    assert rule.right == Literal("text", "basic", 7)  # type: ignore[union-attr]
    rule = resolve(parse("plan = 3"), TYPES)  # type: ignore[arg-type]
    assert rule.right == Literal("text", "3", 7)  # type: ignore[union-attr]
    assert rule.left == ColumnOfRule("plan", "text", 0)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("line", "at", "words"),
    [
        ("plam in (x)", 0, "did you mean 'plan'"), ("plan = plann", 7, "written in 'quotes'"), ("a = foo", 4, "no column 'foo'"),
        ('plan = "foo"', 7, "no column"), ("a > plan", 2, "a number cannot be compared with a text"), ("a = 'x'", 4, "not a number"),
        ("start > 5", 8, "not a time such as"), ("a in (1, x)", 9, "not a number"), ("start + start > now", 6, "no meaning"),
        ("new = other", 4, "the type of both sides is unknown"), ("b unique", 0, "no column 'b'"), ("end - start > 3", 14, "not a duration"),
        ("plan matches 'x' and a matches 'y'", 21, "is a number, not a text"), ("a > 1e400", 4, "too large"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_told_with_its_place(line: str, at: int, words: str) -> None:
    with pytest.raises(RuleError, match=words) as told:
        resolve(parse(line), TYPES)  # type: ignore[arg-type]
    assert told.value.at == at
