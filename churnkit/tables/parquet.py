"""Reads a Parquet file, row group by row group, as the texts that CSV would contain."""

from __future__ import annotations

import contextlib
import io
import json
import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import IO, Any, BinaryIO, cast

import polars as pl

from churnkit import errors
from churnkit.errors import ChurnkitError, is_panic
from churnkit.tables import parquet_schema
from churnkit.tables.finite import are_finite
from churnkit.tables.parquet_schema import INTERVAL, MAP, UUID
from churnkit.tables.stand_ins import LONGEST_ADDRESS, stand_in
from churnkit.tables.watched_file import WatchedFile

WAY_OUT = "cast it to text, or write the file without it"
PART_ROWS = 1 << 16  # rows of a row group that is written, and of a part
READ_ROWS = 1 << 17  # rows that are read at once, if the row groups allow it
MOST_ROWS = 1 << 20  # a larger row group is read in parts, which costs time
SORTED_BY = "churnkit.sorted_by"  # the key under which a file says that its rows are sorted
_FIRST_TIME, _END_OF_TIMES = -62_135_596_800_000_000, 253_402_300_800_000_000  # years 1 to 9999, microseconds


@dataclass(frozen=True)
class ParquetTable:
    """A Parquet file. types: column → type. special: column → UUID, INTERVAL or MAP. groups: rows of each
    row group. words: what its writer says about it. known_ends: what it says about times and whole numbers.
    rows: as polars reads them."""

    path: str
    types: Mapping[str, Any]
    special: Mapping[str, str]
    groups: Sequence[int]
    words: Mapping[str, str]
    known_ends: Mapping[str, tuple[int, int]]
    rows: pl.LazyFrame

    @property
    def names(self) -> list[str]:
        return [*self.types]

    @property
    def sorted_by(self) -> str | None:
        """The column by whose values the rows are sorted, if the file says so."""
        return self.words.get(SORTED_BY)

    def parts(
        self, needed: Iterable[str] | None = None, typed: Mapping[str, Any] | None = None
    ) -> Iterator[tuple[int, pl.DataFrame]]:
        """The rows in parts of whole row groups: the number of the first row, from 1, and String columns.

        needed: the columns to read; None for all. typed: column → Float64 or Datetime: a column that holds
        just this is not made a text. Null if empty. Raises ChurnkitError for a corrupt file, and for a column
        without text: intervals, maps, nested lists, and bytes that are not text. A UUID is its text.
        """
        wanted = None if needed is None else set(needed)
        names = [name for name in self.names if wanted is None or name in wanted]
        for start, number in _cuts(self.groups):
            rows = self.typed(start, number, names)
            for first in range(0, rows.height, PART_ROWS):
                part = rows.slice(first, PART_ROWS)
                columns = [self._column(column, (typed or {}).get(column.name)) for column in part]
                yield start + first + 1, pl.DataFrame(columns)

    def typed(self, start: int, number: int, names: Sequence[str] | None = None) -> pl.DataFrame:
        """Some rows with their types. Raises ChurnkitError if they are corrupt."""
        with _one_line_errors(self.path):
            rows = self.rows.slice(start, number)
            return rows.select(self.names if names is None else names).collect()

    def ends(self, column: str) -> tuple[int, int] | None:
        """The least and the largest of the times or whole numbers in a column; None if there are none."""
        if column in self.known_ends:
            return self.known_ends[column]
        physical = pl.col(column).to_physical()
        least, largest = self.query(
            lambda rows: rows.select(least=physical.min(), largest=physical.max())
        ).row(0)
        return None if least is None else (least, largest)

    def _are_usual(self, column: str) -> bool:
        """Whether the file says so of the times in a column."""
        least, largest = self.known_ends.get(column, (_END_OF_TIMES, _END_OF_TIMES))
        return bool(is_usual_time(least) and is_usual_time(largest))

    def query(self, ask: Callable[[pl.LazyFrame], pl.LazyFrame]) -> pl.DataFrame:
        """What polars computes of all rows, with their types. Raises ChurnkitError if they are corrupt."""
        with _one_line_errors(self.path):
            return ask(self.rows).collect(engine="streaming")

    def _column(self, column: pl.Series, type_: Any) -> pl.Series:
        if type_ == pl.Datetime and column.dtype == pl.Datetime("us", "UTC") and self._are_usual(column.name):
            return column
        if type_ is not None and (as_it_is := _as_typed(column, type_)) is not None:
            return as_it_is
        try:
            texts = _as_text(column, self.special.get(column.name)).alias(column.name)
        except _UnreadableError as error:
            place = f"{errors.shown_path(self.path)}: column {errors.quote(column.name)}"
            raise ChurnkitError(f"{place}: {error} cannot be read; {WAY_OUT}") from None
        is_empty = texts == ""
        return texts.set(is_empty, None) if is_empty.any() else texts


def open_table(path: str) -> ParquetTable:
    """A Parquet file; only its footer is read. Raises ChurnkitError for a pipe, and if it is not Parquet."""
    if not os.path.isfile(path):  # its end is read first, and its parts in any order
        raise ChurnkitError(
            f"{errors.shown_path(path)}: Parquet is read from a file, not from a pipe: name the file"
        )
    with _one_line_errors(path):
        found = parquet_schema.ParquetSchema({}, {}, [], {}, {})
        with open(path, "rb") as file:
            with contextlib.suppress(ValueError):
                found = parquet_schema.read_schema(file)
            patched = _patched(file, found.patches) if INTERVAL in found.columns.values() else None
        rows = pl.scan_parquet(path if patched is None else io.BytesIO(patched))
        number = int(rows.select(pl.len()).collect().item())
        groups = found.groups if sum(found.groups) == number else [number]
        types, ends = rows.collect_schema(), found.ends if groups is found.groups else {}
        return ParquetTable(path, types, found.columns, groups, found.words, ends, rows)


