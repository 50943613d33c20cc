"""Logistic regression as a sum of curves, one a feature: each a line, a constant a category, or missing.

A number enters as it is or as a signed logarithm, whichever tells more by itself, standardised and clipped; a
missing value has a weight of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import msgspec
import numpy as np

from churnkit.arrays import Flags, Floats
from churnkit.errors import quote
from churnkit.evaluation.metrics import log_losses
from churnkit.models.calibration import CalibratedFile, sigmoid
from churnkit.models.columns import Column, TrainingRows
from churnkit.models.paths import Path, total_loss

LIBRARY = "sklearn"
OPTIONS: tuple[str, ...] = ()
SIZE = "strength"
ALL_CORES_FROM = np.inf
STRENGTHS = (0.01, 0.1, 1.0, 10.0)  # C: the inverse of the regularisation
PIECE_ROWS = 8_192  # rows of the design made at a time
SHAPE_ROWS = 200_000  # rows that tell a number's spread
CHOICE_ROWS = 20_000  # rows on which the strength, and how a number enters, is chosen
NEWTON_STEPS = 8
SMALL_STEP = 1e-6  # of Newton's method, after which the loss does not change any more
LINEAR, LOG = "linear", "log"
LINE_FIELDS = ("transform", "low", "high", "center", "scale", "weight", "missing")  # of a number's curve


@dataclass(frozen=True)
class Curve:
    """What one feature adds to the log-odds.

    number: weight * (clip(t(x), low, high) - center) / scale, where t is linear or the signed logarithm
    sign(x) * ln(1 + |x|); missing: what is added where nothing is known. category: levels, one a category
    and the last for others.
    """

    transform: str = LINEAR
    low: float = 0.0
    high: float = 0.0
    center: float = 0.0
    scale: float = 1.0
    weight: float = 0.0
    missing: float = 0.0
    levels: tuple[float, ...] = ()


@dataclass(frozen=True)
class LogisticParameters:
    """base: log-odds of the average training row. curves: one a feature. strength: the C chosen."""

    base: float
    curves: tuple[Curve, ...]
    strength: float


Coefficient = Annotated[float, msgspec.Meta(gt=-1e300, lt=1e300)]


class CurveFile(msgspec.Struct, frozen=True, kw_only=True):
    """A Curve in a model file: of a category `levels` and `missing`, of a number all but `levels`."""

    transform: Literal["linear", "log"] | None = None
    low: Coefficient | None = None
    high: Coefficient | None = None
    center: Coefficient | None = None
    scale: Annotated[float, msgspec.Meta(gt=0, lt=1e300)] | None = None
    weight: Coefficient | None = None
    missing: Coefficient
    levels: tuple[Coefficient, ...] | None = None


class LogisticFile(CalibratedFile, frozen=True, kw_only=True):
    """The parameters of a logistic regression in a model file."""

    base: Coefficient
    strength: Coefficient
    curves: tuple[CurveFile, ...]


FILE = LogisticFile


@dataclass(frozen=True)
class _Prepared:
    """Training rows as the regression sees them.

    shapes: how each number enters. rows: with the design (n, m) as their matrix. widths: columns of the
    regression a feature. means, is_used: (width,) see `_design`.
    """

    shapes: tuple[Curve, ...]
    rows: TrainingRows
    widths: tuple[int, ...]
    means: Floats
    is_used: Flags


def fit(data: TrainingRows, settings: dict[str, Any], seed: int) -> LogisticParameters:
    """settings: strength, C."""
    seen = _prepared(data)
    return next(_regressions(seen, seen.rows, [settings.get(SIZE, 1.0)]))


def path(train: TrainingRows, test: TrainingRows, settings: dict[str, Any], seed: int) -> Path:
    """Regressions of growing C: their losses by at most 20,000 training rows, their scores by all."""
    seen = _prepared(train)
    some = seen.rows.some(CHOICE_ROWS, seed)
    strengths = [settings[SIZE]] if SIZE in settings else list(STRENGTHS)
    said = [log_odds(fitted, test.matrix) for fitted in _regressions(seen, some, strengths)]

    def scores(place: int) -> Floats:
        if some is seen.rows:
            return said[place]
        return log_odds(next(_regressions(seen, seen.rows, [strengths[place]])), test.matrix)

    return Path(strengths, [total_loss(test, each) for each in said], scores)


def draw_settings(rng: np.random.Generator) -> dict[str, Any]:
    """Settings at random, for a search."""
    return {"strength": float(10 ** rng.uniform(-3, 2))}


def contributions(parameters: LogisticParameters, matrix: Floats) -> tuple[float, Floats]:
    """(base, (n, k)): base + row sum = log-odds. matrix: (n, k)."""
    out = np.empty_like(matrix)
    for place, curve in enumerate(parameters.curves):
        out[:, place] = _added(curve, matrix[:, place])
    return parameters.base, out


def log_odds(parameters: LogisticParameters, matrix: Floats) -> Floats:
    """(n,) log-odds of leaving. Added feature after feature, so that no other row matters."""
    total = np.full(len(matrix), parameters.base)
    for place, curve in enumerate(parameters.curves):
        total += _added(curve, matrix[:, place])
    return total


def odds_ratios(parameters: LogisticParameters, column: Column, place: int, slope: float) -> dict[str, Any]:
    """Odds ratios: per unit where the number enters as it is, and from the lower to the upper quartile.

    slope: of the calibration.
    """
    curve = parameters.curves[place]
    odds: dict[str, Any] = {
        "odds_ratio_per_unit": None,
        "lower_quartile": None,
        "upper_quartile": None,
        "odds_ratio_quartiles": None,
    }
    quartiles = (column.histogram or {}).get("quartiles")
    if column.is_category or not quartiles:
        return odds
    if curve.transform == LINEAR:
        odds["odds_ratio_per_unit"] = math.exp(slope * curve.weight / curve.scale)
    lower, upper = transform_values(curve, np.array(quartiles, dtype=np.float64)).tolist()
    ratio = math.exp(slope * curve.weight * (upper - lower) / curve.scale)
    odds.update(lower_quartile=quartiles[0], upper_quartile=quartiles[1], odds_ratio_quartiles=ratio)
    return odds


def as_tree(parameters: LogisticParameters) -> None:
    """A regression is no tree."""


def to_plain(parameters: LogisticParameters) -> dict[str, Any]:
    """For JSON."""
    curves = []
    for curve in parameters.curves:
        if curve.levels:
            curves.append({"levels": list(curve.levels), "missing": curve.missing})
        else:
            curves.append({name: getattr(curve, name) for name in LINE_FIELDS})
    return {"base": parameters.base, "strength": parameters.strength, "curves": curves}


def from_plain(plain: LogisticFile, columns: Sequence[Column]) -> LogisticParameters:
    """From JSON. Raises ValueError on anything that is not such a model of these columns."""
    if len(plain.curves) != len(columns):
        raise ValueError(f"parameters.curves: there should be {len(columns)}, one for each feature")
    curves = []
    for place, (curve, column) in enumerate(zip(plain.curves, columns, strict=True)):
        try:
            curves.append(_category_curve(curve, column) if column.is_category else _number_curve(curve))
        except ValueError as error:
            raise ValueError(f"parameters.curves[{place}], of {quote(column.name)}: {error}") from None
    return LogisticParameters(plain.base, tuple(curves), plain.strength)


def _category_curve(plain: CurveFile, column: Column) -> Curve:
    if plain.levels is None or len(plain.levels) != column.other + 1:
        raise ValueError(f"should have {column.other + 1} levels")
    return Curve(levels=plain.levels, missing=plain.missing)


def _number_curve(plain: CurveFile) -> Curve:
    given = {name: getattr(plain, name) for name in LINE_FIELDS}
    for name, value in given.items():
        if value is None:
            raise ValueError(f"has no {name}")
    curve = Curve(**given)
    if curve.low > curve.high:
        raise ValueError("its low is above its high")
    return curve


def transform_values(curve: Curve, values: Floats) -> Floats:
    """(n,) numbers as the curve's line sees them, before centering; NaN stays."""
    if curve.transform == LOG:
        values = np.sign(values) * np.log1p(np.abs(values))
    return np.clip(values, curve.low, curve.high)


