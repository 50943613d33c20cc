"""Cuts a stream of bytes into blocks of whole records, each with its first line number.

A quote opens a field only at the start of the field (after a separator or a line end), so `5" pipe` is plain
text; inside quotes a line end is data. Most blocks contain no quotes and are cut at the last line end; the
quoted fields are searched only in the other blocks.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate

from churnkit import errors, messages
from churnkit.columns import list_names
from churnkit.errors import ChurnkitError, EmptyInputError, quote
from churnkit.tables import streams
from churnkit.tables.formats import JSONL, RECORD_LIMIT, Layout, detect_layout
from churnkit.tables.lines import IN_CACHE, count_in_steps

SEPARATOR_LINE = re.compile(rb'"?sep=([ !#-~\t])"?\r?(?:\n|\Z)')  # the first line, as Excel writes it
HEAD = 1 << 16  # bytes behind the header that are looked at before the rows are read
STEP = 1 << 10  # bytes between two marks: line ends are counted up to each mark


def count_byte(data: bytes, byte: bytes) -> int:
    """How often a byte occurs in data; numpy is four times as fast as bytes.count."""
    import numpy as np

    array = np.frombuffer(data, dtype=np.uint8)
    is_byte = np.empty(min(IN_CACHE, len(array)), dtype=np.bool_)
    count = 0
    for at in range(0, len(array), IN_CACHE):
        part = array[at : at + IN_CACHE]
        count += int(np.count_nonzero(np.equal(part, byte[0], out=is_byte[: len(part)])))
    return count


@dataclass(frozen=True)
class Block:
    """Whole records, each ending in a newline. line: the physical line of the first, from 1.

    may_have_quotes: false if data is known to have none.
    """

    data: bytes
    line: int
    may_have_quotes: bool = True

    @cached_property
    def has_quotes(self) -> bool:
        """Whether data has a quote."""
        return self.may_have_quotes and b'"' in self.data

    @cached_property
    def lines(self) -> int:
        """The number of line ends."""
        # `sample` of a small table runs without numpy, and needs the marks anyway
        return count_byte(self.data, b"\n") if "numpy" in sys.modules else self.marks[-1]

    @cached_property
    def marks(self) -> list[int]:
        """The number of line ends before each STEP bytes, and at last the number of all line ends."""
        return list(accumulate(count_in_steps(self.data, STEP), initial=0))


@dataclass(frozen=True)
class RecordStream:
    """One FILE. header: its first record with the line end, empty if the FILE has no header.

    head: the first bytes behind the header, as far as they were read with it. line: of the record behind the
    header. size: bytes of a regular FILE, 0 if it is not known.
    """

    path: str
    layout: Layout
    header: bytes
    blocks: Iterator[Block]
    head: bytes = b""
    line: int = 2
    size: int = 0

    @property
    def first_names(self) -> list[str]:
        """The texts in the header as they stand, also where they are no names."""
        return split_fields(self.header.decode("utf-8", "replace"), self.layout)

    @cached_property
    def _rarest(self) -> bytes:
        """The byte of the header that is rarest in the rows behind it."""
        return bytes([min(set(self.header.rstrip(b"\r\n")), key=self.head.count)])

    def is_header_in(self, data: bytes) -> bool:
        """Whether the header stands in data once more. One byte is found in a tenth of the time."""
        header = self.header.rstrip(b"\r\n")
        return bool(header) and self._rarest in data and header in data

    @property
    def names(self) -> list[str]:
        """The column names in the header. Raises ChurnkitError if a name appears twice."""
        line = self.line - self.header.count(b"\n")
        return header_names(self.header, self.layout, self.path, line)


def open_records(
    path: str,
    *,
    requested: str | None = None,
    headed: bool = True,
    piece: int = streams.PIECE,
    encoding: str | None = None,
    watch: Callable[[bytes], None] | None = None,
    patience: float | None = streams.PATIENCE,
    is_tolerant: bool = False,
) -> RecordStream:
    """A FILE as its header and blocks of whole records. The separator line of Excel (sep=;) is dropped.

    requested: csv, tsv or jsonl if the user gives the format. headed: the first record has the column names.
    piece, encoding, watch, patience: as in streams.read. is_tolerant: as in cut_blocks.
    Raises ChurnkitError: an empty input, an open quote, a record over 16 MiB, or an input that is not a
    table.
    """
    pieces = streams.read(path, piece, encoding, watch, patience)
    start = _first_line(pieces)
    if not start:
        raise EmptyInputError(path)
    separator, line = b"", 1
    if match := SEPARATOR_LINE.match(start):
        separator, line = match[1], 2
        start = _first_line(_chain(start[match.end() :], pieces))
        if not start:
            raise ChurnkitError(f"{errors.shown_path(path)} is empty but for its separator line")
    layout = detect_layout(start, requested, path, separator)
    blocks = cut_blocks(_chain(start, pieces), layout, path, line, is_tolerant)
    if layout.format == JSONL:
        return RecordStream(path, layout, b"", blocks, line=line)
    first = next(blocks)
    if not headed:
        return RecordStream(path, layout, b"", _with_rest(first, blocks), first.data[:HEAD], first.line)
    end = first_record(first.data, layout)
    rest = Block(first.data[end:], first.line + first.data.count(b"\n", 0, end))
    head = rest.data[:HEAD]
    return RecordStream(path, layout, first.data[:end], _with_rest(rest, blocks), head, rest.line)


def ragged_row(number: int, width: int) -> str:
    """The error for a row with `number` fields in a table with `width` columns."""
    return f"{messages.count(number, 'field')}, but the table has {messages.count(width, 'column')}"


def header_names(header: bytes, layout: Layout, path: str, line: int = 1) -> list[str]:
    """The names in a header record; raises ChurnkitError if one appears twice. One of them may be empty."""
    place = f"{errors.shown_path(path)}:{line}"
    try:
        text = header.decode()
    except UnicodeDecodeError:
        raise ChurnkitError(
            f"{place}: the header is not UTF-8; for an old export, try {encoding_hint(header)}"
        ) from None
    try:
        names = split_fields(text, layout, is_strict=True)
    except csv.Error:
        raise ChurnkitError(f"{place}: a stray quote in the header: {quote(text.rstrip())}") from None
    if len(set(names)) < len(names):
        twice = next(column for column, rows in Counter(names).items() if rows > 1)
        raise ChurnkitError(
            f"{place}: the column {quote(twice)} appears twice in the header; in a file without a header, "
            "--columns names the columns"
        )
    return names


def encoding_hint(data: bytes) -> str:
    """The --encoding to try for text that is not UTF-8. In Latin-1 the bytes 0x80 to 0x9f are control
    characters, which no export holds; in Windows text they are €, quotation marks and dashes."""
    other = data.decode("utf-8", "backslashreplace")
    return "--encoding cp1252" if re.search(r"\\x[89]", other) else "--encoding latin-1"


def split_fields(text: str, layout: Layout, *, is_strict: bool = False) -> list[str]:
    """The values of one record, unquoted. is_strict: raises csv.Error for a quote that is not closed well."""
    lines = text.removesuffix("\n").removesuffix("\r").split("\n")
    separator = layout.separator.decode()
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=separator, strict=is_strict)
    return next(reader, [""]) or [""]


def first_rows(opened: RecordStream, most: int) -> list[tuple[int, list[str]]]:
    """The first records behind the header, as far as they were read with it: line and values of each.

    Blank lines are left out. Only for a first look: what cannot be decoded or has a broken quote ends it.
    """
    lines = opened.head.decode("utf-8", "replace").split("\n")
    whole = lines[:-1] if opened.head.endswith(b"\n") or len(opened.head) == HEAD else lines
    reader = csv.reader((f"{line}\n" for line in whole), delimiter=opened.layout.separator.decode())
    rows: list[tuple[int, list[str]]] = []
    line = opened.line
    try:
        for values in reader:
            if values:
                rows.append((line, [value.removesuffix("\r") for value in values]))
            if len(rows) == most:
                break
            line = opened.line + reader.line_num
    except csv.Error:
        pass
    return rows


def field_spans(record: bytes, layout: Layout) -> list[tuple[int, int]]:
    """Start and end of each field of one record (without its line end), with its quotes."""
    quote_ends = dict(quoted_fields(record, layout)) if b'"' in record else {}
    spans, start = [], 0
    while True:
        end = record.find(layout.separator, quote_ends.get(start, start))
        spans.append((start, end if end >= 0 else len(record)))
        if end < 0:
            return spans
        start = end + 1


def unquote(field: bytes) -> bytes:
    """The value of a field, without its quotes."""
    if len(field) > 1 and field.startswith(b'"') and field.endswith(b'"'):
        return field[1:-1].replace(b'""', b'"')
    return field


def refuse_other_columns(name: str, names: Sequence[str], first: str, first_names: Sequence[str]) -> None:
    """Raises ChurnkitError if two FILEs do not have the same columns, in any order."""
    lacks = [n for n in first_names if n not in names]
    more = [n for n in names if n not in first_names]
    if lacks or more:
        parts = [f"missing: {list_names(lacks)}"] if lacks else []
        parts += [f"extra: {list_names(more)}"] if more else []
        raise ChurnkitError(f"{name}: its columns differ from those of {first}: {'; '.join(parts)}")


def cut_blocks(
    pieces: Iterator[bytes], layout: Layout, path: str, line: int = 1, is_tolerant: bool = False
) -> Iterator[Block]:
    """The pieces of a stream as blocks of whole records; the last block always ends with a newline.

    line: the number of the first line. is_tolerant: a line with a quote that never closes is passed on as it
    stands, at the end of a block, and the next record begins behind it; only the parser can then refuse it.
    Raises ChurnkitError: a quote that never closes, a record over 16 MiB.
    """
    rest = b""
    for piece in pieces:
        end = 0 if b'"' in piece or b'"' in rest else piece.rfind(b"\n") + 1
        are_whole = end > 0 and len(piece) - end <= RECORD_LIMIT
        if are_whole:  # their bytes are copied once, or not at all
            data = b"".join((rest, memoryview(piece)[:end])) if rest else piece[:end]
            tail = piece[end:]
        else:
            data, tail = rest + piece if rest else piece, b""
        while True:
            end = len(data) if are_whole else whole_records(data, layout)
            rest = data[end:]
            if end:
                block = Block(data[:end], line, not are_whole)
                messages.advance(rows=block.lines)
                yield block
                line += block.lines
            if len(rest) <= RECORD_LIMIT:
                break
            end = _end_of_open_line(rest, layout) if is_tolerant else 0
            if not end:
                raise _unfinished_record(rest, layout, line, path)
            yield (block := Block(rest[:end], line))
            line, data = line + block.lines, rest[end:]
        rest += tail
    while rest:
        end = len(rest)
        if open_quote(rest, layout) >= 0:
            if not is_tolerant:
                raise _unfinished_record(rest, layout, line, path)
            end = _end_of_open_line(rest, layout) or end
        block = Block(rest[:end] if rest[:end].endswith(b"\n") else rest[:end] + b"\n", line)
        yield block
        line, rest = line + block.lines, rest[end:]


def _end_of_open_line(data: bytes, layout: Layout) -> int:
    """The end of the line in which a quote opens that never closes; 0 if no line ends behind such a quote."""
    start = open_quote(data, layout)
    return data.find(b"\n", start) + 1 if start >= 0 else 0


def whole_records(data: bytes, layout: Layout) -> int:
    """The number of bytes at the start of data that are whole records."""
    if b'"' not in data or layout.format == JSONL:
        return data.rfind(b"\n") + 1
    if "numpy" in sys.modules:
        from churnkit.tables.quotes import end_of_last_row

        if (end := end_of_last_row(data, layout.separator)) is not None:
            return end
    spans = quoted_fields(data, layout)
    outside = len(data)
    for start, end in reversed(spans):
        cut = data.rfind(b"\n", end, outside)
        if cut >= 0:
            return cut + 1
        outside = start
    return data.rfind(b"\n", 0, outside) + 1


def first_record(data: bytes, layout: Layout) -> int:
    """Where the first record of a block ends."""
    end = data.find(b"\n") + 1
    while open_quote(data[:end], layout) >= 0 and end < len(data):
        end = data.find(b"\n", end) + 1
    return end


def record_ends(data: bytes, layout: Layout) -> list[int]:
    """The end of each record of a block: the offset after its newline."""
    ends = list(accumulate(len(line) + 1 for line in data.split(b"\n")))[:-1]
    if b'"' not in data or layout.format == JSONL:
        return ends
    inside: list[tuple[int, int]] = [s for s in quoted_fields(data, layout) if b"\n" in data[s[0] : s[1]]]
    if not inside:
        return ends
    kept, spans = [], iter(inside)
    start, stop = next(spans)
    for end in ends:
        while end > stop:
            start, stop = next(spans, (len(data) + 1, len(data) + 1))
        if end <= start:
            kept.append(end)
    return kept


def quoted_fields(data: bytes, layout: Layout) -> list[tuple[int, int]]:
    """Start and end of each quoted field, with its quotes; an open one ends at the end of data."""
    return [m.span() for m in _quoted_field(layout.separator).finditer(data)]


def open_quote(data: bytes, layout: Layout) -> int:
    """The start of the quote that is still open at the end of data; -1 without an open quote."""
    if b'"' not in data or layout.format == JSONL:
        return -1
    for match in _quoted_field(layout.separator).finditer(data):
        if match.end() == len(data) and match[1] == b"":
            return match.start()
    return -1


def has_stray_quote(record: bytes, layout: Layout) -> bool:
    """Whether a record has a quote outside its quoted fields."""
    return b'"' in _quoted_field(layout.separator).sub(b"", record)


@lru_cache
def _quoted_field(separator: bytes) -> re.Pattern[bytes]:
    """Matches a quote at the start of a field, up to its closing quote or to the end of the data."""
    before = rb"[\n" + re.escape(separator) + rb"]"
    return re.compile(rb'"(?:(?<=' + before + rb'")|(?<=\A"))[^"]*(?:""[^"]*)*("(?!")|\Z)')


def _unfinished_record(data: bytes, layout: Layout, line: int, path: str) -> ChurnkitError:
    name, start = errors.shown_path(path), open_quote(data, layout)
    if start >= 0:
        line += data.count(b"\n", 0, start)
        return ChurnkitError(f"{name}:{line}: this quote is never closed (a record has at most 16 MiB)")
    if not data.strip(b"\0"):
        return ChurnkitError(f"{name}:{line}: 16 MiB of NUL bytes, and no end of the line: not a table")
    return ChurnkitError(f"{name}:{line}: a record of more than 16 MiB")


def _first_line(pieces: Iterator[bytes]) -> bytes:
    """The first bytes of a stream: at least one whole line, or all bytes up to the limit."""
    start = b""
    for piece in pieces:
        start += piece
        if b"\n" in piece or len(start) > RECORD_LIMIT:
            break
    return start


def _chain(start: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield start
    yield from pieces


def _with_rest(first: Block, blocks: Iterator[Block]) -> Iterator[Block]:
    if first.data:
        yield first
    yield from blocks
