"""Encodes features as float32 columns for trees, and adds up contributions by feature again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
import numpy as np

from churnkit.arrays import Floats, Singles
from churnkit.evaluation.metrics import smooth_rate
from churnkit.models.columns import Column, TrainingRows

PLAIN_ROWS = 16  # up to this many rows, plain Python is faster than numpy: for one row 6 to 18 times


@dataclass(frozen=True)
class EncodedColumn:
    """One column that a tree may test; a model file has the same fields.

    feature: its index among the features. lookup: for a category, the number for each category index, the
    last one for a value outside the categories; empty for a number.
    """

    feature: Annotated[int, msgspec.Meta(ge=0)]
    lookup: tuple[Annotated[float, msgspec.Meta(gt=-1e30, lt=1e30)], ...] = ()


Design = tuple[EncodedColumn, ...]
DesignFile = Annotated[Design, msgspec.Meta(min_length=1)]


def encode(design: Design, matrix: Floats) -> Singles:
    """(n, m) float32 from a matrix (n, k); a missing value stays NaN."""
    out = np.empty((len(matrix), len(design)), dtype=np.float32, order="F")
    with np.errstate(over="ignore"):  # a number beyond float32 becomes infinite; comparisons stay right
        if len(matrix) <= PLAIN_ROWS:
            for place, row in enumerate(matrix.tolist()):
                out[place] = [_encode_value(row[column.feature], column.lookup) for column in design]
            return out
        for place, column in enumerate(design):
            values = matrix[:, column.feature]
            out[:, place] = look_up(values, column.lookup) if column.lookup else values
    return out


def _encode_value(value: float, lookup: Sequence[float]) -> float:
    is_looked_up = lookup and value == value  # only NaN, missing, is not itself
    return lookup[int(value)] if is_looked_up else value


def encode_for_fit(design: Design, matrix: Floats) -> Singles:
    """As `encode`, but numbers beyond float32 become its largest number: no library trains on infinity.

    Every threshold is smaller than that, so no row changes sides.
    """
    largest = np.finfo(np.float32).max
    return np.clip(encode(design, matrix), -largest, largest)


def look_up(values: Floats, lookup: Sequence[float]) -> Floats:
    """(n,) the number in the lookup for each category index; NaN if missing."""
    missing = np.isnan(values)
    table = np.array(lookup, dtype=np.float64)
    return np.where(missing, np.nan, table[np.where(missing, 0, values).astype(np.int64)])


def words_by_side(
    column: EncodedColumn, categories: Sequence[str], threshold: float
) -> tuple[tuple[list[str], bool], tuple[list[str], bool]]:
    """The categories left and right of a threshold, and on each side whether other values are there too."""
    *codes, other = np.array(column.lookup, dtype=np.float32) < np.float32(threshold)
    left = [word for word, is_left in zip(categories, codes, strict=True) if is_left]
    right = [word for word, is_left in zip(categories, codes, strict=True) if not is_left]
    return (left, bool(other)), (right, not other)


def encode_by_rate(data: TrainingRows) -> Design:
    """Numbers unchanged; a category becomes its rank among the categories ordered by churn rate.

    A split of such a column separates the categories as well as any subset could (Breiman et al., 1984,
    Classification and regression trees, theorem 4.5). Rates are smoothed by ten rows of the base rate.
    """
    design = []
    for place, column in enumerate(data.columns):
        lookup: tuple[float, ...] = ()
        if column.is_category:
            codes = data.matrix[:, place]
            known = ~np.isnan(codes)
            at, weights = codes[known].astype(np.int64), data.weights[known]
            rows = np.bincount(at, weights=weights, minlength=column.other + 1)
            churned = np.bincount(at, weights=weights * data.truth[known], minlength=column.other + 1)
            rates = smooth_rate(churned, rows, data.base_rate)
            order = np.lexsort((np.arange(len(rates)), rates))
            lookup = tuple(float(rank) for rank in np.argsort(order))
        design.append(EncodedColumn(place, lookup))
    return tuple(design)


def directions(design: Design, columns: Sequence[Column], settings: Mapping[str, Any]) -> list[int]:
    """The `direction` of each design column."""
    return [direction(columns[column.feature], settings) for column in design]


def direction(column: Column, settings: Mapping[str, Any]) -> int:
    """1 if higher values may only raise the probability, -1 if only lower it, else 0.

    settings: rising, falling: names of number columns.
    """
    return int(column.name in settings.get("rising", ())) - int(column.name in settings.get("falling", ()))


def one_hot(columns: Sequence[Column]) -> Design:
    """Numbers unchanged; a category becomes one column per value: 1 for rows with that value, else 0."""
    design = []
    for place, column in enumerate(columns):
        if not column.is_category:
            design.append(EncodedColumn(place))
            continue
        for level in range(column.other):
            lookup = [0.0] * (column.other + 1)
            lookup[level] = 1.0
            design.append(EncodedColumn(place, tuple(lookup)))
    return tuple(design)


def sum_by_feature(design: Design, contributions: Floats, features: int) -> Floats:
    """(n, features) the contributions of design columns (n, m), added up by feature."""
    out = np.zeros((len(contributions), features))
    for place, column in enumerate(design):
        out[:, column.feature] += contributions[:, place]
    return out


def to_plain(design: Design) -> list[dict[str, Any]]:
    """The design as plain values, for JSON."""
    return [
        {"feature": c.feature, "lookup": list(c.lookup)} if c.lookup else {"feature": c.feature}
        for c in design
    ]


def check_design(design: Design, columns: Sequence[Column]) -> Design:
    """The design itself. Raises ValueError if it does not fit these columns."""
    for place, column in enumerate(design):
        where = f"parameters.design[{place}]"
        if column.feature >= len(columns):
            raise ValueError(f"{where}.feature: {column.feature}, but there are {len(columns)} features")
        feature = columns[column.feature]
        length = feature.other + 1 if feature.is_category else 0
        if len(column.lookup) != length:
            raise ValueError(f"{where}.lookup: should have {length} numbers")
    return design
