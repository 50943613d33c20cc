"""The layout of a table is detected in its first line, unless the user gives the format."""

from __future__ import annotations

import csv

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.errors import ChurnkitError
from churnkit.tables import formats
from churnkit.tables.formats import CSV, JSONL, Layout


@pytest.mark.parametrize(
    ("start", "separator"),
    [
        (b"a,b;c,d\n", b","),
        (b"a;b\n1,5;2,5\n", b";"),
        (b"a\tb\n", b"\t"),
        (b'"x;y;z"|b\n', b"|"),
        (b"a\n", b","),
    ],
)
def test_the_separator_is_detected_in_the_header(start: bytes, separator: bytes) -> None:
    assert formats.detect_layout(start, None, "t") == Layout(CSV, separator)


def test_json_is_detected_by_its_first_character() -> None:
    assert formats.detect_layout(b' {"a":1}\n', None, "t") == Layout(JSONL, b"")
    assert formats.detect_layout(b'{"a":1}\n', "csv", "t").format == CSV


@given(st.lists(st.text("abc_", min_size=1, max_size=5), min_size=3, max_size=6), st.sampled_from(",;|\t"))
def test_plain_names_have_the_separator_that_the_csv_module_sniffs(names: list[str], separator: str) -> None:
    header = separator.join(names)
    sniffed = csv.Sniffer().sniff(header, delimiters=",;|\t").delimiter
    assert formats.detect_layout(header.encode() + b"\n", None, "t").separator == sniffed.encode()


@pytest.mark.parametrize("name", formats.READ)
def test_a_format_is_read_as_a_stream_or_as_a_whole_file(name: str) -> None:
    row = formats.FORMATS[name]
    assert (row.layout is None) != (row.read_file is None)


def test_no_ending_belongs_to_two_formats() -> None:
    endings = [ending for row in formats.FORMATS.values() for ending in row.endings]
    assert len(set(endings)) == len(endings)


@pytest.mark.parametrize(
    ("path", "asked", "parquet"),
    [("t.parquet", None, True), ("t.csv", None, False), ("t.csv", "parquet", True), ("t.parquet", "csv", False)],
)  # fmt: skip
def test_parquet_is_detected_by_the_ending_unless_the_user_gives_a_format(
    path: str, asked: str | None, parquet: bool
) -> None:
    assert (formats.file_reader(path, asked) is not None) is parquet


@pytest.mark.parametrize(
    ("start", "way_out"),
    [
        (b"PAR1\x15", "name ends in .parquet"),
        ("id,x\n".encode("utf-16"), "--encoding utf-16"),
        (b"id,x\r1,2\r\n", "tr '\\\\r'"),
    ],
    ids=["parquet", "utf-16", "old line ends"],
)
def test_an_input_that_is_not_a_text_table_is_refused_with_advice(start: bytes, way_out: str) -> None:
    with pytest.raises(ChurnkitError, match=way_out):
        formats.detect_layout(start, None, "t")


def _numbers(digits: int) -> st.SearchStrategy[tuple[list[float | None], int]]:
    """Numbers that a double holds with 4 digits more than they are rounded to: on a tie, nothing else decides."""
    most = 10.0 ** (11 - digits)
    return st.tuples(st.lists(st.none() | st.floats(-most, most), min_size=1, max_size=9), st.just(digits))


@given(st.integers(1, 9).flatmap(_numbers))
def test_rounded_numbers_are_those_of_duckdb_with_all_decimals_in_csv(
    drawn: tuple[list[float | None], int],
) -> None:
    numbers, digits = drawn
    frame = pl.DataFrame(
        {"x": numbers, "id": ["1.23"] * len(numbers)}, schema={"x": pl.Float64, "id": pl.String}
    )
    query = f"SELECT CAST(ROUND(x, {digits}) AS DECIMAL(18, {digits}))::TEXT FROM numbers"
    duckdb.register("numbers", {"x": np.array(numbers, dtype=float)})
    expected = [text for (text,) in duckdb.execute(query).fetchall()]
    rounded = formats.round_decimals(frame, digits, "csv")
    assert rounded["x"].to_list() == expected
    assert rounded["id"].to_list() == frame["id"].to_list()
    in_json = formats.round_decimals(frame, digits, "jsonl")["x"].to_list()
    assert in_json == [None if text is None else float(text) for text in expected]


def test_small_numbers_have_no_exponent_and_no_sign_without_a_digit() -> None:
    frame = pl.DataFrame({"x": [0.000012, -1e-9, 1e20]})
    assert formats.round_decimals(frame, 6, "tsv")["x"].to_list() == [
        "0.000012",
        "0.000000",
        "100000000000000000000.000000",
    ]
