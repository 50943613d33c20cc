"""Features of a value column: sums, means, extremes; empty values are ignored."""

from __future__ import annotations

import numpy as np

from churnkit.arrays import Floats, Ints
from churnkit.eventlog.log import rows_in
from churnkit.eventlog.log_as_of import LogAsOf, add_up, sums


def _amounts_in_window(past: LogAsOf, of: str, days: int) -> tuple[Floats, Ints, Ints]:
    """The non-empty values of the column, and where each customer's window starts and ends in them."""
    return past.amounts(of, *past.as_of.window(days))


def total(past: LogAsOf, of: str, days: int) -> Floats:
    """Sum, added in order of time, then line; 0 without values, and where the values cancel out."""
    found = sums(*_amounts_in_window(past, of, days))
    return np.where(np.isnan(found), 0.0, found)


def mean(past: LogAsOf, of: str, days: int) -> Floats:
    """Sum / number of values; empty without values."""
    amounts, start, end = _amounts_in_window(past, of, days)
    means: Floats = sums(amounts, start, end) / np.maximum(end - start, 1)
    return means


def smallest(past: LogAsOf, of: str, days: int) -> Floats:
    """The smallest value; empty without values."""
    return add_up(*_amounts_in_window(past, of, days), np.minimum)


def largest(past: LogAsOf, of: str, days: int) -> Floats:
    """The largest value; empty without values."""
    return add_up(*_amounts_in_window(past, of, days), np.maximum)


def deviation(past: LogAsOf, of: str, days: int) -> Floats:
    """Standard deviation with n - 1, in two passes; empty with fewer than two values."""
    amounts, start, end = _amounts_in_window(past, of, days)
    number = end - start
    means = add_up(amounts, start, end) / np.maximum(number, 1)
    rows, customer = rows_in(start, end)
    squares = (amounts[rows] - means[customer]) ** 2
    ends = np.cumsum(number)
    spread = add_up(squares, ends - number, ends)
    is_flat = add_up(amounts, start, end, np.minimum) == add_up(amounts, start, end, np.maximum)
    deviations = np.sqrt(np.where(is_flat, 0.0, spread) / np.maximum(number - 1, 1))
    return np.where(number > 1, deviations, np.nan)


def per_active_day(past: LogAsOf, of: str, days: int) -> Floats:
    """Sum / active days in the window; empty without active days."""
    active = past.active_days(days)
    return total(past, of, days) / np.where(active > 0, active, np.nan)
