"""Evaluates rules on columns: a condition with an empty value is neither true nor false, as in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

import polars as pl

from churnkit import windows
from churnkit.checks.rule_syntax import (
    Arithmetic,
    Condition,
    IsEmpty,
    Junction,
    Length,
    Literal,
    Match,
    Membership,
    Not,
    Relation,
    Value,
)
from churnkit.checks.rule_types import DAYS, ColumnOfRule


def is_broken(condition: Condition, rows: pl.DataFrame, now: int) -> pl.Series:
    """(n,) where a condition is false; an unknown one (a value is empty) is not broken.

    rows: a column per `column_name`: numbers Float64, times Int64 microseconds, texts String. now: an
    instant. Source: SQL-92, CHECK: a row is refused where the condition is false, and passes where it is
    unknown.
    """
    return rows.select((~to_expression(condition, now)).fill_null(False).alias("broken")).to_series()


def column_name(name: str, kind: str) -> str:
    """The name of a column that is read as number, text or time."""
    return f"{name}\0{kind}"


def to_expression(condition: Condition, now: int) -> pl.Expr:
    """A resolved condition as an expression: true, false or null."""
    if isinstance(condition, Not):
        return ~to_expression(condition.of, now)
    if isinstance(condition, Junction):
        return _joined([to_expression(part, now) for part in condition.parts], condition.word)
    if isinstance(condition, IsEmpty):
        return _value(condition.of, now).is_null()
    if isinstance(condition, Match):
        return _value(condition.of, now).str.contains(f"^(?:{condition.pattern})$")
    if isinstance(condition, Membership):
        words = [_constant(word, now) for word in condition.words]
        value = _value(condition.of, now)
        return pl.when(value.is_not_null()).then(value.is_in(words))
    return _compare(condition, now)


def _joined(parts: Sequence[pl.Expr], word: str) -> pl.Expr:
    """The parts joined in halves: a long chain would be too deep for polars."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    left, right = _joined(parts[:middle], word), _joined(parts[middle:], word)
    return left & right if word == "and" else left | right


def _compare(condition: Relation, now: int) -> pl.Expr:
    left, right = _value(condition.left, now), _value(condition.right, now)
    signs = {
        "=": left == right, "!=": left != right, "<": left < right, "<=": left <= right, ">": left > right,
        ">=": left >= right,
    }  # fmt: skip
    return signs[condition.sign]


def _value(value: Value | ColumnOfRule, now: int) -> pl.Expr:
    if isinstance(value, ColumnOfRule):
        return pl.col(column_name(value.name, value.kind))
    if isinstance(value, Literal):
        return pl.lit(_constant(value, now))
    if isinstance(value, Length):
        return _value(value.of, now).str.len_chars().cast(pl.Float64)
    if not isinstance(value, Arithmetic):
        raise TypeError(value)  # a name that was not resolved
    left, right = _value(value.left, now), _value(value.right, now)
    if value.sign == "/":
        return left / pl.when(right != 0).then(right)  # by zero: unknown
    return {"+": left + right, "-": left - right, "*": left * right}[value.sign]


def _constant(word: Literal, now: int) -> Any:
    """A literal as float, text, or microseconds."""
    text = word.text
    if word.kind == "now":
        return now
    if word.kind == "number":
        return float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if word.kind == "duration":
        return round(float(text[:-1]) * DAYS[text[-1]] * windows.DAY)
    return instant_of(text) if word.kind == "time" else text


def instant_of(text: str) -> int:
    """The microseconds of an ISO date or date-time; without an offset it is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    moment = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    return (moment - windows.EPOCH) // windows.EPOCH.resolution
