"""A stream cut anywhere gives the same records, with the same lines, as the csv module reads."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.errors import ChurnkitError
from churnkit.tables import formats, records
from churnkit.tables.formats import CSV, JSONL, Layout

COMMA = Layout(CSV, b",")
FIELDS = st.text(alphabet='ab"\n,; é', max_size=6)
TABLES = st.lists(st.lists(FIELDS, min_size=2, max_size=2), min_size=1, max_size=12)


def _written(rows: list[list[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def _pieces(data: bytes, size: int) -> list[bytes]:
    return [data[i : i + size] for i in range(0, len(data), size)]


@given(TABLES, st.integers(1, 40))
def test_records_are_those_of_the_csv_module_wherever_the_stream_is_cut(
    rows: list[list[str]], size: int
) -> None:
    data = _written(rows)
    found, line = [], 1
    for block in records.cut_blocks(iter(_pieces(data, size)), COMMA, "t.csv"):
        assert block.line == line
        start = 0
        for end in records.record_ends(block.data, COMMA):
            found.append(records.split_fields(block.data[start:end].decode(), COMMA))
            start = end
        assert start == len(block.data)
        line += block.data.count(b"\n")
    assert found == rows


@given(TABLES)
def test_a_last_line_without_a_newline_is_ended(rows: list[list[str]]) -> None:
    data = _written(rows)
    parts = records.cut_blocks(iter([data.removesuffix(b"\n")]), COMMA, "t.csv")
    joined = b"".join(block.data for block in parts)
    assert joined == data or not data.removesuffix(b"\n")


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
def test_the_separator_is_told_by_the_header(start: bytes, separator: bytes) -> None:
    assert formats.detect_layout(start, None, "t") == Layout(CSV, separator)


def test_json_is_told_by_its_first_character() -> None:
    assert formats.detect_layout(b' {"a":1}\n', None, "t") == Layout(JSONL, b"")
    assert formats.detect_layout(b'{"a":1}\n', "csv", "t").format == CSV


@pytest.mark.parametrize("data", [b'a,b\n1,"open\n2,3\n', b'a,b\n1,"open""\n'])
def test_a_quote_that_never_closes_is_told_with_its_line(data: bytes) -> None:
    with pytest.raises(ChurnkitError, match=r"t\.csv:2: this quote is never closed"):
        list(records.cut_blocks(iter([data]), COMMA, "t.csv"))


def test_a_quote_inside_a_field_opens_nothing() -> None:
    data = b'a,5" pipe\nb,2\n'
    assert records.record_ends(data, COMMA) == [10, 14]
