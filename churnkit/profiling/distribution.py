"""Numbers with their weights, ascending: quantiles, a histogram and bins of a tenth of the rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from churnkit.arrays import Floats, Ints
from churnkit.bins import tenths

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
BINS = 10
Numbers = TypeVar("Numbers", Floats, Ints)


@dataclass(frozen=True)
class Distribution:
    """How the numbers of a column are distributed.

    numbers: (b,) ascending and distinct. weights: (m, b) the number of rows; with a target also the rows with
    a known target, and those who churned. lower: if numbers are the middles of buckets, a function from
    places 0 to b to the smallest number of the bucket there.
    """

    numbers: Floats
    weights: Ints
    lower: Callable[[Ints], Floats] | None = None

    @staticmethod
    def of(numbers: Floats, weights: Ints) -> Distribution:
        """numbers: (n,) in any order; equal numbers are merged."""
        return Distribution(*add_weights(numbers, weights))

    def quantiles(self) -> dict[str, float]:
        """Quantiles, interpolated between the order statistics. Source: Hyndman, Fan (1996), type 7."""
        up_to = np.cumsum(self.weights[0])
        at = np.array(QUANTILES) * (up_to[-1] - 1)
        lower = np.floor(at).astype(np.int64)
        below = self.numbers[np.searchsorted(up_to, lower, side="right")]
        above = self.numbers[np.searchsorted(up_to, np.ceil(at).astype(np.int64), side="right")]
        with np.errstate(over="ignore", invalid="ignore"):
            between = below + (above - below) * (at - lower)
        values = np.where(np.isfinite(between), between, below)
        return {str(q): float(value) for q, value in zip(QUANTILES, values, strict=True)}

    def tenths(self) -> dict[str, Any]:
        """Bins of about a tenth of the rows: `edges`, and the exact number of `rows` in [edge, next edge)."""
        edges = tenths(self.numbers, self.weights[0])
        up_to = np.concatenate(([0], np.cumsum(self.weights[0])))
        places = np.searchsorted(self.numbers, edges)
        if self.lower is not None:  # an edge inside a bucket would make the counts wrong
            edges = self.lower(places)
            edges, places = edges[np.isfinite(edges)], places[np.isfinite(edges)]
        rows = np.diff(np.concatenate(([0], up_to[places], up_to[-1:])))
        return {"edges": edges.tolist(), "rows": rows.astype(np.int64).tolist()}

    def histogram(self) -> dict[str, Any]:
        """Rows in ten bins of equal width from the smallest to the largest number, which is in the last bin.

        One bin if doubles cannot hold ten different edges between the two.
        """
        low, high = float(self.numbers[0]), float(self.numbers[-1])
        if not np.isfinite(high - low) or (np.diff(np.linspace(low, high, BINS + 1)) <= 0).any():
            return {"edges": [low, high], "rows": [int(self.weights[0].sum())]}
        rows, edges = np.histogram(self.numbers, BINS, (low, high), weights=self.weights[0])
        return {"edges": edges.tolist(), "rows": rows.astype(np.int64).tolist()}


def add_weights(numbers: Numbers, weights: Ints) -> tuple[Numbers, Ints]:
    """The distinct numbers (b,), ascending, and the sums of their weights (m, b).

    numbers: (n,) in any order. weights: (m, n).
    """
    different, place = np.unique(numbers, return_inverse=True)
    sums = [np.bincount(place, row, len(different)).astype(np.int64) for row in weights]
    return different, np.stack(sums)
