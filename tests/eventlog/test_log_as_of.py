"""What is known at an observation date equals the result of a loop over the earlier rows."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit import windows
from churnkit.eventlog.event_names import name_events
from churnkit.eventlog.log import build_log
from churnkit.eventlog.log_as_of import LogAsOf

HOUR = windows.DAY // 24
AS_OF = 240  # hours: midnight of day 10
Row = tuple[str, int, str, int | None]  # customer, hour, event, amount
ROWS = st.lists(
    st.tuples(
        st.sampled_from("ab"), st.integers(0, 300), st.sampled_from("xy"), st.none() | st.integers(-9, 9)
    ),
    min_size=1,
    max_size=40,
)


def _past(rows: list[Row]) -> LogAsOf:
    who, hours, events, amounts = zip(*rows, strict=True)
    log = build_log(
        pl.Series(who),
        pl.Series([hour * HOUR for hour in hours], dtype=pl.Int64),
        pl.Series(events),
        {"amount": pl.Series(amounts, dtype=pl.Float64)},
        {},
        name_events(sorted(set(events))),
        "UTC",
    )
    return LogAsOf(log, windows.as_of(windows.day_of(AS_OF * HOUR)))


def _of(rows: list[Row], customer: str, first: int = 0, behind: int = AS_OF) -> list[Row]:
    """The customer's rows in [first, behind), sorted by time, then line."""
    inside = (row for row in rows if row[0] == customer and first <= row[1] < behind)
    return sorted(inside, key=lambda row: row[1])


@given(ROWS, st.integers(1, 6))
def test_a_window_contains_the_events_of_the_customer_in_its_days(rows: list[Row], days: int) -> None:
    past = _past(rows)
    for (start, end), first in ((past.window(days), 1), (past.window_before(days), 2)):
        for place, customer in enumerate(past.log.customers):
            borders = AS_OF - 24 * days * first, AS_OF - 24 * days * (first - 1)
            found = past.log.times[start[place] : end[place]] // HOUR
            assert found.tolist() == [row[1] for row in _of(rows, customer, *borders)]


@given(ROWS)
def test_only_customers_with_an_earlier_event_are_known(rows: list[Row]) -> None:
    past = _past(rows)
    assert past.is_known.tolist() == [bool(_of(rows, customer)) for customer in past.log.customers]


@given(ROWS, st.integers(1, 6))
def test_an_active_day_is_a_calendar_day_with_an_event(rows: list[Row], days: int) -> None:
    past = _past(rows)
    for place, customer in enumerate(past.log.customers):
        inside = {row[1] // 24 for row in _of(rows, customer, AS_OF - 24 * days)}
        assert past.active_days(days)[place] == len(inside)
        assert past.active_days_ever[place] == len({row[1] // 24 for row in _of(rows, customer)})


@given(ROWS, st.sampled_from(["x", "y", "never"]))
def test_the_last_event_of_a_kind_is_the_latest_before_the_date(rows: list[Row], event: str) -> None:
    past = _past(rows)
    row, exists = past.last(past.log.rows_of(event))
    for place, customer in enumerate(past.log.customers):
        such = [hour for _, hour, name, _ in _of(rows, customer) if name == event]
        assert exists[place] == bool(such)
        if such:
            assert past.log.times[row[place]] // HOUR == such[-1]


@given(ROWS, st.integers(1, 6))
def test_empty_amounts_are_not_added(rows: list[Row], days: int) -> None:
    past = _past(rows)
    amounts = past.amounts("amount", *past.as_of.window(days))
    for place, customer in enumerate(past.log.customers):
        known = [row[3] for row in _of(rows, customer, AS_OF - 24 * days) if row[3] is not None]
        for found, own in ((amounts.sums, sum), (amounts.smallest, min), (amounts.largest, max)):
            expected = own(known) if known else np.nan
            assert found[place] == pytest.approx(expected, nan_ok=True)


@given(ROWS, st.lists(st.integers(0, 12), min_size=2, max_size=6))
def test_a_cut_does_not_depend_on_the_cuts_before_it(rows: list[Row], days: list[int]) -> None:
    past = _past(rows)
    for day in days:
        alone = LogAsOf(past.log, past.as_of)
        assert past.cut(day * windows.DAY).tolist() == alone.cut(day * windows.DAY).tolist()
