"""A profile flags the columns that reveal the observation date."""

from __future__ import annotations

import polars as pl

from churnkit.profiling import row_sample
from churnkit.profiling.clocks import ClockSample


def _panel(dates: int, customers: int) -> pl.DataFrame:
    rows = [
        (f"2024-0{date + 1}-01", f"c{customer}", str(date * 30 + customer % 7), "ab"[customer % 2])
        for date in range(dates)
        for customer in range(customers)
    ]
    return pl.DataFrame(rows, schema=["as_of", "customer_id", "tenure_days", "plan"], orient="row")


def test_a_column_that_grows_with_the_dates_is_a_clock() -> None:
    sample = ClockSample()
    sample.add(_panel(4, 50))
    assert sample.clocks() == {"tenure_days"}


def test_two_dates_or_none_reveal_nothing() -> None:
    sample = ClockSample()
    assert sample.clocks() == set()
    sample.add(_panel(2, 50))
    assert sample.clocks() == set()


def test_few_rows_are_kept_evenly() -> None:
    rows = _panel(4, 5_000)
    whole, parts = ClockSample(), ClockSample()
    whole.add(pl.concat([rows] * 5))
    for start in range(0, 5 * rows.height, 7_000):
        parts.add(pl.concat([rows] * 5).slice(start, 7_000))
    kept = [sum(part.height for part in sample.kept) for sample in (whole, parts)]
    assert max(kept) <= 2 * row_sample.MOST_ROWS
    assert parts.clocks() == whole.clocks() == {"tenure_days"}
