"""Metrics of scores, all computed from one tally of the rows by score.

The tally has, for each distinct score, the churned rows and the rows that stayed; so ties are treated
correctly, and a bootstrap only counts again. A row with weight w counts w times.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from churnkit.arrays import Floats, Ints
from churnkit.bins import bins_of
from churnkit.groups import effective_groups
from churnkit.intervals import wilson

BINS = 10
CLIP = 1e-15  # in log_loss, probabilities closer to 0 or 1 than this are moved away
TOP_SHARE = 0.1
PARTS = 5  # of the rows; each is ranked by the others
SMOOTHING_ROWS = 10.0  # rows of the base rate that are added to a category


@dataclass(frozen=True)
class Scores:
    """The distinct scores of some rows. values: (m,) ascending. place: (n,) the place of each row's score."""

    values: Floats
    place: Ints

    @cached_property
    def log_churned(self) -> Floats:
        return np.log(np.clip(self.values, CLIP, 1 - CLIP))

    @cached_property
    def log_stayed(self) -> Floats:
        return np.log1p(-np.clip(self.values, CLIP, 1 - CLIP))

    @cached_property
    def squares(self) -> tuple[Floats, Floats]:
        """The squared distance of each score (m,) from 1, and from 0."""
        return (1 - self.values) ** 2, self.values**2

    @cached_property
    def bin(self) -> Ints:
        """The bin of each score (m,)."""
        return probability_bins(self.values)

    def sums(self, weights: Floats, rows: slice = slice(None)) -> Floats:
        """The weights (n,) of some rows, summed by score (m,)."""
        added = np.bincount(self.place[rows], weights[rows], len(self.values))
        return np.asarray(added, dtype=np.float64)


def probability_bins(probability: Floats) -> Ints:
    """(n,) the bin of each probability: bin k has k / 10 <= p < (k + 1) / 10, the last also p = 1."""
    return bins_of(np.arange(1, BINS) / BINS, probability)


@dataclass(frozen=True)
class Tally:
    """churned, stayed: (m,) the total weight of the churned rows, and of the others, at each score."""

    scores: Scores
    churned: Floats
    stayed: Floats

    @cached_property
    def rows(self) -> Floats:
        return self.churned + self.stayed

    @cached_property
    def churned_from(self) -> Floats:
        """The churned rows at each score and above (m,)."""
        above: Floats = np.cumsum(self.churned[::-1])[::-1]
        return above

    @cached_property
    def stayed_from(self) -> Floats:
        """The rows that stayed at each score and above (m,)."""
        above: Floats = np.cumsum(self.stayed[::-1])[::-1]
        return above

    @cached_property
    def rows_from(self) -> Floats:
        """The rows at each score and above (m,)."""
        return self.churned_from + self.stayed_from

    @cached_property
    def all_churned(self) -> float:
        return float(self.churned_from[0])

    @cached_property
    def all_stayed(self) -> float:
        return float(self.stayed_from[0])

    @cached_property
    def all_rows(self) -> float:
        return self.all_churned + self.all_stayed


def tally(truth: Floats, score: Floats, weights: Floats | None = None) -> Tally:
    """truth: (n,) 0 and 1. score, weights: (n,). Raises ValueError on unequal lengths or no rows."""
    if len(truth) != len(score) or not len(truth):
        raise ValueError(f"{len(truth)} truths and {len(score)} scores")
    values, place = np.unique(score, return_inverse=True)
    churned = truth if weights is None else truth * weights
    stayed = (1.0 if weights is None else weights) - churned
    scores = Scores(values, place)
    return Tally(scores, scores.sums(churned), scores.sums(stayed))


# ------------------------------------------------------------------------ metrics of a tally
def auc_of_counts(churned: Floats, stayed: Floats, churned_from: Floats | None = None) -> float:
    """Share of pairs (a churned row, one that stayed) in the right order, ties as 1/2; nan for one class.

    churned, stayed: (m,) rows at each score, ascending. churned_from: (m,) churned rows at each
    score and above.
    Source: Mann, Whitney (1947), On a test of whether one of two random variables is larger.
    """
    if churned_from is None:
        churned_from = np.cumsum(churned[::-1])[::-1]
    if not len(churned) or not churned_from[0] or not (all_stayed := float(np.sum(stayed))):
        return math.nan
    pairs = np.dot(stayed, churned_from) - np.dot(stayed, churned) / 2
    return float(pairs / (float(churned_from[0]) * all_stayed))


