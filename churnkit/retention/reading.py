"""Reads an event log or a table of subscriptions for `measure`."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

import polars as pl

from churnkit import messages, windows
from churnkit.columns import slug
from churnkit.errors import ChurnkitError
from churnkit.eventlog.by_customer import read_parts
from churnkit.eventlog.conversion import EventSource, TableRoles, note_late, open_source, subscription_kinds
from churnkit.eventlog.log_parts import LogParts
from churnkit.eventlog.reading import (
    LogRoles,
    check_churn_event,
    end_of_log,
    find_roles,
    note_unknown_events,
    open_log,
)
from churnkit.features.population import describe_returns
from churnkit.groups import rank_texts
from churnkit.labels import Label, refuse_return_by_churn
from churnkit.retention.periods import (
    FOREVER,
    RunningSubscriptions,
    Timelines,
    timeline_of_subscriptions,
    timelines_of_log,
)
from churnkit.tables.casts import REPEATED_ID, TEXT
from churnkit.tables.table import Reading, text_of
from churnkit.windows import AsOf, Periods


@dataclass(frozen=True)
class MeasureOptions:
    """The options of measure: columns, events and durations as typed by the user, or None.

    start: the column of a subscription's start; used with end and gap. Without it the input is a log:
    inactive, or churn_event and start_event, define churn.
    """

    id_: str
    time: str
    event: str
    value: str
    start: str | None
    end: str | None
    gap: str
    every: str
    inactive: str | None
    churn_event: str | None
    start_event: str | None
    activity: tuple[str, ...]
    by: tuple[str, ...]
    since: str | None
    until: str | None
    zone: str
    is_sorted: bool = False

    @property
    def rule(self) -> Label:
        """The definition of churn in a log, as a label. Raises ChurnkitError if it contradicts itself."""
        churn, start = (slug(name) if name else None for name in (self.churn_event, self.start_event))
        days = windows.parse_days(self.inactive) if self.inactive else 1
        label = Label(days, 0, self.activity_slugs, churn, start)
        refuse_return_by_churn(label)
        return label

    @property
    def activity_slugs(self) -> tuple[str, ...]:
        """The events that count as activity; empty for all events."""
        return tuple(slug(name) for name in self.activity)


def read_timeline(
    paths: Sequence[str], reading: Reading, options: MeasureOptions, asked: Container[str]
) -> tuple[Timelines, Periods] | None:
    """The customers at any instant, in parts, and the periods to measure; None for a table without rows.

    asked: names of the options that the user gave.
    """
    zone = windows.zone_named(options.zone)
    if options.start:
        roles = TableRoles(options.id_, options.time, None, options.value, options.start, options.end)
        source = open_source(paths, reading, roles, asked, options.by)
        subscriptions = read_subscriptions(source, options.until, zone)
        if subscriptions is None:
            return None
        running, end = subscriptions
        timeline = timeline_of_subscriptions(running, windows.parse_days(options.gap, least=0))
        timelines = Timelines(lambda: iter([timeline]), int(timeline.first.min()), timeline.is_known)
    else:
        log, value, slugs = read_events(paths, reading, options, asked, options.by)
        rule = options.rule
        if rule.churn_event:
            check_churn_event(log, rule.churn_event)
        note_unknown_events(log, rule.events)
        known_end = end_of_log(log, options.until, zone)
        if known_end is None:
            return None
        at_end = AsOf(windows.day_of(known_end, zone), known_end, zone)
        if returns := describe_returns(log, at_end, rule):
            messages.note("came-back", returns[0], count=returns[1])
        timelines, end = timelines_of_log(log, rule, value, slugs, zone), known_end
    periods = windows.periods(options.every, options.since, timelines.earliest, end, zone)
    if not periods.complete:
        text = f"the log ends inside the last period, at {periods.borders[-1]}; complete is false in its rows"
        messages.note("incomplete-period", text)
    return timelines, periods


def read_events(
    paths: Sequence[str],
    reading: Reading,
    options: MeasureOptions,
    asked: Container[str],
    by: Sequence[str] | None = None,
) -> tuple[LogParts, str | None, list[str]]:
    """The log, the slug of its value (None without values, or if by is None), and the slugs of by."""
    table = open_log(paths, reading)
    roles = find_roles(table, LogRoles(options.id_, options.time, options.event, options.value), asked)
    if not options.rule.events:
        roles = replace(roles, event=None)  # a third of the time of a log is that of its texts
    for name in by or []:
        if name in (roles.id, roles.time):
            role = "id" if name == roles.id else "time"
            raise ChurnkitError(f"--by {name}: the {role} column cannot be a group")
        table.require(name)
    numbers = {slug(roles.value): roles.value} if roles.value and by is not None else {}
    texts = {f"by {place}": name for place, name in enumerate(by or [])}
    zone = windows.zone_named(options.zone)
    log = read_parts(table, roles, numbers, texts, zone, False, is_sorted=options.is_sorted)
    return log, next(iter(numbers), None), list(texts)


def read_subscriptions(
    source: EventSource, until: str | None, zone: str
) -> tuple[RunningSubscriptions, int] | None:
    """The subscriptions sorted by customer and start, and the end of the log; None for a table without rows.

    source.keep: columns that are read as texts. until: the first instant that is not known yet.
    """
    roles = source.roles
    start, end, value = str(roles.start), roles.end, roles.value
    kinds = subscription_kinds(source, REPEATED_ID)
    kept_as_text = [name for name in source.keep if kinds[name] != TEXT]
    rows, _ = source.table.whole(kinds, kept_as_text)
    if not rows.height:
        return None
    end_of_log = windows.log_end(until, int(rows[start].max()), zone)  # type: ignore[arg-type]
    ends = rows[end] if end is not None else pl.Series([None] * rows.height, dtype=pl.Int64)
    late_ends = int(((ends >= end_of_log) & (rows[start] < end_of_log)).sum())
    note_late(int((rows[start] >= end_of_log).sum()), late_ends, end_of_log, zone)
    is_known = rows[start] < end_of_log
    rows, ends = rows.filter(is_known), ends.filter(is_known)
    customers, places = rank_texts(rows[roles.id])
    order = (
        pl.DataFrame({"customer": places, "start": rows[start]})
        .select(pl.arg_sort_by(["customer", "start"], maintain_order=True))
        .to_series()
    )
    known_ends = ends.set(ends >= end_of_log, None).fill_null(FOREVER)
    texts = [rows[text_of(name) if name in kept_as_text else name] for name in source.keep]
    return RunningSubscriptions(
        customer=places.gather(order).cast(pl.Int64).to_numpy(),
        start=rows[start].gather(order).to_numpy(),
        end=known_ends.gather(order).to_numpy(),
        value=rows[value].gather(order).fill_null(0).to_numpy() if value is not None else None,
        by=[column.cast(pl.String).gather(order) for column in texts],
        customers=len(customers),
    ), end_of_log
