"""Metrics against scikit-learn, against formulas by hand, and their intervals against repetition."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

from churnkit.evaluation import metrics
from tests.scored import PAIRS, arrays


@given(PAIRS)
def test_ranking_and_losses_equal_scikit_learns(pairs: list[tuple[int, float]]) -> None:
    truth, said = arrays(pairs)
    found = metrics.figures(truth, said)
    clipped = np.clip(said, 1e-15, 1 - 1e-15)
    assert found["auc"] == pytest.approx(sklearn_metrics.roc_auc_score(truth, said))
    assert found["pr_auc"] == pytest.approx(sklearn_metrics.average_precision_score(truth, said))
    assert found["brier"] == pytest.approx(sklearn_metrics.brier_score_loss(truth, said))
    assert found["log_loss"] == pytest.approx(
        -np.mean(truth * np.log(clipped) + (1 - truth) * np.log(1 - clipped))
    )


def test_ties_count_half_in_auc() -> None:
    assert metrics.auc(np.array([0.0, 1.0]), np.array([0.5, 0.5])) == 0.5


@pytest.mark.parametrize("scores", [[1, 1, 1, 0], [2, 1, 1, 1], [3, 2, 2, 1], [0, 0, 0, 0]], ids=str)
@pytest.mark.parametrize("truth", [[1, 0, 0, 1], [0, 1, 1, 0], [1, 1, 0, 0]], ids=str)
@pytest.mark.parametrize("share", [0.25, 0.5, 0.6])
def test_the_top_is_the_mean_over_all_orders_of_tied_rows(
    scores: list[int], truth: list[int], share: float
) -> None:
    top = math.ceil(len(scores) * share)
    recalls = []
    for order in itertools.permutations(range(len(scores))):
        ranked = sorted(order, key=lambda k: -scores[k])  # stable: ties stay in this order
        recalls.append(sum(truth[k] for k in ranked[:top]) / sum(truth))
    counted = metrics.tally(np.array(truth, dtype=float), np.array(scores, dtype=float))
    assert metrics._recall_top(counted, share) == pytest.approx(np.mean(recalls))
    assert metrics._lift_top(counted, share) == pytest.approx(np.mean(recalls) * len(scores) / top)


@pytest.mark.parametrize(("rows", "top"), [(1, 1), (10, 1), (11, 2), (100, 10), (101, 11), (30, 3)])
def test_the_top_tenth_is_rounded_up(rows: int, top: int) -> None:
    assert metrics.top_rows(rows, 0.1) == top


def test_a_border_of_a_bin_belongs_to_the_bin_above_and_one_to_the_last() -> None:
    said = np.array([0.1, 0.3, 0.7, 1.0, 0.0])
    rows = [
        record["rows"] for record in metrics.calibration(metrics.tally(np.array([0.0, 1, 0, 1, 0]), said))
    ]
    assert rows == [1, 1, 0, 1, 0, 0, 0, 1, 0, 1]


def test_ece_is_the_mean_gap_of_the_bins() -> None:
    truth, said = np.array([0.0, 1.0, 1.0, 1.0]), np.array([0.11, 0.15, 0.95, 0.85])
    by_hand = (abs(1 - 0.26) + abs(1 - 0.95) + abs(1 - 0.85)) / 4
    assert metrics.figures(truth, said)["ece"] == pytest.approx(by_hand)


def test_observed_over_expected_is_nan_if_no_churn_is_expected() -> None:
    assert math.isnan(metrics.figures(np.array([0.0, 1.0]), np.zeros(2))["observed_over_expected"])


@pytest.mark.parametrize(("truth", "said"), [([], []), ([1.0], [0.5, 0.5])], ids=str)
def test_no_rows_or_unequal_lengths_are_refused(truth: list[float], said: list[float]) -> None:
    with pytest.raises(ValueError, match="truths"):
        metrics.auc(np.array(truth), np.array(said))


@given(PAIRS, st.data())
def test_a_weight_of_three_is_three_rows(pairs: list[tuple[int, float]], data: st.DataObject) -> None:
    truth, said = arrays(pairs)
    times = np.array(data.draw(st.lists(st.integers(1, 3), min_size=len(truth), max_size=len(truth))))
    weighted = metrics.figures(truth, said, times.astype(float))
    repeated = metrics.figures(np.repeat(truth, times), np.repeat(said, times))
    assert weighted == pytest.approx(repeated, nan_ok=True)


def test_the_interval_of_a_bin_of_weighted_rows_is_that_of_as_many_rows_as_they_are_worth() -> None:
    """Kish (1965): (sum of w)^2 / (sum of w^2) rows; the interval of Wilson (1927) written out."""
    rng = np.random.default_rng(0)
    said, weights = rng.uniform(0.2, 0.3, 50), rng.choice([1.0, 9.0], 50)
    truth = (rng.random(50) < 0.4).astype(float)
    record = metrics.calibration(metrics.tally(truth, said, weights), weights)[2]
    p, n, z = truth @ weights / weights.sum(), weights.sum() ** 2 / (weights**2).sum(), 1.959964
    center = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    assert (record["rows"], record["observed"]) == (50, pytest.approx(p))
    ends = record["observed_low"], record["observed_high"]
    assert ends == pytest.approx((center - reach, center + reach), abs=1e-6)
