"""A stream cut anywhere gives the same records and lines as the csv module."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.errors import ChurnkitError
from churnkit.tables import records
from churnkit.tables.formats import CSV, Layout

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
def test_records_equal_those_of_the_csv_module_wherever_the_stream_is_cut(
    rows: list[list[str]], size: int
) -> None:
    data = _written(rows)
    found, line = [], 1
    for block in records.cut_blocks(iter(_pieces(data, size)), COMMA, "t.csv"):
        assert (block.line, block.has_quotes) == (line, b'"' in block.data)
        start = 0
        for end in records.record_ends(block.data, COMMA):
            found.append(records.split_fields(block.data[start:end].decode(), COMMA))
            start = end
        assert start == len(block.data)
        line += block.data.count(b"\n")
    assert found == rows


@given(TABLES)
def test_a_last_line_without_a_newline_gets_one(rows: list[list[str]]) -> None:
    data = _written(rows)
    parts = records.cut_blocks(iter([data.removesuffix(b"\n")]), COMMA, "t.csv")
    joined = b"".join(block.data for block in parts)
    assert joined == data or not data.removesuffix(b"\n")


@pytest.mark.parametrize("data", [b'a,b\n1,"open\n2,3\n', b'a,b\n1,"open""\n'])
def test_a_quote_that_never_closes_is_an_error_with_its_line(data: bytes) -> None:
    with pytest.raises(ChurnkitError, match=r"t\.csv:2: this quote is never closed"):
        list(records.cut_blocks(iter([data]), COMMA, "t.csv"))


def test_a_quote_inside_a_field_opens_nothing() -> None:
    data = b'a,5" pipe\nb,2\n'
    assert records.record_ends(data, COMMA) == [10, 14]


@given(
    st.lists(
        # the csv module of Python 3.10 writes no NUL
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=6),
        min_size=1,
        max_size=6,
    )
)
def test_field_spans_match_the_fields_of_the_csv_module(values: list[str]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="").writerow(values)
    record = out.getvalue().encode()
    spans = records.field_spans(record, COMMA)
    found = [records.unquote(record[start:end]).decode() for start, end in spans]
    assert found == values


@given(st.integers(1, 30), st.integers(0, 5))
def test_a_quote_that_never_closes_costs_its_line_where_bad_rows_are_skipped(size: int, row: int) -> None:
    lines = [b"id,x\n", *(b"%d,2\n" % k for k in range(6))]
    lines[row + 1] = b'9,"2\n'
    blocks = records.cut_blocks(iter(_pieces(b"".join(lines), size)), COMMA, "t.csv", is_tolerant=True)
    data, line = b"", 1
    for block in blocks:
        assert (block.line, block.has_quotes) == (line, b'"' in block.data)
        data += block.data
        line += block.data.count(b"\n")
        assert block.data.count(b'"') == 0 or block.data.endswith(lines[row + 1])
    assert data == b"".join(lines)


@pytest.mark.parametrize("first", [b"sep=;\n", b"sep=;\r\n", b'"sep=;"\n', b"\xef\xbb\xbfSEP=;\n"])
def test_the_separator_line_of_excel_is_dropped_and_believed(tmp_path: Path, first: bytes) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(first.replace(b"SEP", b"sep") + b"id,n;x\na;1\n")
    opened = records.open_records(str(path))
    assert opened.names == ["id,n", "x"]
    assert [(block.data, block.line) for block in opened.blocks] == [(b"a;1\n", 3)]


def test_a_separator_line_alone_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"sep=;\n")
    with pytest.raises(ChurnkitError, match="empty"):
        records.open_records(str(path))


@pytest.mark.parametrize("header", [b'id,"x', b'id,"x"y', b'""id",x'])
def test_a_stray_quote_in_the_header_is_an_error(header: bytes) -> None:
    with pytest.raises(ChurnkitError, match=r"t\.csv:1: a stray quote in the header"):
        records.header_names(header + b"\n", COMMA, "t.csv")


@pytest.mark.parametrize(
    ("text", "encoding", "hint"),
    [("Fläche 9 €", "cp1252", "cp1252"), ("“plus”", "cp1252", "cp1252"), ("Fläche", "latin-1", "latin-1"), ("naïve é", "cp1252", "latin-1")],
)  # fmt: skip
def test_the_hint_names_an_encoding_that_reads_the_text(text: str, encoding: str, hint: str) -> None:
    data = "購入 é€ ".encode() + text.encode(encoding)  # good UTF-8 beside it says nothing
    assert records.encoding_hint(data) == f"--encoding {hint}"
    assert text.encode(encoding).decode(hint) == text


@given(st.binary(max_size=30), st.binary(max_size=20), st.binary(max_size=60), st.binary(max_size=60))
def test_a_header_is_found_again_wherever_it_stands(
    header: bytes, head: bytes, before: bytes, behind: bytes
) -> None:
    stream = records.RecordStream("t.csv", COMMA, header + b"\r\n", iter([]), head)
    names = header.rstrip(b"\r\n")
    assert stream.is_header_in(before + names + behind) == bool(names)
    assert stream.is_header_in(before) == (bool(names) and names in before)
