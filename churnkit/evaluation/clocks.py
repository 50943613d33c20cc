"""Clocks: columns that reveal the observation date; a model would learn the calendar, and always drift."""

from __future__ import annotations

import numpy as np

from churnkit.arrays import Floats, Ints

MIN_DATES = 3
MAX_SHARE = 0.5  # of the variance of the ranks, or of the rows


def clock_words(values: Floats, dates: Ints, *, is_category: bool) -> str | None:
    """Why a column is a clock, in words; None if it is none. See `clock_share`."""
    share = clock_share(values, dates, is_category=is_category)
    if share <= MAX_SHARE:
        return None
    if is_category:
        return f"it reveals the date: {share:.0%} of its rows have a value of one date only"
    return f"it reveals the date: the dates explain {share:.0%} of its variance"


def clock_share(values: Floats, dates: Ints, *, is_category: bool) -> float:
    """The share of a column that the dates explain, 0 to 1; 0 with fewer than three dates.

    A number: the share of the variance of its ranks that lies between the dates. A category: the share of the
    rows whose value occurs at one date only. values: (n,) numbers or codes, NaN for missing. dates: (n,).
    Source: Kruskal, Wallis (1952), Use of ranks in one-criterion variance analysis.
    """
    is_known = ~np.isnan(values)
    values = values[is_known]
    dates = np.unique(dates[is_known], return_inverse=True)[1]
    if not len(values) or dates.max() + 1 < MIN_DATES:
        return 0.0
    if is_category:
        return _share_at_one_date(values, dates)
    rank = _mean_ranks(values)
    rows = np.bincount(dates)
    means = np.bincount(dates, weights=rank) / rows
    between, total = float(rows @ (means - rank.mean()) ** 2), float(((rank - rank.mean()) ** 2).sum())
    return between / total if total else 0.0


def _mean_ranks(values: Floats) -> Floats:
    """(n,) the rank of each number; equal numbers share the mean of their ranks."""
    _, place, rows = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(rows) - (rows - 1) / 2)[place]


def _share_at_one_date(codes: Floats, dates: Ints) -> float:
    _, value, rows = np.unique(codes, return_inverse=True, return_counts=True)
    pairs = np.unique(np.column_stack([value, dates]), axis=0)
    dates_each = np.bincount(pairs[:, 0])
    return float(rows[(dates_each == 1) & (rows > 1)].sum() / len(codes))
