"""Dates of a plan lie inside the log, with the window before and the horizon after them."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from churnkit import windows
from churnkit.plan.dates import longest_horizon, monthly_dates, sample_rate, three_points


def _instant(day: str) -> int:
    return windows.midnight(date.fromisoformat(day))


def test_dates_are_first_days_of_months() -> None:
    dates = monthly_dates(_instant("2024-01-10"), _instant("2024-09-20"), 30)
    assert (str(dates), dates.number) == ("2024-05-01..2024-08-01/1mo", 4)


def test_in_a_short_log_one_date_has_less_than_the_window_before_it() -> None:
    dates = monthly_dates(_instant("2024-01-10"), _instant("2024-03-10"), 30)
    assert (str(dates), dates.number) == ("2024-02-01", 1)
    assert monthly_dates(_instant("2024-01-10"), _instant("2024-01-30"), 30).number == 0
    assert monthly_dates(_instant("2024-02-01"), _instant("2024-03-10"), 30).number == 0  # nothing before it
    assert monthly_dates(_instant("2024-02-01") - 1, _instant("2024-03-10"), 30).number == 1


@given(st.integers(0, 2_000), st.integers(1, 200))
def test_every_date_has_the_log_before_and_the_horizon_after_it(days: int, horizon: int) -> None:
    start = _instant("2020-02-15")
    end = start + days * windows.DAY
    dates = monthly_dates(start, end, horizon)
    if dates.number:
        assert _instant(dates.first) > start
        assert _instant(dates.last) + horizon * windows.DAY <= end
        months = len(windows.observation_dates(str(dates), None))
        assert months == dates.number <= 12


def test_a_horizon_is_a_usual_number_of_days() -> None:
    assert [longest_horizon(days) for days in (6, 7, 100, 9_999)] == [None, 7, 90, 365]


def test_three_points_of_a_curve() -> None:
    records = [{"silent_days": day, "return_rate": 1 / day} for day in range(1, 100)]
    assert three_points(records, 90) == [(30, 1 / 30), (60, 1 / 60), (90, 1 / 90)]
    assert three_points([], 90) == []


def test_the_sample_keeps_a_feature_table_small() -> None:
    assert sample_rate(1_000, 10) == 1.0
    assert sample_rate(100_000, 10) * 1_000_000 <= 22_000
    assert sample_rate(5_000, 4) == 1.0
    assert sample_rate(10**9, 12) == 0.01
