"""Customers and revenue at each border, by loops over customers and over subscriptions."""

from __future__ import annotations

import itertools
import math
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from churnkit import windows
from churnkit.labels import Label
from churnkit.retention.movements import CUSTOMERS, INSIDE, REVENUE, REVENUE_INSIDE
from churnkit.retention.periods import (
    FOREVER,
    RunningSubscriptions,
    measure_periods,
    period_fields,
    timeline_of_log,
    timeline_of_subscriptions,
)
from tests.one_log import EVENTS, Event, log_of

DAY = windows.DAY
SUBSCRIPTION = st.tuples(
    st.integers(0, 2), st.integers(0, 60), st.none() | st.integers(1, 30), st.integers(1, 999)
)


def _periods(end: int) -> windows.Periods:
    return windows.periods("20d", "1970-01-01", 0, end * DAY)


@given(EVENTS, st.data(), st.integers(5, 40), st.booleans(), st.booleans())
def test_a_period_of_a_log_is_what_a_loop_over_customers_counts(
    events: list[Event], data: st.DataObject, inactive: int, cancels: bool, names_activity: bool
) -> None:
    days = [0.5 * round(2 * day) for day, _, _ in events]  # many events at the same time
    kinds = data.draw(st.lists(st.sampled_from("abc"), min_size=len(events), max_size=len(events)))
    events = [(day, kind, x) for day, kind, (_, _, x) in zip(days, kinds, events, strict=True)]
    who = data.draw(st.lists(st.sampled_from("xyz"), min_size=len(events), max_size=len(events)))
    activity = ("a",) if names_activity else ()
    rule = Label(inactive, activity=activity, churn_event="b" if cancels else None)
    timeline = timeline_of_log(log_of(who, events), rule, "amount", ())
    own = {
        n: sorted((e for m, e in zip(who, events, strict=True) if m == n), key=lambda e: e[0]) for n in who
    }

    def is_active(name: str, border: int) -> bool:
        before = [event for event in own[name] if event[0] < border]
        if not cancels:
            return any(day >= border - inactive and k in (activity or "abc") for day, k, _ in before)
        turns = [event for _, event, _ in before if event in ("b", *(activity or "abc"))]
        return bool(before) and (not turns or turns[-1] != "b")

    records = measure_periods([timeline], _periods(120), ()).records
    begin = math.floor(min(day for day, _, _ in events))
    assert len(records) == 6
    for place, record in enumerate(records):
        start, end = place * 20, place * 20 + 20
        was = {name for name in own if is_active(name, start)}
        now = {name for name in own if is_active(name, end)}
        fresh = {name for name in own if own[name][0][0] >= start}
        counts = (len(was), len((now - was) & fresh), len((now - was) - fresh), len(was - now), len(now))
        names = ("customers_start", "new", "returned", "churned", "customers_end")
        assert tuple(record[name] for name in names) == counts
        revenue = sum(
            x for own_ in own.values() for day, _, x in own_ if start <= day < end and x is not None
        )
        assert record["revenue_end"] == revenue
        is_known = cancels or start - inactive >= begin
        assert record["complete"] == is_known
        assert record["churn_rate"] == (counts[3] / counts[0] if counts[0] and is_known else None)


@given(EVENTS, st.data())
def test_groups_add_up_and_each_end_is_the_next_start(events: list[Event], data: st.DataObject) -> None:
    who = data.draw(st.lists(st.sampled_from("xyz"), min_size=len(events), max_size=len(events)))
    log = log_of(who, events)
    split, whole = (
        measure_periods([timeline_of_log(log, Label(30), "amount", by)], _periods(90), by).records
        for by in (["note"], [])
    )
    for record in whole:
        parts = [part for part in split if part["period"] == record["period"]]
        for name in (*CUSTOMERS, *REVENUE[:1], *REVENUE[-1:], INSIDE, REVENUE_INSIDE):
            assert sum(part[name] for part in parts) == record[name]
        assert sum(part["moved_in"] for part in parts) == sum(part["moved_out"] for part in parts)
    for one, following in itertools.pairwise(whole):
        ends = one["customers_end"], one["revenue_end"]
        assert ends == (following["customers_start"], following["revenue_start"])
    assert not whole[-1]["complete"]
    assert all(list(record) == period_fields(["note"]) for record in split)


def _running(rows: list[tuple[int, int, int | None, int]], *plans: str) -> RunningSubscriptions:
    """rows: customer, day of the start, days, cents. plans: one per row, in order of customer and start."""
    rows = sorted(rows, key=lambda row: row[:2])
    renumbered = {customer: place for place, customer in enumerate(sorted({row[0] for row in rows}))}
    return RunningSubscriptions(
        customer=np.array([renumbered[row[0]] for row in rows], dtype=np.int64),
        start=np.array([row[1] * DAY for row in rows], dtype=np.int64),
        end=np.array(
            [FOREVER if row[2] is None else (row[1] + row[2]) * DAY for row in rows], dtype=np.int64
        ),
        value=np.array([row[3] / 100 for row in rows]),
        by=[pl.Series("plan", plans)] if plans else [],
        customers=len(renumbered),
    )


def _figures(rows: list[tuple[int, int, int | None, int]], gap: int) -> list[dict[str, Any]]:
    return measure_periods([timeline_of_subscriptions(_running(rows), gap)], _periods(100), ()).records


@given(st.lists(SUBSCRIPTION, min_size=1, max_size=9))
def test_at_a_border_runs_what_began_before_it_and_did_not_end_before_it(
    rows: list[tuple[int, int, int | None, int]],
) -> None:
    for place, record in enumerate(_figures(rows, 0)):
        border = 20 * (place + 1)
        runs = [row for row in rows if row[1] < border and (row[2] is None or row[1] + row[2] >= border)]
        assert record["customers_end"] == len({row[0] for row in runs})
        assert Decimal(str(record["revenue_end"])) == Decimal(sum(row[3] for row in runs)) / 100


def test_a_break_no_longer_than_the_gap_is_bridged() -> None:
    rows = [(0, 5, 13, 1_000), (0, 22, None, 1_000)]  # nothing runs from day 18 to 22, over the border at 20
    assert [record["customers_end"] for record in _figures(rows, 4)] == [1, 1, 1, 1, 1]
    assert [record["customers_end"] for record in _figures(rows, 3)] == [0, 1, 1, 1, 1]
    assert [record["returned"] for record in _figures(rows, 3)] == [0, 1, 0, 0, 0]


def test_the_group_of_a_customer_is_that_of_what_started_last() -> None:
    table = _running([(0, 1, None, 100), (0, 30, None, 201)], "basic", "plus")
    records = measure_periods([timeline_of_subscriptions(table, 0)], _periods(60), ["plan"]).records
    second = [(r["plan"], r["moved_in"], r["moved_out"]) for r in records if r["period"] == "1970-01-21"]
    assert second == [("basic", 0, 1), ("plus", 1, 0)]
