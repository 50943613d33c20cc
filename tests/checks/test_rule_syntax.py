"""Rules as trees."""

from __future__ import annotations

import pytest

from churnkit.checks.rule_syntax import Junction, Literal, Name, Not, Reference, Relation, Unique, parse
from churnkit.checks.rule_tokens import RuleError


def test_and_binds_closer_than_or_and_not_closer_than_both() -> None:
    rule = parse("not a = 1 and b = 2 or c = 3")
    assert isinstance(rule, Junction)
    assert rule.word == "or"
    assert isinstance(rule.parts[0], Junction)
    assert isinstance(rule.parts[0].parts[0], Not)


def test_unless_is_or_and_if_is_or_not() -> None:
    assert parse("a = 1 unless b = 2") == parse("a = 1 or     b = 2")
    rule = parse("a = 1 if b = 2")
    assert isinstance(rule, Junction)
    assert rule.word == "or"
    assert isinstance(rule.parts[1], Not)


def test_products_bind_closer_than_sums_and_brackets_closest() -> None:
    rule, other = parse("a + b * c > 0"), parse("(a + b) * c > 0")
    assert isinstance(rule, Relation)
    assert isinstance(other, Relation)
    assert (rule.left.sign, other.left.sign) == ("+", "*")  # type: ignore[union-attr]


def test_a_line_without_a_rule_is_none() -> None:
    assert parse("") is None
    assert parse("  # account_id references accounts.csv:account_id") is None


def test_keys_and_references() -> None:
    assert parse("(a, b) unique") == Unique((Name("a", 1), Name("b", 4)))
    rule = parse("a references my files/x:y.csv:account id  # why")
    assert rule == Reference(Name("a", 0), "my files/x:y.csv", "account id", 13)


def test_words_of_a_list_are_texts() -> None:
    rule = parse("plan in (basic, 'two year', -3)")
    assert [(w.kind, w.text) for w in rule.words] == [
        ("text", "basic"),
        ("text", "two year"),
        ("number", "-3"),
    ]  # type: ignore[union-attr]
    assert isinstance(rule.words[0], Literal)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("line", "at", "words"),
    [
        ("a >", 3, "the end of the rule"), ("plan in ()", 9, "a value"), ("(a > 1 and b", 12, "a comparison"),
        ("a > 1)", 5, "not expected here"), ("plan is basic", 8, "'empty'"), ("and", 0, "a column or a value"),
        ("a references x.csv", 13, "FILE:COLUMN"), ("a unique b", 9, "not expected here"), ("a = 1 b = 2", 6, "not expected"),
    ],
)  # fmt: skip
def test_a_wrong_rule_is_told_with_its_place(line: str, at: int, words: str) -> None:
    with pytest.raises(RuleError, match=words) as told:
        parse(line)
    assert told.value.at == at
