"""A model is compared with single columns, on the same rows and the same resamples."""

from __future__ import annotations

import pytest
from sklearn.metrics import roc_auc_score

from churnkit.training import fitting
from churnkit.training.baselines import report_test, upside_down
from tests.training.causes import rows_with_causes


def test_the_best_column_and_recency_are_the_baselines() -> None:
    data = rows_with_causes()
    test = fitting.score_test_rows("logistic", data, None, lambda _: {}, 0)
    report = report_test(test, data, 0)
    alone = roc_auc_score(data.truth, data.matrix[:, 0])
    assert report.best_column.column == "x"
    assert report.best_column.auc == pytest.approx(alone)
    assert report.best_column.difference == pytest.approx(roc_auc_score(data.truth, test.probability) - alone)
    assert report.best_column.low < report.best_column.difference < report.best_column.high
    assert report.recency is not None
    assert report.recency.auc == pytest.approx(roc_auc_score(data.truth, data.matrix[:, 2]))
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
