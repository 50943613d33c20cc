"""Which columns of a table with observation dates reveal the date: judged on a sample of its rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from churnkit.arrays import Floats
from churnkit.columns import AS_OF
from churnkit.evaluation.clocks import clock_words
from churnkit.groups import rank_texts
from churnkit.profiling.row_sample import RowSample
from churnkit.tables import casts, types


@dataclass
class ClockSample(RowSample):
    """A sample of the rows of a table with observation dates."""

    def clocks(self) -> set[str]:
        """The names of the columns that reveal the date; none with fewer than three dates."""
        if not self.kept:
            return set()
        rows = self.rows
        words, places = rank_texts(rows[AS_OF])
        dates = places.fill_null(len(words)).to_numpy().astype(np.int64)
        names = [name for name in rows.columns if name != AS_OF]
        return {name for name in names if _is_clock(rows[name], dates)}


def _is_clock(texts: pl.Series, dates: np.ndarray) -> bool:
    kind = types.type_of(texts)
    if kind == types.TIMESTAMP:
        return False
    is_category = kind not in (types.INTEGER, types.FLOAT)
    values: Floats
    if is_category:
        values = rank_texts(texts)[1].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    else:
        values = casts.cast_numbers(texts).values.fill_null(float("nan")).to_numpy()
    return clock_words(values, dates, is_category=is_category) is not None
