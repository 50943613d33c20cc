"""What chance leaves of a metric: whole customers are drawn again and again, and all metrics counted anew."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from churnkit.arrays import Floats, Ints
from churnkit.evaluation import metrics
from churnkit.evaluation.metrics import METRICS, Scores
from churnkit.intervals import TAILS

REPEATS = 1000
MOST_SCORES = 10_000  # different scores that are told apart; beyond, neighbours are put together
THREADS = 2  # numpy lets go of the interpreter while it counts

Ends = dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Resamples:
    """figures: (r, s, m) of each resample, score and metric. merged: (s, m) what putting neighbouring
    scores together does to a metric. dropped: resamples of one class."""

    figures: Floats
    merged: Floats
    dropped: int

    def intervals(self) -> Ends:
        """The 95 % interval of each metric of the first score; nan where every resample was dropped."""
        return _ends(self.figures[:, 0] - self.merged[0])

    def differences(self, other: int = 1) -> Ends:
        """The 95 % interval of each metric of the first score less that of another."""
        mine, others = (self.figures[:, k] - self.merged[k] for k in (0, other))
        return _ends(mine - others)


def _ends(figures: Floats) -> Ends:
    if not len(figures):
        return dict.fromkeys(METRICS, (math.nan, math.nan))
    low, high = np.percentile(figures, TAILS, axis=0)
    return {name: (float(low[k]), float(high[k])) for k, name in enumerate(METRICS)}


def percentile_intervals(
    truth: Floats,
    probability: Floats,
    groups: Ints | None = None,
    repeats: int = REPEATS,
    seed: int = 0,
) -> tuple[Ends, int]:
    """The 95 % interval of each metric, and how many resamples of one class were dropped."""
    found = resample(truth, [probability], groups, repeats, seed)
    return found.intervals(), found.dropped


def resample(
    truth: Floats,
    scores: Sequence[Floats],
    groups: Ints | None,
    repeats: int,
    seed: int,
    weights: Floats | None = None,
) -> Resamples:
    """All metrics of some scores, on the same resamples, so that their differences are paired.

    truth: (n,) 0 and 1. scores: each (n,). groups: (n,) a number a customer, None where each row is one.
    Whole customers are drawn, with replacement. weights: (n,) how much each row counts.
    Source: Efron (1979), Bootstrap methods; Field, Welsh (2007), Bootstrapping clustered data.
    """
    order = np.lexsort((scores[0], -truth))  # who left first, rows of one score together: counting is fast
    leavers, scores = int(truth.sum()), [score[order] for score in scores]
    who = None
    if groups is not None and len(np.unique(groups)) < len(groups):
        who = np.unique(groups[order], return_inverse=True)[1]
    weights = np.ones(len(truth)) if weights is None else weights[order]
    told = [_distinct_scores(score) for score in scores]
    counted = [_counted(some, weights, leavers) for some in told]
    exact = [metrics.tally(truth[order], score, weights) for score in scores]
    merged = np.array([_figures(few) for few in counted]) - np.array([_figures(all_) for all_ in exact])
    drawn = partial(_resample, told, leavers, weights, who)
    with ThreadPoolExecutor(THREADS) as pool:
        rows = list(pool.map(drawn, ([seed, number] for number in range(repeats))))
    kept = [row for row in rows if row is not None]
    figures = np.array(kept).reshape(len(kept), len(scores), len(METRICS))
    return Resamples(figures, np.nan_to_num(merged), repeats - len(kept))


def _distinct_scores(score: Floats) -> Scores:
    """The different scores; where there are very many, neighbours together at their mean."""
    values, place, rows = np.unique(score, return_inverse=True, return_counts=True)
    if len(values) <= MOST_SCORES:
        return Scores(values, place)
    part = (np.cumsum(rows) - 1) * MOST_SCORES // len(score)
    _, part = np.unique(part, return_inverse=True)
    finite = np.where(np.isfinite(values), values, 0.0)
    means = np.bincount(part, weights=finite * rows) / np.bincount(part, weights=rows)
    return Scores(means, part[place])


def _resample(
    scores: Sequence[Scores], leavers: int, weights: Floats, who: Ints | None, seed: list[int]
) -> list[list[float]] | None:
    """The metrics of one resample, None where it is of one class.

    leavers: the rows that left, which are the first. who: the customer of each row, or None.
    """
    customers = len(weights) if who is None else int(who.max()) + 1
    drawn = np.random.default_rng(seed).integers(0, customers, customers, dtype=np.int32)
    times = np.bincount(drawn, minlength=customers)
    weight = weights * (times if who is None else times[who])
    if not weight[:leavers].any() or not weight[leavers:].any():
        return None
    return [_figures(_counted(some, weight, leavers)) for some in scores]


def _counted(scores: Scores, weights: Floats, leavers: int) -> metrics.Tally:
    left, stayed = slice(None, leavers), slice(leavers, None)
    return metrics.Tally(scores, scores.sums(weights, left), scores.sums(weights, stayed))


def _figures(tally: metrics.Tally) -> list[float]:
    return [metric(tally) for metric in METRICS.values()]
