"""The carried rate by hand: constant rates stay, and only what was known is used."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.forecast.projection import CarriedRate, project
from tests.measured import FIGURES, history

LAST = CarriedRate(3)


def test_three_periods_by_hand() -> None:
    known = history([(100, 0, 0.5), (100, 0, 0.1), (50, 10, 0.2), (30, 0, 0.1)])
    said = project(known, LAST, 4, 2)
    start, churned = known.customers[1:].sum(), known.churned[1:].sum()
    assert said.customers[0] == known.end[-1]
    assert said.arriving == pytest.approx((100 + 60 + 30) / 3)
    assert said.churned[0] == pytest.approx(known.end[-1] * churned / start)
    assert said.customers[1] == pytest.approx(known.end[-1] - said.churned[0] + said.arriving)
    assert said.revenue is not None
    assert said.revenue_churned is not None
    assert said.revenue == pytest.approx([10 * number for number in said.customers])
    assert said.revenue_churned == pytest.approx([9 * number for number in said.churned])


@given(FIGURES, st.integers(3, 6))
def test_what_comes_after_the_origin_changes_nothing(
    figures: list[tuple[int, int, float]], origin: int
) -> None:
    known = history(figures)
    cut = history(figures[:origin])
    assert project(known, LAST, origin, 4) == project(cut, LAST, origin, 4)


@given(st.floats(0.01, 0.4), st.integers(1, 5))
def test_a_constant_rate_is_that_rate(rate: float, last: int) -> None:
    known = replace(history([(0, 0, 0.1)] * 8), churned=rate * history([(0, 0, 0.1)] * 8).customers)
    said = project(known, CarriedRate(last), 8, 3)
    assert np.divide(said.churned, said.customers) == pytest.approx([rate] * 3)


def test_fewer_periods_than_asked_for_are_all_used() -> None:
    known = history([(0, 0, 0.1), (0, 0, 0.3)])
    assert project(known, LAST, 2, 1).churned[0] == pytest.approx(630 * 370 / 1_900)


def test_seasons_multiply_by_the_ratio_of_a_year_ago() -> None:
    rates = [0.1] * 36
    for december in (11, 23, 35):
        rates[december] = 0.3
    known = history([(200, 0, rate) for rate in rates], start=100_000)
    plain, seasonal = (project(known, CarriedRate(3, season), 33, 3) for season in (None, 12))
    assert np.divide(plain.churned, plain.customers) == pytest.approx([0.1] * 3, abs=1e-3)
    assert np.divide(seasonal.churned, seasonal.customers) == pytest.approx([0.1, 0.1, 0.3], abs=1e-3)


def test_more_than_a_year_ahead_the_seasons_of_last_year_come_again() -> None:
    known = history([(200, 0, 0.05 + 0.02 * (month % 12)) for month in range(30)], start=100_000)
    said = project(known, CarriedRate(3, 12), 30, 27)
    rates = np.divide(said.churned, said.customers)
    assert rates[12:] == pytest.approx(rates[:-12])
    a_year_ago = known.churned[18:30] / known.customers[18:30]
    before = known.churned[15:18].sum() / known.customers[15:18].sum()
    now = known.churned[27:].sum() / known.customers[27:].sum()
    assert rates[:12] == pytest.approx(now * a_year_ago / before)


def test_nobody_lost_a_year_ago_is_no_ratio() -> None:
    known = history([(0, 0, 0.0)] * 15 + [(0, 0, 0.1)] * 3)
    assert project(known, CarriedRate(3, 12), 18, 1).churned[0] == pytest.approx(
        known.end[-1] * 0.1, rel=1e-2
    )


def test_no_customers_lose_none() -> None:
    known = history([(0, 0, 0.0)] * 6, start=0)
    said = project(known, LAST, 6, 2)
    assert said.churned == said.customers == said.revenue_churned == [0.0, 0.0]


def test_a_rate_never_exceeds_1_and_customers_never_fall_below_0() -> None:
    known = replace(history([(0, 0, 0.9)] * 6), arriving=np.full(6, -500.0))
    said = project(known, LAST, 6, 4)
    assert min(said.customers) == 0
    assert all(lost <= start for lost, start in zip(said.churned, said.customers, strict=True))
