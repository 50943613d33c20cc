"""Another table's columns beside each row of a panel: by customer, and as they were before the date."""

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

_KEY, _INSTANT = "\0customer", "\0instant"  # no header can hold such names


@dataclass(frozen=True)
class JoinedTable:
    """rows: the id as _KEY, where there is a time its instant, and the columns as they stand, as text."""

    name: str
    rows: pl.DataFrame
    columns: list[str]

    @property
    def has_time(self) -> bool:
        return _INSTANT in self.rows.columns


def read_join(path: str, reading: Reading, id_name: str, time_name: str) -> JoinedTable:
    """A FILE with a row a customer, or with the time column, with a row whenever something changed.

    Raises ChurnkitError: no id column, a customer who stands twice without a time.
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
    panel: pl.DataFrame, id_name: str, dates: Sequence[AsOf], attributes: JoinedTable
) -> pl.DataFrame:
    """The panel with the attributes' columns behind its own; of several rows the latest before as_of.

    Customers without one get nulls, and a note counts them. Raises ChurnkitError for a name that stands
    twice.
    """
    twice = [name for name in attributes.columns if name in panel.columns]
    if twice:
        raise ChurnkitError(
            f"{attributes.name}: the feature table already has these columns: {list_names(twice)}"
        )
    instants = {str(date): date.instant for date in dates}
    left = panel.select(
        pl.col(id_name).alias(_KEY),
        pl.col(AS_OF).replace_strict(instants, default=None, return_dtype=pl.Int64).alias(_INSTANT),
    ).with_row_index("\0row")
    found = attributes.rows.with_columns(pl.lit(True).alias("\0found"))
    if attributes.has_time:
        before = left.with_columns(just_before(pl.col(_INSTANT))).sort(_INSTANT, maintain_order=True)
        ordered = found.sort(_INSTANT, maintain_order=True)
        matched = before.join_asof(ordered, on=_INSTANT, by=_KEY, strategy="backward", check_sortedness=False)
    else:
        matched = left.join(found, on=_KEY, how="left")
    matched = matched.sort("\0row")
    without = matched.filter(pl.col("\0found").is_null())[_KEY].n_unique()
    if without:
        text = f"{messages.count(without, 'customer')} without a row in {attributes.name}: columns left empty"
        messages.note("unmatched", text, count=without)
    return panel.hstack(matched.select(attributes.columns))
