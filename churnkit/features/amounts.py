"""Features of a value column: sums, means, extremes; empty values are ignored."""

from __future__ import annotations

import numpy as np

from churnkit.arrays import Floats
from churnkit.eventlog.log_as_of import LogAsOf
from churnkit.eventlog.window_amounts import WindowAmounts


def _amounts_in_window(past: LogAsOf, of: str, days: int) -> WindowAmounts:
    return past.amounts(of, *past.as_of.window(days))


def total(past: LogAsOf, of: str, days: int) -> Floats:
    """Sum, added in order of time, then line; 0 without values, and where the values cancel out."""
    sums = _amounts_in_window(past, of, days).sums
    return np.where(np.isnan(sums), 0.0, sums)


def mean(past: LogAsOf, of: str, days: int) -> Floats:
    """Sum / number of values; empty without values."""
    amounts = _amounts_in_window(past, of, days)
    means: Floats = amounts.sums / np.maximum(amounts.number, 1)
    return means


def smallest(past: LogAsOf, of: str, days: int) -> Floats:
    """The smallest value; empty without values."""
    return _amounts_in_window(past, of, days).smallest


def largest(past: LogAsOf, of: str, days: int) -> Floats:
    """The largest value; empty without values."""
    return _amounts_in_window(past, of, days).largest


def deviation(past: LogAsOf, of: str, days: int) -> Floats:
    """Standard deviation with n - 1, in two passes; empty with fewer than two values."""
    return _amounts_in_window(past, of, days).deviations


def per_active_day(past: LogAsOf, of: str, days: int) -> Floats:
    """Sum / active days in the window; empty without active days."""
    active = past.active_days(days)
    return total(past, of, days) / np.where(active > 0, active, np.nan)
