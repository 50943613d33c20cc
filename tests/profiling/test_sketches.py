"""Small summaries: exact while small, within the stated errors when large, in any order."""

from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnkit.bins import count_in_bins
from churnkit.profiling import sketches


def _hashed(numbers: np.ndarray) -> np.ndarray:
    return pl.Series(numbers.astype(str)).hash(seed=0).to_numpy()


@given(st.lists(st.integers(0, 60), max_size=200), st.integers(1, 40))
def test_few_values_are_counted_exactly_however_they_are_split(numbers: list[int], part: int) -> None:
    sample = sketches.HashSample(64)
    hashes = _hashed(np.array(numbers)) if numbers else np.empty(0, dtype=np.uint64)
    for start in range(0, len(numbers), part):
        sample.add(hashes[start : start + part])
    assert sample.is_exact
    assert sample.distinct == len(set(numbers))
    assert sample.repeats == len(numbers) - len(set(numbers))


def test_many_values_are_estimated_within_a_few_standard_errors() -> None:
    rng = np.random.default_rng(1)
    for distinct in (50_000, 200_000):
        sample = sketches.HashSample(4_096)
        numbers = rng.permutation(np.repeat(np.arange(distinct), 2))
        for part in np.array_split(_hashed(numbers), 7):
            sample.add(part)
        assert not sample.is_exact
        assert sample.distinct == pytest.approx(distinct, rel=5 * 1.2 / 2_048**0.5)
        assert sample.repeats == sample.distinct


@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(1, 5)), min_size=1, max_size=400),
    st.integers(1, 60),
    st.integers(3, 50),
    st.booleans(),
)
def test_a_sample_has_all_hashes_that_begin_with_its_zeros_and_their_rows(
    given: list[tuple[int, int]], part: int, capacity: int, is_weighted: bool
) -> None:
    sample, totals = sketches.HashSample(capacity), Counter[int]()
    for start in range(0, len(given), part):
        numbers, rows = map(np.array, zip(*given[start : start + part], strict=True))
        sample.add(_hashed(numbers), rows if is_weighted else None)
        for value, n in zip(_hashed(numbers).tolist(), rows.tolist(), strict=True):
            totals[value] += n if is_weighted else 1
    distinct, zeros = sample.distinct, sample.zeros
    kept = [value for value in totals if value < 2 ** (64 - zeros)]
    assert len(kept) <= capacity
    assert zeros == 0 or sum(value < 2 ** (65 - zeros) for value in totals) > capacity
    assert distinct == len(kept) << zeros
    assert sample.repeats == (sum(totals[value] for value in kept) - len(kept)) << zeros
    assert sample.hashes.tolist() == sorted(kept)


def test_no_repeats_are_reported_if_no_row_repeats() -> None:
    sample = sketches.HashSample(256)
    for part in np.array_split(_hashed(np.arange(20_000)), 9):
        sample.add(part)
    assert sample.repeats == 0


@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=300),
    st.integers(2, 12),
    st.integers(1, 80),
    st.booleans(),
)
def test_a_frequent_value_is_never_missed_by_more_than_the_error(
    numbers: list[int], capacity: int, part: int, weighted: bool
) -> None:
    frequent = sketches.FrequentValues(capacity)
    for start in range(0, len(numbers), part):
        texts = pl.Series([str(n) for n in numbers[start : start + part]])
        rows = None
        if weighted:
            counts = texts.value_counts(name="rows")
            texts, rows = counts.to_series(0), counts["rows"].to_numpy().astype(np.int64)
        frequent.add(texts, texts.hash(seed=0).to_numpy(), rows)
    told = dict(frequent.table.select("value", "rows").iter_rows())
    for number in set(numbers):
        true = numbers.count(number)
        assert true - frequent.error <= told.get(str(number), 0) <= true
    assert all(rows > frequent.error for _, rows in frequent.top(5))
    assert frequent.table.height <= capacity


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=60), st.integers(1, 20)
)
def test_a_bucket_is_within_the_stated_error_of_its_numbers(numbers: list[float], part: int) -> None:
    buckets = sketches.NumberBuckets()
    array = np.array(numbers)
    for start in range(0, len(array), part):
        some = array[start : start + part]
        buckets.add(some, np.ones((1, len(some)), dtype=np.int64))
    assert buckets.weights is not None
    told = np.repeat(buckets.numbers, buckets.weights[0])
    centre = buckets.centre or 0.0
    for said, true in zip(
        told / 4, np.sort(array) / 4, strict=True
    ):  # a distance may be past the largest double
        allowed = abs(true - centre / 4) * sketches.RELATIVE_ERROR + abs(true) * 1e-15
        assert abs(said - true) <= allowed * 1.0001 + 1e-300


@given(
    st.lists(
        st.one_of(
            st.floats(allow_nan=False, allow_infinity=False),
            st.sampled_from([0.0, -0.0, 1.0, 5e-324, -1e6, 1e6, 1e6 + 1e-9, 1.7e308, -1.7e308]),
            st.floats(-3, 3),
        ),
        min_size=1,
        max_size=80,
    ),
    st.integers(1, 30),
)
@settings(max_examples=100)  # floats at the ends of their range are rare
def test_tenths_of_buckets_have_exact_counts(numbers: list[float], part: int) -> None:
    buckets, array = sketches.NumberBuckets(), np.array(numbers)
    for start in range(0, len(array), part):
        some = array[start : start + part]
        buckets.add(some, np.ones((1, len(some)), dtype=np.int64))
    assert buckets.distribution is not None
    tenths = buckets.distribution.tenths()
    edges = np.array(tenths["edges"])
    assert (edges[1:] > edges[:-1]).all()
    assert tenths["rows"] == count_in_bins(edges, array).tolist()


def test_numbers_far_from_zero_are_distinguished() -> None:
    buckets = sketches.NumberBuckets()
    buckets.add(np.arange(1.7e9, 1.7e9 + 10_000), np.ones((1, 10_000), dtype=np.int64))
    assert buckets.distribution is not None
    assert buckets.distribution.quantiles()["0.25"] == pytest.approx(1.7e9 + 2_500, abs=3)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50), st.integers(1, 20))
def test_moments_are_those_of_numpy_however_the_rows_are_split(numbers: list[float], part: int) -> None:
    array, moments = np.array(numbers), sketches.Moments()
    for start in range(0, len(array), part):
        moments.add(array[start : start + part])
    assert moments.mean == pytest.approx(array.mean(), rel=1e-9, abs=1e-6)
    if len(array) > 1:
        assert moments.std == pytest.approx(array.std(ddof=1), rel=1e-6, abs=1e-4)
    values, rows = np.unique(array, return_counts=True)
    weighted = sketches.Moments()
    weighted.add(values, rows)
    assert weighted.mean == pytest.approx(moments.mean, rel=1e-9, abs=1e-6)
