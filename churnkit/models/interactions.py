"""Which pairs of features act together: a test of their products, beside all single features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from churnkit.arrays import Floats, Ints
from churnkit.models.basis import ENDS, KnownNumbers, are_apart, ramps
from churnkit.models.columns import Column, TrainingRows
from churnkit.models.encoding import direction
from churnkit.models.pairs import Pair
from churnkit.models.score_test import ScoreTest, standard_score

CHANCE = 0.05  # a pair enters if chance alone would let any enter in fewer than 5 % of data sets
THIRDS = (1 / 3, 2 / 3)  # quantiles that are knots of a number in a pair, beside the ends
MOST_LEVELS = 5  # categories that a pair tells apart
LEAST_SHARE = 0.05  # a category with a smaller share of the rows is not told apart
CANDIDATES = 3  # of the quick screen, which are then tested beside all single features
SCREEN_WORK = 1e9  # multiplications of the quick screen, which uses fewer rows where there are many columns
TINY = 1e-9  # a direction with a smaller share of the spread does not count


@dataclass(frozen=True)
class Parts:
    """One feature in pairs: a few columns with mean 0, spread 1, and no correlation over the known rows.

    values: (k,) the knots of a number; empty for a category. table: (k, d) the columns at these knots, or for
    each category; straight between knots, constant beyond. A missing value, or a category that no training
    row had, has 0.
    """

    values: Floats
    table: Floats

    @property
    def width(self) -> int:
        """The number of columns."""
        return int(self.table.shape[1])

    def encode(self, values: Floats) -> Floats:
        """(n, d). values: (n,) of a matrix."""
        missing = np.isnan(values)
        if len(self.values):
            out = ramps(self.values, values) @ np.diff(self.table, axis=0) + self.table[0]
        else:
            out = self.table[np.where(missing, 0, values).astype(np.int64)]
        out[missing] = 0.0
        return np.asarray(out)


@dataclass(frozen=True)
class PairBasis:
    """A pair in the regression: the products of the columns of two features. first, second: their indices."""

    first: int
    second: int
    parts: tuple[Parts, Parts]

    @property
    def width(self) -> int:
        """The number of regression columns."""
        return self.parts[0].width * self.parts[1].width

    def encode(self, matrix: Floats, out: Floats) -> None:
        """Writes the regression columns of n rows to out (n, width). matrix: (n, features)."""
        first, second = (
            parts.encode(matrix[:, place])
            for parts, place in zip(self.parts, (self.first, self.second), strict=True)
        )
        out[:] = (first[:, :, None] * second[:, None, :]).reshape(len(matrix), -1)

    def pair(self, weights: Floats, means: Floats) -> Pair:
        """The pair, with mean contribution 0. weights, means (over all rows): (width,) of the columns."""
        first, second = self.parts
        mean = float(weights @ means)
        table = first.table @ weights.reshape(first.width, second.width) @ second.table.T - mean
        return Pair(
            self.first,
            self.second,
            tuple(first.values.tolist()),
            tuple(second.values.tolist()),
            tuple(tuple(row) for row in table.tolist()),
            missing=-mean,
        )


def describe_parts(data: TrainingRows, settings: Mapping[str, Any]) -> list[Parts]:
    """Each feature as it enters pairs; without columns if it may only rise or fall, or is constant.

    settings: rising, falling: names of number columns.
    """
    return [
        _parts(column, data.matrix[:, place], bool(direction(column, settings)))
        for place, column in enumerate(data.columns)
    ]


def _parts(column: Column, values: Floats, has_direction: bool) -> Parts:
    if column.is_category:
        known = values[~np.isnan(values)]
        rows = np.bincount(known.astype(np.int64), minlength=column.other + 1)
        order = np.argsort(-rows, kind="stable")[:MOST_LEVELS]
        levels = order[rows[order] >= max(1, LEAST_SHARE * len(known))]
        raw = (np.arange(len(rows))[:, None] == levels).astype(float)
        mean = rows @ raw / max(1, len(known))
        centred = np.where(rows[:, None] > 0, raw - mean, 0.0)
        return Parts(np.empty(0), centred @ _uncorrelated((centred.T * rows) @ centred / max(1, len(known))))
    numbers = KnownNumbers.of(values)
    knots = _knots(numbers)
    if len(knots) < 2 or has_direction:
        return Parts(knots, np.empty((len(knots), 0)))
    by_row = ramps(knots, numbers.by_row)
    mean = by_row.mean(axis=0)
    by_row -= mean
    return Parts(knots, (ramps(knots, knots) - mean) @ _uncorrelated(by_row.T @ by_row / len(by_row)))


def _knots(known: KnownNumbers) -> Floats:
    """Few values are knots each; else the ends and the thirds."""
    levels = sorted([*ENDS, *THIRDS])
    knots = known.distinct
    if len(knots) > len(levels):
        places = known.quantiles(levels)
        knots = knots[places[np.append(True, np.diff(places) > 0)]]
    return knots[are_apart(knots)] if len(knots) > 1 else knots


def _uncorrelated(covariance: Floats) -> Floats:
    """(m, d) from columns with this covariance to columns with spread 1 and no correlation."""
    if not len(covariance):
        return covariance
    sizes, directions = np.linalg.eigh(covariance)
    is_kept = sizes > TINY * max(sizes[-1], TINY)
    return np.asarray(directions[:, is_kept] / np.sqrt(sizes[is_kept]))


def find_pairs(
    parts: Sequence[Parts],
    data: TrainingRows,
    design: Floats,
    log_odds: Floats,
    penalty: Floats,
    most: int,
) -> list[PairBasis]:
    """At most this many pairs, the clearest first, each tested beside all single features and those before.

    design: (n, m) the regression without pairs. log_odds: (n,) of its fit. penalty: (m, m).
    Source of the greedy order: Friedman (1991), Multivariate adaptive regression splines.
    """
    places = [place for place, part in enumerate(parts) if part.width]
    number = len(places) * (len(places) - 1) // 2
    if not number:
        return []
    limit = NormalDist().inv_cdf(1 - CHANCE / number)
    screen = _Screen.of(parts, places, data)
    found: list[PairBasis] = []
    while len(found) < min(most, number):
        test = ScoreTest.of(data, design, log_odds)
        tested = []
        for first, second in screen.promising(test.residual, [(pair.first, pair.second) for pair in found]):
            pair = PairBasis(first, second, (parts[first], parts[second]))
            columns = np.empty((len(design), pair.width))
            pair.encode(data.matrix, columns)
            tested.append((test.standard_score(columns), pair, columns))
        score, pair, columns = max(tested, key=lambda each: each[0])
        if score <= limit:
            break
        found.append(pair)
        design = np.column_stack([design, columns])
        larger = np.eye(design.shape[1])
        larger[: len(penalty), : len(penalty)] = penalty
        penalty = larger
        log_odds = log_odds + _first_step(data, design, log_odds, penalty, pair.width)
    return found


@dataclass(frozen=True)
class _Screen:
    """The products of all columns of all features, on some of the rows.

    places: of the features. starts: (f,) where their columns begin. columns: (s, d).
    step: every how many rows.
    """

    places: Sequence[int]
    starts: Ints
    columns: Floats
    step: int

    @classmethod
    def of(cls, parts: Sequence[Parts], places: Sequence[int], data: TrainingRows) -> _Screen:
        widths = np.array([parts[place].width for place in places])
        step = max(1, int(np.ceil(len(data.truth) * float(widths.sum()) ** 2 / SCREEN_WORK)))
        some = data.matrix[::step]
        columns = np.hstack([parts[place].encode(some[:, place]) for place in places])
        return cls(places, np.cumsum(widths) - widths, columns, step)

    def promising(self, residual: Floats, found: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """The pairs, not yet found, whose products go best with the residuals (n,); the best first."""
        error, squares = residual[:: self.step], self.columns**2
        gain = (self.columns.T * error) @ self.columns
        statistics = gain**2 / np.maximum((squares.T * error**2) @ squares, np.finfo(float).tiny)
        for axis in (0, 1):
            statistics = np.add.reduceat(statistics, self.starts, axis=axis)
        widths = np.diff(self.starts, append=self.columns.shape[1])
        scores = standard_score(statistics, np.outer(widths, widths))
        rows, columns = np.triu_indices(len(self.places), 1)
        pairs = (
            (self.places[rows[at]], self.places[columns[at]])
            for at in np.argsort(-scores[rows, columns], kind="stable").tolist()
        )
        return [
            pair for pair, _ in zip((p for p in pairs if p not in found), range(CANDIDATES), strict=False)
        ]


def _first_step(data: TrainingRows, design: Floats, log_odds: Floats, penalty: Floats, width: int) -> Floats:
    """(n,) what one step of Newton's method adds to the log-odds when the last columns of the design enter.

    One step is enough to see what else is left. width: the number of columns that enter.
    """
    test = ScoreTest.of(data, design, log_odds)
    curvature = test.information + TINY * np.eye(len(test.information))
    curvature[1:, 1:] += penalty
    slope = np.zeros(len(curvature))
    slope[-width:] = test.residual @ test.line[:, -width:]
    return np.asarray(test.line @ np.linalg.solve(curvature, slope))
