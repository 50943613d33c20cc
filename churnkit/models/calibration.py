"""Two numbers that make log-odds honest: slope and offset, fitted on scores of rows not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import msgspec
import numpy as np

from churnkit.arrays import Floats

FEWEST = 50  # rows of each kind below which the two numbers would be noise


@dataclass(frozen=True)
class Calibration:
    """log-odds of the probability = slope * log-odds of the model + offset."""

    slope: float = 1.0
    offset: float = 0.0

    def probability(self, log_odds: Floats) -> Floats:
        """(n,) calibrated probabilities, 0 to 1. log_odds: (n,) of the model."""
        return sigmoid(self.slope * log_odds + self.offset)


class CalibratedFile(msgspec.Struct, frozen=True, kw_only=True):
    """What the parameters of every kind hold in a model file: the calibration."""

    slope: Annotated[float, msgspec.Meta(gt=-1e9, lt=1e9)]
    offset_of_calibration: Annotated[float, msgspec.Meta(gt=-1e9, lt=1e9)]

    @property
    def calibration(self) -> Calibration:
        return Calibration(self.slope, self.offset_of_calibration)


def fit_platt(log_odds: Floats, truth: Floats, weights: Floats | None = None) -> Calibration | None:
    """Slope and offset by maximum likelihood; None with under 50 rows of either kind, or a slope below 0.

    log_odds: (n,) out-of-fold. truth: (n,) 0 and 1; smoothed as Platt did, so that it ends. weights: (n,) how
    much each row counts.
    Source: Platt (1999), Probabilistic outputs for support vector machines; by Newton's method.
    """
    left = float(truth.sum())
    stayed = len(truth) - left
    if min(left, stayed) < FEWEST or np.ptp(log_odds) == 0:
        return None
    counts = np.ones(len(truth)) if weights is None else weights
    wanted = np.where(truth > 0, (left + 1) / (left + 2), 1 / (stayed + 2))
    center, scale = float(log_odds.mean()), float(log_odds.std())
    x = (log_odds - center) / scale
    slope, offset = scale, center
    for _ in range(50):
        p = sigmoid(slope * x + offset)
        weight = counts * np.maximum(p * (1 - p), 1e-12)
        error = counts * (wanted - p)
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
    """Probabilities (0 to 1) of log-odds, without overflow."""
    small = np.exp(-np.abs(log_odds))
    return np.where(log_odds >= 0, 1.0 / (1.0 + small), small / (1.0 + small))
