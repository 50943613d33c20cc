"""What is in a table, in one pass: for each column its type, its values counted, and what is odd about it.

A column's values are counted one by one while few differ; of very many, summaries are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import polars as pl

from churnkit.arrays import Ints
from churnkit.profiling.approximate import ApproximateColumn
from churnkit.profiling.column_statistics import MOSTLY_NULL_SHARE, ColumnStatistics, Record
from churnkit.profiling.exact import exact_statistics
from churnkit.profiling.personal_data import find_personal_data
from churnkit.profiling.sketches import HashSample
from churnkit.profiling.target_rates import rates_by_target
from churnkit.tables import types

MOST_COUNTED = 100_000  # different values of a column that are counted one by one
MOST_BYTES = 32 << 20  # of these values
ROWS_KEPT = 1 << 19  # hashes of whole rows: as many different ones are told apart
BATCH = 50_000  # different values whose texts are judged at one time
CONSTANT, UNIQUE, ID_LIKE = "constant", "unique", "id-like"
MOSTLY_NULL, MIXED, LEADING_ZEROS = "mostly null", "mixed types", "leading zeros"
WHITESPACE, OUTLIERS, PII = "whitespace", "outliers", "pii"
FAR_OUT = 3.0  # interquartile ranges beyond the quartiles (Tukey, 1977, Exploratory data analysis)
SHOWING = (
    "min",
    "max",
    "quantiles",
    "histogram",
    "tenths",
    "other_words",
    "cohorts",
)  # fields that show values


@dataclass
class Profile:
    """The rows seen so far. target: the column that says what became of them, where they come with it."""

    target: str | None = None
    show_pii: bool = False
    columns: dict[str, ProfiledColumn] = field(default_factory=dict)
    weighed: Ints = field(default_factory=lambda: np.zeros(3, dtype=np.int64))
    whole_rows: HashSample = field(default_factory=lambda: HashSample(ROWS_KEPT))

    def steps(self, rows: pl.DataFrame, truth: pl.Series | None = None) -> list[Callable[[], None]]:
        """What is to be done to see these rows: steps that may be taken in any order, or at the same time.

        rows: String columns; a column that is not there is null. truth: 1 left, 0 stayed, null unknown. The
        same rows in the same parts give the same profile.
        """
        weights = np.ones((1, rows.height), dtype=np.int64)
        if truth is not None:
            known = truth.is_not_null().to_numpy()
            weights = np.stack([weights[0], known, truth.fill_null(0).to_numpy()])
        total = np.zeros(3, dtype=np.int64)
        total[: len(weights)] = weights.sum(axis=1)
        given = {texts.name: texts for texts in rows}
        for name in given:
            if name not in self.columns:
                self.columns[name] = ProfiledColumn(name, nulls=self.weighed.copy())
        self.weighed = self.weighed + total
        made: list[Callable[[], None]] = []
        for name, column in self.columns.items():
            if name in given:
                made.append(partial(column.add, given[name], weights))
            else:
                column.nulls += total
        if rows.width and rows.height:
            made.append(partial(self._see_whole_rows, rows))
        return made

    def _see_whole_rows(self, rows: pl.DataFrame) -> None:
        ordered = rows.select(sorted(rows.columns)) if rows.width > 1 else rows
        self.whole_rows.add(ordered.hash_rows(seed=0).to_numpy())

    def records(self, size: int, sha256: str) -> list[Record]:
        """A record a column, and the last one of the table. size: bytes."""
        rows = int(self.weighed[0])
        made, latest = [], []
        for column, facts in _facts(list(self.columns.values())):
            made.append(_record(column, facts, rows, self.target, self.show_pii))
            if facts.type == types.TIMESTAMP:
                latest.append(facts.ends[1])
        table = {
            "column": None,
            "rows": rows,
            "columns": len(self.columns),
            "duplicate_rows": self.whole_rows.repeats,
            "duplicate_rows_exact": self.whole_rows.is_exact,
            "bytes": size,
            "sha256": sha256,
            "latest_time": max(latest, default=None),
        }
        return [*made, table]


@dataclass
class ProfiledColumn:
    """One column: its different values counted one by one (parts), or, of very many, summarised (many).

    nulls: rows without a value; with a target besides those of them whose end is known, and who left.
    """

    name: str
    nulls: Ints
    parts: list[pl.DataFrame] = field(default_factory=list)
    known: int = 0  # different values when the parts were last put together
    many: ApproximateColumn | None = None

    def add(self, texts: pl.Series, weights: Ints) -> None:
        """texts: (n,) String. weights: (m, n) of each row 1, whether its end is known, whether she left."""
        if texts.null_count():
            is_null = texts.is_null().to_numpy()
            self.nulls[: len(weights)] += weights[:, is_null].sum(axis=1)
            texts, weights = texts.drop_nulls(), weights[:, ~is_null]
        if not len(texts):
            return
        if self.many is not None:
            self.many.add(texts, weights, None)
            return
        part = _counts(texts, weights)
        part.columns = ["value", *(f"w{i}" for i in range(len(weights)))]
        self.parts.append(part)
        if sum(part.height for part in self.parts) > 2 * self.known + MOST_COUNTED // 2:
            self._put_together()

    def _put_together(self) -> None:
        """One table of counts; where it is too large, it goes into the summaries."""
        if len(self.parts) > 1:
            wide = [part.with_columns(pl.col("^w\\d$").cast(pl.Int64)) for part in self.parts]
            self.parts = [pl.concat(wide).group_by("value").sum()]
        counts = self.parts[0]
        self.known = counts.height
        if counts.height > MOST_COUNTED or counts["value"].str.len_bytes().sum() > MOST_BYTES:
            ordered = counts.sort("value")
            weights = ordered.select(pl.col("^w\\d$").cast(pl.Int64)).to_numpy().T
            self.parts, self.many = [], ApproximateColumn()
            self.many.add(ordered["value"], weights, weights[0])

    def counts(self) -> pl.DataFrame | None:
        """value, w0 (rows), with a target w1 (whose end is known), w2 (who left); None without a value."""
        if len(self.parts) > 1:
            self._put_together()
        return self.parts[0] if self.parts else None


def _counts(texts: pl.Series, weights: Ints) -> pl.DataFrame:
    if len(weights) == 1:
        return texts.value_counts(name="w0" if texts.name != "w0" else "w")
    rows = pl.DataFrame({"value": texts, **{f"w{i}": w.astype(np.int64) for i, w in enumerate(weights)}})
    return rows.group_by("value").sum()


def _facts(columns: Sequence[ProfiledColumn]) -> Iterator[tuple[ProfiledColumn, ColumnStatistics]]:
    """What is known of each column; counted ones are looked at together, until they have so many values."""
    waiting: list[tuple[ProfiledColumn, pl.DataFrame]] = []
    size = 0
    for column in columns:
        counts = column.counts()
        if counts is not None:
            waiting.append((column, counts))
            size += counts.height
        if waiting and (counts is None or size > BATCH):
            yield from zip((c for c, _ in waiting), exact_statistics([c for _, c in waiting]), strict=True)
            waiting, size = [], 0
        if counts is None:
            yield column, column.many.facts() if column.many is not None else ColumnStatistics(types.TEXT, 0)
    if waiting:
        yield from zip((c for c, _ in waiting), exact_statistics([c for _, c in waiting]), strict=True)


def _record(
    column: ProfiledColumn, facts: ColumnStatistics, rows: int, target: str | None, show_pii: bool
) -> Record:
    """A column's record. rows: of the table."""
    nulls, spread = int(column.nulls[0]), facts.numeric_spread
    record: Record = {
        "column": column.name,
        "type": facts.type,
        "rows": rows,
        "nulls": nulls,
        "distinct": facts.distinct,
        "distinct_exact": facts.is_exact,
        "distinct_effective": facts.effective,
        "min": facts.ends[0],
        "max": facts.ends[1],
        "mean": facts.mean,
        "std": facts.std,
        "quantiles": spread.quantiles() if spread else None,
        "quantiles_exact": column.many is None if spread else None,
        "zeros": facts.zeros,
        "negatives": facts.negatives,
        "top": [{"value": value, "rows": n} for value, n in facts.top],
        "top_error": facts.top_error,
        "histogram": spread.histogram() if spread else None,
        "tenths": spread.tenths() if spread else None,
        "min_length": facts.lengths[0],
        "max_length": facts.lengths[1],
        "span_days": facts.span_days,
        "largest_gap_days": facts.largest_gap_days,
        "numbers": facts.numbers,
        "other_words": list(facts.words) or None,
    }
    record["flags"] = _flags(facts, record)
    record["pii"] = None
    if target == column.name:
        record.update(auc=None, leak=None, cohorts=None)
    elif target is not None:
        record.update(rates_by_target(facts.spread, facts.groups, column.nulls))
    found = find_personal_data(column.name, facts.type, facts.sample, facts.distinct, rows - nulls)
    if found is not None:
        record["flags"].append(PII)
        record["pii"] = {"kind": found.kind, "share": found.share}
        if not show_pii:
            record.update({name: None for name in SHOWING if name in record}, top=[])
    return record


def _flags(facts: ColumnStatistics, record: Record) -> list[str]:
    rows, nulls = record["rows"], record["nulls"]
    is_unique = facts.is_unique and not nulls and rows > 1
    flags = {
        CONSTANT: facts.distinct == 1 and not nulls,
        UNIQUE: is_unique,
        ID_LIKE: is_unique and facts.type in (types.TEXT, types.INTEGER),
        MOSTLY_NULL: nulls > MOSTLY_NULL_SHARE * rows,
        MIXED: bool(facts.words),
        LEADING_ZEROS: facts.type == types.TEXT and facts.has_leading_zeros,
        WHITESPACE: facts.has_whitespace,
        OUTLIERS: record["quantiles"] is not None and _has_outliers(record),
    }
    return [name for name, is_so in flags.items() if is_so]


def _has_outliers(record: Record) -> bool:
    """Whether a value lies three interquartile ranges beyond the quartiles."""
    lower, upper = record["quantiles"]["0.25"], record["quantiles"]["0.75"]
    reach = FAR_OUT * (upper - lower)
    low, high = float(record["min"]), float(record["max"])
    return bool(reach > 0 and (low < lower - reach or high > upper + reach))
