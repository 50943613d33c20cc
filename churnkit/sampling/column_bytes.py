"""Records as bytes, each with the value of one column; other columns are not parsed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from churnkit import columns, errors
from churnkit.errors import ChurnkitError, quote
from churnkit.tables import formats, jsonl, records
from churnkit.tables.records import Block, RecordStream

UTF_8 = "utf-8"
MARK = b"\xef\xbb\xbf"
LOOK_AHEAD = 1 << 15  # bytes at the start of a block, to check whether the lines of a customer are adjacent
_BLANK = re.compile(rb"\n\n")  # twice as fast as `in`
SHORT_RUN = 4  # average number of adjacent lines from which searching for runs is faster


@dataclass
class SkippedLines:
    """The number of skipped lines."""

    headers: int = 0


@dataclass(frozen=True)
class KeyColumn:
    """One column of a FILE. names: all columns of CSV. encoding: of the input."""

    part: RecordStream
    names: Sequence[str]
    name: str
    encoding: str
    skipped: SkippedLines = field(default_factory=SkippedLines)

    @property
    def is_json(self) -> bool:
        return self.part.layout.format == formats.JSONL

    @property
    def place(self) -> int:
        """The number of the column, from 0."""
        return self.names.index(self.name)

    def batches(self) -> Iterator[KeyedRows]:
        """The rows, block by block, without blank lines and repeated headers.

        Raises ChurnkitError: no such column, a row that is too short for it, or invalid JSON.
        """
        known: set[str] = set(self.names)
        for block in self.part.blocks:
            batch = None if self.is_json else self._at_once(block)
            batch = batch or self._one_by_one(block)
            if self.name not in known:
                for line in batch.lines:
                    known.update(jsonl.record(line.decode(self.encoding)))
            if self.name not in known:
                missing = columns.missing_column(self.name, sorted(known))
                raise ChurnkitError(f"{errors.shown_path(self.part.path)}: {missing}")
            yield batch

    def key(self, record: bytes) -> bytes | None:
        """The value in one record: for CSV in the input's encoding, for JSON in UTF-8; None if it is not a
        row.

        Raises IndexError if the record is too short, ValueError if it is not JSON.
        """
        if self.is_json:
            if not record.strip():
                return None
            return (jsonl.record(record.decode(self.encoding)).get(self.name) or "").encode()
        bare = record.removesuffix(b"\r")
        is_header = bool(self._header) and bare.removeprefix(MARK) == self._header
        if is_header or (not bare and len(self.names) > 1):
            return None
        start, end = records.field_spans(bare, self.part.layout)[self.place]
        return records.unquote(bare[start:end])

    def text(self, key: bytes) -> bytes:
        """A key as UTF-8. Raises UnicodeDecodeError if it is not valid in the input's encoding."""
        if self.is_json:
            return key
        text = key.decode(self.encoding)
        return key if self.encoding == UTF_8 else text.encode()

    def texts(self, keys: list[bytes]) -> list[bytes]:
        """As `text`, for many keys at once; none of them has a line end."""
        if self.is_json or self.encoding != UTF_8:
            return [self.text(key) for key in keys]
        b"\n".join(keys).decode()
        return keys

    def _at_once(self, block: Block) -> KeyedRows | None:
        """All rows at once; None if the block has quotes or a header."""
        if block.has_quotes or (self._header and self._header in block.data):
            return None
        return KeyedRows(None, None, block, self)

    def _one_by_one(self, block: Block) -> KeyedRows:
        lines: list[bytes] = []
        keys: list[bytes] = []
        batch, start = KeyedRows(lines, keys, block, self), 0
        for end in records.record_ends(block.data, self.part.layout):
            record = block.data[start : end - 1]
            start = end
            try:
                key = self.key(record)
            except (IndexError, ValueError):
                raise batch.error(self.name, self.key) from None
            if key is not None:
                lines.append(record)
                keys.append(key)
            elif record.strip(b"\r"):
                self.skipped.headers += 1
        return batch

    @property
    def _header(self) -> bytes:
        return self.part.header.rstrip(b"\r\n")


