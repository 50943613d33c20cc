"""Fitting: a model is tested on unseen rows, calibrated, and fitted again on all rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from churnkit.arrays import Floats, Ints
from churnkit.evaluation.metrics import log_losses
from churnkit.evaluation.splits import FOLDS, Split
from churnkit.explanation.importance import importance_of_rows, trace_curves
from churnkit.models import Fitted, Kind, kind_of
from churnkit.models.calibration import fit_platt
from churnkit.models.columns import NUMBER, Column, TrainingRows, histogram
from churnkit.models.cores import fitting_pool
from churnkit.models.paths import Path, choices, grow_until_settled, simplest, total_choice

IMPORTANCE_ROWS = 10_000
TINY_SLOPE = 1e-6  # moves no probability by more than 1e-5
CALIBRATION_FOLDS = 3  # calibration fits only two numbers, so few folds are enough

Settings = dict[str, Any]
Choose = Callable[[TrainingRows], Settings]  # returns the settings for these training rows
Progress = Callable[[str, int, int], None]  # (what, done, of)


def silent(what: str, done: int, of: int) -> None:
    """Shows no progress."""


@dataclass(frozen=True)
class FoldScores:
    """log_odds: (n,) out-of-fold, before calibration. settings: the shape and size that all folds choose; no
    size if no fold could be fitted."""

    log_odds: Floats
    settings: Settings


@dataclass(frozen=True)
class TestScores:
    """Probabilities from models that had not seen the row's customer (in folds) or date.

    rows: (t,) row numbers. probability: (t,). folds: None if the test was on a date. shape: the settings that
    the folds chose, without the size.
    """

    rows: Ints
    probability: Floats
    folds: FoldScores | None
    shape: Settings


def score_test_rows(
    kind: str,
    data: TrainingRows,
    date_split: Split | None,
    choose: Choose,
    seed: int,
    progress: Progress = silent,
    shape: Settings | None = None,
) -> TestScores:
    """Fits models on a part of the rows and scores the other rows.

    date_split: train and test rows if there are several dates; None: folds of customers, where each row is
    tested once and all folds share the calibration of the final model. A calibration per fold, from the other
    folds, would tell a lower AUC than is true: a fold that ranks well by chance would get a smaller slope.
    choose: returns settings, from the training rows only. progress: called after each fold. shape: None if
    the folds choose it.
    """
    shapes = kind_of(kind).SHAPES if shape is None else (shape,)
    if date_split is None:
        splits = data.folds(FOLDS, seed)
        folds = _score_folds(kind, data, splits, choose, seed, progress, shapes)
        calibration = fit_platt(folds.log_odds, data.truth, data.weights)
        if not calibration.slope:  # keep the order: ties would tell an AUC of .5 or more, never less
            calibration = replace(calibration, slope=TINY_SLOPE)
        return TestScores(
            np.arange(len(data.truth)), calibration.probability(folds.log_odds), folds, _shape(kind, folds)
        )
    train = data.part(date_split.train)
    folds, model = _fit_calibrated(kind, train, choose(train), seed, progress, shapes)
    probability = model.probability(data.matrix[date_split.test])
    return TestScores(date_split.test, probability, None, _shape(kind, folds))


def refit(
    kind: str,
    data: TrainingRows,
    test: TestScores,
    settings: Settings,
    seed: int,
    progress: Progress = silent,
) -> Fitted:
    """The model fitted on all rows, of the shape that was tested, calibrated on scores of unseen rows."""
    if test.folds is None:
        return _fit_calibrated(kind, data, settings, seed, progress, [test.shape])[1]
    return _fit_with_folds(kind, data, test.folds, settings, seed)


@dataclass(frozen=True)
class SimplestFolds:
    """The folds of some rows as the simplest shape fits and scores them. paths: of the folds with both
    classes. scores: None until they are known."""

    data: TrainingRows
    splits: Sequence[Split]
    paths: list[Path] = field(default_factory=list)
    scores: list[FoldScores] = field(default_factory=list)

    def are_of(self, data: TrainingRows, splits: Sequence[Split]) -> bool:
        """Whether these are the folds of these rows."""
        own = self.data
        return (
            self.data.matrix.shape == data.matrix.shape
            and [*own.columns] == [*data.columns]
            and all(map(_are_equal, self.splits, splits))
            and np.array_equal(own.truth, data.truth)
            and np.array_equal(own.weights, data.weights)
            and np.array_equal(own.matrix, data.matrix, equal_nan=True)
        )


def _are_equal(one: Split, other: Split) -> bool:
    return np.array_equal(one.train, other.train) and np.array_equal(one.test, other.test)


def fit_untested(
    kind: str,
    data: TrainingRows,
    date_split: Split | None,
    settings: Settings,
    seed: int,
    earlier: SimplestFolds | None = None,
) -> tuple[Fitted, SimplestFolds | None]:
    """The model that `refit` returns, with no more of the test before it than chooses the shape.

    Also the folds that calibrate it, if they are of the simplest shape. date_split: of the test, None if it
    would be in folds. earlier: what an earlier call returned: if its rows are the training rows of the test,
    its folds are not fitted again.
    """
    shapes = kind_of(kind).SHAPES
    if date_split is None:
        splits = data.folds(FOLDS, seed)
        folds = _score_folds(kind, data, splits, lambda _: settings, seed, silent, shapes)
        return _fit_with_folds(kind, data, folds, settings, seed), None
    if len(shapes) > 1:
        train = data.part(date_split.train)
        splits = train.folds(CALIBRATION_FOLDS, seed)
        known = earlier if earlier is not None and earlier.are_of(train, splits) else None
        folds = _score_folds(kind, train, splits, lambda _: settings, seed, silent, shapes, known)
        shapes = (_shape(kind, folds),)
    splits = data.folds(CALIBRATION_FOLDS, seed)
    simplest_folds = SimplestFolds(data, splits) if shapes[0] == kind_of(kind).SHAPES[0] else None
    folds = _score_folds(kind, data, splits, lambda _: settings, seed, silent, shapes, simplest_folds)
    return _fit_with_folds(kind, data, folds, settings, seed), simplest_folds


def _fit_calibrated(
    kind: str,
    data: TrainingRows,
    settings: Settings,
    seed: int,
    progress: Progress,
    shapes: Sequence[Settings],
) -> tuple[FoldScores, Fitted]:
    """A model fitted on all rows; its shape, size and calibration come from folds of customers."""
    splits = data.folds(CALIBRATION_FOLDS, seed)
    folds = _score_folds(kind, data, splits, lambda _: settings, seed, progress, shapes)
    return folds, _fit_with_folds(kind, data, folds, settings, seed)


def _fit_with_folds(
    kind: str, data: TrainingRows, folds: FoldScores, settings: Settings, seed: int
) -> Fitted:
    calibration = fit_platt(folds.log_odds, data.truth, data.weights)
    parameters = kind_of(kind).fit(data, {**folds.settings, **settings}, seed)
    return Fitted(kind, parameters, calibration)


def _shape(kind: str, folds: FoldScores) -> Settings:
    return {name: value for name, value in folds.settings.items() if name != kind_of(kind).SIZE}


def _score_folds(
    kind: str,
    data: TrainingRows,
    splits: Sequence[Split],
    choose: Choose,
    seed: int,
    progress: Progress,
    shapes: Sequence[Settings],
    known: SimplestFolds | None = None,
) -> FoldScores:
    """The log-odds of each row from a model that had not seen its customer.

    In each fold, models of several shapes and sizes are fitted. A fold uses the shape and size that are best
    in the other folds, so the tested rows never choose their own model. A shape that loses to the simplest in
    the first folds is not tried in the others. If a kind fits on one core, folds are fitted in parallel.
    known: the folds of the first shape, filled if they are empty.
    """
    model = kind_of(kind)
    simplest_folds = known or SimplestFolds(data, splits)

    def settings_of(split: Split) -> Settings | None:
        part = data.part(split.train)
        return choose(part) if part.has_both_classes else None

    is_on_all = len(data.truth) >= model.ALL_CORES_FROM
    with fitting_pool(is_on_all) as pool:
        settings = [*pool.map(settings_of, splits)]
        if any(model.SIZE in each for each in settings if each):  # a search has chosen the shape, too
            shapes = [{}]

        def run(what: str, work: Callable[[Any], Any], items: Sequence[Any]) -> Iterator[Any]:
            for done, result in enumerate(pool.map(work, items), start=1):
                progress(f"{kind}{what}: fold", done, len(items))
                yield result

        scored = simplest_folds.scores[:1]
        for shape in shapes[len(scored) :]:
            to_beat = scored[0].log_odds if scored else None
            tried = _score_shape(
                model, data, splits, settings, shape, seed, run, to_beat, simplest_folds.paths
            )
            if tried is not None:
                scored.append(tried)
        simplest_folds.scores[:] = scored[:1]
    return scored[0] if len(scored) == 1 else _choose_shapes(scored, data, splits, model.LEAST_GAIN)


def _score_shape(
    model: Kind,
    data: TrainingRows,
    splits: Sequence[Split],
    settings: Sequence[Settings | None],
    shape: Settings,
    seed: int,
    run: Callable[[str, Callable[[Any], Any], Sequence[Any]], Iterable[Any]],
    to_beat: Floats | None,
    simplest_paths: list[Path],
) -> FoldScores | None:
    """The log-odds of each row with models of one shape; None if it loses in the first half of the folds.

    settings: of each fold, None if it has one class. run: (what, work, items), maps the work over the items.
    to_beat: (n,) log-odds of the simplest shape; None if this is the simplest. simplest_paths: of the folds
    with both classes; the simplest shape puts them there, and others share what they have prepared.
    """
    log_odds, chosen = np.zeros(len(data.truth)), shape
    fitted = [number for number, each in enumerate(settings) if each is not None]
    paths = simplest_paths if to_beat is None else []

    def path(number: int) -> Path:
        chosen_settings = {**shape, **(settings[number] or {})}
        base = None if to_beat is None else simplest_paths[fitted.index(number)].reshaped
        if base is not None:
            return base(chosen_settings)
        train, test = (data.part(rows) for rows in (splits[number].train, splits[number].test))
        return model.path(train, test, chosen_settings, seed)

    def fit(folds: Sequence[int]) -> None:
        """Adds these folds to those before; all of them choose their sizes."""
        paths.extend(run("", path, folds))
        grow_until_settled(
            paths, lambda work, items: run(f", {paths[0].sizes[-1]} {model.SIZE}", work, items)
        )
        for number, path_, place in zip(fitted, paths, choices(paths), strict=False):
            log_odds[splits[number].test] = path_.scores(place)

    tried = fitted[: len(fitted) // 2]
    if to_beat is None:
        tried = []
    elif tried:
        fit(tried)
        rows = np.concatenate([splits[number].test for number in tried])
        weights, truth = data.weights[rows], data.truth[rows]
        if weights @ (log_losses(truth, log_odds[rows]) - log_losses(truth, to_beat[rows])) >= 0:
            return None
    if fitted:
        fit(fitted[len(tried) :])
        chosen = {**shape, model.SIZE: paths[0].sizes[total_choice(paths)]}
    for number in set(range(len(splits))) - set(fitted):  # trained on one class: use its base rate
        share = np.clip(data.part(splits[number].train).base_rate, 0.01, 0.99)
        log_odds[splits[number].test] = np.log(share / (1 - share))
    return FoldScores(log_odds, chosen)


def _choose_shapes(
    scored: Sequence[FoldScores], data: TrainingRows, splits: Sequence[Split], least_gain: float
) -> FoldScores:
    """In each fold the scores of the shape that the other folds choose. scored: the simplest shape first.

    least_gain: as in `simplest`.
    """
    losses = [log_losses(data.truth, scores.log_odds) for scores in scored]

    def choice(rows: Ints) -> FoldScores:
        of_rows = [loss[rows] for loss in losses]
        return scored[simplest(of_rows, data.weights[rows], data.groups[rows], least_gain)]

    log_odds = np.empty(len(data.truth))
    for split in splits:
        log_odds[split.test] = choice(split.train).log_odds[split.test]
    return FoldScores(log_odds, choice(np.arange(len(data.truth))).settings)


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
