"""Tests one or several model kinds, with a search of settings, and puts the best kind first."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from churnkit.arrays import Floats
from churnkit.columns import missing_column
from churnkit.errors import ChurnkitError
from churnkit.evaluation import splits
from churnkit.evaluation.metrics import CLIP, log_losses
from churnkit.models import MODELS, kind_of
from churnkit.models.columns import TrainingRows
from churnkit.models.paths import simplest
from churnkit.training.baselines import TestReport, report_test
from churnkit.training.fitting import Progress, TestScores, score_test_rows
from churnkit.training.search import search_settings, trials_on_folds
from churnkit.training.test_plan import TestPlan

ALL, BEST = "all", "best"
DIRECTIONS = ("rising", "falling")
FIRST = "first"


@dataclass(frozen=True)
class FitChoice:
    """The user's options for a fit. kind: a key of MODELS, all or best.

    rising, falling: names of number columns. first: name of the column of a tree's first question, or None.
    tune: number of random settings to try, 0 for no search.
    """

    kind: str
    max_leaves: int
    rising: tuple[str, ...]
    falling: tuple[str, ...]
    first: str | None
    tune: int
    seed: int

    @property
    def kinds(self) -> list[str]:
        """The kinds to fit."""
        return list(MODELS) if self.kind in {ALL, BEST} else [self.kind]


@dataclass(frozen=True)
class Candidate:
    """One tested model kind. searched: the settings that the search chose, or None without a search."""

    kind: str
    settings: dict[str, Any]
    scores: TestScores
    report: TestReport
    searched: dict[str, Any] | None


def fit_candidates(
    data: TrainingRows, plan: TestPlan, choice: FitChoice, progress: Progress
) -> list[Candidate]:
    """Tests each chosen kind; the highest AUC comes first, for the kind `best` the one that is chosen.

    progress: called after each fold, or after each trial of a search.
    Raises ChurnkitError if a kind does not support --rising, --falling or --first, if a column of the first
    two is not a number, or if --first is not a feature.
    """
    candidates = [_fit_candidate(kind, data, plan, choice, progress) for kind in choice.kinds]
    if choice.kind == BEST:
        best = choose_best(candidates, data)
        return [best, *(candidate for candidate in candidates if candidate is not best)]
    return sorted(candidates, key=lambda candidate: -candidate.report.figures["auc"])


def choose_best(candidates: Sequence[Candidate], data: TrainingRows) -> Candidate:
    """The candidate with the lowest log loss in the test, or a simpler one within a standard error of it.

    candidates: the simplest first, tested on the same rows.
    """
    rows = data.part(candidates[0].scores.rows)
    losses = [_losses(rows.truth, candidate.scores.probability) for candidate in candidates]
    return candidates[simplest(losses, rows.weights, rows.groups)]


def _losses(truth: Floats, probability: Floats) -> Floats:
    """(n,) the log loss of each row."""
    p = np.clip(probability, CLIP, 1 - CLIP)
    return log_losses(truth, np.log(p) - np.log1p(-p))


def _fit_candidate(
    kind: str, data: TrainingRows, plan: TestPlan, choice: FitChoice, progress: Progress
) -> Candidate:
    fixed = _settings(kind, data, choice)
    searches = 1 if plan.split else splits.FOLDS + 1
    trials = searches * sum(trials_on_folds(kind, choice.tune))
    steps = itertools.count(1)

    def choose(train: TrainingRows) -> dict[str, Any]:
        if not choice.tune:
            return fixed
        return search_settings(
            kind, train, fixed, choice.tune, choice.seed,
            lambda: progress(f"{kind}: trial", next(steps), trials),
        )  # fmt: skip

    if plan.split:  # there is one training part, so settings are searched once
        settings = choose(data.part(plan.split.train))
        scores = score_test_rows(kind, data, plan.split, lambda _: settings, choice.seed, progress)
    else:
        scores = score_test_rows(kind, data, None, choose, choice.seed, progress)
        settings = choose(data)
    searched = {name: value for name, value in settings.items() if name not in fixed} if choice.tune else None
    report = report_test(scores, data, choice.seed, plan.split)
    return Candidate(kind, settings, scores, report, searched)


def _settings(kind: str, data: TrainingRows, choice: FitChoice) -> dict[str, Any]:
    """The settings that the user's options fix for this kind."""
    supported = kind_of(kind).OPTIONS
    settings: dict[str, Any] = {"max_leaves": choice.max_leaves} if "max_leaves" in supported else {}
    numbers = [column.name for column in data.columns if not column.is_category]
    for direction in DIRECTIONS:
        names: tuple[str, ...] = getattr(choice, direction)
        if names:
            _check_support(direction, choice)
        for name in names:
            if name not in numbers:
                raise ChurnkitError(f"--{direction}: {missing_column(name, numbers)}")
        if names and direction in supported:
            settings[direction] = list(names)
    if choice.first is not None:
        _check_support(FIRST, choice)
        columns = [column.name for column in data.columns]
        if choice.first not in columns:
            raise ChurnkitError(f"--{FIRST}: {missing_column(choice.first, columns)}")
        if FIRST in supported:
            settings[FIRST] = choice.first
    return settings


def _check_support(option: str, choice: FitChoice) -> None:
    """Raises ChurnkitError if the chosen kind does not support the option."""
    if choice.kind in MODELS and option not in kind_of(choice.kind).OPTIONS:
        others = " or ".join(other for other in MODELS if option in kind_of(other).OPTIONS)
        raise ChurnkitError(f"--{option} does not work with {choice.kind}; use --model {others}")
