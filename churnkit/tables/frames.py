"""Rows of one block of a FILE as texts, and the physical line of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise

import polars as pl

from churnkit import errors, messages
from churnkit.errors import ChurnkitError
from churnkit.tables import csv_columns, jsonl
from churnkit.tables.column_casts import Noticed
from churnkit.tables.headers import is_header_over
from churnkit.tables.records import Block

SECOND_TABLE = "looks like the header of a second table; head -n LINES reads the first alone"
MOST_GAPS = 20  # blank lines of a block below which a second table is looked for


@dataclass(frozen=True)
class Oddities:
    """What is odd about the lines of a FILE, as numbers of lines.

    headers: repeated headers. empty: rows of separators alone. totals: last rows with the sums.
    without_elements: rows with an empty array, where each element gives a row. All these are left out. stray:
    rows with a quote inside an unquoted field, which is read as it stands. second_table: FILE:LINE of a row
    below a gap that looks like another header, or ''.
    """

    headers: int = 0
    empty: int = 0
    totals: int = 0
    stray: int = 0
    without_elements: int = 0
    second_table: str = ""

    def __add__(self, other: Oddities) -> Oddities:
        return Oddities(
            self.headers + other.headers,
            self.empty + other.empty,
            self.totals + other.totals,
            self.stray + other.stray,
            self.without_elements + other.without_elements,
            self.second_table or other.second_table,
        )


@dataclass(frozen=True)
class Frame:
    """Rows of one block of a FILE, and the physical line of each.

    rows: the requested columns, cast. texts: all columns as text. block: the bytes, if still in memory.
    odd: the lines left out, and others. noticed: what is unlikely about the cast values. bad: row → why it
    cannot be read, known before its values are cast. old_ids: old id → its rows, where the ids were replaced.
    """

    rows: pl.DataFrame
    path: str
    lines: Sequence[int]
    block: Block | None = None
    texts: pl.DataFrame = field(default_factory=pl.DataFrame)
    odd: Oddities = field(default_factory=Oddities)
    noticed: Noticed = field(default_factory=Noticed)
    bad: Mapping[int, str] = field(default_factory=dict)
    old_ids: Mapping[str, int] = field(default_factory=dict)

    def place(self, row: int) -> str:
        """`FILE:LINE` of a row, numbered from 0."""
        return f"{errors.shown_path(self.path)}:{self.lines[row]}"

    def only(self, kept: pl.Series) -> Frame:
        """The rows where `kept` is true, with their lines."""
        lines = [line for line, keep in zip(self.lines, kept, strict=True) if keep]
        texts = self.texts.filter(kept) if self.texts.width else self.texts
        return replace(self, rows=self.rows.filter(kept), texts=texts, lines=lines)

    def raw(self, rows: Sequence[int]) -> list[str]:
        """The original text of some rows, or '' if the bytes are not in memory any more."""
        if self.block is None:
            return [""] * len(rows)
        physical = self.block.data.decode("utf-8", "replace").split("\n")
        starts = [line - self.block.line for line in dict.fromkeys(self.lines)] + [len(physical)]
        ends = dict(pairwise(starts))
        lines = [self.lines[row] - self.block.line for row in rows]
        return ["\n".join(physical[line : ends[line]]).rstrip("\n") for line in lines]


Unread = Callable[[], Frame]  # parses the records of one block


def write_notes(odd: Oddities) -> None:
    """Writes a note per kind of odd lines."""
    if odd.headers:
        lines = messages.count(odd.headers, "repeated header line")
        messages.note("repeated-headers", f"{lines} skipped", count=odd.headers)
    if odd.empty:
        rows = messages.count(odd.empty, "row without any value", "rows without any value")
        messages.note("empty-rows", f"{rows} skipped", count=odd.empty)
    if odd.totals:
        rows = messages.count(odd.totals, "row of totals", "rows of totals")
        messages.note("total-rows", f"{rows} skipped", count=odd.totals)
    if odd.without_elements:
        rows = messages.count(odd.without_elements, "row")
        text = f"{rows} without an element to --explode, so without an event"
        messages.note("no-elements", text, count=odd.without_elements)
    if odd.second_table:
        messages.warn("second-table", f"{odd.second_table}: {SECOND_TABLE}")
    if odd.stray:
        rows = messages.count(odd.stray, "row")
        text = f"{rows} with a quote inside an unquoted field, read as it stands; is a separator missing?"
        messages.note("stray-quotes", text, count=odd.stray)


def text_of(column: str) -> str:
    """The name of a column's text beside its number; a header cannot contain such a name."""
    return f"{column}\0text"


