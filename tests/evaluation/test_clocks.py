"""A clock is a column that reveals the observation date."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from churnkit.evaluation.clocks import clock_words, share_explained

DATES = np.repeat([10, 20, 30, 40], 50)


def test_a_number_is_a_clock_if_dates_explain_most_of_the_variance_of_its_ranks() -> None:
    rng = np.random.default_rng(0)
    tenure = DATES * 3 + rng.normal(0, 20, 200)
    ranks = pd.Series(tenure).rank()
    means = ranks.groupby(DATES).transform("mean")
    by_hand = means.var() / ranks.var()  # of pandas, whose ranks are mid-ranks, too
    assert share_explained(tenure, DATES, is_category=False) == pytest.approx(by_hand)
    assert by_hand > 0.5
    assert "explain" in (clock_words(tenure, DATES, is_category=False) or "")
    assert clock_words(rng.normal(size=200), DATES, is_category=False) is None


def test_missing_values_do_not_count() -> None:
    month = np.where(np.arange(200) % 3 == 0, DATES / 10, np.nan)
    assert share_explained(month, DATES, is_category=False) == pytest.approx(1.0)
    assert share_explained(np.full(200, np.nan), DATES, is_category=False) == 0.0


def test_a_category_is_a_clock_if_most_rows_have_a_value_of_one_date() -> None:
    campaign = np.where(np.arange(200) % 5 < 3, DATES // 10, 0).astype(float)
    assert share_explained(campaign, DATES, is_category=True) == pytest.approx(0.6)
    plan = (np.arange(200) % 3).astype(float)
    assert clock_words(plan, DATES, is_category=True) is None


def test_fewer_than_three_dates_reveal_no_clock() -> None:
    dates = np.repeat([10, 20], 100)
    assert clock_words(dates.astype(float), dates, is_category=False) is None
    assert share_explained(dates.astype(float), dates, is_category=False) == pytest.approx(1.0)


def test_a_row_with_a_weight_counts_as_that_many_rows() -> None:
    rng = np.random.default_rng(1)
    values, weights = rng.normal(size=200).round(1), rng.integers(1, 4, 200)
    values[::7] = np.nan
    weighted = share_explained(values, DATES, weights.astype(float), is_category=False)
    repeated = share_explained(np.repeat(values, weights), np.repeat(DATES, weights), is_category=False)
    assert weighted == pytest.approx(repeated)
