"""A model is tested on its latest date, if label windows of earlier dates end by then."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from churnkit.arrays import Ints
from churnkit.errors import ChurnkitError
from churnkit.training import test_plan

MONTHS = ["2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01", "2024-05-01"]


def _instants(days: list[str]) -> Ints:
    """Three rows of each day, microseconds."""
    return np.repeat(pd.to_datetime(days).to_numpy().astype("datetime64[us]").astype(np.int64), 3)


def _plan(
    target: str, days: list[str], horizon_days: int | None = None, lead_days: int | None = None
) -> test_plan.TestPlan:
    truth = np.arange(3 * len(days)) % 2.0
    return test_plan.plan_test(target, truth, _instants(days), horizon_days, lead_days)


@pytest.mark.parametrize(
    ("target", "horizon", "lead", "days"),
    [
        ("churned_30d", None, None, 30),
        ("churned_31d", None, None, 31),
        ("churned_30d_after_7d", None, None, 37),
        ("churned_30d", 90, None, 90),
        ("left", 30, 40, 70),
    ],
)
def test_training_rows_have_label_windows_that_end_by_the_latest_date(
    target: str, horizon: int | None, lead: int | None, days: int
) -> None:
    plan = _plan(target, MONTHS, horizon, lead)
    dates = pd.Series(pd.to_datetime(MONTHS)).repeat(3).reset_index(drop=True)
    is_over = dates + pd.Timedelta(days=days) <= dates.max()
    assert plan.split is not None
    assert plan.split.train.tolist() == dates.index[is_over].tolist()
    assert plan.split.test.tolist() == dates.index[dates == dates.max()].tolist()
    dates_of_training = dates[is_over].drop_duplicates()
    assert plan.how.startswith("2024-05-01 (3 rows), trained on ")
    assert f" {len(dates_of_training)} date" in plan.how
    assert plan.how.endswith(f"up to {dates_of_training.max().date()}")


def test_a_label_window_may_end_exactly_on_the_latest_date() -> None:
    meeting = _plan("churned_30d", ["2024-04-01", "2024-05-01"])
    assert meeting.split is not None
    overlapping = _plan("churned_30d", ["2024-04-02", "2024-05-01"])
    assert overlapping.split is None
    assert overlapping.warning is not None
    assert "2024-05-01, and at 2024-04-01 or earlier" in overlapping.warning


@pytest.mark.parametrize("instants", [None, _instants(["2024-05-01"])], ids=["no date", "one date"])
def test_without_several_dates_the_test_is_in_folds(instants: Ints | None) -> None:
    plan = test_plan.plan_test("left", np.array([0.0, 1.0, 0.0]), instants, None, None)
    assert (plan.split, plan.how, plan.warning) == (None, "5 folds of customers", None)


@pytest.mark.parametrize("one_class_part", ["train", "test"])
def test_a_part_with_one_class_means_no_test_by_date(one_class_part: str) -> None:
    instants = _instants(["2024-03-01", "2024-05-01"])
    truth = np.array([0, 0, 0, 0, 1, 0] if one_class_part == "train" else [0, 1, 0, 0, 0, 0], dtype=float)
    plan = test_plan.plan_test("churned_30d", truth, instants, None, None)
    assert plan.split is None
    assert "churned and other rows" in str(plan.warning)


def test_several_dates_need_the_length_of_the_label_window() -> None:
    with pytest.raises(
        ChurnkitError, match="'left' does not contain the length of its label window: add --horizon"
    ):
        _plan("left", MONTHS)


def test_the_label_comes_from_its_name_and_the_options() -> None:
    named = _plan("churned_cancel_30d_after_7d", MONTHS).label
    assert (named["name"], named["horizon_days"], named["lead_days"]) == (
        "churned_cancel_30d_after_7d",
        30,
        7,
    )
    assert named["definition"] == "cancel in 30 days, from 7 days after as_of"
    label = _plan("left", MONTHS, 60).label
    assert label == {"name": "left", "horizon_days": 60, "lead_days": 0, "definition": None}


def test_customers_with_their_own_dates_are_tested_on_the_latest_fifth() -> None:
    days = pd.date_range("2024-01-01", periods=200).strftime("%Y-%m-%d").tolist()
    plan = _plan("churned_30d", days)
    assert plan.split is not None
    assert plan.how == "2024-06-09 to 2024-07-18 (120 rows), trained on 131 dates up to 2024-05-10"
    assert len(plan.split.test) == 120
