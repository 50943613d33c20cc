"""Test reports in text: metrics with intervals, and differences marked if chance explains them."""

from __future__ import annotations

import pytest

from churnkit.evaluation.calibration_error import CalibrationError
from churnkit.pictures import test_report_text as picture
from churnkit.training import baselines
from churnkit.training.ablation import Ablation

BEST = baselines.Baseline("x", 0.7, 0.1, 0.05, 0.15)
RECENCY = baselines.Baseline("recency_days", 0.6, 0.2, 0.1, 0.3)
FIGURES = {"auc": 0.8, "log_loss": 0.4}
ERROR = CalibrationError(0.02, 0.01, 0.0, 0.03)
ENDS = {"auc": (0.75, 0.85), "log_loss": (0.35, 0.45)}


def _report(
    best: baselines.Baseline = BEST, recency: baselines.Baseline | None = RECENCY
) -> baselines.TestReport:
    return baselines.TestReport(FIGURES, ENDS, ERROR, best, recency, 0.5)


def test_metrics_have_intervals_and_are_compared_with_single_columns() -> None:
    auc, log_loss, beside = picture.one(_report())
    assert auc.split() == ["auc", "0.800", "(0.750", "to", "0.850)"]
    assert log_loss.split() == ["log_loss", "0.400", "(0.350", "to", "0.450)"]
    for words in ("0.700 for x", "0.600 for recency_days", "0.500"):
        assert words in beside


def test_recency_is_shown_once_if_it_is_the_best_column() -> None:
    assert picture.one(_report(RECENCY, RECENCY))[-1].count("recency_days") == 1


def test_kinds_stand_side_by_side_over_the_best_column_and_the_base_rate() -> None:
    lines = picture.side_by_side({"tree": _report(), "xgboost": _report()})
    assert [line.split()[0] for line in lines[1:]] == ["tree", "xgboost", "column", "base"]
    assert "+0.100 (+0.050 to +0.150)" in lines[1]
    assert "0.700" in lines[3]
    assert "0.500" in lines[4]


@pytest.mark.parametrize(
    ("low", "high", "is_chance"),
    [(-0.02, -0.01, False), (-0.02, 0.0, True), (-0.02, 0.01, True), (0.01, 0.02, False)],
)
def test_a_difference_whose_interval_contains_0_is_within_chance(
    low: float, high: float, is_chance: bool
) -> None:
    (line,) = picture.ablations([Ablation("calls", 3, (low + high) / 2, low, high)])
    assert ("chance" in line) == is_chance
    assert "calls (3 columns)" in line
    assert f"({low:+.4f} to {high:+.4f})" in line
