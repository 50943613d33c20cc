"""Who is in the table, who churned, who is censored; and the name that says it all.

  activity seen    |  lead: time to act  |  horizon: does it happen here?
───────────────────┼─────────────────────┼───────────────────────────────┼──▶
                 as_of             as_of + lead           as_of + lead + horizon
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from churnkit.arrays import Flags, Floats, Ints
from churnkit.errors import ChurnkitError, quote
from churnkit.eventlog.log import EventLog
from churnkit.eventlog.log_as_of import LogAsOf, count_in

_NAME = re.compile(
    r"churned(?:_without_(?P<activity>.+?)|_(?P<event>.+?))??_(?P<horizon>[1-9][0-9]{0,5})d"
    r"(?:_after_(?P<lead>[1-9][0-9]{0,5})d)?(?:_of_(?P<within>[1-9][0-9]{0,5})d)?"
    r"(?:_from_(?P<start>.+))?"
)


@dataclass(frozen=True)
class Label:
    """The rule of a label.

    horizon_days, lead_days: of the label window. activity: slugs of the events that count as activity,
    none for all. churn_event: the slug whose event is the churn, None where silence is. start_event: the
    slug that makes a customer. within_days: who counts as active before as_of, None for the default.
    """

    horizon_days: int
    lead_days: int = 0
    activity: tuple[str, ...] = ()
    churn_event: str | None = None
    start_event: str | None = None
    within_days: int | None = None

    def __str__(self) -> str:
        what = ""
        if self.activity:
            what = f"_without_{'_or_'.join(self.activity)}"
        elif self.churn_event:
            what = f"_{self.churn_event}"
        after = f"_after_{self.lead_days}d" if self.lead_days else ""
        of = f"_of_{self.within_days}d" if self.within_days else ""
        start = f"_from_{self.start_event}" if self.start_event else ""
        return f"churned{what}_{self.horizon_days}d{after}{of}{start}"

    @property
    def events(self) -> list[str]:
        """The slugs of the events that it speaks of."""
        return [e for e in (*self.activity, self.churn_event, self.start_event) if e is not None]


@dataclass(frozen=True)
class Everyone:
    """Who is in the table without a label: with an event before as_of, in the last within_days if so asked.

    activity: slugs of the events that count for that, none for all. start_event: the slug that makes a
    customer, None for any event.
    """

    within_days: int | None = None
    activity: tuple[str, ...] = ()
    start_event: str | None = None

    @property
    def events(self) -> list[str]:
        """The slugs of the events that it speaks of."""
        return [*self.activity, *([self.start_event] if self.start_event else [])]


def parse(name: str) -> Label | None:
    """The rule that a label's name states, or None where it is no such name."""
    found = _NAME.fullmatch(name)
    if not found:
        return None
    given = found.groupdict()
    return Label(
        horizon_days=int(given["horizon"]),
        lead_days=int(given["lead"] or 0),
        activity=tuple(given["activity"].split("_or_")) if given["activity"] else (),
        churn_event=given["event"],
        start_event=given["start"],
        within_days=int(given["within"]) if given["within"] else None,
    )


def canonical(label: Label) -> Label:
    """The label, in the form that its name reads back as: sorted, and nothing said that is the default.

    Raises ChurnkitError where the name would be read otherwise (an event called `a_or_b`).
    """
    label = replace(label, activity=tuple(sorted(set(label.activity))))
    if label.churn_event is None and label.within_days == label.horizon_days:
        label = replace(label, within_days=None)
    if parse(str(label)) != label:
        raise ChurnkitError(
            f"the label's name {quote(str(label))} would not be read back as it is meant; rename the event"
        )
    return label


@dataclass(frozen=True)
class Selection:
    """Who is in the table at one date.

    rows: (r,) customers, as places in the history. churned: (r,) 1, 0 or NaN for censored; None without
    a label. too_late: customers left out since they leave before the label window begins.
    """

    rows: Ints
    churned: Floats | None
    too_late: int = 0


def everyone(past: LogAsOf, who: Everyone) -> Selection:
    """Those who are in the table without a label."""
    is_in = past.is_known
    if who.within_days is not None:
        is_in = _active(past.history, who.activity, *past.window(who.within_days))
    elif who.activity:
        is_in = _active(past.history, who.activity, past.first, past.end)
    if who.start_event is not None:
        is_in = is_in & past.last(past.history.rows_of(who.start_event))[1]
    return Selection(np.flatnonzero(is_in), None)


def population(past: LogAsOf, label: Label) -> Selection:
    """Those whom a label is about, without looking past as_of."""
    return Selection(np.flatnonzero(_population(past, label)), None)


def labelled(past: LogAsOf, label: Label, log_end: int) -> Selection:
    """Those whom a label is about, and whether they churned.

    log_end: the first instant (microseconds) that the log does not cover; a label window that reaches
    past it is censored.
    """
    is_in = _population(past, label)
    first, behind = past.as_of.label_window(label.lead_days, label.horizon_days)
    start, end = past.cut(first), past.cut(behind)
    too_late = 0
    if label.churn_event is None:
        churned = ~_active(past.history, label.activity, start, end)
    else:
        leavings = past.history.rows_of(label.churn_event)
        churned = count_in(leavings, start, end) > 0
        leaves_early = is_in & (count_in(leavings, past.end, start) > 0)
        too_late = int(leaves_early.sum())
        is_in &= ~leaves_early
    rows = np.flatnonzero(is_in)
    if behind > log_end:
        return Selection(rows, np.full(len(rows), np.nan), too_late)
    return Selection(rows, churned[rows].astype(float), too_late)


def _population(past: LogAsOf, label: Label) -> Flags:
    if label.churn_event is None:
        within = label.within_days or label.horizon_days
        is_in = _active(past.history, label.activity, *past.window(within))
    else:
        is_in = past.is_known & ~_gone(past, label.churn_event, label.start_event)
        if label.within_days is not None:
            is_in &= _active(past.history, label.activity, *past.window(label.within_days))
    if label.start_event is not None:
        is_in &= past.last(past.history.rows_of(label.start_event))[1]
    return is_in


def _gone(past: LogAsOf, churn_event: str, start_event: str | None) -> Flags:
    """Who left before as_of, and did nothing (with a start event: did not start) at a later time."""
    left_row, left = past.last(past.history.rows_of(churn_event))
    if start_event is None:
        later_row, later = past.end - 1, past.is_known
    else:
        later_row, later = past.last(past.history.rows_of(start_event))
    times = past.history.times
    return left & ~(later & (times[later_row] > times[left_row]))


def _active(history: EventLog, activity: Sequence[str], start: Ints, end: Ints) -> Flags:
    """Who has an event (of these kinds, if any are named) in her stretch of rows."""
    if not activity:
        return end > start
    active = np.zeros(len(start), dtype=np.bool_)
    for event in activity:
        active |= count_in(history.rows_of(event), start, end) > 0
    return active


def describe(label: Label) -> str:
    """The rule in words."""
    what = "no event"
    if label.activity:
        what = f"no {' or '.join(label.activity)}"
    elif label.churn_event:
        what = label.churn_event
    after = f", from {label.lead_days} days after as_of" if label.lead_days else " from as_of"
    who = f"; of those active in the {label.within_days} days before" if label.within_days else ""
    start = f"; of those who had {label.start_event}" if label.start_event else ""
    return f"{what} in {label.horizon_days} days{after}{who}{start}"
