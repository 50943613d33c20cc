"""What trees see: columns of float32, made of a model's features; contributions go back to features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
import numpy as np

from churnkit.arrays import Floats, Singles
from churnkit.models.columns import Column, TrainingRows


@dataclass(frozen=True)
class EncodedColumn:
    """One column that a tree may test, in a model file as here.

    feature: its place among the features. lookup: for a category, what each place in the matrix becomes,
    the last for a value outside the categories; empty for a number.
    """

    feature: Annotated[int, msgspec.Meta(ge=0)]
    lookup: tuple[Annotated[float, msgspec.Meta(gt=-1e30, lt=1e30)], ...] = ()


Design = tuple[EncodedColumn, ...]
DesignFile = Annotated[Design, msgspec.Meta(min_length=1)]


def encode(design: Design, matrix: Floats) -> Singles:
    """(n, m) float32 from a matrix (n, k); what is missing stays NaN."""
    out = np.empty((len(matrix), len(design)), dtype=np.float32, order="F")
    with np.errstate(over="ignore"):  # beyond float32 is infinite, and is compared as such
        for place, column in enumerate(design):
            values = matrix[:, column.feature]
            out[:, place] = look_up(values, column.lookup) if column.lookup else values
    return out


def encode_for_fit(design: Design, matrix: Floats) -> Singles:
    """As `built`, with the largest number of float32 for what is beyond it: no library learns from infinity.

    Every threshold is within, so that nothing changes sides.
    """
    largest = np.finfo(np.float32).max
    return np.clip(encode(design, matrix), -largest, largest)


def look_up(values: Floats, lookup: Sequence[float]) -> Floats:
    """(n,) each category's number in a lookup, NaN where it is missing."""
    missing = np.isnan(values)
    table = np.array(lookup, dtype=np.float64)
    return np.where(missing, np.nan, table[np.where(missing, 0, values).astype(np.int64)])


def encode_by_rate(data: TrainingRows) -> Design:
    """Numbers as they are; a category as its place among the categories ordered by churn rate.

    A split of such a column parts the categories as well as any subset could (Breiman et al., 1984,
    Classification and regression trees, theorem 4.5). Rates are drawn to the base rate by ten rows.
    """
    design = []
    for place, column in enumerate(data.columns):
        lookup: tuple[float, ...] = ()
        if column.is_category:
            codes = data.matrix[:, place]
            known = ~np.isnan(codes)
            at, weights = codes[known].astype(np.int64), data.weights[known]
            rows = np.bincount(at, weights=weights, minlength=column.other + 1)
            left = np.bincount(at, weights=weights * data.truth[known], minlength=column.other + 1)
            rates = (left + 10 * data.base_rate) / (rows + 10)
            order = np.lexsort((np.arange(len(rates)), rates))
            lookup = tuple(float(rank) for rank in np.argsort(order))
        design.append(EncodedColumn(place, lookup))
    return tuple(design)


def directions(design: Design, columns: Sequence[Column], settings: Mapping[str, Any]) -> list[int]:
    """For each design column 1, -1 or 0: more of it may only raise, or lower, the probability, or either.

    settings: rising, falling: names of number columns.
    """
    rising, falling = settings.get("rising", ()), settings.get("falling", ())
    names = [columns[column.feature].name for column in design]
    return [int(name in rising) - int(name in falling) for name in names]


def one_hot(columns: Sequence[Column]) -> Design:
    """Numbers as they are; a category as a column a value: 1 where it is that one, else 0."""
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
    """(n, features) contributions of design columns (n, m), added up by feature."""
    out = np.zeros((len(contributions), features))
    for place, column in enumerate(design):
        out[:, column.feature] += contributions[:, place]
    return out


def to_plain(design: Design) -> list[dict[str, Any]]:
    """For JSON."""
    return [
        {"feature": c.feature, "lookup": list(c.lookup)} if c.lookup else {"feature": c.feature}
        for c in design
    ]


def check_design(design: Design, columns: Sequence[Column]) -> Design:
    """The design itself. Raises ValueError where it is not one for these columns."""
    for place, column in enumerate(design):
        where = f"parameters.design[{place}]"
        if column.feature >= len(columns):
            raise ValueError(f"{where}.feature: {column.feature}, but there are {len(columns)} features")
        feature = columns[column.feature]
        length = feature.other + 1 if feature.is_category else 0
        if len(column.lookup) != length:
            raise ValueError(f"{where}.lookup: should have {length} numbers")
    return design
