"""Calibration: a slope and an offset for the log-odds, fitted on scores of unseen rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import msgspec
import numpy as np

from churnkit.arrays import Floats

MIN_ROWS = 50  # churned rows, and other rows, that calibration needs; with fewer it would fit noise


@dataclass(frozen=True)
class Calibration:
    """Calibrated log-odds = slope * log-odds of the model + offset."""

    slope: float = 1.0
    offset: float = 0.0

    def probability(self, log_odds: Floats) -> Floats:
        """(n,) calibrated probabilities, 0 to 1. log_odds: (n,) of the model."""
        return sigmoid(self.slope * log_odds + self.offset)


class CalibratedFile(msgspec.Struct, frozen=True, kw_only=True):
    """The calibration in a model file, which the parameters of every kind contain."""

    slope: Annotated[float, msgspec.Meta(gt=-1e9, lt=1e9)]
    offset_of_calibration: Annotated[float, msgspec.Meta(gt=-1e9, lt=1e9)]

    @property
    def calibration(self) -> Calibration:
        return Calibration(self.slope, self.offset_of_calibration)


def fit_platt(log_odds: Floats, truth: Floats, weights: Floats | None = None) -> Calibration | None:
    """Slope and offset by maximum likelihood; None with under 50 rows of either class, or a slope not above
    0.

    log_odds: (n,) out-of-fold. truth: (n,) 0 and 1; smoothed as in Platt, so that the fit converges. weights:
    (n,) the weight of each row. Source: Platt (1999), Probabilistic outputs for support vector machines; by
    Newton's method.
    """
    churned = float(truth.sum())
    stayed = len(truth) - churned
    if min(churned, stayed) < MIN_ROWS or np.ptp(log_odds) == 0:
        return None
    counts = np.ones(len(truth)) if weights is None else weights
    smoothed = np.where(truth > 0, (churned + 1) / (churned + 2), 1 / (stayed + 2))
    center, scale = float(log_odds.mean()), float(log_odds.std())
    x = (log_odds - center) / scale
    slope, offset = scale, center
    for _ in range(50):
        p = sigmoid(slope * x + offset)
        weight = counts * np.maximum(p * (1 - p), 1e-12)
        error = counts * (smoothed - p)
        gradient = np.array([np.sum(error * x), np.sum(error)])
        cross = float(np.sum(weight * x))
        hessian = np.array([[np.sum(weight * x * x), cross], [cross, np.sum(weight)]])
        step = np.linalg.solve(hessian + 1e-9 * np.eye(2), gradient)
        slope, offset = slope + float(step[0]), offset + float(step[1])
        if np.max(np.abs(step)) < 1e-10:
            break
    if not slope > 0:
        return None
    return Calibration(slope / scale, offset - slope * center / scale)


def sigmoid(log_odds: Floats) -> Floats:
    """The probabilities (0 to 1) of these log-odds, without overflow."""
    small = np.exp(-np.abs(log_odds))
    return np.where(log_odds >= 0, 1.0 / (1.0 + small), small / (1.0 + small))
