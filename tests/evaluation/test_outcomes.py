"""The errors of past dates give an interval; with few of them only chance does."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from churnkit.evaluation.outcomes import CHANCE, HISTORY, Outcome, earned_ends

PAST = [
    Outcome(100.0, 110.0, 90.0),
    Outcome(120.0, 90.0, 100.0),
    Outcome(90.0, 95.0, 80.0),
    Outcome(110.0, 140.0, 95.0),
]


def _by_hand(expected: float, chance: float, past: list[Outcome]) -> tuple[float, float]:
    e, o, v = (
        np.array([getattr(each, name) for each in past]) for name in ("expected", "observed", "chance")
    )
    between = max(0.0, float(((o - e) ** 2 - v).sum() / (e**2).sum()))
    reach = stats.t.ppf(0.975, len(past)) * np.sqrt(chance / expected**2 + between)
    return expected * np.exp(-reach), expected * np.exp(reach)


def test_past_errors_widen_an_interval_by_the_variance_that_chance_does_not_explain() -> None:
    ends = earned_ends(105.0, 85.0, PAST)
    assert (ends.low, ends.high) == pytest.approx(_by_hand(105.0, 85.0, PAST), rel=1e-9)
    assert ends.source == HISTORY


def test_with_fewer_than_three_dates_only_chance_is_known() -> None:
    ends = earned_ends(105.0, 85.0, PAST[:2])
    reach = stats.norm.ppf(0.975) * np.sqrt(85)
    assert (ends.low, ends.high) == pytest.approx((105 - reach, 105 + reach))
    assert ends.source == CHANCE
    assert earned_ends(1.0, 4.0, []).low == 0


def test_the_newest_twelve_dates_count() -> None:
    wild = [Outcome(100.0, 900.0, 1.0)] * 5
    calm = [Outcome(100.0, 101.0, 90.0)] * 12
    assert earned_ends(105.0, 85.0, [*wild, *calm]) == earned_ends(105.0, 85.0, calm)


def test_money_may_be_negative_or_nothing() -> None:
    ends = earned_ends(-105.0, 85.0, PAST)
    assert (ends.low, ends.high) == pytest.approx(tuple(-end for end in _by_hand(105.0, 85.0, PAST)[::-1]))
    nothing = earned_ends(0.0, 85.0, PAST)
    assert nothing.low == -nothing.high < 0


def test_no_more_customers_leave_than_there_are() -> None:
    assert earned_ends(105.0, 85.0, PAST, most=120.0).high == 120
    assert earned_ends(0.0, 0.0, PAST, least=0.5).high > 0.5
