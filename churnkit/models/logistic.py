"""Logistic regression as a sum of curves, one per feature: a line, a bent curve, or a constant per category.

A number bends where a test says that it earns it; else it is a line, or as straight on a logarithm. A missing
value has a weight of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from churnkit.arrays import Flags, Floats
from churnkit.errors import quote
from churnkit.models import curves
from churnkit.models.basis import CHOICE_ROWS, Basis, describe
from churnkit.models.bends import find_bends
from churnkit.models.calibration import CalibratedFile
from churnkit.models.columns import Column, TrainingRows
from churnkit.models.curves import LINEAR, Coefficient, Curve, CurveFile, contribution
from churnkit.models.encoding import direction
from churnkit.models.formula import Formula
from churnkit.models.paths import Path, total_loss
from churnkit.models.penalised import Blocks, fit_weights

LIBRARY = "numpy"
OPTIONS: tuple[str, ...] = ("rising", "falling")
SIZE = "strength"
SHAPES: tuple[dict[str, Any], ...] = ({},)
ALL_CORES_FROM = np.inf
STRENGTHS = (0.01, 0.1, 1.0, 10.0)  # C: the inverse of the regularisation
TYPICAL_STRENGTH = 1.0  # where nothing chooses it
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
BLOCK_ROWS = 8_192  # rows of the design computed at a time
KEPT_ROWS = 200_000  # up to this many rows the design is kept, else it is computed again at each step


@dataclass(frozen=True)
class LogisticParameters:
    """base: log-odds of the average training row. curves: one per feature. strength: the chosen C."""

    base: float
    curves: tuple[Curve, ...]
    strength: float


class LogisticFile(CalibratedFile, frozen=True, kw_only=True):
    """The parameters of a logistic regression in a model file."""

    base: Coefficient
    strength: Coefficient
    curves: tuple[CurveFile, ...]


FILE = LogisticFile


@dataclass(frozen=True)
class _Regression:
    """How the features enter. means: (m,) of the regression columns, over the training rows. is_used: (m,)
    whether a column is not constant."""

    bases: Sequence[Basis]
    means: Floats
    is_used: Flags

    def fits(self, rows: TrainingRows, strengths: Sequence[float]) -> Iterator[LogisticParameters]:
        """The regression of these rows for each C, each starting from the solution before."""
        from threadpoolctl import threadpool_limits

        penalty = self._joined_penalty()
        is_bounded = np.concatenate([basis.bounds() for basis in self.bases])[self.is_used]
        at = np.append(math.log(rows.base_rate / (1 - rows.base_rate)), np.zeros(len(penalty)))
        few = rows.sample(CHOICE_ROWS, 0)
        parts = [few, rows] if few is not rows and few.has_both_classes else [rows]
        encoded = [(part, self.blocks(part)) for part in parts]
        for strength in strengths:
            for part, blocks in encoded:  # a part of the rows is soon near the solution of all
                with threadpool_limits(1):  # sums in one order: the same model on any number of cores
                    at = fit_weights(blocks, part.truth, part.weights, penalty / strength, is_bounded, at)
            yield self._parameters(at, strength)

    def blocks(self, rows: TrainingRows) -> Blocks:
        """The design in pieces: the columns that are not constant.

        For a million rows it is computed again whenever it is read, so that it is never in memory.
        """

        def computed() -> Iterator[tuple[slice, Floats]]:
            for some, block in _blocks(self.bases, rows):
                yield some, block[:, self.is_used]

        if len(rows.truth) > KEPT_ROWS:
            return computed
        kept = list(computed())
        return lambda: kept

    def _joined_penalty(self) -> Floats:
        joined, at = np.zeros((len(self.means), len(self.means))), 0
        for basis in self.bases:
            part = slice(at, at := at + basis.width)
            joined[part, part] = basis.penalty()
        return joined[np.ix_(self.is_used, self.is_used)]

    def _parameters(self, fitted: Floats, strength: float) -> LogisticParameters:
        """fitted: the intercept and the weights of the columns that are used."""
        weights = np.zeros(len(self.means))
        weights[self.is_used] = fitted[1:]
        made, at = [], 0
        for basis in self.bases:
            part = slice(at, at := at + basis.width)
            made.append(basis.curve(weights[part], self.means[part], self.is_used[part]))
        return LogisticParameters(float(fitted[0] + weights @ self.means), tuple(made), strength)


def fit(data: TrainingRows, settings: dict[str, Any], seed: int) -> LogisticParameters:
    """settings: strength, the C of the regression; rising, falling: names of number columns."""
    regression = _prepare(data, data.sample(CHOICE_ROWS, seed), settings)
    return next(regression.fits(data, [settings.get(SIZE, TYPICAL_STRENGTH)]))


def path(train: TrainingRows, test: TrainingRows, settings: dict[str, Any], seed: int) -> Path:
    """Regressions with increasing C: losses from fits on at most 20,000 training rows, scores from fits on
    all."""
    sample = train.sample(CHOICE_ROWS, seed)
    regression = _prepare(train, sample, settings)
    strengths = [settings[SIZE]] if SIZE in settings else list(STRENGTHS)
    test_log_odds = [log_odds(fitted, test.matrix) for fitted in regression.fits(sample, strengths)]

    def scores(place: int) -> Floats:
        if sample is train:
            return test_log_odds[place]
        return log_odds(next(regression.fits(train, [strengths[place]])), test.matrix)

    return Path(strengths, [total_loss(test, each) for each in test_log_odds], scores)


def _prepare(data: TrainingRows, sample: TrainingRows, settings: dict[str, Any]) -> _Regression:
    """How the features enter: which numbers bend is tested on the sample."""
    bases = [
        basis.bounded(direction(column, settings))
        for column, basis in zip(data.columns, describe(data), strict=True)
    ]
    straight = _measured(bases, data)
    design = np.vstack([block for _, block in straight.blocks(sample)()])
    fitted = next(straight.fits(sample, [TYPICAL_STRENGTH]))
    is_bent = find_bends(bases, sample, design, log_odds(fitted, sample.matrix))
    if not any(is_bent):
        return straight
    return _measured([b.bent() if bends else b for b, bends in zip(bases, is_bent, strict=True)], data)


def _measured(bases: Sequence[Basis], data: TrainingRows) -> _Regression:
    width = sum(basis.width for basis in bases)
    sums, low, high = np.zeros(width), np.full(width, np.inf), np.full(width, -np.inf)
    for rows, block in _blocks(bases, data):
        sums += block.T @ data.weights[rows]
        low, high = np.minimum(low, block.min(axis=0)), np.maximum(high, block.max(axis=0))
    return _Regression(bases, sums / data.weights.sum(), low < high)


def _blocks(bases: Sequence[Basis], data: TrainingRows) -> Iterator[tuple[slice, Floats]]:
    """All regression columns of the rows, in pieces."""
    width = sum(basis.width for basis in bases)
    for start in range(0, len(data.truth), BLOCK_ROWS):
        rows = slice(start, start + BLOCK_ROWS)
        values, at = data.matrix[rows], 0
        block = np.empty((len(values), width))
        for place, basis in enumerate(bases):
            basis.encode(values[:, place], block[:, at : at + basis.width])
            at += basis.width
        yield rows, block


def draw_settings(rng: np.random.Generator) -> dict[str, Any]:
    """Settings at random, for a search."""
    return {"strength": float(10 ** rng.uniform(-3, 2))}


def contributions(parameters: LogisticParameters, matrix: Floats) -> tuple[float, Floats]:
    """(base, (n, k)): base + row sum = log-odds. matrix: (n, k)."""
    out = np.empty_like(matrix)
    for place, curve in enumerate(parameters.curves):
        out[:, place] = contribution(curve, matrix[:, place])
    return parameters.base, out


def log_odds(parameters: LogisticParameters, matrix: Floats) -> Floats:
    """(n,) log-odds of churn. Added feature after feature, so that the result never depends on other rows."""
    total = np.full(len(matrix), parameters.base)
    for place, curve in enumerate(parameters.curves):
        total += contribution(curve, matrix[:, place])
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


def as_tree(parameters: LogisticParameters) -> None:
    """None: a regression is not a tree."""


def formula(parameters: LogisticParameters) -> Formula:
    """What the model adds up."""
    return Formula(parameters.base, parameters.curves)


def format_of(parameters: LogisticParameters) -> int:
    """2 if a number bends: version 1 of the model file has no points."""
    return 2 if any(curve.points for curve in parameters.curves) else 1


def to_plain(parameters: LogisticParameters) -> dict[str, Any]:
    """The parameters as plain values, for JSON."""
    plain = [curves.to_plain(curve) for curve in parameters.curves]
    return {"base": parameters.base, "strength": parameters.strength, "curves": plain}


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
    return LogisticParameters(plain.base, tuple(read), plain.strength)