def smooth_rate(churned: Floats | Ints | float, rows: Floats | Ints | float, base_rate: float) -> Floats:
    """The churn rate of a group, or of each of some groups (m,), drawn to the base rate by ten rows."""
    return np.asarray((churned + SMOOTHING_ROWS * base_rate) / (rows + SMOOTHING_ROWS), dtype=np.float64)


def cross_fitted_auc(churned: Ints, stayed: Ints) -> float:
    """The AUC of categories, each row ranked by the rate of its category in other rows; nan for one class.

    Ranked by their own rates even 60 values of noise reach .7. churned, stayed: (m,) rows of a category.
    They are dealt at random into five parts; the rates of one part are those of the four others, drawn to
    the base rate by ten rows. The AUC is the mean over the pairs within a part.
    """
    if not churned.sum() or not stayed.sum():
        return math.nan
    rng = np.random.default_rng(0)
    even = np.full(PARTS, 1 / PARTS)
    parts = [rng.multinomial(counts, even).T.astype(np.float64) for counts in (churned, stayed)]
    base = float(churned.sum() / (churned.sum() + stayed.sum()))
    ordered = pairs = 0.0
    for left, other in zip(*parts, strict=True):
        rates = smooth_rate(churned - left, churned + stayed - left - other, base)
        _, place = np.unique(rates, return_inverse=True)
        count = float(left.sum() * other.sum())
        if count:
            by_rate = [np.bincount(place, rows).astype(np.float64) for rows in (left, other)]
            ordered += count * auc_of_counts(by_rate[0], by_rate[1])
            pairs += count
    return ordered / pairs if pairs else math.nan


def auc_error_by_chance(churned: float, stayed: float) -> float:
    """Standard error of the AUC of a column without any effect; ties would make it smaller.

    churned, stayed: rows. Source: Mann, Whitney (1947).
    """
    return math.sqrt((churned + stayed + 1) / (12 * churned * stayed))


def _auc(t: Tally) -> float:
    return auc_of_counts(t.churned, t.stayed, t.churned_from)


def _pr_auc(t: Tally) -> float:
    """Average precision: the mean of the precision at each churned row, tied rows together."""
    precision = t.churned_from / np.maximum(t.rows_from, 1e-300)
    return float(np.dot(t.churned, precision) / t.all_churned) if t.all_churned else math.nan


def _log_loss(t: Tally) -> float:
    """Mean negative log-likelihood (Good 1952)."""
    likelihood = np.dot(t.churned, t.scores.log_churned) + np.dot(t.stayed, t.scores.log_stayed)
    return float(-likelihood / t.all_rows)


def _brier(t: Tally) -> float:
    """Mean squared distance between truth and probability (Brier 1950)."""
    from_one, from_zero = t.scores.squares
    return float((np.dot(t.churned, from_one) + np.dot(t.stayed, from_zero)) / t.all_rows)


def _ece(t: Tally) -> float:
    """Expected calibration error with ten bins of equal width (Naeini et al. 2015)."""
    gaps = np.bincount(t.scores.bin, weights=t.churned - t.rows * t.scores.values, minlength=BINS)
    return float(np.abs(gaps).sum() / t.all_rows)


def _observed_over_expected(t: Tally) -> float:
    """Churned rows divided by expected churned rows; nan if none is expected."""
    expected = float(np.dot(t.rows, t.scores.values))
    return t.all_churned / expected if expected > 0 else math.nan


def _base_rate(t: Tally) -> float:
    return t.all_churned / t.all_rows


def _recall_top(t: Tally, share: float) -> float:
    """Share of the churned rows that are among the top share of rows."""
    return recall_of_top(t, top_rows(t.all_rows, share))


def recall_of_top(t: Tally, top: float) -> float:
    """Share of the churned rows among the top rows (their weight); for ties, the mean over all orders."""
    if not t.all_churned:
        return math.nan
    rows_from = t.rows_from
    at = len(rows_from) - int(np.searchsorted(rows_from[::-1], top)) - 1  # the score at the cut
    above = float(rows_from[at] - t.rows[at])
    inside = float(t.churned_from[at] - t.churned[at]) + float(t.churned[at]) * (top - above) / float(
        t.rows[at]
    )
    return inside / t.all_churned


