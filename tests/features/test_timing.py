"""Recency, tenure and gaps between active days, by plain Python and numpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from tests.one_log import AS_OF_DAY, EVENTS, Event, inside, past_of, value_of


@given(EVENTS)
def test_times_equal_those_of_the_first_and_last_event_and_of_the_gaps(events: list[Event]) -> None:
    past, before = past_of(events), inside(events, AS_OF_DAY)
    days = [day for day, _, _ in before]
    of_a = [day for day, name, _ in before if name == "a"]
    gaps = np.diff(sorted({int(day) for day in days}))
    recency = AS_OF_DAY - max(days)
    expected = {
        "recency_days": recency,
        "tenure_days": AS_OF_DAY - min(days),
        "a_recency_days": AS_OF_DAY - max(of_a) if of_a else None,
        "gap_mean_days": gaps.mean() if len(gaps) else None,
        "gap_std_days": gaps.std(ddof=1) if len(gaps) > 1 else None,
        "recency_ratio": recency / gaps.mean() if len(gaps) else None,
    }
    for name, number in expected.items():
        assert value_of(past, name) == (None if number is None else pytest.approx(number)), name


def test_recency_and_tenure_keep_the_fraction_of_a_day() -> None:
    past = past_of([(1.25, "a", None), (7.5, "a", None)], 10)
    assert (value_of(past, "recency_days"), value_of(past, "tenure_days")) == (2.5, 8.75)


def test_gaps_are_between_active_days_not_between_events() -> None:
    past = past_of([(day, "a", None) for day in (1.0, 1.5, 4.0, 9.0)], 10)
    assert value_of(past, "gap_mean_days") == 4.0
    assert value_of(past, "gap_std_days") == pytest.approx(np.std([3, 5], ddof=1))
