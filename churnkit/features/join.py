"""Joins the columns of another table to the feature table: by customer, as they were before each date."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import polars as pl

from churnkit import errors, messages
from churnkit.columns import AS_OF, list_names, slug
from churnkit.errors import ChurnkitError, quote
from churnkit.eventlog.date_columns import as_dates, in_zone
from churnkit.eventlog.log import NO_DATE
from churnkit.features.own_dates import DatedRows
from churnkit.tables.casts import ID, MAYBE_TIME, TEXT, TIME
from churnkit.tables.column_casts import note_number_notation
from churnkit.tables.table import Reading, Table, place_of, text_of
from churnkit.windows import DAY, AsOf, just_before

_ZEROS, _POINT = r"^0+", r"\.0$"
ID_CHANGES = {  # what may be missing in one of two tables → what is removed from the ids of both
    "leading zeros": (_ZEROS,),
    ".0 at the end": (_POINT,),
    "leading zeros and .0 at the end": (_ZEROS, _POINT),
}
_KEY, _INSTANT = "\0customer", "\0instant"  # a header cannot contain such names


@dataclass(frozen=True)
class JoinedTable:
    """rows: the id as _KEY, the instant if there is a time column, the other columns as text, and dates as
    instants. dates: slug → the column of rows with the instants. features: those with an `_in_days`."""

    name: str
    rows: pl.DataFrame
    columns: list[str]
    dates: dict[str, str]
    features: list[str]

    @property
    def has_time(self) -> bool:
        return _INSTANT in self.rows.columns

    @cached_property
    def ids(self) -> pl.Series:
        """The distinct ids."""
        return self.rows[_KEY].unique()

    def of(self, customers: pl.Series) -> JoinedTable:
        """The rows of some customers alone."""
        return replace(self, rows=self.rows.filter(pl.col(_KEY).is_in(customers.implode())))


@dataclass(frozen=True)
class Unmatched:
    """Customers of a feature table, and those of them without a joined row. alike: as ID_CHANGES, how many of
    these would have one without what is named there."""

    customers: int = 0
    without: int = 0
    alike: tuple[int, ...] = (0,) * len(ID_CHANGES)

    def __add__(self, other: Unmatched) -> Unmatched:
        """Of both, if no customer is in both."""
        alike = tuple(a + b for a, b in zip(self.alike, other.alike, strict=True))
        return Unmatched(self.customers + other.customers, self.without + other.without, alike)


def split_key(text: str) -> tuple[str, str | None]:
    """FILE:COLUMN as the FILE and the name of its id column; None where only a FILE is given.

    A FILE whose name has a colon is taken as it is.
    """
    path, _, key = text.rpartition(":")
    is_file = not path or not key or key.startswith("//") or os.path.exists(text)
    return (text, None) if is_file else (path, key)


def read_join(
    source: str,
    reading: Reading,
    id_name: str,
    time_name: str,
    zone: str,
    dates: Sequence[str] | None,
    own_date: str | None = None,
) -> JoinedTable:
    """A FILE with one row per customer or, if it has the time column, one row per change.

    source: FILE, or FILE:COLUMN if its id column is not called id_name.
    dates: slugs of the columns to read as dates; None: in a table with a time column, all that are dates. In
    one without, nobody knows when a date became known: `last_seen` would tell what happens after as_of; and
    there a row of an old id (--same-as) counts only for a customer without a row under the present id.
    own_date: a column to read as a date as well. Raises ChurnkitError: no id column, or a customer with two
    rows and no time column.
    """
    path, key = split_key(source)
    table = Table([path], reading)
    if key is None:
        table.require(id_name, f"--join {path}:COLUMN if its id column has another name")
    id_name = table.require(key or id_name)
    if id_name == time_name:
        raise ChurnkitError(
            f"--join {source}: {quote(id_name)} is the time column; name the column of the id"
        )
    kinds = {id_name: ID, **({time_name: TIME} if time_name in table.names else {})}
    others = [name for name in table.names if name not in kinds]
    chosen = [name for name in others if slug(name) in (dates or ()) or name == own_date]
    kinds.update(dict.fromkeys(chosen, MAYBE_TIME))
    kinds.update({name: TEXT for name in others if name not in chosen})
    has_own_rows = reading.same_as is not None and time_name not in kinds
    rows, parts = table.whole(kinds, [*chosen, *([id_name] if has_own_rows else [])])
    found = {name: in_zone(rows[text_of(name)], rows[name], zone) for name in chosen}
    if dates is None and time_name in kinds:
        known = {name: as_dates(rows[name], reading.notation) for name in others if name not in found}
        found |= {name: instants for name, instants in known.items() if instants is not None}
    texts = {name: rows[name] for name in others if name not in chosen}
    note_number_notation(texts, reading.notation.decimal)
    rows = rows.with_columns(rows[text_of(name)].alias(name) for name in chosen).drop(map(text_of, chosen))
    rows = rows.with_columns(instants.alias(_date_of(name)) for name, instants in found.items())
    rows = rows.rename({id_name: _KEY, **({time_name: _INSTANT} if time_name in kinds else {})})
    if _INSTANT not in rows.columns:
        kept = _without_old(rows, text_of(id_name)) if has_own_rows else rows.with_row_index("\0row")
        again = kept[_KEY].is_duplicated() & ~kept[_KEY].is_first_distinct()
        if again.any():
            row = int(kept["\0row"].filter(again)[0])
            raise ChurnkitError(
                f"{place_of(parts, row)}: the customer {quote(rows[_KEY][row])} appears twice; add a "
                f"time column ({time_name}) to use the latest row before as_of"
            )
        rows = kept.drop("\0row", text_of(id_name), strict=False)
    instants = {slug(name): _date_of(name) for name in found}
    features = list(instants) if time_name in kinds else []
    if dates is not None:
        features = [short for short in dates if short in instants]
    return JoinedTable(errors.shown_path(path), rows, others, instants, features)


def _without_old(rows: pl.DataFrame, written: str) -> pl.DataFrame:
    """The rows, numbered, without those of old ids whose customer has a row under the present id.

    written: the column with the ids as they stand in the FILE.
    """
    is_present = pl.col(_KEY) == pl.col(written)
    return rows.with_row_index("\0row").filter(is_present | ~is_present.any().over(_KEY))


def _date_of(column: str) -> str:
    """The name of a column's instants beside its text; a header cannot contain such a name."""
    return f"\0date {column}"


