"""Reads FILEs as one table: polars frames of text columns, cast to the requested kinds.

Each record becomes a row of texts; only an empty field is null. Columns that a command needs as a kind (id,
time, number) are cast block by block, so that an error can name the line.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from typing import Any, TypeVar

import polars as pl

from churnkit import errors, messages
from churnkit.columns import ID as ID_COLUMN
from churnkit.columns import list_names, missing_column
from churnkit.errors import ChurnkitError, quote
from churnkit.tables import (
    casts,
    column_casts,
    csv_columns,
    formats,
    frames,
    headers,
    json_arrays,
    notations,
    path_columns,
    records,
    sheets,
    streams,
    totals,
    writing,
)
from churnkit.tables.casts import ID, MAYBE_NUMBER, MAYBE_TIME, NUMBER, REPEATED_ID, TEXT, TIME, WORD
from churnkit.tables.column_casts import Notation, Noticed, cast_column
from churnkit.tables.csv_columns import BadRow
from churnkit.tables.digest import Digest, digest_file
from churnkit.tables.file_table import FileTable, Sheet
from churnkit.tables.frames import (
    Frame as Frame,
)
from churnkit.tables.frames import (
    Oddities,
    Unread,
)
from churnkit.tables.frames import (
    column_text as column_text,
)
from churnkit.tables.frames import (
    place_of as place_of,
)
from churnkit.tables.frames import (
    text_of as text_of,
)
from churnkit.tables.prefetch import WORKERS
from churnkit.tables.records import Block
from churnkit.tables.same_as import SameAs
from churnkit.tables.sheets import UNITS

Result = TypeVar("Result")
BIG_PIECE = 16 << 20  # bytes of a block when a whole table is read
PARSERS = WORKERS + 1  # threads that parse blocks: often one of them waits for Python's lock


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
    id: str | None = None  # the column of --id, if the command has one
    sheet: str | None = None  # of an Excel file
    as_of_name: str | None = None  # the pattern of file names that hold a date
    is_hive: bool = False  # folders key=value are columns
    same_as: SameAs | None = None  # old ids of customers


@dataclass
class Table:
    """FILEs as one table. Reading has a state: skipped rows, units of times, notations of numbers."""

    paths: list[str]
    reading: Reading = field(default_factory=Reading)
    piece: int = BIG_PIECE
    patience: float | None = None  # as in streams.read; so sums do not depend on how fast the rows come
    check: Callable[[pl.DataFrame], dict[int, str]] | None = None  # row → what is wrong with its values
    filled: str | None = None  # a column that must not be empty; for frames of texts
    is_digested: bool = False  # compute bytes and sha256
    explode: str | None = None  # the column of a JSON array: one row per element
    names: list[str] = field(default_factory=list)
    is_fixed: bool = True  # the names are known before the rows are read; False for JSON Lines
    now: int = field(default_factory=lambda: time.time_ns() // 1_000)  # microseconds
    odd: Oddities = field(default_factory=Oddities)
    noticed: Noticed = field(default_factory=Noticed)
    rejects: list[dict[str, Any]] = field(default_factory=list)
    _old_ids: Counter[str] = field(default_factory=Counter)  # → rows
    _has_arrays: bool = False  # a row has the column to explode
    _title: str = ""  # what to do about a title above the header
    _value_like: list[str] = field(default_factory=list)  # names in the header that look like values
    _units: dict[str, str | None] = field(default_factory=dict)
    _wishes: dict[str, Any] = field(default_factory=dict)  # column → type that the parser may return
    _typed: dict[str, Any] = field(default_factory=dict)  # the same for a file that has types
    _needed: set[str] | None = None  # the columns that are used; None: all
    _waiting: dict[str, Iterator[Unread]] = field(default_factory=dict)
    _file: FileTable | None = None  # the FILE, if it is one that is not read line by line
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
        if self.is_fixed and self.explode is not None:
            self._has_arrays = bool(self.require(self.explode))

    @property
    def name(self) -> str:
        """The name of the table in messages: its first FILE."""
        return errors.shown_path(self.paths[0])

    @property
    def sorted_by(self) -> str | None:
        """The column by whose values the rows are sorted, if there is one FILE and it says so."""
        is_in_order = len(self.paths) == 1 and self.reading.same_as is None  # other ids are in another order
        return self._file.sorted_by if is_in_order and self._file is not None else None

    @property
    def stored(self) -> FileTable | None:
        """The FILE, if it is one that says it is sorted, and that is read as it stands."""
        is_plain = self._are_times_plain and not self.reading.skip and self.reading.notation.decimal is None
        return self._file if self.sorted_by is not None and is_plain else None

    @property
    def bytes(self) -> int:
        """Bytes read so far, unpacked."""
        return sum(digest.size for digest in self._digests.values())

    @property
    def sha256(self) -> str:
        """The SHA-256 of the unpacked bytes; for several FILEs the SHA-256 of their joined SHA-256s."""
        each = [self._digests[path].sha256 for path in self.paths if path in self._digests]
        return each[0] if len(each) == 1 else hashlib.sha256("".join(each).encode()).hexdigest()

    def require(self, column: str, way_out: str = "") -> str:
        """The name of the column. Raises ChurnkitError, with the nearest name, if it does not exist."""
        if column not in self.names:
            raise ChurnkitError(f"{self.name}: {missing_column(column, self.names, way_out)}{self._title}")
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
            numbers = {n for n, kind in kinds.items() if kind in (NUMBER, MAYBE_NUMBER)} - set(also_texts)
            self._wishes |= dict.fromkeys(numbers, pl.Float64)
        self._typed = {name: wish for name, wish in self._wishes.items() if wish == pl.Float64}
        if also_texts is not None and self._are_times_plain:
            times = {name for name, kind in kinds.items() if kind in (TIME, MAYBE_TIME)} - set(also_texts)
            self._typed |= dict.fromkeys(times, pl.Datetime)
        self._needed = None if not kinds or also_texts is None else {*kinds, *also_texts, self.explode or ""}
        self.refuse_patterns(self.names if self._needed is None else sorted(self._needed))
        for path in self.paths:
            waiting = self._waiting.pop(path, None)
            yield from waiting if waiting is not None else self._open(path)[1]

    def refuse_patterns(self, names: Iterable[str]) -> None:
        """Raises ChurnkitError for a name by which polars would understand other columns."""
        for name in names:
            if name == "*" or (name.startswith("^") and name.endswith("$")):
                raise ChurnkitError(
                    f"{self.name}: the column name {quote(name)} is a pattern: rename the column"
                )

    def _parse(self, unread: Unread, kinds: Mapping[str, str] | None) -> Frame:
        """Parses and casts a block. Changes only the units of times, so that threads can share the table."""
        frame = unread()
        frame = replace(frame, rows=self._apply_null(frame.rows))
        if self.explode is not None:
            self._has_arrays = self._has_arrays or self.explode in frame.rows.columns
            frame = json_arrays.explode(frame, self.explode)
            frame = replace(frame, rows=self._apply_null(frame.rows))
        cast = self._cast(frame, kinds) if kinds is not None else self._without_gaps(frame)
        return replace(cast, block=None)

    def _without_gaps(self, frame: Frame) -> Frame:
        """The rows in which the column `filled` has a value; one without is a bad row."""
        if self.filled is None or self.filled not in frame.rows.columns:
            return frame
        is_empty = frame.rows[self.filled].is_null()
        if not is_empty.any():
            return frame
        return self._reject_rows(
            frame, dict.fromkeys(is_empty.arg_true(), f"column {quote(self.filled)}: is empty")
        )

    def _record_frame(self, frame: Frame) -> Frame:
        """The frame, after its names and headers are recorded; called in the order of the rows."""
        self._know((frame.texts if frame.texts.width else frame.rows).columns)
        self.odd += frame.odd
        self.noticed += frame.noticed
        self._old_ids.update(frame.old_ids)
        return frame

    def blocks(
        self, kinds: Mapping[str, str] | None, also_texts: Sequence[str], use: Callable[[Frame], Result]
    ) -> Iterator[Result]:
        """As `frames`, but blocks are parsed and cast in parallel; `use` is called with each in its thread.

        Texts are in the rows as well; their names are `text_of` the column.
        """

        def used(frame: Frame) -> tuple[Frame, Result]:
            texts = [column_text(frame.texts, name).alias(text_of(name)) for name in also_texts]
            result = use(replace(frame, rows=frame.rows.with_columns(texts), texts=pl.DataFrame()))
            return replace(frame, rows=frame.rows.clear(), texts=frame.texts.clear()), result

        def parse(unread: Unread) -> tuple[Frame, Result]:
            return used(self._parse(unread, kinds))

        if self.reading.skip or self.reading.notation.decimal:  # keeps the rejects and the notations in order
            for frame in self.frames(kinds, also_texts):
                yield used(frame)[1]
            return
        times = [name for name, kind in (kinds or {}).items() if kind in (TIME, MAYBE_TIME)]
        waiting: deque[Future[tuple[Frame, Result]]] = deque()
        with ThreadPoolExecutor(PARSERS) as pool:
            try:
                for unread in self._unread(kinds, also_texts):
                    if not all(self._units.get(name) for name in times):  # the first times give the unit
                        yield self._record_block(*parse(unread))
                        continue
                    waiting.append(pool.submit(parse, unread))
                    if len(waiting) > PARSERS:
                        yield self._record_block(*waiting.popleft().result())
            except ChurnkitError:
                for future in waiting:  # an earlier bad row is reported first
                    future.result()
                raise
            while waiting:
                yield self._record_block(*waiting.popleft().result())
        self._report()

    def _record_block(self, frame: Frame, result: Result) -> Result:
        self._record_frame(frame)
        return result

    def whole(
        self, kinds: Mapping[str, str] | None = None, also_texts: Sequence[str] = ()
    ) -> tuple[pl.DataFrame, list[Frame]]:
        """All rows in memory, and their frames, for `place_of` a row.

        also_texts: columns also needed as text; in the rows their names are `text_of` the column.
        """
        frames = list(self.blocks(kinds, also_texts, lambda frame: frame))
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
        more = path_columns.columns_of_path(path, self.reading.as_of_name, self.reading.is_hive)
        names, unread, is_fixed = self._open_content(path)
        if not more:
            return names, unread, is_fixed
        if both := [name for name in more if name in names]:
            place = errors.shown_path(path)
            raise ChurnkitError(f"{place}: the table has a column {quote(both[0])}, and so has the path")
        return [*names, *more], (partial(frames.with_constants, each, more) for each in unread), is_fixed

    def _open_content(self, path: str) -> tuple[list[str], Iterator[Unread], bool]:
        """As `_open`, without the columns of the path."""
        if read_file := formats.file_reader(path, self.reading.format):
            if self.reading.columns:
                raise ChurnkitError(f"{errors.shown_path(path)}: --columns is for CSV without a header")
            table = read_file(path, self.reading.sheet)
            self._file = table
            if self.is_digested:
                self._digests[path] = digest_file(path)
            return table.names, self._file_frames(table, path), True
        if self.reading.sheet is not None:
            raise ChurnkitError(f"{errors.shown_path(path)}: --sheet is for Excel files")
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
            is_tolerant=self.reading.skip,
        )
        if opened.layout.format == formats.JSONL:
            first = frames.jsonl_frame(next(opened.blocks), path)
            rest = (partial(frames.jsonl_frame, block, path) for block in opened.blocks)
            return first.rows.columns, chain([lambda: first], rest), False
        names = self._names(opened) if headed else list(self.reading.columns)
        below = headers.rows_below(opened, names)
        units = headers.units_line(below, self.reading.null)
        if units and not self.reading.skip:
            raise ChurnkitError(f"{errors.shown_path(path)}:{units}: {UNITS}: sed {units}d")
        if headed and (alike := headers.value_like_names(names, below)):
            self._value_like = self._value_like or alike
        blocks = totals.without_total(opened.blocks, self._total_rule(opened, names), self._add_total)
        return names, (partial(self._csv_frame, opened, names, units, block) for block in blocks), True

    def _file_frames(self, table: FileTable, path: str) -> Iterator[Unread]:
        if not isinstance(table, Sheet):
            return self._column_frames(table, path)
        id_ = self._id_of(table.rows.columns)
        left = sheets.find_leavings(table, id_, self.reading.notation.decimal, self.reading.null)
        self._value_like = self._value_like or [*left.names]
        return sheets.sheet_frames(table, path, left, self._reject)

    def _column_frames(self, table: FileTable, path: str) -> Iterator[Unread]:
        """The rows of a file that is read by columns: only those that are needed, known at the first row."""
        yield from frames.of_parts(table.parts(self._needed, self._typed), path)

    @property
    def _are_times_plain(self) -> bool:
        """Whether a time of a file with types needs nothing but its instant."""
        notation = self.reading.notation
        return not self.reading.null and notation.time_format is None and not notation.are_local

    def _id_of(self, names: Sequence[str]) -> str:
        return next((name for name in (self.reading.id, ID_COLUMN) if name and name in names), names[0])

    def _total_rule(self, opened: records.RecordStream, names: Sequence[str]) -> totals.TotalRule:
        parse = partial(self._texts, opened, names)
        decimal = self.reading.notation.decimal
        return totals.TotalRule(names, self._id_of(names), opened.layout, decimal, parse)

    def _texts(self, opened: records.RecordStream, names: Sequence[str], block: Block) -> pl.DataFrame:
        return csv_columns.parse_block(block, opened.layout, names, opened.path, {}, is_tolerant=True).rows

    def _add_total(self) -> None:
        self.odd += Oddities(totals=1)

    def _names(self, opened: records.RecordStream) -> list[str]:
        """The names in the header; the error of a header that looks like a title says so."""
        hint = headers.title_hint(opened, opened.first_names)
        self._title = self._title or hint
        if hint and opened.layout.separator not in opened.head:  # all rows would have one column
            raise ChurnkitError(f"{errors.shown_path(opened.path)}: {hint.removeprefix('; ')}")
        try:
            return opened.names
        except ChurnkitError as error:
            raise ChurnkitError(f"{error}{hint}") from None

    def _csv_frame(self, opened: records.RecordStream, names: list[str], units: int, block: Block) -> Frame:
        """The rows of a block. units: the line of descriptions or units below the header, or 0."""
        is_there = opened.is_header_in(block.data)
        if opened.header and (block.has_quotes or b'"' in opened.header):
            is_there = is_there or names[0].encode() in block.data  # the same names, quoted otherwise
        needed = None if is_there else self._needed
        parsed = csv_columns.parse_block(
            block, opened.layout, names, opened.path, self._wishes, self.reading.skip, needed
        )
        if parsed.bad:
            self._reject(opened.path, parsed.bad)
        odd = Oddities(empty=parsed.empty, stray=parsed.stray)
        frame = Frame(parsed.rows, opened.path, parsed.lines, block, odd=odd)
        frame = frames.without_empty_rows(frame, parsed.gaps)
        if units and block.line <= units and units in frame.lines:
            row = frame.lines.index(units)
            self._reject(opened.path, [BadRow(units, UNITS, frame.raw([row])[0])])
            frame = frame.only(pl.Series([line != units for line in frame.lines]))
        return frames.without_headers(frame) if is_there else frame

    def _apply_null(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows with the texts of --null replaced by null."""
        if not self.reading.null:
            return rows
        return rows.with_columns(pl.all().cast(pl.String).replace(list(self.reading.null), None))

    # ------------------------------------------------------------------ texts → kinds
    def _cast(self, frame: Frame, kinds: Mapping[str, str]) -> Frame:
        columns: list[pl.Series] = []
        bad = dict(frame.bad)
        old_ids: dict[str, int] = {}
        noticed = Noticed()
        for name, kind in kinds.items():
            texts = column_text(frame.rows, name)
            if kind in (ID, REPEATED_ID) and self.reading.same_as is not None:
                texts, old_ids = self.reading.same_as.replace_in(texts)
            cast, seen = cast_column(texts, kind, self.reading.notation, self._units.get(name), self.now)
            if kind in (TIME, MAYBE_TIME, NUMBER):
                self._units[name] = cast.unit or self._units.get(name)
            noticed += seen
            columns.append(cast.values.alias(name))
            if cast.bad is not None:
                places = cast.bad.arg_true() if self.reading.skip else cast.bad.arg_true().head(1)
                written = texts.gather(places).to_list()
                whys = {text: f"column {quote(name)}: {self._why(text, cast)}" for text in set(written)}
                for row, text in zip(places, written, strict=True):
                    bad.setdefault(row, whys[text])
        rows = pl.DataFrame(columns)
        cast_frame = replace(frame, rows=rows, texts=frame.rows, noticed=noticed, old_ids=old_ids, bad={})
        if self.check is not None:
            for row, why in self.check(cast_frame.rows).items():
                bad.setdefault(row, why)
        return self._reject_rows(cast_frame, bad) if bad else cast_frame

    def _reject_rows(self, frame: Frame, bad: dict[int, str]) -> Frame:
        """The frame without its bad rows. bad: row → why. Raises ChurnkitError unless they are skipped."""
        of_line = {frame.lines[row]: row for row in sorted(bad, reverse=True)}  # a line is skipped as a whole
        rows = sorted(of_line.values())
        if frame.odd.second_table and not self.reading.skip:
            bad[rows[0]] += f"; {frame.odd.second_table}: {frames.SECOND_TABLE}"
        raw = frame.raw(rows) if self.reading.rejects else [""] * len(rows)
        whole = zip(rows, raw, strict=True)
        self._reject(frame.path, [BadRow(frame.lines[row], bad[row], text) for row, text in whole])
        return frame.only(pl.Series([line not in of_line for line in frame.lines], dtype=pl.Boolean))

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
            hint = self._title or headers.second_table_hint(bad)
            raise ChurnkitError(f"{name}:{bad[0].line}: {bad[0].why}{hint}")
        self.rejects += [
            {"file": name, "line": b.line, "reason": b.why, "row": b.raw.rstrip("\r")} for b in bad
        ]

    def _report(self) -> None:
        if self.explode is not None and self.names and not self._has_arrays:
            raise ChurnkitError(f"{self.name}: {missing_column(self.explode, self.names)}")
        frames.write_notes(self.odd)
        if self._value_like:
            text = f"{self.name}: the header looks like values ({list_names(self._value_like)}); for a file "
            messages.warn("value-like-header", f"{text}without a header, --columns names the columns")
        column_casts.write_notes(self.noticed, self.reading.notation, self.name)
        if self.reading.same_as is not None:
            self.reading.same_as.write_note(self._old_ids, self.name)
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
