"""Numbers are finite exactly if each of them is."""

from __future__ import annotations

import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.tables.finite import are_finite


@given(st.lists(st.none() | st.floats(), max_size=6))
def test_numbers_are_finite_if_each_is(numbers: list[float | None]) -> None:
    assert are_finite(pl.Series(numbers, dtype=pl.Float64)) == all(map(math.isfinite, filter(None, numbers)))


@pytest.mark.parametrize("sign", [1, -1])
def test_a_sum_that_is_too_large_is_no_sign(sign: int) -> None:
    assert are_finite(pl.Series([sign * 1e308] * 3))
