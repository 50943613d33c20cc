"""A record has the sums of its date, and an interval from the dates whose label windows had ended."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import log_loss, roc_auc_score

from churnkit.backtest.records import BASELINE_FIELDS, FIELDS, MONEY_FIELDS, date_records, fields, judged_rows
from tests.backtest.by_hand import flat_model, judged

RATES = [0.3, 0.2, 0.35, 0.25, 0.3, 0.28]


def test_intervals_are_of_chance_until_three_dates_are_known_and_then_of_their_errors() -> None:
    panel, scores = judged([flat_model(-1.0)] * 6, RATES)
    records = date_records(panel, scores)
    assert [record["interval"] for record in records] == ["chance"] * 3 + ["history"] * 3
    for place in (3, 5):
        past, now = records[:place], records[place]
        e, o, v = (np.array([r[name] for r in past]) for name in ("expected", "observed", "chance_sd"))
        between = max(0.0, float((((o - e) ** 2) - v**2).sum() / (e**2).sum()))
        reach = stats.t.ppf(0.975, place) * np.sqrt((now["chance_sd"] / now["expected"]) ** 2 + between)
        assert now["expected_low"] == pytest.approx(now["expected"] * np.exp(-reach), rel=1e-9)
        assert now["expected_high"] == pytest.approx(min(200, now["expected"] * np.exp(reach)), rel=1e-9)
        assert now["within"] is (now["expected_low"] <= now["observed"] <= now["expected_high"])


def test_a_date_whose_label_window_was_open_gives_no_error_yet() -> None:
    panel, scores = judged([flat_model(-1.0)] * 6, RATES)
    records = date_records(replace(panel, days=40), scores)
    assert [record["interval"] for record in records] == ["chance"] * 4 + ["history"] * 2


def test_the_ranking_and_the_log_loss_are_those_of_scikit_learn() -> None:
    panel, scores = judged([flat_model(-1.0)], [0.3])
    truth, p = panel.rows.truth, scores[0].probability
    (record,) = date_records(panel, scores)
    assert record["auc"] == pytest.approx(roc_auc_score(truth, p))
    assert record["log_loss"] == pytest.approx(log_loss(truth, p))
    assert record["log_loss_last_rate"] == pytest.approx(log_loss(truth, np.full(200, 0.2)))


def test_a_date_at_which_nobody_leaves_has_no_auc() -> None:
    panel, scores = judged([flat_model(-1.0)], [0.0])
    (record,) = date_records(panel, scores)
    assert (record["auc"], record["observed"], record["within"]) == (None, 0, False)


@pytest.mark.parametrize(
    ("baseline", "expected", "auc"),
    [
        (np.linspace(0, 1, 200), 100.0, 1.0),
        (np.linspace(0, 100, 200), None, 1.0),
        (np.append(np.linspace(0, 1, 199), np.nan), None, 1.0),
        (np.full(200, np.nan), None, None),
    ],
    ids=["probabilities", "a score", "one is unknown", "all are"],
)
def test_a_baseline_has_a_sum_where_all_are_probabilities(
    baseline: np.ndarray, expected: float | None, auc: float | None
) -> None:
    panel, scores = judged([flat_model(-1.0)], [0.3], baseline=baseline)
    (record,) = date_records(panel, scores)
    assert record["expected_baseline"] == (None if expected is None else pytest.approx(expected))
    assert record["auc_baseline"] == auc


def test_the_columns_are_those_of_the_options() -> None:
    panel, scores = judged([flat_model(-1.0)], [0.3], baseline=np.zeros(200), values=np.ones(200))
    assert (
        fields(panel) == (*FIELDS, *BASELINE_FIELDS, *MONEY_FIELDS) == tuple(date_records(panel, scores)[0])
    )
    assert fields(judged([flat_model(-1.0)], [0.3])[0]) == FIELDS


def test_judged_rows_have_what_evaluate_reads() -> None:
    panel, scores = judged([flat_model(-1.0)] * 2, [0.3, 0.2])
    scores = [replace(each, recency=each.probability / 2) for each in scores]
    rows = judged_rows(panel, scores, ["x", None])
    assert rows.columns == [
        "customer_id", "churn_probability", "as_of", "churned_28d", "x", "recency_probability",
    ]  # fmt: skip
    assert rows.height == 400
    assert rows["recency_probability"].to_list() == pytest.approx((rows["churn_probability"] / 2).to_list())
    without = replace(panel, rows=replace(panel.rows, id=None), order=np.arange(400)[::-1])
    assert judged_rows(without, scores[:1], [])["row"].to_list() == list(range(400, 200, -1))
