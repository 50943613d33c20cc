"""A model, honestly: tested on what it has not seen, calibrated, refitted on all rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from churnkit.arrays import Floats, Ints
from churnkit.evaluation.metrics import log_losses
from churnkit.evaluation.splits import INNER_FOLDS, Split, customer_folds
from churnkit.explanation.importance import importance_of_rows, trace_curves
from churnkit.models import Fitted, kind_of
from churnkit.models.calibration import Calibration, fit_platt
from churnkit.models.columns import NUMBER, Column, TrainingRows, histogram

IMPORTANCE_ROWS = 10_000
CALIBRATION_FOLDS = 3  # two numbers are fitted on their scores: fewer folds tell them as well
THREADS = 2  # folds fitted at a time: each holds its own copy of the rows
SEARCH_ROWS = 50_000  # rows on which settings are compared

Settings = dict[str, Any]
Choose = Callable[[TrainingRows], Settings]  # the settings for some training rows


@dataclass(frozen=True)
class TestScores:
    """What models said that had not seen the customer (in folds), or the date.

    rows: (t,) row numbers. probability: (t,). scores: (n,) log-odds of all rows before calibration, None
    where the test was of a date.
    """

    rows: Ints
    probability: Floats
    scores: Floats | None


def score_test_rows(
    kind: str, data: TrainingRows, date_split: Split | None, choose: Choose, seed: int
) -> TestScores:
    """Fits models on a part of the rows and asks them about the others.

    date_split: train and test rows where there are several dates; None: folds of customers, each row tested
    once, each fold's calibration fitted on the other folds. choose: settings, by the training rows alone.
    """
    if date_split is None:
        splits = customer_folds(data.truth, data.groups, seed=seed)
        scores = _out_of_fold(kind, data, splits, choose, seed)
        return TestScores(np.arange(len(data.truth)), _cross_calibrated(scores, data, splits), scores)
    train = data.part(date_split.train)
    past = _calibrated(kind, train, choose(train), seed)
    said = past.probability(data.matrix[date_split.test])
    return TestScores(date_split.test, said, None)


def refit(kind: str, data: TrainingRows, test: TestScores, settings: Settings, seed: int) -> Fitted:
    """The model of all rows, calibrated on scores of rows not seen."""
    if test.scores is None:
        return _calibrated(kind, data, settings, seed)
    return _fitted(kind, data, fit_platt(test.scores, data.truth, data.weights), settings, seed)


def search_settings(
    kind: str, data: TrainingRows, fixed: Settings, number: int, seed: int, went_on: Callable[[], None]
) -> Settings:
    """The best of the usual settings and so many at random, by log loss on folds of customers.

    fixed: settings that stand. went_on: called after each try. Source: Bergstra, Bengio (2012), Random search
    for hyper-parameter optimization.
    """
    rng = np.random.default_rng(seed)
    some = data.some(SEARCH_ROWS, seed)
    splits = customer_folds(some.truth, some.groups, INNER_FOLDS, seed)
    best, least = fixed, np.inf
    for settings in [fixed, *({**kind_of(kind).draw_settings(rng), **fixed} for _ in range(number))]:
        scores = _out_of_fold(kind, some, splits, lambda _: settings, seed)  # noqa: B023 (called at once)
        loss = float(np.average(log_losses(some.truth, scores), weights=some.weights))
        if loss < least:
            best, least = settings, loss
        went_on()
    return best


def _calibrated(kind: str, data: TrainingRows, settings: Settings, seed: int) -> Fitted:
    """A model of all rows, calibrated on folds of their customers."""
    splits = customer_folds(data.truth, data.groups, CALIBRATION_FOLDS, seed)
    scores = _out_of_fold(kind, data, splits, lambda _: settings, seed)
    return _fitted(kind, data, fit_platt(scores, data.truth, data.weights), settings, seed)


def _fitted(
    kind: str, data: TrainingRows, calibrated: Calibration | None, settings: Settings, seed: int
) -> Fitted:
    return Fitted(kind, kind_of(kind).fit(data, settings, seed), calibrated or Calibration())


def _out_of_fold(kind: str, data: TrainingRows, splits: Sequence[Split], choose: Choose, seed: int) -> Floats:
    """(n,) log-odds of each row by a model that had not seen its customer.

    Where a kind fits on one core, folds are fitted side by side; so that sums are the same on any number of
    cores, each stays on one.
    """
    from threadpoolctl import threadpool_limits

    def scored(split: Split) -> Floats | float:
        part = data.part(split.train)
        if not part.has_both:  # a fold without one kind says the share it has seen
            share = np.clip(part.base_rate, 0.01, 0.99)
            return float(np.log(share / (1 - share)))
        parameters = kind_of(kind).fit(part, choose(part), seed)
        return kind_of(kind).log_odds(parameters, data.matrix[split.test])

    scores = np.zeros(len(data.truth))
    is_on_all = len(data.truth) >= kind_of(kind).ALL_CORES_FROM
    with (
        threadpool_limits(None if is_on_all else 1),
        ThreadPoolExecutor(1 if is_on_all else THREADS) as pool,
    ):
        for split, said in zip(splits, pool.map(scored, splits), strict=True):
            scores[split.test] = said
    return scores


def _cross_calibrated(scores: Floats, data: TrainingRows, splits: Sequence[Split]) -> Floats:
    """(n,) probabilities: each fold's scores calibrated by what the other folds say."""
    said = np.empty(len(scores))
    for split in splits:
        rows = split.train
        found = fit_platt(scores[rows], data.truth[rows], data.weights[rows]) or Calibration()
        said[split.test] = found.probability(scores[split.test])
    return said


def score_histogram(model: Fitted, data: TrainingRows) -> dict[str, Any]:
    """How a model's probabilities spread over the rows that it learnt from, as a number column's histogram.

    New ones are compared with these: those of a test come from other models, whose scores lie elsewhere.
    """
    return histogram(Column("probability", NUMBER), model.probability(data.matrix))


def add_importance(model: Fitted, data: TrainingRows, seed: int) -> list[Column]:
    """The columns with their importance and direction among (at most 10,000 of) the training rows."""
    rows = np.arange(len(data.truth))
    if len(rows) > IMPORTANCE_ROWS:
        rows = np.random.default_rng(seed).choice(len(rows), IMPORTANCE_ROWS, replace=False)
    weights = importance_of_rows(data.columns, trace_curves(data.columns, model, [data.matrix[rows]]))
    return [
        replace(column, importance=weight.importance, direction=weight.direction)
        for column, weight in zip(data.columns, weights, strict=True)
    ]
