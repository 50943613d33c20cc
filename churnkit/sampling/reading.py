"""Opens the FILEs of a sample, each as a header and blocks of whole records, and samples them."""

from __future__ import annotations

import bisect
import os
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from churnkit import columns, messages
from churnkit.errors import ChurnkitError, quote, shown_path
from churnkit.sampling import drawing
from churnkit.sampling.by_column import LeftOut
from churnkit.sampling.column_bytes import SkippedLines
from churnkit.sampling.rows import SampleChoice, sample_rows
from churnkit.tables import formats, lines, records, streams
from churnkit.tables.formats import Layout
from churnkit.tables.lines import FileLines
from churnkit.tables.records import Block, RecordStream

if TYPE_CHECKING:
    from churnkit.tables.file_table import FileTable

Watcher = Callable[[bytes], None]


@dataclass(frozen=True)
class SampleInput:
    """How to read the FILEs. format: a format that overrides the detected one. names: the columns of files
    without a header. encoding: of the input. sheet: of an Excel file."""

    paths: Sequence[str]
    format: str | None = None
    names: tuple[str, ...] = ()
    encoding: str | None = None
    sheet: str | None = None


def sample(source: SampleInput, choice: SampleChoice, *, header: bool) -> Iterator[bytes]:
    """The chosen rows as bytes, whole lines, in their order, under the header.

    header: write the header. Raises ChurnkitError: FILEs with different headers, an open quote, no such
    column.
    """
    piece = streams.PIECE if choice.columns else lines.IN_CACHE
    parts = open_tables(source, piece=piece)
    first = next(parts)
    if first.layout.format != formats.JSONL and choice.columns:
        names = source.names or first.names
        for name in choice.columns:
            if name not in names:
                raise ChurnkitError(f"{shown_path(first.path)}: {columns.missing_column(name, names)}")
    if header and first.header:
        yield first.header if first.header.endswith(b"\n") else first.header + b"\n"
    parts = chain([first], parts)
    if choice.size is not None and not choice.columns and _can_be_read_again(source):
        if (counted := _count_lines(parts, source)) is not None:
            yield b"".join(_draw_lines(counted, choice.size, choice.seed))
            return
        parts = open_tables(source, piece=piece)
    encoding = encoding_of_bytes(source.encoding)
    skipped = SkippedLines()
    yield from sample_rows(parts, choice, source.names, encoding, skipped)
    if choice.left_out.ids:
        _note_left_out(choice.left_out)
    if skipped.headers:
        messages.note(
            "repeated-headers",
            f"{messages.count(skipped.headers, 'repeated header line')} skipped",
            count=skipped.headers,
        )


def _can_be_read_again(source: SampleInput) -> bool:
    return source.encoding is None and all(path != "-" and os.path.isfile(path) for path in source.paths)


def _count_lines(parts: Iterator[RecordStream], source: SampleInput) -> list[tuple[FileLines, int]] | None:
    """The lines of the FILEs, and how many of them stand before the rows; None if some may not be rows."""
    counted = []
    for part in parts:
        is_json = part.layout.format == formats.JSONL
        if formats.file_reader(part.path, source.format) or (b'"' in part.head and not is_json):
            return None
        found = lines.count_lines(part.path, are_quotes_plain=is_json)
        if found is None:
            return None
        counted.append((found, part.line - 1))
    return counted


def _draw_lines(counted: Sequence[tuple[FileLines, int]], size: int, seed: int) -> Iterator[bytes]:
    """`size` of the lines behind the headers."""
    rows = drawing.draw_reservoir(size, sum(f.count - skipped for f, skipped in counted), random.Random(seed))
    rows_before = start = 0
    for found, skipped in counted:
        first = rows_before - skipped  # the row at line 0 of this FILE
        rows_before += found.count - skipped
        stop = bisect.bisect_left(rows, rows_before)
        yield from found.read([row - first for row in rows[start:stop]])
        start = stop


