"""The expected number of churned customers and the expected loss, with 95 % intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from churnkit.arrays import Floats
from churnkit.intervals import Z


@dataclass
class ExpectedLoss:
    """Sums over all rows added so far.

    Each customer churns independently with probability p and has the value V: the variance of the number of
    churned customers is the sum of p (1 - p), that of their value the sum of p (1 - p) V^2. unknown: the
    number of rows without a value.
    """

    rows: int = 0
    unknown: int = 0
    churned: float = 0.0
    churned_variance: float = 0.0
    loss: float = 0.0
    loss_variance: float = 0.0

    def add(self, probability: Floats, value: Floats) -> None:
        """Add rows. probability: (n,) 0 to 1. value: (n,) in money, NaN if unknown."""
        known = ~np.isnan(value)
        spread = probability * (1 - probability)
        self.rows += len(value)
        self.unknown += int(len(value) - known.sum())
        self.churned += float(probability.sum())
        self.churned_variance += float(spread.sum())
        self.loss += float((probability[known] * value[known]).sum())
        self.loss_variance += float((spread[known] * value[known] ** 2).sum())

    @property
    def told(self) -> str:
        """Both expected values in a sentence, with 95 % intervals."""
        churned, loss = Z * self.churned_variance**0.5, Z * self.loss_variance**0.5
        sentence = (
            f"expected to leave: {self.churned:,.1f} of {self.rows:,} "
            f"({max(self.churned - churned, 0):,.1f} to {self.churned + churned:,.1f}); "
            f"expected loss: {self.loss:,.2f} ({self.loss - loss:,.2f} to {self.loss + loss:,.2f})"
        )
        return sentence + (f"; {self.unknown:,} without a value" if self.unknown else "")
