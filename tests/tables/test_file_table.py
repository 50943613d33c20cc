"""The rows of a sheet come in parts, with the line of the first row of each."""

from __future__ import annotations

import polars as pl
import pytest

from churnkit.tables import file_table
from churnkit.tables.file_table import Sheet


def test_the_parts_of_a_sheet_are_its_rows_and_their_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_table, "FILE_ROWS", 2)
    sheet = Sheet(pl.DataFrame({"a": list("vwxyz")}), first_line=2)
    parts = list(sheet.parts())
    assert [line for line, _ in parts] == [2, 4, 6]
    assert pl.concat(rows for _, rows in parts).equals(sheet.rows)
