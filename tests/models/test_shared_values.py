"""Histograms of a model show no number of few customers, and count the training rows as before."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.bins import bins_of
from churnkit.groups import LEAST_CUSTOMERS
from churnkit.models.columns import NUMBER, Column, check_histogram, histogram
from churnkit.models.shared_values import between

NUMBERS = st.one_of(st.integers(-20, 20).map(float), st.floats(-1e6, 1e6, allow_subnormal=False))
TABLES = st.lists(st.tuples(st.integers(0, 12), NUMBERS), min_size=1, max_size=120)


def _customers_with(values: list[float], customers: list[int], number: float) -> int:
    return len({who for who, value in zip(customers, values, strict=True) if value == number})


@given(TABLES)
def test_no_number_of_a_histogram_is_a_value_of_few_customers(rows: list[tuple[int, float]]) -> None:
    customers, values = (list(part) for part in zip(*rows, strict=True))
    found = histogram(Column("x", NUMBER), np.array(values), np.array(customers))
    for number in [*found["edges"], *found["limits"]]:
        assert _customers_with(values, customers, number) == 0 or (
            _customers_with(values, customers, number) >= LEAST_CUSTOMERS
        )
    assert found["limits"][0] <= min(values)
    assert found["limits"][1] >= max(values)
    assert check_histogram(found, None) == found


@given(TABLES)
def test_a_bin_has_enough_customers_or_nobody(rows: list[tuple[int, float]]) -> None:
    customers, values = (np.array(part) for part in zip(*rows, strict=True))
    found = histogram(Column("x", NUMBER), values, customers)
    bins = bins_of(np.array(found["edges"]), values)
    assert found["rows"] == np.bincount(bins, minlength=len(found["edges"]) + 1).tolist()
    if found["edges"]:
        assert all(
            len(set(customers[bins == place])) >= LEAST_CUSTOMERS for place in np.flatnonzero(found["rows"])
        )


def test_a_number_of_one_customer_at_many_dates_gets_no_bin() -> None:
    values = np.array([7345.5] * 30 + [float(k % 20) for k in range(100)])
    customers = np.array([0] * 30 + list(range(1, 101)))
    plain, shown = (histogram(Column("x", NUMBER), values, who) for who in (None, customers))
    assert 7345.5 in plain["edges"]
    assert not {7345.5, math.nextafter(7345.5, math.inf)} & {*shown["edges"], *shown["limits"]}
    assert shown["limits"] == [0.0, 7400.0]


def test_numbers_of_many_customers_stay_as_they_are() -> None:
    values, customers = np.array([float(k % 10) for k in range(200)]), np.arange(200) // 2
    plain, shown = (histogram(Column("x", NUMBER), values, who) for who in (None, customers))
    assert shown == plain


def test_edges_part_continuous_values_as_before() -> None:
    values = np.random.default_rng(0).lognormal(3, 1, 2_000)
    plain, shown = (histogram(Column("x", NUMBER), values, who) for who in (None, np.arange(2_000)))
    assert [rows for rows in shown["rows"] if rows] == [rows for rows in plain["rows"] if rows]
    assert not {*values} & {*shown["edges"], *shown["limits"], *shown["quartiles"]}


@given(NUMBERS, NUMBERS)
def test_a_round_number_lies_between_two_numbers(one: float, other: float) -> None:
    low, high = min(one, other), max(one, other)
    if math.nextafter(low, math.inf) < high:
        assert low < between(low, high) < high


@pytest.mark.parametrize(
    ("low", "high", "round_"),
    [
        (3.2, 4.7, 4.0),
        (0.12, 0.19, 0.13),
        (-3.0, 5.0, 0.0),
        (3.0, 4.0, 3.1),
        (987.1, 1_234.0, 1_000.0),
        (-2.0, -1.0, -1.9),
    ],
)
def test_the_roundest_number_is_taken(low: float, high: float, round_: float) -> None:
    assert between(low, high) == round_
