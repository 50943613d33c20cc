"""The effective number of customers, (Σk)² / Σk², in constant memory: exact for few, close for many."""

from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.drift import customers
from churnkit.drift.customers import CustomerCount
from tests.texts import ANY_CHARACTER


def _kish(ids: list[str | None]) -> float:
    rows = Counter(ids).values()
    return sum(rows) ** 2 / sum(k * k for k in rows)


@given(
    st.lists(st.sampled_from(["a", "b", "c", "", None]) | st.text(ANY_CHARACTER, max_size=3), min_size=1),
    st.integers(1, 9),
)
def test_few_customers_are_counted_exactly_however_the_rows_are_split(
    ids: list[str | None], block: int
) -> None:
    count = CustomerCount()
    for start in range(0, len(ids), block):
        count.see(pl.Series(ids[start : start + block], dtype=pl.String))
    assert count.effective == pytest.approx(_kish(ids))


def test_no_rows_are_no_customers() -> None:
    assert CustomerCount().effective == 0


@pytest.mark.parametrize("rows_each", ["12", "geometric", "zipf"])
def test_many_customers_are_counted_within_two_percent(
    rows_each: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four standard errors of the sketch; where one customer has half of the rows, as well."""
    monkeypatch.setattr(customers, "MOST_COUNTED", 1_000)
    for seed in range(5):
        rng = np.random.default_rng(seed)
        rows = {
            "12": np.full(5_000, 12),
            "geometric": rng.geometric(0.1, 5_000),
            "zipf": rng.zipf(1.6, 5_000),
        }[rows_each]
        rows = np.minimum(rows, 100_000)
        ids = pl.Series(rng.permutation(np.repeat(np.arange(5_000), rows))).cast(pl.String)
        count = CustomerCount()
        for start in range(0, len(ids), 100_000):
            count.see(ids[start : start + 100_000])
        assert not count.counted.is_exact
        assert count.effective == pytest.approx(rows.sum() ** 2 / (rows.astype(float) ** 2).sum(), rel=0.022)
