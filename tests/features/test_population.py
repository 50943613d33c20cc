"""Who is in the table and who churned: each edge of the time line is on its right side.

Times below are days from 1970-01-01; the observation date is day 100.
"""

from __future__ import annotations

import inspect
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit import windows
from churnkit.commands import featurize
from churnkit.eventlog.log_as_of import LogAsOf
from churnkit.eventlog.log_parts import parts_of
from churnkit.features.population import (
    Returns,
    count_returns,
    describe_returns,
    select_all,
    select_by_label,
    select_with_label,
)
from churnkit.labels import Label, PopulationRule
from tests.one_log import AS_OF_DAY as AS_OF
from tests.one_log import EVENTS, Event, inside, log_of, past_of

DAY = windows.DAY
FAR = 10_000 * DAY
MOMENT = 1 / 86_400_000_000  # a microsecond, in days
SILENCE = Label(horizon_days=30)
LEAD = Label(horizon_days=30, lead_days=7)


def _past(*events: tuple[float, str]) -> LogAsOf:
    """One customer with these events."""
    return past_of([(day, name, None) for day, name in events])


def _answer(label: Label, *events: tuple[float, str], log_end: int = FAR) -> float | str | None:
    """1, 0, None for censored, or a mark that the customer is not in the table."""
    found = select_with_label(_past(*events), label, log_end)
    if not len(found.rows):
        return "not in the table"
    assert found.churned is not None
    answer = found.churned[0]
    return None if answer != answer else float(answer)


@pytest.mark.parametrize(
    ("label", "later", "churned"),
    [
        (SILENCE, AS_OF, 0),  # at as_of itself: the first instant that counts
        (SILENCE, AS_OF + 30 - MOMENT, 0),
        (SILENCE, AS_OF + 30, 1),  # one horizon later: too late
        (LEAD, AS_OF, 1),  # inside the lead: does not count
        (LEAD, AS_OF + 7 - MOMENT, 1),
        (LEAD, AS_OF + 7, 0),
        (LEAD, AS_OF + 37 - MOMENT, 0),
        (LEAD, AS_OF + 37, 1),
    ],
)
def test_an_event_counts_only_in_the_half_open_label_window(label: Label, later: float, churned: int) -> None:
    assert _answer(label, (AS_OF - 5, "x"), (later, "x")) == churned


@pytest.mark.parametrize(
    ("last", "is_in"),
    [(AS_OF - 30, True), (AS_OF - 30 - MOMENT, False), (AS_OF - MOMENT, True), (AS_OF, False)],
)
def test_a_customer_in_the_table_was_active_in_the_horizon_before(last: float, is_in: bool) -> None:
    assert (_answer(SILENCE, (last, "x")) != "not in the table") == is_in


@pytest.mark.parametrize(("days", "is_in"), [(60, True), (59, False)])
def test_active_within_changes_who_is_in_the_table(days: int, is_in: bool) -> None:
    label = Label(horizon_days=30, within_days=days)
    assert (_answer(label, (AS_OF - 60, "x")) != "not in the table") == is_in


@pytest.mark.parametrize(("days", "is_in"), [(60, True), (59, False)])
def test_active_within_also_holds_where_an_event_means_churn(days: int, is_in: bool) -> None:
    label = Label(horizon_days=30, churn_event="stop", within_days=days)
    assert (_answer(label, (AS_OF - 60, "x")) != "not in the table") == is_in
    assert (len(select_by_label(_past((AS_OF - 60, "x")), label).rows) == 1) == is_in


def test_only_activity_keeps_a_customer_active() -> None:
    label = Label(horizon_days=30, activity=("buy",))
    assert _answer(label, (AS_OF - 5, "buy"), (AS_OF + 5, "mail")) == 1
    assert _answer(label, (AS_OF - 5, "mail"), (AS_OF + 5, "buy")) == "not in the table"


CANCEL = Label(horizon_days=30, churn_event="stop")


@pytest.mark.parametrize(
    ("events", "answer"),
    [
        ([(1, "x")], 0),  # however silent
        ([(1, "x"), (AS_OF, "stop")], 1),
        ([(1, "x"), (AS_OF + 30 - MOMENT, "stop")], 1),
        ([(1, "x"), (AS_OF + 30, "stop")], 0),
        ([(1, "x"), (50, "stop")], "not in the table"),
        ([(1, "x"), (50, "x"), (50, "stop")], "not in the table"),
        ([(1, "x"), (50, "stop"), (50, "x")], 0),  # a later line at the same time: a change of plan
        ([(1, "x"), (AS_OF, "stop"), (AS_OF, "x")], 0),
        ([(1, "x"), (AS_OF, "x"), (AS_OF, "stop")], 1),
        ([(1, "x"), (AS_OF, "stop"), (AS_OF, "x"), (AS_OF, "stop")], 1),
        ([(1, "x"), (50, "stop"), (50 + MOMENT, "x")], 0),  # came back
        ([(AS_OF, "x")], "not in the table"),
    ],
    ids=str,
)
def test_a_churn_event_is_the_churn(events: list[tuple[float, str]], answer: object) -> None:
    assert _answer(CANCEL, *events) == answer


