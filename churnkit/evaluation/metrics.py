"""How good scores are: each metric from a tally of rows by score.

All metrics are read off one tally, which counts for each different score who left and who stayed; so ties
are counted fairly, and a bootstrap only counts anew. Where a row counts w times, w is its weight.
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
from churnkit.intervals import wilson

BINS = 10
CLIP = 1e-15  # probabilities nearer to 0 or 1 are taken as this far away in log_loss
TOP = 0.1


@dataclass(frozen=True)
class Scores:
    """The different scores of some rows. values: (m,) ascending. place: (n,) of each row's score."""

    values: Floats
    place: Ints

    @cached_property
    def log_left(self) -> Floats:
        return np.log(np.clip(self.values, CLIP, 1 - CLIP))

    @cached_property
    def log_stayed(self) -> Floats:
        return np.log1p(-np.clip(self.values, CLIP, 1 - CLIP))

    @cached_property
    def bin(self) -> Ints:
        """(m,) bin k holds k / 10 <= p < (k + 1) / 10, the last 1 as well."""
        inner = np.arange(1, BINS) / BINS
        return bins_of(inner, self.values)

    def sums(self, weights: Floats, rows: slice = slice(None)) -> Floats:
        """(m,) the weights (n,) of some rows, added up by score."""
        added = np.bincount(self.place[rows], weights[rows], len(self.values))
        return np.asarray(added, dtype=np.float64)


@dataclass(frozen=True)
class Tally:
    """left, stayed: (m,) the weight of the rows at each score, of those who left and those who stayed."""

    scores: Scores
    left: Floats
    stayed: Floats

    @cached_property
    def rows(self) -> Floats:
        return self.left + self.stayed

    @cached_property
    def left_from(self) -> Floats:
        """(m,) who left, at this score and above."""
        above: Floats = np.cumsum(self.left[::-1])[::-1]
        return above

    @cached_property
    def stayed_from(self) -> Floats:
        """(m,) who stayed, at this score and above."""
        above: Floats = np.cumsum(self.stayed[::-1])[::-1]
        return above

    @property
    def all_left(self) -> float:
        return float(self.left_from[0])

    @property
    def all_stayed(self) -> float:
        return float(self.stayed_from[0])

    @property
    def all_rows(self) -> float:
        return self.all_left + self.all_stayed


def tally(truth: Floats, score: Floats, weights: Floats | None = None) -> Tally:
    """truth: (n,) of 0 and 1. score, weights: (n,). Raises ValueError on unequal lengths or no rows."""
    if len(truth) != len(score) or not len(truth):
        raise ValueError(f"{len(truth)} truths and {len(score)} scores")
    values, place = np.unique(score, return_inverse=True)
    left = truth if weights is None else truth * weights
    stayed = (1.0 if weights is None else weights) - left
    scores = Scores(values, place)
    return Tally(scores, scores.sums(left), scores.sums(stayed))


# ------------------------------------------------------------------------ metrics of a tally
def auc_of_counts(left: Floats, stayed: Floats, left_from: Floats | None = None) -> float:
    """Share of pairs of one who left and one who stayed that are in order, ties half; nan for one class.

    left, stayed: (m,) rows at each score, ascending. left_from: (m,) who left, at a score and above.
    Source: Mann, Whitney (1947), On a test of whether one of two random variables is larger.
    """
    if left_from is None:
        left_from = np.cumsum(left[::-1])[::-1]
    if not len(left) or not left_from[0] or not (all_stayed := float(np.sum(stayed))):
        return math.nan
    pairs = np.dot(stayed, left_from) - np.dot(stayed, left) / 2
    return float(pairs / (float(left_from[0]) * all_stayed))


def _auc(t: Tally) -> float:
    return auc_of_counts(t.left, t.stayed, t.left_from)


def _pr_auc(t: Tally) -> float:
    """Average precision: the precision at each who left, tied rows together."""
    precision = t.left_from / np.maximum(t.left_from + t.stayed_from, 1e-300)
    return float(np.dot(t.left, precision) / t.all_left) if t.all_left else math.nan


def _log_loss(t: Tally) -> float:
    """Mean negative log-likelihood (Good 1952)."""
    likelihood = np.dot(t.left, t.scores.log_left) + np.dot(t.stayed, t.scores.log_stayed)
    return float(-likelihood / t.all_rows)


def _brier(t: Tally) -> float:
    """Mean squared distance between what happened and what was said (Brier 1950)."""
    p = t.scores.values
    return float((np.dot(t.left, (1 - p) ** 2) + np.dot(t.stayed, p**2)) / t.all_rows)


def _ece(t: Tally) -> float:
    """Mean distance of share and said probability over ten bins of equal width (Naeini et al. 2015)."""
    gaps = np.bincount(t.scores.bin, weights=t.left - t.rows * t.scores.values, minlength=BINS)
    return float(np.abs(gaps).sum() / t.all_rows)