def _has_blank_line(data: bytes) -> bool:
    if data.startswith((b"\n", b"\r\n")) or _BLANK.search(data):
        return True
    return b"\r" in data and b"\n\r\n" in data


@lru_cache
def _run(separator: bytes) -> re.Pattern[bytes]:
    """Matches adjacent lines with the same first field."""
    mark = re.escape(separator)
    return re.compile(rb"([^%b\n]*)%b[^\n]*\n(?:\1%b[^\n]*\n)*" % (mark, mark, mark))


@dataclass(frozen=True)
class KeyedRows:
    """The rows of a block. records: without the last newline; None if each line is one or blank. values: the
    column's value in each; None if they are not read yet."""

    records: list[bytes] | None
    values: list[bytes] | None
    block: Block
    column: KeyColumn

    @property
    def is_by_line(self) -> bool:
        """Whether each line is one record or blank, without quotes."""
        return self.records is None

    @cached_property
    def lines(self) -> list[bytes]:
        """The records without their last newline."""
        if self.records is not None:
            return self.records
        lines = self.block.data.split(b"\n")[:-1]
        if self._has_blank_lines:
            return [line for line in lines if line.removesuffix(b"\r")]
        return lines

    @property
    def _has_blank_lines(self) -> bool:
        """Whether some lines are no rows; in a table of one column a blank line is a value."""
        return len(self.column.names) > 1 and _has_blank_line(self.block.data)

    @cached_property
    def keys(self) -> list[bytes]:
        """The column's value in each line. Raises ChurnkitError for a row that is too short."""
        if self.values is not None:
            return self.values
        separator, at = self.column.part.layout.separator, self.column.place
        is_last = at == len(self.column.names) - 1
        if at == 0 and not is_last:
            return [line.partition(separator)[0] for line in self.lines]
        try:
            keys = [line.split(separator, at + 1)[at] for line in self.lines]
        except IndexError:
            raise self.error(self.column.name, self.column.key) from None
        return [key.removesuffix(b"\r") for key in keys] if is_last and b"\r" in self.block.data else keys

    def where(self, kept: Mapping[bytes, bool]) -> list[bytes]:
        """The lines whose value is kept."""
        return [line for line, key in zip(self.lines, self.keys, strict=True) if kept[key]]

    def pieces_where(self, kept: Mapping[bytes, bool]) -> list[bytes]:
        """As `where`, but faster: adjacent lines with the same first field are one piece."""
        if not self.is_by_line or self.column.place or len(self.column.names) < 2 or self._has_blank_lines:
            return self.where(kept)
        data, separator = self.block.data, self.column.part.layout.separator
        ahead = [line.partition(separator)[0] for line in data[:LOOK_AHEAD].split(b"\n")]
        if len(set(ahead)) * SHORT_RUN < len(ahead):
            return [run[0][:-1] for run in _run(separator).finditer(data) if kept[run[1]]]
        return [line for line in self.lines if kept[line.partition(separator)[0]]]

    def error(self, name: str, check: Callable[[bytes], object]) -> ChurnkitError:
        """The error for the first record of the block that fails a check of a column.

        check: raises IndexError if the record is too short, ValueError for an invalid value.
        """
        part, start = self.column.part, 0
        for end in records.record_ends(self.block.data, part.layout):
            line = self.block.line + self.block.data.count(b"\n", 0, start)
            record = self.block.data[start : end - 1]
            start = end
            try:
                if self.column.key(record) is not None:
                    check(record)
            except IndexError:
                count = len(records.field_spans(record, part.layout))
                what = f"column {quote(name)}: {records.ragged_row(count, len(self.column.names))}"
            except UnicodeDecodeError:
                encoding, hint = self.column.encoding.upper(), records.encoding_hint(self.block.data)
                what = f"column {quote(name)}: not {encoding}; for an old export, try {hint}"
            except ValueError as error:
                what = str(error)
            else:
                continue
            return ChurnkitError(f"{errors.shown_path(part.path)}:{line}: {what}")
        raise AssertionError("no record of this block is bad")
