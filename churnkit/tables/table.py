"""Reads FILEs as one table: polars frames of text columns, cast to the requested kinds.

Each record becomes a row of texts; only an empty field is null. Columns that a command needs as a kind (id,
time, number) are cast block by block, so that an error can name the line.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from typing import Any

import polars as pl

from churnkit import errors, messages
from churnkit.columns import missing_column
from churnkit.errors import ChurnkitError, quote
from churnkit.tables import (
    casts,
    column_casts,
    csv_columns,
    formats,
    jsonl,
    notations,
    records,
    streams,
    writing,
)
from churnkit.tables.casts import MAYBE_TIME, NUMBER, REPEATED_ID, TEXT, TIME, WORD
from churnkit.tables.column_casts import Notation, Noticed, cast_column
from churnkit.tables.csv_columns import BadRow
from churnkit.tables.records import Block

BIG_PIECE = 16 << 20  # bytes of a block when a whole table is read
PARQUET_ROWS = 1 << 18  # rows of a frame
WORKERS = min(4, os.cpu_count() or 1)  # threads that parse and cast when a whole table is read


@dataclass(frozen=True)
class Reading:
    """How to read the input: the options shared by all commands that read tables."""

    format: str | None = None
    columns: tuple[str, ...] = ()
    null: tuple[str, ...] = ()
    encoding: str | None = None
    notation: Notation = field(default_factory=Notation)
    skip: bool = False
    rejects: str | None = None


@dataclass(frozen=True)
class Frame:
    """Rows of one block of a FILE, and the physical line of each.

    rows: the requested columns, cast. texts: all columns as text. block: the bytes, if still in memory.
    headers: the number of repeated headers left out. noticed: what is unlikely about the cast values.
    """

    rows: pl.DataFrame
    path: str
    lines: Sequence[int]
    block: Block | None = None
    texts: pl.DataFrame = field(default_factory=pl.DataFrame)
    headers: int = 0
    noticed: Noticed = field(default_factory=Noticed)

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
        starts = [line - self.block.line for line in self.lines] + [len(physical)]
        return ["\n".join(physical[starts[row] : starts[row + 1]]).rstrip("\n") for row in rows]


Unread = Callable[[], Frame]  # parses the records of one block


@dataclass
class Digest:
    """Size and SHA-256 of the bytes of a FILE."""

    hash: hashlib._Hash = field(default_factory=hashlib.sha256)
    size: int = 0

    def add(self, piece: bytes) -> None:
        self.hash.update(piece)
        self.size += len(piece)


@dataclass
class Table:
    """FILEs as one table. Reading has a state: skipped rows, units of times, notations of numbers."""

    paths: list[str]
    reading: Reading = field(default_factory=Reading)
    piece: int = BIG_PIECE
    patience: float = streams.PATIENCE
    check: Callable[[pl.DataFrame], dict[int, str]] | None = None  # row → what is wrong with its values
    is_digested: bool = False  # compute bytes and sha256
    names: list[str] = field(default_factory=list)
    is_fixed: bool = True  # the names are known before the rows are read; False for JSON Lines
    now: int = field(default_factory=lambda: time.time_ns() // 1_000)  # microseconds
    headers_skipped: int = 0
    noticed: Noticed = field(default_factory=Noticed)
    rejects: list[dict[str, Any]] = field(default_factory=list)
    _units: dict[str, str | None] = field(default_factory=dict)
    _wishes: dict[str, Any] = field(default_factory=dict)
    _waiting: dict[str, Iterator[Unread]] = field(default_factory=dict)
    _digests: dict[str, Digest] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Checks all FILEs and their headers before any row is read."""
        streams.check_readable(self.paths)
        for path in self.paths:
            names, unread, is_fixed = self._open(path)
            self.is_fixed = self.is_fixed and is_fixed
            if is_fixed and self.names:
                first = errors.shown_path(self.paths[0])
                records.refuse_other_columns(errors.shown_path(path), names, first, self.names)
            self._know(names)
            if path == self.paths[0] or not os.path.isfile(path):  # a pipe cannot be opened twice
                self._waiting[path] = unread

    @property
    def name(self) -> str:
        """The name of the table in messages: its first FILE."""
        return errors.shown_path(self.paths[0])

    @property
    def bytes(self) -> int:
        """Bytes read so far, unpacked."""
        return sum(digest.size for digest in self._digests.values())

    @property
    def sha256(self) -> str:
        """The SHA-256 of the unpacked bytes; for several FILEs the SHA-256 of their joined SHA-256s."""
        each = [self._digests[path].hash.hexdigest() for path in self.paths if path in self._digests]
        return each[0] if len(each) == 1 else hashlib.sha256("".join(each).encode()).hexdigest()

    def require(self, column: str, way_out: str = "") -> str:
        """The name of the column. Raises ChurnkitError, with the nearest name, if it does not exist."""
        if column not in self.names:
            raise ChurnkitError(f"{self.name}: {missing_column(column, self.names, way_out)}")
        return column

    def frames(
        self, kinds: Mapping[str, str] | None = None, also_texts: Sequence[str] | None = None
    ) -> Iterator[Frame]:
        """The rows, block by block.

        kinds: column → id, time, number or text: returns only these columns, in this order, cast. None: all
        columns, as text. also_texts: columns also needed as text; None: all.
        Raises ChurnkitError at the first bad row, unless bad rows are skipped.
        """
        for unread in self._unread(kinds, also_texts):
            yield self._record_frame(self._parse(unread, kinds))
        self._report()

    def _unread(self, kinds: Mapping[str, str] | None, also_texts: Sequence[str] | None) -> Iterator[Unread]:
        """All blocks of all FILEs."""
        kinds = kinds or {}
        self._wishes = {name: pl.Categorical for name, kind in kinds.items() if kind in (REPEATED_ID, WORD)}
        if also_texts is not None and not self.reading.null and self.reading.notation.decimal is None:
            numbers = {name for name, kind in kinds.items() if kind == NUMBER} - set(also_texts)
            self._wishes |= dict.fromkeys(numbers, pl.Float64)
        for path in self.paths:
            waiting = self._waiting.pop(path, None)
            yield from waiting if waiting is not None else self._open(path)[1]

    def _parse(self, unread: Unread, kinds: Mapping[str, str] | None) -> Frame:
        """Parses and casts a block. Changes only the units of times, so that threads can share the table."""
        frame = unread()
        frame = replace(frame, rows=self._apply_null(frame.rows))
        return replace(self._cast(frame, kinds) if kinds is not None else frame, block=None)

    def _record_frame(self, frame: Frame) -> Frame:
        """The frame, after its names and headers are recorded; called in the order of the rows."""
        self._know((frame.texts if frame.texts.width else frame.rows).columns)
        self.headers_skipped += frame.headers
        self.noticed += frame.noticed
        return frame

    def _parallel_frames(self, kinds: Mapping[str, str] | None, also_texts: Sequence[str]) -> Iterator[Frame]:
        """As `frames`, but blocks are parsed and cast in parallel."""
        if self.reading.skip or self.reading.notation.decimal:  # keeps the rejects and the notations in order
            yield from self.frames(kinds, also_texts)
            return
        times = [name for name, kind in (kinds or {}).items() if kind in (TIME, MAYBE_TIME)]
        waiting: deque[Future[Frame]] = deque()
        with ThreadPoolExecutor(WORKERS) as pool:
            try:
                for unread in self._unread(kinds, also_texts):
                    if not all(self._units.get(name) for name in times):  # the first times give the unit
                        yield self._record_frame(self._parse(unread, kinds))
                        continue
                    waiting.append(pool.submit(self._parse, unread, kinds))
                    if len(waiting) > WORKERS:
                        yield self._record_frame(waiting.popleft().result())
            except ChurnkitError:
                for future in waiting:  # an earlier bad row is reported first
                    future.result()
                raise
            while waiting:
                yield self._record_frame(waiting.popleft().result())
        self._report()

    def whole(
        self, kinds: Mapping[str, str] | None = None, also_texts: Sequence[str] = ()
    ) -> tuple[pl.DataFrame, list[Frame]]:
        """All rows in memory, and their frames, for `place_of` a row.

        also_texts: columns also needed as text; in the rows their names are `text_of` the column.
        """
        frames = []
        for frame in self._parallel_frames(kinds, also_texts):
            texts = [frame.texts[name].alias(text_of(name)) for name in also_texts]
            frames.append(replace(frame, rows=frame.rows.with_columns(texts), texts=pl.DataFrame()))
        names = [*(kinds if kinds is not None else self.names), *map(text_of, also_texts)]
        types: dict[str, Any] = {NUMBER: pl.Float64, TIME: pl.Int64, MAYBE_TIME: pl.Int64}
        types |= dict.fromkeys((REPEATED_ID, WORD), pl.Categorical)
        empty = pl.DataFrame(schema={n: types.get((kinds or {}).get(n, TEXT), pl.String) for n in names})
        return pl.concat([empty, *(f.rows for f in frames)], how="diagonal"), frames

    def plain_numbers(self, rows: pl.DataFrame, name: str, text_name: str | None = None) -> pl.Series:
        """A column that was cast to numbers, as plain texts (1570.69) with the digits of the input.

        text_name: the column with its texts, if that has another name.
        """
        texts = column_text(rows, text_name or name).str.strip_chars()
        decimal = self.reading.notation.decimal
        is_plain = decimal is None or self._units.get(name) == casts.PLAIN
        return texts if is_plain else notations.plain_numbers(texts, str(decimal))

    def _know(self, names: Sequence[str]) -> None:
        if names != self.names:
            self.names = list(dict.fromkeys([*self.names, *names]))

    # ------------------------------------------------------------------ a FILE as frames of texts
    def _open(self, path: str) -> tuple[list[str], Iterator[Unread], bool]:
        """The names of a FILE's columns, its blocks, and whether every FILE must have these names."""
        if read_file := formats.file_reader(path, self.reading.format):
            rows = read_file(path)
            if self.is_digested:
                self._digests[path] = digest_file(path)
            return rows.columns, _slices(rows, path), True
        headed = not self.reading.columns
        watch = None
        if self.is_digested:
            self._digests[path] = Digest()  # starts again if a FILE is opened again
            watch = self._digests[path].add
        opened = records.open_records(
            path,
            requested=self.reading.format,
            headed=headed,
            piece=self.piece,
            encoding=self.reading.encoding,
            watch=watch,
            patience=self.patience,
        )
        if opened.layout.format == formats.JSONL:
            first = _jsonl_frame(next(opened.blocks), path)
            rest = (partial(_jsonl_frame, block, path) for block in opened.blocks)
            return first.rows.columns, chain([lambda: first], rest), False
        names = opened.names if headed else list(self.reading.columns)
        return names, (partial(self._csv_frame, opened, names, block) for block in opened.blocks), True

    def _csv_frame(self, opened: records.RecordStream, names: list[str], block: Block) -> Frame:
        parsed = csv_columns.parse_block(block, opened.layout, names, opened.path, self._wishes)
        if parsed.bad:
            self._reject(opened.path, parsed.bad)
        frame = Frame(parsed.rows, opened.path, parsed.lines, block)
        header = opened.header.rstrip(b"\r\n")
        return _without_headers(frame) if header and header in block.data else frame

    def _apply_null(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows with the texts of --null replaced by null."""
        if not self.reading.null:
            return rows
        return rows.with_columns(pl.all().cast(pl.String).replace(list(self.reading.null), None))

    # ------------------------------------------------------------------ texts → kinds
    def _cast(self, frame: Frame, kinds: Mapping[str, str]) -> Frame:
        empty = pl.Series(values=[None] * frame.rows.height, dtype=pl.String)
        columns: list[pl.Series] = []
        bad: dict[int, str] = {}
        noticed = Noticed()
        for name, kind in kinds.items():
            texts = frame.rows[name] if name in frame.rows.columns else empty
            cast, seen = cast_column(texts, kind, self.reading.notation, self._units.get(name), self.now)
            if kind in (TIME, MAYBE_TIME, NUMBER):
                self._units[name] = cast.unit or self._units.get(name)
            noticed += seen
            columns.append(cast.values.alias(name))
            if cast.bad is not None:
                places = cast.bad.arg_true()
                for row in places if self.reading.skip else places[:1]:
                    bad.setdefault(row, f"column {quote(name)}: {self._why(texts[row], cast)}")
        cast_frame = replace(frame, rows=pl.DataFrame(columns), texts=frame.rows, noticed=noticed)
        if self.check is not None:
            for row, why in self.check(cast_frame.rows).items():
                bad.setdefault(row, why)
        if not bad:
            return cast_frame
        rows = sorted(bad)
        raw = frame.raw(rows) if self.reading.rejects else [""] * len(rows)
        whole = zip(rows, raw, strict=True)
        self._reject(frame.path, [BadRow(frame.lines[row], bad[row], text) for row, text in whole])
        return cast_frame.only(pl.Series([row not in bad for row in range(frame.rows.height)]))

    def _why(self, text: str | None, cast: casts.Cast) -> str:
        if text is None:
            return "is empty"
        if text in self.names:
            return f"{cast.why(text)}; is this a second header? all FILEs must have the same columns"
        return cast.why(text) + ("" if self.reading.skip else cast.hint(text))

    def _reject(self, path: str, bad: Sequence[BadRow]) -> None:
        """Raises ChurnkitError for the first bad row; with --on-error skip, adds all to the rejects."""
        name = errors.shown_path(path)
        if not self.reading.skip:
            raise ChurnkitError(f"{name}:{bad[0].line}: {bad[0].why}")
        self.rejects += [
            {"file": name, "line": b.line, "reason": b.why, "row": b.raw.rstrip("\r")} for b in bad
        ]

    def _report(self) -> None:
        if self.headers_skipped:
            messages.note(
                "repeated-headers",
                f"{messages.count(self.headers_skipped, 'repeated header line')} skipped",
                count=self.headers_skipped,
            )
        column_casts.write_notes(self.noticed, self.reading.notation, self.name)
        if self.rejects:
            messages.warn(
                "skipped-rows",
                f"{messages.count(len(self.rejects), 'bad row')} skipped",
                count=len(self.rejects),
            )
        if self.reading.rejects:
            schema = {"file": pl.String, "line": pl.Int64, "reason": pl.String, "row": pl.String}
            with writing.open_output(self.reading.rejects, "csv") as output:
                output.frame(pl.DataFrame(self.rejects, schema=schema))


def digest_file(path: str) -> Digest:
    """Size and SHA-256 of the unpacked bytes of a FILE."""
    digest = Digest()
    for piece in streams.read(path):
        digest.add(piece)
    return digest


def text_of(column: str) -> str:
    """The name of a column's text beside its number; a header cannot contain such a name."""
    return f"{column}\0text"


def column_text(texts: pl.DataFrame, name: str) -> pl.Series:
    """A column as text; a block of JSON Lines may not have it at all."""
    return texts[name] if name in texts.columns else pl.Series(name, [None] * texts.height, dtype=pl.String)


def place_of(frames: Sequence[Frame], row: int) -> str:
    """`FILE:LINE` of a row of the whole table, numbered from 0."""
    for frame in frames:
        if row < frame.rows.height:
            return frame.place(row)
        row -= frame.rows.height
    raise IndexError(row)


def _without_headers(frame: Frame) -> Frame:
    """Leaves out rows that repeat the header, as in the output of `cat` or `xargs`."""
    first, *rest = frame.rows.columns
    conditions = [pl.col(first).cast(pl.String).str.strip_prefix("\ufeff").eq_missing(first)]
    conditions += [pl.col(name).cast(pl.String).eq_missing(name) for name in rest]
    is_header = frame.rows.select(pl.all_horizontal(conditions)).to_series()
    return replace(frame.only(~is_header), headers=int(is_header.sum())) if is_header.any() else frame


def _jsonl_frame(block: Block, path: str) -> Frame:
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


def _slices(rows: pl.DataFrame, path: str) -> Iterator[Unread]:
    for start in range(0, rows.height, PARQUET_ROWS):
        part = rows.slice(start, PARQUET_ROWS)
        yield partial(Frame, part, path, range(start + 1, start + 1 + part.height))
