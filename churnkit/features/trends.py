"""Features that compare a window with the window before it."""

from __future__ import annotations

import numpy as np

from churnkit.arrays import Floats
from churnkit.eventlog.log_as_of import LogAsOf
from churnkit.eventlog.window_amounts import CANCELLED


def event_trend(past: LogAsOf, of: str, days: int) -> Floats:
    """Events in the window compared with the window before it."""
    start, end = past.window(days)
    start_before, end_before = past.window_before(days)
    return _trend((end - start).astype(float), (end_before - start_before).astype(float))


def amount_trend(past: LogAsOf, of: str, days: int) -> Floats:
    """Sum of a value in the window compared with the window before it."""
    windows = (past.as_of.window(days), past.as_of.window_before(days))
    return _trend(*(np.nan_to_num(past.amounts(of, *window).sums) for window in windows))


def _trend(now: Floats, before: Floats) -> Floats:
    """(a - b) / (|a| + |b|), between -1 and 1; 0 when both are 0, or equal but for the last bits."""
    size = np.abs(now) + np.abs(before)
    change = (now - before) / np.where(size > 0, size, 1.0)
    return np.where(np.abs(change) < CANCELLED, 0.0, change)
