"""Customers and revenue gained, kept and lost, one record per period.

event log: active at a border = an event in the --inactive days before it (or: known, and not churned)

   ── inactive ──│                 │                 ── inactive ──│
─────────────────┼──── period ─────┼──── period ───────────────────┼──▶
              border            border                          border
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from churnkit.arrays import Ints
from churnkit.eventlog.log import EventLog
from churnkit.eventlog.log_as_of import LogAsOf
from churnkit.eventlog.log_parts import LogParts
from churnkit.eventlog.subscriptions import is_bridged
from churnkit.features.population import select_by_label
from churnkit.groups import Words, combine_codes, group_names, rank_texts, renumber
from churnkit.labels import Label
from churnkit.retention.between import SubscriptionSpans, active_inside_log, subscriptions_inside
from churnkit.retention.movements import (
    CUSTOMERS,
    INSIDE,
    MOVED,
    REVENUE,
    REVENUE_INSIDE,
    REVENUE_MOVED,
    CustomerStates,
    count_movements,
    decimals_of,
    minor_units,
)
from churnkit.tables.prefetch import WORKERS, map_ahead
from churnkit.windows import DAY, AsOf, Periods, day_of, midnight

FOREVER = 2**62  # the end of a subscription that still runs, microseconds
LOOK_AHEAD = 16  # borders
StatesAt = Callable[[AsOf, AsOf], CustomerStates]  # (previous border, border) → states at the border
# (start, end, states at the end) → whether those active at neither border are active in between
StatesInside = Callable[[AsOf, AsOf, CustomerStates], CustomerStates]


@dataclass(frozen=True)
class CustomerTimeline:
    """The state of all customers at any border.

    at, inside: see StatesAt, StatesInside. look_ahead: is told borders that are asked next, which is faster
    for several at once. words: for each --by column, the text of each code. decimals: of
    the money; None if there is no money. first: (c,) time of each customer's first event, microseconds.
    is_known: whether all customers who are active at a border are known there.
    """

    at: StatesAt
    inside: StatesInside
    words: Words
    decimals: int | None
    first: Ints
    is_known: Callable[[AsOf], bool]
    look_ahead: Callable[[Sequence[AsOf]], None] = lambda _: None


@dataclass(frozen=True)
class Timelines:
    """The timelines of parts of the customers. parts: as often as it is called. earliest: the first time of
    all customers. is_known: as in CustomerTimeline."""

    parts: Callable[[], Iterator[CustomerTimeline]]
    earliest: int
    is_known: Callable[[AsOf], bool]


def timelines_of_log(
    log: LogParts, rule: Label, value: str | None, by: Sequence[str], zone: str = "UTC"
) -> Timelines:
    """From a log in parts, which must have an event; otherwise as timeline_of_log."""
    decimals = None if value is None else decimals_of(part.amounts(value) for part in log.parts())
    earliest = log.earliest or 0

    def parts() -> Iterator[CustomerTimeline]:
        return (timeline_of_log(part, rule, value, by, zone, (earliest, decimals)) for part in log.parts())

    return Timelines(parts, earliest, partial(_is_known, rule, _log_start(earliest, zone)))


def timeline_of_log(
    log: EventLog,
    rule: Label,
    value: str | None,
    by: Sequence[str],
    zone: str = "UTC",
    whole: tuple[int, int | None] | None = None,
) -> CustomerTimeline:
    """From an event log. rule: churn is horizon_days without event, or the churn event. value, by: slugs.

    A log begins at the midnight, in the zone, before its first event. whole: the first time and the decimals
    of the whole log, if this is a part of it.
    """
    sums = None
    earliest, decimals = whole or (
        log.earliest or 0,
        None if value is None else decimals_of([log.amounts(value)]),
    )
    if value is not None:
        units = np.rint(np.nan_to_num(log.values[value]) * 10.0 ** (decimals or 0)).astype(np.int64)
        sums = np.concatenate(([0], np.cumsum(units)))
    codes, words = _codes_of([log.texts[name] for name in by])
    cuts: dict[int, Ints] = {}  # instant → cut, for instants that several periods use

    def at(before: AsOf, border: AsOf) -> CustomerStates:
        past = LogAsOf(log, border, cuts)
        active = np.zeros(len(past.first), dtype=np.bool_)
        active[select_by_label(past, rule).rows] = True
        money = np.zeros(len(active), dtype=np.int64)
        if sums is not None:
            money = sums[past.cut(border.instant)] - sums[past.cut(before.instant)]
        state = CustomerStates(active, past.is_known, money, _groups_at(log, past, by, codes, words))
        oldest = min(before.instant, border.shifted(-rule.horizon_days))
        for old in [instant for instant in cuts if instant < oldest]:  # no later period uses it
            del cuts[old]
        return state

    def look_ahead(borders: Sequence[AsOf]) -> None:
        instants = [border.instant for border in borders]
        if rule.churn_event is None:
            instants += [border.shifted(-rule.horizon_days) for border in borders]
        cuts.update(log.cuts(instants))

    def inside(start: AsOf, end: AsOf, after: CustomerStates) -> CustomerStates:
        return replace(
            after, active=active_inside_log(LogAsOf(log, start, cuts), LogAsOf(log, end, cuts), rule)
        )

    is_known = partial(_is_known, rule, _log_start(earliest, zone))
    return CustomerTimeline(at, inside, words, decimals, log.times[log.starts[:-1]], is_known, look_ahead)


def _log_start(earliest: int, zone: str) -> int:
    return midnight(day_of(earliest, zone), zone)


def _is_known(rule: Label, begin: int, border: AsOf) -> bool:
    """Whether all customers who are active at a border are known, in a log that begins at an instant."""
    return rule.churn_event is not None or border.shifted(-rule.horizon_days) >= begin


def _codes_of(columns: Sequence[pl.Series]) -> tuple[list[Ints], Words]:
    """Codes of the texts of each column, 0 for null, and the text of each code."""
    codes, words = [], []
    for texts in columns:
        known, places = rank_texts(texts)
        codes.append(places.cast(pl.Int64).fill_null(-1).to_numpy() + 1)
        words.append([None, *known.to_list()])
    return codes, words


def _groups_at(log: EventLog, past: LogAsOf, by: Sequence[str], codes: Sequence[Ints], words: Words) -> Ints:
    """(c,) the group of each customer: their latest values before the instant."""
    latest = []
    for name, code in zip(by, codes, strict=True):
        row, has = past.last(log.rows_with(name))
        latest.append(np.where(has, code[row], 0))
    return combine_codes(latest, words, len(past.first))


@dataclass(frozen=True)
class RunningSubscriptions:
    """Subscriptions, (n,) each, sorted by customer and start.

    customer: a number from 0. start, end: microseconds; end is FOREVER if the subscription still runs. value:
    recurring value. customers: number of customers.
    """

    customer: Ints
    start: Ints
    end: Ints
    value: np.ndarray[Any, np.dtype[np.float64]] | None
    by: list[pl.Series]
    customers: int


def timeline_of_subscriptions(table: RunningSubscriptions, gap_days: int) -> CustomerTimeline:
    """From subscriptions: one runs at a border if it began before it and did not end before it.

    gap_days: a break of at most gap_days without a subscription is bridged by the one that ended last.
    """
    end = _bridged(table, gap_days * DAY)
    units, decimals = (None, None) if table.value is None else minor_units(table.value)
    codes, words = _codes_of(table.by)
    combined = combine_codes(codes, words, len(end))
    places = np.searchsorted(table.customer, np.arange(table.customers + 1))

    def at(before: AsOf, border: AsOf) -> CustomerStates:
        runs = (table.start < border.instant) & (end >= border.instant)
        running = np.diff(np.concatenate(([0], np.cumsum(runs)))[places])
        money = np.zeros(table.customers, dtype=np.int64)
        if units is not None:
            money = np.diff(np.concatenate(([0], np.cumsum(np.where(runs, units, 0))))[places])
        rows = np.flatnonzero(runs)
        latest = np.zeros(table.customers, dtype=np.int64)
        latest[table.customer[rows]] = rows  # of several, the one that started last: the last assignment wins
        known = table.start[places[:-1]] < border.instant
        group = np.where(running > 0, combined[latest] if len(combined) else 0, 0)
        return CustomerStates(running > 0, known, money, group)

    no_money = np.zeros(len(end), dtype=np.int64)
    spans = SubscriptionSpans(
        table.customer, table.start, end, no_money if units is None else units, combined
    )

    def inside(before: AsOf, border: AsOf, after: CustomerStates) -> CustomerStates:
        return replace(after, **subscriptions_inside(spans, before.instant, border.instant, table.customers))

    return CustomerTimeline(at, inside, words, decimals, table.start[places[:-1]], lambda _: True)


def _bridged(table: RunningSubscriptions, gap: int) -> Ints:
    """(n,) the ends; an end before a short break is moved to the start of the next subscription."""
    end = table.end.copy()
    if not len(end):
        return end
    rows = pl.DataFrame({"customer": table.customer, "end": end}).select(
        pl.col("end").cum_max().over("customer")
    )
    last_end = rows.to_series().to_numpy()
    follows = np.flatnonzero(table.customer[1:] == table.customer[:-1])
    pause = table.start[follows + 1] - last_end[follows]
    short = follows[is_bridged(pause, gap)]
    breaks = pl.DataFrame(
        {"customer": table.customer[short], "end": last_end[short], "next": table.start[short + 1]}
    )
    joined = pl.DataFrame({"customer": table.customer, "end": end}).join(
        breaks, on=["customer", "end"], how="left", maintain_order="left"
    )
    return joined["next"].fill_null(joined["end"]).to_numpy()


def period_fields(by: Sequence[str]) -> list[str]:
    """The fields of a record of `measure_periods`, in order."""
    money = [*REVENUE, *(REVENUE_MOVED if by else ()), REVENUE_INSIDE]
    customers = [*CUSTOMERS, *(MOVED if by else ()), INSIDE]
    return ["period", *by, *customers, "churn_rate", *money, "complete"]


@dataclass(frozen=True)
class PeriodFigures:
    """The measured periods.

    records: one per period and group: period, the --by columns, the figures, churn_rate, complete. churned:
    customers who churned in a period that another follows. back_at_once: those of them who are active again
    at the end of the next period.
    """

    records: list[dict[str, Any]]
    churned: int
    back_at_once: int


Group = tuple[str | None, ...]  # the values of the --by columns


def measure_periods(
    timelines: Iterable[CustomerTimeline], periods: Periods, by: Sequence[str]
) -> PeriodFigures:
    """The figures of each period and group, and how many come back at once. timelines: of all customers."""
    sums: list[dict[Group, dict[str, int]]] = [{} for _ in periods.borders[:-1]]
    churned, back_at_once = 0, 0
    decimals, is_known = None, None
    for timeline, part in map_ahead(partial(_measure_part, periods), timelines, WORKERS):
        decimals, is_known = timeline.decimals, timeline.is_known
        churned, back_at_once = churned + part.churned, back_at_once + part.back_at_once
        for total, groups in zip(sums, part.periods, strict=True):
            for group, figures in groups.items():
                known = total.setdefault(group, dict.fromkeys(figures, 0))
                for name, figure in figures.items():
                    known[name] += figure
    records: list[dict[str, Any]] = []
    for place, groups in enumerate(sums):
        start = periods.borders[place]
        known_start = is_known is not None and is_known(start)
        complete = known_start and (periods.complete or place < len(periods.borders) - 2)
        for group in sorted(groups, key=lambda group: [text or "" for text in group]):
            if by and not any(groups[group].values()):
                continue
            record = _record(groups[group], decimals)
            record.update(period=str(start.day), complete=complete, **dict(zip(by, group, strict=True)))
            if not known_start:
                record["churn_rate"] = None
            records.append({name: record[name] for name in period_fields(by)})
    return PeriodFigures(records, churned, back_at_once)


class _PartFigures(NamedTuple):
    """The figures of some customers: by period, group → name → figure. Otherwise as in PeriodFigures."""

    periods: list[dict[Group, dict[str, int]]]
    churned: int
    back_at_once: int


def _measure_part(periods: Periods, timeline: CustomerTimeline) -> tuple[CustomerTimeline, _PartFigures]:
    states = states_at_borders(timeline, periods)
    before = next(states)
    found: list[dict[Group, dict[str, int]]] = []
    churned = np.zeros(len(before.active), dtype=np.bool_)  # in the period before
    followed, back_at_once = 0, 0
    for place, after in enumerate(states):
        start, end = periods.borders[place : place + 2]
        inside = timeline.inside(start, end, after)
        numbers, (old, new, between) = renumber(before.group, after.group, inside.group)
        groups = [tuple(names) for names in group_names(numbers, timeline.words)] or [()]
        movements = count_movements(
            replace(before, group=old), replace(after, group=new), replace(inside, group=between), len(groups)
        )
        found.append(
            {
                group: {name: int(figures[at]) for name, figures in movements.items()}
                for at, group in enumerate(groups)
            }
        )
        followed += int(churned.sum())
        back_at_once += int((churned & after.active).sum())
        churned, before = before.active & ~after.active, after
    return timeline, _PartFigures(found, followed, back_at_once)


def states_at_borders(timeline: CustomerTimeline, periods: Periods) -> Iterator[CustomerStates]:
    """The states at each border, in order."""
    for place, (before, border) in enumerate(pairwise([periods.before, *periods.borders])):
        if place % LOOK_AHEAD == 0:
            timeline.look_ahead([before, *periods.borders[place : place + LOOK_AHEAD]])
        yield timeline.at(before, border)


def _record(figures: dict[str, int], decimals: int | None) -> dict[str, Any]:
    """The figures of one group, and its churn rate."""
    start, churned = figures["customers_start"], figures["churned"]
    record: dict[str, Any] = {"churn_rate": churned / start if start else None}
    for name, units in figures.items():
        if not name.startswith("revenue"):
            record[name] = units
        else:
            record[name] = None if decimals is None else units / 10**decimals
    return record
