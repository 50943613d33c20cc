"""Counts, shares and rates in a window, checked by plain Python."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.one_log import AS_OF_DAY, EVENTS, Event, inside, past_of, value_of


@given(EVENTS, st.integers(1, 40))
@example(
    [(96, "a", 5.0), (98, "a", 5.0), (90, "b", 5.0)], 5
)  # the first value of the window comes again in it
def test_counts_and_shares_equal_those_of_a_loop(events: list[Event], days: int) -> None:
    past, window = past_of(events), inside(events, days)
    of_a = sum(name == "a" for _, name, _ in window)
    assert value_of(past, f"event_count_{days}d") == len(window)
    assert value_of(past, f"active_days_{days}d") == len({int(day) for day, _, _ in window})
    assert value_of(past, f"a_count_{days}d") == of_a
    values = {amount for _, _, amount in window if amount is not None}
    assert value_of(past, f"amount_distinct_{days}d") == len(values)
    assert value_of(past, f"note_distinct_{days}d") == len(values)
    share = value_of(past, f"a_share_{days}d")
    assert share == (pytest.approx(of_a / len(window)) if window else None)


@given(EVENTS, st.integers(1, 200))
@example([(AS_OF_DAY - 0.25, "a", None)], 30)  # a customer of six hours has existed for a day
def test_a_rate_is_per_thirty_days_of_the_part_of_the_window_that_the_customer_existed(
    events: list[Event], days: int
) -> None:
    existed = max(1.0, min(days, AS_OF_DAY - min(day for day, _, _ in events)))
    rate = len(inside(events, days)) * 30 / existed
    assert value_of(past_of(events), f"event_rate_{days}d") == pytest.approx(rate)


def test_a_window_contains_its_first_instant() -> None:
    assert value_of(past_of([(3.0, "a", None), (9.9, "a", None)], 10), "event_count_7d") == 2


def test_a_new_customers_rate_is_over_the_days_they_have_existed() -> None:
    past = past_of([(7.0, "a", None), (8.0, "a", None), (9.0, "a", None)], 10)
    assert value_of(past, "event_rate_90d") == 30.0
