"""Finds leaks: columns that are filled only after a customer churned, or that predict churn too well."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from churnkit.arrays import Ints
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


def _before_the_first(known: Ints, others: Ints) -> int:
    """The number of rows before the first value that has a row of the other class."""
    return int(known[: int(np.argmax(others > 0))].sum())
