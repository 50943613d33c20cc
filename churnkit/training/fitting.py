"""A model, honestly: tested on what it has not seen, calibrated, refitted on all rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from churnkit.arrays import Floats, Ints
from churnkit.evaluation.splits import INNER_FOLDS, Split, customer_folds
from churnkit.explanation.importance import importance_of_rows, trace_curves
from churnkit.models import Fitted, kind_of
from churnkit.models.calibration import Calibration, fit_platt
from churnkit.models.columns import NUMBER, Column, TrainingRows, histogram
from churnkit.models.paths import Path, choices, is_settled, total_choice, total_loss

IMPORTANCE_ROWS = 10_000
CALIBRATION_FOLDS = 3  # two numbers are fitted on their scores: fewer folds tell them as well
THREADS = 2  # folds fitted at a time: each holds its own copy of the rows
SEARCH_ROWS = 50_000  # rows on which settings are compared

Settings = dict[str, Any]
Choose = Callable[[TrainingRows], Settings]  # the settings for some training rows


@dataclass(frozen=True)
class FoldScores:
    """log_odds: (n,) of each row before calibration, by a model that had not seen its customer. size: the one
    with the smallest loss over all folds, as a setting; empty where no fold could be fitted."""

    log_odds: Floats
    size: Settings


@dataclass(frozen=True)
class TestScores:
    """What models said that had not seen the customer (in folds), or the date.

    rows: (t,) row numbers. probability: (t,). folds: None where the test was of a date.
    """

    rows: Ints
    probability: Floats
    folds: FoldScores | None


def score_test_rows(
    kind: str, data: TrainingRows, date_split: Split | None, choose: Choose, seed: int
) -> TestScores:
    """Fits models on a part of the rows and asks them about the others.

    date_split: train and test rows where there are several dates; None: folds of customers, each row tested
    once, each fold's calibration fitted on the other folds. choose: settings, by the training rows alone.
    """
    if date_split is None:
        splits = customer_folds(data.truth, data.groups, seed=seed)
        folds = _score_folds(kind, data, splits, choose, seed)
        return TestScores(np.arange(len(data.truth)), _cross_calibrated(folds.log_odds, data, splits), folds)
    train = data.part(date_split.train)
    past = _calibrated(kind, train, choose(train), seed)
    said = past.probability(data.matrix[date_split.test])
    return TestScores(date_split.test, said, None)


def refit(kind: str, data: TrainingRows, test: TestScores, settings: Settings, seed: int) -> Fitted:
    """The model of all rows, calibrated on scores of rows not seen."""
    if test.folds is None:
        return _calibrated(kind, data, settings, seed)
    return _fitted(kind, data, test.folds, settings, seed)


def search_settings(
    kind: str, data: TrainingRows, fixed: Settings, number: int, seed: int, went_on: Callable[[], None]
) -> Settings:
    """The best of the usual settings and others at random, with its size, by log loss on folds of customers.

    fixed: settings that stand. went_on: called after each try. Source: Bergstra, Bengio (2012), Random search
    for hyper-parameter optimization.
    """
    rng = np.random.default_rng(seed)
    some = data.some(SEARCH_ROWS, seed)
    splits = customer_folds(some.truth, some.groups, INNER_FOLDS, seed)
    best, least = fixed, np.inf
    for settings in [fixed, *({**kind_of(kind).draw_settings(rng), **fixed} for _ in range(number))]:
        folds = _score_folds(kind, some, splits, lambda _: settings, seed)  # noqa: B023 (called at once)
        loss = total_loss(some, folds.log_odds)
        if loss < least:
            best, least = {**folds.size, **settings}, loss
        went_on()
    return best


def _calibrated(kind: str, data: TrainingRows, settings: Settings, seed: int) -> Fitted:
    """A model of all rows, its size chosen and its calibration fitted on folds of their customers."""
    splits = customer_folds(data.truth, data.groups, CALIBRATION_FOLDS, seed)
    folds = _score_folds(kind, data, splits, lambda _: settings, seed)
    return _fitted(kind, data, folds, settings, seed)


def _fitted(kind: str, data: TrainingRows, folds: FoldScores, settings: Settings, seed: int) -> Fitted:
    calibration = fit_platt(folds.log_odds, data.truth, data.weights) or Calibration()
    return Fitted(kind, kind_of(kind).fit(data, {**folds.size, **settings}, seed), calibration)


def _score_folds(
    kind: str, data: TrainingRows, splits: Sequence[Split], choose: Choose, seed: int
) -> FoldScores:
    """Each row's log-odds by a model that had not seen its customer.

    In each fold models of several sizes are fitted. A fold takes the size that is best in the other folds, so
    that the rows which are judged choose nothing. Where a kind fits on one core, folds are fitted side by
    side; so that sums are the same on any number of cores, each stays on one.
    """
    from threadpoolctl import threadpool_limits

    model = kind_of(kind)

    def path(split: Split) -> Path | None:
        part = data.part(split.train)
        return model.path(part, data.part(split.test), choose(part), seed) if part.has_both else None

    log_odds, size = np.zeros(len(data.truth)), {}
    is_on_all = len(data.truth) >= model.ALL_CORES_FROM
    with (
        threadpool_limits(None if is_on_all else 1),
        ThreadPoolExecutor(1 if is_on_all else THREADS) as pool,
    ):
        found = dict(zip(range(len(splits)), pool.map(path, splits), strict=True))
        grown = {number: path for number, path in found.items() if path}
        paths = list(grown.values())
        while paths and not is_settled(paths) and all(pool.map(lambda path: path.grow(), paths)):
            pass
        if paths:
            size = {model.SIZE: paths[0].sizes[total_choice(paths)]}
            said = pool.map(lambda path, place: path.scores(place), paths, choices(paths))
            for number, scores in zip(grown, said, strict=True):
                log_odds[splits[number].test] = scores
    for number in found.keys() - grown.keys():  # a fold without one kind says the share it has seen
        share = np.clip(data.part(splits[number].train).base_rate, 0.01, 0.99)
        log_odds[splits[number].test] = np.log(share / (1 - share))
    return FoldScores(log_odds, size)


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
