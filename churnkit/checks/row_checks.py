"""Checks each row by what it shows itself: types, empty values, times, numbers far out, new words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from churnkit import windows
from churnkit.checks.expectations import ExpectedColumn
from churnkit.checks.rule_expressions import column_name
from churnkit.checks.rule_types import NUMBER, TIME, ColumnOfRule
from churnkit.errors import quote
from churnkit.formatting import format_value
from churnkit.tables import casts, types
from churnkit.tables.casts import Cast
from churnkit.tables.column_casts import Notation

GRACE = windows.DAY  # a time without an offset may be one of a zone that is ahead
Reasons = dict[int, list[str]]  # row of a block → what is wrong with it


@dataclass(frozen=True)
class TypedColumn:
    """A column of a block. texts: as they were parsed. values: Float64, Int64 microseconds, or String.

    is_bad: (n,) where a text is not of the expected type; None if nowhere. why: the reason for one text.
    """

    texts: pl.Series
    values: pl.Series
    is_bad: pl.Series | None
    why: Callable[[str], str]


@dataclass
class Caster:
    """Casts columns block by block; a column keeps the unit of its times and the notation of its numbers."""

    notation: Notation
    units: dict[str, str | None] = field(default_factory=dict)

    def cast(self, texts: pl.Series, column: ExpectedColumn) -> TypedColumn:
        """A column as the type that the base has."""
        if column.type == types.BOOLEAN:
            pair = next((p for p in types.BOOLEANS if {w.lower() for w in column.words or ()} <= {*p}), None)
            if pair is None or texts.is_in(list(column.words or ())).all():
                return TypedColumn(texts, texts, None, quote)
            is_bad = (~texts.str.to_lowercase().is_in(list(pair))).fill_null(False)
            return TypedColumn(texts, texts, is_bad if is_bad.any() else None, _boolean_error)
        kind = NUMBER if column.is_number else TIME if column.type == types.TIMESTAMP else None
        return self.cast_to(texts, kind)

    def cast_to(self, texts: pl.Series, kind: str | None) -> TypedColumn:
        """A column as numbers, as times, or as it is."""
        if kind is None or texts.dtype == pl.Float64:
            return TypedColumn(texts, texts, None, quote)
        unit = self.units.get(texts.name)
        if kind == NUMBER:
            cast = casts.cast_numbers(texts, self.notation.decimal, unit)
        else:
            cast = casts.cast_times(texts, self.notation.time_format, unit)
        self.units[texts.name] = cast.unit or unit
        return TypedColumn(texts, cast.values, cast.bad, _with_hint(cast))


def _boolean_error(text: str) -> str:
    return f"{quote(text)} is neither true nor false"


def _with_hint(cast: Cast) -> Callable[[str], str]:
    """The reason for a text, with the way out for the first one: a hint takes long to find."""
    hints: list[str] = []

    def why(text: str) -> str:
        if not hints:
            hints.append(cast.hint(text))
            return cast.why(text) + hints[0]
        return cast.why(text)

    return why


def check_columns(
    typed: Mapping[str, TypedColumn], columns: Mapping[str, ExpectedColumn], now: int
) -> Reasons:
    """What is wrong with the rows of a block, column by column. now: an instant."""
    reasons: Reasons = defaultdict(list)
    for name, column in columns.items():
        if name not in typed:
            continue
        found = typed[name]
        _add(reasons, name, found.is_bad, found.texts, found.why)
        if column.is_never_empty and found.texts.null_count():
            for row in found.texts.is_null().arg_true():
                reasons[row].append(f"column {quote(name)}: is empty")
        if column.is_number:
            _check_numbers(reasons, column, found.values)
        elif column.type == types.TIMESTAMP and column.is_past:
            late = found.values > now + GRACE
            _add(reasons, name, late, found.texts, lambda text: f"{quote(text)} is in the future")
        elif column.is_closed and column.type == types.TEXT:
            new = ~found.texts.is_in(list(column.words or ()))
            _add(reasons, name, new, found.texts, lambda text: f"{quote(text)} is a new value")
    return reasons


def _check_numbers(reasons: Reasons, column: ExpectedColumn, values: pl.Series) -> None:
    lower, upper = column.limits
    seen = f"{format_value(column.low)} to {format_value(column.high)}"
    if column.is_never_negative:
        _add(reasons, column.name, values < 0, values, lambda value: f"{format_value(value)} is below 0")
        lower = None
    for limit, beyond in ((lower, "<"), (upper, ">")):
        if limit is not None:
            is_far = values < limit if beyond == "<" else values > limit
            _add(reasons, column.name, is_far, values, lambda v: f"{format_value(v)} is far outside {seen}")


def _add(
    reasons: Reasons, name: str, mask: pl.Series | None, values: pl.Series, why: Callable[..., str]
) -> None:
    """Adds a reason for each row where the mask is true."""
    if mask is None or not mask.any():
        return
    rows = mask.arg_true()
    for row, value in zip(rows.to_list(), values.gather(rows).to_list(), strict=True):
        reasons[row].append(f"column {quote(name)}: {why(value)}")


def rule_frame(
    rows: pl.DataFrame, typed: Mapping[str, TypedColumn], needed: Sequence[ColumnOfRule], caster: Caster
) -> tuple[pl.DataFrame, Reasons]:
    """The columns that rules read, by `column_name`, and what is wrong with values of columns that only rules
    know. rows: of a block, as parsed."""
    columns: list[pl.Series] = []
    reasons: Reasons = defaultdict(list)
    for name, column in {column_name(column.name, column.kind): column for column in needed}.items():
        kind = column.kind
        if column.name not in rows.columns:
            kind_of = {NUMBER: pl.Float64, TIME: pl.Int64}.get(kind, pl.String)
            columns.append(pl.Series(name, [None] * rows.height, dtype=kind_of))
        elif kind not in (NUMBER, TIME):
            columns.append(rows[column.name].cast(pl.String).alias(name))
        elif column.name in typed:
            columns.append(typed[column.name].values.alias(name))
        else:
            found = caster.cast_to(rows[column.name], kind)
            _add(reasons, column.name, found.is_bad, found.texts, found.why)
            columns.append(found.values.alias(name))
    return pl.DataFrame(columns), reasons
