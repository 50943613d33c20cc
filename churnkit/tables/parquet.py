"""Reads a Parquet file as the texts that CSV would contain."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator

import polars as pl

from churnkit import errors
from churnkit.errors import ChurnkitError, is_panic


def texts(path: str) -> pl.DataFrame:
    """The columns of the file, (n,) String each, null if empty. Raises ChurnkitError if it is not Parquet."""
    frame = typed(path)
    columns = [_as_text(frame[name]).alias(name) for name in frame.columns]
    return pl.DataFrame(columns).with_columns(pl.all().replace("", None))


def typed(path: str) -> pl.DataFrame:
    """The columns of the file with their types. Raises ChurnkitError if it is not Parquet."""
    name = errors.shown_path(path)
    try:
        with _without_stderr():
            return pl.read_parquet(path)
    except pl.exceptions.PolarsError:
        raise ChurnkitError(f"{name} is not a Parquet file; if it is CSV, use --from csv") from None
    except BaseException as error:
        if not is_panic(error):
            raise
        raise ChurnkitError(f"{name} is a corrupt Parquet file") from None


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


def _as_text(column: pl.Series) -> pl.Series:
    if isinstance(column.dtype, pl.Datetime):
        if column.dtype.time_zone is not None:
            utc = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
            return utc.dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
        return column.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f")
    if column.dtype.is_nested():
        texts = [None if v is None else json.dumps(v, default=str) for v in column.to_list()]
        return pl.Series(texts, dtype=pl.String)
    return column.cast(pl.String)
