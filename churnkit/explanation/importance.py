"""A model itself: how much each feature matters, in which direction, along which values, and by what odds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from churnkit.arrays import Floats
from churnkit.bins import bins_of
from churnkit.models import Fitted
from churnkit.models.columns import Column

CURVE_FIELDS = (
    "feature",
    "from",
    "below",
    "value",
    "rows",
    "contribution",
)  # the fields of a record of `curves`
CLEAR_AGREEMENT = 0.6  # agreement from which on a direction is told


@dataclass(frozen=True)
class Importance:
    """importance: mean absolute contribution, in log-odds. direction: in words, or None where unknown."""

    importance: float
    direction: str | None


@dataclass
class FeatureCurve:
    """What one column adds along its values: sums over the rows of each bin, the last for those without one.

    A number's bins are [edge, next edge) of the histogram's edges, a category's its categories, and others.
    rows, added, values: (b,) rows, log-odds, the values themselves. size: sum of the absolute log-odds.
    """

    rows: Floats
    added: Floats
    values: Floats
    size: float = 0.0

    @classmethod
    def of(cls, column: Column) -> FeatureCurve:
        """Before any row is seen."""
        bins = (column.other if column.is_category else len(_edges(column))) + 2
        return cls(np.zeros(bins), np.zeros(bins), np.zeros(bins))

    def see(self, column: Column, values: Floats, added: Floats) -> None:
        """Adds some rows, (n,) as they stand in a matrix, and what the column adds to each."""
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
    """What each column adds along its values, over blocks of rows, (n, k) each."""
    found = [FeatureCurve.of(column) for column in columns]
    for matrix in blocks:
        added = fitted.contributions(matrix)[1]
        for place, column in enumerate(columns):
            found[place].see(column, matrix[:, place], added[:, place])
    return found


def importance_of_model(columns: Sequence[Column]) -> list[Importance]:
    """As the training rows had it."""
    return [Importance(c.importance or 0.0, c.direction) for c in columns]


def importance_of_rows(columns: Sequence[Column], found: Sequence[FeatureCurve]) -> list[Importance]:
    """As these rows have it; as the training rows had it where there are none."""
    if not found[0].rows.sum():
        return importance_of_model(columns)
    return [
        Importance(part.size / float(part.rows.sum()), _direction(column, part))
        for column, part in zip(columns, found, strict=True)
    ]


def curve_records(columns: Sequence[Column], found: Sequence[FeatureCurve]) -> list[dict[str, Any]]:
    """A record a column and bin that has rows, the column that matters most first.

    from, below: the borders of a number's bin. value: the mean of its numbers, or the category; null where
    it is missing. contribution: what is added in the mean, in log-odds.
    """
    made = []
    pairs = zip(columns, found, strict=True)
    for column, part in sorted(pairs, key=lambda pair: (-pair[1].size, pair[0].name)):
        borders = [None, *_edges(column), None]
        for place in np.flatnonzero(part.rows).tolist():
            is_known, rows = place < len(part.rows) - 1, int(part.rows[place])
            value: float | str | None = float(part.values[place]) / rows if is_known else None
            if is_known and column.is_category:
                value = column.categories[place] if place < column.other else "other"
            has_borders = is_known and not column.is_category
            made.append(
                {
                    "feature": column.name,
                    "from": borders[place] if has_borders else None,
                    "below": borders[place + 1] if has_borders else None,
                    "value": value,
                    "rows": rows,
                    "contribution": float(part.added[place]) / rows,
                }
            )
    return made


def _edges(column: Column) -> list[float]:
    return (column.histogram or {}).get("edges") or []


def _direction(column: Column, part: FeatureCurve) -> str | None:
    rows, added = part.rows[:-1], part.added[:-1]
    is_filled = rows > 0
    means = added[is_filled] / rows[is_filled]
    if column.is_category:
        if len(means) < 2 or np.ptp(np.round(means, 12)) == 0:
            return None
        top = int(np.flatnonzero(is_filled)[np.argmax(means)])
        return f"{column.categories[top] if top < column.other else 'other'} speaks most for leaving"
    slope = _agreement(rows[is_filled], means)
    if slope is None or abs(slope) < CLEAR_AGREEMENT:
        return "mixed" if slope is not None else None
    return f"more speaks for {'leaving' if slope > 0 else 'staying'}"


def _agreement(rows: Floats, means: Floats) -> float | None:
    """How surely more of a value adds more: -1 to 1, over pairs of bins; None where all add the same.

    rows, means: (b,) of the bins, ascending. Source: Goodman, Kruskal (1954), Measures of association for
    cross classifications, gamma.
    """
    pairs = np.outer(rows, rows)
    signs = np.triu(np.sign(np.round(means[None, :] - means[:, None], 12)), 1)
    untied = float((pairs * np.abs(signs)).sum())
    return float((pairs * signs).sum()) / untied if untied else None


def importance_records(
    columns: Sequence[Column], fitted: Fitted, weighed: Sequence[Importance]
) -> list[dict[str, Any]]:
    """A record a feature, the most important first; of equal ones by name."""
    made = []
    for place, (column, weight) in enumerate(zip(columns, weighed, strict=True)):
        record: dict[str, Any] = {
            "feature": column.name,
            "type": column.type,
            "importance": weight.importance,
            "direction": weight.direction,
            "typical": column.fill,
        }
        record.update(fitted.odds_ratios(column, place))
        made.append(record)
    return sorted(made, key=lambda r: (-r["importance"], r["feature"]))
