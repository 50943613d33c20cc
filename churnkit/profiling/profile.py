"""The profile of a table, in one pass: the type, statistics, flags and personal data of each column.

Values are counted one by one while a column has few different ones; further ones are only summarised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import polars as pl

from churnkit.arrays import Hashes, Ints
from churnkit.columns import AS_OF
from churnkit.groups import select_texts
from churnkit.hash_index import combine_hashes, first_of_each, hash_columns, hash_texts
from churnkit.personal_text import hide
from churnkit.profiling.approximate import ApproximateColumn
from churnkit.profiling.clocks import ClockSample
from churnkit.profiling.column_statistics import MOSTLY_NULL_SHARE, ColumnStatistics, Record
from churnkit.profiling.counted_texts import CountedTexts
from churnkit.profiling.exact import exact_statistics
from churnkit.profiling.personal_data import find_personal_data
from churnkit.profiling.sketches import HashSample
from churnkit.profiling.special_categories import special_category
from churnkit.profiling.target_rates import rates_by_target
from churnkit.tables import types
from churnkit.tables.notations import way_out

MOST_COUNTED = 100_000  # different values of a column, counted one by one up to here
MOST_BYTES = 32 << 20  # of these values
ROWS_KEPT = 1 << 19  # hashes of whole rows; repeated rows are exact up to here
FEW_ROWS = (
    4_096  # of a column; so few are counted together at the end, because each call of polars has a price
)
LEAST_RUN = 2  # average number of equal texts that follow each other, from which on they are counted at once
MOST_OTHERS = 0.9  # share of the texts of a part that are not counted, from which on none are
BATCH = 50_000  # different values that are analysed together
CONSTANT, UNIQUE, ID_LIKE = "constant", "unique", "id-like"
MOSTLY_NULL, MIXED, LEADING_ZEROS = "mostly null", "mixed types", "leading zeros"
ROUNDED, WHOLE_WITH_POINT, NOTATION = "scientific notation", "ends in .0", "number notation"
WHITESPACE, OUTLIERS, PII, CLOCK = "whitespace", "outliers", "pii", "reveals the date"
SPECIAL = "special category"
FAR_OUT = 3.0  # interquartile ranges beyond the quartiles (Tukey, 1977, Exploratory data analysis)
VALUE_FIELDS = (
    "min",
    "max",
    "quantiles",
    "histogram",
    "tenths",
    "other_words",
    "number_notation",
    "target_rates",
)  # hidden in a column of personal data
StepName = tuple[str, str]  # what a step adds to, and the column
Steps = dict[StepName, Callable[[], None]]


@dataclass
class Profile:
    """The profile of all rows added so far. target: the column with the target, if there is one.

    decimal: the notation of numbers, as in `cast_numbers`. counts_repeats: rows that repeat an earlier one.
    weighed: (3,) the number of rows, of rows with a known target, and of those who churned.
    """

    target: str | None = None
    show_pii: bool = False
    decimal: str | None = None
    counts_repeats: bool = True
    columns: dict[str, ProfiledColumn] = field(default_factory=dict)
    weighed: Ints = field(default_factory=lambda: np.zeros(3, dtype=np.int64))
    whole_rows: HashSample = field(default_factory=lambda: HashSample(ROWS_KEPT))
    dated_rows: ClockSample = field(default_factory=ClockSample)

    def steps(self, rows: pl.DataFrame, truth: pl.Series | None = None) -> Steps:
        """Functions that add these rows, in any order or side by side; those of one name as the rows come.

        rows: String columns; a column that does not exist counts as null. truth: 1 churned, 0 stayed, null
        unknown. The same rows in the same parts give the same profile.
        """
        weights = np.ones((1, rows.height), dtype=np.int64)
        if truth is not None:
            known = truth.is_not_null().to_numpy()
            weights = np.stack([weights[0], known, truth.fill_null(0).to_numpy()])
        total = np.zeros(3, dtype=np.int64)
        total[: len(weights)] = weights.sum(axis=1)
        given = {texts.name: texts for texts in rows}
        is_small = rows.height <= FEW_ROWS  # then the columns hardly need hashes of their own
        hashes = {} if is_small else hash_columns(rows)
        for name in given:
            if name not in self.columns:
                self.columns[name] = ProfiledColumn(name, self.weighed.copy(), self.decimal)
        self.weighed = self.weighed + total
        steps: Steps = {}
        for name, column in self.columns.items():
            if name in given:
                steps["column", name] = partial(column.add, given[name], weights, hashes.get(name))
            else:
                steps["column", name] = partial(column.add_nulls, total)
        if AS_OF in given:
            steps["dates", AS_OF] = partial(self.dated_rows.add, rows)
        if rows.width and rows.height and self.counts_repeats:
            steps["rows", ""] = partial(self._add_whole_rows, rows, hashes)
        return steps

    def _add_whole_rows(self, rows: pl.DataFrame, hashes: Mapping[str, Hashes]) -> None:
        names = sorted(rows.columns)
        if hashes:
            self.whole_rows.add(combine_hashes([hashes[name] for name in names]))
        else:
            self.whole_rows.add(rows.select(names).hash_rows(seed=0).to_numpy())  # the same hashes

    def records(self, size: int, sha256: str) -> list[Record]:
        """One record per column, and a last one of the table. size: of the files, in bytes."""
        rows = int(self.weighed[0])
        records, latest, clocks = [], [], self.dated_rows.clocks()
        for column, statistics in _statistics(list(self.columns.values()), self.decimal):
            records.append(_record(column, statistics, rows, self.target, self.show_pii))
            if statistics.type == types.TIMESTAMP:
                latest.append(statistics.ends[1])
        for record in records:
            if record["column"] in clocks:
                record["flags"].append(CLOCK)
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
        return [*records, table]


@dataclass
class ProfiledColumn:
    """One column: its values counted one by one, and summaries of further ones if very many differ.

    nulls: (3,) rows without a value: all, with a known target, churned. first: the rows, while they are few.
    """

    name: str
    nulls: Ints
    decimal: str | None = None
    first: list[tuple[pl.Series, Ints]] = field(default_factory=list)
    counted: CountedTexts = field(default_factory=CountedTexts)
    summaries: ApproximateColumn | None = None

    def add_nulls(self, rows: Ints) -> None:
        """Add rows that lack the column. rows: (3,) as in nulls."""
        self.nulls += rows

    def add(self, texts: pl.Series, weights: Ints, hashes: Hashes | None = None) -> None:
        """Add a block. texts: (n,) String. weights: (m, n): 1; is the target known; is it 1.

        hashes: (n,) of the texts, if they are known.
        """
        if texts.null_count():
            is_null = texts.is_null().to_numpy()
            known = np.flatnonzero(~is_null)
            given, weights = weights, weights.take(known, axis=1)
            self.nulls[: len(weights)] += given.sum(axis=1) - weights.sum(axis=1)
            texts, hashes = texts.drop_nulls(), None if hashes is None else hashes[known]
        if not len(texts):
            return
        if self.summaries is None and not self.counted.size:
            self.first.append((texts, weights))
            if sum(len(some) for some, _ in self.first) <= min(FEW_ROWS, MOST_COUNTED):
                return
            parts, self.first = self.first[:-1], []
            for part in parts:
                self._count(*part, hash_texts(part[0]))
        self._count(texts, weights, hash_texts(texts) if hashes is None else hashes)

    def _count(self, texts: pl.Series, weights: Ints, hashes: Hashes) -> None:
        """Adds a block without nulls to the counted values, or to the summaries."""
        runs = 1 + np.count_nonzero(hashes[1:] != hashes[:-1])
        has_runs = runs * LEAST_RUN < len(hashes)  # equal texts stand together, as in a log by customer
        if has_runs:
            starts = first_of_each(hashes)
            hashes = hashes[starts]
            rows = np.diff(starts, append=len(texts))
            weights = np.stack([rows, *(np.add.reduceat(row, starts) for row in weights[1:])])
        other = self.counted.add(hashes, weights)
        if not len(other):
            return
        if self.summaries is not None and len(other) > MOST_OTHERS * len(hashes):
            self._summarise_counted()  # the counted values hardly come again
            self.counted = CountedTexts()
        if has_runs or len(other) < len(texts):
            # first texts of runs are kept as they are; of others, the summaries copy what they keep
            texts = texts.gather(starts[other]) if has_runs else select_texts(texts, other)
            hashes, weights = hashes[other], weights.take(other, axis=1)
        if self.summaries is not None:
            self.summaries.add(texts, hashes, weights, weights[0] if has_runs else None)
            return
        self.counted.extend(texts, hashes, weights)
        if self.counted.size > MOST_COUNTED or self.counted.bytes > MOST_BYTES:
            self.summaries = ApproximateColumn(types.is_time_name(self.name), self.decimal)
            self._summarise_counted()

    def _summarise_counted(self) -> None:
        """Adds the rows of the counted values to the summaries; their counts begin anew."""
        counted, summaries = self.counted, self.summaries
        if summaries is None or counted.weights is None:
            return
        has_rows = np.flatnonzero(counted.weights[0])
        if len(has_rows):
            weights = counted.weights[:, has_rows]
            hashes = counted.index.known[has_rows]
            summaries.add(counted.texts.gather(has_rows), hashes, weights, weights[0])
        counted.weights = np.zeros_like(counted.weights)

    def counts(self) -> pl.DataFrame | None:
        """Columns value, w0 (rows), with a target w1 (known), w2 (churned).

        None if there is no value, or if there are too many: then all are in the summaries.
        """
        if self.summaries is not None:
            self._summarise_counted()
            return None
        if self.first:
            weights = np.concatenate([weights for _, weights in self.first], axis=1)
            return _counts(pl.concat([texts for texts, _ in self.first]), weights)
        return self.counted.counts() if self.counted.size else None

    @property
    def held(self) -> int:
        """The number of values that `counts` returns at most."""
        few = sum(len(texts) for texts, _ in self.first)
        return few if self.summaries is None and few else self.counted.size


def _counts(texts: pl.Series, weights: Ints) -> pl.DataFrame:
    """As `ProfiledColumn.counts`, of few rows."""
    if len(weights) == 1:
        return texts.rename("value").value_counts(name="w0")
    rows = pl.DataFrame({"value": texts, **{f"w{i}": row for i, row in enumerate(weights)}})
    return rows.group_by("value").sum()


def _statistics(
    columns: Sequence[ProfiledColumn], decimal: str | None
) -> Iterator[tuple[ProfiledColumn, ColumnStatistics]]:
    """The statistics of each column. Counted columns are analysed in groups, until a group is large."""
    waiting: list[tuple[ProfiledColumn, pl.DataFrame]] = []
    size = 0
    for column in columns:
        counts = column.counts()
        if counts is not None:
            waiting.append((column, counts))
            size += counts.height
        if waiting and (counts is None or size > BATCH):
            yield from _exact(waiting, decimal)
            waiting, size = [], 0
        if counts is None:
            yield (
                column,
                column.summaries.statistics()
                if column.summaries is not None
                else ColumnStatistics(types.TEXT, 0),
            )
    if waiting:
        yield from _exact(waiting, decimal)


def _exact(
    counted: Sequence[tuple[ProfiledColumn, pl.DataFrame]], decimal: str | None
) -> Iterator[tuple[ProfiledColumn, ColumnStatistics]]:
    columns, counts = zip(*counted, strict=True)
    times = {place for place, column in enumerate(columns) if types.is_time_name(column.name)}
    yield from zip(columns, exact_statistics(counts, times, decimal), strict=True)


def _record(
    column: ProfiledColumn, statistics: ColumnStatistics, rows: int, target: str | None, show_pii: bool
) -> Record:
    """The record of a column. rows: of the table."""
    nulls, distribution = int(column.nulls[0]), statistics.numeric_distribution
    record: Record = {
        "column": column.name,
        "type": statistics.type,
        "rows": rows,
        "nulls": nulls,
        "distinct": statistics.distinct,
        "distinct_exact": statistics.is_exact,
        "distinct_effective": statistics.effective,
        "min": statistics.ends[0],
        "max": statistics.ends[1],
        "mean": statistics.mean,
        "std": statistics.std,
        "quantiles": distribution.quantiles() if distribution else None,
        "quantiles_exact": column.summaries is None if distribution else None,
        "zeros": statistics.zeros,
        "negatives": statistics.negatives,
        "top": [{"value": value, "rows": n} for value, n in statistics.top],
        "top_error": statistics.top_error,
        "histogram": distribution.histogram() if distribution else None,
        "tenths": distribution.tenths() if distribution else None,
        "min_length": statistics.lengths[0],
        "max_length": statistics.lengths[1],
        "span_days": statistics.span_days,
        "largest_gap_days": statistics.largest_gap_days,
        "numbers": statistics.numbers,
        "other_words": list(statistics.words) or None,
    }
    notation = statistics.notation
    record["number_notation"] = (
        {"rows": notation.values, "example": notation.example, "way_out": way_out(notation)}
        if notation
        else None
    )
    record["flags"] = _flags(statistics, record)
    record["pii"] = None
    record["special_category"] = special_category(column.name)
    if record["special_category"] is not None:
        record["flags"].append(SPECIAL)
    if target == column.name:
        record.update(auc=None, leak=None, target_rates=None)
    elif target is not None:
        record.update(rates_by_target(statistics.distribution, statistics.categories, column.nulls))
    personal = find_personal_data(
        column.name, statistics.type, statistics.sample, statistics.distinct, rows - nulls, statistics.top
    )
    if personal is not None:
        record["flags"].append(PII)
        record["pii"] = {"kind": personal.kind, "share": personal.share}
        if not show_pii:
            record.update({name: None for name in VALUE_FIELDS if name in record}, top=[])
    elif not show_pii and statistics.type == types.TEXT:
        _hide_passages(record)
    return record


def _hide_passages(record: Record) -> None:
    """Hides personal data in the few shown values of a column that has too little to be flagged."""
    for shown in (*record["top"], *(record.get("target_rates") or ())):
        shown["value"] = shown["value"] and hide(shown["value"])
    record["min"], record["max"] = (end and hide(end) for end in (record["min"], record["max"]))
    record["other_words"] = record["other_words"] and [hide(word) for word in record["other_words"]]
    if record["number_notation"]:
        record["number_notation"]["example"] = hide(record["number_notation"]["example"])


def _flags(statistics: ColumnStatistics, record: Record) -> list[str]:
    rows, nulls = record["rows"], record["nulls"]
    is_unique = statistics.is_unique and not nulls and rows > 1
    flags = {
        CONSTANT: statistics.distinct == 1 and not nulls,
        UNIQUE: is_unique,
        ID_LIKE: is_unique and statistics.type in (types.TEXT, types.INTEGER),
        MOSTLY_NULL: nulls > MOSTLY_NULL_SHARE * rows,
        MIXED: bool(statistics.words),
        LEADING_ZEROS: statistics.type == types.TEXT and statistics.has_leading_zeros,
        ROUNDED: statistics.has_rounded,
        WHOLE_WITH_POINT: statistics.are_whole_with_point,
        NOTATION: record["number_notation"] is not None,
        WHITESPACE: statistics.has_whitespace,
        OUTLIERS: record["quantiles"] is not None and _has_outliers(record),
    }
    return [name for name, is_so in flags.items() if is_so]


def _has_outliers(record: Record) -> bool:
    """Whether a value is more than three interquartile ranges outside the quartiles."""
    lower, upper = record["quantiles"]["0.25"], record["quantiles"]["0.75"]
    reach = FAR_OUT * (upper - lower)
    low, high = float(record["min"]), float(record["max"])
    return bool(reach > 0 and (low < lower - reach or high > upper + reach))
