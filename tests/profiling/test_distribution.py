"""Quantiles, histograms and one-column AUC, against numpy and scikit-learn."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from churnkit.profiling.distribution import QUANTILES, Distribution
from churnkit.profiling.target_rates import CategoryCounts, rates_by_target

NUMBERS = st.lists(st.one_of(st.integers(-5, 5), st.floats(-1e9, 1e9)), min_size=1, max_size=60)


@given(NUMBERS)
def test_quantiles_are_those_of_numpy(numbers: list[float]) -> None:
    array = np.array(numbers, dtype=float)
    found = Distribution.of(array, np.ones((1, len(array)), dtype=np.int64)).quantiles()
    assert list(found.values()) == pytest.approx(np.quantile(array, QUANTILES).tolist(), rel=1e-9, abs=1e-6)


@example([1e9, 999_999_999.999_999_9])
@example([1e9, 1e9 + 1e-6])
@given(NUMBERS)
def test_a_histogram_counts_every_row(numbers: list[float]) -> None:
    array = np.array(numbers, dtype=float)
    found = Distribution.of(array, np.ones((1, len(array)), dtype=np.int64)).histogram()
    assert sum(found["rows"]) == len(array)
    assert (found["edges"][0], found["edges"][-1]) == (array.min(), array.max())
    if len(found["rows"]) == 10:
        assert found["rows"] == np.histogram(array, 10)[0].tolist()


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=200))
def test_target_rates_count_every_row_with_a_known_target_once(pairs: list[tuple[int, bool]]) -> None:
    numbers, left = (
        np.array([p[0] for p in pairs], dtype=float),
        np.array([p[1] for p in pairs], dtype=np.int64),
    )
    distribution = Distribution.of(numbers, np.stack([np.ones_like(left), np.ones_like(left), left]))
    rates = rates_by_target(distribution, None, np.zeros(3, dtype=np.int64))["target_rates"]
    assert sum(c["rows"] for c in rates) == len(pairs)
    assert sum(c["left"] for c in rates) == left.sum()
    assert all(a["to"] < b["from"] for a, b in itertools.pairwise(rates))
    assert all(c["rate_low"] <= c["rate"] <= c["rate_high"] for c in rates)
    assert len(rates) <= 10


def test_tenths_of_different_numbers_are_equal() -> None:
    distribution = Distribution(np.arange(1_000.0), np.ones((3, 1_000), dtype=np.int64))
    rates = rates_by_target(distribution, None, np.zeros(3, dtype=np.int64))["target_rates"]
    assert [c["rows"] for c in rates] == [100] * 10


def _whole(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.int64)


def test_values_that_separate_and_presence_that_separates_are_leaks() -> None:
    nothing = _whole(0, 0, 0)
    apart = Distribution(np.array([1.0, 2.0]), np.stack([_whole(50, 50), _whole(50, 50), _whole(0, 50)]))
    assert rates_by_target(apart, None, nothing)["leak"] == "value"
    both = Distribution(np.array([1.0, 2.0]), np.stack([_whole(50, 50), _whole(50, 50), _whole(20, 30)]))
    assert rates_by_target(both, None, nothing)["leak"] is None
    reasons = CategoryCounts(["price", "moved"], _whole(60, 40), _whole(60, 40))
    assert rates_by_target(None, reasons, _whole(300, 300, 0))["leak"] == "presence"
    assert rates_by_target(None, reasons, _whole(300, 300, 295))["leak"] is None
    few = Distribution(np.array([1.0, 2.0]), np.stack([_whole(5, 5), _whole(5, 5), _whole(0, 5)]))
    assert rates_by_target(few, None, nothing)["leak"] is None


def test_values_that_never_repeat_are_not_ranked_by_their_own_target() -> None:
    left = np.arange(200) % 2
    groups = CategoryCounts([str(i) for i in range(200)], np.ones(200, dtype=np.int64), left)
    assert rates_by_target(None, groups, _whole(0, 0, 0))["auc"] == 0.5
