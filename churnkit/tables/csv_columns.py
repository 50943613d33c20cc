"""Parses one block of CSV (or TSV, `;`, `|`) into text columns, with the physical line of each row.

Most blocks have no blank lines, no ragged rows, and quotes only where they should be: these are taken off,
and polars parses the rest at once. Other blocks are parsed record by record with the csv module of the
standard library, which has the same rule for quotes. With --on-error skip a stray quote costs one record:
reading goes on at the next line from which a record is whole again.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from churnkit import errors
from churnkit.errors import ChurnkitError, quote
from churnkit.tables.finite import are_finite
from churnkit.tables.formats import RECORD_LIMIT, Layout
from churnkit.tables.quotes import (
    NEWLINE_INSIDE,
    QUOTE,
    SEPARATOR_INSIDE,
    UnquotedRows,
    are_well_placed,
    unquote,
)
from churnkit.tables.records import (
    Block,
    count_byte,
    encoding_hint,
    has_stray_quote,
    quoted_fields,
    ragged_row,
    split_fields,
)

CARRIAGE_RETURN = "a carriage return inside a row; convert old line ends with tr '\\r' '\\n'"
OPEN_QUOTE = "this quote is never closed"


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be read: its physical line, the reason, its original text."""

    line: int
    why: str
    raw: str


@dataclass(frozen=True)
class ParsedBlock:
    """rows: columns of String or the wished type, null for empty fields. lines: one per row. bad: ragged
    rows, and records with a broken quote. empty: lines of separators alone that have another width. stray:
    rows with a quote inside an unquoted field. gaps: rows below a blank line."""

    rows: pl.DataFrame
    lines: Sequence[int]
    bad: Sequence[BadRow] = ()
    empty: int = 0
    stray: int = 0
    gaps: Sequence[int] = ()


def parse_block(
    block: Block,
    layout: Layout,
    names: Sequence[str],
    path: str,
    wishes: Mapping[str, Any] | None = None,
    is_tolerant: bool = False,
    needed: Container[str] | None = None,
) -> ParsedBlock:
    """The records of a block as columns with these names.

    wishes: column → Categorical or Float64; used only if the fast parser can do it, else the column is
    String. is_tolerant: a record with a broken quote is a bad row, not an error. needed: the columns that
    are used, None for all; where all rows are sound and have a value there, only these are returned.
    Raises ChurnkitError for broken structure: not UTF-8, text after a closing quote.
    """
    if (plain := _without_quotes(block, layout)) is not None:
        wishes = wishes or {}
        words = {n: wish for n, wish in wishes.items() if wish == pl.Categorical and not plain.has_inside}
        numbers = {n: wish for n, wish in wishes.items() if wish != pl.Categorical}
        for columns in (None,) if needed is None else (needed, None):
            for types in ({**words, **numbers}, words) if numbers else (words,):
                rows = _at_once(plain.data, len(plain.lines), layout, names, types, columns)
                if rows is not None:
                    rows = _with_inside(rows, layout) if plain.has_inside else rows
                    return ParsedBlock(rows, _shifted(plain.lines, block.line))
    return _one_by_one(block, layout, names, path, is_tolerant)


def decode(block: Block, path: str, names: Sequence[str], separator: bytes = b",") -> str:
    """The text of a block. Raises ChurnkitError with line and column if it is not UTF-8."""
    try:
        return block.data.decode()
    except UnicodeDecodeError as error:
        at = error.start
    line = block.line + block.data.count(b"\n", 0, at)
    before = block.data[block.data.rfind(b"\n", 0, at) + 1 : at].count(separator)
    column = f"column {quote(names[before])}: " if before < len(names) else ""
    raise ChurnkitError(
        f"{errors.shown_path(path)}:{line}: {column}not UTF-8; for an old export, try "
        f"{encoding_hint(block.data)}"
    )


def _without_quotes(block: Block, layout: Layout) -> UnquotedRows | None:
    """The rows of a block, if they have no quotes or if these can be taken off."""
    if block.has_quotes:
        return unquote(block.data, layout.separator)
    return UnquotedRows(block.data, range(block.lines), has_inside=False)


def _shifted(lines: Sequence[int], first: int) -> Sequence[int]:
    """The lines of a block as lines of its file. first: that of the block."""
    if isinstance(lines, range):
        return range(first, first + len(lines))
    return [first + line for line in lines]


