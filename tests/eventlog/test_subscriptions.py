"""Subscriptions become events of the customer, checked day by day with what was known on that day."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from churnkit.eventlog.subscriptions import (
    Subscription,
    SubscriptionChange,
    changes,
    known_until,
    plain_amount,
)

SUBSCRIPTIONS = st.lists(
    st.tuples(
        st.integers(0, 30),
        st.one_of(st.none(), st.integers(0, 12)),
        st.sampled_from(["10", "0.1", "0.2", "5"]),
    ),
    max_size=7,
)


def _made(given: list[tuple[int, int | None, str]]) -> list[Subscription]:
    return [
        Subscription(start, None if length is None else start + length, Decimal(value), row)
        for row, (start, length, value) in enumerate(given)
    ]


def _day_by_day(subscriptions: list[Subscription], gap: int, until: int) -> list[tuple[int, str, Decimal]]:
    """The same events, computed day by day from the running subscriptions."""
    told: Decimal | None = None
    idle_since: int | None = None
    said = []
    for day in range(until):
        running = [s for s in subscriptions if s.start <= day and (s.end is None or day < s.end)]
        begun = [s for s in subscriptions if s.start == day]
        if told is not None and idle_since is not None and day > idle_since + gap:
            said.append((idle_since + gap, "ended", Decimal(0)))
            told = idle_since = None
        if running or (begun and told is None):
            now = sum((s.value for s in running or begun), Decimal(0))
            if now != told:
                said.append((day, "started" if told is None else "changed", now))
            told, idle_since = now, None
        if not running and (begun or any(s.end == day for s in subscriptions)):
            idle_since = day
    if told is not None and idle_since is not None and idle_since + gap < until:
        said.append((idle_since + gap, "ended", Decimal(0)))
    return said


@given(SUBSCRIPTIONS, st.integers(0, 4), st.integers(1, 50))
def test_the_log_equals_a_day_by_day_computation(
    given: list[tuple[int, int | None, str]], gap: int, until: int
) -> None:
    subscriptions = known_until(_made(given), until).subscriptions
    found = [(c.time, c.event, c.total) for c in changes(subscriptions, gap, until)]
    assert found == _day_by_day(subscriptions, gap, until)


@given(SUBSCRIPTIONS, st.integers(0, 4), st.integers(1, 50), st.integers(0, 20))
def test_later_events_do_not_change_earlier_ones(
    given: list[tuple[int, int | None, str]], gap: int, until: int, more: int
) -> None:
    then = list(changes(known_until(_made(given), until).subscriptions, gap, until))
    later = list(changes(known_until(_made(given), until + more).subscriptions, gap, until + more))
    assert [c for c in later if c.time < until] == then


def test_money_is_added_without_rounding() -> None:
    three = [Subscription(0, None, Decimal("0.1"), row) for row in range(3)]
    assert list(changes(three, 1, 9)) == [SubscriptionChange(0, "started", Decimal("0.3"), 2)]


def test_starts_and_ends_that_have_not_happened_yet_are_left_out_and_counted() -> None:
    found = known_until(_made([(0, 10, "1"), (5, None, "1"), (9, 2, "1")]), 9)
    assert (found.starts, found.ends) == (1, 1)
    assert [s.end for s in found.subscriptions] == [None, None]


def test_an_amount_has_no_exponent_and_no_trailing_zeros() -> None:
    assert [plain_amount(Decimal(text)) for text in ("1E+5", "30.10", "0", "-2.50", "1E-7")] == [
        "100000",
        "30.1",
        "0",
        "-2.5",
        "0.0000001",
    ]


def test_an_end_at_the_first_instant_that_the_log_does_not_cover_is_not_known() -> None:
    given = _made([(0, 5, "10"), (5, 5, "10")])
    at_5, at_6 = known_until(given, 5), known_until(given, 6)
    assert [s.end for s in at_5.subscriptions] == [None]
    assert (at_5.starts, at_5.ends) == (1, 1)
    assert [s.end for s in at_6.subscriptions] == [5, None]
    assert (at_6.starts, at_6.ends) == (0, 1)


def test_a_customer_has_left_once_the_gap_is_over_before_the_end_of_the_log() -> None:
    given = _made([(0, 3, "10")])
    assert [c.event for c in changes(given, 2, 5)] == ["started"]  # at 5 somebody may still begin again
    assert [(c.time, c.event) for c in changes(given, 2, 6)] == [(0, "started"), (5, "ended")]
