"""Pairs: what two features add together to the log-odds, beside their curves, as a table of numbers."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

import msgspec
import numpy as np

from churnkit.arrays import Floats, Ints
from churnkit.models.columns import Column
from churnkit.models.curves import Coefficient

Place = Annotated[int, msgspec.Meta(ge=0)]


@dataclass(frozen=True)
class Pair:
    """What two features add together to the log-odds.

    first, second: indices of the features. table: what is added, one row per place of the first feature, one
    column per place of the second. first_values, second_values: the numbers at these places, ascending;
    between neighbours the table is straight along either feature, beyond the ends it is constant. They are
    empty for a category: its places are its categories, the last one is for all other values. missing: what
    is added if either value is missing. importance: the mean of what is added, without its sign, in the
    training rows.
    """

    first: int
    second: int
    first_values: tuple[float, ...]
    second_values: tuple[float, ...]
    table: tuple[tuple[float, ...], ...]
    missing: float
    importance: float = 0.0


class PairFile(msgspec.Struct, frozen=True, kw_only=True):
    """A Pair in a model file; the same fields."""

    first: Place
    second: Place
    first_values: tuple[Coefficient, ...]
    second_values: tuple[Coefficient, ...]
    table: tuple[tuple[Coefficient, ...], ...]
    missing: Coefficient
    importance: Annotated[float, msgspec.Meta(ge=0, lt=1e300)]


def contribution(pair: Pair, matrix: Floats) -> Floats:
    """(n,) what each row gets; with +, x and comparisons, as it is written in SQL. matrix: (n, k).

    First along the second feature, in the rows of the table beside the value of the first; then between them.
    """
    x, y = matrix[:, pair.first], matrix[:, pair.second]
    missing = np.isnan(x) | np.isnan(y)
    table = np.array(pair.table)
    above, below, down = _between(pair.first_values, np.where(missing, 0.0, x))
    left, right, along = _between(pair.second_values, np.where(missing, 0.0, y))
    upper = table[above, left] + along * (table[above, right] - table[above, left])
    lower = table[below, left] + along * (table[below, right] - table[below, left])
    return np.where(missing, pair.missing, upper + down * (lower - upper))


def _between(values: Sequence[float], x: Floats) -> tuple[Ints, Ints, Floats]:
    """(n,) each: the places on either side of each value, and its share of the way between them."""
    if not values:
        place = x.astype(np.int64)
        return place, place, np.zeros(len(x))
    at = np.array(values)
    clipped = np.clip(x, at[0], at[-1])
    place = np.clip(np.searchsorted(at, clipped, side="right") - 1, 0, len(at) - 2)
    return place, place + 1, (clipped - at[place]) / (at[place + 1] - at[place])


def times(pair: Pair, factor: float) -> Pair:
    """The pair that adds factor times as much."""
    return replace(
        pair,
        table=tuple(tuple(factor * added for added in row) for row in pair.table),
        missing=factor * pair.missing,
        importance=factor * pair.importance,
    )


def to_plain(pair: Pair) -> dict[str, Any]:
    """The pair as plain values, for JSON."""
    return {name: getattr(pair, name) for name in PairFile.__struct_fields__}


def from_plain(plain: PairFile, columns: Sequence[Column]) -> Pair:
    """The pair from JSON. Raises ValueError if it is not a pair of these columns."""
    pair = Pair(**{name: getattr(plain, name) for name in PairFile.__struct_fields__})
    if not pair.first < pair.second < len(columns):
        raise ValueError("first and second must be two of the features, in their order")
    rows = _places(pair.first_values, columns[pair.first])
    width = _places(pair.second_values, columns[pair.second])
    if len(pair.table) != rows or any(len(row) != width for row in pair.table):
        raise ValueError(f"its table must have {rows} rows of {width} numbers")
    return pair


def _places(values: Sequence[float], column: Column) -> int:
    """The number of places along one feature."""
    if column.is_category:
        if values:
            raise ValueError("a category has no values")
        return column.other + 1
    if len(values) < 2 or any(a >= b for a, b in itertools.pairwise(values)):
        raise ValueError("the values of a number must be at least two, ascending")
    return len(values)
