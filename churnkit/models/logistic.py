"""Logistic regression as a sum of curves, one per feature: a line for a number, a constant per category.

A number is used unchanged or as a signed logarithm, whichever predicts better alone, standardised and
clipped. A missing value has a weight of its own.
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
SHAPES: tuple[dict[str, Any], ...] = ({},)
ALL_CORES_FROM = np.inf
STRENGTHS = (0.01, 0.1, 1.0, 10.0)  # C: the inverse of the regularisation
BLOCK_ROWS = 8_192  # rows of the design computed at a time
SHAPE_ROWS = 200_000  # rows used to standardise a number
CHOICE_ROWS = 20_000  # rows used to choose the strength, and the transform of a number
NEWTON_STEPS = 8
COLUMNS_AT_ONCE = 8  # of which the transform is chosen: few, so that they fit into the cache
SMALL_STEP = 1e-6  # Newton's method stops at steps below this: the loss does not change any more
LINEAR, LOG = "linear", "log"
LINE_FIELDS = (
    "transform",
    "low",
    "high",
    "center",
    "scale",
    "weight",
    "missing",
)  # fields of a number's curve


@dataclass(frozen=True)
class Curve:
    """What one feature adds to the log-odds.

    number: weight * (clip(t(x), low, high) - center) / scale, where t is linear or the signed logarithm
    sign(x) * ln(1 + |x|); missing: what a missing value adds. category: levels, one per category, the last
    for all other values.
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
    """base: log-odds of the average training row. curves: one per feature. strength: the chosen C."""

    base: float
    curves: tuple[Curve, ...]
    strength: float


Coefficient = Annotated[float, msgspec.Meta(gt=-1e300, lt=1e300)]


class CurveFile(msgspec.Struct, frozen=True, kw_only=True):
    """A Curve in a model file: a category has `levels` and `missing`, a number all fields except `levels`."""

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
class _RegressionRows:
    """Training rows encoded for the regression.

    shapes: the transform of each number. rows: their matrix is the design (n, m). widths: regression columns
    per feature. means, is_used: (width,) see `_design`.
    """

    shapes: tuple[Curve, ...]
    rows: TrainingRows
    widths: tuple[int, ...]
    means: Floats
    is_used: Flags


def fit(data: TrainingRows, settings: dict[str, Any], seed: int) -> LogisticParameters:
    """settings: strength, the C of the regression."""
    encoded = _encode(data)
    return next(_regressions(encoded, encoded.rows, [settings.get(SIZE, 1.0)]))


def path(train: TrainingRows, test: TrainingRows, settings: dict[str, Any], seed: int) -> Path:
    """Regressions with increasing C: losses from fits on at most 20,000 training rows, scores from fits on
    all."""
    encoded = _encode(train)
    sample = encoded.rows.sample(CHOICE_ROWS, seed)
    strengths = [settings[SIZE]] if SIZE in settings else list(STRENGTHS)
    test_log_odds = [log_odds(fitted, test.matrix) for fitted in _regressions(encoded, sample, strengths)]

    def scores(place: int) -> Floats:
        if sample is encoded.rows:
            return test_log_odds[place]
        return log_odds(next(_regressions(encoded, encoded.rows, [strengths[place]])), test.matrix)

    return Path(strengths, [total_loss(test, each) for each in test_log_odds], scores)


def draw_settings(rng: np.random.Generator) -> dict[str, Any]:
    """Settings at random, for a search."""
    return {"strength": float(10 ** rng.uniform(-3, 2))}


def contributions(parameters: LogisticParameters, matrix: Floats) -> tuple[float, Floats]:
    """(base, (n, k)): base + row sum = log-odds. matrix: (n, k)."""
    out = np.empty_like(matrix)
    for place, curve in enumerate(parameters.curves):
        out[:, place] = _contribution(curve, matrix[:, place])
    return parameters.base, out


def log_odds(parameters: LogisticParameters, matrix: Floats) -> Floats:
    """(n,) log-odds of churn. Added feature after feature, so that the result never depends on other rows."""
    total = np.full(len(matrix), parameters.base)
    for place, curve in enumerate(parameters.curves):
        total += _contribution(curve, matrix[:, place])
    return total


