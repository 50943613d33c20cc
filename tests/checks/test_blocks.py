"""Blocks of records: what the csv module reads is a row, its bytes are kept, all else has a reason."""

from __future__ import annotations

import csv
import io

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.checks.blocks import RecordBlock
from churnkit.tables.formats import Layout
from churnkit.tables.records import Block

CSV, JSON = Layout("csv", b","), Layout("jsonl", b"")


def _block(data: bytes, layout: Layout = CSV, encoding: str = "utf-8") -> RecordBlock:
    return RecordBlock(Block(data, 2), layout, b"a,b\n", ("a", "b"), encoding)


FIELD = st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=5)


@given(
    st.lists(st.lists(FIELD, min_size=1, max_size=3), max_size=6),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_rows_are_what_csv_reads_and_their_bytes_are_kept(rows: list[list[str]], quoting: int) -> None:
    written = []
    for row in rows:
        text = io.StringIO()
        csv.writer(text, quoting=quoting, lineterminator="\n").writerow(row)
        written.append(text.getvalue().encode())
    block = _block(b"".join(written))
    parsed = block.parse({})
    whole = [place for place, row in enumerate(rows) if len(row) == 2 and row != ["a", "b"]]
    assert parsed.places.tolist() == whole
    assert parsed.rows.rows() == [tuple(v or None for v in rows[place]) for place in whole]
    is_kept = np.isin(np.arange(block.count), whole)
    assert block.kept(is_kept) == b"".join(written[place] for place in whole)
    assert [block.record(place) for place in range(block.count)] == written


def test_blank_lines_and_repeated_headers_are_no_rows_and_no_rejects() -> None:
    parsed = _block(b"1,2\n\na,b\n\r\n3,4\n").parse({})
    assert (parsed.places.tolist(), parsed.unreadable, parsed.headers) == ([0, 4], {}, 1)


def test_what_cannot_be_read_has_a_reason_and_the_rest_is_read() -> None:
    block = _block(b'1,2\n3\n"x"y,4\n\xff,5\n"6\n6",7\n\0\0\n8,9,10\n')
    parsed = block.parse({"b": pl.Float64})
    assert parsed.rows["b"].to_list() == ["2", "7"]
    assert {place: why.split(";")[0] for place, why in parsed.unreadable.items()} == {
        1: "1 field, but the table has 2 columns",
        2: "column 'a': text after a closing quote (write a quote inside quotes twice)",
        3: "column 'a': not UTF-8",
        5: "2 NUL bytes: was the writer of this file interrupted?",
        6: "3 fields, but the table has 2 columns",
    }
    assert [block.line(place) for place in (0, 4, 5)] == [2, 6, 8]


def test_old_encodings_are_read_and_their_bytes_are_kept() -> None:
    block = _block(b"caf\xe9,2\n", encoding="latin-1")
    assert block.parse({}).rows.rows() == [("café", "2")]
    assert block.kept(np.array([True])) == b"caf\xe9,2\n"


def test_lines_of_json_are_rows_unless_they_are_broken() -> None:
    parsed = _block(b'{"a": {"b": 1}}\n\n[1]\n{"a\xff": 1}\n{"c": 1e5}\n', JSON).parse({})
    assert parsed.rows.rows(named=True) == [{"a.b": "1", "c": None}, {"a.b": None, "c": "1e5"}]
    assert parsed.places.tolist() == [0, 4]
    assert sorted(parsed.unreadable) == [2, 3]


@pytest.mark.parametrize("data", [b'1,"x\ny"\n3,4\n5,6\n', b"1,2\n3,4\n5,6\n"])
def test_a_block_is_split_between_records_and_keeps_its_lines(data: bytes) -> None:
    head, rest = _block(data).split(1)
    assert head.block.data + rest.block.data == data
    assert head.count == 1
    assert rest.block.line == 2 + head.block.data.count(b"\n")
