"""A window against the one before it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.one_log import AS_OF_DAY, EVENTS, Event, inside, past_of, value_of


def _trend(now: float, before: float) -> float:
    return (now - before) / (abs(now) + abs(before)) if now or before else 0.0


def _sum(events: list[Event]) -> float:
    return sum(amount for _, _, amount in events if amount is not None)


@given(EVENTS, st.integers(1, 45))
def test_a_trend_is_the_difference_over_the_size_of_both_windows(events: list[Event], days: int) -> None:
    past = past_of(events)
    now, before = inside(events, days), inside(events, days, AS_OF_DAY - days)
    assert value_of(past, f"event_trend_{days}d") == pytest.approx(_trend(len(now), len(before)))
    assert value_of(past, f"amount_trend_{days}d") == pytest.approx(_trend(_sum(now), _sum(before)))


def test_a_trend_is_defined_when_both_windows_are_empty() -> None:
    assert value_of(past_of([(0.0, "a", None)], 100), "event_trend_30d") == 0.0


@pytest.mark.parametrize(("day", "trend"), [(95.0, 1.0), (85.0, -1.0)])
def test_events_in_only_one_window_give_the_largest_trend(day: float, trend: float) -> None:
    assert value_of(past_of([(day, "a", None)], 100), "event_trend_10d") == trend
