"""The limits and chances of check."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.checks.chance import is_never_negative, limit_beyond, none_before


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 40))
def test_the_chance_of_none_before_is_hypergeometric(base: int, new: int, k: int) -> None:
    k = min(k, new)
    assert none_before(k, base, new) == pytest.approx(comb(new, k) / comb(base + new, k), rel=1e-9)


TAILS = {
    "uniform": lambda rng, n: rng.uniform(18, 90, n),
    "normal": lambda rng, n: rng.normal(50, 10, n),
    "exponential": lambda rng, n: rng.exponential(30, n),
    "lognormal": lambda rng, n: rng.lognormal(3, 1, n),
    "gamma": lambda rng, n: rng.gamma(2, 9, n),
}


def _limits(values: np.ndarray) -> tuple[float, float]:
    lower, median, upper = np.quantile(values, (0.25, 0.5, 0.75))
    ends = (lower, values.min()), (upper, values.max())
    found = [limit_beyond(len(values), median, q, end, is_whole=False) for q, end in ends]
    return float(found[0] or -np.inf), float(found[1] or np.inf)


@pytest.mark.parametrize("tail", TAILS)
def test_honest_numbers_pass_no_limit_and_a_slip_of_three_digits_does(tail: str) -> None:
    rng, passed = np.random.default_rng(0), 0
    for rows in (300, 3_000) * 20:
        low, high = _limits(TAILS[tail](rng, rows))
        fresh = TAILS[tail](rng, 20_000)
        passed += int(((fresh < low) | (fresh > high)).sum())
        assert rows < 3_000 or fresh.max() * 1_000 > high
    assert passed <= 1


def test_few_rows_and_equal_numbers_have_no_limit() -> None:
    assert limit_beyond(99, 5, 6, 9, is_whole=False) is None
    assert limit_beyond(1_000, 5, 5, 5, is_whole=False) is None


@pytest.mark.parametrize(
    ("values", "is_border"),
    [
        (np.random.default_rng(0).lognormal(3, 0.5, 2_000), True),
        (np.random.default_rng(0).poisson(0.4, 2_000), True),
        (np.random.default_rng(0).integers(18, 91, 2_000), True),
        (np.abs(np.random.default_rng(0).normal(14, 3.5, 2_000)), False),
        (np.random.default_rng(0).normal(0, 3, 2_000), False),
    ],
    ids=["amounts", "counts", "ages", "degrees", "differences"],
)
def test_zero_is_a_border_of_amounts_counts_and_ages_only(values: np.ndarray, is_border: bool) -> None:
    lower, median = np.quantile(values, (0.25, 0.5))
    found = is_never_negative(
        len(values), float(values.min()), float(lower), float(median), float(values.max())
    )
    assert found == is_border
