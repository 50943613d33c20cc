"""The score test: whether more columns earn a place in a regression, without fitting them.

Source: Rao (1948), Large sample tests of statistical hypotheses concerning several parameters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from churnkit.arrays import Floats, Ints
from churnkit.models.calibration import sigmoid
from churnkit.models.columns import TrainingRows

SMALLEST = 1e-12  # a direction of the regression that its other columns explain, as a share of the largest
SMALL = 1e-9  # a direction that other features explain, as a share of all


@dataclass(frozen=True)
class ScoreTest:
    """A regression whose fit is tested.

    line: (n, m) its columns, with a constant. weighted: (n, m) these, by the spread of each row's truth.
    residual: (n,) by row. information, inverse (of that): (m, m). customer: (n,) numbers without gaps; None
    if each has one row. scores: (c, m) of each customer, of the columns.
    """

    line: Floats
    weighted: Floats
    residual: Floats
    information: Floats
    inverse: Floats
    customer: Ints | None
    scores: Floats

    @classmethod
    def of(cls, data: TrainingRows, design: Floats, log_odds: Floats) -> ScoreTest:
        """design: (n, m) the columns without a constant. log_odds: (n,) of the fit."""
        p = sigmoid(log_odds)
        residual, spread = data.weights * (data.truth - p), data.weights * p * (1 - p)
        line = np.column_stack([np.ones(len(p)), design - design.mean(axis=0)])
        _, customer = np.unique(data.groups, return_inverse=True)
        is_single = len(customer) == customer.max() + 1
        weighted = line * spread[:, None]
        information = weighted.T @ line
        inverse = np.linalg.pinv(information, rcond=SMALLEST, hermitian=True)
        of_customer = None if is_single else customer
        scores = _by_customer(line * residual[:, None], of_customer)
        return cls(line, weighted, residual, information, inverse, of_customer, scores)

    def standard_score(self, more: Floats) -> float:
        """How far chance is from the gain by these columns, in standard deviations: about normal if they say
        nothing beside the regression. more: (n, k). The rows of a customer are not independent.

        Source: Wilson, Hilferty (1931), The distribution of chi-square; without scipy, which is slow to
        import.
        """
        by_row = more * self.residual[:, None]
        explained = self.scores @ (self.inverse @ (self.weighted.T @ more))
        rest = _by_customer(by_row, self.customer) - explained
        statistic, freedom = _chi2(rest, SMALL * float((by_row**2).sum()))
        return float(standard_score(statistic, freedom)) if freedom else -np.inf


def _by_customer(scores: Floats, customer: Ints | None) -> Floats:
    """(c, k) the scores of each customer. scores: (n, k). customer: (n,) numbers without gaps, or None."""
    if customer is None:
        return scores
    return np.column_stack([np.bincount(customer, weights=column) for column in scores.T])


def _chi2(scores: Floats, least: float) -> tuple[float, int]:
    """The statistic, and its degrees of freedom: directions larger than `least`, which nothing else
    explains. scores: (c, k)."""
    sizes, directions = np.linalg.eigh(scores.T @ scores)
    is_free = sizes > max(least, SMALL * sizes[-1], np.finfo(float).tiny)
    along = scores.sum(axis=0) @ directions[:, is_free]
    return float((along**2 / sizes[is_free]).sum()), int(is_free.sum())


def standard_score(statistic: Floats | float, freedom: Floats | int) -> Floats:
    """A chi-square as a standard normal number, or numbers. freedom: its degrees of freedom, at least 1."""
    spread = 2 / (9 * np.asarray(freedom))
    return np.asarray((np.cbrt(np.asarray(statistic) / freedom) - (1 - spread)) / np.sqrt(spread))
