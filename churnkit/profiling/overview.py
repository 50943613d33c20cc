"""What other tables need to know of a table's columns: types, distinct values and personal data, in one pass.

The same rules as in a profile, without its quantiles, histograms and frequent rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import polars as pl

from churnkit.arrays import Hashes, Ints
from churnkit.hash_index import hash_texts
from churnkit.profiling import column_statistics
from churnkit.profiling.column_statistics import TOP, ColumnStatistics
from churnkit.profiling.personal_data import PersonalData, find_personal_data
from churnkit.profiling.profile import ProfiledColumn
from churnkit.tables import types

BATCH = 200_000  # different values that are analysed together


@dataclass(frozen=True)
class ColumnOverview:
    """A column of a table of `rows` rows.

    low, high: of whole numbers, else None. latest: the last time, ISO 8601. values: different texts and their
    rows, the most frequent first; only some of them where `is_exact` is False. hashes: sorted, of the
    different texts that begin with `zeros` zero bits (all, if zeros is 0).
    """

    name: str
    type: str
    rows: int
    nulls: int
    distinct: int
    is_exact: bool
    is_unique: bool
    low: int | None
    high: int | None
    latest: str | None
    has_leading_zeros: bool
    has_point: bool
    personal: PersonalData | None
    values: pl.DataFrame
    hashes: Hashes
    zeros: int


@dataclass
class TableOverview:
    """The columns of all rows added so far."""

    rows: int = 0
    columns: dict[str, ProfiledColumn] = field(default_factory=dict)

    def add(self, frame: pl.DataFrame) -> None:
        """Adds rows. frame: String columns; a column that does not exist counts as null."""
        weights: Ints = np.ones((1, frame.height), dtype=np.int64)
        total = np.array([frame.height, 0, 0])
        for name in frame.columns:
            if name not in self.columns:
                self.columns[name] = ProfiledColumn(name, np.array([self.rows, 0, 0]))
        self.rows += frame.height
        for name, column in self.columns.items():
            if name in frame.columns:
                column.add(frame[name], weights)
            else:
                column.nulls += total

    @property
    def size(self) -> int:
        """The number of values that `analyse` holds at once."""
        return sum(column.held for column in self.columns.values() if column.summaries is None)


def analyse(tables: Sequence[TableOverview]) -> list[list[ColumnOverview]]:
    """One overview per column of each table, in their order; counted columns are analysed together."""
    found: dict[tuple[int, str], ColumnOverview] = {}
    waiting: list[_Counted] = []
    size = 0
    for number, table in enumerate(tables):
        for column in table.columns.values():
            counts = column.counts()
            if counts is None:
                found[number, column.name] = _summarised(column, table.rows)
                continue
            waiting.append(_Counted(number, column, counts, table.rows))
            size += counts.height
            if size > BATCH:
                found.update(_analyse(waiting))
                waiting, size = [], 0
    if waiting:
        found.update(_analyse(waiting))
    return [[found[number, name] for name in table.columns] for number, table in enumerate(tables)]


class _Counted(NamedTuple):
    """A column whose values were counted one by one. table: its number. rows: of the table."""

    table: int
    column: ProfiledColumn
    counts: pl.DataFrame
    rows: int


def _analyse(counted: Sequence[_Counted]) -> Iterator[tuple[tuple[int, str], ColumnOverview]]:
    heights = [each.counts.height for each in counted]
    stops = np.cumsum(heights).tolist()
    columns = [each.counts.select("value", pl.col("w0").cast(pl.Int64).alias("rows")) for each in counted]
    place = pl.Series("column", np.repeat(np.arange(len(counted), dtype=np.int32), heights))
    long = pl.concat(columns).with_columns(place)
    long = long.sort(["column", "rows", "value"], descending=[False, True, False])
    traits = types.text_traits(long["value"]).with_columns(long["column"])
    flags = traits.group_by("column").agg(
        pl.col("is_zero_before_digits").any(), pl.col("is_whole_with_point").all()
    )
    kinds = types.types_of(traits, stops)
    numbers, hashes = traits["number"].to_numpy(), hash_texts(long["value"])
    values_of_all, start = long.select("value", "rows"), 0
    each_of = zip(counted, stops, kinds, flags.sort("column").iter_rows(named=True), strict=True)
    for each, stop, (kind, times), flag in each_of:
        values, column = values_of_all.slice(start, stop - start), each.column
        is_number = kind in (types.INTEGER, types.FLOAT)
        if is_number and types.is_time_name(column.name) and (unix := types.unix_times(values["value"])):
            kind, times = types.TIMESTAMP, unix[0]
        inside = numbers[start:stop]
        is_whole = kind == types.INTEGER
        sample = column_statistics.smallest_texts(values["value"].to_list())
        yield (
            (each.table, column.name),
            ColumnOverview(
                column.name,
                kind,
                each.rows,
                int(column.nulls[0]),
                values.height,
                True,
                is_unique=values["rows"][0] == 1,
                low=int(inside.min()) if is_whole else None,
                high=int(inside.max()) if is_whole else None,
                latest=None if times is None else column_statistics.instant_text(int(times.max())),  # type: ignore[arg-type]
                has_leading_zeros=kind == types.TEXT and flag["is_zero_before_digits"],
                has_point=flag["is_whole_with_point"],
                personal=_personal(column, kind, sample, values.height, each.rows, values.head(TOP).rows()),
                values=values,
                hashes=np.sort(hashes[start:stop]),
                zeros=0,
            ),
        )
        start = stop


def _summarised(column: ProfiledColumn, rows: int) -> ColumnOverview:
    """A column without values, or with too many to count them one by one."""
    summaries = column.summaries
    statistics = ColumnStatistics(types.TEXT, 0) if summaries is None else summaries.statistics()
    is_whole = statistics.type == types.INTEGER
    schema = {"value": pl.String, "rows": pl.Int64}
    return ColumnOverview(
        column.name,
        statistics.type,
        rows,
        int(column.nulls[0]),
        statistics.distinct,
        statistics.is_exact,
        statistics.is_unique,
        low=int(statistics.ends[0]) if is_whole else None,
        high=int(statistics.ends[1]) if is_whole else None,
        latest=statistics.ends[1] if statistics.type == types.TIMESTAMP else None,
        has_leading_zeros=statistics.has_leading_zeros,
        has_point=statistics.are_whole_with_point,
        personal=_personal(
            column, statistics.type, statistics.sample, statistics.distinct, rows, statistics.top
        ),
        values=pl.DataFrame(
            {"value": list(statistics.sample), "rows": [1] * len(statistics.sample)}, schema=schema
        ),
        hashes=np.empty(0, dtype=np.uint64) if summaries is None else summaries.distinct.hashes,
        zeros=0 if summaries is None else summaries.distinct.zeros,
    )


def _personal(
    column: ProfiledColumn,
    kind: str,
    sample: Sequence[str],
    distinct: int,
    rows: int,
    frequent: Sequence[tuple[str, int]],
) -> PersonalData | None:
    return find_personal_data(column.name, kind, sample, distinct, rows - int(column.nulls[0]), frequent)
