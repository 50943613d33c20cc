"""Sums, means, extremes and deviations of a value column, by numpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.errors import ChurnkitError
from tests.one_log import EVENTS, Event, inside, past_of, value_of


@given(EVENTS, st.integers(1, 60))
def test_amounts_in_a_window_equal_those_of_numpy(events: list[Event], days: int) -> None:
    past, window = past_of(events), inside(events, days)
    amounts = np.array([amount for _, _, amount in window if amount is not None])
    active_days = len({int(day) for day, _, _ in window})
    expected = {
        "sum": amounts.sum(),
        "mean": amounts.mean() if len(amounts) else None,
        "min": amounts.min() if len(amounts) else None,
        "max": amounts.max() if len(amounts) else None,
        "std": amounts.std(ddof=1) if len(amounts) > 1 else None,
        "per_active_day": amounts.sum() / active_days if active_days else None,
    }
    for name, number in expected.items():
        found = value_of(past, f"amount_{name}_{days}d")
        assert found == (None if number is None else pytest.approx(number, abs=1e-9)), name


def test_equal_values_have_a_deviation_of_exactly_zero() -> None:
    assert value_of(past_of([(day, "a", 0.1) for day in (1.0, 2.0, 3.0)], 10), "amount_std_30d") == 0.0


def test_a_sum_too_large_for_a_double_is_an_error() -> None:
    with pytest.raises(ChurnkitError, match="too large"):
        value_of(past_of([(1.0, "a", 1e308), (2.0, "a", 1e308)], 10), "amount_sum_30d")
