"""How important each feature of a model is, in which direction it works, and its contribution by value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from churnkit.arrays import Floats
from churnkit.bins import bins_of
from churnkit.models import Fitted
from churnkit.models.columns import Column

CURVE_FIELDS = ("feature", "from", "below", "value", "rows", "contribution")  # of a record of --curves
CLEAR_AGREEMENT = 0.6  # below this agreement the direction is "mixed"


@dataclass(frozen=True)
class Importance:
    """importance: mean absolute contribution, in log-odds. direction: in words, or None if unknown."""

    importance: float
    direction: str | None


@dataclass
class FeatureCurve:
    """The contributions of one column by value: sums over the rows of each bin; the last bin is for missing
    values.

    The bins of a number are [edge, next edge) of the histogram's edges; of a category its categories and
    `other`. rows, added, values: (b,) number of rows, sum of contributions (log-odds), sum of the values.
    size: sum of the absolute contributions.
    """

    rows: Floats
    added: Floats
    values: Floats
    size: float = 0.0

    @classmethod
    def empty(cls, column: Column) -> FeatureCurve:
        """A curve without rows."""
        bins = (column.other if column.is_category else len(_edges(column))) + 2
        return cls(np.zeros(bins), np.zeros(bins), np.zeros(bins))

    def add(self, column: Column, values: Floats, added: Floats) -> None:
        """Adds rows. values: (n,) as in a matrix. added: (n,) the column's contributions."""
        bins = len(self.rows)
        known = ~np.isnan(values)
        if column.is_category:
            at = np.where(known, values, bins - 1).astype(np.int64)
        else:
            at = np.where(known, bins_of(np.array(_edges(column)), values), bins - 1)
        self.rows += np.bincount(at, minlength=bins)
        self.added += np.bincount(at, weights=added, minlength=bins)
        self.values += np.bincount(at, weights=np.where(known, values, 0), minlength=bins)
        self.size += float(np.abs(added).sum())


def trace_curves(columns: Sequence[Column], fitted: Fitted, blocks: Iterable[Floats]) -> list[FeatureCurve]:
    """The curve of each column over all rows. blocks: matrices, (n, k) each."""
    curves = [FeatureCurve.empty(column) for column in columns]
    for matrix in blocks:
        added = fitted.contributions(matrix)[1]
        for place, column in enumerate(columns):
            curves[place].add(column, matrix[:, place], added[:, place])
    return curves


def importance_of_model(columns: Sequence[Column]) -> list[Importance]:
    """The importance in the training rows, from the model file."""
    return [Importance(c.importance or 0.0, c.direction) for c in columns]


def importance_of_rows(columns: Sequence[Column], curves: Sequence[FeatureCurve]) -> list[Importance]:
    """The importance in these rows; if there are no rows, in the training rows."""
    if not curves[0].rows.sum():
        return importance_of_model(columns)
    return [
        Importance(curve.size / float(curve.rows.sum()), _direction(column, curve))
        for column, curve in zip(columns, curves, strict=True)
    ]


def curve_records(columns: Sequence[Column], curves: Sequence[FeatureCurve]) -> list[dict[str, Any]]:
    """One record per column and bin with rows, the most important column first.

    from, below: the borders of a number's bin. value: the mean of its numbers, or the category; null for
    missing values. contribution: the mean contribution, in log-odds.
    """
    records = []
    pairs = zip(columns, curves, strict=True)
    for column, curve in sorted(pairs, key=lambda pair: (-pair[1].size, pair[0].name)):
        borders = [None, *_edges(column), None]
        for place in np.flatnonzero(curve.rows).tolist():
            is_known, rows = place < len(curve.rows) - 1, int(curve.rows[place])
            value: float | str | None = float(curve.values[place]) / rows if is_known else None
            if is_known and column.is_category:
                value = column.categories[place] if place < column.other else "other"
            has_borders = is_known and not column.is_category
            records.append(
                {
                    "feature": column.name,
                    "from": borders[place] if has_borders else None,
                    "below": borders[place + 1] if has_borders else None,
                    "value": value,
                    "rows": rows,
                    "contribution": float(curve.added[place]) / rows,
                }
            )
    return records


def _edges(column: Column) -> list[float]:
    return (column.histogram or {}).get("edges") or []


def _direction(column: Column, curve: FeatureCurve) -> str | None:
    rows, added = curve.rows[:-1], curve.added[:-1]
    is_filled = rows > 0
    means = added[is_filled] / rows[is_filled]
    if column.is_category:
        if len(means) < 2 or np.ptp(np.round(means, 12)) == 0:
            return None
        top = int(np.flatnonzero(is_filled)[np.argmax(means)])
        return f"{column.categories[top] if top < column.other else 'other'} raises the risk most"
    slope = _agreement(rows[is_filled], means)
    if slope is None or abs(slope) < CLEAR_AGREEMENT:
        return "mixed" if slope is not None else None
    return f"more {'raises' if slope > 0 else 'lowers'} the risk"


def _agreement(rows: Floats, means: Floats) -> float | None:
    """How consistently higher values have higher contributions: -1 to 1, over pairs of bins; None if all are
    equal.

    rows, means: (b,) of the bins, ascending. Source: Goodman, Kruskal (1954), Measures of association for
    cross classifications, gamma.
    """
    pairs = np.outer(rows, rows)
    signs = np.triu(np.sign(np.round(means[None, :] - means[:, None], 12)), 1)
    untied = float((pairs * np.abs(signs)).sum())
    return float((pairs * signs).sum()) / untied if untied else None


def pair_records(columns: Sequence[Column], fitted: Fitted) -> list[dict[str, Any]]:
    """One record per pair of features that act together, the most important first: their names, and the mean
    of what they add together to the log-odds, without its sign."""
    return [
        {"features": [columns[pair.first].name, columns[pair.second].name], "importance": pair.importance}
        for pair in fitted.pairs
    ]


def _partners(columns: Sequence[Column], fitted: Fitted) -> dict[str, list[str]]:
    """The features with which each one acts together; empty if the model has no pairs."""
    partners: dict[str, list[str]] = {column.name: [] for column in columns} if fitted.pairs else {}
    for first, second in (record["features"] for record in pair_records(columns, fitted)):
        partners[first].append(second)
        partners[second].append(first)
    return partners


def importance_records(
    columns: Sequence[Column], fitted: Fitted, importances: Sequence[Importance]
) -> list[dict[str, Any]]:
    """One record per feature, the most important first; equal ones by name.

    together_with: only if the model has pairs: the features with which this one acts together, or null.
    """
    records = []
    partners = _partners(columns, fitted)
    for place, (column, summary) in enumerate(zip(columns, importances, strict=True)):
        record: dict[str, Any] = {
            "feature": column.name,
            "type": column.type,
            "importance": summary.importance,
            "direction": summary.direction,
            "typical": column.fill,
        }
        record.update(fitted.odds_ratios(column, place))
        if partners:
            record["together_with"] = ", ".join(partners[column.name]) or None
        records.append(record)
    return sorted(records, key=lambda r: (-r["importance"], r["feature"]))
