"""Clocks: columns that reveal the observation date; a model would learn the calendar, and always drift."""

from __future__ import annotations

import numpy as np

from churnkit.arrays import Floats, Ints

MIN_DATES = 3
MAX_SHARE = 0.5  # of the variance of the ranks, or of the rows


def clock_words(values: Floats, dates: Ints, *, is_category: bool) -> str | None:
    """The reason why a column is a clock; None if it is not a clock, or with fewer than three dates.

    values: (n,) numbers or codes, NaN for missing. dates: (n,) the number of each row's date, from 0. See
    `share_explained`.
    """
    if np.count_nonzero(np.bincount(dates[~np.isnan(values)])) < MIN_DATES:
        return None
    share = share_explained(values, dates, is_category=is_category)
    if share <= MAX_SHARE:
        return None
    if is_category:
        return f"it reveals the date: {share:.0%} of its rows have a value of one date only"
    return f"it reveals the date: the dates explain {share:.0%} of its variance"


def share_explained(
    values: Floats, dates: Ints, weights: Floats | None = None, *, is_category: bool
) -> float:
    """The share of a column that the dates explain, 0 to 1; 0 if it has values at one date only.

    A number: the share of the variance of its ranks that lies between the dates. A category: the share of the
    rows whose value occurs at one date only, and in more than one row. values: (n,) numbers or codes, NaN for
    missing. dates: (n,) the number of each row's date, from 0. weights: (n,).
    Source: Kruskal, Wallis (1952), Use of ranks in one-criterion variance analysis.
    """
    is_known = ~np.isnan(values)
    weights = np.ones(int(is_known.sum())) if weights is None else weights[is_known]
    _, value, rows = np.unique(values[is_known], return_inverse=True, return_counts=True)
    date = dates[is_known]
    by_date = np.bincount(date, weights)
    has_rows = by_date > 0
    if np.count_nonzero(has_rows) < 2:
        return 0.0
    by_value = np.bincount(value, weights)
    if is_category:
        pairs = np.unique(value * len(by_date) + date) // len(by_date)
        is_at_one_date = (np.bincount(pairs) == 1) & (rows > 1)
        return float(by_value[is_at_one_date].sum() / by_value.sum())
    rank = (np.cumsum(by_value) - by_value / 2)[value]  # equal numbers share the mean of their ranks
    by_date, sums = by_date[has_rows], np.bincount(date, weights * rank)[has_rows]
    middle = float(weights @ rank / weights.sum())
    total = float(weights @ (rank - middle) ** 2)
    return float(by_date @ (sums / by_date - middle) ** 2) / total if total else 0.0
