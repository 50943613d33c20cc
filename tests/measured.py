"""Rows of `measure` and the histories that a forecast reads from them, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from hypothesis import strategies as st

from churnkit import windows
from churnkit.forecast.projection import History

FIELDS = (
    "period", "customers_start", "new", "returned", "churned", "customers_end", "revenue_start",
    "revenue_churned", "complete",
)  # fmt: skip
FIGURES = st.lists(
    st.tuples(st.integers(0, 400), st.integers(0, 60), st.floats(0, 0.5)), min_size=6, max_size=30
)


def history(figures: Sequence[tuple[int, int, float]], start: int = 1_000, money: float = 10.0) -> History:
    """Months from 2020 on. figures: new, returned, and the share that churns. money: per customer."""
    rows = []
    for new, returned, rate in figures:
        churned = int(start * rate)
        end = start - churned + new + returned
        rows.append((start, new + returned, churned, end, money * start, money * churned * 0.9))
        start = end
    days = [windows.add_step(date(2020, 1, 1), "1mo", place) for place in range(len(rows))]
    return History((), days, *np.array(rows, dtype=np.float64).T)


def lines(known: History, incomplete: int = 0) -> list[str]:
    """The history as lines of CSV; the last rows may be incomplete."""
    rows = []
    for place, day in enumerate(known.days):
        figures = (known.customers[place], known.arriving[place], 0, known.churned[place], known.end[place])
        assert known.revenue is not None
        assert known.revenue_churned is not None
        money = (known.revenue[place], known.revenue_churned[place])
        complete = "true" if place < len(known.days) - incomplete else "false"
        rows.append(",".join([str(day), *(f"{figure:g}" for figure in figures), *map(str, money), complete]))
    return [",".join(FIELDS), *rows]
