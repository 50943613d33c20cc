"""Confidence intervals of metrics, from bootstraps of whole customers."""

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
MAX_SCORES = 10_000  # different scores; if there are more, neighbouring scores are merged
NAMES = tuple(METRICS)
CHUNK = 25  # resamples that a thread computes at a time
MANY_ROWS = 100_000  # from here on a resample is drawn in two steps, which is faster
PART_CUSTOMERS = 1 << 12
COUNTED_CODES = 1 << 22  # up to this code, counting is faster than sorting
THREADS = 2  # numpy releases the interpreter lock while it counts

Ends = dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Resamples:
    """The metrics of all resamples.

    figures: (r, s, m) by resample, score and metric. merge_error: (s, m) how much merging neighbouring scores
    changes a metric. dropped: the number of resamples with only one class. compared: the metrics of all
    scores; the others are nan, except for the first score.
    """

    figures: Floats
    merge_error: Floats
    dropped: int
    compared: Sequence[str]

    def intervals(self) -> Ends:
        """The 95 % interval of each metric of the first score; nan if every resample was dropped."""
        return _ends(self.figures[:, 0] - self.merge_error[0], NAMES)

    def differences(self, other: int = 1) -> Ends:
        """The 95 % interval of each compared metric of the first score minus that of another score."""
        first, second = (self.figures[:, k] - self.merge_error[k] for k in (0, other))
        return _ends((first - second)[:, [NAMES.index(name) for name in self.compared]], self.compared)


def _ends(figures: Floats, names: Sequence[str]) -> Ends:
    """The interval of each metric. figures: (r, m), in the order of the names."""
    if not len(figures):
        return dict.fromkeys(names, (math.nan, math.nan))
    low, high = np.percentile(figures, TAILS, axis=0)
    return {name: (float(low[k]), float(high[k])) for k, name in enumerate(names)}


def percentile_intervals(
    truth: Floats,
    probability: Floats,
    groups: Ints | None = None,
    repeats: int = REPEATS,
    seed: int = 0,
) -> tuple[Ends, int]:
    """The 95 % interval of each metric, and the number of resamples dropped for having one class."""
    resamples = resample(truth, [probability], groups, repeats, seed)
    return resamples.intervals(), resamples.dropped


def resample(
    truth: Floats,
    scores: Sequence[Floats],
    groups: Ints | None,
    repeats: int,
    seed: int,
    weights: Floats | None = None,
    compared: Sequence[str] = tuple(METRICS),
) -> Resamples:
    """The metrics of several scores on the same resamples, so that differences are paired.

    truth: (n,) 0 and 1. scores: each (n,). groups: (n,) the number of each row's customer; None if each
    row is a customer. Whole customers are drawn, with replacement. Of very many rows, those with the same
    truth and scores are drawn together, as a multinomial distribution: the chance is the same. weights: (n,)
    of the rows. compared: the metrics that are computed for all scores; the first score has all of them.
    Source: Efron (1979), Bootstrap methods; Field, Welsh (2007), Bootstrapping clustered data.
    """
    if groups is not None and np.bincount(groups).max() == 1:
        groups = None
    are_merged = weights is None and groups is None and len(truth) >= MANY_ROWS
    if are_merged:  # churned rows first
        order = np.concatenate([np.flatnonzero(truth), np.flatnonzero(truth == 0)])
    else:  # and by score: then counting one by one is faster
        order = np.lexsort((scores[0], -truth))
    churned = int(truth.sum())
    customer = None if groups is None else np.unique(groups[order], return_inverse=True)[1]
    weights = np.ones(len(truth)) if weights is None else weights[order]
    ranked = [_distinct_scores(score[order], weights, churned) for score in scores]
    distinct, merge_error = [some for some, _ in ranked], np.array([error for _, error in ranked])
    rows: Ints | None = None
    if are_merged:
        distinct, churned, rows = _merge_alike(distinct, churned)
    computed = [NAMES, *[tuple(compared)] * (len(scores) - 1)]
    draw = partial(
        _resample, list(zip(distinct, computed, strict=True)), churned, weights, customer, rows=rows
    )
    parts = [range(start, min(start + CHUNK, repeats)) for start in range(0, repeats, CHUNK)]
    with ThreadPoolExecutor(THREADS) as pool:
        drawn = pool.map(lambda numbers: [draw([seed, number]) for number in numbers], parts)
        kept = [row for part in drawn for row in part if row is not None]
    figures = np.array(kept).reshape(len(kept), len(scores), len(METRICS))
    return Resamples(figures, np.nan_to_num(merge_error), repeats - len(kept), tuple(compared))


