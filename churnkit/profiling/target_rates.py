"""How a column goes with churn: the AUC of the column alone, a possible leak, and the churn rate by value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from churnkit.arrays import Ints
from churnkit.evaluation.leaks import find_leak, one_column_auc
from churnkit.evaluation.metrics import cross_fitted_auc
from churnkit.intervals import wilson
from churnkit.profiling.distribution import BINS, Distribution

MIN_CATEGORY_ROWS = 5
MAX_CATEGORIES = 50
SHOWN_CATEGORIES = 10


def rates_by_target(
    distribution: Distribution | None, categories: CategoryCounts | None, nulls: Ints
) -> dict[str, Any]:
    """One column against the target: `auc`, `leak` and `target_rates` of its record.

    auc: of the column alone, larger values ranked as more likely to churn, the rows of a category by its rate
    among other rows.
    leak: "value" or "presence" if the column seems to know the target. target_rates: the churn rate of
    each tenth of the numbers, or of each category, with its 95 % Wilson interval.

    distribution: of numbers or times. categories: of texts. nulls: (3,) rows without a value: all of them,
    those with a known target, those who churned.
    """
    if distribution is not None:
        known, churned = distribution.weights[1], distribution.weights[2]
        rates = _tenths(distribution)
    elif categories is not None:
        known, churned = categories.ordered_by_rate()
        rates = categories.rates()
    else:
        known = churned = np.zeros(0, dtype=np.int64)
        rates = []
    if nulls[1]:
        rates.append({"value": None, **_rate(int(nulls[1]), int(nulls[2]))})
    leak = find_leak(known, churned, (int(nulls[1]), int(nulls[2])))
    return {
        "auc": _rank_by_others(known, churned) if categories is not None else one_column_auc(known, churned),
        "leak": leak.how if leak else None,
        "target_rates": rates,
    }


def _rank_by_others(known: Ints, churned: Ints) -> float | None:
    auc = cross_fitted_auc(churned, known - churned)
    return None if math.isnan(auc) else auc


def _tenths(distribution: Distribution) -> list[dict[str, Any]]:
    """The churn rate of each tenth of the rows; equal numbers stay together, so a tenth may be larger."""
    known, churned = distribution.weights[1], distribution.weights[2]
    total = int(known.sum())
    if not total:
        return []
    up_to = np.cumsum(known)
    tenth = np.minimum((up_to - (known + 1) // 2) * BINS // total, BINS - 1)
    rates = []
    for k in np.unique(tenth[known > 0]).tolist():
        inside = (tenth == k) & (known > 0)
        numbers = distribution.numbers[inside]
        rate = _rate(int(known[inside].sum()), int(churned[inside].sum()))
        rates.append({"from": float(numbers[0]), "to": float(numbers[-1]), **rate})
    return rates


def _rate(rows: int, churned: int) -> dict[str, Any]:
    low, high = wilson(churned, rows)
    return {"rows": rows, "left": churned, "rate": churned / rows, "rate_low": low, "rate_high": high}


@dataclass(frozen=True)
class CategoryCounts:
    """The distinct texts of a column, the most frequent first.

    known, churned: (b,) the rows of each text with a known target, and those of them who churned.
    """

    values: Sequence[str]
    known: Ints
    churned: Ints

    def ordered_by_rate(self) -> tuple[Ints, Ints]:
        """known, churned of the frequent texts, ascending by churn rate; all other texts count as one."""
        frequent = self.known[:MAX_CATEGORIES] >= MIN_CATEGORY_ROWS
        known = np.append(self.known[:MAX_CATEGORIES][frequent], 0)
        churned = np.append(self.churned[:MAX_CATEGORIES][frequent], 0)
        known[-1], churned[-1] = self.known.sum() - known.sum(), self.churned.sum() - churned.sum()
        known, churned = known[known > 0], churned[known > 0]
        order = np.argsort(churned / known, kind="stable")
        return known[order], churned[order]

    def rates(self) -> list[dict[str, Any]]:
        """The churn rate of each of the ten most frequent texts, and of all others (`other`: true)."""
        rates: list[dict[str, Any]] = []
        for value, known, churned in zip(
            self.values, self.known.tolist(), self.churned.tolist(), strict=True
        ):
            if known and len(rates) < SHOWN_CATEGORIES:
                rates.append({"value": value, **_rate(known, churned)})
        other = int(self.known.sum()) - sum(rate["rows"] for rate in rates)
        if other:
            other_churned = int(self.churned.sum()) - sum(rate["left"] for rate in rates)
            rates.append({"value": None, "other": True, **_rate(other, other_churned)})
        return rates
