"""Columns parsed as numbers equal texts cast to numbers, to the last bit, or are refused in the same way."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from churnkit.errors import ChurnkitError
from churnkit.tables.casts import NUMBER, TEXT
from churnkit.tables.table import Table

NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.decimals(allow_nan=False, allow_infinity=False).map(str),
    st.integers().map(str),
    st.just(""),
)
ODD = st.one_of(NUMBERS, st.text(alphabet="0123456789+-.eE \tnaif_xd\x0b", max_size=6))


def _read(path: Path, separator: str, also_texts: Sequence[str] | None) -> list[object] | str:
    try:
        table = Table([str(path)])
        frames = list(table.frames({"x": NUMBER, "name": TEXT}, also_texts))
    except ChurnkitError as error:
        return str(error)
    return [repr(row) for frame in frames for row in frame.rows.rows()]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(fields=["1", " "], separator=",")
@example(fields=["1", "\t "], separator=",")
@example(fields=["1", " "], separator="\t")
@example(fields=["1", " 2 ", "3"], separator=",")
@example(fields=["nan"], separator=",")
@example(fields=["1e999"], separator=",")
@example(fields=["\x0b5"], separator=",")
@given(
    fields=st.one_of(st.lists(NUMBERS, min_size=1), st.lists(ODD, min_size=1)),
    separator=st.sampled_from(",;|\t"),
)
def test_numbers_parsed_by_polars_equal_those_cast_from_texts(
    fields: list[str], separator: str, tmp_path: Path
) -> None:
    path = tmp_path / "t.csv"
    rows = [f"{field.replace(separator, '')}{separator}a b" for field in fields]
    path.write_text("\n".join([f"x{separator}name", *rows]) + "\n")
    at_once, as_texts = _read(path, separator, []), _read(path, separator, None)
    assert at_once == as_texts


def test_a_number_column_can_also_be_read_as_text(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x,y\n1.50,2.50\n")
    (frame,) = Table([str(path)]).frames({"x": NUMBER, "y": NUMBER}, ["y"])
    assert frame.rows.rows() == [(1.5, 2.5)]
    assert frame.texts["y"].to_list() == ["2.50"]


@pytest.mark.parametrize("bad", ["x", "nan", "1e999", "  "])
def test_a_bad_number_is_named_with_its_line(tmp_path: Path, bad: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"x,y\n1,2\n{bad},2\n")
    with pytest.raises(ChurnkitError, match=r"t\.csv:3: column 'x'"):
        list(Table([str(path)]).frames({"x": NUMBER}, []))


@pytest.mark.parametrize("name", ["*", "^a.*$"])
def test_a_name_that_is_a_pattern_is_refused_where_its_column_is_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"x,{name}\n1.50,2.50\n")
    for kinds in (None, {name: TEXT}):
        with pytest.raises(ChurnkitError, match="is a pattern: rename the column"):
            list(Table([str(path)]).frames(kinds, []))
    (frame,) = Table([str(path)]).frames({"x": NUMBER}, [])
    assert frame.rows.rows() == [(1.5,)]


def test_the_blocks_of_a_slow_pipe_are_those_of_the_file(tmp_path: Path) -> None:
    """So sums over blocks, whose last digit depends on where a block ends, are the same."""
    data = b"id,x\n" + b"".join(b"%d,%d\n" % (row, row * row) for row in range(2_000))
    path = tmp_path / "rows.csv"
    path.write_bytes(data)
    reader, writer = os.pipe()

    def write() -> None:
        for start in range(0, len(data), 3_000):
            os.write(writer, data[start : start + 3_000])
            time.sleep(0.02)
        os.close(writer)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        heights, expected = (
            [frame.rows.height for frame in Table([name], piece=8_192).frames()]
            for name in (f"/dev/fd/{reader}", str(path))
        )
    finally:
        thread.join()
        os.close(reader)
    assert heights == expected
    assert len(heights) > 2
