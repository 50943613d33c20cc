"""Whether numbers are finite."""

from __future__ import annotations

import math

import polars as pl


def are_finite(numbers: pl.Series) -> bool:
    """Whether no number is infinite or NaN; null is neither. numbers: Float64.

    NaN and infinity stay in a sum, which takes a tenth of the time of a look at each number.
    """
    return math.isfinite(numbers.sum()) or bool(numbers.is_finite().all())
