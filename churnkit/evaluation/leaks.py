"""Columns that give the answer away: known only once somebody has left, or a score made of who did."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from churnkit.arrays import Ints
from churnkit.evaluation.metrics import auc_of_counts

LEAK_AUC = 0.99  # AUC, or share who left, from which on a column tells almost for certain
FEWEST_ROWS = 10  # of either kind, below which a separation may be chance
CERTAIN_SHARE = 0.5  # share of the rows whose end a column tells without an exception
VALUE, PRESENCE = "value", "presence"


@dataclass(frozen=True)
class Leak:
    """how: by its values, or by whether there is one. why: in words."""

    how: str
    why: str


def one_column_auc(known: Ints, left: Ints) -> float | None:
    """The AUC of a column alone. known, left: (b,) rows at ascending values. None without some of both."""
    auc = auc_of_counts(left.astype(float), (known - left).astype(float))
    return None if math.isnan(auc) else auc


def find_leak(known: Ints, left: Ints, nulls: tuple[int, int]) -> Leak | None:
    """Whether a column gives the answer away: a smooth cause never is certain for half of the customers.

    known, left: (b,) rows at each value, ascending (categories by their rate): all, and who left. nulls: rows
    without a value: all, and who left.
    """
    filled, filled_left = int(known.sum()), int(left.sum())
    if min(filled_left + nulls[1], filled + nulls[0] - filled_left - nulls[1]) < FEWEST_ROWS:
        return None
    if min(filled, nulls[0]) >= FEWEST_ROWS:
        rates = filled_left / filled, nulls[1] / nulls[0]
        if max(rates) >= LEAK_AUC and min(rates) < max(rates) / 2:
            rows, word = (filled, "filled") if rates[0] > rates[1] else (nulls[0], "empty")
            return Leak(PRESENCE, f"{word} only for those who left ({rows:,} rows)")
    if min(filled_left, filled - filled_left) < FEWEST_ROWS:
        return None
    alone = one_column_auc(known, left) or 0.5
    alone = max(alone, 1 - alone)
    if alone >= LEAK_AUC:
        return Leak(VALUE, f"tells almost alone who left (AUC {alone:.3f})")
    for step in (1, -1):
        gone = _before_the_first(known[::step], (known - left)[::step])
        stayed = _before_the_first(known[::-step], left[::-step])
        if min(gone, stayed) >= FEWEST_ROWS and gone + stayed >= CERTAIN_SHARE * filled:
            return Leak(
                VALUE, f"tells for certain that {gone:,} rows left and {stayed:,} stayed, of {filled:,}"
            )
    return None


def _before_the_first(known: Ints, others: Ints) -> int:
    """Rows before the first place where one of the others stands."""
    return int(known[: int(np.argmax(others > 0))].sum())
