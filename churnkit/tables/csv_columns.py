"""Parses one block of CSV (or TSV, `;`, `|`) into text columns, with the physical line of each row.

Most blocks have no quotes, no blank lines and no ragged rows: polars parses them at once. Other blocks are
parsed record by record with the csv module of the standard library, which has the same rule for quotes.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from churnkit import errors
from churnkit.errors import ChurnkitError, quote
from churnkit.tables.formats import RECORD_LIMIT, Layout
from churnkit.tables.records import Block, count_byte, quoted_fields, ragged_row, split_fields

CARRIAGE_RETURN = "a carriage return inside a row; convert old line ends with tr '\\r' '\\n'"


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be read: its physical line, the reason, its original text."""

    line: int
    why: str
    raw: str


@dataclass(frozen=True)
class ParsedBlock:
    """rows: columns of String or the wished type, null for empty fields. lines: one per row. bad: ragged
    rows."""

    rows: pl.DataFrame
    lines: Sequence[int]
    bad: Sequence[BadRow] = ()


def parse_block(
    block: Block, layout: Layout, names: Sequence[str], path: str, wishes: Mapping[str, Any] | None = None
) -> ParsedBlock:
    """The records of a block as columns with these names.

    wishes: column → Categorical or Float64; used only if the fast parser can do it, else the column is
    String.
    Raises ChurnkitError for broken structure: not UTF-8, text after a closing quote.
    """
    return (
        (_at_once(block, layout, names, wishes) if wishes else None)
        or _at_once(block, layout, names, {})
        or _one_by_one(block, layout, names, path)
    )


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
        f"{errors.shown_path(path)}:{line}: {column}not UTF-8; for an old export, try --encoding latin-1"
    )


def _at_once(
    block: Block, layout: Layout, names: Sequence[str], types: Mapping[str, Any]
) -> ParsedBlock | None:
    """Parsed by polars; None if the block has anything that polars reads differently."""
    data = block.data
    if b'"' in data:
        return None
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n")
    width, count = len(names), block.lines
    if b"\r" in data or count_byte(data, layout.separator) != count * (width - 1):
        return None
    numbers = [place for place, name in enumerate(names) if types.get(name) == pl.Float64]
    if numbers and _has_blank_field(data, layout.separator):  # not a number here, but null for polars
        return None
    try:  # longer rows raise an error; the number of separators is right, so no row is shorter
        rows = pl.read_csv(
            data,
            has_header=False,
            schema={f"column_{i}": types.get(name, pl.String) for i, name in enumerate(names)},
            separator=layout.separator.decode(),
            quote_char=None,
        )
    except pl.exceptions.PolarsError:
        return None
    if rows.height != count or not all(rows.to_series(place).is_finite().all() for place in numbers):
        return None
    rows.columns = list(names)
    return ParsedBlock(rows, range(block.line, block.line + count))


def _has_blank_field(data: bytes, separator: bytes) -> bool:
    """Whether a field contains only spaces or tabs."""
    if b" " not in data and (b"\t" not in data or separator == b"\t"):
        return False
    blank = b" " if separator == b"\t" else b" \t"
    edge = re.escape(separator) + b"\n"
    return re.search(b"(?:^|[%b])[%b]+(?:[%b]|$)" % (edge, blank, edge), data) is not None


def _one_by_one(block: Block, layout: Layout, names: Sequence[str], path: str) -> ParsedBlock:
    separator, width = layout.separator.decode(), len(names)
    text = decode(block, path, names, layout.separator)
    csv.field_size_limit(2 * RECORD_LIMIT)
    reader = csv.reader(io.StringIO(text, newline="\n"), delimiter=separator, strict=True)
    records: list[list[str]] = []
    lines: list[int] = []
    ragged: list[tuple[int, list[str]]] = []
    line = block.line
    try:
        for record in reader:
            if len(record) == width:
                records.append(record)
                lines.append(line)
            elif not record and width == 1:  # in a table of one column a blank line is a value
                records.append([""])
                lines.append(line)
            elif record:
                ragged.append((line, record))
            line = block.line + reader.line_num
    except csv.Error as error:
        at = block.line + reader.line_num - 1
        record = text.split("\n")[line - block.line : at - block.line + 1]
        what = _broken("\n".join(record), str(error), names, layout)
        raise ChurnkitError(f"{errors.shown_path(path)}:{at}: {what}") from None
    columns = zip(*records, strict=True) if records else [()] * width
    rows = pl.DataFrame(
        [pl.Series(n, c, dtype=pl.String) for n, c in zip(names, columns, strict=True)]
    ).with_columns(pl.all().replace("", None))
    physical = text.split("\n") if ragged else []
    bad = [BadRow(at, _ragged(record, width), physical[at - block.line]) for at, record in ragged]
    return ParsedBlock(rows, lines, bad)


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
