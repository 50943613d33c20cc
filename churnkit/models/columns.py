"""The columns of a model: types, categories and typical values; and rows as a matrix of numbers.

A matrix has one column per feature. Numbers are unchanged; a category is the index of its value in the list
of categories, or `len(categories)` for a value not in the list; a missing value is NaN.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypedDict

import msgspec
import numpy as np
import polars as pl

from churnkit.arrays import Floats, Ints
from churnkit.bins import count_in_bins, tenths
from churnkit.evaluation.splits import Split, customer_folds
from churnkit.models.shared_values import KnownValues
from churnkit.tables import casts

NUMBER, CATEGORY = "number", "category"
BOOLEAN_PAIRS = (("true", "false"), ("t", "f"), ("yes", "no"), ("y", "n"), ("1", "0"))
Count = Annotated[int, msgspec.Meta(ge=0)]


@dataclass(frozen=True)
class Column:
    """One feature of a model.

    type: number or category. categories: the category values that the model knows, sorted. fill: the typical
    value (the median, or the most frequent value). histogram: of the training rows. importance: mean absolute
    contribution to the log-odds of the training rows. direction: whether more of it raises or lowers the
    risk, or mixed; for a category, the value that raises the risk most.
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
    def booleans(self) -> dict[str, str]:
        """true and false → the category with this meaning, if the categories are a pair such as Yes and No.

        A database writes true and false for a boolean column, whatever words the training table had.
        """
        by_word = {category.lower(): category for category in self.categories}
        pair = next((pair for pair in BOOLEAN_PAIRS if {*pair} == {*by_word}), None)
        if pair is None or len(self.categories) != 2:
            return {}
        return {"true": by_word[pair[0]], "false": by_word[pair[1]]}

    @property
    def other(self) -> int:
        """The number in a matrix for a value outside the categories."""
        return len(self.categories)

    def code(self, value: float | str | None) -> float:
        """The number in a matrix for one value."""
        if value is None:
            return float("nan")
        if not self.is_category:
            return float(value)
        known = value if value in self.categories else self.booleans.get(str(value).lower())
        return float(self.categories.index(known)) if known in self.categories else float(self.other)


@dataclass(frozen=True)
class TrainingRows:
    """Rows to train on. columns: the k features. matrix: (n, k). truth: (n,) 0 and 1. groups: (n,) the number
    of each row's customer. weights: (n,) row weights, with mean 1. first_equal: (n,) a number that equal rows
    share, which are tested in one fold; None if no row repeats."""

    columns: Sequence[Column]
    matrix: Floats
    truth: Floats
    groups: Ints
    weights: Floats
    first_equal: Ints | None = None

    @property
    def base_rate(self) -> float:
        """The share that churned."""
        return float(np.average(self.truth, weights=self.weights))

    @property
    def population_weights(self) -> Floats:
        """(n,) the weights, with mean 1 in the rarer class: rows count as in the whole population.

        Where most of the stayers were left out, weights of mean 1 would give a churned row almost none.
        """
        churned = float(self.truth.sum())
        is_rarer = self.truth > 0 if churned <= len(self.truth) - churned else self.truth == 0
        factor = float(is_rarer.sum() / self.weights[is_rarer].sum())
        return self.weights * factor

    @property
    def has_both_classes(self) -> bool:
        """Whether both classes occur: churned and stayed."""
        return len(self.truth) > 0 and bool(self.truth.min() < self.truth.max())

    def part(self, rows: Ints) -> TrainingRows:
        """The rows with these row numbers."""
        equal = None if self.first_equal is None else self.first_equal[rows]
        return TrainingRows(
            self.columns, self.matrix[rows], self.truth[rows], self.groups[rows], self.weights[rows], equal
        )

    def folds(self, number: int, seed: int) -> list[Split]:
        """Folds of customers; equal rows are in the fold of the first of them."""
        return customer_folds(self.truth, self.groups, number, seed, self.first_equal)

    def only(self, places: Sequence[int]) -> TrainingRows:
        """The columns with these indices."""
        columns = [self.columns[place] for place in places]
        return replace(self, columns=columns, matrix=self.matrix[:, list(places)])

    def sample(self, max_rows: int, seed: int) -> TrainingRows:
        """A random sample of at most max_rows rows, in their order."""
        if len(self.truth) <= max_rows:
            return self
        return self.part(
            np.sort(np.random.default_rng(seed).choice(len(self.truth), max_rows, replace=False))
        )


def kinds_of(columns: Sequence[Column]) -> Mapping[str, str]:
    """The type that each column is read as; a value that is not a number is an error with its line."""
    return {column.name: casts.TEXT if column.is_category else casts.NUMBER for column in columns}


def category_codes(texts: pl.Series, column: Column) -> Floats:
    """(n,) the numbers in a matrix for the values of a category column. texts: String."""
    return _category_codes(texts, column).to_numpy()


