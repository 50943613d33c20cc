"""Intervals beside a second way of computing them: origin by origin, as the definition says it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from churnkit.forecast.past_errors import (
    interval_of_sum,
    intervals,
    is_wild,
    past_errors,
    past_projections,
    squared_error,
)
from churnkit.forecast.projection import CarriedRate, History, project
from tests.measured import FIGURES, history

LAST, AHEAD = CarriedRate(3), 5


def _churned(known: History, origin: int, ahead: int) -> float:
    """What is said at an origin for the period `ahead`, written out."""
    rate = sum(known.churned[origin - 3 : origin]) / (sum(known.customers[origin - 3 : origin]) or math.inf)
    arriving = sum(known.arriving[origin - 3 : origin]) / 3
    start = known.end[origin - 1]
    for _ in range(ahead - 1):
        start = start - rate * start + arriving
    return float(rate * start)


def _by_hand(known: History, ahead: int) -> tuple[float, float] | None:
    rows = len(known.days)
    tau2, errors = 0.0, 0
    for k in range(1, ahead + 1):
        origins = [s for s in range(3, rows) if s + k <= rows][-12:]
        if len(origins) < 3:
            continue
        pairs = [(_churned(known, s, k), float(known.churned[s + k - 1])) for s in origins]
        squares = sum(e * e for e, _ in pairs)
        excess = sum((o - e) ** 2 - e for e, o in pairs) / squares if squares else 0.0
        tau2, errors = max(tau2, excess), len(origins)
    if not errors:
        return None
    middle = max(_churned(known, rows, ahead), 0.5)
    reach = float(stats.t.ppf(0.975, errors)) * math.sqrt(1 / middle + tau2)
    return min(middle * math.exp(-reach), _churned(known, rows, ahead)), middle * math.exp(min(reach, 100))


def _errors(known: History, *, are_sums: bool = False, rule: CarriedRate = LAST):  # type: ignore[no-untyped-def]
    said = past_projections(known, rule, AHEAD)
    return past_errors(said, lambda p: p.churned, known.churned, are_sums=are_sums)


@given(FIGURES)
def test_the_interval_is_that_of_the_definition(figures: list[tuple[int, int, float]]) -> None:
    known = history(figures)
    expected = project(known, LAST, len(figures), AHEAD).churned
    found = intervals(expected, _errors(known), is_count=True)
    for ahead, interval in enumerate(found, 1):
        by_hand = _by_hand(known, ahead)
        assert (interval is None) == (by_hand is None)
        if interval and by_hand:
            assert interval == pytest.approx(by_hand, rel=1e-9)


@given(FIGURES)
def test_errors_of_sums_are_sums_of_what_was_said_and_what_happened(
    figures: list[tuple[int, int, float]],
) -> None:
    known = history(figures)
    sums = _errors(known, are_sums=True)
    for k, (said, happened) in enumerate(zip(sums.said, sums.happened, strict=True), 1):
        origins = [s for s in range(3, len(figures)) if s + k <= len(figures)][-12:]
        assert said == pytest.approx(
            [sum(_churned(known, s, h) for h in range(1, k + 1)) for s in origins], rel=1e-9
        )
        assert happened == pytest.approx([float(known.churned[s : s + k].sum()) for s in origins])


@pytest.mark.parametrize(("rows", "periods", "errors"), [(6, 1, 3), (9, 4, 3), (12, 5, 3), (24, 5, 3)])
def test_the_sum_has_the_errors_of_the_longest_sums(rows: int, periods: int, errors: int) -> None:
    known = history([(80, 0, 0.05 + 0.03 * (k % 4)) for k in range(rows)])
    past = _errors(known, are_sums=True)
    said, happened = past.said[periods - 1], past.happened[periods - 1]
    tau2 = max(
        0, sum((o - e) ** 2 - e for e, o in zip(said, happened, strict=True)) / sum(e * e for e in said)
    )
    reach = float(stats.t.ppf(0.975, errors)) * math.sqrt(1 / 400 + tau2)
    found = interval_of_sum(400, past, is_count=True)
    assert found == pytest.approx((400 * math.exp(-reach), 400 * math.exp(reach)))


def test_five_periods_are_too_few_for_an_interval() -> None:
    for rows, is_known in ((5, False), (6, True)):
        known = history([(50, 0, 0.1)] * rows)
        found = intervals(project(known, LAST, rows, AHEAD).churned, _errors(known), is_count=True)
        assert {interval is not None for interval in found} == {is_known}
        assert (interval_of_sum(100, _errors(known, are_sums=True), is_count=True) is not None) == is_known


@given(st.integers(0, 300), st.floats(0.02, 0.3))
def test_twice_the_customers_narrow_the_interval(new: int, rate: float) -> None:
    widths = []
    for times in (1, 2):
        known = history([(new * times, 0, rate)] * 12, start=1_000 * times)
        expected = project(known, LAST, 12, AHEAD).churned
        low, high = intervals(expected, _errors(known), is_count=True)[0] or (0, 0)
        widths.append((high - low) / expected[0])
    assert widths[1] < widths[0]


def test_money_that_was_always_right_has_no_width() -> None:
    known = history([(100, 0, 0.1)] * 10)
    said = past_projections(known, LAST, AHEAD)
    assert known.revenue_churned is not None
    past = past_errors(said, lambda p: p.churned, known.churned)
    exact = type(past)(past.said, past.said)
    assert intervals([50.0], exact, is_count=False) == [pytest.approx((50, 50))]
    assert intervals([0.0], exact, is_count=False) == [None]
    assert intervals([-50.0], exact, is_count=False) == [pytest.approx((-50, -50))]


def test_squared_errors_add_up_over_all_periods_ahead() -> None:
    past = _errors(history([(50, 0, 0.1), (80, 0, 0.2)] * 5))
    by_hand = sum(
        (o - e) ** 2
        for said, happened in zip(past.said, past.happened, strict=True)
        for e, o in zip(said, happened, strict=True)
    )
    assert squared_error(past) == pytest.approx(by_hand)


def test_wider_than_twice_the_figure_is_wild() -> None:
    assert is_wild(10, (1, 21.1))
    assert not is_wild(10, (1, 20.9))
    assert is_wild(0, (0, 1))
