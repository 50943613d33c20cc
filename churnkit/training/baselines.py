"""The test report: how good a model is on unseen rows, compared with a single column and the base rate."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from churnkit.arrays import Floats, Ints
from churnkit.columns import RECENCY
from churnkit.evaluation import bootstrap, metrics
from churnkit.evaluation.calibration_error import CalibrationError, calibration_error
from churnkit.evaluation.splits import FOLDS, Split
from churnkit.models.calibration import fit_platt
from churnkit.models.columns import TrainingRows
from churnkit.training.fitting import TestScores

# A metric of folds is that of other models than the one of all rows. Of 100 simulated populations the
# interval of the AUC held that of the written model in 90 to 92 %; this much wider, in 94 to 97 %.
# Source: Nadeau, Bengio (2003), Inference for the generalization error: tested per training rows
FOLD_WIDTH = math.sqrt(1 + 1 / (FOLDS - 1))
LIMITS = {"auc": (0.0, 1.0), "pr_auc": (0.0, 1.0), "log_loss": (0.0, math.inf), "brier": (0.0, 1.0),
          "lift_top_10pct": (0.0, 1 / metrics.TOP_SHARE), "recall_top_10pct": (0.0, 1.0)}  # fmt: skip


@dataclass(frozen=True)
class Baseline:
    """One column used as a score (or its negative, if that ranks better). auc: on the tested rows.
    difference: the model's AUC minus this one, with low and high of its 95 % interval."""

    column: str
    auc: float
    difference: float
    low: float
    high: float


@dataclass(frozen=True)
class TestReport:
    """The metrics of a model on the tested rows, their 95 % intervals, and baselines to compare with."""

    figures: dict[str, float]
    intervals: bootstrap.Ends
    calibration_error: CalibrationError
    best_column: Baseline
    recency: Baseline | None
    base_rate_log_loss: float

    @property
    def beats_a_column(self) -> bool:
        """Whether the model's AUC is above the best column's by more than chance."""
        return self.best_column.low > 0

    @property
    def plain(self) -> dict[str, Any]:
        """As plain values for JSON: auc, auc_low, auc_high, …, and the baselines."""
        flat: dict[str, Any] = {}
        for name, value in self.figures.items():
            flat[name] = value
            flat[f"{name}_low"], flat[f"{name}_high"] = self.intervals[name]
        flat |= self.calibration_error.fields
        baselines: dict[str, Any] = {"best_column": vars(self.best_column)}
        if self.recency:
            baselines["recency"] = vars(self.recency)
        return {**flat, "baselines": {**baselines, "base_rate_log_loss": self.base_rate_log_loss}}


def upside_down(metrics: Mapping[str, Any]) -> str:
    """The ranking metrics whose interval lies below chance, in words; '' if there are none.

    metrics: each with its _low and _high.
    """
    below = [
        f"{name} {metrics[name]:.2f}, {metrics[f'{name}_low']:.2f} to {metrics[f'{name}_high']:.2f}"
        for name, chance in (("auc", 0.5), ("lift_top_10pct", 1.0))
        if metrics.get(f"{name}_high") is not None and metrics[f"{name}_high"] < chance
    ]
    return "; ".join(below)


def report_test(
    test: TestScores, data: TrainingRows, seed: int, date_split: Split | None = None
) -> TestReport:
    """The metrics of the tested rows, with intervals by customer, and the baselines.

    date_split: of the test, None if it was in folds. The best column and how it ranks are chosen on the
    training rows of each split, as the model is.
    """
    rows = data.part(test.rows)
    splits = [date_split] if date_split else data.folds(FOLDS, seed)
    names = [column.name for column in data.columns]
    ranked = [_rank_by_column(data, split, None) for split in splits]
    chosen = Counter(names[place] for place, _ in ranked).most_common(1)[0][0]
    others = {chosen: _joined(data, splits, [score for _, score in ranked])[test.rows]}
    if RECENCY in names and chosen != RECENCY:
        place = names.index(RECENCY)
        scores = [_rank_by_column(data, split, place)[1] for split in splits]
        others[RECENCY] = _joined(data, splits, scores)[test.rows]
    scores = [test.probability, *others.values()]
    resamples = bootstrap.resample(
        rows.truth, scores, rows.groups, bootstrap.REPEATS, seed, rows.weights, ["auc"]
    )
    figures = metrics.figures(rows.truth, test.probability, rows.weights)
    baselines = {}
    for number, (name, score) in enumerate(others.items(), 1):
        auc = metrics.auc(rows.truth, score, rows.weights)
        ends = resamples.differences(number)["auc"]
        baselines[name] = Baseline(name, auc, figures["auc"] - auc, *ends)
    constant = np.full(len(rows.truth), rows.base_rate)
    intervals = resamples.intervals()
    return TestReport(
        figures,
        intervals if date_split else _widened(intervals, figures),
        calibration_error(rows.truth, test.probability, rows.groups, rows.weights, seed),
        baselines[chosen],
        baselines.get(RECENCY),
        metrics.log_loss(rows.truth, constant, rows.weights),
    )


