"""Customers and revenue gained, kept and lost, period by period; and what is left of who came when.

event log: active at a border = an event in the --inactive days before it (or known, and not gone)

   ── inactive ──│                 │                 ── inactive ──│
─────────────────┼──── period ─────┼──── period ───────────────────┼──▶
              border            border                          border
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from churnkit.arrays import Ints
from churnkit.eventlog.log import EventLog
from churnkit.eventlog.log_as_of import LogAsOf
from churnkit.eventlog.subscriptions import is_bridged
from churnkit.features.population import select_by_label
from churnkit.groups import Words, combine_codes, group_names, rank_texts, renumber
from churnkit.labels import Label
from churnkit.retention.movements import (
    CUSTOMERS,
    MOVED,
    REVENUE,
    REVENUE_MOVED,
    CustomerStates,
    count_movements,
    minor_units,
)
from churnkit.windows import DAY, AsOf, Periods

FOREVER = 2**62  # the end of what still runs, microseconds
At = Callable[[AsOf, AsOf], CustomerStates]  # (the border before, the border) → all customers there


@dataclass(frozen=True)
class CustomerTimeline:
    """What can be asked for the state of all customers at any border.

    at: (border before, border) → state. words: of each --by column: what the number of a group means.
    decimals: of the money; None where there is none. first: (c,) microseconds of the first event.
    """

    at: At
    words: Words
    decimals: int | None
    first: Ints


def timeline_of_log(history: EventLog, rule: Label, value: str | None, by: Sequence[str]) -> CustomerTimeline:
    """An event log. rule: who is active: silence for horizon_days, or the churn event. value, by: slugs."""
    units, decimals = (None, None) if value is None else minor_units(history.amounts(value))
    sums = np.concatenate(([0], np.cumsum(units))) if units is not None else None
    codes, words = _coded([history.texts[name] for name in by])
    cuts: dict[int, Ints] = {}  # of instants that several periods ask for

    def at(before: AsOf, border: AsOf) -> CustomerStates:
        past = LogAsOf(history, border, cuts)
        active = np.zeros(len(past.first), dtype=np.bool_)
        active[select_by_label(past, rule).rows] = True
        money = np.zeros(len(active), dtype=np.int64)
        if value is not None and sums is not None:
            _, start, end = past.amounts(value, before.instant, border.instant)
            money = sums[end] - sums[start]
        state = CustomerStates(active, past.is_known, money, _groups_at(history, past, by, codes, words))
        oldest = min(before.instant, border.shifted(-rule.horizon_days))
        for old in [instant for instant in cuts if instant < oldest]:  # no later period asks for it
            del cuts[old]
        return state

    return CustomerTimeline(at, words, decimals, history.times[history.starts[:-1]])


def _coded(columns: Sequence[pl.Series]) -> tuple[list[Ints], Words]:
    """Texts as numbers, 0 for none, and what these stand for."""
    codes, words = [], []
    for texts in columns:
        known, places = rank_texts(texts)
        codes.append(places.cast(pl.Int64).fill_null(-1).to_numpy() + 1)
        words.append([None, *known.to_list()])
    return codes, words


def _groups_at(
    history: EventLog, past: LogAsOf, by: Sequence[str], codes: Sequence[Ints], words: Words
) -> Ints:
    """(c,) the group of each customer: her latest values before the instant."""
    latest = []
    for name, code in zip(by, codes, strict=True):
        row, has = past.last(history.rows_with(name))
        latest.append(np.where(has, code[row], 0))
    return combine_codes(latest, words, len(past.first))


@dataclass(frozen=True)
class RunningSubscriptions:
    """Subscriptions, (n,) each, by customer, then start: customer: a number. start, end: microseconds,
    FOREVER where it still runs. value: doubles. customers: how many there are."""

    customer: Ints
    start: Ints
    end: Ints
    value: np.ndarray[Any, np.dtype[np.float64]] | None
    by: list[pl.Series]
    customers: int


def timeline_of_subscriptions(table: RunningSubscriptions, gap_days: int) -> CustomerTimeline:
    """A table of subscriptions: at a border runs what began before it and did not end before it.

    gap_days: a break of at most so many days, in which nothing runs, is bridged by what ended last.
    """
    end = _bridged(table, gap_days * DAY)
    units, decimals = (None, None) if table.value is None else minor_units(table.value)
    codes, words = _coded(table.by)
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
        latest[table.customer[rows]] = rows  # of several the latest started: the last that is written
        known = table.start[places[:-1]] < border.instant
        group = np.where(running > 0, combined[latest] if len(combined) else 0, 0)
        return CustomerStates(running > 0, known, money, group)

    return CustomerTimeline(at, words, decimals, table.start[places[:-1]])


def _bridged(table: RunningSubscriptions, gap: int) -> Ints:
    """(n,) the ends, those before a short break moved to where the next subscription starts."""
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
    found = pl.DataFrame({"customer": table.customer, "end": end}).join(
        breaks, on=["customer", "end"], how="left", maintain_order="left"
    )
    return found["next"].fill_null(found["end"]).to_numpy()


def period_fields(by: Sequence[str]) -> list[str]:
    """The columns of a record of `measured`, in their order."""
    money = [*REVENUE, *(REVENUE_MOVED if by else ())]
    people = [*CUSTOMERS, *(MOVED if by else ())]
    return ["period", *by, *people, "churn_rate", *money, "complete"]


def measure_periods(book: CustomerTimeline, spans: Periods, by: Sequence[str]) -> Iterator[dict[str, Any]]:
    """A record a period and group: period, the --by columns, the figures, churn_rate, complete."""
    states = states_at_borders(book, spans)
    before = next(states)
    last = len(spans.borders) - 2
    for place, after in enumerate(states):
        numbers, (old, new) = renumber(before.group, after.group)
        groups = group_names(numbers, book.words)
        found = count_movements(replace(before, group=old), replace(after, group=new), len(groups))
        for at in _order(found, groups):
            record = _record(spans, at, found, spans.complete or place < last, place, book.decimals)
            record.update(zip(by, groups[at], strict=True))
            yield {name: record[name] for name in period_fields(by)}
        before = after


def states_at_borders(book: CustomerTimeline, spans: Periods) -> Iterator[CustomerStates]:
    for before, border in zip([spans.before, *spans.borders], spans.borders, strict=False):
        yield book.at(before, border)


def _order(found: dict[str, Ints], groups: Sequence[Sequence[str | None]]) -> list[int]:
    """The places of the groups that have a figure, by name; the one place where there is no group."""
    if not groups[0]:
        return [0]
    is_there = np.any([figures != 0 for figures in found.values()], axis=0)
    return sorted(np.flatnonzero(is_there).tolist(), key=lambda at: [word or "" for word in groups[at]])


def _record(
    spans: Periods, at: int, found: dict[str, Ints], complete: bool, place: int, decimals: int | None
) -> dict[str, Any]:
    """The figures of one group. at: its place in them. place: of the period."""
    start, churned = int(found["customers_start"][at]), int(found["churned"][at])
    record: dict[str, Any] = {"period": str(spans.borders[place].day), "complete": complete}
    record["churn_rate"] = churned / start if start else None
    for name, figures in found.items():
        units = int(figures[at])
        if not name.startswith("revenue"):
            record[name] = units
        else:
            record[name] = None if decimals is None else units / 10**decimals
    return record
