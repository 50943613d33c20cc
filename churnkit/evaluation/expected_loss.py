"""The expected number of churned customers and the expected loss, with 95 % intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from churnkit.arrays import Floats
from churnkit.intervals import LEVEL, Z, standard_error


def model_error(metrics: Mapping[str, Any]) -> float | None:
    """How far the sum of a model's probabilities may be off, as a share of it; None if it was not tested.

    The larger of two: the standard error of observed_over_expected in the test, and its distance from 1.
    """
    figures = [metrics.get(f"observed_over_expected{end}") for end in ("", "_low", "_high")]
    ratio, low, high = (float(x) if isinstance(x, (int, float)) else math.nan for x in figures)
    errors = standard_error(low, high), abs(ratio - 1)
    return max(errors) if all(map(math.isfinite, errors)) else None


@dataclass
class ExpectedLoss:
    """Sums over all rows added so far.

    Each customer churns independently with probability p and has the value V: the variance of the number of
    churned customers is the sum of p (1 - p), that of their value the sum of p (1 - p) V^2. The error of the
    model adds (error times the sum)^2. error: see `model_error`; None: not known. unknown: the number of rows
    without a value.
    """

    error: float | None = None
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
    def sentence(self) -> str:
        """Both expected values, with 95 % intervals."""
        error = self.error or 0.0
        churned = Z * (self.churned_variance + (error * self.churned) ** 2) ** 0.5
        loss = Z * (self.loss_variance + (error * self.loss) ** 2) ** 0.5
        least_loss = max(self.loss - loss, 0.0) if self.loss >= 0 else self.loss - loss
        sources = "chance alone" if self.error is None else "chance and the error of the model"
        parts = [
            f"expected to leave: {self.churned:,.1f} of {self.rows:,} "
            f"({max(self.churned - churned, 0):,.1f} to {self.churned + churned:,.1f})",
            f"expected loss: {self.loss:,.2f} ({least_loss:,.2f} to {self.loss + loss:,.2f})",
            f"{LEVEL} intervals of {sources}",
        ]
        return "; ".join([*parts, *([f"{self.unknown:,} without a value"] if self.unknown else [])])
