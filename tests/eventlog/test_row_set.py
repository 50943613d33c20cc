"""Rows are counted in a range as the elements of a set are."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from churnkit.eventlog.row_set import RowSet

FLAGS = st.lists(st.booleans(), min_size=1, max_size=30)


@given(FLAGS, st.data())
def test_rows_are_counted_in_half_open_ranges(flags: list[bool], data: st.DataObject) -> None:
    rows = {row for row, is_in in enumerate(flags) if is_in}
    borders = data.draw(st.lists(st.integers(0, len(flags)), min_size=2, max_size=8))
    ends = np.array(sorted(borders))
    found = RowSet(np.array(flags)).count(ends[:-1], ends[1:])
    pairs = zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)
    assert found.tolist() == [len(rows & set(range(*pair))) for pair in pairs]


@given(FLAGS)
def test_some_of_the_rows_are_a_row_set_too(flags: list[bool]) -> None:
    every = RowSet(np.array(flags))
    kept = np.arange(len(every.rows)) % 2 == 0
    assert every.only(kept).rows.tolist() == every.rows.tolist()[::2]
    assert every.before[-1] == len(every.rows) == sum(flags)