def column_text(texts: pl.DataFrame, name: str) -> pl.Series:
    """A column as text; a block of JSON Lines may not have it at all."""
    if name in texts.columns:
        return texts[name]
    return pl.repeat(None, texts.height, dtype=pl.String, eager=True).alias(name)


def place_of(frames: Sequence[Frame], row: int) -> str:
    """`FILE:LINE` of a row of the whole table, numbered from 0."""
    for frame in frames:
        if row < len(frame.lines):
            return frame.place(row)
        row -= len(frame.lines)
    raise IndexError(row)


def without_empty_rows(frame: Frame, gaps: Sequence[int] = ()) -> Frame:
    """Leaves out rows without any value, which spreadsheets leave behind the data; a table of one column
    keeps them. gaps: rows below a blank line."""
    rows = frame.rows
    if rows.width < 2 or not rows.height:
        return frame
    if not all(texts.null_count() for texts in rows):
        return _with_second_table(frame, gaps)
    is_empty = rows.select(pl.all_horizontal(pl.all().is_null())).to_series()
    if not is_empty.any():
        return _with_second_table(frame, gaps)
    below = [*gaps, *(row + 1 for row in is_empty.arg_true()[:MOST_GAPS].to_list())]
    frame = _with_second_table(frame, sorted(below))
    return replace(frame.only(~is_empty), odd=frame.odd + Oddities(empty=int(is_empty.sum())))


def _with_second_table(frame: Frame, gaps: Sequence[int]) -> Frame:
    """Looks whether one of the rows below a gap is the header of a second table."""
    for row in gaps[:MOST_GAPS]:
        above = next((r for r in range(row - 1, -1, -1) if any(frame.rows.row(r))), None)
        if above is None or row >= frame.rows.height:
            continue
        here = frame.rows.row(row)
        if here != tuple(frame.rows.columns) and is_header_over(
            [str(value or "") for value in here], [str(value or "") for value in frame.rows.row(above)]
        ):
            return replace(frame, odd=frame.odd + Oddities(second_table=frame.place(row)))
    return frame


def with_constants(unread: Unread, values: Mapping[str, str | None]) -> Frame:
    """A frame with more columns, each with one value in all rows."""
    frame = unread()
    more = (pl.lit(value, dtype=pl.String).alias(name) for name, value in values.items())
    return replace(frame, rows=frame.rows.with_columns(more))


def without_headers(frame: Frame) -> Frame:
    """Leaves out rows that repeat the header, as in the output of `cat` or `xargs`."""
    first, *rest = frame.rows.columns
    conditions = [pl.col(first).cast(pl.String).str.strip_prefix("\ufeff").eq_missing(first)]
    conditions += [pl.col(name).cast(pl.String).eq_missing(name) for name in rest]
    is_header = frame.rows.select(pl.all_horizontal(conditions)).to_series()
    if not is_header.any():
        return frame
    return replace(frame.only(~is_header), odd=frame.odd + Oddities(headers=int(is_header.sum())))


def jsonl_frame(block: Block, path: str) -> Frame:
    """The objects of a block of JSON Lines. Raises ChurnkitError for a line that is not an object."""
    records: list[dict[str, str | None]] = []
    lines: list[int] = []
    for number, line in enumerate(csv_columns.decode(block, path, []).split("\n"), block.line):
        if not line.strip("\r"):
            continue
        try:
            records.append(jsonl.record(line))
        except ValueError as error:
            raise ChurnkitError(f"{errors.shown_path(path)}:{number}: {error}") from None
        lines.append(number)
    names = dict.fromkeys(name for record in records for name in record)
    columns = [pl.Series(n, [r.get(n) for r in records], dtype=pl.String) for n in names]
    return Frame(pl.DataFrame(columns), path, lines, block)


def of_parts(parts: Iterable[tuple[int, pl.DataFrame]], path: str) -> Iterator[Unread]:
    """The parts of a file as frames: the line of the first row of each, and its rows."""
    for line, rows in parts:
        yield partial(Frame, rows, path, range(line, line + rows.height))
