"""A model itself: how much each feature matters, in which direction, and by what odds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from churnkit.models import Fitted, logistic
from churnkit.schema import Column, Matrix, Truth

CLEAR = 0.6  # agreement from which on a direction is told
BINS = 20


@dataclass(frozen=True)
class Weight:
    """importance: mean absolute contribution, in log-odds. direction: in words, or None where unknown."""

    importance: float
    direction: str | None


def of_model(columns: Sequence[Column]) -> list[Weight]:
    """As the training rows had it."""
    return [Weight(c.importance or 0.0, c.direction) for c in columns]


def of_rows(columns: Sequence[Column], fitted: Fitted, blocks: Iterable[Matrix]) -> list[Weight]:
    """As these rows have it: blocks of (n, k)."""
    parts = [(matrix, fitted.contributions(matrix)[1]) for matrix in blocks if len(matrix)]
    if not parts:
        return of_model(columns)
    matrix = np.concatenate([m for m, _ in parts])
    added = np.concatenate([a for _, a in parts])
    importance = np.abs(added).mean(axis=0)
    return [
        Weight(float(importance[j]), _direction(column, matrix[:, j], added[:, j]))
        for j, column in enumerate(columns)
    ]


def _direction(column: Column, values: Truth, added: Truth) -> str | None:
    known = ~np.isnan(values)
    values, added = values[known], added[known]
    if not len(values) or np.ptp(added) == 0:
        return None
    if column.is_category:
        at = values.astype(np.int64)
        rows = np.bincount(at, minlength=column.other + 1)
        means = np.bincount(at, weights=added, minlength=column.other + 1) / np.maximum(rows, 1)
        means[rows == 0] = -np.inf
        top = int(np.argmax(means))
        return f"{column.categories[top] if top < column.other else 'other'} speaks most for leaving"
    slope = _agreement(values, added)
    if slope is None or abs(slope) < CLEAR:
        return "mixed" if slope is not None else None
    return f"more speaks for {'leaving' if slope > 0 else 'staying'}"


def _agreement(values: Truth, added: Truth) -> float | None:
    """How surely more of a value adds more: -1 to 1, over pairs of bins of the values; None for one bin.

    Source: Goodman, Kruskal (1954), Measures of association for cross classifications, gamma.
    """
    edges = np.unique(np.quantile(values, np.linspace(0, 1, BINS + 1)[1:-1], method="lower"))
    at = np.searchsorted(edges, values, side="left")  # an edge belongs to the bin below it
    rows = np.bincount(at, minlength=len(edges) + 1)
    is_filled = rows > 0
    means = np.bincount(at, weights=added, minlength=len(rows))[is_filled] / rows[is_filled]
    pairs = np.outer(rows[is_filled], rows[is_filled]).astype(float)
    signs = np.triu(np.sign(np.round(means[None, :] - means[:, None], 12)), 1)
    untied = float((pairs * np.abs(signs)).sum())
    return float((pairs * signs).sum()) / untied if untied else None


def records(columns: Sequence[Column], fitted: Fitted, weights: Sequence[Weight]) -> list[dict[str, Any]]:
    """A record a feature, the most important first; of equal ones by name."""
    made = []
    for place, (column, weight) in enumerate(zip(columns, weights, strict=True)):
        record: dict[str, Any] = {
            "feature": column.name,
            "type": column.type,
            "importance": weight.importance,
            "direction": weight.direction,
            "typical": column.fill,
        }
        if fitted.kind == "logistic":
            record.update(_odds(column, fitted, place))
        made.append(record)
    return sorted(made, key=lambda r: (-r["importance"], r["feature"]))


def _odds(column: Column, fitted: Fitted, place: int) -> dict[str, Any]:
    """Odds ratios: per unit where the number enters as it is, and from the lower to the upper quartile."""
    curve: logistic.Curve = fitted.parameters.curves[place]
    odds: dict[str, Any] = {
        "odds_ratio_per_unit": None,
        "lower_quartile": None,
        "upper_quartile": None,
        "odds_ratio_quartiles": None,
    }
    quartiles = (column.histogram or {}).get("quartiles")
    if column.is_category or not quartiles:
        return odds
    slope = fitted.calibration.slope
    if curve.transform == logistic.LINEAR:
        odds["odds_ratio_per_unit"] = math.exp(slope * curve.weight / curve.scale)
    lower, upper = logistic.transformed(curve, np.array(quartiles, dtype=np.float64)).tolist()
    ratio = math.exp(slope * curve.weight * (upper - lower) / curve.scale)
    odds.update(lower_quartile=quartiles[0], upper_quartile=quartiles[1], odds_ratio_quartiles=ratio)
    return odds
