"""Customers who were active at some instant inside a period: those at neither border came and went.

                  │        one period         │
──────────────────┼───────────────────────────┼────▶
subscription      │   ├────────────┤          │      came and went
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from churnkit.arrays import Flags, Ints
from churnkit.eventlog.log import EventLog
from churnkit.eventlog.log_as_of import LogAsOf
from churnkit.eventlog.row_set import RowSet
from churnkit.features.population import select_by_label
from churnkit.labels import Label
from churnkit.windows import DAY


@dataclass(frozen=True)
class SubscriptionSpans:
    """Subscriptions, (n,) each, sorted by customer and start.

    customer: a number from 0. start, end: microseconds. units: the value in minor units. group: its number.
    """

    customer: Ints
    start: Ints
    end: Ints
    units: Ints
    group: Ints


def active_inside_log(start: LogAsOf, end: LogAsOf, rule: Label) -> Flags:
    """(c,) whether a customer who is active at neither instant is active in between."""
    if rule.churn_event is None:
        return _active_by_events(start, end, rule)
    return _active_before_a_churn(start, end, rule)


def _active_by_events(start: LogAsOf, end: LogAsOf, rule: Label) -> Flags:
    """For churn by silence: an event that counts keeps a customer active for the horizon_days after it."""
    log = end.log
    last, has_event = _last_of(end, rule.activity)
    if rule.start_event is None:
        return has_event & (last >= start.end)
    started, has_started = _first_of(end, log.rows_of(rule.start_event))
    from_then = np.maximum(log.times[started], start.as_of.instant)
    return has_event & has_started & (log.times[last] + rule.horizon_days * DAY > from_then)


def _last_of(past: LogAsOf, activity: tuple[str, ...]) -> tuple[Ints, Flags]:
    """(c,) each customer's last row that counts as activity, and whether there is one."""
    if not activity:
        return np.maximum(past.end - 1, 0), past.is_known
    found = [past.last(past.log.rows_of(event)) for event in activity]
    latest: Ints = np.max([np.where(has, row, -1) for row, has in found], axis=0)
    return np.maximum(latest, 0), latest >= 0


def _first_of(past: LogAsOf, rows: RowSet) -> tuple[Ints, Flags]:
    """(c,) each customer's first of these rows, and whether it is before the instant."""
    place = rows.places(past.first)
    exists = place < rows.places(past.end)
    row = np.zeros(len(place), dtype=np.int64)
    row[exists] = rows.rows[place[exists]]
    return row, exists


def _active_before_a_churn(start: LogAsOf, end: LogAsOf, rule: Label) -> Flags:
    """For a churn event: whoever has gone at the end was active just before a churn event inside."""
    log, churn_rows = end.log, end.log.rows_of(rule.churn_event or "")
    first, number = churn_rows.places(start.end), churn_rows.count(start.end, end.end)
    active = np.zeros(len(first), dtype=np.bool_)
    for place in range(int(number.max(initial=0))):
        asked = np.flatnonzero((number > place) & ~active)
        if not len(asked):
            break
        known = end.first.copy()  # nothing is known of the others
        known[asked] = _first_at_the_time(log, churn_rows.rows[first[asked] + place])
        just_before = LogAsOf(log, end.as_of, {end.as_of.instant: known})
        active[select_by_label(just_before, rule).rows] = True
    return active


def _first_at_the_time(log: EventLog, rows: Ints) -> Ints:
    """(m,) for each row the first row of the same customer at the same time."""
    customer_start = log.starts[np.searchsorted(log.starts, rows, side="right") - 1]
    found = rows.copy()
    while True:
        earlier = found - 1
        is_same = (earlier >= customer_start) & (log.times[np.maximum(earlier, 0)] == log.times[rows])
        if not is_same.any():
            return found
        found = np.where(is_same, earlier, found)


def subscriptions_inside(spans: SubscriptionSpans, start: int, end: int, customers: int) -> dict[str, Any]:
    """Customers with a subscription that starts and ends between two instants.

    Returns (c,) each: active; money, the largest running total; group, of the one that started last.
    """
    is_inside = (spans.start >= start) & (spans.end < end) & (spans.end > spans.start)
    rows = np.flatnonzero(is_inside)
    customer = spans.customer[rows]
    active = np.bincount(customer, minlength=customers) > 0
    group = np.zeros(customers, dtype=np.int64)
    group[customer] = spans.group[rows]  # of several, the last one wins
    return {"active": active, "money": _largest_totals(spans, rows, customers), "group": group}


def _largest_totals(spans: SubscriptionSpans, rows: Ints, customers: int) -> Ints:
    """(c,) the largest sum of the values that run at one instant; 0 without a subscription."""
    customer, units, one = np.tile(spans.customer[rows], 2), spans.units[rows], np.ones(len(rows), np.int64)
    time = np.concatenate([spans.start[rows], spans.end[rows]])
    order = np.lexsort((time, customer))
    customer, time = customer[order], time[order]
    total = np.cumsum(np.concatenate([units, -units])[order])  # each customer's changes add up to 0
    running = np.cumsum(np.concatenate([one, -one])[order])
    is_last = (np.diff(time, append=0) != 0) | (
        np.diff(customer, append=-1) != 0
    )  # of the changes at one time
    kept = np.flatnonzero(is_last & (running > 0))
    largest = np.full(customers, np.iinfo(np.int64).min)
    np.maximum.at(largest, customer[kept], total[kept])
    return np.where(largest > np.iinfo(np.int64).min, largest, 0)
