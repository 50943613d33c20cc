"""Gives each value of a rule its type: names become columns or texts, and what cannot be compared is told."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from churnkit.checks.rule_syntax import (
    Arithmetic,
    Condition,
    IsEmpty,
    Junction,
    Length,
    Literal,
    Match,
    Membership,
    Name,
    Not,
    Reference,
    Relation,
    Rule,
    Unique,
    Value,
)
from churnkit.checks.rule_tokens import RuleError
from churnkit.columns import list_names, suggestion
from churnkit.errors import quote

NUMBER, TEXT, TIME, DURATION = "number", "text", "time", "duration"
Types: TypeAlias = "Mapping[str, str | None]"  # column → number, text or time; None where the base lacks it
DAYS = {"d": 1.0, "w": 7.0, "h": 1 / 24}
MOST_DAYS = 400_000  # of a duration: a thousand years
ALMOST_EQUAL = 0.85  # of the letters: a bare word so near to a column's name is a slip of the pen
_RESULTS = {
    (NUMBER, "+", NUMBER): NUMBER, (NUMBER, "-", NUMBER): NUMBER, (NUMBER, "*", NUMBER): NUMBER,
    (NUMBER, "/", NUMBER): NUMBER, (TIME, "-", TIME): DURATION, (TIME, "+", DURATION): TIME,
    (TIME, "-", DURATION): TIME, (DURATION, "+", DURATION): DURATION, (DURATION, "-", DURATION): DURATION,
    (DURATION, "*", NUMBER): DURATION, (NUMBER, "*", DURATION): DURATION, (DURATION, "/", NUMBER): DURATION,
    (DURATION, "/", DURATION): NUMBER,
}  # fmt: skip


@dataclass(frozen=True)
class ColumnOfRule:
    """A column, read as number, text or time. at: its place in the rule."""

    name: str
    kind: str
    at: int


def resolve(rule: Rule, types: Types) -> Rule:
    """The rule with every Name as a ColumnOfRule or a Literal, and every literal of the type it is used as.

    Raises RuleError: no such column, a comparison of different types.
    """
    if isinstance(rule, Unique):
        for name in rule.names:
            _require(name, types)
        return rule
    if isinstance(rule, Reference):
        _require(rule.of, types)
        return rule
    return _condition(rule, types)


def columns_of(rule: object) -> list[ColumnOfRule]:
    """The columns of a resolved rule, each as it is read."""
    if isinstance(rule, ColumnOfRule):
        return [rule]
    if isinstance(rule, Unique):
        return [ColumnOfRule(name.name, TEXT, name.at) for name in rule.names]
    if isinstance(rule, Reference):
        return [ColumnOfRule(rule.of.name, TEXT, rule.of.at)]
    return list(dict.fromkeys(column for part in parts_of(rule) for column in columns_of(part)))


def parts_of(node: object) -> list[object]:
    """The parts that a rule, a condition or a value is made of."""
    own = [getattr(node, field) for field in ("of", "left", "right") if hasattr(node, field)]
    return [*own, *(node.parts if isinstance(node, Junction) else ())]


def _condition(rule: Condition, types: Types) -> Condition:
    if isinstance(rule, Not):
        return Not(_condition(rule.of, types))
    if isinstance(rule, Junction):
        return replace(rule, parts=tuple(_condition(part, types) for part in rule.parts))
    if isinstance(rule, IsEmpty):
        return replace(rule, of=_value(rule.of, _kind(rule.of, types) or TEXT, types, must_be_column=True))
    if isinstance(rule, Match):
        return replace(rule, of=_value(rule.of, TEXT, types, must_be_column=True))
    if isinstance(rule, Membership):
        kind = _kind(rule.of, types) or rule.words[0].kind
        words = tuple(_literal(word, kind) for word in rule.words)
        return replace(rule, of=_value(rule.of, kind, types, must_be_column=True), words=words)
    return _comparison(rule, types)


def _comparison(rule: Relation, types: Types) -> Relation:
    left, right = _kind(rule.left, types), _kind(rule.right, types)
    is_bare = isinstance(rule.right, Name) and rule.right.name not in types and not rule.right.is_column
    kind = left or right or (TEXT if is_bare else None)
    if kind is None:
        raise RuleError(rule.at, "the type of both sides is unknown, because BASE has neither of the columns")
    if left is not None and isinstance(rule.right, Literal):
        right = None  # a literal becomes what the column is
    if left is None and right is not None and isinstance(rule.left, Literal):
        kind = right
    if isinstance(rule.left, Literal) and right is not None and not isinstance(rule.right, Literal):
        kind, left = right, None
    if left is not None and right is not None and left != right:
        raise RuleError(rule.at, f"{_article(left)} cannot be compared with {_article(right)}")
    return replace(
        rule,
        left=_value(rule.left, kind, types, must_be_column=True),
        right=_value(rule.right, kind, types),
    )


def _kind(value: Value, types: Types) -> str | None:
    """The type of a value; None if only its use can say it."""
    if isinstance(value, Name):
        return types.get(value.name)
    if isinstance(value, Literal):
        return TIME if value.kind == "now" else value.kind
    if isinstance(value, Length):
        return NUMBER
    left, right = _kinds_of_sides(value, types)
    result = _RESULTS.get((left, value.sign, right))
    if result is None:
        raise RuleError(value.at, f"{_article(left)} {value.sign} {_article(right)} has no meaning")
    return result


def _kinds_of_sides(value: Arithmetic, types: Types) -> tuple[str, str]:
    """The types of both sides; an unknown column is a time beside a time or a duration, else a number."""
    left, right = _kind(value.left, types), _kind(value.right, types)
    unknown = TIME if {left, right} & {TIME, DURATION} and value.sign in "+-" else NUMBER
    return left or unknown, right or unknown


def _value(value: Value, kind: str, types: Types, must_be_column: bool = False) -> Value:
    """The value, with its names and literals resolved. kind: what it is used as."""
    if isinstance(value, Name):
        return _name(value, kind, types, must_be_column)
    if isinstance(value, Literal):
        return _literal(value, kind)
    if isinstance(value, Length):
        return replace(value, of=_value(value.of, TEXT, types, must_be_column=True))
    left, right = _kinds_of_sides(value, types)
    return replace(
        value,
        left=_value(value.left, left, types, must_be_column=True),
        right=_value(value.right, right, types, must_be_column=True),
    )


def _name(name: Name, kind: str, types: Types, must_be_column: bool) -> Value:
    if name.name in types:
        known = types[name.name] or kind
        if known != kind:
            raise RuleError(name.at, f"{quote(name.name)} is {_article(known)}, not {_article(kind)}")
        return ColumnOfRule(name.name, known, name.at)  # type: ignore[return-value]
    if must_be_column or name.is_column or kind != TEXT:
        _require(name, types)
    if near := difflib.get_close_matches(name.name, types, 1, ALMOST_EQUAL):
        what = f"{quote(name.name)} is not a column; did you mean {quote(near[0])}?"
        what += " A text is written in 'quotes'"
        raise RuleError(name.at, what)
    return Literal(TEXT, name.name, name.at)


def _require(name: Name, types: Types) -> None:
    if name.name not in types:
        near = suggestion(name.name, types) or f"; the columns are: {list_names([*types])}"
        raise RuleError(name.at, f"no column {quote(name.name)}{near}")


def _literal(word: Literal, kind: str) -> Literal:
    """The literal as a value of this type: a number or a time may be meant as a text."""
    own = TIME if word.kind == "now" else word.kind
    if word.kind == DURATION and float(word.text[:-1]) * DAYS[word.text[-1]] > MOST_DAYS:
        raise RuleError(word.at, f"{quote(word.text)} is too long: {MOST_DAYS:,} days at most")
    if own == kind:
        if kind == NUMBER and math.isinf(float(word.text.removesuffix("%"))):
            raise RuleError(word.at, f"{quote(word.text)} is too large")
        return word
    if kind == TEXT and own in (NUMBER, TIME) and word.kind != "now":
        return replace(word, kind=TEXT)
    what = {TIME: "a time such as 2024-09-01", DURATION: "a duration such as 30d"}.get(kind, _article(kind))
    raise RuleError(word.at, f"{quote(word.text)} is not {what}")


def _article(kind: str) -> str:
    return f"a {kind}"
