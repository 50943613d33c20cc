"""Rows are sorted by id, time and their order, in memory or in runs that are merged."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.tables import sorting

ROWS = st.lists(
    st.tuples(st.sampled_from(["", "a", "b", "ä", "a b", "b\U0001f600"]), st.integers(0, 5)), max_size=30
)


@given(ROWS, st.integers(1, 9), st.sampled_from([1, 200, 1 << 20]))
def test_runs_are_merged_as_python_sorts(rows: list[tuple[str, int]], block: int, run_bytes: int) -> None:
    table = pl.DataFrame(
        {"id": [who for who, _ in rows], "at": [at for _, at in rows], "place": range(len(rows))},
        schema={"id": pl.String, "at": pl.Int64, "place": pl.Int64},
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sorting, "PIECE_ROWS", 3)
        patch.setattr(sorting, "RANGE_PIECES", 2)
        parts = list(sorting.sort_rows(table.iter_slices(block), "id", "at", run_bytes))
    expected = sorted(range(len(rows)), key=lambda k: (rows[k][0].encode(), rows[k][1]))
    assert [place for part in parts for place in part["place"]] == expected
    of_part = [set(part["id"]) for part in parts]
    assert sum(map(len, of_part)) == len({who for who, _ in rows})  # each id is in one part


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-(2**62), 2**62)), min_size=1, max_size=20))
def test_the_order_is_that_of_numpy(rows: list[tuple[int, int]]) -> None:
    codes, times = np.array([c for c, _ in rows], dtype=np.int32), np.array([t for _, t in rows])
    order = sorting.sorted_order(codes, times)
    expected = np.lexsort((times, codes))
    assert (np.arange(len(rows)) if order is None else order).tolist() == expected.tolist()
