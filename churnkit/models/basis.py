"""How a feature enters the regression: knots, the shape without bends, and what bends cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from churnkit.arrays import Flags, Floats
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
    out /= np.diff(knots)
    return np.clip(out, 0.0, 1.0, out=out)


def describe(data: TrainingRows) -> list[Basis]:
    """How each feature enters without bends: as it is or as a logarithm, whichever predicts better alone."""
    bases = [_basis(column, data.matrix[:, place]) for place, column in enumerate(data.columns)]
    places = [place for place, basis in enumerate(bases) if len(basis.heights) > 1]
    if places:
        for place, basis in zip(places, _shaped([bases[p] for p in places], data, places), strict=True):
            bases[place] = basis
    return bases


def _basis(column: Column, values: Floats) -> Basis:
    """The knots of a number, with a linear shape."""
    nothing = np.empty(0)
    empty = Basis(0, nothing, nothing.astype(bool), LINEAR, nothing, 1.0, nothing, np.empty((0, 1)))
    if column.is_category:
        return replace(empty, levels=column.other + 1)
    known = known_numbers(values)
    if not len(known):
        return empty
    knots, is_step = _knots(known)
    basis = replace(empty, knots=knots, is_step=is_step, means=ramps(knots, known).mean(axis=0))
    return _with_shape(basis, LINEAR, known)


def known_numbers(values: Floats) -> Floats:
    """At most 200,000 of the known values, none so large that its square is infinite."""
    known = values[~np.isnan(values)]
    return np.clip(known[:: max(1, -(-len(known) // SHAPE_ROWS))], -LARGEST, LARGEST)


def _with_shape(basis: Basis, shape: str, known: Floats) -> Basis:
    """The basis with a shape that is straight between the knots, and standardised."""
    at = basis.knots if shape == LINEAR else np.sign(basis.knots) * np.log1p(np.abs(basis.knots))
    spread = float(np.interp(known, basis.knots, at).std()) or 1.0
    heights = np.diff(at) / spread
    return replace(basis, shape=shape, heights=heights, spread=spread, weights=heights[:, None])


def _knots(known: Floats) -> tuple[Floats, Flags]:
    """The knots, values of the rows in ascending order; and which ramps are steps.

    known: (n,) without NaN. Few values are knots each; else the ends and quantiles. A frequent value is a
    knot between its neighbours, and the quantiles are those of the other values.
    """
    values, counts = np.unique(known, return_counts=True)
    if len(values) <= FEW_VALUES:
        knots = apart(values)
        return knots, np.zeros(len(knots) - 1, dtype=bool)
    frequent = np.flatnonzero(counts > FREQUENT * len(known))
    others = np.delete(values, frequent).repeat(np.delete(counts, frequent))
    levels = np.arange(1, INNER_KNOTS + 1) / (INNER_KNOTS + 1)
    inner = np.quantile(others, levels, method="lower")
    low, high = np.quantile(known, ENDS, method="lower")
    beside = np.unique(np.clip(frequent[:, None] + [-1, 0, 1], 0, len(values) - 1))
    knots = apart(np.unique(np.concatenate([[low, high], inner, values[beside]])))
    ends = np.searchsorted(values, knots)
    is_step = (np.diff(ends) == 1) & (np.isin(ends[:-1], frequent) | np.isin(ends[1:], frequent))
    return knots, is_step


def apart(knots: Floats) -> Floats:
    """The knots without those that almost equal the one before."""
    is_apart = np.diff(knots) > NEAR * (knots[-1] - knots[0])
    return np.asarray(knots[np.append(True, is_apart)])


def _shaped(bases: Sequence[Basis], data: TrainingRows, places: Sequence[int]) -> list[Basis]:
    """These numbers, each with the shape that predicts better alone. places: of their columns."""
    step = -(-len(data.truth) // CHOICE_ROWS)
    truth, weights, some = data.truth[::step], data.weights[::step], data.matrix[::step]
    pairs, groups = [], []
    for basis, place in zip(bases, places, strict=True):
        logarithm = _with_shape(basis, LOG, known_numbers(data.matrix[:, place]))
        pairs.append((basis, logarithm if logarithm.can_bend else basis))
        groups.append(_groups(pairs[-1], some[:, place], truth, weights))
    z, churned, stayed = (np.concatenate(parts, axis=1) for parts in zip(*groups, strict=True))
    losses = np.round(_losses_alone(z, churned, stayed), 9).reshape(len(bases), 2)
    return [pair[int(best)] for pair, best in zip(pairs, losses.argmin(axis=1), strict=True)]


def _groups(
    shapes: Sequence[Basis], values: Floats, truth: Floats, weights: Floats
) -> tuple[Floats, Floats, Floats]:
    """(g, 2) each: the mean number on each shape in groups of rows with neighbouring values; the weight of
    those that churned, and of those that stayed.

    values, truth, weights: (n,). Rows without a value are left out.
    """
    order = np.argsort(values)[: np.count_nonzero(~np.isnan(values))]
    starts = np.arange(GROUPS) * len(order) // GROUPS
    is_filled = np.diff(starts, append=len(order)) > 0

    def added(by_row: Floats) -> Floats:
        sums = np.zeros(GROUPS)
        if is_filled.any():
            sums[is_filled] = np.add.reduceat(by_row[order], starts[is_filled])
        return sums

    rows = np.maximum(added(weights), 1e-300)
    churned = added(weights * truth)
    z = [added(weights * _standardised(basis, values)) / rows for basis in shapes]
    stayed = added(weights * (1 - truth))
    return np.column_stack(z), np.column_stack([churned, churned]), np.column_stack([stayed, stayed])


def _standardised(basis: Basis, values: Floats) -> Floats:
    """(n,) the numbers on their shape, with mean 0; NaN stays."""
    heights = np.append(0.0, np.cumsum(basis.heights))
    return np.asarray(np.interp(values, basis.knots, heights) - basis.means @ basis.heights)


def _losses_alone(z: Floats, churned: Floats, stayed: Floats) -> Floats:
    """(k,) mean log loss of a regression on each column alone; by Newton's method.

    z: (g, k), of groups of rows. churned, stayed: (g, k) their weights.
    """
    counts = churned + stayed
    totals = np.maximum(counts.sum(axis=0), 1e-300)
    share = churned.sum(axis=0) / totals
    slope, intercept = np.zeros(z.shape[1]), np.log((share + 1e-9) / (1 - share + 1e-9))
    for _ in range(NEWTON_STEPS):
        p = sigmoid(z * slope + intercept)
        error, curvature = churned - counts * p, counts * p * (1 - p)
        across, along = (curvature * z).sum(axis=0), (curvature * z * z).sum(axis=0) + 1e-6
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
