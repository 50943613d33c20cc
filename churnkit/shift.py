"""How far a column has moved from what a model saw: the population stability index, and what is chance.

With B bins, n base rows and m new rows and no change, PSI / (1/n + 1/m) is close to chi-square with B - 1
degrees of freedom. Source: Yurdakul (2018), Statistical properties of the population stability index.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from churnkit.arrays import Floats
from churnkit.models.columns import Column

MAX_PSI = 0.25
SIGNIFICANCE = 0.01
EXPECTED = 5.0  # rows of a category below which it is folded into the others


def psi(base: Floats, new: Floats) -> float:
    """Sum of (q - p) ln(q / p) over bins, half a row added to each. base, new: (b,) rows a bin."""
    p = (base + 0.5) / (base + 0.5).sum()
    q = (new + 0.5) / (new + 0.5).sum()
    return float(np.sum((q - p) * np.log(q / p)))


def chance_limit(bins: int, base_rows: float, new_rows: float, probability: float) -> float:
    """The PSI that chance alone passes with this probability, without any change.

    The chi-square quantile is Wilson and Hilferty's (1931), right to about 1 %.
    """
    if bins < 2 or not base_rows or not new_rows:
        return float("inf")
    from statistics import NormalDist

    freedom, z = bins - 1, NormalDist().inv_cdf(1 - probability)
    spread = 2 / (9 * freedom)
    quantile = freedom * (1 - spread + z * spread**0.5) ** 3
    return float(quantile * (1 / base_rows + 1 / new_rows))


def expected(bins: int, base_rows: float, new_rows: float) -> float:
    """The PSI that chance alone brings in the mean."""
    return max(bins - 1, 0) * (1 / base_rows + 1 / new_rows) if base_rows and new_rows else float("inf")


def significance(value: float, bins: int, base_rows: float, new_rows: float) -> float:
    """How often chance alone brings a PSI as large as this."""
    if bins < 2 or not base_rows or not new_rows:
        return 1.0
    return chi_square_above(value / (1 / base_rows + 1 / new_rows), bins - 1)


def chi_square_above(x: float, freedom: int) -> float:
    """P(chi-square > x) with so many degrees of freedom; to load a library for it takes longer than a drift.

    Source: Abramowitz, Stegun (1964), Handbook of mathematical functions, 26.4.4 and 26.4.5.
    """
    half, first = x / 2, 0.5 if freedom % 2 else 0.0
    powers = np.arange(first, freedom / 2)
    if not half > 0:
        return 1.0
    logs = powers * math.log(half) - half - np.array([math.lgamma(power + 1) for power in powers])
    return min(1.0, (math.erfc(math.sqrt(half)) if first else 0.0) + float(np.exp(logs).sum()))


def apart(column: Column, base: Floats, new: Floats) -> tuple[float, int]:
    """The PSI of a column, and over how many bins. base, new: rows a bin of its histogram, missing last."""
    if column.is_category:
        base, new = folded(np.roll(base, 1), np.roll(new, 1))
    return psi(base, new), int(((base + new) > 0).sum())


def folded(base: Floats, new: Floats) -> tuple[Floats, Floats]:
    """Categories that few rows are expected of, added to the last bin."""
    smaller = min(base.sum(), new.sum())
    share = (base / max(base.sum(), 1) + new / max(new.sum(), 1)) / 2
    rare = share * smaller < EXPECTED
    rare[-1] = False
    kept = ~rare
    folded_base, folded_new = base[kept].copy(), new[kept].copy()
    folded_base[-1] += base[rare].sum()
    folded_new[-1] += new[rare].sum()
    return folded_base, folded_new


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
            value, bins = apart(column, base, new)
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
