"""Models of earlier dates score later ones: their ranking and their sums by age, and when to refit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from churnkit.backtest.age import age_records, refit_age
from churnkit.training.fitting import silent
from tests.backtest.by_hand import flat_model, judged

RISING = [0.2, 0.25, 0.3, 0.35, 0.4, 0.45]


def _ages(log_odds: list[float], rates: list[float]) -> list[dict[str, Any]]:
    panel, scores = judged([flat_model(each) for each in log_odds], rates)
    return age_records(panel, scores, silent)


def test_an_age_has_the_sums_of_the_dates_that_models_of_that_age_scored() -> None:
    log_odds = [-2.0, -1.7, -1.4, -1.1, -0.8, -0.5]
    record = _ages(log_odds, RISING)[2]
    x = np.linspace(-2, 2, 200)
    expected = np.array([(1 / (1 + np.exp(-b - x))).sum() for b in log_odds[:4]])
    observed = np.array([round(200 * rate) for rate in RISING[2:]])
    assert (record["age"], record["age_days"], record["dates"], record["customers"]) == (2, 56, 4, 800)
    assert record["observed_over_expected"] == pytest.approx(observed.sum() / expected.sum())
    ratio = observed.sum() / expected.sum()
    error = np.sqrt(4 / 3 * ((observed - ratio * expected) ** 2).sum()) / observed.sum()
    reach = stats.t.ppf(0.975, 3) * error
    assert record["observed_over_expected_low"] == pytest.approx(ratio * np.exp(-reach))
    assert record["observed_over_expected_high"] == pytest.approx(ratio * np.exp(reach))
    truth = [np.arange(200) >= 200 - count for count in observed]
    assert record["auc"] == pytest.approx(np.mean([roc_auc_score(t, x) for t in truth]))
    assert record["auc_change"] == 0


def test_the_interval_of_an_auc_is_that_of_student_over_the_dates() -> None:
    panel, scores = judged([flat_model(-1.0)] * 4, [0.3] * 4)
    rng = np.random.default_rng(0)
    truth = rng.permutation(panel.rows.truth)
    mixed = replace(panel, rows=replace(panel.rows, truth=truth))
    record = age_records(mixed, scores, silent)[1]
    x = np.linspace(-2, 2, 200)
    aucs = [roc_auc_score(truth[200 * date : 200 * date + 200], x) for date in (1, 2, 3)]
    reach = stats.t.ppf(0.975, 2) * stats.sem(aucs)
    assert (record["auc_low"], record["auc_high"]) == pytest.approx(
        (np.mean(aucs) - reach, np.mean(aucs) + reach)
    )


def test_a_rate_that_rises_is_a_reason_to_refit_and_a_steady_one_is_not() -> None:
    rising = _ages([-2.0, -1.7, -1.4, -1.1, -0.8, -0.5], RISING)
    assert refit_age(rising) is rising[1]
    steady = _ages([-1.2] * 6, [0.29, 0.3, 0.3, 0.31, 0.3, 0.29])
    assert refit_age(steady) is None


def test_one_age_that_is_worse_by_chance_is_no_reason_to_refit() -> None:
    steady = _ages([-1.2] * 6, [0.29, 0.3, 0.3, 0.31, 0.3, 0.29])
    worse = {"auc_change": -0.1, "auc_change_low": -0.15, "auc_change_high": -0.05}
    assert refit_age([{**record, **worse} if record["age"] == 2 else record for record in steady]) is None
    twice = [{**record, **worse} if record["age"] >= 2 else record for record in steady]
    assert refit_age(twice) is twice[2]


def test_a_figure_of_fewer_than_three_dates_has_no_interval() -> None:
    records = _ages([-1.2] * 3, [0.3, 0.2, 0.3])
    assert records[1]["auc"] is not None
    assert records[1]["auc_low"] is records[1]["observed_over_expected_high"] is None
    assert records[0]["auc_low"] is not None


def test_only_models_of_three_dates_count() -> None:
    panel, scores = judged([flat_model(-1.0)] * 3, [0.3] * 3)
    young = [replace(scores[0], dates_trained=2), *scores[1:]]
    assert [record["dates"] for record in age_records(panel, young, silent)] == [2, 1]
