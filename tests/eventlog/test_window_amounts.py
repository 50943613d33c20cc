"""Figures of the numbers in a window equal those of the statistics module."""

from __future__ import annotations

import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.eventlog.window_amounts import WindowAmounts

NUMBERS = st.lists(st.integers(-50, 50).map(lambda cents: cents / 10), max_size=20)


@given(NUMBERS, st.data())
def test_figures_are_those_of_each_range(numbers: list[float], data: st.DataObject) -> None:
    borders = sorted(data.draw(st.lists(st.integers(0, len(numbers)), min_size=2, max_size=8)))
    start, end = np.array(borders[:-1:2]), np.array(borders[1::2])
    start = start[: len(end)]
    amounts = WindowAmounts(np.array(numbers, dtype=np.float64), start, end)
    for place, (first, behind) in enumerate(zip(start.tolist(), end.tolist(), strict=True)):
        own = numbers[first:behind]
        found = [
            figure[place] for figure in (amounts.sums, amounts.smallest, amounts.largest, amounts.deviations)
        ]
        expected = [sum(own), min(own), max(own)] if own else [np.nan] * 3
        deviation = statistics.stdev(own) if len(own) > 1 else np.nan
        assert found == pytest.approx([*expected, deviation], nan_ok=True, abs=1e-12)


def test_amounts_that_cancel_out_are_exactly_zero() -> None:
    amounts = WindowAmounts(np.array([0.1, 0.2, -0.3]), np.array([0]), np.array([3]))
    assert amounts.sums.tolist() == [0.0]
    assert 0.1 + 0.2 - 0.3 != 0
