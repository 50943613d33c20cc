"""Numbers with their weights, ascending: quantiles, a histogram, and how they go with who left."""

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
    """numbers: (b,) ascending, each once. weights: (m, b) rows; with a target, of known end, and who left.

    lower: where numbers stand for buckets, the least number of the bucket at each place, up to b.
    """

    numbers: Floats
    weights: Ints
    lower: Callable[[Ints], Floats] | None = None

    @staticmethod
    def of(numbers: Floats, weights: Ints) -> Distribution:
        """numbers: (n,) in any order, equal ones are put together."""
        return Distribution(*add_weights(numbers, weights))

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


def add_weights(numbers: Numbers, weights: Ints) -> tuple[Numbers, Ints]:
    """(b,) the different numbers, ascending, and (m, b) the sums of their weights.

    numbers: (n,) in any order. weights: (m, n).
    """
    different, place = np.unique(numbers, return_inverse=True)
    sums = [np.bincount(place, row, len(different)).astype(np.int64) for row in weights]
    return different, np.stack(sums)