def odds_ratios(parameters: LogisticParameters, column: Column, place: int, slope: float) -> dict[str, Any]:
    """Odds ratios: per unit if the number is used unchanged, and from the lower to the upper quartile.

    slope: the calibration's slope.
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
    """None: a regression is not a tree."""


def to_plain(parameters: LogisticParameters) -> dict[str, Any]:
    """The parameters as plain values, for JSON."""
    curves = []
    for curve in parameters.curves:
        if curve.levels:
            curves.append({"levels": list(curve.levels), "missing": curve.missing})
        else:
            curves.append({name: getattr(curve, name) for name in LINE_FIELDS})
    return {"base": parameters.base, "strength": parameters.strength, "curves": curves}


def from_plain(plain: LogisticFile, columns: Sequence[Column]) -> LogisticParameters:
    """The parameters from JSON. Raises ValueError if they are not a regression for these columns."""
    if len(plain.curves) != len(columns):
        raise ValueError(
            f"parameters.curves: has {len(plain.curves)} curves, but there are {len(columns)} features"
        )
    curves = []
    for place, (curve, column) in enumerate(zip(plain.curves, columns, strict=True)):
        try:
            curves.append(_category_curve(curve, column) if column.is_category else _number_curve(curve))
        except ValueError as error:
            raise ValueError(
                f"parameters.curves[{place}], the curve of {quote(column.name)}: {error}"
            ) from None
    return LogisticParameters(plain.base, tuple(curves), plain.strength)


def _category_curve(plain: CurveFile, column: Column) -> Curve:
    if plain.levels is None or len(plain.levels) != column.other + 1:
        raise ValueError(f"must have {column.other + 1} levels")
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
    """(n,) the transformed and clipped numbers, before centering; NaN stays."""
    if curve.transform == LOG:
        values = np.sign(values) * np.log1p(np.abs(values))
    return np.clip(values, curve.low, curve.high)


def _contribution(curve: Curve, values: Floats) -> Floats:
    missing = np.isnan(values)
    if curve.levels:
        table = np.array(curve.levels)
        added = table[np.where(missing, 0, values).astype(np.int64)]
    else:
        added = curve.weight * ((transform_values(curve, values) - curve.center) / curve.scale)
    return np.where(missing, curve.missing, added)


def _shapes(data: TrainingRows) -> tuple[Curve, ...]:
    """How each number enters: as it is or as a logarithm, whichever predicts better alone."""
    shapes = [Curve() for _ in data.columns]
    numbers = [
        place
        for place, column in enumerate(data.columns)
        if not column.is_category and not np.isnan(data.matrix[:, place]).all()
    ]
    rows = slice(None, None, -(-len(data.truth) // CHOICE_ROWS))
    truth, weights = data.truth[rows], data.weights[rows]
    for start in range(0, len(numbers), COLUMNS_AT_ONCE):
        places = numbers[start : start + COLUMNS_AT_ONCE]
        candidates = [
            [_standardise(transform, data.matrix[:, place]) for place in places]
            for transform in (LINEAR, LOG)
        ]
        z = np.column_stack(
            [
                (transform_values(shape, data.matrix[rows, place]) - shape.center) / shape.scale
                for transformed in candidates
                for shape, place in zip(transformed, places, strict=True)
            ]
        )
        losses = np.round(_losses_alone(z, truth, weights), 9).reshape(len(candidates), len(places))
        for place, best, options in zip(
            places, losses.argmin(axis=0), zip(*candidates, strict=True), strict=True
        ):
            shapes[place] = options[best]
    return tuple(shapes)


def _standardise(transform: str, values: Floats) -> Curve:
    """Clipped to the 0.1 % and 99.9 % quantiles of (at most 200,000) known values, of mean 0 and spread 1."""
    known = values[~np.isnan(values)]
    known = known[:: -(-len(known) // SHAPE_ROWS)]
    transformed = transform_values(Curve(transform, -np.inf, np.inf), known)
    low, high = (float(q) for q in np.quantile(transformed, (0.001, 0.999)))
    clipped = np.clip(transformed, low, high)
    scale = float(clipped.std())
    return Curve(transform, low, high, float(clipped.mean()), scale if scale > 0 else 1.0)


def _losses_alone(z: Floats, truth: Floats, weights: Floats) -> Floats:
    """(k,) mean log loss of a regression on each column alone, over its known rows; by Newton's method.

    z: (n, k). truth, weights: (n,).
    """
    is_known = ~np.isnan(z)
    z = np.where(is_known, z, 0.0)
    counts = is_known * weights[:, None]
    totals = np.maximum(counts.sum(axis=0), 1e-300)
    share = truth @ counts / totals
    slope, intercept = np.zeros(z.shape[1]), np.log((share + 1e-9) / (1 - share + 1e-9))
    for _ in range(NEWTON_STEPS):
        p = sigmoid(z * slope + intercept)
        error, curvature = counts * (truth[:, None] - p), counts * p * (1 - p)
        across, along = (curvature * z).sum(axis=0), (curvature * z * z).sum(axis=0) + 1e-6
        level = curvature.sum(axis=0) + 1e-6
        determinant = along * level - across**2
        pull, lift = (error * z).sum(axis=0), error.sum(axis=0)
        steps = (level * pull - across * lift) / determinant, (along * lift - across * pull) / determinant
        slope, intercept = slope + steps[0], intercept + steps[1]
        if max(np.abs(step).max() for step in steps) < SMALL_STEP:
            break
    losses = np.asarray(log_losses(truth[:, None], z * slope + intercept))
    means = (losses * counts).sum(axis=0) / totals
    return np.where(np.isfinite(means), means, np.inf)


def _design(data: TrainingRows, shapes: Sequence[Curve], width: int) -> tuple[Floats, Floats, Flags]:
    """(n, m) the columns that are not constant, minus their means; (width,) the means of all columns;
    (width,) whether a column is used, that is, not constant.

    Computed in blocks of a few thousand rows, so that for a million rows only the result is in memory.
    """

    def blocks() -> Iterator[tuple[slice, Floats]]:
        for start in range(0, len(data.truth), BLOCK_ROWS):
            rows = slice(start, start + BLOCK_ROWS)
            features = zip(data.columns, shapes, data.matrix[rows].T, strict=True)
            yield rows, np.column_stack([_block(*feature) for feature in features])

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
    """The regression columns of one feature; the last one is 1 for a missing value."""
    missing = np.isnan(values)
    if column.is_category:
        levels = np.arange(column.other + 1)
        return np.column_stack([values[:, None] == levels, missing]).astype(np.float64)
    z = (transform_values(shape, values) - shape.center) / shape.scale
    return np.column_stack([np.where(missing, 0.0, z), missing.astype(np.float64)])


def _curve(column: Column, shape: Curve, weights: Floats, means: Floats, is_used: Flags) -> Curve:
    """The curve of a feature from the weights of its columns, with mean contribution 0.

    A category (or a missing value) that no training row had adds 0, as the average row does.
    """
    mean = float(weights @ means)
    added = np.where(is_used, weights - mean, 0.0)
    missing = float(added[-1])
    if column.is_category:
        return Curve(levels=tuple(added[:-1].tolist()), missing=missing)
    weight = float(weights[0])
    center = shape.center + (mean * shape.scale / weight if weight else 0.0)
    return Curve(shape.transform, shape.low, shape.high, center, shape.scale, weight, missing)


def _encode(data: TrainingRows) -> _RegressionRows:
    shapes = _shapes(data)
    widths = tuple(_block(c, s, np.empty(0)).shape[1] for c, s in zip(data.columns, shapes, strict=True))
    design, means, is_used = _design(data, shapes, sum(widths))
    return _RegressionRows(shapes, replace(data, matrix=design), widths, means, is_used)


def _regressions(
    encoded: _RegressionRows, rows: TrainingRows, strengths: Sequence[float]
) -> Iterator[LogisticParameters]:
    """The regression of these rows for each C, each starting from the solution before."""
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    regression = LogisticRegression(solver="newton-cholesky", tol=1e-6, max_iter=200, warm_start=True)
    for strength in strengths:
        regression.set_params(C=strength)
        with threadpool_limits(
            1
        ):  # one thread: sums in one order, so the model is the same on any number of cores
            regression.fit(rows.matrix, rows.truth, rows.weights)
        weights = np.zeros(len(encoded.means))
        weights[encoded.is_used] = regression.coef_[0]
        curves, at = [], 0
        for column, shape, width in zip(rows.columns, encoded.shapes, encoded.widths, strict=True):
            part = slice(at, at := at + width)
            curves.append(_curve(column, shape, weights[part], encoded.means[part], encoded.is_used[part]))
        yield LogisticParameters(float(regression.intercept_[0]), tuple(curves), strength)
