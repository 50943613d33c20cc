"""Both parsers of a CSV block give the fields of the csv module."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.errors import ChurnkitError
from churnkit.tables import csv_columns
from churnkit.tables.csv_columns import ParsedBlock, parse_block
from churnkit.tables.formats import CSV, Layout
from churnkit.tables.records import Block

COMMA = Layout(CSV, b",")
NAMES = ["a", "b"]
ROWS = st.lists(st.tuples(*[st.text('xé 1"\n,', max_size=4)] * 2), min_size=1, max_size=8)


def _parsed(data: bytes, line: int = 1, **wishes: object) -> ParsedBlock:
    return parse_block(Block(data, line), COMMA, NAMES, "t.csv", wishes)


def _written(rows: list[tuple[str, str]], quoting: int) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n", quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    return out.getvalue().encode()


@given(ROWS, st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), st.integers(1, 99))
def test_fields_and_lines_equal_those_of_the_csv_module(
    rows: list[tuple[str, str]], quoting: int, line: int
) -> None:
    found = _parsed(_written(rows, quoting), line)
    assert found.rows.rows() == [tuple(field or None for field in row) for row in rows]
    above = [sum(field.count("\n") for row in rows[:k] for field in row) for k in range(len(rows))]
    assert list(found.lines) == [line + k + more for k, more in enumerate(above)]


PIECES = st.lists(
    st.sampled_from(["a", "1", " ", '"', '""', ",", '","', "\n", "\r\n", '"a"', "\x1f"]), max_size=12
)


@given(PIECES, st.booleans(), st.booleans())
def test_whatever_stands_in_quotes_is_read_as_record_by_record(
    pieces: list[str], is_tolerant: bool, is_number: bool
) -> None:
    block = Block(f"{''.join(pieces)}\n".encode(), 3)
    wishes = {"a": pl.Float64} if is_number else {}

    def read(parse: Callable[[], ParsedBlock]) -> object:
        try:
            found = parse()
        except ChurnkitError as error:
            return str(error)
        rows = found.rows.with_columns(pl.col(pl.Float64).cast(pl.Int64).cast(pl.String))  # no point there
        return rows.rows(), list(found.lines), list(found.bad), found.empty, found.stray, list(found.gaps)

    assert read(lambda: parse_block(block, COMMA, NAMES, "t.csv", wishes, is_tolerant)) == read(
        lambda: csv_columns._one_by_one(block, COMMA, NAMES, "t.csv", is_tolerant)
    )


LOOSE_LINES = st.lists(
    st.lists(st.sampled_from(["", "x", "1", " "]), max_size=4).map(",".join), min_size=1, max_size=6
)


@given(LOOSE_LINES, st.sets(st.sampled_from("abc")), st.booleans())
def test_the_columns_that_are_needed_are_those_of_all_columns(
    lines: list[str], needed: set[str], is_number: bool
) -> None:
    """Also where rows are too short or too long, have no value, or none in these columns."""
    block, names = Block("".join(f"{line}\n" for line in lines).encode(), 1), ["a", "b", "c"]
    wishes = {"a": pl.Float64} if is_number else {}
    found = parse_block(block, COMMA, names, "t.csv", wishes, needed=needed)
    whole = parse_block(block, COMMA, names, "t.csv", wishes)
    there = [name for name in names if name in found.rows.columns]
    assert needed <= set(there)
    assert found.rows.cast(pl.String).rows() == whole.rows.select(there).cast(pl.String).rows()
    assert (list(found.lines), found.bad, found.empty) == (list(whole.lines), whole.bad, whole.empty)
    if len(there) < len(names):  # only where each row has a value
        assert all(any(row) for row in found.rows.rows())


def test_bytes_that_are_no_text_are_seen_in_a_column_that_is_not_needed() -> None:
    with pytest.raises(ChurnkitError, match=r"t\.csv:2: column 'a': not UTF-8"):
        parse_block(Block(b"1,2\n\xe9,4\n", 1), COMMA, NAMES, "t.csv", needed={"b"})


def test_a_ragged_row_is_returned_with_its_line_and_text() -> None:
    found = _parsed(b"1,2\n3\n\n4,5,6\n7,8\n", 10)
    assert found.rows.rows() == [("1", "2"), ("7", "8")]
    assert list(found.lines) == [10, 14]
    assert [(bad.line, bad.raw) for bad in found.bad] == [(11, "3"), (13, "4,5,6")]


@pytest.mark.parametrize(
    ("data", "kind"), [(b"1.5,x\n2,y\n", pl.Float64), (b"1.5,x\n ,y\n", pl.String), (b"nan,x\n", pl.String)]
)
def test_numbers_are_parsed_by_polars_only_if_that_is_safe(data: bytes, kind: pl.DataType) -> None:
    assert _parsed(data, a=pl.Float64).rows["a"].dtype == kind


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'1,2\n"3"x,4\n', r"t\.csv:6: column 'a': text after a closing quote"),
        (b"1,2\n3,caf\xe9\n", r"t\.csv:6: column 'b': not UTF-8"),
        (b"1,2\n3\r4,5\n", r"t\.csv:6: a carriage return"),
    ],
    ids=["behind a quote", "latin-1", "carriage return"],
)
def test_broken_structure_is_an_error_with_its_line(data: bytes, words: str) -> None:
    with pytest.raises(ChurnkitError, match=words):
        _parsed(data, 5)


TEXTS = st.lists(st.sampled_from(["x", "1", 'say ""hi""', "a, b", "two\nlines", ""]), min_size=2, max_size=2)
LINES = st.lists(TEXTS.map(lambda row: ",".join(f'"{text}"' for text in row)), min_size=1, max_size=8)


@given(LINES, LINES, st.sampled_from(['x"y,"b" c', '"x"y,b', 'a,"b"c"', '"a,"b"', '"x,y']))
def test_a_stray_quote_costs_one_record_where_bad_rows_are_skipped(
    above: list[str], below: list[str], broken: str
) -> None:
    data = "".join(f"{line}\n" for line in [*above, broken, *below]).encode()
    names = ["a", "b"]
    block = Block(data, 2)
    found = csv_columns.parse_block(block, COMMA, names, "t.csv", is_tolerant=True)
    sound = "".join(f"{line}\n" for line in [*above, *below]).encode()
    expected = csv_columns.parse_block(Block(sound, 2), COMMA, names, "t.csv")
    if all("\n" not in line for line in below):  # inside a broken record a line of a value looks like a row
        assert found.rows.rows() == expected.rows.rows()
        assert [bad.line for bad in found.bad] == [2 + sum(line.count("\n") + 1 for line in above)]
    with pytest.raises(ChurnkitError):
        csv_columns.parse_block(block, COMMA, names, "t.csv")


@pytest.mark.parametrize(
    ("line", "stray"),
    [
        ('5" pipe,"x"', 1),
        ('"5"" pipe",x', 0),
        ('12",13"', 1),
        ('"a\nb",x"', 1),
        ('"{""a"": 1}",x', 0),
        ("x,y", 0),
    ],
)
def test_a_quote_inside_an_unquoted_field_is_read_as_it_stands_and_counted(line: str, stray: int) -> None:
    found = csv_columns.parse_block(Block(f'"1",2\n{line}\n"3",4\n'.encode(), 2), COMMA, ["a", "b"], "t.csv")
    assert found.stray == stray
    assert found.rows.height == 3


@given(st.lists(st.text(" \t1,", max_size=6), min_size=1), st.sampled_from([",", "\t"]))
def test_a_field_of_blanks_alone_is_seen_wherever_it_stands(lines: list[str], separator: str) -> None:
    data = "".join(f"{line}\n" for line in lines)
    fields = [field for line in lines for field in line.split(separator)]
    is_there = any(field and not field.strip(" \t") for field in fields)
    assert csv_columns._has_blank_field(data.encode(), separator.encode()) == is_there
