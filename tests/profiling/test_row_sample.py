"""An even sample of rows."""

from __future__ import annotations

import polars as pl
import pytest

from churnkit.profiling import row_sample
from churnkit.profiling.row_sample import RowSample


@pytest.mark.parametrize("block", [1, 7, 40, 1_000])
def test_the_kept_rows_depend_on_the_number_of_rows_alone(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_sample, "MOST_ROWS", 10)
    rows, sample = pl.DataFrame({"a": range(103), "b": [1.5] * 103}), RowSample()
    for start in range(0, 103, block):
        sample.add(rows.slice(start, block))
    assert sample.rows["a"].to_list() == [str(k) for k in range(0, 103, 8)]


def test_a_column_that_a_block_lacks_is_empty_there() -> None:
    sample = RowSample()
    sample.add(pl.DataFrame({"a": [1]}))
    sample.add(pl.DataFrame({"b": ["x"]}))
    assert sample.rows.rows() == [("1", None), (None, "x")]
