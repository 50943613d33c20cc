"""Penalised weights are those of scikit-learn, and with bounds those of a general optimiser."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from churnkit.evaluation.metrics import log_losses
from churnkit.models.penalised import Blocks, fit_weights

RNG = np.random.default_rng(4)
DESIGN = RNG.normal(size=(500, 5)) @ RNG.normal(size=(5, 5))
TRUTH = (RNG.random(500) < 1 / (1 + np.exp(1 - DESIGN @ [0.5, -0.8, 0.0, 0.3, -0.2]))).astype(float)
WEIGHTS = RNG.uniform(0.2, 1.8, 500)
PENALTY = np.diag([0.1, 1.0, 3.0, 1.0, 0.5]) + 0.05


def _blocks(size: int) -> Blocks:
    return lambda: ((slice(at, at + size), DESIGN[at : at + size]) for at in range(0, 500, size))


def test_without_bounds_the_weights_are_those_of_scikit_learn() -> None:
    from sklearn.linear_model import LogisticRegression

    free = np.zeros(5, dtype=bool)
    ours = fit_weights(_blocks(500), TRUTH, WEIGHTS, np.eye(5) / 0.3, free, np.zeros(6))
    theirs = LogisticRegression(C=0.3, tol=1e-10, max_iter=1_000).fit(DESIGN, TRUTH, WEIGHTS)
    assert ours == pytest.approx(np.append(theirs.intercept_, theirs.coef_), abs=1e-5)


def test_with_bounds_the_weights_are_those_of_a_general_optimiser() -> None:
    def loss(w: np.ndarray) -> float:
        return float(WEIGHTS @ log_losses(TRUTH, DESIGN @ w[1:] + w[0]) + w[1:] @ PENALTY @ w[1:] / 2)

    bounded = np.array([True, True, False, True, True])
    ours = fit_weights(_blocks(500), TRUTH, WEIGHTS, PENALTY, bounded, np.zeros(6))
    limits = [(None, None), *((0, None) if b else (None, None) for b in bounded)]
    theirs = minimize(loss, np.zeros(6), bounds=limits, method="L-BFGS-B", options={"ftol": 1e-14})
    assert (ours[1:][bounded] >= 0).all()
    assert loss(ours) <= theirs.fun + 1e-6
    assert ours == pytest.approx(theirs.x, abs=1e-3)


def test_pieces_of_rows_and_where_the_search_begins_change_nothing() -> None:
    bounded = np.array([True, False, False, True, True])
    whole = fit_weights(_blocks(500), TRUTH, WEIGHTS, PENALTY, bounded, np.zeros(6))
    pieces = fit_weights(_blocks(70), TRUTH, WEIGHTS, PENALTY, bounded, np.full(6, 3.0))
    assert pieces == pytest.approx(whole, abs=1e-5)


def test_rows_of_one_class_give_finite_weights() -> None:
    weights = fit_weights(_blocks(500), np.zeros(500), WEIGHTS, PENALTY, np.zeros(5, dtype=bool), np.zeros(6))
    assert np.isfinite(weights).all()
