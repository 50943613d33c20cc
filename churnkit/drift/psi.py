"""How far a column has moved from what a model saw: the population stability index, and what is chance.

With B bins, n base rows and m new rows and no change, PSI / (1/n + 1/m) is close to chi-square with B - 1
degrees of freedom. Source: Yurdakul (2018), Statistical properties of the population stability index.
"""

from __future__ import annotations

import math

import numpy as np

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


def expected_psi(bins: int, base_rows: float, new_rows: float) -> float:
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


def column_psi(column: Column, base: Floats, new: Floats) -> tuple[float, int]:
    """The PSI of a column, and over how many bins. base, new: rows a bin of its histogram, missing last."""
    if column.is_category:
        base, new = fold_rare(np.roll(base, 1), np.roll(new, 1))
    return psi(base, new), int(((base + new) > 0).sum())


def fold_rare(base: Floats, new: Floats) -> tuple[Floats, Floats]:
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
