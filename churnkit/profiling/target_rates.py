"""How a column goes with who churned: its AUC alone, whether it reveals the target, the rates along it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from churnkit.arrays import Ints
from churnkit.evaluation.leaks import find_leak, one_column_auc
from churnkit.intervals import wilson
from churnkit.profiling.distribution import BINS, Distribution

FEWEST_OF_GROUP = 5
MOST_GROUPS = 50
SHOWN_GROUPS = 10


def rates_by_target(
    spread: Distribution | None, groups: CategoryCounts | None, nulls: Ints
) -> dict[str, Any]:
    """One column against who left: its AUC alone (larger values taken as leaving, groups by rate), if it
    gives the answer away (by value, by presence), and the rate by tenth or group with 95 % intervals.

    spread: of numbers or times. groups: of texts. nulls: (3,) rows without a value, of known end, who left.
    """
    if spread is not None:
        known, left = spread.weights[1], spread.weights[2]
        cohorts = _tenths(spread)
    elif groups is not None:
        known, left = groups.ordered()
        cohorts = groups.cohorts()
    else:
        known = left = np.zeros(0, dtype=np.int64)
        cohorts = []
    if nulls[1]:
        cohorts.append({"value": None, **_rate(int(nulls[1]), int(nulls[2]))})
    leak = find_leak(known, left, (int(nulls[1]), int(nulls[2])))
    return {"auc": one_column_auc(known, left), "leak": leak.how if leak else None, "cohorts": cohorts}


def _tenths(spread: Distribution) -> list[dict[str, Any]]:
    """Rows in tenths of equal size, as far as equal numbers let them."""
    known, left = spread.weights[1], spread.weights[2]
    total = int(known.sum())
    if not total:
        return []
    up_to = np.cumsum(known)
    tenth = np.minimum((up_to - (known + 1) // 2) * BINS // total, BINS - 1)
    cohorts = []
    for k in np.unique(tenth[known > 0]).tolist():
        inside = (tenth == k) & (known > 0)
        numbers = spread.numbers[inside]
        rate = _rate(int(known[inside].sum()), int(left[inside].sum()))
        cohorts.append({"from": float(numbers[0]), "to": float(numbers[-1]), **rate})
    return cohorts


def _rate(rows: int, left: int) -> dict[str, Any]:
    low, high = wilson(left, rows)
    return {"rows": rows, "left": left, "rate": left / rows, "rate_low": low, "rate_high": high}


@dataclass(frozen=True)
class CategoryCounts:
    """Different texts, the most frequent first. known, left: (b,) rows whose end is known, who left."""

    values: Sequence[str]
    known: Ints
    left: Ints

    def ordered(self) -> tuple[Ints, Ints]:
        """known, left of the frequent values by their rate, all others together as one more."""
        frequent = self.known[:MOST_GROUPS] >= FEWEST_OF_GROUP
        known = np.append(self.known[:MOST_GROUPS][frequent], 0)
        left = np.append(self.left[:MOST_GROUPS][frequent], 0)
        known[-1], left[-1] = self.known.sum() - known.sum(), self.left.sum() - left.sum()
        known, left = known[known > 0], left[known > 0]
        order = np.argsort(left / known, kind="stable")
        return known[order], left[order]

    def cohorts(self) -> list[dict[str, Any]]:
        """The rate of each of the ten most frequent values, and of all others (`other`: true)."""
        made: list[dict[str, Any]] = []
        for value, known, left in zip(self.values, self.known.tolist(), self.left.tolist(), strict=True):
            if known and len(made) < SHOWN_GROUPS:
                made.append({"value": value, **_rate(known, left)})
        rest = int(self.known.sum()) - sum(c["rows"] for c in made)
        if rest:
            left_rest = int(self.left.sum()) - sum(c["left"] for c in made)
            made.append({"value": None, "other": True, **_rate(rest, left_rest)})
        return made