def _cuts(groups: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Start and number of rows of parts: small row groups together, a very large one in pieces."""
    start = end = 0
    for stop in accumulate(groups):
        if stop - start > READ_ROWS and end > start:
            yield start, end - start
            start = end
        while stop - start > MOST_ROWS:
            yield start, MOST_ROWS
            start += MOST_ROWS
        end = stop
    if end > start:
        yield start, end - start


@contextlib.contextmanager
def _one_line_errors(path: str) -> Iterator[None]:
    """Turns what the library raises, and what it writes to standard error, into one ChurnkitError."""
    name = errors.shown_path(path)
    try:
        with _without_stderr():
            yield
    except pl.exceptions.PolarsError:
        with open(path, "rb") as file:
            words = stand_in(file.read(LONGEST_ADDRESS), is_whole=os.path.getsize(path) < LONGEST_ADDRESS)
        raise ChurnkitError(
            f"{name} {words or 'is not a Parquet file; if it is CSV, use --from csv'}"
        ) from None
    except BaseException as error:
        if not is_panic(error):
            raise
        raise ChurnkitError(f"{name} is a corrupt Parquet file") from None


def write_parts(
    parts: Iterable[pl.DataFrame], schema: Mapping[str, Any], words: Mapping[str, str], file: BinaryIO
) -> None:
    """Writes a table part by part, in constant memory. schema: column → type of all parts. words: what the
    file says about itself. Raises OSError if the file cannot be written."""
    from polars.io.plugins import register_io_source

    target = WatchedFile(file)

    def source(*_: object) -> Iterator[pl.DataFrame]:
        for part in parts:
            yield from part.iter_slices(PART_ROWS)

    rows = register_io_source(source, schema=schema)
    try:
        rows.sink_parquet(cast("IO[bytes]", target), row_group_size=PART_ROWS, metadata=dict(words))
    except pl.exceptions.PolarsError:
        if target.error is not None:
            raise target.error from None
        raise


class _UnreadableError(Exception):
    """Says the type of a column that has no text."""


def _patched(file: BinaryIO, patches: dict[int, int]) -> bytes:
    file.seek(0)
    data = bytearray(file.read())
    for place, byte in patches.items():
        data[place] = byte
    return bytes(data)


@contextlib.contextmanager
def _without_stderr() -> Iterator[None]:
    """Drops what the library writes to standard error: many lines for a corrupt file."""
    saved, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(null)


def _as_typed(column: pl.Series, type_: Any) -> pl.Series | None:
    """Numbers as Float64, instants as Datetime in microseconds; None if their texts may say otherwise."""
    if type_ == pl.Float64:
        if column.dtype == pl.Float64 and are_finite(column):
            return column
        return column.cast(pl.Float64) if column.dtype.is_integer() else None
    if not isinstance(column.dtype, pl.Datetime | pl.Date):
        return None
    instants = column.cast(pl.Datetime("us")) if column.dtype == pl.Date else column.dt.cast_time_unit("us")
    if isinstance(column.dtype, pl.Datetime) and column.dtype.time_unit == "ns":
        return None
    return instants if is_usual_time(instants.cast(pl.Int64)).all() else None


def is_usual_time(instants: Any) -> Any:
    """Whether times are of the years 1 to 9999. instants: microseconds; may be a Series."""
    return (instants >= _FIRST_TIME) & (instants < _END_OF_TIMES)


def _as_text(column: pl.Series, kind: str | None) -> pl.Series:
    """A column as texts. kind: UUID, INTERVAL or MAP, or None. Raises _UnreadableError."""
    if kind in (INTERVAL, MAP):
        raise _UnreadableError(f"{'an' if kind == INTERVAL else 'a'} {kind}")
    if isinstance(column.dtype, pl.Datetime):
        if column.dtype.time_zone is not None:
            utc = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
            return utc.dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
        return column.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f")
    if isinstance(column.dtype, pl.List | pl.Array) and isinstance(column.dtype.inner, pl.List | pl.Array):
        raise _UnreadableError("a nested list")
    if column.dtype == pl.Binary:
        if kind == UUID:
            known = {value: str(uuid.UUID(bytes=value)) for value in column.unique().drop_nulls()}
            return pl.Series([None if v is None else known[v] for v in column], dtype=pl.String)
        try:
            return column.cast(pl.String)
        except pl.exceptions.PolarsError:
            raise _UnreadableError("binary (bytes that are not text)") from None
    if column.dtype.is_nested():
        plain = partial(_plain, is_uuid=kind == UUID)
        texts = [None if v is None else json.dumps(v, default=plain) for v in column.to_list()]
        return pl.Series(texts, dtype=pl.String)
    return column.cast(pl.String)


def _plain(value: object, is_uuid: bool) -> str:
    """A part of a nested value as text."""
    if not isinstance(value, bytes):
        return str(value)
    if is_uuid and len(value) == 16:
        return str(uuid.UUID(bytes=value))
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise _UnreadableError("a nested column with binary") from None
