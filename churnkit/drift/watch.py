"""Counts the rows of `score` and `drift` in the bins of a base."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from churnkit.arrays import Floats, Hashes, Ints
from churnkit.drift.changes import largest_changes, show_share
from churnkit.drift.customers import CustomerCount, count_ids
from churnkit.drift.outside import MAX_OUTSIDE, Outside, measure_outside
from churnkit.drift.psi import MAX_PSI, Shift, measure_shift
from churnkit.formatting import format_value
from churnkit.models.columns import Column, category_codes


@dataclass(frozen=True)
class WordCounts:
    """The texts of a category in a block. words: (k,) the different ones. rows: (k,) of each. missing: rows
    without a value."""

    words: pl.Series
    rows: pl.Series
    missing: int

    @classmethod
    def of(cls, texts: pl.Series) -> WordCounts:
        """texts: (n,) String."""
        counts = texts.drop_nulls().alias("word").value_counts(name="rows")
        return cls(counts["word"].alias(texts.name), counts["rows"], texts.null_count())


@dataclass(frozen=True)
class BlockCounts:
    """What a block of rows adds to a Watch.

    seen: the number of rows. rows: column → (b,) rows in each bin, missing last. totals: column of numbers →
    their sum. beyond: column with limits → values beyond them. customers: (k,) the hashes of the ids, and
    their rows; None if customers are not counted.
    """

    seen: int
    rows: Mapping[str, Floats]
    totals: Mapping[str, float]
    beyond: Mapping[str, int]
    customers: tuple[Hashes, Ints] | None


@dataclass
class Watch:
    """All rows added so far, counted in the bins of the base's histograms.

    columns: of the base; a column without a histogram is not watched. base_customers: the effective customers
    of the base, or None if unknown: then rows are compared instead. seen: the number of rows.
    """

    columns: list[Column]
    base_customers: float | None = None
    rows: dict[str, Floats] = field(default_factory=dict)
    totals: dict[str, float] = field(default_factory=dict)
    beyond: dict[str, int] = field(default_factory=dict)
    seen: int = 0
    has_ids: bool = False
    customers: CustomerCount = field(default_factory=CustomerCount)

    def see(self, matrix: Floats, ids: pl.Series | None = None) -> None:
        """Adds a block of rows (n, k). ids: (n,) their customers; None if there is no id."""
        values = {column.name: matrix[:, place] for place, column in enumerate(self.columns)}
        self.add(self.count(values, len(matrix), ids))

    def count(
        self, values: Mapping[str, Floats | WordCounts], seen: int, ids: pl.Series | None = None
    ) -> BlockCounts:
        """The counts of a block; changes nothing, so that threads can share the watch.

        values: column → (n,) as in a matrix, or the words of a category. seen: the number of rows, n. ids: as
        in `see`.
        """
        rows, totals, beyond = {}, {}, {}
        for column in self.columns:
            if column.histogram is None:
                continue
            found = values[column.name]
            if isinstance(found, WordCounts):
                rows[column.name] = _count_words(column, found)
                continue
            rows[column.name] = _count(column, found).astype(float)
            if not column.is_category:
                with np.errstate(over="ignore"):
                    totals[column.name] = float(np.nansum(found))
            if (limits := limits_of(column)) is not None:
                beyond[column.name] = int(np.count_nonzero((found < limits[0]) | (found > limits[1])))
        customers = None if ids is None or self.base_customers is None else count_ids(ids)
        return BlockCounts(seen, rows, totals, beyond, customers)

    def add(self, block: BlockCounts) -> None:
        """Adds the counts of a block; in the order of the blocks, because sums of floats depend on it."""
        self.seen += block.seen
        if block.customers is not None:
            self.has_ids = True
            self.customers.add(*block.customers)
        for name, counts in block.rows.items():
            self.rows[name] = self.rows.get(name, 0) + counts
        with np.errstate(over="ignore"):
            for name, total in block.totals.items():
                self.totals[name] = self.totals.get(name, 0.0) + total
        for name, number in block.beyond.items():
            self.beyond[name] = self.beyond.get(name, 0) + number

    @property
    def watched(self) -> list[Column]:
        """The columns with counted rows."""
        return [column for column in self.columns if column.name in self.rows]

    def shift(self, column: Column, max_psi: float = MAX_PSI) -> Shift:
        """The PSI of a watched column and its significance."""
        base, new = base_rows(column), self.rows[column.name]
        return measure_shift(
            base,
            new,
            *self._customers(base),
            is_category=column.is_category,
            max_psi=max_psi,
            columns=len(self.rows),
        )

    def outside(self, column: Column, max_outside: float = MAX_OUTSIDE) -> Outside | None:
        """The share beyond the base's limits and its significance; None without limits or values."""
        base, new = base_rows(column), self.rows[column.name]
        if column.name not in self.beyond or not new[:-1].sum():
            return None
        base_customers, new_customers = self._customers(base)
        known = [float(1 - rows[-1] / max(rows.sum(), 1)) for rows in (base, new)]
        return measure_outside(
            self.beyond[column.name] / float(new[:-1].sum()),
            base_customers * known[0],
            new_customers * known[1],
            max_outside=max_outside,
            columns=len(self.rows),
        )

    def _customers(self, base: Floats) -> tuple[float, float]:
        """The effective customers of the base and of the new rows. base: (b,) its rows."""
        base_customers = float(base.sum()) if self.base_customers is None else self.base_customers
        return base_customers, self.customers.effective if self.has_ids else float(self.seen)

    def means(self, column: Column) -> tuple[float | None, float | None]:
        """The mean of a number, in the base and in the new rows; None if unknown."""
        known = self.rows[column.name][:-1].sum()
        after = float(self.totals.get(column.name, 0.0) / known) if known else None
        return (column.histogram or {}).get("mean"), after

    def moved(self) -> list[str]:
        """One sentence per column that has drifted by the rule of `drift` with its default limits."""
        sentences = []
        for column in self.watched:
            shift, outside, reasons = self.shift(column), self.outside(column), []
            if shift.drifted:
                changes = largest_changes(
                    column, base_rows(column), self.rows[column.name], self.means(column)
                )
                words = "; ".join(f"{c.what}: {c.before} in training, {c.after} now" for c in changes)
                reasons.append(f"{words} (PSI {shift.psi:.2f})")
            if outside is not None and outside.drifted:
                reasons.append(outside_in_words(column, outside.share))
            if reasons:
                sentences.append(f"{column.name}: {'; '.join(reasons)}")
        return sentences


