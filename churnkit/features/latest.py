"""The latest non-empty value of any column, and the days until the latest date."""

from __future__ import annotations

import numpy as np
import polars as pl

from churnkit.arrays import Floats
from churnkit.eventlog.log_as_of import LogAsOf
from churnkit.windows import DAY


def last(past: LogAsOf, of: str, days: int) -> Floats | pl.Series:
    """The latest non-empty value before as_of, or empty; of two at the same time, the later line."""
    log = past.log
    row, exists = past.last(log.rows_with(of))
    if of not in log.texts:
        return np.where(exists, log.values[of][row], np.nan)
    if not exists.any():
        return pl.Series(values=[None] * len(row), dtype=pl.String)
    return log.texts[of].gather(row).cast(pl.String).set(pl.Series(~exists), None)


def in_days(past: LogAsOf, of: str, days: int) -> Floats:
    """Days from as_of to the latest non-empty date known before it; negative for a date in the past."""
    row, exists = past.last(past.log.rows_with(of))
    return np.where(exists, (past.log.dates[of][row] - past.as_of.instant) / DAY, np.nan)
