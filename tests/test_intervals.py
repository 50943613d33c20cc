"""The interval of a share, by its textbook figures and by the equation that it solves."""

from __future__ import annotations

from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.intervals import Z, wilson


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
