"""The rows that pass through `score` and `drift`, counted in the bins of a base."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from churnkit.arrays import Floats
from churnkit.drift.psi import MAX_PSI, SIGNIFICANCE, chance_limit, column_psi
from churnkit.models.columns import Column


@dataclass
class Watch:
    """The rows that have passed, counted in the bins of the model's histograms."""

    columns: list[Column]
    rows: dict[str, Floats] = field(default_factory=dict)
    totals: dict[str, float] = field(default_factory=dict)

    def see(self, matrix: npt.NDArray[np.float64]) -> None:
        """Counts a block of rows (n, k)."""
        for place, column in enumerate(self.columns):
            if column.histogram is None:
                continue
            values = matrix[:, place]
            counts = _counted(column, values).astype(float)
            self.rows[column.name] = self.rows.get(column.name, 0) + counts
            if not column.is_category:
                with np.errstate(over="ignore"):
                    self.totals[column.name] = self.totals.get(column.name, 0.0) + float(np.nansum(values))

    def moved(self) -> list[str]:
        """One sentence for each column that has moved further than 0.25, and than chance would move it."""
        said = []
        for column in self.columns:
            if column.name not in self.rows:
                continue
            new = self.rows[column.name]
            histogram = column.histogram or {}
            base = np.array([*histogram["rows"], histogram["missing"]], dtype=float)
            told = f"{column.name}: {_what_moved(column, base, new, self.totals.get(column.name, 0.0))}"
            value, bins = column_psi(column, base, new)
            chance = SIGNIFICANCE / max(len(self.columns), 1)
            if value > MAX_PSI and value > chance_limit(bins, float(base.sum()), float(new.sum()), chance):
                said.append(f"{told} (PSI {value:.2f})")
        return said


def _counted(column: Column, values: Floats) -> npt.NDArray[np.int64]:
    """Rows in each bin of the histogram, those without a value last. values: (n,), NaN is missing."""
    known = np.count_nonzero(values == values)
    if column.is_category:
        bins = np.bincount(values[~np.isnan(values)].astype(np.int64), minlength=column.other + 1)
    else:  # a comparison an edge: sooner done than a search a value
        edges = (column.histogram or {})["edges"]
        above = [np.count_nonzero(values >= edge) for edge in edges]
        bins = -np.diff(above, prepend=known, append=0)
    return np.append(bins, len(values) - known)


def _what_moved(column: Column, base: Floats, new: Floats, total: float) -> str:
    """The mean, or the share of the base's top value, or the share of missing values: before and now."""
    missing = base[-1] / max(base.sum(), 1), new[-1] / max(new.sum(), 1)
    if abs(missing[1] - missing[0]) > 0.2:
        return f"{missing[0]:.0%} missing when it was fitted, {missing[1]:.0%} now"
    if column.is_category:
        top = int(np.argmax(base[:-1]))
        name = column.categories[top] if top < column.other else "other values"
        shares = base[top] / max(base.sum(), 1), new[top] / max(new.sum(), 1)
        return f"{name} was {shares[0]:.0%} of the rows, now {shares[1]:.0%}"
    before = (column.histogram or {}).get("mean", float("nan"))
    return f"mean {before:.4g} when it was fitted, {total / max(new[:-1].sum(), 1):.4g} now"