def _with_inside(rows: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """The rows with the separators and line ends that were inside of quotes."""
    inside = ((SEPARATOR_INSIDE, layout.separator), (NEWLINE_INSIDE, b"\n"))
    texts = pl.col(pl.String)
    for stand_in, byte in inside:
        texts = texts.str.replace_all(stand_in.decode(), byte.decode(), literal=True)
    return rows.with_columns(texts)


def _at_once(
    data: bytes,
    count: int,
    layout: Layout,
    names: Sequence[str],
    types: Mapping[str, Any],
    needed: Container[str] | None,
) -> pl.DataFrame | None:
    """Rows parsed by polars; None if they have anything that polars reads differently.

    Also None if a row has no value in the needed columns: it may be empty altogether. data: without quotes,
    `count` lines.
    """
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n")
        if b"\r" in data:
            return None
    width = len(names)
    if count_byte(data, layout.separator) != count * (width - 1):
        return None
    places = [place for place, name in enumerate(names) if needed is None or name in needed]
    if not places:
        return None
    # the last column shows whether a row is shorter; if none is, none is longer: the separators are counted
    columns = None if len(places) == width else sorted({*places, width - 1})
    try:  # where all columns are read, longer rows raise an error
        rows = pl.read_csv(
            data,
            has_header=False,
            schema={f"column_{i}": types.get(name, pl.String) for i, name in enumerate(names)},
            separator=layout.separator.decode(),
            quote_char=None,
            columns=columns,
        )
    except pl.exceptions.PolarsError:
        return None
    if rows.height != count:
        return None
    rows.columns = [names[place] for place in columns or places]
    if columns is not None:
        if rows.to_series(-1).null_count() and not _are_even(data, layout.separator, width):
            return None
        rows = rows.select(names[place] for place in places)
        if _has_empty_row(rows):
            return None
    numbers = [column for column in rows if column.dtype == pl.Float64]
    if not all(map(are_finite, numbers)):
        return None
    if any(column.null_count() for column in numbers) and _has_blank_field(data, layout.separator):
        return None  # a blank field is not a number here, but null for polars
    return rows


def _are_even(data: bytes, separator: bytes, width: int) -> bool:
    """Whether each line has as many fields as the table has columns, which are two or more.

    The number of separators in all lines is right.
    """
    codes = np.frombuffer(data, dtype=np.uint8)
    ends, separators = np.flatnonzero(codes == ord("\n")), np.flatnonzero(codes == separator[0])
    firsts, lasts = separators[:: width - 1], separators[width - 2 :: width - 1]
    return bool((lasts < ends).all() and (firsts[1:] > ends[:-1]).all())


def _has_empty_row(rows: pl.DataFrame) -> bool:
    if not all(column.null_count() for column in rows):
        return False
    return bool(rows.select(pl.all_horizontal(pl.all().is_null()).any()).item())


def _has_blank_field(data: bytes, separator: bytes) -> bool:
    """Whether a field contains only spaces or tabs."""
    blank = b" " if separator == b"\t" else b" \t"
    if not any(_begins_a_field(data, byte, separator) for byte in blank):
        return False  # a pattern takes ten times as long
    edge = re.escape(separator) + b"\n"
    return re.search(b"(?:^|[%b])[%b]+(?:[%b]|$)" % (edge, blank, edge), data) is not None


def _begins_a_field(data: bytes, byte: int, separator: bytes) -> bool:
    """Whether a field begins with this byte."""
    if byte not in data or data[0] == byte:
        return byte in data
    codes = np.frombuffer(data, dtype=np.uint8)
    before = codes[np.flatnonzero(codes == byte) - 1]
    return bool(((before == separator[0]) | (before == ord("\n"))).any())


def _one_by_one(
    block: Block, layout: Layout, names: Sequence[str], path: str, is_tolerant: bool
) -> ParsedBlock:
    text = decode(block, path, names, layout.separator)
    csv.field_size_limit(2 * RECORD_LIMIT)
    found = _Records(text, block.line, layout.separator.decode(), len(names))
    at = 0
    while (broken := found.read(at, is_tolerant)) is not None:
        start, stop, error = broken
        record = "\n".join(found.physical[start : stop + 1])
        if not is_tolerant:
            what = _broken(record, error, names, layout)
            raise ChurnkitError(f"{errors.shown_path(path)}:{block.line + stop}: {what}")
        at = found.next_whole(start)
        raw = "\n".join(found.physical[start:at])
        found.bad.append(BadRow(block.line + start, _broken(record, error, names, layout), raw))
    records = found.records
    columns = zip(*records, strict=True) if records else [()] * len(names)
    rows = pl.DataFrame(
        [pl.Series(n, c, dtype=pl.String) for n, c in zip(names, columns, strict=True)]
    ).with_columns(pl.all().replace("", None))
    codes = np.frombuffer(block.data, dtype=np.uint8)
    is_sound = are_well_placed(codes, np.flatnonzero(codes == QUOTE), layout.separator)
    stray = 0 if is_sound else _stray_quotes(found, layout)
    return ParsedBlock(rows, found.lines, found.bad, found.empty, stray, found.gaps)


@dataclass
class _Records:
    """The records of a text, read from any line on. line: of its first line. width: of the table."""

    text: str
    line: int
    separator: str
    width: int
    records: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    empty: int = 0
    gaps: list[int] = field(default_factory=list)

    @cached_property
    def physical(self) -> list[str]:
        """The lines of the text."""
        return self.text.split("\n")[:-1]

    def read(self, start: int, is_tolerant: bool) -> tuple[int, int, str] | None:
        """Adds the records from a line on (numbered from 0), up to the first broken one.

        Returns its first line, the line of the error, and the error; None at the end of the text. If
        tolerant, a row of several lines with a wrong number of fields is broken: its quotes are.
        """
        source = self._lines_from(start) if start else io.StringIO(self.text, newline="\n")
        reader = csv.reader(source, delimiter=self.separator, strict=True)
        at = start
        try:
            for record in reader:
                if len(record) == self.width:
                    self.records.append(record)
                    self.lines.append(self.line + at)
                elif not record and self.width == 1:  # in a table of one column a blank line is a value
                    self.records.append([""])
                    self.lines.append(self.line + at)
                elif not any(record):
                    self.empty += bool(record)
                    self.gaps.append(len(self.records))
                elif is_tolerant and start + reader.line_num > at + 1:
                    return at, start + reader.line_num - 1, _ragged(record, self.width)
                else:
                    why = _ragged(record, self.width)
                    self.bad.append(BadRow(self.line + at, why, self.physical[at]))
                at = start + reader.line_num
        except csv.Error as error:
            return at, start + reader.line_num - 1, str(error)
        return None

    def next_whole(self, start: int) -> int:
        """The first line behind a line from which a record is whole: as wide as the table, quotes closed.

        Or that is broken in itself: it is a bad row of its own.
        """
        for at in range(start + 1, len(self.physical)):
            reader = csv.reader(self._lines_from(at), delimiter=self.separator, strict=True)
            try:
                is_next = len(next(reader, [])) == self.width
            except csv.Error:
                is_next = reader.line_num == 1
            if is_next:
                return at
        return len(self.physical)

    def _lines_from(self, at: int) -> Iterator[str]:
        return (f"{self.physical[line]}\n" for line in range(at, len(self.physical)))


def _stray_quotes(found: _Records, layout: Layout) -> int:
    """The number of rows that have a quote inside an unquoted field."""
    number = 0
    for line, record in zip(found.lines, found.records, strict=True):
        if any('"' in value for value in record):
            start = line - found.line
            stop = start + 1 + sum(value.count("\n") for value in record)
            number += has_stray_quote("\n".join(found.physical[start:stop]).encode(), layout)
    return number


def _ragged(record: Sequence[str], width: int) -> str:
    if not "".join(record).strip("\0"):
        return f"{len(''.join(record)):,} NUL bytes: was the writer of this file interrupted?"
    return ragged_row(len(record), width)


def _broken(record: str, error: str, names: Sequence[str], layout: Layout) -> str:
    """The error for a record that the csv module refuses with this message."""
    if "new-line" in error:
        return CARRIAGE_RETURN
    if "NUL" in error:  # Python 3.10
        return "a NUL byte beside quoted fields" if record.strip("\0") else _ragged([record], len(names))
    if "unexpected end" in error:
        return OPEN_QUOTE
    if "expected after" not in error:
        return error
    try:
        values = split_fields(record, layout)
    except csv.Error:
        return CARRIAGE_RETURN
    if len(values) != len(names):
        return _ragged(values, len(names))
    data = record.encode()
    ends = (end for _, end in quoted_fields(data, layout) if data[end : end + 1] != layout.separator)
    place = len(split_fields(data[: next(ends)].decode(), layout)) - 1
    what = "text after a closing quote (write a quote inside quotes twice)"
    return f"column {quote(names[place])}: {what}"
