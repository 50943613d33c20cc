"""What is known about one table: its columns, their keys, times and personal data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from churnkit.arrays import Hashes
from churnkit.catalog import names
from churnkit.features.join import bare_ids
from churnkit.hash_index import hash_texts
from churnkit.profiling import column_statistics
from churnkit.profiling.overview import ColumnOverview
from churnkit.profiling.special_categories import special_category
from churnkit.tables import time_formats, types
from churnkit.tables.column_casts import YEAR_1990

MOST_WORDS = 12  # different values of a column that are looked at for their meaning
TRIED_VALUES = 2_000  # values of a column whose time format is looked for
DENSE = 3  # whole numbers are a run, such as 1 … n, if their range is at most this times their number
ROW_NAMES = ("row", "line", "index", "rowid", "unnamed")
LONGEST_TIME = 40  # characters


@dataclass(frozen=True)
class CatalogColumn:
    """A column, without its values.

    formats: of --time-format, all that read every value, where times are not ISO 8601 or Unix. words: its
    values, if few differ, with their rows. hashes: as in ColumnOverview. bare: of the values without leading
    zeros and .0.
    """

    name: str
    type: str
    rows: int
    nulls: int
    distinct: int
    is_exact: bool
    is_key: bool
    is_dense: bool
    low: int | None
    high: int | None
    latest: str | None
    has_point: bool
    pii: dict[str, Any] | None
    formats: tuple[str, ...]
    words: tuple[tuple[str, int], ...]
    hashes: Hashes = field(repr=False, compare=False)
    bare: Hashes = field(repr=False, compare=False)
    zeros: int = 0

    @property
    def is_time(self) -> bool:
        return self.type == types.TIMESTAMP or bool(self.formats)

    @property
    def is_number(self) -> bool:
        return self.type in (types.INTEGER, types.FLOAT)

    @property
    def may_be_id(self) -> bool:
        """Whether its values can be ids: texts or whole numbers, not times, not yes and no."""
        is_whole = self.type == types.INTEGER or (self.type == types.FLOAT and self.has_point)
        return (self.type == types.TEXT or is_whole) and not self.is_time and self.distinct > 0

    @property
    def plain(self) -> dict[str, Any]:
        """Its part of a record."""
        return {
            "name": self.name,
            "type": self.type,
            "nulls": self.nulls,
            "distinct": self.distinct,
            "pii": self.pii,
            "special_category": special_category(self.name),
            "key": self.is_key,
        }


@dataclass(frozen=True)
class CatalogTable:
    """A table: one file, or several that are parts of it.

    path: of the file; of several, with * for the digits that differ. format: of FORMATS. disk_bytes, changed:
    of the files as they lie there; bytes, sha256: of what is in them. changed: ISO 8601.
    """

    path: str
    paths: tuple[str, ...]
    format: str
    rows: int
    bytes: int
    disk_bytes: int
    sha256: str
    changed: str
    columns: tuple[CatalogColumn, ...]
    pair: tuple[str, str] | None = None  # two columns that are unique together

    def column(self, name: str) -> CatalogColumn:
        return next(column for column in self.columns if column.name == name)

    @cached_property
    def keys(self) -> list[CatalogColumn]:
        """The columns that are unique and full, the likeliest first."""
        return sorted((c for c in self.columns if c.is_key), key=self._rank)

    def _rank(self, column: CatalogColumn) -> tuple[int, int]:
        """Sort key: columns named as an id of this table, then other ids, then any, then line numbers."""
        own = names.words(column.name)
        is_id = own[-1:] == ("id",) or "key" in own or "uuid" in own
        if names.has_word(column.name, ROW_NAMES):
            rank = 4
        elif is_id and (
            not names.special(column.name) or names.refers(column.name, "", names.stem(self.path))
        ):
            rank = 0
        elif names.has_word(column.name, names.CUSTOMERS) and is_id:
            rank = 1
        else:
            rank = 2 if is_id else 3
        return rank, self.columns.index(column)

    @cached_property
    def key(self) -> str | None:
        """The column, or the two columns as `a,b`, whose values are different in every row."""
        if self.keys:
            return self.keys[0].name
        return ",".join(self.pair) if self.pair else None


def describe(overviews: Sequence[ColumnOverview]) -> tuple[CatalogColumn, ...]:
    """The columns of a table, without the values that the overviews hold."""
    return tuple(map(_describe, overviews))


def _describe(column: ColumnOverview) -> CatalogColumn:
    is_whole = column.low is not None and column.high is not None
    span = column.high - column.low + 1 if column.low is not None and column.high is not None else 0
    formats = _time_formats(column)
    texts = column.values["value"]
    is_altered = column.is_exact and (column.has_leading_zeros or column.has_point)
    bare = np.sort(hash_texts(bare_ids(texts).unique())) if is_altered else column.hashes
    is_full = column.is_unique and not column.nulls and column.rows > 1
    latest = column.latest
    if len(formats) == 1:
        instants = time_formats.read_formatted(texts, formats[0])
        latest = column_statistics.instant_text(int(instants.max()))  # type: ignore[arg-type]
    few = (
        column.values if column.personal is None and column.distinct <= MOST_WORDS else column.values.head(0)
    )
    pii = column.personal and {"kind": column.personal.kind, "share": column.personal.share}
    return CatalogColumn(
        column.name,
        column.type,
        column.rows,
        column.nulls,
        column.distinct,
        column.is_exact,
        is_key=is_full and not formats and column.type in (types.TEXT, types.INTEGER),
        is_dense=is_whole and span <= DENSE * column.distinct,
        low=column.low,
        high=column.high,
        latest=latest,
        has_point=column.has_point,
        pii=pii or None,
        formats=formats,
        words=tuple(few.iter_rows()),
        hashes=column.hashes,
        bare=bare,
        zeros=column.zeros,
    )


def _time_formats(column: ColumnOverview) -> tuple[str, ...]:
    """The formats that read every value, if they are times in another notation than ISO 8601."""
    texts = column.values["value"].head(TRIED_VALUES)
    if column.type not in (types.TEXT, types.INTEGER) or texts.is_empty():
        return ()
    if column.type == types.INTEGER:
        is_day = types.is_time_name(column.name) and texts.str.len_chars().eq(8).all()
        found = ["%Y%m%d"] if is_day else []
    else:
        first = texts[0]
        if len(first) > LONGEST_TIME or sum(letter.isdigit() for letter in first) < 3 or first.isalnum():
            return ()
        found = [written for written, _ in time_formats.formats_that_read(first)]
    return tuple(written for written in found if _reads(texts, written))


def _reads(texts: pl.Series, written: str) -> bool:
    try:
        instants = time_formats.read_formatted(texts.str.strip_chars(), written)
    except pl.exceptions.PolarsError:
        return False
    return instants.null_count() == 0 and bool((instants >= YEAR_1990 // 2).all())
