"""Casts a column of texts to the kind that a command needs, and counts what is unlikely about its values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from churnkit import messages, windows
from churnkit.errors import quote
from churnkit.groups import FEW_WORDS, first_of_runs, select_texts
from churnkit.tables import casts, local_times, notations, time_formats, types
from churnkit.tables.casts import ID, MAYBE_TIME, NUMBER, REPEATED_ID, TIME, WORD, Cast

YEAR_1990 = casts.SECONDS_OF_1990 * windows.SECOND  # a log begins later
YEAR = 365 * windows.DAY
SAMPLED = 10_000  # rows of a column


@dataclass(frozen=True)
class Notation:
    """How values are written. time_format, decimal: of the options, or None.

    zone: in which days begin. are_local: a time without an offset is a time of the zone, not of UTC.
    """

    time_format: str | None = None
    decimal: str | None = None
    zone: str = "UTC"
    are_local: bool = False


@dataclass(frozen=True)
class Noticed:
    """What is unlikely about the ids and times of some rows, as numbers of values.

    without_offset: times that say neither offset nor UTC (counted only for another zone). twice, moved: local
    times that exist twice, or not at all. early, late: times before 1990, and more than a year in the future.
    first, last: the earliest and latest of these. rounded, decimal: ids such as 1.23457E+12, and 17850.0.
    """

    times: int = 0
    without_offset: int = 0
    twice: int = 0
    moved: int = 0
    early: int = 0
    late: int = 0
    ids: int = 0
    rounded: int = 0
    decimal: int = 0
    first: int | None = None
    last: int | None = None
    rounded_id: str = ""
    decimal_id: str = ""

    def __add__(self, other: Noticed) -> Noticed:
        numbers = {name: getattr(self, name) + getattr(other, name) for name in _NUMBERS}
        ends = [
            (end, getattr(self, name), getattr(other, name)) for name, end in (("first", min), ("last", max))
        ]
        first, last = (end((v for v in pair if v is not None), default=None) for end, *pair in ends)
        rounded, decimal = self.rounded_id or other.rounded_id, self.decimal_id or other.decimal_id
        return Noticed(**numbers, first=first, last=last, rounded_id=rounded, decimal_id=decimal)


_NUMBERS = ("times", "without_offset", "twice", "moved", "early", "late", "ids", "rounded", "decimal")


def cast_column(
    texts: pl.Series, kind: str, notation: Notation, unit: str | None, now: int
) -> tuple[Cast, Noticed]:
    """The values of a column, and what is unlikely about them.

    texts: String; Categorical for ids and words, Float64 for numbers, Datetime for times where they are so.
    unit: of the earlier times or numbers of the column. now: microseconds.
    """
    if kind == NUMBER:
        if texts.dtype == pl.Float64:  # already parsed as numbers
            return Cast(texts, None, casts.number_error), Noticed()
        return casts.cast_numbers(texts, notation.decimal, unit), Noticed()
    if kind in (TIME, MAYBE_TIME):
        is_typed = isinstance(texts.dtype, pl.Datetime)
        cast, noticed = (_typed_times if is_typed else _cast_times)(texts, notation, unit)
        return (_required(cast), noticed + _unlikely(cast.values, now)) if kind == TIME else (cast, noticed)
    held = texts.cast(pl.Categorical) if kind in (REPEATED_ID, WORD) else texts
    cast = Cast(held, None, quote)
    return (_required(cast), notice_ids(texts)) if kind in (ID, REPEATED_ID) else (cast, Noticed())


def notice_ids(texts: pl.Series) -> Noticed:
    """The ids that a spreadsheet or a float has altered. texts: (n,) String or Categorical."""
    number = len(texts) - texts.null_count()
    distinct = _maybe_altered(texts)
    if not len(distinct):
        return Noticed(ids=number)
    rounded = distinct.filter(distinct.str.contains(types.ROUNDED))
    decimal = distinct.filter(distinct.str.contains(types.WHOLE_WITH_POINT))
    found = {"rounded": rounded, "decimal": decimal}
    known = texts.cast(pl.String) if len(rounded) or len(decimal) else texts
    rows = {name: int(known.is_in(ids.implode()).sum()) if len(ids) else 0 for name, ids in found.items()}
    examples = {f"{name}_id": str(ids.min()) if len(ids) else "" for name, ids in found.items()}
    return Noticed(ids=number, **rows, **examples)  # type: ignore[arg-type]


def _maybe_altered(ids: pl.Series) -> pl.Series:
    """The distinct ids that may be altered. All ids are searched as one text first, which is much faster."""
    if ids.dtype != pl.String:
        return ids.unique().drop_nulls().cast(pl.String)
    start = ids.head(SAMPLED)
    if start.n_unique() * FEW_WORDS < len(start):  # equal ids stand side by side: only the first of them
        ids = select_texts(ids, first_of_runs(ids))
    joined = ids.str.join("").item()
    if not any(letter in joined and part in joined for letter, part in (("+", "E+"), (".", ".0"))):
        return ids.head(0)
    has_part = ids.str.contains("E+", literal=True) | ids.str.contains(".0", literal=True)
    return ids.filter(has_part).unique()


def write_notes(noticed: Noticed, notation: Notation, where: str) -> None:
    """Writes what was noticed, one line each. where: the name of the table."""
    _write_time_notes(noticed, notation)
    if noticed.rounded:
        text = (
            f"{noticed.rounded:,} of {messages.count(noticed.ids, 'id')}, such as {quote(noticed.rounded_id)}"
        )
        text = f"{where}: {text}, lost digits: different customers may share one; export the ids as text"
        messages.warn("altered-ids", text, count=noticed.rounded)
    if noticed.decimal:
        plain = noticed.decimal_id.strip().removesuffix(".0")
        text = f"{where}: .0 at the end of {noticed.decimal:,} of {messages.count(noticed.ids, 'id')}"
        text += f": {quote(noticed.decimal_id)} and {quote(plain)} are two customers; export the ids as text"
        messages.warn("altered-ids", text, count=noticed.decimal)


def note_number_notation(columns: Mapping[str, pl.Series], decimal: str | None) -> None:
    """Writes a line about text columns whose values look like numbers in another notation.

    columns: name → (n,) String or Categorical. decimal: of --decimal; with it there is nothing to say. A
    sample decides whether a column is searched.
    """
    found = {}
    for name, texts in columns.items() if decimal is None else ():
        sample = texts.gather_every(max(1, len(texts) // SAMPLED)).cast(pl.String)
        if _other_notation(sample) and (other := _other_notation(texts)):
            found[name] = other
    notations.note_other_notation(found)


def _other_notation(texts: pl.Series) -> notations.OtherNotation | None:
    counts = texts.drop_nulls().alias("value").value_counts(name="rows")
    return types.other_notation(counts.cast({"value": pl.String}))


def _write_time_notes(noticed: Noticed, notation: Notation) -> None:
    if noticed.without_offset and not notation.are_local:
        number = f"{noticed.without_offset:,} of {noticed.times:,}"
        text = f"times without an offset are taken as UTC ({number}); of {notation.zone}: --local-times"
        messages.note_once("assumed-utc", text, count=noticed.without_offset)
    if noticed.twice or noticed.moved:
        text = (
            f"clocks change in {notation.zone}: local times that exist twice, the first is meant: "
            f"{noticed.twice:,}; that do not exist, moved on by the gap: {noticed.moved:,}"
        )
        messages.note("clock-changes", text, count=noticed.twice + noticed.moved)
    for number_of, where, end, word in (
        (noticed.early, "before 1990", noticed.first, "first"),
        (noticed.late, "more than a year in the future", noticed.last, "last"),
    ):
        if number_of and end is not None:
            number = f"{number_of:,} of {noticed.times:,}"
            text = f"times {where}: {number}, the {word} on {windows.day_of(end)}; if wrong: --time-format"
            messages.warn("unlikely-times", text, count=number_of)


def _cast_times(texts: pl.Series, notation: Notation, unit: str | None) -> tuple[Cast, Noticed]:
    if notation.time_format == time_formats.EXCEL and notation.decimal is not None:
        texts = notations.plain_numbers(texts, notation.decimal).fill_null(texts)
    cast = casts.cast_times(texts, notation.time_format, unit)
    times = len(texts) - texts.null_count()
    if notation.zone == "UTC":
        return cast, Noticed(times=times)
    local = casts.without_offset(texts, notation.time_format, cast.unit)
    if local is None or not local.any():
        return cast, Noticed(times=times)
    noticed = Noticed(times=times, without_offset=int(local.sum()))
    if not notation.are_local:
        return cast, noticed
    values, twice, moved = local_times.of_zone(cast.values, local, notation.zone)
    return replace(cast, values=values), replace(noticed, twice=twice, moved=moved)


def _typed_times(instants: pl.Series, notation: Notation, unit: str | None) -> tuple[Cast, Noticed]:
    """Times that a file holds as Datetime, in microseconds."""
    times = len(instants) - instants.null_count()
    is_naive = instants.dtype.time_zone is None  # type: ignore[attr-defined]
    without_offset = times if is_naive and notation.zone != "UTC" else 0
    cast = Cast(instants.cast(pl.Int64), None, casts.time_error, casts.ISO)
    return cast, Noticed(times=times, without_offset=without_offset)


def _unlikely(instants: pl.Series, now: int) -> Noticed:
    """Times before 1990 or more than a year from now; a placeholder for "no end" has a note of its own."""
    early = instants < YEAR_1990
    late = (instants > now + YEAR) & (instants < windows.FAR_FUTURE)
    odd = instants.filter(early | late)
    if not len(odd):
        return Noticed()
    return Noticed(
        early=int(early.sum() or 0), late=int(late.sum() or 0), first=int(odd.min()), last=int(odd.max())  # type: ignore[arg-type]
    )  # fmt: skip


def _required(cast: Cast) -> Cast:
    """The cast with null as bad: an id and a time must not be empty."""
    empty = cast.values.is_null()
    if not empty.any():
        return cast
    return replace(cast, bad=empty if cast.bad is None else cast.bad | empty)