def _category_codes(texts: pl.Series, column: Column) -> pl.Series:
    places = {category: float(i) for i, category in enumerate(column.categories)}
    codes = texts.replace_strict(places, default=None, return_dtype=pl.Float64)
    if column.booleans and codes.null_count() > texts.null_count():
        booleans = {word: places[category] for word, category in column.booleans.items()}
        lower = texts.str.to_lowercase().replace_strict(booleans, default=None, return_dtype=pl.Float64)
        codes = codes.fill_null(lower)
    return codes.fill_null(float(column.other)).set(texts.is_null(), None).alias(column.name)


def encode_rows(rows: pl.DataFrame, features: Sequence[Column]) -> Floats:
    """(n, k) the matrix of these rows. rows: number columns are Float64, category columns String."""
    categories = [column for column in features if column.is_category]
    coded = rows.with_columns(_category_codes(rows[c.name], c) for c in categories)
    return coded.select(column.name for column in features).to_numpy(order="fortran")


class CategoryHistogram(TypedDict):
    """The training rows per category, then of all other values; see `histogram`."""

    rows: list[Count]
    missing: Count


class _EdgedHistogram(CategoryHistogram):
    edges: list[float]


class NumberHistogram(_EdgedHistogram, total=False):
    """The training rows per bin of a number, `rows` between `edges`; see `histogram`."""

    mean: float | None
    limits: Annotated[list[float], msgspec.Meta(min_length=2, max_length=2)] | None
    quartiles: Annotated[list[float], msgspec.Meta(min_length=2, max_length=2)] | None
    whole: bool


def histogram(column: Column, values: Floats, customers: Ints | None = None) -> dict[str, Any]:
    """The histogram of a column over the training rows. values: (n,) as in a matrix.

    customers: (n,) the customer of each row: then each bin has at least LEAST_CUSTOMERS of them or nobody,
    and no edge, limit or quartile is a value of fewer. None: the values are nobody's, as probabilities are.

    numbers: `edges` (see `tenths`), `rows` in the bins [edge, next edge) between them, `mean`, `limits`
    (smallest, largest), `quartiles` (lower, upper), `whole` (all are whole numbers). categories: `rows` per
    category, then of all other values. Both: `missing`, the rows without a value.
    """
    known = values[~np.isnan(values)]
    missing = int(len(values) - len(known))
    if column.is_category:
        rows = np.bincount(known.astype(int), minlength=column.other + 1)
        return {"rows": rows.tolist(), "missing": missing}
    if not len(known):
        return {"edges": [], "rows": [0], "missing": missing}
    lower, upper = np.quantile(known, (0.25, 0.75), method="lower")
    distinct, rows_each = np.unique(known, return_counts=True)
    edges = tenths(distinct, rows_each)
    quartiles, limits = [float(lower), float(upper)], [float(known.min()), float(known.max())]
    if customers is not None:
        most_rows = int(np.bincount(customers).max())
        shown = KnownValues(known, customers[~np.isnan(values)], distinct, rows_each, most_rows)
        edges, limits = shown.edges(edges), shown.limits()
        quartiles = [shown.quartile(value) for value in quartiles]
    return {
        "edges": edges.tolist(),
        "rows": count_in_bins(edges, known).tolist(),
        "missing": missing,
        "mean": float(known.mean()),
        "limits": limits,
        "quartiles": quartiles,
        "whole": bool((known == np.floor(known)).all()),
    }


def check_histogram(plain: Mapping[str, Any], categories: int | None) -> dict[str, Any]:
    """The histogram itself, read from a file. categories: their number, None for a number column.

    Raises ValueError if the number of bins is wrong, or if their edges are not ascending.
    """
    edges = plain["edges"] if categories is None else ()
    bins = len(edges) if categories is None else categories
    if len(plain["rows"]) != bins + 1 or any(a >= b for a, b in itertools.pairwise(edges)):
        raise ValueError("has the wrong number of bins, or edges that do not ascend")
    return dict(plain)


def typical_value(column: Column, values: Floats) -> float | str | None:
    """The (lower) median of the known numbers, or the most frequent category."""
    known = values[~np.isnan(values)]
    if not len(known):
        return None
    if not column.is_category:
        return float(np.quantile(known, 0.5, method="lower"))
    rows = np.bincount(known.astype(int), minlength=column.other + 1)[: column.other]
    return column.categories[int(np.argmax(rows))] if len(rows) else None


def rows_to_matrix(rows: Sequence[dict[str, Any]], columns: Sequence[Column]) -> Floats:
    """(n, k) the matrix of a few rows that are given as dictionaries."""
    codes = [[column.code(row.get(column.name)) for column in columns] for row in rows]
    return np.array(codes, dtype=np.float64).reshape(len(rows), len(columns))
