"""Counts the rows of `score` and `drift` in the bins of a base."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from churnkit.arrays import Floats, Ints
from churnkit.drift.customers import CustomerCount
from churnkit.drift.psi import MAX_PSI, Shift, measure_shift
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

    @property
    def watched(self) -> list[Column]:
        """The columns with counted rows."""
        return [column for column in self.columns if column.name in self.rows]

    def shift(self, column: Column, max_psi: float = MAX_PSI) -> Shift:
        """The PSI of a watched column and its significance."""
        base, new = base_rows(column), self.rows[column.name]
        base_customers = float(base.sum()) if self.base_customers is None else self.base_customers
        return measure_shift(
            base,
            new,
            base_customers,
            self.customers.effective if self.has_ids else float(self.seen),
            is_category=column.is_category,
            max_psi=max_psi,
            columns=len(self.rows),
        )

    def moved(self) -> list[str]:
        """One sentence per column that has drifted: PSI above 0.25, and more than chance explains."""
        sentences = []
        for column in self.watched:
            shift = self.shift(column)
            if shift.drifted:
                change = _change(column, self.rows[column.name], self.totals.get(column.name, 0.0))
                sentences.append(f"{column.name}: {change} (PSI {shift.psi:.2f})")
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


def _change(column: Column, new: Floats, total: float) -> str:
    """The mean, the share of the most frequent value, or the share of missing values: in training and now."""
    base = base_rows(column)
    missing = base[-1] / max(base.sum(), 1), new[-1] / max(new.sum(), 1)
    if abs(missing[1] - missing[0]) > 0.2:
        return f"missing values: {missing[0]:.0%} in training, {missing[1]:.0%} now"
    if column.is_category:
        top = int(np.argmax(base[:-1]))
        name = column.categories[top] if top < column.other else "other values"
        shares = base[top] / max(base.sum(), 1), new[top] / max(new.sum(), 1)
        return f"share of {name}: {shares[0]:.0%} in training, {shares[1]:.0%} now"
    before = (column.histogram or {}).get("mean", float("nan"))
    return f"mean: {before:.4g} in training, {total / max(new[:-1].sum(), 1):.4g} now"
