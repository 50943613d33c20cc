"""Values for people: no important digit is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.formatting import format_value


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1234567.0, "1,234,567"),
        (-0.5, "-0.5"),
        (1 / 3, "0.3333"),
        (12345.678, "12,346"),
        (1e20, "1e+20"),
        ("00123", "00123"),
    ],
)
def test_a_value_is_short(value: float | str, words: str) -> None:
    assert format_value(value) == words


@given(st.integers(-(10**14), 10**14))
def test_a_whole_number_keeps_all_its_digits(number: int) -> None:
    assert int(format_value(float(number)).replace(",", "")) == number


@given(st.floats(-1e300, 1e300))
def test_a_number_reads_back_within_four_digits(number: float) -> None:
    assert float(format_value(number).replace(",", "")) == pytest.approx(number, rel=5.1e-4)