def _added(curve: Curve, values: Floats) -> Floats:
    missing = np.isnan(values)
    if curve.levels:
        table = np.array(curve.levels)
        added = table[np.where(missing, 0, values).astype(np.int64)]
    else:
        added = curve.weight * ((transform_values(curve, values) - curve.center) / curve.scale)
    return np.where(missing, curve.missing, added)


def _shape(column: Column, data: TrainingRows, place: int) -> Curve:
    """How a number enters: as it is or as a logarithm, whichever tells more by itself; clipped to its 0.1 %
    and 99.9 % points, standardised."""
    is_known = ~np.isnan(data.matrix[:, place])
    if column.is_category or not is_known.any():
        return Curve()
    some = np.flatnonzero(is_known)
    some = some[:: -(-len(some) // SHAPE_ROWS)]
    known, left, weights = data.matrix[some, place], data.truth[some], data.weights[some]
    shapes = [_standardised(transform, known) for transform in (LINEAR, LOG)]
    every = slice(None, None, -(-len(known) // CHOICE_ROWS))
    left, weights = left[every], weights[every]
    seen = [(transform_values(shape, known[every]) - shape.center) / shape.scale for shape in shapes]
    return shapes[int(np.argmin([_loss_alone(z, left, weights) for z in seen]))]


def _standardised(transform: str, known: Floats) -> Curve:
    moved = transform_values(Curve(transform, -np.inf, np.inf), known)
    low, high = (float(q) for q in np.quantile(moved, (0.001, 0.999)))
    clipped = np.clip(moved, low, high)
    scale = float(clipped.std())
    return Curve(transform, low, high, float(clipped.mean()), scale if scale > 0 else 1.0)


def _loss_alone(z: Floats, truth: Floats, weights: Floats) -> float:
    """Mean log loss of a regression on this column alone: two numbers, by Newton's method."""
    design = np.column_stack([z, np.ones(len(z))])
    share = float(np.average(truth, weights=weights))
    line = np.array([0.0, np.log((share + 1e-9) / (1 - share + 1e-9))])
    for _ in range(NEWTON_STEPS):
        p = sigmoid(design @ line)
        slope = design * (weights * p * (1 - p))[:, None]
        step = np.linalg.solve(design.T @ slope + 1e-6 * np.eye(2), design.T @ (weights * (truth - p)))
        line += step
        if np.abs(step).max() < SMALL_STEP:
            break
    loss = float(np.average(log_losses(truth, design @ line), weights=weights))
    return loss if np.isfinite(loss) else np.inf


def _design(data: TrainingRows, shapes: Sequence[Curve], width: int) -> tuple[Floats, Floats, Flags]:
    """(n, m) the columns that differ from row to row, less their means; (width,) the means of all; and
    (width,) which differ: what no row has gets no weight.

    Made a few thousand rows at a time, so that of a million rows only the result is held.
    """

    def blocks() -> Iterator[tuple[slice, Floats]]:
        for start in range(0, len(data.truth), PIECE_ROWS):
            rows = slice(start, start + PIECE_ROWS)
            seen = zip(data.columns, shapes, data.matrix[rows].T, strict=True)
            yield rows, np.column_stack([_block(*one) for one in seen])

    sums, low, high = np.zeros(width), np.full(width, np.inf), np.full(width, -np.inf)
    for rows, block in blocks():
        sums += block.T @ data.weights[rows]
        low, high = np.minimum(low, block.min(axis=0)), np.maximum(high, block.max(axis=0))
    means, is_used = sums / data.weights.sum(), low < high
    design = np.empty((len(data.truth), int(is_used.sum())))
    for rows, block in blocks():
        design[rows] = (block - means)[:, is_used]
    return design, means, is_used


def _block(column: Column, shape: Curve, values: Floats) -> Floats:
    """The columns of the regression that one feature has: missing last."""
    missing = np.isnan(values)
    if column.is_category:
        levels = np.arange(column.other + 1)
        return np.column_stack([values[:, None] == levels, missing]).astype(np.float64)
    z = (transform_values(shape, values) - shape.center) / shape.scale
    return np.column_stack([np.where(missing, 0.0, z), missing.astype(np.float64)])


def _curve(column: Column, shape: Curve, weights: Floats, means: Floats, is_used: Flags) -> Curve:
    """The weights of a feature's columns as its curve, so that its mean contribution is 0.

    A category, or missing, that no training row had adds nothing: it is as the average row.
    """
    mean = float(weights @ means)
    added = np.where(is_used, weights - mean, 0.0)
    missing = float(added[-1])
    if column.is_category:
        return Curve(levels=tuple(added[:-1].tolist()), missing=missing)
    weight = float(weights[0])
    center = shape.center + (mean * shape.scale / weight if weight else 0.0)
    return Curve(shape.transform, shape.low, shape.high, center, shape.scale, weight, missing)


def _prepared(data: TrainingRows) -> _Prepared:
    shapes = tuple(_shape(column, data, place) for place, column in enumerate(data.columns))
    widths = tuple(_block(c, s, np.empty(0)).shape[1] for c, s in zip(data.columns, shapes, strict=True))
    design, means, is_used = _design(data, shapes, sum(widths))
    return _Prepared(shapes, replace(data, matrix=design), widths, means, is_used)


def _regressions(
    seen: _Prepared, rows: TrainingRows, strengths: Sequence[float]
) -> Iterator[LogisticParameters]:
    """The regression of some rows by each C, each starting where the one before ended."""
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    regression = LogisticRegression(solver="newton-cholesky", tol=1e-6, max_iter=200, warm_start=True)
    for strength in strengths:
        regression.set_params(C=strength)
        with threadpool_limits(1):  # sums in one order, so that a model is the same on any machine's cores
            regression.fit(rows.matrix, rows.truth, rows.weights)
        weights = np.zeros(len(seen.means))
        weights[seen.is_used] = regression.coef_[0]
        curves, at = [], 0
        for column, shape, width in zip(rows.columns, seen.shapes, seen.widths, strict=True):
            part = slice(at, at := at + width)
            curves.append(_curve(column, shape, weights[part], seen.means[part], seen.is_used[part]))
        yield LogisticParameters(float(regression.intercept_[0]), tuple(curves), strength)
