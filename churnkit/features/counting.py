"""Features that count: events, active days, shares and rates."""

from __future__ import annotations

import numpy as np

from churnkit.arrays import Floats, Ints
from churnkit.eventlog.log import rows_in
from churnkit.eventlog.log_as_of import LogAsOf
from churnkit.windows import DAY


def event_count(past: LogAsOf, of: str, days: int) -> Ints:
    """Events in the window, of any name."""
    start, end = past.window(days)
    return end - start


def kind_count(past: LogAsOf, of: str, days: int) -> Ints:
    """Events called `of` in the window."""
    return past.log.rows_of(of).count(*past.window(days))


def active_days(past: LogAsOf, of: str, days: int) -> Ints:
    """Calendar days in the window with an event."""
    return past.active_days(days)


def kind_share(past: LogAsOf, of: str, days: int) -> Floats:
    """Events called `of` / all events, in the window; empty without events."""
    all_events = event_count(past, of, days)
    with np.errstate(invalid="ignore"):
        return kind_count(past, of, days) / np.where(all_events > 0, all_events, np.nan)


def distinct(past: LogAsOf, of: str, days: int) -> Ints:
    """Different non-empty values of a column in the window: those that had not occurred earlier in it."""
    rows, (start, end) = past.log.rows_with(of), past.window(days)
    inside, customer = rows_in(rows.places(start), rows.places(end))
    is_first = past.log.same_before(of)[inside] < start[customer]
    return np.bincount(customer[is_first], minlength=len(start))


def event_rate(past: LogAsOf, of: str, days: int) -> Floats:
    """Events per 30 days, over the part of the window since the first event, at least 1 day."""
    tenure = (past.as_of.instant - past.log.times[past.first]) / DAY
    exposure_days = np.clip(np.minimum(days, tenure), 1.0, None)
    rate: Floats = event_count(past, of, days) * 30.0 / exposure_days
    return rate
