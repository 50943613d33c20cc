"""A clock is a column that reveals the observation date."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from churnkit.evaluation.clocks import clock_share, clock_words

DATES = np.repeat([10, 20, 30, 40], 50)


def test_a_number_is_a_clock_if_dates_explain_most_of_the_variance_of_its_ranks() -> None:
    rng = np.random.default_rng(0)
    tenure = DATES * 3 + rng.normal(0, 20, 200)
    ranks = pd.Series(tenure).rank()
    means = ranks.groupby(DATES).transform("mean")
    by_hand = means.var() / ranks.var()  # of pandas, whose ranks are mid-ranks, too
    assert clock_share(tenure, DATES, is_category=False) == pytest.approx(by_hand)
    assert by_hand > 0.5
    assert "explain" in (clock_words(tenure, DATES, is_category=False) or "")
    assert clock_words(rng.normal(size=200), DATES, is_category=False) is None


def test_missing_values_do_not_count() -> None:
    month = np.where(np.arange(200) % 3 == 0, DATES / 10, np.nan)
    assert clock_share(month, DATES, is_category=False) == pytest.approx(1.0)
    assert clock_share(np.full(200, np.nan), DATES, is_category=False) == 0.0


def test_a_category_is_a_clock_if_most_rows_have_a_value_of_one_date() -> None:
    campaign = np.where(np.arange(200) % 5 < 3, DATES // 10, 0).astype(float)
    assert clock_share(campaign, DATES, is_category=True) == pytest.approx(0.6)
    plan = (np.arange(200) % 3).astype(float)
    assert clock_words(plan, DATES, is_category=True) is None


def test_fewer_than_three_dates_reveal_no_clock() -> None:
    dates = np.repeat([10, 20], 100)
    assert clock_share(dates.astype(float), dates, is_category=False) == 0.0
