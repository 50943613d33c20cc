"""The regression that is fitted: which columns the features become, and the weights for each strength."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from churnkit.arrays import Flags, Floats
from churnkit.models.basis import CHOICE_ROWS, Basis, describe
from churnkit.models.bends import find_bends
from churnkit.models.columns import TrainingRows
from churnkit.models.curves import Curve
from churnkit.models.encoding import direction
from churnkit.models.interactions import PairBasis, describe_parts, find_pairs
from churnkit.models.pairs import Pair
from churnkit.models.penalised import Blocks, fit_weights

TYPICAL_STRENGTH = 1.0  # C where nothing chooses it
BLOCK_ROWS = 8_192  # rows of the design computed at a time
KEPT_ROWS = 200_000  # up to this many rows the design is kept, else it is computed again at each step


@dataclass(frozen=True)
class Regression:
    """How features and pairs enter. means: (m,) of the regression columns, over the rows. is_used: (m,)
    whether a column is not constant. rows: these rows. kept: their columns that are used, in pieces; None if
    there are many rows."""

    bases: Sequence[Basis]
    pairs: Sequence[PairBasis]
    means: Floats
    is_used: Flags
    rows: TrainingRows
    kept: Sequence[tuple[slice, Floats]] | None

    @classmethod
    def of(cls, bases: Sequence[Basis], pairs: Sequence[PairBasis], rows: TrainingRows) -> Regression:
        """The regression of these rows."""
        width = _parts([*bases, *pairs])[-1].stop
        sums, low, high = np.zeros(width), np.full(width, np.inf), np.full(width, -np.inf)
        kept = []
        for some, block in _blocks(bases, pairs, rows):
            sums += block.T @ rows.weights[some]
            low, high = np.minimum(low, block.min(axis=0)), np.maximum(high, block.max(axis=0))
            if len(rows.truth) <= KEPT_ROWS:
                kept.append((some, block))
        is_used = low < high
        used = [(some, block[:, is_used]) for some, block in kept] or None
        return cls(bases, pairs, sums / rows.weights.sum(), is_used, rows, used)

    def fits(
        self, rows: TrainingRows, strengths: Sequence[float], start: Floats | None = None
    ) -> Iterator[Floats]:
        """(m + 1,) the intercept and the weights of the used columns for each C, each starting from the
        solution before. start: where the first begins: near the solution; None: far from it."""
        penalty, is_bounded = self.penalty(), self._bounds()
        at = np.append(math.log(rows.base_rate / (1 - rows.base_rate)), np.zeros(len(penalty)))
        if start is not None:
            at[: len(start)] = start
        few = rows.sample(CHOICE_ROWS, 0)
        is_far = start is None and few is not rows and few.has_both_classes
        parts = [few, rows] if is_far else [rows]
        designs = [(part, self.blocks(part)) for part in parts]
        for strength in strengths:
            for part, blocks in designs:  # a part of the rows is soon near the solution of all
                at = fit_weights(blocks, part.truth, part.weights, penalty / strength, is_bounded, at)
            yield at

    def blocks(self, rows: TrainingRows) -> Blocks:
        """The design in pieces: the columns that are used.

        For a million rows it is computed again whenever it is read, so that it is never in memory.
        """
        if rows is self.rows and self.kept is not None:
            kept = self.kept
            return lambda: kept

        def computed() -> Iterator[tuple[slice, Floats]]:
            for some, block in _blocks(self.bases, self.pairs, rows):
                self._fill_unseen(block)
                yield some, block[:, self.is_used]

        if len(rows.truth) > KEPT_ROWS:
            return computed
        computed_once = list(computed())
        return lambda: computed_once

    def _fill_unseen(self, block: Floats) -> None:
        """A category, or a missing value, that no row had counts as the average row."""
        for part in _parts(self.bases):
            unseen = block[:, part][:, ~self.is_used[part]].any(axis=1)
            if unseen.any():
                block[unseen, part] = self.means[part]

    def log_odds(self, rows: TrainingRows, solutions: Iterable[Floats]) -> list[Floats]:
        """(n,) each, for the solutions of `fits`."""
        design = self.design(rows)
        return [fitted[0] + design @ fitted[1:] for fitted in solutions]

    def design(self, rows: TrainingRows) -> Floats:
        """(n, m) the columns that are used."""
        blocks = [block for _, block in self.blocks(rows)()]
        return np.vstack(blocks) if len(blocks) > 1 else blocks[0]

    def penalty(self) -> Floats:
        """(m, m) what the weights of the used columns cost, as a quadratic form."""
        joined = np.eye(len(self.means))
        for basis, part in zip(self.bases, _parts(self.bases), strict=True):
            joined[part, part] = basis.penalty()
        return joined[np.ix_(self.is_used, self.is_used)]

    def _bounds(self) -> Flags:
        of_pairs = np.zeros(sum(pair.width for pair in self.pairs), dtype=bool)
        return np.concatenate([*(basis.bounds() for basis in self.bases), of_pairs])[self.is_used]

    def terms(self, fitted: Floats) -> tuple[float, tuple[Curve, ...], tuple[Pair, ...]]:
        """The base, the curves of the features, and the pairs. fitted: a result of `fits`."""
        weights = np.zeros(len(self.means))
        weights[self.is_used] = fitted[1:]
        parts = _parts([*self.bases, *self.pairs])
        curves = tuple(
            basis.curve(weights[part], self.means[part], self.is_used[part])
            for basis, part in zip(self.bases, parts, strict=False)
        )
        pairs = tuple(
            pair.pair(weights[part], self.means[part])
            for pair, part in zip(self.pairs, parts[len(self.bases) :], strict=True)
        )
        return float(fitted[0] + weights @ self.means), curves, pairs


def prepare(data: TrainingRows, sample: TrainingRows, settings: Mapping[str, Any]) -> Regression:
    """The regression of the features alone; which numbers bend is tested on a sample of the rows.

    settings: rising, falling: names of number columns.
    """
    bases = [
        basis.bounded(direction(column, settings))
        for column, basis in zip(data.columns, describe(data), strict=True)
    ]
    straight = Regression.of(bases, (), sample)
    (fitted,) = straight.fits(sample, [TYPICAL_STRENGTH])
    design = straight.design(sample)
    is_bent = find_bends(bases, sample, design, fitted[0] + design @ fitted[1:])
    if not any(is_bent) and sample is data:
        return straight
    return Regression.of(
        [b.bent() if bends else b for b, bends in zip(bases, is_bent, strict=True)], (), data
    )


def add_pairs(
    regression: Regression,
    sample: TrainingRows,
    fitted: Floats,
    most: int,
    settings: Mapping[str, Any],
) -> Regression:
    """The regression with at most this many pairs, which are found on a sample of its rows; itself if there
    are none.

    fitted: (m + 1,) the solution on the sample with the typical strength. settings: as in `prepare`.
    """
    design = regression.design(sample)
    log_odds = fitted[0] + design @ fitted[1:]
    parts = describe_parts(sample, settings)
    pairs = find_pairs(parts, sample, design, log_odds, regression.penalty(), most)
    return Regression.of(regression.bases, pairs, regression.rows) if pairs else regression


def _parts(terms: Sequence[Basis | PairBasis]) -> list[slice]:
    """The columns of each."""
    ends = np.cumsum([term.width for term in terms]).tolist()
    return [slice(end - term.width, end) for term, end in zip(terms, ends, strict=True)]


def _blocks(
    bases: Sequence[Basis], pairs: Sequence[PairBasis], data: TrainingRows
) -> Iterator[tuple[slice, Floats]]:
    """All regression columns of the rows, in pieces."""
    parts = _parts([*bases, *pairs])
    for start in range(0, len(data.truth), BLOCK_ROWS):
        rows = slice(start, start + BLOCK_ROWS)
        values = data.matrix[rows]
        block = np.empty((len(values), parts[-1].stop))
        for place, basis in enumerate(bases):
            basis.encode(values[:, place], block[:, parts[place]])
        for pair, part in zip(pairs, parts[len(bases) :], strict=True):
            pair.encode(values, block[:, part])
        yield rows, block
