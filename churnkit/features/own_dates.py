"""Each customer's own observation dates, from a column of dates: `renewal_date-60d`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from churnkit import windows
from churnkit.arrays import Flags, Ints
from churnkit.eventlog.log import NO_DATE, EventLog, day_numbers
from churnkit.windows import AsOf, OwnDate


@dataclass(frozen=True)
class DatedRows:
    """Rows with a date, (n,) each, sorted by customer, then time.

    customer: position in the log, -1 for one who is not in it. known: the time from which the row is known,
    None for always. date: microseconds, NO_DATE where empty.
    """

    customer: Ints
    known: Ints | None
    date: Ints


@dataclass(frozen=True)
class OwnDates:
    """asked: the observation dates, ascending, and the customers of each (positions in the log, ascending).

    without: the customers of the log who have no such date. too_late: the dates left out, after the log ends.
    """

    asked: list[tuple[AsOf, Ints]]
    without: int
    too_late: int


def rows_of_log(log: EventLog, column: str) -> DatedRows:
    """The rows of a log in which a date is not empty."""
    rows = log.rows_with(column).rows
    customer = np.searchsorted(log.starts, rows, side="right") - 1
    return DatedRows(customer, log.times[rows], log.dates[column][rows])


def find_own_dates(rows: DatedRows, wanted: OwnDate, customers: int, log_end: int, zone: str) -> OwnDates:
    """The observation dates of each customer: those at which the latest date known gives just that date.

    A renewal that was moved before its observation date is asked at its new date alone. customers: of the
    log. log_end: the first instant that it does not cover; a later date is left out, as nobody can ask yet.
    """
    has_date = (rows.customer >= 0) & (rows.date != NO_DATE)
    number = day_numbers(np.where(has_date, rows.date, 0), zone) + wanted.days
    instant = windows.midnights(number, zone)
    is_own = has_date & _is_latest(rows, instant)
    is_past = instant <= log_end
    pairs = np.unique(np.column_stack((number, rows.customer))[is_own & is_past], axis=0)
    days, starts = np.unique(pairs[:, 0], return_index=True)
    groups = np.split(pairs[:, 1], starts[1:])
    asked = [
        (windows.as_of(windows.day_numbered(int(day)), zone), group)
        for day, group in zip(days, groups, strict=False)
    ]
    with_date = len(np.unique(rows.customer[has_date]))
    return OwnDates(asked, customers - with_date, int((is_own & ~is_past).sum()))


def _is_latest(rows: DatedRows, instant: Ints) -> Flags:
    """(n,) whether a row is the customer's latest one before its instant."""
    if rows.known is None:
        return np.ones(len(instant), dtype=np.bool_)
    is_known = windows.is_before(rows.known, instant)
    has_next = np.append(rows.customer[1:] == rows.customer[:-1], False)
    next_known = np.append(rows.known[1:], 0)
    latest: Flags = is_known & ~(has_next & windows.is_before(next_known, instant))
    return latest
