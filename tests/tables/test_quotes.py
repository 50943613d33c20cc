"""Quotes that are taken off leave the rows of the csv module."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.tables.quotes import (
    NEWLINE_INSIDE,
    SEPARATOR_INSIDE,
    are_well_placed,
    end_of_last_row,
    unquote,
)

CELLS = st.text('aé "\n,', max_size=4)
ROWS = st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6)
STYLES = st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])


def _written(rows: list[tuple[str, str]], quoting: int, end: str = "\n") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=end, quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    return out.getvalue().encode()


def _is_sound(data: bytes) -> bool:
    codes = np.frombuffer(data, dtype=np.uint8)
    return are_well_placed(codes, np.flatnonzero(codes == ord('"')), b",")


@given(ROWS, STYLES)
def test_rows_without_quotes_have_the_same_fields_and_lines(
    rows: list[tuple[str, str]], quoting: int
) -> None:
    found = unquote(_written(rows, quoting), b",")
    assert found is not None
    lines = found.data.decode().split("\n")[:-1]
    fields = [line.replace(NEWLINE_INSIDE.decode(), "\n").split(",") for line in lines]
    assert [[field.replace(SEPARATOR_INSIDE.decode(), ",") for field in row] for row in fields] == [
        list(row) for row in rows
    ]
    newlines = [sum(cell.count("\n") for cell in row) for row in rows]
    assert list(found.lines) == [k + sum(newlines[:k]) for k in range(len(rows))]
    assert found.has_inside == any("\n" in cell or "," in cell for row in rows for cell in row)


@given(ROWS, STYLES, st.data())
def test_the_last_whole_row_ends_where_the_csv_module_says(
    rows: list[tuple[str, str]], quoting: int, data: st.DataObject
) -> None:
    text = _written(rows, quoting)
    cut = data.draw(st.integers(0, len(text)))
    ends = [len(_written(rows[:k], quoting)) for k in range(len(rows) + 1)]
    assert end_of_last_row(text[:cut], b",") == max(end for end in ends if end <= cut)


@given(st.text('a",\n', max_size=10))
def test_rows_that_the_csv_module_reads_otherwise_keep_their_quotes(text: str) -> None:
    data = f"{text}\n"
    if (found := unquote(data.encode(), b",")) is not None and not found.has_inside:
        rows = list(csv.reader(io.StringIO(data, newline=""), strict=True))  # raises no error
        assert [",".join(row) for row in rows] == found.data.decode().split("\n")[:-1]


@pytest.mark.parametrize("text", ['a"b",c', '"a"b,c', '"a" ,b', '"a\nb', 'a,b"', '""a"', '"a""b,c'])
def test_a_quote_that_is_not_well_placed_is_seen(text: str) -> None:
    assert unquote(f"{text}\n".encode(), b",") is None


@pytest.mark.parametrize("text", ['"a\r\nb",c', '"a,\x1f",c', '"a,\x1e",c'])
def test_bytes_that_cannot_be_told_from_those_inside_keep_their_quotes(text: str) -> None:
    assert unquote(f"{text}\n".encode(), b",") is None


@given(ROWS.filter(lambda rows: all("\n" not in cell for row in rows for cell in row)))
def test_windows_line_ends_stay(rows: list[tuple[str, str]]) -> None:
    text = _written(rows, csv.QUOTE_ALL, "\r\n")
    assert _is_sound(text)
    if (found := unquote(text, b",")) is not None:
        assert found.data.count(b"\r\n") == len(rows)
    assert (found is None) == any("," in cell for row in rows for cell in row)


def test_a_field_that_is_still_open_is_well_placed() -> None:
    assert _is_sound(b'"a","b')
    assert _is_sound(b'"a","b"')
    assert not _is_sound(b'"a",b"')
