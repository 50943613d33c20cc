"""What was said last: the latest value that is not empty of any column."""

from __future__ import annotations

import numpy as np
import polars as pl

from churnkit.eventlog.log_as_of import LogAsOf


def last(past: LogAsOf, of: str, days: int) -> pl.Series:
    """The latest value before as_of; of two at one time the later line; empty where there is none."""
    history = past.log
    row, exists = past.last(history.rows_with(of))
    if of not in history.texts:
        return pl.Series(np.where(exists, history.values[of][row], np.nan)).fill_nan(None)
    if not exists.any():
        return pl.Series(values=[None] * len(row), dtype=pl.String)
    return history.texts[of].gather(row).set(pl.Series(~exists), None)
