"""Who came and went inside a period: by looking at many instants inside it, one after the other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnkit import windows
from churnkit.eventlog.log import EventLog
from churnkit.eventlog.log_as_of import LogAsOf
from churnkit.features.population import select_by_label
from churnkit.labels import Label
from churnkit.retention.between import SubscriptionSpans, active_inside_log, subscriptions_inside
from tests.one_log import EVENTS, Event, log_of

DAY = windows.DAY
START, END = 40, 60  # days
SPAN = st.tuples(st.integers(0, 2), st.integers(30, 70), st.integers(0, 25), st.integers(-5, 99))


def _past(log: EventLog, instant: int) -> LogAsOf:
    return LogAsOf(log, windows.AsOf(windows.day_of(instant), instant))


@pytest.mark.parametrize(
    "rule",
    [
        Label(6),
        Label(6, activity=("a",)),
        Label(6, activity=("a",), start_event="b"),
        Label(1, churn_event="b"),
        Label(1, churn_event="b", start_event="a"),
    ],
    ids=str,
)
@given(events=EVENTS, data=st.data())
def test_a_customer_of_a_log_was_active_inside_if_active_just_after_an_event_inside(
    rule: Label, events: list[Event], data: st.DataObject
) -> None:
    who = data.draw(st.lists(st.sampled_from("xyz"), min_size=len(events), max_size=len(events)))
    log = log_of(who, events)

    def active(instant: int) -> set[int]:
        return set(select_by_label(_past(log, instant), rule).rows.tolist())

    borders = active(START * DAY) | active(END * DAY)
    inside = {int(time) + 1 for time in log.times if START * DAY <= time < END * DAY}
    seen = set().union(*map(active, inside)) - borders if inside else set()
    found = active_inside_log(_past(log, START * DAY), _past(log, END * DAY), rule)
    assert set(np.flatnonzero(found).tolist()) - borders == seen


@settings(max_examples=30)
@given(st.lists(SPAN, max_size=8))
def test_the_largest_total_of_subscriptions_is_the_largest_at_any_instant_inside(
    rows: list[tuple[int, int, int, int]],
) -> None:
    rows = sorted(rows, key=lambda row: row[:2])
    customer, start, days, units = (np.array([row[k] for row in rows], dtype=np.int64) for k in range(4))
    spans = SubscriptionSpans(customer, start, start + days, units, np.arange(len(rows)))
    found = subscriptions_inside(spans, START, END, 3)
    for name in range(3):
        own = [row for row in rows if row[0] == name]

        def running(instant: float, own: list[tuple[int, int, int, int]] = own) -> list[int]:
            return [row[3] for row in own if row[1] < instant <= row[1] + row[2]]

        if running(START) or running(END):
            continue  # not in the question
        totals = [sum(running(half / 2)) for half in range(2 * START + 1, 2 * END) if running(half / 2)]
        assert found["active"][name] == bool(totals)
        assert found["money"][name] == max(totals, default=0)


def test_a_customer_who_starts_and_leaves_at_one_time_was_never_active() -> None:
    log = log_of(["x", "x", "y", "y", "y"], [(50, "a", None), (50, "b", None), (45, "a", None), (50, "a", None), (50, "b", None)])  # fmt: skip
    found = active_inside_log(_past(log, START * DAY), _past(log, END * DAY), Label(1, churn_event="b"))
    assert found.tolist() == [False, True]
