"""Values of a profile as JSON holds them, and a sample that does not depend on the order of rows."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from churnkit.profiling.column_statistics import (
    ColumnStatistics,
    instant_text,
    smallest_texts,
    whole_ends,
)
from churnkit.profiling.distribution import Distribution
from churnkit.profiling.personal_data import SAMPLE
from churnkit.tables import types


@given(st.integers(-(10**25), 10**25))
def test_a_whole_number_keeps_all_its_digits(number: int) -> None:
    shown = whole_ends(number, number)[0]
    assert int(shown) == number
    assert isinstance(shown, int) == (abs(number) < 2**63)


@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)))
def test_an_instant_is_rounded_down_to_the_second(moment: datetime) -> None:
    instant = (moment - datetime(1970, 1, 1)) // timedelta(microseconds=1)
    assert instant_text(instant) == moment.replace(microsecond=0).isoformat() + "Z"


@given(st.integers(0, 3 * SAMPLE), st.integers(0, 9))
def test_a_sample_does_not_depend_on_the_order_of_rows(size: int, seed: int) -> None:
    texts = [f"value {k}" for k in range(size)]
    shuffled = random.Random(seed).sample(texts, size)
    whole = smallest_texts(shuffled)
    assert len(whole) == min(size, SAMPLE)
    assert set(whole) == set(smallest_texts(texts))
    half = smallest_texts(shuffled[: size // 2])
    assert set(smallest_texts([*half, *shuffled[size // 2 :]])) == set(whole)


def test_only_numbers_have_a_numeric_distribution() -> None:
    distribution = Distribution.of(np.array([1.0]), np.array([[1]]))
    assert ColumnStatistics(types.FLOAT, 1, distribution=distribution).numeric_distribution is distribution
    assert ColumnStatistics(types.TIMESTAMP, 1, distribution=distribution).numeric_distribution is None
