"""Reads a Parquet file as the texts that CSV would contain."""

from __future__ import annotations

import contextlib
import io
import json
import os
import uuid
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

import polars as pl

from churnkit import errors
from churnkit.errors import ChurnkitError, is_panic
from churnkit.tables import parquet_schema
from churnkit.tables.file_table import FileTable
from churnkit.tables.parquet_schema import INTERVAL, MAP, UUID
from churnkit.tables.stand_ins import LONGEST_ADDRESS, stand_in

WAY_OUT = "cast it to text, or write the file without it"


def texts(path: str) -> FileTable:
    """The columns of the file, (n,) String each, null if empty. Raises ChurnkitError if it is not Parquet.

    A UUID is its text. Intervals, maps, nested lists and bytes that are not text cannot be read.
    """
    frame, special = _read(path)
    columns, unreadable = [], {}
    for column in frame:
        try:
            columns.append(_as_text(column, special.get(column.name)).alias(column.name))
        except _UnreadableError as error:
            unreadable[column.name] = f"{error} cannot be read; {WAY_OUT}"
            columns.append(pl.Series(column.name, [None] * len(column), dtype=pl.String))
    return FileTable(pl.DataFrame(columns).with_columns(pl.all().replace("", None)), unreadable)


def typed(path: str) -> pl.DataFrame:
    """The columns of the file with their types. Raises ChurnkitError if it is not Parquet."""
    return _read(path)[0]


def _read(path: str) -> tuple[pl.DataFrame, dict[str, str]]:
    """The columns with their types, and those that are UUID, INTERVAL or MAP."""
    name = errors.shown_path(path)
    special: dict[str, str] = {}
    try:
        with open(path, "rb") as file, _without_stderr():
            with contextlib.suppress(ValueError):
                schema = parquet_schema.read_schema(file)
                special = schema.columns
            is_patched = INTERVAL in special.values()
            return pl.read_parquet(_patched(file, schema.patches) if is_patched else path), special
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


class _UnreadableError(Exception):
    """Says the type of a column that has no text."""


def _patched(file: BinaryIO, patches: dict[int, int]) -> io.BytesIO:
    file.seek(0)
    data = bytearray(file.read())
    for place, byte in patches.items():
        data[place] = byte
    return io.BytesIO(bytes(data))


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
