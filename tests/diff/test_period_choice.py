"""Which two values are compared: the last, and the one before it, a named one, or one of a year ago."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.diff.period_choice import choose_periods, sort_periods
from churnkit.errors import ChurnkitError

MONTHS = [f"{2023 + k // 12}-{1 + k % 12:02d}-01" for k in range(24)]


@given(st.permutations(MONTHS), st.integers(1, 23))
def test_a_lag_of_months_is_counted_from_the_last(values: list[str], lag: int) -> None:
    assert choose_periods("month", values, lag=lag) == (MONTHS[23 - lag], MONTHS[23])


def test_a_month_without_rows_counts_too() -> None:
    values = [month for month in MONTHS if month != "2024-03-01"]
    assert choose_periods("month", values, lag=12) == ("2023-12-01", "2024-12-01")
    assert choose_periods("month", values) == ("2024-11-01", "2024-12-01")
    with pytest.raises(ChurnkitError, match="--lag 9: month has no value 2024-03-01"):
        choose_periods("month", values, lag=9)


def test_other_values_are_counted_in_their_order() -> None:
    assert choose_periods("year", ["9", "10", "8"], lag=2) == ("8", "10")
    assert choose_periods("week", ["2024-01-08", "2024-01-01", "2024-01-15"], lag=2) == (
        "2024-01-01",
        "2024-01-15",
    )
    with pytest.raises(ChurnkitError, match="--lag 3: year has 3 values; --lag 2 is the first"):
        choose_periods("year", ["9", "10", "8"], lag=3)


def test_a_period_is_named_by_its_value_or_its_start() -> None:
    assert choose_periods("month", MONTHS, "2023-11") == ("2023-11-01", "2024-12-01")
    assert choose_periods("q", ["1", "10", "11"], "1") == ("1", "11")
    for text, words in (
        ("2023", "has 12 values that begin with '2023'"),
        ("2022-11", "has no value '2022-11'"),
        ("2024-12", "is the last month"),
    ):
        with pytest.raises(ChurnkitError, match=words):
            choose_periods("month", MONTHS, text)


@given(st.lists(st.dates(date(1990, 1, 1), date(2030, 1, 1)), unique=True))
def test_dates_are_sorted_by_time(days: list[date]) -> None:
    assert sort_periods([str(day) for day in days]) == [str(day) for day in sorted(days)]
