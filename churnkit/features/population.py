"""Who is in the feature table at an observation date, and who of them churned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from churnkit.arrays import Flags, Floats, Ints
from churnkit.eventlog.log import EventLog, rows_in
from churnkit.eventlog.log_as_of import LogAsOf
from churnkit.eventlog.log_parts import LogParts
from churnkit.eventlog.row_set import RowSet
from churnkit.labels import Label, PopulationRule
from churnkit.windows import AsOf

SHOWN_EVENTS = 5  # in the note on customers who came back


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
        churn_rows = _leaving_rows(past.log, label)
        churned = churn_rows.count(start, end) > 0
        churns_early = is_in & (churn_rows.count(past.end, start) > 0)
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
        is_in = past.is_known & ~_has_churned(past, label)
        if label.within_days is not None:
            is_in &= _is_active(past.log, label.activity, *past.window(label.within_days))
    if label.start_event is not None:
        is_in &= past.last(past.log.rows_of(label.start_event))[1]
    return is_in


def _has_churned(past: LogAsOf, label: Label) -> Flags:
    """(c,) customers with a churn event before as_of, and after it no line that brings them back."""
    churn_row, churned = _last_churn(past, label)
    back_rows = _return_rows(past.log, label)
    back_row, is_back = (past.end - 1, past.is_known) if back_rows is None else past.last(back_rows)
    return churned & ~(is_back & (back_row > churn_row))


def _last_churn(past: LogAsOf, label: Label) -> tuple[Ints, Flags]:
    """(c,) the row of each customer's last churn event before as_of, and whether there is one."""
    return past.last(past.log.rows_of(label.churn_event or ""))


def _return_rows(log: EventLog, label: Label) -> RowSet | None:
    """The rows of the events that bring back a customer who churned; None if every event does."""
    if not label.return_events:
        return None
    return log.rows_of(*label.return_events)


def _leaving_rows(log: EventLog, label: Label) -> RowSet:
    """The rows of the churn events by which customers leave: no later line at the same time brings them back.

    Cancel and subscribe at one time are a change of plan.
    """
    rows = log.rows_of(label.churn_event or "")
    return rows.only(~log.is_followed(rows, _return_rows(log, label)))


@dataclass(frozen=True)
class Returns:
    """Customers with a churn event before a date. back: those with a later line. events: event → number of
    customers with this event in a later line, the most frequent first; '' for lines without a name."""

    churned: int
    back: int
    events: dict[str, int]

    def __add__(self, other: Returns) -> Returns:
        """Of all customers, if these are others."""
        names = sorted({*self.events, *other.events})
        numbers = {name: self.events.get(name, 0) + other.events.get(name, 0) for name in names}
        ranked = sorted(names, key=lambda name: -numbers[name])
        return Returns(
            self.churned + other.churned, self.back + other.back, {name: numbers[name] for name in ranked}
        )


NO_RETURNS = Returns(0, 0, {})


def describe_returns(log: LogParts, as_of: AsOf, label: Label) -> tuple[str, int] | None:
    """How many customers who churned count as customers again because of any later event, in words, and that
    number; None if nobody did so, or if the label says which events bring them back."""
    if label.churn_event is None or label.return_events:
        return None
    found = sum((count_returns(LogAsOf(part, as_of), label) for part in log.parts()), NO_RETURNS)
    if not found.back:
        return None
    events = [f"{name or 'no name'} {number:,}" for name, number in found.events.items()]
    more = f" and {len(events) - SHOWN_EVENTS} more" if len(events) > SHOWN_EVENTS else ""
    who = f"{found.back:,} of {found.churned:,} customers with {label.churn_event} before {as_of}"
    text = (
        f"{who} have later events ({', '.join(events[:SHOWN_EVENTS])}{more}) and count as customers again;"
        " choose the events that bring them back with --start-event or --activity"
    )
    return text, found.back


def count_returns(past: LogAsOf, label: Label) -> Returns:
    """How many customers who churned before as_of have later events, and which."""
    churn_row, churned = _last_churn(past, label)
    back = np.flatnonzero(churned & (past.end - 1 > churn_row))
    rows, customer = rows_in(churn_row[back] + 1, past.end[back])
    names = ["", *past.log.slugs]
    pairs = np.unique(customer * len(names) + past.log.codes[rows] + 1)  # each event of a customer once
    numbers = np.bincount(pairs % len(names), minlength=len(names))
    ranked = np.argsort(-numbers, kind="stable").tolist()
    events = {names[code]: int(numbers[code]) for code in ranked if numbers[code]}
    return Returns(int(churned.sum()), len(back), events)


def _is_active(log: EventLog, activity: Sequence[str], start: Ints, end: Ints) -> Flags:
    """(c,) whether a customer has an event (with one of these names, if any) in the rows start to end."""
    if not activity:
        return end > start
    return log.rows_of(*activity).count(start, end) > 0
