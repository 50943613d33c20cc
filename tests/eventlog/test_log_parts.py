"""A log in parts is the log: each customer is in one part, and counts add up."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from churnkit import features, windows
from churnkit.eventlog.log_as_of import LogAsOf
from churnkit.eventlog.log_parts import parts_of
from tests.one_log import AS_OF_DAY, EVENTS, Event, log_of, parts_of_log

NAMES = [
    "event_count_30d",
    "amount_sum_90d",
    "gap_std_days",
    "note_last",
    "a_recency_days",
    "note_distinct_90d",
]


@given(EVENTS, st.data(), st.integers(1, 40))
def test_the_features_of_parts_are_those_of_the_log(
    events: list[Event], data: st.DataObject, most: int
) -> None:
    who = data.draw(st.lists(st.sampled_from("xyz"), min_size=len(events), max_size=len(events)))
    log = log_of(who, events)
    date = windows.as_of(windows.day_of(AS_OF_DAY * windows.DAY))
    parts = parts_of_log(log, most)
    assert [name for part in parts for name in part.customers] == log.customers.to_list()
    with np.errstate(invalid="ignore"):
        for feature in features.parse_all(NAMES):
            whole = features.compute(LogAsOf(log, date), feature)
            again = [value for part in parts for value in features.compute(LogAsOf(part, date), feature)]
            assert again == whole.to_list()


@given(EVENTS, st.integers(0, 120))
def test_event_counts_are_those_before_an_instant(events: list[Event], day: int) -> None:
    log = log_of(["a"] * len(events), events)
    counted = parts_of([log]).event_counts(day * windows.DAY)
    assert counted.tolist() == [
        sum(name == slug and at < day for at, name, _ in events) for slug in log.slugs
    ]


def test_parts_are_worked_on_in_their_order_and_in_the_own_thread_if_they_are_read() -> None:
    logs = [log_of(["a"], [(1, "x", None)]), log_of(["b"], [(2, "y", None)]), log_of(["c"], [(3, "z", None)])]
    parts = parts_of(logs)
    held = list(parts.map(lambda log: (log.customers[0], threading.get_ident())))
    read = list(replace(parts, are_read=True).map(lambda log: (log.customers[0], threading.get_ident())))
    assert [customer for customer, _ in held] == [customer for customer, _ in read] == ["a", "b", "c"]
    assert {thread for _, thread in read} == {threading.get_ident()}
    assert threading.get_ident() not in {thread for _, thread in held}