def _observed_over_expected(t: Tally) -> float:
    """How many left over how many were said to; nan where none was said to."""
    expected = float(np.dot(t.rows, t.scores.values))
    return t.all_left / expected if expected > 0 else math.nan


def _base_rate(t: Tally) -> float:
    return t.all_left / t.all_rows


def _recall_top(t: Tally, share: float) -> float:
    """Share of those who left that is among the top rows, in expectation over the orders of tied rows."""
    if not t.all_left:
        return math.nan
    top = top_rows(t.all_rows, share)
    rows_from = t.left_from + t.stayed_from
    at = (
        len(rows_from) - int(np.searchsorted(rows_from[::-1], top)) - 1
    )  # the score that the cut goes through
    above = float(rows_from[at] - t.rows[at])
    inside = float(t.left_from[at] - t.left[at]) + float(t.left[at]) * (top - above) / float(t.rows[at])
    return inside / t.all_left


def _lift_top(t: Tally, share: float) -> float:
    """Churn rate of the top rows over that of all."""
    return _recall_top(t, share) * t.all_rows / top_rows(t.all_rows, share)


def top_rows(rows: float, share: float) -> int:
    """ceil(rows * share), at least 1, without the noise of binary fractions."""
    return max(1, math.ceil(round(rows * share, 9)))


METRICS: dict[str, Callable[[Tally], float]] = {
    "auc": _auc,
    "pr_auc": _pr_auc,
    "log_loss": _log_loss,
    "brier": _brier,
    "ece": _ece,
    "observed_over_expected": _observed_over_expected,
    "base_rate": _base_rate,
    "lift_top_10pct": partial(_lift_top, share=TOP),
    "recall_top_10pct": partial(_recall_top, share=TOP),
}


# ------------------------------------------------------------------------ metrics of rows
def log_losses(truth: Floats, log_odds: Floats) -> Floats:
    """(n,) negative log-likelihood of each row, in nats. truth: (n,) 0 and 1. log_odds: (n,), of any size."""
    return np.logaddexp(0, log_odds) - truth * log_odds


def auc(truth: Floats, score: Floats, weights: Floats | None = None) -> float:
    """Area under the ROC curve, 0 to 1; nan for one class. truth: (n,) 0 and 1. score, weights: (n,)."""
    return _auc(tally(truth, score, weights))


def log_loss(truth: Floats, probability: Floats, weights: Floats | None = None) -> float:
    """Mean negative log-likelihood, in nats. truth: (n,) 0 and 1. probability: (n,) 0 to 1."""
    return _log_loss(tally(truth, probability, weights))


def ranks(values: Floats) -> Floats:
    """(n,) numbers as their place among the different ones, 0 to 1; missing ones one place below all."""
    _, place = np.unique(np.where(np.isnan(values), -np.inf, values), return_inverse=True)
    return place / max(1, int(place.max()))


def figures(truth: Floats, probability: Floats, weights: Floats | None = None) -> dict[str, float]:
    """All of METRICS. truth: (n,) 0 and 1. probability: (n,) 0 to 1. weights: (n,) what each row counts."""
    found = tally(truth, probability, weights)
    return {name: metric(found) for name, metric in METRICS.items()}


def gains(truth: Floats, score: Floats, shares: Sequence[float]) -> list[dict[str, Any]]:
    """What contacting the top rows finds: a record a share, `share` and `recall`; nan where nobody left."""
    found = tally(truth, score)
    return [{"share": share, "recall": _recall_top(found, share)} for share in shares]


# ------------------------------------------------------------------------ calibration
def calibration(truth: Floats, probability: Floats) -> list[dict[str, Any]]:
    """What was said and what happened in ten bins of equal width.

    A record a bin: low, high, rows, mean_probability, observed, and the Wilson interval of the observed
    share, observed_low and observed_high; None where a bin is empty.
    """
    t = tally(truth, probability)
    rows, left, said = (
        np.bincount(t.scores.bin, weights=weights, minlength=BINS)
        for weights in (t.rows, t.left, t.rows * t.scores.values)
    )
    return [_bin(k, rows[k], left[k], said[k]) for k in range(BINS)]


def _bin(k: int, rows: float, left: float, said: float) -> dict[str, Any]:
    edges = {"low": k / BINS, "high": (k + 1) / BINS, "rows": int(rows)}
    if not rows:
        empty = ("mean_probability", "observed", "observed_low", "observed_high")
        return {**edges, **dict.fromkeys(empty)}
    low, high = wilson(left, rows)
    return {
        **edges,
        "mean_probability": float(said / rows),
        "observed": float(left / rows),
        "observed_low": low,
        "observed_high": high,
    }
