"""Columns that cannot be the cause of a difference, and why: those that `fit` would leave out of a model."""

from __future__ import annotations

import numpy as np
import polars as pl

from churnkit.arrays import Floats, Ints
from churnkit.diff.decomposition import ComparedRows
from churnkit.evaluation.clocks import MAX_SHARE, share_explained
from churnkit.evaluation.leaks import leak_of_values
from churnkit.tables import casts, types

TELLS_SIDE = "tells before from after"


def reason_not_a_cause(values: pl.Series, codes: Ints, rows: ComparedRows) -> str | None:
    """The reason why a column cannot be a cause; None if it can.

    values: (v,) its different texts. codes: (n,) position in values of each row's value, v without one.
    """
    kind, missing = types.type_of(values), len(values)
    if kind == types.TIMESTAMP:
        return "a time"
    is_unique = len(values) == int((codes < missing).sum())
    if kind == types.INTEGER and len(codes) >= types.MIN_ID_ROWS and is_unique:
        return "unique whole numbers, probably an id"
    is_category = kind not in (types.INTEGER, types.FLOAT)
    numbers = codes.astype(float) if is_category else _numbers(values)[codes]
    numbers[codes == missing] = np.nan
    if share_explained(numbers, rows.side, rows.times, is_category=is_category) > MAX_SHARE:
        return TELLS_SIDE
    if not rows.is_binary or rows.times is not None:  # rows of --per are sums, no customers
        return None
    leak = leak_of_values(numbers, rows.x, is_category)
    return leak.why if leak else None


def _numbers(values: pl.Series) -> Floats:
    """(v + 1,) the numbers of the texts, and NaN."""
    return np.append(casts.cast_numbers(values).values.to_numpy(), np.nan)
