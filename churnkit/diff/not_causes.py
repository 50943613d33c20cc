"""Columns that cannot be the cause of a difference, and why: those that `fit` would leave out of a model."""

from __future__ import annotations

import numpy as np
import polars as pl

from churnkit.arrays import Flags, Floats, Ints
from churnkit.diff.decomposition import ComparedRows
from churnkit.evaluation.leaks import leak_of_values
from churnkit.tables import casts, types

MIN_ID_ROWS = 100  # from this many rows on, unique whole numbers are taken for an id
CLOCK_SHARE = 0.5  # of the variance of the ranks, or of the rows: above it a column tells before from after
TELLS_SIDE = "tells before from after"


def reason_not_a_cause(values: pl.Series, codes: Ints, rows: ComparedRows) -> str | None:
    """Why a column is no cause, or None.

    values: (v,) its different texts. codes: (n,) position in values of each row's value, v without one.
    """
    kind, missing = types.type_of(values), len(values)
    if kind == types.TIMESTAMP:
        return "a time"
    if kind == types.INTEGER and len(codes) >= MIN_ID_ROWS and len(values) == int((codes < missing).sum()):
        return "unique whole numbers, probably an id"
    is_category = kind not in (types.INTEGER, types.FLOAT)
    numbers = codes.astype(float) if is_category else _numbers(values)[codes]
    numbers[codes == missing] = np.nan
    if _is_clock(numbers, rows.after, rows.multiplicity, is_category):
        return TELLS_SIDE
    if not rows.is_binary or rows.times is not None:  # rows of --per are sums, no customers
        return None
    leak = leak_of_values(numbers, rows.x, is_category)
    return leak.why if leak else None


def _numbers(values: pl.Series) -> Floats:
    """(v + 1,) the numbers of the texts, and NaN."""
    return np.append(casts.cast_numbers(values).values.to_numpy(), np.nan)


def _is_clock(numbers: Floats, after: Flags, times: Floats, is_category: bool) -> bool:
    """Whether a column tells before from after.

    Most of its rows hold a value of one side alone, or the side explains most of the variance of the ranks.
    """
    filled = ~np.isnan(numbers)
    if not filled.any():
        return False
    _, place = np.unique(numbers[filled], return_inverse=True)
    sides = [np.bincount(place, weights=times[filled] * (after[filled] == side)) for side in (False, True)]
    before, now = sides
    if not before.sum() or not now.sum():
        return False
    both = before + now
    if is_category:
        return bool(both[(before == 0) | (now == 0)].sum() > CLOCK_SHARE * both.sum())
    rank = np.cumsum(both) - (both - 1) / 2
    middle = float(both @ rank / both.sum())
    within = float(both @ (rank - middle) ** 2)
    between = sum(side.sum() * (side @ rank / side.sum() - middle) ** 2 for side in sides)
    return within > 0 and between > CLOCK_SHARE * within
