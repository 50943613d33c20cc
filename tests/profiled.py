"""A profile of rows in memory, for the tests of profiling."""

from __future__ import annotations

from typing import Any

import polars as pl

from churnkit.profiling.column_statistics import Record
from churnkit.profiling.profile import Profile


def profiled(
    rows: pl.DataFrame, part: int = 1 << 20, truth: list[int | None] | None = None, **options: Any
) -> dict[Any, Record]:
    """Column → record; None is the record of the table. part: rows that are seen at a time."""
    profile = Profile(**options)
    for start in range(0, max(rows.height, 1), part):
        some = None if truth is None else pl.Series(truth[start : start + part], dtype=pl.Int8)
        for step in profile.steps(rows[start : start + part], some).values():
            step()
    return {record["column"]: record for record in profile.records(0, "")}