def _distinct_scores(score: Floats, weights: Floats, churned: int) -> tuple[Scores, Floats]:
    """The distinct scores; if there are too many, neighbours are merged into their mean. And how much that
    changes each metric.

    score, weights: (n,). churned: the number of churned rows, which come first.
    """
    values, place, rows = np.unique(score, return_inverse=True, return_counts=True)
    exact = Scores(values, place)
    if len(values) <= MAX_SCORES:
        return exact, np.zeros(len(METRICS))
    part = (np.cumsum(rows) - 1) * MAX_SCORES // len(score)
    _, part = np.unique(part, return_inverse=True)
    finite = np.where(np.isfinite(values), values, 0.0)
    means = np.bincount(part, weights=finite * rows) / np.bincount(part, weights=rows)
    few = Scores(means, part[place])
    figures = [np.array(_figures(_tally(scores, weights, churned))) for scores in (few, exact)]
    return few, figures[0] - figures[1]


def _merge_alike(scores: Sequence[Scores], churned: int) -> tuple[list[Scores], int, Ints]:
    """The scores and the number of churned ones, which come first, and the rows of each combination."""
    place = scores[0].place
    truth = np.arange(len(place)) < churned
    codes, rows, first = np.where(truth, 0, 1), np.empty(0, dtype=np.int64), place
    for some in scores:
        first, codes, rows = _distinct_codes(codes * len(some.values) + some.place)
    return [Scores(some.values, some.place[first]) for some in scores], int(truth[first].sum()), rows


def _distinct_codes(codes: Ints) -> tuple[Ints, Ints, Ints]:
    """The first row of each distinct code, ascending; the number of each row's code; and the rows of each."""
    if codes.max() > COUNTED_CODES:
        return np.unique(codes, return_index=True, return_inverse=True, return_counts=True)[1:]
    rows = np.bincount(codes)
    first, is_there = np.empty(len(rows), dtype=np.int64), rows > 0
    first[codes[::-1]] = np.arange(len(codes))[::-1]  # the last that is written stays
    return first[is_there], (np.cumsum(is_there) - 1)[codes], rows[is_there]


def _resample(
    scores: Sequence[tuple[Scores, Sequence[str]]],
    churned: int,
    weights: Floats,
    customer: Ints | None,
    seed: list[int],
    rows: Ints | None = None,
) -> list[list[float]] | None:
    """The metrics of one resample, None if it has only one class.

    scores: with the names of their metrics. churned: the number of churned rows, which come first. customer:
    of each row, or None. rows: how many rows of the table each row stands for, or None.
    """
    if rows is not None:
        total = int(rows.sum())
        weight = np.random.default_rng(seed).multinomial(total, rows / total).astype(np.float64)
    else:
        weight = draw_weights(weights, customer, seed)
    if not weight[:churned].any() or not weight[churned:].any():
        return None
    return [_figures(_tally(some, weight, churned), names) for some, names in scores]


def draw_weights(weights: Floats, customer: Ints | None, seed: list[int]) -> Floats:
    """(n,) the weights if whole customers are drawn with replacement. customer: of each row, or None."""
    customers = len(weights) if customer is None else int(customer.max()) + 1
    times = _times_drawn(customers, np.random.default_rng(seed))
    return np.asarray(weights * (times if customer is None else times[customer]), dtype=np.float64)


def _times_drawn(customers: int, rng: np.random.Generator) -> Ints:
    """(customers,) how often each is drawn, in as many draws with replacement."""
    if customers < MANY_ROWS:
        return np.bincount(rng.integers(0, customers, customers, dtype=np.int32), minlength=customers)
    # first how many fall in each part, whose counts fit in the cache of a core: twice as fast
    parts, last = divmod(customers, PART_CUSTOMERS)
    sizes = np.append(np.full(parts, PART_CUSTOMERS), last)
    draws = rng.multinomial(customers, sizes / customers)
    starts = np.repeat(np.arange(parts, dtype=np.int32) * PART_CUSTOMERS, draws[:-1])
    drawn = starts + rng.integers(0, PART_CUSTOMERS, len(starts), dtype=np.int32)
    of_last = rng.integers(0, last, draws[-1]) if last else drawn[:0]
    return np.concatenate(
        [np.bincount(drawn, minlength=customers - last), np.bincount(of_last, minlength=last)]
    )


def _tally(scores: Scores, weights: Floats, churned: int) -> metrics.Tally:
    first, rest = slice(None, churned), slice(churned, None)
    return metrics.Tally(scores, scores.sums(weights, first), scores.sums(weights, rest))


def _figures(tally: metrics.Tally, names: Sequence[str] = NAMES) -> list[float]:
    """All metrics, nan for those without a name here."""
    return [metric(tally) if name in names else math.nan for name, metric in METRICS.items()]
