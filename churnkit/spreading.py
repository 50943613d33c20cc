"""Numbers with their weights, ascending: quantiles, a histogram, and how they go with who left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from churnkit.arrays import Floats, Ints
from churnkit.bins import tenths
from churnkit.evaluation.leaks import find_leak, one_column_auc
from churnkit.intervals import wilson

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
BINS = 10
FEWEST_OF_GROUP = 5
MOST_GROUPS = 50
SHOWN_GROUPS = 10


@dataclass(frozen=True)
class Spread:
    """numbers: (b,) ascending, each once. weights: (m, b) rows; with a target, of known end, and who left.

    lower: where numbers stand for buckets, the least number of the bucket at each place, up to b.
    """

    numbers: Floats
    weights: Ints
    lower: Callable[[Ints], Floats] | None = None

    @staticmethod
    def of(numbers: Floats, weights: Ints) -> Spread:
        """numbers: (n,) in any order, equal ones are put together."""
        unique, place = np.unique(numbers, return_inverse=True)
        return Spread(
            unique, np.stack([np.bincount(place, w, len(unique)).astype(np.int64) for w in weights])
        )

    def quantiles(self) -> dict[str, float]:
        """Interpolated between the order statistics of all rows. Source: Hyndman, Fan (1996), type 7."""
        up_to = np.cumsum(self.weights[0])
        at = np.array(QUANTILES) * (up_to[-1] - 1)
        lower = np.floor(at).astype(np.int64)
        below = self.numbers[np.searchsorted(up_to, lower, side="right")]
        above = self.numbers[np.searchsorted(up_to, np.ceil(at).astype(np.int64), side="right")]
        with np.errstate(over="ignore", invalid="ignore"):
            between = below + (above - below) * (at - lower)
        found = np.where(np.isfinite(between), between, below)
        return {str(q): float(value) for q, value in zip(QUANTILES, found, strict=True)}

    def tenths(self) -> dict[str, Any]:
        """Bins of about a tenth of the rows each: `edges`, and exactly the `rows` in [edge, next edge)."""
        edges = tenths(self.numbers, self.weights[0])
        up_to = np.concatenate(([0], np.cumsum(self.weights[0])))
        places = np.searchsorted(self.numbers, edges)
        if self.lower is not None:  # a bin that began in the middle of a bucket would not hold what it counts
            edges = self.lower(places)
            edges, places = edges[np.isfinite(edges)], places[np.isfinite(edges)]
        rows = np.diff(np.concatenate(([0], up_to[places], up_to[-1:])))
        return {"edges": edges.tolist(), "rows": rows.astype(np.int64).tolist()}

    def histogram(self) -> dict[str, Any]:
        """Rows in ten bins of equal width from the smallest to the largest, the last closed.

        In one bin where there is no room for ten borders between them.
        """
        low, high = float(self.numbers[0]), float(self.numbers[-1])
        if not np.isfinite(high - low) or (np.diff(np.linspace(low, high, BINS + 1)) <= 0).any():
            return {"edges": [low, high], "rows": [int(self.weights[0].sum())]}
        rows, edges = np.histogram(self.numbers, BINS, (low, high), weights=self.weights[0])
        return {"edges": edges.tolist(), "rows": rows.astype(np.int64).tolist()}


def against_target(spread: Spread | None, groups: Groups | None, nulls: Ints) -> dict[str, Any]:
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


def _tenths(spread: Spread) -> list[dict[str, Any]]:
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
class Groups:
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