def join_columns(
    rows: pl.DataFrame, id_name: str, dates: Sequence[AsOf], joined: JoinedTable
) -> tuple[pl.DataFrame, Unmatched]:
    """The feature table with the joined columns after its own, then the days until their dates.

    Of several rows the latest before as_of counts. Customers without a row get nulls, and are counted.
    Raises ChurnkitError for a column name that both tables have.
    """
    shared = [name for name in joined.columns if name in rows.columns]
    if shared:
        raise ChurnkitError(
            f"{joined.name}: the feature table already has these columns: {list_names(shared)}"
        )
    instants = {str(date): date.instant for date in dates}
    left = rows.select(
        pl.col(id_name).alias(_KEY),
        pl.col(AS_OF).replace_strict(instants, default=None, return_dtype=pl.Int64).alias(_INSTANT),
    ).with_row_index("\0row")
    everything, joined = joined, joined.of(left[_KEY].unique())
    marked = joined.rows.with_columns(pl.lit(True).alias("\0matched"))
    if joined.has_time:
        before = left.with_columns(just_before(pl.col(_INSTANT))).sort(_INSTANT, maintain_order=True)
        ordered = marked.sort(_INSTANT, maintain_order=True)
        matched = before.join_asof(ordered, on=_INSTANT, by=_KEY, strategy="backward", check_sortedness=False)
    else:
        matched = left.join(marked, on=_KEY, how="left")
    matched = matched.sort("\0row")
    days = [
        ((pl.col(joined.dates[short]) - pl.lit(left[_INSTANT])) / DAY).alias(f"{short}_in_days")
        for short in joined.features
        if f"{short}_in_days" not in rows.columns
    ]
    found = rows.hstack(matched.select(joined.columns)).hstack(matched.select(days))
    return found, _unmatched(matched, everything)


def dated_rows(joined: JoinedTable, column: str, customers: pl.Series) -> DatedRows:
    """The rows of a joined table with a date in each. column: as it is named there. customers: of the log."""
    places = pl.DataFrame({_KEY: customers, "\0place": np.arange(len(customers))})
    known = [_INSTANT] if joined.has_time else []
    rows = joined.rows.select(_KEY, *known, pl.col(joined.dates[slug(column)]).alias("\0date"))
    rows = rows.join(places, on=_KEY, how="left").sort("\0place", *known, maintain_order=True)
    return DatedRows(
        rows["\0place"].fill_null(-1).to_numpy(),
        rows[_INSTANT].to_numpy() if known else None,
        rows["\0date"].fill_null(NO_DATE).to_numpy(),
    )


def _unmatched(matched: pl.DataFrame, joined: JoinedTable) -> Unmatched:
    customers = matched[_KEY].unique()
    has_row = matched.filter(pl.col("\0matched"))[_KEY].unique()
    without = customers.filter(~customers.is_in(has_row.implode()))
    if not len(without):
        return Unmatched(len(customers))
    alike = without.filter(~without.is_in(joined.ids.implode()))
    numbers = (
        int(_changed(alike, changes).is_in(_changed(joined.ids, changes).implode()).sum())
        for changes in ID_CHANGES.values()
    )
    return Unmatched(len(customers), len(without), tuple(numbers))


def note_unmatched(found: Unmatched, joined: JoinedTable) -> None:
    """Notes on customers without a row, and on those who would have one if the ids were written alike."""
    if not found.without:
        return
    text = f"{messages.count(found.without, 'customer')} without a row in {joined.name}: columns left empty"
    if found.without > found.customers / 2:
        text += f"; only {found.customers - found.without:,} of {found.customers:,} match"
        messages.warn("unmatched", text, count=found.without)
    else:
        messages.note("unmatched", text, count=found.without)
    for what, number in zip(ID_CHANGES, found.alike, strict=True):
        if number:
            text = f"{messages.count(number, 'customer')} would have a row in {joined.name} without {what}"
            messages.warn("ids-differ", f"{text}: write the ids alike in both tables", count=number)
            return


def bare_ids(ids: pl.Series) -> pl.Series:
    """The ids without leading zeros and without .0 at the end: how two tables may write one id."""
    return _changed(ids, (_ZEROS, _POINT))


def _changed(ids: pl.Series, changes: Sequence[str]) -> pl.Series:
    for pattern in changes:
        ids = ids.str.replace(pattern, "")
    return ids
