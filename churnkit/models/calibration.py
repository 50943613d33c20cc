"""Calibration: a slope and an offset for the log-odds, fitted on scores of unseen rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import msgspec
import numpy as np

from churnkit.arrays import Floats
from churnkit.evaluation.metrics import log_losses
from churnkit.groups import effective_groups

LEAST_SPREAD = 1e-3  # standard deviation of log-odds; with less all rows are alike
NEWTON_STEPS = 50
SMALL_STEP = 1e-10


@dataclass(frozen=True)
class Calibration:
    """Calibrated log-odds = slope * log-odds of the model + offset."""

    slope: float = 1.0
    offset: float = 0.0

    def log_odds(self, raw: Floats) -> Floats:
        """(n,) calibrated log-odds. raw: (n,) the log-odds of the model."""
        return self.slope * raw + self.offset

    def probability(self, raw: Floats) -> Floats:
        """(n,) calibrated probabilities, 0 to 1. raw: (n,) the log-odds of the model."""
        return sigmoid(self.log_odds(raw))


class CalibratedFile(msgspec.Struct, frozen=True, kw_only=True):
    """The calibration in a model file, which the parameters of every kind contain."""

    slope: Annotated[float, msgspec.Meta(gt=-1e9, lt=1e9)]
    offset_of_calibration: Annotated[float, msgspec.Meta(gt=-1e9, lt=1e9)]

    @property
    def calibration(self) -> Calibration:
        return Calibration(self.slope, self.offset_of_calibration)


def fit_platt(log_odds: Floats, truth: Floats, weights: Floats | None = None) -> Calibration:
    """Slope and offset by maximum likelihood; the slope is shrunk by what chance would give, and not below 0.

    The mean of the calibrated probabilities is the share that churned. With a slope of 0 everyone has that
    share: the scores rank no better than chance. log_odds: (n,) out-of-fold. truth: (n,) of 0 and 1, both
    present; drawn to that share, as in Platt, so that the fit converges. weights: (n,) of the rows.
    Sources: Platt (1999), Probabilistic outputs for support vector machines; by Newton's method. Van
    Houwelingen, Le Cessie (1990), Predictive value of statistical models: slope times 1 - 1 / chi2.
    """
    counts = np.ones(len(truth)) if weights is None else weights
    share = float(np.average(truth, weights=counts))
    constant = Calibration(0.0, float(np.log(share / (1 - share))))
    scale = float(np.sqrt(np.cov(log_odds, aweights=counts)))
    if scale < LEAST_SPREAD:
        return constant
    rarer = min(float(truth.sum()), len(truth) - float(truth.sum()))
    targets = truth + (share - truth) / (max(share, 1 - share) * (rarer + 2))
    center = float(np.average(log_odds, weights=counts))
    x = (log_odds - center) / scale
    slope, offset = _maximum_likelihood(x, targets, counts)
    gain = _likelihood(slope * x + offset, targets, counts) - _likelihood(
        np.full(len(x), constant.offset), targets, counts
    )
    chi2 = 2 * gain * _information(truth, counts)
    if slope <= 0 or chi2 <= 1:
        return constant
    slope *= 1 - 1 / chi2
    _, offset = _maximum_likelihood(x, targets, counts, slope)
    return Calibration(slope / scale, offset - slope * center / scale)


def fit_line(values: Floats, truth: Floats, weights: Floats) -> Calibration:
    """The logistic regression on one column, by maximum likelihood, without a penalty.

    values, truth (0 and 1, both present), weights: (n,). If all values are equal, everyone has the share.
    """
    center, scale = float(np.average(values, weights=weights)), float(np.std(values))
    x = (values - center) / (scale or 1.0)
    slope, offset = _maximum_likelihood(x, truth, weights)
    slope /= scale or 1.0
    return Calibration(slope, offset - slope * center)


def _information(truth: Floats, counts: Floats) -> float:
    """What the rows are worth, by what their weights add up to; 1 where all weights are 1.

    Two classes tell as much as the harmonic mean of their sizes; for the size of one see `effective_groups`.
    """
    classes = [counts[truth == value] for value in (0.0, 1.0)]
    stayed, churned = (effective_groups(float(w.sum()), float((w**2).sum())) for w in classes)
    all_stayed, all_churned = (float(w.sum()) for w in classes)
    return stayed * churned / (stayed + churned) * (1 / all_stayed + 1 / all_churned)


def _maximum_likelihood(
    x: Floats, targets: Floats, counts: Floats, fixed: float | None = None
) -> tuple[float, float]:
    """Slope and offset; with a fixed slope the offset alone."""
    share = float(np.average(targets, weights=counts))
    line = np.array([0.0 if fixed is None else fixed, np.log(share / (1 - share))])
    free = slice(0, 2) if fixed is None else slice(1, 2)
    design = np.column_stack([x, np.ones(len(x))])
    for _ in range(NEWTON_STEPS):
        p = sigmoid(design @ line)
        curvature = counts * np.maximum(p * (1 - p), 1e-12)
        hessian = (design.T * curvature) @ design + 1e-9 * np.eye(2)
        gradient = design.T @ (counts * (targets - p))
        step = np.linalg.solve(hessian[free, free], gradient[free])
        line[free] += step
        if np.max(np.abs(step)) < SMALL_STEP:
            break
    return float(line[0]), float(line[1])


def _likelihood(log_odds: Floats, targets: Floats, counts: Floats) -> float:
    return float(-counts @ log_losses(targets, log_odds))


def sigmoid(log_odds: Floats) -> Floats:
    """The probabilities (0 to 1) of these log-odds, without overflow."""
    small = np.exp(-np.abs(log_odds))
    return np.where(log_odds >= 0, 1.0 / (1.0 + small), small / (1.0 + small))
