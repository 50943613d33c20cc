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

    rows: (r,) customers, as positions in the log. churned: (r,) 1, 0 or NaN for censored; None without a
    label. too_late: customers left out because they churn before the label window begins.
    """

    rows: Ints
    churned: Floats | None
    too_late: int = 0


def select_all(past: LogAsOf, who: PopulationRule) -> Population:
    """The customers in a table without a label."""
    is_in = past.is_known
    if who.within_days is not None:
        is_in = _is_active(past.log, who.activity, *past.window(who.within_days))
    elif who.activity:
        is_in = _is_active(past.log, who.activity, past.first, past.end)
    if who.start_event is not None:
        is_in = is_in & past.last(past.log.rows_of(who.start_event))[1]
    return Population(np.flatnonzero(is_in), None)


def select_by_label(past: LogAsOf, label: Label) -> Population:
    """The customers to whom a label applies; no event from as_of on is used."""
    return Population(np.flatnonzero(_in_population(past, label)), None)


def select_with_label(past: LogAsOf, label: Label, log_end: int) -> Population:
    """The customers to whom a label applies, and whether they churned.

    log_end: the first instant (microseconds) that the log does not cover; a label window that reaches
    past it is censored.
    """
    is_in = _in_population(past, label)
    first, after = past.as_of.label_window(label.lead_days, label.horizon_days)
    start, end = past.cut(first), past.cut(after)
    too_late = 0
    if label.churn_event is None:
        churned = ~_is_active(past.log, label.activity, start, end)
    else:
        churn_rows = past.log.rows_of(label.churn_event)
        churned = count_in(churn_rows, start, end) > 0
        churns_early = is_in & (count_in(churn_rows, past.end, start) > 0)
        too_late = int(churns_early.sum())
        is_in &= ~churns_early
    rows = np.flatnonzero(is_in)
    if after > log_end:
        return Population(rows, np.full(len(rows), np.nan), too_late)
    return Population(rows, churned[rows].astype(float), too_late)


def _in_population(past: LogAsOf, label: Label) -> Flags:
    if label.churn_event is None:
        within = label.within_days or label.horizon_days
        is_in = _is_active(past.log, label.activity, *past.window(within))
    else:
        is_in = past.is_known & ~_has_churned(past, label.churn_event, label.start_event)
        if label.within_days is not None:
            is_in &= _is_active(past.log, label.activity, *past.window(label.within_days))
    if label.start_event is not None:
        is_in &= past.last(past.log.rows_of(label.start_event))[1]
    return is_in


def _has_churned(past: LogAsOf, churn_event: str, start_event: str | None) -> Flags:
    """Customers who churned before as_of without a later event (or a later start event, if one is given)."""
    churn_row, churned = past.last(past.log.rows_of(churn_event))
    if start_event is None:
        later_row, later = past.end - 1, past.is_known
    else:
        later_row, later = past.last(past.log.rows_of(start_event))
    times = past.log.times
    return churned & ~(later & (times[later_row] > times[churn_row]))


def _is_active(log: EventLog, activity: Sequence[str], start: Ints, end: Ints) -> Flags:
    """(c,) whether a customer has an event (with one of these names, if any) in the rows start to end."""
    if not activity:
        return end > start
    active = np.zeros(len(start), dtype=np.bool_)
    for event in activity:
        active |= count_in(log.rows_of(event), start, end) > 0
    return active