def read_ids(path: str, column: str, encoding: str | None) -> LeftOut:
    """The ids of a FILE with one per line, under a header or not. column: the name in the header.

    Raises ChurnkitError for a FILE without ids, and for bytes that are not text in this encoding.
    """
    streams.check_readable([path])
    name = encoding or "utf-8"
    try:
        texts = b"".join(streams.read(path)).decode(name).removeprefix("\ufeff").split("\n")
    except UnicodeDecodeError:
        raise ChurnkitError(f"{shown_path(path)}: not {name.upper()}; use --encoding") from None
    ids = [line.removesuffix("\r") for line in texts]
    ids = [id_ for place, id_ in enumerate(ids) if id_ and (place or id_ != column)]
    if not ids:
        raise ChurnkitError(f"{shown_path(path)} has no ids: write one per line")
    return LeftOut(frozenset(id_.encode() for id_ in ids))


def _note_left_out(left_out: LeftOut) -> None:
    """How many customers are left out, and the ids that the table does not have."""
    text = f"{messages.count(len(left_out.found), 'customer')} left out"
    messages.note("left-out", text, count=len(left_out.found))
    missing = sorted(left_out.ids - left_out.found)
    if missing:
        names = ", ".join(quote(id_.decode())[1:-1] for id_ in missing)
        text = f"{messages.count(len(missing), 'id')} not found in the table: {names}"
        messages.warn("ids-not-found", text, count=len(missing))


def encoding_of_bytes(encoding: str | None) -> str:
    """The encoding of the records of `open_tables`: the input's if a character is a byte, else UTF-8."""
    return encoding if encoding is not None and streams.is_by_byte(encoding) else "utf-8"


def open_tables(
    source: SampleInput, watch: Watcher | None = None, piece: int = streams.PIECE
) -> Iterator[RecordStream]:
    """The FILEs in order. All regular files are checked first, so that no row is written before an error.

    watch: called with each piece of the unpacked bytes of the FILEs, in their order. piece: its most bytes.
    Raises ChurnkitError: an empty FILE, FILEs with different headers.
    """
    paths = source.paths
    streams.check_readable(paths)
    first = _open_table(paths[0], source, watch, piece)
    for path in paths[1:]:
        if os.path.isfile(path):
            _refuse_other_header(first, _open_table(path, source))
    yield first
    for path in paths[1:]:
        rows = _open_table(path, source, watch, piece)
        _refuse_other_header(first, rows)
        yield rows


def _open_table(
    path: str, source: SampleInput, watch: Watcher | None = None, piece: int = streams.PIECE
) -> RecordStream:
    if read_file := formats.file_reader(path, source.format):
        table = read_file(path, source.sheet)
        return RecordStream(path, Layout(formats.CSV, b","), _csv_header(table), _csv_blocks(table))
    if source.sheet is not None:
        raise ChurnkitError(f"{shown_path(path)}: --sheet is for Excel files")
    encoding = source.encoding
    if encoding is not None and streams.is_by_byte(encoding):
        encoding = None  # such text is cut like UTF-8, and its bytes are kept
    opened = records.open_records(
        path, requested=source.format, headed=not source.names, piece=piece, encoding=encoding, watch=watch
    )
    return replace(opened, size=os.path.getsize(path)) if os.path.isfile(path) else opened


def _csv_header(table: FileTable) -> bytes:
    import polars as pl

    return pl.DataFrame(schema=dict.fromkeys(table.names, pl.String)).write_csv().encode()


def _csv_blocks(table: FileTable) -> Iterator[Block]:
    """The rows of a file that is no text, as blocks of CSV."""
    line = 2
    for _, rows in table.parts():
        block = Block(rows.write_csv(include_header=False).encode(), line)
        yield block
        line += block.lines


def _refuse_other_header(first: RecordStream, other: RecordStream) -> None:
    if first.header.rstrip(b"\r\n") == other.header.rstrip(b"\r\n"):
        return
    name, first_name = shown_path(other.path), shown_path(first.path)
    if first.header and other.header:
        records.refuse_other_columns(name, other.names, first_name, first.names)
    raise ChurnkitError(f"{name}: its header is not byte-identical to the header of {first_name}")
