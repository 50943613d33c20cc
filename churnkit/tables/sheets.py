"""The rows of a sheet without what people leave on one: units, empty rows, a row of totals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import polars as pl

from churnkit.tables import frames, headers, totals
from churnkit.tables.csv_columns import BadRow
from churnkit.tables.file_table import Sheet
from churnkit.tables.frames import Frame, Oddities, Unread

UNITS = "descriptions or units instead of values"


@dataclass(frozen=True)
class Leavings:
    """Lines of a sheet that are no rows: units and the total, or 0. names: those that look like values."""

    units: int
    total: int
    names: Sequence[str]


def find_leavings(table: Sheet, id_: str, decimal: str | None, null: Sequence[str]) -> Leavings:
    """What stands on a sheet but is no row. id_: the column of the ids. decimal, null: as in Reading."""
    head = [[value or "" for value in row] for row in table.rows.head(headers.ROWS).iter_rows()]
    rows = [(line, row) for line, row in enumerate(head, table.first_line) if any(row)]
    total = totals.row_of_total(table.rows, id_, decimal)
    return Leavings(
        headers.units_line(rows, null),
        0 if total is None else table.first_line + total,
        headers.value_like_names(table.rows.columns, rows),
    )


def sheet_frames(
    table: Sheet, path: str, leavings: Leavings, reject: Callable[[str, Sequence[BadRow]], None]
) -> Iterator[Unread]:
    """The rows as frames. reject: is called with a line of units; it raises unless bad rows are skipped."""
    if leavings.units:
        reject(path, [BadRow(leavings.units, f"{UNITS}: delete this row of the sheet", "")])
    for unread in frames.of_parts(table.parts(), path):
        yield partial(_frame, unread, leavings)


def _frame(unread: Unread, leavings: Leavings) -> Frame:
    frame = frames.without_empty_rows(unread())
    left_out = {line for line in (leavings.units, leavings.total) if line in frame.lines}
    if not left_out:
        return frame
    odd = frame.odd + Oddities(totals=int(leavings.total in left_out))
    return replace(frame.only(pl.Series([line not in left_out for line in frame.lines])), odd=odd)
