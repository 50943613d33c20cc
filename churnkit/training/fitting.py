"""Fitting: a model is tested on unseen rows, calibrated, and fitted again on all rows."""

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
CALIBRATION_FOLDS = 3  # calibration fits only two numbers, so few folds are enough
THREADS = 2  # folds fitted at the same time: each holds its own copy of the rows
SEARCH_ROWS = 50_000  # at most this many rows are used to compare settings

Settings = dict[str, Any]
Choose = Callable[[TrainingRows], Settings]  # returns the settings for these training rows


@dataclass(frozen=True)
class FoldScores:
    """log_odds: (n,) out-of-fold, before calibration. size: the size setting with the smallest loss over all
    folds; empty if no fold could be fitted."""

    log_odds: Floats
    size: Settings


@dataclass(frozen=True)
class TestScores:
    """Probabilities from models that had not seen the row's customer (in folds) or date.

    rows: (t,) row numbers. probability: (t,). folds: None if the test was on a date.
    """

    rows: Ints
    probability: Floats
    folds: FoldScores | None


def score_test_rows(
    kind: str, data: TrainingRows, date_split: Split | None, choose: Choose, seed: int
) -> TestScores:
    """Fits models on a part of the rows and scores the other rows.

    date_split: train and test rows if there are several dates; None: folds of customers, where each row is
    tested once and each fold's calibration is fitted on the other folds. choose: returns settings, from the
    training rows only.
    """
    if date_split is None:
        splits = customer_folds(data.truth, data.groups, seed=seed)
        folds = _score_folds(kind, data, splits, choose, seed)
        return TestScores(np.arange(len(data.truth)), _cross_calibrate(folds.log_odds, data, splits), folds)
    train = data.part(date_split.train)
    model = _fit_calibrated(kind, train, choose(train), seed)
    probability = model.probability(data.matrix[date_split.test])
    return TestScores(date_split.test, probability, None)


def refit(kind: str, data: TrainingRows, test: TestScores, settings: Settings, seed: int) -> Fitted:
    """The model fitted on all rows, calibrated on scores of unseen rows."""
    if test.folds is None:
        return _fit_calibrated(kind, data, settings, seed)
    return _fit_with_folds(kind, data, test.folds, settings, seed)


def search_settings(
    kind: str, data: TrainingRows, fixed: Settings, number: int, seed: int, progress: Callable[[], None]
) -> Settings:
    """The best of the default settings and `number` random ones, with the best size, by log loss on folds.

    fixed: settings that the search must not change. progress: called after each try. Source: Bergstra, Bengio
    (2012), Random search for hyper-parameter optimization.
    """
    rng = np.random.default_rng(seed)
    sample = data.sample(SEARCH_ROWS, seed)
    splits = customer_folds(sample.truth, sample.groups, INNER_FOLDS, seed)
    best, least = fixed, np.inf
    for settings in [fixed, *({**kind_of(kind).draw_settings(rng), **fixed} for _ in range(number))]:
        folds = _score_folds(kind, sample, splits, lambda _: settings, seed)  # noqa: B023 (called at once)
        loss = total_loss(sample, folds.log_odds)
        if loss < least:
            best, least = {**folds.size, **settings}, loss
        progress()
    return best


def _fit_calibrated(kind: str, data: TrainingRows, settings: Settings, seed: int) -> Fitted:
    """A model fitted on all rows; its size and calibration come from folds of customers."""
    splits = customer_folds(data.truth, data.groups, CALIBRATION_FOLDS, seed)
    folds = _score_folds(kind, data, splits, lambda _: settings, seed)
    return _fit_with_folds(kind, data, folds, settings, seed)


def _fit_with_folds(
    kind: str, data: TrainingRows, folds: FoldScores, settings: Settings, seed: int
) -> Fitted:
    calibration = fit_platt(folds.log_odds, data.truth, data.weights)
    return Fitted(kind, kind_of(kind).fit(data, {**folds.size, **settings}, seed), calibration)


def _score_folds(
    kind: str, data: TrainingRows, splits: Sequence[Split], choose: Choose, seed: int
) -> FoldScores:
    """The log-odds of each row from a model that had not seen its customer.

    In each fold, models of several sizes are fitted. A fold uses the size that is best in the other folds, so
    the tested rows never choose their own model. If a kind fits on one core, folds are fitted in parallel;
    each stays on one core, so that sums are the same on any number of cores.
    """
    from threadpoolctl import threadpool_limits

    model = kind_of(kind)

    def path(split: Split) -> Path | None:
        part = data.part(split.train)
        return model.path(part, data.part(split.test), choose(part), seed) if part.has_both_classes else None

    log_odds, size = np.zeros(len(data.truth)), {}
    is_on_all = len(data.truth) >= model.ALL_CORES_FROM
    with (
        threadpool_limits(None if is_on_all else 1),
        ThreadPoolExecutor(1 if is_on_all else THREADS) as pool,
    ):
        path_by_fold = {number: path for number, path in enumerate(pool.map(path, splits)) if path}
        paths = list(path_by_fold.values())
        while paths and not is_settled(paths) and all([*pool.map(lambda path: path.grow(), paths)]):
            pass
        if paths:
            size = {model.SIZE: paths[0].sizes[total_choice(paths)]}
            fold_scores = pool.map(lambda path, place: path.scores(place), paths, choices(paths))
            for number, scores in zip(path_by_fold, fold_scores, strict=True):
                log_odds[splits[number].test] = scores
    for number in set(range(len(splits))) - path_by_fold.keys():  # trained on one class: use its base rate
        share = np.clip(data.part(splits[number].train).base_rate, 0.01, 0.99)
        log_odds[splits[number].test] = np.log(share / (1 - share))
    return FoldScores(log_odds, size)


def _cross_calibrate(scores: Floats, data: TrainingRows, splits: Sequence[Split]) -> Floats:
    """(n,) probabilities: the scores of each fold, calibrated with the scores of the other folds."""
    probability = np.empty(len(scores))
    for split in splits:
        rows = split.train
        if not data.part(rows).has_both_classes:
            probability[split.test] = Calibration().probability(scores[split.test])
            continue
        calibration = fit_platt(scores[rows], data.truth[rows], data.weights[rows])
        probability[split.test] = calibration.probability(scores[split.test])
    return probability


def score_histogram(model: Fitted, data: TrainingRows) -> dict[str, Any]:
    """The histogram of a model's probabilities on its training rows, in the form of a number column's.

    New probabilities are compared with these. Test scores would not do: they come from other models.
    """
    return histogram(Column("probability", NUMBER), model.probability(data.matrix))


def add_importance(model: Fitted, data: TrainingRows, seed: int) -> list[Column]:
    """The columns with importance and direction, computed on at most 10,000 of the training rows."""
    rows = np.arange(len(data.truth))
    if len(rows) > IMPORTANCE_ROWS:
        rows = np.random.default_rng(seed).choice(len(rows), IMPORTANCE_ROWS, replace=False)
    weights = importance_of_rows(data.columns, trace_curves(data.columns, model, [data.matrix[rows]]))
    return [
        replace(column, importance=weight.importance, direction=weight.direction)
        for column, weight in zip(data.columns, weights, strict=True)
    ]
