"""What leaving costs: expected losses added up, with the interval that chance leaves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from churnkit.arrays import Floats
from churnkit.intervals import Z


@dataclass
class ExpectedLoss:
    """Sums over the rows that have passed.

    Each customer leaves or stays by herself with her probability p, worth V: the sum of p has the variance
    of the sum of p (1 - p), that of p V the variance of the sum of p (1 - p) V^2.
    """

    rows: int = 0
    unknown: int = 0
    leavers: float = 0.0
    leavers_variance: float = 0.0
    loss: float = 0.0
    loss_variance: float = 0.0

    def add(self, probability: Floats, value: Floats) -> None:
        """probability: (n,) 0 to 1. value: (n,) in money, NaN where it is not known."""
        known = ~np.isnan(value)
        spread = probability * (1 - probability)
        self.rows += len(value)
        self.unknown += int(len(value) - known.sum())
        self.leavers += float(probability.sum())
        self.leavers_variance += float(spread.sum())
        self.loss += float((probability[known] * value[known]).sum())
        self.loss_variance += float((spread[known] * value[known] ** 2).sum())

    @property
    def told(self) -> str:
        """Both sums in a sentence, with 95 % intervals."""
        leavers, loss = Z * self.leavers_variance**0.5, Z * self.loss_variance**0.5
        sentence = (
            f"expected to leave: {self.leavers:,.1f} of {self.rows:,} "
            f"({max(self.leavers - leavers, 0):,.1f} to {self.leavers + leavers:,.1f}); "
            f"expected loss: {self.loss:,.2f} ({self.loss - loss:,.2f} to {self.loss + loss:,.2f})"
        )
        return sentence + (f"; {self.unknown:,} without a value" if self.unknown else "")
