"""Facts of columns with few different values, each of which was counted: all of them exact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from churnkit.arrays import Floats, Ints
from churnkit.groups import effective_groups
from churnkit.profiling.column_statistics import (
    MOST_WORDS,
    MOSTLY_NULL_SHARE,
    TOP,
    ColumnStatistics,
    Record,
    instant_text,
    smallest_texts,
    whole_number,
)
from churnkit.profiling.distribution import Distribution
from churnkit.profiling.sketches import Moments
from churnkit.profiling.target_rates import CategoryCounts
from churnkit.tables import casts, types
from churnkit.windows import DAY


def exact_statistics(tables: Sequence[pl.DataFrame]) -> list[ColumnStatistics]:
    """Of several columns, whose texts are judged at once. tables: value, w0 (rows), with a target w1, w2."""
    place = np.repeat(np.arange(len(tables), dtype=np.int32), [table.height for table in tables])
    long = pl.concat(tables, how="vertical_relaxed").with_columns(pl.Series("column", place))
    long = long.sort(["column", "w0", "value"], descending=[False, True, False])
    judged = types.text_traits(long["value"]).with_columns(long["column"])
    stops = np.cumsum([table.height for table in tables]).tolist()
    weights = long.select(pl.col("^w\\d$").cast(pl.Int64)).to_numpy().T
    kinds = types.types_of(judged, stops)
    flags = judged.group_by("column").agg(pl.col("has_blank_end", "is_zero_before_digits").any())
    flags = flags.sort("column").drop("column")
    numbers, lengths = judged["number"].to_numpy(), judged["length"].to_numpy()
    texts, start, made = long["value"].to_list(), 0, []
    for stop, kind, (has_whitespace, has_zeros) in zip(stops, kinds, flags.iter_rows(), strict=True):
        column = _CountedColumn(
            texts[start:stop], weights[:, start:stop], numbers[start:stop], lengths[start:stop]
        )
        made.append(column.facts(kind, has_whitespace, has_zeros))
        start = stop
    return made


@dataclass(frozen=True)
class _CountedColumn:
    """Different values, the commonest first. weights: (m, d). numbers: (d,) NaN where it is none."""

    texts: list[str]
    weights: Ints
    numbers: Floats
    lengths: npt.NDArray[np.uint32]

    def facts(self, kind: str, has_whitespace: bool, has_leading_zeros: bool) -> ColumnStatistics:
        texts, rows = self.texts, self.weights[0]
        known: dict[str, Any] = {
            "type": kind,
            "distinct": len(texts),
            "effective": effective_groups(float(rows.sum()), float((rows.astype(float) ** 2).sum())),
            "is_unique": int(rows.max()) == 1,
            "top": list(zip(texts[:TOP], rows[:TOP].tolist(), strict=True)),
            "sample": smallest_texts(texts),
            "has_whitespace": has_whitespace,
        }
        if kind in (types.INTEGER, types.FLOAT):
            return ColumnStatistics(**known, **self._of_numbers(kind))
        if kind == types.TIMESTAMP:
            return ColumnStatistics(**known, **self._of_times())
        known["ends"] = min(texts), max(texts)
        known["lengths"] = int(self.lengths.min()), int(self.lengths.max())
        if kind == types.TEXT:
            known["has_leading_zeros"] = has_leading_zeros
            known.update({} if has_leading_zeros else self._mixture())
        if len(self.weights) > 1:
            known["groups"] = CategoryCounts(texts, self.weights[1], self.weights[2])
        return ColumnStatistics(**known)

    def _of_numbers(self, kind: str) -> Record:
        spread, moments = Distribution.of(self.numbers, self.weights), Moments()
        moments.add(spread.numbers, spread.weights[0])
        ends: tuple[Any, Any] = float(spread.numbers[0]), float(spread.numbers[-1])
        if kind == types.INTEGER:
            whole = [int(text) for text in self.texts]
            ends = whole_number(min(whole)), whole_number(max(whole))
        rows = spread.weights[0]
        zeros, negatives = int(rows[spread.numbers == 0].sum()), int(rows[spread.numbers < 0].sum())
        made: Record = {"mean": moments.mean, "std": moments.std, "zeros": zeros, "negatives": negatives}
        return {**made, "ends": ends, "spread": spread}

    def _of_times(self) -> Record:
        instants = casts.cast_times(pl.Series(self.texts)).values.to_numpy()
        first, last = int(instants.min()), int(instants.max())
        return {
            "ends": (instant_text(first), instant_text(last)),
            "span_days": (last - first) / DAY,
            "largest_gap_days": _largest_gap(instants),
            "spread": Distribution.of(instants / DAY, self.weights),
        }

    def _mixture(self) -> Record:
        """Where most rows are numbers: how many, and the commonest others."""
        is_number = ~np.isnan(self.numbers)
        numeric = int(self.weights[0][is_number].sum())
        if is_number.all() or numeric < MOSTLY_NULL_SHARE * self.weights[0].sum():
            return {}
        others = np.flatnonzero(~is_number)[:MOST_WORDS]
        return {"numbers": numeric, "words": [self.texts[place] for place in others]}


def _largest_gap(instants: Ints) -> float | None:
    gaps = np.diff(np.unique(instants))
    return int(gaps.max()) / DAY if len(gaps) else None
