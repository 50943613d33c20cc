"""How a feature enters the regression: knots, the shape without bends, and what bends cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from churnkit.arrays import Flags, Floats, Ints
from churnkit.evaluation.metrics import log_losses
from churnkit.models.calibration import sigmoid
from churnkit.models.columns import Column, TrainingRows
from churnkit.models.curves import LINEAR, LOG, Curve

SHAPE_ROWS = 200_000  # rows used to place the knots of a number
CHOICE_ROWS = 20_000  # rows used to choose: the strength, the shape of a number, bends, and pairs
ENDS = (0.001, 0.999)  # quantiles; beyond them a curve is flat
INNER_KNOTS = 8  # six to ten do equally well, three are too few
FEW_VALUES = 10  # up to this many different values, each one is a knot
FREQUENT = 0.15  # a value with a larger share of the rows gets a step of its own
BEND = (
    0.3  # penalty of a change of slope, where that of a slope is 1; up to .1 and 1 the losses differ by .005
)
SHORT = 1e-4  # of the spread: a ramp that has no slope of its own
NEAR = 1e-12  # of the range: knots that are one
LARGEST = 1e100  # a number beyond it counts as this
NEWTON_STEPS = 8
GROUPS = 256  # of rows with neighbouring values, to choose the shape of a number
SMALL_STEP = 1e-6  # Newton's method stops at steps below this: the loss does not change any more


@dataclass(frozen=True)
class Basis:
    """A feature in the regression. A number is a sum of ramps: each rises from 0 to 1 between two knots.

    levels: of a category, 0 for a number. knots: (k,). is_step: (k - 1,) ramps beside a frequent value, which
    may rise without bending the curve. shape: LINEAR or LOG. heights: (k - 1,) of the ramps that make up this
    shape with spread 1. spread: of the number on its shape. means: (k - 1,) of the ramps, over known rows.
    weights: (k - 1, m) the heights of the ramps per regression column. is_bounded: whether the weights of
    these columns may not be negative.
    """

    levels: int
    knots: Floats
    is_step: Flags
    shape: str
    heights: Floats
    spread: float
    means: Floats
    weights: Floats
    is_bounded: bool = False

    @property
    def width(self) -> int:
        """The number of regression columns: m, and one for missing values."""
        return (self.levels or self.weights.shape[1]) + 1

    @property
    def is_bent(self) -> bool:
        """Whether each ramp has a weight of its own."""
        return bool(self.weights.shape[1] > 1)

    @property
    def can_bend(self) -> bool:
        """Whether there are several ramps, none of them too short to have a slope."""
        plain = self.heights[~self.is_step]
        return len(self.heights) > 1 and bool((self.heights > 0).all() and (plain > SHORT).all())

    def bent(self) -> Basis:
        """The same feature, with a weight for each ramp."""
        sign = -1.0 if self.weights.sum() < 0 else 1.0
        return replace(self, weights=sign * np.eye(len(self.heights)))

    def bounded(self, direction: int) -> Basis:
        """The same feature, rising only (1) or falling only (-1); 0: unchanged."""
        if not direction or self.levels:
            return self
        return replace(self, weights=direction * self.weights, is_bounded=True)

    def encode(self, values: Floats, out: Floats) -> None:
        """Writes the regression columns of n values to out (n, m + 1); the last one is 1 for a missing value.

        The others have the mean of the known values then.
        """
        missing = np.isnan(values)
        out[:, -1] = missing
        if self.levels:
            out[:, :-1] = values[:, None] == np.arange(self.levels)
            return
        if self.is_bent:
            out[:, :-1] = ramps(self.knots, values)
            out[:, :-1] *= self.weights.diagonal()
        elif len(self.knots) > 1:
            out[:, 0] = np.interp(values, self.knots, np.append(0.0, np.cumsum(self.weights)))
        else:
            out[:, 0] = 0.0
        if missing.any():
            out[missing, :-1] = self.means @ self.weights

    def penalty(self) -> Floats:
        """(m + 1, m + 1) what the weights of the regression columns cost, as a quadratic form."""
        cost = np.eye(self.width)
        if self.is_bent:  # the sign of the weights does not matter: it occurs twice
            line, bends = self._line(), self._bends()
            cost[:-1, :-1] = np.outer(line, line) + BEND * bends.T @ bends
        return cost

    def bounds(self) -> Flags:
        """(m + 1,) whether the weight of a regression column may not be negative."""
        return np.append(np.full(self.width - 1, self.is_bounded), False)

    def curve(self, weights: Floats, means: Floats, is_used: Flags) -> Curve:
        """The curve, with mean contribution 0, from the weights of the regression columns.

        weights, means (over all rows), is_used (false: the same in all rows): (m + 1,). A category, or a
        missing value, that no training row had adds 0, as the average row does.
        """
        mean = float(weights @ means)
        added = np.where(is_used, weights - mean, 0.0)
        if self.levels:
            return Curve(levels=tuple(added[:-1].tolist()), missing=float(added[-1]))
        heights = self.weights @ weights[:-1]
        missing = float(added[-1] + (heights @ self.means if is_used[-1] else 0.0))
        if not len(heights):
            return Curve(missing=missing)
        if self.is_bent or self.shape == LOG:
            points = tuple(self.knots.tolist()), tuple((np.append(0, np.cumsum(heights)) - mean).tolist())
            return Curve(points=points, missing=missing)
        low, high = float(self.knots[0]), float(self.knots[-1])
        weight = float(heights.sum()) * self.spread / (high - low)
        center = low + mean * self.spread / weight if weight else 0.0
        return Curve(LINEAR, low, high, center, self.spread, weight, missing)

    def _line(self) -> Floats:
        """(k - 1,) ramp heights → the mean slope on the shape, over the ramps that are not steps."""
        plain = ~self.is_step if not self.is_step.all() else self.is_step
        return np.asarray(plain / self.heights[plain].sum())

    def _bends(self) -> Floats:
        """(b, k - 1) ramp heights → changes of slope on the shape, and what steps add to the mean slope."""
        places = np.flatnonzero(~self.is_step)
        slopes = np.diag(1 / self.heights)
        steps = np.eye(len(self.heights)) - np.outer(self.heights, self._line())
        return np.vstack([np.diff(slopes[places], axis=0), steps[self.is_step]])


def ramps(knots: Floats, values: Floats) -> Floats:
    """(n, k - 1) for each pair of neighbouring knots: 0 below both, 1 above both, straight between."""
    out = np.clip(values, knots[0], knots[-1])[:, None] - knots[:-1]
    out /= knots[1:] - knots[:-1]
    return np.clip(out, 0.0, 1.0, out=out)


@dataclass(frozen=True)
class KnownNumbers:
    """The known values of a number. by_row: (n,). distinct: (d,) the different ones, ascending. rows: (d,) of
    each."""

    by_row: Floats
    distinct: Floats
    rows: Ints

    @classmethod
    def of(cls, values: Floats) -> KnownNumbers:
        """At most 200,000 of the known values, none so large that its square is infinite."""
        known = values[~np.isnan(values)]
        some = np.clip(known[:: max(1, -(-len(known) // SHAPE_ROWS))], -LARGEST, LARGEST)
        return cls(some, *np.unique(some, return_counts=True))

    def quantiles(self, levels: Sequence[float], rows: Ints | None = None) -> Ints:
        """The places among the different values of the lower quantiles. rows: (d,) that count; None: all."""
        ends = np.cumsum(self.rows if rows is None else rows)
        return np.asarray(np.searchsorted(ends, np.floor((ends[-1] - 1) * np.array(levels)), side="right"))


def describe(data: TrainingRows) -> list[Basis]:
    """How each feature enters without bends: as it is or as a logarithm, whichever predicts better alone."""
    bases, shapes = [], {}
    for place, column in enumerate(data.columns):
        basis, logarithm = _basis(column, data.matrix[:, place])
        bases.append(basis)
        if len(basis.heights) > 1:
            shapes[place] = (basis, logarithm if logarithm.can_bend else basis)
    if shapes:
        for place, basis in zip(shapes, _better_shapes(shapes, data), strict=True):
            bases[place] = basis
    return bases


def _basis(column: Column, values: Floats) -> tuple[Basis, Basis]:
    """The knots of a number, with a linear shape and with that of a logarithm."""
    nothing = np.empty(0)
    empty = Basis(0, nothing, nothing.astype(bool), LINEAR, nothing, 1.0, nothing, np.empty((0, 1)))
    if column.is_category:
        levels = replace(empty, levels=column.other + 1)
        return levels, levels
    known = KnownNumbers.of(values)
    if not len(known.by_row):
        return empty, empty
    knots, is_step = _knots(known)
    means = ramps(knots, known.by_row).mean(axis=0)

    def shaped(shape: str, at: Floats) -> Basis:
        """Straight between the knots, and standardised."""
        spread = float(np.interp(known.by_row, knots, at).std()) or 1.0
        heights = np.diff(at) / spread
        return Basis(0, knots, is_step, shape, heights, spread, means, heights[:, None])

    return shaped(LINEAR, knots), shaped(LOG, np.sign(knots) * np.log1p(np.abs(knots)))


def _knots(known: KnownNumbers) -> tuple[Floats, Flags]:
    """The knots, values of the rows in ascending order; and which ramps are steps.

    Few values are knots each; else the ends and quantiles. A frequent value is a knot between its neighbours,
    and the quantiles are those of the other values.
    """
    values, rows = known.distinct, known.rows
    if len(values) <= FEW_VALUES:
        knots = values[are_apart(values)]
        return knots, np.zeros(len(knots) - 1, dtype=bool)
    is_frequent = rows > FREQUENT * len(known.by_row)
    levels = [number / (INNER_KNOTS + 1) for number in range(1, INNER_KNOTS + 1)]
    is_knot = is_frequent.copy()
    is_knot[1:] |= is_frequent[:-1]
    is_knot[:-1] |= is_frequent[1:]
    is_knot[known.quantiles(levels, np.where(is_frequent, 0, rows))] = True
    is_knot[known.quantiles(ENDS)] = True
    places = np.flatnonzero(is_knot)
    places = places[are_apart(values[places])]
    is_step = (np.diff(places) == 1) & (is_frequent[places[:-1]] | is_frequent[places[1:]])
    return values[places], is_step


def are_apart(knots: Floats) -> Flags:
    """Which of the knots do not almost equal the one before."""
    return np.append(True, np.diff(knots) > NEAR * (knots[-1] - knots[0]))


def _better_shapes(shapes: Mapping[int, tuple[Basis, Basis]], data: TrainingRows) -> list[Basis]:
    """Of two shapes of each number the one that predicts better alone. shapes: by the index of the column."""
    step = -(-len(data.truth) // CHOICE_ROWS)
    some, weights = data.matrix[::step], data.weights[::step]
    churned = weights * data.truth[::step]
    by_row = np.array([weights, churned, weights - churned])
    z, counts = np.empty((GROUPS, len(shapes), 2)), np.empty((2, GROUPS, len(shapes), 1))
    for number, (place, pair) in enumerate(shapes.items()):
        z[:, number], counts[:, :, number, 0] = _groups(pair, some[:, place], by_row)
    losses = np.round(_losses_alone(z, *counts), 9)
    return [pair[int(best)] for pair, best in zip(shapes.values(), losses.argmin(axis=1), strict=True)]


def _groups(shapes: Sequence[Basis], values: Floats, by_row: Floats) -> tuple[Floats, Floats]:
    """(g, 2) the mean number on each shape in groups of rows with neighbouring values; (2, g) the weight of
    those that churned, and of those that stayed.

    values: (n,). by_row: (3, n) the weight of each row, that of the churned, and of the others. Rows without
    a value are left out.
    """
    order = np.argsort(values)[: np.count_nonzero(~np.isnan(values))]
    starts = np.arange(GROUPS) * len(order) // GROUPS
    is_filled = np.diff(starts, append=len(order)) > 0
    ordered, sums = values[order], np.zeros((5, GROUPS))
    weighed = by_row[:, order]
    of_shapes = [weighed[0] * _standardised(basis, ordered) for basis in shapes]
    sums[:, is_filled] = np.add.reduceat(np.vstack([weighed, *of_shapes]), starts[is_filled], axis=1)
    return (sums[3:] / np.maximum(sums[0], 1e-300)).T, sums[1:3]


def _standardised(basis: Basis, values: Floats) -> Floats:
    """(n,) the numbers on their shape, with mean 0."""
    heights = np.append(0.0, np.cumsum(basis.heights))
    return np.asarray(np.interp(values, basis.knots, heights) - basis.means @ basis.heights)


def _losses_alone(z: Floats, churned: Floats, stayed: Floats) -> Floats:
    """(…) mean log loss of a regression on each column alone; by Newton's method.

    z: (g, …), of groups of rows. churned, stayed: their weights, (g, …) or 1 where columns share them.
    """
    counts = churned + stayed
    totals = np.maximum(counts.sum(axis=0), 1e-300)
    share = churned.sum(axis=0) / totals
    slope = np.zeros(z.shape[1:])
    intercept = slope + np.log((share + 1e-9) / (1 - share + 1e-9))
    for _ in range(NEWTON_STEPS):
        p = sigmoid(z * slope + intercept)
        expected = counts * p
        error, curvature = churned - expected, expected * (1 - p)
        bent = curvature * z
        across, along = bent.sum(axis=0), (bent * z).sum(axis=0) + 1e-6
        level = curvature.sum(axis=0) + 1e-6
        determinant = along * level - across**2
        pull, lift = (error * z).sum(axis=0), error.sum(axis=0)
        steps = (level * pull - across * lift) / determinant, (along * lift - across * pull) / determinant
        slope, intercept = slope + steps[0], intercept + steps[1]
        if max(np.abs(step).max() for step in steps) < SMALL_STEP:
            break
    said = z * slope + intercept
    losses = churned * log_losses(np.ones(1), said) + stayed * log_losses(np.zeros(1), said)
    means = losses.sum(axis=0) / totals
    return np.where(np.isfinite(means), means, np.inf)
