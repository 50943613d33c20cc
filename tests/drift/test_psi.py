"""The drift test: its formula, its tail, and how often it raises a false alarm."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.drift.psi import SIGNIFICANCE, chi_square_above, measure_shift, psi

ROWS = st.lists(st.integers(0, 500).map(float), min_size=2, max_size=12).filter(any)


def test_the_index_is_the_symmetric_divergence_of_the_shares() -> None:
    base, new = np.array([100.0, 300.0, 600.0]), np.array([300.0, 300.0, 400.0])
    p, q = (base + 0.5) / 1001.5, (new + 0.5) / 1001.5
    assert psi(base, new) == pytest.approx((p * np.log(p / q)).sum() + (q * np.log(q / p)).sum())
    assert psi(base, base * 3) == pytest.approx(0, abs=1e-6)


def test_half_a_customer_is_added_to_each_bin_however_many_rows_a_customer_has() -> None:
    customers = np.array([30.0, 30.0, 0.0]), np.array([20.0, 10.0, 10.0])
    shift = measure_shift(customers[0] * 12, customers[1] * 5, 60, 40, is_category=False)
    p, q = np.array([30.5, 30.5, 0.5]) / 61.5, np.array([20.5, 10.5, 10.5]) / 41.5
    assert shift.psi == pytest.approx(float(((q - p) * np.log(q / p)).sum()))
    assert shift.expected_psi == pytest.approx(2 * (1 / 60 + 1 / 40))


@given(ROWS, st.data(), st.integers(2, 50), st.booleans())
def test_doubling_all_rows_changes_nothing(
    base: list[float], data: st.DataObject, times: int, is_category: bool
) -> None:
    new = data.draw(st.lists(st.integers(0, 500), min_size=len(base), max_size=len(base)).filter(any))
    old, now = np.array(base), np.array(new, dtype=float)
    once = measure_shift(old, now, old.sum(), now.sum(), is_category=is_category)
    often = measure_shift(old * times, now * times, old.sum(), now.sum(), is_category=is_category)
    for name in ("psi", "expected_psi", "p"):
        assert getattr(often, name) == pytest.approx(getattr(once, name), rel=1e-6, abs=1e-9)


@given(ROWS, st.data(), st.floats(1, 1e5), st.floats(1, 1e5), st.floats(0, 2), st.integers(1, 100))
def test_drift_is_past_the_limit_and_beyond_chance_and_never_undecidable_unless_it_is_far_past(
    base: list[float], data: st.DataObject, n: float, m: float, max_psi: float, columns: int
) -> None:
    new = data.draw(st.lists(st.integers(0, 500), min_size=len(base), max_size=len(base)).filter(any))
    shift = measure_shift(
        np.array(base),
        np.array(new, dtype=float),
        n,
        m,
        is_category=False,
        max_psi=max_psi,
        columns=columns,
    )
    assert 0 <= shift.p <= 1
    assert shift.psi >= 0
    assert shift.drifted == (shift.psi > max_psi and shift.p < SIGNIFICANCE / columns)
    if shift.is_decidable and shift.psi > max_psi:
        assert shift.drifted


@pytest.mark.parametrize("bins", [2, 5, 10, 51])
@pytest.mark.parametrize("columns", [1, 30])
def test_drift_is_decidable_if_the_quantile_of_chance_is_below_the_limit(bins: int, columns: int) -> None:
    chdtri = pytest.importorskip("scipy.special").chdtri
    quantile = chdtri(bins - 1, SIGNIFICANCE / columns)
    fewest = 2 * quantile / 0.25 + 2  # customers on each side
    same = np.full(bins, 10.0)
    for customers, is_enough in ((fewest * 0.999, False), (fewest * 1.001, True)):
        shift = measure_shift(same, same, customers, customers, is_category=False, columns=columns)
        assert shift.is_decidable == is_enough


def test_no_customers_are_undecidable_and_one_bin_cannot_differ() -> None:
    nobody = measure_shift(np.array([5.0, 5.0]), np.zeros(2), 10, 0, is_category=False)
    assert (nobody.drifted, nobody.is_decidable, nobody.p) == (False, False, 1)
    two = measure_shift(np.array([2.0, 0.0]), np.array([0.0, 900.0]), 2, 900, is_category=False)
    assert (two.drifted, two.is_decidable, two.p) == (False, False, 1)
    alone = measure_shift(np.array([5.0, 0.0]), np.array([9.0, 0.0]), 5, 9, is_category=False)
    assert (alone.psi, alone.drifted, alone.is_decidable) == (0, False, True)


@given(ROWS, st.data(), st.integers(1, 5), st.booleans())
def test_an_empty_bin_changes_nothing(
    base: list[float], data: st.DataObject, empty: int, is_category: bool
) -> None:
    new = data.draw(st.lists(st.integers(0, 500), min_size=len(base), max_size=len(base)).filter(any))
    old, now = np.array(base), np.array(new, dtype=float)
    plain = measure_shift(old, now, 10_000, 60, is_category=is_category)
    wide = [np.append(np.zeros(empty), side) for side in (old, now)]
    padded = measure_shift(*wide, 10_000, 60, is_category=is_category)
    assert (padded.psi, padded.p) == (pytest.approx(plain.psi), pytest.approx(plain.p))
    assert padded.expected_psi == plain.expected_psi


def test_categories_of_few_customers_are_one_bin_though_each_has_many_rows() -> None:
    base, new = np.full(52, 20.0), np.full(52, 20.0)  # 50 values of one customer each, others, missing
    new[:25], new[25:50] = 0, 40
    folded = measure_shift(base, new, 52, 52, is_category=True)
    assert folded.psi == pytest.approx(0, abs=1e-9)
    by_rows = measure_shift(base, new, base.sum(), new.sum(), is_category=True)
    assert by_rows.drifted


@pytest.mark.parametrize("freedom", [1, 2, 3, 9, 10, 51, 400, 5_001])
def test_the_tail_of_chi_square_is_that_of_scipy(freedom: int) -> None:
    chdtrc = pytest.importorskip("scipy.special").chdtrc
    for x in (0.0, 1e-9, 0.3, 1.0, freedom / 2, freedom, 1.5 * freedom, 3.0 * freedom + 9, 1e4, 1e7):
        assert chi_square_above(x, freedom) == pytest.approx(chdtrc(freedom, x), rel=1e-9, abs=1e-300)


@pytest.mark.parametrize("bins", [2, 5, 10])
@pytest.mark.parametrize("rows_each", ["1", "geometric"])
def test_the_psi_by_chance_agrees_with_a_simulation(bins: int, rows_each: str) -> None:
    """1,000 unchanged pairs; a little rarer than 5 %, for half a customer in each bin draws the sides together."""
    rng = np.random.default_rng(3)
    seen = []
    for _ in range(1_000):
        sides = []
        for customers in (800, 500):
            rows = np.ones(customers) if rows_each == "1" else rng.geometric(0.1, customers).astype(float)
            effective = rows.sum() ** 2 / (rows**2).sum()
            sides.append((np.bincount(rng.integers(0, bins, customers), rows, bins), effective))
        (base, n), (new, m) = sides
        seen.append(measure_shift(base, new, n, m, is_category=False))
    assert np.mean([s.psi / s.expected_psi for s in seen]) == pytest.approx(1, abs=0.1)
    assert np.mean([s.p < 0.05 for s in seen]) == pytest.approx(0.045, abs=0.015)


def test_thirty_unchanged_columns_alarm_in_less_than_two_of_a_hundred_tables() -> None:
    """Half of one is promised; if it were five, fewer than 4 of these 200 tables would alarm for 1 of 100 seeds."""
    rng = np.random.default_rng(5)
    sides = rng.multinomial(60, np.full(10, 0.1), (200, 30, 2)).astype(float)
    alarms = sum(
        any(measure_shift(base, new, 60, 60, is_category=False, columns=30).moved for base, new in table)
        for table in sides
    )
    assert alarms < 4
