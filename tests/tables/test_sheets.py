"""Units, empty rows and the total of a sheet are no rows, and the others keep their numbers."""

from __future__ import annotations

import polars as pl
import pytest

from churnkit.tables import sheets
from churnkit.tables.csv_columns import BadRow
from churnkit.tables.file_table import Sheet

ROWS = [
    ("key", "EUR", "days"),
    ("a", "1.5", "2"),
    (None, None, None),
    ("b", "2", "3"),
    ("Total", "3.5", None),
]


@pytest.mark.parametrize("first", [0, 1], ids=["with units", "without"])
def test_what_is_left_out_is_counted(first: int) -> None:
    rows = pl.DataFrame(ROWS[first:], schema=["customer_id", "x", "n"], orient="row")
    table, rejected = Sheet(rows, first_line=2), list[BadRow]()
    left = sheets.find_leavings(table, "customer_id", None, ())
    assert (left.units, left.total) == (0 if first else 2, 6 - first)
    parts = sheets.sheet_frames(table, "t.xlsx", left, lambda path, bad: rejected.extend(bad))
    frame = next(iter(parts))()
    assert frame.rows.rows() == [ROWS[1], ROWS[3]]
    assert list(frame.lines) == [3 - first, 5 - first]
    assert (frame.odd.empty, frame.odd.totals, len(rejected)) == (1, 1, 1 - first)
