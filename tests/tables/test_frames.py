"""Rows without any value are no rows, and lines keep their numbers."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from churnkit import messages
from churnkit.tables import frames
from churnkit.tables.frames import Frame, Oddities
from churnkit.tables.table import Reading, Table


@pytest.mark.parametrize("empty", [",,", '"","",', ",,,,", ",", ",,\r"])
@pytest.mark.parametrize("row", ["b,2,3", '"b",2,3'])
def test_rows_of_separators_are_skipped_and_counted(tmp_path: Path, empty: str, row: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"customer_id,x,y\na,1,\n{empty}\n{row}\n{empty}\n{empty}\n", newline="")
    messages.begin()
    messages.set_quiet(True)
    rows, parts = Table([str(path)], Reading()).whole()
    assert rows.rows() == [("a", "1", None), ("b", "2", "3")]
    assert frames.place_of(parts, 1).endswith(":4")
    assert [(note["code"], note["count"]) for note in messages.records()[1]] == [("empty-rows", 3)]


def test_a_table_of_one_column_keeps_its_empty_rows() -> None:
    frame = Frame(pl.DataFrame({"x": ["1", None, "3"]}), "t", [2, 3, 4])
    assert frames.without_empty_rows(frame) is frame


def test_oddities_add_up() -> None:
    both = Oddities(1, 2, 3, 4, 5, "a") + Oddities(10, 20, 30, 40, 50, "b")
    assert both == Oddities(11, 22, 33, 44, 55, "a")


@pytest.mark.parametrize("again", ["customer_id,x", '"customer_id","x"', '"customer_id",x'])
@pytest.mark.parametrize("header", ["customer_id,x", '"customer_id","x"'])
def test_a_repeated_header_is_skipped_with_other_quotes_too(tmp_path: Path, header: str, again: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"{header}\n{again}\na,1\n")
    rows, _ = Table([str(path)], Reading()).whole()
    assert rows.rows() == [("a", "1")]
