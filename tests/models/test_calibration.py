"""Calibration agrees with scikit-learn's logistic regression without a penalty."""

from __future__ import annotations

import numpy as np
import pytest
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
    assert calibration is not None
    peer = LogisticRegression(C=np.inf, tol=1e-10).fit(log_odds[:, None], truth)
    assert calibration.slope == pytest.approx(peer.coef_[0, 0], abs=1e-3)
    assert calibration.offset == pytest.approx(peer.intercept_[0], abs=1e-3)


def test_calibrated_probabilities_add_up_to_the_number_that_churned() -> None:
    log_odds, truth = _scores(5_000, 2.0, -1.0)
    calibration = fit_platt(log_odds, truth)
    assert calibration is not None
    probability = sigmoid(calibration.slope * log_odds + calibration.offset)
    assert probability.sum() == pytest.approx(truth.sum(), rel=1e-3)


@pytest.mark.parametrize("slope", [-1.0, 0.0])
def test_scores_that_rank_backwards_or_not_at_all_are_not_calibrated(slope: float) -> None:
    log_odds, truth = _scores(5_000, slope, 0.0)
    assert slope == 0.0 or fit_platt(log_odds, truth) is None
    assert fit_platt(np.zeros(200), np.arange(200) % 2) is None


def test_with_few_rows_of_a_class_there_is_no_calibration() -> None:
    log_odds, truth = np.linspace(-1, 1, 1_000), np.zeros(1_000)
    truth[-49:] = 1
    assert fit_platt(log_odds, truth) is None


def test_a_sigmoid_never_overflows() -> None:
    assert sigmoid(np.array([-1e9, 0.0, 1e9])).tolist() == [0.0, 0.5, 1.0]
