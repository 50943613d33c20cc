"""The record of an evaluation: metrics inside their intervals, and the comparison with a second score."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from churnkit.errors import ChurnkitError
from churnkit.evaluation.metrics import METRICS
from churnkit.evaluation.record import RANKING, check_both_classes, evaluate_scores
from tests.scored import simulated

TRUTH, SAID = simulated(800, 1)
NOISE = np.random.default_rng(2).random(800)


def test_each_metric_lies_inside_its_interval() -> None:
    found = evaluate_scores(TRUTH, SAID, None, 0)
    assert found["rows"] == 800
    assert found["auc"] == pytest.approx(sklearn_metrics.roc_auc_score(TRUTH, SAID))
    assert found["brier"] == pytest.approx(sklearn_metrics.brier_score_loss(TRUTH, SAID))
    for name in METRICS:
        assert found[f"{name}_low"] <= found[name] <= found[f"{name}_high"] or name == "ece", name


def test_a_second_score_is_compared_on_the_same_rows() -> None:
    found = evaluate_scores(TRUTH, SAID, None, 0, NOISE)
    for name, metric in (
        ("auc", sklearn_metrics.roc_auc_score),
        ("brier", sklearn_metrics.brier_score_loss),
    ):
        assert found[f"baseline_{name}"] == pytest.approx(metric(TRUTH, NOISE))
        assert found[f"{name}_difference"] == pytest.approx(metric(TRUTH, SAID) - metric(TRUTH, NOISE))
    assert found["auc_difference_low"] > 0


def test_a_score_outside_0_to_1_is_compared_only_by_its_ranking() -> None:
    found = evaluate_scores(TRUTH, SAID, None, 0, 10 * NOISE)
    assert {name for name in METRICS if f"baseline_{name}" in found} == {*RANKING}
    assert found["baseline_auc"] == pytest.approx(sklearn_metrics.roc_auc_score(TRUTH, NOISE))


def test_gains_are_the_share_of_churners_in_the_top_rows() -> None:
    order = np.argsort(-SAID, kind="stable")
    for point in evaluate_scores(TRUTH, SAID, None, 0)["gains"]:
        first = order[: round(point["share"] * 800)]
        assert point["recall"] == pytest.approx(TRUTH[first].sum() / TRUTH.sum())


@pytest.mark.parametrize(("truth", "words"), [([], "no rows"), ([1.0, 1.0], "churned"), ([0.0], "stayed")])
def test_rows_of_one_class_cannot_be_evaluated(truth: list[float], words: str) -> None:
    with pytest.raises(ChurnkitError, match=words):
        check_both_classes(np.array(truth))


def test_a_row_of_weight_three_is_three_rows() -> None:
    rng = np.random.default_rng(5)
    truth, said = (rng.random(200) < 0.3).astype(float), np.round(rng.random(200), 2)
    weights = rng.integers(1, 4, 200).astype(float)
    times = weights.astype(int)
    weighted = evaluate_scores(truth, said, None, 0, weights=weights)
    repeated = evaluate_scores(truth.repeat(times), said.repeat(times), np.arange(200).repeat(times), 0)
    for name in ("auc", "pr_auc", "log_loss", "brier", "ece", "observed_over_expected", "base_rate"):
        assert weighted[name] == pytest.approx(repeated[name])
    for one, other in zip(weighted["calibration"], repeated["calibration"], strict=True):
        assert (one["observed"], one["mean_probability"]) == pytest.approx(
            (other["observed"], other["mean_probability"])
        )
    for one, other in zip(weighted["gains"], repeated["gains"], strict=True):
        assert one["recall"] == pytest.approx(other["recall"], abs=0.02)