def _widened(intervals: bootstrap.Ends, figures: Mapping[str, float]) -> bootstrap.Ends:
    """The intervals of a test in folds, for the model of all rows."""
    ends = dict(intervals)
    for name, (least, most) in LIMITS.items():
        low, high = (figures[name] + FOLD_WIDTH * (end - figures[name]) for end in intervals[name])
        ends[name] = (max(low, least), min(high, most))
    return ends


def _joined(data: TrainingRows, splits: Sequence[Split], scores: Sequence[Floats]) -> Floats:
    """(n,) the scores of the test rows of all splits; NaN for rows that are never tested."""
    joined = np.full(len(data.truth), np.nan)
    for split, score in zip(splits, scores, strict=True):
        joined[split.test] = score
    return joined


def _rank_by_column(data: TrainingRows, split: Split, place: int | None) -> tuple[int, Floats]:
    """The place of a column and the churn rates (t,) that it alone gives the test rows, all learnt on the
    training rows. place: of the column; None: the one that ranks the training rows best."""
    train, test = data.part(split.train), data.part(split.test)
    if not train.has_both_classes:
        return place or 0, np.full(len(test.truth), 0.5)
    if place is None:
        aucs = [_rank_training_rows(train, number) for number in range(len(data.columns))]
        place = int(np.argmax(aucs))
    learn = _learn_rates if data.columns[place].is_category else _learn_line
    return place, learn(train, place)(test.matrix[:, place])


def _rank_training_rows(train: TrainingRows, place: int) -> float:
    """How well a column alone ranks the training rows; categories by rates of other rows."""
    values, column = train.matrix[:, place], train.columns[place]
    if column.is_category:
        at = np.where(np.isnan(values), column.other + 1, values).astype(np.int64)
        churned = np.bincount(at[train.truth > 0], minlength=column.other + 2)
        auc = metrics.cross_fitted_auc(churned, np.bincount(at, minlength=column.other + 2) - churned)
        return auc if np.isfinite(auc) else 0.5
    return _rank_by_number(values, train.truth, train.weights)


def _rank_by_number(values: Floats, truth: Floats, weights: Floats) -> float:
    """The AUC of a number, rising or falling, with empty values where their churn rate lies.

    That place is where a straight line of churn by rank has this rate. values, truth, weights: (n,).
    """
    is_known = ~np.isnan(values)
    if not is_known.any():
        return 0.5
    known = metrics.tally(truth[is_known], values[is_known], weights[is_known])
    churned, stayed = known.churned, known.stayed
    if not is_known.all():
        rank = np.cumsum(known.rows) - known.rows / 2
        rate, middle = churned.sum() / known.rows.sum(), np.average(rank, weights=known.rows)
        slope = (churned - rate * known.rows) @ rank / (known.rows @ (rank - middle) ** 2 or 1.0)
        empty_churned, empty = (float(each[~is_known].sum()) for each in (weights * truth, weights))
        base = float(np.average(truth, weights=weights))
        gap = float(metrics.smooth_rate(empty_churned, empty, base)) - rate
        at = np.searchsorted(rank, middle + gap / slope if slope else np.inf)
        churned = np.insert(churned, at, empty_churned)
        stayed = np.insert(stayed, at, empty - empty_churned)
    auc = metrics.auc_of_counts(churned, stayed)
    return max(auc, 1 - auc) if np.isfinite(auc) else 0.5


def _learn_rates(train: TrainingRows, place: int) -> Callable[[Floats], Floats]:
    """The churn rate of each category, smoothed as if ten rows of the base rate were added."""
    column = train.columns[place]

    def at(codes: Floats) -> Ints:
        return np.where(np.isnan(codes), column.other + 1, codes).astype(np.int64)

    places = at(train.matrix[:, place])
    rows = np.bincount(places, weights=train.weights, minlength=column.other + 2)
    churned = np.bincount(places, weights=train.weights * train.truth, minlength=column.other + 2)
    rates = metrics.smooth_rate(churned, rows, train.base_rate)
    return lambda codes: rates[at(codes)]


def _learn_line(train: TrainingRows, place: int) -> Callable[[Floats], Floats]:
    """The churn rate along a number, a rising or falling logistic curve of its rank; and of empty values."""
    values = train.matrix[:, place]
    is_known = ~np.isnan(values)
    ascending = np.sort(values[is_known])
    empty = train.part(np.flatnonzero(~is_known))
    share = train.base_rate
    rate_of_empty = metrics.smooth_rate(empty.weights @ empty.truth, empty.weights.sum(), share)

    def rank(numbers: Floats) -> Floats:
        sides = [np.searchsorted(ascending, numbers, side=side) for side in ("left", "right")]
        return np.asarray((sides[0] + sides[1]) / (2 * max(len(ascending), 1)), dtype=np.float64)

    known = train.part(np.flatnonzero(is_known))
    if not known.has_both_classes:
        return lambda numbers: np.where(np.isnan(numbers), rate_of_empty, share)
    ranks = rank(known.matrix[:, place])
    sign = 1.0 if metrics.auc(known.truth, ranks, known.weights) >= 0.5 else -1.0
    line = fit_platt(sign * ranks, known.truth, known.weights)
    return lambda numbers: np.where(
        np.isnan(numbers), rate_of_empty, line.probability(sign * rank(np.nan_to_num(numbers)))
    )
