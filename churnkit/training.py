"""From a prepared table to a model and honest numbers: split, fit, calibrate, test, refit on all rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from churnkit import bootstrap, calibration, metrics, overall, splitting
from churnkit.calibration import Calibration
from churnkit.models import MODELS, Fitted
from churnkit.schema import Column, Matrix, Truth
from churnkit.splitting import Groups, Split

IMPORTANCE_ROWS = 10_000
CALIBRATION_FOLDS = 3  # two numbers are fitted on their scores: fewer folds tell them as well


@dataclass(frozen=True)
class Data:
    """columns: the features, k. matrix: (n, k). truth: (n,) 0 and 1. groups: (n,) a number a customer."""

    columns: Sequence[Column]
    matrix: Matrix
    truth: Truth
    groups: Groups

    def part(self, rows: Groups) -> Data:
        return Data(self.columns, self.matrix[rows], self.truth[rows], self.groups[rows])


@dataclass(frozen=True)
class Trained:
    """model: refitted on all rows. tested: row numbers. probability: (t,) said by models that had not seen
    the customer (in folds), or the date."""

    model: Fitted
    tested: Groups
    probability: Truth


@dataclass(frozen=True)
class Baseline:
    """The best single column: its AUC on the tested rows, larger values (or smaller) taken as churn."""

    column: str
    auc: float


def trained(kind: str, data: Data, date_split: Split | None, settings: dict[str, Any], seed: int) -> Trained:
    """Fits one kind of model, and tests it.

    date_split: train and test rows where there are several dates; None: folds of customers, each row tested
    once, each fold's calibration fitted on the other folds.
    """
    if date_split is None:
        splits = splitting.folds(data.truth, data.groups, seed=seed)
        scores = _out_of_fold(kind, data, splits, settings, seed)
        final = _fitted(kind, data, calibration.platt(scores, data.truth), settings, seed)
        return Trained(final, np.arange(len(data.truth)), _cross_calibrated(scores, data, splits))
    past = _calibrated(kind, data.part(date_split.train), settings, seed)
    said = calibration.sigmoid(past.log_odds(data.matrix[date_split.test]))
    return Trained(_calibrated(kind, data, settings, seed), date_split.test, said)


def _calibrated(kind: str, data: Data, settings: dict[str, Any], seed: int) -> Fitted:
    """A model of all rows, calibrated on folds of their customers."""
    splits = splitting.folds(data.truth, data.groups, CALIBRATION_FOLDS, seed)
    scores = _out_of_fold(kind, data, splits, settings, seed)
    return _fitted(kind, data, calibration.platt(scores, data.truth), settings, seed)


def weighed(model: Fitted, data: Data, seed: int) -> list[Column]:
    """The columns with their importance and direction among (at most 10,000 of) the training rows."""
    rows = np.arange(len(data.truth))
    if len(rows) > IMPORTANCE_ROWS:
        rows = np.random.default_rng(seed).choice(len(rows), IMPORTANCE_ROWS, replace=False)
    weights = overall.of_rows(data.columns, model, [data.matrix[rows]])
    return [
        replace(column, importance=weight.importance, direction=weight.direction)
        for column, weight in zip(data.columns, weights, strict=True)
    ]


def _fitted(
    kind: str, data: Data, calibrated: Calibration | None, settings: dict[str, Any], seed: int
) -> Fitted:
    parameters = MODELS[kind].fit(data.columns, data.matrix, data.truth, data.groups, settings, seed)
    return Fitted(kind, parameters, calibrated or Calibration())


def _out_of_fold(
    kind: str, data: Data, splits: Sequence[Split], settings: dict[str, Any], seed: int
) -> Truth:
    """(n,) log-odds of each row by a model that had not seen its customer."""
    scores = np.zeros(len(data.truth))
    for split in splits:
        part = data.part(split.train)
        if len(np.unique(part.truth)) < 2:  # a fold without one kind says the share it has seen
            share = np.clip(part.truth.mean(), 0.01, 0.99)
            scores[split.test] = float(np.log(share / (1 - share)))
            continue
        parameters = MODELS[kind].fit(part.columns, part.matrix, part.truth, part.groups, settings, seed)
        scores[split.test] = MODELS[kind].log_odds(parameters, data.matrix[split.test])
    return scores


def _cross_calibrated(scores: Truth, data: Data, splits: Sequence[Split]) -> Truth:
    """(n,) probabilities: each fold's scores calibrated by what the other folds say."""
    said = np.empty(len(scores))
    for split in splits:
        found = calibration.platt(scores[split.train], data.truth[split.train]) or Calibration()
        said[split.test] = calibration.sigmoid(found.slope * scores[split.test] + found.offset)
    return said


@dataclass(frozen=True)
class Judged:
    """How good a model is on the tested rows: each metric, its 95 % interval, and what to compare it with."""

    figures: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    baseline: Baseline
    base_rate_log_loss: float

    @property
    def plain(self) -> dict[str, Any]:
        """For JSON: auc, auc_low, auc_high, …, and the baselines."""
        flat: dict[str, Any] = {}
        for name, value in self.figures.items():
            flat[name] = value
            flat[f"{name}_low"], flat[f"{name}_high"] = self.intervals.get(name, (None, None))
        baseline = {"column": self.baseline.column, "auc": self.baseline.auc}
        return {**flat, "baselines": {"best_column": baseline, "base_rate_log_loss": self.base_rate_log_loss}}


def judged(trained: Trained, data: Data, seed: int) -> Judged:
    """The metrics of the tested rows, with intervals by customer, and the baselines."""
    truth, groups = data.truth[trained.tested], data.groups[trained.tested]
    intervals, _ = bootstrap.intervals(truth, trained.probability, groups, seed=seed)
    constant = np.full(len(truth), truth.mean())
    return Judged(
        metrics.figures(truth, trained.probability),
        intervals,
        best_single_column(data, trained.tested),
        metrics.log_loss(truth, constant),
    )


def best_single_column(data: Data, rows: Groups) -> Baseline:
    """The one column that ranks best by itself on these rows, and its AUC; categories by their rates."""
    best = Baseline("", 0.5)
    truth = data.truth[rows]
    for place, column in enumerate(data.columns):
        values = data.matrix[rows, place]
        if column.is_category:
            values = _rates(data.matrix[:, place], data.truth, column)[rows]
        auc = metrics.column_auc(values, truth)
        auc = max(auc, 1 - auc)
        if auc > best.auc:
            best = Baseline(column.name, float(auc))
    return best


def _rates(codes: Truth, truth: Truth, column: Column) -> Truth:
    """(n,) the churn rate of each row's category, drawn to the base rate by ten rows."""
    base = float(truth.mean())
    at = np.where(np.isnan(codes), column.other + 1, codes).astype(np.int64)
    rows = np.bincount(at, minlength=column.other + 2)
    left = np.bincount(at, weights=truth, minlength=column.other + 2)
    rates: Truth = ((left + 10 * base) / (rows + 10))[at]
    return rates
