"""The drift test of `drift` and `score`: the population stability index (PSI) of a column against chance.

The PSI counts customers, because the rows of one customer are not independent. With B bins, n base customers,
m new ones and no change, PSI / (1/n + 1/m) is close to chi-square with B - 1 degrees of freedom. With a few
dozen customers its tail is longer; counting two customers fewer on each side corrects for that.
Source: Yurdakul (2018), Statistical properties of the population stability index.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from churnkit.arrays import Floats

MAX_PSI = 0.25
SIGNIFICANCE = 0.005  # for all columns together; at .01, up to 1.7 % of unchanged tables raised an alarm
MIN_EXPECTED = 5.0  # customers of a category; a smaller one is merged into the others
TAIL_CORRECTION = 2.0  # customers not counted on each side
ADDED_PER_BIN = 0.5  # customers, so that an empty bin does not make the PSI infinite


@dataclass(frozen=True)
class Shift:
    """How far a column has moved.

    expected_psi: the mean PSI by chance alone. p: the probability of a PSI as large by chance alone.
    moved: whether that is significant. drifted: whether the PSI is also above the limit. is_decidable:
    whether a PSI at the limit would be significant.
    """

    psi: float
    expected_psi: float
    p: float
    moved: bool
    drifted: bool
    is_decidable: bool


def measure_shift(
    base: Floats,
    new: Floats,
    base_customers: float,
    new_customers: float,
    *,
    is_category: bool,
    max_psi: float = MAX_PSI,
    columns: int = 1,
) -> Shift:
    """The PSI of a column and its significance.

    base, new: (b,) rows of each bin; for a category the last two are other values and missing.
    base_customers, new_customers: effective numbers, see `effective_groups`; rows if there is no id.
    columns: the number of columns tested together.
    """
    base, new = _in_customers(base, base_customers), _in_customers(new, new_customers)
    if is_category:
        base, new = fold_rare(np.roll(base, 1), np.roll(new, 1))
    is_filled = base + new > 0  # half a customer is a larger share of 60 than of 10,000
    base, new, freedom = base[is_filled], new[is_filled], int(is_filled.sum()) - 1
    value, limit = psi(base, new), SIGNIFICANCE / max(columns, 1)
    if not base_customers or not new_customers:
        return Shift(value, math.inf, 1.0, moved=False, drifted=False, is_decidable=False)
    if freedom < 1:  # one bin has all rows on both sides: no difference
        return Shift(value, 0.0, 1.0, moved=False, drifted=False, is_decidable=True)
    expected = freedom * (1 / base_customers + 1 / new_customers)
    if min(base_customers, new_customers) <= TAIL_CORRECTION:
        return Shift(value, expected, 1.0, moved=False, drifted=False, is_decidable=False)
    spread = 1 / (base_customers - TAIL_CORRECTION) + 1 / (new_customers - TAIL_CORRECTION)
    p = chi_square_above(value / spread, freedom)
    return Shift(
        value,
        expected,
        p,
        moved=p < limit,
        drifted=value > max_psi and p < limit,
        is_decidable=chi_square_above(max_psi / spread, freedom) < limit,
    )


def _in_customers(rows: Floats, customers: float) -> Floats:
    """The customers of each bin (b,), in proportion to its rows."""
    return rows * (customers / max(float(rows.sum()), 1.0))


def psi(base: Floats, new: Floats) -> float:
    """Sum of (q - p) ln(q / p) over bins, with half a customer added to each. base, new: (b,) customers."""
    return float(psi_parts(base, new).sum())


def psi_parts(base: Floats, new: Floats) -> Floats:
    """What each bin adds to the PSI (b,)."""
    p = (base + ADDED_PER_BIN) / (base + ADDED_PER_BIN).sum()
    q = (new + ADDED_PER_BIN) / (new + ADDED_PER_BIN).sum()
    parts: Floats = (q - p) * np.log(q / p)
    return parts


def chi_square_above(x: float, freedom: int) -> float:
    """P(chi-square > x) with `freedom` degrees of freedom; without scipy, which is slow to import.

    Source: Abramowitz, Stegun (1964), Handbook of mathematical functions, 26.4.4 and 26.4.5.
    """
    half, first = x / 2, 0.5 if freedom % 2 else 0.0
    powers = np.arange(first, freedom / 2)
    if not half > 0:
        return 1.0
    logs = powers * math.log(half) - half - np.array([math.lgamma(power + 1) for power in powers])
    return min(1.0, (math.erfc(math.sqrt(half)) if first else 0.0) + float(np.exp(logs).sum()))


def fold_rare(base: Floats, new: Floats) -> tuple[Floats, Floats]:
    """Merges categories with few expected customers into the last bin. base, new: (b,) customers."""
    smaller = min(base.sum(), new.sum())
    share = (base / max(base.sum(), 1) + new / max(new.sum(), 1)) / 2
    rare = share * smaller < MIN_EXPECTED
    rare[-1] = False
    kept = ~rare
    folded_base, folded_new = base[kept].copy(), new[kept].copy()
    folded_base[-1] += base[rare].sum()
    folded_new[-1] += new[rare].sum()
    return folded_base, folded_new
