"""Has a column moved beyond chance? One rule, for `drift` and for `score`: the population stability index.

It is counted in customers, for the rows of one customer move together. With B bins, n base customers and m
new ones and no change, PSI / (1/n + 1/m) is close to chi-square with B - 1 degrees of freedom. Its
tail is longer where there are some tens of customers: to count two fewer on each side makes up for it.
Source: Yurdakul (2018), Statistical properties of the population stability index.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from churnkit.arrays import Floats

MAX_PSI = 0.25
SIGNIFICANCE = 0.005  # of all columns together: at .01 up to 1.7 % of unchanged tables alarm
FEWEST_EXPECTED = 5.0  # customers of a category, below which it is folded into the others
LONG_TAIL = 2.0  # customers not counted on each side
ADDED = 0.5  # customers in each bin, so that an empty one is no infinite distance


@dataclass(frozen=True)
class Shift:
    """How far a column has moved.

    psi: the index. expected_psi: what chance alone brings in the mean. p: how often chance alone brings a PSI
    as large. drifted: past the limit and beyond chance. is_decidable: whether a PSI at the limit would be
    beyond chance.
    """

    psi: float
    expected_psi: float
    p: float
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
    """Whether a column has moved.

    base, new: (b,) rows of each bin, of a category the last two are all other values, and missing. The
    customers: effective ones, see `effective_groups`; rows, where there is no id. columns: judged together.
    """
    base, new = _in_customers(base, base_customers), _in_customers(new, new_customers)
    if is_category:
        base, new = fold_rare(np.roll(base, 1), np.roll(new, 1))
    is_filled = base + new > 0  # half of a customer is more of 60 than of 10,000: an empty bin would move
    base, new, freedom = base[is_filled], new[is_filled], int(is_filled.sum()) - 1
    value, limit = psi(base, new), SIGNIFICANCE / max(columns, 1)
    if not base_customers or not new_customers:
        return Shift(value, math.inf, 1.0, drifted=False, is_decidable=False)
    if freedom < 1:  # one bin holds all on both sides: nothing could be more alike
        return Shift(value, 0.0, 1.0, drifted=False, is_decidable=True)
    expected = freedom * (1 / base_customers + 1 / new_customers)
    if min(base_customers, new_customers) <= LONG_TAIL:
        return Shift(value, expected, 1.0, drifted=False, is_decidable=False)
    spread = 1 / (base_customers - LONG_TAIL) + 1 / (new_customers - LONG_TAIL)
    p = chi_square_above(value / spread, freedom)
    return Shift(
        value,
        expected,
        p,
        drifted=value > max_psi and p < limit,
        is_decidable=chi_square_above(max_psi / spread, freedom) < limit,
    )


def _in_customers(rows: Floats, customers: float) -> Floats:
    """(b,) the customers of each bin, when each has its share of the rows."""
    return rows * (customers / max(float(rows.sum()), 1.0))


def psi(base: Floats, new: Floats) -> float:
    """Sum of (q - p) ln(q / p) over bins, half a customer added to each. base, new: (b,) customers."""
    p = (base + ADDED) / (base + ADDED).sum()
    q = (new + ADDED) / (new + ADDED).sum()
    return float(np.sum((q - p) * np.log(q / p)))


def chi_square_above(x: float, freedom: int) -> float:
    """P(chi-square > x) with `freedom` degrees of freedom; importing scipy would take longer than a drift.

    Source: Abramowitz, Stegun (1964), Handbook of mathematical functions, 26.4.4 and 26.4.5.
    """
    half, first = x / 2, 0.5 if freedom % 2 else 0.0
    powers = np.arange(first, freedom / 2)
    if not half > 0:
        return 1.0
    logs = powers * math.log(half) - half - np.array([math.lgamma(power + 1) for power in powers])
    return min(1.0, (math.erfc(math.sqrt(half)) if first else 0.0) + float(np.exp(logs).sum()))


def fold_rare(base: Floats, new: Floats) -> tuple[Floats, Floats]:
    """Categories in which few customers are expected, added to the last bin. base, new: (b,) customers."""
    smaller = min(base.sum(), new.sum())
    share = (base / max(base.sum(), 1) + new / max(new.sum(), 1)) / 2
    rare = share * smaller < FEWEST_EXPECTED
    rare[-1] = False
    kept = ~rare
    folded_base, folded_new = base[kept].copy(), new[kept].copy()
    folded_base[-1] += base[rare].sum()
    folded_new[-1] += new[rare].sum()
    return folded_base, folded_new
