"""A model is compared with single columns, on the same rows and the same resamples."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from churnkit.evaluation import bootstrap
from churnkit.evaluation.bootstrap import percentile_intervals
from churnkit.evaluation.splits import Split
from churnkit.models.columns import CATEGORY, NUMBER, Column, TrainingRows
from churnkit.training import fitting
from churnkit.training.baselines import report_test, upside_down
from tests.training.causes import rows_with_causes


def test_the_best_column_and_recency_are_the_baselines() -> None:
    data = rows_with_causes()
    test = fitting.score_test_rows("logistic", data, None, lambda _: {}, 0)
    report = report_test(test, data, 0)
    alone = roc_auc_score(data.truth, data.matrix[:, 0])
    assert report.best_column.column == "x"
    assert report.best_column.auc == pytest.approx(alone, abs=0.01)
    assert report.best_column.difference == pytest.approx(
        roc_auc_score(data.truth, test.probability) - report.best_column.auc
    )
    assert report.best_column.low < report.best_column.difference < report.best_column.high
    assert report.recency is not None
    assert report.recency.auc == pytest.approx(roc_auc_score(data.truth, data.matrix[:, 2]), abs=0.03)
    assert report.beats_a_column


def test_a_column_that_ranks_backwards_is_reversed() -> None:
    data = rows_with_causes()
    data.matrix[:, 0] *= -1
    report = report_test(fitting.score_test_rows("logistic", data, None, lambda _: {}, 0), data, 0)
    assert report.best_column.auc > 0.7


def test_a_model_of_one_column_does_not_beat_it() -> None:
    data = rows_with_causes().only([0])
    report = report_test(fitting.score_test_rows("logistic", data, None, lambda _: {}, 0), data, 0)
    assert not report.beats_a_column


@pytest.mark.parametrize(
    ("metrics", "words"),
    [
        ({"auc": 0.4, "auc_low": 0.35, "auc_high": 0.45}, "auc 0.40, 0.35 to 0.45"),
        ({"auc": 0.4, "auc_low": 0.3, "auc_high": 0.5}, ""),
        ({"lift_top_10pct": 0.5, "lift_top_10pct_low": 0.2, "lift_top_10pct_high": 0.9}, "lift_top_10pct 0.50, 0.20 to 0.90"),
        ({}, ""),
    ],
)  # fmt: skip
def test_a_ranking_below_chance_is_upside_down(metrics: dict[str, float], words: str) -> None:
    assert upside_down(metrics) == words


def test_a_category_of_noise_is_no_baseline() -> None:
    rng = np.random.default_rng(1)
    truth, x = (rng.random(400) < 0.3).astype(float), rng.normal(size=400)
    matrix = np.column_stack([x + 0.5 * truth, rng.integers(0, 60, 400)]).astype(float)
    columns = [Column("x", NUMBER), Column("town", CATEGORY, tuple(f"t{k:02d}" for k in range(60)))]
    data = TrainingRows(columns, matrix, truth, np.arange(400), np.ones(400))
    report = report_test(fitting.score_test_rows("logistic", data, None, lambda _: {}, 0), data, 0)
    assert report.best_column.column == "x"
    noise = data.only([1])
    alone = report_test(fitting.score_test_rows("logistic", noise, None, lambda _: {}, 0), noise, 0)
    assert 0.4 < alone.best_column.auc < 0.6


def test_a_direction_that_turns_on_the_tested_date_is_not_credited() -> None:
    rng = np.random.default_rng(2)
    truth = (rng.random(600) < 0.4).astype(float)
    x = np.where(np.arange(600) < 400, truth, -truth) + rng.normal(0, 0.5, 600)
    data = TrainingRows([Column("x", NUMBER)], x[:, None], truth, np.arange(600), np.ones(600))
    split = Split(np.arange(400), np.arange(400, 600))
    test = fitting.score_test_rows("logistic", data, split, lambda _: {}, 0)
    assert report_test(test, data, 0, split).best_column.auc < 0.2


def test_an_interval_of_folds_is_a_quarter_more_variance_than_that_of_the_tested_models() -> None:
    data = rows_with_causes()
    test = fitting.score_test_rows("logistic", data, None, lambda _: {}, 0)
    report = report_test(test, data, 0)
    tested, _ = percentile_intervals(data.truth, test.probability, data.groups, bootstrap.REPEATS)
    for name in ("auc", "log_loss"):
        widths = [high - low for low, high in (report.intervals[name], tested[name])]
        assert widths[0] ** 2 == pytest.approx(1.25 * widths[1] ** 2)
    for name in ("base_rate", "observed_over_expected"):
        assert report.intervals[name] == pytest.approx(tested[name])
