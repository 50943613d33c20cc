"""Who is in the feature table at an observation date, and who of them churned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from churnkit.arrays import Flags, Floats, Ints
from churnkit.eventlog.log import EventLog
from churnkit.eventlog.log_as_of import LogAsOf, count_in
from churnkit.labels import Label, PopulationRule


@dataclass(frozen=True)
class Population:
    """Who is in the table at one date.

    rows: (r,) customers, as places in the history. churned: (r,) 1, 0 or NaN for censored; None without
    a label. too_late: customers left out since they leave before the label window begins.
    """

    rows: Ints
    churned: Floats | None
    too_late: int = 0


def select_all(past: LogAsOf, who: PopulationRule) -> Population:
    """Those who are in the table without a label."""
    is_in = past.is_known
    if who.within_days is not None:
        is_in = _active(past.log, who.activity, *past.window(who.within_days))
    elif who.activity:
        is_in = _active(past.log, who.activity, past.first, past.end)
    if who.start_event is not None:
        is_in = is_in & past.last(past.log.rows_of(who.start_event))[1]
    return Population(np.flatnonzero(is_in), None)


def select_by_label(past: LogAsOf, label: Label) -> Population:
    """Those whom a label is about, without looking past as_of."""
    return Population(np.flatnonzero(_in_population(past, label)), None)


def select_with_label(past: LogAsOf, label: Label, log_end: int) -> Population:
    """Those whom a label is about, and whether they churned.

    log_end: the first instant (microseconds) that the log does not cover; a label window that reaches
    past it is censored.
    """
    is_in = _in_population(past, label)
    first, behind = past.as_of.label_window(label.lead_days, label.horizon_days)
    start, end = past.cut(first), past.cut(behind)
    too_late = 0
    if label.churn_event is None:
        churned = ~_active(past.log, label.activity, start, end)
    else:
        leavings = past.log.rows_of(label.churn_event)
        churned = count_in(leavings, start, end) > 0
        leaves_early = is_in & (count_in(leavings, past.end, start) > 0)
        too_late = int(leaves_early.sum())
        is_in &= ~leaves_early
    rows = np.flatnonzero(is_in)
    if behind > log_end:
        return Population(rows, np.full(len(rows), np.nan), too_late)
    return Population(rows, churned[rows].astype(float), too_late)


def _in_population(past: LogAsOf, label: Label) -> Flags:
    if label.churn_event is None:
        within = label.within_days or label.horizon_days
        is_in = _active(past.log, label.activity, *past.window(within))
    else:
        is_in = past.is_known & ~_gone(past, label.churn_event, label.start_event)
        if label.within_days is not None:
            is_in &= _active(past.log, label.activity, *past.window(label.within_days))
    if label.start_event is not None:
        is_in &= past.last(past.log.rows_of(label.start_event))[1]
    return is_in


def _gone(past: LogAsOf, churn_event: str, start_event: str | None) -> Flags:
    """Who left before as_of, and did nothing (with a start event: did not start) at a later time."""
    left_row, left = past.last(past.log.rows_of(churn_event))
    if start_event is None:
        later_row, later = past.end - 1, past.is_known
    else:
        later_row, later = past.last(past.log.rows_of(start_event))
    times = past.log.times
    return left & ~(later & (times[later_row] > times[left_row]))


def _active(history: EventLog, activity: Sequence[str], start: Ints, end: Ints) -> Flags:
    """Who has an event (of these kinds, if any are named) in her stretch of rows."""
    if not activity:
        return end > start
    active = np.zeros(len(start), dtype=np.bool_)
    for event in activity:
        active |= count_in(history.rows_of(event), start, end) > 0
    return active
