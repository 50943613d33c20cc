"""The test report: how good a model is on unseen rows, compared with a single column and the base rate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from churnkit.arrays import Floats, Ints
from churnkit.columns import RECENCY
from churnkit.evaluation import bootstrap, metrics
from churnkit.models.columns import TrainingRows
from churnkit.training.fitting import TestScores


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
    best_column: Baseline
    recency: Baseline | None
    base_rate_log_loss: float

    @property
    def beats_a_column(self) -> bool:
        """Whether the model's AUC is above the best column's by more than chance."""
        return self.best_column.low > 0

    @property
    def upside_down(self) -> str:
        """See `upside_down`."""
        return upside_down(self.plain)

    @property
    def plain(self) -> dict[str, Any]:
        """As plain values for JSON: auc, auc_low, auc_high, …, and the baselines."""
        flat: dict[str, Any] = {}
        for name, value in self.figures.items():
            flat[name] = value
            flat[f"{name}_low"], flat[f"{name}_high"] = self.intervals[name]
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


def report_test(test: TestScores, data: TrainingRows, seed: int) -> TestReport:
    """The metrics of the tested rows, with intervals that resample customers, and the baselines."""
    rows = data.part(test.rows)
    best_place, best = _best_column(data, test.rows)
    others = {best_place: best}
    names = [column.name for column in data.columns]
    if RECENCY in names and names.index(RECENCY) not in others:
        others[names.index(RECENCY)] = metrics.ranks(rows.matrix[:, names.index(RECENCY)])
    aucs = {place: metrics.auc(rows.truth, score, rows.weights) for place, score in others.items()}
    scores = [score if aucs[place] >= 0.5 else 1 - score for place, score in others.items()]
    resamples = bootstrap.resample(
        rows.truth, [test.probability, *scores], rows.groups, bootstrap.REPEATS, seed, rows.weights
    )
    figures = metrics.figures(rows.truth, test.probability, rows.weights)
    baselines = {}
    for number, (place, auc) in enumerate(aucs.items(), 1):
        column_auc = max(auc, 1 - auc)
        ends = resamples.differences(number)["auc"]
        baselines[names[place]] = Baseline(names[place], column_auc, figures["auc"] - column_auc, *ends)
    constant = np.full(len(rows.truth), rows.base_rate)
    return TestReport(
        figures,
        resamples.intervals(),
        baselines[names[best_place]],
        baselines.get(RECENCY),
        metrics.log_loss(rows.truth, constant, rows.weights),
    )


def _best_column(data: TrainingRows, rows: Ints) -> tuple[int, Floats]:
    """The index of the single column that ranks these rows best, and its ranks; categories rank by churn
    rate."""
    part = data.part(rows)
    best, best_auc = (0, np.zeros(len(rows))), 0.0
    for place, column in enumerate(data.columns):
        values = part.matrix[:, place]
        if column.is_category:
            values = _rates(data, place)[rows]
        score = metrics.ranks(values)
        auc = metrics.auc(part.truth, score, part.weights)
        if max(auc, 1 - auc) > best_auc:
            best, best_auc = (place, score), max(auc, 1 - auc)
    return best


def _rates(data: TrainingRows, place: int) -> Floats:
    """(n,) the churn rate of each row's category, smoothed as if ten rows of the base rate were added."""
    codes, column = data.matrix[:, place], data.columns[place]
    at = np.where(np.isnan(codes), column.other + 1, codes).astype(np.int64)
    rows = np.bincount(at, weights=data.weights, minlength=column.other + 2)
    churned = np.bincount(at, weights=data.weights * data.truth, minlength=column.other + 2)
    rates: Floats = ((churned + 10 * data.base_rate) / (rows + 10))[at]
    return rates
