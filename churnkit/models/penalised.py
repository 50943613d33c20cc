"""Logistic regression with a quadratic penalty, in which some weights may not be negative."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from churnkit.arrays import Flags, Floats
from churnkit.evaluation.metrics import log_losses
from churnkit.models.calibration import sigmoid

STEPS = 100
SUFFICIENT = 1e-4  # a step must win at least this share of what the slope promises
SMALLEST_STEP = 1e-8  # the share of a Newton step at which the search along it ends
LEAST_SPREAD = 1e-9  # keeps the curvature of the intercept above 0 where every probability is 0 or 1
SMALL_GAIN = 1e-8  # per row, of the step that is the last

Blocks = Callable[[], Iterable[tuple[slice, Floats]]]  # the rows of the design in pieces, as often as asked


class _Point(NamedTuple):
    """The penalised loss at some weights, its gradient (m + 1,) and its curvature (m + 1, m + 1)."""

    loss: float
    gradient: Floats
    curvature: Floats


def fit_weights(
    blocks: Blocks, truth: Floats, row_weights: Floats, penalty: Floats, is_bounded: Flags, start: Floats
) -> Floats:
    """(m + 1,) the intercept, then the weights of the m design columns.

    They make sum(row_weights * log loss) + weights @ penalty @ weights / 2 as small as possible.

    blocks: returns the design, (n, m) in pieces. truth: (n,) of 0 and 1. penalty: (m, m), positive definite;
    the intercept has none. is_bounded: (m,) weights that may not be below 0. start: (m + 1,) where the search
    begins. Source: Bertsekas (1982), Projected Newton methods for optimization problems with simple
    constraints.
    """
    full = np.zeros((len(penalty) + 1, len(penalty) + 1))
    full[1:, 1:] = penalty
    low = np.where(np.append(False, is_bounded), 0.0, -np.inf)
    at = np.maximum(start, low)
    here = _point(blocks, truth, row_weights, full, at)
    for _ in range(STEPS):
        is_free = (at > low) | (here.gradient < 0)
        step = np.zeros(len(at))
        step[is_free] = -np.linalg.solve(here.curvature[np.ix_(is_free, is_free)], here.gradient[is_free])
        promised = -float(here.gradient @ step)
        if promised <= SMALL_GAIN * len(truth):  # the last step: its error is about the square of that
            return np.maximum(at + step, low)
        there, new = _search(
            lambda weights: _point(blocks, truth, row_weights, full, weights), at, here, step, low
        )
        if new.loss >= here.loss:
            break
        at, here = there, new
    return at


def _search(
    point: Callable[[Floats], _Point], at: Floats, here: _Point, step: Floats, low: Floats
) -> tuple[Floats, _Point]:
    """The first of the step, half of it, … that lowers the loss enough."""
    share = 1.0
    while True:
        there = np.maximum(at + share * step, low)
        new = point(there)
        wanted = here.loss + SUFFICIENT * float(here.gradient @ (there - at))
        if new.loss <= wanted or share < SMALLEST_STEP:
            return there, new
        share /= 2


def _point(blocks: Blocks, truth: Floats, row_weights: Floats, penalty: Floats, weights: Floats) -> _Point:
    pull = penalty @ weights
    loss, gradient, curvature = float(weights @ pull) / 2, pull, penalty.copy()
    for rows, block in blocks():
        log_odds = block @ weights[1:] + weights[0]
        loss += float(row_weights[rows] @ log_losses(truth[rows], log_odds))
        p = sigmoid(log_odds)
        error, spread = row_weights[rows] * (p - truth[rows]), row_weights[rows] * p * (1 - p)
        weighted = block.T * spread
        gradient = gradient + np.append(error.sum(), block.T @ error)
        curvature[1:, 1:] += weighted @ block
        across = weighted.sum(axis=1)
        curvature[0, 1:] += across
        curvature[1:, 0] += across
        curvature[0, 0] += spread.sum() + LEAST_SPREAD
    return _Point(loss, gradient, curvature)
