"""Counts the rows of `score` and `drift` in the bins of a base."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from churnkit.arrays import Floats, Ints
from churnkit.drift.changes import largest_changes, show_share
from churnkit.drift.customers import CustomerCount
from churnkit.drift.outside import MAX_OUTSIDE, Outside, measure_outside
from churnkit.drift.psi import MAX_PSI, Shift, measure_shift
from churnkit.formatting import format_value
from churnkit.models.columns import Column


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
        self.seen += len(matrix)
        if ids is not None and self.base_customers is not None:
            self.has_ids = True
            self.customers.see(ids)
        for place, column in enumerate(self.columns):
            if column.histogram is None:
                continue
            values = matrix[:, place]
            counts = _count(column, values).astype(float)
            self.rows[column.name] = self.rows.get(column.name, 0) + counts
            if not column.is_category:
                with np.errstate(over="ignore"):
                    self.totals[column.name] = self.totals.get(column.name, 0.0) + float(np.nansum(values))
            if (limits := limits_of(column)) is not None:
                number = np.count_nonzero((values < limits[0]) | (values > limits[1]))
                self.beyond[column.name] = self.beyond.get(column.name, 0) + int(number)

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


def limits_of(column: Column) -> tuple[float, float] | None:
    """The smallest and largest number of the base; None for a category, or if an older base lacks them."""
    limits = (column.histogram or {}).get("limits")
    return None if limits is None else (limits[0], limits[1])


def outside_in_words(column: Column, share: float) -> str:
    """The share beyond the limits, as `5.0% outside 0 to 90`."""
    low, high = limits_of(column) or (None, None)
    return f"{show_share(share)} outside {format_value(low)} to {format_value(high)}"
