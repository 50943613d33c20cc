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
SMALL_GAIN = 1e-11  # per row, of the step that is the last: what it leaves is far smaller
STALE = 0.1  # a curvature is computed again if its step left more than this share of what the slope promised

Blocks = Callable[[], Iterable[tuple[slice, Floats]]]  # the rows of the design in pieces, as often as asked


class _Point(NamedTuple):
    """The penalised loss at some weights, its gradient (m + 1,), and the spread of each row's truth (n,)."""

    loss: float
    gradient: Floats
    spread: Floats


def fit_weights(
    blocks: Blocks, truth: Floats, row_weights: Floats, penalty: Floats, is_bounded: Flags, start: Floats
) -> Floats:
    """(m + 1,) the intercept, then the weights of the m design columns.

    They make sum(row_weights * log loss) + weights @ penalty @ weights / 2 as small as possible.

    blocks: returns the design, (n, m) in pieces. truth: (n,) of 0 and 1. penalty: (m, m), positive definite;
    the intercept has none. is_bounded: (m,) weights that may not be below 0. start: (m + 1,) where the search
    begins. Source: Bertsekas (1982), Projected Newton methods for optimization problems with simple
    constraints. The curvature costs ten times the gradient, so it is kept while its steps still gain much.
    """
    low = np.where(np.append(False, is_bounded), 0.0, -np.inf)
    at = np.maximum(start, low)

    def point(weights: Floats) -> _Point:
        return _point(blocks, truth, row_weights, penalty, weights)

    here, curvature, before = point(at), None, np.inf
    for _ in range(STEPS):
        is_new = curvature is None
        if curvature is None:
            curvature = _curvature(blocks, here.spread, penalty)
        step, promised = _newton_step(curvature, here, (at > low) | (here.gradient < 0))
        if not is_new and promised > STALE * before:
            curvature = None
            continue
        before = promised
        if promised <= SMALL_GAIN * len(truth):
            return np.maximum(at + step, low)
        there, new = _search(point, at, here, step, low)
        if new.loss < here.loss:
            at, here = there, new
        elif is_new:
            break
        else:
            curvature = None
    return at


def _newton_step(curvature: Floats, here: _Point, is_free: Flags) -> tuple[Floats, float]:
    """(m + 1,) the step, in the weights that are free; and what the slope promises along it."""
    step = np.zeros(len(is_free))
    step[is_free] = -np.linalg.solve(curvature[np.ix_(is_free, is_free)], here.gradient[is_free])
    return step, -float(here.gradient @ step)


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
    pull = penalty @ weights[1:]
    loss, gradient, spread = float(weights[1:] @ pull) / 2, np.append(0.0, pull), np.empty(len(truth))
    for rows, block in blocks():
        log_odds = block @ weights[1:] + weights[0]
        loss += float(row_weights[rows] @ log_losses(truth[rows], log_odds))
        p = sigmoid(log_odds)
        error, spread[rows] = row_weights[rows] * (p - truth[rows]), row_weights[rows] * p * (1 - p)
        gradient += np.append(error.sum(), error @ block)
    return _Point(loss, gradient, spread)


def _curvature(blocks: Blocks, spread: Floats, penalty: Floats) -> Floats:
    """(m + 1, m + 1) the second derivatives of the penalised loss."""
    curvature = np.zeros((len(penalty) + 1, len(penalty) + 1))
    curvature[1:, 1:], curvature[0, 0] = penalty, LEAST_SPREAD
    for rows, block in blocks():
        scaled = block * np.sqrt(spread[rows])[:, None]
        curvature[1:, 1:] += scaled.T @ scaled  # of a matrix and itself: half the work
        across = spread[rows] @ block
        curvature[0, 1:] += across
        curvature[1:, 0] += across
        curvature[0, 0] += spread[rows].sum()
    return curvature
