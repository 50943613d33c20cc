"""Joins the columns of another table to the feature table: by customer, as they were before each date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from churnkit import errors, messages
from churnkit.columns import AS_OF, list_names
from churnkit.errors import ChurnkitError, quote
from churnkit.tables.casts import ID, TEXT, TIME
from churnkit.tables.table import Reading, Table, place_of
from churnkit.windows import AsOf, just_before

_KEY, _INSTANT = "\0customer", "\0instant"  # a header cannot contain such names


@dataclass(frozen=True)
class JoinedTable:
    """rows: the id as _KEY, the instant if there is a time column, and the other columns as text."""

    name: str
    rows: pl.DataFrame
    columns: list[str]

    @property
    def has_time(self) -> bool:
        return _INSTANT in self.rows.columns


def read_join(path: str, reading: Reading, id_name: str, time_name: str) -> JoinedTable:
    """A FILE with one row per customer or, if it has the time column, one row per change.

    Raises ChurnkitError: no id column, or a customer with two rows and no time column.
    """
    table = Table([path], reading)
    table.require(id_name, "--id names it in the log and in this table")
    kinds = {id_name: ID, **({time_name: TIME} if time_name in table.names else {})}
    kinds.update({name: TEXT for name in table.names if name not in kinds})
    rows, parts = table.whole(kinds)
    others = [name for name in rows.columns if name not in (id_name, time_name)]
    rows = rows.rename({id_name: _KEY, **({time_name: _INSTANT} if time_name in kinds else {})})
    if _INSTANT not in rows.columns:
        again = rows[_KEY].is_duplicated() & ~rows[_KEY].is_first_distinct()
        if again.any():
            row = int(again.arg_true()[0])
            raise ChurnkitError(
                f"{place_of(parts, row)}: the customer {quote(rows[_KEY][row])} appears twice; add a "
                f"time column ({time_name}) to use the latest row before as_of"
            )
    return JoinedTable(errors.shown_path(path), rows, others)


def join_columns(
    rows: pl.DataFrame, id_name: str, dates: Sequence[AsOf], joined: JoinedTable
) -> pl.DataFrame:
    """The feature table with the joined columns after its own; of several rows the latest before as_of.

    Customers without a row get nulls, and a note counts them. Raises ChurnkitError for a column name that
    both tables have.
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
    marked = joined.rows.with_columns(pl.lit(True).alias("\0matched"))
    if joined.has_time:
        before = left.with_columns(just_before(pl.col(_INSTANT))).sort(_INSTANT, maintain_order=True)
        ordered = marked.sort(_INSTANT, maintain_order=True)
        matched = before.join_asof(ordered, on=_INSTANT, by=_KEY, strategy="backward", check_sortedness=False)
    else:
        matched = left.join(marked, on=_KEY, how="left")
    matched = matched.sort("\0row")
    without = matched.filter(pl.col("\0matched").is_null())[_KEY].n_unique()
    if without:
        text = f"{messages.count(without, 'customer')} without a row in {joined.name}: columns left empty"
        messages.note("unmatched", text, count=without)
    return rows.hstack(matched.select(joined.columns))
