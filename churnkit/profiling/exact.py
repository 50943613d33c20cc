"""Exact statistics of columns with few different values, which were counted one by one."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from churnkit.arrays import Floats, Ints
from churnkit.groups import effective_groups
from churnkit.profiling import column_statistics
from churnkit.profiling.column_statistics import MOST_WORDS, TOP, ColumnStatistics, Record
from churnkit.profiling.distribution import Distribution
from churnkit.profiling.sketches import Moments
from churnkit.profiling.target_rates import CategoryCounts
from churnkit.tables import casts, types
from churnkit.windows import DAY


def exact_statistics(
    tables: Sequence[pl.DataFrame], time_places: Container[int] = (), decimal: str | None = None
) -> list[ColumnStatistics]:
    """Statistics of several columns, computed together for speed.

    tables: one per column, with the columns value, w0 (rows), and with a target w1 (known), w2 (churned).
    time_places: the columns named like times, in which whole numbers may be Unix times. decimal: of numbers.
    """
    place = np.repeat(np.arange(len(tables), dtype=np.int32), [table.height for table in tables])
    long = pl.concat(tables, how="vertical_relaxed").with_columns(pl.Series("column", place))
    long = long.sort(["column", "w0", "value"], descending=[False, True, False])
    stops = np.cumsum([table.height for table in tables]).tolist()
    slices = [long["value"].slice(stop - t.height, t.height) for stop, t in zip(stops, tables, strict=True)]
    in_notation = (
        pl.concat([casts.cast_numbers(texts, decimal).values for texts in slices]) if decimal else None
    )
    traits = types.text_traits(long["value"], in_notation).with_columns(long["column"])
    weights = long.select(pl.col("^w\\d$").cast(pl.Int64)).to_numpy().T
    kinds = types.types_of(traits, stops)
    for number, (kind, _) in enumerate(kinds):
        is_number = kind in (types.INTEGER, types.FLOAT)
        if is_number and number in time_places and (found := types.unix_times(slices[number])):
            kinds[number] = types.TIMESTAMP, found[0]
    flags = traits.group_by("column").agg(
        pl.col("has_blank_end", "is_zero_before_digits", "is_rounded").any(),
        pl.col("is_whole_with_point").all(),
    )
    numbers, lengths = traits["number"].to_numpy(), traits["length"].to_numpy()
    texts, start, statistics = long["value"].to_list(), 0, []
    each = zip(stops, kinds, flags.sort("column").iter_rows(named=True), strict=True)
    for stop, (kind, times), traits_of_column in each:
        column = _CountedColumn(
            texts[start:stop], weights[:, start:stop], numbers[start:stop], lengths[start:stop], times
        )
        statistics.append(column.statistics(kind, traits_of_column, looks_elsewhere=decimal is None))
        start = stop
    return statistics


@dataclass(frozen=True)
class _CountedColumn:
    """The distinct values of a column, the most frequent first.

    weights: (m, d). numbers: (d,), NaN for a value that is not a number. times: (d,) microseconds, None
    unless all values are times.
    """

    texts: list[str]
    weights: Ints
    numbers: Floats
    lengths: npt.NDArray[np.uint32]
    times: pl.Series | None

    def statistics(self, kind: str, traits: Mapping[str, bool], looks_elsewhere: bool) -> ColumnStatistics:
        """traits: of the column, as in `text_traits`. looks_elsewhere: for numbers in other notations."""
        texts, rows = self.texts, self.weights[0]
        known: dict[str, Any] = {
            "type": kind,
            "distinct": len(texts),
            "effective": effective_groups(float(rows.sum()), float((rows.astype(float) ** 2).sum())),
            "is_unique": int(rows.max()) == 1,
            "top": list(zip(texts[:TOP], rows[:TOP].tolist(), strict=True)),
            "sample": column_statistics.smallest_texts(texts),
            "has_whitespace": traits["has_blank_end"],
            "has_rounded": traits["is_rounded"],
            "are_whole_with_point": traits["is_whole_with_point"],
        }
        if kind in (types.INTEGER, types.FLOAT):
            return ColumnStatistics(**known, **self._of_numbers(kind))
        if self.times is not None:
            return ColumnStatistics(**known, **self._of_times(self.times.to_numpy()))
        known["ends"] = min(texts), max(texts)
        known["lengths"] = int(self.lengths.min()), int(self.lengths.max())
        if kind == types.TEXT:
            known["has_leading_zeros"] = traits["is_zero_before_digits"]
            known.update({} if known["has_leading_zeros"] else self._mixture())
            if looks_elsewhere:
                known["notation"] = types.other_notation(pl.DataFrame({"value": texts, "rows": rows}))
        if len(self.weights) > 1:
            known["categories"] = CategoryCounts(texts, self.weights[1], self.weights[2])
        return ColumnStatistics(**known)

    def _of_numbers(self, kind: str) -> Record:
        distribution, moments = Distribution.of(self.numbers, self.weights), Moments()
        moments.add(distribution.numbers, distribution.weights[0])
        ends: tuple[Any, Any] = float(distribution.numbers[0]), float(distribution.numbers[-1])
        if kind == types.INTEGER:
            whole = [int(text) for text in self.texts]
            ends = column_statistics.whole_ends(min(whole), max(whole))
        rows = distribution.weights[0]
        zeros, negatives = (
            int(rows[distribution.numbers == 0].sum()),
            int(rows[distribution.numbers < 0].sum()),
        )
        fields: Record = {"mean": moments.mean, "std": moments.std, "zeros": zeros, "negatives": negatives}
        return {**fields, "ends": ends, "distribution": distribution}

    def _of_times(self, instants: Ints) -> Record:
        ordered = np.unique(instants)
        gap = int(np.diff(ordered).max()) if len(ordered) > 1 else None
        fields = column_statistics.time_fields(int(ordered[0]), int(ordered[-1]), gap)
        return {**fields, "distribution": Distribution.of(instants / DAY, self.weights)}

    def _mixture(self) -> Record:
        rows, is_number = self.weights[0], ~np.isnan(self.numbers)
        words = [self.texts[place] for place in np.flatnonzero(~is_number)[:MOST_WORDS]]
        return column_statistics.mixture(int(rows[is_number].sum()), int(rows.sum()), words)
