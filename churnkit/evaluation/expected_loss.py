"""The expected number of churned customers and the expected loss, with 95 % intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from churnkit.arrays import Floats
from churnkit.evaluation.outcomes import LEAST_CUSTOMERS, NEWEST_DATES, Outcome, earned_ends
from churnkit.intervals import LEVEL, Z, standard_error


def model_error(metrics: Mapping[str, Any]) -> float | None:
    """How far the sum of a model's probabilities may be off, as a share of it; None if it was not tested.

    The larger of two: the standard error of observed_over_expected in the test, and its distance from 1.
    """
    figures = [metrics.get(f"observed_over_expected{end}") for end in ("", "_low", "_high")]
    ratio, low, high = (float(x) if isinstance(x, (int, float)) else math.nan for x in figures)
    errors = standard_error(low, high), abs(ratio - 1)
    return max(errors) if all(map(math.isfinite, errors)) else None


@dataclass(frozen=True)
class PastOutcomes:
    """What a backtest expected at past dates and what happened. money: empty if it had no values."""

    customers: Sequence[Outcome]
    money: Sequence[Outcome]


def past_outcomes(dates: Sequence[Mapping[str, Any]] | None) -> PastOutcomes | None:
    """The history in a model; None if it has none. dates: the model file's `backtest`."""
    if not dates:
        return None
    customers = [Outcome(each["expected"], each["observed"], each["chance_sd"] ** 2) for each in dates]
    money = [
        Outcome(each["expected_loss"], each["observed_loss"], each["chance_sd_loss"] ** 2)
        for each in dates
        if "expected_loss" in each
    ]
    return PastOutcomes(customers, money)


@dataclass
class ExpectedLoss:
    """Sums over all rows added so far.

    Each customer churns independently with probability p and has the value V: the variance of the number of
    churned customers is the sum of p (1 - p), that of their value the sum of p (1 - p) V^2. The error of the
    model adds (error times the sum)^2. error: see `model_error`; None: not known. past: of a backtest, whose
    errors then stand in for that of the model. unknown: the number of rows without a value.
    """

    error: float | None = None
    past: PastOutcomes | None = None
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
        (least_churned, most_churned), (least_loss, most_loss), sources = self._ends()
        parts = [
            f"expected to leave: {self.churned:,.1f} of {self.rows:,} "
            f"({least_churned:,.1f} to {most_churned:,.1f})",
            f"expected loss: {self.loss:,.2f} ({least_loss:,.2f} to {most_loss:,.2f})",
            f"{LEVEL} intervals of {sources}",
        ]
        return "; ".join([*parts, *([f"{self.unknown:,} without a value"] if self.unknown else [])])

    def _ends(self) -> tuple[tuple[float, float], tuple[float, float], str]:
        """The interval of the customers who leave, that of their value, and what these are of."""
        if self.past is None:
            error = self.error or 0.0
            churned = Z * (self.churned_variance + (error * self.churned) ** 2) ** 0.5
            loss = Z * (self.loss_variance + (error * self.loss) ** 2) ** 0.5
            least_loss = max(self.loss - loss, 0.0) if self.loss >= 0 else self.loss - loss
            sources = "chance alone" if self.error is None else "chance and the error of the model"
            customers = max(self.churned - churned, 0.0), self.churned + churned
            return customers, (least_loss, self.loss + loss), sources
        past = self.past.customers
        of_customers = earned_ends(
            self.churned, self.churned_variance, past, LEAST_CUSTOMERS, float(self.rows)
        )
        of_money = earned_ends(self.loss, self.loss_variance, self.past.money or past)
        sources = f"chance and the errors of the newest {min(len(past), NEWEST_DATES)} dates of a backtest"
        if not self.past.money:
            sources += ", which had no values: their errors are those of customers"
        return (of_customers.low, of_customers.high), (of_money.low, of_money.high), sources
