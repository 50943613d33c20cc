"""The expected calibration error (ECE) without the part that chance adds, and its interval.

The ECE adds up absolute gaps, so chance alone makes it positive, and a bootstrap of it holds the truth almost
never. Here the gap of a bin is normal around a true one, and all bins are off by the same d, towards the
observed side: the corrected figure and the ends of its interval are the errors at which the observed ECE is
the mean, or is at the end of what chance would show.
Source: Bröcker (2012), Estimating reliability and resolution of probability forecasts; Neyman (1937),
Outline of a theory of statistical estimation, for the ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from churnkit.arrays import Floats, Ints
from churnkit.evaluation.metrics import BINS, probability_bins
from churnkit.intervals import TAILS

DRAWS = 2_000
STEPS = 20  # halvings: d is known to a millionth


@dataclass(frozen=True)
class CalibrationError:
    """chance: the mean ECE of a perfect score of these rows. corrected: the ECE without bias. low, high: its
    interval."""

    chance: float
    corrected: float
    low: float
    high: float

    @property
    def fields(self) -> dict[str, float]:
        """The fields of a record, beside `ece`."""
        return {
            "ece_chance": self.chance,
            "ece_corrected": self.corrected,
            "ece_low": self.low,
            "ece_high": self.high,
        }


@dataclass(frozen=True)
class _Bins:
    """share: (b,) of the rows. mean: (b,) probability. gap: (b,) churned minus expected, as a share of all
    rows. variance: (b,) of the gap, if the probabilities are right. weight: (b,) of q (1 - q) in that.
    noise: (r, b) standard normal."""

    share: Floats
    mean: Floats
    gap: Floats
    variance: Floats
    weight: Floats
    noise: Floats

    def shifts(self, distance: float) -> Floats:
        """(b,) the true gap of each bin if it is off by this distance; a rate stays within 0 to 1."""
        rate = np.clip(self.mean + np.sign(self.gap) * distance, 0, 1)
        return np.asarray(self.share * (rate - self.mean), dtype=np.float64)

    def seen(self, distance: float) -> Floats:
        """(r,) ECEs that chance shows if every bin is off by this distance."""
        shift = self.shifts(distance)
        rate = self.mean + shift / self.share
        spread = self.weight * (rate * (1 - rate) - self.mean * (1 - self.mean))
        gaps = shift + np.sqrt(np.maximum(self.variance + spread, 0)) * self.noise
        return np.asarray(np.abs(gaps).sum(axis=1), dtype=np.float64)


def calibration_error(
    truth: Floats,
    probability: Floats,
    groups: Ints | None = None,
    weights: Floats | None = None,
    seed: int = 0,
) -> CalibrationError:
    """truth: (n,) 0 and 1. probability: (n,) 0 to 1. groups: (n,) the number of each row's customer, or None.
    weights: (n,) of the rows."""
    bins = _bins(truth, probability, groups, weights, seed)
    ece = float(np.abs(bins.gap).sum())

    chance = float(bins.seen(0.0).mean())

    def error_at(observed: float, statistic: Callable[[Floats], float]) -> float:
        """The true error at which a statistic of the ECEs that chance shows is the observed ECE."""
        low, high = 0.0, 1.0
        if statistic(bins.seen(0.0)) >= observed:
            return 0.0
        for _ in range(STEPS):
            middle = (low + high) / 2
            low, high = (low, middle) if statistic(bins.seen(middle)) >= observed else (middle, high)
        return float(np.abs(bins.shifts(high)).sum())

    return CalibrationError(
        chance=chance,
        corrected=error_at(ece, lambda seen: float(seen.mean())),
        low=error_at(ece, lambda seen: float(np.percentile(seen, TAILS[1]))),
        # an ECE below that of chance, as of a score calibrated on these rows, promises no smaller error
        high=error_at(max(ece, chance), lambda seen: float(np.percentile(seen, TAILS[0]))),
    )


def _bins(
    truth: Floats, probability: Floats, groups: Ints | None, weights: Floats | None, seed: int
) -> _Bins:
    """The bins with rows."""
    place = probability_bins(probability)
    each = np.ones(len(truth)) if weights is None else weights
    rest, total = each * (truth - probability), float(each.sum())
    sums = [
        np.bincount(place, values, BINS).astype(np.float64)
        for values in (each, each * probability, rest, each**2 * probability * (1 - probability), each**2)
    ]
    rows, expected, gap, variance, squares = (values[sums[0] > 0] for values in sums)
    effect = _design_effect(rest, place, groups) / total**2
    noise = np.random.default_rng(seed).standard_normal((DRAWS, len(rows)))
    return _Bins(rows / total, expected / rows, gap / total, variance * effect, squares * effect, noise)


def _design_effect(rest: Floats, place: Ints, groups: Ints | None) -> float:
    """How much more the gaps vary because the rows of one customer are not independent; at least 1.

    rest: (n,) churned minus expected. place: (n,) the bin of each row.
    Source: Kish (1965), Survey sampling, 8.2.
    """
    alone = float((rest**2).sum())
    if groups is None or not alone:
        return 1.0
    if np.bincount(groups).max() == 1:  # each row is a customer, and a pair
        sums = rest[np.argsort(groups)]
    else:
        pair = np.unique(groups * BINS + place, return_inverse=True)[1]
        sums = np.bincount(pair, rest).astype(np.float64)
    return max(1.0, float((sums**2).sum()) / alone)
