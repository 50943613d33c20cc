"""Features of time: recency, tenure, gaps between active days."""

from __future__ import annotations

import numpy as np

from churnkit.arrays import Floats, Ints
from churnkit.eventlog.log_as_of import LogAsOf
from churnkit.windows import DAY


def recency(past: LogAsOf, of: str, days: int) -> Floats:
    """Days since the last event."""
    return _days_since(past, past.end - 1)


def kind_recency(past: LogAsOf, of: str, days: int) -> Floats:
    """Days since the last event called `of`; empty without such an event."""
    row, exists = past.last(past.log.rows_of(of))
    return np.where(exists, _days_since(past, row), np.nan)


def tenure(past: LogAsOf, of: str, days: int) -> Floats:
    """Days since the first event."""
    return _days_since(past, past.first)


def gap_mean(past: LogAsOf, of: str, days: int) -> Floats:
    """Mean days between consecutive active days: (last - first) / (their number - 1)."""
    first, last = past.log.days[past.first], past.log.days[past.end - 1]
    gaps = past.active_days_ever - 1
    return (last - first) / np.where(gaps > 0, gaps, np.nan)


def gap_std(past: LogAsOf, of: str, days: int) -> Floats:
    """Standard deviation (n - 1) of the days between consecutive active days, computed in whole numbers."""
    day_starts = past.log.first_of_day
    number = past.active_days_ever - 1
    active = past.log.days[day_starts.rows]
    squared = np.concatenate(([0], np.cumsum(np.diff(active, prepend=active[:1]) ** 2)))
    place = day_starts.places(past.first)  # of each customer's first active day
    squares = squared[place + 1 + np.maximum(number, 0)] - squared[place + 1]
    span = past.log.days[past.end - 1] - past.log.days[past.first]
    spread = number * squares - span**2  # n times the sum of squares around the mean, exactly
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(number > 1, np.sqrt(spread / (number * (number - 1.0))), np.nan)


def recency_ratio(past: LogAsOf, of: str, days: int) -> Floats:
    """Recency / the customer's own mean gap; empty with fewer than two active days."""
    return recency(past, of, days) / gap_mean(past, of, days)


def _days_since(past: LogAsOf, rows: Ints) -> Floats:
    since: Floats = (past.as_of.instant - past.log.times[rows]) / DAY
    return since
