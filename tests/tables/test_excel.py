"""A sheet is read as the texts that people see on it, and written so that they can use it."""

from __future__ import annotations

import datetime
import io
import sys
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from churnkit import messages
from churnkit.errors import ChurnkitError
from churnkit.tables import excel
from churnkit.tables.table import Reading, Table

HEADER = ["customer_id", "timestamp", "day", "amount", "zip", "note"]
ROWS: list[list[object]] = [
    ["00123", datetime.datetime(2024, 5, 1, 10, 30), datetime.date(2024, 5, 1), 1.5, 1067, True],
    [17850, datetime.datetime(2024, 5, 2), datetime.date(2024, 5, 2), 2, 80331, " a "],
    ["b", datetime.datetime(2024, 5, 3), None, -7, None, None],
]
TEXTS = [
    ("00123", "2024-05-01 10:30:00", "2024-05-01", "1.5", "01067", "true"),
    ("17850", "2024-05-02 00:00:00", "2024-05-02", "2", "80331", " a "),
    ("b", "2024-05-03 00:00:00", None, "-7", None, None),
]


def _write(path: Path, *rows: list[object], others: tuple[str, ...] = ()) -> Path:
    """A file with a sheet `data`, as a person has formatted it, and empty sheets behind."""
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("data")
    formats = {1: "yyyy-mm-dd hh:mm", 2: "dd.mm.yyyy", 4: "00000"}
    for row, values in enumerate(rows):
        for place, value in enumerate(values):
            shown = book.add_format({"num_format": formats.get(place, "General")}) if row else None
            if isinstance(value, str):
                sheet.write_string(row, place, value)
            elif value is not None:
                sheet.write(row, place, value, shown)
    for name in others:
        book.add_worksheet(name)
    book.close()
    return path


def _read(path: Path, **reading: object) -> tuple[list[tuple[str | None, ...]], list[str]]:
    messages.begin()
    messages.set_quiet(True)
    rows, _ = Table([str(path)], Reading(**reading)).whole()  # type: ignore[arg-type]
    return rows.rows(), [str(note["code"]) for note in messages.records()[1]]


def test_a_sheet_is_read_as_it_is_shown(tmp_path: Path) -> None:
    path = _write(tmp_path / "t.xlsx", HEADER, *ROWS)  # type: ignore[list-item]
    assert _read(path) == (TEXTS, [])


def test_of_several_sheets_the_first_is_read_and_told_unless_one_is_named(tmp_path: Path) -> None:
    path = _write(tmp_path / "t.xlsx", HEADER, *ROWS, others=("two", "three"))  # type: ignore[list-item]
    assert _read(path) == (TEXTS, ["sheets"])
    assert _read(path, sheet="data") == (TEXTS, [])
    with pytest.raises(ChurnkitError, match="no sheet 'dta'; did you mean 'data'"):
        _read(path, sheet="dta")
    with pytest.raises(ChurnkitError, match="the sheet 'two' is empty"):
        _read(path, sheet="two")
    (tmp_path / "t.csv").write_text("a\n")
    with pytest.raises(ChurnkitError, match="--sheet is for Excel files"):
        _read(tmp_path / "t.csv", sheet="data")


def test_what_people_leave_on_a_sheet_is_no_row(tmp_path: Path) -> None:
    empty: list[object] = [None] * 6
    total: list[object] = ["Total", None, None, -3.5, None, None]
    path = _write(tmp_path / "t.xlsx", HEADER, *ROWS, empty, total)  # type: ignore[list-item]
    assert _read(path) == (TEXTS, ["empty-rows", "total-rows"])
    units: list[object] = ["key", "UTC", "day", "EUR", "code", None]
    path = _write(tmp_path / "t.xlsx", HEADER, units, *ROWS)  # type: ignore[list-item]
    with pytest.raises(ChurnkitError, match=r"t\.xlsx:2: descriptions or units .* delete this row"):
        _read(path)
    assert _read(path, skip=True)[0] == TEXTS


def test_an_error_names_the_row_of_the_sheet(tmp_path: Path) -> None:
    path = _write(tmp_path / "t.xlsx", HEADER, *ROWS)  # type: ignore[list-item]
    with pytest.raises(ChurnkitError, match=r"t\.xlsx:4: column 'day': is empty"):
        Table([str(path)], Reading()).whole({"day": "time"})


def test_what_is_no_excel_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    path.write_bytes(b"id,x\na,1\n")
    with pytest.raises(ChurnkitError, match="not an Excel file"):
        _read(path)


def test_a_written_sheet_reads_back_and_numbers_are_numbers(tmp_path: Path) -> None:
    import fastexcel

    frame = pl.DataFrame(
        {
            "customer_id": ["00123", "=1+1", None],
            "churn_probability": [0.25, 1.0, 0.0863642373025789],
            "n": [1, 2, None],
        }
    )
    data = excel.sheet_of(frame, True)
    assert data == excel.sheet_of(frame, True)
    (tmp_path / "t.xlsx").write_bytes(data)
    assert (
        fastexcel.read_excel(data).load_sheet(0).to_polars()["churn_probability"].to_list()
        == frame["churn_probability"].to_list()
    )
    assert _read(tmp_path / "t.xlsx")[0] == [
        ("00123", "0.25", "1"),
        ("=1+1", "1", "2"),
        (None, "0.0863642373025789", None),
    ]


def test_a_written_sheet_has_a_frozen_header_widths_and_percentages() -> None:
    import zipfile

    frame = pl.DataFrame({"customer_id": ["a" * 20], "churn_probability": [0.25], "recency": [0.5]})
    with zipfile.ZipFile(io.BytesIO(excel.sheet_of(frame, True))) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        styles = archive.read("xl/styles.xml").decode()
    assert 'state="frozen"' in sheet
    assert 'ySplit="1"' in sheet
    assert '<col min="1" max="1" width="22.7109375"' in sheet
    assert 'formatCode="0.0%"' in styles


def test_without_the_extra_one_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fastexcel", None)
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    for use in (lambda: excel.texts("t.xlsx", None), lambda: excel.sheet_of(pl.DataFrame({"a": [1]}), True)):
        with pytest.raises(ChurnkitError, match=r"pip install 'churnkit-cli\[excel\]'"):
            use()
