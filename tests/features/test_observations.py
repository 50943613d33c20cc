"""All customers are asked at the same dates, or each at dates of a column of the log."""

from __future__ import annotations

import polars as pl
import pytest

from churnkit import windows
from churnkit.errors import ChurnkitError
from churnkit.eventlog.event_names import name_events
from churnkit.eventlog.log import EventLog, build_log
from churnkit.eventlog.log_columns import LogRoles
from churnkit.eventlog.log_parts import parts_of
from churnkit.features.observations import (
    LastObservation,
    OwnObservations,
    SameObservations,
    column_of_dates,
)
from churnkit.windows import DAY, OwnDate

END = 100  # days since 1970
ROLES = LogRoles("customer_id", "timestamp", "event", "amount")


def _log(due: dict[str, int | None]) -> EventLog:
    """Customers with an event on day 1, and with the day on which they are due."""
    instants = pl.Series([None if day is None else day * DAY for day in due.values()], dtype=pl.Int64)
    times = pl.Series([DAY] * len(due), dtype=pl.Int64)
    return build_log(
        pl.Series([*due], dtype=pl.String), times, None, {}, {}, name_events([]), "UTC", {"due": instants}
    )


def _own(days: int = 0) -> OwnObservations:
    return OwnObservations(OwnDate("due", days), [], END * DAY, "UTC")


def _day(number: int) -> windows.AsOf:
    return windows.as_of(windows.day_of(number * DAY), "UTC")


def test_the_same_dates_are_asked_of_all() -> None:
    dates = [_day(30), _day(60)]
    assert SameObservations(dates)(_log({"a": 5})) == [(dates[0], None), (dates[1], None)]


def test_each_customer_is_asked_at_the_own_date() -> None:
    asked = _own(-10)(_log({"a": 40, "b": None, "c": 30, "d": 40}))
    assert [(date, customers.tolist()) for date, customers in asked] == [(_day(20), [2]), (_day(30), [0, 3])]


def test_nobody_is_asked_at_the_end_of_the_log_where_no_customer_has_a_date() -> None:
    asked = _own()(_log({"a": None, "b": END + 1}))
    assert [(date, customers.tolist()) for date, customers in asked] == [(_day(END), [])]


def test_the_last_date_is_that_of_all_parts_and_what_is_left_out_is_counted() -> None:
    parts = parts_of([_log({"a": 50, "b": None}), _log({"c": 80, "d": END + 1}), _log({"e": 70, "f": None})])
    assert _own().last(parts) == LastObservation(_day(80), without=2, too_late=1)


@pytest.mark.parametrize("column", ["customer_id", "timestamp", "event", "amount"])
def test_a_column_with_another_role_has_no_dates(column: str) -> None:
    with pytest.raises(ChurnkitError, match=f"'{column}' is not a column of other dates"):
        column_of_dates(OwnDate(column, 0), [column, "due"], ROLES, [])


def test_the_column_must_be_in_the_log() -> None:
    assert column_of_dates(OwnDate("due", 0), ["customer_id", "due"], ROLES, []) == "due"
    with pytest.raises(ChurnkitError, match="did you mean 'due'"):
        column_of_dates(OwnDate("dues", 0), ["customer_id", "due"], ROLES, [])