def base_rows(column: Column) -> Floats:
    """The rows in each bin of a column's histogram (b,), rows without a value last."""
    histogram = column.histogram or {"rows": [], "missing": 0}
    return np.array([*histogram["rows"], histogram["missing"]], dtype=float)


def _count(column: Column, values: Floats) -> Ints:
    """Rows in each bin of the histogram, rows without a value last. values: (n,), NaN is missing."""
    known = np.count_nonzero(values == values)
    if column.is_category:
        bins = np.bincount(values[~np.isnan(values)].astype(np.int64), minlength=column.other + 1)
    else:  # one comparison per edge is faster than one search per value
        edges = (column.histogram or {})["edges"]
        above = [np.count_nonzero(values >= edge) for edge in edges]
        bins = -np.diff(above, prepend=known, append=0)
    return np.append(bins, len(values) - known)


def _count_words(column: Column, found: WordCounts) -> Floats:
    """As `_count`, of a category."""
    codes = category_codes(found.words, column).astype(np.int64)
    return np.append(np.bincount(codes, found.rows, column.other + 1), found.missing)


def limits_of(column: Column) -> tuple[float, float] | None:
    """The smallest and largest number of the base; None for a category, or if an older base lacks them."""
    limits = (column.histogram or {}).get("limits")
    return None if limits is None else (limits[0], limits[1])


def outside_in_words(column: Column, share: float) -> str:
    """The share beyond the limits, as `5.0% outside 0 to 90`."""
    low, high = limits_of(column) or (None, None)
    return f"{show_share(share)} outside {format_value(low)} to {format_value(high)}"
