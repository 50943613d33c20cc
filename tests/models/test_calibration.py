"""Calibration agrees with scikit-learn's logistic regression without a penalty."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from churnkit.models.calibration import fit_platt, sigmoid


def _scores(rows: int, slope: float, offset: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    log_odds = rng.normal(-1, 1.5, rows)
    truth = (rng.random(rows) < sigmoid(slope * log_odds + offset)).astype(float)
    return log_odds, truth


def test_slope_and_offset_are_those_of_a_logistic_regression() -> None:
    log_odds, truth = _scores(20_000, 0.6, 0.4)
    calibration = fit_platt(log_odds, truth)
    peer = LogisticRegression(C=np.inf, tol=1e-10).fit(log_odds[:, None], truth)
    assert calibration.slope == pytest.approx(peer.coef_[0, 0], abs=1e-3)
    assert calibration.offset == pytest.approx(peer.intercept_[0], abs=1e-3)


def test_calibrated_probabilities_add_up_to_the_number_that_churned() -> None:
    log_odds, truth = _scores(5_000, 2.0, -1.0)
    calibration = fit_platt(log_odds, truth)
    probability = sigmoid(calibration.slope * log_odds + calibration.offset)
    assert probability.sum() == pytest.approx(truth.sum(), rel=1e-3)


@pytest.mark.parametrize("slope", [-1.0, 0.0])
def test_scores_that_rank_backwards_or_not_at_all_give_everyone_the_base_rate(slope: float) -> None:
    log_odds, truth = _scores(5_000, slope, 0.0)
    calibration = fit_platt(log_odds, truth)
    assert calibration.probability(log_odds) == pytest.approx(np.full(5_000, truth.mean()), abs=0.05)
    assert slope == 0.0 or calibration.slope == 0.0
    even = np.arange(200) % 2
    assert fit_platt(np.zeros(200), even.astype(float)).probability(np.ones(1)) == pytest.approx([0.5])


def test_scores_that_hardly_differ_are_no_signal() -> None:
    log_odds, truth = _scores(1_000, 1.0, 0.0)
    assert fit_platt(log_odds * 1e-9, truth).slope == 0.0


@given(st.integers(0, 10_000), st.integers(2, 30))
def test_a_slope_is_never_below_zero_and_the_mean_is_the_share_that_churned(seed: int, churned: int) -> None:
    rng = np.random.default_rng(seed)
    truth = np.zeros(60)
    truth[:churned] = 1
    log_odds, weights = rng.normal(rng.choice([0, 1]) * truth, 1, 60), rng.uniform(0.1, 9, 60)
    calibration = fit_platt(log_odds, truth, weights)
    assert calibration.slope >= 0
    mean = np.average(calibration.probability(log_odds), weights=weights)
    assert mean == pytest.approx(np.average(truth, weights=weights), abs=1e-6)


def test_scores_of_chance_are_shrunk_to_nearly_nothing() -> None:
    slopes = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        slopes.append(fit_platt(rng.normal(size=300), (rng.random(300) < 0.2).astype(float)).slope)
    assert np.mean(np.array(slopes) == 0) > 0.75  # half have a slope below 0, of the others most chi2 below 1
    assert np.mean(slopes) < 0.05


def test_undersampled_and_weighted_stayers_give_the_share_of_the_population() -> None:
    rng = np.random.default_rng(2)
    log_odds = np.concatenate([rng.normal(1, 1, 79), rng.normal(0, 1, 104)])
    truth = np.repeat([1.0, 0.0], [79, 104])
    weights = np.where(truth > 0, 1.0, 50.0)
    said = fit_platt(log_odds, truth, weights / weights.mean()).probability(log_odds)
    assert np.average(said, weights=weights) == pytest.approx(79 / (79 + 5_200), rel=1e-6)


def test_a_sigmoid_never_overflows() -> None:
    assert sigmoid(np.array([-1e9, 0.0, 1e9])).tolist() == [0.0, 0.5, 1.0]
