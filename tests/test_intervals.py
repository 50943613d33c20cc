"""Intervals by textbook figures and scipy, and by the equations that they solve."""

from __future__ import annotations

import math
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from churnkit.intervals import Z, earned_interval, excess_variance, student_t, wilson


@pytest.mark.parametrize(
    ("successes", "rows", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (1, 100, 0.0018, 0.0545)],
)
def test_wilson_equals_the_textbook(successes: int, rows: int, low: float, high: float) -> None:
    assert wilson(successes, rows) == pytest.approx((low, high), abs=1e-4)


def test_z_is_that_of_95_percent() -> None:
    assert NormalDist().inv_cdf(0.975) == pytest.approx(Z)


@given(st.integers(1, 10**6).flatmap(lambda rows: st.tuples(st.integers(0, rows), st.just(rows))))
def test_at_either_end_the_share_is_z_standard_errors_away(counts: tuple[int, int]) -> None:
    successes, rows = counts
    share = successes / rows
    for end in wilson(successes, rows):
        assert (share - end) ** 2 == pytest.approx(Z**2 * end * (1 - end) / rows, rel=1e-6, abs=1e-12)
    low, high = wilson(successes, rows)
    assert 0 <= low <= share + 1e-12
    assert share - 1e-12 <= high <= 1


@given(st.integers(1, 500).flatmap(lambda rows: st.tuples(st.integers(0, rows), st.just(rows))))
def test_those_who_stayed_have_the_mirrored_interval(counts: tuple[int, int]) -> None:
    successes, rows = counts
    low, high = wilson(rows - successes, rows)
    assert wilson(successes, rows) == pytest.approx((1 - high, 1 - low), abs=1e-12)


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 7, 12, 30, 101])
def test_t_is_that_of_scipy(freedom: int) -> None:
    assert student_t(freedom) == pytest.approx(float(stats.t.ppf(0.975, freedom)), rel=1e-9)


def test_errors_that_chance_explains_leave_no_excess() -> None:
    assert excess_variance([100, 100], [110, 90], [100, 100]) == 0
    assert excess_variance([100, 100], [120, 80], [100, 100]) == pytest.approx(600 / 20_000)
    assert excess_variance([100, 100], [120, 80]) == pytest.approx(0.04)
    assert excess_variance([0, 0], [3, 4]) == 0


def test_both_ends_are_as_many_standard_errors_away_in_logarithms() -> None:
    low, high = earned_interval(50, 50, 0.04, 5)
    assert math.log(50 / low) == pytest.approx(math.log(high / 50))
    assert math.log(high / 50) == pytest.approx(float(stats.t.ppf(0.975, 5)) * math.sqrt(1 / 50 + 0.04))
    assert math.isfinite(earned_interval(1, 1, 1e9, 3)[1])
