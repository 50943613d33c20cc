"""The columns that a model takes: their types, categories, typical values; and rows as numbers.

A matrix has a column a feature: numbers as they are; for a category the place of the value in the list
of categories, `len(categories)` for a value that is not among them; NaN where nothing is known.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

import msgspec
import numpy as np
import polars as pl

from churnkit.arrays import Floats, Ints
from churnkit.bins import count_in_bins, tenths

NUMBER, CATEGORY = "number", "category"
Count = Annotated[int, msgspec.Meta(ge=0)]


@dataclass(frozen=True)
class Column:
    """One feature of a model.

    type: number or category. categories: the values of a category that the model knows, sorted. fill:
    the typical value (the median, or the most frequent value). histogram: of the training rows.
    importance: mean absolute contribution to the log-odds of the training rows. direction: what larger
    values speak for: leaving, staying or mixed; for a category its most telling value.
    """

    name: str
    type: str
    categories: tuple[str, ...] = ()
    fill: float | str | None = None
    histogram: dict[str, Any] | None = None
    importance: float | None = None
    direction: str | None = None

    @property
    def is_category(self) -> bool:
        return self.type == CATEGORY

    @property
    def other(self) -> int:
        """The number that stands for a value outside the categories."""
        return len(self.categories)

    def code(self, value: float | str | None) -> float:
        """One value as it stands in a matrix."""
        if value is None:
            return float("nan")
        if not self.is_category:
            return float(value)
        return float(self.categories.index(value)) if value in self.categories else float(self.other)


@dataclass(frozen=True)
class TrainingRows:
    """Rows to learn from. columns: the features, k. matrix: (n, k). truth: (n,) 0 and 1. groups: (n,) a
    number a customer. weights: (n,) how much each row counts, 1 in the mean."""

    columns: Sequence[Column]
    matrix: Floats
    truth: Floats
    groups: Ints
    weights: Floats

    @property
    def base_rate(self) -> float:
        """Share that left."""
        return float(np.average(self.truth, weights=self.weights))

    @property
    def has_both(self) -> bool:
        """Whether some left and some stayed."""
        return len(self.truth) > 0 and bool(self.truth.min() < self.truth.max())

    def part(self, rows: Ints) -> TrainingRows:
        """Some rows, by their numbers."""
        return TrainingRows(
            self.columns, self.matrix[rows], self.truth[rows], self.groups[rows], self.weights[rows]
        )

    def only(self, places: Sequence[int]) -> TrainingRows:
        """Some columns, by their places."""
        columns = [self.columns[place] for place in places]
        return TrainingRows(columns, self.matrix[:, list(places)], self.truth, self.groups, self.weights)

    def some(self, most: int, seed: int) -> TrainingRows:
        """At most so many rows, drawn at random, in their order."""
        if len(self.truth) <= most:
            return self
        return self.part(np.sort(np.random.default_rng(seed).choice(len(self.truth), most, replace=False)))


def category_codes(texts: pl.Series, column: Column) -> Floats:
    """(n,) the values of a category column as they stand in a matrix. texts: String."""
    places = {category: float(i) for i, category in enumerate(column.categories)}
    known = texts.replace_strict(places, default=float(column.other), return_dtype=pl.Float64)
    return known.set(texts.is_null(), None).to_numpy()


def encode_rows(rows: pl.DataFrame, features: Sequence[Column]) -> Floats:
    """(n, k) the matrix of rows whose number columns are Float64, and whose categories are String."""
    texts = [column for column in features if column.is_category]
    coded = rows.with_columns(pl.Series(c.name, category_codes(rows[c.name], c)) for c in texts)
    return coded.select(column.name for column in features).to_numpy(order="fortran")


class CategoryHistogram(TypedDict):
    """How the training rows spread over a category: rows of each one, then of all others; see `histogram`."""

    rows: list[Count]
    missing: Count


class _EdgedHistogram(CategoryHistogram):
    edges: list[float]


class NumberHistogram(_EdgedHistogram, total=False):
    """How the training rows spread over a number: `rows` between `edges`; see `histogram`."""

    mean: float | None
    quartiles: Annotated[list[float], msgspec.Meta(min_length=2, max_length=2)] | None
    whole: bool


def histogram(column: Column, values: Floats) -> dict[str, Any]:
    """How the training rows spread over a column. values: (n,) as they stand in a matrix.

    numbers: `edges` (see `tenths`), `rows` in the bins [edge, next edge) that they part, `mean`, `quartiles`
    (lower, upper), `whole` (all are whole numbers). categories: `rows` a category, then all others. Both:
    `missing`, rows without a value.
    """
    known = values[~np.isnan(values)]
    missing = int(len(values) - len(known))
    if column.is_category:
        rows = np.bincount(known.astype(int), minlength=column.other + 1)
        return {"rows": rows.tolist(), "missing": missing}
    if not len(known):
        return {"edges": [], "rows": [0], "missing": missing}
    lower, upper = np.quantile(known, (0.25, 0.75), method="lower")
    edges = tenths(*np.unique(known, return_counts=True))
    return {
        "edges": edges.tolist(),
        "rows": count_in_bins(edges, known).tolist(),
        "missing": missing,
        "mean": float(known.mean()),
        "quartiles": [float(lower), float(upper)],
        "whole": bool((known == np.floor(known)).all()),
    }


def check_histogram(found: Mapping[str, Any], categories: int | None) -> dict[str, Any]:
    """A histogram that was read from somewhere. categories: how many, None for a number.

    Raises ValueError where there are not as many bins as there should be, or their edges do not ascend.
    """
    edges = found["edges"] if categories is None else ()
    bins = len(edges) if categories is None else categories
    if len(found["rows"]) != bins + 1 or any(a >= b for a, b in itertools.pairwise(edges)):
        raise ValueError("has bins that do not fit")
    return dict(found)


def typical_value(column: Column, values: Floats) -> float | str | None:
    """The median of the known numbers (the lower one), or the most frequent category."""
    known = values[~np.isnan(values)]
    if not len(known):
        return None
    if not column.is_category:
        return float(np.quantile(known, 0.5, method="lower"))
    rows = np.bincount(known.astype(int), minlength=column.other + 1)[: column.other]
    return column.categories[int(np.argmax(rows))] if len(rows) else None


def rows_to_matrix(rows: Sequence[dict[str, Any]], columns: Sequence[Column]) -> Floats:
    """A few rows given as values, as a matrix (n, k)."""
    filled = [[column.code(row.get(column.name)) for column in columns] for row in rows]
    return np.array(filled, dtype=np.float64).reshape(len(rows), len(columns))