@pytest.mark.parametrize(
    ("events", "answer"),
    [
        ([(1, "x")], "not in the table"),  # never started
        ([(1, "join")], 0),
        ([(1, "join"), (50, "stop"), (60, "x")], "not in the table"),  # no new start
        ([(1, "join"), (50, "stop"), (60, "join")], 0),
        ([(1, "join"), (50, "join"), (50, "stop")], "not in the table"),
        ([(1, "join"), (50, "stop"), (50, "x"), (50, "join")], 0),
        ([(1, "join"), (AS_OF, "stop"), (AS_OF, "x")], 1),  # x is not a start
        ([(1, "join"), (AS_OF, "stop"), (AS_OF, "x"), (AS_OF, "join")], 0),
    ],
    ids=str,
)
def test_with_a_start_event_only_a_new_start_makes_a_customer_again(
    events: list[tuple[float, str]], answer: object
) -> None:
    assert _answer(Label(30, churn_event="stop", start_event="join"), *events) == answer


@pytest.mark.parametrize(
    ("events", "answer"),
    [
        ([(1, "x"), (50, "stop"), (60, "refund")], "not in the table"),
        ([(1, "x"), (50, "stop"), (60, "buy")], 0),
        ([(1, "x"), (AS_OF, "stop"), (AS_OF, "refund")], 1),
        ([(1, "x"), (AS_OF, "stop"), (AS_OF, "refund"), (AS_OF, "buy")], 0),
        ([(1, "refund")], 0),  # activity brings back; a customer is anyone with an event
    ],
    ids=str,
)
def test_with_activity_only_these_events_bring_back_a_customer_who_churned(
    events: list[tuple[float, str]], answer: object
) -> None:
    assert _answer(Label(30, churn_event="stop", activity=("buy",)), *events) == answer


def test_customers_who_came_back_are_counted_with_their_later_events() -> None:
    rows = [
        ("a", 1, "x"), ("a", 2, "stop"), ("a", 3, "refund"), ("a", 4, "refund"), ("a", 5, "survey"),
        ("b", 1, "stop"), ("b", 1, "refund"), ("c", 1, "x"), ("c", 9, "stop"), ("d", 1, "x"),
        ("e", 5, "stop"), ("e", AS_OF, "survey"),
    ]  # fmt: skip
    log = log_of([who for who, _, _ in rows], [(day, name, None) for _, day, name in rows])
    as_of = windows.as_of(windows.day_of(AS_OF * DAY))
    parts = parts_of([log])
    assert count_returns(LogAsOf(log, as_of), CANCEL) == Returns(4, 2, {"refund": 2, "survey": 1})
    assert describe_returns(parts, as_of, Label(30, churn_event="stop", start_event="x")) is None
    text, number = describe_returns(parts, as_of, CANCEL) or ("", 0)
    assert number == 2
    assert text.startswith(
        "2 of 4 customers with stop before 1970-04-11 have later events (refund 2, survey 1) and count as"
    )


def test_a_customer_who_churns_inside_the_lead_is_left_out_and_counted() -> None:
    found = select_with_label(_past((1, "x"), (AS_OF + 3, "stop")), Label(30, 7, churn_event="stop"), FAR)
    assert (len(found.rows), found.too_late) == (0, 1)


@pytest.mark.parametrize(("end", "answer"), [(AS_OF + 30, 1), (AS_OF + 30 - MOMENT, None)])
def test_a_label_window_that_the_log_does_not_cover_is_censored(end: float, answer: float | None) -> None:
    assert _answer(SILENCE, (AS_OF - 5, "x"), log_end=round(end * DAY)) == answer


def test_without_a_label_every_customer_with_an_earlier_event_is_in_the_table() -> None:
    past = _past((1, "x"))
    assert len(select_all(past, PopulationRule()).rows) == 1
    assert len(select_all(past, PopulationRule(within_days=30)).rows) == 0
    assert len(select_all(past, PopulationRule(start_event="join")).rows) == 0


def test_the_time_line_in_the_help_is_drawn_right() -> None:
    text = inspect.cleandoc(featurize.command.help or "")
    axis, *rows = re.findall(r"^ *(?:─.*▶|[a-z]{3} .*●.*)$", text, re.M)
    at = [place for place, mark in enumerate(axis) if mark == "┼"]
    days = [AS_OF - 30, AS_OF, AS_OF + 7, AS_OF + 37]
    assert len(rows) == 5
    for row in rows:
        drawn = [place for place, mark in enumerate(row) if mark == "●"]
        events = [(float(np.interp(place, [0, *at, 99], [0, *days, 200])), "visit") for place in drawn]
        said = row[at[-1] + 1 :].replace("●", " ").split()[0]
        assert str(_answer(LEAD, *events)).removesuffix(".0") == said.replace("-", "not in the table"), row


@given(EVENTS, st.data(), st.integers(1, 20), st.integers(0, 5))
def test_customers_and_labels_equal_those_of_a_loop(
    events: list[Event], data: st.DataObject, horizon: int, lead: int
) -> None:
    who = data.draw(st.lists(st.sampled_from("xyz"), min_size=len(events), max_size=len(events)))
    log = log_of(who, events)
    past = LogAsOf(log, windows.as_of(windows.day_of(AS_OF * DAY)))
    found = select_with_label(past, Label(horizon, lead), FAR)
    expected = []
    for customer in sorted(set(who)):
        own = [event for name, event in zip(who, events, strict=True) if name == customer]
        if inside(own, horizon):
            churned = not inside(own, horizon, AS_OF + lead + horizon)
            expected.append((customer, float(churned)))
    assert found.churned is not None
    assert list(zip(log.customers.gather(found.rows), found.churned.tolist(), strict=True)) == expected
    assert select_by_label(past, Label(horizon, lead)).rows.tolist() == found.rows.tolist()
