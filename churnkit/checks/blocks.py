"""Blocks of records as columns and as bytes: every record that can be read is a row, others have a reason."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from typing import Any

import numpy as np
import polars as pl

from churnkit.arrays import Flags, Ints
from churnkit.errors import ChurnkitError
from churnkit.tables import formats, jsonl, records
from churnkit.tables.csv_columns import parse_block
from churnkit.tables.formats import Layout
from churnkit.tables.records import Block

NOT_UTF8 = "not UTF-8; for an old export, try --encoding latin-1"


@dataclass(frozen=True)
class ParsedRecords:
    """rows: a column per column, String or the wished type. places: (n,) the record of each row, from 0.

    unreadable: record → why it is not a row. The other records are blank lines and repeated headers;
    `headers` counts the headers.
    """

    rows: pl.DataFrame
    places: Ints
    unreadable: dict[int, str]
    headers: int = 0


@dataclass(frozen=True)
class RecordBlock:
    """A block of whole records of a FILE. header: of the FILE, with its line end; empty without one."""

    block: Block
    layout: Layout
    header: bytes
    names: Sequence[str]
    encoding: str = "utf-8"
    path: str = ""

    @cached_property
    def ends(self) -> list[int]:
        """The end of each record: the offset after its newline."""
        return records.record_ends(self.block.data, self.layout)

    @property
    def count(self) -> int:
        """The number of records, blank lines and repeated headers among them."""
        return self.block.lines if b'"' not in self.block.data else len(self.ends)

    def record(self, place: int) -> bytes:
        """The bytes of a record, with its line end."""
        return self.block.data[self.ends[place - 1] if place else 0 : self.ends[place]]

    def line(self, place: int) -> int:
        """The physical line on which a record begins."""
        return self._lines[place]

    @cached_property
    def _lines(self) -> Sequence[int]:
        if b'"' not in self.block.data or self.layout.format == formats.JSONL:
            return range(self.block.line, self.block.line + self.count)
        starts = [0, *self.ends[:-1]]
        data, counts = self.block.data, [self.block.line]
        counts += [data.count(b"\n", a, b) for a, b in zip(starts, self.ends, strict=True)]
        return list(accumulate(counts))[:-1]

    def split(self, first: int) -> tuple[RecordBlock, RecordBlock]:
        """The first records, at least one, and the others, at least one."""
        data, at = self.block.data, self.ends[first - 1]
        parts = Block(data[:at], self.block.line), Block(data[at:], self.line(first))
        head, rest = (replace(self, block=part) for part in parts)
        return head, rest

    def kept(self, is_kept: Flags) -> bytes:
        """The bytes of the records that are kept, in their order. is_kept: (records,)."""
        if is_kept.all():
            return self.block.data
        if not is_kept.any():
            return b""
        edges = np.flatnonzero(np.diff(np.concatenate(([False], is_kept, [False])).astype(np.int8)))
        offsets = np.array([0, *self.ends])[edges].tolist()
        data = self.block.data
        return b"".join(data[a:b] for a, b in zip(offsets[::2], offsets[1::2], strict=True))

    def parse(self, wishes: Mapping[str, Any]) -> ParsedRecords:
        """The records as rows. wishes: as in `parse_block`."""
        if self.layout.format == formats.JSONL:
            return self._parse_json()
        bare = self.header.rstrip(b"\r\n")
        if self.encoding == "utf-8" and not (bare and bare in self.block.data):
            try:
                parsed = parse_block(self.block, self.layout, self.names, "", wishes)
            except ChurnkitError:
                parsed = None
            if parsed is not None and not parsed.bad and len(parsed.lines) == self.count:
                return ParsedRecords(parsed.rows, np.arange(self.count), {})
        return self._parse_csv(bare)

    def _parse_csv(self, header: bytes) -> ParsedRecords:
        kept: list[tuple[int, bytes]] = []
        unreadable: dict[int, str] = {}
        headers = 0
        for place in range(self.count):
            record = self.record(place)
            if header and record.rstrip(b"\r\n").removeprefix(b"\xef\xbb\xbf") == header:
                headers += 1
                continue
            if why := self._why_ragged(record):
                unreadable[place] = why
                continue
            if len(self.names) > 1 and not record.strip(b"\r\n"):
                continue  # a blank line
            try:
                kept.append((place, record.decode(self.encoding).encode()))
            except UnicodeDecodeError as error:
                unreadable[place] = self._not_text(record, error.start)
        frames, places = [pl.DataFrame(schema=dict.fromkeys(self.names, pl.String))], []
        for rows, row_places, broken in self._parsed(kept):
            frames.append(rows)
            places += row_places
            unreadable |= broken
        return ParsedRecords(pl.concat(frames), np.array(places, dtype=np.int64), unreadable, headers)

    def _why_ragged(self, record: bytes) -> str | None:
        """Why a record without quotes is not a row: found here, so that the others can be parsed at once."""
        if b'"' in record or b"\0" in record:
            return None
        fields = record.count(self.layout.separator) + 1
        is_blank = fields == 1 and not record.strip(b"\r\n")
        return (
            records.ragged_row(fields, len(self.names))
            if fields != len(self.names) and not is_blank
            else None
        )

    def _not_text(self, record: bytes, at: int) -> str:
        """Why a record is not text, with the column of the first wrong byte."""
        spans = records.field_spans(record.rstrip(b"\r\n"), self.layout)
        column = bisect_right([start for start, _ in spans], at) - 1
        where = f"column '{self.names[column]}': " if column < len(self.names) else ""
        return f"{where}{NOT_UTF8}"

    def _parsed(
        self, kept: Sequence[tuple[int, bytes]]
    ) -> Iterator[tuple[pl.DataFrame, list[int], dict[int, str]]]:
        """Rows, their places, and the reasons of others, in parts: halves until each can be parsed."""
        if not kept:
            return
        lines = accumulate((text.count(b"\n") for _, text in kept), initial=1)
        place_of = dict(zip(lines, (place for place, _ in kept), strict=False))
        try:
            parsed = parse_block(Block(b"".join(t for _, t in kept), 1), self.layout, self.names, "")
        except ChurnkitError as error:
            if len(kept) == 1:
                why = re.sub(r"^:\d+: ", "", str(error))
                yield pl.DataFrame(schema=dict.fromkeys(self.names, pl.String)), [], {kept[0][0]: why}
                return
            middle = len(kept) // 2
            yield from self._parsed(kept[:middle])
            yield from self._parsed(kept[middle:])
            return
        broken = {place_of[row.line]: row.why for row in parsed.bad}
        yield parsed.rows, [place_of[line] for line in parsed.lines], broken

    def _parse_json(self) -> ParsedRecords:
        rows: list[dict[str, str | None]] = []
        places: list[int] = []
        unreadable: dict[int, str] = {}
        for place, record in enumerate(self.block.data.split(b"\n")[:-1]):
            if not record.strip(b"\r"):
                continue
            try:
                rows.append(jsonl.record(record.decode(self.encoding)))
                places.append(place)
            except UnicodeDecodeError:
                unreadable[place] = NOT_UTF8
            except ValueError as error:
                unreadable[place] = str(error)
        names = dict.fromkeys(name for row in rows for name in row)
        columns = [pl.Series(name, [row.get(name) for row in rows], dtype=pl.String) for name in names]
        frame = pl.DataFrame(columns) if columns else pl.DataFrame(height=len(rows))
        return ParsedRecords(frame, np.array(places, dtype=np.int64), unreadable)
