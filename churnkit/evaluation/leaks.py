"""Finds leaks: columns that are filled only after a customer churned, or that predict churn too well."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from churnkit.arrays import Floats, Ints
from churnkit.evaluation.metrics import auc_of_counts

LEAK_AUC = 0.99  # AUC, or churn rate, from here on a leak
MIN_ROWS = 10  # of either class: with fewer, a separation may be chance
CERTAIN_SHARE = 0.5  # share of the rows that a column predicts without an error, from here on a leak
VALUE, PRESENCE = "value", "presence"


@dataclass(frozen=True)
class Leak:
    """how: VALUE (by its values) or PRESENCE (by being empty or not). why: the reason in words."""

    how: str
    why: str


def one_column_auc(known: Ints, churned: Ints) -> float | None:
    """The AUC of a column alone; None with one class. known, churned: (b,) rows by ascending value."""
    auc = auc_of_counts(churned.astype(float), (known - churned).astype(float))
    return None if math.isnan(auc) else auc


def find_leak(known: Ints, churned: Ints, nulls: tuple[int, int]) -> Leak | None:
    """The leak of a column, or None. A real cause of churn is never certain for half of the customers.

    known, churned: (b,) the rows of each value, ascending (categories by their churn rate): with a known
    target, and those of them that churned. nulls: the same two counts for rows without a value.
    """
    filled, filled_churned = int(known.sum()), int(churned.sum())
    if min(filled_churned + nulls[1], filled + nulls[0] - filled_churned - nulls[1]) < MIN_ROWS:
        return None
    if min(filled, nulls[0]) >= MIN_ROWS:
        rates = filled_churned / filled, nulls[1] / nulls[0]
        if max(rates) >= LEAK_AUC and min(rates) < max(rates) / 2:
            rows, word = (filled, "filled") if rates[0] > rates[1] else (nulls[0], "empty")
            return Leak(PRESENCE, f"{word} only for customers who churned ({rows:,} rows)")
    if min(filled_churned, filled - filled_churned) < MIN_ROWS:
        return None
    alone = one_column_auc(known, churned) or 0.5
    alone = max(alone, 1 - alone)
    if alone >= LEAK_AUC:
        return Leak(VALUE, f"predicts churn almost perfectly on its own (AUC {alone:.3f})")
    for step in (1, -1):
        gone = _before_the_first(known[::step], (known - churned)[::step])
        stayed = _before_the_first(known[::-step], churned[::-step])
        if min(gone, stayed) >= MIN_ROWS and gone + stayed >= CERTAIN_SHARE * filled:
            return Leak(
                VALUE, f"predicts {gone:,} churned and {stayed:,} other rows without an error, of {filled:,}"
            )
    return None


def leak_of_values(numbers: Floats, truth: Floats, is_category: bool) -> Leak | None:
    """The leak of a column, from its rows. numbers: (n,) values, NaN for none. truth: (n,) 0 and 1.

    is_category: the numbers are codes of categories, without an order.
    """
    filled = ~np.isnan(numbers)
    _, place = np.unique(numbers[filled], return_inverse=True)
    known = np.bincount(place)
    churned = np.bincount(place, weights=truth[filled]).astype(np.int64)
    if is_category:
        by_rate = np.argsort(churned / known, kind="stable")
        known, churned = known[by_rate], churned[by_rate]
    return find_leak(known, churned, (int((~filled).sum()), int(truth[~filled].sum())))


def _before_the_first(known: Ints, others: Ints) -> int:
    """The number of rows before the first value that has a row of the other class."""
    return int(known[: int(np.argmax(others > 0))].sum())