def _lift_top(t: Tally, share: float) -> float:
    """Churn rate of the top rows divided by that of all rows."""
    return _recall_top(t, share) * t.all_rows / top_rows(t.all_rows, share)


def top_rows(rows: float, share: float) -> int:
    """ceil(rows * share), at least 1, without rounding errors of doubles."""
    return max(1, math.ceil(round(rows * share, 9)))


METRICS: dict[str, Callable[[Tally], float]] = {
    "auc": _auc,
    "pr_auc": _pr_auc,
    "log_loss": _log_loss,
    "brier": _brier,
    "ece": _ece,
    "observed_over_expected": _observed_over_expected,
    "base_rate": _base_rate,
    "lift_top_10pct": partial(_lift_top, share=TOP_SHARE),
    "recall_top_10pct": partial(_recall_top, share=TOP_SHARE),
}


# ------------------------------------------------------------------------ metrics of rows
def log_losses(truth: Floats, log_odds: Floats) -> Floats:
    """Negative log-likelihood of each row (n,), in nats. truth: (n,) 0 and 1. log_odds: (n,), of any size."""
    return np.logaddexp(0, log_odds) - truth * log_odds


def auc(truth: Floats, score: Floats, weights: Floats | None = None) -> float:
    """Area under the ROC curve, 0 to 1; nan for one class. truth: (n,) 0 and 1. score, weights: (n,)."""
    return _auc(tally(truth, score, weights))


def log_loss(truth: Floats, probability: Floats, weights: Floats | None = None) -> float:
    """Mean negative log-likelihood, in nats. truth: (n,) 0 and 1. probability: (n,) 0 to 1."""
    return _log_loss(tally(truth, probability, weights))


def figures(truth: Floats, probability: Floats, weights: Floats | None = None) -> dict[str, float]:
    """All METRICS. truth: (n,) 0 and 1. probability: (n,) 0 to 1. weights: (n,) of the rows."""
    return figures_of(tally(truth, probability, weights))


def figures_of(t: Tally) -> dict[str, float]:
    """All METRICS of a tally."""
    return {name: metric(t) for name, metric in METRICS.items()}


def gains(t: Tally, shares: Sequence[float]) -> list[dict[str, Any]]:
    """The recall of each share of top rows: records with `share` and `recall`, nan if none churned."""
    return [{"share": share, "recall": _recall_top(t, share)} for share in shares]


# ------------------------------------------------------------------------ calibration
def calibration(t: Tally, weights: Floats | None = None) -> list[dict[str, Any]]:
    """Predicted and observed churn in ten bins of equal width.

    One record per bin: low, high, rows, mean_probability, observed, and its Wilson interval, observed_low and
    observed_high; these are None in an empty bin. Weighted rows count in the interval as (sum w)^2 / sum w^2
    rows (Kish 1965). weights: (n,) of the tallied rows.
    """
    place = t.scores.bin[t.scores.place]
    each = np.ones(len(place)) if weights is None else weights
    summed, churned, expected = (
        np.bincount(t.scores.bin, weights=sums, minlength=BINS)
        for sums in (t.rows, t.churned, t.rows * t.scores.values)
    )
    rows, squares = np.bincount(place, minlength=BINS), np.bincount(place, each**2, minlength=BINS)
    return [_bin(k, rows[k], summed[k], churned[k], expected[k], squares[k]) for k in range(BINS)]


def _bin(k: int, rows: int, summed: float, churned: float, expected: float, squares: float) -> dict[str, Any]:
    """summed, squares: of the weights."""
    edges = {"low": k / BINS, "high": (k + 1) / BINS, "rows": int(rows)}
    if not rows:
        empty = ("mean_probability", "observed", "observed_low", "observed_high")
        return {**edges, **dict.fromkeys(empty)}
    effective = effective_groups(summed, squares)
    low, high = wilson(churned * effective / summed, effective)
    return {
        **edges,
        "mean_probability": float(expected / summed),
        "observed": float(churned / summed),
        "observed_low": low,
        "observed_high": high,
    }
