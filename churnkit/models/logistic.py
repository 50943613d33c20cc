"""Logistic regression as a sum of curves, one per feature, and of tables of two features.

A number bends where a test says that it earns it; else it is a line, or as straight on a logarithm. A missing
value has a weight of its own. Pairs of features enter where a test and the folds say that they pay.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from churnkit.arrays import Floats
from churnkit.errors import quote
from churnkit.models import curves, pairs
from churnkit.models.calibration import CalibratedFile
from churnkit.models.columns import Column, TrainingRows
from churnkit.models.curves import LINEAR, Coefficient, Curve, CurveFile, contribution
from churnkit.models.pairs import Pair, PairFile

if TYPE_CHECKING:
    from churnkit.models.formula import Formula
    from churnkit.models.paths import Path
    from churnkit.models.regression import Regression

LIBRARY = "numpy"
OPTIONS: tuple[str, ...] = ("rising", "falling")
SIZE = "strength"
PAIRS = "pairs"
MOST_PAIRS = 5  # a handful that a person can read
SHAPES: tuple[dict[str, Any], ...] = ({}, {PAIRS: MOST_PAIRS})
LEAST_GAIN = 0.005  # log loss in the folds that pairs must gain
ALL_CORES_FROM = np.inf
STRENGTHS = (0.01, 0.1, 1.0, 10.0)  # C: the inverse of the regularisation
ODDS = (
    "odds_ratio_per_unit",
    "lower_quartile",
    "upper_quartile",
    "odds_ratio_quartiles",
    "lowest_at",
    "highest_at",
    "odds_ratio_lowest_to_highest",
)
LARGEST_POWER = 700.0
FEW_ROWS = 0.05  # a bin with a smaller share of the rows does not say where the odds are lowest


@dataclass(frozen=True)
class LogisticParameters:
    """The log-odds are the sum of the base, a curve of each feature, and the pairs.

    base: log-odds of the average training row. curves: one per feature. strength: the chosen C. pairs: what
    two features add together.
    """

    base: float
    curves: tuple[Curve, ...]
    strength: float
    pairs: tuple[Pair, ...] = ()


class LogisticFile(CalibratedFile, frozen=True, kw_only=True):
    """The parameters of a logistic regression in a model file."""

    base: Coefficient
    strength: Coefficient
    curves: tuple[CurveFile, ...]
    pairs: tuple[PairFile, ...] = ()


FILE = LogisticFile


def fit(data: TrainingRows, settings: dict[str, Any], seed: int) -> LogisticParameters:
    """settings: strength, the C of the regression; rising, falling: names of number columns; pairs: the
    number of pairs that may enter, if a test finds them."""
    from churnkit.models.basis import CHOICE_ROWS
    from churnkit.models.regression import TYPICAL_STRENGTH, add_pairs, prepare

    sample = data.sample(CHOICE_ROWS, seed)
    regression = prepare(data, sample, settings)
    if settings.get(PAIRS):
        typical = next(regression.fits(sample, [TYPICAL_STRENGTH]))
        regression = add_pairs(regression, sample, typical, settings[PAIRS], settings)
    strength = settings.get(SIZE, TYPICAL_STRENGTH)
    parameters = _parameters(regression, next(regression.fits(data, [strength])), strength)
    added = [np.abs(pairs.contribution(pair, sample.matrix)).mean() for pair in parameters.pairs]
    weighed = [replace(pair, importance=float(a)) for pair, a in zip(parameters.pairs, added, strict=True)]
    return replace(parameters, pairs=tuple(weighed))


def path(train: TrainingRows, test: TrainingRows, settings: dict[str, Any], seed: int) -> Path:
    """Regressions with increasing C: losses from fits on at most 20,000 training rows, scores from fits on
    all."""
    from churnkit.models.basis import CHOICE_ROWS
    from churnkit.models.regression import prepare

    sample = train.sample(CHOICE_ROWS, seed)
    return _path(prepare(train, sample, settings), sample, test, settings)


def _path(
    features: Regression,
    sample: TrainingRows,
    test: TrainingRows,
    settings: dict[str, Any],
    typical: Floats | None = None,
    alone: Path | None = None,
) -> Path:
    """The path of a regression of these features, with pairs if the settings say so.

    typical: its solution on the sample with the typical strength. alone: its path without pairs. None: not
    known.
    """
    from churnkit.models.paths import Path, total_loss
    from churnkit.models.regression import TYPICAL_STRENGTH, add_pairs

    strengths = [settings[SIZE]] if SIZE in settings else list(STRENGTHS)
    regression = features
    if settings.get(PAIRS):
        if typical is None:
            typical = next(features.fits(sample, [TYPICAL_STRENGTH]))
        regression = add_pairs(features, sample, typical, settings[PAIRS], settings)
        if alone is not None and not regression.pairs and alone.sizes == strengths:
            return alone
    solutions = [*regression.fits(sample, strengths)]
    test_log_odds = regression.log_odds(test, solutions)
    losses = [total_loss(test, each) for each in test_log_odds]
    light = replace(regression, kept=None)  # a path must not hold the design
    train = light.rows

    @cache
    def scores(place: int) -> Floats:
        if sample is train:
            return test_log_odds[place]
        (on_all,) = light.log_odds(test, light.fits(train, [strengths[place]], solutions[place]))
        return on_all

    def reshaped(other: dict[str, Any]) -> Path:
        return _path(light, sample, test, other, known, own)

    known = None
    if not regression.pairs and TYPICAL_STRENGTH in strengths:
        known = solutions[strengths.index(TYPICAL_STRENGTH)]
    own = Path(strengths, losses, scores, reshaped=None if regression.pairs else reshaped)
    return own


def _parameters(regression: Regression, fitted: Floats, strength: float) -> LogisticParameters:
    base, of_features, of_pairs = regression.terms(fitted)
    return LogisticParameters(base, of_features, strength, of_pairs)


def draw_settings(rng: np.random.Generator) -> dict[str, Any]:
    """Settings at random, for a search."""
    return {SIZE: float(10 ** rng.uniform(-3, 2)), PAIRS: MOST_PAIRS * int(rng.integers(2))}


def contributions(parameters: LogisticParameters, matrix: Floats) -> tuple[float, Floats]:
    """(base, (n, k)): base + row sum = log-odds. matrix: (n, k).

    Each of two features gets half of what they add together: the Shapley value of two that need each other.
    """
    out = np.empty_like(matrix)
    for place, curve in enumerate(parameters.curves):
        out[:, place] = contribution(curve, matrix[:, place])
    for pair in parameters.pairs:
        half = pairs.contribution(pair, matrix) / 2
        out[:, pair.first] += half
        out[:, pair.second] += half
    return parameters.base, out


def explain(parameters: LogisticParameters, matrix: Floats) -> tuple[Floats, float, Floats]:
    """The log-odds, and what `contributions` returns."""
    return log_odds(parameters, matrix), *contributions(parameters, matrix)


def log_odds(parameters: LogisticParameters, matrix: Floats) -> Floats:
    """(n,) log-odds of churn. Added term after term, so that the result never depends on other rows."""
    total = np.full(len(matrix), parameters.base)
    for place, curve in enumerate(parameters.curves):
        total += contribution(curve, matrix[:, place])
    for pair in parameters.pairs:
        total += pairs.contribution(pair, matrix)
    return total


def odds_ratios(parameters: LogisticParameters, column: Column, place: int, slope: float) -> dict[str, Any]:
    """Odds ratios: per unit of a line; from the lower to the upper quartile; and where a curve turns, from
    where the odds are lowest to where they are highest.

    slope: the calibration's slope.
    """
    curve = parameters.curves[place]
    odds: dict[str, Any] = dict.fromkeys(ODDS)
    histogram = column.histogram or {}
    quartiles = histogram.get("quartiles")
    if column.is_category or not quartiles:
        return odds
    if curve.transform == LINEAR and not curve.points:
        odds["odds_ratio_per_unit"] = _ratio(slope * curve.weight / curve.scale)
    lower, upper = contribution(curve, np.array(quartiles, dtype=np.float64)).tolist()
    odds.update(
        lower_quartile=quartiles[0],
        upper_quartile=quartiles[1],
        odds_ratio_quartiles=_ratio(slope * (upper - lower)),
    )
    if curve.points:
        odds.update(_turns(curve, _typical_values(histogram), slope))
    return odds


def _typical_values(histogram: dict[str, Any]) -> Floats:
    """The quartiles, and where the bins begin that have at least 5 % of the rows; ascending."""
    least = FEW_ROWS * sum(histogram["rows"])
    begins = zip(histogram["edges"], histogram["rows"][1:], strict=True)
    return np.array(sorted({*histogram["quartiles"], *(edge for edge, rows in begins if rows >= least)}))


def _turns(curve: Curve, values: Floats, slope: float) -> dict[str, Any]:
    """Where the odds are lowest and highest among these values; empty if they only rise or only fall."""
    added = slope * contribution(curve, values)
    steps = np.round(np.diff(added), 9)
    if (steps >= 0).all() or (steps <= 0).all():
        return {}
    low, high = int(added.argmin()), int(added.argmax())
    return {
        "lowest_at": float(values[low]),
        "highest_at": float(values[high]),
        "odds_ratio_lowest_to_highest": _ratio(float(added[high] - added[low])),
    }


def _ratio(log_odds: float) -> float:
    """The odds ratio; beyond the largest power that a double holds, that one."""
    return math.exp(min(log_odds, LARGEST_POWER))


def pairs_of(parameters: LogisticParameters) -> tuple[Pair, ...]:
    """What two features add together."""
    return parameters.pairs


def as_tree(parameters: LogisticParameters) -> None:
    """None: a regression is not a tree."""


def formula(parameters: LogisticParameters) -> Formula:
    """What the model adds up."""
    from churnkit.models.formula import Formula

    return Formula(parameters.base, parameters.curves, pairs=parameters.pairs)


def format_of(parameters: LogisticParameters) -> int:
    """3 with pairs, 2 if a number bends: version 2 of the model file has no pairs, version 1 no points."""
    if parameters.pairs:
        return 3
    return 2 if any(curve.points for curve in parameters.curves) else 1


def to_plain(parameters: LogisticParameters) -> dict[str, Any]:
    """The parameters as plain values, for JSON."""
    plain = {
        "base": parameters.base,
        "strength": parameters.strength,
        "curves": [curves.to_plain(curve) for curve in parameters.curves],
    }
    return {**plain, "pairs": [*map(pairs.to_plain, parameters.pairs)]} if parameters.pairs else plain


def from_plain(plain: LogisticFile, columns: Sequence[Column]) -> LogisticParameters:
    """The parameters from JSON. Raises ValueError if they are not a regression for these columns."""
    if len(plain.curves) != len(columns):
        raise ValueError(
            f"parameters.curves: has {len(plain.curves)} curves, but there are {len(columns)} features"
        )
    read = []
    for place, (curve, column) in enumerate(zip(plain.curves, columns, strict=True)):
        try:
            read.append(curves.from_plain(curve, column))
        except ValueError as error:
            raise ValueError(
                f"parameters.curves[{place}], the curve of {quote(column.name)}: {error}"
            ) from None
    of_pairs = []
    for place, pair in enumerate(plain.pairs):
        try:
            of_pairs.append(pairs.from_plain(pair, columns))
        except ValueError as error:
            raise ValueError(f"parameters.pairs[{place}]: {error}") from None
    return LogisticParameters(plain.base, tuple(read), plain.strength, tuple(of_pairs))
