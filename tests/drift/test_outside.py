"""The share beyond the base's limits: its law, and how often it raises a false alarm."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.drift.outside import exceedances_above, measure_outside
from churnkit.drift.psi import SIGNIFICANCE


@given(st.integers(0, 200), st.integers(2, 5_000), st.integers(1, 5_000))
def test_the_tail_is_that_of_a_beta_binomial_distribution(k: int, base: int, new: int) -> None:
    betabinom = pytest.importorskip("scipy.stats").betabinom
    k = min(k, new)
    assert exceedances_above(k, base, new) == pytest.approx(betabinom.sf(k - 1, new, 2, base - 1), abs=1e-9)


def test_the_tail_agrees_with_numbers_drawn_from_one_distribution() -> None:
    rng = np.random.default_rng(0)
    counts = []
    for _ in range(4_000):
        base, new = rng.exponential(size=60), rng.exponential(size=90)
        counts.append(np.count_nonzero((new < base.min()) | (new > base.max())))
    assert np.mean(counts) / 90 == pytest.approx(measure_outside(0.0, 60, 90).expected, rel=0.05)
    for k in (1, 3, 8):
        assert np.mean(np.array(counts) >= k) == pytest.approx(exceedances_above(k, 60, 90), abs=0.03)


@given(st.floats(0, 1), st.floats(0, 1e5), st.floats(0, 1e5), st.floats(0, 0.5), st.integers(1, 100))
def test_an_alarm_is_above_the_limit_and_beyond_chance_and_nothing_else_is_undecided(
    share: float, base: float, new: float, limit: float, columns: int
) -> None:
    found = measure_outside(share, base, new, max_outside=limit, columns=columns)
    assert 0 <= found.p <= 1
    assert found.drifted == (share > limit and found.p < SIGNIFICANCE / columns)
    assert found.is_decidable == (share <= limit or found.drifted)


@pytest.mark.parametrize(("base", "new"), [(60, 60), (60, 400), (400, 400), (1_000, 1_000), (400, 10_000)])
def test_thirty_unchanged_columns_alarm_in_less_than_one_of_a_hundred_tables(base: int, new: int) -> None:
    """A new value is beyond the limits with a probability of Beta(2, N - 1): between neighbouring order statistics."""
    rng = np.random.default_rng(1)
    shares = rng.binomial(new, rng.beta(2, base - 1, 6_000)) / new
    alarms = [measure_outside(float(share), base, new, columns=30).drifted for share in shares]
    assert 30 * np.mean(alarms) <= 0.01


def test_five_percent_beyond_the_limits_are_found_and_a_few_customers_are_undecided() -> None:
    assert measure_outside(0.05, 2_000, 2_000, columns=30).drifted
    few = measure_outside(0.05, 60, 60, columns=30)
    assert (few.drifted, few.is_decidable) == (False, False)
