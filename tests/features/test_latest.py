"""The latest non-empty value before the date, of numbers and of texts."""

from __future__ import annotations

from hypothesis import given

from tests.one_log import AS_OF_DAY, EVENTS, Event, inside, past_of, value_of


@given(EVENTS)
def test_the_last_value_is_the_latest_that_is_not_empty(events: list[Event]) -> None:
    past = past_of(events)
    known = [amount for _, _, amount in inside(events, AS_OF_DAY) if amount is not None]
    assert value_of(past, "amount_last") == (known[-1] if known else None)
    assert value_of(past, "note_last") == (f"{known[-1]:g}" if known else None)
    assert value_of(past, "note_in_days") == (known[-1] - AS_OF_DAY if known else None)


def test_of_two_values_at_the_same_time_the_later_line_is_used() -> None:
    assert value_of(past_of([(1.0, "a", 1.0), (1.0, "a", 2.0)], 10), "amount_last") == 2.0
