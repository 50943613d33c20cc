"""Bins of about a tenth of the rows each, counted as numpy counts them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from churnkit.bins import bins_of, count_in_bins, quarters, tenths

NUMBERS = st.lists(st.integers(-9, 9).map(float) | st.floats(-1e300, 1e300), min_size=1, max_size=200)


def _tenths(numbers: list[float]) -> np.ndarray:
    return tenths(*np.unique(numbers, return_counts=True))


@given(NUMBERS, st.lists(st.integers(-9, 9).map(float), unique=True, max_size=9).map(sorted))
def test_counts_equal_those_of_numpy(numbers: list[float], edges: list[float]) -> None:
    inside, _ = np.histogram(numbers, [-np.inf, *edges, np.inf])
    assert count_in_bins(np.array(edges), np.array(numbers)).tolist() == inside.tolist()


@given(st.integers(10, 500))
def test_distinct_numbers_give_ten_bins_within_two_rows_of_a_tenth(size: int) -> None:
    numbers = np.random.default_rng(size).permutation(size).astype(float)
    rows = count_in_bins(_tenths(numbers.tolist()), numbers)
    assert len(rows) == 10
    assert np.abs(rows - size / 10).max() < 2


@given(NUMBERS)
def test_no_bin_of_several_numbers_has_more_than_two_tenths(numbers: list[float]) -> None:
    edges = _tenths(numbers)
    bins = np.searchsorted(edges, numbers, side="right")
    for place in np.unique(bins):
        inside = np.array(numbers)[bins == place]
        assert len(set(inside.tolist())) == 1 or len(inside) <= 2 * len(numbers) / 10 + 1


@given(st.lists(st.integers(0, 99).map(float), min_size=1, max_size=50))
def test_a_number_with_more_than_half_of_the_rows_gets_a_bin_of_its_own(others: list[float]) -> None:
    numbers = [*others, *[0.5] * (len(others) + 1)]
    edges = _tenths(numbers)
    at = int(np.searchsorted(edges, 0.5, side="right"))
    assert {n for n in numbers if np.searchsorted(edges, n, side="right") == at} == {0.5}


@given(NUMBERS)
def test_edges_ascend_and_are_finite(numbers: list[float]) -> None:
    edges = _tenths(numbers)
    assert (np.diff(edges) > 0).all()
    assert np.isfinite(edges).all()


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=60))
def test_a_bin_contains_its_lower_edge_and_not_its_upper_one(numbers: list[int]) -> None:
    values = np.array(numbers, dtype=float)
    edges = quarters(values)
    for number, place in zip(values, bins_of(edges, values), strict=True):
        assert place == 0 or edges[place - 1] <= number
        assert place == len(edges) or number < edges[place]


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=60))
def test_quarters_split_the_numbers_after_each_quartile(numbers: list[int]) -> None:
    values = np.array(numbers, dtype=float)
    last = np.unique(np.quantile(values, (0.25, 0.5, 0.75), method="lower"))
    expected = np.searchsorted(last[last < values.max()], values, side="left")
    assert bins_of(quarters(values), values).tolist() == expected.tolist()
